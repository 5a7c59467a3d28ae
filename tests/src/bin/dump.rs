//! Everything that is said about the corpus, to be compared across a change that must not change it.
//!
//!     dump make FOLDER           a document of each capture in each way: alone, with keys, with the peers' files, redacted
//!     dump compare OLD NEW       what differs, field by field; fails if anything does
//!
//! Beside the JSON each has the report as text and all frames' trees.

use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::Pass;
use ikewhy_tests::cases::{self, Case, folders};
use ikewhy_tests::{engine, for_each};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is said with these tables and files.
fn said(case: &Case, tables: &[PathBuf], files: &[PathBuf]) -> Value {
    let mut session = engine::session(&case.path, tables, files);
    let mut all = Map::new();
    for (name, redact) in [("plain", false), ("redacted", true)] {
        let wanted = |form| Wanted {
            form,
            redact,
            ..Wanted::default()
        };
        let json = session.write(&wanted(Form::Json));
        let document = serde_json::from_str(&json).expect("JSON");
        all.insert(format!("{name} document"), document);
        let report = session.write(&wanted(Form::Text));
        let lines: Vec<_> = report.lines().collect();
        all.insert(format!("{name} report"), Value::from(lines));
    }
    let frames = 1..=session.tracker().last_frame();
    let trees = frames.map(|frame| {
        let items = session.items(frame, Pass::Again);
        Value::from(items.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>())
    });
    let trees = trees.collect();
    all.insert("trees".to_owned(), Value::Array(trees));
    Value::Object(all)
}

fn make(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("a folder");
    for_each(&cases::all(), |case| {
        let files = case.files();
        let mut ways = Map::new();
        ways.insert("alone".to_owned(), said(case, &[], &[]));
        ways.insert("with keys".to_owned(), said(case, &case.tables, &[]));
        ways.insert("with files".to_owned(), said(case, &case.tables, &files));
        let text = serde_json::to_string(&ways).expect("plain data");
        fs::write(folder.join(case.name.replace('/', "-")), text).expect("written");
    });
}

/// Where two documents differ: the path to it, and both values.
fn differences(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let value = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                differences(&format!("{path}/{key}"), &value(a), &value(b), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}/{index}"), a, b, found);
            }
        }
        _ if old == new => {}
        _ => found.push(format!("{path}\n  - {old}\n  + {new}")),
    }
}

fn compare(old: &Path, new: &Path) -> ExitCode {
    let names = |folder| {
        let files = folders(folder).into_iter();
        let name = |path: PathBuf| Some(path.file_name()?.to_owned());
        files.filter_map(name).collect::<BTreeSet<_>>()
    };
    let (before, after) = (names(old), names(new));
    assert!(!before.is_empty(), "{} is empty", old.display());
    let all: Vec<_> = before.union(&after).cloned().collect();
    let found = for_each(&all, |name| {
        let read = |folder: &Path| {
            let text = fs::read_to_string(folder.join(name)).unwrap_or_else(|_| "null".to_owned());
            serde_json::from_str::<Value>(&text).expect("JSON")
        };
        let mut found = Vec::new();
        differences(&name.to_string_lossy(), &read(old), &read(new), &mut found);
        found
    });
    let found = found.concat();
    for difference in &found {
        println!("{difference}");
    }
    eprintln!("{} captures, {} differences", all.len(), found.len());
    if found.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", folder] => {
            make(Path::new(folder));
            ExitCode::SUCCESS
        }
        ["compare", old, new] => compare(Path::new(old), Path::new(new)),
        _ => {
            eprintln!("dump make FOLDER | dump compare OLD NEW");
            ExitCode::from(2)
        }
    }
}
