//! The document on one capture, which may hold a million negotiations, as an object among others: put together one part at a time.

use std::io::{self, Write};

use ikewhy::report::parts::Part;

/// How documents are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// An object of a list, for people as well.
    Lines,
    /// An object on one line.
    OneLine,
}

/// The object of one capture in a list of them.
#[derive(Debug)]
pub(crate) struct Object {
    layout: Layout,
    /// Records of the list so far, if it is open.
    list: Option<usize>,
}

impl Object {
    /// Begins it with the name of its file.
    pub(crate) fn begin(layout: Layout, file: &str, to: &mut impl Write) -> io::Result<Self> {
        let object = Self { layout, list: None };
        let file = serde_json::to_string(file)?;
        match layout {
            Layout::Lines => write!(to, "    {{\n      \"file\": {file}")?,
            Layout::OneLine => write!(to, "{{\"file\": {file}")?,
        }
        Ok(object)
    }

    /// Adds a part of the capture's document.
    pub(crate) fn add(&mut self, part: Part<'_>, to: &mut impl Write) -> io::Result<()> {
        match part {
            Part::Field(field) => {
                self.close_list(to)?;
                self.field(field, to)
            }
            Part::List => {
                self.list = Some(0);
                self.field("\"negotiations\": [", to)
            }
            Part::Record(record) => {
                let Some(before) = &mut self.list else {
                    return Ok(());
                };
                let separator = if *before > 0 { "," } else { "" };
                *before += 1;
                to.write_all(separator.as_bytes())?;
                record.lines().try_for_each(|line| match self.layout {
                    Layout::Lines => write!(to, "\n    {line}"),
                    Layout::OneLine => write!(to, "{}", line.trim_start()),
                })
            }
        }
    }

    /// Ends it, with what was wrong.
    pub(crate) fn end(mut self, trouble: Option<&str>, to: &mut impl Write) -> io::Result<()> {
        self.close_list(to)?;
        if let Some(trouble) = trouble {
            let error = serde_json::to_string(trouble)?;
            self.field(&format!("\"error\": {error}"), to)?;
        }
        match self.layout {
            Layout::Lines => write!(to, "\n    }}"),
            Layout::OneLine => writeln!(to, "}}"),
        }
    }

    fn field(&self, field: &str, to: &mut impl Write) -> io::Result<()> {
        match self.layout {
            Layout::Lines => write!(to, ",\n      {field}"),
            Layout::OneLine => write!(to, ", {field}"),
        }
    }

    fn close_list(&mut self, to: &mut impl Write) -> io::Result<()> {
        match (self.list.take(), self.layout) {
            (None, _) => Ok(()),
            (Some(1..), Layout::Lines) => write!(to, "\n      ]"),
            (Some(_), _) => write!(to, "]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ikewhy::report::parts::Parts;
    use serde_json::{Value, json};

    fn document(negotiations: &Value) -> String {
        let document = json!({"a": 1, "negotiations": negotiations, "z": [{"count": 2}]});
        // As the engine writes it: what follows the list stands on one line each.
        let text = serde_json::to_string_pretty(&document).unwrap();
        let (before, _) = text.split_once("  \"z\"").unwrap();
        format!("{before}  \"z\": [{{\"count\": 2}}]\n}}\n")
    }

    fn put_together(layout: Layout, pieces: &[&[u8]], trouble: Option<&str>) -> Value {
        let (mut parts, mut out) = (Parts::default(), Vec::new());
        let mut object = Object::begin(layout, "a \"name\"", &mut out).unwrap();
        for piece in pieces {
            parts.push(piece, |part| object.add(part, &mut out)).unwrap();
        }
        object.end(trouble, &mut out).unwrap();
        let lines = out.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(layout == Layout::OneLine, lines == 1 && out.ends_with(b"\n"));
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn what_is_taken_apart_is_put_together() {
        let records = json!([{"s": "{\u{e9}}"}, {"s": [{"t": []}, {}], "u": {"v": 1}}]);
        for negotiations in [json!([]), records] {
            let text = document(&negotiations);
            let whole =
                json!({"file": "a \"name\"", "a": 1, "negotiations": negotiations, "z": [{"count": 2}]});
            for layout in [Layout::Lines, Layout::OneLine] {
                for at in 0..text.len() {
                    let (one, other) = text.as_bytes().split_at(at);
                    assert_eq!(put_together(layout, &[one, other], None), whole);
                }
            }
        }
    }

    /// Of a document that stops, what is whole is shown.
    #[test]
    fn a_document_that_stops_is_closed() {
        let text = document(&json!([{"s": 1}, {"s": 2}]));
        for layout in [Layout::Lines, Layout::OneLine] {
            for at in 0..text.len() {
                let cut = put_together(layout, &[&text.as_bytes()[..at]], Some("it ended"));
                assert_eq!(cut["error"], "it ended");
                let records = cut["negotiations"].as_array().map_or(0, Vec::len);
                assert!(records <= 2 && (at > 20 || records == 0), "{cut}");
            }
        }
    }
}
