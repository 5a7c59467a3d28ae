//! `psk-missing`: one side has no pre-shared key for the other.

use super::cookbook::{self, Topic};
use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::{Event, Notice, Role, Version, exchange, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::PskMissing,
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "One side has no pre-shared key for the other",
    documentation: Documentation {
        means: "Algorithms were agreed with authentication by pre-shared key, and one side then found that it has no key for \
                the other.",
        evidence: "IKEv1: INVALID-KEY-INFORMATION in clear after Main Mode 3 (strongSwan), or a clear error of the initiator right \
                   after Main Mode 2 (Libreswan).",
        why: "The key is stored for another address or identity, or not at all. In Main Mode it must be found by address.",
        fix: "Store the key for the address (or for any) on the side that misses it.",
        not: "psk-mismatch: there a key was found, and it is another.",
        references: &[
            "RFC 2409 5.4",
            "strongSwan phase1.c",
            "Libreswan ikev1_spdb_struct.c",
        ],
    },
    needs: &[Facts::V1.and(Facts::ERROR)],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// The error of the side that misses the key.
type Missed<'a> = &'a Notice;

fn find<'a>(case: &Case<'a>) -> Option<Found<Missed<'a>>> {
    let n = case.n;
    // Behind these messages the keys were found, and an error is about something else.
    let has_keys = n.came_to(exchange::MAIN_MODE, 5) || n.came_to(exchange::AGGRESSIVE, 2);
    if n.version != Version::V1 || has_keys {
        return None;
    }
    n.selected()?;
    let third = n.find(exchange::MAIN_MODE, 3, Role::Initiator);
    let is_named = |x: &&Notice| x.kind == notify::V1_INVALID_KEY_INFORMATION;
    let by_responder = third.and_then(|_| n.errors(Role::Responder).find(is_named));
    let (notice, confidence, basis, blame) = if let Some(x) = by_responder {
        (x, 0.9, Basis::Observed, Blame::Responder)
    } else {
        // Libreswan looks for the key as soon as it has the second message, and says so in general words.
        let is_general = |x: &&Notice| x.kind == notify::NO_PROPOSAL_CHOSEN && third.is_none();
        let mut errors = n.errors(Role::Initiator);
        let x = errors.find(|x| is_general(x) || is_named(x))?;
        // strongSwan looks for the key when it is to make the fifth message, and says so by name.
        let confidence = if is_named(&x) { 0.9 } else { 0.6 };
        (x, confidence, Basis::Inferred, Blame::Initiator)
    };
    let finding = Finding::of(&RULE, notice.place)
        .sure(confidence, basis)
        .settled(true)
        .blame(blame)
        .with(third.map(Event::place))
        .with(n.selected_place())
        .or(&[RuleId::IkeProposalMismatch, RuleId::PskMismatch]);
    Some(finding.having(notice))
}

fn tell(case: &Case<'_>, found: &Found<Missed<'_>>) -> Words {
    let (n, notice) = (case.n, found.facts);
    let side = notice.from;
    let (misses, other) = (words::peer(case, side), words::peer(case, side.other()));
    Words::new(format!("{misses} has no pre-shared key for {other}."))
        .because(format!(
            "Both sides agreed on algorithms and on authentication by pre-shared key. {misses} then broke off with {} in \
             clear, before any identity was sent: it looked for a key by the address of {other} and found none. The \
             notification is not authenticated.",
            words::notify(n, notice.kind)
        ))
        .fix([step(case, side)])
        .settle(format!(
            "{}: \"no shared key found\" or \"no preshared key found\"",
            evidence::log(case, side)
        ))
}

/// What to change where this side has no key for the other, whoever found that out.
pub(crate) fn step(case: &Case<'_>, side: Role) -> Step {
    let what = format!(
        "store the pre-shared key for the address {} (as seen there, after NAT), or for any address.",
        case.n.peer(side.other()).address
    );
    cookbook::on(case, side, Topic::PreSharedKey, what)
}

#[cfg(test)]
mod tests {
    use ikewhy_testkit::packets::payloads;

    use crate::diagnosis::RuleId;
    use crate::negotiation::exchange;
    use crate::tests::made::Made;

    /// The server answers the third message of Main Mode with this error in clear.
    fn answered(error: u8) -> Made {
        let mut made = Made::new();
        for n in 0..3 {
            made.main_mode_message(n, (64, 63));
        }
        let notify = payloads(&[(11, vec![0, 0, 0, 1, 1, 0, 0, error])]);
        let step = (11, exchange::V1_INFORMATIONAL, 0, 0);
        made.isakmp(90, false, (64, 63), step, &notify);
        made
    }

    #[test]
    fn only_the_error_about_the_key_says_that_it_is_missing() {
        /// RFC 2408 3.14.1.
        const PAYLOAD_MALFORMED: u8 = 16;
        const INVALID_KEY_INFORMATION: u8 = 17;
        answered(INVALID_KEY_INFORMATION).fires(RuleId::PskMissing);
        answered(PAYLOAD_MALFORMED).quiet(RuleId::PskMissing);
    }
}
