//! The cookbook as a book: a chapter for each product, for `explain` and `docs/products.md`.

use super::manual::{ALL, Manual};
use crate::negotiation::Version;

/// A product, by one of its files where it has several.
#[derive(Clone, Copy, Debug)]
pub struct Chapter(&'static Manual);

/// What is set, and how.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is about, with the version of IKE where it holds for one alone.
    pub topic: String,
    /// The setting, what to type or to choose, and a clause about it; `None`: the product has no setting for it.
    pub setting: Option<String>,
    /// Where that is documented.
    pub source: &'static str,
    /// For which releases.
    pub releases: &'static str,
    /// `lab` or `document`.
    pub verified: &'static str,
}

/// All products.
pub fn chapters() -> impl Iterator<Item = Chapter> {
    ALL.iter().map(Chapter)
}

impl Chapter {
    /// `strongSwan, swanctl.conf`.
    #[must_use]
    pub fn title(&self) -> String {
        match (self.0.name, self.0.file) {
            (name, "") => name.to_owned(),
            (name, file) => format!("{name}, {file}"),
        }
    }

    /// The product alone.
    #[must_use]
    pub fn product(&self) -> &'static str {
        self.0.name
    }

    /// What can be set, then what cannot.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let topic = |name: &str, version: Option<Version>| match version {
            Some(version) => format!("{name}, {}", version.name()),
            None => name.to_owned(),
        };
        let set = self.0.advice.iter().map(move |a| Entry {
            topic: topic(a.topic.name(), a.version),
            setting: Some(super::menu(&[]).words(a)),
            source: a.source.place,
            releases: a.source.releases,
            verified: a.verified.name(),
        });
        let fixed = self.0.fixed.iter().map(move |f| Entry {
            topic: topic(f.topic.name(), Some(f.version)),
            setting: None,
            source: f.source.place,
            releases: f.source.releases,
            verified: super::advice::Verified::Document.name(),
        });
        set.chain(fixed)
    }
}
