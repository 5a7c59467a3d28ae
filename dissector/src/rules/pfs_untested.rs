//! `pfs-untested`: whether both sides agree about PFS shows only at the first renewal of keys.

use super::{authentication_failed, established};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check,
};
use crate::negotiation::{Role, Version, exchange, payload};

pub(super) static RULE: Rule = Rule {
    id: RuleId::PfsUntested,
    stage: Stage::Rekey,
    severity: Severity::Chat,
    class: Class::Note,
    title: "PFS is not tested until the first renewal of keys",
    documentation: Documentation {
        means: "An IKEv2 tunnel comes up whether or not the two sides agree about perfect forward secrecy for its data.",
        evidence: "IKE_AUTH succeeded, with a tunnel, and the capture holds no CREATE_CHILD_SA.",
        why: "The keys of the first child SA come from the IKE SA; a key exchange of their own is negotiated at the first renewal.",
        fix: "Compare the PFS group of both sides now, rather than in an hour.",
        not: "rekey-failed, where the renewal was seen to fail.",
        references: &["RFC 7296 1.2, 1.3.1"],
    },
    needs: &[Facts::AUTH_ANSWERED],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

fn find(case: &Case<'_>) -> Option<Found<()>> {
    let n = case.n;
    let answer = n
        .find(exchange::IKE_AUTH, 2, Role::Responder)
        .filter(|e| e.first_inner() == Some(payload::ID_R))?;
    if n.version != Version::V2 || n.step(exchange::CREATE_CHILD_SA, 1).is_some() {
        return None;
    }
    // A tunnel that was refused has no keys to renew.
    established::v2(case)?;
    if authentication_failed::refused_by_initiator(case).is_some() {
        return None;
    }
    let finding = Finding::of(&RULE, answer.place())
        .sure(1.0, Basis::Observed)
        .blame(Blame::Nobody);
    Some(finding.having(()))
}

fn tell(_: &Case<'_>, _: &Found<()>) -> Words {
    Words::new(
        "Whether both sides agree about PFS for the data tunnel shows only when its keys are renewed for the first time.",
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::{exchange, payload};
    use crate::tests::made::Made;

    #[test]
    fn the_first_renewal_tests_pfs() {
        let mut made = Made::ikev2_up((64, 63));
        made.fires(RuleId::PfsUntested);
        for (at, from_client) in [(9000, true), (9010, false)] {
            let step = (exchange::CREATE_CHILD_SA, !from_client, 2);
            made.ikev2(at, from_client, step, payload::SA, 480);
        }
        made.quiet(RuleId::PfsUntested);
    }
}
