//! The project's own files, for tests that read them.

use crate::{cases::folders, root};
use std::fs;
use std::path::{Path, PathBuf};

/// All files below `folder` of the checkout whose names end so.
#[must_use]
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![root().join(folder)];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(folders(&path));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text of a file.
#[must_use]
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The syntax of a Rust source.
#[must_use]
pub fn parse(path: &Path) -> syn::File {
    syn::parse_file(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What these attributes belong to is built for tests only.
#[must_use]
pub fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let only = |name: syn::Ident| name == "test";
        let cfg = || attribute.path().is_ident("cfg") && attribute.parse_args().is_ok_and(only);
        attribute.path().is_ident("test") || cfg()
    })
}
