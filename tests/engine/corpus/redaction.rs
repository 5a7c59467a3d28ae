//! A redacted report says the same without an original value: no address, identity, name, SPI or key of the capture, its peers'
//! files or its keys, in any notation. (That its steps say the same, `mapped.rs` holds.) What the originals are is read from the corpus here, not asked of the engine.

use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::Session;
use ikewhy_tests::cases::{self, Case};
use ikewhy_tests::engine;
use ikewhy_tests::originals::Originals;
use ikewhy_tests::swapped::without_words;
use serde_json::Value;

/// What is wrong with the redacted outputs of a capture: by itself, with the peers' files, with keys, and with both.
pub(crate) fn complaints(case: &Case) -> Vec<String> {
    let originals = Originals::of(case);
    let files = case.files();
    let mut ways = vec![
        ("alone", &[][..], &[][..]),
        ("with the peers' files", &[], &files),
    ];
    if !case.tables.is_empty() {
        ways.extend([
            ("with keys", &case.tables[..], &[][..]),
            ("with keys and files", &case.tables, &files),
        ]);
    }
    let all = ways.into_iter().flat_map(|(how, tables, files)| {
        let mut session = engine::session(&case.path, tables, files);
        let complaints = outputs(&originals, &mut session).into_iter();
        complaints.map(move |complaint| format!("redacted {how}: {complaint}"))
    });
    all.collect()
}

/// What is wrong with the redacted outputs of a session.
fn outputs(originals: &Originals, session: &mut Session) -> Vec<String> {
    let mut write = |wanted: &Wanted| session.write(wanted);
    let mut complaints = Vec::new();
    let wish = |form, redact| Wanted {
        form,
        redact,
        ..Wanted::default()
    };
    for form in [Form::Text, Form::Markdown, Form::Html, Form::Json] {
        let redacted = write(&wish(form, true));
        let found = originals.found(&redacted);
        complaints.extend(
            found
                .into_iter()
                .map(|original| format!("{form:?} shows {original}")),
        );
    }
    let document = |text: String| -> Value { serde_json::from_str(&text).expect("JSON") };
    let (real, redacted) = (
        document(write(&wish(Form::Json, false))),
        document(write(&wish(Form::Json, true))),
    );
    let list = |document: &Value| document["negotiations"].as_array().expect("negotiations").clone();
    assert_eq!(list(&real).len(), list(&redacted).len());
    for (real, redacted) in list(&real).iter().zip(list(&redacted)) {
        if without_words(&real["verdict"]) != without_words(&redacted["verdict"]) {
            complaints.push(format!("{} became {}", real["verdict"], redacted["verdict"]));
        }
        let notes = |of: &Value| -> Vec<Value> {
            of["notes"]
                .as_array()
                .expect("notes")
                .iter()
                .map(without_words)
                .collect()
        };
        if notes(real) != notes(&redacted) {
            complaints.push("the notes changed".to_owned());
        }
    }
    complaints
}

/// The originals are known here, and are found where they stand.
pub(crate) fn originals_are_found() {
    let all = cases::all();
    let case = all.iter().find(|case| case.name == "l2tp-up-strongswan/client");
    let case = case.expect("the case");
    let originals = Originals::of(case);
    for name in ["alice", "invented-password", "invented-secret-for-the-lab"] {
        assert!(
            originals.names.contains(name),
            "{name} is not known: {:?}",
            originals.names
        );
    }
    assert!(originals.addresses.contains(&"198.51.100.20".parse().unwrap()));
    assert!(!originals.spis.is_empty());
    let report = engine::session(&case.path, &[], &[]).report();
    assert!(!originals.found(&report).is_empty());
}
