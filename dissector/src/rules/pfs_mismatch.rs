//! `pfs-mismatch`: one side wants perfect forward secrecy, or another group.

use super::child_error::{self, ChildError};
use super::{
    Basis, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::offer::Attribute;
use crate::negotiation::{Version, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::PfsMismatch,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The two sides want different PFS",
    documentation: Documentation {
        means: "The tunnel came up; the renewal of its keys is refused because the two sides do not want the same key exchange \
                for it (perfect forward secrecy).",
        evidence: "A decrypted NO_PROPOSAL_CHOSEN in answer to CREATE_CHILD_SA of a tunnel whose algorithms were accepted before. IKEv1: \
                   in answer to Quick Mode, where the same side took these algorithms with another group for another tunnel.",
        why: "In IKEv2 the first data keys come from IKE_AUTH without a key exchange of their own, so PFS is not compared before \
              the first renewal.",
        fix: "Set the same PFS group on both sides, or none on both.",
        not: "child-proposal-mismatch, where the first tunnel was refused already.",
        references: &["RFC 7296 1.2, 1.3.3"],
    },
    needs: &[Facts::ERROR.and(Facts::INSIDE)],
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    let error = child_error::of(case).filter(|e| e.notice.kind == notify::NO_PROPOSAL_CHOSEN)?;
    if case.n.version == Version::V1 {
        return v1(case, &error);
    }
    if !error.renewal {
        return None;
    }
    let refusing = words::peer(case, error.refusing());
    let asking = words::peer(case, error.refusing().other());
    let groups: Vec<String> = error
        .offered(case)
        .iter()
        .flat_map(|s| s.of(Attribute::DhGroup))
        .map(|c| c.label())
        .collect();
    let wants = if groups.is_empty() {
        "no PFS".to_owned()
    } else {
        format!("PFS with {}", words::list(&groups))
    };
    Some(
            error
                .finding(
                    case,
                    &RULE,
                    format!("The tunnel came up, but its keys cannot be renewed: {asking} wants {wants} and {refusing} does not accept that."),
                    0.9,
                )
                .differs(&[Attribute::DhGroup])
                .or(&[RuleId::RekeyFailed, RuleId::ChildProposalMismatch])
                .fix([format!(
                    "On both sides: set the same PFS group for the data tunnel (a strong one, group 14 or better), or none on both.{}",
                    cookbook::how_on_both(case, cookbook::Topic::Child)
                )]),
        )
}

/// Quick Mode that is refused where the refusing side took the same algorithms with another group, or without one.
fn v1(case: &Case<'_>, error: &ChildError<'_>) -> Option<Finding> {
    let elsewhere = error
        .elsewhere(case)
        .filter(|e| e.differs == [Attribute::DhGroup])?;
    let refusing = words::peer(case, error.refusing());
    let asking = words::peer(case, error.refusing().other());
    let summary = format!(
        "{refusing} refused what {asking} offered for the data tunnel: {}.",
        elsewhere.words()
    );
    let finding = error
        .finding(case, &RULE, summary, 0.85)
        .sure(0.85, Basis::Learned)
        .with([elsewhere.place])
        .differs(&elsewhere.differs)
        .or(&[RuleId::ChildProposalMismatch]);
    Some(finding.fix([format!(
        "On both sides: set the same PFS group for the data tunnel (a strong one, group 14 or better), or none on both.{}",
        cookbook::how_on_both(case, cookbook::Topic::Child)
    )]))
}
