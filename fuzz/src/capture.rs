//! A capture: a pcap file as tcpdump writes it, so that every input can be opened in Wireshark, and every capture is a seed.
//!
//! Two things that pcap does not know: a record whose length on the wire is [`MADE`] and more is no frame, but bytes that
//! the host made of the frame before (decrypted, reassembled; the last byte says which); and the time zone in the
//! file's header holds what the host claims of all frames (see [`Claims`]).

use crate::sound;
use ikewhy::report::field::FieldId;
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::rules::RULES;
use ikewhy::session::{Derived, DerivedKind, Options, Packet, Pass, Session};
use ikewhy::wire::frame::{Content, Frame};
use ikewhy::wire::message::Message;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Lengths on the wire from here on mark bytes the host made.
pub const MADE: u32 = 0xFFFF_FF00;
/// What they may be.
const KINDS: [DerivedKind; 5] = [
    DerivedKind::DecryptedV1,
    DerivedKind::Decrypted,
    DerivedKind::ReassembledIp,
    DerivedKind::ReassembledV1,
    DerivedKind::ReassembledV2,
];
/// Bytes of the file's header, and of a record's.
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// What is left of longer captures: a session asks everything several times.
pub const MAX_RECORDS: usize = 96;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Seconds and microseconds.
    pub time: (u32, u32),
    /// Length on the wire, or [`MADE`] and the number of what was made.
    pub original_length: u32,
    /// Bytes.
    pub data: Vec<u8>,
}

/// What a host says of every frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claims {
    /// ISAKMP was found, something else was, or nothing is said.
    known_ike: Option<bool>,
    /// Where the innermost IP header is.
    ip_hint: Option<u32>,
}

impl Claims {
    fn of(word: u32) -> Self {
        Self {
            known_ike: [None, Some(true), Some(false), None][word as usize & 3],
            ip_hint: (word >> 8 != 0).then_some(word >> 8),
        }
    }
}

/// A file, as far as it is one.
#[derive(Clone, Debug)]
pub struct Capture {
    header: [u8; FILE_HEADER],
    /// LINKTYPE_ value.
    pub link_type: i32,
    pub(crate) claims: Claims,
    /// Its records.
    pub records: Vec<Record>,
}

impl Record {
    /// As a host gives it to a session, with what it made of it.
    pub(crate) fn packet<'a>(
        &'a self,
        frame: u32,
        link_type: i32,
        claims: Claims,
        derived: &'a [Derived<'a>],
    ) -> Packet<'a> {
        Packet {
            frame,
            time: i64::from(self.time.0) * 1_000_000_000 + i64::from(self.time.1) * 1000,
            interface: 0,
            link_type,
            data: &self.data,
            original_length: self.original_length,
            ip_hint: claims.ip_hint,
            known_ike: claims.known_ike,
            derived,
        }
    }

    /// Bytes the host made of the frame before.
    #[must_use]
    pub fn made(data: &[u8], kind: DerivedKind) -> Self {
        let number = KINDS.iter().position(|known| *known == kind).unwrap_or(0);
        Self {
            time: (0, 0),
            original_length: MADE + number as u32,
            data: data.to_vec(),
        }
    }

    /// An Ethernet frame with IPv4 and UDP on port 500, from 192.0.2.10 to 198.51.100.20 or back.
    #[must_use]
    pub fn udp(forth: bool, payload: &[u8]) -> Self {
        let length = (payload.len() + 8) as u16;
        let (one, other) = ([192, 0, 2, 10], [198, 51, 100, 20]);
        let (from, to) = if forth { (one, other) } else { (other, one) };
        let mut data = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
        data.extend(length.saturating_add(20).to_be_bytes());
        data.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        data.extend(from.iter().chain(&to));
        for word in [500, 500, length, 0] {
            data.extend(word.to_be_bytes());
        }
        data.extend(payload);
        Self {
            time: (0, 0),
            original_length: data.len() as u32,
            data,
        }
    }

    /// What the host made, if this is no frame.
    #[must_use]
    pub fn derived(&self) -> Option<Derived<'_>> {
        let number = self.original_length.checked_sub(MADE)? as usize;
        Some(Derived {
            kind: KINDS[number % KINDS.len()],
            data: &self.data,
        })
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..)?.first_chunk().copied()?))
}

/// Reads a file as far as it goes.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Capture> {
    let (header, mut rest) = bytes.split_first_chunk::<FILE_HEADER>()?;
    let mut records = Vec::new();
    while let (Some(seconds), Some(fraction), Some(length), Some(original_length)) =
        (word(rest, 0), word(rest, 4), word(rest, 8), word(rest, 12))
    {
        let body = &rest[RECORD_HEADER..];
        let (data, behind) = body.split_at(body.len().min(length as usize));
        records.push(Record {
            time: (seconds, fraction),
            original_length,
            data: data.to_vec(),
        });
        rest = behind;
    }
    Some(Capture {
        header: *header,
        link_type: word(header, 20)?.cast_signed(),
        claims: Claims::of(word(header, 8)?),
        records,
    })
}

/// An IKE message in an Ethernet frame. The SPIs are the same for all messages of a version.
#[must_use]
pub fn ike(request: bool, first: u8, version: u8, exchange: u8, flags: u8, id: u8, body: &[u8]) -> Record {
    let spi = [version; 8];
    let answer = if request && id == 0 { [0; 8] } else { [7; 8] };
    let length = (28 + body.len()) as u32;
    let header = [first, version, exchange, flags, 0, 0, 0, id];
    let message = [&spi[..], &answer, &header, &length.to_be_bytes(), body].concat();
    Record::udp(request, &message)
}

/// The file again.
#[must_use]
pub fn write(capture: &Capture) -> Vec<u8> {
    let mut bytes = capture.header.to_vec();
    for record in &capture.records {
        let length = record.data.len() as u32;
        for word in [record.time.0, record.time.1, length, record.original_length] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(&record.data);
    }
    bytes
}

/// All laws of a session on a capture.
pub fn check(data: &[u8]) {
    if let Some(capture) = read(data) {
        let options = Options::default();
        session(
            options,
            &capture.records,
            capture.link_type,
            None,
            Some(capture.claims),
        );
    }
}

/// Frames, each with the bytes that were made of it.
pub(crate) fn frames(records: &[Record]) -> Vec<(&Record, Vec<Derived<'_>>)> {
    let mut frames: Vec<(&Record, Vec<Derived<'_>>)> = Vec::new();
    for record in records.iter().take(MAX_RECORDS) {
        match (frames.last_mut(), record.derived()) {
            (Some((_, derived)), Some(made)) => derived.push(made),
            _ => frames.push((record, Vec::new())),
        }
    }
    frames
}

/// Asks a session everything a host may ask, in different orders; the answers must be the same and sound. `file` is a
/// peer's, and whose the user says it is.
pub fn session(
    options: Options,
    records: &[Record],
    link_type: i32,
    file: Option<(&str, Option<IpAddr>)>,
    claims: Option<Claims>,
) {
    let frames = frames(records);
    let claims = claims.unwrap_or_default();
    let begin = || {
        let mut session = Session::new(options);
        if let Some((text, owner)) = file {
            session.import("peer.conf", text, owner);
        }
        session
    };
    let push = |session: &mut Session, index: usize| {
        let (record, derived) = &frames[index];
        session.push(&record.packet(index as u32 + 1, link_type, claims, derived))
    };
    let all = 0..frames.len();

    // At once.
    let mut at_once = begin();
    let ours: Vec<bool> = all.clone().map(|index| push(&mut at_once, index)).collect();

    // As a host that shows packets as they come, each twice, and draws them.
    let mut step_by_step = begin();
    for index in all.clone() {
        let frame = index as u32 + 1;
        assert_eq!(push(&mut step_by_step, index), ours[index]);
        assert_eq!(push(&mut step_by_step, index), ours[index]);
        let items = step_by_step.items(frame, Pass::First);
        sound::tree(&items, on_wire(frames[index].0));
        assert_eq!(items, step_by_step.items(frame, Pass::First));
        assert_eq!(items.is_empty(), !ours[index]);
        sound::expert_items(
            &step_by_step.expert_items(frame, Pass::First),
            on_wire(frames[index].0),
        );
        // No finding without evidence.
        let (verdicts, evidence) = (FieldId::Verdict, FieldId::VerdictEvidence);
        assert!(sound::count(&items, verdicts) <= sound::count(&items, evidence));
    }
    for index in all.clone().rev() {
        push(&mut step_by_step, index);
        step_by_step.items(index as u32 + 1, Pass::Again);
    }

    let mut verdicts = BTreeMap::<u32, u32>::new();
    for index in all.clone() {
        let frame = index as u32 + 1;
        let items = at_once.items(frame, Pass::Again);
        sound::tree(&items, on_wire(frames[index].0));
        assert_eq!(items, step_by_step.items(frame, Pass::Again), "frame {frame}");
        let verdict = sound::verdict(&items);
        let info = at_once.info(frame, Pass::Again).unwrap_or_default();
        sound::line(&info);
        assert!(
            info.contains(verdict.unwrap_or_default()),
            "{info} without {verdict:?}"
        );
        let expert = at_once.expert_items(frame, Pass::Again);
        let raised = |items: &[ikewhy::report::item::Item]| {
            let mut experts: Vec<_> = items.iter().filter_map(|item| item.expert).collect();
            experts.sort_unstable();
            experts
        };
        assert_eq!(raised(&items), raised(&expert), "expert items of frame {frame}");
        let stream = items.iter().find_map(|item| match item.value {
            ikewhy::report::item::Value::Uint(stream) if item.field == FieldId::Stream => Some(stream),
            _ => None,
        });
        if let Some(stream) = stream {
            *verdicts.entry(stream).or_default() += u32::from(verdict.is_some());
        }
    }
    // Exactly one for each negotiation.
    assert!(verdicts.values().all(|&count| count == 1), "{verdicts:?}");

    for form in [Form::Text, Form::Markdown, Form::Html, Form::Json] {
        for redact in [false, true] {
            let wanted = Wanted {
                form,
                redact,
                ..Wanted::default()
            };
            let report = at_once.write(&wanted);
            sound::lines(&report);
            assert_eq!(report, step_by_step.write(&wanted), "{wanted:?}");
        }
    }
    let most = options.max_negotiations as usize;
    assert!(at_once.tracker().negotiations().len() <= most);
    let json = at_once.json();
    let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let negotiations = document["negotiations"].as_array().expect("a list");
    assert_eq!(negotiations.len(), verdicts.len());
    for negotiation in negotiations {
        let findings = negotiation["notes"].as_array().expect("a list");
        for finding in findings.iter().chain([&negotiation["verdict"]]) {
            let evidence = finding["evidence"].as_array().expect("a list");
            assert!(!evidence.is_empty(), "no evidence: {finding}");
            for frame in evidence {
                let frame = frame.as_u64().expect("a number");
                assert!((1..=frames.len() as u64).contains(&frame), "{finding}");
            }
            assert!(RULES.iter().any(|rule| finding["id"] == rule.id.name()));
        }
    }
}

/// Captures with a wrong length on the wire exist; what was captured is there all the same.
fn on_wire(record: &Record) -> usize {
    record.data.len().max(record.original_length as usize)
}

// ---- Mutations ------------------------------------------------------------------------------------------------------

/// A number below `end` from a stream of them (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ mixed >> 31) % end.max(1) as u64) as usize
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.roll(chances) == 0
    }
}

/// Changes a capture as networks, hosts and attackers do: packets are lost, doubled, reordered, delayed, turned round, cut,
/// mixed and changed inside. `None` where the bytes are better changed blindly. `bytes` changes bytes blindly: the first
/// so many of a slice, with room for more; it says how many there are then.
pub fn mutate(data: &[u8], seed: u32, bytes: impl Fn(&mut [u8], usize, usize) -> usize) -> Option<Vec<u8>> {
    let mut dice = Dice(seed.into());
    let mut capture = read(data)?;
    if capture.records.is_empty() || dice.one_in(16) {
        return None;
    }
    for _ in 0..=dice.roll(3) {
        let records = &mut capture.records;
        let (at, to) = (dice.roll(records.len()), dice.roll(records.len()));
        match dice.roll(14) {
            0 => records.swap(at, to),
            1 => {
                let copy = records[at].clone();
                records.insert(to, copy);
            }
            2 if records.len() > 1 => {
                records.remove(at);
            }
            3 => {
                let rest = records[at].data.len();
                records[at].data.truncate(dice.roll(rest));
            }
            4 => {
                let by = [1, 3, 10, 100, 4000, u32::MAX / 2][dice.roll(6)];
                for record in &mut records[at..] {
                    record.time.0 = record.time.0.wrapping_add(by);
                }
            }
            5 => turn(&mut records[at], capture.link_type),
            6 => {
                let other = records[to].clone();
                splice(&mut records[at], &other, capture.link_type);
            }
            7 => {
                let number = MADE + dice.roll(KINDS.len()) as u32;
                let mut copy = records[at].clone();
                if let Some((from, _)) = message(&copy, capture.link_type) {
                    // A message without its header is what a decrypted one looks like.
                    copy.data = copy.data.split_off((from + 28).min(copy.data.len()));
                }
                copy.original_length = number;
                records.insert(at + 1, copy);
            }
            8 => set_notify(&mut records[at], capture.link_type, &mut dice),
            9 => {
                let claims = [0, 1, 2, 14 << 8, 34 << 8][dice.roll(5)];
                capture.header[8..12].copy_from_slice(&u32::to_le_bytes(claims));
            }
            10 | 11 => change(&mut records[at], capture.link_type, true, &mut dice, &bytes),
            _ => change(&mut records[at], capture.link_type, false, &mut dice, &bytes),
        }
        if capture.records.len() > MAX_RECORDS {
            capture.records.truncate(MAX_RECORDS);
        }
    }
    Some(write(&capture))
}

/// Where the IKE message of a frame begins, and behind which marker.
fn message(record: &Record, link_type: i32) -> Option<(usize, usize)> {
    let frame = Frame {
        link_type,
        data: &record.data,
        ip_hint: None,
        known_ike: false,
    };
    match frame.datagram()?.content {
        Content::Ike { offset, marker, .. } => Some((offset as usize, if marker { 4 } else { 0 })),
        _ => None,
    }
}

/// Makes the lengths around an IKE message what they should be (UDP, IPv4, IKE).
fn mend(record: &mut Record, (from, marker): (usize, usize)) {
    let data = &mut record.data;
    record.original_length = data.len() as u32;
    let mut put = |at: Option<usize>, value: usize| {
        if let Some(place) = at.and_then(|at| data.get_mut(at..at + 2)) {
            place.copy_from_slice(&(value as u16).to_be_bytes());
        }
    };
    let length = (record.original_length as usize).saturating_sub(from);
    let udp = from.checked_sub(marker + 8);
    put(udp.map(|at| at + 4), length + marker + 8);
    put(
        udp.and_then(|at| at.checked_sub(20)).map(|at| at + 2),
        length + marker + 28,
    );
    put(Some(from + 26), length);
}

/// Sends a packet back: addresses and ports change places, and IKEv2's flags with them.
fn turn(record: &mut Record, link_type: i32) {
    let Some((from, marker)) = message(record, link_type) else {
        return;
    };
    let Some(addresses) = from.checked_sub(marker + 16) else {
        return;
    };
    let Some(part) = record.data.get_mut(addresses..addresses + 12) else {
        return;
    };
    part[..8].rotate_left(4);
    part[8..].rotate_left(2);
    if let Some(flags) = record.data.get_mut(from + 19) {
        *flags ^= 0x28;
    }
}

/// Puts another packet's message into this one.
fn splice(record: &mut Record, other: &Record, link_type: i32) {
    if let (Some(here), Some((there, _))) = (message(record, link_type), message(other, link_type)) {
        record.data.truncate(here.0);
        record.data.extend(&other.data[there..]);
        mend(record, here);
    }
}

/// Gives a notification another type.
fn set_notify(record: &mut Record, link_type: i32, dice: &mut Dice) {
    let Some((from, _)) = message(record, link_type) else {
        return;
    };
    let places: Vec<usize> = Message::parse(&record.data[from..]).map_or_else(Vec::new, |message| {
        let kinds = message.payloads.iter().filter_map(|payload| match payload.body {
            ikewhy::wire::message::Body::Notify { kind_span, .. } => Some(kind_span.offset as usize),
            _ => None,
        });
        kinds.collect()
    });
    if let Some(&place) = places.get(dice.roll(places.len())) {
        let base = [0, 0, 0, 8192, 16384, 24576, 36136][dice.roll(7)];
        let kind = (base + dice.roll(50)) as u16;
        if let Some(bytes) = record.data.get_mut(from + place..from + place + 2) {
            bytes.copy_from_slice(&kind.to_be_bytes());
        }
    }
}

/// Changes bytes of the message, or of the whole frame.
fn change(
    record: &mut Record,
    link_type: i32,
    whole: bool,
    dice: &mut Dice,
    bytes: &impl Fn(&mut [u8], usize, usize) -> usize,
) {
    let place = if whole { None } else { message(record, link_type) };
    let from = place.map_or(0, |(from, _)| from);
    let mut part = record.data.split_off(from);
    let (length, room) = (part.len(), part.len() + 64);
    part.resize(room, 0);
    let length = bytes(&mut part, length, room);
    part.truncate(length);
    record.data.extend(part);
    if let Some(place) = place
        && !dice.one_in(5)
    {
        mend(record, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let bytes = include_bytes!("../../captures/l2tp-psk-differs-strongswan/client.pcap");
        let capture = read(bytes).unwrap();
        assert!(capture.records.len() > 5);
        assert_eq!(write(&capture), bytes);
    }

    #[test]
    fn mutations_leave_messages_that_can_be_read() {
        let bytes = include_bytes!("../../captures/l2tp-psk-differs-strongswan/client.pcap");
        let flip = |part: &mut [u8], length: usize, _: usize| {
            if let Some(last) = part[..length].last_mut() {
                *last ^= 1;
            }
            length
        };
        let mut messages = 0;
        for seed in 0..200 {
            let Some(changed) = mutate(bytes, seed, flip) else {
                continue;
            };
            let capture = read(&changed).unwrap();
            messages += capture.records.iter().filter(|r| message(r, 1).is_some()).count();
        }
        assert!(messages > 1000, "{messages}");
    }
}
