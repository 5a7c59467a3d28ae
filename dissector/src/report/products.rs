//! What each product calls its settings, from the cookbook: for the command line and for `docs/products.md`.

use std::fmt::Write as _;

use super::words;
pub use crate::rules::cookbook::{Chapter, Entry, chapters};

/// Width of a line.
const WIDTH: usize = 100;
/// Words of names that are no names.
const NO_NAMES: [&str; 5] = ["or", "and", "for", "s", "conf"];

/// The names of all products.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for chapter in chapters() {
        if !names.contains(&chapter.product()) {
            names.push(chapter.product());
        }
    }
    names
}

/// Words of a name in small letters.
fn parts(name: &str) -> impl Iterator<Item = String> {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase)
}

/// What a product calls its settings, as text: `sophos`, `Cisco ASA`, `swanctl.conf`. `None` for what is no product.
#[must_use]
pub fn one(name: &str) -> Option<String> {
    let asked: Vec<String> = parts(name)
        .take(WIDTH)
        .filter(|p| !NO_NAMES.contains(&p.as_str()))
        .collect();
    let is = |chapter: &Chapter| {
        let title: Vec<String> = parts(&chapter.title()).collect();
        asked.iter().all(|word| title.contains(word))
    };
    let mut out = String::new();
    for chapter in chapters().filter(|c| !asked.is_empty() && is(c)) {
        let _ = writeln!(out, "{}\n", chapter.title());
        for entry in chapter.entries() {
            for line in words::wrap(&format!("{}: {}", entry.topic, setting(&entry)), WIDTH - 2) {
                let _ = writeln!(out, "  {line}");
            }
            for line in words::wrap(&from(&entry), WIDTH - 6) {
                let _ = writeln!(out, "      {line}");
            }
        }
        out.push('\n');
    }
    (!out.is_empty()).then_some(out)
}

fn setting(entry: &Entry) -> &str {
    let none = "has no setting; the change has to be on the other side";
    entry.setting.as_deref().unwrap_or(none)
}

fn from(entry: &Entry) -> String {
    format!("[{}: {}; {}]", entry.verified, entry.source, entry.releases)
}

/// The whole page, Markdown.
#[must_use]
pub fn page() -> String {
    let mut text = String::from(
        "# What to change, by product\n\nWhat each product calls the settings that steps speak of, where that is documented, for which \
         releases, and how it was verified: `lab` says that it was typed there and the tunnel came up (`make advice`), `document` that \
         the source says so. Written by `make reference`; `ikewhy explain PRODUCT` prints it.\n",
    );
    for chapter in chapters() {
        let _ = write!(
            text,
            "\n## {}\n\n| what | setting | releases | source | verified |\n|---|---|---|---|---|\n",
            chapter.title()
        );
        for entry in chapter.entries() {
            let cells = [
                entry.topic.as_str(),
                setting(&entry),
                entry.releases,
                entry.source,
                entry.verified,
            ];
            let cells = cells.map(|cell| cell.replace('|', "\\|").replace('<', "&lt;"));
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_is_found_by_its_name() {
        for name in names() {
            let told = one(name).unwrap_or_else(|| panic!("{name}"));
            assert!(told.contains(name), "{name}");
        }
        assert!(one("sophos").is_some_and(|told| told.contains("IPsec profiles")));
        assert!(
            one("swanctl.conf").is_some_and(|told| told.contains("esp_proposals") && !told.contains("ike="))
        );
        for none in ["", "or", "hello", "a hello from strongSwan", "\u{0}"] {
            assert_eq!(one(none), None, "{none:?}");
        }
    }
}
