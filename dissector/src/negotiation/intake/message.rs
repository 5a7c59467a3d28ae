//! An IKE message on its way into its negotiation: it is found by SPI and peers, or begins with this message.

use super::arrival::Arrival;
use super::begin::is_first;
use super::event::is_encrypted;
use super::tables::{Row, pair};
use super::tracker::{Damage, FrameKind, FrameRecord, Tracker};
use crate::negotiation::facts::place::{Role, Version, exchange, notify};
use crate::negotiation::facts::{Negotiation, Peer, Progress, lineage, offer, stranger};
use crate::negotiation::store::bounds::Kept;
use crate::negotiation::store::links::Link;
use crate::packet::Packet;
use crate::wire::Span;
use crate::wire::frame::{Content, Datagram};
use crate::wire::message::{Body, Defect, DefectKind, flags};

/// The most damage records kept.
const MAX_DAMAGE: usize = 262_144;

/// Length of the IKE header (RFC 7296 3.1).
const HEADER: usize = 28;
/// Its first part: both SPIs, next payload, version, exchange type and flags.
const HEADER_WITHOUT_LENGTH: usize = 20;

impl Tracker {
    pub(super) fn ike(
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
    pub(super) fn known(&self, a: &Arrival<'_, '_>) -> Option<u32> {
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
    pub(super) fn stranger(&mut self, a: &Arrival<'_, '_>) -> Option<()> {
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
    pub(super) fn begin(&mut self, a: &Arrival<'_, '_>) -> Option<u32> {
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
                .map(|n| (Link::to(n.stream), lineage::makes(n, &negotiation, h)))
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
    pub(super) fn create(&mut self, mut n: Negotiation) -> Option<u32> {
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

/// Who sent a message. IKEv2 says so; IKEv1 is told by address, or by port where both addresses are one.
pub(super) fn role(n: &Negotiation, a: &Arrival<'_, '_>) -> Role {
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
