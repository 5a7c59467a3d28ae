//! What the engine says of a capture.

use crate::engine;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What the plugin says of one negotiation.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // the names are the contract's
pub struct Answer {
    pub stream: usize,
    pub verdict: String,
    pub confidence: f64,
    pub alternatives: Vec<String>,
    pub attributes: Vec<String>,
    /// It quotes a line of a file.
    pub quotes: bool,
}

impl Answer {
    pub(super) fn thousandths(&self) -> u32 {
        // Confidences lie between 0 and 1.
        (self.confidence.clamp(0.0, 1.0) * 1000.0).round() as u32
    }

    pub(super) fn first_alternative(&self) -> &str {
        self.alternatives.first().map_or("", String::as_str)
    }
}

/// A verdict that quotes a line of a file.
fn quotes(basis: &str, summary: &str) -> bool {
    basis == "imported" && summary.contains(", line ")
}

/// What the engine says of a capture with tables of keys and peers' files, in order of the negotiations.
pub(super) fn ask(capture: &Path, tables: &[PathBuf], files: &[PathBuf]) -> Vec<Answer> {
    let mut session = engine::session(capture, tables, files);
    let document: Document = serde_json::from_str(&session.json()).expect("the engine's document");
    let answer = |record: Record| Answer {
        stream: record.stream,
        verdict: record.verdict.id,
        confidence: record.verdict.confidence,
        alternatives: record.verdict.alternatives,
        attributes: record.verdict.attributes,
        quotes: quotes(&record.verdict.basis, &record.verdict.summary),
    };
    document.negotiations.into_iter().map(answer).collect()
}

#[derive(Deserialize)]
struct Document {
    negotiations: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    stream: usize,
    verdict: RecordedVerdict,
}

#[derive(Deserialize)]
struct RecordedVerdict {
    id: String,
    basis: String,
    summary: String,
    confidence: f64,
    alternatives: Vec<String>,
    attributes: Vec<String>,
}
