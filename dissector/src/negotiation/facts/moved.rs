//! Ends that IKE has left: a side whose address or port is another one now (a NAT that forgot, another network, MOBIKE of RFC 4555,
//! a cluster's other member), and ESP that still uses the old ones.

use std::net::IpAddr;

use super::place::{Repeat, Role};
use super::redact::Redact;

/// An address and a UDP port.
pub type End = (IpAddr, u16);

/// ESP of one side since IKE has moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Number of packets between the ends that IKE has left.
    pub old: u32,
    /// The first and the last of them.
    pub old_at: Option<(Repeat, Repeat)>,
    /// The last one between the ends that IKE uses.
    pub new_at: Option<Repeat>,
}

/// A side of which IKE messages come from another end than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which side.
    pub role: Role,
    /// Its first message from there.
    pub at: Repeat,
    /// Where it was before.
    pub before: End,
    /// The initiator's end and the responder's, now.
    pub ends: (End, End),
    /// The other side sends its IKE messages there.
    pub followed: bool,
    pub(in crate::negotiation) initiator: Since,
    pub(in crate::negotiation) responder: Since,
}

impl Moved {
    /// ESP of a side since then.
    #[must_use]
    pub fn data(&self, from: Role) -> &Since {
        match from {
            Role::Initiator => &self.initiator,
            Role::Responder => &self.responder,
        }
    }

    /// The end of a side, now.
    #[must_use]
    pub fn end(&self, role: Role) -> End {
        match role {
            Role::Initiator => self.ends.0,
            Role::Responder => self.ends.1,
        }
    }

    /// Puts pseudonyms for what came from outside.
    pub(in crate::negotiation) fn redact(&mut self, d: &mut dyn Redact) {
        let Self {
            before,
            ends,
            // What follows stays.
            role: _,
            at: _,
            followed: _,
            initiator: _,
            responder: _,
        } = self;
        for (address, port) in [before, &mut ends.0, &mut ends.1] {
            d.address(address);
            d.port(port);
        }
    }
}
