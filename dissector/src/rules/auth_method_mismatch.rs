//! `auth-method-mismatch`: the two sides want to authenticate in different ways.

use super::refused_proof::{self, RefusedProof};
use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
    refusal,
};
use crate::diagnosis::words;
use crate::negotiation::offer::Attribute;
use crate::negotiation::{Event, Role, Version, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::AuthMethodMismatch,
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The two sides want to authenticate in different ways",
    documentation: Documentation {
        means: "One side authenticates by pre-shared key, certificate or user name (EAP, XAUTH), and the other is set up for another \
                of these.",
        evidence: "IKEv1: the method is part of the offer; the capture elsewhere shows which methods the responder accepts, and none \
                   was offered. IKEv2, decrypted: the first IKE_AUTH request has no AUTH, so the initiator wants EAP, and is refused; \
                   or it signs although no certificate was asked for.",
        why: "Client and server were set up from different instructions; a client set to \"user name\" against a server for \
              certificates, or the other way round.",
        fix: "Set the same method on both sides. A certificate or EAP with a server certificate is stronger than a pre-shared key.",
        not: "eap-failed: there EAP was begun. psk-mismatch and certificate-rejected: the method agrees, the secret does not.",
        references: &[
            "RFC 7296 2.16, 2.15",
            "RFC 2409 5",
            "strongSwan ikev2/tasks/ike_auth.c",
            "Libreswan ikev2_auth.c",
        ],
    },
    needs: &[
        Facts::V1.and(Facts::ERROR).and(Facts::UNCHOSEN),
        Facts::V2.and(Facts::ERROR).and(Facts::INSIDE),
    ],
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    match case.n.version {
        Version::V1 => learned(case),
        Version::V2 => {
            let refusal = refused_proof::of(case)?;
            eap_wanted(case, &refusal).or_else(|| nothing_asked_for(case, &refusal))
        }
    }
}

/// IKEv1: of all offers and all that the responder is known to accept, the method differs in each pair, and nothing else.
fn learned(case: &Case<'_>) -> Option<Finding> {
    let causes = refusal::causes(case)?;
    let refusal = refusal::of_first_message(case)?;
    if causes.differs != [Attribute::AuthMethod] {
        return None;
    }
    let beside = causes.beside?;
    let (acceptable, miss) = (&beside.acceptable, beside.compared.misses.first()?);
    let (i, r) = sides(case);
    let method = |suite: Option<&crate::negotiation::offer::Suite>| {
        suite
            .and_then(|s| s.of(Attribute::AuthMethod).next())
            .map_or_else(String::new, crate::negotiation::offer::Choice::label)
    };
    let (mine, theirs) = (
        method(case.n.offers().get(miss.offered)),
        method(acceptable.suites.get(miss.acceptable)),
    );
    Some(
        Finding::new(
            &RULE,
            refusal.notice.place,
            format!("{i} wants to authenticate by {mine}, and {r} is known to use {theirs}."),
        )
        // Above ike-proposal-mismatch, which rests on the same evidence and says less.
        .sure((causes.proposal + 0.01).min(0.95), Basis::Learned)
        .settled(refusal::is_settled(case))
        .blame(Blame::Either)
        .with([refusal.of.place()])
        .with(acceptable.places.iter().copied().take(4))
        .differs(&causes.differs)
        .because(format!(
            "In IKEv1 the authentication method is part of the offer. {i} offered {mine} only; {r} answered with \
             NO-PROPOSAL-CHOSEN. Elsewhere in this capture {r} agreed to {theirs} with otherwise the same algorithms."
        ))
        .or(&[RuleId::IkeProposalMismatch, RuleId::NoMatchingConnection])
        .fix(fixes(case))
        .settle(cookbook::log(case, Role::Responder)),
    )
}

/// IKEv2: an initiator that leaves AUTH out of its first request wants EAP (RFC 7296 2.16).
fn eap_wanted(case: &Case<'_>, refusal: &RefusedProof<'_>) -> Option<Finding> {
    let n = case.n;
    let request = n.find(exchange::IKE_AUTH, 1, Role::Initiator)?;
    let read = n.identity(Role::Initiator).is_some();
    let rounds = n
        .events()
        .filter(|e| e.exchange == exchange::IKE_AUTH && e.position == 1)
        .count();
    let proved = n.proofs.iter().any(|p| p.from == Role::Initiator);
    if refusal.refused != Role::Initiator || !read || proved || rounds != 1 {
        return None;
    }
    let (i, r) = sides(case);
    let what = format!(
        "{i}'s first IKE_AUTH request names its identity and has no AUTH payload: it asks to be authenticated by EAP (user name and \
         password, or whatever EAP method {r} chooses). {r} did not begin EAP but answered with AUTHENTICATION_FAILED."
    );
    Some(finish(
        case,
        refusal,
        request,
        format!("{i} wants to log in with EAP (user name), and {r} does not offer that to it."),
        &what,
        0.85,
        &[RuleId::IdentityRejected],
    ))
}

/// IKEv2: a signature, its certificate held back because nobody asked for one.
fn nothing_asked_for(case: &Case<'_>, refusal: &RefusedProof<'_>) -> Option<Finding> {
    let n = case.n;
    let request = n.find(exchange::IKE_AUTH, 1, Role::Initiator)?;
    let asked = n.authorities.iter().any(|a| a.from == refusal.notice.from);
    let sent = n.certificate(refusal.refused).is_some();
    if refusal.refused != Role::Initiator || !refusal.signs(case) || asked || sent {
        return None;
    }
    let (i, r) = sides(case);
    let what = format!(
        "{i} proved its identity with a signature. {r} had asked for no certificate in IKE_SA_INIT, as responders do that expect a \
         pre-shared key or EAP, and {i} sent none; {r} answered with AUTHENTICATION_FAILED."
    );
    Some(finish(
        case,
        refusal,
        request,
        format!(
            "{i} authenticates with a certificate, and {r} seems to expect another way (a pre-shared key or EAP)."
        ),
        &what,
        0.7,
        &[RuleId::CertificateRejected, RuleId::IdentityRejected],
    ))
}

fn finish(
    case: &Case<'_>,
    refusal: &RefusedProof<'_>,
    request: &Event,
    summary: String,
    what: &str,
    confidence: f64,
    or: &[RuleId],
) -> Finding {
    Finding::new(&RULE, refusal.notice.place, summary)
        .sure(confidence, Basis::Decrypted)
        .settled(true)
        .blame(Blame::Either)
        .with([request.place()])
        .differs(&[Attribute::AuthMethod])
        .because(format!("Algorithms were agreed in IKE_SA_INIT. {what}"))
        .or(or)
        .or(&[RuleId::AuthenticationFailed])
        .fix(fixes(case))
        .settle(cookbook::log(case, Role::Responder))
}

fn fixes(case: &Case<'_>) -> [String; 2] {
    let (i, r) = sides(case);
    [
        format!(
            "On {i}: choose the way of authenticating that {r} is set up for.{}",
            cookbook::how(case, Role::Initiator, cookbook::Topic::AuthMethod)
        ),
        format!(
            "Or on {r}: allow {i}'s way for this connection.{}",
            cookbook::how(case, Role::Responder, cookbook::Topic::AuthMethod)
        ),
    ]
}

fn sides(case: &Case<'_>) -> (String, String) {
    (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::made::{Made, NO_PROPOSAL_CHOSEN, PSK, RSA_SIGNATURES};

    #[test]
    fn a_responder_that_accepted_the_same_algorithms_with_another_method_teaches_it() {
        let mut made = Made::up((64, 63));
        made.refused(5000, RSA_SIGNATURES, NO_PROPOSAL_CHOSEN);
        assert_eq!(made.verdicts(), [RuleId::Established, RuleId::AuthMethodMismatch]);
        let mut made = Made::up((64, 63));
        made.refused(5000, PSK, NO_PROPOSAL_CHOSEN);
        assert_ne!(made.verdicts()[1], RuleId::AuthMethodMismatch);
        let mut made = Made::new();
        made.refused(0, RSA_SIGNATURES, NO_PROPOSAL_CHOSEN);
        assert_ne!(made.verdicts()[0], RuleId::AuthMethodMismatch);
    }
}
