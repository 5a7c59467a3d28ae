//! Workers that die or hang: each costs one capture, which is named.

use super::*;
use ikewhy_tests::text;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const CAPTURES: usize = 20_000;

/// A batch on many captures, and the worker it has.
fn begun(name: &str, options: &[&str]) -> (Child, String) {
    let mut command = ikewhy();
    command
        .args(["batch", "--csv", "-j", "1"])
        .args(options)
        .arg(many(name, CAPTURES));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("it runs");
    let start = Instant::now();
    let mut found = None;
    while found.is_none() && start.elapsed() < Duration::from_secs(20) {
        found = children(child.id()).pop();
        sleep(Duration::from_millis(1));
    }
    (child, found.expect("a worker"))
}

/// All captures have their rows but one, of which this is said.
fn costs_one_capture(child: Child, says: &str) {
    let ran = child.wait_with_output().expect("it ends");
    let (rows, said) = (text(&ran.stdout), text(&ran.stderr));
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert_eq!(
        (rows.lines().count(), said.lines().count()),
        (CAPTURES, 1),
        "{said}"
    );
    let (file, why) = said
        .split_once(": ")
        .and_then(|(_, rest)| rest.split_once(": "))
        .expect("a name");
    assert_eq!(why.trim_end(), says);
    assert!(file.ends_with(".pcap") && !rows.contains(file), "{file}");
}

#[test]
fn a_worker_that_dies_costs_one_capture() {
    let (child, worker) = begun("dies", &[]);
    // So that it is at a capture when it dies.
    kill("STOP", &worker);
    sleep(Duration::from_millis(100));
    kill("KILL", &worker);
    costs_one_capture(child, "was given up: its worker ended by signal 9");
}

#[test]
fn a_worker_that_hangs_costs_one_capture() {
    let (child, worker) = begun("hangs", &["--timeout", "1"]);
    kill("STOP", &worker);
    costs_one_capture(child, "was given up: it took longer than 1 s (--timeout)");
    assert!(!runs(&worker));
}

/// Time that a worker waits for others does not count.
#[test]
fn a_reader_that_is_slow_costs_nothing() {
    let mut command = ikewhy();
    command
        .args(["batch", "--json", "--timeout", "1"])
        .arg(many("slow", 500));
    let ran = output(&mut shell("", "| (sleep 3; cat)", &command));
    assert_eq!(text(&ran.stderr), "");
    let document: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    assert_eq!(document["captures"].as_array().map(Vec::len), Some(500));
}

#[test]
fn no_worker_can_be_started() {
    let mut command = ikewhy();
    command.args(["batch"]).args([failed(), up()]);
    // Room for its own streams, and not for pipes.
    let ran = output(&mut shell("ulimit -n 5;", "", &command));
    let said = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(
        said.contains("cannot be read: no worker: Too many open files"),
        "{said}"
    );
}
