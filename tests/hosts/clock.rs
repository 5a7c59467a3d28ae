//! How long anybody has been silent is measured to the newest frame of the capture, whatever that frame is, by every host.
//!
//! Hosts in Wireshark hand over only what may belong to a negotiation, and tell the time of the rest.

use ikewhy::session::{Options, Session};
use ikewhy_tests::tshark::{lua, rows, tshark};
use ikewhy_tests::{cases, engine, pcap, quietly};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The first message of a negotiation, then something else each second: no IKE, and nothing that a host would hand over.
fn stops(name: &str, seconds: u64) -> PathBuf {
    let case = cases::all()
        .into_iter()
        .find(|case| case.name == "l2tp-psk-differs-strongswan/client");
    let first = pcap::read(&case.expect("a capture").path).swap_remove(0);
    let others = (1..=seconds).map(|second| (second * 1000, pcap::udp((53, 53), &[0; 40])));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{seconds}.pcap"));
    pcap::write_at(&path, std::iter::once((0, first.data)).chain(others));
    path
}

/// What became of the first negotiation in a document.
fn verdict(json: &str) -> String {
    let document: Value = serde_json::from_str(json).expect("JSON");
    let id = document["negotiations"][0]["verdict"]["id"].as_str();
    id.expect("a verdict").to_owned()
}

#[test]
fn other_traffic_tells_how_long_a_peer_is_silent() {
    for (seconds, expected) in [(1, "in-progress"), (180, "no-response")] {
        let path = stops("hosts", seconds);
        let read = engine::session(&path, &[], &[]).json();
        assert_eq!(verdict(&read), expected);

        let plugin = quietly(tshark().args(["-n", "-q", "-z", "ikewhy,json", "-r"]).arg(&path));
        assert_eq!(plugin, read, "{seconds} s, tshark");
        for mut command in [tshark(), lua()] {
            command.args(["-n", "-2", "-r"]).arg(&path);
            let outcome = rows(&mut command, "isakmp", &["ikewhy.outcome"]);
            assert_eq!(outcome, [[expected]], "{seconds} s, {command:?}");
        }
    }
}

/// A session that is told the time says what one says that is given every frame; and time never goes back.
#[test]
fn telling_the_time_is_as_good_as_the_frames() {
    let path = stops("engine", 180);
    let frames = pcap::read(&path);
    let every = engine::session(&path, &[], &[]).json();
    let mut told = Session::new(Options::default());
    told.push(&frames[0].packet(1));
    assert_eq!(verdict(&told.json()), "in-progress");
    told.clock(frames[180].time);
    assert_eq!(told.json(), every);
    told.clock(frames[1].time);
    assert_eq!(told.json(), every);
}
