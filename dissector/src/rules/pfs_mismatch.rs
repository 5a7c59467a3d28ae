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

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, Finding, RuleId};
    use crate::negotiation::{exchange, notify};
    use crate::tests::made::{Made, sa_v2};
    use ikewhy_testkit::contents::{Payload, v2};

    fn check(finding: &Finding, basis: Basis) {
        assert_eq!((finding.blame, finding.basis), (Blame::Either, basis));
        assert_eq!(*finding.attributes, ["dh-group"]);
    }

    /// Selectors of a tunnel between this network and the server's.
    fn selectors(network: u8) -> [Payload; 2] {
        [
            v2::ts_i(0, 0, [10, network, 0, 0], [10, network, 255, 255]),
            v2::ts_r(0, 0, [10, 200, 0, 0], [10, 200, 255, 255]),
        ]
    }

    /// A tunnel of IKEv2 that came up, then CREATE_CHILD_SA of the client and the server's answer.
    fn later(asked: &[Payload], answer: &[Payload]) -> Made {
        let tunnel = [&[v2::child_offer(256, None)][..], &selectors(1)].concat();
        let mut made = Made::ikev2_asking(&tunnel, &tunnel);
        let contents = [(60_000, true, false, asked), (60_010, false, true, answer)];
        for (at, from_client, response, contents) in contents {
            made.ikev2_holding(
                at,
                from_client,
                (exchange::CREATE_CHILD_SA, response, 2),
                contents,
            );
        }
        made
    }

    /// The renewal of that tunnel with PFS (RFC 7296 1.3.3).
    fn renewal() -> Vec<Payload> {
        let rekey = v2::notify(16_393, &[]);
        let tunnel = [
            rekey,
            v2::child_offer(256, Some(14)),
            v2::nonce(),
            v2::key(14, 256),
        ];
        [&tunnel[..], &selectors(1)].concat()
    }

    #[test]
    fn a_tunnel_that_came_up_without_a_group_cannot_be_renewed_with_one() {
        let refusal = [v2::notify(notify::NO_PROPOSAL_CHOSEN, &[])];
        let finding = later(&renewal(), &refusal).fires(RuleId::PfsMismatch);
        check(&finding, Basis::Decrypted);
        assert_eq!((finding.frame, finding.alternatives[0]), (6, RuleId::RekeyFailed));
        later(&renewal(), &renewal()).quiet(RuleId::PfsMismatch);
        // Another tunnel for other traffic has algorithms of its own.
        let offer = [v2::child_offer(256, None), v2::nonce()];
        let additional = [&offer[..], &selectors(2)].concat();
        later(&additional, &refusal).quiet(RuleId::PfsMismatch);
        // So has the IKE SA (RFC 7296 1.3.2).
        let ike = [(33, sa_v2()), v2::nonce(), v2::key(14, 256)];
        let verdicts = later(&ike, &refusal).quiet(RuleId::PfsMismatch);
        assert_eq!(verdicts, [RuleId::RekeyFailed]);
        // It is not the time.
        const TEMPORARY_FAILURE: u16 = 43;
        later(&renewal(), &[v2::notify(TEMPORARY_FAILURE, &[])]).quiet(RuleId::PfsMismatch);
    }

    #[test]
    fn the_first_tunnel_of_ikev2_has_no_group_of_its_own() {
        // RFC 7296 1.2.
        let mut made = Made::ikev2_asking(
            &[v2::child_offer(256, None)],
            &[v2::notify(notify::NO_PROPOSAL_CHOSEN, &[])],
        );
        made.quiet(RuleId::PfsMismatch);
    }

    #[test]
    fn quick_mode_with_another_group_than_the_server_took_elsewhere() {
        for group in [None, Some(2)] {
            check(
                &Made::refused_beside_another(128, group).fires(RuleId::PfsMismatch),
                Basis::Learned,
            );
        }
        Made::refused_beside_another(256, Some(14)).quiet(RuleId::PfsMismatch);
        Made::refused_beside_another(256, None).quiet(RuleId::PfsMismatch);
    }
}
