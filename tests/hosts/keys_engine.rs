//! The engine's own decryption: what it makes of packets is what Wireshark makes of them, byte for byte, and does the same to the
//! verdicts. A sample of the captures here; all of them with `make parity`.
//!
//! Wireshark loses an IKEv1 chain of IVs where a message is repeated, and leaves the checksum at what AES-GCM made if its table does not
//! tell the length: what is not sound in its plaintext is not asked of the engine's.

use ikewhy::keys::{Decryptor, Keys, Plaintext};
use ikewhy::session::{Derived, DerivedKind, Options, Packet, Session};
use ikewhy::wire::frame::{Content, Frame};
use ikewhy::wire::message::Message;
use ikewhy_tests::cases::{self, Case, fits};
use ikewhy_tests::corpus::is_sampled;
use ikewhy_tests::tshark::{Source, sources, tshark};
use ikewhy_tests::{for_each, pcap, quietly};
use serde_json::Value;

/// All captures with keys.
fn keyed() -> Vec<Case> {
    let mut cases = cases::all();
    cases.retain(|case| !case.tables.is_empty());
    cases
}

/// Those of them that Wireshark is asked about: some by their names, and AES-GCM.
fn sample() -> Vec<Case> {
    let mut cases = keyed();
    cases.retain(|case| is_sampled(&case.name, 16) || case.name.contains("gcm-up"));
    cases
}

/// Rows of tables, as a case's options give them to Wireshark; changed by `change`.
fn keys(case: &Case, change: impl Fn(&str) -> String) -> Keys {
    let mut keys = Keys::default();
    for (_, row) in case.rows() {
        let problems = keys.add(change(&row).as_bytes());
        assert!(problems.is_empty(), "{}: {problems:?}", case.name);
    }
    keys
}

/// Each key with its first digit changed; SPIs and names stay.
fn wrong(row: &str) -> String {
    let change = |column: &str| {
        let digits = column.trim_matches('"').trim_start_matches("0x");
        let is_key = digits.len() > 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_key {
            return column.to_owned();
        }
        let other = if digits.starts_with('7') { "6" } else { "7" };
        column.replacen(digits, &format!("{other}{}", &digits[1..]), 1)
    };
    row.split(',').map(change).collect::<Vec<_>>().join(",")
}

fn packet<'a>(number: u32, frame: &'a pcap::Frame, derived: &'a [Derived<'a>]) -> Packet<'a> {
    Packet {
        derived,
        ..frame.packet(number)
    }
}

/// IP datagrams that Wireshark put together.
fn reassembled(sources: Option<&Vec<Source>>) -> Vec<Derived<'_>> {
    let of_ip = |source: &&Source| source.kind == DerivedKind::ReassembledIp;
    let sources = sources.into_iter().flatten().filter(of_ip);
    sources.map(Source::derived).collect()
}

/// What the engine says of a capture with these keys, and how many plaintexts they made; with what somebody else made of each frame.
fn said(case: &Case, keys: Keys, made: &[Vec<Source>]) -> (Vec<Value>, usize) {
    let mut session = Session::new(Options::default());
    let mut decryptor = Decryptor::new(keys);
    let mut count = 0;
    for (number, frame) in (1..).zip(pcap::read(&case.path)) {
        let mut derived = reassembled(made.get(number as usize - 1));
        let made = decryptor.decrypt(&packet(number, &frame, &derived));
        count += made.len();
        derived.extend(made.iter().map(Plaintext::derived));
        session.push(&packet(number, &frame, &derived));
    }
    let document: Value = serde_json::from_str(&session.json()).expect("JSON");
    (
        document["negotiations"].as_array().cloned().unwrap_or_default(),
        count,
    )
}

/// Whether plaintext fits what it was made of: payloads without a defect, or a trailer as RFC 4303 2.4 has it.
fn is_sound(frame: &pcap::Frame, source: &Source) -> bool {
    let look = Frame {
        link_type: frame.link_type,
        data: &frame.data,
        ip_hint: None,
        known_ike: false,
    };
    let message = match look.datagram().map(|datagram| datagram.content) {
        Some(Content::Ike { message, .. }) => Message::parse(message),
        _ => None,
    };
    match message.map(|message| message.header) {
        Some(header) if header.is_v1_encrypted() => {
            let (payloads, defects) = Message::parse_payloads(header.next_payload, 1, &source.data);
            !payloads.is_empty() && defects.is_empty()
        }
        // Wireshark checks nothing of IKEv2, and the corpus has no wrong keys of it.
        Some(_) => true,
        None => source
            .data
            .split_last_chunk::<2>()
            .is_some_and(|(rest, [length, _])| {
                let padding = rest.len().checked_sub(usize::from(*length)).map(|at| &rest[at..]);
                padding.is_some_and(|padding| padding.iter().zip(1u8..).all(|(byte, n)| *byte == n))
            }),
    }
}

/// An SA whose keys change on the way, with each additional key exchange (RFC 9370 2.2.2): Wireshark opens all its messages with the
/// first row of its table that has the SPIs, and checks nothing of what comes out.
const CHANGES_KEYS: &str = "mlkem";

#[test]
fn plaintext_is_wiresharks() {
    let cases = sample();
    let compared = for_each(&cases, |case| {
        let mut decryptor = Decryptor::new(keys(case, str::to_owned));
        let theirs = sources(case);
        let (mut equal, mut complaints) = (0, Vec::new());
        for ((number, frame), theirs) in (1..).zip(pcap::read(&case.path)).zip(theirs) {
            let reassembled = reassembled(Some(&theirs));
            let ours = decryptor.decrypt(&packet(number, &frame, &reassembled));
            let decrypted = theirs
                .iter()
                .filter(|source| matches!(source.kind, DerivedKind::DecryptedV1 | DerivedKind::Decrypted));
            for theirs in decrypted.filter(|theirs| is_sound(&frame, theirs)) {
                let same = |ours: &Plaintext| ours.kind == theirs.kind && *ours.data == theirs.data;
                if ours.iter().any(same) {
                    equal += 1;
                } else if !case.name.contains(CHANGES_KEYS) {
                    complaints.push(format!("{} frame {number}: {:?} differs", case.name, theirs.kind));
                }
            }
        }
        (equal, complaints)
    });
    let (equal, complaints): (Vec<usize>, Vec<_>) = compared.into_iter().unzip();
    let complaints: Vec<_> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    // In some there is nothing to open: beginning, end or keys are missing, or what is encrypted was lost.
    let opened = equal.iter().filter(|&&equal| equal > 0).count();
    assert!(
        opened * 2 > cases.len(),
        "in {opened} of {} captures something was compared",
        cases.len()
    );
}

/// The plugin with Wireshark's keys, and the engine with its own, say the same.
#[test]
fn the_document_is_the_plugins() {
    let mut cases = sample();
    // Here Wireshark finds another protocol, which is a note.
    cases.retain(|case| !case.name.starts_with("ikev1-nat-port-464"));
    cases.retain(|case| KNOWS_MORE.iter().all(|(name, _)| !case.name.starts_with(name)));
    let equal = for_each(&cases, |case| {
        let mut plugin = tshark();
        plugin.args([
            "-n",
            "-q",
            "-2",
            "-z",
            "ikewhy,json",
            "-o",
            "esp.enable_encryption_decode:TRUE",
        ]);
        let document = quietly(plugin.args(case.keys()).arg("-r").arg(&case.path));
        let document: Value = serde_json::from_str(&document).expect("JSON");
        let (ours, _) = said(case, keys(case, str::to_owned), &sources(case));
        (document["negotiations"] == Value::from(ours))
            .then_some(())
            .ok_or(case.name.clone())
    });
    let complaints: Vec<_> = equal.into_iter().filter_map(Result::err).collect();
    assert!(complaints.is_empty() && cases.len() > 10, "{complaints:?}");
}

/// Where Wireshark loses the thread, and the truth needs it.
const KNOWS_MORE: [(&str, &str); 2] = [
    ("ikev1-fragments-reordered-strongswan", "selector-mismatch"),
    (
        "ikev1-retransmissions-selectors-differ-strongswan",
        "selector-mismatch",
    ),
];

/// What the captures' scenarios expect with keys, of every capture that has some.
#[test]
fn with_keys_the_verdicts_are_those_expected() {
    let complaints = for_each(&keyed(), |case| {
        let (negotiations, _) = said(case, keys(case, str::to_owned), &[]);
        let expected = &case.expect;
        let verdicts: Vec<&str> = negotiations
            .iter()
            .filter_map(|n| n["verdict"]["id"].as_str())
            .collect();
        let more = KNOWS_MORE.iter().find(|(name, _)| case.name.starts_with(name));
        let right = |(at, verdict): (usize, &&str)| {
            if let Some((_, truth)) = more {
                return verdict == truth;
            }
            expected.verdicts.get(at).is_some_and(|one| fits(verdict, one))
                || expected.with_keys.iter().any(|one| fits(verdict, one))
        };
        let wrong = !verdicts.iter().enumerate().all(right);
        wrong.then(|| {
            format!(
                "{}: {verdicts:?}, not {:?}, {:?}",
                case.name, expected.verdicts, expected.with_keys
            )
        })
    });
    let complaints: Vec<_> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn wrong_keys_are_noted_and_never_believed() {
    let results = for_each(&keyed(), |case| {
        let plain = said(case, Keys::default(), &[]).0;
        let (right, count) = said(case, keys(case, str::to_owned), &[]);
        let (wrong, _) = said(case, keys(case, wrong), &[]);
        let verdicts = |list: &[Value]| list.iter().map(|n| n["verdict"].clone()).collect::<Vec<_>>();
        assert_eq!(
            verdicts(&wrong),
            verdicts(&plain),
            "{}: wrong keys are believed",
            case.name
        );
        let notes = |list: &[Value]| {
            Value::from(list.to_vec())
                .to_string()
                .contains("decryption-key-wrong")
        };
        (count > 0, right != plain, notes(&wrong))
    });
    let count = |of: fn(&(bool, bool, bool)) -> bool| results.iter().filter(|result| of(result)).count();
    let (made, told, noted) = (count(|r| r.0), count(|r| r.1), count(|r| r.2));
    println!("{made} captures decrypted, {told} say more then, {noted} note a wrong key");
    assert!(told > 100 && noted > 100, "{made} {told} {noted}");
}
