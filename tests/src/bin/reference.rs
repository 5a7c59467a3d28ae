//! `make reference`: writes `docs/reference.md` and `docs/products.md` anew.

use ikewhy::report::products;
use ikewhy_tests::{corpus, reference, root};
use std::fs;

fn main() {
    let diagnoses = reference::page(&corpus::read(&root().join("captures")));
    for (name, page) in [
        ("docs/reference.md", diagnoses),
        ("docs/products.md", products::page()),
    ] {
        let path = root().join(name);
        fs::write(&path, page).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("{}", path.display());
    }
}
