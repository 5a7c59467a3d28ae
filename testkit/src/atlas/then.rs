//! What comes after an exchange was cut.

use super::build::{again, back, carrying, hop_limit, icmp, nobodys};
use super::exchange::{BETWEEN, Cut, Exchange, Message, kind};
use crate::packets::{item, payloads};
use crate::pcap::Frame;
use ikewhy::wire::message::{Body, Message as Parsed};
use std::fmt;

const SECOND: i64 = 1_000_000_000;
/// An answer comes so soon.
const SOON: i64 = SECOND / 50;
/// Another host is heard again after so long: longer than any stack waits between two copies.
const LATER: i64 = 90 * SECOND;

/// When copies are sent, in milliseconds after the first.
/// strongSwan: retransmit_timeout 4.0, retransmit_base 1.8, retransmit_tries 5 (sa/task_manager.h).
const SLOW: [i64; 5] = [4_000, 11_200, 24_160, 47_488, 89_478];
/// Libreswan: retransmit-interval 500 ms, doubling, for 60 s (pluto_constants.h).
const FAST: [i64; 6] = [500, 1_500, 3_500, 7_500, 15_500, 31_500];

/// Error types of IKEv1 (RFC 2408 3.14.1); 26 and 27 are none.
const V1_ERRORS: std::ops::RangeInclusive<u16> = 1..=30;
const V1_NO_ERRORS: [u16; 2] = [26, 27];
/// Error types of IKEv2 (IANA ikev2-parameters, below 16384).
const V2_ERRORS: [u16; 23] = [
    1, 4, 5, 7, 9, 11, 14, 17, 24, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
];
/// The one with data that matters: the group that is wanted instead (RFC 7296 1.2).
const INVALID_KE: u16 = 17;
/// Of these it is enough to hear from exchanges that do not stand for all errors.
const COMMON: [u16; 3] = [7, 14, 24];

/// Payload types.
const V1_NOTIFY: u8 = 11;
const V1_HASH: u8 = 8;
const NOTIFY: u8 = 41;
const DELETE: u8 = 42;
const ENCRYPTED: u8 = 46;

/// What comes after the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The capture ends there.
    End,
    /// Nobody of the two is heard again; another host is, later.
    Silence,
    /// The sender of the last message repeats it as strongSwan would, or (true) as Libreswan would.
    Repeated(bool),
    /// The message before is repeated, and each time answered.
    BothRepeated,
    /// The other side answers in clear with this error.
    Error(u16),
    /// The other side answers with an encrypted error: a notification with so many bytes of data.
    Sealed(usize),
    /// This side (the initiator's, if true) deletes the SA.
    Delete(bool),
    /// The initiator tells of an error, encrypted, in an exchange of its own.
    Complaint,
    /// Each copy of the last message is answered by ICMP: there is no such port, no such host, a filter rejects it.
    Icmp(Unreachable),
}

/// What an ICMP error says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// Nobody listens.
    Port,
    /// The host is not there, says a router.
    Host,
    /// A filter rejects it.
    Filtered,
}

impl fmt::Display for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Then::End => f.write_str("end"),
            Then::Silence => f.write_str("silence"),
            Then::Repeated(false) => f.write_str("repeated"),
            Then::Repeated(true) => f.write_str("repeated-fast"),
            Then::BothRepeated => f.write_str("both-repeated"),
            Then::Error(kind) => write!(f, "error-{kind}"),
            Then::Sealed(data) => write!(f, "sealed-{data}"),
            Then::Delete(true) => f.write_str("delete-initiator"),
            Then::Delete(false) => f.write_str("delete-responder"),
            Then::Complaint => f.write_str("complaint"),
            Then::Icmp(Unreachable::Port) => f.write_str("icmp-port"),
            Then::Icmp(Unreachable::Host) => f.write_str("icmp-host"),
            Then::Icmp(Unreachable::Filtered) => f.write_str("icmp-filtered"),
        }
    }
}

/// Its sender repeats this message when no answer comes. A response of IKEv2 is never sent unasked (RFC 7296 2.1), and who has sent
/// the last message of an exchange of IKEv1 waits for nothing.
fn is_repeated(message: &Message) -> bool {
    if message.header.major == 2 {
        return message.is_request();
    }
    let last = ["main-6", "aggressive-3", "quick-3", "transaction-response"];
    !message.step.starts_with("notice") && !last.iter().any(|last| message.step.ends_with(last))
}

/// It answers the message before it, and is sent again whenever that comes again.
fn is_answer(exchange: &Exchange, index: usize) -> bool {
    let message = &exchange.messages[index];
    let Some(before) = index.checked_sub(1).map(|before| &exchange.messages[before]) else {
        return false;
    };
    if message.header.major == 2 {
        return !message.is_request();
    }
    let answers = [
        "main-2",
        "main-4",
        "main-6",
        "aggressive-2",
        "quick-2",
        "transaction-response",
    ];
    before.from_client != message.from_client && answers.iter().any(|answer| message.step.ends_with(answer))
}

/// Keys were proven to be the same, or one side may believe so: what is deleted is an SA.
fn is_up(step: &str) -> bool {
    let up = [
        "main-6",
        "aggressive-3",
        "transaction",
        "quick",
        "auth-response",
        "child",
        "info",
        "traffic",
    ];
    up.iter().any(|part| step.contains(part))
}

impl Then {
    /// All that can come after a cut; of clear errors each type, or the common ones.
    #[must_use]
    pub fn all(exchange: &Exchange, cut: &Cut, errors: bool) -> Vec<Self> {
        let message = &exchange.messages[cut.message];
        let (step, v1) = (cut.step.as_str(), message.header.major == 1);
        let mut all = vec![Self::End, Self::Silence];
        if step == "traffic" {
            all.extend([Self::Delete(true), Self::Delete(false)]);
            return all;
        }
        if is_repeated(message) {
            all.extend([Self::Repeated(false), Self::Repeated(true)]);
        }
        if is_answer(exchange, cut.message) {
            all.push(Self::BothRepeated);
        }
        // Who is told of an error waits for an answer.
        let kinds: Vec<u16> = if !is_repeated(message) {
            Vec::new()
        } else if v1 {
            V1_ERRORS.filter(|kind| !V1_NO_ERRORS.contains(kind)).collect()
        } else {
            V2_ERRORS.to_vec()
        };
        // What an error says does not depend on where it is seen.
        let wanted = |kind: &u16| exchange.side != BETWEEN && (errors || COMMON.contains(kind));
        let told = kinds.into_iter().filter(wanted);
        all.extend(told.map(Self::Error));
        let refusable = [
            "main-5",
            "aggressive-3",
            "quick-1",
            "auth-request",
            "child-request",
        ];
        if refusable.iter().any(|part| step.ends_with(part))
            || (step.starts_with("round") && message.is_request())
        {
            // Bare; with the two bytes of INVALID_KE_PAYLOAD (IKEv2) or the cookies of the SA (IKEv1); with a reason in some more.
            all.extend([0, if v1 { 16 } else { 2 }, 24, 40].map(Self::Sealed));
        }
        if is_up(step) {
            all.extend([Self::Delete(true), Self::Delete(false)]);
        }
        if !v1 && (step == "auth-response" || step == "round-1-response") {
            all.push(Self::Complaint);
        }
        all.push(Self::Icmp(Unreachable::Port));
        // A router's error goes back to the sender; the receiver never sees it.
        if message.from_client == (exchange.side == "client") {
            all.extend([Unreachable::Host, Unreachable::Filtered].map(Self::Icmp));
        }
        all
    }

    /// The frames that come.
    pub(super) fn frames(self, exchange: &Exchange, cut: &Cut) -> Vec<Frame> {
        let message = &exchange.messages[cut.message];
        let last: Vec<&Frame> = frames_of(exchange, cut.message);
        let now = exchange.frames[cut.end - 1].time;
        let soon = now + SOON;
        let whole = |times: &[i64], frames: &[&Frame]| {
            let copies = times.iter().flat_map(|time| {
                let copies = frames.iter().map(|frame| again(frame, now + time * 1_000_000));
                copies.collect::<Vec<_>>()
            });
            copies.collect::<Vec<_>>()
        };
        // A frame of one side on the way that the last message took.
        let way = |from_client: bool| {
            if message.from_client == from_client {
                return last[0].clone();
            }
            let limit = exchange.sent_by(from_client).map_or(64, hop_limit);
            back(last[0], limit)
        };
        match self {
            Self::End => Vec::new(),
            Self::Silence => vec![nobodys(now + LATER)],
            Self::Repeated(fast) => whole(if fast { &FAST } else { &SLOW }, &last),
            Self::BothRepeated => {
                let mut copies = Vec::new();
                for time in SLOW {
                    let at = now + time * 1_000_000;
                    let asked = frames_of(exchange, cut.message - 1);
                    copies.extend(asked.into_iter().map(|frame| again(frame, at)));
                    copies.extend(last.iter().map(|frame| again(frame, at + SOON)));
                }
                copies
            }
            Self::Error(kind) => vec![carrying(
                &way(!message.from_client),
                &clear_error(message, kind),
                soon,
            )],
            Self::Sealed(data) => {
                vec![carrying(
                    &way(!message.from_client),
                    &sealed_error(exchange, message, data),
                    soon,
                )]
            }
            Self::Delete(initiator) => {
                let first = if message.header.major == 1 {
                    V1_HASH
                } else {
                    DELETE
                };
                told(exchange, cut, initiator, first, &way, soon)
            }
            Self::Complaint => told(exchange, cut, true, NOTIFY, &way, soon),
            Self::Icmp(why) => {
                let (from_router, code) = match why {
                    // RFC 792, RFC 1812 5.2.7.1; RFC 4443 3.1.
                    Unreachable::Port => (false, [3, 4]),
                    Unreachable::Host => (true, [1, 3]),
                    Unreachable::Filtered => (true, [13, 1]),
                };
                let times: &[i64] = if is_repeated(message) { &SLOW[..3] } else { &[] };
                let limit = if from_router {
                    63
                } else {
                    hop_limit(&way(!message.from_client))
                };
                let about = |time: i64| icmp(last[last.len() - 1], from_router, code, limit, time);
                let mut all = vec![about(soon)];
                for time in times {
                    all.extend(whole(&[*time], &last));
                    all.push(about(now + time * 1_000_000 + SOON));
                }
                all
            }
        }
    }
}

fn frames_of(exchange: &Exchange, index: usize) -> Vec<&Frame> {
    let frames = exchange.messages[index].frames.iter();
    frames.map(|frame| &exchange.frames[*frame]).collect()
}

fn header(message: &Message, first: u8, exchange: u8, flags: u8, id: u32, body: usize) -> Vec<u8> {
    let header = &message.header;
    [
        &header.initiator_spi[..],
        &header.responder_spi,
        &[first, header.major << 4, exchange, flags],
        &id.to_be_bytes(),
        &((28 + body) as u32).to_be_bytes(),
    ]
    .concat()
}

/// RFC 2408 3.14, RFC 7296 3.10.
fn clear_error(message: &Message, kind: u16) -> Vec<u8> {
    let [high, low] = kind.to_be_bytes();
    if message.header.major == 1 {
        // DOI IPsec, protocol ISAKMP, no SPI.
        let body = payloads(&[(V1_NOTIFY, vec![0, 0, 0, 1, 1, 0, high, low])]);
        // An exchange of its own, with a message ID of its own (RFC 2408 4.8).
        let start = header(
            message,
            V1_NOTIFY,
            kind::V1_INFORMATIONAL,
            0,
            0x5EED_0001,
            body.len(),
        );
        return [start, body].concat();
    }
    let mut notify = vec![0, 0, high, low];
    if kind == INVALID_KE {
        notify.extend([0, 19]);
    }
    let body = payloads(&[(NOTIFY, notify)]);
    let id = message.header.message_id;
    let start = header(
        message,
        NOTIFY,
        message.header.exchange,
        answer_flags(message),
        id,
        body.len(),
    );
    [start, body].concat()
}

/// The flags of an answer to a request: RESPONSE, and who began the IKE SA (RFC 7296 3.1).
fn answer_flags(message: &Message) -> u8 {
    0x20 | (!message.header.flags & 0x08)
}

/// An encrypted error in answer to a message.
fn sealed_error(exchange: &Exchange, message: &Message, data: usize) -> Vec<u8> {
    if message.header.major == 1 {
        let content = sealed_v1(exchange, 12 + if data == 0 { 4 } else { data });
        let start = header(
            message,
            V1_HASH,
            kind::V1_INFORMATIONAL,
            1,
            0x5EED_0002,
            content.len(),
        );
        return [start, content].concat();
    }
    let content = sealed_v2(exchange, 8 + data, NOTIFY);
    let id = message.header.message_id;
    let start = header(
        message,
        ENCRYPTED,
        message.header.exchange,
        answer_flags(message),
        id,
        content.len(),
    );
    [start, content].concat()
}

/// A deletion or a notification in an exchange of its own; in IKEv2 it is answered.
fn told(
    exchange: &Exchange,
    cut: &Cut,
    initiator: bool,
    first: u8,
    way: &dyn Fn(bool) -> Frame,
    time: i64,
) -> Vec<Frame> {
    let message = &exchange.messages[cut.message];
    if message.header.major == 1 {
        // Of the ISAKMP SA: both cookies (RFC 2408 3.15).
        let content = sealed_v1(exchange, 12 + 16);
        let start = header(
            message,
            first,
            kind::V1_INFORMATIONAL,
            1,
            0x5EED_0003,
            content.len(),
        );
        return vec![carrying(&way(initiator), &[start, content].concat(), time)];
    }
    // Each side counts its own requests (RFC 7296 2.2).
    let requests = exchange.messages[..=cut.message].iter();
    let requests = requests.filter(|earlier| earlier.is_request() && earlier.from_client == initiator);
    let id = requests
        .map(|earlier| earlier.header.message_id + 1)
        .max()
        .unwrap_or(0);
    let flags = if initiator { 0x08 } else { 0 };
    let content = sealed_v2(exchange, 8, first);
    let request = header(message, ENCRYPTED, kind::INFORMATIONAL, flags, id, content.len());
    let empty = sealed_v2(exchange, 0, 0);
    let answer = header(
        message,
        ENCRYPTED,
        kind::INFORMATIONAL,
        0x28 ^ flags,
        id,
        empty.len(),
    );
    vec![
        carrying(&way(initiator), &[request, content].concat(), time),
        carrying(&way(!initiator), &[answer, empty].concat(), time + SOON),
    ]
}

/// A hash and a payload of so many bytes, encrypted by a cipher with blocks of 16 bytes (RFC 2409 5.7).
fn sealed_v1(exchange: &Exchange, payload: usize) -> Vec<u8> {
    // The hash of the second message's choice: its attribute 2 (RFC 2409 appendix A), of these bytes each.
    let hash = chosen(exchange, 2).map_or(20, |hash| match hash {
        1 => 16,
        4 => 32,
        5 => 48,
        6 => 64,
        _ => 20,
    });
    noise((4 + hash + payload).next_multiple_of(16))
}

/// An Encrypted payload (RFC 7296 3.14) around payloads of so many bytes.
fn sealed_v2(exchange: &Exchange, inner: usize, first: u8) -> Vec<u8> {
    // IANA ikev2-parameters: AES-GCM with 16 bytes of ICV; the integrity algorithms 2, 12, 13, 14.
    let content = if chosen(exchange, 1) == Some(20) {
        8 + inner + 1 + 16
    } else {
        let check = match chosen(exchange, 3) {
            Some(12) => 16,
            Some(13) => 24,
            Some(14) => 32,
            _ => 12,
        };
        16 + (inner + 1).next_multiple_of(16) + check
    };
    item(first, &noise(content))
}

/// What the responder chose: an attribute of IKEv1's phase 1, or a transform of IKEv2, by type.
fn chosen(exchange: &Exchange, wanted: u8) -> Option<u16> {
    let answers = exchange.messages.iter().filter(|message| !message.from_client);
    answers
        .filter_map(|answer| choice(&exchange.frames[answer.frames[0]], wanted))
        .next()
}

fn choice(frame: &Frame, wanted: u8) -> Option<u16> {
    let captured = ikewhy::wire::frame::Frame {
        link_type: frame.link_type,
        data: &frame.data,
        ip_hint: None,
        known_ike: false,
    };
    let ikewhy::wire::frame::Content::Ike { message, .. } = captured.datagram()?.content else {
        return None;
    };
    let parsed = Parsed::parse(message)?;
    let proposals = parsed.payloads.iter().find_map(|payload| match &payload.body {
        Body::SecurityAssociation { proposals, .. } => Some(proposals),
        _ => None,
    })?;
    let transforms = &proposals.first()?.transforms;
    if parsed.header.major == 2 {
        let transform = transforms.iter().find(|transform| transform.kind == wanted)?;
        return Some(transform.id);
    }
    let mut attributes = transforms.first()?.attributes();
    let attribute = attributes.find(|attribute| attribute.kind == u16::from(wanted))?;
    Some(u16::from_be_bytes(attribute.value.try_into().ok()?))
}

/// Bytes that look encrypted, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let next = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    });
    next.take(length).collect()
}
