//! `mode-mismatch`: main mode against aggressive mode.

use super::cookbook::{self, Topic};
use super::evidence;
use super::refusal::{self, Refusal};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::{Role, Version, exchange, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::ModeMismatch,
    stage: Stage::IkeSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "Main Mode against Aggressive Mode",
    documentation: Documentation {
        means: "The initiator uses one mode of IKEv1 phase 1, the responder accepts only the other.",
        evidence: "A readable refusal of the first message that is not about algorithms: INVALID-EXCHANGE-TYPE, \
                   UNSUPPORTED-EXCHANGE-TYPE, or AUTHENTICATION-FAILED to the first message of Aggressive Mode.",
        why: "The mode is set per connection. strongSwan also refuses Aggressive Mode with a pre-shared key unless told \
              otherwise, because such a key can be guessed offline from a capture.",
        fix: "Use Main Mode (or IKEv2) on both sides.",
        not: "identity-rejected: in Aggressive Mode the identity stands in the first message and may be what is refused.",
        references: &["RFC 2409 5", "RFC 2408 3.14.1", "strongSwan aggressive_mode.c"],
    },
    needs: &[Facts::V1.and(Facts::ERROR).and(Facts::UNCHOSEN)],
    settles: Settles::LATER,
    check: check!(find, tell),
};

fn find<'a>(case: &Case<'a>) -> Option<Found<Refusal<'a>>> {
    if case.n.version != Version::V1 {
        return None;
    }
    let refusal = refusal::of_first_message(case)?;
    let aggressive = is_aggressive(&refusal);
    let (confidence, alternatives): (f64, &[RuleId]) = match refusal.notice.kind {
        notify::V1_INVALID_EXCHANGE_TYPE | notify::V1_UNSUPPORTED_EXCHANGE_TYPE => (0.9, &[]),
        notify::AUTHENTICATION_FAILED if aggressive => {
            (0.8, &[RuleId::IdentityRejected, RuleId::AuthMethodMismatch])
        }
        _ => return None,
    };
    let blame = if aggressive {
        Blame::Initiator
    } else {
        Blame::Either
    };
    let finding = Finding::of(&RULE, refusal.notice.place)
        .sure(confidence, Basis::Observed)
        .settled(refusal::is_settled(case))
        .blame(blame)
        .with([refusal.of.place()])
        .attribute("mode")
        .or(alternatives);
    Some(finding.having(refusal))
}

/// What is refused is Aggressive Mode.
fn is_aggressive(refusal: &Refusal<'_>) -> bool {
    refusal.of.exchange == exchange::AGGRESSIVE
}

fn tell(case: &Case<'_>, found: &Found<Refusal<'_>>) -> Words {
    let (i, r) = words::peers(case);
    let (mine, other, fix) = if is_aggressive(&found.facts) {
        let what = "use Main Mode, or better IKEv2. Macs and iPhones use Aggressive Mode only when a group name is filled in: leave it \
                    empty.";
        let fix = cookbook::on(case, Role::Initiator, Topic::Mode, what);
        ("Aggressive Mode", "Main Mode", fix)
    } else {
        let fix = cookbook::on(
            case,
            Role::Responder,
            Topic::Mode,
            "accept Main Mode, or use IKEv2 on both sides.",
        );
        ("Main Mode", "Aggressive Mode", fix)
    };
    Words::new(format!(
        "{i} starts {mine} and {r} refuses it: it seems to accept only {other}."
    ))
    .because(format!(
        "{i} began IKEv1 phase 1 in {mine}. {r} answered the very first message with {}, before any algorithm \
         was chosen. Algorithms are refused with another notification (NO-PROPOSAL-CHOSEN). The notification is not \
         authenticated.",
        words::notify(case.n, found.facts.notice.kind)
    ))
    .fix([fix])
    .settle(evidence::log(case, Role::Responder))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, PSK};

    #[test]
    fn the_error_tells_the_mode_from_the_offer() {
        /// INVALID-EXCHANGE-TYPE (RFC 2408 3.14.1).
        const INVALID_EXCHANGE_TYPE: u8 = 7;
        let refused_with = |error| {
            let mut made = Made::new();
            made.refused(0, PSK, error);
            made
        };
        refused_with(INVALID_EXCHANGE_TYPE).fires(RuleId::ModeMismatch);
        assert_eq!(
            refused_with(NO_PROPOSAL_CHOSEN).quiet(RuleId::ModeMismatch),
            [RuleId::IkeProposalMismatch]
        );
    }
}
