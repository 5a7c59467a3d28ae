//! What each failed case of the corpus is advised to change, given the configurations and logs of both sides: one JSON object a line,
//! for `captures/lab/advice.py`, which makes the change and runs the case again.
//!
//!     cargo run -p ikewhy-tests --bin advice
//!     cargo run -p ikewhy-tests --bin advice -- verdicts CAPTURE
//!
//! `{"case": ..., "verdict": ..., "steps": [...]}`, steps as in the report's JSON. The second one prints a verdict a line.

use ikewhy_tests::advice::{advised, negotiations};
use ikewhy_tests::{corpus, root};
use serde_json::json;
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, capture] = arguments.as_slice()
        && command == "verdicts"
    {
        for n in negotiations(Path::new(capture), &[], &[]) {
            println!("{}", n["verdict"]["id"].as_str().unwrap_or_default());
        }
        return;
    }
    let corpus = corpus::read(&root().join("captures"));
    for (case, n) in advised(&corpus) {
        let verdict = &n["verdict"];
        println!(
            "{}",
            json!({"case": case.name, "verdict": verdict["id"], "steps": verdict["steps"]})
        );
    }
}
