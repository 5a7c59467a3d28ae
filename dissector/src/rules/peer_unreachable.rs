//! `peer-unreachable`: an ICMP error said that the peer cannot be reached.

use super::{Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, mixed};
use crate::diagnosis::words;
use crate::negotiation::{Place, Role};
use crate::wire::frame::IcmpError;

pub(super) static RULE: Rule = Rule {
    id: RuleId::PeerUnreachable,
    stage: Stage::Contact,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "ICMP says that the IKE peer cannot be reached",
    documentation: Documentation {
        means: "The network or the peer's own system answered an IKE message with an ICMP error, and IKE never did.",
        evidence: "An ICMP or ICMPv6 destination unreachable that quotes the IKE message; no IKE message from the peer.",
        why: "Port unreachable from the peer itself: no IKE service listens there. Host or network unreachable: routing. \
              Prohibited: a filter that says so.",
        fix: "Start the IKE service, or mend the route or filter at the sender of the ICMP error.",
        not: "path-mtu and fragments-lost (ICMP \"too big\"); an ICMP error after the peer had answered.",
        references: &["RFC 792", "RFC 1812 5.2.7.1", "RFC 4443 3.1"],
    },
    needs: &[Facts::UNANSWERED.and(Facts::ICMP)],
    settles: false,
    check: mixed!(check),
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    if n.responder.messages > 0 {
        return None;
    }
    let about_initiator = n.icmp.iter().filter(|x| x.about == Role::Initiator);
    let (icmp, what, cause) = about_initiator.clone().find_map(|x| {
        let sender = x.sender;
        let port = x.port.unwrap_or(500);
        let (what, cause) = match x.error {
            IcmpError::PortUnreachable => (
                format!("nothing listens on UDP {port} of {}", n.responder.address),
                format!(
                    "Start the IKE service on {} and make it listen on this address.",
                    n.responder.address
                ),
            ),
            IcmpError::HostUnreachable => (
                "the host cannot be reached".to_owned(),
                format!(
                    "Check that {} is up and that the address is right; {sender} cannot reach it.",
                    n.responder.address
                ),
            ),
            IcmpError::NetworkUnreachable => (
                "there is no route to it".to_owned(),
                format!(
                    "Mend the routing at {sender}: it has no route to {}.",
                    n.responder.address
                ),
            ),
            IcmpError::Prohibited => (
                "a filter prohibits it".to_owned(),
                format!(
                    "Allow UDP 500 and UDP 4500 from {} to {} at {sender}.",
                    n.initiator.address, n.responder.address
                ),
            ),
            IcmpError::ProtocolUnreachable => (
                "it does not accept UDP".to_owned(),
                format!("Check what {} is: it refuses UDP.", n.responder.address),
            ),
            IcmpError::TimeExceeded { reassembly: false } => (
                "the packets circle until they expire".to_owned(),
                format!("Look for a routing loop near {sender}."),
            ),
            IcmpError::TimeExceeded { reassembly: true } | IcmpError::TooBig(_) | IcmpError::Other(..) => {
                return None;
            }
        };
        Some((x, what, cause))
    })?;
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let from_peer = icmp.sender == n.responder.address;
    let who = if from_peer {
        r.clone()
    } else {
        format!("{} (a router or firewall)", icmp.sender)
    };
    let blame = if from_peer { Blame::Responder } else { Blame::Path };
    let first = n.events().next().map(crate::negotiation::Event::place);
    Some(
        Finding::new(
            &RULE,
            Place { frame: icmp.frame, span: Some(icmp.span) },
            format!("{i} cannot reach the IKE service of {r}: {who} reports that {what}."),
        )
        .sure(0.95, Basis::Observed)
        .blame(blame)
        .with(first)
        .with(about_initiator.map(|x| Place { frame: x.frame, span: Some(x.span) }))
        .because(format!(
            "{i} sent {} message to {r}. {who} answered with an ICMP error: {what}. {r} itself never sent an IKE message. \
             ICMP errors are not authenticated, but nothing here contradicts it.",
            if n.event_count() > 1 { "more than one" } else { "its first" },
        ))
        .fix([cause])
        .settle(if from_peer {
            format!("on {}: which program listens on UDP 500 and 4500 (`ss -ulnp`), and its firewall rules", n.responder.address)
        } else {
            format!("on {}: its routes to {} and its firewall rules", icmp.sender, n.responder.address)
        }),
    )
}
