//! What every fact is made with: the version of IKE, whose it is, and where it stands.

use crate::wire::Span;
use crate::wire::code::Registry;

pub use crate::wire::code::number::exchange;

/// The most other facts of one kind (notices, ICMP errors, ESP flows, key exchanges) kept of a negotiation.
pub const MAX_FACTS: usize = 32;

/// Notify message types used by name: those of IKEv2, and those of IKEv1 that have another meaning.
pub mod notify {
    pub use crate::wire::code::number::v1_notify::{
        CERT_TYPE_UNSUPPORTED as V1_CERT_TYPE_UNSUPPORTED,
        CERTIFICATE_UNAVAILABLE as V1_CERTIFICATE_UNAVAILABLE,
        INVALID_CERT_AUTHORITY as V1_INVALID_CERT_AUTHORITY,
        INVALID_CERT_ENCODING as V1_INVALID_CERT_ENCODING, INVALID_CERTIFICATE as V1_INVALID_CERTIFICATE,
        INVALID_EXCHANGE_TYPE as V1_INVALID_EXCHANGE_TYPE,
        INVALID_HASH_INFORMATION as V1_INVALID_HASH_INFORMATION,
        INVALID_ID_INFORMATION as V1_INVALID_ID_INFORMATION,
        INVALID_KEY_INFORMATION as V1_INVALID_KEY_INFORMATION, INVALID_SIGNATURE as V1_INVALID_SIGNATURE,
        PAYLOAD_MALFORMED as V1_PAYLOAD_MALFORMED, UNSUPPORTED_EXCHANGE_TYPE as V1_UNSUPPORTED_EXCHANGE_TYPE,
    };
    pub use crate::wire::code::number::v2_notify::*;

    /// The first number that is a status, not an error (both versions).
    pub const FIRST_STATUS: u16 = 16384;
}

/// Major version of IKE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// ISAKMP / IKEv1.
    V1,
    /// IKEv2.
    V2,
}

impl Version {
    /// The name users know.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "IKEv1",
            Self::V2 => "IKEv2",
        }
    }

    /// Where its notifications have their names.
    #[must_use]
    pub fn notifications(self) -> Registry {
        match self {
            Self::V1 => Registry::V1Notify,
            Self::V2 => Registry::V2Notify,
        }
    }
}

/// One of the two sides of a negotiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Who sent the first message.
    Initiator,
    /// The other one.
    Responder,
}

impl Role {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Responder => "responder",
        }
    }

    /// The other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// Where a fact stands: a frame, and bytes of it if they can be pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Frame number.
    pub frame: u32,
    /// Bytes of the frame.
    pub span: Option<Span>,
}

impl Place {
    /// All of a frame.
    #[must_use]
    pub fn in_frame(frame: u32) -> Self {
        Self { frame, span: None }
    }
}

/// One copy of a message after the first. A negotiation holds many of these, and none takes room for the sake of alignment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct Repeat {
    /// Its frame.
    pub frame: u32,
    /// Its time, nanoseconds.
    pub time: i64,
}

/// Bytes of a frame in half the room of a [`Span`]: no datagram is longer, and no layers below it are as long as that. Nothing
/// is pointed at beyond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::negotiation) struct Stretch {
    offset: u16,
    len: u16,
}

impl Stretch {
    pub(in crate::negotiation) fn of(span: Option<Span>) -> Self {
        let short = |span: Span| Some((span.offset.try_into().ok()?, span.len.try_into().ok()?));
        let (offset, len) = span.and_then(short).unwrap_or_default();
        Self { offset, len }
    }

    pub(in crate::negotiation) fn span(self) -> Option<Span> {
        (self.len > 0).then(|| Span {
            offset: self.offset.into(),
            len: self.len.into(),
        })
    }
}
