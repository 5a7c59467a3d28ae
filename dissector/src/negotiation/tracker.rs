//! Which negotiation a datagram belongs to, and what it adds to it.
//!
//! IKE is joined by initiator SPI and peers, never by ports: they move from 500 to 4500 and NAT rewrites them. ESP and
//! ICMP errors follow by addresses, ports and SPI. Every table is bounded.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::IpAddr;
use std::num::NonZeroU8;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use thin_vec::{ThinVec, thin_vec};

use super::bounds::{Kept, Omitted, keep, keep_first_and_last};
use super::chunked::Chunked;
use super::index::{Index, Ip};
use super::knowledge::{HostId, Knowledge, Learned};
use super::lineage;
use super::links::{Link, Links};
use super::place::{MAX_FACTS, Place, Repeat, Role, Stretch, Version, exchange, notify};
use super::redact::Redact;
use super::stranger;
use super::{
    Capture, Carriage, EspFlow, Event, Fragments, Icmp, MAX_REPEATS, More, Negotiation, Notice, Peer,
    Progress, Sent, Steps, nat, offer, traffic,
};
use crate::keys;
use crate::packet::Packet;
use crate::wire::Span;
use crate::wire::frame::{Content, Datagram, FragmentHead, Frame, IcmpError, reassembled_udp};
use crate::wire::l2tp;
use crate::wire::message::{
    Body, Defect, DefectKind, Message, MessageBuffer, Proposal, Spi, V1Fragment, flags,
};
use crate::wire::vendor;

/// Copies closer than this are one packet seen twice by the capture, or doubled by the network: no stack repeats a
/// message that fast (the fastest known, Libreswan, waits 500 ms).
const DUPLICATE_WITHIN: i64 = 100_000_000;
/// How many events back a copy is looked for.
const LOOK_BACK: usize = 48;
/// The most fragments of a message that are told apart.
const MAX_FRAGMENTS: usize = 64;
/// The most negotiations between two addresses that ESP and ICMP are matched against, latest first.
const MAX_PER_PAIR: usize = 256;
/// The most IP fragment trains remembered.
const MAX_TRAINS: usize = 4096;
/// The most pairs of hosts remembered whose ESP belongs to no negotiation of the capture.
const MAX_UNCLAIMED: usize = 65_536;
/// The most damage records kept.
const MAX_DAMAGE: usize = 262_144;

/// IP protocol number of ESP.
const ESP: u8 = 50;

/// Length of the IKE header (RFC 7296 3.1).
const HEADER: usize = 28;
/// Its first part: both SPIs, next payload, version, exchange type and flags.
const HEADER_WITHOUT_LENGTH: usize = 20;

/// What a frame is to its negotiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// The first copy of a message.
    Message,
    /// A retransmission.
    Retransmission,
    /// The same packet, captured twice.
    Duplicate,
    /// A further fragment of a message (IKE or IP).
    Fragment,
    /// ESP or AH.
    Esp,
    /// ICMP error.
    Icmp,
    /// NAT keepalive.
    Keepalive,
    /// L2TP outside ESP. Its message type stands in [`FrameRecord::exchange`].
    L2tp,
    /// Something on a port of IKE that is none of it.
    Stranger,
}

impl FrameKind {
    /// IKE: a message, a copy or a part of one.
    #[must_use]
    pub fn is_message(self) -> bool {
        matches!(
            self,
            Self::Message | Self::Retransmission | Self::Duplicate | Self::Fragment
        )
    }
}

/// A frame that belongs to a negotiation.
#[derive(Clone, Copy, Debug)]
pub struct FrameRecord {
    /// Frame number.
    pub frame: u32,
    /// Index of the negotiation.
    pub stream: u32,
    /// Index of the event, for messages and their copies and fragments.
    pub event: u32,
    /// What it is.
    pub kind: FrameKind,
    /// Who sent it.
    pub from: Role,
    /// Exchange type and position, so that the step can be named when the event was let go.
    pub exchange: u8,
    /// Position in the exchange.
    pub position: u8,
}

impl FrameRecord {
    /// The record of a frame that belongs to a negotiation and is no message of it.
    fn beside(frame: u32, stream: u32, kind: FrameKind, from: Role) -> Self {
        Self {
            frame,
            stream,
            event: 0,
            kind,
            from,
            exchange: 0,
            position: 0,
        }
    }
}

/// A damaged message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Frame.
    pub frame: u32,
    /// What is wrong; its place counts from the start of the frame.
    pub defect: Defect,
}

/// What a row of the tracker's tables is about.
#[derive(Clone, Copy)]
enum Row {
    /// A negotiation, by its initiator SPI and its two addresses.
    Spi(Spi, (IpAddr, IpAddr)),
    /// The same by both its SPIs, wherever it has moved.
    Spis(Spi, Spi),
    /// All negotiations between two addresses.
    Pair((IpAddr, IpAddr)),
}

/// Each kind has a table of its own, so that the hash need not tell them apart.
impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match *self {
            Self::Spi(spi, (a, b)) => (u64::from_ne_bytes(spi), Ip(a), Ip(b)).hash(state),
            Self::Spis(i, r) => [i, r].map(u64::from_ne_bytes).hash(state),
            Self::Pair((a, b)) => (Ip(a), Ip(b)).hash(state),
        }
    }
}

impl Row {
    /// A negotiation belongs there.
    #[inline]
    fn is_of(self, n: Option<&Negotiation>) -> bool {
        let between = |n: &Negotiation, (a, b)| {
            let hosts = (n.initiator.address, n.responder.address);
            hosts == (a, b) || hosts == (b, a) || n.has_moved_between(a, b)
        };
        n.is_some_and(|n| match self {
            Self::Spi(spi, hosts) => n.initiator_spi == spi && between(n, hosts),
            Self::Spis(i, r) => n.initiator_spi == i && n.responder_spi == Some(r),
            Self::Pair(hosts) => between(n, hosts),
        })
    }
}

/// All negotiations of a capture.
#[derive(Debug, Default)]
pub struct Tracker {
    negotiations: Chunked<Negotiation>,
    knowledge: Knowledge,
    frames: Chunked<FrameRecord>,
    damage: Chunked<Damage>,
    last_frame: u32,
    newest: Option<i64>,
    max_negotiations: u32,
    omitted: Omitted,
    /// Each negotiation, by its initiator SPI and its two addresses.
    by_spi: Index<u32>,
    /// Each that was answered, by both SPIs.
    by_spis: Index<u32>,
    /// The latest negotiation between each two addresses.
    by_pair: Index<u32>,
    /// The negotiation of each ESP flow, by its sender and SPI.
    by_esp: Index<u32>,
    unclaimed: HashSet<(IpAddr, IpAddr)>,
    trains: HashMap<Train, (u32, u32)>,
    /// The same trains in the order in which they began; some may have ended.
    begun: VecDeque<Train>,
    room: MessageBuffer,
    /// By so much all times are shown later than they were.
    moved_by: i64,
    /// Of a veiled tracker: the negotiations that it shows.
    shown: Option<HashMap<u32, Negotiation>>,
}

/// So many negotiations a veiled tracker shows at once: more than are looked at beside one.
const MAX_SHOWN: usize = 4 * MAX_PER_PAIR;

/// Where the times of a redacted capture begin: with the year 2000.
const BEGIN: i64 = 946_684_800_000_000_000;

/// A packet in IP fragments: its addresses and its identification.
type Train = (IpAddr, IpAddr, u32);

/// An IKE message on its way into a negotiation.
pub(super) struct Arrival<'a, 'b> {
    pub(super) packet: &'b Packet<'b>,
    pub(super) datagram: &'b Datagram<'b>,
    pub(super) ports: (u16, u16),
    pub(super) message: &'b Message<'a>,
    bytes: &'a [u8],
    /// Bytes that the frame really holds: fewer where a cut header was completed.
    captured: usize,
    offset: Option<u32>,
    incomplete: bool,
    ip_fragmented: bool,
}

impl Arrival<'_, '_> {
    /// The header tells the length that the message has.
    fn has_its_length(&self) -> bool {
        self.incomplete || self.message.header.length as usize == self.bytes.len()
    }

    fn place(&self, span: Span) -> Place {
        Place {
            frame: self.packet.frame,
            span: self.offset.map(|by| self.in_frame(span).shifted(by)),
        }
    }

    /// The part of a span that the frame holds.
    fn in_frame(&self, span: Span) -> Span {
        let captured = u32::try_from(self.captured).unwrap_or(u32::MAX);
        let offset = span.offset.min(captured);
        Span {
            offset,
            len: span.len.min(captured - offset),
        }
    }

    pub(super) fn now(&self) -> Repeat {
        Repeat {
            frame: self.packet.frame,
            time: self.packet.time,
        }
    }

    /// Tells copies of a message from others. Whoever makes two messages with one digest is taken for repeating himself.
    fn digest(&self) -> u32 {
        let mut hasher = FixedState::with_seed(0).build_hasher();
        hasher.write(self.bytes);
        let [.., a, b, c, d] = hasher.finish().to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}

impl Tracker {
    /// An empty tracker that tells at most so many negotiations apart.
    #[must_use]
    pub fn new(max_negotiations: u32) -> Self {
        Self {
            max_negotiations,
            ..Self::default()
        }
    }

    /// All negotiations, in order of their first packet.
    #[must_use]
    pub fn negotiations(&self) -> &Chunked<Negotiation> {
        &self.negotiations
    }

    /// What the capture teaches about addresses.
    #[must_use]
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// A negotiation by its number.
    #[must_use]
    pub fn negotiation(&self, stream: u32) -> Option<&Negotiation> {
        match &self.shown {
            None => self.negotiations.get(stream as usize),
            Some(shown) => shown.get(&stream),
        }
    }

    /// Of this tracker, for a redacted report: no negotiation yet, and all times moved. It takes no packets.
    pub(crate) fn veiled(&self) -> Self {
        let begun = self.negotiations.get(0).map(|n| n.first().time);
        Self {
            last_frame: self.last_frame,
            newest: self.newest,
            omitted: self.omitted.clone(),
            moved_by: begun.map_or(0, |begun| BEGIN.saturating_sub(begun)),
            shown: Some(HashMap::new()),
            ..Self::default()
        }
    }

    /// By so many nanoseconds all times are shown later than they were.
    pub(crate) fn moved_by(&self) -> i64 {
        self.moved_by
    }

    /// Has a [veiled](Self::veiled) tracker show a negotiation of this one, with all that is looked at beside it, under pseudonyms. So no
    /// more of them are held at once than a few.
    pub(crate) fn show(&self, stream: u32, veiled: &mut Self, by: &mut dyn Redact) {
        let Some(n) = self.negotiation(stream) else {
            return;
        };
        let Some(shown) = &mut veiled.shown else { return };
        if shown.len() > MAX_SHOWN {
            shown.clear();
            veiled.by_pair.clear();
        }
        let between: Vec<u32> = self
            .between(n.initiator.address, n.responder.address)
            .map(|n| n.stream)
            .collect();
        let children = [n.initiator.host, n.responder.host].map(|host| self.knowledge.children(host));
        let beside = n
            .predecessor()
            .into_iter()
            .chain(children.into_iter().flatten().copied());
        for stream in std::iter::once(stream)
            .chain(beside)
            .chain(between.iter().copied())
        {
            if let Some(original) = self.negotiation(stream) {
                shown.entry(stream).or_insert_with(|| {
                    let mut copy = original.clone();
                    copy.redact(by);
                    copy
                });
            }
        }
        let own = shown
            .get(&stream)
            .map(|n| pair(n.initiator.address, n.responder.address));
        if let (Some(own), Some(&latest)) = (own, between.first()) {
            let row = Row::Pair(own);
            veiled
                .by_pair
                .replace(&row, latest, |stream| row.is_of(shown.get(&stream)));
        }
    }

    /// All networks that negotiations name.
    pub(crate) fn networks(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        self.negotiations.iter().flat_map(Negotiation::networks)
    }

    /// Bytes that the records of frames take: the one thing that grows with a negotiation's packets.
    #[must_use]
    pub fn record_bytes(&self) -> usize {
        self.frames.bytes()
    }

    /// The record of a frame, if it belongs to a negotiation.
    #[must_use]
    pub fn frame(&self, frame: u32) -> Option<&FrameRecord> {
        self.frames.find_by_key(&frame, |record| record.frame)
    }

    /// What is wrong with the message in a frame.
    pub fn damage(&self, frame: u32) -> impl Iterator<Item = &Damage> {
        let first = self.damage.partition_point(|d| d.frame < frame);
        let from = (first..).map_while(|at| self.damage.get(at));
        from.take_while(move |d| d.frame == frame)
    }

    /// Time of the newest packet of the capture, of ours or not: silence is measured against it.
    #[must_use]
    pub fn last_time(&self) -> i64 {
        self.newest.unwrap_or(0)
    }

    /// A packet was captured at this time. Capture interfaces may be a little out of step: the clock never goes back.
    pub(crate) fn clock(&mut self, time: i64) {
        self.newest = self.newest.max(Some(time));
    }

    /// Number of the last frame that was pushed.
    #[must_use]
    pub fn last_frame(&self) -> u32 {
        self.last_frame
    }

    /// What bounds left out of the whole capture.
    #[must_use]
    pub fn omitted(&self) -> Omitted {
        let mut all = self.omitted.clone();
        all.add_many(Kept::Hosts, self.knowledge.strangers());
        all
    }

    /// Takes a packet; true if it belongs to a negotiation. Counts once by its frame number, in increasing order.
    pub fn push(&mut self, packet: &Packet<'_>) -> bool {
        if packet.frame <= self.last_frame {
            return self.frame(packet.frame).is_some();
        }
        self.last_frame = packet.frame;
        self.clock(packet.time);
        let mut datagram = Datagram::default();
        if !Frame::of(packet).find(&mut datagram) {
            return false;
        }
        self.datagram(packet, &datagram).is_some()
    }

    /// Notes what a frame is. Inlined, so that the record is written where it stays: see [`Chunked::push`].
    #[inline(always)]
    fn record(&mut self, record: FrameRecord) -> Option<()> {
        self.frames.push(record);
        Some(())
    }

    /// Takes a datagram, with a record of its frame; `None` if it belongs to no negotiation.
    fn datagram(&mut self, packet: &Packet<'_>, d: &Datagram<'_>) -> Option<()> {
        match d.content {
            Content::Ike {
                ports,
                message,
                offset,
                ..
            } => self.ike(
                packet,
                d,
                ports,
                message,
                Some(offset),
                d.partial || packet.data.len() < packet.original_length as usize,
            ),
            Content::Esp {
                ports,
                spi,
                sequence,
                length,
                offset: _,
            } => self.esp(packet, d, ports, spi, sequence, length, false),
            Content::Ah { spi, sequence, .. } => self.esp(packet, d, None, spi, sequence, 0, true),
            Content::Keepalive { ports } => self.keepalive(packet, d, ports),
            Content::Fragment {
                id,
                protocol,
                fragment_offset,
                more,
                udp,
            } => self
                .fragment(packet, d, id, fragment_offset, more, udp)
                .or_else(|| self.esp_fragment(packet, d, protocol == ESP || udp.is_some())),
            Content::IcmpError { .. } => self.icmp(packet, d),
            Content::L2tp {
                ports,
                message,
                offset,
            } => self.l2tp(packet, d, ports, message, offset),
        }
    }

    // ---- IKE ----------------------------------------------------------------------------------------------------

    fn ike(
        &mut self,
        packet: &Packet<'_>,
        d: &Datagram<'_>,
        ports: (u16, u16),
        bytes: &[u8],
        offset: Option<u32>,
        incomplete: bool,
    ) -> Option<()> {
        // A snap length of 64 cuts into the IKE header itself: what identifies the message is there, its length the frame knows.
        let head: [u8; HEADER];
        let captured = bytes.len();
        let bytes = if (HEADER_WITHOUT_LENGTH..HEADER).contains(&bytes.len()) && offset.is_some() {
            let length = packet.original_length.saturating_sub(offset.unwrap_or(0));
            head = completed_header(bytes, length);
            &head
        } else {
            bytes
        };
        let mut room = std::mem::take(&mut self.room);
        let taken = room.read(bytes, |message| {
            self.arrive(&Arrival {
                packet,
                datagram: d,
                ports,
                message,
                bytes,
                captured,
                offset,
                incomplete: incomplete && (bytes.len() as u64) < u64::from(message.header.length),
                ip_fragmented: matches!(d.content, Content::Fragment { .. }),
            })
        });
        self.room = room;
        taken.flatten()
    }

    fn arrive(&mut self, a: &Arrival<'_, '_>) -> Option<()> {
        let (h, packet) = (&a.message.header, a.packet);
        if !(1..=2).contains(&h.major) {
            return self.stranger(a);
        }
        let stray = self.stray(a);
        let stream = match stray {
            Some(known) => known,
            None if h.initiator_spi == [0; 8] => return None,
            None => match self.known(a) {
                Some(known) => known,
                None if stranger::may_begin(h, a.has_its_length(), is_encrypted(a.message)) => {
                    self.begin(a)?
                }
                None => return self.stranger(a),
            },
        };
        let (knowledge, negotiations) = (&mut self.knowledge, &mut self.negotiations);
        let n = negotiations.get_mut(stream as usize)?;
        n.last = a.now();
        n.news = packet.frame;
        let from = match stray {
            Some(_) => n.sender(a.datagram.source),
            None => role(n, a),
        };
        let moved = stray.is_none() && n.follow(a, from);
        if stray.is_none() {
            n.note_peer(a, from);
        }
        // Two capture points merged, or packets out of order: the first message may come after its answer.
        n.started |= is_first(h);
        if packet.known_ike == Some(false) && !a.ip_fragmented {
            n.claimed.get_or_insert(a.place(Span::new(0, a.bytes.len())));
        }
        let mut spis = (h.initiator_spi, h.responder_spi);
        if stray.is_none() && stranger::is_swapped(n.initiator_spi, h) {
            n.swapped.get_or_insert(a.place(Span::new(0, 16)));
            spis = (spis.1, spis.0);
        }
        let answered = stray.is_none() && spis.1 != [0; 8] && n.responder_spi.is_none();
        if answered {
            n.responder_spi = Some(spis.1);
        }
        let spis = Row::Spis(spis.0, spis.1);
        let (event, kind) = n.take(a, from);
        let (exchange, position) = n
            .event(event)
            .map_or((h.exchange, 0), |e| (e.exchange, e.position));
        if kind == FrameKind::Message {
            n.extract(a, from, event, knowledge);
            n.take_aggressive(a.message, a.bytes, from);
            // Cookies and another key exchange group are asked for before anything is negotiated.
            let later = n.version == Version::V1 && position > 2
                || h.major == 2 && h.exchange != exchange::IKE_SA_INIT;
            if later && from == Role::Initiator {
                knowledge.went_on(n.initiator.host);
            }
        }
        let repeated = kind == FrameKind::Retransmission || kind == FrameKind::Message && event > 0;
        let meant = match from {
            Role::Initiator => repeated,
            Role::Responder => n.errors(from).next().is_some(),
        };
        if meant && std::mem::take(&mut n.only_asked) {
            knowledge.pursued(n.responder.host);
        }
        if matches!(kind, FrameKind::Message | FrameKind::Fragment) {
            n.read_decrypted(packet, a.message, event);
            n.take_fragment(a, from, event, knowledge);
            if n.child_offers.last().is_some_and(|offer| offer.event == event) {
                knowledge.offered_child(n.peer(from).host, stream);
            }
        }
        // An IKE SA comes up by a message of its own: data follows it. Those that begin later take it over from the latest.
        if !n.came_up && n.progress() >= Progress::IkeUp {
            n.came_up = true;
            let (a, b) = (n.initiator.address, n.responder.address);
            let latest = self.latest_between(a, b);
            if let Some(n) = latest.and_then(|latest| self.negotiations.get_mut(latest as usize)) {
                n.links.up = Link::to(n.links.up.stream().map_or(stream, |up| up.max(stream)));
            }
        }
        let too_long = a.message.payloads.iter().filter_map(|p| match &p.body {
            Body::SecurityAssociation { proposals, .. } => offer::is_too_long(h.major, p.span.len, proposals)
                .then_some(Defect {
                    at: p.span,
                    kind: DefectKind::TooMany,
                }),
            _ => None,
        });
        // The first of each kind: a bad message may have thousands. What a first IP fragment lacks, later ones have.
        let mut kinds = Vec::new();
        if a.ip_fragmented && packet.data.len() >= packet.original_length as usize {
            kinds.push(DefectKind::CutByCapture);
        }
        for defect in a.message.defects.iter().copied().chain(too_long) {
            if kinds.contains(&defect.kind) {
                continue;
            }
            kinds.push(defect.kind);
            if defect.kind == DefectKind::TooMany
                && let Some(n) = self.negotiations.get_mut(stream as usize)
            {
                n.omit(Kept::Items);
            }
            if self.damage.len() >= MAX_DAMAGE {
                self.omitted.add(Kept::Damage);
            } else {
                let at = a.in_frame(defect.at).shifted(a.offset.unwrap_or(0));
                self.damage.push(Damage {
                    frame: packet.frame,
                    defect: Defect { at, ..defect },
                });
            }
        }
        if answered {
            self.enter(stream, spis);
        }
        let ends = pair(a.datagram.source, a.datagram.destination);
        if moved && self.latest_in(Row::Pair(ends)).is_none() {
            // ESP between the new addresses belongs to it, too.
            self.enter(stream, Row::Pair(ends));
        }
        self.record(FrameRecord {
            frame: packet.frame,
            stream,
            event,
            kind,
            from,
            exchange,
            position,
        })
    }

    /// The negotiation that a message outside of any IKE SA is about: who has no SA for the ESP it gets says so in clear, with
    /// SPIs of its own or none (RFC 7296 1.5, RFC 2408 3.14). The SPI that it names tells whose ESP that was.
    fn stray(&self, a: &Arrival<'_, '_>) -> Option<u32> {
        let h = &a.message.header;
        if !matches!(h.exchange, exchange::INFORMATIONAL | exchange::V1_INFORMATIONAL) {
            return None;
        }
        let spi = a.message.payloads.iter().find_map(|p| match p.body {
            Body::Notify { kind, spi, data, .. } if kind == notify::INVALID_SPI => {
                data.first_chunk().or_else(|| spi.first_chunk())
            }
            _ => None,
        })?;
        let spi = u32::from_be_bytes(*spi);
        self.with_esp(a.datagram.destination, a.datagram.source, spi)
    }

    /// The negotiation of a message, by SPI and peers.
    fn known(&self, a: &Arrival<'_, '_>) -> Option<u32> {
        let h = &a.message.header;
        // The same pair first; after an address change (NAT, MOBIKE, an answer from another address) both SPIs.
        let hosts = pair(a.datagram.source, a.datagram.destination);
        let by_both = || {
            let row = Row::Spis(h.initiator_spi, h.responder_spi);
            (h.responder_spi != [0; 8]).then(|| self.latest_in(row)).flatten()
        };
        let row = Row::Spi(h.initiator_spi, hosts);
        // Most often it is that of the message before.
        let before = self.frames.last().map(|record| record.stream);
        let same = before.filter(|stream| row.is_of(self.negotiations.get(*stream as usize)));
        // With the SPIs in the wrong order nobody knows it; but whose it is can be seen.
        let swapped = || {
            let row = Row::Spi(h.responder_spi, hosts);
            (h.responder_spi != [0; 8]).then(|| self.latest_in(row)).flatten()
        };
        let found = same.or_else(|| self.latest_in(row).or_else(by_both));
        let started = |stream: &u32| self.negotiations.get(*stream as usize).is_some_and(|n| n.started);
        match found {
            Some(known) if started(&known) => found,
            // Seen before the message it answers, it may have made one of its own.
            _ => swapped().filter(started).or(found),
        }
    }

    /// Something on a port of IKE that is none of it, between peers that speak IKE.
    fn stranger(&mut self, a: &Arrival<'_, '_>) -> Option<()> {
        let (source, destination) = (a.datagram.source, a.datagram.destination);
        let stream = self.latest(source, destination, Negotiation::is_ike)?;
        let n = self.negotiations.get_mut(stream as usize)?;
        n.last = a.now();
        n.news = a.packet.frame;
        let from = n.sender(source);
        let place = a.place(Span::new(0, a.bytes.len()));
        stranger::note(&mut n.stranger, place, from, a.ports, a.bytes);
        let frame = a.packet.frame;
        self.record(FrameRecord::beside(frame, stream, FrameKind::Stranger, from))
    }

    /// A negotiation that begins with this message, as far as the capture holds it.
    fn begin(&mut self, a: &Arrival<'_, '_>) -> Option<u32> {
        let h = &a.message.header;
        let mut negotiation = Negotiation::begin(a);
        let initiator = negotiation.initiator.address;
        let latest = self.latest_between(a.datagram.source, a.datagram.destination);
        let others = || self.between(a.datagram.source, a.datagram.destination);
        let new_target =
            negotiation.started && !others().any(|n| n.started && n.initiator.address == initiator);
        if let Some(latest) = latest.and_then(|latest| self.negotiations.get(latest as usize)) {
            negotiation.links.before = latest.links.up;
        }
        let recent = || others().take(lineage::LOOK_BACK);
        if !negotiation.started && h.major == 2 {
            let made_by = |maker: Link| recent().filter(|n| n.links.made_by == maker).count();
            let maker = recent()
                .map(|n| (Link::to(n.stream), lineage::makes(n, &negotiation, h.message_id)))
                .find(|(_, made)| *made > 0);
            negotiation.links.made_by = maker
                .filter(|(maker, made)| made_by(*maker) < *made)
                .map_or(Link::default(), |(maker, _)| maker);
        }
        let made_by = negotiation.links.made_by.stream();
        let before = recent().find(|n| match made_by {
            Some(maker) => n.stream == maker,
            None => lineage::is_one_story(n, &negotiation),
        });
        negotiation.links.story = before.map_or(Link::default(), |n| Link::to(n.story()));
        let stream = self.create(negotiation)?;
        if let Some(n) = self.negotiations.last_mut().filter(|n| n.started) {
            if new_target {
                self.knowledge.target(n.initiator.host);
            }
            if n.links.pair.stream().is_none() {
                n.only_asked = true;
                self.knowledge.asked(n.responder.host);
            }
        }
        Some(stream)
    }

    /// Gives a new negotiation its number, if there is room, and its place in the tables.
    fn create(&mut self, mut n: Negotiation) -> Option<u32> {
        let stream = u32::try_from(self.negotiations.len())
            .ok()
            .filter(|&n| n < self.max_negotiations);
        let Some(stream) = stream else {
            self.omitted.add(Kept::Negotiations);
            return None;
        };
        n.stream = stream;
        for peer in [&mut n.initiator, &mut n.responder] {
            peer.host = self.knowledge.id(peer.address);
        }
        let (spi, a, b) = (n.initiator_spi, n.initiator.address, n.responder.address);
        if n.is_ike() {
            self.enter(stream, Row::Spi(spi, pair(a, b)));
        }
        n.links.pair = self.enter(stream, Row::Pair(pair(a, b)));
        let before = n.links.pair.stream();
        if let Some(before) = before.and_then(|before| self.negotiations.get(before as usize)) {
            n.links.up = before.links.up;
        }
        self.negotiations.push(n);
        Some(stream)
    }

    /// Makes a new negotiation the latest one of a table's row; gives the one before it.
    fn enter(&mut self, stream: u32, row: Row) -> Link {
        let Self {
            by_spi,
            by_spis,
            by_pair,
            negotiations,
            ..
        } = self;
        let table = match row {
            Row::Spi(..) => by_spi,
            Row::Spis(..) => by_spis,
            Row::Pair(_) => by_pair,
        };
        let is = |stream: u32| row.is_of(negotiations.get(stream as usize));
        table.replace(&row, stream, is).map_or(Link::default(), Link::to)
    }

    /// The latest negotiation of a table's row.
    fn latest_in(&self, row: Row) -> Option<u32> {
        let table = match row {
            Row::Spi(..) => &self.by_spi,
            Row::Spis(..) => &self.by_spis,
            Row::Pair(_) => &self.by_pair,
        };
        table.find(&row, |stream| row.is_of(self.negotiation(stream)))
    }

    /// The latest negotiation between two addresses.
    pub(crate) fn newest_between(&self, a: IpAddr, b: IpAddr) -> Option<&Negotiation> {
        self.negotiations.get(self.latest_between(a, b)? as usize)
    }

    fn latest_between(&self, a: IpAddr, b: IpAddr) -> Option<u32> {
        self.latest_in(Row::Pair(pair(a, b)))
    }

    /// Negotiations between two addresses, latest first, at most [`MAX_PER_PAIR`]; then the latest that came up, if it is not
    /// among them.
    fn between(&self, a: IpAddr, b: IpAddr) -> impl Iterator<Item = &Negotiation> {
        let get = |stream: u32| self.negotiation(stream);
        let latest = self.latest_between(a, b).and_then(get);
        let up = latest.and_then(|n| n.links.up.stream().and_then(get));
        let (mut next, mut given) = (latest, 0);
        std::iter::from_fn(move || {
            let n = next?;
            given += 1;
            next = match given {
                ..MAX_PER_PAIR => n.links.pair.stream().and_then(get),
                MAX_PER_PAIR => up.filter(|up| up.stream < n.stream),
                _ => None,
            };
            Some(n)
        })
    }

    /// The negotiation whose IKE SA this one renews: IKEv2 by CREATE_CHILD_SA, IKEv1 by the next phase 1 while the tunnel lives.
    #[must_use]
    pub fn continues(&self, n: &Negotiation) -> Option<u32> {
        let before = || {
            let before = self.negotiation(n.predecessor()?)?;
            lineage::renews(before, n).then_some(before.stream)
        };
        n.links.made_by.stream().or_else(before)
    }

    /// Other streams between the same two addresses, earlier ones first; the latest [`MAX_PER_PAIR`] of them.
    pub(crate) fn siblings(&self, n: &Negotiation) -> impl DoubleEndedIterator<Item = &Negotiation> {
        let own = n.stream;
        let mut others: Vec<&Negotiation> = self
            .between(n.initiator.address, n.responder.address)
            .filter(|n| n.stream != own)
            .collect();
        others.reverse();
        others.into_iter()
    }

    /// The latest negotiation between the same two addresses began after this time, by the same initiator: it began anew.
    pub(super) fn began_anew_after(&self, n: &Negotiation, time: i64) -> bool {
        let latest = self.latest_between(n.initiator.address, n.responder.address);
        let latest = latest.and_then(|latest| self.negotiation(latest));
        latest.is_some_and(|m| {
            m.stream > n.stream
                && m.started
                && (m.initiator.address, m.initiator.port) == (n.initiator.address, n.initiator.port)
                && m.version == n.version
                && m.first().time > time
        })
    }

    // ---- IP fragments -------------------------------------------------------------------------------------------

    fn fragment(
        &mut self,
        packet: &Packet<'_>,
        d: &Datagram<'_>,
        id: u32,
        offset: u32,
        _more: bool,
        head: Option<FragmentHead<'_>>,
    ) -> Option<()> {
        let key = (d.source, d.destination, id);
        let whole = packet.reassembled();
        if let Some(Datagram {
            content: Content::Ike { ports, message, .. },
            ..
        }) = whole.and_then(|whole| reassembled_udp(d.source, d.destination, whole))
        {
            self.trains.remove(&key);
            self.ike(packet, d, ports, message, None, false)?;
            let record = self.frames.last_mut()?;
            if offset > 0 && record.kind == FrameKind::Message {
                record.kind = FrameKind::Fragment;
            }
            return Some(());
        }
        if offset == 0 {
            let head = head?;
            self.ike(packet, d, head.ports, head.message, Some(head.offset), true)?;
            let record = self.frames.last_mut()?;
            let of = (record.stream, record.event);
            self.begin_train(key, of);
            return Some(());
        }
        let &(stream, event) = self.trains.get(&key)?;
        let n = self.negotiations.get_mut(stream as usize)?;
        let (exchange, position, from) = n.event(event).map(|e| (e.exchange, e.position, e.from))?;
        self.record(FrameRecord {
            frame: packet.frame,
            stream,
            event,
            kind: FrameKind::Fragment,
            from,
            exchange,
            position,
        })
    }

    /// Remembers to which message the fragments of a packet belong. Most are complete soon: the oldest gives way.
    fn begin_train(&mut self, key: Train, of: (u32, u32)) {
        if self.trains.insert(key, of).is_some() {
            return;
        }
        self.begun.push_back(key);
        while self.begun.len() > MAX_TRAINS {
            let oldest = self.begun.pop_front();
            if oldest.is_some_and(|oldest| self.trains.remove(&oldest).is_some()) {
                self.omitted.add(Kept::Trains);
            }
        }
    }

    // ---- what follows from a negotiation ------------------------------------------------------------------------

    /// The latest negotiation between two addresses that passes a test.
    fn latest(&self, a: IpAddr, b: IpAddr, test: impl Fn(&Negotiation) -> bool) -> Option<u32> {
        self.between(a, b).find(|n| test(n)).map(|n| n.stream)
    }

    #[allow(clippy::too_many_arguments)] // one datagram's facts, each used once
    fn esp(
        &mut self,
        packet: &Packet<'_>,
        d: &Datagram<'_>,
        ports: Option<(u16, u16)>,
        spi: u32,
        sequence: u32,
        length: u32,
        ah: bool,
    ) -> Option<()> {
        let stream = if let Some(known) = self.with_esp(d.source, d.destination, spi) {
            known
        } else {
            // Only a negotiation that came as far as authentication can have made keys for ESP.
            let ready =
                |n: &Negotiation| n.is_ike() && (!n.started || n.progress() >= Progress::Authenticating);
            let same_ports = |n: &Negotiation| {
                ports.is_none_or(|(s, t)| {
                    let p = (n.initiator.last_port, n.responder.last_port);
                    p == (s, t) || p == (t, s)
                })
            };
            let found = self
                .latest(d.source, d.destination, |n| ready(n) && same_ports(n))
                .or_else(|| self.latest(d.source, d.destination, ready));
            let found = found.or_else(|| self.latest(d.source, d.destination, Negotiation::is_esp_alone));
            let Some(found) = found else {
                let hosts = pair(d.source, d.destination);
                if self.unclaimed.len() < MAX_UNCLAIMED {
                    self.unclaimed.insert(hosts);
                } else if !self.unclaimed.contains(&hosts) {
                    self.omitted.add(Kept::Unclaimed);
                }
                return None;
            };
            self.enter_esp(found, d.source, spi);
            found
        };
        let n = self.negotiations.get_mut(stream as usize)?;
        let from = n.sender(d.source);
        let now = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        n.last = now;
        self.frames
            .push(FrameRecord::beside(packet.frame, stream, FrameKind::Esp, from));
        let flow = n.esp().iter().position(|f| f.spi == spi && f.from == from);
        // The same packet, captured twice: senders count every packet (RFC 4303 3.3.3).
        if flow
            .and_then(|at| n.esp().get(at))
            .is_some_and(|f| f.last_sequence == sequence)
        {
            return Some(());
        }
        let residue = 1u16 << (length % 16);
        // No IP packet is longer, jumbograms apart.
        let bytes = u16::try_from(length).unwrap_or(u16::MAX);
        let sample = traffic::Sample {
            frame: packet.frame,
            time: packet.time,
            length,
        };
        n.follow_data((d.source, d.destination), ports, from, now);
        let data = n.data.get_or_insert_default();
        data.reach_mut(from).sent(sample);
        data.reach_mut(from.other()).heard(packet.time);
        if let Some(f) = flow.and_then(|at| data.esp.get_mut(at)) {
            f.last = now;
            f.last_sequence = sequence;
            f.packets = f.packets.saturating_add(1);
            f.residues |= residue;
            f.longest = f.longest.max(bytes);
            f.shortest = f.shortest.min(bytes);
            f.highest_sequence = f.highest_sequence.max(sequence);
            if f.samples.len() < traffic::MAX_SAMPLES {
                keep(&mut f.samples, sample);
            }
        } else {
            let new = EspFlow {
                spi,
                from,
                carriage: match ports {
                    _ if ah => Carriage::Ah,
                    Some(_) => Carriage::Encapsulated,
                    None => Carriage::Esp,
                },
                last: now,
                packets: 1,
                residues: residue,
                longest: bytes,
                shortest: bytes,
                first_sequence: sequence,
                highest_sequence: sequence,
                samples: thin_vec![sample],
                last_sequence: sequence,
            };
            if data.esp.is_empty() {
                // Most tunnels have one each way.
                data.esp.reserve_exact(2);
            }
            // Keys are renewed again and again: the first and the latest ones tell most.
            let alike = |a: &EspFlow, b: &EspFlow| a.from == b.from;
            if keep_first_and_last(&mut data.esp, MAX_FACTS, new, |_| 0, alike) {
                n.omit(Kept::Esp);
            }
            n.news = packet.frame;
        }
        n.read_decrypted_esp(packet, from);
        Some(())
    }

    /// The negotiation that ESP with this SPI, from one address to another, belongs to.
    fn with_esp(&self, source: IpAddr, destination: IpAddr, spi: u32) -> Option<u32> {
        let is = |stream: u32| {
            let n = self.negotiations.get(stream as usize);
            n.is_some_and(|n| n.may_carry(source, destination, spi))
        };
        self.by_esp.find(&(Ip(source), spi), is)
    }

    fn enter_esp(&mut self, stream: u32, source: IpAddr, spi: u32) {
        if self.by_esp.len() < self.max_negotiations as usize {
            self.by_esp.insert(&(Ip(source), spi), stream);
        }
    }

    /// A piece of an ESP packet: too little of it to count it as a packet of a flow, but its sender is heard.
    fn esp_fragment(&mut self, packet: &Packet<'_>, d: &Datagram<'_>, esp: bool) -> Option<()> {
        let stream = self.latest(d.source, d.destination, |n| esp && !n.esp().is_empty())?;
        let n = self.negotiations.get_mut(stream as usize)?;
        let from = n.sender(d.source);
        n.last = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        let data = n.data.get_or_insert_default();
        data.reach_mut(from).sent_in_fragments();
        data.reach_mut(from.other()).heard(packet.time);
        self.record(FrameRecord::beside(packet.frame, stream, FrameKind::Esp, from))
    }

    fn keepalive(&mut self, packet: &Packet<'_>, d: &Datagram<'_>, ports: (u16, u16)) -> Option<()> {
        let stream = self
            .latest(d.source, d.destination, |n| {
                n.is_ike() && (ports.0 == n.initiator.last_port || ports.1 == n.initiator.last_port)
            })
            .or_else(|| self.latest(d.source, d.destination, Negotiation::is_ike))?;
        let n = self.negotiations.get_mut(stream as usize)?;
        n.last = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        let from = n.sender(d.source);
        let kind = FrameKind::Keepalive;
        self.record(FrameRecord::beside(packet.frame, stream, kind, from))
    }

    /// L2TP outside ESP: part of the negotiation that made keys for its hosts, or else a stream of its own from the first
    /// control message on.
    fn l2tp(
        &mut self,
        packet: &Packet<'_>,
        d: &Datagram<'_>,
        ports: (u16, u16),
        bytes: &[u8],
        offset: u32,
    ) -> Option<()> {
        let message = l2tp::Message::parse(bytes)?;
        let now = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        let known = self
            .latest(d.source, d.destination, carries)
            .or_else(|| self.latest(d.source, d.destination, Negotiation::is_l2tp_alone));
        let stream = match known {
            Some(stream) => stream,
            // ESP of a tunnel that was negotiated before the capture began: this may have come out of it.
            None if self.unclaimed.contains(&pair(d.source, d.destination)) => return None,
            None if matches!(message.body, l2tp::Body::Data { .. }) => return None,
            None => self.create(Negotiation::begin_l2tp(d, ports, message.is_request(), now))?,
        };
        let n = self.negotiations.get_mut(stream as usize)?;
        n.last = now;
        let from = n.sender(d.source);
        if !n.is_ike() {
            n.peer_mut(from).ttl.get_or_insert(d.ttl);
        }
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let data = n.data.as_mut();
        let decrypted = data.is_some_and(|data| data.reach_mut(from).opened(packet.time, length));
        let span = Span { offset, len: length };
        if traffic::add_l2tp(n.l2tp_kept(), &message, from, ports, decrypted, now, span) {
            n.news = packet.frame;
        }
        let exchange = traffic::L2tpKind::of(&message).number();
        self.record(FrameRecord {
            frame: packet.frame,
            stream,
            event: 0,
            kind: FrameKind::L2tp,
            from,
            exchange,
            position: 0,
        })
    }

    fn icmp(&mut self, packet: &Packet<'_>, d: &Datagram<'_>) -> Option<()> {
        let Content::IcmpError {
            error,
            quoted_source,
            quoted_destination,
            quoted_protocol,
            quoted_ports,
            quoted,
            offset,
        } = d.content
        else {
            return None;
        };
        let by_spi = quoted
            .first_chunk::<8>()
            .and_then(|spi| self.latest_in(Row::Spi(*spi, pair(quoted_source, quoted_destination))));
        let by_esp = || {
            let spi = u32::from_be_bytes(*quoted.first_chunk::<4>()?);
            self.with_esp(quoted_source, quoted_destination, spi)
        };
        let l2tp = quoted_ports.is_some_and(|p| p.0 == 1701 || p.1 == 1701);
        let stream = by_spi.or_else(by_esp).or_else(|| {
            self.latest(quoted_source, quoted_destination, |n| {
                !l2tp || carries(n) || n.is_l2tp_alone()
            })
        });
        // ESP that was negotiated elsewhere, or by hand, and is not let through.
        let stopped = quoted_protocol == ESP
            && matches!(error, IcmpError::Prohibited | IcmpError::ProtocolUnreachable)
            && self.unclaimed.contains(&pair(quoted_source, quoted_destination));
        let stream = match stream {
            Some(stream) => stream,
            None if stopped => {
                let now = Repeat {
                    frame: packet.frame,
                    time: packet.time,
                };
                self.create(Negotiation::begin_esp(quoted_source, quoted_destination, now))?
            }
            None => return None,
        };
        let n = self.negotiations.get_mut(stream as usize)?;
        n.last = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        n.news = packet.frame;
        let about = n.sender(quoted_source);
        let len = u32::try_from(packet.data.len())
            .unwrap_or(0)
            .saturating_sub(offset);
        if let IcmpError::TooBig(mtu) = error
            && (quoted_protocol == ESP || quoted_ports.is_some_and(|p| p.0 == 4500 || p.1 == 4500))
        {
            let data = n.data.get_or_insert_default();
            data.reach_mut(about)
                .limited(mtu, quoted_destination, quoted_protocol != ESP, packet.time);
        }
        let new = Icmp {
            frame: packet.frame,
            time: packet.time,
            error,
            sender: d.source,
            about,
            protocol: quoted_protocol,
            port: quoted_ports.map(|p| p.1),
            span: Span { offset, len },
        };
        let of = |x: &Icmp| (x.about, x.error, x.protocol, x.port);
        if keep_first_and_last(&mut n.icmp, MAX_FACTS, new, |_| 0, |a, b| of(a) == of(b)) {
            n.omit(Kept::Icmp);
        }
        let (kind, from) = (FrameKind::Icmp, about.other());
        self.record(FrameRecord::beside(packet.frame, stream, kind, from))
    }
}

/// L2TP follows from a negotiation that made keys for it; after a failed one it is a matter of its own.
fn carries(n: &Negotiation) -> bool {
    let least = match n.version {
        Version::V1 => Progress::ChildUp,
        Version::V2 => Progress::IkeUp,
    };
    n.is_ike() && (!n.started || n.progress() >= least)
}

/// A header of which the end was cut off, with the message's length and zeros for a message ID that is not there.
fn completed_header(cut: &[u8], length: u32) -> [u8; HEADER] {
    let mut head = [0; HEADER];
    for (to, from) in head.iter_mut().zip(cut) {
        *to = *from;
    }
    for (to, from) in head.iter_mut().skip(HEADER - 4).zip(length.to_be_bytes()) {
        *to = from;
    }
    head
}

/// Two addresses in an order that does not depend on who sends.
fn pair(a: IpAddr, b: IpAddr) -> (IpAddr, IpAddr) {
    let ordered = match (a, b) {
        // As numbers, and not byte by byte: this is asked for every message.
        (IpAddr::V4(a), IpAddr::V4(b)) => a.to_bits() <= b.to_bits(),
        _ => a <= b,
    };
    if ordered { (a, b) } else { (b, a) }
}

/// Who sent a message. IKEv2 says so; IKEv1 is told by address, or by port where both addresses are one.
fn role(n: &Negotiation, a: &Arrival<'_, '_>) -> Role {
    let h = &a.message.header;
    if h.major == 2 {
        return if h.flags & flags::V2_INITIATOR != 0 {
            Role::Initiator
        } else {
            Role::Responder
        };
    }
    if h.responder_spi == [0; 8] {
        // A refusal may come without a responder cookie too: only requests begin from the initiator's address.
        return if a.datagram.source == n.responder.address && a.datagram.source != n.initiator.address {
            Role::Responder
        } else {
            Role::Initiator
        };
    }
    let same_address = n.initiator.address == n.responder.address;
    let is = |p: &Peer| a.datagram.source == p.address && (!same_address || a.ports.0 == p.last_port);
    if is(&n.initiator) {
        Role::Initiator
    } else if is(&n.responder) || a.datagram.destination == n.initiator.address {
        Role::Responder
    } else {
        Role::Initiator
    }
}

impl Negotiation {
    /// A negotiation from the first message of it that the capture holds.
    fn begin(a: &Arrival<'_, '_>) -> Self {
        let h = &a.message.header;
        let (sender, receiver) = (
            Peer::new(a.datagram.source, a.ports.0),
            Peer::new(a.datagram.destination, a.ports.1),
        );
        let clear_sa = a
            .message
            .payloads
            .iter()
            .any(|p| matches!(p.body, Body::SecurityAssociation { .. }));
        let version = if h.major == 2 { Version::V2 } else { Version::V1 };
        let from_initiator = if h.major == 2 {
            h.flags & flags::V2_INITIATOR != 0
        } else if h.responder_spi == [0; 8] {
            true
        } else {
            // Answers with an SA in clear are the responder's. In the middle of an IKEv1 negotiation a client is behind the odd
            // port, if there is one.
            !clear_sa && !matches!(a.ports, (500 | 4500, p) if p != 500 && p != 4500)
        };
        let started = is_first(h);
        let (initiator, responder) = if from_initiator {
            (sender, receiver)
        } else {
            (receiver, sender)
        };
        Self {
            started,
            ..Self::new(version, h.initiator_spi, initiator, responder, a.now())
        }
    }

    /// A stream of L2TP between hosts without IKE. Who asks for a tunnel began it; otherwise a client is behind the odd
    /// port, if there is one.
    fn begin_l2tp(d: &Datagram<'_>, ports: (u16, u16), request: bool, now: Repeat) -> Self {
        let (sender, receiver) = (Peer::new(d.source, ports.0), Peer::new(d.destination, ports.1));
        let from_initiator = request || ports.0 != 1701 || ports.1 == 1701;
        let (initiator, responder) = if from_initiator {
            (sender, receiver)
        } else {
            (receiver, sender)
        };
        // There is no version to tell; that of L2TP's own kind of IPsec stands here (RFC 3193 2.1 knows no other).
        Self {
            started: request,
            ..Self::new(Version::V1, [0; 8], initiator, responder, now)
        }
    }

    /// A stream of ESP between hosts without IKE. Who sends it asks, as far as can be seen.
    fn begin_esp(source: IpAddr, destination: IpAddr, now: Repeat) -> Self {
        let (initiator, responder) = (Peer::new(source, 0), Peer::new(destination, 0));
        // There is no version to tell.
        Self::new(Version::V2, [0; 8], initiator, responder, now)
    }

    fn new(version: Version, initiator_spi: Spi, initiator: Peer, responder: Peer, now: Repeat) -> Self {
        Self {
            stream: 0,
            version,
            initiator_spi,
            responder_spi: None,
            initiator,
            responder,
            started: false,
            last: now,
            offer: None,
            offered_in: 0,
            offer_length: 0,
            choice: None,
            chosen_in: 0,
            aggressive: None,
            notices: ThinVec::new(),
            links: Links::default(),
            only_asked: false,
            came_up: false,
            steps: Steps::default(),
            nat_detection: nat::Detection::default(),
            early: ThinVec::new(),
            data: None,
            rest: None,
            next_event: 0,
            news: now.frame,
        }
    }

    fn note_peer(&mut self, a: &Arrival<'_, '_>, from: Role) {
        let on_4500 = a.ports.0 == 4500 || a.ports.1 == 4500;
        let sender = self.peer_mut(from);
        sender.ttl.get_or_insert(a.datagram.ttl);
        sender.messages = sender.messages.saturating_add(1);
        sender.last_port = a.ports.0;
        sender.on_4500 |= on_4500;
        self.peer_mut(from.other()).last_port = a.ports.1;
    }

    /// Puts a message into the list of events: a new one, a copy, or another fragment of one.
    fn take(&mut self, a: &Arrival<'_, '_>, from: Role) -> (u32, FrameKind) {
        let h = &a.message.header;
        let digest = a.digest();
        let fragment = fragment_of(a.message);
        if fragment.is_some_and(|f| f.seen == 0) {
            self.omit(Kept::Fragments);
        }
        let part = a.message.v1_fragment();
        let now = a.now();
        let incomplete = a.incomplete;
        let same = |(e, _): &(&mut Event, u32)| {
            e.from == from
                && e.exchange == h.exchange
                && e.message_id == h.message_id
                && match (fragment, e.fragments()) {
                    // Fragments of one message share exchange, message ID and (Cisco/Microsoft) their id.
                    (Some(f), Some(g)) => {
                        f.id == g.id
                            && (f.total == g.total || f.total.is_none() || g.total.is_none())
                            && part.is_none_or(|part| e.may_hold(part.number, digest))
                    }
                    (None, None) => {
                        e.digest == digest || ((incomplete || e.incomplete()) && e.length == h.length)
                    }
                    _ => false,
                }
        };
        let count = self.next_event;
        let found = self.events_mut().rev().zip(1..).take(LOOK_BACK).find(same);
        if let Some((e, back)) = found {
            let fresh = fragment.is_some_and(|f| e.fragments().is_some_and(|g| g.seen & f.seen == 0));
            let completes = e.incomplete() && !incomplete;
            let kind = if fresh {
                FrameKind::Fragment
            } else if now.time.saturating_sub(e.last_time()) < DUPLICATE_WITHIN {
                if completes {
                    FrameKind::Fragment
                } else {
                    FrameKind::Duplicate
                }
            } else {
                FrameKind::Retransmission
            };
            if completes {
                e.capture = Capture::of(false, e.ip_fragmented());
                e.digest = digest;
            }
            if let (true, Some(part), Some(more)) = (fresh, part, &mut e.more)
                && more.digests.len() < MAX_FRAGMENTS
            {
                more.digests.push((part.number, digest));
            }
            let known = e.more.as_mut().and_then(|more| more.fragments.as_mut());
            if let (Some(f), Some(g)) = (fragment, known) {
                g.seen |= f.seen;
                g.total = g.total.or(f.total);
                // Only the first fragment tells, and it may come late.
                e.first_inner = first_inner(a.message).or(e.first_inner);
                if fresh {
                    e.length = e.length.saturating_add(h.length);
                }
            }
            // A fragment train is repeated as a whole: count its first fragment only.
            let counts = fragment.is_none_or(|f| f.seen & 1 != 0);
            if kind == FrameKind::Retransmission && counts {
                let more = e.more.get_or_insert_default();
                if more.repeats.len() < MAX_REPEATS {
                    keep(&mut more.repeats, now);
                }
                more.repeat_count = more.repeat_count.saturating_add(1);
            }
            if kind != FrameKind::Duplicate {
                e.more.get_or_insert_default().last = Some(now);
            }
            let index = count - back;
            if completes && kind != FrameKind::Retransmission {
                // The head was read from the first fragment; the whole message has more to tell.
                return (index, FrameKind::Message);
            }
            return (index, kind);
        }
        let position = self.position(a.message, from);
        let answers = self.answer(h, position, from, now);
        self.push_event(Event {
            frame: now.frame,
            time: now.time,
            from,
            ports: a.ports,
            exchange: h.exchange,
            position,
            message_id: h.message_id,
            length: h.length,
            encrypted: is_encrypted(a.message),
            first_inner: first_inner(a.message),
            capture: Capture::of(incomplete, a.ip_fragmented),
            bytes: Stretch::of(a.place(Span::new(0, a.bytes.len())).span),
            answered_after: 0,
            answers,
            digest,
            more: fragment.map(|_| {
                Box::new(More {
                    fragments: fragment,
                    digests: part.map(|part| (part.number, digest)).into_iter().collect(),
                    ..More::default()
                })
            }),
        });
        (count, FrameKind::Message)
    }

    /// Takes an IKEv1 fragment; the message is read once it is whole.
    fn take_fragment(&mut self, a: &Arrival<'_, '_>, from: Role, event: u32, knowledge: &mut Knowledge) {
        let Some(V1Fragment {
            number, total, data, ..
        }) = a.message.v1_fragment()
        else {
            return;
        };
        let Some(whole) = self.assemblies.take(event, number, total, data) else {
            return;
        };
        let Some(message) = Message::parse(&whole).filter(|message| message.is_whole_of(a.message, &whole))
        else {
            return;
        };
        let h = message.header;
        let position = match h.exchange {
            exchange::MAIN_MODE => Some(self.position(&message, from)),
            _ => None,
        };
        if let Some(e) = self.event_mut(event) {
            e.encrypted = is_encrypted(&message);
            e.first_inner = first_inner(&message);
            e.length = h.length;
            e.position = position.unwrap_or(e.position);
        }
        // It has no place in this frame: only the last of its fragments stands there.
        let a = Arrival {
            message: &message,
            bytes: &whole,
            captured: whole.len(),
            offset: None,
            ..*a
        };
        self.extract(&a, from, event, knowledge);
        self.take_aggressive(a.message, a.bytes, from);
        self.read_decrypted_whole(a.packet, &whole, a.message, event);
    }

    /// Place of a new message in its exchange, from 1.
    fn position(&self, m: &Message<'_>, from: Role) -> u8 {
        let h = &m.header;
        let has = |wanted: fn(&Body<'_>) -> bool| m.payloads.iter().any(|p| wanted(&p.body));
        let responder = u8::from(from == Role::Responder);
        if h.major == 2 {
            return 1 + u8::from(h.is_v2_response());
        }
        match h.exchange {
            exchange::MAIN_MODE => {
                let pair = if has(|b| matches!(b, Body::SecurityAssociation { .. })) {
                    0
                } else if has(|b| matches!(b, Body::KeyExchange { .. })) {
                    1
                } else if h.is_v1_encrypted() {
                    2
                } else {
                    // Fragments and damaged messages: the pair after the last complete one.
                    let done = self
                        .events()
                        .filter(|e| e.exchange == exchange::MAIN_MODE && e.from == from);
                    done.map(|e| e.position.div_ceil(2)).max().unwrap_or(0).min(2)
                };
                2 * pair + 1 + responder
            }
            exchange::AGGRESSIVE => {
                if from == Role::Responder {
                    2
                } else if h.responder_spi == [0; 8] {
                    1
                } else {
                    3
                }
            }
            exchange::V1_INFORMATIONAL => 1,
            // Quick Mode, Transaction, Base and others: messages of one message ID in turn.
            _ => {
                let before = self
                    .events()
                    .filter(|e| e.exchange == h.exchange && e.message_id == h.message_id)
                    .count();
                u8::try_from(before + 1).unwrap_or(u8::MAX)
            }
        }
    }

    /// Finds what a new message answers, and marks it answered: how many events back it is, zero if it answers none.
    fn answer(&mut self, h: &crate::wire::message::Header, position: u8, from: Role, now: Repeat) -> u8 {
        let v2 = h.major == 2;
        let request = |(e, _): &(&mut Event, u8)| {
            if e.from == from {
                return false;
            }
            if v2 {
                position == 2 && e.position == 1 && e.exchange == h.exchange && e.message_id == h.message_id
            } else if h.exchange == exchange::V1_INFORMATIONAL {
                // An error instead of the next message of the exchange under way.
                !e.is_answered() && e.exchange != exchange::V1_INFORMATIONAL
            } else {
                e.exchange == h.exchange
                    && e.message_id == h.message_id
                    && e.position.checked_add(1) == Some(position)
            }
        };
        let mut before = self.events_mut().rev().zip(1..).take(LOOK_BACK);
        let Some((e, back)) = before.find(request) else {
            return 0;
        };
        let informational = !v2 && h.exchange == exchange::V1_INFORMATIONAL;
        if informational && now.time.saturating_sub(e.last_time()) > 3_000_000_000 {
            return 0;
        }
        if !informational && !e.is_answered() {
            e.answered_after = back;
        }
        back
    }

    /// Takes the facts out of a message that is new.
    fn extract(&mut self, a: &Arrival<'_, '_>, from: Role, event: u32, knowledge: &mut Knowledge) {
        let h = &a.message.header;
        let sender = match self.peer(from) {
            peer if peer.address == a.datagram.source => peer.host,
            _ => knowledge.id(a.datagram.source),
        };
        let mut v1_nat = 0;
        let mut errors = false;
        let mut vendor_ids = false;
        for p in &a.message.payloads {
            match &p.body {
                Body::SecurityAssociation { proposals, .. } if phase1(h.exchange) => {
                    self.take_suites(proposals, a, p.span, from, sender, knowledge);
                }
                Body::KeyExchange { .. } => self.peer_mut(from).note_sent(Sent::Key),
                Body::Notify { spi, kind, data, .. } => {
                    if h.major == 2 && self.v2_nat(a, from, *kind, data) {
                        continue;
                    }
                    if h.major == 2 && *kind == notify::REDIRECT && from == Role::Responder {
                        let redirect = super::Redirect::read(data, a.place(p.span));
                        self.redirect.get_or_insert(redirect);
                    }
                    errors |= *kind < notify::FIRST_STATUS;
                    self.take_notice(Notice {
                        event,
                        from,
                        time: a.packet.time,
                        exchange: h.exchange,
                        kind: *kind,
                        spi_size: u8::try_from(spi.len()).unwrap_or(u8::MAX),
                        number: data.first_chunk().map(|bytes| u16::from_be_bytes(*bytes)),
                        decrypted: false,
                        place: a.place(p.span),
                    });
                }
                Body::VendorId(_) => vendor_ids = true,
                Body::NatDetection(hash) => {
                    // RFC 3947 3.2: the first is about the receiver, the others about the sender.
                    let about = if v1_nat == 0 {
                        nat::About::Destination
                    } else {
                        nat::About::Source
                    };
                    v1_nat += 1;
                    self.v1_nat(a, from, about, hash);
                }
                body => self.take_proof(p.kind, body, from, event, a.place(p.span)),
            }
        }
        if vendor_ids {
            self.take_vendor_ids(a.message, from, sender, knowledge);
        }
        let version = self.version;
        let place = a.place(Span::new(0, a.bytes.len()));
        if from == Role::Responder && !errors {
            knowledge.answered(sender, version, place);
        } else if from == Role::Initiator && self.started {
            knowledge.began(sender, version, place);
        }
        for role in [Role::Initiator, Role::Responder] {
            self.peer_mut(role).nat = self.nat_detection.of(role);
        }
    }

    fn take_suites(
        &mut self,
        proposals: &[Proposal<'_>],
        a: &Arrival<'_, '_>,
        span: Span,
        from: Role,
        sender: HostId,
        knowledge: &mut Knowledge,
    ) {
        let (version, stream, place) = (self.version, self.stream, a.place(span));
        let suites = || offer::suites(a.message.header.major, proposals, |span| a.place(span).span);
        let payload = (place.span, span.of(a.bytes));
        let frame = place.frame;
        let shown = if from == Role::Initiator {
            let offer = knowledge.shared_offer(payload, suites);
            self.offered_in = frame;
            self.offer_length = a.message.header.length;
            self.offer.insert(offer)
        } else {
            let Some(choice) = knowledge.shared_choice(payload, suites) else {
                return;
            };
            self.chosen_in = frame;
            self.choice.insert(choice)
        };
        knowledge.showed(
            sender,
            Learned {
                shown: Arc::clone(shown),
                whole: from == Role::Initiator,
                version,
                stream,
                frame,
            },
        );
    }

    fn take_vendor_ids(&mut self, m: &Message<'_>, from: Role, sender: HostId, knowledge: &mut Knowledge) {
        let peer = self.peer_mut(from);
        let list = peer.vendor_ids;
        let mut product = None;
        let known = m.payloads.iter().filter_map(|p| match p.body {
            Body::VendorId(id) => vendor::lookup(id),
            _ => None,
        });
        let known = known.inspect(|v| {
            peer.abilities |= v.ability.map_or(0, |ability| 1 << ability as u8);
            peer.product = peer.product.or(v.product);
            product = v.product.or(product);
        });
        let list = knowledge.extended(list, known);
        peer.vendor_ids = list;
        peer.note_sent(Sent::VendorId);
        if let Some(product) = product {
            knowledge.product(sender, product);
        }
    }

    /// True if the notification was one of NAT detection.
    fn v2_nat(&mut self, a: &Arrival<'_, '_>, from: Role, kind: u16, hash: &[u8]) -> bool {
        let h = &a.message.header;
        // What a side that confuses the SPIs makes its hashes of, nobody knows.
        let confused = stranger::is_swapped(self.initiator_spi, h);
        let (about, address, port) = match kind {
            notify::NAT_DETECTION_SOURCE_IP => (nat::About::Source, a.datagram.source, a.ports.0),
            notify::NAT_DETECTION_DESTINATION_IP => {
                (nat::About::Destination, a.datagram.destination, a.ports.1)
            }
            _ => return false,
        };
        if hash.len() == 20 && !confused {
            let spis = (h.initiator_spi, h.responder_spi);
            let matched = nat::matches(keys::Hash::Sha1, spis, address, port, hash);
            self.nat_detection.add(from, about, matched);
        }
        true
    }

    fn v1_nat(&mut self, a: &Arrival<'_, '_>, from: Role, about: nat::About, hash: &[u8]) {
        let h = &a.message.header;
        let chosen = self
            .selected()
            .and_then(|s| s.first(offer::Attribute::Hash))
            .and_then(keys::Hash::from_v1);
        let Some(function) = chosen.filter(|f| f.length() == hash.len()) else {
            return;
        };
        let (address, port) = match about {
            nat::About::Source => (a.datagram.source, a.ports.0),
            nat::About::Destination => (a.datagram.destination, a.ports.1),
        };
        let matched = nat::matches(function, (h.initiator_spi, h.responder_spi), address, port, hash);
        self.nat_detection.add(from, about, matched);
    }
}

/// The message begins a negotiation.
fn is_first(h: &crate::wire::message::Header) -> bool {
    if h.major == 2 {
        matches!(h.exchange, exchange::IKE_SA_INIT | exchange::IKE_SESSION_RESUME) && !h.is_v2_response()
    } else {
        h.responder_spi == [0; 8] && !matches!(h.exchange, exchange::V1_INFORMATIONAL | exchange::QUICK_MODE)
    }
}

/// Exchanges whose SA payload is about the IKE SA itself.
fn phase1(exchange: u8) -> bool {
    matches!(
        exchange,
        exchange::MAIN_MODE | exchange::AGGRESSIVE | exchange::IKE_SA_INIT | exchange::BASE
    )
}

/// The Encrypted payload, or the fragment of one: it ends the chain of payloads (RFC 7296 3.14, RFC 7383 2.5).
fn sealed<'m, 'a>(m: &'m Message<'a>) -> Option<&'m Body<'a>> {
    let last = &m.payloads.last()?.body;
    matches!(last, Body::Encrypted { .. } | Body::EncryptedFragment { .. }).then_some(last)
}

pub(super) fn is_encrypted(m: &Message<'_>) -> bool {
    m.header.is_v1_encrypted() || sealed(m).is_some()
}

fn first_inner(m: &Message<'_>) -> Option<NonZeroU8> {
    if m.header.is_v1_encrypted() {
        return NonZeroU8::new(m.header.next_payload);
    }
    let inner = match *sealed(m)? {
        Body::Encrypted { first_inner, .. } => Some(first_inner),
        Body::EncryptedFragment {
            first_inner,
            number: 1,
            ..
        } => Some(first_inner),
        _ => None,
    };
    NonZeroU8::new(inner?)
}

fn fragment_of(m: &Message<'_>) -> Option<Fragments> {
    let bit = |number: u16| 1u64.checked_shl(u32::from(number.saturating_sub(1))).unwrap_or(0);
    if let Some(part) = m.v1_fragment() {
        return Some(Fragments {
            seen: bit(part.number),
            total: part.total,
            id: part.id,
        });
    }
    match *sealed(m)? {
        Body::EncryptedFragment { number, total, .. } => Some(Fragments {
            seen: bit(number),
            total: Some(total),
            id: 0,
        }),
        _ => None,
    }
}
