//! Findings -> what people and scripts see: tree items, sentences, rows, JSON. No diagnosis here, and no presentation
//! anywhere else but the words of a rule in the rule's own file.
//!
//! * `tree`: the items of a packet; [`item`], [`field`]: what they are;
//! * `section`: what a report says of the negotiations; `comparison`, `ladder`: its tables and drawings;
//! * `text`, `markdown`, `html`: its forms; `json`: the document for scripts, in `lines`; [`parts`] takes it apart;
//! * [`tally`]: what statistics count; [`overview`]: rows of the table of negotiations, arrows of the flow;
//! * [`wanted`]: which report is asked for; [`writing`]: a report, piece by piece;
//! * [`explain`]: the reference of one diagnosis; [`held`]: what people hold in place of one; [`products`]: what products call things.

pub(crate) mod comparison;
pub mod explain;
pub mod field;
pub mod held;
pub(crate) mod html;
pub mod item;
pub(crate) mod json;
pub(crate) mod ladder;
mod lines;
pub(crate) mod markdown;
pub mod overview;
pub mod parts;
pub mod products;
pub(crate) mod section;
pub mod tally;
pub(crate) mod text;
pub(crate) mod tree;
pub mod wanted;
pub mod words;
pub mod writing;
