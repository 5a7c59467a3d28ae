//! `psk-missing`: one side has no pre-shared key for the other.

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::{Event, Role, Version, exchange, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::PskMissing,
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "One side has no pre-shared key for the other",
    documentation: Documentation {
        means: "Algorithms were agreed with authentication by pre-shared key, and one side then found that it has no key for \
                the other.",
        evidence: "IKEv1: INVALID-KEY-INFORMATION in clear after Main Mode 3 (strongSwan), or a clear error of the initiator right \
                   after Main Mode 2 (Libreswan).",
        why: "The key is stored for another address or identity, or not at all. In Main Mode it must be found by address.",
        fix: "Store the key for the address (or for any) on the side that misses it.",
        not: "psk-mismatch: there a key was found, and it is another.",
        references: &[
            "RFC 2409 5.4",
            "strongSwan phase1.c",
            "Libreswan ikev1_spdb_struct.c",
        ],
    },
    needs: &[Facts::V1.and(Facts::ERROR)],
    settles: true,
    check: mixed!(check),
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    if n.version != Version::V1 || n.step(exchange::MAIN_MODE, 5).is_some() {
        return None;
    }
    n.selected()?;
    let third = n.find(exchange::MAIN_MODE, 3, Role::Initiator);
    let by_responder = third.and_then(|_| {
        n.errors(Role::Responder)
            .find(|x| x.kind == notify::V1_INVALID_KEY_INFORMATION)
    });
    let by_initiator = || {
        n.errors(Role::Initiator).find(|x| {
            matches!(
                x.kind,
                notify::NO_PROPOSAL_CHOSEN | notify::V1_INVALID_KEY_INFORMATION
            )
        })
    };
    let (notice, side, confidence) = match by_responder {
        Some(x) => (x, Role::Responder, 0.9),
        None => {
            let x = by_initiator()?;
            // strongSwan looks for the key when it is to make the fifth message, and says so by name.
            let named = x.kind == notify::V1_INVALID_KEY_INFORMATION;
            (x, Role::Initiator, if named { 0.9 } else { 0.6 })
        }
    };
    let (misses, other) = (words::peer(case, side), words::peer(case, side.other()));
    let blame = if side == Role::Responder {
        Blame::Responder
    } else {
        Blame::Initiator
    };
    let named = words::notify(n, notice.kind);
    Some(
        Finding::new(&RULE, notice.place, format!("{misses} has no pre-shared key for {other}."))
            .sure(confidence, if side == Role::Responder { Basis::Observed } else { Basis::Inferred })
            .settled(true)
            .blame(blame)
            .with(third.map(Event::place))
            .with(n.selected_place())
            .because(format!(
                "Both sides agreed on algorithms and on authentication by pre-shared key. {misses} then broke off with {named} in \
                 clear, before any identity was sent: it looked for a key by the address of {other} and found none. The \
                 notification is not authenticated."
            ))
            .or(&[RuleId::IkeProposalMismatch, RuleId::PskMismatch])
            .fix([format!(
                "On {misses}: store the pre-shared key for the address {} (as seen there, after NAT), or for any address.{}",
                n.peer(side.other()).address,
                cookbook::how(case, side, cookbook::Topic::PreSharedKey)
            )])
            .settle(format!("{}: \"no shared key found\" or \"no preshared key found\"", cookbook::log(case, side))),
    )
}
