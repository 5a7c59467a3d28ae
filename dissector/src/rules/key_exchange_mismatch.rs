//! `key-exchange-mismatch`: the key exchange groups never meet (INVALID_KE_PAYLOAD without end).

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::offer::Attribute;
use crate::negotiation::{Notice, Role, Version, exchange, notify};
use crate::wire::code::{self, Registry};

pub(super) static RULE: Rule = Rule {
    id: RuleId::KeyExchangeMismatch,
    stage: Stage::IkeSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The key exchange groups never meet",
    documentation: Documentation {
        means: "The responder asks for another key exchange group again and again, or for one the initiator will not use.",
        evidence: "INVALID_KE_PAYLOAD that the initiator does not follow, or three of them and more in one negotiation.",
        why: "The group the responder prefers is not in the initiator's offer, or is there and disabled; or one side keeps \
              changing its mind.",
        fix: "Allow the same group on both sides, and put it first.",
        not: "One INVALID_KE_PAYLOAD and a retry with the group it names: that is how groups are negotiated.",
        references: &[
            "RFC 7296 1.2, 1.3, 2.7",
            "strongSwan ike_init.c: gives up after 5",
            "Libreswan: gives up after 3",
        ],
    },
    needs: &[Facts::V2.and(Facts::ERROR).and(Facts::UNCHOSEN)],
    settles: true,
    check: mixed!(check),
};

/// The group an INVALID_KE_PAYLOAD asks for (RFC 7296 3.10.1: two octets).
fn wanted(notice: &Notice) -> Option<u16> {
    notice.number
}

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    if n.version != Version::V2 || n.selected().is_some() {
        return None;
    }
    let all: Vec<&Notice> = n
        .notices
        .iter()
        .filter(|x| {
            x.from == Role::Responder
                && x.kind == notify::INVALID_KE_PAYLOAD
                && x.exchange == exchange::IKE_SA_INIT
        })
        .collect();
    let last = *all.last()?;
    let request = n
        .events()
        .rev()
        .find(|e| e.from == Role::Initiator && e.exchange == exchange::IKE_SA_INIT)?;
    let followed = request.time > last.time;
    // Answers without state are the same octets each time, so repetitions count as well.
    let asked: u32 = all
        .iter()
        .filter_map(|x| n.event(x.event))
        .map(crate::negotiation::Event::copies)
        .sum();
    let looping = asked >= 3;
    let event = n.event(last.event)?;
    let dropped =
        !followed && (case.quiet_after(event) >= 5.0 || request.repeated_after(last.time).is_some());
    if !looping && !dropped {
        return None;
    }
    let group = wanted(last);
    let name = group.map_or_else(
        || "another group".to_owned(),
        |g| code::short_name(Registry::V2Group, u32::from(g)).into_owned(),
    );
    let offered = group.is_some_and(|g| {
        n.offers()
            .iter()
            .any(|s| s.of(Attribute::DhGroup).any(|c| c.id == g))
    });
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let (summary, detail) = if looping {
        (
            format!(
                "{i} and {r} never agree on a key exchange group: {r} asked for another one {}.",
                words::times(asked)
            ),
            format!("The last one it asked for is {name}."),
        )
    } else if offered {
        (
            format!(
                "{r} asked for key exchange group {name} and {i}, although it offered it, did not go on with it."
            ),
            "The group is in the initiator's offer, so it was expected to begin again with it.".to_owned(),
        )
    } else {
        (
            format!("{r} requires key exchange group {name}, which {i} does not offer."),
            "That group is not in the initiator's offer.".to_owned(),
        )
    };
    Some(
        Finding::new(&RULE, last.place, summary)
            .sure(if looping || !offered { 0.9 } else { 0.75 }, Basis::Observed)
            .settled(looping)
            .blame(Blame::Either)
            .with([request.place()])
            .with(all.iter().take(4).map(|x| x.place))
            .differs(&[Attribute::DhGroup])
            .because(format!(
                "{i} sends a public value for one group with its offer; {r} answered INVALID_KE_PAYLOAD, which names the group it \
                 wants, {}. {detail} Once is normal, and is followed by a second IKE_SA_INIT with that group.",
                words::times(asked)
            ))
            .or(&[RuleId::IkeProposalMismatch])
            .fix([
                format!("On {i}: allow group {name} and put it first.{}", cookbook::how(case, Role::Initiator, cookbook::Topic::IkeProposal)),
                format!("Or on {r}: allow a group that {i} offers, of at least 2048 bits or an elliptic curve.{}", cookbook::how(case, Role::Responder, cookbook::Topic::IkeProposal)),
            ])
            .settle(cookbook::log(case, Role::Initiator)),
    )
}
