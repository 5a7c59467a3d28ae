//! `scan`: probe traffic, not a peer.

use super::{Basis, Blame, Case, Class, Documentation, Finding, Rule, Severity, Stage};
use crate::negotiation::{Event, Progress, Role};
use crate::report::words;

pub(super) static RULE: Rule = Rule {
    id: "scan",
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Probe,
    title: "Probe traffic: a sweep over many hosts",
    documentation: Documentation {
        means: "The sender asks many hosts for IKE and never goes on with any of them: a scanner, not a peer.",
        evidence: "One address begins negotiations with five hosts or more in the capture and sends none of them a second message.",
        why: "ike-scan, nmap, an Internet-wide survey, or an inventory of one's own network.",
        fix: "Nothing, or a filter for its address.",
        not: "A client whose server does not answer, which asks the same host again.",
        references: &["ike-scan(1)"],
    },
    check,
};

/// A client tries a few addresses of one service; a sweep many hosts.
const SWEEP: usize = 5;

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let host = case.host(Role::Initiator)?;
    if !n.started
        || host.went_on
        || host.targets.len() < SWEEP
        || n.progress() > Progress::KeysExchanged
        || !n.esp.is_empty()
    {
        return None;
    }
    let last = n.events().next_back()?;
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let answer = if n.responder.messages > 0 {
        "answered"
    } else {
        "did not answer"
    };
    Some(
        Finding::new(&RULE, last.last_place(), format!("{i} probes many hosts for IKE; {r} {answer}."))
            .sure(0.9, Basis::Learned)
            .blame(Blame::Nobody)
            .with(n.events().next().map(Event::place))
            .because(format!(
                "In this capture {i} sends first messages to at least {} hosts and never a second one to any: it looks for IKE \
                 services and does not want a tunnel.",
                host.targets.len()
            ))
            .fix(["Nothing has to be changed; a filter for that address keeps the probes out, if they are not wanted.".to_owned()]),
    )
}
