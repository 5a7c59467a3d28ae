//! `key-exchange-mismatch`: the key exchange groups never meet (INVALID_KE_PAYLOAD without end).

use super::cookbook::{self, Topic};
use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::offer::Attribute;
use crate::negotiation::{Event, Notice, Role, Version, exchange, notify};
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
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// With so many demands the two never meet.
const LOOP: u32 = 3;

/// What the responder asks for in vain.
struct Demand {
    /// The group, if it is named.
    group: Option<u16>,
    /// How often it asked, for whatever group.
    times: u32,
    /// What the initiator makes of it.
    reply: Reply,
}

/// What the initiator makes of the group it is asked for.
#[derive(Clone, Copy)]
enum Reply {
    /// It begins again, in vain.
    Again,
    /// It offers that group, and does not begin again.
    Ignored,
    /// It does not offer that group.
    NotOffered,
}

fn find(case: &Case<'_>) -> Option<Found<Demand>> {
    let n = case.n;
    if n.version != Version::V2 || n.selected().is_some() {
        return None;
    }
    let all = n.notices.iter().filter(|x| {
        x.from == Role::Responder
            && x.kind == notify::INVALID_KE_PAYLOAD
            && x.exchange == exchange::IKE_SA_INIT
    });
    let last: &Notice = all.clone().next_back()?;
    let request = n
        .events()
        .rev()
        .find(|e| e.from == Role::Initiator && e.exchange == exchange::IKE_SA_INIT)?;
    let followed = request.time > last.time;
    // Answers without state are the same bytes each time, so repetitions count as well.
    let times: u32 = all
        .clone()
        .filter_map(|x| n.event(x.event))
        .map(Event::copies)
        .sum();
    let event = n.event(last.event)?;
    let dropped =
        !followed && (case.quiet_after(event) >= 5.0 || request.repeated_after(last.time).is_some());
    // The group it asks for (RFC 7296 3.10.1: two bytes).
    let group = last.number;
    let offered =
        |g| (n.offers().iter()).any(|suite| suite.of(Attribute::DhGroup).any(|choice| choice.id == g));
    let reply = match group {
        _ if times >= LOOP => Reply::Again,
        _ if !dropped => return None,
        Some(g) if offered(g) => Reply::Ignored,
        _ => Reply::NotOffered,
    };
    let confidence = match reply {
        Reply::Again | Reply::NotOffered => 0.9,
        Reply::Ignored => 0.75,
    };
    let finding = Finding::of(&RULE, last.place)
        .sure(confidence, Basis::Observed)
        .settled(matches!(reply, Reply::Again))
        .blame(Blame::Either)
        .with([request.place()])
        .with(all.take(4).map(|x| x.place))
        .differs(&[Attribute::DhGroup])
        .or(&[RuleId::IkeProposalMismatch]);
    Some(finding.having(Demand { group, times, reply }))
}

fn tell(case: &Case<'_>, found: &Found<Demand>) -> Words {
    let (i, r) = words::peers(case);
    let Demand { group, times, reply } = found.facts;
    let name = group.map_or_else(
        || "another group".to_owned(),
        |g| code::short_name(Registry::V2Group, u32::from(g)).into_owned(),
    );
    let times = words::times(times);
    let (summary, detail) = match reply {
        Reply::Again => (
            format!("{i} and {r} never agree on a key exchange group: {r} asked for another one {times}."),
            format!("The last one it asked for is {name}."),
        ),
        Reply::Ignored => (
            format!(
                "{r} asked for key exchange group {name} and {i}, although it offered it, did not go on with it."
            ),
            "The group is in the initiator's offer, so it was expected to begin again with it.".to_owned(),
        ),
        Reply::NotOffered => (
            format!("{r} requires key exchange group {name}, which {i} does not offer."),
            "That group is not in the initiator's offer.".to_owned(),
        ),
    };
    Words::new(summary)
        .because(format!(
            "{i} sends a public value for one group with its offer; {r} answered INVALID_KE_PAYLOAD, which names the group it \
             wants, {times}. {detail} Once is normal, and is followed by a second IKE_SA_INIT with that group.",
        ))
        .fix([
            cookbook::on(
                case,
                Role::Initiator,
                Topic::IkeProposal,
                format!("allow group {name} and put it first."),
            ),
            cookbook::or_on(
                case,
                Role::Responder,
                Topic::IkeProposal,
                format!("allow a group that {i} offers, of at least 2048 bits or an elliptic curve."),
            ),
        ])
        .settle(evidence::log(case, Role::Initiator))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::notify;
    use crate::tests::made::{Made, notification};

    /// The server asks for group 19, which is not offered.
    fn asked() -> Made {
        let mut made = Made::new();
        made.sa_init(0, true, &[]);
        made.sa_init_of(10, false, &[notification(notify::INVALID_KE_PAYLOAD, &[0, 19])]);
        made
    }

    #[test]
    fn a_group_that_is_asked_for_in_vain_is_a_mismatch() {
        let mut made = asked();
        made.until(60_000);
        made.fires(RuleId::KeyExchangeMismatch);
    }

    #[test]
    fn a_group_that_is_asked_for_and_sent_is_how_groups_are_agreed_on() {
        let mut made = asked();
        made.sa_init(20, true, &[]);
        made.sa_init(30, false, &[]);
        assert_eq!(made.quiet(RuleId::KeyExchangeMismatch), [RuleId::InProgress]);
    }
}
