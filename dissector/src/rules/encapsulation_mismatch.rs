//! `encapsulation-mismatch`: transport mode against tunnel mode.

use super::child_error::{self, ChildError, Misfit};
use super::cookbook;
use crate::diagnosis::{
    Case, Class, Documentation, Facts, Found, Rule, RuleId, Settles, Severity, Stage, Words, check,
};
use crate::negotiation::notify;
use crate::negotiation::selector::Selectors;

pub(super) static RULE: Rule = Rule {
    id: RuleId::EncapsulationMismatch,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "Transport mode against tunnel mode",
    documentation: Documentation {
        means: "One side asks for transport mode, the other is set up for tunnel mode, or the other way round.",
        evidence: "A decrypted refusal of a request whose mode does not fit what it is for: tunnel mode for L2TP's port 1701, or \
                   transport mode for whole subnets. IKEv1: INVALID-ID-INFORMATION for transport mode between the two peers' own \
                   addresses, which fit any connection between them.",
        why: "L2TP/IPsec needs transport mode (RFC 3193); site-to-site tunnels need tunnel mode; each is a setting on both sides.",
        fix: "Set transport mode for L2TP on both sides, tunnel mode for subnets.",
        not: "selector-mismatch: the same notification in IKEv1, and far commoner; this verdict is given only where the request \
              itself does not fit together, or is for the peers' own addresses. IKEv2 falls back to tunnel mode, which is no failure.",
        references: &[
            "RFC 3193 4",
            "RFC 4301 4.1",
            "RFC 7296 1.3.1",
            "strongSwan quick_mode.c",
        ],
    },
    needs: &[Facts::ERROR.and(Facts::INSIDE)],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// The refused request.
struct Refused<'a> {
    error: ChildError<'a>,
    asked: &'a Selectors,
    misfit: Misfit,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let error = child_error::of(case).filter(|e| {
        matches!(
            e.notice.kind,
            notify::NO_PROPOSAL_CHOSEN | notify::V1_INVALID_ID_INFORMATION | notify::TS_UNACCEPTABLE
        )
    })?;
    let (asked, misfit) = (error.asked(case)?, error.misfit(case)?);
    let (confidence, alternatives): (f64, &[RuleId]) = match misfit {
        Misfit::TransportBetweenPeers => (0.7, &[RuleId::SelectorMismatch]),
        _ => (0.82, &[RuleId::SelectorMismatch, RuleId::ChildProposalMismatch]),
    };
    let finding = error
        .finding(&RULE, confidence)
        .attribute("encapsulation")
        .or(alternatives);
    Some(finding.having(Refused { error, asked, misfit }))
}

fn tell(case: &Case<'_>, found: &Found<Refused<'_>>) -> Words {
    let Refused { error, asked, misfit } = &found.facts;
    let (asking, refusing) = error.sides(case);
    let topic = cookbook::Topic::ChildMode;
    let (wanted, needs) = match misfit {
        Misfit::TunnelForL2tp => ("tunnel mode for L2TP", "transport"),
        Misfit::TransportForNetworks => ("transport mode for whole subnets", "tunnel"),
        Misfit::TransportBetweenPeers => {
            let summary = format!(
                "{asking} asked for transport mode between the two peers themselves ({asked}), and {refusing} has nothing of \
                 that kind: it is set up for tunnel mode, or for other addresses or ports."
            );
            return error.words(case, summary).fix(cookbook::both(
                case,
                topic,
                "set the same mode as the other side for this connection: transport for L2TP and between two hosts, tunnel for \
                 networks behind them.",
            ));
        }
    };
    let summary = format!(
        "{asking} asked for {wanted} ({asked}), which needs {needs} mode, and {refusing} refused it."
    );
    error.words(case, summary).fix(cookbook::both(
        case,
        topic,
        format!("set {needs} mode for this connection."),
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, Finding, RuleId};
    use crate::negotiation::notify;
    use crate::tests::made::{CLIENT, Made, SERVER};
    use ikewhy_testkit::contents::{Payload, v1, v2};

    /// Encapsulation modes of Quick Mode (RFC 2407 4.5).
    const TUNNEL: u16 = 1;
    const TRANSPORT: u16 = 2;
    const UDP: u8 = 17;

    fn check(finding: &Finding) {
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Decrypted));
        assert_eq!(*finding.attributes, ["encapsulation"]);
    }

    /// Main Mode, and Quick Mode in this mode for what two identities name, refused with this error.
    fn ikev1(mode: u16, [left, right]: [Payload; 2], error: u16) -> Made {
        let mut made = Made::new();
        made.main_mode((64, 63), &[]);
        made.quick_mode_refused(
            60,
            &[v1::child_offer(256, mode, None), v1::nonce(), left, right],
            error,
        );
        made
    }

    /// The hosts themselves: all that they say, or the port of L2TP (ID_IPV4_ADDR, RFC 2407 4.6.2.1).
    fn hosts(protocol: u8, port: u16) -> [Payload; 2] {
        [CLIENT, SERVER].map(|address| v1::identity(1, protocol, port, &address.octets()))
    }

    /// The networks behind them (ID_IPV4_ADDR_SUBNET).
    fn networks() -> [Payload; 2] {
        [[10, 1, 0, 0, 255, 255, 0, 0], [10, 2, 0, 0, 255, 255, 0, 0]]
            .map(|data| v1::identity(4, 0, 0, &data))
    }

    #[test]
    fn l2tp_is_asked_for_in_transport_mode() {
        // RFC 3193 4.
        for error in [notify::NO_PROPOSAL_CHOSEN, notify::V1_INVALID_ID_INFORMATION] {
            check(&ikev1(TUNNEL, hosts(UDP, 1701), error).fires(RuleId::EncapsulationMismatch));
        }
        let verdicts = ikev1(TRANSPORT, hosts(UDP, 1701), notify::NO_PROPOSAL_CHOSEN)
            .quiet(RuleId::EncapsulationMismatch);
        assert_eq!(verdicts, [RuleId::ChildProposalMismatch]);
    }

    #[test]
    fn transport_mode_is_for_hosts() {
        // RFC 4301 4.1.
        let error = notify::V1_INVALID_ID_INFORMATION;
        check(&ikev1(TRANSPORT, networks(), error).fires(RuleId::EncapsulationMismatch));
        let verdicts = ikev1(TUNNEL, networks(), error).quiet(RuleId::EncapsulationMismatch);
        assert_eq!(verdicts, [RuleId::SelectorMismatch]);
    }

    #[test]
    fn of_the_peers_own_addresses_the_mode_remains() {
        let error = notify::V1_INVALID_ID_INFORMATION;
        let finding = ikev1(TRANSPORT, hosts(0, 0), error).fires(RuleId::EncapsulationMismatch);
        check(&finding);
        assert_eq!(*finding.alternatives, [RuleId::SelectorMismatch]);
        // Of a client behind NAT the server may not know the address that it names (RFC 3947 5.2).
        let private = v1::identity(1, UDP, 1701, &[192, 168, 1, 7]);
        let [_, server] = hosts(UDP, 1701);
        ikev1(TRANSPORT, [private, server], error).quiet(RuleId::EncapsulationMismatch);
    }

    /// IKE_AUTH that asks for a tunnel between two networks, in transport mode or not.
    fn ikev2(transport: bool, answer: &[Payload]) -> Made {
        let tunnel = [
            v2::child_offer(256, None),
            v2::ts_i(0, 0, [10, 1, 0, 0], [10, 1, 255, 255]),
            v2::ts_r(0, 0, [10, 2, 0, 0], [10, 2, 255, 255]),
        ];
        let mode = [v2::notify(notify::USE_TRANSPORT_MODE, &[])];
        let (asked, _) = mode.split_at(usize::from(transport));
        Made::ikev2_asking(&[asked, &tunnel].concat(), answer)
    }

    #[test]
    fn ikev2_falls_back_to_tunnel_mode() {
        // RFC 7296 1.3.1: who declines transport mode leaves the notification out. So an error means what it says.
        for (error, verdict) in [
            (notify::TS_UNACCEPTABLE, RuleId::SelectorMismatch),
            (notify::NO_PROPOSAL_CHOSEN, RuleId::ChildProposalMismatch),
        ] {
            let finding = ikev2(true, &[v2::notify(error, &[])]).fires(verdict);
            assert!(finding.alternatives.contains(&RuleId::EncapsulationMismatch));
            ikev2(false, &[v2::notify(error, &[])]).quiet(RuleId::EncapsulationMismatch);
        }
        let declined = [
            v2::child_offer(256, None),
            v2::ts_i(0, 0, [10, 1, 0, 0], [10, 1, 255, 255]),
            v2::ts_r(0, 0, [10, 2, 0, 0], [10, 2, 255, 255]),
        ];
        ikev2(true, &declined).quiet(RuleId::EncapsulationMismatch);
    }
}
