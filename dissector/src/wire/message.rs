//! ISAKMP/IKEv1 (RFC 2408, 2409, 2407, 3947) and IKEv2 (RFC 7296, 7383) messages.
//!
//! [`Message::parse`] reads one message from the payload of a UDP datagram, after the non-ESP marker if there was one.
//! It borrows the payload and allocates only the lists of payloads, proposals and transforms.

use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16, be_u32};
use nom::{IResult, Offset, Parser};

use super::Span;
use super::area::Area;
use super::code::number::{eap_code, v2_traffic_selector};

/// An IKE SPI (IKEv2) or ISAKMP cookie (IKEv1).
pub type Spi = [u8; 8];

/// The most payloads, proposals per SA, transforms per proposal, or attributes per transform that are kept; reaching
/// a bound is a [`Defect`], never silent.
pub const MAX_ITEMS: usize = 512;

/// The fixed header, 28 bytes (RFC 2408 3.1, RFC 7296 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Initiator cookie / SPI.
    pub initiator_spi: Spi,
    /// Responder cookie / SPI; zero in the first message of an initiator.
    pub responder_spi: Spi,
    /// Type of the first payload; of the first *encrypted* payload when an IKEv1 message is encrypted.
    pub next_payload: u8,
    /// Major version: 1 or 2 for the messages this project knows.
    pub major: u8,
    /// Minor version.
    pub minor: u8,
    /// Exchange type, [`super::code::Registry::Exchange`].
    pub exchange: u8,
    /// Flags, all eight bits; see [`flags`].
    pub flags: u8,
    /// Message ID.
    pub message_id: u32,
    /// Length the sender wrote, in bytes, header included.
    pub length: u32,
}

/// Bits of [`Header::flags`].
pub mod flags {
    /// IKEv1: the payloads are encrypted (RFC 2408 3.1).
    pub const V1_ENCRYPTED: u8 = 0x01;
    /// IKEv2: sent by the original initiator of the IKE SA (RFC 7296 3.1).
    pub const V2_INITIATOR: u8 = 0x08;
    /// IKEv2: a response (RFC 7296 3.1).
    pub const V2_RESPONSE: u8 = 0x20;
}

impl Header {
    /// The fixed header (RFC 2408 3.1, RFC 7296 3.1).
    fn read(o: &[u8; HEADER_LEN]) -> Self {
        Self {
            initiator_spi: [o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7]],
            responder_spi: [o[8], o[9], o[10], o[11], o[12], o[13], o[14], o[15]],
            next_payload: o[16],
            major: o[17] >> 4,
            minor: o[17] & 0x0F,
            exchange: o[18],
            flags: o[19],
            message_id: u32::from_be_bytes([o[20], o[21], o[22], o[23]]),
            length: u32::from_be_bytes([o[24], o[25], o[26], o[27]]),
        }
    }

    /// IKEv1 with the encryption flag: the payloads cannot be read.
    #[must_use]
    pub fn is_v1_encrypted(&self) -> bool {
        self.major == 1 && self.flags & flags::V1_ENCRYPTED != 0
    }

    /// IKEv2 response flag.
    #[must_use]
    pub fn is_v2_response(&self) -> bool {
        self.major == 2 && self.flags & flags::V2_RESPONSE != 0
    }
}

/// One message and all that could be read of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<'a> {
    /// The fixed header.
    pub header: Header,
    /// The payloads in their order; empty when IKEv1 encrypts them.
    pub payloads: Vec<Payload<'a>>,
    /// What is wrong with the message, in order of place; empty for a sound one.
    pub defects: Vec<Defect>,
    /// Bytes given to the parser (captured), which may be fewer than `header.length`.
    pub captured: u32,
}

/// Room for the payloads of one message after the other, so that it is not asked for anew with each.
#[derive(Debug, Default)]
pub struct MessageBuffer(Vec<Payload<'static>>);

impl MessageBuffer {
    /// Reads one message, as [`Message::parse`] does, and gives what `look` sees in it. The message is looked at where it was put
    /// together: to hand it over would take as long as to read it.
    pub fn read<'a, T>(&mut self, data: &'a [u8], look: impl FnOnce(&Message<'a>) -> T) -> Option<T> {
        let (fixed, body) = data.split_first_chunk()?;
        let mut message = Message::begin(fixed, data, std::mem::take(&mut self.0));
        message.go_on(data, body);
        let seen = look(&message);
        self.0 = emptied(message.payloads);
        Some(seen)
    }
}

/// An empty list in the room of another: a collection of what a vector gives takes over its room.
fn emptied<'a>(payloads: Vec<Payload<'_>>) -> Vec<Payload<'a>> {
    payloads.into_iter().map_while(|_| None).collect()
}

/// One payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload<'a> {
    /// Payload type number, in the registry of the header's major version.
    pub kind: u8,
    /// IKEv2 critical bit.
    pub critical: bool,
    /// The whole payload with its generic header, cut where the capture ends.
    pub span: Span,
    /// What is inside.
    pub body: Body<'a>,
}

impl Payload<'_> {
    /// To be filled in where it stands. What is put together elsewhere, piece by piece, and moved there at once, makes the
    /// processor wait for the pieces.
    const EMPTY: Self = Self {
        kind: 0,
        critical: false,
        span: Span { offset: 0, len: 0 },
        body: Body::Unknown(&[]),
    };
}

/// The contents of a payload. Slices hold what the capture holds of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Body<'a> {
    /// Security Association, both versions. `doi` and `situation` are zero for IKEv2.
    SecurityAssociation {
        /// Domain of interpretation (IKEv1; 1 is IPsec).
        doi: u32,
        /// Situation bit map (IKEv1).
        situation: u32,
        /// The proposals in their order.
        proposals: Vec<Proposal<'a>>,
    },
    /// Key exchange. IKEv1 does not name the group here.
    KeyExchange {
        /// IKEv2: key exchange method (group).
        group: Option<u16>,
        /// Public value.
        data: &'a [u8],
    },
    /// Identification: IKEv1 ID, IKEv2 IDi and IDr.
    Identification {
        /// ID type.
        kind: u8,
        /// IKEv1: IP protocol, 0 for any. Zero in IKEv2.
        protocol: u8,
        /// IKEv1: port, 0 for any. Zero in IKEv2.
        port: u16,
        /// The identity itself.
        data: &'a [u8],
    },
    /// Certificate.
    Certificate {
        /// Encoding.
        encoding: u8,
        /// Certificate data.
        data: &'a [u8],
    },
    /// Certificate request.
    CertificateRequest {
        /// Encoding.
        encoding: u8,
        /// Certification authority: a DN in IKEv1, SHA-1 hashes of 20 bytes in IKEv2.
        authority: &'a [u8],
    },
    /// IKEv1 hash.
    Hash(&'a [u8]),
    /// IKEv1 signature.
    Signature(&'a [u8]),
    /// IKEv2 authentication.
    Authentication {
        /// Authentication method.
        method: u8,
        /// Authentication data.
        data: &'a [u8],
    },
    /// Nonce.
    Nonce(&'a [u8]),
    /// Notification.
    Notify {
        /// IKEv1 domain of interpretation; zero in IKEv2.
        doi: u32,
        /// Protocol ID.
        protocol: u8,
        /// SPI, empty if there is none.
        spi: &'a [u8],
        /// Notify message type.
        kind: u16,
        /// Notification data.
        data: &'a [u8],
        /// Where the notify type stands.
        kind_span: Span,
    },
    /// Delete.
    Delete {
        /// IKEv1 domain of interpretation; zero in IKEv2.
        doi: u32,
        /// Protocol ID.
        protocol: u8,
        /// Size of one SPI in bytes.
        spi_size: u8,
        /// Number of SPIs the sender claims.
        count: u16,
        /// The SPIs, one after the other.
        spis: &'a [u8],
    },
    /// Vendor ID.
    VendorId(&'a [u8]),
    /// IKEv1 NAT-D: a hash of address and port (RFC 3947 3.2, and the drafts' payload numbers).
    NatDetection(&'a [u8]),
    /// IKEv1 NAT-OA: original address (RFC 3947 5.2).
    NatOriginalAddress {
        /// ID type of the address.
        kind: u8,
        /// The address.
        address: &'a [u8],
    },
    /// IKEv1 mode configuration / XAUTH attributes (payload 14).
    ModeConfig {
        /// 1 request, 2 reply, 3 set, 4 acknowledge.
        kind: u8,
        /// Identifier.
        identifier: u16,
        /// Attributes.
        attributes: Vec<Attribute<'a>>,
    },
    /// IKEv2 configuration (payload 47).
    Configuration {
        /// 1 request, 2 reply, 3 set, 4 acknowledge.
        kind: u8,
        /// Attributes.
        attributes: Vec<Attribute<'a>>,
    },
    /// IKEv2 traffic selectors.
    TrafficSelectors(Vec<TrafficSelector<'a>>),
    /// IKEv2 EAP (RFC 3748 4).
    Eap {
        /// 1 request, 2 response, 3 success, 4 failure.
        code: u8,
        /// Identifier.
        identifier: u8,
        /// Type of a request or response.
        kind: Option<u8>,
        /// Type data.
        data: &'a [u8],
    },
    /// IKEv2 Encrypted and Authenticated (46), RFC 7296 3.14.
    Encrypted {
        /// Type of the first payload inside, readable without keys; 0 when there is none.
        first_inner: u8,
        /// IV, ciphertext and checksum.
        data: &'a [u8],
    },
    /// IKEv2 Encrypted Fragment (53), RFC 7383 2.5.
    EncryptedFragment {
        /// Type of the first payload inside the whole message; only fragment 1 tells, others hold 0.
        first_inner: u8,
        /// Number of this fragment, from 1.
        number: u16,
        /// Number of fragments.
        total: u16,
        /// IV, ciphertext and checksum.
        data: &'a [u8],
    },
    /// IKEv1 fragment of Cisco and Microsoft (payload 132, [MS-IKEE] 2.2.3.1).
    Fragment {
        /// Same for all fragments of a message.
        id: u16,
        /// Number of this fragment, from 1.
        number: u8,
        /// Set in the last fragment.
        last: bool,
        /// Part of the message.
        data: &'a [u8],
    },
    /// A payload whose type is unknown, or that is too short for its own fixed part: its bytes after the generic header.
    Unknown(&'a [u8]),
}

/// One proposal of an SA payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal<'a> {
    /// Proposal number. In IKEv1 equal numbers belong together (AND), different ones are alternatives.
    pub number: u8,
    /// Protocol ID: 1 ISAKMP/IKE, 2 AH, 3 ESP, 4 IPCOMP.
    pub protocol: u8,
    /// SPI.
    pub spi: &'a [u8],
    /// Transforms: in IKEv1 alternatives of the proposal, in IKEv2 one or more for each transform type.
    pub transforms: Vec<Transform<'a>>,
    /// The whole proposal.
    pub span: Span,
}

/// One transform of a proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct Transform<'a> {
    /// IKEv1: transform number. IKEv2: transform type.
    pub kind: u8,
    /// Transform ID.
    pub id: u16,
    /// The whole transform.
    pub span: Span,
    attributes: Attributes<'a>,
}

impl<'a> Transform<'a> {
    /// Its attributes in their order.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        self.attributes
    }
}

/// An attribute in either of its two forms (RFC 2408 3.3, RFC 7296 3.3.5): type and value, or type, length and value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attribute<'a> {
    /// Attribute type without the format bit.
    pub kind: u16,
    /// The value's bytes (two in the short form).
    pub value: &'a [u8],
    /// The whole attribute.
    pub span: Span,
}

/// The attributes of a transform, read whenever somebody looks at them: lists of their own for a hundred transforms would
/// cost more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attributes<'a> {
    bytes: &'a [u8],
    /// Where they begin in the message.
    offset: u32,
    /// How many more are given, at most.
    room: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        self.room = self.room.checked_sub(1)?;
        let mut area = Area::whole(self.bytes);
        let Read { kind, value, len, .. } = read_attribute(&mut area, AttributeForm::ByFormatBit)?;
        let span = Span {
            offset: self.offset,
            len,
        };
        self.offset = self.offset.saturating_add(len);
        self.bytes = area.bytes;
        Some(Attribute { kind, value, span })
    }
}

impl Attribute<'_> {
    /// The value as a number, if it fits 64 bits.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        let significant = self
            .value
            .iter()
            .position(|&b| b != 0)
            .map_or(&[][..], |at| self.value.get(at..).unwrap_or(&[]));
        (significant.len() <= 8).then(|| significant.iter().fold(0, |n, &b| n << 8 | u64::from(b)))
    }
}

/// One traffic selector (RFC 7296 3.13.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrafficSelector<'a> {
    /// 7 IPv4 range, 8 IPv6 range, others as bytes in `start`.
    pub kind: u8,
    /// IP protocol, 0 for any.
    pub protocol: u8,
    /// First port.
    pub start_port: u16,
    /// Last port.
    pub end_port: u16,
    /// First address, 4 or 16 bytes (or all data of an unknown type).
    pub start: &'a [u8],
    /// Last address.
    pub end: &'a [u8],
}

/// What is wrong with a message, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The bytes concerned; an empty span where something is missing.
    pub at: Span,
    /// What is wrong.
    pub kind: DefectKind,
}

/// Kinds of [`Defect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefectKind {
    /// The capture holds fewer bytes than the header says (a snap length, or a lost fragment).
    CutByCapture,
    /// The header's length is shorter than the header, or shorter than the payloads need.
    HeaderLength,
    /// Bytes follow the message.
    TrailingBytes,
    /// A payload's length is smaller than its header or reaches past the message.
    PayloadLength,
    /// A payload is too short for its own fixed part.
    PayloadTooShort,
    /// An inner length (proposal, transform, attribute, SPI, selector) does not fit its container.
    InnerLength,
    /// Proposal or transform counts, or "last" marks, contradict what is there.
    CountMismatch,
    /// A list reached [`MAX_ITEMS`].
    TooMany,
    /// A major version this project does not know; only the header is read.
    UnknownVersion,
}

pub use super::code::number::{v1_payload as v1, v2_payload as v2};

/// A part of an IKEv1 message, as Cisco and Microsoft cut it (payload 132, [MS-IKEE] 2.2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V1Fragment<'a> {
    /// Same for all fragments of a message.
    pub id: u16,
    /// Number of this one, from 1.
    pub number: u16,
    /// Number of all of them, which the last one tells.
    pub total: Option<u16>,
    /// Part of the message.
    pub data: &'a [u8],
}

impl<'a> Message<'a> {
    /// The fragment of an IKEv1 message that it carries, if it does.
    #[must_use]
    pub fn v1_fragment(&self) -> Option<V1Fragment<'a>> {
        if self.header.major != 1 {
            return None;
        }
        self.payloads.iter().find_map(|payload| match payload.body {
            Body::Fragment {
                id,
                number,
                last,
                data,
            } => Some(V1Fragment {
                id,
                number: number.into(),
                total: last.then_some(number.into()),
                data,
            }),
            _ => None,
        })
    }

    /// It is what was cut into fragments like `part`, and `bytes` are all of it: parts of different messages, which an id alone cannot
    /// tell, make none.
    #[must_use]
    pub fn is_whole_of(&self, part: &Self, bytes: &[u8]) -> bool {
        let (inner, outer) = (&self.header, &part.header);
        (inner.initiator_spi, inner.exchange, inner.message_id)
            == (outer.initiator_spi, outer.exchange, outer.message_id)
            && inner.major == 1
            && inner.length as usize == bytes.len()
            && self.v1_fragment().is_none()
    }

    /// Reads one message. `None` only if not even the 28 bytes of the header are there.
    #[must_use]
    pub fn parse(data: &'a [u8]) -> Option<Self> {
        let (fixed, body) = data.split_first_chunk()?;
        let mut message = Self::begin(fixed, data, Vec::new());
        message.go_on(data, body);
        Some(message)
    }

    /// A message of which only the fixed header was read.
    #[inline(always)]
    fn begin(fixed: &[u8; HEADER_LEN], data: &'a [u8], payloads: Vec<Payload<'a>>) -> Self {
        Self {
            header: Header::read(fixed),
            payloads,
            defects: Vec::new(),
            captured: Span::new(0, data.len()).len,
        }
    }

    /// Reads what follows the fixed header.
    fn go_on(&mut self, data: &'a [u8], body: &'a [u8]) {
        if matches!(self.header.major, 1 | 2) {
            self.read_body(data, body);
            self.defects.sort_by_key(|defect| defect.at.offset);
        } else {
            self.defect(VERSION_FIELD, DefectKind::UnknownVersion);
        }
    }

    /// Reads a chain of payloads that begins with the type `first_kind`: the plaintext of an encrypted message. Spans
    /// count from the start of `data`. Bytes after the last payload are padding here, and no defect.
    #[must_use]
    pub fn parse_payloads(first_kind: u8, major: u8, data: &'a [u8]) -> (Vec<Payload<'a>>, Vec<Defect>) {
        let mut reader = Reader::new(data, major);
        let mut payloads = Vec::new();
        reader.chain(first_kind, Area::whole(data), &mut payloads);
        reader.defects.sort_by_key(|defect| defect.at.offset);
        (payloads, reader.defects)
    }

    /// Reads what follows the fixed header, and holds the header's length against what is there.
    fn read_body(&mut self, data: &'a [u8], body: &'a [u8]) {
        let declared = usize::try_from(self.header.length)
            .ok()
            .and_then(|length| length.checked_sub(HEADER_LEN))
            .unwrap_or_else(|| {
                self.defect(LENGTH_FIELD, DefectKind::HeaderLength);
                body.len()
            });
        let area = Area::whole(body).of_length(declared);
        let beyond = body.len() - area.bytes.len();
        let mut chain = Chain::default();
        if self.is_readable() {
            let mut reader = Reader::new(data, self.header.major);
            chain = reader.chain(self.header.next_payload, area, &mut self.payloads);
            self.defects.append(&mut reader.defects);
        }
        match chain.rest.len() + beyond {
            0 => {}
            left if chain.overran => self.defect(tail(data, left), DefectKind::HeaderLength),
            left => self.defect(tail(data, left), DefectKind::TrailingBytes),
        }
        if area.is_cut() {
            self.defect(tail(data, 0), DefectKind::CutByCapture);
        }
    }

    /// Whether payloads can be read without keys. A vendor fragment may carry the encryption flag of the message it is
    /// a part of; its own payload is in clear all the same.
    fn is_readable(&self) -> bool {
        !self.header.is_v1_encrypted() || self.header.next_payload == v1::FRAGMENT
    }

    fn defect(&mut self, at: Span, kind: DefectKind) {
        self.defects.push(Defect { at, kind });
    }
}

/// What kind of bytes a message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Payloads that can be read.
    Clear,
    /// IKEv1 with the encryption flag.
    EncryptedV1,
    /// IKEv2 with an Encrypted payload.
    EncryptedV2,
    /// A part of a message, encrypted or not.
    Fragment,
}

impl Content {
    /// Looks along the generic headers of the payloads, and at nothing else.
    pub(super) fn of(data: &[u8]) -> Self {
        let Some(&[first, version, _, flags]) = data.get(16..20) else {
            return Self::Clear;
        };
        let (mut kind, mut at) = (first, HEADER_LEN);
        let encrypted = version >> 4 == 1 && flags & flags::V1_ENCRYPTED != 0;
        loop {
            match (version >> 4, kind) {
                (1, v1::FRAGMENT) | (2, v2::SKF) => return Self::Fragment,
                (1, _) if encrypted => return Self::EncryptedV1,
                (2, v2::SK) => return Self::EncryptedV2,
                _ => {}
            }
            let Some(&[next, _, high, low]) = data.get(at..at.saturating_add(ITEM_HEADER_LEN)) else {
                return Self::Clear;
            };
            let length = usize::from(u16::from_be_bytes([high, low]));
            if kind == 0 || length < ITEM_HEADER_LEN {
                return Self::Clear;
            }
            (kind, at) = (next, at.saturating_add(length));
        }
    }
}

/// Bytes of the fixed header.
const HEADER_LEN: usize = 28;
/// Bytes of the generic header that payloads, proposals and transforms share.
const ITEM_HEADER_LEN: usize = 4;
/// Where the fixed header holds the version.
const VERSION_FIELD: Span = Span { offset: 17, len: 1 };
/// Where the fixed header holds the length.
const LENGTH_FIELD: Span = Span { offset: 24, len: 4 };

/// Result of a nom parser that only slices: it has too few bytes or it has not, and needs no other error.
type Slice<'a, T> = IResult<&'a [u8], T, ()>;

/// The last `len` bytes of `data`.
fn tail(data: &[u8], len: usize) -> Span {
    Span::new(data.len().saturating_sub(len), len)
}

/// A payload, proposal or transform: the generic header that all three share (RFC 2408 3.2, RFC 7296 3.2) and the rest.
struct Item<'a> {
    /// Type of the next payload; 0 if this is the last item.
    next: u8,
    /// Critical bit and reserved bits.
    flags: u8,
    /// The whole item.
    span: Span,
    /// What follows the generic header.
    body: Area<'a>,
    /// The length reaches past the container; `body` was clipped.
    overran: bool,
}

/// What became of a chain of payloads.
#[derive(Default)]
struct Chain<'a> {
    /// Bytes after the last payload of a chain that came to its end.
    rest: &'a [u8],
    /// The chain needs more bytes than the message has.
    overran: bool,
}

/// How attributes tell their length.
#[derive(Clone, Copy)]
enum AttributeForm {
    /// The first bit selects two bytes of value, or a length field (RFC 2408 3.3, RFC 7296 3.3.5).
    ByFormatBit,
    /// Always a length field; the first bit is reserved (RFC 7296 3.15.1).
    AlwaysLength,
}

/// Reads payloads and collects their defects. Spans count from the first byte of `data`.
struct Reader<'a> {
    data: &'a [u8],
    major: u8,
    defects: Vec<Defect>,
}

impl<'a> Reader<'a> {
    fn new(data: &'a [u8], major: u8) -> Self {
        Self {
            data,
            major,
            defects: Vec::new(),
        }
    }

    /// The span of `part`, which must be a part of `self.data`.
    fn span(&self, part: &'a [u8]) -> Span {
        Span::new(self.data.offset(part), part.len())
    }

    #[cold]
    fn defect(&mut self, at: Span, kind: DefectKind) {
        self.defects.push(Defect { at, kind });
    }

    /// Reports that `area` holds less than it should, unless only the capture does (which is reported once, for the
    /// message).
    #[cold]
    fn too_short(&mut self, area: Area<'a>, kind: DefectKind) {
        if !area.is_cut() {
            self.defect(self.span(area.bytes), kind);
        }
    }

    /// Reads the next payload, proposal or transform; a length that makes no sense is reported as `kind`.
    #[inline(always)]
    fn item(&mut self, area: &mut Area<'a>, kind: DefectKind) -> Option<Item<'a>> {
        let start = *area;
        let Some(&[next, flags, high, low]) = area.array() else {
            self.too_short(*area, kind);
            return None;
        };
        let length = u16::from_be_bytes([high, low]);
        let header = Span {
            len: 4,
            ..self.span(start.bytes)
        };
        let Some(length) = usize::from(length).checked_sub(ITEM_HEADER_LEN) else {
            self.defect(header, kind);
            return None;
        };
        let (body, fits) = area.split(length);
        let span = Span {
            len: header.len + self.span(body.bytes).len,
            ..header
        };
        if !fits {
            self.defect(span, kind);
        }
        Some(Item {
            next,
            flags,
            span,
            body,
            overran: !fits,
        })
    }

    /// Whether one more may be added to a list of `len` items; reports the bound when it is reached.
    fn has_room(&mut self, len: usize, area: Area<'a>) -> bool {
        let room = len < MAX_ITEMS;
        if !room {
            self.defect(self.span(area.bytes), DefectKind::TooMany);
        }
        room
    }

    /// A chain of payloads: each names the type of the next one. Encrypted payloads end it, for their generic header
    /// names the first payload inside (RFC 7296 3.14). They are put into `payloads` where these stand: moving them would cost
    /// as much as reading them.
    fn chain(&mut self, first: u8, mut area: Area<'a>, payloads: &mut Vec<Payload<'a>>) -> Chain<'a> {
        let mut chain = Chain::default();
        let alone = self.major == 2 && matches!(first, v2::SK | v2::SKF);
        payloads.reserve(if alone { 1 } else { 16 });
        let mut kind = first;
        while kind != 0 {
            if !self.has_room(payloads.len(), area) {
                return chain;
            }
            chain.overran = area.declared() < ITEM_HEADER_LEN;
            let Some(item) = self.item(&mut area, DefectKind::PayloadLength) else {
                return chain;
            };
            payloads.push(Payload::EMPTY);
            if let Some(payload) = payloads.last_mut() {
                payload.kind = kind;
                payload.critical = self.major == 2 && item.flags & 0x80 != 0;
                payload.span = item.span;
                // Field by field, for the same reason.
                let area = Area {
                    bytes: item.body.bytes,
                    missing: item.body.missing,
                };
                self.body(kind, item.next, area, &mut payload.body);
                // Whoever writes a wrong length means something else by the bytes behind it.
                if item.overran && matches!(payload.body, Body::Notify { .. } | Body::Delete { .. }) {
                    payload.body = Body::Unknown(item.body.bytes);
                }
            }
            if item.overran {
                chain.overran = true;
                return chain;
            }
            kind = if self.major == 2 && matches!(kind, v2::SK | v2::SKF) {
                0
            } else {
                item.next
            };
        }
        chain.rest = area.bytes;
        chain
    }

    /// The contents of a payload, written in place (copying them there would cost as much as reading them). What is too
    /// short for its own fixed part stays readable as bytes.
    fn body(&mut self, kind: u8, next: u8, area: Area<'a>, body: &mut Body<'a>) {
        let read = match self.major {
            1 => self.v1_body(kind, area, body),
            _ => self.v2_body(kind, next, area, body),
        };
        if read.is_none() {
            *body = Body::Unknown(area.bytes);
            self.too_short(area, DefectKind::PayloadTooShort);
        }
    }

    fn v1_body(&mut self, kind: u8, area: Area<'a>, body: &mut Body<'a>) -> Option<()> {
        let bytes = area.bytes;
        match kind {
            v1::SA => *body = self.v1_security_association(area)?,
            v1::KE => {
                *body = Body::KeyExchange {
                    group: None,
                    data: bytes,
                }
            }
            v1::ID => *body = v1_identification(area)?,
            v1::CERT => *body = certificate(area)?,
            v1::CR => *body = certificate_request(area)?,
            v1::HASH => *body = Body::Hash(bytes),
            v1::SIG => *body = Body::Signature(bytes),
            v1::NONCE => *body = Body::Nonce(bytes),
            v1::N => *body = self.v1_notify(area)?,
            v1::D => *body = self.v1_delete(area)?,
            v1::VID => *body = Body::VendorId(bytes),
            v1::ATTRIBUTES => *body = self.mode_config(area)?,
            v1::NAT_D | v1::NAT_D_OLD_DRAFT => *body = Body::NatDetection(bytes),
            v1::NAT_OA | v1::NAT_OA_OLD_DRAFT => *body = nat_original_address(area)?,
            v1::NAT_D_DRAFT if is_hash_sized(area) => *body = Body::NatDetection(bytes),
            v1::NAT_OA_DRAFT if is_address_sized(area) => *body = nat_original_address(area)?,
            v1::FRAGMENT => *body = fragment(area)?,
            _ => *body = Body::Unknown(bytes),
        }
        Some(())
    }

    fn v2_body(&mut self, kind: u8, next: u8, area: Area<'a>, body: &mut Body<'a>) -> Option<()> {
        let bytes = area.bytes;
        match kind {
            v2::SA => *body = self.v2_security_association(area),
            v2::KE => *body = v2_key_exchange(area)?,
            v2::ID_I | v2::ID_R | v2::ID_G => *body = v2_identification(area)?,
            v2::CERT => *body = certificate(area)?,
            v2::CERTREQ => *body = certificate_request(area)?,
            v2::AUTH => *body = authentication(area)?,
            v2::NONCE => *body = Body::Nonce(bytes),
            v2::N => *body = self.notify(0, area)?,
            v2::D => *body = self.delete(0, area)?,
            v2::V => *body = Body::VendorId(bytes),
            v2::TS_I | v2::TS_R => *body = self.traffic_selectors(area)?,
            v2::SK => {
                *body = Body::Encrypted {
                    first_inner: next,
                    data: bytes,
                }
            }
            v2::CP => *body = self.configuration(area)?,
            v2::EAP => *body = self.eap(area)?,
            v2::SKF => *body = encrypted_fragment(next, area)?,
            _ => *body = Body::Unknown(bytes),
        }
        Some(())
    }

    /// RFC 2408 3.4, with the situation of RFC 2407 4.6.1.
    fn v1_security_association(&mut self, mut area: Area<'a>) -> Option<Body<'a>> {
        let (doi, situation) = area.read((be_u32, be_u32))?;
        Some(Body::SecurityAssociation {
            doi,
            situation,
            proposals: self.proposals(area),
        })
    }

    /// RFC 7296 3.3.
    fn v2_security_association(&mut self, area: Area<'a>) -> Body<'a> {
        Body::SecurityAssociation {
            doi: 0,
            situation: 0,
            proposals: self.proposals(area),
        }
    }

    fn proposals(&mut self, mut area: Area<'a>) -> Vec<Proposal<'a>> {
        let mut proposals = Vec::with_capacity(1);
        while !area.bytes.is_empty() && self.has_room(proposals.len(), area) {
            let Some(item) = self.item(&mut area, DefectKind::InnerLength) else {
                break;
            };
            self.check_last_mark(&item, area);
            let Some(proposal) = self.proposal(&item) else {
                self.too_short(item.body, DefectKind::InnerLength);
                break;
            };
            proposals.push(proposal);
        }
        proposals
    }

    /// RFC 2408 3.5, RFC 7296 3.3.1: the same layout in both versions.
    fn proposal(&mut self, item: &Item<'a>) -> Option<Proposal<'a>> {
        let mut area = item.body;
        let &[number, protocol, spi_size, count] = area.array()?;
        let spi = self.spi(&mut area, spi_size);
        let complete = !area.is_cut();
        let transforms = self.transforms(area, count.into());
        if complete && transforms.len() != usize::from(count) {
            self.defect(item.span, DefectKind::CountMismatch);
        }
        Some(Proposal {
            number,
            protocol,
            spi,
            transforms,
            span: item.span,
        })
    }

    fn transforms(&mut self, mut area: Area<'a>, count: usize) -> Vec<Transform<'a>> {
        // The count is the sender's word: room for no more than the bytes can hold.
        let mut transforms = Vec::with_capacity(count.min(area.bytes.len() / 8));
        while !area.bytes.is_empty() && self.has_room(transforms.len(), area) {
            let Some(item) = self.item(&mut area, DefectKind::InnerLength) else {
                break;
            };
            self.check_last_mark(&item, area);
            let Some(transform) = self.transform(&item) else {
                self.too_short(item.body, DefectKind::InnerLength);
                break;
            };
            transforms.push(transform);
        }
        transforms
    }

    /// RFC 2408 3.6 (number, ID, two reserved bytes) and RFC 7296 3.3.2 (type, reserved byte, ID of two bytes).
    fn transform(&mut self, item: &Item<'a>) -> Option<Transform<'a>> {
        let mut area = item.body;
        let &[kind, second, third, fourth] = area.array()?;
        let id = if self.major == 1 {
            second.into()
        } else {
            u16::from_be_bytes([third, fourth])
        };
        let attributes = self.checked_attributes(area);
        Some(Transform {
            kind,
            id,
            attributes,
            span: item.span,
        })
    }

    /// The mark of the last proposal or transform must stand in the last one, and only there. What is there is read
    /// whatever the marks say.
    fn check_last_mark(&mut self, item: &Item<'a>, after: Area<'a>) {
        if !item.overran && (item.next == 0) != (after.declared() == 0) {
            self.defect(Span { len: 1, ..item.span }, DefectKind::CountMismatch);
        }
    }

    /// Attributes to be read later; what is wrong with them is said now.
    fn checked_attributes(&mut self, area: Area<'a>) -> Attributes<'a> {
        let attributes = Attributes {
            bytes: area.bytes,
            offset: self.span(area.bytes).offset,
            room: MAX_ITEMS,
        };
        self.each_attribute(area, AttributeForm::ByFormatBit, |_| ());
        attributes
    }

    fn attributes(&mut self, area: Area<'a>, form: AttributeForm) -> Vec<Attribute<'a>> {
        let mut attributes = Vec::with_capacity((area.bytes.len() / 4).min(8));
        self.each_attribute(area, form, |attribute| attributes.push(attribute));
        attributes
    }

    fn each_attribute(
        &mut self,
        mut area: Area<'a>,
        form: AttributeForm,
        mut take: impl FnMut(Attribute<'a>),
    ) {
        let mut count = 0;
        while !area.bytes.is_empty() && self.has_room(count, area) {
            let start = area.bytes;
            let Some(read) = read_attribute(&mut area, form) else {
                self.too_short(area, DefectKind::InnerLength);
                break;
            };
            if !read.fits {
                self.defect(self.span(start), DefectKind::InnerLength);
            }
            count += 1;
            take(Attribute {
                kind: read.kind,
                value: read.value,
                span: Span {
                    len: read.len,
                    ..self.span(start)
                },
            });
        }
    }

    fn spi(&mut self, area: &mut Area<'a>, size: u8) -> &'a [u8] {
        let (spi, fits) = area.split(size.into());
        if !fits {
            self.defect(self.span(spi.bytes), DefectKind::InnerLength);
        }
        spi.bytes
    }

    /// RFC 2408 3.14: as in IKEv2, after the domain of interpretation.
    fn v1_notify(&mut self, mut area: Area<'a>) -> Option<Body<'a>> {
        let doi = area.read(be_u32)?;
        self.notify(doi, area)
    }

    /// RFC 7296 3.10.
    fn notify(&mut self, doi: u32, mut area: Area<'a>) -> Option<Body<'a>> {
        let kind_at = self.span(area.bytes).offset.saturating_add(2);
        let &[protocol, spi_size, high, low] = area.array()?;
        let kind = u16::from_be_bytes([high, low]);
        let spi = self.spi(&mut area, spi_size);
        let kind_span = Span {
            offset: kind_at,
            len: 2,
        };
        Some(Body::Notify {
            doi,
            protocol,
            spi,
            kind,
            data: area.bytes,
            kind_span,
        })
    }

    /// RFC 2408 3.15: as in IKEv2, after the domain of interpretation.
    fn v1_delete(&mut self, mut area: Area<'a>) -> Option<Body<'a>> {
        let doi = area.read(be_u32)?;
        self.delete(doi, area)
    }

    /// RFC 7296 3.11.
    fn delete(&mut self, doi: u32, mut area: Area<'a>) -> Option<Body<'a>> {
        let (protocol, spi_size, count) = area.read((be_u8, be_u8, be_u16))?;
        let spis = area.bytes;
        if area.declared() != usize::from(spi_size) * usize::from(count) {
            self.defect(self.span(spis), DefectKind::CountMismatch);
        }
        Some(Body::Delete {
            doi,
            protocol,
            spi_size,
            count,
            spis,
        })
    }

    /// draft-dukes-ike-mode-cfg-02 3.2.
    fn mode_config(&mut self, mut area: Area<'a>) -> Option<Body<'a>> {
        let (kind, _, identifier) = area.read((be_u8, be_u8, be_u16))?;
        let attributes = self.attributes(area, AttributeForm::ByFormatBit);
        Some(Body::ModeConfig {
            kind,
            identifier,
            attributes,
        })
    }

    /// RFC 7296 3.15.
    fn configuration(&mut self, mut area: Area<'a>) -> Option<Body<'a>> {
        let (kind, _) = area.read((be_u8, take(3usize)))?;
        let attributes = self.attributes(area, AttributeForm::AlwaysLength);
        Some(Body::Configuration { kind, attributes })
    }

    /// RFC 7296 3.13.
    fn traffic_selectors(&mut self, mut area: Area<'a>) -> Option<Body<'a>> {
        let start = area.bytes;
        let complete = !area.is_cut();
        let (count, _) = area.read((be_u8, take(3usize)))?;
        let mut selectors = Vec::with_capacity(usize::from(count).min(area.bytes.len() / 8));
        while !area.bytes.is_empty() && self.has_room(selectors.len(), area) {
            let Some(selector) = self.traffic_selector(&mut area) else {
                break;
            };
            selectors.push(selector);
        }
        if complete && selectors.len() != usize::from(count) {
            self.defect(
                Span {
                    len: 1,
                    ..self.span(start)
                },
                DefectKind::CountMismatch,
            );
        }
        Some(Body::TrafficSelectors(selectors))
    }

    /// RFC 7296 3.13.1. Types other than the two address ranges lay their data out in other ways.
    fn traffic_selector(&mut self, area: &mut Area<'a>) -> Option<TrafficSelector<'a>> {
        let start = area.bytes;
        let header = area.read((be_u8, be_u8, be_u16));
        let Some((kind, protocol, length)) = header else {
            self.too_short(*area, DefectKind::InnerLength);
            return None;
        };
        let header_span = Span {
            len: 4,
            ..self.span(start)
        };
        let Some(length) = usize::from(length).checked_sub(4) else {
            self.defect(header_span, DefectKind::InnerLength);
            return None;
        };
        let (body, fits) = area.split(length);
        let expected = match kind {
            v2_traffic_selector::IPV4_RANGE => Some(4 + 2 * 4),
            v2_traffic_selector::IPV6_RANGE => Some(4 + 2 * 16),
            _ => None,
        };
        if !fits || expected.is_some_and(|expected| expected != length) {
            self.defect(header_span, DefectKind::InnerLength);
        }
        let (start_port, end_port, addresses) = match expected {
            Some(_) => ports(body.bytes).map_or((0, 0, body.bytes), |(rest, (a, b))| (a, b, rest)),
            None => (0, 0, body.bytes),
        };
        let first = expected.map_or(addresses.len(), |expected| (expected - 4) / 2);
        let (start, end) = addresses.split_at(first.min(addresses.len()));
        Some(TrafficSelector {
            kind,
            protocol,
            start_port,
            end_port,
            start,
            end,
        })
    }

    /// RFC 7296 3.16, RFC 3748 4. Only requests and responses have a type.
    fn eap(&mut self, area: Area<'a>) -> Option<Body<'a>> {
        let mut packet = area;
        let (code, identifier, length) = packet.read((be_u8, be_u8, be_u16))?;
        if usize::from(length) != area.declared() {
            self.defect(self.span(area.bytes), DefectKind::InnerLength);
        }
        let kind = if matches!(code, eap_code::REQUEST | eap_code::RESPONSE) {
            packet.read(be_u8)
        } else {
            None
        };
        Some(Body::Eap {
            code,
            identifier,
            kind,
            data: packet.bytes,
        })
    }
}

/// An attribute as it was read.
struct Read<'a> {
    kind: u16,
    value: &'a [u8],
    /// Bytes of the whole attribute.
    len: u32,
    /// Its length fits its container.
    fits: bool,
}

fn read_attribute<'a>(area: &mut Area<'a>, form: AttributeForm) -> Option<Read<'a>> {
    let (kind, word) = area.array::<4>()?.split_at(2);
    let number = |bytes: &[u8]| bytes.iter().fold(0, |n, &byte| n << 8 | u16::from(byte));
    let kind = number(kind);
    let short = matches!(form, AttributeForm::ByFormatBit) && kind & 0x8000 != 0;
    let (value, fits) = if short {
        (word, true)
    } else {
        let length = usize::from(number(word));
        let (value, fits) = area.split(length);
        (value.bytes, fits)
    };
    Some(Read {
        kind: kind & 0x7FFF,
        value,
        len: Span::new(0, 4 + if short { 0 } else { value.len() }).len,
        fits,
    })
}

fn ports(bytes: &[u8]) -> Slice<'_, (u16, u16)> {
    (be_u16, be_u16).parse(bytes)
}

/// RFC 7296 3.4.
fn v2_key_exchange(mut area: Area<'_>) -> Option<Body<'_>> {
    let (group, _) = area.read((be_u16, be_u16))?;
    Some(Body::KeyExchange {
        group: Some(group),
        data: area.bytes,
    })
}

/// RFC 2407 4.6.2.
fn v1_identification(mut area: Area<'_>) -> Option<Body<'_>> {
    let (kind, protocol, port) = area.read((be_u8, be_u8, be_u16))?;
    Some(Body::Identification {
        kind,
        protocol,
        port,
        data: area.bytes,
    })
}

/// RFC 7296 3.5.
fn v2_identification(mut area: Area<'_>) -> Option<Body<'_>> {
    let (kind, _) = area.read((be_u8, take(3usize)))?;
    Some(Body::Identification {
        kind,
        protocol: 0,
        port: 0,
        data: area.bytes,
    })
}

/// RFC 2408 3.9, RFC 7296 3.6.
fn certificate(mut area: Area<'_>) -> Option<Body<'_>> {
    let encoding = area.read(be_u8)?;
    Some(Body::Certificate {
        encoding,
        data: area.bytes,
    })
}

/// RFC 2408 3.10, RFC 7296 3.7.
fn certificate_request(mut area: Area<'_>) -> Option<Body<'_>> {
    let encoding = area.read(be_u8)?;
    Some(Body::CertificateRequest {
        encoding,
        authority: area.bytes,
    })
}

/// RFC 7296 3.8.
fn authentication(mut area: Area<'_>) -> Option<Body<'_>> {
    let (method, _) = area.read((be_u8, take(3usize)))?;
    Some(Body::Authentication {
        method,
        data: area.bytes,
    })
}

/// RFC 3947 5.2.
fn nat_original_address(mut area: Area<'_>) -> Option<Body<'_>> {
    let (kind, _) = area.read((be_u8, take(3usize)))?;
    Some(Body::NatOriginalAddress {
        kind,
        address: area.bytes,
    })
}

/// [MS-IKEE] 2.2.3.1; the flags have one bit, the last fragment's.
fn fragment(mut area: Area<'_>) -> Option<Body<'_>> {
    let (id, number, flags) = area.read((be_u16, be_u8, be_u8))?;
    Some(Body::Fragment {
        id,
        number,
        last: flags & 1 != 0,
        data: area.bytes,
    })
}

/// RFC 7383 2.5.
fn encrypted_fragment(first_inner: u8, mut area: Area<'_>) -> Option<Body<'_>> {
    let (number, total) = area.read((be_u16, be_u16))?;
    Some(Body::EncryptedFragment {
        first_inner,
        number,
        total,
        data: area.bytes,
    })
}

/// A NAT-D payload is one hash: MD5 to SHA2-512. Tells it from a GDOI payload of the same number.
fn is_hash_sized(area: Area<'_>) -> bool {
    matches!(area.declared(), 16 | 20 | 32 | 48 | 64)
}

/// A NAT-OA payload is one IPv4 or IPv6 address behind 4 bytes. Tells it from a GDOI payload of the same number.
fn is_address_sized(area: Area<'_>) -> bool {
    matches!(area.declared(), 8 | 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_used_again() {
        fn seen<'a>(message: &Message<'a>) -> (Message<'a>, *const u8) {
            (message.clone(), message.payloads.as_ptr().cast())
        }
        let mut room = MessageBuffer::default();
        let mut bytes = [0; HEADER_LEN + 8];
        // A nonce of four bytes (IKEv2).
        (bytes[16], bytes[17], bytes[27], bytes[31]) = (v2::NONCE, 0x20, 36, 8);
        let (message, place) = room.read(&bytes, seen).unwrap();
        assert_eq!(message.payloads.len(), 1);
        let (again, same_place) = room.read(&bytes, seen).unwrap();
        assert_eq!(same_place, place);
        assert_eq!(again, message);
        assert_eq!(Message::parse(&bytes), Some(again));
    }
}
