//! `encapsulation-mismatch`: transport mode against tunnel mode.

use super::{
    Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, child_error, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::notify;

pub(super) static RULE: Rule = Rule {
    id: RuleId::EncapsulationMismatch,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "Transport mode against tunnel mode",
    documentation: Documentation {
        means: "One side asks for transport mode, the other is set up for tunnel mode, or the other way round.",
        evidence: "A decrypted refusal of a request whose mode does not fit what it is for: tunnel mode for L2TP's port 1701, or \
                   transport mode for whole subnets. IKEv1: INVALID-ID-INFORMATION for transport mode between the two peers' own \
                   addresses, which fit any connection between them.",
        why: "L2TP/IPsec needs transport mode (RFC 3193); site-to-site tunnels need tunnel mode; each is a setting on both sides.",
        fix: "Set transport mode for L2TP on both sides, tunnel mode for subnets.",
        not: "selector-mismatch: the same notification in IKEv1, and far commoner; this verdict is given only where the request \
              itself does not fit together, or is for the peers' own addresses. IKEv2 falls back to tunnel mode, which is no failure.",
        references: &[
            "RFC 3193 4",
            "RFC 4301 4.1",
            "RFC 7296 1.3.1",
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
            notify::NO_PROPOSAL_CHOSEN | notify::V1_INVALID_ID_INFORMATION | notify::TS_UNACCEPTABLE
        )
    })?;
    let transport = error.transport(case)?;
    let asked = error.asked(case)?;
    let refusing = words::peer(case, error.refusing());
    let asking = words::peer(case, error.refusing().other());
    let (summary, needs) = match (transport, asked.are_for_l2tp(), asked.are_hosts()) {
        (false, true, _) => ("tunnel mode for L2TP", "transport"),
        (true, false, false) => ("transport mode for whole subnets", "tunnel"),
        _ if error.is_transport_between_peers(case) => {
            let summary = format!(
                "{asking} asked for transport mode between the two peers themselves ({asked}), and {refusing} has nothing of \
                     that kind: it is set up for tunnel mode, or for other addresses or ports."
            );
            return Some(
                    error
                        .finding(case, &RULE, summary, 0.7)
                        .attribute("encapsulation")
                        .or(&[RuleId::SelectorMismatch])
                        .fix([format!(
                            "On both sides: set the same mode for this connection, transport for L2TP and between two hosts, tunnel for \
                             networks behind them.{}",
                            cookbook::how_on_both(case, cookbook::Topic::Child)
                        )]),
                );
        }
        _ => return None,
    };
    Some(
            error
                .finding(
                    case,
                    &RULE,
                    format!("{asking} asked for {summary} ({asked}), which needs {needs} mode, and {refusing} refused it."),
                    0.82,
                )
                .attribute("encapsulation")
                .or(&[RuleId::SelectorMismatch, RuleId::ChildProposalMismatch])
                .fix([format!(
                    "On {asking}: set {needs} mode for this connection; on {refusing}: the same.{}",
                    cookbook::how_on_both(case, cookbook::Topic::Child)
                )]),
        )
}
