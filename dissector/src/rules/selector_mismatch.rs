//! `selector-mismatch`: traffic selectors (proxy identities) don't meet.

use super::child_error::{self, ChildError};
use super::cookbook;
use crate::diagnosis::{
    Case, Class, Documentation, Facts, Found, Rule, RuleId, Settles, Severity, Stage, Words, check,
};
use crate::negotiation::{Version, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::SelectorMismatch,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The traffic selectors of the two sides don't match",
    documentation: Documentation {
        means: "The two sides do not agree about which traffic the tunnel is for.",
        evidence: "A decrypted TS_UNACCEPTABLE (IKEv2), or INVALID-ID-INFORMATION in answer to Quick Mode 1 (IKEv1).",
        why: "Subnets are not mirror images of each other; a client asks for an address or port the server does not expect \
              (L2TP: UDP 1701; a client behind NAT: its private address).",
        fix: "Make local and remote selectors of one side the remote and local ones of the other.",
        not: "encapsulation-mismatch: strongSwan sends the same INVALID-ID-INFORMATION for transport against tunnel mode in IKEv1.",
        references: &[
            "RFC 7296 2.9, 3.10.1",
            "RFC 2407 4.6.2",
            "strongSwan quick_mode.c",
        ],
    },
    needs: &[Facts::ERROR.and(Facts::INSIDE)],
    settles: Settles::LATER,
    check: check!(find, tell),
};

fn find<'a>(case: &Case<'a>) -> Option<Found<ChildError<'a>>> {
    let error = child_error::of(case).filter(|e| {
        matches!(
            e.notice.kind,
            notify::TS_UNACCEPTABLE | notify::V1_INVALID_ID_INFORMATION
        )
    })?;
    let (confidence, alternatives): (f64, &[RuleId]) =
        match (case.n.version, error.is_transport_between_peers(case)) {
            (Version::V1, true) => (0.6, &[RuleId::EncapsulationMismatch]),
            (Version::V1, false) => (0.8, &[RuleId::EncapsulationMismatch]),
            (Version::V2, _) => (0.96, &[]),
        };
    let finding = error
        .finding(&RULE, confidence)
        .attribute("selectors")
        .or(alternatives);
    Some(finding.having(error))
}

fn tell(case: &Case<'_>, found: &Found<ChildError<'_>>) -> Words {
    let error = &found.facts;
    let (asking, refusing) = error.sides(case);
    let asked = error.asked(case).map_or_else(String::new, |s| format!(" ({s})"));
    let summary = format!(
        "{refusing} has no tunnel for the traffic that {asking} asked to protect{asked}: the traffic selectors differ."
    );
    error.words(case, summary).fix(cookbook::both(
        case,
        cookbook::Topic::Selectors,
        "make the selectors the mirror image of the other side's (local and remote subnets; for L2TP UDP port 1701 and transport mode).",
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, Finding, RuleId};
    use crate::negotiation::{exchange, notify};
    use crate::tests::made::Made;
    use ikewhy_testkit::contents::{Payload, v1, v2};

    fn check(finding: &Finding) {
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Decrypted));
        assert_eq!(*finding.attributes, ["selectors"]);
    }

    /// IKE_AUTH that asks for a tunnel between two networks.
    fn ikev2(answer: &[Payload]) -> Made {
        let asked = [
            v2::child_offer(256, None),
            v2::ts_i(0, 0, [10, 1, 0, 0], [10, 1, 255, 255]),
            v2::ts_r(0, 0, [10, 2, 0, 0], [10, 2, 255, 255]),
        ];
        Made::ikev2_asking(&asked, answer)
    }

    #[test]
    fn ikev2_says_so_by_name() {
        let finding = ikev2(&[v2::notify(notify::TS_UNACCEPTABLE, &[])]).fires(RuleId::SelectorMismatch);
        check(&finding);
        let evidence: Vec<u32> = finding.evidence.iter().map(|place| place.frame).collect();
        assert_eq!(evidence, [4, 3]);
        for error in [notify::NO_PROPOSAL_CHOSEN, notify::INTERNAL_ADDRESS_FAILURE] {
            ikev2(&[v2::notify(error, &[])]).quiet(RuleId::SelectorMismatch);
        }
    }

    #[test]
    fn a_responder_may_take_a_part_of_what_is_asked_for() {
        // RFC 7296 2.9.
        let narrowed = [
            v2::child_offer(256, None),
            v2::ts_i(0, 0, [10, 1, 7, 0], [10, 1, 7, 255]),
            v2::ts_r(0, 0, [10, 2, 7, 0], [10, 2, 7, 255]),
        ];
        let verdicts = ikev2(&narrowed).quiet(RuleId::SelectorMismatch);
        assert_eq!(verdicts, [RuleId::Established]);
    }

    /// Main Mode, and Quick Mode for a tunnel between two networks (ID_IPV4_ADDR_SUBNET, RFC 2407 4.6.2.1), refused with this error.
    fn ikev1(error: u16) -> Made {
        let mut made = Made::new();
        made.main_mode((64, 63), &[]);
        let [left, right] = [[10, 1, 0, 0, 255, 255, 0, 0], [10, 2, 0, 0, 255, 255, 0, 0]]
            .map(|data| v1::identity(4, 0, 0, &data));
        made.quick_mode_refused(
            60,
            &[v1::child_offer(256, 1, None), v1::nonce(), left, right],
            error,
        );
        made
    }

    #[test]
    fn ikev1_calls_it_an_identity() {
        check(&ikev1(notify::V1_INVALID_ID_INFORMATION).fires(RuleId::SelectorMismatch));
        ikev1(notify::NO_PROPOSAL_CHOSEN).quiet(RuleId::SelectorMismatch);
        // Before Quick Mode the same error is about a peer's own identity.
        let mut made = Made::new();
        for n in 0..5 {
            made.main_mode_message(n, (64, 63));
        }
        let refusal = [v1::hash(), v1::notify(notify::V1_INVALID_ID_INFORMATION)];
        made.ikev1_holding(60, false, (exchange::V1_INFORMATIONAL, 9), &refusal);
        made.quiet(RuleId::SelectorMismatch);
    }
}
