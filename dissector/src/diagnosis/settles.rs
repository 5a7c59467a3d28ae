//! At which messages a rule can settle something, so that most messages decide nothing while a capture is read.

use super::case::Case;
use crate::negotiation::intake::{FrameKind, FrameRecord};
use crate::negotiation::{Place, exchange};

/// Kinds of messages, and of other frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settles(u8);

impl Settles {
    /// None: only the end of the capture decides.
    pub const NEVER: Self = Self(0);
    /// All but the steps that lead to an answer: what ends an exchange, refuses, could be decrypted; and whatever is no message.
    pub const LATER: Self = Self(1);
    /// Main Mode 4 or a later one again: it tells whether the answer to it could be read.
    pub const AGAIN: Self = Self(1 << 1);
    /// The responder's choice.
    pub const CHOICE: Self = Self(1 << 2);
    /// What the host took for another protocol.
    pub const CLAIMED: Self = Self(1 << 3);

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Some kind is in both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// With this one, if it is there.
    fn when(self, there: bool, kind: Self) -> Self {
        self.or(if there { kind } else { Self::NEVER })
    }

    /// What a frame is.
    pub(crate) fn of(case: &Case<'_>, record: &FrameRecord) -> Self {
        use exchange as x;
        let n = case.n;
        let here = |place: Place| place.frame == record.frame;
        let step = record.kind.is_message()
            && matches!(
                (record.exchange, record.position),
                (x::IKE_SA_INIT, 1 | 2)
                    | (x::IKE_AUTH, 1)
                    | (x::MAIN_MODE, _)
                    | (x::AGGRESSIVE | x::QUICK_MODE, 1 | 2)
            );
        let says_more =
            n.decrypted || n.wrongly_decrypted.is_some() || n.notices.iter().any(|notice| here(notice.place));
        let again = record.kind == FrameKind::Retransmission
            && record.exchange == x::MAIN_MODE
            && record.position >= 4;
        Self::NEVER
            .when(!step || says_more, Self::LATER)
            .when(again, Self::AGAIN)
            .when(n.selected_place().is_some_and(here), Self::CHOICE)
            .when(n.claimed.is_some_and(here), Self::CLAIMED)
    }
}
