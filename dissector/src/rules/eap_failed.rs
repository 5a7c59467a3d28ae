//! `eap-failed`: the user's name or password was refused (EAP in IKEv2).

use super::{Basis, Blame, Case, Class, Documentation, Finding, Rule, Severity, Stage, cookbook};
use crate::negotiation::{Event, Role, Version, exchange, payload, shape};
use crate::report::words;

pub(super) static RULE: Rule = Rule {
    id: "eap-failed",
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "EAP failed: the user's name or password was refused",
    documentation: Documentation {
        means: "The responder proved who it is and asked for the user's credentials by EAP; then it refused them.",
        evidence: "Several rounds of IKE_AUTH with EAP inside; the last response is as short as an EAP Failure or an error, and \
                   the initiator does not go on to the final IKE_AUTH.",
        why: "Wrong user name or password; the user may not use this service; the two sides know no common EAP method; a RADIUS \
              server refused.",
        fix: "Check name and password, then the EAP or RADIUS server's log.",
        not: "EAP Success, which is as short: the initiator then sends its final AUTH. authentication-failed, without EAP rounds.",
        references: &["RFC 7296 2.16, 3.16", "RFC 3748 4.2"],
    },
    check,
};

/// An EAP Failure has four octets, in a payload of eight; a notification without data has eight as well.
fn short(case: &Case<'_>, e: &Event) -> bool {
    shape::sizes(case.n).map_or(e.length <= 100, |s| s.v2_is_bare_notify(e.length))
}

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    if n.version != Version::V2 || !n.esp.is_empty() {
        return None;
    }
    let answers: Vec<&Event> = n
        .events()
        .filter(|e| e.exchange == exchange::IKE_AUTH && e.position == 2 && e.from == Role::Responder)
        .collect();
    let last = *answers.last()?;
    let rounds = answers
        .iter()
        .filter(|e| e.first_inner == Some(payload::EAP))
        .count();
    let went_on = n
        .events()
        .any(|e| e.exchange == exchange::IKE_AUTH && e.position == 1 && e.message_id > last.message_id);
    let ended = matches!(last.first_inner, Some(payload::EAP | payload::N));
    // The first response holds the responder's identity; EAP begins inside it.
    // An initiator that is refused often says goodbye.
    let goodbye = n
        .events()
        .any(|e| e.index > last.index && e.from == Role::Initiator && e.exchange == exchange::INFORMATIONAL);
    if went_on || !ended || answers.len() < 2 || !(short(case, last) || goodbye) {
        return None;
    }
    let eap_failure = last.first_inner == Some(payload::EAP);
    // The capture may end right after an EAP request or success: an error settles it, a pause after EAP too.
    if eap_failure && case.quiet_after(last) < 2.0 && rounds < 2 {
        return None;
    }
    let confidence = match (eap_failure, goodbye || case.quiet_after(last) >= 2.0) {
        (true, true) => 0.92,
        (true, false) => 0.55,
        (false, _) => 0.85,
    };
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let final_message = if eap_failure {
        "an EAP message of the least size"
    } else {
        "a single notification"
    };
    Some(
        Finding::new(&RULE, last.place(), format!("{r} refused the user name or password that {i} gave (EAP)."))
            .sure(confidence, Basis::Inferred)
            .settled(!eap_failure || goodbye)
            .blame(Blame::Initiator)
            .with(answers.iter().take(4).map(|e| e.place()))
            .because(format!(
                "{r} answered the first IKE_AUTH with its own identity and EAP rounds followed, {} responses in all. The last one \
                 holds {final_message} ({} octets), and {i} did not go on. After an EAP Success it would have sent its \
                 final AUTH.",
                answers.len(),
                last.length
            ))
            .or(&["authentication-failed", "auth-method-mismatch"])
            .fix([
                format!("On {i}: type user name and password again (with the domain, if the server wants it), and choose the EAP method the server asks for."),
                format!("On {r}: look up the user in the EAP or RADIUS configuration, and read {}.", cookbook::log(case, Role::Responder)),
            ])
            .settle(cookbook::log(case, Role::Responder)),
    )
}
