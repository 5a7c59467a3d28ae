//! `ikewhy live`: what is decided is told at once and not taken back; what rests on silence is provisional while the capture runs.

use super::*;
use ikewhy_tests::cases::some;
use ikewhy_tests::text;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// Live, from a pipe; its lines as they come.
fn begun(options: &[&str]) -> (Child, ChildStdin, Receiver<String>) {
    let mut command = ikewhy();
    command.arg("live").args(options);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let (stdin, stdout) = (
        child.stdin.take().expect("a pipe"),
        child.stdout.take().expect("a pipe"),
    );
    let (to, lines) = channel();
    spawn(move || {
        BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .all(|line| to.send(line).is_ok())
    });
    (child, stdin, lines)
}

/// The bytes of a capture up to the end of this packet, from 1, and those behind it.
fn split(path: &Path, packets: usize) -> (Vec<u8>, Vec<u8>) {
    let bytes = fs::read(path).expect("a capture");
    let lengths = pcap::read(path)
        .into_iter()
        .take(packets)
        .map(|frame| 16 + frame.data.len());
    let at = 24 + lengths.sum::<usize>();
    (bytes[..at].to_vec(), bytes[at..].to_vec())
}

const SOON: Duration = Duration::from_secs(1);

#[test]
fn a_verdict_is_told_within_a_second_of_its_packet() {
    let path = capture("ikev2-ike-dh-differs-strongswan");
    let path = if path.is_file() {
        path
    } else {
        capture("ikev1-child-pfs-differ-strongswan")
    };
    let frames = pcap::read(&path).len();
    let decided = {
        let ran = output(ikewhy().args(["report", "--json"]).arg(&path));
        let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        let verdict = document["negotiations"][0]["verdict"].clone();
        (
            verdict["frame"].as_u64().expect("a frame") as usize,
            verdict["id"].as_str().expect("an id").to_owned(),
        )
    };
    let (before, rest) = split(&path, decided.0 - 1);
    let packet = split(&path, decided.0).0[before.len()..].to_vec();
    assert!(decided.0 <= frames && rest.len() >= packet.len());
    let (child, mut stdin, lines) = begun(&[]);
    stdin.write_all(&before).expect("written");
    assert!(lines.recv_timeout(SOON).is_err(), "told before it is decided");
    stdin.write_all(&packet).expect("written");
    let line = lines.recv_timeout(SOON).expect("told at once");
    assert!(
        line.contains(&decided.1) && !line.contains("provisional"),
        "{line}"
    );
    drop(stdin);
    let ran = child.wait_with_output().expect("it ends");
    assert_eq!((text(&ran.stderr).as_str(), ran.status.code()), ("", Some(1)));
    assert!(lines.recv().is_err(), "told twice");
}

/// Patience passes while the pipe is open and silent.
#[test]
fn what_rests_on_silence_is_provisional() {
    let path = capture("ikev2-filtered-500-strongswan");
    let copies = pcap::read(&path).len();
    let (all, _) = split(&path, copies);
    let (child, mut stdin, lines) = begun(&["--json"]);
    stdin.write_all(&all).expect("written");
    let line = lines
        .recv_timeout(Duration::from_secs(40))
        .expect("told while it runs");
    let told: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(
        (&told["provisional"], &told["verdict"]["id"]),
        (&true.into(), &"no-response".into())
    );
    drop(stdin);
    let line = lines.recv_timeout(SOON).expect("told at the end");
    let told: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(
        (&told["provisional"], &told["verdict"]["id"]),
        (&false.into(), &"no-response".into())
    );
    assert_eq!(child.wait_with_output().expect("it ends").status.code(), Some(1));
}

/// What is said of each negotiation, in order: whether it is provisional, and the verdict.
fn told(lines: &str) -> BTreeMap<u64, Vec<(bool, String, bool)>> {
    let mut told: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let id = line["verdict"]["id"].as_str().expect("an id").to_owned();
        let provisional = line["provisional"].as_bool().expect("said");
        let stream = line["stream"].as_u64().expect("a number");
        told.entry(stream)
            .or_default()
            .push((provisional, id, line["state"] == "failed"));
    }
    told
}

#[test]
fn the_last_word_is_the_reports_and_no_failure_is_taken_back() {
    for case in some(60) {
        let ran = output(ikewhy().args(["live", "--json"]).arg(&case.path));
        let lines = told(&text(&ran.stdout));
        let ran = output(ikewhy().args(["report", "--json"]).arg(&case.path));
        let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        let negotiations = document["negotiations"].as_array().expect("negotiations");
        assert_eq!(lines.len(), negotiations.len(), "{}", case.name);
        for (stream, told) in &lines {
            let last = told.last().expect("one");
            let verdict = &negotiations[*stream as usize]["verdict"]["id"];
            assert_eq!(
                (last.0, last.1.as_str()),
                (false, verdict.as_str().expect("an id")),
                "{}",
                case.name
            );
            let decided = told
                .iter()
                .find(|(provisional, _, failed)| !provisional && *failed);
            assert!(
                decided.is_none_or(|decided| decided.1 == last.1),
                "{}: {told:?}",
                case.name
            );
        }
    }
}

#[test]
fn redacted_pseudonyms_stay_what_they_are() {
    let merged = folder("live-redacted").join("merged.pcapng");
    let captures = [
        "ikev1-psk-differs-strongswan",
        "l2tp-psk-differs-strongswan",
        "ikev2-psk-up-strongswan",
    ]
    .map(capture);
    let _ = output(
        Command::new("mergecap")
            .args(["-a", "-w"])
            .arg(&merged)
            .args(captures),
    );
    let lines = |redact: Option<&str>| {
        let ran = output(ikewhy().args(["live", "--json"]).args(redact).arg(&merged));
        let lines = text(&ran.stdout);
        let address = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            ["initiator", "responder"].map(|side| line[side]["address"].as_str().expect("one").to_owned())
        };
        lines.lines().flat_map(address).collect::<Vec<_>>()
    };
    let (real, pseudonyms) = (lines(None), lines(Some("--redact")));
    assert!(real.len() >= 6 && real.len() == pseudonyms.len());
    let pairs: BTreeMap<_, _> = real.iter().zip(&pseudonyms).collect();
    for (real, pseudonym) in real.iter().zip(&pseudonyms) {
        assert_eq!(pairs[real], pseudonym);
        assert!(real != pseudonym);
    }
}

#[test]
fn a_signal_ends_the_capture_and_the_rest_is_told() {
    let (before, _) = split(&failed(), 4);
    for signal in ["INT", "TERM"] {
        let (child, mut stdin, lines) = begun(&[]);
        stdin.write_all(&before).expect("written");
        sleep(Duration::from_millis(300));
        let start = Instant::now();
        kill(signal, &child.id().to_string());
        let line = lines.recv_timeout(SOON).expect("told at the end");
        assert!(line.contains("in-progress"), "{line}");
        let ran = child.wait_with_output().expect("it ends");
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        assert_eq!((text(&ran.stderr).as_str(), ran.status.code()), ("", Some(0)));
        drop(stdin);
    }
}

/// At an interface, if this machine lets us listen.
#[test]
fn it_listens_at_an_interface_and_leaves_nobody_there() {
    let ran = output(ikewhy().args(["live", "-i", "no-such-interface"]));
    let said = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(
        said.contains("no-such-interface") || said.contains("PATH"),
        "{said}"
    );
    if !ikewhy_tests::somebody::is_root() {
        println!("left out: only root may listen");
        return;
    }
    let (child, stdin, lines) = begun(&["-i", "lo"]);
    drop(stdin);
    let start = Instant::now();
    while children(child.id()).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(10));
        sleep(Duration::from_millis(5));
    }
    let listener = children(child.id());
    sleep(Duration::from_secs(2));
    // A message that begins IKEv2, and an answer that refuses it, on the loopback.
    let ours = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let message = |flags: u8, payload: u8, body: &[u8]| {
        let length = (28 + body.len()) as u32;
        let spis = [[1; 8], if flags == 0x08 { [0; 8] } else { [2; 8] }].concat();
        [
            &spis[..],
            &[payload, 0x20, 34, flags, 0, 0, 0, 0],
            &length.to_be_bytes(),
            body,
        ]
        .concat()
    };
    let _ = ours.send_to(&message(0x08, 33, &[0, 0, 0, 8, 1, 1, 0, 0]), "127.0.0.1:500");
    sleep(Duration::from_millis(1500));
    kill("INT", &child.id().to_string());
    let told: Vec<_> = lines.iter().collect();
    assert!(
        told.iter().any(|line| line.contains("127.0.0.1 > 127.0.0.1")),
        "{told:?}"
    );
    let ran = child.wait_with_output().expect("it ends");
    assert_ne!(ran.status.code(), Some(2), "{}", text(&ran.stderr));
    assert!(!listener.iter().any(|process| runs(process)));
}
