//! `mode-mismatch`: main mode against aggressive mode.

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
    refusal,
};
use crate::diagnosis::words;
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
    settles: true,
    check: mixed!(check),
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    if n.version != Version::V1 {
        return None;
    }
    let refusal = refusal::of_first_message(case)?;
    let aggressive = refusal.of.exchange == exchange::AGGRESSIVE;
    let (confidence, named, alternatives): (f64, &str, &[RuleId]) = match refusal.notice.kind {
        notify::V1_INVALID_EXCHANGE_TYPE => (0.9, "INVALID-EXCHANGE-TYPE", &[]),
        notify::V1_UNSUPPORTED_EXCHANGE_TYPE => (0.9, "UNSUPPORTED-EXCHANGE-TYPE", &[]),
        notify::AUTHENTICATION_FAILED if aggressive => (
            0.8,
            "AUTHENTICATION-FAILED",
            &[RuleId::IdentityRejected, RuleId::AuthMethodMismatch],
        ),
        _ => return None,
    };
    let (mine, other) = if aggressive {
        ("Aggressive Mode", "Main Mode")
    } else {
        ("Main Mode", "Aggressive Mode")
    };
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let blame = if aggressive {
        Blame::Initiator
    } else {
        Blame::Either
    };
    Some(
        Finding::new(&RULE, refusal.notice.place, format!("{i} starts {mine} and {r} refuses it: it seems to accept only {other}."))
            .sure(confidence, Basis::Observed)
            .settled(refusal::is_settled(case))
            .blame(blame)
            .with([refusal.of.place()])
            .differs_in_mode()
            .because(format!(
                "{i} began IKEv1 phase 1 in {mine}. {r} answered the very first message with {named}, before any algorithm \
                 was chosen. Algorithms are refused with another notification (NO-PROPOSAL-CHOSEN). The notification is not \
                 authenticated."
            ))
            .or(alternatives)
            .fix([if aggressive {
                format!(
                    "On {i}: use Main Mode, or better IKEv2.{} Macs and iPhones use Aggressive Mode only when a group name \
                     is filled in: leave it empty.",
                    cookbook::how(case, Role::Initiator, cookbook::Topic::Mode)
                )
            } else {
                format!("On {r}: accept Main Mode, or use IKEv2 on both sides.{}", cookbook::how(case, Role::Responder, cookbook::Topic::Mode))
            }])
            .settle(cookbook::log(case, Role::Responder)),
    )
}

impl Finding {
    /// Modes differ; the mode is no attribute of a proposal.
    fn differs_in_mode(mut self) -> Self {
        self.attributes.push("mode");
        self
    }
}
