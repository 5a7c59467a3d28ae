//! The command `ikewhy`: many captures at once, their exit statuses, reports, explanations, and clear words for trouble: no result is
//! lost, and the status is right, whatever files are called and wherever the output goes.

use ikewhy::rules::{Class, RULES};
use ikewhy::session::{Options, Session};
use ikewhy_fuzz::capture::ike;
use ikewhy_tests::cases::{self, Case, is_failure};
use ikewhy_tests::packets::{item, proposals};
use ikewhy_tests::tshark::tshark;
use ikewhy_tests::{pcap, quietly, root, text};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

fn ikewhy() -> Command {
    let _ = tshark(); // builds the plugin
    let mut command = Command::new("python3");
    command.arg(root().join("command/ikewhy")).current_dir(root());
    command.env_remove("PYTHONUNBUFFERED"); // as it is for users
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
        session.push(&frame.packet(number));
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
    assert!(captures[2]["error"].is_string() && captures[0]["schema_version"] == 2);
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

/// A tshark whose answers on captures are what these words of a shell do; it has the plugin.
fn invented(name: &str, answers: &str) -> PathBuf {
    let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let real = root().join("tests/user.sh");
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in *explain*) exec {} tshark \"$@\" ;; esac\n{answers}\n",
        real.display()
    );
    fs::write(&script, text).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("executable");
    script
}

/// The same command run by a shell, after and with these words of it.
fn shell(before: &str, after: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{before} exec \"$@\" {after}"), "sh"]);
    shell
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(root());
    shell.env_remove("PYTHONUNBUFFERED");
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell
}

fn failed() -> PathBuf {
    root().join("captures/l2tp-psk-differs-strongswan/client.pcap")
}

/// An answer that is kept on disk while it waits: more than 1 MiB.
fn long_answer() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (capture, answer) = (folder.join("many.pcap"), folder.join("many.json"));
    let offer = item(0, &proposals(2, 1, 4));
    let frames = (0..2000_u32).map(|number| {
        let mut data = ike(true, 33, 0x20, 34, 8, 0, &offer).data;
        let [_, a, b, c] = number.to_be_bytes();
        data[26..30].copy_from_slice(&[10, a, b, c]); // from here
        data[42..46].copy_from_slice(&[1, a, b, c]); // initiator SPI
        data
    });
    pcap::write(&capture, frames);
    let json = quietly(
        tshark()
            .args(["-n", "-q", "-z", "ikewhy,json", "-r"])
            .arg(&capture),
    );
    assert!(json.len() > 1 << 20, "{}", json.len());
    fs::write(&answer, json).expect("a file");
    answer
}

#[test]
fn long_answers_leave_no_file_open_and_none_is_lost() {
    let cat = invented("long-answers", &format!("cat '{}'", long_answer().display()));
    let mut command = ikewhy();
    command
        .env("IKEWHY_TSHARK", &cat)
        .args(["batch", "--csv", "-j", "2"]);
    command.args(vec![failed(); 120]);
    let ran = output(&mut shell("ulimit -n 100;", "", &command));
    assert_eq!((text(&ran.stderr), ran.status.code()), (String::new(), Some(0)));
    assert_eq!(text(&ran.stdout).lines().count(), 1 + 120 * 2000);

    // No room for them: that is said of each, and what has room is still shown.
    let mixed = format!(
        "case \"$*\" in *psk-differs*) cat '{}' ;; *) exec {} tshark \"$@\" ;; esac",
        long_answer().display(),
        root().join("tests/user.sh").display()
    );
    let mut command = ikewhy();
    command
        .env("IKEWHY_TSHARK", invented("mixed-answers", &mixed))
        .args(["batch", "--csv"]);
    command
        .arg(failed())
        .arg(root().join("captures/ikev2-psk-up-strongswan/client.pcap"));
    let ran = output(&mut shell("ulimit -f 512;", "", &command));
    let said = text(&ran.stderr);
    assert!(
        said.contains("temporary files cannot be written: File too large") && said.lines().count() == 1,
        "{said}"
    );
    assert_eq!(ran.status.code(), Some(2));
    assert!(
        text(&ran.stdout).contains(",established,"),
        "{}",
        text(&ran.stdout)
    );
}

#[test]
fn output_that_cannot_be_written_is_trouble() {
    let capture = failed().display().to_string();
    for words in [
        &["batch", &capture][..],
        &["batch", "--json", &capture],
        &["batch", "--csv", &capture],
        &["report", &capture],
        &["report", "--html", &capture],
        &["explain"],
        &["--help"],
    ] {
        let mut command = ikewhy();
        command.args(words);
        for (how, says) in [
            (
                ">/dev/full",
                "ikewhy: the output cannot be written: No space left on device\n",
            ),
            (">&-", "ikewhy: there is no output to write to\n"),
            (">&- <&-", "ikewhy: there is no output to write to\n"),
            (">/dev/full 2>/dev/full", ""),
            (">&- 2>&- <&-", ""),
        ] {
            let ran = output(&mut shell("", how, &command));
            assert_eq!(
                (text(&ran.stderr).as_str(), ran.status.code()),
                (says, Some(2)),
                "{words:?} {how}"
            );
        }
        // Whoever read it has gone.
        let mut child = shell("", "", &command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        drop(child.stdout.take());
        let ran = child.wait_with_output().expect("it ends");
        assert_eq!(
            (text(&ran.stderr), ran.status.code()),
            (String::new(), Some(2)),
            "{words:?}"
        );
    }
}

/// Is a process still running?
fn runs(process: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state
        .rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// Each tshark of these starts another program, and will not be asked to end.
#[test]
fn a_signal_ends_it_at_once_with_all_that_it_started() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("signals");
    let stubborn = format!(
        "trap '' TERM INT HUP\nsleep 60 &\nmkdir -p '{0}'\necho $$ $! >'{0}'/$$.new\nmv '{0}'/$$.new '{0}'/$$\nwait",
        folder.display()
    );
    let tshark = invented("stubborn", &stubborn);
    let capture = failed();
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        for (words, count) in [
            (&["batch", "-j", "3"][..], 3),
            (&["batch", "--json", "-j", "2"], 2),
            (&["report"], 1),
        ] {
            let _ = fs::remove_dir_all(&folder);
            let mut command = ikewhy();
            command.env("IKEWHY_TSHARK", &tshark).args(words);
            command.args(vec![&capture; if words[0] == "report" { 1 } else { 5 }]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = command.spawn().expect("it runs");
            let begun = || {
                let files = fs::read_dir(&folder)
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|file| file.path());
                let whole = files.filter(|file| file.extension().is_none());
                whole
                    .filter_map(|file| fs::read_to_string(file).ok())
                    .collect::<Vec<_>>()
            };
            let start = Instant::now();
            while begun().len() < count {
                assert!(
                    start.elapsed() < Duration::from_secs(60),
                    "{words:?}: {:?}",
                    begun()
                );
                sleep(Duration::from_millis(20));
            }
            let started = begun().concat();
            assert!(started.split_whitespace().all(runs), "{started}");
            let start = Instant::now();
            let _ = quietly(Command::new("kill").args(["-s", name, &child.id().to_string()]));
            let ran = child.wait_with_output().expect("it ends");
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{words:?} {name}: {:?}",
                start.elapsed()
            );
            assert_eq!(ran.status.code(), Some(128 + number), "{words:?} {name}");
            assert_eq!(text(&ran.stderr), "", "{words:?} {name}");
            // Each would run for a minute; that a killed one has ended is seen a moment later on a busy machine.
            while begun().concat().split_whitespace().any(runs) {
                assert!(
                    start.elapsed() < Duration::from_secs(20),
                    "{words:?} {name}: {started}"
                );
                sleep(Duration::from_millis(10));
            }
        }
    }
}

/// What a name can do to a terminal, a table and a spreadsheet.
#[test]
fn names_of_files_do_no_harm() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let names: [&[u8]; 9] = [
        b"=cmd|'calc'!A0.pcap",
        b"+1.pcap",
        b"-1+2.pcap",
        b"@sum(1).pcap",
        b"a\x1b[31m\x07.pcap",
        b"b\n\r\t.pcap",
        b"c\xff\xfe.pcap",
        "d\u{202e}\u{200b}\u{3164}\u{85}.pcap".as_bytes(),
        "plain \u{e9}.pcap".as_bytes(),
    ];
    for name in names {
        fs::copy(failed(), folder.join(OsStr::from_bytes(name))).expect("a copy");
    }
    fs::write(folder.join(OsStr::from_bytes(b"bad\x1b[31m.pcap")), "no capture").expect("a file");
    let said = |words: &[&str], files: &[&OsStr]| {
        let ran = output(ikewhy().args(words).args(files).current_dir(&folder));
        assert_eq!(ran.status.code(), Some(2), "{words:?}");
        let (out, error) = (String::from_utf8(ran.stdout), String::from_utf8(ran.stderr));
        let (out, error) = (out.expect("UTF-8"), error.expect("UTF-8"));
        let harmful = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{200b}\u{3164}".contains(c);
        assert!(
            !out.contains(harmful) && !error.contains(harmful),
            "{words:?}: {out:?} {error:?}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
        (out, error)
    };
    let mut files: Vec<_> = names.iter().map(|name| OsStr::from_bytes(name)).collect();
    files.push(OsStr::from_bytes(b"bad\x1b[31m.pcap"));
    // `--`: one of the names begins as an option does.
    let (out, error) = said(&["batch", "--csv", "--"], &files);
    for row in [
        "'=cmd|'calc'!A0.pcap,0,",
        "'+1.pcap,0,",
        "'-1+2.pcap,0,",
        "'@sum(1).pcap,0,",
        "a\\x1b[31m\\x07.pcap,0,",
        "b\\n\\r\\t.pcap,0,",
        "c\\xff\\xfe.pcap,0,",
        "d\\u202e\\u200b\\u3164\\x85.pcap,0,",
        "plain \u{e9}.pcap,0,",
    ] {
        assert!(out.lines().any(|line| line.starts_with(row)), "{row}:\n{out}");
    }
    assert!(error.starts_with("ikewhy: bad\\x1b[31m.pcap: "), "{error}");
    let (out, _) = said(&["batch", "--"], &files);
    assert!(out.lines().any(|line| line.starts_with("=cmd|")), "{out}");
    let (out, _) = said(&["batch", "--json", "--"], &files);
    let document: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(document["captures"].as_array().map(Vec::len), Some(10));
    let _ = said(&["report"], &files[9..]);

    let long = "long".repeat(100);
    let deep = format!("{}/a.pcap", "deep/".repeat(1000));
    for name in [&long, &deep, "gone\x1b[31m", "gone\x1b[31m/", "names\x1b[31m"] {
        for words in ["batch", "report"] {
            let (_, error) = said(&[words], &[OsStr::new(name)]);
            assert!(
                error.starts_with("ikewhy: ") && !error.contains("Traceback"),
                "{error}"
            );
        }
    }
    let (_, error) = said(&["batch"], &[OsStr::new(&long)]);
    assert!(error.contains(": cannot be read: File name too long"), "{error}");
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
    ] {
        for word in words {
            let ran = output(ikewhy().args(["batch", &format!("{option}={word}"), &capture]));
            let said = text(&ran.stderr);
            assert_eq!(
                (text(&ran.stdout).as_str(), ran.status.code()),
                ("", Some(2)),
                "{option} {word}: {said}"
            );
            assert!(
                said.contains(option) && said.contains(" no ") && !said.contains("Traceback"),
                "{said}"
            );
        }
    }
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

/// A capture that is cut in the last packet, one that is cut in its header, and one in which a length is wrong.
fn damaged(folder: &Path) -> [PathBuf; 4] {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("a folder");
    let whole = fs::read(failed()).expect("a capture");
    let last = 16 + pcap::read(&failed()).last().expect("a packet").data.len();
    let mut wrong = whole.clone();
    let at = whole.len() - last + 8;
    wrong[at..at + 4].copy_from_slice(&[0xFF; 4]);
    let files: [(&str, &[u8]); 4] = [
        ("cut.pcap", &whole[..whole.len() - 3]),
        ("wrong.pcap", &wrong),
        ("header.pcap", &whole[..10]),
        ("empty.pcap", &[]),
    ];
    files.map(|(name, data)| {
        let path = folder.join(name);
        fs::write(&path, data).expect("a file");
        path
    })
}

#[test]
fn a_damaged_capture_is_trouble_and_what_was_read_is_shown() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("damaged");
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
    let ran = output(ikewhy().args(["batch"]).args([&cut, &failed(), &header]));
    let told = "3 captures, 2 negotiations, 2 failed, 1 could not be read, 1 read only in part.";
    assert!(text(&ran.stdout).contains(told), "{}", text(&ran.stdout));
    assert_eq!(ran.status.code(), Some(2));
    let ran = output(ikewhy().args(["batch", "--json"]).args([&cut, &failed()]));
    let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let [cut, whole] = [0, 1].map(|at| &document["captures"][at]);
    assert!(cut["error"].is_string() && whole["error"].is_null(), "{cut:#}");
    assert_eq!(cut["negotiations"][0]["verdict"]["id"], "psk-mismatch");
}

#[test]
fn redacted_no_name_of_a_file_is_left() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("acme-vpn-gateway");
    let [cut, wrong, header, empty] = damaged(&folder);
    let rubbish = folder.join("acme-rubbish.pcap");
    fs::write(&rubbish, "no capture at all").expect("a file");
    let (gone, hollow) = (folder.join("acme-gone.pcap"), folder.join("acme-hollow"));
    fs::create_dir(&hollow).expect("a folder");
    let long = folder.join("acme-long".repeat(40));
    let all = [&cut, &wrong, &header, &empty, &rubbish, &gone, &long];
    let silent = |ran: &Output| {
        let said = text(&ran.stdout) + &text(&ran.stderr);
        let told = ["acme", "cut.pcap", "wrong.pcap", "header.pcap", ".pcap\""]
            .iter()
            .any(|word| said.contains(word));
        assert!(!told && !said.contains("Traceback"), "{said}");
        assert_eq!(ran.status.code(), Some(2), "{said}");
    };
    for options in [&[][..], &["--json"], &["--csv"]] {
        let ran = output(ikewhy().args(["batch", "--redact"]).args(options).args(all));
        silent(&ran);
        let said = text(&ran.stderr);
        assert_eq!(said.lines().count(), all.len(), "{said}");
        assert!(
            said.contains("capture1: ") && said.contains("capture7: "),
            "{said}"
        );
        silent(&output(
            ikewhy().args(["batch", "--redact"]).args(options).arg(&hollow),
        ));
        silent(&output(
            ikewhy()
                .args(["batch", "--redact", "--keys"])
                .arg(&hollow)
                .arg(&cut),
        ));
    }
    for path in all {
        silent(&output(ikewhy().args(["report", "--redact"]).arg(path)));
    }
}

#[test]
fn a_row_of_keys_that_tshark_refuses_is_not_shown() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad-keys");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(
        folder.join("ikev1_decryption_table"),
        "0011223344556677,c0ffee-no-hex\n",
    )
    .expect("a file");
    for words in [
        &["batch"][..],
        &["batch", "--json"],
        &["batch", "--redact"],
        &["report"],
    ] {
        let ran = output(ikewhy().args(words).arg("--keys").arg(&folder).arg(failed()));
        let said = text(&ran.stdout) + &text(&ran.stderr);
        assert!(
            said.contains("tshark refuses a row of the decryption tables") && !said.contains("c0ffee"),
            "{said}"
        );
        assert_eq!(ran.status.code(), Some(2));
    }
}
