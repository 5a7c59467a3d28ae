//! What is as large, as deep or as ugly as it can be: all laws hold, and what was left out is said.

use ikewhy::report::field::FieldId;
use ikewhy::report::item::Value;
use ikewhy::session::{Options, Packet, Pass, Session};
use ikewhy_fuzz::capture::{Record, session};
use ikewhy_fuzz::made::{ike, item, payloads, proposals};
use ikewhy_fuzz::sound;

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
        session(&records, 1, None, None);
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
        let version = if kind < 33 { 0x10 } else { 0x20 };
        let chain: Vec<u8> = (0..100_000).flat_map(|_| item(kind, &[])).collect();
        let mut record = ike(true, kind, version, 34, 8, 0, &chain);
        // Lengths of zero in IPv4 and UDP: as long as the frame (a segment that a network card would cut).
        record.data[16..18].fill(0);
        record.data[38..40].fill(0);
        session(std::slice::from_ref(&record), 1, None, None);
        let said = said(&[record]);
        assert!(
            said.contains("a list is too long to be read whole"),
            "{said:.500}"
        );
    }
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
            ..Record::made(&[], "")
        };
        session(&[record], 1, None, None);
    }
}

#[test]
fn texts_from_the_wire_cannot_format_what_shows_them() {
    let ugly: [&[u8]; 7] = [
        b"a\0b\x01\x1b[31m\r\n\t\x7f",
        "x\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}\u{85}\u{2028}".as_bytes(),
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
                Record::made(&v2, "Decrypted IKE"),
            ];
            session(&records, 1, None, None);
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
        session(&records, 1, None, None);
        let report = said(&records);
        sound::lines(&report);
        assert!(report.contains("L2TP"), "{report}");
    }
}
