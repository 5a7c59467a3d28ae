//! `child-proposal-mismatch`: no common ESP or AH proposal (phase 2).

use super::{
    Basis, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, child_error, cookbook,
    mixed,
};
use crate::diagnosis::words;
use crate::negotiation::offer::Attribute;
use crate::negotiation::{Version, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::ChildProposalMismatch,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "No common ESP (phase 2) proposal",
    documentation: Documentation {
        means: "The other side refused every combination of algorithms that was offered for the data tunnel.",
        evidence: "A decrypted NO_PROPOSAL_CHOSEN in answer to Quick Mode 1, IKE_AUTH or CREATE_CHILD_SA. What the other side took for \
                   another tunnel of the same capture shows what differs.",
        why: "Encryption, key length, integrity, PFS group or extended sequence numbers are not in the other side's list.",
        fix: "Allow one strong combination on both sides, for example AES-256 with SHA2-256.",
        not: "selector-mismatch (TS_UNACCEPTABLE, INVALID-ID-INFORMATION).",
        references: &[
            "RFC 7296 3.10.1",
            "RFC 2409 5.5",
            "strongSwan quick_mode.c, child_create.c",
        ],
    },
    needs: &[Facts::ERROR.and(Facts::INSIDE)],
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    let error = child_error::of(case).filter(|e| e.notice.kind == notify::NO_PROPOSAL_CHOSEN)?;
    // A renewal that fails where the first request succeeded is about PFS.
    if error.renewal && case.n.version == Version::V2 {
        return None;
    }
    let refusing = words::peer(case, error.refusing());
    let asking = words::peer(case, error.refusing().other());
    let pfs = error
        .offered(case)
        .iter()
        .any(|s| s.of(Attribute::DhGroup).next().is_some());
    let elsewhere = error.elsewhere(case);
    // A group alone that differs is a matter of PFS.
    if elsewhere
        .as_ref()
        .is_some_and(|e| e.differs == [Attribute::DhGroup])
    {
        return None;
    }
    let offered = error.offered(case);
    let summary = match (&elsewhere, offered) {
        (Some(e), _) => format!(
            "{refusing} refused what {asking} offered for the data tunnel: {}.",
            e.words()
        ),
        (None, []) => {
            format!(
                "{refusing} refused every combination of algorithms that {asking} offered for the data tunnel."
            )
        }
        (None, offered) => format!(
            "{refusing} refused every combination of algorithms that {asking} offered for the data tunnel ({}).",
            super::ike_proposal_mismatch::describe(offered)
        ),
    };
    let finding: Finding = error.finding(case, &RULE, summary, 0.92).fix([
        format!(
            "On {refusing}: allow a combination that {asking} offers.{}",
            cookbook::how(case, error.refusing(), cookbook::Topic::Child)
        ),
        format!(
            "Or on {asking}: offer one that {refusing} allows.{}",
            cookbook::how(case, error.refusing().other(), cookbook::Topic::Child)
        ),
    ]);
    let note = match (case.n.version, pfs) {
        (Version::V1, true) => {
            " The offer asks for PFS: a responder that wants none, or another group, refuses in the same way."
        }
        (Version::V1, false) => {
            " The offer asks for no PFS: a responder that insists on it refuses in the same way."
        }
        (Version::V2, _) => "",
    };
    let explanation = format!("{}{note}", finding.explanation);
    let alternatives: &[RuleId] = match case.n.version {
        Version::V1 => &[RuleId::PfsMismatch, RuleId::EncapsulationMismatch],
        Version::V2 => &[RuleId::EncapsulationMismatch],
    };
    let finding = finding.because(explanation).or(alternatives);
    Some(match elsewhere {
        Some(e) => finding
            .sure(0.85, Basis::Learned)
            .with([e.place])
            .differs(&e.differs),
        None => finding,
    })
}
