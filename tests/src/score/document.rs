//! The score as a document: what `docs/score.json` holds.

use super::atlas;
use crate::root;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// The score of one corpus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Of this document.
    pub schema_version: u32,
    /// What there was to judge.
    pub corpus: Counts,
    /// How it was judged: without keys, then with them.
    pub columns: Vec<Column>,
    /// Refused negotiations with the peers' files, by what was given.
    #[serde(default)]
    pub files: Vec<FileScore>,
    /// The atlas, where it was asked for.
    #[serde(default)]
    pub atlas: Option<atlas::AtlasScore>,
    /// The public captures, where they are at hand.
    pub public: Option<PublicScore>,
}

/// What there was to judge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the words say it
pub struct Counts {
    pub cases: usize,
    pub held_out: usize,
    pub healthy: usize,
    pub wire_decidable: usize,
    pub synthetic: usize,
    pub captures: usize,
    pub negotiations: usize,
}

/// How often it was right, out of how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Answers expected.
    pub of: usize,
    /// The verdict is an expected one.
    pub first: usize,
    /// The verdict or its first alternative is.
    pub second: usize,
}

/// One line of a table, for both parts of the corpus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Group {
    pub name: String,
    pub tuned: Tally,
    pub held_out: Tally,
}

/// What is said of a failure against its true cause, which the packets alone need not tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Causes {
    /// Failures.
    pub of: usize,
    /// The verdict is the cause.
    pub verdict: usize,
    /// The first alternative is.
    pub first_alternative: usize,
    /// A later one is.
    pub later_alternative: usize,
    /// Verdicts that are the cause, in cases that say what differs.
    pub differing: usize,
    /// All that differs is said to differ, and nothing else.
    pub differing_named: usize,
}

/// Verdicts that are an expected one and say only what truly differs, and all of it that the packets show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exact {
    /// Answers expected.
    pub of: usize,
    /// Exact ones.
    pub right: usize,
    /// The others: `NAME/side: expected, got (what differs)`.
    pub misses: Vec<String>,
}

/// The verdicts of one range of confidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The lower end, in tenths.
    pub from: u32,
    /// Verdicts.
    pub of: usize,
    /// Of these, right.
    pub right: usize,
    /// The sum of their confidences, in thousandths.
    pub claimed: u64,
}

/// A verdict that is not what was expected.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Miss {
    /// `NAME/client` or `NAME/server`.
    pub capture: String,
    /// In the held-out part.
    pub held_out: bool,
    /// The packets alone tell the cause.
    pub wire_decidable: bool,
    /// `a|b`; empty: there should have been no further verdict.
    pub expected: String,
    /// The verdict; empty: there is none.
    pub got: String,
    /// Its first alternative.
    pub alternative: String,
    /// Its confidence, in thousandths.
    pub confidence: u32,
    /// So many of this capture alike.
    pub times: usize,
    /// One line.
    pub why: String,
}

/// One way to judge the corpus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Wireshark had the keys. Only captures with keys are in such a column.
    pub keys: bool,
    /// Captures judged.
    pub captures: usize,
    /// Wire-decidable, ambiguous, all.
    pub parts: Vec<Group>,
    /// In the order of a negotiation's life.
    pub stages: Vec<Group>,
    /// By expected verdict.
    pub verdicts: Vec<Group>,
    /// Verdicts that were given where they are expected.
    #[serde(default)]
    pub given: BTreeSet<String>,
    /// How the failures' true causes fare.
    pub causes: Causes,
    /// Verdict and what differs.
    #[serde(default)]
    pub exact: Exact,
    /// Ten ranges of confidence.
    pub calibration: Vec<Band>,
    /// Failures reported where nothing failed.
    pub false_alarms: Vec<Miss>,
    /// Verdicts that must never be given.
    pub never: Vec<Miss>,
    /// Captures with too few or too many verdicts.
    pub rows: Vec<Miss>,
    /// Honest verdicts with confidence 0.9 and more that are not the true cause.
    #[serde(default)]
    pub too_sure: Vec<Miss>,
    /// All that is not as expected, of these too.
    pub misses: Vec<Miss>,
}

/// Refused negotiations, judged with files of the responder beside the capture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileScore {
    /// What was given.
    pub given: String,
    /// The project promises how often this is exact.
    #[serde(default)]
    pub promised: bool,
    /// Refused negotiations whose responder has such files.
    pub of: usize,
    /// The verdict is the true cause.
    pub verdict: usize,
    /// Of these, in cases that say what differs,
    pub differing: usize,
    /// exactly that is said to differ.
    pub differing_named: usize,
    /// Verdict, and what differs where the case says so.
    pub exact: usize,
    /// Exact verdicts that quote a file and a line.
    pub quoted: usize,
    /// Other captures with their files: verdicts that a file makes another, and not the true one.
    #[serde(default)]
    pub spoiled: Vec<String>,
    /// What is false at 0.9 or more, in the form of the next.
    #[serde(default)]
    pub wrong: Vec<String>,
    /// What is not exact: `NAME/side: true (what differs), got (what differs)`.
    pub misses: Vec<String>,
}

/// Public captures: their labels are coarse.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PublicScore {
    /// Captures, by what happens in them.
    pub kinds: Vec<Kind>,
    /// Failures reported of captures in which all goes well.
    pub false_alarms: Vec<Miss>,
}

/// What is said of one kind of public captures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Kind {
    pub name: String,
    pub captures: usize,
    pub without_verdict: usize,
    pub verdicts: BTreeMap<String, usize>,
}

impl Score {
    /// Where the committed score stands; its tables stand beside it.
    #[must_use]
    pub fn path() -> PathBuf {
        root().join("docs/score.json")
    }

    /// The committed score.
    #[must_use]
    pub fn committed() -> Option<Self> {
        let json = fs::read_to_string(Self::path()).ok()?;
        Some(serde_json::from_str(&json).unwrap_or_else(|error| panic!("docs/score.json: {error}")))
    }

    /// As a document.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }

    /// The column without keys.
    ///
    /// # Panics
    /// Never for a score that was measured.
    #[must_use]
    pub fn plain(&self) -> &Column {
        self.columns.first().expect("a score has a column without keys")
    }
}

impl Tally {
    /// As a share.
    #[must_use]
    pub fn share(hits: usize, of: usize) -> String {
        if of == 0 {
            return String::new();
        }
        let tenths = (hits * 2000 + of) / (of * 2); // rounded
        let tenths = if hits < of { tenths.min(999) } else { tenths };
        format!("{}.{} %", tenths / 10, tenths % 10)
    }
}

impl Column {
    /// In words.
    #[must_use]
    pub fn how(&self) -> &'static str {
        if self.keys { "with keys" } else { "without keys" }
    }
}

impl Group {
    /// Both parts with their names.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Tally); 2] {
        [("tuned", self.tuned), ("held-out", self.held_out)]
    }
}

/// How many misses a list holds.
#[must_use]
pub fn count(misses: &[Miss]) -> usize {
    misses.iter().map(|miss| miss.times).sum()
}
