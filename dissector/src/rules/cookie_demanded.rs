//! `cookie-demanded`: the responder asks for a cookie before it does anything.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::{Role, Sent, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::CookieDemanded,
    stage: Stage::Contact,
    severity: Severity::Chat,
    class: Class::Note,
    title: "The responder asked for a cookie first",
    documentation: Documentation {
        means: "The responder was under load, or always asks, and wanted proof that the initiator gets its answers.",
        evidence: "A COOKIE notification of the responder in IKE_SA_INIT.",
        why: "Protection against floods of forged first messages. It costs one more round.",
        fix: "Nothing, as long as it happens once.",
        not: "A refusal: the initiator sends its first message again with the cookie in front.",
        references: &["RFC 7296 2.6", "Libreswan ddos-ike-threshold"],
    },
    needs: &[Facts::V2],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

fn find(case: &Case<'_>) -> Option<Found<()>> {
    let n = case.n;
    if !n.responder.sent(Sent::Cookie) {
        return None;
    }
    let demand = n.find(exchange::IKE_SA_INIT, 2, Role::Responder)?;
    let finding = Finding::of(&RULE, demand.place())
        .sure(1.0, Basis::Observed)
        .blame(Blame::Nobody);
    Some(finding.having(()))
}

fn tell(case: &Case<'_>, _: &Found<()>) -> Words {
    let (i, r) = words::peers(case);
    Words::new(format!(
        "{r} asked {i} for a cookie before it negotiates: it protects itself against forged first messages."
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::notify;
    use crate::tests::made::{Made, notification};

    #[test]
    fn a_cookie_is_a_demand_only_of_the_responder() {
        let mut made = Made::new();
        made.sa_init(0, true, &[]);
        made.sa_init_of(10, false, &[notification(notify::COOKIE, &[7; 20])]);
        made.fires(RuleId::CookieDemanded);
        // One that goes on with a cookie of a demand that is not captured.
        let mut made = Made::new();
        made.sa_init(0, true, &[notification(notify::COOKIE, &[7; 20])]);
        made.sa_init(10, false, &[]);
        made.quiet(RuleId::CookieDemanded);
    }
}
