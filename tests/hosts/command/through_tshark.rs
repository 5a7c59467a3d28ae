//! `--tshark`: tshark and the plugin are asked, and say the same.

use super::*;
use ikewhy_tests::tshark::tshark;
use ikewhy_tests::{cases, quietly, text};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The command with the plugin built.
fn through(words: &[&str]) -> Command {
    let _ = tshark();
    let mut command = ikewhy();
    command.args(words).arg("--tshark");
    command
}

/// What only Wireshark can know: that it takes a frame on IKE's ports for another protocol.
fn known_to_all(document: &[u8]) -> Value {
    let mut document: Value = serde_json::from_slice(document).expect("JSON");
    for capture in document["captures"].as_array_mut().expect("captures") {
        for negotiation in capture["negotiations"].as_array_mut().expect("negotiations") {
            let notes = negotiation["notes"].as_array_mut().expect("notes");
            notes.retain(|note| note["id"] != "other-protocol-claims-frame");
        }
    }
    document
}

#[test]
fn the_plugin_says_the_same() {
    let cases = cases::some(24);
    let paths = || cases.iter().map(|case| &case.path);
    let own = output(ikewhy().args(["batch", "--json"]).args(paths()));
    let other = output(through(&["batch", "--json"]).args(paths()));
    assert_eq!((text(&other.stderr).as_str(), other.status), ("", own.status));
    let documents = [own, other].map(|ran| known_to_all(&ran.stdout));
    assert_eq!(documents[0], documents[1]);

    let case = root().join("captures/ikev2-identity-rejected-strongswan");
    let (keys, log) = (case.join("keys"), case.join("server.log"));
    let (keys, log) = (keys.display().to_string(), log.display().to_string());
    for words in [
        &["report"][..],
        &["report", "--html", "--redact"],
        &["report", "--stream", "0", "--markdown"],
        &["report", "--peer-files", &log],
        &["report", "--keys", &keys],
    ] {
        let path = case.join("client.pcap");
        let own = quietly(ikewhy().args(words).arg(&path));
        assert_eq!(quietly(through(words).arg(&path)), own, "{words:?}");
    }
}

#[test]
fn trouble_is_told_plainly() {
    let user = root().join("tests/user.sh").display().to_string();
    let bare = format!("env IKEWHY_HOME=bare {user} tshark");
    for (command, says) in [
        (&*bare, "does not have the ikewhy plugin"),
        (
            "/nowhere/tshark",
            "/nowhere/tshark cannot be run: No such file or directory",
        ),
        ("a 'b", "a quotation mark is not closed"),
    ] {
        let ran = output(ikewhy().arg("batch").arg(format!("--tshark={command}")).arg(up()));
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert!(said.contains(says) && said.lines().count() == 1, "{said}");
    }
    let ran = output(ikewhy().args(["batch", "-o", "a:b"]).arg(up()));
    assert!(text(&ran.stderr).contains("--tshark"), "{}", text(&ran.stderr));
}

#[test]
fn a_row_of_keys_that_it_refuses_is_not_shown() {
    let folder = folder("bad-keys-for-tshark");
    fs::write(
        folder.join("ikev1_decryption_table"),
        "0011223344556677,c0ffee-no-hex\n",
    )
    .expect("a file");
    for words in [&["batch"][..], &["batch", "--redact"], &["report"]] {
        let ran = output(through(words).arg("--keys").arg(&folder).arg(failed()));
        let said = text(&ran.stdout) + &text(&ran.stderr);
        assert!(
            said.contains("tshark refuses a row of the decryption tables") && !said.contains("c0ffee"),
            "{said}"
        );
        assert_eq!(ran.status.code(), Some(2));
    }
}

#[test]
fn a_capture_that_is_cut_is_trouble() {
    let [cut, ..] = damaged(&folder("cut-for-tshark"));
    let ran = output(through(&["batch", "--json"]).args([&cut, &failed()]));
    let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let [cut, whole] = [0, 1].map(|at| &document["captures"][at]);
    assert!(cut["error"].is_string() && whole["error"].is_null(), "{cut:#}");
    assert_eq!(cut["negotiations"][0]["verdict"]["id"], "psk-mismatch");
    assert_eq!(ran.status.code(), Some(2));
}

/// A tshark whose answers on captures are what these words of a shell do; it has the plugin.
fn invented(name: &str, answers: &str) -> String {
    let script = folder(name).join("tshark");
    let text = format!("#!/bin/sh\ncase \"$*\" in *explain*) echo yes; exit ;; esac\n{answers}\n");
    fs::write(&script, text).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("executable");
    format!("--tshark={}", script.display())
}

/// Each tshark of these starts another program, and will not be asked to end.
#[test]
fn a_signal_ends_it_with_all_that_it_started() {
    let folder = folder("signals-for-tshark");
    let stubborn = format!(
        "trap '' TERM INT HUP\nsleep 60 &\necho $$ $! >'{0}'/$$.new\nmv '{0}'/$$.new '{0}'/$$\nwait",
        folder.display()
    );
    let tshark = invented("stubborn", &stubborn);
    let begun = || {
        let files = fs::read_dir(&folder)
            .expect("a folder")
            .flatten()
            .map(|file| file.path());
        let whole = files.filter(|file| file.extension().is_none());
        whole
            .filter_map(|file| fs::read_to_string(file).ok())
            .collect::<Vec<_>>()
    };
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        for (words, count) in [(&["batch", "-j", "3"][..], 3), (&["report"], 1)] {
            for file in fs::read_dir(&folder).expect("a folder").flatten() {
                fs::remove_file(file.path()).expect("removed");
            }
            let mut command = ikewhy();
            command.args(words).arg(&tshark);
            command.args(vec![failed(); if words[0] == "report" { 1 } else { 5 }]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = command.spawn().expect("it runs");
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
            kill(name, &child.id().to_string());
            let ran = child.wait_with_output().expect("it ends");
            assert!(
                start.elapsed() < Duration::from_secs(2),
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

#[test]
fn one_that_hangs_is_given_up() {
    let tshark = invented("hangs-for-ever", "sleep 60");
    let start = Instant::now();
    let ran = output(ikewhy().args(["report", "--timeout", "1", &tshark]).arg(failed()));
    assert!(
        text(&ran.stderr).contains("it took longer than 1 s"),
        "{}",
        text(&ran.stderr)
    );
    assert!(start.elapsed() < Duration::from_secs(20) && ran.status.code() == Some(2));
}
