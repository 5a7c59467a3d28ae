//! `other-protocol-claims-frame`: Wireshark shows an IKE message as something else.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::Event;

pub(super) static RULE: Rule = Rule {
    id: RuleId::OtherProtocolClaimsFrame,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "Wireshark shows this IKE message as another protocol",
    documentation: Documentation {
        means: "NAT gave the client a source port that belongs to another protocol, and Wireshark dissects the packet as that.",
        evidence: "A sound IKE message on UDP 500 or 4500 in a frame in which Wireshark found no ISAKMP.",
        why: "Wireshark asks the lower of the two ports first: 464 becomes KPASSWD, 123 NTP, 161 SNMP.",
        fix: "Nothing on the peers. To see the message in Wireshark: Decode As, UDP port, ISAKMP.",
        not: "A damaged IKE message.",
        references: &["Wireshark packet-udp.c, decode_udp_ports"],
    },
    needs: &[Facts::REST],
    settles: Settles::CLAIMED,
    check: check!(find, tell),
};

/// Finds the message that is shown as something else.
fn find<'a>(case: &Case<'a>) -> Option<Found<&'a Event>> {
    let place = case.n.claimed?;
    let message = case.n.events().find(|e| e.frame == place.frame)?;
    let finding = Finding::of(&RULE, place)
        .sure(0.95, Basis::Observed)
        .settled(true)
        .blame(Blame::Nobody);
    Some(finding.having(message))
}

fn tell(case: &Case<'_>, found: &Found<&Event>) -> Words {
    let message = found.facts;
    Words::new(format!(
        "This is IKE ({}), although Wireshark shows another protocol because of the port {}.",
        words::step(case.n, message.exchange, message.position),
        message.ports.0.min(message.ports.1)
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::exchange;
    use crate::tests::made::Made;

    /// IKE_SA_INIT from a source port that NAT gave, which the host takes for IKE, or for something else, or does not tell.
    fn taken(known_ike: Option<bool>) -> Made {
        let mut made = Made::new();
        made.client_port = Some(1194);
        made.known_ike = known_ike;
        made.ikev2_init(0, (64, 63));
        made
    }

    #[test]
    fn ike_that_is_shown_as_another_protocol() {
        let finding = taken(Some(false)).fires(RuleId::OtherProtocolClaimsFrame);
        assert_eq!(
            (finding.blame, finding.basis, finding.frame),
            (Blame::Nobody, Basis::Observed, 1)
        );
        taken(Some(true)).quiet(RuleId::OtherProtocolClaimsFrame);
        taken(None).quiet(RuleId::OtherProtocolClaimsFrame);
    }

    #[test]
    fn only_the_message_that_is_claimed() {
        let mut made = taken(Some(true));
        made.known_ike = Some(false);
        made.ikev2(20, true, (exchange::IKE_AUTH, false, 1), 35, 256);
        assert_eq!(made.fires(RuleId::OtherProtocolClaimsFrame).frame, 3);
    }
}
