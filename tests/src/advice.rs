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
pub fn negotiations(capture: &Path, tables: &[PathBuf], files: &[PathBuf]) -> Vec<Value> {
    let text = engine::session(capture, tables, files).json();
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
        let all = negotiations(&case.capture(side), &[], &files);
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

/// What settings are about, by words of their names in the products' own terms.
const TOPICS: [(&str, &[&str]); 9] = [
    ("key", &["secret", "psk"]),
    (
        "proposal",
        &[
            "proposal",
            "ike=",
            "esp=",
            "phase2alg",
            "transform",
            "ikesa",
            "childsa",
        ],
    ),
    ("selectors", &["_ts", "subnet", "traffic selector"]),
    (
        "identity",
        &["local.id", "remote.id", "leftid", "rightid", "srcid", "dstid"],
    ),
    ("version", &["version", "keyexchange", "ikev2="]),
    ("mode", &["aggressive", "aggrmode"]),
    ("encapsulation", &[".mode", "type="]),
    ("method", &["auth"]),
    ("pool", &["pool"]),
];

/// What steps for this cause may be about; `None`: anything.
fn allowed(cause: &str) -> Option<&'static [&'static str]> {
    Some(match cause {
        "psk-mismatch" | "psk-missing" => &["key"],
        "ike-proposal-mismatch" => &["proposal"],
        "child-proposal-mismatch" | "pfs-mismatch" => &["proposal"],
        "selector-mismatch" => &["selectors", "pool"],
        "identity-rejected" => &["identity"],
        "auth-method-mismatch" => &["method", "key"],
        "version-mismatch" => &["version"],
        "mode-mismatch" => &["mode", "version"],
        "encapsulation-mismatch" => &["encapsulation", "selectors"],
        "address-assignment-failed" => &["pool"],
        "certificate-rejected" => &["method", "identity"],
        // There may be no connection for this peer and version.
        "no-response" => &["version"],
        "eap-failed" | "xauth-failed" | "ppp-failed" | "peer-unreachable" | "esp-blocked" => &[],
        _ => return None,
    })
}

/// What is wrong with a negotiation's steps: there are none, they contradict each other, change nothing, name a log as a place to edit,
/// or a setting that the cause has nothing to do with.
#[must_use]
pub fn faults(negotiation: &Value) -> Vec<String> {
    let verdict = &negotiation["verdict"];
    let none = Vec::new();
    let steps = verdict["steps"].as_array().unwrap_or(&none);
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    let mut faults = Vec::new();
    if negotiation["state"] == "failed" && steps.is_empty() {
        faults.push("no step".to_owned());
    }
    let mut way = 0;
    let mut seen: Vec<(usize, String, String)> = Vec::new();
    for step in steps {
        way += usize::from(text(step, "text").starts_with("Or "));
        let (file, from, to) = (text(step, "file"), text(step, "from"), text(step, "to"));
        if !to.is_empty() && from == to {
            faults.push(format!("changes nothing: {}", text(step, "text")));
        }
        if file.ends_with(".log") {
            faults.push(format!("edits a log: {}", text(step, "text")));
        }
        let place = format!(
            "{} {file} {} {}",
            text(step, "side"),
            step["line"],
            text(step, "setting")
        );
        if !to.is_empty() {
            let other = seen
                .iter()
                .find(|(w, p, value)| *w == way && *p == place && *value != to);
            if other.is_some() {
                faults.push(format!("two values for one setting: {}", text(step, "text")));
            }
            seen.push((way, place, to));
        }
        let setting = text(step, "setting").to_lowercase();
        let about = TOPICS
            .iter()
            .find(|(_, words)| words.iter().any(|word| setting.contains(word)));
        if let Some((topic, _)) = about.filter(|_| !setting.is_empty())
            && let Some(allowed) = allowed(verdict["id"].as_str().unwrap_or_default())
            && !allowed.contains(topic)
        {
            faults.push(format!("{topic} is another cause: {}", text(step, "text")));
        }
    }
    let texts: Vec<String> = steps.iter().map(|step| text(step, "text")).collect();
    let twice = texts
        .iter()
        .enumerate()
        .find(|(at, one)| texts.iter().skip(at + 1).any(|other| other == *one));
    faults.extend(twice.map(|(_, one)| format!("said twice: {one}")));
    faults
}
