//! Messages -> payloads: every payload of both versions, every defect, and the laws that hold for any bytes.

use crate::support::{chain, hex, ike_sa_init, item, main_mode_1, message};
use ikewhy::wire::Span;
use ikewhy::wire::message::{Body, Defect, DefectKind, MAX_ITEMS, Message, Payload};
use proptest::prelude::*;

/// The one payload of type `kind` with these contents, read without a defect.
fn only<'a>(major: u8, kind: u8, data: &'a [u8]) -> Body<'a> {
    let (mut payloads, defects) = Message::parse_payloads(kind, major, data);
    assert_eq!(defects, [], "payload {kind}");
    assert_eq!(payloads.len(), 1);
    payloads.remove(0).body
}

fn kinds(message: &Message<'_>) -> Vec<u8> {
    message.payloads.iter().map(|payload| payload.kind).collect()
}

fn defects(message: &Message<'_>) -> Vec<DefectKind> {
    message.defects.iter().map(|defect| defect.kind).collect()
}

#[test]
fn ike_sa_init_is_read_to_the_last_attribute() {
    let bytes = ike_sa_init();
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.defects, []);
    assert_eq!(
        (
            message.header.major,
            message.header.minor,
            message.header.exchange
        ),
        (2, 0, 34)
    );
    assert_eq!(&message.header.initiator_spi, b"initiatr");
    assert_eq!(message.header.responder_spi, [0; 8]);
    assert_eq!(message.header.message_id, 7);
    assert!(!message.header.is_v2_response());
    assert_eq!(kinds(&message), [33, 34, 40, 41, 41, 43]);

    let Body::SecurityAssociation {
        doi: 0,
        situation: 0,
        proposals,
    } = &message.payloads[0].body
    else {
        panic!("{:?}", message.payloads[0]);
    };
    let [proposal] = &proposals[..] else {
        panic!("{proposals:?}")
    };
    assert_eq!(
        (proposal.number, proposal.protocol, proposal.spi),
        (1, 1, &[][..])
    );
    assert_eq!(proposal.span, Span::new(32, 44));
    let transforms: Vec<_> = proposal
        .transforms
        .iter()
        .map(|t| (t.kind, t.id, t.span.offset))
        .collect();
    assert_eq!(transforms, [(1, 12, 40), (2, 5, 52), (3, 12, 60), (4, 14, 68)]);
    let attributes: Vec<_> = proposal.transforms[0].attributes().collect();
    let [key_length] = &attributes[..] else { panic!() };
    assert_eq!(
        (key_length.kind, key_length.number(), key_length.span),
        (14, Some(256), Span::new(48, 4))
    );

    assert_eq!(
        message.payloads[1].body,
        Body::KeyExchange {
            group: Some(14),
            data: &[0x5A; 256]
        }
    );
    assert_eq!(message.payloads[2].body, Body::Nonce(&[0x77; 32]));
    let notify_at = message.payloads[3].span.offset;
    let kind_span = Span {
        offset: notify_at + 6,
        len: 2,
    };
    let data = &[0x11; 20];
    assert_eq!(
        message.payloads[3].body,
        Body::Notify {
            doi: 0,
            protocol: 0,
            spi: &[],
            kind: 16388,
            data,
            kind_span
        }
    );
    assert_eq!(message.payloads[5].body, Body::VendorId(b"OpenIKED-7.2"));
}

#[test]
fn main_mode_has_both_forms_of_attributes() {
    let bytes = main_mode_1();
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.defects, []);
    assert_eq!(kinds(&message), [1, 13, 13]);
    let Body::SecurityAssociation {
        doi: 1,
        situation: 1,
        proposals,
    } = &message.payloads[0].body
    else {
        panic!("{:?}", message.payloads[0]);
    };
    let attributes = |index: usize| -> Vec<_> {
        let transform = &proposals[0].transforms[index];
        transform
            .attributes()
            .map(|attribute| (attribute.kind, attribute.number().unwrap()))
            .collect()
    };
    assert_eq!(
        attributes(0),
        [(1, 7), (14, 256), (2, 4), (3, 1), (4, 14), (11, 1), (12, 28800)]
    );
    assert_eq!(
        attributes(1),
        [(1, 5), (2, 2), (3, 1), (4, 2), (11, 1), (12, 3600)]
    );
    assert_eq!(
        (proposals[0].transforms[1].kind, proposals[0].transforms[1].id),
        (2, 1)
    );
    // The long form spans its header and its value.
    assert_eq!(
        proposals[0].transforms[0].attributes().nth(6).unwrap().span.len,
        8
    );
}

#[test]
fn encrypted_messages_show_what_is_in_clear() {
    let v1 = message(0x10, 5, 2, 0x01, &[0xC5; 40]);
    let v1 = Message::parse(&v1).unwrap();
    assert!(v1.header.is_v1_encrypted());
    assert_eq!(
        (v1.header.next_payload, v1.payloads, v1.defects),
        (5, vec![], vec![])
    );

    let bytes = message(0x20, 46, 35, 0x08, &item(35, &[0xC5; 64]));
    let sealed = Message::parse(&bytes).unwrap();
    assert_eq!(
        sealed.payloads[0].body,
        Body::Encrypted {
            first_inner: 35,
            data: &[0xC5; 64]
        }
    );
    assert_eq!((kinds(&sealed), sealed.defects), (vec![46], vec![]));

    let bytes = message(
        0x20,
        53,
        35,
        0x08,
        &item(35, &[&hex("0001 0003"), &[0xC5; 64][..]].concat()),
    );
    let fragment = Message::parse(&bytes).unwrap();
    let data = &[0xC5; 64];
    assert_eq!(
        fragment.payloads[0].body,
        Body::EncryptedFragment {
            first_inner: 35,
            number: 1,
            total: 3,
            data
        }
    );
}

#[test]
fn vendor_fragments_are_read_even_under_the_encryption_flag() {
    for flags in [0, 1] {
        let bytes = message(0x10, 132, 2, flags, &item(0, &hex("0001 02 01 c5c5")));
        let message = Message::parse(&bytes).unwrap();
        let expected = Body::Fragment {
            id: 1,
            number: 2,
            last: true,
            data: &[0xC5; 2],
        };
        assert_eq!(
            (&message.payloads[0].body, &message.defects),
            (&expected, &vec![])
        );
    }
}

#[test]
fn payloads_of_ikev1() {
    assert_eq!(
        only(1, 4, &item(0, &[9; 128])),
        Body::KeyExchange {
            group: None,
            data: &[9; 128]
        }
    );
    assert_eq!(
        only(1, 5, &item(0, &hex("01 11 06a5 c0000201"))),
        Body::Identification {
            kind: 1,
            protocol: 17,
            port: 1701,
            data: &[192, 0, 2, 1]
        }
    );
    assert_eq!(
        only(1, 6, &item(0, &hex("04 3082"))),
        Body::Certificate {
            encoding: 4,
            data: &[0x30, 0x82]
        }
    );
    assert_eq!(
        only(1, 7, &item(0, &hex("04"))),
        Body::CertificateRequest {
            encoding: 4,
            authority: &[]
        }
    );
    assert_eq!(only(1, 8, &item(0, &[8; 20])), Body::Hash(&[8; 20]));
    assert_eq!(only(1, 9, &item(0, &[9; 64])), Body::Signature(&[9; 64]));
    assert_eq!(only(1, 10, &item(0, &[7; 16])), Body::Nonce(&[7; 16]));
    assert_eq!(
        only(1, 11, &item(0, &hex("00000001 03 04 000e aabbccdd 5a"))),
        Body::Notify {
            doi: 1,
            protocol: 3,
            spi: &[0xAA, 0xBB, 0xCC, 0xDD],
            kind: 14,
            data: &[0x5A],
            kind_span: Span::new(10, 2)
        }
    );
    assert_eq!(
        only(1, 12, &item(0, &hex("00000001 03 04 0002 aabbccdd 11223344"))),
        Body::Delete {
            doi: 1,
            protocol: 3,
            spi_size: 4,
            count: 2,
            spis: &hex("aabbccdd11223344")
        }
    );
    for kind in [15, 20, 130] {
        assert_eq!(
            only(1, kind, &item(0, &[1; 20])),
            Body::NatDetection(&[1; 20]),
            "payload {kind}"
        );
    }
    for kind in [16, 21, 131] {
        let expected = Body::NatOriginalAddress {
            kind: 1,
            address: &[192, 0, 2, 1],
        };
        assert_eq!(
            only(1, kind, &item(0, &hex("01 000000 c0000201"))),
            expected,
            "payload {kind}"
        );
    }
    // GDOI's payloads of the same numbers.
    assert_eq!(only(1, 15, &item(0, &[1; 30])), Body::Unknown(&[1; 30]));
    assert_eq!(only(1, 16, &item(0, &[1; 30])), Body::Unknown(&[1; 30]));

    let bytes = item(0, &hex("01 00 0042  c0880000 4089 0004 75736572"));
    let Body::ModeConfig {
        kind: 1,
        identifier: 0x42,
        attributes,
    } = only(1, 14, &bytes)
    else {
        panic!()
    };
    let attributes: Vec<_> = attributes.iter().map(|a| (a.kind, a.value)).collect();
    assert_eq!(attributes, [(16520, &[0, 0][..]), (16521, b"user")]);
}

#[test]
fn payloads_of_ikev2() {
    for kind in [35, 36, 50] {
        assert_eq!(
            only(2, kind, &item(0, b"\x02\0\0\0gw.example")),
            Body::Identification {
                kind: 2,
                protocol: 0,
                port: 0,
                data: b"gw.example"
            }
        );
    }
    assert_eq!(
        only(2, 37, &item(0, &hex("04 3082"))),
        Body::Certificate {
            encoding: 4,
            data: &[0x30, 0x82]
        }
    );
    assert_eq!(
        only(2, 38, &item(0, &[&[4], &[0xCA; 20][..]].concat())),
        Body::CertificateRequest {
            encoding: 4,
            authority: &[0xCA; 20]
        }
    );
    assert_eq!(
        only(2, 39, &item(0, &hex("02 000000 5a5a"))),
        Body::Authentication {
            method: 2,
            data: &[0x5A; 2]
        }
    );
    assert_eq!(
        only(2, 42, &item(0, &hex("03 04 0001 aabbccdd"))),
        Body::Delete {
            doi: 0,
            protocol: 3,
            spi_size: 4,
            count: 1,
            spis: &hex("aabbccdd")
        }
    );
    assert_eq!(
        only(2, 48, &item(0, &hex("01 07 0006 1a 5a"))),
        Body::Eap {
            code: 1,
            identifier: 7,
            kind: Some(26),
            data: &[0x5A]
        }
    );
    assert_eq!(
        only(2, 48, &item(0, &hex("04 07 0004"))),
        Body::Eap {
            code: 4,
            identifier: 7,
            kind: None,
            data: &[]
        }
    );
    // A puzzle solution is kept as bytes.
    assert_eq!(only(2, 54, &item(0, &[3; 9])), Body::Unknown(&[3; 9]));
    // The first bit of a configuration attribute is reserved, and selects no form.
    let bytes = item(0, &hex("01 000000  0001 0000  8003 0004 c0000235"));
    let Body::Configuration { kind: 1, attributes } = only(2, 47, &bytes) else {
        panic!()
    };
    let attributes: Vec<_> = attributes.iter().map(|a| (a.kind, a.value)).collect();
    assert_eq!(attributes, [(1, &[][..]), (3, &[192, 0, 2, 53])]);
}

#[test]
fn traffic_selectors_are_ranges() {
    let bytes = item(
        0,
        &hex("03 000000
              07 11 0010 06a5 06a5 c0000200 c00002ff
              08 00 0028 0000 ffff 20010db8000000000000000000000000 20010db8ffffffffffffffffffffffff
              0a 00 0008 6c61626c"),
    );
    let Body::TrafficSelectors(selectors) = only(2, 44, &bytes) else {
        panic!()
    };
    let [v4, v6, label] = &selectors[..] else {
        panic!("{selectors:?}")
    };
    assert_eq!(
        (v4.kind, v4.protocol, v4.start_port, v4.end_port),
        (7, 17, 1701, 1701)
    );
    assert_eq!((v4.start, v4.end), (&[192, 0, 2, 0][..], &[192, 0, 2, 255][..]));
    assert_eq!(
        (v6.kind, v6.start_port, v6.end_port, v6.start.len(), v6.end.len()),
        (8, 0, 65535, 16, 16)
    );
    assert_eq!((label.kind, label.start, label.end), (10, &b"labl"[..], &[][..]));
}

#[test]
fn a_critical_bit_is_ikev2_only() {
    let bytes = [0, 0x80, 0, 5, 1];
    assert!(Message::parse_payloads(200, 2, &bytes).0[0].critical);
    assert!(!Message::parse_payloads(200, 1, &bytes).0[0].critical);
}

#[test]
fn the_header_alone_is_a_message_and_less_is_none() {
    let bytes = message(0x20, 0, 37, 0, &[]);
    assert_eq!(Message::parse(&bytes).unwrap().defects, []);
    assert!(Message::parse(&bytes[..27]).is_none());
}

#[test]
fn unknown_versions_stop_at_the_header() {
    let bytes = message(0x30, 33, 34, 0, &item(0, &[0; 8]));
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.payloads, []);
    assert_eq!(
        message.defects,
        [Defect {
            at: Span::new(17, 1),
            kind: DefectKind::UnknownVersion
        }]
    );
}

#[test]
fn lengths_of_the_header_are_held_against_the_bytes() {
    let sound = message(0x20, 40, 34, 0, &item(0, &[7; 16]));
    let with_length = |length: u32| {
        let mut bytes = sound.clone();
        bytes[24..28].copy_from_slice(&length.to_be_bytes());
        bytes
    };
    let check = |bytes: &[u8], nonce: &[u8], expected: &[Defect]| {
        let message = Message::parse(bytes).unwrap();
        assert_eq!(message.payloads[0].body, Body::Nonce(nonce));
        assert_eq!(message.defects, expected);
    };
    let defect = |offset, len, kind| Defect {
        at: Span { offset, len },
        kind,
    };
    check(
        &with_length(20),
        &[7; 16],
        &[defect(24, 4, DefectKind::HeaderLength)],
    );
    check(
        &with_length(40),
        &[7; 8],
        &[
            defect(28, 12, DefectKind::PayloadLength),
            defect(40, 8, DefectKind::HeaderLength),
        ],
    );
    check(
        &with_length(60),
        &[7; 16],
        &[defect(48, 0, DefectKind::CutByCapture)],
    );
    check(&sound[..40], &[7; 8], &[defect(40, 0, DefectKind::CutByCapture)]);
    check(
        &[&sound[..], &[0; 3]].concat(),
        &[7; 16],
        &[defect(48, 3, DefectKind::TrailingBytes)],
    );
}

#[test]
fn damage_ends_the_payloads_and_keeps_those_before() {
    let parse = |first: u8, body: &[u8]| {
        let bytes = message(0x20, first, 34, 0, body);
        let message = Message::parse(&bytes).unwrap();
        (kinds(&message), defects(&message))
    };
    // A length of zero, a length of three, a missing payload, half a generic header, a length past the end.
    assert_eq!(
        parse(40, &hex("29 00 0006 0000  00 00 0000")),
        (vec![40], vec![DefectKind::PayloadLength])
    );
    assert_eq!(
        parse(40, &hex("29 00 0006 0000  00 00 0003")),
        (vec![40], vec![DefectKind::PayloadLength])
    );
    assert_eq!(
        parse(40, &hex("29 00 0006 0000")),
        (vec![40], vec![DefectKind::PayloadLength])
    );
    assert_eq!(
        parse(40, &hex("29 00 0006 0000  00 00")),
        (vec![40], vec![DefectKind::PayloadLength])
    );
    assert_eq!(
        parse(40, &hex("2b 00 0006 0000  00 00 0009 aa")),
        (vec![40, 43], vec![DefectKind::PayloadLength])
    );
    // A length past the end is one defect, though the next payload is missing as well.
    assert_eq!(
        parse(40, &hex("2b 00 0006 0000  28 00 0009 aa")),
        (vec![40, 43], vec![DefectKind::PayloadLength])
    );
    // Too short for its own fixed part: kept as bytes, and the next one is read.
    assert_eq!(
        parse(39, &hex("28 00 0006 0000  00 00 0005 aa")),
        (vec![39, 40], vec![DefectKind::PayloadTooShort])
    );
    // Bytes after the last payload.
    assert_eq!(
        parse(40, &hex("00 00 0006 0000  0000")),
        (vec![40], vec![DefectKind::TrailingBytes])
    );
}

#[test]
fn inner_damage_is_found_at_its_place() {
    let parse = |kind: u8, body: &[u8]| {
        let data = item(0, body);
        let (payloads, defects) = Message::parse_payloads(kind, 2, &data);
        assert_eq!(payloads.len(), 1);
        defects
            .iter()
            .map(|defect| (defect.kind, defect.at.offset, defect.at.len))
            .collect::<Vec<_>>()
    };
    use DefectKind::{CountMismatch, InnerLength};
    // One proposal that claims two transforms; one whose "last" mark says that another follows.
    let transform = item(0, &hex("01 00 0003"));
    let proposal = |next, count| item(next, &[&[1, 1, 0, count], &transform[..]].concat());
    assert_eq!(parse(33, &proposal(0, 1)), []);
    assert_eq!(parse(33, &proposal(0, 2)), [(CountMismatch, 4, 16)]);
    assert_eq!(parse(33, &proposal(2, 1)), [(CountMismatch, 4, 1)]);
    // A proposal and an SPI that reach past their containers.
    assert_eq!(parse(33, &hex("00 00 0020 01 01 00 00")), [(InnerLength, 4, 8)]);
    assert_eq!(parse(41, &hex("03 09 000b aabb")), [(InnerLength, 8, 2)]);
    // Attributes: no room for a header, no room for the value.
    let with_attribute = |bytes: &str| item(0, &[hex("01 01 00 01"), item(0, &hex(bytes))].concat());
    assert_eq!(
        parse(33, &with_attribute("01 00 0003 80")),
        [(InnerLength, 20, 1)]
    );
    assert_eq!(
        parse(33, &with_attribute("01 00 0003 000e 0009 00")),
        [(InnerLength, 20, 5)]
    );
    // SPIs that are not as many as claimed; a selector shorter than its header; an EAP packet longer than its payload.
    assert_eq!(parse(42, &hex("03 04 0002 aabbccdd")), [(CountMismatch, 8, 4)]);
    assert_eq!(parse(44, &hex("00 000000 07 00 0002")), [(InnerLength, 8, 4)]);
    assert_eq!(parse(48, &hex("01 01 0009 01")), [(InnerLength, 4, 5)]);
}

#[test]
fn lists_are_bounded() {
    let empty = chain(&vec![(40, &[][..]); 16_000]);
    let bytes = message(0x20, 40, 34, 0, &empty);
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.payloads.len(), MAX_ITEMS);
    assert_eq!(defects(&message), [DefectKind::TooMany]);

    // Half a million proposals, none of them with room for its fixed part.
    let flood = vec![0; 65_000];
    let data = item(0, &flood);
    let (payloads, defects) = Message::parse_payloads(33, 2, &data);
    assert_eq!((payloads.len(), defects.len()), (1, 1));
}

#[test]
fn a_cut_message_keeps_what_was_captured() {
    let bytes = ike_sa_init();
    // In the middle of the third transform.
    let message = Message::parse(&bytes[..64]).unwrap();
    assert_eq!(defects(&message), [DefectKind::CutByCapture]);
    let Body::SecurityAssociation { proposals, .. } = &message.payloads[0].body else {
        panic!()
    };
    let read: Vec<_> = proposals[0].transforms.iter().map(|t| (t.kind, t.id)).collect();
    assert_eq!(read, [(1, 12), (2, 5)]);
    assert_eq!(message.payloads[0].span, Span::new(28, 36));
    assert_eq!(message.captured, 64);
}

/// Bytes that look like messages often enough to be read deeply.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![Just(1u8), Just(33), 0u8..60, Just(132), any::<u8>()];
    let version = prop_oneof![Just(0x10u8), Just(0x20), any::<u8>()];
    let body = prop::collection::vec(prop_oneof![0u8..60, any::<u8>()], 0..200);
    (first, version, any::<u8>(), body)
        .prop_map(|(first, version, flags, body)| message(version, first, 34, flags, &body))
}

/// A sound message with some bytes changed.
fn damaged_message() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec(
        (any::<prop::sample::Index>(), prop_oneof![0u8..8, any::<u8>()]),
        0..6,
    );
    (any::<bool>(), changes).prop_map(|(v1, changes)| {
        let mut bytes = if v1 { main_mode_1() } else { ike_sa_init() };
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes
    })
}

/// Every span that a message holds, outer ones before inner ones.
fn spans(message: &Message<'_>) -> Vec<Span> {
    let inner = |payload: &Payload<'_>| match &payload.body {
        Body::SecurityAssociation { proposals, .. } => proposals
            .iter()
            .flat_map(|proposal| {
                let transforms = proposal.transforms.iter();
                let deeper =
                    transforms.flat_map(|t| [t.span].into_iter().chain(t.attributes().map(|a| a.span)));
                [proposal.span].into_iter().chain(deeper).collect::<Vec<_>>()
            })
            .collect(),
        Body::ModeConfig { attributes, .. } | Body::Configuration { attributes, .. } => {
            attributes.iter().map(|attribute| attribute.span).collect()
        }
        Body::Notify { kind_span, .. } => vec![*kind_span],
        _ => vec![],
    };
    let payloads = message
        .payloads
        .iter()
        .flat_map(|payload| [vec![payload.span], inner(payload)].concat());
    payloads
        .chain(message.defects.iter().map(|defect| defect.at))
        .collect()
}

fn check_laws(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Some(whole) = Message::parse(bytes) else {
        prop_assert!(bytes.len() < 28);
        return Ok(());
    };
    for span in spans(&whole) {
        prop_assert!(
            span.offset as usize + span.len as usize <= bytes.len(),
            "{span:?} of {}",
            bytes.len()
        );
    }
    prop_assert!(whole.defects.is_sorted_by_key(|defect| defect.at.offset));
    let all = kinds(&whole);
    for cut in (28..bytes.len()).step_by(3) {
        let part = kinds(&Message::parse(&bytes[..cut]).unwrap());
        prop_assert!(all.starts_with(&part), "cut at {cut}: {part:?} of {all:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        check_laws(&bytes)?;
    }

    #[test]
    fn laws_hold_for_what_looks_like_a_message(bytes in any_message()) {
        check_laws(&bytes)?;
    }

    #[test]
    fn laws_hold_for_damaged_messages(bytes in damaged_message()) {
        check_laws(&bytes)?;
    }

    #[test]
    fn decrypted_chains_hold_their_spans(first in any::<u8>(), major in 1u8..3, bytes in prop::collection::vec(0u8..60, 0..120)) {
        let (payloads, defects) = Message::parse_payloads(first, major, &bytes);
        for span in payloads.iter().map(|p| p.span).chain(defects.iter().map(|d| d.at)) {
            prop_assert!(span.offset as usize + span.len as usize <= bytes.len());
        }
    }
}
