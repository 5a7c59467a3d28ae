//! `child-proposal-mismatch`: no common ESP or AH proposal (phase 2).

use super::child_error::{self, ChildError, Elsewhere};
use super::{cookbook, ike_proposal_mismatch};
use crate::diagnosis::{
    Basis, Case, Class, Documentation, Facts, Found, Rule, RuleId, Settles, Severity, Stage, Words, check,
};
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
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// The refusal, and the nearest that the refusing side took for another tunnel.
struct Refused<'a> {
    error: ChildError<'a>,
    elsewhere: Option<Elsewhere>,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let error = child_error::of(case).filter(|e| e.notice.kind == notify::NO_PROPOSAL_CHOSEN)?;
    // A renewal that fails where the first request succeeded is about PFS.
    if error.renewal && case.n.version == Version::V2 {
        return None;
    }
    let elsewhere = error.elsewhere(case);
    // A group alone that differs is a matter of PFS.
    if elsewhere
        .as_ref()
        .is_some_and(|e| e.differs == [Attribute::DhGroup])
    {
        return None;
    }
    let alternatives: &[RuleId] = match case.n.version {
        Version::V1 => &[RuleId::PfsMismatch, RuleId::EncapsulationMismatch],
        Version::V2 => &[RuleId::EncapsulationMismatch],
    };
    // Of IKEv1 a mode that the responder does not have is refused with it, too (racoon's proposal.c: "encmode mismatched"); IKEv2 falls
    // back to tunnel mode.
    let by_mode = case.n.version == Version::V1 && error.misfit(case).is_some();
    let sure = if by_mode { 0.7 } else { 0.92 };
    let finding = error.finding(&RULE, sure).or(alternatives);
    let finding = match &elsewhere {
        Some(e) => finding
            .sure(0.85, Basis::Learned)
            .with([e.place])
            .differs(&e.differs),
        None => finding,
    };
    Some(finding.having(Refused { error, elsewhere }))
}

fn tell(case: &Case<'_>, found: &Found<Refused<'_>>) -> Words {
    let Refused { error, elsewhere } = &found.facts;
    let (asking, refusing) = error.sides(case);
    let offered = error.offered(case);
    let summary = match (elsewhere, offered) {
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
            ike_proposal_mismatch::describe(offered)
        ),
    };
    let pfs = offered.iter().any(|s| s.of(Attribute::DhGroup).next().is_some());
    let note = match (case.n.version, pfs) {
        (Version::V1, true) => {
            " The offer asks for PFS: a responder that wants none, or another group, refuses in the same way."
        }
        (Version::V1, false) => {
            " The offer asks for no PFS: a responder that insists on it refuses in the same way."
        }
        (Version::V2, _) => "",
    };
    let mut words = error.words(case, summary).fix([
        cookbook::on(
            case,
            error.refusing(),
            cookbook::Topic::EspProposal,
            format!("allow a combination that {asking} offers."),
        ),
        cookbook::or_on(
            case,
            error.refusing().other(),
            cookbook::Topic::EspProposal,
            format!("offer one that {refusing} allows."),
        ),
    ]);
    words.explanation += note;
    words
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::notify;
    use crate::tests::made::Made;
    use ikewhy_testkit::contents::v2;

    #[test]
    fn a_refusal_of_all_that_was_offered() {
        let asked = [v2::child_offer(256, None)];
        let mut made = Made::ikev2_asking(&asked, &[v2::notify(notify::NO_PROPOSAL_CHOSEN, &[])]);
        let finding = made.fires(RuleId::ChildProposalMismatch);
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Decrypted));
        assert!(finding.attributes.is_empty());
        for error in [notify::TS_UNACCEPTABLE, notify::FAILED_CP_REQUIRED] {
            let mut made = Made::ikev2_asking(&asked, &[v2::notify(error, &[])]);
            made.quiet(RuleId::ChildProposalMismatch);
        }
        Made::ikev2_asking(&asked, &asked).quiet(RuleId::ChildProposalMismatch);
    }

    #[test]
    fn what_was_taken_for_another_tunnel_shows_what_differs() {
        let finding = Made::refused_beside_another(256, Some(14)).fires(RuleId::ChildProposalMismatch);
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Learned));
        assert_eq!(*finding.attributes, ["key-length"]);
        // A group alone is a matter of PFS.
        let verdicts = Made::refused_beside_another(128, None).quiet(RuleId::ChildProposalMismatch);
        assert_eq!(verdicts[1], RuleId::PfsMismatch);
    }
}
