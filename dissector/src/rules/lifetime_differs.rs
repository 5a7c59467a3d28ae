//! `lifetime-differs`: the two sides want different lifetimes. Not a failure.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::{Role, Version};

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

/// What the initiator offers and the responder uses, seconds.
struct Lifetimes {
    offered: u64,
    used: u64,
}

fn find(case: &Case<'_>) -> Option<Found<Lifetimes>> {
    let n = case.n;
    if n.version != Version::V1 {
        return None;
    }
    let offered = n.offers().iter().find_map(|s| s.lifetime)?;
    let answered = n.selected().and_then(|s| s.lifetime).zip(n.selected_place());
    let own = (case.host(Role::Responder)).and_then(|host| host.own_lifetime(n.version, n.stream));
    let (used, place) = answered.filter(|(l, _)| *l != offered).or(own)?;
    if used == offered {
        return None;
    }
    let basis = if answered.is_some_and(|(l, _)| l == used) {
        Basis::Observed
    } else {
        Basis::Learned
    };
    let finding = Finding::of(&RULE, n.offer_place().unwrap_or(place))
        .sure(0.95, basis)
        .blame(Blame::Nobody)
        .with([place]);
    Some(finding.having(Lifetimes { offered, used }))
}

fn tell(case: &Case<'_>, found: &Found<Lifetimes>) -> Words {
    let Lifetimes { offered, used } = found.facts;
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
