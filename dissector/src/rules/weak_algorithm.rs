//! `weak-algorithm`: what was agreed works today and should not be used any more.

use super::{Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage};
use crate::diagnosis::words;
use crate::negotiation::Role;
use crate::negotiation::offer::Choice;
use crate::wire::code::{self, Weakness};

pub(crate) static RULE: Rule = Rule {
    id: RuleId::WeakAlgorithm,
    stage: Stage::Up,
    severity: Severity::Note,
    class: Class::Note,
    title: "The agreed algorithms are weak",
    documentation: Documentation {
        means: "The IKE SA uses an algorithm that is broken or deprecated. It is never the cause of a failure here.",
        evidence: "The proposal the responder chose.",
        why: "Old clients and devices, or an old configuration. Newer software refuses such algorithms, so that an update of one \
              side breaks the tunnel.",
        fix: "Allow AES-256, SHA2-256 and group 14 or better on both sides, and remove the weak ones once nobody needs them.",
        not: "ike-proposal-mismatch.",
        references: &["RFC 8247 2", "RFC 8221 5", "RFC 9395 3"],
    },
    needs: &[Facts::NONE],
    settles: true,
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let chosen = case.n.selected()?;
    let weak: Vec<String> = chosen
        .choices
        .iter()
        .filter_map(|c| {
            let word = match code::weak(c.registry, u32::from(c.id))? {
                Weakness::Broken => "broken",
                Weakness::Legacy => "deprecated",
            };
            Some(format!("{} ({word})", Choice::label(c)))
        })
        .collect();
    if weak.is_empty() {
        return None;
    }
    let r = words::peer(case, Role::Responder);
    Some(
        Finding::new(
            &RULE,
            case.n.selected_place()?,
            format!("{r} chose {} for the IKE SA.", words::list(&weak)),
        )
        .sure(1.0, Basis::Observed)
        .settled(true)
        .blame(Blame::Either),
    )
}
