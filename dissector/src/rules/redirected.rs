//! `redirected`: the responder sends the initiator to another gateway.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::Redirect;

pub(super) static RULE: Rule = Rule {
    id: RuleId::Redirected,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "The responder sends the initiator to another gateway",
    documentation: Documentation {
        means: "The gateway that was asked does not serve the client itself: it names another one.",
        evidence: "A REDIRECT notification of the responder in IKE_SA_INIT.",
        why: "Gateways share their load, or one of them is taken out of service.",
        fix: "Nothing, if the other gateway serves the client. Firewalls have to let it reach that one, too.",
        not: "A refusal; ike-refused, where gateways send the client in a circle.",
        references: &["RFC 5685 3"],
    },
    needs: &[Facts::V2.and(Facts::REST)],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

fn find(case: &Case<'_>) -> Option<Found<Redirect>> {
    let redirect = case.n.redirect?;
    let finding = Finding::of(&RULE, redirect.place)
        .sure(1.0, Basis::Observed)
        .blame(Blame::Nobody);
    Some(finding.having(redirect))
}

fn tell(case: &Case<'_>, found: &Found<Redirect>) -> Words {
    let (i, r) = words::peers(case);
    let to = (found.facts.to).map_or_else(|| "another gateway, by name".to_owned(), |to| to.to_string());
    Words::new(format!("{r} sends {i} to {to}."))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Blame, RuleId};
    use crate::negotiation::exchange;
    use crate::tests::made::{Made, notification};
    use ikewhy_testkit::packets::payloads;

    /// A first message, and the answer that sends the client on.
    fn redirected(made: &mut Made, at: i64, to: [u8; 4]) {
        made.ikev2_step(at, true, (exchange::IKE_SA_INIT, 0), 0, 0);
        let body = payloads(&[(41, [&[0, 0, 0x40, 0x17, 1, 4][..], &to, &[5; 32]].concat())]);
        let step = (41, exchange::IKE_SA_INIT, 0x20, 0);
        made.isakmp(at + 10, false, (64, 63), step, &body);
    }

    #[test]
    fn who_is_sent_on_is_not_refused() {
        let mut made = Made::new();
        redirected(&mut made, 0, [198, 51, 100, 77]);
        made.until(120_000);
        assert_eq!(made.verdicts(), [RuleId::InProgress]);
        assert_eq!(made.fires(RuleId::Redirected).blame, Blame::Nobody);
        let report = made.report();
        assert!(report.contains("sends it on to 198.51.100.77"), "{report}");
    }

    #[test]
    fn who_can_be_redirected_is_not_yet() {
        // REDIRECT_SUPPORTED (RFC 5685 3) of the client.
        let mut made = Made::new();
        made.sa_init(0, true, &[notification(16_406, &[])]);
        made.sa_init(10, false, &[]);
        made.quiet(RuleId::Redirected);
    }

    #[test]
    fn who_is_sent_back_is_refused() {
        let mut made = Made::new();
        redirected(&mut made, 0, made_server());
        assert_eq!(made.verdicts(), [RuleId::IkeRefused]);
    }

    fn made_server() -> [u8; 4] {
        crate::tests::made::SERVER.octets()
    }
}
