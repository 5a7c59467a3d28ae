//! `peer-unreachable`: an ICMP error said that the peer cannot be reached.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Severity, Stage, Words,
    check, words,
};
use crate::negotiation::{Event, Icmp, Place, Role};
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
    check: check!(find, tell),
};

/// The first error that says so.
struct Report<'a> {
    icmp: &'a Icmp,
    obstacle: Obstacle,
    /// The peer itself sent it, no router or firewall.
    from_peer: bool,
}

/// What keeps the initiator from the service.
#[derive(Clone, Copy)]
enum Obstacle {
    NoService,
    NoHost,
    NoRoute,
    Filter,
    NoUdp,
    Loop,
}

impl Obstacle {
    fn of(error: IcmpError) -> Option<Self> {
        match error {
            IcmpError::PortUnreachable => Some(Self::NoService),
            IcmpError::HostUnreachable => Some(Self::NoHost),
            IcmpError::NetworkUnreachable => Some(Self::NoRoute),
            IcmpError::Prohibited => Some(Self::Filter),
            IcmpError::ProtocolUnreachable => Some(Self::NoUdp),
            IcmpError::TimeExceeded { reassembly: false } => Some(Self::Loop),
            IcmpError::TimeExceeded { reassembly: true } | IcmpError::TooBig(_) | IcmpError::Other(..) => {
                None
            }
        }
    }
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Report<'a>>> {
    let n = case.n;
    if n.responder.messages > 0 {
        return None;
    }
    let about_initiator = n.icmp.iter().filter(|x| x.about == Role::Initiator);
    let place = |x: &Icmp| Place {
        frame: x.frame,
        span: Some(x.span),
    };
    let (icmp, obstacle) = about_initiator
        .clone()
        .find_map(|x| Some((x, Obstacle::of(x.error)?)))?;
    let from_peer = icmp.sender == n.responder.address;
    let finding = Finding::of(&RULE, place(icmp))
        .sure(0.95, Basis::Observed)
        .blame(if from_peer { Blame::Responder } else { Blame::Path })
        .with(n.events().next().map(Event::place))
        .with(about_initiator.map(place));
    Some(finding.having(Report {
        icmp,
        obstacle,
        from_peer,
    }))
}

fn tell(case: &Case<'_>, found: &Found<Report<'_>>) -> Words {
    let n = case.n;
    let Report { icmp, from_peer, .. } = found.facts;
    let (i, r) = words::peers(case);
    let (what, fix) = in_words(case, &found.facts);
    let who = if from_peer {
        r.clone()
    } else {
        format!("{} (a router or firewall)", icmp.sender)
    };
    let messages = if n.event_count() > 1 {
        "more than one"
    } else {
        "its first"
    };
    Words::new(format!(
        "{i} cannot reach the IKE service of {r}: {who} reports that {what}."
    ))
    .because(format!(
        "{i} sent {messages} message to {r}. {who} answered with an ICMP error: {what}. {r} itself never sent an IKE message. \
         ICMP errors are not authenticated, but nothing here contradicts it."
    ))
    .fix([fix])
    .settle(if from_peer {
        format!(
            "on {}: which program listens on UDP 500 and 4500 (`ss -ulnp`), and its firewall rules",
            n.responder.address
        )
    } else {
        format!(
            "on {}: its routes to {} and its firewall rules",
            icmp.sender, n.responder.address
        )
    })
}

/// What is reported, and what mends it.
fn in_words(case: &Case<'_>, report: &Report<'_>) -> (String, String) {
    let (i, r) = (case.n.initiator.address, case.n.responder.address);
    let sender = report.icmp.sender;
    match report.obstacle {
        Obstacle::NoService => (
            format!(
                "nothing listens on UDP {} of {r}",
                report.icmp.port.unwrap_or(500)
            ),
            format!("Start the IKE service on {r} and make it listen on this address."),
        ),
        Obstacle::NoHost => (
            "the host cannot be reached".to_owned(),
            format!("Check that {r} is up and that the address is right; {sender} cannot reach it."),
        ),
        Obstacle::NoRoute => (
            "there is no route to it".to_owned(),
            format!("Mend the routing at {sender}: it has no route to {r}."),
        ),
        Obstacle::Filter => (
            "a filter prohibits it".to_owned(),
            format!("Allow UDP 500 and UDP 4500 from {i} to {r} at {sender}."),
        ),
        Obstacle::NoUdp => (
            "it does not accept UDP".to_owned(),
            format!("Check what {r} is: it refuses UDP."),
        ),
        Obstacle::Loop => (
            "the packets circle until they expire".to_owned(),
            format!("Look for a routing loop near {sender}."),
        ),
    }
}
