//! JSON with a value on each line, as deep as it is nested.
//!
//! A document has some kilobytes for each negotiation, and a flood has a million: so all of it is written where it stays, and a text
//! is copied whole where nothing in it has to be escaped.

use std::fmt::{Display, Write as _};
use std::net::IpAddr;

use crate::wire::digits;

/// Where values are written.
pub(super) struct Lines<'o> {
    out: &'o mut String,
    depth: usize,
    /// The object or list that is open has a value already.
    has_value: bool,
}

/// What can stand as a value.
pub(super) trait Value {
    fn write(self, lines: &mut Lines<'_>);
}

/// A list of values.
pub(super) struct List<I>(pub(super) I);

/// An object.
pub(super) struct Object<F>(F);

/// An object, by what adds its fields.
pub(super) fn object<F: FnOnce(&mut Lines<'_>)>(fields: F) -> Object<F> {
    Object(fields)
}

/// What is written as a text, with nothing in it that has to be escaped.
pub(super) struct Plain<D>(pub(super) D);

impl<'o> Lines<'o> {
    /// A comma, and the beginning of a line of any depth that a record has.
    const BREAK: &'static str = ",\n                    ";

    /// Writes a value that stands so deep.
    pub(super) fn write(out: &'o mut String, depth: usize, value: impl Value) {
        value.write(&mut Self {
            out,
            depth,
            has_value: false,
        });
    }

    /// Adds a field to an object.
    pub(super) fn field(&mut self, name: &'static str, value: impl Value) {
        self.next();
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\": ");
        value.write(self);
        self.has_value = true;
    }

    /// Begins a line.
    fn next(&mut self) {
        let begin = usize::from(!self.has_value);
        let end = (2 + 2 * self.depth).min(Self::BREAK.len());
        self.out.push_str(Self::BREAK.get(begin..end).unwrap_or_default());
    }

    fn open(&mut self, bracket: char) {
        self.depth += 1;
        self.has_value = false;
        self.out.push(bracket);
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        if self.has_value {
            self.has_value = false;
            self.next();
        }
        self.out.push(bracket);
    }

    /// Writes what needs no quotes. Writing to a String cannot fail.
    fn bare(&mut self, value: impl Display) {
        let _ = write!(self.out, "{value}");
    }
}

impl<F: FnOnce(&mut Lines<'_>)> Value for Object<F> {
    fn write(self, lines: &mut Lines<'_>) {
        lines.open('{');
        self.0(lines);
        lines.close('}');
    }
}

impl<I: IntoIterator<Item: Value>> Value for List<I> {
    fn write(self, lines: &mut Lines<'_>) {
        lines.open('[');
        for value in self.0 {
            lines.next();
            value.write(lines);
            lines.has_value = true;
        }
        lines.close(']');
    }
}

impl<V: Value> Value for Option<V> {
    fn write(self, lines: &mut Lines<'_>) {
        match self {
            Some(value) => value.write(lines),
            None => lines.out.push_str("null"),
        }
    }
}

impl Value for bool {
    fn write(self, lines: &mut Lines<'_>) {
        lines.out.push_str(if self { "true" } else { "false" });
    }
}

impl Value for u32 {
    fn write(self, lines: &mut Lines<'_>) {
        digits::push_number(lines.out, self);
    }
}

impl Value for f64 {
    fn write(self, lines: &mut Lines<'_>) {
        // Rust writes an exponent below a ten-thousandth, other writers of JSON below a tenth of that.
        if (1e-5..1e-4).contains(&self.abs()) {
            lines.bare(self);
        } else {
            lines.bare(format_args!("{self:?}"));
        }
    }
}

impl Value for IpAddr {
    fn write(self, lines: &mut Lines<'_>) {
        lines.out.push('"');
        digits::push_address(lines.out, self);
        lines.out.push('"');
    }
}

impl<D: Display> Value for Plain<D> {
    fn write(self, lines: &mut Lines<'_>) {
        lines.out.push('"');
        lines.bare(self.0);
        lines.out.push('"');
    }
}

impl Value for &str {
    fn write(self, lines: &mut Lines<'_>) {
        lines.out.push('"');
        escape(lines.out, self);
        lines.out.push('"');
    }
}

impl Value for String {
    fn write(self, lines: &mut Lines<'_>) {
        self.as_str().write(lines);
    }
}

/// Adds a text to one in quotes (RFC 8259 7).
fn escape(out: &mut String, text: &str) {
    let special = |c| matches!(c, '\0'..='\x1F' | '"' | '\\');
    // Most have nothing to escape. No byte is skipped here, so that the compiler can look at sixteen at once.
    if !text
        .bytes()
        .fold(false, |found, byte| found | special(char::from(byte)))
    {
        return out.push_str(text);
    }
    let mut done = 0;
    for (at, found) in text.match_indices(special) {
        out.push_str(text.get(done..at).unwrap_or_default());
        done = at + found.len();
        match found {
            "\"" => out.push_str("\\\""),
            "\\" => out.push_str("\\\\"),
            "\n" => out.push_str("\\n"),
            "\r" => out.push_str("\\r"),
            "\t" => out.push_str("\\t"),
            "\x08" => out.push_str("\\b"),
            "\x0C" => out.push_str("\\f"),
            _ => {
                let code = found.bytes().next().unwrap_or_default();
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{code:04x}");
            }
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(value: impl Value) -> String {
        let mut out = String::new();
        Lines::write(&mut out, 0, value);
        out
    }

    #[test]
    fn texts_are_escaped_as_elsewhere() {
        let every: String = (0..=0x2FF_u32).filter_map(char::from_u32).collect();
        for text in ["", "plain", "\"", "a\"b\\", "\n\u{1F600}\n", &every] {
            assert_eq!(written(text), json!(text).to_string());
        }
    }

    #[test]
    fn numbers_are_written_as_elsewhere() {
        for digit in [0.0, 1.0, -1.0, 2.5, 1.234_567_89] {
            for power in -12..16 {
                let number = digit * 10_f64.powi(power);
                assert_eq!(written(number), json!(number).to_string());
            }
        }
        assert_eq!(written(u32::MAX), "4294967295");
    }

    #[test]
    fn lines_are_broken_as_elsewhere() {
        let value = object(|to| {
            to.field("none", None::<bool>);
            to.field("empty", List([""; 0]));
            to.field("list", List([1, 2].map(|n| object(move |to| to.field("n", n)))));
            to.field("object", object(|_| {}));
            to.field("address", IpAddr::from([192, 0, 2, 1]));
        });
        let same = json!({"none": null, "empty": [], "list": [{"n": 1}, {"n": 2}], "object": {}, "address": "192.0.2.1"});
        let written = written(value);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&written).ok(),
            Some(same)
        );
        assert!(written.starts_with(
            "{\n  \"none\": null,\n  \"empty\": [],\n  \"list\": [\n    {\n      \"n\": 1\n    },"
        ));
        assert!(written.ends_with("\n  ],\n  \"object\": {},\n  \"address\": \"192.0.2.1\"\n}"));
    }
}
