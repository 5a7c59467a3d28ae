//! `pfs-mismatch`: one side wants perfect forward secrecy, or another group.

use super::child_error::{self, ChildError, Elsewhere};
use super::cookbook;
use crate::diagnosis::{
    Basis, Case, Class, Documentation, Facts, Found, Rule, RuleId, Settles, Severity, Stage, Words, check,
    words,
};
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
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// The refusal; of Quick Mode also what the refusing side took for another tunnel.
struct Refused<'a> {
    error: ChildError<'a>,
    elsewhere: Option<Elsewhere>,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let error = child_error::of(case).filter(|e| e.notice.kind == notify::NO_PROPOSAL_CHOSEN)?;
    match case.n.version {
        Version::V1 => v1(case, error),
        Version::V2 => v2(error),
    }
}

/// Quick Mode that is refused where the refusing side took the same algorithms with another group, or without one.
fn v1<'a>(case: &Case<'a>, error: ChildError<'a>) -> Option<Found<Refused<'a>>> {
    let elsewhere = error
        .elsewhere(case)
        .filter(|e| e.differs == [Attribute::DhGroup])?;
    let finding = error
        .finding(&RULE, 0.85)
        .sure(0.85, Basis::Learned)
        .with([elsewhere.place])
        .differs(&elsewhere.differs)
        .or(&[RuleId::ChildProposalMismatch]);
    Some(finding.having(Refused {
        error,
        elsewhere: Some(elsewhere),
    }))
}

/// A tunnel that came up is refused when its keys are to be renewed.
fn v2(error: ChildError<'_>) -> Option<Found<Refused<'_>>> {
    if !error.renewal {
        return None;
    }
    let finding = error
        .finding(&RULE, 0.9)
        .differs(&[Attribute::DhGroup])
        .or(&[RuleId::RekeyFailed, RuleId::ChildProposalMismatch]);
    Some(finding.having(Refused {
        error,
        elsewhere: None,
    }))
}

fn tell(case: &Case<'_>, found: &Found<Refused<'_>>) -> Words {
    let Refused { error, elsewhere } = &found.facts;
    let (asking, refusing) = error.sides(case);
    let summary = match elsewhere {
        Some(e) => format!(
            "{refusing} refused what {asking} offered for the data tunnel: {}.",
            e.words()
        ),
        None => format!(
            "The tunnel came up, but its keys cannot be renewed: {asking} wants {} and {refusing} does not accept that.",
            wanted(case, error)
        ),
    };
    error.words(case, summary).fix(cookbook::both(
        case,
        cookbook::Topic::Pfs,
        "set the same PFS group as the other side for the data tunnel (a strong one, group 14 or better), or none on both.",
    ))
}

/// `no PFS`, `PFS with MODP-2048 and MODP-4096`.
fn wanted(case: &Case<'_>, error: &ChildError<'_>) -> String {
    let suites = error.offered(case).iter();
    let groups: Vec<String> = suites
        .flat_map(|s| s.of(Attribute::DhGroup))
        .map(|c| c.label())
        .collect();
    if groups.is_empty() {
        "no PFS".to_owned()
    } else {
        format!("PFS with {}", words::list(&groups))
    }
}
