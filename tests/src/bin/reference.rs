//! `make reference`: writes `docs/reference.md` anew.

use ikewhy_tests::{corpus, reference, root};
use std::fs;

fn main() {
    let path = root().join("docs/reference.md");
    let page = reference::page(&corpus::read(&root().join("captures")));
    fs::write(&path, page).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    println!("{}", path.display());
}
