//! A peer's configuration or log, of any kind that is known: read, and held against negotiations that failed.

use crate::capture::{Record, read, session};
use crate::sound;
use ikewhy::policy;
use ikewhy::session::Options;
use std::sync::LazyLock;

/// Negotiations of both versions, refused at different stages, and L2TP in clear, at whose packets lines of a log stand.
static CAPTURES: LazyLock<[Vec<Record>; 4]> = LazyLock::new(|| {
    [
        &include_bytes!("../../captures/ikev1-ike-keylength-differs-strongswan/client.pcap")[..],
        &include_bytes!("../../captures/ikev2-ike-dh-differs-libreswan/client.pcap")[..],
        &include_bytes!("../../captures/ikev2-identity-rejected-strongswan/server.pcap")[..],
        &include_bytes!("../../captures/l2tp-cleartext-password-wrong/server.pcap")[..],
    ]
    .map(|bytes| read(bytes).map_or_else(Vec::new, |capture| capture.records))
});

/// Nothing of a file breaks an answer, and what is shown of it is sound and short.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let read = policy::read("peer.conf", &text, None);
    for note in &read.notes {
        sound::line(&note.text.to_string());
    }
    for connection in &read.connections {
        sound::line(&connection.name);
    }
    // One of them at a time: asking a session everything takes a hundred times as long as reading.
    let owner = "198.51.100.20".parse().ok();
    let choices = CAPTURES.iter().zip([None, owner, None, owner]);
    if let Some((records, owner)) = choices.cycle().nth(data.len() % CAPTURES.len()) {
        session(Options::default(), records, 1, Some((&text, owner)), None);
    }
}
