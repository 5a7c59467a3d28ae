//! Peers' configurations and logs, written by a test, beside a capture of the lab: what the engine makes of both.

use crate::{pcap, root};
use ikewhy::session::{Options, Pass, Session};
use serde_json::Value;
use std::net::IpAddr;

/// A recognisable secret, to be planted wherever a syntax has one.
pub const SECRET: &str = "Xq7planted";

/// Causes that are a refusal by one of the two daemons.
pub const REFUSALS: [&str; 19] = [
    "version-mismatch",
    "mode-mismatch",
    "ike-proposal-mismatch",
    "no-matching-connection",
    "psk-mismatch",
    "psk-missing",
    "identity-rejected",
    "auth-method-mismatch",
    "certificate-rejected",
    "eap-failed",
    "xauth-failed",
    "child-proposal-mismatch",
    "pfs-mismatch",
    "selector-mismatch",
    "encapsulation-mismatch",
    "child-refused",
    "address-assignment-failed",
    "responder-failure",
    "ppp-failed",
];

/// The frames of a case, as the server saw them.
#[must_use]
pub fn frames(case: &str) -> Vec<pcap::Frame> {
    pcap::read(&root().join("captures").join(case).join("server.pcap"))
}

/// The verdict of a case's first negotiation with these files, names and texts, of `owner` if the user says so. The planted secret shows
/// nowhere.
#[must_use]
pub fn verdict(case: &str, files: &[(&str, &str)], owner: Option<IpAddr>) -> Value {
    let mut session = Session::new(Options::default());
    for (name, text) in files {
        session.import(name, text, owner);
    }
    let frames = frames(case);
    for (number, frame) in (1..).zip(&frames) {
        session.push(&frame.packet(number));
    }
    let json = session.json();
    let mut said = session.report() + &json;
    for (number, _) in (1..).zip(&frames) {
        said.push_str(&format!("{:?}", session.items(number, Pass::Again)));
    }
    assert!(!said.contains(SECRET), "{case}: a secret is shown");
    let document: Value = serde_json::from_str(&json).expect("JSON");
    document["negotiations"][0]["verdict"].clone()
}

/// What a verdict says that differs.
#[must_use]
pub fn attributes(verdict: &Value) -> Vec<&str> {
    let list = verdict["attributes"].as_array().into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

/// Its sentence.
#[must_use]
pub fn summary(verdict: &Value) -> &str {
    verdict["summary"].as_str().unwrap_or_default()
}
