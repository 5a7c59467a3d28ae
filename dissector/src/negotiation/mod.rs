//! Messages -> exchanges -> negotiations, and what each peer offered, chose, refused and showed of itself.
//!
//! * [`chunked`]: the list they stand in, and `index`: what leads to them;
//! * [`bounds`]: what goes when a list is full;
//! * [`place`]: versions, roles, places: what every fact is made with;
//! * [`tracker`]: which negotiation a datagram belongs to, and what it adds to it; `links`: how those of the same peers lead to each other;
//! * `lineage`: which goes on with which: retries, and IKE SAs that renew others;
//! * [`stranger`]: what comes on the ports of IKE and is none of it;
//! * [`moved`]: ends that IKE has left, and `follow`, which finds them;
//! * [`offer`]: proposals of both versions in one form, and their comparison;
//! * [`nat`]: who is behind NAT, from the NAT detection hashes;
//! * [`shape`]: what the length of an encrypted message tells;
//! * [`proof`]: who each side says it is, and how it proves it;
//! * [`selector`]: the traffic a tunnel is asked for;
//! * [`decrypted`]: which of the host's decrypted bytes are believed, and what they say;
//! * [`traffic`]: how ESP fares, and L2TP outside it;
//! * [`standing`]: where a negotiation is, who has to speak, and how long nobody did;
//! * [`knowledge`]: what the whole capture teaches about an address;
//! * `redact`: what of all this came from outside.
//!
//! Facts only: every one knows its frame. What they mean is for the rules.

pub mod aggressive;
pub mod bounds;
pub mod chunked;
pub mod decrypted;
mod follow;
mod index;
pub mod knowledge;
mod lineage;
mod links;
pub mod moved;
pub mod nat;
pub mod offer;
pub mod place;
mod progress;
pub mod proof;
pub(crate) mod redact;
pub mod selector;
pub mod shape;
pub mod standing;
pub mod stranger;
pub mod tracker;
pub mod traffic;

use std::net::IpAddr;
use std::num::NonZeroU8;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use thin_vec::ThinVec;

use crate::wire::Span;
use crate::wire::assembly::Assemblies;
use crate::wire::code;
use crate::wire::frame::IcmpError;
use crate::wire::message::Spi;
use crate::wire::vendor::{Ability, Product};
use bounds::{Kept, Omitted, keep, keep_first_and_last};
use knowledge::{HostId, VendorList};
use offer::{Offer, Suite};
use place::Stretch;
pub use place::{MAX_FACTS, Place, Repeat, Role, Version, exchange, notify};
use redact::Redact;

pub use crate::wire::message::v2 as payload;

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
    first_inner: Option<NonZeroU8>,
    capture: Capture,
    /// As much of the IKE message as stands in its frame.
    bytes: Stretch,
    /// How many events later the first answer to it came; zero without an answer.
    answered_after: u8,
    /// How many events earlier the message came that this one answers; zero if it answers none.
    answers: u8,
    /// Tells it from others of its exchange, sender and message ID.
    digest: u32,
    more: Option<Box<More>>,
}

/// A negotiation is mostly events, and a capture may have a million of them.
const _: () = assert!(size_of::<Event>() <= 48);

/// How the capture holds a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Capture {
    Whole,
    /// It came as IP fragments.
    Reassembled,
    /// Only its head is here (a snap length).
    Cut,
    /// Only its first IP fragment is here.
    FirstFragment,
}

impl Capture {
    fn of(incomplete: bool, ip_fragmented: bool) -> Self {
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
struct More {
    repeats: ThinVec<Repeat>,
    /// Number of retransmissions, also those whose frames were not kept.
    repeat_count: u32,
    /// The last retransmission or fragment.
    last: Option<Repeat>,
    fragments: Option<Fragments>,
    /// IKEv1: digests of the fragments by their numbers. strongSwan gives all its messages the same id.
    digests: ThinVec<(u16, u32)>,
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
    fn first(&self) -> Repeat {
        Repeat {
            frame: self.frame,
            time: self.time,
        }
    }

    /// The last copy that is no duplicate; of a fragmented message, the last fragment.
    fn last(&self) -> Repeat {
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
    fn may_hold(&self, number: u16, digest: u32) -> bool {
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

/// What a side sends that is asked for later. Of status notifications the others are not kept: every message has some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A public value (key exchange payload) that could be read.
    Key,
    /// A Vendor ID, known or not.
    VendorId,
    /// IKEV2_FRAGMENTATION_SUPPORTED, RFC 7383 2.3.
    Fragmentation,
    /// USE_PPK, RFC 8784 3; or USE_PPK_INT, RFC 9867.
    PostQuantumKey,
    /// COOKIE, RFC 7296 2.6: a demand, if the responder sends it.
    Cookie,
    /// CHILDLESS_IKEV2_SUPPORTED, RFC 6023 3.
    Childless,
}

impl Sent {
    fn by_status(kind: u16) -> Option<Self> {
        match kind {
            notify::FRAGMENTATION_SUPPORTED => Some(Self::Fragmentation),
            notify::USE_PPK | notify::USE_PPK_INT => Some(Self::PostQuantumKey),
            notify::COOKIE => Some(Self::Cookie),
            notify::CHILDLESS_IKEV2_SUPPORTED => Some(Self::Childless),
            _ => None,
        }
    }
}

/// The responder of IKEv2 sends the initiator to another gateway (RFC 5685 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Where to, if it is said by address and not by name.
    pub to: Option<IpAddr>,
    /// Where it stands.
    pub place: Place,
}

impl Redirect {
    /// Reads the notification's data: type and length of an identity, then the identity (RFC 5685 7.2).
    fn read(data: &[u8], place: Place) -> Self {
        let to = match data {
            [1, 4, rest @ ..] => rest.first_chunk::<4>().map(|bytes| IpAddr::from(*bytes)),
            [2, 16, rest @ ..] => rest.first_chunk::<16>().map(|bytes| IpAddr::from(*bytes)),
            _ => None,
        };
        Self { to, place }
    }
}

/// An SA payload for a child SA (IKEv1 Quick Mode, IKEv2 IKE_AUTH or CREATE_CHILD_SA), decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildOffer {
    /// The message it came in.
    pub event: u32,
    /// Who sent it.
    pub from: Role,
    /// The suites.
    pub suites: Vec<Suite>,
    /// USE_TRANSPORT_MODE came with it (RFC 7296 1.3.1).
    pub transport: bool,
    /// Where; the span counts in the decrypted bytes, so none is given.
    pub place: Place,
}

/// An ICMP error about a message of this negotiation, or about its ESP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// Frame.
    pub frame: u32,
    /// Time, nanoseconds.
    pub time: i64,
    /// What it says.
    pub error: IcmpError,
    /// Who says so.
    pub sender: IpAddr,
    /// Who is told, that is: who sent the quoted packet.
    pub about: Role,
    /// IP protocol of the quoted packet.
    pub protocol: u8,
    /// Its destination port, if UDP.
    pub port: Option<u16>,
    /// Bytes of the ICMP message.
    pub span: Span,
}

/// How data crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carriage {
    /// ESP, an IP protocol of its own.
    Esp,
    /// ESP in UDP.
    Encapsulated,
    /// AH.
    Ah,
}

/// ESP (or AH) in one direction with one SPI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EspFlow {
    /// SPI.
    pub spi: u32,
    /// Who sends.
    pub from: Role,
    /// What its packets are.
    pub carriage: Carriage,
    /// Last packet.
    pub last: Repeat,
    /// Number of packets.
    pub packets: u32,
    /// Bit n is set when a packet's length modulo 16 was n.
    pub residues: u16,
    /// Length of the longest packet in bytes.
    pub longest: u16,
    /// Length of the shortest packet in bytes.
    pub shortest: u16,
    /// Sequence number of the first packet.
    pub first_sequence: u32,
    /// The highest sequence number seen.
    pub highest_sequence: u32,
    /// The first packets, from one to [`traffic::MAX_SAMPLES`] of them.
    pub samples: ThinVec<traffic::Sample>,
    last_sequence: u32,
}

/// Every tunnel has two.
const _: () = assert!(size_of::<EspFlow>() <= 48);

impl EspFlow {
    /// It is AH, not ESP.
    #[must_use]
    pub fn is_ah(&self) -> bool {
        self.carriage == Carriage::Ah
    }

    /// It comes in UDP.
    #[must_use]
    pub fn is_encapsulated(&self) -> bool {
        self.carriage == Carriage::Encapsulated
    }

    /// First packet.
    #[must_use]
    pub fn first(&self) -> Repeat {
        (self.samples.first()).map_or(self.last, |sample| sample.at())
    }
}

/// One side.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Address.
    pub address: IpAddr,
    /// What the capture teaches about it.
    pub host: HostId,
    /// Port of its first message.
    pub port: u16,
    /// Port of its last IKE message.
    pub last_port: u16,
    /// TTL or hop limit of its first packet: 64, 128 and 255 mean that the capture was taken beside it.
    pub ttl: Option<u8>,
    /// Number of IKE messages from it, copies included.
    pub messages: u32,
    /// An IKE message of it came from UDP port 4500 or went there.
    pub on_4500: bool,
    /// Product, if a Vendor ID told.
    pub product: Option<Product>,
    /// Its Vendor IDs that are known.
    pub vendor_ids: VendorList,
    /// Bits of [`Ability`].
    abilities: u8,
    /// Bits of [`Sent`].
    sent: u8,
    /// Behind NAT, as far as NAT detection tells.
    pub nat: nat::Nat,
}

impl Peer {
    fn new(address: IpAddr, port: u16) -> Self {
        Self {
            address,
            host: HostId::default(),
            port,
            last_port: port,
            ttl: None,
            messages: 0,
            on_4500: false,
            product: None,
            vendor_ids: VendorList::default(),
            abilities: 0,
            sent: 0,
            nat: nat::Nat::Unknown,
        }
    }

    /// Puts pseudonyms for what came from outside.
    fn redact(&mut self, d: &mut dyn Redact) {
        let Self {
            address,
            port,
            last_port,
            // What follows stays: products and their Vendor IDs are those that are known here.
            host: _,
            ttl: _,
            messages: _,
            on_4500: _,
            product: _,
            vendor_ids: _,
            abilities: _,
            sent: _,
            nat: _,
        } = self;
        d.address(address);
        d.port(port);
        d.port(last_port);
    }

    /// It announced this ability.
    #[must_use]
    pub fn can(&self, ability: Ability) -> bool {
        self.abilities & 1 << ability as u8 != 0
    }

    /// It sent this, and it could be read.
    #[must_use]
    pub fn sent(&self, what: Sent) -> bool {
        self.sent & 1 << what as u8 != 0
    }

    fn note_sent(&mut self, what: Sent) {
        self.sent |= 1 << what as u8;
    }

    /// Its packets carry an untouched initial TTL: the capture was taken beside it (or nothing routes between).
    #[must_use]
    pub fn is_here(&self) -> bool {
        matches!(self.ttl, Some(64 | 128 | 255))
    }
}

/// Where the capture was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vantage {
    /// Beside the initiator.
    Initiator,
    /// Beside the responder.
    Responder,
    /// In between, on both (one network), or unknown.
    Unknown,
}

impl Vantage {
    /// Beside this side.
    #[must_use]
    pub fn beside(role: Role) -> Self {
        match role {
            Role::Initiator => Self::Initiator,
            Role::Responder => Self::Responder,
        }
    }
}

/// How far a negotiation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// Nothing from the responder.
    Unanswered,
    /// The responder answered, but has chosen no proposal.
    Answered,
    /// A proposal was chosen.
    ProposalChosen,
    /// Keys were exchanged (Main Mode 4, IKE_SA_INIT response with KE).
    KeysExchanged,
    /// The initiator has sent its authentication.
    Authenticating,
    /// The IKE SA is up.
    IkeUp,
    /// A child SA is up.
    ChildUp,
}

/// Which messages of which exchanges were seen: what [`Negotiation::progress`] asks for, without a search, and what rules look
/// for in vain, most often.
#[derive(Clone, Copy, Debug, Default)]
struct Steps(u64);

impl Steps {
    /// Later positions of an exchange count as this one.
    const MOST: u8 = 7;

    /// The bit of a step of the exchanges that are asked for.
    fn bit(exchange: u8, position: u8) -> u64 {
        use self::exchange as x;
        let row = match exchange {
            x::MAIN_MODE => 0,
            x::AGGRESSIVE => 1,
            x::QUICK_MODE => 2,
            x::TRANSACTION => 3,
            x::IKE_AUTH => 4,
            x::CREATE_CHILD_SA => 5,
            x::IKE_SA_INIT => 6,
            x::INFORMATIONAL => 7,
            _ => return 0,
        };
        1 << (row * 8 + position.min(Self::MOST))
    }

    fn add(&mut self, exchange: u8, position: u8) {
        self.0 |= Self::bit(exchange, position);
    }

    fn has(self, exchange: u8, position: u8) -> bool {
        self.0 & Self::bit(exchange, position) != 0
    }

    /// It need not be searched for.
    fn lacks(self, exchange: u8, position: u8) -> bool {
        let bit = Self::bit(exchange, position);
        bit != 0 && self.0 & bit == 0
    }
}

/// The most events kept from the beginning, and from the end, of a negotiation.
pub const MAX_EVENTS: usize = 128;

/// Everything two peers said for one IKE SA; or clear-text L2TP, or ESP that ICMP answers, between two hosts that never spoke IKE
/// (then [`Negotiation::is_ike`] is false, and only what is not IKE's own holds anything).
#[derive(Clone, Debug)]
pub struct Negotiation {
    /// Index in the capture, from 0.
    pub stream: u32,
    /// Major version.
    pub version: Version,
    /// Initiator SPI or cookie.
    pub initiator_spi: Spi,
    /// Responder SPI or cookie, once it showed.
    pub responder_spi: Option<Spi>,
    /// Who began.
    pub initiator: Peer,
    /// Who was asked.
    pub responder: Peer,
    /// The capture holds the first message.
    pub started: bool,
    /// Last frame and time, of any kind.
    pub last: Repeat,
    /// What the initiator offered for the IKE SA, last version of it.
    offer: Option<Arc<Offer>>,
    /// Frame of that offer.
    offered_in: u32,
    /// Length of the message with the offer.
    pub offer_length: u32,
    /// What the responder chose.
    choice: Option<Arc<Offer>>,
    /// Frame of that choice.
    chosen_in: u32,
    /// What Aggressive Mode's proofs of the pre-shared key are made from.
    aggressive: Option<Box<aggressive::Material>>,
    /// Notifications of errors that could be read.
    pub notices: ThinVec<Notice>,
    links: links::Links,
    /// It is the first between its hosts, and no more than a question so far.
    only_asked: bool,
    /// Its IKE SA came up, which the latest negotiation between the two addresses knows: see [`links`].
    came_up: bool,
    steps: Steps,
    nat_detection: nat::Detection,
    early: ThinVec<Event>,
    data: Option<Box<Data>>,
    rest: Option<Box<Rest>>,
    next_event: u32,
    /// The frame of the last packet that told something new: until the next one, answers can be kept.
    pub(crate) news: u32,
}

/// The data that crosses once there are keys for it.
#[derive(Clone, Debug, Default)]
struct Data {
    esp: ThinVec<EspFlow>,
    initiator: traffic::Reach,
    responder: traffic::Reach,
}

impl Data {
    fn reach(&self, role: Role) -> &traffic::Reach {
        match role {
            Role::Initiator => &self.initiator,
            Role::Responder => &self.responder,
        }
    }

    fn reach_mut(&mut self, role: Role) -> &mut traffic::Reach {
        match role {
            Role::Initiator => &mut self.initiator,
            Role::Responder => &mut self.responder,
        }
    }
}

/// What most negotiations have nothing of: errors of the path, messages beyond the first [`MAX_EVENTS`], and the contents of
/// encrypted messages. It is read as if it stood in the [`Negotiation`] itself, and takes no room there until something of it
/// shows: of a million half-open negotiations none has it.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    /// ICMP errors.
    pub icmp: ThinVec<Icmp>,
    /// L2TP in clear, or out of ESP that the host decrypted.
    pub l2tp: ThinVec<traffic::L2tp>,
    /// The first message that the host took for another protocol.
    pub claimed: Option<Place>,
    /// Where one side has moved to.
    pub moved: Option<Box<moved::Moved>>,
    /// What comes on the ports of IKE and is none of it.
    pub stranger: Option<Box<stranger::Stranger>>,
    /// The first message whose SPIs stand in the wrong order.
    pub swapped: Option<Place>,
    /// The responder sends the initiator to another gateway (RFC 5685).
    pub redirect: Option<Redirect>,
    /// The last [`MAX_EVENTS`] of more.
    late: ThinVec<Event>,
    /// Messages between these and the early ones, by their numbers: those of which an error notification is kept.
    held: ThinVec<(u32, Event)>,
    /// What was left out of these lists, and of the negotiation's own.
    omitted: Omitted,
    inside: Option<Box<Inside>>,
}

/// What stands inside encrypted messages, where the host decrypted them (of IKEv1 some of it may come in clear). It is read as
/// if it stood in the [`Negotiation`] itself, too.
#[derive(Clone, Debug, Default)]
pub struct Inside {
    /// Identities that could be read.
    pub identities: ThinVec<proof::Identity>,
    /// Certificates that could be read.
    pub certificates: ThinVec<proof::Certificate>,
    /// Certificate requests that could be read.
    pub certificate_requests: u32,
    /// Certification authorities named in certificate requests.
    pub authorities: ThinVec<proof::Authority>,
    /// How the sides prove their identities, as far as it could be decrypted.
    pub proofs: ThinVec<proof::Proof>,
    /// EAP messages that could be decrypted.
    pub eap: ThinVec<proof::Eap>,
    /// What XAUTH came to, if it could be decrypted.
    pub xauth_status: Option<proof::XauthStatus>,
    /// The inner address that was asked for by mode configuration, if it could be decrypted.
    pub address: Option<decrypted::AddressRequest>,
    /// Traffic selectors that could be decrypted.
    pub selectors: ThinVec<selector::Selectors>,
    /// Offers for child SAs that could be decrypted.
    pub child_offers: ThinVec<ChildOffer>,
    /// Fragments of messages whose rest is still to come: decrypted ones (IKEv2), or as they came (IKEv1).
    assemblies: Assemblies<u32>,
    /// The host decrypted something that was believed.
    pub decrypted: bool,
    /// Decrypted bytes that were not believed: a wrong key, or (IKEv1) a wrong IV.
    pub wrongly_decrypted: Option<Place>,
}

static NO_DATA: LazyLock<Data> = LazyLock::new(Data::default);
static NOTHING: LazyLock<Rest> = LazyLock::new(Rest::default);
static NOTHING_INSIDE: LazyLock<Inside> = LazyLock::new(Inside::default);

impl Deref for Rest {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        match &self.inside {
            Some(inside) => inside,
            None => &NOTHING_INSIDE,
        }
    }
}

impl DerefMut for Rest {
    fn deref_mut(&mut self) -> &mut Inside {
        self.inside.get_or_insert_default()
    }
}

impl Rest {
    /// Where L2TP messages are kept, and what is left out is counted.
    fn l2tp_kept(&mut self) -> (&mut ThinVec<traffic::L2tp>, &mut Omitted) {
        (&mut self.l2tp, &mut self.omitted)
    }
}

impl Deref for Negotiation {
    type Target = Rest;

    fn deref(&self) -> &Rest {
        match &self.rest {
            Some(rest) => rest,
            None => &NOTHING,
        }
    }
}

impl DerefMut for Negotiation {
    fn deref_mut(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }
}

impl Negotiation {
    /// The events in order: the first [`MAX_EVENTS`], those with errors, and the last [`MAX_EVENTS`].
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        let held = self.held().iter().map(|(_, event)| event);
        self.early.iter().chain(held).chain(self.late())
    }

    fn held(&self) -> &[(u32, Event)] {
        self.rest.as_ref().map_or(&[], |rest| &rest.held)
    }

    fn late(&self) -> &[Event] {
        self.rest.as_ref().map_or(&[], |rest| &rest.late)
    }

    /// Its first packet: IKE, L2TP, or an error about ESP alone.
    #[must_use]
    pub fn first(&self) -> Repeat {
        let message = || self.early.first().map(Event::first);
        let l2tp = || self.l2tp.first().map(|l2tp| l2tp.first);
        // ESP alone begins with the error that tells of it.
        let error = || {
            self.icmp.first().map(|x| Repeat {
                frame: x.frame,
                time: x.time,
            })
        };
        message().or_else(l2tp).or_else(error).unwrap_or(self.last)
    }

    /// Number of events, also those let go.
    #[must_use]
    pub fn event_count(&self) -> u32 {
        self.next_event
    }

    /// The event with this number, from 0, if it was kept.
    #[must_use]
    pub fn event(&self, number: u32) -> Option<&Event> {
        let late = || self.late().get(number.checked_sub(self.first_late())? as usize);
        let held = || {
            self.held()
                .iter()
                .find(|(its, _)| *its == number)
                .map(|(_, event)| event)
        };
        self.early.get(number as usize).or_else(late).or_else(held)
    }

    fn event_mut(&mut self, number: u32) -> Option<&mut Event> {
        let at = number.checked_sub(self.first_late());
        match self.early.get_mut(number as usize) {
            None => self.rest.as_mut()?.late.get_mut(at? as usize),
            early => early,
        }
    }

    /// Number of the first event of those that are kept from the end.
    fn first_late(&self) -> u32 {
        self.next_event - u32::try_from(self.late().len()).unwrap_or(0)
    }

    /// The number of an event, from 0, also when older ones were let go.
    #[must_use]
    pub fn number(&self, event: &Event) -> u32 {
        if let Some((number, _)) = self.held().iter().find(|(_, held)| held.frame == event.frame) {
            return *number;
        }
        let is_before = |other: &Event| other.frame < event.frame;
        let (first, list) = match self.early.last() {
            Some(last) if is_before(last) => (self.first_late(), self.late()),
            _ => (0, &self.early[..]),
        };
        first + u32::try_from(list.partition_point(is_before)).unwrap_or(0)
    }

    /// The message that an event answers, if it was kept.
    #[must_use]
    pub fn answered_by(&self, answer: &Event) -> Option<&Event> {
        let back = NonZeroU8::new(answer.answers)?;
        self.event(self.number(answer).checked_sub(back.get().into())?)
    }

    /// The first answer to an event, if it was kept.
    #[must_use]
    pub fn answer_to(&self, request: &Event) -> Option<&Event> {
        let after = NonZeroU8::new(request.answered_after)?;
        self.event(self.number(request).checked_add(after.get().into())?)
    }

    /// The first message of this exchange, position and sender.
    #[must_use]
    pub fn find(&self, exchange: u8, position: u8, from: Role) -> Option<&Event> {
        if self.steps.lacks(exchange, position) {
            return None;
        }
        self.events()
            .find(|e| e.exchange == exchange && e.position == position && e.from == from)
    }

    /// A message of this exchange and position was seen, whether it is still kept or not.
    #[must_use]
    pub fn came_to(&self, exchange: u8, position: u8) -> bool {
        self.steps.has(exchange, position)
    }

    /// The first message of this exchange and position, whoever sent it.
    #[must_use]
    pub fn step(&self, exchange: u8, position: u8) -> Option<&Event> {
        if self.steps.lacks(exchange, position) {
            return None;
        }
        self.events()
            .find(|e| e.exchange == exchange && e.position == position)
    }

    /// A tunnel between the same peers that was up when this negotiation began: its index.
    #[must_use]
    pub fn predecessor(&self) -> Option<u32> {
        self.links.before.stream()
    }

    /// When a frame that one of its facts stands in was captured, nanoseconds since 1970; `None` for a frame of which no fact is kept.
    #[must_use]
    pub fn time_of(&self, frame: u32) -> Option<i64> {
        let at = |r: Repeat| (r.frame, r.time);
        let events = self.events().flat_map(|e| {
            let copies = e.repeats().iter().copied().map(at);
            let last = std::iter::once((e.last_place().frame, e.last_time()));
            std::iter::once((e.frame, e.time)).chain(copies).chain(last)
        });
        let notices = self.notices.iter().map(|x| (x.place.frame, x.time));
        let icmp = self.icmp.iter().map(|x| (x.frame, x.time));
        let esp = self.esp().iter().flat_map(|f| {
            let samples = f.samples.iter().map(|s| (s.frame, s.time));
            samples.chain([at(f.first()), at(f.last)])
        });
        let l2tp = self.l2tp.iter().flat_map(|l| [at(l.first), at(l.last)]);
        let own = [at(self.first()), at(self.last)];
        let mut all = own
            .into_iter()
            .chain(events)
            .chain(notices)
            .chain(icmp)
            .chain(esp)
            .chain(l2tp);
        all.find(|(known, _)| *known == frame).map(|(_, time)| time)
    }

    /// There is something of [`Rest`].
    #[must_use]
    pub fn has_rest(&self) -> bool {
        self.rest.is_some()
    }

    /// Data was seen, or an error about it.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.data.is_some()
    }

    /// There is something of [`Inside`].
    #[must_use]
    pub fn was_decrypted(&self) -> bool {
        self.inside.is_some()
    }

    /// False for a stream of L2TP or ESP alone. An IKE SPI is never zero (RFC 7296 3.1; RFC 2408 2.5.3).
    #[must_use]
    pub fn is_ike(&self) -> bool {
        self.initiator_spi != [0; 8]
    }

    /// L2TP in clear between hosts without IKE.
    #[must_use]
    pub fn is_l2tp_alone(&self) -> bool {
        !self.is_ike() && !self.l2tp.is_empty()
    }

    /// ESP between hosts without IKE, of which an ICMP error tells.
    #[must_use]
    pub fn is_esp_alone(&self) -> bool {
        !self.is_ike() && self.l2tp.is_empty()
    }

    /// What the peers speak, as users know it.
    #[must_use]
    pub fn protocol(&self) -> &'static str {
        if self.is_ike() {
            self.version.name()
        } else if self.is_esp_alone() {
            "ESP"
        } else {
            "L2TP"
        }
    }

    /// How the ESP packets of one side fare.
    #[must_use]
    pub fn reach(&self, role: Role) -> &traffic::Reach {
        match &self.data {
            Some(data) => data.reach(role),
            None => NO_DATA.reach(role),
        }
    }

    /// ESP and AH.
    #[must_use]
    pub fn esp(&self) -> &[EspFlow] {
        self.data.as_ref().map_or(&[], |data| &data.esp)
    }

    /// One of the two sides.
    #[must_use]
    pub fn peer(&self, role: Role) -> &Peer {
        match role {
            Role::Initiator => &self.initiator,
            Role::Responder => &self.responder,
        }
    }

    /// Who sends from this address.
    fn sender(&self, source: IpAddr) -> Role {
        if self.is_at(Role::Initiator, source) {
            Role::Initiator
        } else {
            Role::Responder
        }
    }

    fn peer_mut(&mut self, role: Role) -> &mut Peer {
        match role {
            Role::Initiator => &mut self.initiator,
            Role::Responder => &mut self.responder,
        }
    }

    /// The error notifications a side sent in clear.
    pub fn errors(&self, from: Role) -> impl Iterator<Item = &Notice> + Clone {
        self.notices
            .iter()
            .filter(move |n| n.from == from && !n.decrypted)
    }

    /// The error notifications of both sides that were decrypted.
    pub fn decrypted_errors(&self) -> impl Iterator<Item = &Notice> {
        self.notices.iter().filter(|n| n.decrypted)
    }

    /// What the initiator offered for the IKE SA, last version of it.
    #[must_use]
    pub fn offers(&self) -> &[Suite] {
        self.offer.as_ref().map_or(&[], |offer| &offer.suites)
    }

    /// The same with its digest.
    pub(crate) fn offer(&self) -> Option<&Offer> {
        self.offer.as_deref()
    }

    /// The initiator's SA payload.
    #[must_use]
    pub fn offer_place(&self) -> Option<Place> {
        Some(Place {
            frame: self.offered_in,
            span: self.offer.as_ref()?.span,
        })
    }

    /// What the responder chose.
    #[must_use]
    pub fn selected(&self) -> Option<&Suite> {
        self.choice.as_ref()?.suites.first()
    }

    /// Where the responder chose.
    #[must_use]
    pub fn selected_place(&self) -> Option<Place> {
        Some(Place {
            frame: self.chosen_in,
            span: self.selected()?.span,
        })
    }

    /// Authentication method chosen for IKEv1 (or the only one offered).
    #[must_use]
    pub fn v1_auth_method(&self) -> Option<u16> {
        let of = |s: &Suite| s.first(offer::Attribute::AuthMethod);
        self.selected().and_then(of).or_else(|| {
            let mut methods = self.offers().iter().filter_map(of);
            let first = methods.next()?;
            methods.all(|m| m == first).then_some(first)
        })
    }

    /// Where the capture was taken, from the TTLs of both sides.
    #[must_use]
    pub fn vantage(&self) -> Vantage {
        match (
            self.initiator.is_here(),
            self.responder.ttl.is_none(),
            self.responder.is_here(),
        ) {
            (true, true, _) | (true, _, false) => Vantage::Initiator,
            (false, false, true) => Vantage::Responder,
            _ => Vantage::Unknown,
        }
    }

    /// The first message is as bare as a scanner's: no Vendor ID (every IKEv1 stack announces DPD or NAT traversal by one), no
    /// NAT detection (IKEv2).
    #[must_use]
    pub fn is_bare(&self) -> bool {
        match self.version {
            Version::V1 => !self.initiator.sent(Sent::VendorId),
            Version::V2 => !self.nat_detection.heard(Role::Initiator),
        }
    }

    /// The IKE SA's messages went over UDP 4500 at some time.
    #[must_use]
    pub fn moved_to_4500(&self) -> bool {
        self.initiator.on_4500 || self.responder.on_4500
    }

    /// NAT was detected at either side.
    #[must_use]
    pub fn nat_found(&self) -> bool {
        self.initiator.nat == nat::Nat::Behind || self.responder.nat == nat::Nat::Behind
    }

    /// ESP from one address to another with this SPI may be its own: it is known, or there was no room for it.
    fn may_carry(&self, source: IpAddr, destination: IpAddr, spi: u32) -> bool {
        let from = self.sender(source);
        self.is_at(from, source)
            && self.is_at(from.other(), destination)
            && (self.esp().len() >= MAX_FACTS || self.esp().iter().any(|f| f.spi == spi && f.from == from))
    }

    /// ESP was seen from this side.
    #[must_use]
    pub fn esp_from(&self, role: Role) -> Option<&EspFlow> {
        self.esp().iter().find(|f| f.from == role)
    }

    /// Puts pseudonyms for what came from outside. All fields are listed, so that a new one cannot be forgotten.
    pub(crate) fn redact(&mut self, d: &mut dyn Redact) {
        let Self {
            aggressive,
            initiator_spi,
            responder_spi,
            initiator,
            responder,
            rest,
            early,
            data,
            // What follows stays: numbers of protocols, frames, counts, lengths, times.
            stream: _,
            version: _,
            started: _,
            last: _,
            offer: _,
            offered_in: _,
            offer_length: _,
            choice: _,
            chosen_in: _,
            notices: _,
            links: _,
            only_asked: _,
            came_up: _,
            steps: _,
            nat_detection: _,
            next_event: _,
            news: _,
        } = self;
        // It names both sides, and no report is made of it.
        *aggressive = None;
        for peer in [initiator, responder] {
            peer.redact(d);
        }
        let ports = |event: &mut Event, d: &mut dyn Redact| {
            d.port(&mut event.ports.0);
            d.port(&mut event.ports.1);
        };
        early.iter_mut().for_each(|event| ports(event, d));
        let flows = data.iter_mut().flat_map(|data| data.esp.iter_mut());
        flows.for_each(|flow| d.data_spi(&mut flow.spi));
        for spi in std::iter::once(initiator_spi).chain(responder_spi) {
            let mut number = u64::from_be_bytes(*spi);
            d.spi(&mut number);
            *spi = number.to_be_bytes();
        }
        let Some(rest) = rest else { return };
        let Rest {
            icmp,
            l2tp,
            moved,
            redirect,
            stranger,
            inside,
            late,
            held,
            // What follows stays.
            claimed: _,
            swapped: _,
            omitted: _,
        } = &mut **rest;
        let kept = late.iter_mut().chain(held.iter_mut().map(|(_, event)| event));
        kept.for_each(|event| ports(event, d));
        for error in icmp {
            d.address(&mut error.sender);
            if let Some(port) = &mut error.port {
                d.port(port);
            }
        }
        if let Some(moved) = moved {
            moved.redact(d);
        }
        if let Some(stranger) = stranger {
            d.port(&mut stranger.ports.0);
            d.port(&mut stranger.ports.1);
        }
        if let Some(to) = redirect.as_mut().and_then(|redirect| redirect.to.as_mut()) {
            d.address(to);
        }
        for message in l2tp {
            d.words(&mut message.text);
            d.port(&mut message.ports.0);
            d.port(&mut message.ports.1);
        }
        let Some(inside) = inside else { return };
        let Inside {
            identities,
            certificates,
            authorities,
            selectors,
            assemblies,
            // What follows stays.
            certificate_requests: _,
            proofs: _,
            eap: _,
            xauth_status: _,
            address: _,
            child_offers: _,
            decrypted: _,
            wrongly_decrypted: _,
        } = &mut **inside;
        for identity in identities {
            proof::redact(identity.kind, &mut identity.data, d);
        }
        for certificate in certificates {
            certificate.redact(d);
        }
        for name in authorities.iter_mut().filter_map(|a| a.name.as_mut()) {
            d.name(name);
        }
        for selectors in selectors {
            for selector in selectors.initiator.iter_mut().chain(&mut selectors.responder) {
                d.range(&mut selector.addresses);
                d.port(&mut selector.ports.0);
                d.port(&mut selector.ports.1);
            }
        }
        *assemblies = Assemblies::default();
    }

    /// All ranges of addresses that it names.
    pub(crate) fn networks(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        let sides = self.selectors.iter();
        let all = sides.flat_map(|s| s.initiator.iter().chain(&s.responder));
        all.map(|selector| selector.addresses)
    }

    /// Takes a notification: an error is kept, of the others only what is asked for later.
    fn take_notice(&mut self, notice: Notice) {
        if notice.kind != 0 && notice.kind < notify::FIRST_STATUS {
            let registry = self.version.notifications();
            // Forged ones are in clear, and a flood of them has numbers that nobody has given a name.
            let rank = |x: &Notice| match x.decrypted {
                true => 2,
                false => u8::from(code::name(registry, x.kind.into()).is_some()),
            };
            let of = |x: &Notice| (x.from, x.kind, x.decrypted);
            if keep_first_and_last(&mut self.notices, MAX_FACTS, notice, rank, |a, b| of(a) == of(b)) {
                self.omit(Kept::Errors);
            }
        }
        if let (Version::V2, Some(status)) = (self.version, Sent::by_status(notice.kind)) {
            self.peer_mut(notice.from).note_sent(status);
        }
    }

    /// Something of a list was left out.
    fn omit(&mut self, what: Kept) {
        self.omitted.add(what);
    }

    /// What bounds left out of this negotiation.
    #[must_use]
    pub fn omitted(&self) -> Omitted {
        let mut all = self.omitted.clone();
        let kept = self.early.len() + self.held().len() + self.late().len();
        let kept = u32::try_from(kept).unwrap_or(u32::MAX);
        all.add_many(Kept::Messages, self.next_event.saturating_sub(kept));
        all
    }

    fn push_event(&mut self, event: Event) {
        self.steps.add(event.exchange, event.position);
        if self.early.len() < MAX_EVENTS {
            keep(&mut self.early, event);
        } else {
            if self.late.len() == MAX_EVENTS {
                let number = self.first_late();
                let gone = self.late.remove(0);
                let notices = &self.notices;
                let tells = |number| notices.iter().any(|notice| notice.event == number);
                if tells(number)
                    && let Some(rest) = &mut self.rest
                {
                    rest.held.retain(|(number, _)| tells(*number));
                    rest.held.push((number, gone));
                }
            }
            self.late.push(event);
        }
        self.next_event += 1;
    }

    fn events_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Event> {
        let late = self.rest.iter_mut().flat_map(|rest| rest.late.iter_mut());
        self.early.iter_mut().chain(late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::Made;

    #[test]
    fn events_keep_their_numbers_when_others_are_let_go() {
        let mut made = Made::new();
        made.main_mode((64, 64), &[]);
        for n in 0..500 {
            made.quick_mode(1000 + 7 * n, n % 2 == 0, (64, 64));
        }
        let n = made.session().tracker().negotiations().get(0).unwrap();
        let count = n.event_count();
        assert_eq!((count, n.events().count()), (506, 2 * MAX_EVENTS));
        for number in 0..=count {
            let early = (number as usize) < MAX_EVENTS;
            let late = number < count && (count - number) as usize <= MAX_EVENTS;
            let event = n.event(number);
            assert_eq!(event.is_some(), early || late, "{number}");
            assert!(event.is_none_or(|e| n.number(e) == number && e.frame == number + 1));
        }
    }

    #[test]
    fn a_stretch_is_a_span_of_a_frame() {
        let span = |offset, len| Some(Span { offset, len });
        for known in [None, span(42, 1400), span(0, 1), span(65_535, 65_535)] {
            assert_eq!(Stretch::of(known).span(), known);
        }
        for beyond in [span(65_536, 1), span(1, 65_536), span(42, 0)] {
            assert_eq!(Stretch::of(beyond).span(), None);
        }
    }
}
