//! What came back for Main Mode 5, the first encrypted message of IKEv1. Shared by the rules about keys and identities:
//! whether the initiator could *read* the answer tells which of them it is.
//!
//! A pre-shared key enters the encryption key (RFC 2409 5): with different keys neither side can read the other. An
//! initiator that keeps repeating Main Mode 5 after an encrypted answer could not read it; one that stops could.

use crate::diagnosis::Case;
use crate::negotiation::shape;
use crate::negotiation::standing::{Exchange, Step};
use crate::negotiation::{Event, Notice, Repeat, exchange};

/// Main Mode 5 and its fate.
#[derive(Clone, Debug)]
pub(super) struct Fifth<'a> {
    /// Main Mode 5.
    pub(super) message: &'a Event,
    /// Encrypted Informational messages of the responder after it.
    pub(super) answers: Vec<&'a Event>,
    /// A readable error of the responder after it.
    pub(super) error: Option<&'a Notice>,
    /// The first copy of Main Mode 5 after the first encrypted answer.
    pub(super) repeated_after_answer: Option<Repeat>,
    /// The first copy of Main Mode 4 after Main Mode 5: the responder is alive and not content.
    pub(super) fourth_again: Option<Repeat>,
}

/// What the length of the first encrypted answer says about the notification in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// As long as a notification without SPI: strongSwan's "cannot make sense of it".
    WithoutSpi,
    /// As long as a notification about the SA: "I know who you are and refuse".
    WithSpi,
    /// Either, or the suite is unknown.
    Unclear,
}

/// Notification without SPI and data, and with the 16 bytes of both cookies (RFC 2408 3.14).
const BARE: u32 = 12;
const WITH_SPI: u32 = 28;

/// Main Mode 5, if Main Mode did not go on.
pub(super) fn of<'a>(case: &Case<'a>) -> Option<Fifth<'a>> {
    let n = case.n;
    // Data shows that what followed is not in the capture.
    if !n.came_to(exchange::MAIN_MODE, 5) || !n.esp().is_empty() {
        return None;
    }
    let open = (case.standing()).waits_after(Step::new(Exchange::MainMode, 5))?;
    let message = open.message;
    let answers: Vec<&Event> = n
        .events()
        .filter(|e| {
            e.from == open.awaited
                && e.exchange == exchange::V1_INFORMATIONAL
                && e.encrypted
                && e.time >= message.time
        })
        .collect();
    let repeated_after_answer = answers.first().and_then(|a| message.repeated_after(a.time));
    Some(Fifth {
        message,
        answers,
        error: open.error,
        repeated_after_answer,
        fourth_again: open.first_asked_again(),
    })
}

impl Fifth<'_> {
    /// The initiator repeats message 5 although the responder could read it. Libreswan (4.10, in the lab) answers a message 5
    /// it *can* decrypt with an encrypted notification that strongSwan cannot, and keeps repeating message 4; a message 5
    /// it cannot decrypt it drops without an answer.
    pub(super) fn refused_by_pluto(&self) -> bool {
        self.fourth_again.is_some() && !self.answers.is_empty()
    }

    /// Reads the length of the first encrypted answer.
    pub(super) fn size(&self, case: &Case<'_>) -> Size {
        let Some((answer, sizes)) = self.answers.first().zip(shape::sizes(case.n)) else {
            return Size::Unclear;
        };
        let (bare, spi) = (sizes.v1_informational(BARE), sizes.v1_informational(WITH_SPI));
        let is = |(short, long): (u32, u32)| answer.length == short || answer.length == long;
        match (is(bare), is(spi)) {
            (true, false) => Size::WithoutSpi,
            (false, true) => Size::WithSpi,
            _ => Size::Unclear,
        }
    }
}

/// A pre-shared key makes the encryption keys (IANA ipsec-registry; XAUTH draft), or the start of the capture, which says so,
/// is missing.
pub(super) fn may_use_psk(case: &Case<'_>) -> bool {
    matches!(case.n.v1_auth_method(), None | Some(1 | 65001 | 65002))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    #[test]
    fn an_answer_that_cannot_be_read_shows_that_keys_differ() {
        let mut made = Made::fifth_refused(80);
        made.again(4000, 5);
        made.until(20_000);
        assert_eq!(made.verdicts(), [RuleId::PskMismatch]);
    }

    #[test]
    fn an_answer_after_which_the_client_stops_was_read() {
        let mut made = Made::fifth_refused(80);
        made.until(20_000);
        assert_eq!(made.verdicts(), [RuleId::IdentityRejected]);
    }

    #[test]
    fn who_goes_on_had_no_refusal() {
        let mut made = Made::fifth_refused(80);
        made.main_mode_message(5, (64, 63));
        made.again(4000, 5);
        for (at, from_client) in [(60, true), (70, false), (80, true)] {
            made.quick_mode(at, from_client, (64, 63));
        }
        assert_eq!(made.verdicts(), [RuleId::Established]);
    }
}
