//! What each failed case of the corpus is advised to change, given the configurations and logs of both sides: one JSON object a line,
//! for `captures/lab/advice.py`, which makes the change and runs the case again.
//!
//!     cargo run -p ikewhy-tests --bin advice -- [PART OF A NAME]
//!     cargo run -p ikewhy-tests --bin advice -- verdicts CAPTURE
//!
//! `{"case": ..., "true": the verdict that is true, "verdict": the verdict that was given, "steps": [...]}`, steps as in the report's JSON.

use ikewhy_tests::{cases, corpus, engine};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, capture] = arguments.as_slice()
        && command == "verdicts"
    {
        for n in negotiations(Path::new(capture), &[]) {
            println!("{}", n["verdict"]["id"].as_str().unwrap_or_default());
        }
        return;
    }
    let only = arguments.first().cloned().unwrap_or_default();
    let corpus = corpus::read(&ikewhy_tests::root().join("captures"));
    for case in &corpus.cases {
        let truth = &case.scenario.truth;
        if truth.healthy || !case.name.contains(&only) {
            continue;
        }
        let files: Vec<_> = ["server", "client"]
            .iter()
            .flat_map(|side| cases::peer_files(&case.folder, side, true, true))
            .collect();
        let Some((side, _)) = case.captures().next().filter(|_| !files.is_empty()) else {
            continue;
        };
        let all = negotiations(&case.capture(side), &files);
        let failed = |n: &&Value| n["verdict"]["id"] == truth.verdict.as_str();
        let chosen = all.iter().find(failed).or(all.first());
        let Some(n) = chosen else { continue };
        let told = json!({
            "case": case.name,
            "true": truth.verdict,
            "verdict": n["verdict"]["id"],
            "summary": n["verdict"]["summary"],
            "steps": n["verdict"]["steps"],
        });
        println!("{told}");
    }
}

/// The negotiations of a capture, as the report's JSON has them.
fn negotiations(capture: &Path, files: &[PathBuf]) -> Vec<Value> {
    let text = engine::session(capture, &[], files).json();
    let document: Value = serde_json::from_str(&text).expect("the engine's JSON");
    document["negotiations"].as_array().cloned().unwrap_or_default()
}
