//! Text of files -> lines, words and quotes, for all dialects: what copying did to a text is undone ([`undone`]), then it is cut.

use super::bounds::{MAX_LINE, MAX_VALUE};
use crate::wire::text;
use memchr::memmem;
use zeroize::Zeroizing;

/// Stands for what is left out of a text or a list. As a pattern it may mean any address, so nothing is concluded from it.
pub(crate) const MORE: &str = "\u{2026}";

/// Text of a file as it may be shown: short, without control and formatting characters.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut all = text.chars();
    let mut out = text::shown(all.by_ref().take(MAX_VALUE));
    if all.next().is_some() {
        out.push_str(MORE);
    }
    out
}

/// Where a quote is closed. A backslash takes what stands behind it along.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// What stands in quotes after the first one, and what follows them.
pub(super) fn quoted(text: &str) -> (&str, &str) {
    let end = closing(text).unwrap_or(text.len());
    (
        text.get(..end).unwrap_or_default(),
        text.get(end + 1..).unwrap_or_default(),
    )
}

/// What stands before and behind the first of these words. Most lines have none of them, which costs little here: `split_once` first
/// prepares its search, for each line anew.
pub(super) fn halves<'a>(text: &'a str, words: &str) -> Option<(&'a str, &'a str)> {
    // The standard library looks for short words without preparation, and does not say where they are.
    if !text.contains(head(words, 16)) {
        return None;
    }
    let at = memmem::find(text.as_bytes(), words.as_bytes())?;
    Some((text.get(..at)?, text.get(at + words.len()..)?))
}

/// These words stand in a text, which may be long: found many bytes at a time.
pub(super) fn has(text: &str, words: &str) -> bool {
    memmem::find(text.as_bytes(), words.as_bytes()).is_some()
}

/// A text up to so many bytes.
pub(super) fn head(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// Numbered lines, from 1, each as far as it is read.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines().map(|line| head(line, MAX_LINE)))
}

/// Numbered lines that say something, without blanks around them: neither blank nor a comment behind `#`.
pub(super) fn statements(text: &str) -> impl Iterator<Item = (u32, &str)> {
    let lines = lines(text).map(|(number, line)| (number, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// A line without the backslash at its end, and whether it has one and so goes on in the next line.
pub(super) fn continued(line: &str) -> (&str, bool) {
    let line = line.trim_end();
    let bare = line.trim_end_matches('\\');
    (bare, bare.len() < line.len())
}

/// Whether what is read stands in quotes, which may go on in the next line. In them a backslash takes what stands behind it
/// along.
#[derive(Clone, Copy, Default)]
pub(super) struct Quotes {
    pub(super) open: bool,
}

impl Quotes {
    /// Reads up to the first of these marks that stands outside quotes: where it stands.
    pub(super) fn find(&mut self, text: &str, marks: &[char]) -> Option<(usize, char)> {
        let mut escaped = false;
        text.char_indices().find(|(_, c)| {
            match c {
                _ if escaped => escaped = false,
                '\\' if self.open => escaped = true,
                '"' => self.open = !self.open,
                mark => return !self.open && marks.contains(mark),
            }
            false
        })
    }
}

/// What copying leaves in a text: marks of its encoding, blanks and quotes of web pages, what a terminal drew.
fn is_trace(c: char) -> bool {
    matches!(
        c,
        '\u{FEFF}' | '\u{200B}' | '\u{A0}' | '\u{202F}' | '\u{201C}' | '\u{201D}' | ESCAPE | BACK
    )
}

/// Some of its bytes may be of what [`is_trace`] finds. Whole pieces are looked at, which a processor does many bytes at a time.
fn may_have_traces(text: &str) -> bool {
    let of = |byte: &u8| !byte.is_ascii() || matches!(*byte, 0x1B | 0x08);
    let piece = |piece: &[u8]| piece.iter().fold(false, |found, byte| found | of(byte));
    text.as_bytes().chunks(1024).any(piece)
}

const ESCAPE: char = '\u{1B}';
const BACK: char = '\u{8}';

/// What a pager leaves in a text that was copied from its terminal: IOS and FortiOS, ASA, Junos.
const PAGERS: [&str; 4] = ["--More--", "--more--", "<--- More --->", "---(more)---"];

/// The text behind a pager's mark: the blanks that wiped the mark go, those of the line stay.
fn behind_pager(text: &str) -> Option<&str> {
    let mark = PAGERS.iter().find(|mark| text.starts_with(**mark))?;
    let rest = text.get(mark.len()..)?;
    if rest.starts_with(BACK) {
        return None;
    }
    let rest = rest.strip_prefix('\r').unwrap_or(rest);
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    rest.get(blanks.min(mark.len() + 2)..)
}

/// The text as it was before it was copied, if that changed it. Lines keep their numbers. Done once, before anybody asks what the
/// text is.
pub(super) fn undone(text: &str) -> Option<Zeroizing<String>> {
    let pages = PAGERS.iter().any(|mark| has(text, mark));
    let outer = around(text);
    let traces = may_have_traces(text) && text.contains(is_trace);
    if !pages && outer.is_none() && !traces && !has(text, "\r\r") {
        return None;
    }
    // Allocated once, for nothing becomes longer: a string that grows leaves copies behind.
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    let mut begins = true;
    while let Some(c) = rest.chars().next() {
        if begins && let Some(outer) = outer {
            rest = outer.off(rest);
            begins = false;
            continue;
        }
        begins = c == '\n';
        if pages && let Some(behind) = behind_pager(rest) {
            // One blank stands before the mark.
            if out.ends_with("\n ") {
                out.pop();
            }
            rest = behind;
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\u{FEFF}' | '\u{200B}' => {}
            '\u{A0}' | '\u{202F}' => out.push(' '),
            '\u{201C}' | '\u{201D}' => out.push('"'),
            '\r' if rest.starts_with('\r') => {}
            // A pager takes back what it asked.
            BACK => {
                if !out.ends_with('\n') {
                    out.pop();
                }
            }
            // A colour: `ESC [ 1 ; 31 m` (ECMA-48, 5.4). Of a character set, `ESC ( B`.
            ESCAPE => {
                if let Some(inner) = rest.strip_prefix(['[', '(']) {
                    rest = match rest.starts_with('[') {
                        true => inner.trim_start_matches(|c| matches!(c, '\u{20}'..='\u{3F}')),
                        false => inner,
                    };
                    rest = rest
                        .strip_prefix(|c| matches!(c, '\u{40}'..='\u{7E}'))
                        .unwrap_or(rest);
                }
            }
            other => out.push(other),
        }
    }
    Some(out)
}

/// What stands before each line of a text that was quoted or indented as a whole.
#[derive(Clone, Copy)]
enum Around {
    /// `> `, as mail and forums quote.
    Quoted,
    /// So many blanks.
    Indented(usize),
}

impl Around {
    fn off(self, line: &str) -> &str {
        match self {
            Self::Quoted => {
                let bare = line.strip_prefix('>').unwrap_or(line);
                bare.strip_prefix(' ').unwrap_or(bare)
            }
            Self::Indented(blanks) => {
                let has = line.len() - line.trim_start_matches(' ').len();
                line.get(has.min(blanks)..).unwrap_or_default()
            }
        }
    }
}

/// What stands before each line that says something.
fn around(text: &str) -> Option<Around> {
    let lines = || text.lines().filter(|l| !l.trim().is_empty());
    let first = lines().next()?;
    if first.starts_with('>') {
        return lines().all(|l| l.starts_with('>')).then_some(Around::Quoted);
    }
    if !first.starts_with(' ') {
        return None;
    }
    let blanks = lines().map(|l| l.len() - l.trim_start_matches(' ').len()).min()?;
    (blanks > 0).then_some(Around::Indented(blanks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copying_did_is_undone_and_lines_keep_their_numbers() {
        let is = |text, wanted: &str| assert_eq!(undone(text).expect("a trace").as_str(), wanted, "{text:?}");
        is("\u{FEFF}conn x\n", "conn x\n");
        is(
            "conn\u{A0}x\u{200B}\n\u{202F} psk \u{201C}a b\u{201D}",
            "conn x\n  psk \"a b\"",
        );
        is("a\r\r\nb\r\n", "a\r\nb\r\n");
        is("\u{1B}[1;31mError\u{1B}[0m: x\u{1B}(B y\u{1B}", "Error: x y");
        is(
            "a\n--More--\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}crypto",
            "a\ncrypto",
        );
        is("\u{1B}[\nx", "\nx");
        is(
            "config x\n--More--                  set a b\n",
            "config x\n        set a b\n",
        );
        is("a\n --More--           crypto map m\n", "a\n crypto map m\n");
        is("a\n<--- More --->\r              \rb\n", "a\n\rb\n");
        is("> conn x\n>   ike=aes\n>\n", "conn x\n  ike=aes\n\n");
        is("  crypto x\n   encr aes\n\n", "crypto x\n encr aes\n\n");
        for plain in ["", "conn x\r\n\tike=aes\n", "\u{e9} \u{2026}"] {
            assert!(undone(plain).is_none(), "{plain:?}");
        }
    }

    #[test]
    fn quotes_go_on_and_backslashes_take_what_follows_along() {
        let mut quotes = Quotes::default();
        assert_eq!(quotes.find("a \"{\\\" {", &['{']), None);
        assert!(quotes.open);
        assert_eq!(quotes.find("} \" } \\", &['}']), Some((4, '}')));
        assert!(!quotes.open);
    }
}
