//! An IKE message on its way into a negotiation.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;

use crate::negotiation::facts::place::{Place, Repeat};
use crate::packet::Packet;
use crate::wire::Span;
use crate::wire::frame::Datagram;
use crate::wire::message::Message;

/// An IKE message on its way into a negotiation.
pub(super) struct Arrival<'a, 'b> {
    pub(super) packet: &'b Packet<'b>,
    pub(super) datagram: &'b Datagram<'b>,
    pub(super) ports: (u16, u16),
    pub(super) message: &'b Message<'a>,
    pub(super) bytes: &'a [u8],
    /// Bytes that the frame really holds: fewer where a cut header was completed.
    pub(super) captured: usize,
    pub(super) offset: Option<u32>,
    pub(super) incomplete: bool,
    pub(super) ip_fragmented: bool,
}

impl Arrival<'_, '_> {
    /// The header tells the length that the message has.
    pub(super) fn has_its_length(&self) -> bool {
        self.incomplete || self.message.header.length as usize == self.bytes.len()
    }

    pub(super) fn place(&self, span: Span) -> Place {
        Place {
            frame: self.packet.frame,
            span: self.offset.map(|by| self.in_frame(span).shifted(by)),
        }
    }

    /// The part of a span that the frame holds.
    pub(super) fn in_frame(&self, span: Span) -> Span {
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
    pub(super) fn digest(&self) -> u32 {
        let mut hasher = FixedState::with_seed(0).build_hasher();
        hasher.write(self.bytes);
        let [.., a, b, c, d] = hasher.finish().to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}
