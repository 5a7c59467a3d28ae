//! `certificate-rejected`: one side does not accept the other's certificate.

use der::DateTime;

use super::refused_proof::{self, RefusedProof};
use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::proof::{Authority, Certificate};
use crate::negotiation::{Place, Role, Version};
use crate::wire::text;

pub(super) static RULE: Rule = Rule {
    id: RuleId::CertificateRejected,
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The peer's certificate was rejected",
    documentation: Documentation {
        means: "One side does not accept the certificate the other proves its identity with: it has expired, is of an authority \
                that is not trusted, names somebody else, or was not sent at all.",
        evidence: "AUTHENTICATION_FAILED (IKEv2) or an error about certificates (IKEv1), and a certificate that can be read (with \
                   keys, or in Aggressive Mode) with a flaw that explains it: validity against the clock of the capture, names \
                   against the identity, issuer against the authorities the other side named.",
        why: "Certificates expire; a new one was made by another authority; the address or name users dial is not among the \
              subject alternative names; certificates are sent only when asked for; a clock is wrong.",
        fix: "Issue a certificate that is valid, names the identity in use and is of an authority the other side trusts.",
        not: "authentication-failed: without keys the refusal looks the same, whatever its cause.",
        references: &[
            "RFC 7296 3.6, 3.7",
            "RFC 4945 3, 5",
            "RFC 2408 3.14.1",
            "strongSwan credential_manager.c, ike_cert_pre.c",
        ],
    },
    needs: &[Facts::V1.and(Facts::ERROR), Facts::ERROR.and(Facts::INSIDE)],
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    let refusal = refused_proof::of(case)?;
    named(case, &refusal).or_else(|| flawed(case, &refusal))
}

/// What is wrong with a certificate, as far as it explains the refusal.
struct Flaw {
    /// `{r} refused {i}'s certificate: ...`
    summary: String,
    reason: String,
    attribute: &'static str,
    confidence: f64,
    place: Option<Place>,
    /// What to change, and on which side.
    fix: String,
}

/// IKEv1 has errors that name the certificate.
fn named(case: &Case<'_>, refusal: &RefusedProof<'_>) -> Option<Finding> {
    if case.n.version != Version::V1 || !refused_proof::is_about_certificate(refusal.notice) {
        return None;
    }
    let (refusing, refused) = sides(case, refusal);
    let error = words::notify(case.n, refusal.notice.kind);
    let flaw = Flaw {
        summary: format!("{refusing} rejected {refused}'s certificate: {error}."),
        reason: format!("{refusing} answered with {error}, which is about {refused}'s certificate."),
        attribute: "certificate",
        confidence: if refusal.notice.decrypted { 0.96 } else { 0.88 },
        place: None,
        fix: format!(
            "On {refused}: use a certificate that is valid and of an authority {refusing} trusts; on {refusing}: trust that authority."
        ),
    };
    Some(finish(case, refusal, flaw))
}

fn flawed(case: &Case<'_>, refusal: &RefusedProof<'_>) -> Option<Finding> {
    if !refusal.signs(case) {
        return None;
    }
    let flaw = match case.n.certificate(refusal.refused) {
        Some(certificate) => validity(case, refusal, certificate)
            .or_else(|| name(case, refusal, certificate))
            .or_else(|| authority(case, refusal, certificate))?,
        None => missing(case, refusal)?,
    };
    Some(finish(case, refusal, flaw))
}

fn validity(case: &Case<'_>, refusal: &RefusedProof<'_>, c: &Certificate) -> Option<Flaw> {
    let now = refusal.notice.time;
    let (what, reason) = if now > c.not_after {
        ("has expired", format!("was valid until {}", date(c.not_after)))
    } else if now < c.not_before {
        (
            "is not valid yet",
            format!("is valid from {}", date(c.not_before)),
        )
    } else {
        return None;
    };
    let (refusing, refused) = sides(case, refusal);
    Some(Flaw {
        summary: format!("{refusing} rejected {refused}'s certificate: it {what} ({reason})."),
        reason: format!(
            "{refused}'s certificate ({}) {reason}, and the capture was taken at {}.",
            c.stands_for(),
            date(now)
        ),
        attribute: "certificate-validity",
        confidence: 0.95,
        place: Some(c.place),
        fix: format!(
            "On {refused}: install a renewed certificate. If the dates look right, set the clocks of both sides (NTP)."
        ),
    })
}

/// The initiator may name the responder it wants; a responder with a certificate for somebody else gives that name.
fn name(case: &Case<'_>, refusal: &RefusedProof<'_>, c: &Certificate) -> Option<Flaw> {
    let n = case.n;
    let (refusing, refused) = sides(case, refusal);
    let given = n.identity(refusal.refused)?;
    let wanted = n
        .identities
        .iter()
        .find(|i| i.of == refusal.refused && i.from != refusal.refused)
        .unwrap_or(given);
    if c.names(wanted) {
        return None;
    }
    let told = if wanted == given {
        format!(
            "{refused} says it is {} and shows a certificate that does not name it",
            given.value()
        )
    } else {
        format!(
            "{refusing} asked for {}, and {refused} answered as {}",
            wanted.value(),
            given.value()
        )
    };
    Some(Flaw {
        summary: format!(
            "{refusing} rejected {refused}'s certificate: it is for {}, not for {}.",
            c.stands_for(),
            wanted.value()
        ),
        reason: format!("{told}; its certificate stands for {}.", c.stands_for()),
        attribute: "identity",
        confidence: 0.88,
        place: Some(c.place),
        fix: format!(
            "On {refused}: install a certificate with {} among its subject alternative names. Or on {refusing}: connect to, and \
             expect, the name in the certificate.",
            wanted.value()
        ),
    })
}

/// The authorities the refusing side named are not the certificate's.
fn authority(case: &Case<'_>, refusal: &RefusedProof<'_>, c: &Certificate) -> Option<Flaw> {
    let (refusing, refused) = sides(case, refusal);
    let by = |role: Role| case.n.authorities.iter().filter(move |a| a.from == role);
    let trusted: Vec<&Authority> = by(refusal.notice.from).collect();
    let own: Vec<&Authority> = by(refusal.refused).collect();
    let names: Vec<&str> = trusted.iter().filter_map(|a| a.name.as_deref()).collect();
    let issuer = text::shown(c.issuer.chars());
    let (confidence, reason) = if !names.is_empty() {
        // IKEv1 names its authorities; an intermediate one may still stand between.
        if names.contains(&issuer.as_str()) {
            return None;
        }
        (
            0.88,
            format!("{refusing} asked for a certificate of {}", words::list(&names)),
        )
    } else if !trusted.is_empty()
        && !own.is_empty()
        && trusted.iter().all(|t| own.iter().all(|o| o.digest != t.digest))
    {
        let reason = format!(
            "The authorities that {refusing} and {refused} name in their certificate requests have none in common (IKEv2 names them \
             by a hash)"
        );
        (0.8, reason)
    } else {
        return None;
    };
    Some(Flaw {
        summary: format!(
            "{refusing} rejected {refused}'s certificate: its authority ({issuer}) is not one that {refusing} trusts."
        ),
        reason: format!(
            "{reason}; {refused}'s certificate ({}) is of {issuer}.",
            c.stands_for()
        ),
        attribute: "certificate-authority",
        confidence,
        place: trusted.first().map(|a| a.place),
        fix: format!(
            "On {refusing}: trust the authority {issuer}, if it is yours. Or on {refused}: install a certificate of an authority that \
             {refusing} trusts, with the intermediate certificates."
        ),
    })
}

/// A signature without the certificate it is to be checked with.
fn missing(case: &Case<'_>, refusal: &RefusedProof<'_>) -> Option<Flaw> {
    let (refusing, refused) = sides(case, refusal);
    let request = case
        .n
        .authorities
        .iter()
        .find(|a| a.from == refusal.notice.from)?;
    // In IKEv1 the signature itself may be beyond what was decrypted.
    case.n.identity(refusal.refused)?;
    Some(Flaw {
        summary: format!("{refused} sent no certificate, and {refusing} could not check its signature."),
        reason: format!("{refusing} asked for a certificate; {refused} signed, but sent none."),
        attribute: "certificate",
        confidence: 0.82,
        place: Some(request.place),
        fix: format!(
            "On {refused}: send the certificate (strongSwan: send_cert = always; Libreswan: leftsendcert=always)."
        ),
    })
}

fn finish(case: &Case<'_>, refusal: &RefusedProof<'_>, flaw: Flaw) -> Finding {
    let notice = refusal.notice;
    let basis = if notice.decrypted {
        Basis::Decrypted
    } else {
        Basis::Observed
    };
    let (refusing, refused) = sides(case, refusal);
    let blame = match refusal.refused {
        Role::Initiator => Blame::Initiator,
        Role::Responder => Blame::Responder,
    };
    Finding::new(&RULE, notice.place, flaw.summary)
        .sure(flaw.confidence, basis)
        .settled(true)
        .blame(blame)
        .with(flaw.place)
        .because(format!(
            "Algorithms were agreed. {refused} proved its identity with a certificate; {refusing} answered with {}. {} The error \
             itself does not name its cause; this is what the capture shows that explains it.",
            words::notify(case.n, notice.kind),
            flaw.reason
        ))
        .attribute(flaw.attribute)
        .or(&[RuleId::IdentityRejected, RuleId::AuthenticationFailed])
        .fix([flaw.fix])
        .settle(format!(
            "{}: \"no trusted ... public key found\", \"certificate invalid\", \"no issuer certificate found\"",
            cookbook::log(case, notice.from)
        ))
}

/// The refusing and the refused side in words.
fn sides(case: &Case<'_>, refusal: &RefusedProof<'_>) -> (String, String) {
    (
        words::peer(case, refusal.notice.from),
        words::peer(case, refusal.refused),
    )
}

/// A moment in words: `2026-01-01T12:00:00Z`.
fn date(nanoseconds: i64) -> String {
    let seconds = u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(0);
    DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))
        .map_or_else(|_| "a time out of range".to_owned(), |moment| moment.to_string())
}
