//! Configurations and logs as people post them, each beside a capture: does the verdict become what its expected file says is true?
//!
//!     cargo run -p ikewhy-tests --bin posted -- FOLDER [PART OF A NAME]
//!
//! The folder has `NAME` and `NAME.expected.txt`, in which `capture:`, `verdict:` (`a or b`), `attributes:`, `line:` and `side...:` say
//! what is true, or `right:` says all of it in one sentence. A block for each capture. A file without an expected file goes with those
//! whose names begin as its own does, up to the first `-`. Each is tried alone, and with its owner.
//!
//! exact: cause, what differs and the line that is quoted; unquoted: another line; unsure: below 0.9; nothing: as without the file.

use ikewhy_tests::engine;
use ikewhy_tests::files::{attributes, summary};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is true of one file beside one capture.
#[derive(Debug, Default)]
struct Truth {
    capture: String,
    verdicts: Vec<String>,
    /// Address of the side whose file it is.
    owner: String,
    attributes: Vec<String>,
    lines: Vec<u32>,
}

const ATTRIBUTES: [&str; 11] = [
    "dh-group",
    "key-length",
    "encryption",
    "integrity",
    "prf",
    "hash",
    "auth-method",
    "selectors",
    "identity",
    "encapsulation",
    "version",
];

fn numbers(text: &str) -> Vec<u32> {
    let words = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|w| !w.is_empty());
    words.filter_map(|w| w.parse().ok()).collect()
}

fn truths(text: &str) -> Vec<Truth> {
    let mut truths: Vec<Truth> = Vec::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(": ") else {
            continue;
        };
        if key == "capture" {
            truths.push(Truth {
                capture: value.to_owned(),
                owner: "198.51.100.20".to_owned(),
                ..Truth::default()
            });
        }
        let Some(truth) = truths.last_mut() else { continue };
        let ids = |text: &str| -> Vec<String> {
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
            let known = |w: &&str| ikewhy::rules::RULES.iter().any(|rule| rule.id.name() == *w);
            words.filter(known).map(str::to_owned).collect()
        };
        let named = |text: &str| -> Vec<String> {
            let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
            let named = ATTRIBUTES.iter().filter(|a| words.contains(a));
            named.map(|a| (*a).to_owned()).collect()
        };
        match key {
            "verdict" => truth.verdicts = ids(value),
            "attributes" => truth.attributes = named(value),
            "line" => truth.lines = numbers(value).into_iter().take(1).collect(),
            "right" => {
                truth.verdicts = ids(value);
                truth.attributes = named(value);
                if let Some((_, lines)) = value.split_once("line") {
                    let lines = numbers(lines.split(')').next().unwrap_or_default());
                    truth.lines = match lines[..] {
                        [one, last] if last > one && value.contains('-') => (one..=last).collect(),
                        _ => lines.into_iter().take(1).collect(),
                    };
                }
            }
            key if key.starts_with("side") => {
                truth.owner = value.split(' ').nth(1).unwrap_or_default().to_owned();
            }
            _ => {}
        }
    }
    truths
}

/// How well a verdict tells the truth, and what it says.
fn mark(truth: &Truth, before: &Value, said: &Value, file: &str) -> (&'static str, String) {
    let id = said["id"].as_str().unwrap_or_default();
    let confidence = said["confidence"].as_f64().unwrap_or_default();
    let imported = said["basis"] == "imported";
    let mut differs = attributes(said);
    differs.sort_unstable();
    let mut expected: Vec<_> = truth.attributes.iter().map(String::as_str).collect();
    expected.sort_unstable();
    let right = truth.verdicts.is_empty() || truth.verdicts.iter().any(|v| v == id);
    let named = expected.is_empty() || differs == expected;
    let all = said.to_string();
    // Where no file is to make it more exact, no line is to be quoted.
    let plain = before["id"] == id && !imported;
    let quoted = plain
        || truth.lines.is_empty()
        || truth.lines.iter().any(|line| {
            let place = format!("{file}, line {line}");
            all.match_indices(&place)
                .any(|(at, _)| !all[at + place.len()..].starts_with(|c: char| c.is_ascii_digit()))
        });
    let told = format!("{id} {confidence:.2} {differs:?} {}", summary(said));
    let mark = match (right && named && quoted, imported) {
        (true, _) => "exact",
        (false, true) if confidence >= 0.9 && !(right && named) => "FALSE",
        (false, true) if confidence >= 0.9 => "unquoted",
        _ if (id, confidence)
            == (
                before["id"].as_str().unwrap_or_default(),
                before["confidence"].as_f64().unwrap_or_default(),
            ) =>
        {
            "nothing"
        }
        _ => "unsure",
    };
    (mark, told)
}

fn verdict(capture: &Path, files: &[PathBuf]) -> Value {
    let document: Value = serde_json::from_str(&engine::session(capture, &[], files).json()).expect("JSON");
    document["negotiations"][0]["verdict"].clone()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        println!("posted FOLDER [PART OF A NAME]");
        return;
    };
    let only = arguments.next().unwrap_or_default();
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut counts: [BTreeMap<&str, usize>; 2] = Default::default();
    for name in names
        .iter()
        .filter(|name| !name.ends_with(".expected.txt") && name.contains(&only))
    {
        let Ok(text) = fs::read_to_string(folder.join(format!("{name}.expected.txt"))) else {
            continue;
        };
        let stem = name.split('-').next().unwrap_or_default();
        let beside = names.iter().filter(|other| {
            other.split('-').next() == Some(stem)
                && !other.ends_with(".expected.txt")
                && !names.contains(&format!("{other}.expected.txt"))
        });
        let beside: Vec<_> = beside.map(|other| folder.join(other)).collect();
        for truth in truths(&text) {
            let capture = folder.join(&truth.capture);
            if !capture.is_file() {
                println!("missing\t{name}\t{}", truth.capture);
                continue;
            }
            let before = verdict(&capture, &[]);
            let path = folder.join(name);
            let owned = PathBuf::from(format!("{}={}", truth.owner, path.display()));
            let ways = if truth.owner == "-" { 1 } else { 2 };
            for (given, count) in [path, owned].into_iter().zip(&mut counts).take(ways) {
                let files: Vec<_> = std::iter::once(given.clone())
                    .chain(beside.iter().cloned())
                    .collect();
                let (mark, told) = mark(&truth, &before, &verdict(&capture, &files), name);
                *count.entry(mark).or_default() += 1;
                let way = if given.to_string_lossy().contains('=') {
                    "owner"
                } else {
                    "alone"
                };
                println!("{mark}\t{way}\t{name}\t{told}");
                if mark != "exact" && way == "alone" {
                    println!(
                        "\t\ttrue: {:?} {:?} {:?}",
                        truth.verdicts, truth.attributes, truth.lines
                    );
                }
            }
        }
    }
    println!("alone {:?}\nowner {:?}", counts[0], counts[1]);
}
