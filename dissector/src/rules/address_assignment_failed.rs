//! `address-assignment-failed`: no inner address could be assigned.

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, child_error,
    cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::{Version, exchange, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::AddressAssignmentFailed,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "No inner address could be assigned",
    documentation: Documentation {
        means: "The client asked for an address inside the tunnel and got none, or asked for none where one is required.",
        evidence: "A decrypted INTERNAL_ADDRESS_FAILURE or FAILED_CP_REQUIRED (IKEv2), or a mode configuration reply without the address \
                   that was asked for (IKEv1).",
        why: "The responder has no address pool for this connection, or it is used up; or the client is not set to ask for one.",
        fix: "Give the responder a pool that is large enough, or let the client ask for an address.",
        not: "selector-mismatch.",
        references: &[
            "RFC 7296 2.19, 3.10.1",
            "draft-dukes-ike-mode-cfg-02 3",
            "strongSwan child_create.c, mode_config.c",
        ],
    },
    needs: &[Facts::INSIDE],
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    refused(case).or_else(|| withheld(case))
}

/// IKEv1: the reply of mode configuration held no address, and the tunnel that was asked for all the same was refused.
fn withheld(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let request = n.address?;
    let (place, given) = request.answered?;
    if given || n.version != Version::V1 || !n.esp().is_empty() || n.step(exchange::QUICK_MODE, 3).is_some() {
        return None;
    }
    let (asking, asked) = (
        words::peer(case, request.from),
        words::peer(case, request.from.other()),
    );
    Some(
        Finding::new(&RULE, place, format!("{asked} has no inner address for {asking}."))
            .sure(0.93, Basis::Decrypted)
            .settled(false)
            .blame(Blame::Responder)
            .with([request.asked])
            .because(format!(
                "Phase 1 succeeded. {asking} asked for an inner address by mode configuration, and {asked} answered without one (decrypted). \
                 No data tunnel came up after that."
            ))
            .or(&[RuleId::ChildRefused])
            .fix([format!(
                "On {asked}: configure an address pool for this connection, or a larger one.{}",
                cookbook::how(case, request.from.other(), cookbook::Topic::Child)
            )])
            .settle(cookbook::log(case, request.from.other())),
    )
}

fn refused(case: &Case<'_>) -> Option<Finding> {
    let error = child_error::of(case).filter(|e| {
        matches!(
            e.notice.kind,
            notify::INTERNAL_ADDRESS_FAILURE | notify::FAILED_CP_REQUIRED
        )
    })?;
    let refusing = words::peer(case, error.refusing());
    let asking = words::peer(case, error.refusing().other());
    let none = error.notice.kind == notify::INTERNAL_ADDRESS_FAILURE;
    let (summary, fix, blame) = if none {
        (
            format!("{refusing} has no inner address for {asking}."),
            format!(
                "On {refusing}: configure an address pool for this connection, or a larger one.{}",
                cookbook::how(case, error.refusing(), cookbook::Topic::Child)
            ),
            Blame::Responder,
        )
    } else {
        (
            format!("{refusing} requires that {asking} asks for an inner address, and it did not."),
            format!(
                "On {asking}: ask for an inner (virtual) address.{}",
                cookbook::how(case, error.refusing().other(), cookbook::Topic::Child)
            ),
            Blame::Initiator,
        )
    };
    Some(error.finding(case, &RULE, summary, 0.97).blame(blame).fix([fix]))
}
