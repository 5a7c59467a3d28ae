//! `return-path-blocked`: answers are sent, and don't reach the initiator.

use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
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
        not: "One or two retries before an answer that was then used: loss.",
        references: &["RFC 7296 2.1", "RFC 2408 5.1"],
    },
    needs: &[Facts::REPEATED],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// An answer that the initiator never used.
struct Unused<'a> {
    request: &'a Event,
    answer: &'a Event,
    /// Copies of the request after it.
    after: u32,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Unused<'a>>> {
    let n = case.n;
    let standing = case.standing();
    // Such an answer arrives, and nobody knows it there.
    let open = standing.stopped().filter(|_| case.n.swapped.is_none())?;
    let (request, answer) = (open.before?, open.message);
    // An answer in the initiator's own capture did arrive there. A large answer that comes as fragments is lost for another reason.
    if open.awaited != Role::Initiator
        || !open.is_asked_again()
        || standing.is_up()
        || n.vantage() == Vantage::Initiator
        || n.errors(Role::Responder).next().is_some()
        || answer.ip_fragmented()
    {
        return None;
    }
    let confidence = if n.vantage() == Vantage::Responder {
        0.88
    } else {
        0.85
    };
    let (after, repeats) = (open.asked_again, request.repeats());
    let finding = Finding::of(&RULE, request.last_place())
        .sure(confidence, Basis::Inferred)
        .blame(Blame::Path)
        .with([request.place(), answer.place(), answer.last_place()])
        .with(repeats.iter().take(2).map(|x| Place {
            frame: x.frame,
            span: None,
        }))
        .or(&[RuleId::FragmentsLost]);
    Some(finding.having(Unused {
        request,
        answer,
        after,
    }))
}

fn tell(case: &Case<'_>, found: &Found<Unused<'_>>) -> Words {
    let n = case.n;
    let Unused {
        request,
        answer,
        after,
    } = found.facts;
    let (i, r) = words::peers(case);
    let step = |e: &Event| words::step(n, e.exchange, e.position);
    let where_lost = if n.vantage() == Vantage::Responder {
        "The capture was taken at the responder: the answers leave it and are lost further on."
    } else {
        "The answers are lost between this capture point and the initiator."
    };
    Words::new(format!(
        "{r} answers, but its answers do not reach {i}, which keeps repeating the same message."
    ))
    .because(format!(
        "{i} sent {} {}, {after} of them after {r} had answered in frame {}. It never used the answer ({}). {where_lost}",
        step(request),
        words::times(request.copies()),
        answer.frame,
        step(answer),
    ))
    .fix([
        Step::path(format!(
            "On the way back: allow UDP from port {} of {} to {}, and check the route and NAT for it.",
            answer.ports.0, n.responder.address, n.initiator.address
        )),
        Step::on(
            case,
            Role::Responder,
            "let the IKE service answer from the address that was asked, on the same interface.",
        ),
    ])
    .settle(format!(
        "{}: do the answers of frame {} arrive there?",
        evidence::capture(case, Role::Initiator),
        answer.frame
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    /// IKE_SA_INIT that is asked again although it is answered; hop limits tell where the capture was taken.
    fn asked_again(limits: (u8, u8)) -> Made {
        let mut made = Made::new();
        made.ikev2_init(0, limits);
        for at in [4000, 11_000, 24_000] {
            made.again(at, 1);
            made.again(at + 10, 2);
        }
        made
    }

    #[test]
    fn an_answer_is_lost_on_the_way_only_beyond_the_capture() {
        asked_again((63, 64)).fires(RuleId::ReturnPathBlocked);
        // It did arrive at the client, which does not take it.
        assert_eq!(
            asked_again((64, 63)).quiet(RuleId::ReturnPathBlocked),
            [RuleId::Stalled]
        );
    }
}
