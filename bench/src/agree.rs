//! Do other parsers read the same of IKEv2 messages as ours, to the last byte? The corpus, and the corpus damaged at random.
//!
//! What each parser reads of a message is brought into one form, a line for each payload, and compared:
//! * a sound message must read the same, unless the other parser is known to be wrong about something in it ([`Why`]);
//! * of a message in which ours finds a defect, all payloads that end before the first defect must read the same; the other
//!   parser may as well refuse all of it.

use crate::Row;
use ikewhy::wire::message::{Body, Message, Proposal, v2};
use ipsec_parser::{IkeV2PayloadContent as Content, parse_ikev2_message};
use sawp::parser::{Direction, Parse};
use sawp_ike::payloads::{Address, Attribute, PayloadData};
use sawp_ike::{Ike, Message as SawpMessage};
use std::collections::BTreeMap;

/// Why another parser may read a sound message in another way: what it is known to get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// ipsec-parser takes the generic header's 4 bytes off twice in notifications with data, Vendor IDs and Deletes, finds bytes
    /// left over, and refuses the message.
    HeaderTwice,
    /// sawp-ike takes four zero bytes in front for a non-ESP marker, also where they are the SPI's (RFC 7296 3.1 forbids none
    /// but the zero SPI).
    ZeroesInSpi,
    /// sawp-ike wants a type of EAP Success and Failure, which have none (RFC 3748 4.2).
    EapWithoutType,
    /// The other parser knows only address ranges among traffic selectors (RFC 4595 and RFC 9370 add others).
    OtherSelector,
    /// sawp-ike drops the number of a type of transform that it has no name for.
    TransformTypeLost,
    /// sawp-ike knows no identification of a group (IDg, 50, IANA ikev2-parameters) and leaves its bytes unread.
    GroupUnread,
    /// sawp-ike refuses minor versions or exchange types it does not know; RFC 7296 2.5 says to ignore a higher minor version.
    UnknownHeader,
    /// No payloads at all: ipsec-parser's list then holds none either, but a payload of type 0 where bytes follow.
    NoPayload,
}

/// What one parser says: a line for each payload, or nothing if it refuses the message.
type Reading = Option<Vec<String>>;

fn value(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn suite<'a>(
    number: u8,
    protocol: u8,
    spi: &[u8],
    transforms: impl Iterator<Item = (u8, u16, Vec<(u16, &'a [u8])>)>,
) -> String {
    let transforms = transforms.map(|(kind, id, attributes)| {
        let attributes = attributes
            .iter()
            .map(|(kind, of)| format!(" {kind}={}", value(of)));
        format!(" ({kind} {id}{})", attributes.collect::<String>())
    });
    format!(
        " [{number} {protocol} {}{}]",
        value(spi),
        transforms.collect::<String>()
    )
}

/// A line for each payload, and where it ends.
type Lines = Vec<(String, u32)>;

/// Ours, and the place of the first defect.
fn ours(bytes: &[u8]) -> Option<(Lines, Option<u32>)> {
    let message = Message::parse(bytes)?;
    let first_defect = message.defects.iter().map(|defect| defect.at.offset).min();
    let line = |p: &ikewhy::wire::message::Payload<'_>| {
        let rest = bytes.get(p.span.offset as usize + 4..(p.span.offset + p.span.len) as usize);
        let rest = rest.unwrap_or_default();
        let said = match &p.body {
            Body::SecurityAssociation { proposals, .. } => {
                let suites = proposals.iter().map(|s| {
                    let transforms = s
                        .transforms
                        .iter()
                        .map(|t| (t.kind, t.id, t.attributes().map(|a| (a.kind, a.value)).collect()));
                    suite(s.number, s.protocol, s.spi, transforms)
                });
                suites.collect()
            }
            Body::KeyExchange { group, data } => format!("{} {}", group.unwrap_or(0), value(data)),
            Body::Identification { kind, data, .. } => format!("{kind} {}", value(data)),
            Body::Certificate { encoding, data } => format!("{encoding} {}", value(data)),
            Body::CertificateRequest { encoding, authority } => format!("{encoding} {}", value(authority)),
            Body::Authentication { method, data } => format!("{method} {}", value(data)),
            Body::Notify {
                protocol,
                spi,
                kind,
                data,
                ..
            } => {
                format!("{protocol} {} {kind} {}", value(spi), value(data))
            }
            Body::Delete {
                protocol,
                spi_size,
                count,
                spis,
                ..
            } => {
                format!("{protocol} {spi_size} {count} {}", value(spis))
            }
            Body::TrafficSelectors(selectors) => {
                let lines = selectors.iter().map(|s| {
                    let (first, last) = (value(s.start), value(s.end));
                    format!(
                        "[{} {} {} {} {first} {last}]",
                        s.kind, s.protocol, s.start_port, s.end_port
                    )
                });
                lines.collect()
            }
            // All others hold their bytes as they are; lengths and what else is told of them is compared by these.
            _ => value(rest),
        };
        (format!("{} {said}", p.kind), p.span.offset + p.span.len)
    };
    Some((message.payloads.iter().map(line).collect(), first_defect))
}

/// The attributes of a transform, which ipsec-parser leaves as bytes.
fn attributes(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut list = Vec::new();
    while let [a, b, c, d, rest @ ..] = bytes {
        let (kind, word) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
        let (value, after) = if kind & 0x8000 != 0 {
            (&bytes[2..4], rest)
        } else {
            rest.split_at(usize::from(word).min(rest.len()))
        };
        list.push((kind & 0x7FFF, value));
        bytes = after;
    }
    list
}

fn ipsec(bytes: &[u8]) -> Reading {
    let (_, (header, payloads)) = parse_ikev2_message(bytes).ok()?;
    let payloads = payloads.ok()?;
    let mut kind = header.next_payload.0;
    // The first of the list is a dummy.
    let lines = payloads.iter().skip(1).map(|p| {
        let said = match &p.content {
            Content::SA(proposals) => {
                let suites = proposals.iter().map(|s| {
                    let transforms = s.transforms.iter().map(|t| {
                        (
                            t.transform_type.0,
                            t.transform_id,
                            attributes(t.attributes.unwrap_or(&[])),
                        )
                    });
                    suite(s.proposal_num, s.protocol_id.0, s.spi.unwrap_or(&[]), transforms)
                });
                suites.collect()
            }
            Content::KE(x) => format!("{} {}", x.dh_group.0, value(x.kex_data)),
            Content::IDi(x) | Content::IDr(x) => format!("{} {}", x.id_type.0, value(x.ident_data)),
            Content::Certificate(x) => format!("{} {}", x.cert_encoding.0, value(x.cert_data)),
            Content::CertificateRequest(x) => format!("{} {}", x.cert_encoding.0, value(x.ca_data)),
            Content::Authentication(x) => format!("{} {}", x.auth_method.0, value(x.auth_data)),
            Content::Nonce(x) => value(x.nonce_data),
            Content::Notify(x) => format!(
                "{} {} {} {}",
                x.protocol_id.0,
                value(x.spi.unwrap_or(&[])),
                x.notify_type.0,
                value(x.notify_data.unwrap_or(&[]))
            ),
            Content::Delete(x) => {
                format!(
                    "{} {} {} {}",
                    x.protocol_id.0,
                    x.spi_size,
                    x.num_spi,
                    value(x.spi)
                )
            }
            Content::VendorID(x) => value(x.vendor_id),
            Content::TSi(x) | Content::TSr(x) => {
                let lines = x.ts.iter().map(|s| {
                    let (first, last) = (value(s.start_addr), value(s.end_addr));
                    format!(
                        "[{} {} {} {} {first} {last}]",
                        s.ts_type.0, s.ip_proto_id, s.start_port, s.end_port
                    )
                });
                lines.collect()
            }
            Content::Encrypted(x) => value(x.0),
            Content::Unknown(x) => value(x),
            Content::Dummy => String::new(),
        };
        let line = format!("{kind} {said}");
        kind = p.hdr.next_payload_type.0;
        line
    });
    Some(lines.collect())
}

fn sawp_attributes(list: &[Attribute]) -> Vec<(u16, &[u8])> {
    list.iter().map(|a| (a.att_type, &*a.att_value)).collect()
}

fn sawp(bytes: &[u8]) -> Reading {
    let SawpMessage::Ike(read) = Ike::default().parse(bytes, Direction::Unknown).ok()?.1? else {
        return None;
    };
    // Numbers it has no name for are lost on the way: taken from the bytes.
    let (mut kind, mut at) = (*bytes.get(16)?, 28);
    let mut lines = Vec::new();
    for p in &read.payloads {
        let end = at + usize::from(p.payload_length);
        let raw = value(bytes.get(at + 4..end).unwrap_or_default());
        let said = match &p.data {
            PayloadData::SecurityAssociation(proposals) => {
                let suites = proposals.iter().map(|s| {
                    let transforms = s.transforms.iter().map(|t| {
                        (
                            t.transform_type as u8,
                            t.transform_id,
                            sawp_attributes(&t.attributes),
                        )
                    });
                    suite(s.proposal_num, s.protocol_id, &s.spi, transforms)
                });
                suites.collect()
            }
            PayloadData::KeyExchange {
                diffie_hellman_group_num,
                key_exchange_data,
                ..
            } => {
                format!("{diffie_hellman_group_num} {}", value(key_exchange_data))
            }
            PayloadData::IdentificationInit(x) | PayloadData::IdentificationResp(x) => {
                format!("{} {}", x.id_type, value(&x.identification_data))
            }
            PayloadData::Certificate(x) => format!("{} {}", x.cert_encoding, value(&x.certificate_data)),
            PayloadData::CertificateRequest(x) => {
                format!("{} {}", x.cert_encoding, value(&x.certification_authority))
            }
            PayloadData::Authentication {
                auth_method,
                authentication_data,
                ..
            } => {
                format!("{auth_method} {}", value(authentication_data))
            }
            PayloadData::Notify {
                protocol_id,
                notify_message_type,
                spi,
                notification_data,
                ..
            } => {
                format!(
                    "{protocol_id} {} {notify_message_type} {}",
                    value(spi),
                    value(notification_data)
                )
            }
            PayloadData::Delete {
                protocol_id,
                spi_size,
                num_spi,
                spis,
            } => {
                format!("{protocol_id} {spi_size} {num_spi} {}", value(&spis.concat()))
            }
            PayloadData::TrafficSelectorInitiator(x) | PayloadData::TrafficSelectorResponder(x) => {
                let lines = x.traffic_selectors.iter().map(|s| {
                    let (from, to, first, last) = match &s.address {
                        Address::Ipv4(a) => (
                            a.start_port,
                            a.end_port,
                            value(&a.starting_address.octets()),
                            value(&a.ending_address.octets()),
                        ),
                        Address::Ipv6(a) => (
                            a.start_port,
                            a.end_port,
                            value(&a.starting_address.octets()),
                            value(&a.ending_address.octets()),
                        ),
                        _ => (0, 0, String::new(), String::new()),
                    };
                    format!("[{} {} {from} {to} {first} {last}]", s.ts_type, s.ip_protocol_id)
                });
                lines.collect()
            }
            PayloadData::Nonce(x)
            | PayloadData::VendorId(x)
            | PayloadData::EncryptedAndAuthenticated(x)
            | PayloadData::Unknown(x) => value(x),
            _ => raw,
        };
        lines.push(format!("{kind} {said}"));
        kind = *bytes.get(at)?;
        at = end;
    }
    Some(lines)
}

/// It has a transform beyond the last type that sawp-ike names, ADDKE7 (12).
fn unnamed_transform(proposal: &Proposal<'_>) -> bool {
    proposal.transforms.iter().any(|t| t.kind > 12)
}

/// What another parser is known to get wrong about this message, if anything.
fn excuse(who: Who, bytes: &[u8]) -> Option<Why> {
    let message = Message::parse(bytes)?;
    let has = |test: &dyn Fn(&Body<'_>) -> bool| message.payloads.iter().any(|p| test(&p.body));
    let other_selector = has(
        &|body| matches!(body, Body::TrafficSelectors(list) if list.is_empty() || list.iter().any(|s| !matches!(s.kind, 7 | 8))),
    );
    match who {
        Who::Ipsec => {
            let twice = |body: &Body<'_>| match body {
                Body::Notify { data, .. } => !data.is_empty(),
                Body::VendorId(_) | Body::Delete { .. } => true,
                _ => false,
            };
            if has(&twice) {
                Some(Why::HeaderTwice)
            } else if other_selector {
                Some(Why::OtherSelector)
            } else {
                message.payloads.is_empty().then_some(Why::NoPayload)
            }
        }
        Who::Sawp => {
            if bytes.starts_with(&[0; 4]) {
                Some(Why::ZeroesInSpi)
            } else if has(&|body| matches!(body, Body::Eap { kind: None, .. })) {
                Some(Why::EapWithoutType)
            } else if other_selector {
                Some(Why::OtherSelector)
            } else if has(
                &|body| matches!(body, Body::SecurityAssociation { proposals, .. } if proposals.iter().any(unnamed_transform)),
            ) {
                Some(Why::TransformTypeLost)
            } else if message.payloads.iter().any(|p| p.kind == v2::ID_G) {
                Some(Why::GroupUnread)
            } else {
                (message.header.minor != 0).then_some(Why::UnknownHeader)
            }
        }
    }
}

/// The other parser.
#[derive(Clone, Copy)]
enum Who {
    Ipsec,
    Sawp,
}

impl Who {
    fn read(self, bytes: &[u8]) -> Reading {
        match self {
            Self::Ipsec => ipsec(bytes),
            Self::Sawp => sawp(bytes),
        }
    }
}

/// How two readings of one message compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Same,
    /// Both find fault, or the same was read up to our first defect.
    BothSeeTheDefect,
    Explained(Why),
    Unexplained,
}

fn compare(who: Who, bytes: &[u8]) -> Outcome {
    let Some((own, first_defect)) = ours(bytes) else {
        return Outcome::Same;
    };
    let theirs = who.read(bytes);
    let excused = || excuse(who, bytes).map_or(Outcome::Unexplained, Outcome::Explained);
    match (theirs, first_defect) {
        (None, Some(_)) => Outcome::BothSeeTheDefect,
        (None, None) => excused(),
        (Some(theirs), None) => {
            let same = own.iter().map(|(line, _)| line).eq(theirs.iter());
            if same { Outcome::Same } else { excused() }
        }
        (Some(theirs), Some(defect)) => {
            let sound = own.iter().take_while(|(_, end)| *end <= defect);
            let same = sound.zip(&theirs).all(|((line, _), other)| line == other);
            if same {
                Outcome::BothSeeTheDefect
            } else {
                excused()
            }
        }
    }
}

/// Both parsers read all of a message as we do, so that their times can be compared.
pub(crate) fn alike(bytes: &[u8]) -> (bool, bool) {
    let same = |who| compare(who, bytes) == Outcome::Same && who.read(bytes).is_some();
    (same(Who::Ipsec), same(Who::Sawp))
}

/// Copies of a message with a byte, a length or the end changed; the same ones every time.
fn damaged(bytes: &[u8], seed: &mut u64, copies: usize) -> Vec<Vec<u8>> {
    let mut random = |below: usize| {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        (*seed % below as u64) as usize
    };
    let mut all = Vec::new();
    for _ in 0..copies {
        let mut copy = bytes.to_vec();
        match random(3) {
            // Anywhere behind the version.
            0 => {
                let at = 18 + random(copy.len() - 18);
                copy[at] = random(256) as u8;
            }
            // A small number in the head of the first payloads: lengths, counts, types.
            1 => {
                let at = 28 + random((copy.len() - 28).clamp(1, 64));
                if let Some(byte) = copy.get_mut(at) {
                    *byte = random(64) as u8;
                }
            }
            _ => {
                let len = 28 + random(copy.len() - 27);
                copy.truncate(len);
                copy[24..28].copy_from_slice(&(len as u32).to_be_bytes());
            }
        }
        all.push(copy);
    }
    all
}

/// The rows of a table: for each of the two how many messages read the same, and why others don't.
pub(crate) fn rows(messages: &[Vec<u8>]) -> Vec<Row> {
    let mut seed = 0x2545_F491_4F6C_DD1D;
    let mutants: Vec<_> = messages.iter().flat_map(|m| damaged(m, &mut seed, 20)).collect();
    let mut rows = Vec::new();
    for (who, name) in [(Who::Ipsec, "ipsec-parser"), (Who::Sawp, "sawp-ike")] {
        for (set, of) in [(messages, "of the corpus"), (&mutants[..], "damaged at random")] {
            let mut counts: BTreeMap<Outcome, u32> = BTreeMap::new();
            for message in set {
                let outcome = compare(who, message);
                let count = counts.entry(outcome).or_default();
                *count += 1;
                if outcome == Outcome::Unexplained && *count <= 3 && std::env::var_os("SHOW").is_some() {
                    eprintln!(
                        "{name}: {}\n ours {:?}\n theirs {:?}",
                        value(message),
                        ours(message),
                        who.read(message)
                    );
                }
            }
            let same = counts.remove(&Outcome::Same).unwrap_or(0);
            let both = counts.remove(&Outcome::BothSeeTheDefect).unwrap_or(0);
            let unexplained = counts.remove(&Outcome::Unexplained).unwrap_or(0);
            let reasons: Vec<String> = counts
                .iter()
                .map(|(outcome, count)| match outcome {
                    Outcome::Explained(why) => format!("{why:?} {count}"),
                    _ => String::new(),
                })
                .collect();
            rows.push(Row::most(
                format!(
                    "{name}, {} messages {of}: {same} read the same, {both} with a defect that we report; its own faults: {}; unexplained",
                    set.len(),
                    if reasons.is_empty() { "none".to_owned() } else { reasons.join(", ") }
                ),
                f64::from(unexplained),
                0.0,
                "",
            ));
        }
    }
    rows
}
