//! `not-ike`: something on a port of IKE is none of it, or not as it should be.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::Place;
use crate::negotiation::stranger::Stranger;

pub(super) static RULE: Rule = Rule {
    id: RuleId::NotIke,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "Packets on a port of IKE that are no IKE, or not as they should be",
    documentation: Documentation {
        means: "On UDP 500 or 4500 something came that the other side cannot take for a message of this negotiation.",
        evidence: "Bytes that have no header of IKE: another version, an exchange nobody has assigned, lengths and flags that cannot be. Or a message \
                   whose two SPIs stand in the wrong order.",
        why: "ESP in UDP outside port 4500, another protocol that uses the port, or a fault of one side.",
        fix: "Find out what sends it.",
        not: "A damaged message of IKE: its header is one.",
        references: &["RFC 7296 3.1", "RFC 2408 3.1", "RFC 3948 2.2"],
    },
    needs: &[Facts::REST],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// What it is.
enum Sign<'a> {
    Swapped,
    Stranger(&'a Stranger),
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let of = |place: Place, sign| {
        let finding = Finding::of(&RULE, place)
            .sure(0.95, Basis::Observed)
            .blame(Blame::Either);
        Some(finding.having(sign))
    };
    match (case.n.swapped, case.n.stranger.as_deref()) {
        (Some(place), _) => of(place, Sign::Swapped),
        (_, Some(stranger)) => of(stranger.first, Sign::Stranger(stranger)),
        _ => None,
    }
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    Words::new(match found.facts {
        Sign::Swapped => {
            "The SPIs of this message stand in the wrong order: the other side cannot know it.".to_owned()
        }
        Sign::Stranger(stranger) => {
            let sender = words::peer(case, stranger.from);
            let (count, port) = (stranger.count, stranger.ports.1);
            let packets = if count == 1 { "packet" } else { "packets" };
            let what = if stranger.is_esp() {
                "ESP"
            } else {
                "something else than IKE"
            };
            format!("{sender} sent {what} to UDP {port} in {count} {packets}.")
        }
    })
}

#[cfg(test)]
mod tests {
    use ikewhy_testkit::packets::udp_datagram;

    use crate::diagnosis::RuleId;
    use crate::negotiation::exchange;
    use crate::tests::made::Made;

    #[test]
    fn what_is_no_message_of_ike_is_said() {
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        made.quiet(RuleId::NotIke);
        // A keepalive is none of it, and belongs there (RFC 3948 2.3).
        made.ip(20, true, 64, 17, &udp_datagram(500, 500, &[0xFF]));
        made.quiet(RuleId::NotIke);
        made.ip(30, false, 63, 17, &udp_datagram(500, 500, &[b'x'; 60]));
        made.fires(RuleId::NotIke);
        made.ikev2(40, true, (exchange::IKE_AUTH, false, 1), 35, 256);
        made.fires(RuleId::NotIke);
    }
}
