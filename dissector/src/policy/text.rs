//! Text of files -> lines, words and quotes, for all dialects.

use super::bounds::{MAX_LINE, MAX_VALUE};
use crate::wire::text;

/// Stands for what is left out of a text or a list. As a pattern it may mean any address, so nothing is concluded from it.
pub(super) const MORE: &str = "\u{2026}";

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

/// A text up to so many bytes.
pub(super) fn head(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// Lines that say something: neither blank nor a comment.
pub(super) fn statements(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Numbered lines, from 1, each as far as it is read.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines().map(|line| head(line, MAX_LINE)))
}
