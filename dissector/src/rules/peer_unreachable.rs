//! `peer-unreachable`: an ICMP error said that the peer cannot be reached.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
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
        evidence: "An ICMP or ICMPv6 destination unreachable that quotes the IKE message, to which no IKE message of the peer came.",
        why: "Port unreachable from the peer itself: no IKE service listens there. Host or network unreachable: routing. \
              Prohibited: a filter that says so.",
        fix: "Start the IKE service, or fix the route or filter at the sender of the ICMP error.",
        not: "path-mtu and fragments-lost (ICMP \"too big\"); an ICMP error about a message that was answered all the same.",
        references: &["RFC 792", "RFC 1812 5.2.7.1", "RFC 4443 3.1"],
    },
    needs: &[Facts::ICMP],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// The first error that says so.
pub(super) struct Report<'a> {
    icmp: &'a Icmp,
    obstacle: Obstacle,
    /// The peer itself sent it, no router or firewall.
    from_peer: bool,
    /// The message that it answers, where the responder had been heard before.
    message: Option<&'a Event>,
    /// Who sent that.
    sender: Role,
}

/// IP protocol number of UDP.
const UDP: u8 = 17;

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

impl<'a> Report<'a> {
    /// What this error about a packet of `sender` says of the other side, if it is in the way.
    fn of(case: &Case<'_>, icmp: &'a Icmp, message: Option<&'a Event>) -> Option<Self> {
        Some(Self {
            icmp,
            obstacle: Obstacle::of(icmp.error)?,
            from_peer: icmp.sender == case.n.peer(icmp.about.other()).address,
            message,
            sender: icmp.about,
        })
    }

    /// The first error about what this side sent over UDP since then.
    pub(super) fn since(case: &Case<'a>, sender: Role, since: i64) -> Option<Self> {
        let about = |x: &&Icmp| x.about == sender && x.time >= since && x.protocol == UDP;
        (case.n.icmp.iter().filter(about)).find_map(|x| Self::of(case, x, None))
    }

    /// The error.
    pub(super) fn place(&self) -> Place {
        place(self.icmp)
    }

    /// The peer itself sent it: nothing on the path is in the way.
    pub(super) fn is_of_the_peer(&self) -> bool {
        self.from_peer
    }

    /// Who says so.
    pub(super) fn who(&self, case: &Case<'_>) -> String {
        if self.from_peer {
            words::peer(case, self.sender.other())
        } else {
            format!("{} (a router or firewall)", self.icmp.sender)
        }
    }
}

fn place(x: &Icmp) -> Place {
    Place {
        frame: x.frame,
        span: Some(x.span),
    }
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Report<'a>>> {
    let n = case.n;
    let standing = case.standing();
    // Once both sides were heard, an error counts that answers the message at which the exchange stands.
    let heard = n.responder.messages > 0;
    let open = standing
        .open
        .filter(|open| open.asked_again == 0 && !standing.is_up());
    let (sender, since) = match open {
        _ if !heard => (Role::Initiator, i64::MIN),
        Some(open) => (open.message.from, open.message.time),
        None => return None,
    };
    if heard && !n.esp().is_empty() {
        return None;
    }
    let about = n
        .icmp
        .iter()
        .filter(|x| x.about == sender && x.time >= since && (!heard || x.protocol == UDP));
    let message = open.filter(|_| heard).map(|open| open.message);
    let report = about.clone().find_map(|x| Report::of(case, x, message))?;
    let Report { icmp, from_peer, .. } = report;
    // An initiator that took the message, and has closed its port when the message is repeated, has given up because of it. Where
    // the capture lacks the beginning, it may have.
    let took_it = |e: &Event| !n.started || e.repeats().first().is_some_and(|copy| icmp.time >= copy.time);
    let closed = matches!(report.obstacle, Obstacle::NoService) && from_peer && sender == Role::Responder;
    // Where the beginning is missing, the first copy may be.
    if closed && (!n.started || open.is_some_and(|open| took_it(open.message))) {
        return None;
    }
    // Later in an exchange one error may be a moment's: somebody restarts.
    let lasts = open.is_some_and(|open| open.in_vain()) || about.clone().count() > 1;
    let confidence = match (heard, lasts) {
        (false, _) => 0.95,
        (true, true) => 0.9,
        (true, false) => 0.7,
    };
    let finding = Finding::of(&RULE, place(icmp))
        .sure(confidence, Basis::Observed)
        .blame(if from_peer {
            Blame::of(sender.other())
        } else {
            Blame::Path
        })
        .with(message.or(n.events().next()).map(Event::place))
        .with(about.map(place))
        .or(if heard && icmp.port == Some(4500) {
            &[RuleId::Port4500Blocked]
        } else {
            &[]
        });
    Some(finding.having(report))
}

fn tell(case: &Case<'_>, found: &Found<Report<'_>>) -> Words {
    let n = case.n;
    let report = &found.facts;
    let Report {
        icmp,
        from_peer,
        message,
        sender,
        ..
    } = *report;
    let (i, r) = (words::peer(case, sender), words::peer(case, sender.other()));
    let (what, fix) = in_words(case, report);
    let who = report.who(case);
    let (sent, since) = match message {
        Some(e) => (
            format!(
                "{i} and {r} had begun to negotiate. {i} then sent {}",
                words::step(n, e.exchange, e.position)
            ),
            format!("No IKE message of {r} has come since"),
        ),
        None if n.event_count() > 1 => (
            format!("{i} sent more than one message to {r}"),
            format!("{r} itself never sent an IKE message"),
        ),
        None => (
            format!("{i} sent its first message to {r}"),
            format!("{r} itself never sent an IKE message"),
        ),
    };
    Words::new(format!(
        "{i} cannot reach the IKE service of {r}: {who} reports that {what}."
    ))
    .because(format!(
        "{sent}. {who} answered with an ICMP error: {what}. {since}. ICMP errors are not authenticated, but nothing here \
         contradicts it."
    ))
    .fix([fix])
    .settle(if from_peer {
        format!(
            "on {}: which program listens on UDP 500 and 4500 (`ss -ulnp`), and its firewall rules",
            n.peer(sender.other()).address
        )
    } else {
        format!(
            "on {}: its routes to {} and its firewall rules",
            icmp.sender,
            n.peer(sender.other()).address
        )
    })
}

/// What is reported, and what fixes it.
pub(super) fn in_words(case: &Case<'_>, report: &Report<'_>) -> (String, Step) {
    let [i, r] = [report.sender, report.sender.other()].map(|role| case.n.peer(role).address);
    let sender = report.icmp.sender;
    match report.obstacle {
        Obstacle::NoService => (
            format!(
                "nothing listens on UDP {} of {r}",
                report.icmp.port.unwrap_or(500)
            ),
            Step::on(
                case,
                report.sender.other(),
                "start the IKE service and make it listen on this address.",
            ),
        ),
        Obstacle::NoHost => (
            "the host cannot be reached".to_owned(),
            Step::of(
                case,
                report.sender.other(),
                format!("Check that {r} is up and that the address is right; {sender} cannot reach it."),
            ),
        ),
        Obstacle::NoRoute => (
            "there is no route to it".to_owned(),
            Step::path(format!("Fix the routing on {sender}: it has no route to {r}.")),
        ),
        Obstacle::Filter => (
            "a filter prohibits it".to_owned(),
            Step::path(format!("Allow UDP 500 and UDP 4500 from {i} to {r} on {sender}.")),
        ),
        Obstacle::NoUdp => (
            "it does not accept UDP".to_owned(),
            Step::of(
                case,
                report.sender.other(),
                format!("Check what {r} is: it refuses UDP."),
            ),
        ),
        Obstacle::Loop => (
            "the packets circle until they expire".to_owned(),
            Step::path(format!("Look for a routing loop near {sender}.")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    #[test]
    fn an_error_counts_until_the_server_is_heard() {
        let mut made = Made::new();
        made.sa_init(0, true, &[]);
        // Port unreachable (RFC 792).
        made.icmp_about(5, 1, 3, 3);
        made.fires(RuleId::PeerUnreachable);
        made.again(1000, 1);
        made.sa_init(1010, false, &[]);
        assert_eq!(made.quiet(RuleId::PeerUnreachable), [RuleId::InProgress]);
    }
}
