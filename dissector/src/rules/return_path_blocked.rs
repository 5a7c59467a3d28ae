//! `return-path-blocked`: answers are sent, and don't reach the initiator.

use super::{Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, mixed};
use crate::diagnosis::words;
use crate::negotiation::{Event, Place, Role, Vantage};

pub(super) static RULE: Rule = Rule {
    id: RuleId::ReturnPathBlocked,
    stage: Stage::Contact,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The responder answers, and its answers do not reach the initiator",
    documentation: Documentation {
        means: "The responder answers, but the initiator behaves as if nobody did.",
        evidence: "The initiator repeats a message that was answered, at least twice after the answer, and never goes on; the \
                   responder answers each copy.",
        why: "A filter or a route on the way back; NAT without a mapping for the answer; the answer leaves from another address \
              or interface than the one that was asked; a local firewall of the initiator.",
        fix: "Follow the answer from the responder towards the initiator until it disappears.",
        not: "One or two repetitions before an answer that was then used: loss.",
        references: &["RFC 7296 2.1", "RFC 2408 5.1"],
    },
    needs: &[Facts::REPEATED],
    settles: false,
    check: mixed!(check),
};

/// Repetitions after the answer that cannot be loss any more.
const ENOUGH: usize = 2;

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let last = n.events().rev().find(|e| e.from == Role::Initiator)?;
    // Nothing of the initiator came after the message that it repeats, so the answer was never used.
    let answer = n
        .events()
        .find(|e| e.from == Role::Responder && n.answered_by(e).is_some_and(|a| a.frame == last.frame))?;
    let after = last.repeats().iter().filter(|x| x.time > answer.time).count();
    let error = n.errors(Role::Responder).next().is_some();
    // A large answer that comes as fragments is lost for another reason.
    if after < ENOUGH
        || error
        || !n.esp().is_empty()
        || answer.exchange != last.exchange
        || answer.ip_fragmented()
    {
        return None;
    }
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let step = |e: &Event| words::step(n, e.exchange, e.position);
    let (confidence, blame, where_lost) = match n.vantage() {
        Vantage::Initiator => (
            0.75,
            Blame::Initiator,
            "The answers are in this capture, which was taken beside the initiator: they reach its network interface, and \
             something on the initiator itself (a local firewall, another program on the port) keeps them from the IKE service.",
        ),
        Vantage::Responder => (
            0.88,
            Blame::Path,
            "The capture was taken beside the responder: the answers leave it and are lost further on.",
        ),
        Vantage::Unknown => (
            0.85,
            Blame::Path,
            "The answers are lost between this capture point and the initiator.",
        ),
    };
    Some(
        Finding::new(&RULE, last.last_place(), format!("{r} answers, but its answers do not reach {i}, which keeps repeating the same message."))
            .sure(confidence, Basis::Inferred)
            .blame(blame)
            .with([last.place(), answer.place(), answer.last_place()])
            .with(last.repeats().iter().take(2).map(|x| Place { frame: x.frame, span: None }))
            .because(format!(
                "{i} sent {} {}, {} of them after {r} had answered in frame {}. It never used the answer ({}). {where_lost}",
                step(last),
                words::times(last.copies()),
                after,
                answer.frame,
                step(answer),
            ))
            .or(&[RuleId::FragmentsLost])
            .fix([
                format!("On the way back: allow UDP from port {} of {} to {}, and check the route and NAT for it.", answer.ports.0, n.responder.address, n.initiator.address),
                format!("On {r}: let the IKE service answer from the address that was asked, on the same interface."),
            ])
            .settle(format!("a capture at {i}: do the answers of frame {} arrive there?", answer.frame)),
    )
}
