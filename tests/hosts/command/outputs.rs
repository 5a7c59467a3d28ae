//! Where the output goes: full disks, readers that have gone; and signals, which leave nothing behind.

use super::*;
use ikewhy_tests::text;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn output_that_cannot_be_written_is_trouble() {
    let path = failed().display().to_string();
    for words in [
        &["batch", &path][..],
        &["batch", "--json", &path],
        &["batch", "--jsonl", &path],
        &["batch", "--csv", &path],
        &["report", &path],
        &["report", "--html", &path],
        &["compare", &path, &path],
        &["live", &path],
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
            (">/dev/full 2>/dev/full", ""),
        ] {
            let ran = output(&mut shell("", how, &command));
            assert_eq!(
                (text(&ran.stderr).as_str(), ran.status.code()),
                (says, Some(2)),
                "{words:?} {how}"
            );
        }
        // A closed output is no output, and no file takes its place.
        let ran = output(&mut shell("", ">&- 2>&- <&-", &command));
        assert!(ran.status.code().is_some_and(|code| code < 2), "{words:?}");
        // Whoever read it has gone.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let child = shell("", "", &command)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let ran = child.wait_with_output().expect("it ends");
        assert_eq!(
            (text(&ran.stderr), ran.status.code()),
            (String::new(), Some(2)),
            "{words:?}"
        );
    }
    assert!(!Path::new("1").exists());
}

/// Of a long answer the reader has gone after some lines: nothing is waited for.
#[test]
fn a_reader_that_goes_ends_it_at_once() {
    let folder = many("reader", 20_000);
    let start = Instant::now();
    let mut command = ikewhy();
    command.args(["batch", "--csv"]).arg(&folder);
    let ran = output(&mut shell("", "| head -n 3", &command));
    assert_eq!(
        (text(&ran.stderr).as_str(), text(&ran.stdout).lines().count()),
        ("", 3)
    );
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

/// Nobody reads, so the batch and its workers wait in the middle of their work.
#[test]
fn a_signal_ends_it_at_once_with_all_its_workers() {
    let folder = many("signals", 2_000);
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3)] {
        let mut command = ikewhy();
        command.args(["batch", "--json", "-j", "3"]).arg(&folder);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let start = Instant::now();
        while children(child.id()).len() < 3 {
            assert!(start.elapsed() < Duration::from_secs(20));
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(100));
        let workers = children(child.id());
        assert!(workers.len() == 3 && workers.iter().all(|worker| runs(worker)));
        let start = Instant::now();
        kill(name, &child.id().to_string());
        let status = child.wait().expect("it ends");
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{name}: {:?}",
            start.elapsed()
        );
        assert_eq!(status.code(), Some(128 + number), "{name}");
        assert!(!workers.iter().any(|worker| runs(worker)), "{name}");
        let ran = child.wait_with_output().expect("it has ended");
        assert_eq!(text(&ran.stderr), "", "{name}");
    }
}

/// Even SIGKILL, which nobody can act upon, leaves no worker.
#[test]
fn workers_end_with_whom_they_work_for() {
    let mut command = ikewhy();
    command
        .args(["batch", "--json", "-j", "2"])
        .arg(many("killed", 2_000));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let start = Instant::now();
    while children(child.id()).len() < 2 {
        assert!(start.elapsed() < Duration::from_secs(20));
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(100));
    let workers = children(child.id());
    child.kill().expect("killed");
    let _ = child.wait();
    let start = Instant::now();
    while workers.iter().any(|worker| runs(worker)) {
        assert!(start.elapsed() < Duration::from_secs(2));
        sleep(Duration::from_millis(5));
    }
}

/// nohup has it ignore SIGHUP, and so it does.
#[test]
fn a_signal_that_was_ignored_is_ignored() {
    let mut command = ikewhy();
    command.args(["batch", "--csv"]).arg(many("nohup", 3_000));
    let mut shell = shell("trap '' HUP;", "", &command);
    let child = shell.stdout(Stdio::piped()).spawn().expect("it runs");
    sleep(Duration::from_millis(150));
    kill("HUP", &child.id().to_string());
    let ran = child.wait_with_output().expect("it ends");
    assert_eq!(
        (text(&ran.stdout).lines().count(), ran.status.code()),
        (3_001, Some(1))
    );
}

/// The command on a terminal, with these words typed a second after it began; all that the terminal shows.
fn on_a_terminal(words: &str, typed: &str) -> String {
    let program = ikewhy();
    let mut terminal = Command::new("sh");
    let line = format!(
        "(sleep 1; echo '{typed}'; sleep 1) | script -qec 'stty cols 120; {} {words}' /dev/null",
        program.get_program().display()
    );
    text(&output(terminal.args(["-c", &line]).current_dir(root())).stdout)
}

#[test]
fn a_bar_is_seen_on_a_terminal_and_leaves_no_trace() {
    let folder = many("bar", 5_000);
    let shown = on_a_terminal(&format!("batch {}", folder.display()), "");
    assert!(shown.contains("of 5000 captures") && shown.contains("5000 negotiations, 5000 failed."));
    // Rows that are printed as they come have the terminal for themselves.
    let shown = on_a_terminal(&format!("batch --csv {}", folder.display()), "");
    assert!(!shown.contains('\x1b') && shown.matches("psk-mismatch").count() == 5_000);
    // A sentence ends where the terminal does.
    let shown = on_a_terminal(&format!("batch {}", failed().display()), "");
    assert!(shown.contains("...\r\n"), "{shown}");
}

#[test]
fn a_key_that_is_typed_is_not_seen() {
    let path = capture("ikev1-aggressive-psk-differs-strongswan");
    let shown = on_a_terminal(&format!("psk-check {}", path.display()), "c0ffee");
    assert!(
        shown.contains(": mismatch") && !shown.contains("c0ffee"),
        "{shown}"
    );
}
