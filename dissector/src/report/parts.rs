//! The document for scripts, which may tell a million negotiations, taken apart as it comes: one negotiation at a time.
//!
//! Its lines are those of `json`: a field stands two blanks in, the record of a negotiation between braces four blanks in.

/// A part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A field of the capture: `"schema_version": 2`.
    Field(&'a str),
    /// The list of negotiations begins.
    List,
    /// A negotiation, with its indentation.
    Record(&'a str),
}

/// Takes documents apart as they come.
#[derive(Debug, Default)]
pub struct Parts {
    /// The last line, as far as it has come; of a record all its lines.
    open: String,
    /// Where the last line begins in it.
    line: usize,
    /// Bytes of a character that is cut.
    cut: Vec<u8>,
}

impl Parts {
    /// Hands on what these bytes complete.
    ///
    /// # Errors
    ///
    /// Those of `take`, which ends it.
    pub fn push<E>(
        &mut self,
        piece: &[u8],
        mut take: impl FnMut(Part<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            self.cut.extend(line);
            if line.ends_with(b"\n") {
                let text = String::from_utf8_lossy(&self.cut);
                self.open.push_str(&text);
                self.cut.clear();
                self.end_line(&mut take)?;
            }
        }
        Ok(())
    }

    fn end_line<E>(&mut self, take: &mut impl FnMut(Part<'_>) -> Result<(), E>) -> Result<(), E> {
        let line = self.open.get(self.line..).unwrap_or_default().trim_end();
        let in_record = self.line > 0 || line == "    {";
        let part = if in_record {
            if !matches!(line, "    }" | "    },") {
                self.line = self.open.len();
                return Ok(());
            }
            let end = self.line + "    }".len();
            Some(Part::Record(self.open.get(..end).unwrap_or_default()))
        } else if line.starts_with("  \"negotiations\": [") {
            Some(Part::List)
        } else {
            let field = line.strip_prefix("  ").filter(|field| field.starts_with('"'));
            field.map(|field| Part::Field(field.strip_suffix(',').unwrap_or(field)))
        };
        let done = part.map_or(Ok(()), take);
        self.open.clear();
        self.line = 0;
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::made::Made;

    #[test]
    fn a_document_is_its_parts() {
        let mut made = Made::new();
        for client in 0..3_u32 {
            made.asked_by((0x0A00_0001 + client).into(), i64::from(client));
        }
        let document = made.session().json();
        let (mut parts, mut fields, mut records) = (Parts::default(), Vec::new(), Vec::new());
        for piece in document.as_bytes().chunks(7) {
            let taken = parts.push(piece, |part| {
                match part {
                    Part::Field(field) => fields.push(field.to_owned()),
                    Part::Record(record) => records.push(record.to_owned()),
                    Part::List if records.is_empty() => {}
                    Part::List => return Err("a list after its records"),
                }
                Ok(())
            });
            assert_eq!(taken, Ok(()));
        }
        fields.push(format!("\"negotiations\": [{}]", records.join(",")));
        let joined: serde_json::Value = serde_json::from_str(&format!("{{{}}}", fields.join(","))).unwrap();
        let whole: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!((joined, records.len()), (whole, 3));
    }
}
