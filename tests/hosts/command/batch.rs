//! `ikewhy batch`: the rows, the documents, the counts, the exit status; that nothing grows with the captures.

use super::*;
use ikewhy_tests::cases::{self, is_failure};
use ikewhy_tests::{engine, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What a batch says, by file; each without its file's name.
fn documents(command: &mut Command) -> BTreeMap<String, Value> {
    let ran = output(command);
    assert_eq!(text(&ran.stderr), "");
    let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    assert_eq!(document["schema_version"], 2);
    by_file(document["captures"].as_array().expect("captures").clone())
}

fn by_file(captures: Vec<Value>) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for mut capture in captures {
        let file = capture.as_object_mut().expect("an object").remove("file");
        let file = file.expect("a file").as_str().expect("text").to_owned();
        assert_eq!(found.insert(file, capture), None);
    }
    found
}

#[test]
fn the_whole_corpus_is_said_as_the_engine_says_it() {
    let cases = cases::all();
    let paths = || cases.iter().map(|case| &case.path);
    let said = documents(ikewhy().args(["batch", "--json"]).args(paths()));
    let ran = output(ikewhy().args(["batch", "--jsonl"]).args(paths()));
    let lines = text(&ran.stdout);
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    assert_eq!(said, by_file(lines.collect()));
    assert_eq!(said.len(), cases.len());
    let ran = output(ikewhy().args(["batch", "--csv"]).args(paths()));
    let rows = text(&ran.stdout);
    let mut count = 0;
    for case in &cases {
        let file = case.path.display().to_string();
        let json = engine::session(&case.path, &[], &[]).json();
        let document: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(said[&file], document, "{}", case.name);
        for negotiation in document["negotiations"].as_array().expect("negotiations") {
            let verdict = negotiation["verdict"]["id"].as_str().expect("an id");
            let (stream, initiator) = (&negotiation["stream"], &negotiation["initiator"]["address"]);
            let begin = format!("\n{file},{stream},{} > ", initiator.as_str().expect("an address"));
            let row = rows
                .split_once(&begin)
                .expect("a row")
                .1
                .lines()
                .next()
                .expect("a line");
            assert_eq!(row.split(',').nth(1), Some(verdict), "{begin}{row}");
            count += 1;
        }
    }
    assert_eq!(rows.lines().count(), 1 + count);
}

#[test]
fn the_last_line_counts_and_the_table_says_how_often_what() {
    let ran = output(ikewhy().arg("batch").args([up(), failed(), failed()]));
    let said = text(&ran.stdout);
    let wanted = "\n      2  psk-mismatch\n      1  established\n\n3 captures, 3 negotiations, 2 failed.\n";
    assert!(said.ends_with(wanted), "{said}");
    assert!(
        said.starts_with("file ")
            && said
                .lines()
                .next()
                .is_some_and(|line| line.ends_with("  sentence"))
    );
    // With --failed the rows of the others are left out, and all are counted.
    for (form, rows) in [
        (None, 3),
        (Some("--csv"), 3),
        (Some("--json"), 0),
        (Some("--jsonl"), 0),
    ] {
        let mut command = ikewhy();
        command
            .args(["batch", "--failed"])
            .args(form)
            .args([up(), failed(), failed()]);
        let ran = output(&mut command);
        let said = text(&ran.stdout);
        assert_eq!(ran.status.code(), Some(1));
        let count = said
            .lines()
            .filter(|line| line.contains("captures/") && line.contains("psk-mismatch"));
        let expected = if form == Some("--jsonl") {
            2
        } else {
            rows - usize::from(rows > 0)
        };
        assert_eq!(count.count(), expected, "{form:?}: {said}");
        assert!(!said.contains("came up"), "{form:?}: {said}");
    }
}

#[test]
fn the_exit_status_says_what_happened() {
    let broken = folder("broken").join("broken.pcap");
    fs::write(&broken, "no capture at all").expect("a file");
    let (up, failed) = (&up(), &failed());
    let nowhere = Path::new("/nowhere/at-all.pcap").to_owned();
    for (options, files, expected, says) in [
        (&[][..], &[up][..], 0, "1 capture, 1 negotiation, 0 failed."),
        (&[], &[up, failed], 1, "2 captures, 2 negotiations, 1 failed."),
        (&["--fail-on", "auth"], &[failed], 1, "1 failed"),
        (&["--fail-on", "psk-mismatch,0.9"], &[failed], 1, "1 failed"),
        (&["--fail-on", "psk-mismatch,0.99"], &[failed], 0, "0 failed"),
        (&["--fail-on", "esp,no-response"], &[failed], 0, "0 failed"),
        (&["--fail-on", "never"], &[failed], 0, "0 failed"),
        (&["--fail-on", "established"], &[up], 1, "1 failed"),
        (&["--fail-on", "nonsense"], &[up], 2, "nonsense is no diagnosis"),
        (&[], &[up, &broken], 2, "1 could not be read"),
        (&[], &[failed, &broken], 2, "is no capture in a known format"),
        (&[], &[&nowhere], 2, "there is no such file"),
        (&["--keys", "/nowhere"], &[up], 2, "/nowhere: No such file"),
    ] {
        let ran = output(ikewhy().arg("batch").args(options).args(files));
        let said = text(&ran.stdout) + &text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(expected), "{options:?} {files:?}: {said}");
        assert!(said.contains(says), "{options:?} {files:?}: {said}");
    }
}

#[test]
fn called_as_batch_it_is_batch() {
    let link = folder("called").join("ikewhy-batch");
    std::os::unix::fs::symlink(ikewhy().get_program(), &link).expect("a link");
    let ran = output(Command::new(link).arg("--csv").arg(failed()));
    assert_eq!(text(&ran.stdout).lines().count(), 2);
    assert_eq!(ran.status.code(), Some(1));
}

/// Captures with and without negotiations, and one that is none, in one well-formed document.
#[test]
fn one_document_holds_all_captures() {
    let folder = folder("documents");
    fs::copy(up(), folder.join("1.pcap")).expect("a copy");
    pcap::write(&folder.join("2.pcap"), std::iter::empty());
    fs::write(folder.join("3.pcap"), "no\x02capture").expect("a file");
    fs::write(folder.join("4.txt"), "nothing to be read").expect("a file");
    for form in ["--json", "--jsonl"] {
        let ran = output(ikewhy().args(["batch", form]).arg(&folder));
        let captures: Vec<Value> = if form == "--json" {
            let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
            document["captures"].as_array().expect("captures").clone()
        } else {
            let lines = text(&ran.stdout);
            lines
                .lines()
                .map(|line| serde_json::from_str(line).expect("JSON"))
                .collect()
        };
        let told = |at: usize| captures[at]["negotiations"].as_array().map(Vec::len);
        assert_eq!(
            (captures.len(), told(0), told(1), told(2)),
            (3, Some(1), Some(0), None)
        );
        assert!(captures[2]["error"].is_string() && captures[0]["schema_version"] == 2);
        assert_eq!(ran.status.code(), Some(2));
    }
    let none = folder.join("none");
    fs::create_dir(&none).expect("a folder");
    let ran = output(ikewhy().arg("batch").arg(&none));
    assert!(
        text(&ran.stderr).contains("holds no captures (.cap, "),
        "{}",
        text(&ran.stderr)
    );
}

/// The most memory that a batch and its workers take, in KiB, and how long it runs.
fn memory(folder: &Path) -> (u64, Duration) {
    let start = Instant::now();
    let mut command = ikewhy();
    command.args(["batch", "--csv", "-j", "2"]).arg(folder);
    let mut child = command
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it runs");
    let peak = |process: &str| -> u64 {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    };
    let mut most = 0;
    while child.try_wait().expect("it waits").is_none() {
        let all = children(child.id());
        let one = all.iter().map(|process| peak(process)).max().unwrap_or(0);
        most = most.max(peak(&child.id().to_string()) + one);
        sleep(Duration::from_millis(2));
    }
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    (most, start.elapsed())
}

#[test]
fn nothing_grows_with_the_captures_but_their_names() {
    let (few, _) = memory(&many("hundreds", 500));
    let (more, took) = memory(&many("thousands", 10_000));
    println!("500 captures: {few} KiB; 10,000: {more} KiB, {took:?}");
    assert!(few > 1000 && more < few + 6000, "{few} KiB, then {more} KiB");
    // Nor do open files.
    let mut command = ikewhy();
    command.args(["batch", "--csv"]).arg(many("thousands", 5_000));
    let ran = output(&mut shell("ulimit -n 40;", "", &command));
    assert_eq!((text(&ran.stderr).as_str(), ran.status.code()), ("", Some(1)));
    assert_eq!(text(&ran.stdout).lines().count(), 5_001);
}

/// Rows of a table wait on disk if they are many; if there is no room for them, that is said.
#[test]
fn a_long_table_waits_on_disk() {
    let folder = many("table", 10_000);
    let mut command = ikewhy();
    command.arg("batch").arg(&folder);
    let ran = output(&mut command);
    assert_eq!(text(&ran.stdout).lines().count(), 1 + 10_000 + 2);
    let ran = output(&mut shell("ulimit -f 512; trap '' XFSZ;", "| cat", &command));
    let said = text(&ran.stderr);
    assert_eq!(
        said,
        "ikewhy: temporary files cannot be written: File too large\n"
    );
}

#[test]
fn numbers_that_are_none_are_refused() {
    let capture = failed().display().to_string();
    for (option, words) in [
        (
            "--fail-on",
            &[
                "nan", "inf", "-inf", "-1", "-0.1", "1.01", "2", "1e-1", "0x1", "0_1", "\u{661}", "0.5x",
                "auth,nan",
            ][..],
        ),
        (
            "--jobs",
            &[
                "0",
                "-1",
                "65",
                "1.5",
                "1_0",
                "\u{662}",
                "",
                "99999999999999999999",
            ],
        ),
        ("--timeout", &["0", "-1", "nan", "1e9", ""]),
    ] {
        for word in words {
            let ran = output(ikewhy().args(["batch", &format!("{option}={word}"), &capture]));
            let said = text(&ran.stderr);
            assert_eq!(
                (text(&ran.stdout).as_str(), ran.status.code()),
                ("", Some(2)),
                "{option} {word}: {said}"
            );
            assert!(said.contains(option) && said.contains(" no "), "{said}");
        }
    }
    let ran = output(ikewhy().args(["batch", "--fail-on", "nan", &capture]));
    assert_eq!(ran.status.code(), Some(2));
    for word in ["-1", "4294967295", "4294967296", "+0", "1_0", "", "0x0"] {
        let ran = output(ikewhy().args(["report", &format!("--stream={word}"), &capture]));
        assert_eq!(
            (text(&ran.stdout).as_str(), ran.status.code()),
            ("", Some(2)),
            "{word}"
        );
    }
    for word in ["0", "1", "0.92", ".5", "0.5,auth"] {
        let ran = output(ikewhy().args(["batch", "--fail-on", word, &capture]));
        assert_eq!(ran.status.code(), Some(i32::from(word != "1")), "{word}");
    }
}

#[test]
fn a_damaged_capture_is_trouble_and_what_was_read_is_shown() {
    let folder = folder("damaged");
    let [cut, wrong, header, empty] = damaged(&folder);
    for (path, rows) in [(&cut, 1), (&wrong, 1), (&header, 0), (&empty, 0)] {
        for options in [&[][..], &["--fail-on", "never"], &["--redact"]] {
            let ran = output(ikewhy().args(["batch", "--csv"]).args(options).arg(path));
            let said = text(&ran.stderr);
            assert_eq!(ran.status.code(), Some(2), "{}: {said}", path.display());
            assert_eq!(said.lines().count(), 1, "{said}");
            assert_eq!(text(&ran.stdout).lines().count(), 1 + rows, "{}", path.display());
        }
        let ran = output(ikewhy().arg("report").arg(path));
        assert_eq!(ran.status.code(), Some(2), "{}", path.display());
        assert_eq!(
            text(&ran.stdout).contains("psk-mismatch"),
            rows == 1,
            "{}",
            path.display()
        );
    }
    let ran = output(ikewhy().args(["batch"]).args([&cut, &failed(), &empty]));
    let told = "3 captures, 2 negotiations, 2 failed, 1 could not be read, 1 read only in part.";
    assert!(text(&ran.stdout).contains(told), "{}", text(&ran.stdout));
    assert_eq!(ran.status.code(), Some(2));
    let ran = output(ikewhy().args(["batch", "--json"]).args([&cut, &failed()]));
    let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let [cut, whole] = [0, 1].map(|at| &document["captures"][at]);
    assert!(cut["error"].is_string() && whole["error"].is_null(), "{cut:#}");
    assert_eq!(cut["negotiations"][0]["verdict"]["id"], "psk-mismatch");
    assert!(is_failure("psk-mismatch"));
}
