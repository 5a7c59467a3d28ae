//! The document for scripts (`-z ikewhy,json`) is what its published schema says, on every capture.

use ikewhy::session::{Options, Session};
use ikewhy_tests::{cases, for_each, pcap, root};
use serde_json::Value;
use std::fs;

fn schema() -> Value {
    let path = root().join("docs/ikewhy-2.schema.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

fn document(case: &cases::Case) -> Value {
    let mut session = Session::new(Options::default());
    for (number, frame) in (1..).zip(pcap::read(&case.path)) {
        session.push(&frame.packet(number));
    }
    serde_json::from_str(&session.json()).expect("JSON")
}

/// Fields of the document that the schema does not describe, by their paths.
fn undescribed(schema: &Value, at: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let at = match at["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
        Some(name) => &schema["$defs"][name],
        None => at,
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{path}/{name}");
                match at["properties"].get(name) {
                    Some(below) => undescribed(schema, below, value, &path, found),
                    None => found.push(path),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                undescribed(schema, &at["items"], item, path, found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_document_is_what_the_schema_says() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let complaints = for_each(&cases::all(), |case| {
        let document = document(case);
        let errors = validator.iter_errors(&document);
        let mut found: Vec<String> = errors
            .map(|e| format!("{}: {e}", e.instance_path()))
            .take(3)
            .collect();
        undescribed(&schema, &schema, &document, "", &mut found);
        found
            .into_iter()
            .map(|f| format!("{}: {f}", case.name))
            .collect::<Vec<_>>()
    });
    let complaints = complaints.concat();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_document_without_a_verdict_is_refused() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    let mut document = document(&cases::some(1)[0]);
    assert!(validator.is_valid(&document));
    let first = document["negotiations"][0]
        .as_object_mut()
        .expect("a negotiation");
    first.remove("verdict");
    assert!(!validator.is_valid(&document));
}
