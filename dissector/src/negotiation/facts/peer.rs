//! A side of a negotiation: where it is, what it is, what it can do; and where the capture was taken.

use std::net::IpAddr;

use super::knowledge::{HostId, VendorList};
use super::nat;
use super::place::{Role, notify};
use super::redact::Redact;
use crate::wire::vendor::{Ability, Product};

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
    pub(in crate::negotiation) fn by_status(kind: u16) -> Option<Self> {
        match kind {
            notify::FRAGMENTATION_SUPPORTED => Some(Self::Fragmentation),
            notify::USE_PPK | notify::USE_PPK_INT => Some(Self::PostQuantumKey),
            notify::COOKIE => Some(Self::Cookie),
            notify::CHILDLESS_IKEV2_SUPPORTED => Some(Self::Childless),
            _ => None,
        }
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
    pub(in crate::negotiation) abilities: u8,
    /// Bits of [`Sent`].
    sent: u8,
    /// Hash functions that it verifies signatures with, a bit each, if it said so (SIGNATURE_HASH_ALGORITHMS).
    signature_hashes: u8,
    /// Behind NAT, as far as NAT detection tells.
    pub nat: nat::Nat,
}

impl Peer {
    pub(in crate::negotiation) fn new(address: IpAddr, port: u16) -> Self {
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
            signature_hashes: 0,
            nat: nat::Nat::Unknown,
        }
    }

    /// Puts pseudonyms for what came from outside.
    pub(in crate::negotiation) fn redact(&mut self, d: &mut dyn Redact) {
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
            signature_hashes: _,
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

    pub(in crate::negotiation) fn note_sent(&mut self, what: Sent) {
        self.sent |= 1 << what as u8;
    }

    /// The hash functions (IANA "IKEv2 Hash Algorithms") that it said it verifies signatures with, RFC 7427 4; none if it said nothing.
    pub fn signature_hashes(&self) -> impl Iterator<Item = u32> {
        let bits = self.signature_hashes;
        (1..u8::BITS).filter(move |number| bits & 1 << number != 0)
    }

    /// It and the other side both said so, and have none in common.
    #[must_use]
    pub fn shares_no_signature_hash(&self, other: &Self) -> bool {
        let [own, others] = [self.signature_hashes, other.signature_hashes];
        own != 0 && others != 0 && own & others == 0
    }

    /// The data of SIGNATURE_HASH_ALGORITHMS: 16 bits for each. Numbers that nobody has given a name are passed over.
    pub(in crate::negotiation) fn note_signature_hashes(&mut self, data: &[u8]) {
        for number in data.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)) {
            self.signature_hashes |= 1_u8.checked_shl(number.into()).unwrap_or_default();
        }
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
