//! How often the verdicts are right: what the engine says about every capture of the corpus, held against what is expected of it.
//!
//! The plugin says the same: tests/hosts/reader.rs and tests/hosts/keys_engine.rs hold that, for a sample and with `make parity` for all.

mod advice;
mod ask;
pub mod atlas;
mod bars;
mod document;
pub mod files;
mod mark;
mod measure;
mod public;
pub mod table;

pub use bars::Bar;
pub use document::{
    Band, Causes, Column, Counts, Exact, FileScore, Group, Kind, Miss, PublicScore, Score, Tally, count,
};
pub use measure::measure;
