//! `selector-mismatch`: traffic selectors (proxy identities) don't meet.

use super::child_error::{self, ChildError};
use super::cookbook;
use crate::diagnosis::{
    Case, Class, Documentation, Facts, Found, Rule, RuleId, Settles, Severity, Stage, Words, check,
};
use crate::negotiation::{Version, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::SelectorMismatch,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The traffic selectors of the two sides don't match",
    documentation: Documentation {
        means: "The two sides do not agree about which traffic the tunnel is for.",
        evidence: "A decrypted TS_UNACCEPTABLE (IKEv2), or INVALID-ID-INFORMATION in answer to Quick Mode 1 (IKEv1).",
        why: "Subnets are not mirror images of each other; a client asks for an address or port the server does not expect \
              (L2TP: UDP 1701; a client behind NAT: its private address).",
        fix: "Make local and remote selectors of one side the remote and local ones of the other.",
        not: "encapsulation-mismatch: strongSwan sends the same INVALID-ID-INFORMATION for transport against tunnel mode in IKEv1.",
        references: &[
            "RFC 7296 2.9, 3.10.1",
            "RFC 2407 4.6.2",
            "strongSwan quick_mode.c",
        ],
    },
    needs: &[Facts::ERROR.and(Facts::INSIDE)],
    settles: Settles::LATER,
    check: check!(find, tell),
};

fn find<'a>(case: &Case<'a>) -> Option<Found<ChildError<'a>>> {
    let error = child_error::of(case).filter(|e| {
        matches!(
            e.notice.kind,
            notify::TS_UNACCEPTABLE | notify::V1_INVALID_ID_INFORMATION
        )
    })?;
    let (confidence, alternatives): (f64, &[RuleId]) =
        match (case.n.version, error.is_transport_between_peers(case)) {
            (Version::V1, true) => (0.6, &[RuleId::EncapsulationMismatch]),
            (Version::V1, false) => (0.8, &[RuleId::EncapsulationMismatch]),
            (Version::V2, _) => (0.96, &[]),
        };
    let finding = error
        .finding(&RULE, confidence)
        .attribute("selectors")
        .or(alternatives);
    Some(finding.having(error))
}

fn tell(case: &Case<'_>, found: &Found<ChildError<'_>>) -> Words {
    let error = &found.facts;
    let (asking, refusing) = error.sides(case);
    let asked = error.asked(case).map_or_else(String::new, |s| format!(" ({s})"));
    let summary = format!(
        "{refusing} has no tunnel for the traffic that {asking} asked to protect{asked}: the traffic selectors differ."
    );
    error.words(case, summary).fix(cookbook::both(
        case,
        cookbook::Topic::Selectors,
        "make the selectors the mirror image of the other side's (local and remote subnets; for L2TP UDP port 1701 and transport mode).",
    ))
}
