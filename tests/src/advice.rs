//! What each failed case of the corpus is advised to change, and what came of it: the engine's steps, given the configurations and logs
//! of both sides, and `captures/advice.tsv`, which `make advice` writes.

use crate::corpus::{Case, Corpus};
use crate::{cases, engine, root};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::{fs, iter};

/// The result of a case whose first step is nothing that can be made by a program.
pub const NOTHING: &str = "nothing to make";

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The case.
    pub case: String,
    /// The verdict.
    pub verdict: String,
    /// The first step: side, file, line, from, to; `-` where it has none.
    pub step: Vec<String>,
    /// `up`, why it did not come up, or [`NOTHING`].
    pub result: String,
}

/// The table as it is committed.
#[must_use]
pub fn table() -> Vec<Row> {
    let text = fs::read_to_string(root().join("captures/advice.tsv")).expect("captures/advice.tsv");
    let rows = text.lines().skip(1).map(|line| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut next = || cells.next().unwrap_or_else(|| panic!("a short row: {line}"));
        Row {
            case: next(),
            verdict: next(),
            step: iter::repeat_with(&mut next).take(5).collect(),
            result: next(),
        }
    });
    rows.collect()
}

/// The negotiations of a capture, as the report's JSON has them.
#[must_use]
pub fn negotiations(capture: &Path, files: &[PathBuf]) -> Vec<Value> {
    let text = engine::session(capture, &[], files).json();
    let document: Value = serde_json::from_str(&text).expect("the engine's JSON");
    document["negotiations"].as_array().cloned().unwrap_or_default()
}

/// The failed cases that have configurations or logs, each with the negotiation that shows the true cause, or else the first.
pub fn advised(corpus: &Corpus) -> impl Iterator<Item = (&Case, Value)> {
    corpus.cases.iter().filter_map(|case| {
        let truth = &case.scenario.truth;
        let files: Vec<_> = ["server", "client"]
            .iter()
            .flat_map(|side| cases::peer_files(&case.folder, side, true, true))
            .collect();
        let (side, _) = case
            .captures()
            .next()
            .filter(|_| !truth.healthy && !files.is_empty())?;
        let all = negotiations(&case.capture(side), &files);
        let failed = |n: &&Value| n["verdict"]["id"] == truth.verdict.as_str();
        let chosen = all.iter().find(failed).or(all.first())?;
        Some((case, chosen.clone()))
    })
}

/// A case's row without its result.
#[must_use]
pub fn row(case: &Case, negotiation: &Value) -> Row {
    let verdict = &negotiation["verdict"];
    let cell = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let step = &verdict["steps"][0];
    Row {
        case: case.name.clone(),
        verdict: cell(&verdict["id"]),
        step: ["side", "file", "line", "from", "to"]
            .iter()
            .map(|key| cell(&step[key]))
            .collect(),
        result: String::new(),
    }
}
