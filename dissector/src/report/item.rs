//! Tree items: what a host draws, in order, each with its depth. A host knows nothing about IKE.

use super::field::FieldId;
use crate::wire::Span;

/// One item of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// 0 is the root; an item of depth n+1 stands below the last item of depth n.
    pub depth: u8,
    /// Which field.
    pub field: FieldId,
    /// Its value.
    pub value: Value,
    /// Text to show instead of the field's name and value.
    pub label: Option<String>,
    /// How it is drawn.
    pub look: Look,
    /// Bytes of the frame to highlight.
    pub span: Option<Span>,
    /// Index of an expert entry in [`crate::rules::RULES`] to raise here; its text is the value's or label's text.
    pub expert: Option<u16>,
}

/// How an item is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// In the brackets that mark what a program adds to a packet.
    Added,
    /// Without them: running text, or a further line of it.
    Running,
    /// Not at all: it repeats what stands above it, and is there for filters and exports.
    Hidden,
}

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// None: a subtree.
    None,
    /// A number, or the number of a frame.
    Uint(u32),
    /// Text: UTF-8, control and bidirectional formatting characters escaped.
    Text(String),
    /// A floating point number.
    Double(f64),
    /// Nanoseconds.
    Duration(i64),
}
