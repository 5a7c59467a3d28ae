//! `responder-failure`: the responder could not install what it had agreed to.

use super::cookbook;
use super::unanswered::{self, Unanswered, unanswered};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Found, Rule, RuleId, Settles, Severity, Stage, Step,
    Words, check, words,
};
use crate::negotiation::{Role, Version, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::ResponderFailure,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The responder agreed to the tunnel, and does not carry it",
    documentation: Documentation {
        means: "The negotiation succeeded, the initiator's data arrives at the responder, and the responder does nothing with it.",
        evidence: "Captured beside the responder: ESP of the initiator arrives in a rhythm that waits for an answer, and nothing \
                   goes back. IKE messages after the negotiation may stay unanswered as well.",
        why: "The responder agreed to an algorithm its kernel does not have (OpenIKED without HMAC-SHA2-256 on its platform logs \
              \"failed to load CHILD SA\" after it has answered), its kernel refused the policy, or it has no route or firewall \
              rule for what comes out of the tunnel.",
        fix: "Read the responder's log at the moment of its last answer; offer algorithms that its kernel supports.",
        not: "esp-blocked, where the packets do not arrive; esp-integrity-interop and l2tp-no-reply, which look alike without keys.",
        references: &[
            "RFC 7296 1.2",
            "OpenIKED ikev2.c ikev2_childsa_enable, in the lab",
            "strongSwan quick_mode.c, child_create.c",
        ],
    },
    needs: &[Facts::ESP],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// Data of the initiator that arrives in vain.
struct Ignored<'a> {
    data: Unanswered<'a>,
    /// So are its requests that a living IKE SA would answer.
    deaf: bool,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Ignored<'a>>> {
    let n = case.n;
    let data = unanswered(case, Role::Initiator).filter(|u| u.arrives && !u.is_l2tp(n))?;
    let deaf = n.version == Version::V2
        && n.events().any(|e| {
            e.from == Role::Initiator
                && e.position == 1
                && !e.is_answered()
                && matches!(e.exchange, exchange::INFORMATIONAL | exchange::CREATE_CHILD_SA)
                && case.given_up(e)
        });
    let finding = data
        .finding(&RULE, Blame::Responder)
        .sure(if deaf { 0.7 } else { 0.45 + data.weight() }, Basis::Inferred)
        .or(&[RuleId::EspIntegrityInterop, RuleId::EspBlocked]);
    Some(finding.having(Ignored { data, deaf }))
}

fn tell(case: &Case<'_>, found: &Found<Ignored<'_>>) -> Words {
    let Ignored { data, deaf } = &found.facts;
    let (i, r) = words::peers(case);
    let also = if *deaf {
        format!(" {r} does not answer {i}'s later IKE requests either: it seems to have dropped the IKE SA.")
    } else {
        String::new()
    };
    let cause = format!(
        "{r} gets them and makes nothing of them: it may have failed to install the keys it had agreed to, discard the packets \
         (integrity, policy), or have no route or firewall rule for what is inside.{also}"
    );
    Words::new(format!(
        "The tunnel came up and {i}'s encrypted data arrives at {r}, which never answers it."
    ))
    .because(unanswered::reasoning(case, data, &cause))
    .fix([
        cookbook::on(
            case,
            Role::Responder,
            cookbook::Topic::EspProposal,
            "look in the log at the time of its last IKE answer. If the kernel refused the keys, allow algorithms that it has.",
        ),
        Step::on(
            case,
            Role::Responder,
            "check the firewall and routes for packets that come out of the tunnel, and the way back into it.",
        ),
    ])
    .settle_by(unanswered::next(case, data))
}

/// What to change where this side's kernel refused what was agreed, whoever found that out.
pub(crate) fn step_for_kernel(case: &Case<'_>, side: Role) -> Step {
    let what = "allow algorithms that its kernel has (Linux: load the modules for them; the log says what the kernel refused), and use \
                these networks in no other connection.";
    cookbook::on(case, side, cookbook::Topic::EspProposal, what)
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    /// A ping through the tunnel that nothing answers; hop limits tell where the capture was taken.
    fn pinged(limits: (u8, u8)) -> Made {
        let mut made = Made::up(limits);
        for sequence in 1..=6 {
            made.esp(200 + 1000 * i64::from(sequence), true, sequence, 136);
        }
        made
    }

    #[test]
    fn only_where_it_arrives_is_it_the_server_that_fails() {
        pinged((63, 64)).fires(RuleId::ResponderFailure);
        assert_eq!(
            pinged((64, 63)).quiet(RuleId::ResponderFailure),
            [RuleId::EspBlocked]
        );
    }
}
