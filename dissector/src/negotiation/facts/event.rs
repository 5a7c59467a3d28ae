//! Messages of a negotiation, with all their copies, and the notifications in them.

use std::num::NonZeroU8;

use thin_vec::ThinVec;

use super::place::{Place, Repeat, Role, Stretch, exchange};
use crate::wire::Span;
use crate::wire::message::v2 as payload;

/// The most repeats of one message whose frames are kept; further ones are counted.
pub const MAX_REPEATS: usize = 16;

/// One message of a negotiation with all its copies.
#[derive(Clone, Debug)]
pub struct Event {
    /// Frame of the first copy: later messages have higher ones.
    pub frame: u32,
    /// Time of the first copy, nanoseconds since 1970.
    pub time: i64,
    /// Who sent it.
    pub from: Role,
    /// Source and destination port.
    pub ports: (u16, u16),
    /// Exchange type.
    pub exchange: u8,
    /// Place of the message in its exchange, from 1 (Main Mode 1 to 6; request 1, response 2).
    pub position: u8,
    /// Message ID.
    pub message_id: u32,
    /// Length of the whole message by its header; of an IKE-fragmented one, of all fragments seen.
    pub length: u32,
    /// Its payloads cannot be read without keys.
    pub encrypted: bool,
    /// Type of the first encrypted payload, where the message tells and there is one.
    pub(in crate::negotiation) first_inner: Option<NonZeroU8>,
    pub(in crate::negotiation) capture: Capture,
    /// As much of the IKE message as stands in its frame.
    pub(in crate::negotiation) bytes: Stretch,
    /// How many events later the first answer to it came; zero without an answer.
    pub(in crate::negotiation) answered_after: u8,
    /// How many events earlier the message came that this one answers; zero if it answers none.
    pub(in crate::negotiation) answers: u8,
    /// Tells it from others of its exchange, sender and message ID.
    pub(in crate::negotiation) digest: u32,
    pub(in crate::negotiation) more: Option<Box<More>>,
}

/// A negotiation is mostly events, and a capture may have a million of them.
const _: () = assert!(size_of::<Event>() <= 48);

/// How the capture holds a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::negotiation) enum Capture {
    Whole,
    /// It came as IP fragments.
    Reassembled,
    /// Only its head is here (a snap length).
    Cut,
    /// Only its first IP fragment is here.
    FirstFragment,
}

impl Capture {
    pub(in crate::negotiation) fn of(incomplete: bool, ip_fragmented: bool) -> Self {
        match (incomplete, ip_fragmented) {
            (false, false) => Self::Whole,
            (false, true) => Self::Reassembled,
            (true, false) => Self::Cut,
            (true, true) => Self::FirstFragment,
        }
    }
}

/// What few events have.
#[derive(Clone, Debug, Default)]
pub(in crate::negotiation) struct More {
    pub(in crate::negotiation) repeats: ThinVec<Repeat>,
    /// Number of retransmissions, also those whose frames were not kept.
    pub(in crate::negotiation) repeat_count: u32,
    /// The last retransmission or fragment.
    pub(in crate::negotiation) last: Option<Repeat>,
    pub(in crate::negotiation) fragments: Option<Fragments>,
    /// IKEv1: digests of the fragments by their numbers. strongSwan gives all its messages the same id.
    pub(in crate::negotiation) digests: ThinVec<(u16, u32)>,
}

/// IKE fragments of one message (RFC 7383, or Cisco/Microsoft).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragments {
    /// Bit n-1 is set when fragment n was seen (of the first 64).
    pub seen: u64,
    /// Number of fragments, once known.
    pub total: Option<u16>,
    /// Cisco/Microsoft: the fragments' common id.
    pub id: u16,
}

impl Fragments {
    /// All fragments were seen.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.total
            .is_some_and(|n| n <= 64 && self.seen.count_ones() == u32::from(n))
    }
}

impl Event {
    /// Type of the first encrypted payload, where the message tells and there is one.
    #[must_use]
    pub fn first_inner(&self) -> Option<u8> {
        self.first_inner.map(NonZeroU8::get)
    }

    /// The message ended early in the capture: only its head is here (a lost IP fragment, a snap length).
    #[must_use]
    pub fn incomplete(&self) -> bool {
        matches!(self.capture, Capture::Cut | Capture::FirstFragment)
    }

    /// It came as IP fragments.
    #[must_use]
    pub fn ip_fragmented(&self) -> bool {
        matches!(self.capture, Capture::Reassembled | Capture::FirstFragment)
    }

    /// Further copies: retransmissions. At most [`MAX_REPEATS`].
    #[must_use]
    pub fn repeats(&self) -> &[Repeat] {
        self.more.as_ref().map_or(&[], |more| &more.repeats)
    }

    /// IKE fragments: which were seen, and how many there are if known.
    #[must_use]
    pub fn fragments(&self) -> Option<Fragments> {
        self.more.as_ref()?.fragments
    }

    /// Number of retransmissions, also those whose frames were not kept.
    #[must_use]
    pub fn repeat_count(&self) -> u32 {
        self.more.as_ref().map_or(0, |more| more.repeat_count)
    }

    /// The first copy.
    pub(in crate::negotiation) fn first(&self) -> Repeat {
        Repeat {
            frame: self.frame,
            time: self.time,
        }
    }

    /// The last copy that is no duplicate; of a fragmented message, the last fragment.
    pub(in crate::negotiation) fn last(&self) -> Repeat {
        let last = self.more.as_ref().and_then(|more| more.last);
        last.unwrap_or_else(|| self.first())
    }

    /// Time of the last copy.
    #[must_use]
    pub fn last_time(&self) -> i64 {
        self.last().time
    }

    /// Some answer to it was seen.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.answered_after > 0
    }

    /// An IKEv1 fragment of this number and content may be one of this message.
    pub(in crate::negotiation) fn may_hold(&self, number: u16, digest: u32) -> bool {
        let digests = self.more.as_ref().map_or(&[][..], |m| &m.digests);
        let total = self.fragments().and_then(|f| f.total);
        digests.iter().all(|&(n, d)| n != number || d == digest) && total.is_none_or(|t| number <= t)
    }

    /// Number of copies including the first.
    #[must_use]
    pub fn copies(&self) -> u32 {
        self.repeat_count().saturating_add(1)
    }

    /// A request of IKEv2, or the first message of an exchange.
    #[must_use]
    pub fn is_request(&self) -> bool {
        self.position == 1
    }

    /// Bytes of the IKE message in its frame; none of a message that was put together from fragments.
    #[must_use]
    pub fn span(&self) -> Span {
        self.bytes.span().unwrap_or_default()
    }

    /// A Delete of IKEv2: that is its first payload.
    #[must_use]
    pub fn is_delete(&self) -> bool {
        self.exchange == exchange::INFORMATIONAL
            && self.is_request()
            && self.first_inner() == Some(payload::D)
    }

    /// The place of this message.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            frame: self.frame,
            span: Some(self.span()),
        }
    }

    /// The place of its last copy, without bytes.
    #[must_use]
    pub fn last_place(&self) -> Place {
        match self.last().frame {
            frame if frame == self.frame => self.place(),
            frame => Place { frame, span: None },
        }
    }

    /// A copy was sent after `time`.
    #[must_use]
    pub fn repeated_after(&self, time: i64) -> Option<Repeat> {
        self.repeats().iter().copied().find(|r| r.time > time)
    }
}

/// A notification of an error that could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The message it came in.
    pub event: u32,
    /// Who sent it.
    pub from: Role,
    /// Time, nanoseconds.
    pub time: i64,
    /// Exchange type of that message.
    pub exchange: u8,
    /// Notify message type.
    pub kind: u16,
    /// Size of its SPI.
    pub spi_size: u8,
    /// Its data as far as it is read: the group that INVALID_KE_PAYLOAD asks for (RFC 7296 1.3).
    pub number: Option<u16>,
    /// It was decrypted: its sender held the keys.
    pub decrypted: bool,
    /// Where it stands.
    pub place: Place,
}
