//! `ike-refused`: the first message was refused with an error that names no cause known here.

use super::cookbook;
use super::refusal::{self, Refusal};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Severity, Stage, Words,
    check, words,
};
use crate::negotiation::{Role, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::IkeRefused,
    stage: Stage::IkeSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The first IKE message was refused with an error",
    documentation: Documentation {
        means: "The responder answered the first message with an error other than those that speak of algorithms, versions, \
                modes or identities.",
        evidence: "A readable error notification in answer to the first message, and nothing chosen.",
        why: "INVALID_SYNTAX and its kin: one side builds or reads messages wrongly. Private numbers: a vendor's own reason.",
        fix: "Look the notification up in the responder's log; update the older of the two sides.",
        not: "ike-proposal-mismatch (NO_PROPOSAL_CHOSEN), version-mismatch (INVALID_MAJOR_VERSION), mode-mismatch.",
        references: &["RFC 7296 3.10.1", "RFC 2408 3.14.1"],
    },
    needs: &[Facts::ERROR.and(Facts::UNCHOSEN)],
    settles: true,
    check: check!(find, tell),
};

fn find<'a>(case: &Case<'a>) -> Option<Found<Refusal<'a>>> {
    let refusal = refusal::of_first_message(case)?;
    // These have rules of their own.
    if matches!(
        refusal.notice.kind,
        notify::NO_PROPOSAL_CHOSEN | notify::INVALID_MAJOR_VERSION
    ) {
        return None;
    }
    let finding = Finding::of(&RULE, refusal.notice.place)
        .sure(0.7, Basis::Observed)
        .settled(refusal::is_settled(case))
        .blame(Blame::Either)
        .with([refusal.of.place()])
        .or(&[RuleId::NoMatchingConnection, RuleId::IkeProposalMismatch]);
    Some(finding.having(refusal))
}

fn tell(case: &Case<'_>, found: &Found<Refusal<'_>>) -> Words {
    let (i, r) = words::peers(case);
    let number = found.facts.notice.kind;
    let name = words::notify(case.n, number);
    let log = cookbook::log(case, Role::Responder);
    Words::new(format!("{r} refused {i}'s first message with the error {name}."))
        .because(format!(
            "{i} began {} and {r} answered with {name} (number {number}), before anything was chosen. The notification is not \
             authenticated.",
            case.n.version.name()
        ))
        .fix([format!("On {r}: find the reason in {log}.")])
        .settle(log)
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::made::{INVALID_PROTOCOL_ID, Made, NO_PROPOSAL_CHOSEN, PSK};

    #[test]
    fn an_error_without_a_rule_of_its_own_is_told_as_it_is() {
        let verdict = |error| {
            let mut made = Made::new();
            made.refused(0, PSK, error);
            made.verdicts()
        };
        assert_eq!(verdict(INVALID_PROTOCOL_ID), [RuleId::IkeRefused]);
        assert_ne!(verdict(NO_PROPOSAL_CHOSEN), [RuleId::IkeRefused]);
    }
}
