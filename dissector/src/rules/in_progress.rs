//! `in-progress`: the capture ends without a sign of failure.

use super::{Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, mixed};
use crate::diagnosis::words;
use crate::negotiation::{Place, Progress, Role};

pub(super) static RULE: Rule = Rule {
    id: RuleId::InProgress,
    stage: Stage::Contact,
    severity: Severity::Chat,
    class: Class::Open,
    title: "IKE negotiation not finished in this capture",
    documentation: Documentation {
        means: "The negotiation had not ended when the capture did, and nothing in it says that it failed.",
        evidence: "The last message was answered, or is too recent to have been given up.",
        why: "The capture was stopped early, or holds only part of the packets.",
        fix: "Capture longer: at least 60 seconds after the attempt.",
        not: "no-response, where the first message was repeated or waited for in vain.",
        references: &["RFC 7296 2.1", "RFC 2408 5.1"],
    },
    // It holds where no other rule does: see `Judgement::verdict`.
    needs: &[Facts::NONE],
    settles: false,
    check: mixed!(never),
};

fn never(_: &Case<'_>) -> Option<Finding> {
    None
}

/// The finding that always holds: how far it came.
pub(crate) fn open(case: &Case<'_>) -> Finding {
    let n = case.n;
    let last = n.events().next_back();
    let decided = last.map_or(
        Place {
            frame: n.first().frame,
            span: None,
        },
        |e| e.last_place(),
    );
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let reached = words::reached(n);
    let at = last.map_or_else(String::new, |e| {
        format!(" The last message is {}.", words::step(n, e.exchange, e.position))
    });
    // Beside the responder a blocked port 4500 looks like the end of the capture: nothing more arrives.
    let moving = n.nat_found() && !n.moved_to_4500() && n.progress() == Progress::KeysExchanged;
    let waiting = last.is_some_and(|e| e.from == Role::Responder);
    let alternatives: &[RuleId] = if moving && waiting {
        &[RuleId::Port4500Blocked]
    } else {
        &[]
    };
    Finding::new(&RULE, decided, format!("{i} and {r} are still negotiating when the capture ends: {reached}."))
        .sure(0.8, Basis::Observed)
        .blame(Blame::Nobody)
        .or(alternatives)
        .because(format!(
            "{i} began to negotiate {} with {r}; {reached}.{at} Nothing up to the end of the capture says that it failed.",
            n.version.name()
        ))
        .settle(format!("capture longer, with the filter \"{}\"", words::CAPTURE_FILTER))
}
