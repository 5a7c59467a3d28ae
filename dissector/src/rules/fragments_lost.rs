//! `fragments-lost`: a message larger than the path is lost as IP fragments.

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::{Event, Sent, Version};

pub(super) static RULE: Rule = Rule {
    id: RuleId::FragmentsLost,
    stage: Stage::Contact,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "A large IKE message is lost as IP fragments",
    documentation: Documentation {
        means: "A message too large for one packet was sent as IP fragments, and not all of them arrive.",
        evidence: "Seen at the receiver: only first fragments of the message, repeated. Seen at the sender: a message of more \
                   than 1400 octets is repeated without an answer, while smaller ones were answered.",
        why: "Many firewalls, NAT routers and mobile networks drop IP fragments. Certificates make such messages.",
        fix: "Use IKE fragmentation on both sides, or smaller certificates.",
        not: "a message whose rest Wireshark reassembled and that was answered.",
        references: &["RFC 7383 1", "RFC 7296 2"],
    },
    needs: &[Facts::REPEATED],
    settles: false,
    check: mixed!(check),
};

/// No IP packet of this size passes an Ethernet with PPPoE and NAT-T unfragmented.
const LARGE: u32 = 1400;

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let lost = n.events().rev().find(|e| {
        let unanswered = !e.is_answered() && e.repeat_count() > 0 && e.fragments().is_none();
        unanswered && (e.incomplete() && e.ip_fragmented() || e.length > LARGE)
    })?;
    if !n.esp().is_empty()
        || n.responder.messages == 0
        || n.events().any(|e| e.frame > lost.frame && e.from != lost.from)
    {
        return None;
    }
    let sender = lost.from;
    let (i, r) = (words::peer(case, sender), words::peer(case, sender.other()));
    let step = words::step(n, lost.exchange, lost.position);
    let (confidence, seen) = if lost.incomplete() && lost.ip_fragmented() {
        (
            0.85,
            "Only its first IP fragment was captured each time; the others are lost before this point.",
        )
    } else {
        (
            0.8,
            "It left as IP fragments, and no answer came, while the smaller messages before it were answered.",
        )
    };
    Some(
        Finding::new(&RULE, lost.last_place(), format!("{i}'s message of {} octets ({step}) is too large for one packet and is lost on the way to {r}.", lost.length))
            .sure(confidence, Basis::Inferred)
            .blame(Blame::Path)
            .with([lost.place()])
            .because(format!(
                "{step} of {i} has {} octets and was sent {}. {seen} {}",
                lost.length,
                words::times(lost.copies()),
                fragmentation(case, lost)
            ))
            .or(if lost.ports.0 == 4500 || lost.ports.1 == 4500 { &[RuleId::Port4500Blocked] } else { &[RuleId::NoResponse] })
            .fix([
                format!("On both sides: turn IKE fragmentation on.{}", cookbook::how_on_both(case, cookbook::Topic::Fragmentation)),
                "On the path: let IP fragments pass. Or make the message smaller: ECDSA in place of RSA certificates, fewer certificates.".to_owned(),
            ])
            .settle(format!("a capture at {r} that includes IP fragments: \"{}\"", words::CAPTURE_FILTER)),
    )
}

/// Whether both sides could have fragmented within IKE.
fn fragmentation(case: &Case<'_>, lost: &Event) -> &'static str {
    let n = case.n;
    let can = |role| match n.version {
        Version::V2 => n.peer(role).sent(Sent::Fragmentation),
        Version::V1 => n.peer(role).can(crate::wire::vendor::Ability::Fragmentation),
    };
    match (can(lost.from), can(lost.from.other())) {
        (true, true) => "Both sides announced IKE fragmentation, but it was not used for this message.",
        (true, false) => "The receiver did not announce IKE fragmentation.",
        (false, true) => "The sender did not announce IKE fragmentation.",
        (false, false) => "Neither side announced IKE fragmentation.",
    }
}
