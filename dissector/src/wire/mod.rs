//! Bytes -> messages. Never fails, never panics: what was understood is returned, with the place where it stopped.
//!
//! * `digits`: numbers and addresses as text;
//! * [`frame`]: a captured frame -> the datagrams of interest in it (IKE, ESP, L2TP, ICMP errors, IP fragments);
//! * [`l2tp`]: a UDP payload of port 1701 -> an L2TP message, as far as diagnosis needs it;
//! * [`message`]: a UDP payload -> an ISAKMP (IKEv1) or IKEv2 message with all its payloads;
//! * [`code`]: code points and their IANA names, made of `data/`;
//! * [`moment`]: the time of a capture as it may be shown;
//! * [`text`]: text as it may be shown;
//! * [`vendor`]: what a Vendor ID payload says about its sender;
//! * [`x509`]: a certificate, and distinguished names.
//!
//! Nothing here knows about conversations; every item carries its [`Span`], so that a host can highlight its bytes.

mod area;
pub(crate) mod assembly;
pub mod code;
pub(crate) mod digits;
pub mod frame;
pub mod l2tp;
pub mod message;
pub mod moment;
pub mod text;
pub mod vendor;
pub mod x509;

/// A range of bytes. In a [`message::Message`] offsets count from the first byte of the IKE header; the caller
/// knows where that byte stands in the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub offset: u32,
    /// Number of bytes.
    pub len: u32,
}

impl Span {
    /// `len` bytes from `offset` on.
    #[must_use]
    pub fn new(offset: usize, len: usize) -> Self {
        Self {
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            len: u32::try_from(len).unwrap_or(u32::MAX),
        }
    }

    /// These bytes of a message, as far as it has them.
    #[must_use]
    pub fn of(self, message: &[u8]) -> &[u8] {
        let (start, len) = (self.offset as usize, self.len as usize);
        let rest = message.get(start..).unwrap_or_default();
        rest.get(..len).unwrap_or(rest)
    }

    /// The same bytes, counted from a place `by` bytes earlier (a message inside a frame).
    #[must_use]
    pub fn shifted(self, by: u32) -> Self {
        Self {
            offset: self.offset.saturating_add(by),
            len: self.len,
        }
    }
}
