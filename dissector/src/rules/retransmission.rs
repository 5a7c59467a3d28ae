//! `retransmission`: a message was repeated.

use super::{Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, mixed};
use crate::diagnosis::words;
use crate::negotiation::Place;

pub(super) static RULE: Rule = Rule {
    id: RuleId::Retransmission,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "An IKE message was repeated",
    documentation: Documentation {
        means: "A message was sent again because no answer came in time.",
        evidence: "The same octets from the same side again, at least a tenth of a second later.",
        why: "Packet loss, a slow peer, or a peer that does not answer at all (then the verdict says so).",
        fix: "Nothing, if the negotiation went on.",
        not: "The same packet captured twice (a capture on all interfaces).",
        references: &["RFC 7296 2.1", "RFC 2408 5.1"],
    },
    needs: &[Facts::REPEATED],
    settles: false,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let most = n
        .events()
        .filter(|e| e.repeat_count() > 0)
        .max_by_key(|e| (e.repeat_count(), std::cmp::Reverse(e.frame)))?;
    let first = most.repeats().first()?;
    let repeated = n.events().filter(|e| e.repeat_count() > 0).count();
    let step = words::step(n, most.exchange, most.position);
    let times = words::times(most.copies());
    Some(
        Finding::new(
            &RULE,
            Place {
                frame: first.frame,
                span: None,
            },
            if repeated == 1 {
                format!("{step} was repeated (sent {times}).")
            } else {
                format!("{repeated} messages were repeated, most often {step} (sent {times}).")
            },
        )
        .sure(1.0, Basis::Observed)
        .blame(Blame::Nobody)
        .with([most.place()]),
    )
}
