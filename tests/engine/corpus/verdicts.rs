//! Golden verdicts: what is said of a capture is what its scenario expects, without keys and with them.

use ikewhy_tests::cases::{Case, fits};
use ikewhy_tests::engine;
use serde_json::Value;
use std::path::PathBuf;

/// What is said of one negotiation.
struct Said {
    verdict: String,
    attributes: Vec<String>,
}

fn said(case: &Case, tables: &[PathBuf]) -> Vec<Said> {
    let json = engine::session(&case.path, tables, &[]).json();
    let document: Value = serde_json::from_str(&json).expect("JSON");
    let negotiations = document["negotiations"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let verdicts = negotiations.iter().map(|negotiation| &negotiation["verdict"]);
    verdicts
        .map(|verdict| Said {
            verdict: text(&verdict["id"]),
            attributes: verdict["attributes"]
                .as_array()
                .into_iter()
                .flatten()
                .map(text)
                .collect(),
        })
        .collect()
}

/// What is not as expected.
pub(crate) fn complaints(case: &Case) -> Vec<String> {
    let expect = &case.expect;
    let mut complaints = compare(
        &said(case, &[]),
        &expect.verdicts,
        &expect.never,
        &expect.attributes,
    );
    if !case.tables.is_empty() {
        let verdicts = if expect.with_keys.is_empty() {
            &expect.verdicts
        } else {
            &expect.with_keys
        };
        // What differs hangs on which of several honest answers was given: the score looks at that.
        let with_keys = compare(&said(case, &case.tables), verdicts, &expect.never, &[]);
        complaints.extend(
            with_keys
                .into_iter()
                .map(|complaint| format!("with keys, {complaint}")),
        );
    }
    complaints
}

fn compare(said: &[Said], expected: &[String], never: &[String], attributes: &[String]) -> Vec<String> {
    let verdicts: Vec<_> = said.iter().map(|said| said.verdict.as_str()).collect();
    let mut complaints = Vec::new();
    let right = said.len() == expected.len()
        && verdicts
            .iter()
            .zip(expected)
            .all(|(said, expected)| fits(said, expected));
    if !right {
        complaints.push(format!("{expected:?} expected, {verdicts:?} said"));
    }
    for never in never.iter().filter(|never| verdicts.contains(&never.as_str())) {
        complaints.push(format!("never {never}, but {verdicts:?} said"));
    }
    for attribute in attributes {
        if !said.iter().any(|said| said.attributes.contains(attribute)) {
            complaints.push(format!("{attribute} differs, which is not said"));
        }
    }
    complaints
}
