//! `certificate-rejected`: one side does not accept the other's certificate.

use super::evidence;
use super::refused_proof::{self, RefusedProof};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::proof::{Authority, Certificate, Identity};
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
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// A certificate that was refused.
struct Rejected<'a> {
    refusal: RefusedProof<'a>,
    flaw: Flaw<'a>,
}

/// What is wrong with a certificate, as far as it explains the refusal.
enum Flaw<'a> {
    /// IKEv1: the error itself is about the certificate.
    Named,
    /// It was valid before the capture.
    Expired(&'a Certificate),
    /// It is valid after the capture.
    NotYetValid(&'a Certificate),
    /// It does not name `wanted`, whom the refusing side expects; the refused side says it is `given`.
    OtherName {
        certificate: &'a Certificate,
        given: &'a Identity,
        wanted: &'a Identity,
    },
    /// It is of none of the authorities that the refusing side asked for, whose names only IKEv1 gives.
    OtherAuthority {
        certificate: &'a Certificate,
        place: Place,
        names: Vec<&'a str>,
    },
    /// It was asked for here, and not sent.
    Missing(Place),
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Rejected<'a>>> {
    let refusal = refused_proof::of(case)?;
    let notice = refusal.notice;
    let flaw = if case.n.version == Version::V1 && refused_proof::is_about_certificate(notice) {
        Flaw::Named
    } else {
        flaw(case, &refusal)?
    };
    let basis = if notice.decrypted {
        Basis::Decrypted
    } else {
        Basis::Observed
    };
    let blame = Blame::of(refusal.refused);
    let (attribute, confidence) = match &flaw {
        Flaw::Named => ("certificate", if notice.decrypted { 0.96 } else { 0.88 }),
        Flaw::Expired(_) | Flaw::NotYetValid(_) => ("certificate-validity", 0.95),
        Flaw::OtherName { .. } => ("identity", 0.88),
        Flaw::OtherAuthority { names, .. } => {
            ("certificate-authority", if names.is_empty() { 0.8 } else { 0.88 })
        }
        Flaw::Missing(_) => ("certificate", 0.82),
    };
    let place = match &flaw {
        Flaw::Named => None,
        Flaw::Expired(certificate) | Flaw::NotYetValid(certificate) | Flaw::OtherName { certificate, .. } => {
            Some(certificate.place)
        }
        Flaw::OtherAuthority { place, .. } | Flaw::Missing(place) => Some(*place),
    };
    let finding = Finding::of(&RULE, notice.place)
        .sure(confidence, basis)
        .settled(true)
        .blame(blame)
        .with(place)
        .attribute(attribute)
        .or(&[RuleId::IdentityRejected, RuleId::AuthenticationFailed]);
    Some(finding.having(Rejected { refusal, flaw }))
}

/// What the capture shows that explains an error which does not name its cause.
fn flaw<'a>(case: &Case<'a>, refusal: &RefusedProof<'a>) -> Option<Flaw<'a>> {
    if !refusal.signs(case) {
        return None;
    }
    match case.n.certificate(refusal.refused) {
        Some(certificate) => validity(refusal, certificate)
            .or_else(|| name(case, refusal, certificate))
            .or_else(|| authority(case, refusal, certificate)),
        None => missing(case, refusal),
    }
}

fn validity<'a>(refusal: &RefusedProof<'_>, c: &'a Certificate) -> Option<Flaw<'a>> {
    let now = refusal.notice.time;
    if now > c.not_after {
        Some(Flaw::Expired(c))
    } else if now < c.not_before {
        Some(Flaw::NotYetValid(c))
    } else {
        None
    }
}

/// The initiator may name the responder it wants; a responder with a certificate for somebody else gives that name.
fn name<'a>(case: &Case<'a>, refusal: &RefusedProof<'_>, certificate: &'a Certificate) -> Option<Flaw<'a>> {
    let given = case.n.identity(refusal.refused)?;
    let wanted = case
        .n
        .identities
        .iter()
        .find(|i| i.of == refusal.refused && i.from != refusal.refused)
        .unwrap_or(given);
    (!certificate.names(wanted)).then_some(Flaw::OtherName {
        certificate,
        given,
        wanted,
    })
}

/// The authorities the refusing side named are not the certificate's.
fn authority<'a>(case: &Case<'a>, refusal: &RefusedProof<'_>, c: &'a Certificate) -> Option<Flaw<'a>> {
    let n = case.n;
    let by = |role: Role| n.authorities.iter().filter(move |a| a.from == role);
    let trusted: Vec<&Authority> = by(refusal.notice.from).collect();
    let own: Vec<&Authority> = by(refusal.refused).collect();
    let names: Vec<&str> = trusted.iter().filter_map(|a| a.name.as_deref()).collect();
    let differs = if names.is_empty() {
        !own.is_empty() && trusted.iter().all(|t| own.iter().all(|o| o.digest != t.digest))
    } else {
        // IKEv1 names its authorities, as they are shown; an intermediate one may still stand between.
        !names.contains(&issuer(c).as_str())
    };
    let place = trusted.first().filter(|_| differs)?.place;
    Some(Flaw::OtherAuthority {
        certificate: c,
        place,
        names,
    })
}

/// The authority that made it.
fn issuer(c: &Certificate) -> String {
    text::shown(c.issuer.chars())
}

/// A signature without the certificate it is to be checked with.
fn missing<'a>(case: &Case<'a>, refusal: &RefusedProof<'_>) -> Option<Flaw<'a>> {
    let n = case.n;
    let request = n.authorities.iter().find(|a| a.from == refusal.notice.from)?;
    // In IKEv1 the signature itself may be beyond what was decrypted.
    n.identity(refusal.refused)?;
    Some(Flaw::Missing(request.place))
}

fn tell(case: &Case<'_>, found: &Found<Rejected<'_>>) -> Words {
    let refusal = &found.facts.refusal;
    let notice = refusal.notice;
    let (refusing, refused) = (words::peer(case, notice.from), words::peer(case, refusal.refused));
    let error = words::notify(case.n, notice.kind);
    let Told { what, reason, steps } = told(case, &found.facts, &error);
    Words::new(what)
        .because(format!(
            "Algorithms were agreed. {refused} proved its identity with a certificate; {refusing} answered with {error}. {reason} The \
             error itself does not name its cause; this is what the capture shows that explains it."
        ))
        .fix(steps)
        .settle(format!(
            "{}: \"no trusted ... public key found\", \"certificate invalid\", \"no issuer certificate found\"",
            evidence::log(case, notice.from)
        ))
}

/// A flaw in words.
struct Told {
    what: String,
    reason: String,
    steps: Vec<Step>,
}

fn told(case: &Case<'_>, rejected: &Rejected<'_>, error: &str) -> Told {
    let Rejected { refusal, flaw } = rejected;
    let (now, trusting, shown) = (refusal.notice.time, refusal.notice.from, refusal.refused);
    let (refusing, refused) = (words::peer(case, trusting), words::peer(case, shown));
    let validity = |c: &Certificate, what: &str, valid: String| Told {
        what: format!("{refusing} rejected {refused}'s certificate: it {what} ({valid})."),
        reason: format!(
            "{refused}'s certificate ({}) {valid}, and the capture was taken at {}.",
            c.stands_for(),
            case.moment(now)
        ),
        steps: vec![
            Step::on(case, shown, "install a renewed certificate."),
            Step::on(
                case,
                trusting,
                "if the dates of the certificate look right, set the clock (NTP).",
            ),
        ],
    };
    match flaw {
        Flaw::Named => Told {
            what: format!("{refusing} rejected {refused}'s certificate: {error}."),
            reason: format!("{refusing} answered with {error}, which is about {refused}'s certificate."),
            steps: vec![
                Step::on(
                    case,
                    shown,
                    format!("use a certificate that is valid and of an authority {refusing} trusts."),
                ),
                Step::or_on(
                    case,
                    trusting,
                    format!("trust the authority of {refused}'s certificate, if it is yours."),
                ),
            ],
        },
        Flaw::Expired(c) => validity(
            c,
            "has expired",
            format!("was valid until {}", case.moment(c.not_after)),
        ),
        Flaw::NotYetValid(c) => validity(
            c,
            "is not valid yet",
            format!("is valid from {}", case.moment(c.not_before)),
        ),
        Flaw::OtherName {
            certificate,
            given,
            wanted,
        } => {
            let (name, given_is, wanted_is) = (certificate.stands_for(), given.value(), wanted.value());
            let said = if wanted == given {
                format!("{refused} says it is {given_is} and shows a certificate that does not name it")
            } else {
                format!("{refusing} asked for {wanted_is}, and {refused} answered as {given_is}")
            };
            Told {
                what: format!(
                    "{refusing} rejected {refused}'s certificate: it is for {name}, not for {wanted_is}."
                ),
                reason: format!("{said}; its certificate stands for {name}."),
                steps: vec![
                    Step::on(
                        case,
                        shown,
                        format!(
                            "install a certificate with {wanted_is} among its subject alternative names."
                        ),
                    ),
                    Step::or_on(
                        case,
                        trusting,
                        "connect to, and expect, the name in the certificate.",
                    ),
                ],
            }
        }
        Flaw::OtherAuthority {
            certificate, names, ..
        } => {
            let issuer = issuer(certificate);
            let asked = if names.is_empty() {
                format!(
                    "The authorities that {refusing} and {refused} name in their certificate requests have none in common (IKEv2 \
                     names them by a hash)"
                )
            } else {
                format!("{refusing} asked for a certificate of {}", words::list(names))
            };
            Told {
                what: format!(
                    "{refusing} rejected {refused}'s certificate: its authority ({issuer}) is not one that {refusing} trusts."
                ),
                reason: format!(
                    "{asked}; {refused}'s certificate ({}) is of {issuer}.",
                    certificate.stands_for()
                ),
                steps: vec![
                    Step::on(
                        case,
                        trusting,
                        format!("trust the authority {issuer}, if it is yours."),
                    ),
                    Step::or_on(
                        case,
                        shown,
                        format!(
                            "install a certificate of an authority that {refusing} trusts, with the intermediate certificates."
                        ),
                    ),
                ],
            }
        }
        Flaw::Missing(_) => Told {
            what: format!("{refused} sent no certificate, and {refusing} could not check its signature."),
            reason: format!("{refusing} asked for a certificate; {refused} signed, but sent none."),
            steps: vec![Step::on(
                case,
                shown,
                "send the certificate (strongSwan: send_cert = always; Libreswan: leftsendcert=always).",
            )],
        },
    }
}
