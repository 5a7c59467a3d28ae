//! `pfs-mismatch`: one side wants perfect forward secrecy, or another group.

use super::{Case, Class, Documentation, Rule, Severity, Stage, child_error, cookbook};
use crate::negotiation::offer::Attribute;
use crate::negotiation::{Version, notify};
use crate::report::words;

pub(super) static RULE: Rule = Rule {
    id: "pfs-mismatch",
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The two sides want different PFS",
    documentation: Documentation {
        means: "The tunnel came up; the renewal of its keys is refused because the two sides do not want the same key exchange \
                for it (perfect forward secrecy).",
        evidence: "A decrypted NO_PROPOSAL_CHOSEN in answer to CREATE_CHILD_SA of a tunnel whose algorithms were accepted before.",
        why: "In IKEv2 the first data keys come from IKE_AUTH without a key exchange of their own, so PFS is not compared before \
              the first renewal.",
        fix: "Set the same PFS group on both sides, or none on both.",
        not: "child-proposal-mismatch, where the first tunnel was refused already.",
        references: &["RFC 7296 1.2, 1.3.3"],
    },
    check: |case: &Case<'_>| {
        let error = child_error::of(case).filter(|e| {
            e.notice.kind == notify::NO_PROPOSAL_CHOSEN && e.renewal && case.n.version == Version::V2
        })?;
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
                .or(&["rekey-failed", "child-proposal-mismatch"])
                .fix([format!(
                    "On both sides: set the same PFS group for the data tunnel (a strong one, group 14 or better), or none on both.{}",
                    cookbook::how_on_both(case, cookbook::Topic::Child)
                )]),
        )
    },
};
