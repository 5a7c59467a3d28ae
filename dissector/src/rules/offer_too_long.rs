//! `offer-too-long`: a first message so long that some responders or paths do not take it.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::Role;

pub(super) static RULE: Rule = Rule {
    id: RuleId::OfferTooLong,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "The offer is unusually long, and was not answered",
    documentation: Documentation {
        means: "The first message offers so much that it may be lost or not understood.",
        evidence: "An unanswered first message of more than 1200 bytes, or with more than 30 transforms.",
        why: "Some small devices read only the first transforms; messages beyond the path's size travel as IP fragments.",
        fix: "Offer only what is wanted: in strongSwan and Libreswan end the proposal list of ipsec.conf with an exclamation mark, \
              or name one proposal in swanctl.conf.",
        not: "A long offer that is answered.",
        references: &["RFC 7296 2", "NetworkManager-l2tp README"],
    },
    needs: &[Facts::UNANSWERED],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

fn find(case: &Case<'_>) -> Option<Found<()>> {
    let n = case.n;
    let first = n.events().next()?;
    let long = n.offer_length > 1200 || n.offers().len() > 30;
    if !long || n.responder.messages > 0 || first.from != Role::Initiator {
        return None;
    }
    let finding = Finding::of(&RULE, first.place())
        .sure(0.4, Basis::Observed)
        .blame(Blame::Initiator);
    Some(finding.having(()))
}

fn tell(case: &Case<'_>, _: &Found<()>) -> Words {
    let i = words::peer(case, Role::Initiator);
    Words::new(format!(
        "{i}'s first message has {} bytes and {} offers; some responders do not take so many.",
        case.n.offer_length,
        case.n.offers().len()
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    /// A first message with a Vendor ID of this length.
    fn offered(length: usize) -> Made {
        let mut made = Made::new();
        made.sa_init(0, true, &[(43, vec![1; length])]);
        made
    }

    #[test]
    fn only_a_long_offer_without_an_answer_may_be_too_long() {
        offered(1300).fires(RuleId::OfferTooLong);
        offered(100).quiet(RuleId::OfferTooLong);
        let mut made = offered(1300);
        made.sa_init(10, false, &[]);
        made.quiet(RuleId::OfferTooLong);
    }
}
