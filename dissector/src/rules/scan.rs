//! `scan`: probe traffic, not a peer.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::knowledge::Host;
use crate::negotiation::{Event, Place, Progress, Role};

pub(super) static RULE: Rule = Rule {
    id: RuleId::Scan,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Probe,
    title: "Probe traffic: a sweep over many hosts",
    documentation: Documentation {
        means: "The sender asks many hosts for IKE and never goes on with any of them: a scanner, not a peer. Or a host is asked by \
                more than a thousand senders that never go on: a flood of half-open requests, its senders forged.",
        evidence: "One address begins negotiations with five hosts or more in the capture and sends none of them a second message. Or: a thousand addresses or more begin with one host, nine in ten of them never \
                   repeat the message nor go on, and none was refused.",
        why: "ike-scan, nmap, an Internet-wide survey, or an inventory of one's own network.",
        fix: "Nothing, or a filter for its address. Against a flood: cookies (RFC 7296 2.6), which most stacks send once many \
              negotiations are half open, and a limit on the rate of new ones.",
        not: "A client whose server does not answer, which asks the same host again, as every honest peer does.",
        references: &["ike-scan(1)", "RFC 7296 2.6", "RFC 8019"],
    },
    needs: &[Facts::NONE],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// A client tries a few addresses of one service; a sweep many hosts.
const SWEEP: u8 = 5;

/// So many hosts are no customers any more, if nine in ten of them ask once and never again.
const FLOOD: u32 = 1000;

/// This negotiation is one request of a flood, and nothing more.
pub(crate) fn is_flood(case: &Case<'_>) -> bool {
    let n = case.n;
    let forged = |host: &Host| host.asked_by >= FLOOD && host.pursued_by <= host.asked_by / 10;
    n.started
        && case.host(Role::Responder).is_some_and(forged)
        && n.progress() <= Progress::KeysExchanged
        && n.esp().is_empty()
        && n.icmp.is_empty()
        && n.errors(Role::Responder).next().is_none()
        && n.events()
            .filter(|e| e.from == Role::Initiator)
            .map(Event::copies)
            .sum::<u32>()
            == 1
}

/// What kind of probe, and the host that shows it.
enum Probe<'a> {
    /// The responder is asked by thousands.
    Flood(&'a Host),
    /// The initiator asks many.
    Sweep(&'a Host),
}

fn find<'a>(case: &'a Case<'_>) -> Option<Found<Probe<'a>>> {
    let n = case.n;
    if is_flood(case) {
        let first = n.events().find(|e| e.from == Role::Initiator)?;
        return Some(probe(first.place()).having(Probe::Flood(case.host(Role::Responder)?)));
    }
    let host = case.host(Role::Initiator)?;
    if !n.started
        || host.went_on
        || host.targets < SWEEP
        || n.progress() > Progress::KeysExchanged
        || !n.esp().is_empty()
    {
        return None;
    }
    let last = n.events().next_back()?;
    let finding = probe(last.last_place()).with(n.events().next().map(Event::place));
    Some(finding.having(Probe::Sweep(host)))
}

fn probe(decided: Place) -> Finding {
    Finding::of(&RULE, decided)
        .sure(0.9, Basis::Learned)
        .blame(Blame::Nobody)
}

fn tell(case: &Case<'_>, found: &Found<Probe<'_>>) -> Words {
    let (i, r) = words::peers(case);
    match found.facts {
        Probe::Flood(host) => {
            let open = host.asked_by - host.pursued_by;
            Words::new(format!(
                "A flood of half-open requests: {open} addresses ask {r} for IKE once and never go on."
            ))
            .because(format!(
                "In this capture {} addresses begin to negotiate with {r}; {open} of them neither repeat their first message, as every \
                 honest peer does when it is not answered, nor go on when it is. Their addresses are most likely forged, to make {r} \
                 keep a half-open negotiation for each.",
                host.asked_by
            ))
            .fix([Step::on(
                case,
                Role::Responder,
                "let it demand cookies when many negotiations are half open (RFC 7296 2.6; strongSwan: cookie_threshold, \
                 Libreswan: ddos-mode), and limit the rate of new ones. The addresses of the senders mean nothing.",
            )])
        }
        Probe::Sweep(host) => {
            let answer = if case.n.responder.messages > 0 {
                "answered"
            } else {
                "did not answer"
            };
            Words::new(format!("{i} probes many hosts for IKE; {r} {answer}."))
                .because(format!(
                    "In this capture {i} sends first messages to at least {} hosts and never a second one to any: it looks for IKE \
                     services and does not want a tunnel.",
                    host.targets
                ))
                .fix([Step::path(
                    "Nothing has to be changed; a filter for that address keeps the probes out, if they are not wanted.",
                )])
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    /// So many clients that each ask so often.
    fn asked(clients: u32, times: i64) -> Made {
        let mut made = Made::new();
        for copy in 0..times {
            for client in 0..clients {
                made.asked_by(Ipv4Addr::from(0x0A00_0000 + client), copy * 4000);
            }
        }
        made
    }

    #[test]
    fn a_thousand_that_ask_once_are_a_flood() {
        let mut made = asked(1000, 1);
        made.fires(RuleId::Scan);
        assert_eq!(made.verdicts(), [RuleId::Scan; 1000]);
    }

    #[test]
    fn fewer_are_clients() {
        asked(999, 1).quiet(RuleId::Scan);
    }

    #[test]
    fn who_repeats_the_question_means_it() {
        asked(1000, 2).quiet(RuleId::Scan);
    }
}
