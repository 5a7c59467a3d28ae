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
        Flaw::Named => (CERTIFICATE, if notice.decrypted { 0.96 } else { 0.88 }),
        Flaw::Expired(_) | Flaw::NotYetValid(_) => (VALIDITY, 0.95),
        Flaw::OtherName { .. } => (NAME, 0.88),
        Flaw::OtherAuthority { names, .. } => (AUTHORITY, if names.is_empty() { 0.8 } else { 0.88 }),
        Flaw::Missing(_) => (CERTIFICATE, 0.82),
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

/// What of a certificate is not accepted: the contract's attributes, and none where it was not sent.
const VALIDITY: &str = "certificate-validity";
const AUTHORITY: &str = "certificate-authority";
const NAME: &str = "identity";
const CERTIFICATE: &str = "certificate";
const MISSING: &str = "";

/// What to change where this side does not accept the other's certificate for this reason, whoever found that out.
pub(crate) fn steps(case: &Case<'_>, trusting: Role, attribute: &str) -> Vec<Step> {
    let shown = trusting.other();
    let (refusing, refused) = (words::peer(case, trusting), words::peer(case, shown));
    match attribute {
        VALIDITY => vec![
            Step::on(case, shown, "install a renewed certificate."),
            Step::on(
                case,
                trusting,
                "if the dates of the certificate look right, set the clock (NTP).",
            ),
        ],
        NAME => vec![
            Step::on(
                case,
                shown,
                format!(
                    "install a certificate that has the name {refusing} expects among its subject alternative names."
                ),
            ),
            Step::or_on(
                case,
                trusting,
                "connect to, and expect, the name in the certificate.",
            ),
        ],
        AUTHORITY => vec![
            Step::on(
                case,
                trusting,
                format!("trust the authority of the certificate of {refused}, if it is yours."),
            ),
            Step::or_on(
                case,
                shown,
                format!(
                    "install a certificate of an authority that {refusing} trusts, with the intermediate certificates."
                ),
            ),
        ],
        MISSING => vec![Step::on(
            case,
            shown,
            "send the certificate (strongSwan: send_cert = always; Libreswan: leftsendcert=always).",
        )],
        _ => vec![
            Step::on(
                case,
                shown,
                format!(
                    "use a certificate that is valid and of an authority {refusing} trusts, and send it."
                ),
            ),
            Step::or_on(
                case,
                trusting,
                format!("trust the authority of the certificate of {refused}, if it is yours."),
            ),
        ],
    }
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
        steps: steps(case, trusting, VALIDITY),
    };
    match flaw {
        Flaw::Named => Told {
            what: format!("{refusing} rejected {refused}'s certificate: {error}."),
            reason: format!("{refusing} answered with {error}, which is about {refused}'s certificate."),
            steps: steps(case, trusting, CERTIFICATE),
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
            steps: steps(case, trusting, MISSING),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::{exchange, notify};
    use crate::tests::made::{Made, PSK, RSA_SIGNATURES};
    use ikewhy_testkit::contents::{Certificate, Payload, name, v1, v2};
    use ikewhy_testkit::packets::payloads;

    /// ID_FQDN (RFC 7296 3.5; RFC 2407 4.6.2.1 has the same number).
    const FQDN: u8 = 2;
    /// Authentication methods of IKEv2 (RFC 7296 3.8).
    const RSA: u8 = 1;
    const SHARED_KEY: u8 = 2;

    /// Nothing is wrong with it: captures begin on the first of January 2026.
    const SOUND: Certificate<'_> = Certificate {
        subject: "client",
        issuer: "Lab CA",
        valid: ["250101000000Z", "300101000000Z"],
        dns: "client.example",
    };

    /// What the client shows of itself, and which authorities each side asks for.
    struct Shown<'a> {
        certificate: Option<Certificate<'a>>,
        name: &'a [u8],
        method: u8,
        asked: [Option<u8>; 2],
    }

    const ALL_IS_WELL: Shown<'_> = Shown {
        certificate: Some(SOUND),
        name: b"client.example",
        method: RSA,
        asked: [Some(1), Some(1)],
    };

    /// IKE_AUTH of IKEv2 that the server refuses (RFC 7296 2.21.2).
    fn refused(shown: &Shown<'_>) -> Made {
        let request = |authority: Option<u8>| authority.map(|a| v2::certificate_request(&[[a; 20]]));
        let [client, server] = shown.asked.map(request);
        let mut made = Made::new();
        made.sa_init(0, true, &[]);
        made.sa_init(10, false, server.as_slice());
        let mut contents = vec![v2::id_i(FQDN, shown.name)];
        contents.extend(shown.certificate.map(|c| v2::certificate(&c.der())));
        contents.extend(client);
        contents.extend([v2::auth(shown.method), v2::child_offer(256, None)]);
        made.ikev2_holding(20, true, (exchange::IKE_AUTH, false, 1), &contents);
        let error = [v2::notify(notify::AUTHENTICATION_FAILED, &[])];
        made.ikev2_holding(30, false, (exchange::IKE_AUTH, true, 1), &error);
        made
    }

    #[track_caller]
    fn fires(shown: &Shown<'_>, attribute: &str) {
        let finding = refused(shown).fires(RuleId::CertificateRejected);
        assert_eq!(
            (finding.blame, finding.basis),
            (Blame::Initiator, Basis::Decrypted)
        );
        assert_eq!(*finding.attributes, [attribute]);
    }

    fn with(certificate: Certificate<'_>) -> Shown<'_> {
        let certificate = Some(certificate);
        Shown {
            certificate,
            ..ALL_IS_WELL
        }
    }

    #[test]
    fn nothing_is_said_of_a_certificate_without_a_flaw() {
        let verdicts = refused(&ALL_IS_WELL).quiet(RuleId::CertificateRejected);
        assert_eq!(verdicts, [RuleId::AuthenticationFailed]);
    }

    #[test]
    fn out_of_its_time() {
        for valid in [
            ["240101000000Z", "251231235959Z"],
            ["260101000100Z", "300101000000Z"],
        ] {
            fires(&with(Certificate { valid, ..SOUND }), "certificate-validity");
        }
        // Whoever proves itself by a pre-shared key is not judged by a certificate.
        let valid = ["240101000000Z", "251231235959Z"];
        let method = SHARED_KEY;
        let shown = Shown {
            method,
            ..with(Certificate { valid, ..SOUND })
        };
        refused(&shown).quiet(RuleId::CertificateRejected);
    }

    #[test]
    fn for_somebody_else() {
        fires(
            &Shown {
                name: b"other.example",
                ..ALL_IS_WELL
            },
            "identity",
        );
        // Names of hosts have no case (RFC 4343).
        refused(&Shown {
            name: b"CLIENT.example",
            ..ALL_IS_WELL
        })
        .quiet(RuleId::CertificateRejected);
    }

    #[test]
    fn of_an_authority_that_the_other_side_does_not_name() {
        fires(
            &Shown {
                asked: [Some(1), Some(2)],
                ..ALL_IS_WELL
            },
            "certificate-authority",
        );
        // Who names none trusts whomever it likes.
        for asked in [[Some(1), None], [None, Some(2)]] {
            refused(&Shown { asked, ..ALL_IS_WELL }).quiet(RuleId::CertificateRejected);
        }
    }

    #[test]
    fn not_sent() {
        let certificate = None;
        fires(
            &Shown {
                certificate,
                ..ALL_IS_WELL
            },
            "certificate",
        );
        // Where nobody asks for one, none has to be sent.
        let asked = [None, None];
        refused(&Shown {
            certificate,
            asked,
            ..ALL_IS_WELL
        })
        .quiet(RuleId::CertificateRejected);
        let method = SHARED_KEY;
        refused(&Shown {
            certificate,
            method,
            ..ALL_IS_WELL
        })
        .quiet(RuleId::CertificateRejected);
    }

    /// IKE_AUTH that the server accepts, with this certificate of its own; the client objects, or does not.
    fn server_with(certificate: Certificate<'_>, objects: bool) -> Made {
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        let client = [
            v2::id_i(FQDN, b"client.example"),
            v2::auth(SHARED_KEY),
            v2::child_offer(256, None),
        ];
        let shown = [
            v2::id_r(FQDN, b"client.example"),
            v2::certificate(&certificate.der()),
            v2::auth(RSA),
        ];
        let server = [&shown[..], &[v2::child_offer(256, None)]].concat();
        made.ikev2_holding(20, true, (exchange::IKE_AUTH, false, 1), &client);
        made.ikev2_holding(30, false, (exchange::IKE_AUTH, true, 1), &server);
        let error = [v2::notify(notify::AUTHENTICATION_FAILED, &[])];
        if objects {
            made.ikev2_holding(40, true, (exchange::INFORMATIONAL, false, 2), &error);
        }
        made
    }

    #[test]
    fn the_client_refuses_the_certificate_of_the_server() {
        let expired = Certificate {
            valid: ["240101000000Z", "251231235959Z"],
            ..SOUND
        };
        let finding = server_with(expired, true).fires(RuleId::CertificateRejected);
        assert_eq!((finding.blame, finding.frame), (Blame::Responder, 5));
        // A client may take it all the same.
        server_with(expired, false).quiet(RuleId::CertificateRejected);
        server_with(SOUND, true).quiet(RuleId::CertificateRejected);
    }

    /// Main Mode in which the server asks for certificates of this authority, up to the client's proof.
    fn main_mode(method: u16, authority: &str) -> Made {
        let mut made = Made::new();
        made.method = method;
        for n in 0..3 {
            made.main_mode_message(n, (64, 63));
        }
        let keys = [
            (4, vec![1; 256]),
            (10, vec![2; 20]),
            v1::certificate_request(&name(authority)),
        ];
        let step = (4, exchange::MAIN_MODE, 0, 0);
        made.isakmp(30, false, (64, 63), step, &payloads(&keys));
        let identity = v1::identity(FQDN, 0, 0, b"client.example");
        let proof = [identity, v1::certificate(&SOUND.der()), v1::signature()];
        made.ikev1_holding(40, true, (exchange::MAIN_MODE, 0), &proof);
        made
    }

    /// Errors of IKEv1 (RFC 2408 3.14.1).
    const ABOUT_CERTIFICATES: [u16; 5] = [
        notify::V1_INVALID_CERT_ENCODING,
        notify::V1_INVALID_CERTIFICATE,
        notify::V1_CERT_TYPE_UNSUPPORTED,
        notify::V1_INVALID_CERT_AUTHORITY,
        notify::V1_CERTIFICATE_UNAVAILABLE,
    ];

    fn in_clear(made: &mut Made, error: u16) {
        let step = (11, exchange::V1_INFORMATIONAL, 0, 9);
        made.isakmp(50, false, (64, 63), step, &payloads(&[v1::notify(error)]));
    }

    fn encrypted(made: &mut Made, error: u16) {
        let contents: [Payload; 2] = [v1::hash(), v1::notify(error)];
        made.ikev1_holding(50, false, (exchange::V1_INFORMATIONAL, 9), &contents);
    }

    #[test]
    fn ikev1_has_errors_that_say_so() {
        for error in ABOUT_CERTIFICATES {
            for (say, basis) in [
                (in_clear as fn(&mut Made, u16), Basis::Observed),
                (encrypted, Basis::Decrypted),
            ] {
                let mut made = main_mode(RSA_SIGNATURES, "Lab CA");
                say(&mut made, error);
                let finding = made.fires(RuleId::CertificateRejected);
                assert_eq!(
                    (finding.blame, finding.basis),
                    (Blame::Initiator, basis),
                    "{error}"
                );
                assert_eq!(*finding.attributes, ["certificate"]);
            }
        }
    }

    #[test]
    fn ikev1_names_authorities() {
        let of = |authority| {
            let mut made = main_mode(RSA_SIGNATURES, authority);
            encrypted(&mut made, notify::AUTHENTICATION_FAILED);
            made
        };
        let finding = of("Other CA").fires(RuleId::CertificateRejected);
        assert_eq!(
            (finding.blame, finding.basis),
            (Blame::Initiator, Basis::Decrypted)
        );
        assert_eq!(*finding.attributes, ["certificate-authority"]);
        of("Lab CA").quiet(RuleId::CertificateRejected);
        // With a pre-shared key the same error is about that.
        let mut made = main_mode(PSK, "Other CA");
        encrypted(&mut made, notify::AUTHENTICATION_FAILED);
        made.quiet(RuleId::CertificateRejected);
    }
}
