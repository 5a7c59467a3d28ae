//! Who is behind NAT, from the NAT detection hashes: RFC 7296 2.23 (SHA-1 of SPIs, address and port) and RFC 3947 3.2
//! (the negotiated hash of cookies, address and port).
//!
//! A hash is compared with the addresses *as captured*. Each side hashes what it believes its own address and the
//! other's to be, so both messages together tell on which side of the capture point an address was rewritten.

use std::io::Write as _;
use std::net::IpAddr;

use super::place::Role;
use crate::keys::Hash;
use crate::wire::message::Spi;

/// What is known about NAT before one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nat {
    /// Not told by what was captured.
    Unknown,
    /// Its address is the one the other side sees.
    Direct,
    /// Its address was rewritten on the way (or it says so on purpose to force UDP encapsulation).
    Behind,
}

/// Results of all comparisons so far; `Some(true)` is a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    initiator_source: Option<bool>,
    initiator_destination: Option<bool>,
    responder_source: Option<bool>,
    responder_destination: Option<bool>,
}

/// True if `hash` is the NAT detection hash of this address and port.
#[must_use]
pub fn matches(function: Hash, spis: (Spi, Spi), address: IpAddr, port: u16, hash: &[u8]) -> bool {
    // At most two SPIs, an address of IPv6 and a port.
    let mut input = [0; 34];
    let mut rest = &mut input[..];
    let mut put = |part: &[u8]| rest.write_all(part).is_ok();
    let whole = put(&spis.0)
        && put(&spis.1)
        && match address {
            IpAddr::V4(a) => put(&a.octets()),
            IpAddr::V6(a) => put(&a.octets()),
        }
        && put(&port.to_be_bytes());
    let unused = rest.len();
    let length = input.len() - unused;
    whole && input.get(..length).is_some_and(|input| function.is(input, hash))
}

/// Which address a hash is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The sender's own.
    Source,
    /// The receiver's.
    Destination,
}

impl Detection {
    /// Adds one comparison. Of several hashes of the source one match is enough (RFC 7296 2.23).
    pub fn add(&mut self, from: Role, about: About, matched: bool) {
        let slot = match (from, about) {
            (Role::Initiator, About::Source) => &mut self.initiator_source,
            (Role::Initiator, About::Destination) => &mut self.initiator_destination,
            (Role::Responder, About::Source) => &mut self.responder_source,
            (Role::Responder, About::Destination) => &mut self.responder_destination,
        };
        *slot = Some(slot.unwrap_or(false) || matched);
    }

    /// This side sent NAT detection hashes.
    #[must_use]
    pub fn heard(&self, role: Role) -> bool {
        match role {
            Role::Initiator => self.initiator_source.or(self.initiator_destination).is_some(),
            Role::Responder => self.responder_source.or(self.responder_destination).is_some(),
        }
    }

    /// What follows for one side: its own statement about its source, and the other's about its destination.
    #[must_use]
    pub fn of(&self, role: Role) -> Nat {
        let (own, others) = match role {
            Role::Initiator => (self.initiator_source, self.responder_destination),
            Role::Responder => (self.responder_source, self.initiator_destination),
        };
        match (own, others) {
            (Some(false), _) | (_, Some(false)) => Nat::Behind,
            (Some(true), Some(true)) => Nat::Direct,
            _ => Nat::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewritten_source_is_nat_whichever_side_the_capture_was_taken() {
        let mut beyond = Detection::default();
        beyond.add(Role::Initiator, About::Source, false);
        assert_eq!(beyond.of(Role::Initiator), Nat::Behind);
        let mut before = Detection::default();
        before.add(Role::Initiator, About::Source, true);
        assert_eq!(before.of(Role::Initiator), Nat::Unknown);
        before.add(Role::Responder, About::Destination, false);
        assert_eq!(before.of(Role::Initiator), Nat::Behind);
    }

    #[test]
    fn one_matching_source_of_several_is_enough() {
        let mut d = Detection::default();
        d.add(Role::Initiator, About::Source, false);
        d.add(Role::Initiator, About::Source, true);
        d.add(Role::Responder, About::Destination, true);
        assert_eq!(d.of(Role::Initiator), Nat::Direct);
    }
}
