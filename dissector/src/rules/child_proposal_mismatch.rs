//! `child-proposal-mismatch`: no common ESP or AH proposal (phase 2).

use super::{Case, Class, Documentation, Finding, Rule, Severity, Stage, child_error, cookbook};
use crate::negotiation::offer::Attribute;
use crate::negotiation::{Version, notify};
use crate::report::words;

pub(super) static RULE: Rule = Rule {
    id: "child-proposal-mismatch",
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "No common ESP (phase 2) proposal",
    documentation: Documentation {
        means: "The other side refused every combination of algorithms that was offered for the data tunnel.",
        evidence: "A decrypted NO_PROPOSAL_CHOSEN in answer to Quick Mode 1, IKE_AUTH or CREATE_CHILD_SA.",
        why: "Encryption, key length, integrity, PFS group or extended sequence numbers are not in the other side's list.",
        fix: "Allow one strong combination on both sides, for example AES-256 with SHA2-256.",
        not: "selector-mismatch (TS_UNACCEPTABLE, INVALID-ID-INFORMATION).",
        references: &[
            "RFC 7296 3.10.1",
            "RFC 2409 5.5",
            "strongSwan quick_mode.c, child_create.c",
        ],
    },
    check: |case: &Case<'_>| {
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
        let finding: Finding = error
            .finding(
                case,
                &RULE,
                format!("{refusing} refused every combination of ESP algorithms that {asking} offered for the data tunnel."),
                0.92,
            )
            .fix([
                format!(
                    "On {refusing}: allow a combination that {asking} offers.{}",
                    cookbook::how(case, error.refusing(), cookbook::Topic::Child)
                ),
                format!("Or on {asking}: offer one that {refusing} allows.{}", cookbook::how(case, error.refusing().other(), cookbook::Topic::Child)),
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
        let alternatives: &[&'static str] = match case.n.version {
            Version::V1 => &["pfs-mismatch", "encapsulation-mismatch"],
            Version::V2 => &["encapsulation-mismatch"],
        };
        Some(finding.because(explanation).or(alternatives))
    },
};
