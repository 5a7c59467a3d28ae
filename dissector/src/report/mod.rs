//! Findings -> what people and scripts see: tree items, sentences, rows, JSON. No diagnosis here, and no presentation
//! anywhere else but the words of a rule in the rule's own file.

pub mod field;
pub mod item;
pub(crate) mod json;
pub mod tally;
pub(crate) mod text;
pub(crate) mod tree;
pub mod words;
