//! Which steps a negotiation saw, and how far it can have come.

use super::place::exchange;

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
pub(in crate::negotiation) struct Steps(u64);

impl Steps {
    /// Later positions of an exchange count as this one.
    pub(in crate::negotiation) const MOST: u8 = 7;

    /// The bit of a step of the exchanges that are asked for.
    fn bit(exchange: u8, position: u8) -> u64 {
        use self::exchange as x;
        let row = match exchange {
            x::MAIN_MODE => 0,
            x::AGGRESSIVE => 1,
            x::QUICK_MODE => 2,
            x::TRANSACTION => 3,
            x::IKE_AUTH => 4,
            // The second goes on with the first (RFC 9370 2.2.4).
            x::CREATE_CHILD_SA | x::IKE_FOLLOWUP_KE => 5,
            x::IKE_SA_INIT => 6,
            x::INFORMATIONAL => 7,
            _ => return 0,
        };
        1 << (row * 8 + position.min(Self::MOST))
    }

    pub(in crate::negotiation) fn add(&mut self, exchange: u8, position: u8) {
        self.0 |= Self::bit(exchange, position);
    }

    pub(in crate::negotiation) fn has(self, exchange: u8, position: u8) -> bool {
        self.0 & Self::bit(exchange, position) != 0
    }

    /// It need not be searched for.
    pub(in crate::negotiation) fn lacks(self, exchange: u8, position: u8) -> bool {
        let bit = Self::bit(exchange, position);
        bit != 0 && self.0 & bit == 0
    }
}
