//! The cookbook as a book: a chapter for each product, for `explain` and `docs/products.md`.

use super::advice::{Source, Verified};
use super::manual::{ALL, Manual};
use super::means::{FILTER, means};
use crate::diagnosis::words;
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

    /// What can be set, what cannot, then how the product shows what happened.
    pub fn entries(&self) -> Vec<Entry> {
        let entry = |topic: String, setting: Option<String>, source: &Source, verified: Verified| Entry {
            topic,
            setting,
            source: source.place,
            releases: source.releases,
            verified: verified.name(),
        };
        let of = |name: &str, version: Option<Version>| match version {
            Some(version) => format!("{name}, {}", version.name()),
            None => name.to_owned(),
        };
        let plain = super::menu(&[]);
        let set = self.0.advice.iter().map(|a| {
            let topic = of(a.topic.name(), a.version);
            entry(topic, Some(plain.words(a)), &a.source, a.verified)
        });
        let fixed = self.0.fixed.iter().map(|f| {
            let topic = of(f.topic.name(), Some(f.version));
            entry(topic, None, &f.source, Verified::Document)
        });
        let mut all: Vec<Entry> = set.chain(fixed).collect();
        let Some(means) = means(self.0.name) else {
            return all;
        };
        let mut shows = |topic: &str, how: String, source: &Source| {
            all.push(entry(topic.to_owned(), Some(how), source, Verified::Document));
        };
        if let Some((log, source)) = &means.log {
            let mut each = [Version::V1, Version::V2]
                .map(|version| log.words(version, None))
                .to_vec();
            each.dedup();
            shows("its log", each.join("; for IKEv2: "), source);
        }
        if let Some((capture, source)) = &means.capture {
            shows(
                "a capture",
                capture.replace(FILTER, words::CAPTURE_FILTER),
                source,
            );
        }
        if let Some((keys, source)) = &means.keys {
            shows("its keys for Wireshark", (*keys).to_owned(), source);
        }
        all
    }
}
