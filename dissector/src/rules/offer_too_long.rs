//! `offer-too-long`: a first message so long that some responders or paths do not take it.

use super::{Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, mixed};
use crate::diagnosis::words;
use crate::negotiation::Role;

pub(super) static RULE: Rule = Rule {
    id: RuleId::OfferTooLong,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "The offer is unusually long, and was not answered",
    documentation: Documentation {
        means: "The first message offers so much that it may be lost or not understood.",
        evidence: "An unanswered first message of more than 1200 octets, or with more than 30 transforms.",
        why: "Some small devices read only the first transforms; messages beyond the path's size travel as IP fragments.",
        fix: "Offer only what is wanted: in strongSwan and Libreswan end the proposal list of ipsec.conf with an exclamation mark, \
              or name one proposal in swanctl.conf.",
        not: "A long offer that is answered.",
        references: &["RFC 7296 2", "NetworkManager-l2tp README"],
    },
    needs: &[Facts::UNANSWERED],
    settles: false,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let first = n.events().next()?;
    let long = n.offer_length > 1200 || n.offers().len() > 30;
    if !long || n.responder.messages > 0 || first.from != Role::Initiator {
        return None;
    }
    let i = words::peer(case, Role::Initiator);
    Some(
        Finding::new(
            &RULE,
            first.place(),
            format!(
                "{i}'s first message has {} octets and {} offers; some responders do not take so many.",
                n.offer_length,
                n.offers().len()
            ),
        )
        .sure(0.4, Basis::Observed)
        .blame(Blame::Initiator),
    )
}
