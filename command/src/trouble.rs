//! What keeps the command from doing what it was asked, in words that do a terminal no harm.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use ikewhy_sources::reason;

/// A signal ends the program just now: what fails meanwhile, fails for that.
static SILENT: AtomicBool = AtomicBool::new(false);

/// Letters that show as nothing, though they count as letters.
const BLANKS: [char; 5] = ['\u{115f}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{ffa0}'];

/// Why the command cannot go on.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// A sentence for the user.
    Said(String),
    /// Nobody reads the output any more, and wants to hear nothing about it.
    NobodyReads,
}

impl Trouble {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self::Said(sentence.into())
    }

    /// Tells it on stderr, if there is something to tell.
    pub(crate) fn tell(&self) {
        if let Self::Said(sentence) = self {
            say(sentence);
        }
    }
}

/// An error of the output: all others are told where they come up.
impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::NobodyReads;
        }
        Self::Said(format!("the output cannot be written: {}", reason(&error)))
    }
}

/// From now on nothing is said: a signal ends the program.
#[cfg(unix)]
pub(crate) fn be_silent() {
    SILENT.store(true, Ordering::Relaxed);
}

/// Nothing is said any more.
pub(crate) fn is_silent() -> bool {
    SILENT.load(Ordering::Relaxed)
}

/// A line on stderr, as long as that can be written.
pub(crate) fn say(sentence: &str) {
    if !is_silent() {
        let _ = writeln!(io::stderr(), "ikewhy: {sentence}");
    }
}

/// A name or somebody else's words as they may stand on a terminal and in a table: nothing in it moves the cursor, turns or hides
/// text.
pub(crate) fn shown(text: &(impl AsRef<OsStr> + ?Sized)) -> String {
    let mut out = String::new();
    for chunk in text.as_ref().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            let is_plain = matches!(c, '\'' | '"' | '\\') || c.escape_debug().len() == 1;
            if is_plain && !BLANKS.contains(&c) {
                out.push(c);
            } else if c.is_ascii() {
                out.extend(c.escape_default());
            } else {
                out.extend(c.escape_unicode());
            }
        }
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn names_are_shown_without_what_moves_the_cursor() {
        for (name, expected) in [
            (
                &b"plain \xc3\xa9 'x' \"y\" \\z.pcap"[..],
                "plain \u{e9} 'x' \"y\" \\z.pcap",
            ),
            (b"a\x1b[31m\x07", r"a\u{1b}[31m\u{7}"),
            (b"b\n\r\t", r"b\n\r\t"),
            (b"c\xff\xfe", r"c\xff\xfe"),
            (
                "d\u{202e}\u{200b}\u{3164}\u{85}".as_bytes(),
                r"d\u{202e}\u{200b}\u{3164}\u{85}",
            ),
        ] {
            assert_eq!(shown(OsStr::from_bytes(name)), expected);
        }
    }
}
