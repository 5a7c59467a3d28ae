//! `nat-detected`: who is behind NAT.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check,
};
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
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// Who is behind NAT.
enum Behind {
    One(Role),
    Both,
}

fn find(case: &Case<'_>) -> Option<Found<Behind>> {
    let n = case.n;
    let behind = match [&n.initiator, &n.responder].map(|peer| peer.nat == Nat::Behind) {
        [false, false] => return None,
        [true, false] => Behind::One(Role::Initiator),
        [false, true] => Behind::One(Role::Responder),
        [true, true] => Behind::Both,
    };
    let carrier = match n.version {
        Version::V1 => n
            .step(exchange::MAIN_MODE, 4)
            .or_else(|| n.step(exchange::AGGRESSIVE, 2)),
        Version::V2 => n.step(exchange::IKE_SA_INIT, 2),
    }
    .or_else(|| n.events().next())?;
    let finding = Finding::of(&RULE, carrier.place())
        .sure(0.95, Basis::Observed)
        .blame(Blame::Nobody);
    Some(finding.having(behind))
}

fn tell(_: &Case<'_>, found: &Found<Behind>) -> Words {
    let who = match found.facts {
        Behind::One(role) => format!("The {} is behind NAT (or forces UDP encapsulation)", role.name()),
        Behind::Both => "Both sides are behind NAT (or force UDP encapsulation)".to_owned(),
    };
    Words::new(format!("{who}: IKE and data go on at UDP 4500."))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    #[test]
    fn hashes_of_other_addresses_show_a_nat() {
        Made::up((64, 64)).fires(RuleId::NatDetected);
        // Here nobody sends any.
        let mut made = Made::ikev2_up((64, 63));
        made.quiet(RuleId::NatDetected);
    }
}
