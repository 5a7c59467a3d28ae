//! What is said of one capture: pieces of a report as they are written, and what was wrong. A worker and tshark both answer so.

use std::path::Path;

/// How an answer ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ending {
    /// What was wrong: a sentence without its subject. What was said before it holds all the same.
    pub(crate) trouble: Option<String>,
    /// What was remarked though nothing was wrong.
    pub(crate) remark: Option<String>,
}

impl Ending {
    pub(crate) fn trouble(sentence: impl Into<String>) -> Self {
        Self {
            trouble: Some(sentence.into()),
            remark: None,
        }
    }
}

/// Takes a piece of an answer; false if nobody wants more.
pub(crate) type Take<'a> = &'a mut dyn FnMut(Vec<u8>) -> bool;

/// Who reads captures, one after another.
pub(crate) trait Reader: Send {
    /// Says what is to be said of a capture, piece by piece.
    fn answer(&mut self, capture: &Path, take: Take<'_>) -> Ending;
}
