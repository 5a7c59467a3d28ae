//! What the system says of files.

use std::io;

/// The system's words for an error, without its number.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    let words = error.to_string();
    words
        .split_once(" (os error")
        .map_or(&*words, |(words, _)| words)
        .to_owned()
}
