//! `auth-method-mismatch`: the two sides want to authenticate in different ways.

use super::cookbook::{self, Topic};
use super::evidence;
use super::refusal;
use super::refused_proof::{self, RefusedProof};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::offer::{Attribute, Choice, Suite};
use crate::negotiation::{Role, Version, exchange};

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
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// What shows that the ways differ.
enum Sign {
    /// IKEv1: the responder is known to use another way than the one that was offered.
    Learned {
        offered: Option<Choice>,
        used: Option<Choice>,
    },
    /// IKEv2: the initiator asks for EAP, and the responder does not begin it.
    EapWanted,
    /// IKEv2: the initiator signs, and nobody asked for a certificate.
    NothingAskedFor,
}

fn find(case: &Case<'_>) -> Option<Found<Sign>> {
    match case.n.version {
        Version::V1 => learned(case),
        Version::V2 => {
            let refusal = refused_proof::of(case).filter(|x| x.refused == Role::Initiator)?;
            eap_wanted(case, &refusal).or_else(|| nothing_asked_for(case, &refusal))
        }
    }
}

/// IKEv1: of all offers and all that the responder is known to accept, the method differs in each pair, and nothing else.
fn learned(case: &Case<'_>) -> Option<Found<Sign>> {
    let causes = refusal::causes(case).filter(|c| c.differs == [Attribute::AuthMethod])?;
    let (acceptable, miss) = causes.nearest()?;
    let method = |suite: Option<&Suite>| suite?.of(Attribute::AuthMethod).next().copied();
    let sign = Sign::Learned {
        offered: method(case.n.offers().get(miss.offered)),
        used: method(acceptable.suites.get(miss.acceptable)),
    };
    let finding = Finding::of(&RULE, causes.refusal.notice.place)
        // Above ike-proposal-mismatch, which rests on the same evidence and says less.
        .sure((causes.proposal + 0.01).min(0.95), Basis::Learned)
        .settled(refusal::is_settled(case))
        .blame(Blame::Either)
        .with([causes.refusal.of.place()])
        .with(causes.places())
        .differs(&causes.differs)
        .or(&[RuleId::IkeProposalMismatch, RuleId::NoMatchingConnection]);
    Some(finding.having(sign))
}

/// IKEv2: an initiator that leaves AUTH out of its first request wants EAP (RFC 7296 2.16).
fn eap_wanted(case: &Case<'_>, refusal: &RefusedProof<'_>) -> Option<Found<Sign>> {
    let n = case.n;
    let read = n.identity(Role::Initiator).is_some();
    let rounds = n
        .events()
        .filter(|e| e.exchange == exchange::IKE_AUTH && e.position == 1)
        .count();
    let proved = n.proofs.iter().any(|p| p.from == Role::Initiator);
    if !read || proved || rounds != 1 {
        return None;
    }
    let finding = refused(case, refusal, 0.85)?.or(&[RuleId::IdentityRejected, RuleId::AuthenticationFailed]);
    Some(finding.having(Sign::EapWanted))
}

/// IKEv2: a signature, its certificate held back because nobody asked for one.
fn nothing_asked_for(case: &Case<'_>, refusal: &RefusedProof<'_>) -> Option<Found<Sign>> {
    let n = case.n;
    let asked = n.authorities.iter().any(|a| a.from == refusal.notice.from);
    let sent = n.certificate(refusal.refused).is_some();
    if !refusal.signs(case) || asked || sent {
        return None;
    }
    let finding = refused(case, refusal, 0.7)?.or(&[
        RuleId::CertificateRejected,
        RuleId::IdentityRejected,
        RuleId::AuthenticationFailed,
    ]);
    Some(finding.having(Sign::NothingAskedFor))
}

/// What the initiator sent in its first IKE_AUTH request was refused.
fn refused(case: &Case<'_>, refusal: &RefusedProof<'_>, confidence: f64) -> Option<Finding> {
    let request = case.n.find(exchange::IKE_AUTH, 1, Role::Initiator)?;
    let finding = Finding::of(&RULE, refusal.notice.place)
        .sure(confidence, Basis::Decrypted)
        .settled(true)
        .blame(Blame::Either)
        .with([request.place()])
        .differs(&[Attribute::AuthMethod]);
    Some(finding)
}

fn tell(case: &Case<'_>, found: &Found<Sign>) -> Words {
    let (i, r) = words::peers(case);
    let told = match &found.facts {
        Sign::Learned { offered, used } => {
            let label = |method: &Option<Choice>| method.as_ref().map_or_else(String::new, Choice::label);
            let (mine, theirs) = (label(offered), label(used));
            Words::new(format!(
                "{i} wants to authenticate by {mine}, and {r} is known to use {theirs}."
            ))
            .because(format!(
                "In IKEv1 the authentication method is part of the offer. {i} offered {mine} only; {r} answered with \
                 NO-PROPOSAL-CHOSEN. Elsewhere in this capture {r} agreed to {theirs} with otherwise the same algorithms."
            ))
        }
        Sign::EapWanted => Words::new(format!(
            "{i} wants to log in with EAP (user name), and {r} does not offer that to it."
        ))
        .because(format!(
            "Algorithms were agreed in IKE_SA_INIT. {i}'s first IKE_AUTH request names its identity and has no AUTH payload: it asks to \
             be authenticated by EAP (user name and password, or whatever EAP method {r} chooses). {r} did not begin EAP but answered \
             with AUTHENTICATION_FAILED."
        )),
        Sign::NothingAskedFor => Words::new(format!(
            "{i} authenticates with a certificate, and {r} seems to expect another way (a pre-shared key or EAP)."
        ))
        .because(format!(
            "Algorithms were agreed in IKE_SA_INIT. {i} proved its identity with a signature. {r} had asked for no certificate in \
             IKE_SA_INIT, as responders do that expect a pre-shared key or EAP, and {i} sent none; {r} answered with \
             AUTHENTICATION_FAILED."
        )),
    };
    let (theirs, mine) = (
        format!("choose the authentication method that {r} is set up for."),
        format!("allow the method that {i} uses for this connection."),
    );
    told.fix([
        cookbook::on(case, Role::Initiator, Topic::AuthMethod, theirs),
        cookbook::or_on(case, Role::Responder, Topic::AuthMethod, mine),
    ])
    .settle(evidence::log(case, Role::Responder))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, PSK, RSA_SIGNATURES};

    #[test]
    fn a_responder_that_accepted_the_same_algorithms_with_another_method_teaches_it() {
        let mut made = Made::up((64, 63));
        made.refused(5000, RSA_SIGNATURES, NO_PROPOSAL_CHOSEN);
        let finding = made.fires(RuleId::AuthMethodMismatch);
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Learned));
        assert_eq!(*finding.attributes, ["auth-method"]);
        let mut made = Made::up((64, 63));
        made.refused(5000, PSK, NO_PROPOSAL_CHOSEN);
        made.quiet(RuleId::AuthMethodMismatch);
        let mut made = Made::new();
        made.refused(0, RSA_SIGNATURES, NO_PROPOSAL_CHOSEN);
        made.quiet(RuleId::AuthMethodMismatch);
    }
}
