//! `encapsulation-mismatch`: transport mode against tunnel mode.

use super::child_error::{self, ChildError};
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

/// What does not fit together.
enum Misfit {
    TunnelForL2tp,
    TransportForNetworks,
    /// It does, but the other side has nothing of that kind.
    TransportBetweenPeers,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let error = child_error::of(case).filter(|e| {
        matches!(
            e.notice.kind,
            notify::NO_PROPOSAL_CHOSEN | notify::V1_INVALID_ID_INFORMATION | notify::TS_UNACCEPTABLE
        )
    })?;
    let transport = error.transport(case)?;
    let asked = error.asked(case)?;
    let misfit = match (transport, asked.are_for_l2tp(), asked.are_hosts()) {
        (false, true, _) => Misfit::TunnelForL2tp,
        (true, false, false) => Misfit::TransportForNetworks,
        _ if error.is_transport_between_peers(case) => Misfit::TransportBetweenPeers,
        _ => return None,
    };
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
