//! The command `ikewhy`: many captures at once, their exit statuses, reports, explanations, and clear words for trouble.

use ikewhy::rules::{Class, RULES};
use ikewhy::session::{Options, Packet, Session};
use ikewhy_tests::cases::{self, Case, is_failure};
use ikewhy_tests::tshark::tshark;
use ikewhy_tests::{pcap, quietly, root, text};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn ikewhy() -> Command {
    let _ = tshark(); // builds the plugin
    let mut command = Command::new("python3");
    command.arg(root().join("command/ikewhy")).current_dir(root());
    command.env(
        "IKEWHY_TSHARK",
        format!("{} tshark", root().join("tests/user.sh").display()),
    );
    command
}

fn output(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A folder of captures, and of folders of them.
fn folder(name: &str, cases: &[Case]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    for case in cases {
        let to = folder.join(case.name.replace('/', "-")).with_extension("pcap");
        fs::create_dir_all(&folder).expect("a folder");
        fs::copy(&case.path, to).expect("a copy");
    }
    fs::write(folder.join("notes.txt"), "no capture").expect("a file");
    folder
}

fn negotiations(case: &Case) -> usize {
    let mut session = Session::new(Options::default());
    for (number, frame) in (1..).zip(pcap::read(&case.path)) {
        session.push(&Packet {
            frame: number,
            time: frame.time,
            interface: 0,
            link_type: frame.link_type,
            data: &frame.data,
            original_length: frame.original_length,
            ip_hint: None,
            known_ike: None,
            derived: &[],
        });
    }
    session.tracker().negotiations().len()
}

/// `IKEWHY_WHOLE=1`: the whole corpus.
#[test]
fn every_negotiation_has_one_row() {
    let whole = std::env::var_os("IKEWHY_WHOLE").is_some();
    let cases = if whole { cases::all() } else { cases::some(16) };
    let folder = folder("batch", &cases);
    let ran = output(ikewhy().arg("batch").arg("--csv").arg(&folder));
    assert_eq!(text(&ran.stderr), "");
    assert_eq!(ran.status.code(), Some(1));
    let rows = text(&ran.stdout);
    for case in &cases {
        let file = format!("{}.pcap,", case.name.replace('/', "-"));
        let of_it: Vec<_> = rows.lines().filter(|row| row.contains(&file)).collect();
        assert_eq!(
            of_it.len(),
            negotiations(case),
            "{}:\n{}",
            case.name,
            of_it.join("\n")
        );
        for (stream, row) in of_it.iter().enumerate() {
            assert!(row.contains(&format!(".pcap,{stream},")), "{row}");
        }
        if case.expect.verdicts.len() == 1 && of_it.len() == 1 {
            let expected: Vec<_> = case.expect.verdicts[0].split('|').collect();
            let failed = expected.iter().all(|id| is_failure(id));
            let said = of_it[0].split(',').nth(3).expect("a verdict");
            assert!(!failed || is_failure(said), "{}: {said}", case.name);
        }
    }

    let ran = output(ikewhy().arg("batch").arg("--json").arg(&folder));
    let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let captures = document["captures"].as_array().expect("captures");
    assert_eq!(captures.len(), cases.len());
    let all: usize = captures
        .iter()
        .map(|c| c["negotiations"].as_array().expect("negotiations").len())
        .sum();
    assert_eq!(all + 1, rows.lines().count());
}

#[test]
fn the_exit_status_says_what_happened() {
    let capture = |name: &str| root().join("captures").join(name);
    let (up, failed) = (
        capture("ikev2-psk-up-strongswan/client.pcap"),
        capture("l2tp-psk-differs-strongswan/client.pcap"),
    );
    let broken = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken.pcap");
    fs::write(&broken, "no capture at all").expect("a file");
    let status = |options: &[&str], files: &[&Path]| {
        let ran = output(ikewhy().arg("batch").args(options).args(files));
        (
            ran.status.code().expect("an exit status"),
            text(&ran.stdout) + &text(&ran.stderr),
        )
    };
    for (options, files, expected, says) in [
        (&[][..], &[&*up][..], 0, "1 capture, 1 negotiation, 0 failed."),
        (&[], &[&up, &failed], 1, "2 captures, 2 negotiations, 1 failed."),
        (&["--fail-on", "auth"], &[&failed], 1, "1 failed"),
        (&["--fail-on", "psk-mismatch,0.9"], &[&failed], 1, "1 failed"),
        (&["--fail-on", "psk-mismatch,0.99"], &[&failed], 0, "0 failed"),
        (&["--fail-on", "esp,no-response"], &[&failed], 0, "0 failed"),
        (&["--fail-on", "never"], &[&failed], 0, "0 failed"),
        (&["--fail-on", "established"], &[&up], 1, "1 failed"),
        (&["--fail-on", "nonsense"], &[&up], 2, "nonsense is no diagnosis"),
        (&[], &[&up, &broken], 2, "could not be read"),
        (
            &[],
            &[Path::new("/nowhere/at-all.pcap")],
            2,
            "there is no such file",
        ),
        (&["--keys", "/nowhere"], &[&up], 2, "ikev2_decryption_table"),
    ] {
        let (code, said) = status(options, files);
        assert_eq!(code, expected, "{options:?} {files:?}: {said}");
        assert!(said.contains(says), "{options:?} {files:?}: {said}");
    }
}

/// Captures with and without negotiations, and one that is none, in one well-formed document.
#[test]
fn one_document_holds_all_captures() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    fs::create_dir_all(&folder).expect("a folder");
    let up = root().join("captures/ikev2-psk-up-strongswan/client.pcap");
    fs::copy(up, folder.join("1.pcap")).expect("a copy");
    pcap::write(&folder.join("2.pcap"), std::iter::empty());
    fs::write(folder.join("3.pcap"), "no\x02capture").expect("a file");
    let ran = output(ikewhy().args(["batch", "--json"]).arg(&folder));
    let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let captures = document["captures"].as_array().expect("captures");
    let told = |at: usize| captures[at]["negotiations"].as_array().map(Vec::len);
    assert_eq!(
        (captures.len(), told(0), told(1), told(2)),
        (3, Some(1), Some(0), None)
    );
    assert!(captures[2]["error"].is_string() && captures[0]["schema_version"] == 1);
}

#[test]
fn trouble_is_told_plainly() {
    let up = root().join("captures/ikev2-psk-up-strongswan/client.pcap");
    let mut without_plugin = ikewhy();
    without_plugin.env(
        "IKEWHY_TSHARK",
        format!(
            "env IKEWHY_HOME=bare {} tshark",
            root().join("tests/user.sh").display()
        ),
    );
    let ran = output(without_plugin.arg("batch").arg(&up));
    assert_eq!(ran.status.code(), Some(2));
    assert!(
        text(&ran.stderr).contains("does not have the ikewhy plugin"),
        "{}",
        text(&ran.stderr)
    );
    let ran = output(
        ikewhy()
            .env("IKEWHY_TSHARK", "/nowhere/tshark")
            .arg("batch")
            .arg(&up),
    );
    assert_eq!(ran.status.code(), Some(2));
    assert!(
        text(&ran.stderr).contains("cannot be run"),
        "{}",
        text(&ran.stderr)
    );
}

#[test]
fn reports_and_redaction_come_through() {
    let failed = root().join("captures/l2tp-psk-differs-strongswan/client.pcap");
    let report = quietly(ikewhy().arg("report").arg("--html").arg(&failed));
    assert!(report.starts_with("<!DOCTYPE html>") && report.contains("<svg"));
    roxmltree::Document::parse(
        report
            .split_once("<svg")
            .map(|(_, rest)| "<svg".to_owned() + rest)
            .unwrap()
            .split_inclusive("</svg>")
            .next()
            .unwrap(),
    )
    .expect("the ladder is well-formed");
    let report = quietly(
        ikewhy()
            .args(["report", "--markdown", "--redact", "--stream", "0"])
            .arg(&failed),
    );
    assert!(report.starts_with("# IPsec negotiations") && !report.contains("198.51.100.20"));
    let ran = output(ikewhy().args(["batch", "--redact"]).arg(&failed));
    let said = text(&ran.stdout);
    assert!(
        said.contains("capture1") && !said.contains("198.51.100.20") && !said.contains("l2tp-psk"),
        "{said}"
    );
}

#[test]
fn keys_and_peers_files_are_passed_on() {
    let case = root().join("captures/ikev2-identity-rejected-strongswan");
    let basis = |options: &[&str]| {
        let ran = output(
            ikewhy()
                .args(["batch", "--json"])
                .args(options)
                .arg(case.join("client.pcap")),
        );
        let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        document["captures"][0]["negotiations"][0]["verdict"]["basis"]
            .as_str()
            .expect("a basis")
            .to_owned()
    };
    let keys = case.join("keys").display().to_string();
    let log = case.join("server.log").display().to_string();
    assert_eq!(basis(&[]), "inferred");
    assert_eq!(basis(&["--keys", &keys]), "decrypted");
    assert_eq!(basis(&["--peer-files", &log]), "imported");
}

#[test]
fn every_diagnosis_is_explained() {
    let listed = quietly(ikewhy().arg("explain"));
    assert_eq!(listed.lines().count(), RULES.len());
    let text = quietly(ikewhy().args(["explain", "psk-mismatch"]));
    assert!(
        text.starts_with("psk-mismatch (stage auth): ") && text.contains("What to change"),
        "{text}"
    );
    let ran = output(ikewhy().args(["explain", "nonsense"]));
    assert_eq!(ran.status.code(), Some(2));
    assert!(RULES.iter().any(|rule| rule.class == Class::Note));
}
