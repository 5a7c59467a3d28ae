//! `selector-mismatch`: traffic selectors (proxy identities) don't meet.

use super::{
    Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, child_error, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::{Version, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::SelectorMismatch,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The traffic selectors of the two sides don't meet",
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
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    let error = child_error::of(case).filter(|e| {
        matches!(
            e.notice.kind,
            notify::TS_UNACCEPTABLE | notify::V1_INVALID_ID_INFORMATION
        )
    })?;
    let v1 = case.n.version == Version::V1;
    let refusing = words::peer(case, error.refusing());
    let asking = words::peer(case, error.refusing().other());
    let alternatives: &[RuleId] = if v1 { &[RuleId::EncapsulationMismatch] } else { &[] };
    Some(
            error
                .finding(
                    case,
                    &RULE,
                    format!(
                        "{refusing} has no tunnel for the traffic that {asking} asked to protect{}: the traffic selectors differ.",
                        error.asked(case).map_or_else(String::new, |s| format!(" ({s})"))
                    ),
                    match (v1, error.is_transport_between_peers(case)) {
                        (true, true) => 0.6,
                        (true, false) => 0.8,
                        (false, _) => 0.96,
                    },
                )
                .attribute("selectors")
                .or(alternatives)
                .fix([format!(
                    "On both sides: make the selectors mirror images of each other (local and remote subnets; for L2TP UDP port 1701 and \
                     transport mode).{}",
                    cookbook::how_on_both(case, cookbook::Topic::Child)
                )]),
        )
}
