//! What is as large, as deep or as ugly as it can be: all laws hold, on a small stack, and what was left out is said.

use ikewhy::report::field::FieldId;
use ikewhy::report::item::Value;
use ikewhy::session::{DerivedKind, Options, Packet, Pass, Session};
use ikewhy_fuzz::capture::ike;
use ikewhy_fuzz::capture::{self, Record};
use ikewhy_fuzz::cost::on_a_small_stack;
use ikewhy_fuzz::sound;
use ikewhy_testkit::packets::{Message, Path, item, payloads, proposals};

/// Asks a session everything, and holds it to all laws.
fn session(records: &[Record]) {
    on_a_small_stack(|| capture::session(Options::default(), records, 1, None, None));
}

/// What a session says of damaged messages and identities, and its report.
fn said(records: &[Record]) -> String {
    let mut session = Session::new(Options::default());
    let mut said = String::new();
    for (frame, record) in (1..).zip(records) {
        session.push(&Packet {
            frame,
            time: i64::from(frame) * 1_000_000_000,
            interface: 0,
            link_type: 1,
            data: &record.data,
            original_length: record.original_length,
            ip_hint: None,
            known_ike: None,
            derived: &[],
        });
        for item in session.items(frame, Pass::Again) {
            if let (FieldId::Damage, Value::Text(text)) = (item.field, item.value) {
                said += &text;
            }
        }
    }
    said + &session.report()
}

/// Refused, so that offers are compared; then the other way round, so that each side's own offer is known.
fn refused(version: u8, offer: &[u8]) -> Vec<Record> {
    let notify = payloads(&[(41, vec![0, 0, 0, 14])]);
    let notify_v1 = payloads(&[(11, vec![0, 0, 0, 1, 1, 0, 0, 14])]);
    let sa = item(0, offer);
    let mut records = match version {
        1 => vec![
            ike(true, 1, 0x10, 2, 0, 0, &sa),
            ike(false, 11, 0x10, 5, 0, 0, &notify_v1),
        ],
        _ => vec![
            ike(true, 33, 0x20, 34, 8, 0, &sa),
            ike(false, 41, 0x20, 34, 0x20, 0, &notify),
        ],
    };
    for at in 0..2 {
        let mut back = records[at].clone();
        // Addresses change places, and the SPI is another.
        back.data[26..34].rotate_left(4);
        back.data[42] = 0xEE;
        records.push(back);
    }
    records
}

#[test]
fn offers_of_thousands_of_transforms_are_compared_in_part() {
    for (version, count, transforms) in [(2, 16, 500), (2, 1, 8000), (1, 1, 5400), (1, 255, 20)] {
        let records = refused(version, &proposals(version, count, transforms));
        session(&records);
        let said = said(&records);
        assert!(
            said.contains("a list is too long to be read whole"),
            "{said:.500}"
        );
        assert!(said.contains("ike-proposal-mismatch"), "{said:.500}");
    }
    let usual = said(&refused(2, &proposals(2, 4, 60)));
    assert!(!usual.contains("too long to be read"), "{usual:.500}");
}

#[test]
fn a_hundred_thousand_payloads_are_read_in_part() {
    for kind in [13, 43, 41, 11, 0x55] {
        // Main Mode, IKE_SA_INIT: the exchange and the flags of a beginning.
        let (version, exchange, flags) = if kind < 33 { (0x10, 2, 0) } else { (0x20, 34, 8) };
        let chain: Vec<u8> = (0..100_000).flat_map(|_| item(kind, &[])).collect();
        let mut record = ike(true, kind, version, exchange, flags, 0, &chain);
        // Lengths of zero in IPv4 and UDP: as long as the frame (a segment that a network card would cut).
        record.data[16..18].fill(0);
        record.data[38..40].fill(0);
        session(std::slice::from_ref(&record));
        let said = said(&[record]);
        assert!(
            said.contains("a list is too long to be read whole"),
            "{said:.500}"
        );
    }
}

/// Main Mode's first message, and its refusal.
fn tried() -> [Message; 2] {
    let request = Message::v1(1).payloads(2, &[(1, proposals(1, 1, 1))]);
    let refusal = request
        .answer()
        .id(9)
        .payloads(5, &[(11, vec![0, 0, 0, 1, 1, 0, 0, 14])]);
    [request, refusal]
}

fn record(data: Vec<u8>) -> Record {
    Record {
        time: (0, 0),
        original_length: data.len() as u32,
        data,
    }
}

/// Whoever can send in the responder's name cannot hide its refusal, before or behind it; and what was left out is said.
#[test]
fn a_flood_of_notifications_hides_no_refusal() {
    let [request, refusal] = tried();
    let notification = |n: usize| {
        let kind = 8000 + n as u16 % 60;
        let body = [&[0, 0, 0, 1, 1, 0][..], &kind.to_be_bytes()].concat();
        record(
            Path::PLAIN
                .back()
                .udp(&request.answer().id(100 + n as u32).payloads(5, &[(11, body)])),
        )
    };
    for (before, behind) in [(40, 0), (0, 40), (300, 300)] {
        let flood = |count| (0..count).map(notification);
        let records: Vec<Record> = std::iter::once(record(Path::PLAIN.udp(&request)))
            .chain(flood(before))
            .chain([record(Path::PLAIN.back().udp(&refusal))])
            .chain(flood(behind))
            .collect();
        let said = said(&records);
        assert!(said.contains("refused with NO-PROPOSAL-CHOSEN"), "{said:.800}");
        assert!(said.contains("error notifications ("), "{said:.800}");
        let few = &records[..records.len().min(capture::MAX_RECORDS)];
        session(few);
    }
}

/// An initiator SPI that others use as well leads to the right negotiation all the same; after an address change, both SPIs do.
#[test]
fn a_reused_spi_splits_no_negotiation() {
    let [request, refusal] = tried();
    let forged = |n: u32| record(Path::PLAIN.from(1000 + n).to(1000 + n).udp(&request));
    for moved in [0, 7] {
        let answered = request.answer().payloads(2, &[(1, proposals(1, 1, 1))]);
        let mut records = vec![
            record(Path::PLAIN.udp(&request)),
            record(Path::PLAIN.back().udp(&answered)),
        ];
        if moved == 0 {
            records.pop();
        }
        records.extend((0..300).map(forged));
        records.push(record(Path::PLAIN.from(moved).back().udp(&refusal)));
        let said = said(&records);
        assert!(said.contains("301 negotiations"), "{said:.800}");
        assert!(
            moved > 0 || said.contains("refused with NO-PROPOSAL-CHOSEN"),
            "{said:.800}"
        );
    }
}

/// Names whose every byte could be taken for the end of a part of it, where names come in clear: identities, certificates with
/// alternative names, authorities.
#[test]
fn names_of_nothing_but_marks_end_somewhere() {
    for mark in [
        ".", "@", "=", ",", "+", "/", "*.", "@#", "%", "\\", "\"", "CN=", "fqdn:", "a.", "a@", "1/", " ",
    ] {
        let long = mark.repeat(60_000 / mark.len()).into_bytes();
        let short = &long[..2000];
        let name = |value: &[u8]| {
            der(
                0x30,
                &[der(
                    0x31,
                    &[der(0x30, &[der(6, &[&[0x55, 4, 3]]), der(12, &[value])])],
                )],
            )
        };
        let payloads = payloads(&[
            (1, proposals(1, 1, 1)),
            (5, [&[2, 17, 0, 0], &long[..]].concat()),
            (6, [&[4], &certificate(&name(short), &[short; 6])[..]].concat()),
            (7, [&[4], &name(short)[..]].concat()),
        ]);
        let asked = item(0, &[&[4], &name(&long)[..]].concat());
        let records = [
            ike(true, 1, 0x10, 4, 0, 0, &payloads),
            ike(false, 1, 0x10, 4, 0, 0, &payloads),
            ike(true, 7, 0x10, 2, 0, 0, &asked),
        ];
        session(&records);
        assert!(said(&records).contains("IKEv1"));
    }
}

/// Something in DER: its tag, its length in two bytes, its parts (X.690 8.1).
fn der(tag: u8, parts: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let content: Vec<u8> = parts.iter().flat_map(AsRef::as_ref).copied().collect();
    let [high, low] = (content.len() as u16).to_be_bytes();
    [&[tag, 0x82, high, low], &content[..]].concat()
}

/// A certificate of a name for a name, with alternative names that are host names (RFC 5280 4.1).
fn certificate(name: &[u8], hosts: &[&[u8]]) -> Vec<u8> {
    let algorithm = der(0x30, &[der(6, &[&[0x2A, 3]])]);
    let hosts: Vec<_> = hosts.iter().map(|host| der(0x82, &[host])).collect();
    let alternative = der(
        0x30,
        &[der(6, &[&[0x55, 0x1D, 17]]), der(4, &[der(0x30, &hosts)])],
    );
    let time = || {
        vec![0x17, 13]
            .into_iter()
            .chain(*b"260101000000Z")
            .collect::<Vec<u8>>()
    };
    let body = der(
        0x30,
        &[
            vec![0xA0, 3, 2, 1, 2],
            vec![2, 1, 7],
            algorithm.clone(),
            name.to_vec(),
            der(0x30, &[time(), time()]),
            name.to_vec(),
            der(0x30, &[algorithm.clone(), vec![3, 1, 0]]),
            der(0xA3, &[der(0x30, &[alternative])]),
        ],
    );
    der(0x30, &[body, algorithm, vec![3, 1, 0]])
}

#[test]
fn layers_in_layers_end_somewhere() {
    let inner = ike(true, 33, 0x20, 34, 8, 0, &item(0, &proposals(2, 1, 4))).data;
    let ip = &inner[14..];
    let tags: Vec<u8> = (0..10_000).flat_map(|_| [0x81, 0, 0, 1]).collect();
    let labels: Vec<u8> = (0..10_000).flat_map(|_| [0, 1, 0x20, 64]).collect();
    let mut tunnels = ip.to_vec();
    for _ in 0..2000 {
        let length = (tunnels.len() + 20).min(65_535) as u16;
        let mut outer = vec![0x45, 0];
        outer.extend(length.to_be_bytes());
        outer.extend([0, 0, 0, 0, 64, 4, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        outer.extend(tunnels);
        tunnels = outer;
    }
    // Extension headers of IPv6, each naming another.
    let options: Vec<u8> = (0..8000).flat_map(|_| [60, 0, 1, 4, 0, 0, 0, 0]).collect();
    let mut chain = vec![0x60, 0, 0, 0, 0, 0, 60, 64];
    chain.extend([0; 32]);
    for (ether_type, body) in [
        ([0x81, 0x00], [&[0, 1][..], &tags, &[8, 0], ip].concat()),
        ([0x88, 0x47], [&labels[..], ip].concat()),
        ([0x08, 0x00], tunnels),
        ([0x86, 0xDD], [&chain[..], &options].concat()),
    ] {
        let data = [&inner[..12], &ether_type, &body].concat();
        let record = Record {
            original_length: data.len() as u32,
            data,
            ..Record::made(&[], DerivedKind::Decrypted)
        };
        session(&[record]);
    }
}

#[test]
fn texts_from_the_wire_cannot_format_what_shows_them() {
    let ugly: [&[u8]; 7] = [
        b"a\0b\x01\x1b[31m\r\n\t\x7f",
        "x\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}\u{85}\u{2028}\u{3164}\u{fe0f}".as_bytes(),
        b"\xff\xfe\xc0\x80\xed\xa0\x80\xf5",
        b"%s%n%s%n%08x%p%1000000d",
        b"<script>alert('1')</script>&amp;\"<!--]]>",
        b"\\u0000\\n{{7*7}}$(reboot)`id`",
        &[0xE2, 0x80],
    ];
    for text in ugly {
        for kind in [2, 3, 9, 11] {
            let v1 = payloads(&[
                (1, proposals(1, 1, 1)),
                (5, [&[kind, 17, 0, 0], text].concat()),
                (13, text.to_vec()),
            ]);
            let v2 = payloads(&[
                (35, [&[kind, 0, 0, 0], text].concat()),
                (36, [&[kind, 0, 0, 0], text].concat()),
                (41, vec![0, 0, 0, 24]),
            ]);
            let records = [
                ike(true, 1, 0x10, 4, 0, 0, &v1),
                ike(false, 1, 0x10, 4, 0, 0, &v1),
                ike(true, 33, 0x20, 34, 8, 0, &item(0, &proposals(2, 1, 4))),
                ike(
                    true,
                    46,
                    0x20,
                    35,
                    8,
                    1,
                    &[&[35, 0, 0, 40][..], &[1; 36]].concat(),
                ),
                Record::made(&v2, DerivedKind::DecryptedV1),
            ];
            session(&records);
        }
        // A tunnel that ends with words of its sender: L2TP Result Code (RFC 2661 4.4.2).
        let length = (20 + 10 + text.len()) as u16;
        let reason = (10 + text.len()) as u8;
        let mut message = vec![0xC8, 2];
        message.extend(length.to_be_bytes());
        message.extend([0, 7, 0, 9, 0, 3, 0, 1, 0x80, 8, 0, 0, 0, 0, 0, 4]);
        message.extend([0x80, reason, 0, 0, 0, 1, 0, 2, 0, 6]);
        message.extend(text);
        let mut request = vec![0xC8, 2, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 8, 0, 0, 0, 0, 0, 1];
        let mut records = Vec::new();
        for (forth, payload) in [(true, &mut request), (false, &mut message)] {
            let mut record = Record::udp(forth, payload);
            record.data[34..38].copy_from_slice(&[6, 165, 6, 165]);
            records.push(record);
        }
        session(&records);
        let report = said(&records);
        sound::lines(&report);
        assert!(report.contains("L2TP"), "{report}");
    }
}
