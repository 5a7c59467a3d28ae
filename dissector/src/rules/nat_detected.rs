//! `nat-detected`: who is behind NAT.

use super::{Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, mixed};
use crate::negotiation::nat::Nat;
use crate::negotiation::{Role, Version, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::NatDetected,
    stage: Stage::Contact,
    severity: Severity::Chat,
    class: Class::Note,
    title: "NAT was detected between the peers",
    documentation: Documentation {
        means: "An address or port was rewritten on the way (or one side says so on purpose, to force UDP encapsulation).",
        evidence: "A NAT detection hash that does not match the address and port of the packet that carries it.",
        why: "A NAT router, a cloud provider's address translation, or a setting that forces encapsulation.",
        fix: "Nothing; UDP 4500 must pass as well as UDP 500.",
        not: "A failure.",
        references: &["RFC 7296 2.23", "RFC 3947 3.2"],
    },
    needs: &[Facts::NAT],
    settles: false,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let behind: Vec<&str> = [Role::Initiator, Role::Responder]
        .into_iter()
        .filter(|r| n.peer(*r).nat == Nat::Behind)
        .map(Role::name)
        .collect();
    let who = match behind.as_slice() {
        [] => return None,
        [one] => format!("The {one} is behind NAT (or forces UDP encapsulation)"),
        _ => "Both sides are behind NAT (or force UDP encapsulation)".to_owned(),
    };
    let carrier = match n.version {
        Version::V1 => n
            .step(exchange::MAIN_MODE, 4)
            .or_else(|| n.step(exchange::AGGRESSIVE, 2)),
        Version::V2 => n.step(exchange::IKE_SA_INIT, 2),
    }
    .or_else(|| n.events().next())?;
    Some(
        Finding::new(
            &RULE,
            carrier.place(),
            format!("{who}: IKE and data go on at UDP 4500."),
        )
        .sure(0.95, Basis::Observed)
        .blame(Blame::Nobody),
    )
}
