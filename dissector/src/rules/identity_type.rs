//! `identity-type`: an identity is an address its owner cannot be seen under, or not of the type that was asked for.

use super::cookbook;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::proof::{Identity, id_type};
use crate::negotiation::{Progress, Role};
use std::net::IpAddr;

pub(super) static RULE: Rule = Rule {
    id: RuleId::IdentityType,
    stage: Stage::Auth,
    severity: Severity::Note,
    class: Class::Note,
    title: "An identity may not be what the other side expects",
    documentation: Documentation {
        means: "A side that has not been accepted (yet) gave as its identity an address its packets do not come from, or an identity of \
                another type than it was asked for.",
        evidence: "The identity payload: in clear in Aggressive Mode, else decrypted.",
        why: "Without a configured identity most stacks send their own address; behind NAT that is a private one, and a peer that \
              expects the address it sees refuses it.",
        fix: "Configure an identity on that side (a name is best), and expect it on the other.",
        not: "A failure: many responders accept any identity. It is not noted where the tunnel came up.",
        references: &["RFC 7296 3.5", "RFC 4945 3.1", "RFC 2407 4.6.2"],
    },
    needs: &[Facts::INSIDE],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// An identity, and what is odd about it.
enum Odd<'a> {
    /// It is this address, and its owner is seen under another.
    Address { given: &'a Identity, address: IpAddr },
    /// The other side asked for one of another type.
    Type {
        given: &'a Identity,
        wanted: &'a Identity,
    },
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Odd<'a>>> {
    if case.n.progress() == Progress::ChildUp {
        return None;
    }
    let odd = another_address(case, Role::Initiator)
        .or_else(|| another_address(case, Role::Responder))
        .or_else(|| another_type(case))?;
    let (Odd::Address { given, .. } | Odd::Type { given, .. }) = odd;
    let finding = Finding::of(&RULE, given.place)
        .sure(0.95, Basis::Observed)
        .blame(Blame::Nobody);
    Some(finding.having(odd))
}

fn another_address<'a>(case: &Case<'a>, role: Role) -> Option<Odd<'a>> {
    let given = case.n.identity(role)?;
    let address: IpAddr = match given.kind {
        id_type::IPV4 => <[u8; 4]>::try_from(given.data.as_slice()).ok()?.into(),
        id_type::IPV6 => <[u8; 16]>::try_from(given.data.as_slice()).ok()?.into(),
        _ => return None,
    };
    (address != case.n.peer(role).address).then_some(Odd::Address { given, address })
}

fn another_type<'a>(case: &Case<'a>) -> Option<Odd<'a>> {
    let identities = &case.n.identities;
    let wanted = identities.iter().find(|i| i.of != i.from)?;
    let given = case.n.identity(wanted.of)?;
    (wanted.kind != given.kind).then_some(Odd::Type { given, wanted })
}

fn tell(case: &Case<'_>, found: &Found<Odd<'_>>) -> Words {
    let (given, summary) = match found.facts {
        Odd::Address { given, address } => {
            let owner = words::peer(case, given.from);
            let seen = case.n.peer(given.from).address;
            let summary = format!(
                "{owner} gives the address {address} as its identity, but its packets come from {seen} here: a peer that expects {seen} \
                 refuses it."
            );
            (given, summary)
        }
        Odd::Type { given, wanted } => {
            let summary = format!(
                "{} asked for the identity {} ({}), and {} gave {} ({}).",
                words::peer(case, wanted.from),
                wanted.value(),
                wanted.type_name(),
                words::peer(case, given.from),
                given.value(),
                given.type_name()
            );
            (given, summary)
        }
    };
    Words::new(summary).fix([cookbook::on(
        case,
        given.from.other(),
        cookbook::Topic::PeerIdentity,
        "expect this identity, in value and type.",
    )])
}

#[cfg(test)]
mod tests {
    use ikewhy_testkit::packets::{main_mode_offer, payloads};

    use crate::diagnosis::RuleId;
    use crate::negotiation::exchange;
    use crate::tests::made::{CLIENT, Made, PSK};

    /// Aggressive Mode, whose first message holds the identity in clear: an IPv4 address (RFC 2407 4.6.2.1).
    fn identity(address: [u8; 4]) -> Made {
        let mut made = Made::new();
        let body = payloads(&[
            (1, main_mode_offer(PSK)),
            (4, vec![1; 256]),
            (10, vec![2; 20]),
            (5, [&[1, 17, 1, 0xF4][..], &address].concat()),
        ]);
        made.isakmp(0, true, (64, 63), (1, exchange::AGGRESSIVE, 0, 0), &body);
        made
    }

    #[test]
    fn an_identity_that_is_an_address_is_that_of_its_sender() {
        identity([10, 0, 0, 1]).fires(RuleId::IdentityType);
        identity(CLIENT.octets()).quiet(RuleId::IdentityType);
    }
}
