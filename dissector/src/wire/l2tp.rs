//! L2TP messages in UDP: version 2 (RFC 2661) and version 3 (RFC 3931), as far as diagnosis needs them: the header, and
//! of a control message its type and the reason it gives.

use nom::number::complete::{be_u8, be_u16, be_u32};

use super::Span;
use super::area::Area;

/// Control message types used by name (the same in RFC 3931 3.1).
pub use super::code::number::l2tp_message as kind;

/// The most attributes of a control message that are looked at.
const MAX_ATTRIBUTES: usize = 64;

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// 2 or 3.
    pub version: u8,
    /// Tunnel ID (version 3: control connection ID) of the receiver; zero in the first message, and in data of version 3.
    pub tunnel: u32,
    /// Session ID of the receiver.
    pub session: u32,
    /// What it carries.
    pub body: Body<'a>,
}

/// What a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// A control message.
    Control {
        /// Its number (Ns): the same in all copies.
        sequence: u16,
        /// Message type; `None` for one without attributes, which only acknowledges ("ZLB", RFC 2661 3.1).
        kind: Option<u16>,
        /// Why a tunnel or call ends, or was refused.
        reason: Option<Reason<'a>>,
    },
    /// Data.
    Data {
        /// PPP protocol and code of the frame, if it is one that controls the link (RFC 1661 5.1).
        ppp: Option<(u16, u8)>,
    },
}

/// PPP: the server refuses a user's login. Protocol and code of a CHAP Failure (RFC 1994 4.2), a PAP Nak (RFC 1334
/// 2.2.2) and an EAP Failure (RFC 3748 4.2).
pub const LOGIN_REFUSED: [(u16, u8); 3] = [(0xC223, 4), (0xC023, 3), (0xC227, 4)];

/// PPP: LCP Terminate-Request (RFC 1661 5.5).
pub const LINK_ENDED: (u16, u8) = (0xC021, 5);
/// PPP: Configure-Ack of IPCP (RFC 1332 3) and of IPV6CP (RFC 5072 4).
pub const NETWORK_UP: [(u16, u8); 2] = [(0x8021, 2), (0x8057, 2)];

/// Result Code attribute (RFC 2661 4.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Result code, of the registry of its message type.
    pub result: u16,
    /// General error code.
    pub error: Option<u16>,
    /// The sender's own words, as they came.
    pub text: &'a [u8],
    /// Where the attribute stands, from the first byte of the L2TP header.
    pub span: Span,
}

/// Bits of the first two bytes (RFC 2661 3.1).
mod bit {
    pub(super) const CONTROL: u16 = 0x8000;
    pub(super) const LENGTH: u16 = 0x4000;
    pub(super) const SEQUENCE: u16 = 0x0800;
    pub(super) const OFFSET: u16 = 0x0200;
    pub(super) const PRIORITY: u16 = 0x0100;
    pub(super) const VERSION: u16 = 0x000F;
    /// Must be zero.
    pub(super) const RESERVED: u16 = 0x34F0;
}

impl<'a> Message<'a> {
    /// Reads a message from a UDP payload. `None` for what is no L2TP: port 1701 may be any program's. Never fails on
    /// a cut one: what is there is read.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut area = Area::whole(bytes);
        let flags = area.read(be_u16)?;
        let version = u8::try_from(flags & bit::VERSION).ok()?;
        if flags & bit::RESERVED != 0 {
            return None;
        }
        match (version, flags & bit::CONTROL != 0) {
            (2 | 3, true) => Self::control(version, flags, area, bytes),
            (2, false) => Self::data(flags, area),
            // RFC 3931 4.1.2.1: all bits but the version are reserved, then 16 more, then the session.
            (3, false) if flags == 3 => {
                let (reserved, session) = area.read((be_u16, be_u32))?;
                (reserved == 0 && session != 0).then_some(Self {
                    version,
                    tunnel: 0,
                    session,
                    body: Body::Data { ppp: None },
                })
            }
            _ => None,
        }
    }

    /// Length and sequence numbers must be there, offset and priority must not (RFC 2661 3.1, RFC 3931 3.2.1).
    fn control(version: u8, flags: u16, mut area: Area<'a>, bytes: &'a [u8]) -> Option<Self> {
        let wanted = bit::LENGTH | bit::SEQUENCE;
        if flags & (wanted | bit::OFFSET | bit::PRIORITY) != wanted {
            return None;
        }
        let length = area.read(be_u16)?;
        let (tunnel, session) = if version == 2 {
            let (tunnel, session) = area.read((be_u16, be_u16))?;
            (tunnel.into(), session.into())
        } else {
            (area.read(be_u32)?, 0)
        };
        let (sequence, _) = area.read((be_u16, be_u16))?;
        let mut left = area.of_length(usize::from(length).checked_sub(12)?);
        let (mut kind, mut reason) = (None, None);
        for at in 0..MAX_ATTRIBUTES {
            let start = bytes.len() - left.bytes.len().min(bytes.len());
            let Some((head, vendor, attribute)) = left.read((be_u16, be_u16, be_u16)) else {
                break;
            };
            // RFC 2661 4.1: mandatory, hidden, four reserved bits, ten bits of length with this header.
            let (hidden, size) = (head & 0x4000 != 0, usize::from(head & 0x03FF));
            let (value, _) = left.split(size.checked_sub(6)?);
            match (vendor, attribute) {
                (0, 0) if at == 0 => kind = { value }.read(be_u16),
                // As much of it as is there.
                (0, 1) if !hidden => {
                    reason = Reason::read(value, Span::new(start, 6 + value.bytes.len()));
                }
                _ => {}
            }
            // The type comes first (RFC 2661 4.4.1): without it this is something else.
            kind?;
        }
        Some(Self {
            version,
            tunnel,
            session,
            body: Body::Control {
                sequence,
                kind,
                reason,
            },
        })
    }

    fn data(flags: u16, mut area: Area<'a>) -> Option<Self> {
        if flags & bit::LENGTH != 0 {
            let length = area.read(be_u16)?;
            // A cut message is shorter than it says, none is longer.
            if usize::from(length) < area.bytes.len() + 4 {
                return None;
            }
        }
        let (tunnel, session) = area.read((be_u16, be_u16))?;
        let message = Self {
            version: 2,
            tunnel: tunnel.into(),
            session: session.into(),
            body: Body::Data {
                ppp: Self::ppp(flags, area),
            },
        };
        (tunnel != 0 && session != 0).then_some(message)
    }

    /// Sequence numbers and padding may stand before the frame, address and control bytes at its beginning.
    fn ppp(flags: u16, mut area: Area<'a>) -> Option<(u16, u8)> {
        if flags & bit::SEQUENCE != 0 {
            area.read(be_u32)?;
        }
        if flags & bit::OFFSET != 0 {
            let padding = area.read(be_u16)?;
            area.split(padding.into());
        }
        if area.bytes.starts_with(&[0xFF, 0x03]) {
            area.read(be_u16)?;
        }
        // RFC 1661 2: protocols from 0x8000 on control the link.
        area.read((be_u16, be_u8))
            .filter(|(protocol, _)| *protocol >= 0x8000)
    }

    /// The first message of a client.
    #[must_use]
    pub fn is_request(&self) -> bool {
        matches!(
            self.body,
            Body::Control {
                kind: Some(kind::SCCRQ),
                ..
            }
        )
    }
}

impl<'a> Reason<'a> {
    fn read(mut value: Area<'a>, span: Span) -> Option<Self> {
        let result = value.read(be_u16)?;
        let error = value.read(be_u16);
        Some(Self {
            result,
            error,
            text: value.bytes,
            span,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An attribute with the mandatory bit.
    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let size = u16::try_from(value.len() + 6).unwrap();
        [
            &(0x8000 | size).to_be_bytes()[..],
            &[0, 0],
            &kind.to_be_bytes(),
            value,
        ]
        .concat()
    }

    fn control(version: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
        let body = attributes.concat();
        let length = u16::try_from(body.len() + 12).unwrap();
        [
            &[0xC8, version][..],
            &length.to_be_bytes(),
            &[0, 7, 0, 9, 0, 3, 0, 1],
            &body,
        ]
        .concat()
    }

    fn parts(m: &Message<'_>) -> (Option<u16>, Option<(u16, Option<u16>)>) {
        match m.body {
            Body::Control { kind, reason, .. } => (kind, reason.map(|r| (r.result, r.error))),
            Body::Data { .. } => (None, None),
        }
    }

    #[test]
    fn a_request_and_an_acknowledgment_are_read() {
        let bytes = control(2, &[attribute(0, &[0, 1]), attribute(7, b"client")]);
        let m = Message::parse(&bytes).unwrap();
        assert!(m.is_request());
        assert_eq!((m.version, m.tunnel, m.session), (2, 7, 9));
        let bytes = control(2, &[]);
        assert_eq!(parts(&Message::parse(&bytes).unwrap()), (None, None));
    }

    #[test]
    fn the_reason_of_a_stop_is_read_with_its_place() {
        let bytes = control(
            2,
            &[attribute(0, &[0, 4]), attribute(1, &[0, 2, 0, 6, b'n', b'o'])],
        );
        let m = Message::parse(&bytes).unwrap();
        let Body::Control {
            reason: Some(reason), ..
        } = m.body
        else {
            panic!("{m:?}")
        };
        assert_eq!(
            (reason.result, reason.error, reason.text),
            (2, Some(6), &b"no"[..])
        );
        assert_eq!(reason.span, Span::new(20, 12));
        // The error code may be left out.
        let bytes = control(2, &[attribute(0, &[0, 14]), attribute(1, &[0, 3])]);
        assert_eq!(
            parts(&Message::parse(&bytes).unwrap()),
            (Some(14), Some((3, None)))
        );
    }

    #[test]
    fn version_3_has_wider_connection_ids() {
        let bytes = control(3, &[attribute(0, &[0, 1])]);
        let m = Message::parse(&bytes).unwrap();
        assert_eq!((m.version, m.tunnel, m.session), (3, 0x0007_0009, 0));
        assert!(Message::parse(&[0, 3, 0, 0, 1, 2, 3, 4, 0xFF, 0x03]).is_some());
    }

    #[test]
    fn data_is_told_from_what_merely_uses_the_port() {
        let data = [0x40, 0x02, 0, 12, 0, 1, 0, 2, 0xFF, 0x03, 0xC0, 0x21];
        assert_eq!(
            Message::parse(&data).map(|m| m.body),
            Some(Body::Data { ppp: None })
        );
        let refused = [0x00, 0x02, 0, 1, 0, 2, 0xFF, 0x03, 0xC2, 0x23, 4, 1, 0, 4];
        let ppp = Some(LOGIN_REFUSED[0]);
        assert_eq!(Message::parse(&refused).map(|m| m.body), Some(Body::Data { ppp }));
        // A DNS query whose source port happens to be 1701, noise, and a control message that lacks its length.
        for other in [
            &[0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0][..],
            &[0xFF; 20],
            &[0x88, 0x02, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(Message::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn no_cut_and_no_flipped_byte_panics() {
        let whole = control(
            2,
            &[attribute(0, &[0, 4]), attribute(1, &[0, 2, 0, 6, b'n', b'o'])],
        );
        for end in 0..whole.len() {
            let _ = Message::parse(&whole[..end]);
            for value in [0x00, 0x03, 0x7F, 0xFF] {
                let mut flipped = whole.clone();
                flipped[end] = value;
                let _ = Message::parse(&flipped);
            }
        }
    }
}
