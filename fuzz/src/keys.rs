//! Key tables as Wireshark and strongSwan write them; behind a byte of zero, if there is one, a capture as in
//! [`crate::capture`], else one of ours.

use crate::capture;
use ikewhy::keys::{Decryptor, Keys, MAX_PROBLEMS, MAX_ROWS, Plaintext};
use ikewhy::session::{Derived, Options, Packet, Session};
use std::sync::LazyLock;

/// Captures of IKEv1, of IKEv2, of IKEv1 in fragments, and of ESP.
static CAPTURES: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| {
    [
        &include_bytes!("../../captures/ikev1-retransmissions-selectors-differ-strongswan/client.pcap")[..],
        &include_bytes!("../../captures/ikev2-psk-differs-strongswan/client.pcap")[..],
        &include_bytes!("../../captures/ikev1-fragments-selectors-differ-strongswan/server.pcap")[..],
        &include_bytes!("../../captures/ikev2-gcm-up-strongswan/client.pcap")[..],
    ]
    .map(<[u8]>::to_vec)
});

/// Digits that may be a key.
const KEY: usize = 24;

/// No row and no packet breaks anything, what is made is no longer than what it is made of, and no key is shown.
pub fn check(data: &[u8]) {
    let end = data.iter().position(|&byte| byte == 0);
    let (table, file) = match end {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &CAPTURES[data.len() % CAPTURES.len()][..]),
    };
    let mut keys = Keys::default();
    let problems = keys.add(table);
    let lines = table.split(|&byte| byte == b'\n').count();
    assert!(problems.len() <= MAX_PROBLEMS && keys.rows() <= MAX_ROWS.min(lines));
    assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
    let shown = format!("{keys:?} {problems:?}");
    for digits in table.split(|byte| !byte.is_ascii_hexdigit()) {
        let digits = str::from_utf8(digits).expect("digits");
        assert!(digits.len() < KEY || !shown.contains(digits), "a key is shown");
    }
    let Some(capture) = capture::read(file) else {
        return;
    };
    let mut session = Session::new(Options::default());
    let mut decryptor = Decryptor::new(keys);
    let mut records = capture.records.iter().take(capture::MAX_RECORDS).peekable();
    let mut number = 0;
    let mut held = 0;
    while let Some(record) = records.next() {
        number += 1;
        let mut derived = Vec::new();
        while let Some(made) = records.peek().and_then(|record| record.derived()) {
            derived.push(made);
            records.next();
        }
        let packet = Packet {
            frame: number,
            time: i64::from(record.time.0) * 1_000_000_000,
            interface: 0,
            link_type: capture.link_type,
            data: &record.data,
            original_length: record.original_length,
            ip_hint: None,
            known_ike: None,
            derived: &derived,
        };
        let made = decryptor.decrypt(&packet);
        let bytes = |made: &[Derived<'_>]| made.iter().map(|made| made.data.len()).sum::<usize>();
        held += record.data.len() + bytes(&derived);
        assert!(made.len() <= 2 && made.iter().all(|plain| plain.data.len() <= held));
        let plain: Vec<_> = made.iter().map(Plaintext::derived).collect();
        session.push(&Packet {
            derived: &[&derived[..], &plain].concat(),
            ..packet
        });
    }
    assert!(!session.json().is_empty());
}
