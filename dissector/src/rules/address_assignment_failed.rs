//! `address-assignment-failed`: no inner address could be assigned.

use super::{Blame, Case, Class, Documentation, Rule, Severity, Stage, child_error, cookbook};
use crate::negotiation::notify;
use crate::report::words;

pub(super) static RULE: Rule = Rule {
    id: "address-assignment-failed",
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "No inner address could be assigned",
    documentation: Documentation {
        means: "The client asked for an address inside the tunnel and got none, or asked for none where one is required.",
        evidence: "A decrypted INTERNAL_ADDRESS_FAILURE or FAILED_CP_REQUIRED.",
        why: "The responder has no address pool for this connection, or it is used up; or the client is not set to ask for one.",
        fix: "Give the responder a pool that is large enough, or let the client ask for an address.",
        not: "selector-mismatch.",
        references: &["RFC 7296 2.19, 3.10.1", "strongSwan child_create.c"],
    },
    check: |case: &Case<'_>| {
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
    },
};
