//! What a rule cannot do without, so that most rules need not be asked about most negotiations.
//!
//! A negotiation is judged with every message while a capture is read. Which of these facts are there is found out once;
//! a rule that lacks one it needs would find nothing. Debug builds ask it all the same and hold it to that.

use super::Case;
use crate::negotiation::{Event, Progress, Version, exchange};

/// A set of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts(u32);

impl Facts {
    /// None.
    pub const NONE: Self = Self(0);
    /// IKEv1.
    pub const V1: Self = Self(1);
    /// IKEv2.
    pub const V2: Self = Self(1 << 1);
    /// The responder sent no message.
    pub const UNANSWERED: Self = Self(1 << 2);
    /// The responder chose no proposal.
    pub const UNCHOSEN: Self = Self(1 << 3);
    /// A message was repeated.
    pub const REPEATED: Self = Self(1 << 4);
    /// A notification of an error could be read, in clear or decrypted.
    pub const ERROR: Self = Self(1 << 5);
    /// It came to the authentication: something encrypted, the second message of Aggressive Mode, ESP; or an error, which may
    /// stand for that.
    pub const LATER: Self = Self(1 << 6);
    /// ESP or AH.
    pub const ESP: Self = Self(1 << 7);
    /// ICMP, L2TP, or anything decrypted: see [`Rest`](crate::negotiation::Rest).
    pub const REST: Self = Self(1 << 8);

    /// A message could be decrypted, or tells in clear what is encrypted otherwise: see [`Inside`](crate::negotiation::Inside).
    pub const INSIDE: Self = Self(1 << 9);
    /// The fifth message of Main Mode, the first that is encrypted.
    pub const FIFTH: Self = Self(1 << 10);
    /// An IKE_AUTH response, whatever it says.
    pub const AUTH_ANSWERED: Self = Self(1 << 11);
    /// The IKE SA came up, as far as can be seen: see [`Negotiation::progress`](crate::negotiation::Negotiation::progress).
    pub const UP: Self = Self(1 << 12);
    /// An ICMP error about it.
    pub const ICMP: Self = Self(1 << 13);
    /// L2TP, decrypted or outside ESP.
    pub const L2TP: Self = Self(1 << 14);
    /// A side is behind NAT.
    pub const NAT: Self = Self(1 << 15);
    /// A message went over UDP 4500.
    pub const ON_4500: Self = Self(1 << 16);

    /// IKE, of either version.
    pub const IKE: Self = Self(1 << 17);
    /// Data, or an error about it.
    pub const DATA: Self = Self(1 << 18);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// With this one, if it is there.
    fn when(self, there: bool, fact: Self) -> Self {
        self.and(if there { fact } else { Self::NONE })
    }

    /// All of `needs` are there.
    #[must_use]
    pub const fn meet(self, needs: Self) -> bool {
        self.0 & needs.0 == needs.0
    }

    /// Those of a case.
    pub(crate) fn of(case: &Case<'_>) -> Self {
        let n = case.n;
        let mut repeated = false;
        let mut later = n.has_data() || n.has_rest();
        for event in n.events() {
            repeated |= event.repeat_count() > 0;
            later |= is_later(event);
        }
        let error = !n.notices.is_empty();
        Self::NONE
            .when(n.version == Version::V1, Self::V1)
            .when(n.version == Version::V2, Self::V2)
            .when(n.responder.messages == 0, Self::UNANSWERED)
            .when(n.selected().is_none(), Self::UNCHOSEN)
            .when(repeated, Self::REPEATED)
            .when(error, Self::ERROR)
            .when(later || error, Self::LATER)
            .when(!n.esp().is_empty(), Self::ESP)
            .when(n.has_data(), Self::DATA)
            .when(n.has_rest(), Self::REST)
            .when(n.was_decrypted(), Self::INSIDE)
            .when(n.came_to(exchange::MAIN_MODE, 5), Self::FIFTH)
            .when(n.came_to(exchange::IKE_AUTH, 2), Self::AUTH_ANSWERED)
            .when(n.progress() >= Progress::IkeUp, Self::UP)
            .when(!n.icmp.is_empty(), Self::ICMP)
            .when(!n.l2tp.is_empty(), Self::L2TP)
            .when(n.nat_found(), Self::NAT)
            .when(n.moved_to_4500(), Self::ON_4500)
            .when(n.is_ike(), Self::IKE)
    }
}

/// Something that is sent only once there are keys, or beside them.
fn is_later(event: &Event) -> bool {
    event.encrypted
        || match event.exchange {
            exchange::IKE_SA_INIT => false,
            exchange::MAIN_MODE => event.position > 4,
            exchange::AGGRESSIVE => event.position > 1,
            _ => true,
        }
}
