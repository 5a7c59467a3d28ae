//! `make data`: writes the code that is generated from the tables of `data/`.

use ikewhy_tests::{data, root};
use std::fs;

fn main() {
    for (file, code) in data::generated() {
        let path = root().join(file);
        fs::write(&path, code).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("{}", path.display());
    }
}
