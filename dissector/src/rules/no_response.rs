//! `no-response`: the peer never answered.

use super::cookbook;
use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::{Event, Role, Vantage, Version, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::NoResponse,
    stage: Stage::Contact,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The IKE peer never answered",
    documentation: Documentation {
        means: "The initiator sent its first message, and nothing came back.",
        evidence: "The first message was sent three times or more over at least ten seconds, or waited for 30 seconds, without any \
                   IKE message or ICMP error in answer.",
        why: "UDP 500 does not reach the peer or its answer does not come back; the address is wrong; no IKE service runs; \
              or the service drops what it has no connection for (Libreswan drops IKEv1 by default since 5.0, racoon \
              and OpenIKED drop what matches nothing).",
        fix: "Capture at the responder: if the message arrives there, its configuration or service is at fault, otherwise \
              the path is.",
        not: "peer-unreachable, where an ICMP error says why; in-progress, where the capture ends too early to tell.",
        references: &[
            "RFC 7296 2.1",
            "RFC 2408 5.1",
            "Libreswan 5.0 changes, ikev1-policy",
        ],
    },
    needs: &[Facts::UNANSWERED],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// The first message, which was given up.
type Asked<'a> = &'a Event;

fn find<'a>(case: &Case<'a>) -> Option<Found<Asked<'a>>> {
    let first = silence(case)?;
    let finding = Finding::of(&RULE, first.last_place())
        .sure(0.95, Basis::Observed)
        .blame(Blame::Either)
        .with([first.place()])
        .or(match (case.n.version, first.exchange) {
            (Version::V1, exchange::AGGRESSIVE) => &[
                RuleId::ModeMismatch,
                RuleId::ReturnPathBlocked,
                RuleId::VersionMismatch,
                RuleId::NoMatchingConnection,
                RuleId::AuthMethodMismatch,
            ],
            (Version::V1, _) => &[
                RuleId::ReturnPathBlocked,
                RuleId::VersionMismatch,
                RuleId::NoMatchingConnection,
                RuleId::AuthMethodMismatch,
            ],
            (Version::V2, _) => &[
                RuleId::ReturnPathBlocked,
                RuleId::VersionMismatch,
                RuleId::NoMatchingConnection,
            ],
        });
    Some(finding.having(first))
}

/// The first message, if it was given up without an answer of any kind.
pub(super) fn silence<'a>(case: &Case<'a>) -> Option<&'a Event> {
    let n = case.n;
    if !n.started || n.responder.messages > 0 || !n.icmp.is_empty() {
        return None;
    }
    let first = n.events().next()?;
    let waited = case.standing().stopped();
    // An initiator that goes on was answered: the capture holds one direction only.
    let went_on = n
        .events()
        .any(|e| e.position > 1 || (e.encrypted || e.message_id > 0) && e.exchange != first.exchange);
    let esp = n.esp_from(Role::Responder).is_some();
    (first.from == Role::Initiator && !went_on && !esp && waited.is_some()).then_some(first)
}

fn tell(case: &Case<'_>, found: &Found<Asked<'_>>) -> Words {
    let (n, first) = (case.n, found.facts);
    let (i, r) = words::peers(case);
    let version = n.version.name();
    let port = first.ports.1;
    let times = words::times(first.copies());
    let where_taken = match n.vantage() {
        Vantage::Initiator => {
            "The capture was taken at the initiator: it cannot show whether the messages reach the other side."
        }
        _ if !n.initiator.is_here() && n.initiator.ttl.is_some() => {
            "The initiator's packets have passed at least one router before this capture point."
        }
        _ => "From one capture point it cannot be told whether the messages arrive.",
    };
    let (hint, authentication) = match n.version {
        Version::V1 => (
            " Libreswan from 5.0 on (and Debian's 4.10) ignores IKEv1 unless `ikev1-policy=accept` is set, and any Libreswan what no \
             connection of its own with this way of authentication matches; racoon-based products ignore offers they do not like.",
            " with the way of authentication that is offered",
        ),
        Version::V2 => (" OpenIKED ignores peers it has no policy for.", ""),
    };
    Words::new(format!(
        "{i} sent its first {version} message to {r} {times} and never got an answer."
    ))
    .because(format!(
        "{i} asked {r} on UDP {port} to negotiate {version}, {times} over {:.0} seconds. No IKE message and no ICMP error \
         came back. {where_taken} Silence has many causes: a filter on UDP 500, a wrong address, no IKE service, \
         an answer that is lost, or a responder that ignores what no connection of its own matches.{hint}",
        seconds(first.last_time() - first.time),
    ))
    .fix([
        Step::path(format!(
            "On the path: allow UDP 500 and UDP 4500 to {r}, and the replies."
        )),
        cookbook::on(
            case,
            Role::Responder,
            cookbook::Topic::Connection,
            format!(
                "check that the IKE service runs, listens on this address, and has a connection for {i} and \
                 {version}{authentication}."
            ),
        ),
    ])
    .settle(format!(
        "{}: if the message does not arrive there on UDP {port}, the path drops it",
        evidence::capture(case, Role::Responder)
    ))
    .settle(format!("if it arrives: {}", evidence::log(case, Role::Responder)))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Blame, RuleId};
    use crate::tests::made::Made;

    #[test]
    fn a_question_that_is_repeated_in_vain() {
        let mut made = Made::new();
        made.sa_init(0, true, &[]);
        for at in [4_000, 11_200, 24_200] {
            made.again(at, 1);
        }
        let finding = made.fires(RuleId::NoResponse);
        assert_eq!((finding.blame, finding.settled), (Blame::Either, false));
        made.sa_init(24_300, false, &[]);
        made.quiet(RuleId::NoResponse);
    }

    #[test]
    fn an_initiator_that_goes_on_was_answered() {
        // RFC 7296 2.2 counts on from 1; there are stacks whose count stays at 0.
        for id in [1, 0] {
            let mut made = Made::new();
            made.ikev2_requests(id);
            assert_eq!(made.quiet(RuleId::NoResponse), [RuleId::InProgress]);
        }
    }
}
