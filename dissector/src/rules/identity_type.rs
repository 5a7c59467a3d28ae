//! `identity-type`: an identity is an address its owner cannot be seen under, or not of the type that was asked for.

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use crate::diagnosis::words;
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
    settles: false,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    if case.n.progress() == Progress::ChildUp {
        return None;
    }
    [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|role| another_address(case, role))
        .or_else(|| another_type(case))
}

fn another_address(case: &Case<'_>, role: Role) -> Option<Finding> {
    let identity = case.n.identity(role)?;
    let address: IpAddr = match identity.kind {
        id_type::IPV4 => <[u8; 4]>::try_from(identity.data.as_slice()).ok()?.into(),
        id_type::IPV6 => <[u8; 16]>::try_from(identity.data.as_slice()).ok()?.into(),
        _ => return None,
    };
    let seen = case.n.peer(role).address;
    if address == seen {
        return None;
    }
    let summary = format!(
        "{} gives the address {address} as its identity, but its packets come from {seen} here: a peer that expects {seen} refuses it.",
        words::peer(case, role)
    );
    Some(finding(case, identity, summary))
}

fn another_type(case: &Case<'_>) -> Option<Finding> {
    let identities = &case.n.identities;
    let wanted = identities.iter().find(|i| i.of != i.from)?;
    let given = case.n.identity(wanted.of)?;
    if wanted.kind == given.kind {
        return None;
    }
    let summary = format!(
        "{} asked for the identity {} ({}), and {} gave {} ({}).",
        words::peer(case, wanted.from),
        wanted.value(),
        wanted.type_name(),
        words::peer(case, given.from),
        given.value(),
        given.type_name()
    );
    Some(finding(case, given, summary))
}

fn finding(case: &Case<'_>, identity: &Identity, summary: String) -> Finding {
    Finding::new(&RULE, identity.place, summary)
        .sure(0.95, Basis::Observed)
        .blame(Blame::Nobody)
        .fix([format!(
            "Expect this identity on the other side, in value and type.{}",
            cookbook::how(case, identity.from.other(), cookbook::Topic::Identity)
        )])
}
