//! `lifetime-differs`: the two sides want different lifetimes. Not a failure.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::{Place, Role, Version};

pub(super) static RULE: Rule = Rule {
    id: RuleId::LifetimeDiffers,
    stage: Stage::IkeSa,
    severity: Severity::Chat,
    class: Class::Note,
    title: "The two sides want different lifetimes",
    documentation: Documentation {
        means: "The lifetime one side offered for the IKE SA is not the one the other side offers or answers with.",
        evidence: "IKEv1: life durations in the offers or the answer of both sides.",
        why: "Different defaults. The shorter one applies; strongSwan and Libreswan only log it. Only racoon with a strict \
              proposal_check refuses.",
        fix: "Nothing, or the same value on both sides.",
        not: "A reason for NO_PROPOSAL_CHOSEN.",
        references: &["RFC 2407 4.5.4", "ipsec-tools racoon.conf(5), proposal_check"],
    },
    needs: &[Facts::V1],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// The lifetimes of the IKE SA (IKEv1, which agrees on one).
pub(crate) struct Lifetimes {
    /// What the initiator offers, in seconds.
    pub(crate) offered: u64,
    /// What the responder answers with; or offers elsewhere, where its answer is none of its own.
    pub(crate) used: u64,
    place: Place,
    basis: Basis,
}

impl Lifetimes {
    /// What the capture shows of both.
    pub(crate) fn of(case: &Case<'_>) -> Option<Self> {
        let n = case.n;
        if n.version != Version::V1 {
            return None;
        }
        let offered = n.offers().iter().find_map(|s| s.lifetime)?;
        let answered = n.selected().and_then(|s| s.lifetime).zip(n.selected_place());
        let own = (case.host(Role::Responder)).and_then(|host| host.own_lifetime(n.version, n.stream));
        // Most responders repeat what was offered.
        let differing = answered.filter(|(used, _)| *used != offered);
        let of = |(used, place), basis| Self {
            offered,
            used,
            place,
            basis,
        };
        let observed = differing.map(|found| of(found, Basis::Observed));
        let learned = || Some(of(own?, Basis::Learned));
        observed
            .or_else(learned)
            .or_else(|| Some(of(answered?, Basis::Observed)))
    }
}

fn find(case: &Case<'_>) -> Option<Found<Lifetimes>> {
    let found = Lifetimes::of(case).filter(|both| both.used != both.offered)?;
    let finding = Finding::of(&RULE, case.n.offer_place().unwrap_or(found.place))
        .sure(0.95, found.basis)
        .blame(Blame::Nobody)
        .with([found.place]);
    Some(finding.having(found))
}

fn tell(case: &Case<'_>, found: &Found<Lifetimes>) -> Words {
    let Lifetimes { offered, used, .. } = found.facts;
    let (i, r) = words::peers(case);
    Words::new(format!(
        "{i} offers a lifetime of {offered} seconds, {r} uses {used}; this is harmless, the shorter one applies."
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::exchange;
    use crate::tests::made::{Made, PSK};
    use ikewhy_testkit::contents::v1;
    use ikewhy_testkit::packets::{main_mode_offer, payloads};

    /// The first two messages of Main Mode, each with such an SA payload.
    fn chosen(offers: [(u8, Vec<u8>); 2]) -> Made {
        let mut made = Made::new();
        for (at, offer) in [0, 10].into_iter().zip(offers) {
            let step = (1, exchange::MAIN_MODE, 0, 0);
            made.isakmp(at, at == 0, (64, 63), step, &payloads(&[offer]));
        }
        made
    }

    #[test]
    fn a_responder_that_shortens_the_lifetime_it_is_offered() {
        let finding = chosen([v1::offer(PSK, 28_800), v1::offer(PSK, 3_600)]).fires(RuleId::LifetimeDiffers);
        assert_eq!((finding.blame, finding.basis), (Blame::Nobody, Basis::Observed));
        let evidence: Vec<u32> = finding.evidence.iter().map(|place| place.frame).collect();
        assert_eq!(evidence, [1, 2]);
        // RFC 2409 5: what is chosen comes back as it was offered.
        chosen([v1::offer(PSK, 28_800), v1::offer(PSK, 28_800)]).quiet(RuleId::LifetimeDiffers);
        // A side may name none.
        chosen([v1::offer(PSK, 28_800), (1, main_mode_offer(PSK))]).quiet(RuleId::LifetimeDiffers);
        chosen([(1, main_mode_offer(PSK)), v1::offer(PSK, 28_800)]).quiet(RuleId::LifetimeDiffers);
    }

    #[test]
    fn lifetimes_of_ikev2_are_each_sides_own() {
        // RFC 7296 2.8.
        Made::ikev2_up((64, 63)).quiet(RuleId::LifetimeDiffers);
    }
}
