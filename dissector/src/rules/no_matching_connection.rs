//! `no-matching-connection`: the responder has no configuration for this pair of peers.

use super::cookbook::{self, Topic};
use super::evidence;
use super::ike_proposal_mismatch;
use super::refusal::{self, Causes};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::Role;

pub(super) static RULE: Rule = Rule {
    id: RuleId::NoMatchingConnection,
    stage: Stage::IkeSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The responder has no connection for this peer",
    documentation: Documentation {
        means: "The responder looked for a connection between the two addresses (and this version of IKE) and found none. \
                Algorithms may be fine.",
        evidence: "NO_PROPOSAL_CHOSEN to the first message in the form that stacks use for it, or to an offer the responder \
                   accepts from others.",
        why: "The connection names another remote address, or another local one (a virtual address, an address before NAT), \
              or another version of IKE; or it is not loaded.",
        fix: "On the responder: add or load a connection for the initiator's address as the responder sees it.",
        not: "ike-proposal-mismatch: the same notification.",
        references: &[
            "strongSwan task_manager_v1.c, task_manager_v2.c",
            "Libreswan ikev2_unsecured.c",
            "RFC 7296 3.10.1",
        ],
    },
    needs: &[Facts::ERROR.and(Facts::UNCHOSEN)],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// From here on a missing connection is called the likely cause; below it, one of several.
const LIKELY: f64 = 0.7;

fn find<'a>(case: &Case<'a>) -> Option<Found<Causes<'a>>> {
    let causes = refusal::causes(case)?;
    if causes.connection < 0.2 {
        return None;
    }
    let basis = if causes.beside.is_some() {
        Basis::Learned
    } else {
        Basis::Inferred
    };
    let mut finding = Finding::of(&RULE, causes.refusal.notice.place)
        .sure(causes.connection, basis)
        .settled(refusal::is_settled(case))
        .blame(Blame::Responder)
        .with([causes.refusal.of.place()])
        .with(causes.places());
    if causes.proposal > 0.05 {
        finding = finding.or(&[RuleId::IkeProposalMismatch]);
    }
    if causes.may_be_version() {
        finding = finding.or(&[RuleId::VersionMismatch]);
    }
    Some(finding.having(causes))
}

fn tell(case: &Case<'_>, found: &Found<Causes<'_>>) -> Words {
    let (i, r) = words::peers(case);
    let (n, causes) = (case.n, &found.facts);
    let version = n.version.name();
    let likely = causes.connection >= LIKELY;
    let summary = if likely {
        format!(
            "{r} refused {i}'s first message, most likely because it has no {version} connection for that address."
        )
    } else {
        format!(
            "{r} refused {i}'s first message: perhaps it has no {version} connection for that address, perhaps it accepts none of \
             the algorithms offered."
        )
    };
    let add = if likely {
        "add"
    } else {
        "if there is none yet, add"
    };
    let connection = cookbook::on(
        case,
        Role::Responder,
        Topic::Connection,
        format!(
            "{add} (or load) a connection whose remote address is {} as {r} sees it, or any address, and whose local address is \
             {}, for {version}.",
            n.initiator.address, n.responder.address
        ),
    );
    let algorithms = if likely {
        Vec::new()
    } else {
        ike_proposal_mismatch::fixes(case, &[], &[])
    };
    Words::new(summary)
        .because(format!(
            "{i} began {version} with {r} and was refused with {}; {}. The notification is not authenticated.",
            words::notify(n, causes.refusal.notice.kind),
            causes.reason.words()
        ))
        .fix([connection])
        .fix(algorithms)
        .settle(format!(
            "{}: strongSwan writes \"no IKE config found\", Libreswan \"no connection has been authorized\"",
            evidence::log(case, Role::Responder)
        ))
}
