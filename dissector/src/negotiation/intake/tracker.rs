//! All negotiations of a capture, and what each frame is to them.

use std::collections::VecDeque;
use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use super::tables::{MAX_PER_PAIR, Row, pair};
use crate::negotiation::facts::Negotiation;
use crate::negotiation::facts::knowledge::Knowledge;
use crate::negotiation::facts::place::Role;
use crate::negotiation::facts::redact::Redact;
use crate::negotiation::store::bounds::{Kept, Omitted};
use crate::negotiation::store::chunked::Chunked;
use crate::negotiation::store::index::Index;
use crate::packet::Packet;
use crate::wire::frame::{Content, Datagram, Frame};
use crate::wire::message::{Defect, MessageBuffer};

/// IP protocol number of ESP.
pub(super) const ESP: u8 = 50;

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
    pub(super) fn beside(frame: u32, stream: u32, kind: FrameKind, from: Role) -> Self {
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

/// All negotiations of a capture.
#[derive(Debug, Default)]
pub struct Tracker {
    pub(super) negotiations: Chunked<Negotiation>,
    pub(super) knowledge: Knowledge,
    pub(super) frames: Chunked<FrameRecord>,
    pub(super) damage: Chunked<Damage>,
    pub(super) last_frame: u32,
    pub(super) newest: Option<i64>,
    pub(super) max_negotiations: u32,
    pub(super) omitted: Omitted,
    /// Each negotiation, by its initiator SPI and its two addresses.
    pub(super) by_spi: Index<u32>,
    /// Each that was answered, by both SPIs.
    pub(super) by_spis: Index<u32>,
    /// The latest negotiation between each two addresses.
    pub(super) by_pair: Index<u32>,
    /// The negotiation of each ESP flow, by its sender and SPI.
    pub(super) by_esp: Index<u32>,
    pub(super) unclaimed: HashSet<(IpAddr, IpAddr)>,
    pub(super) trains: HashMap<Train, (u32, u32)>,
    /// The same trains in the order in which they began; some may have ended.
    pub(super) begun: VecDeque<Train>,
    pub(super) room: MessageBuffer,
    /// By so much all times are shown later than they were.
    pub(super) moved_by: i64,
    /// Of a veiled tracker: the negotiations that it shows.
    pub(super) shown: Option<HashMap<u32, Negotiation>>,
}

/// So many negotiations a veiled tracker shows at once: more than are looked at beside one.
const MAX_SHOWN: usize = 4 * MAX_PER_PAIR;

/// Where the times of a redacted capture begin: with the year 2000.
const BEGIN: i64 = 946_684_800_000_000_000;

/// A packet in IP fragments: its addresses and its identification.
pub(super) type Train = (IpAddr, IpAddr, u32);

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
    pub(super) fn record(&mut self, record: FrameRecord) -> Option<()> {
        self.frames.push(record);
        Some(())
    }

    /// Takes a datagram, with a record of its frame; `None` if it belongs to no negotiation.
    pub(super) fn datagram(&mut self, packet: &Packet<'_>, d: &Datagram<'_>) -> Option<()> {
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
}
