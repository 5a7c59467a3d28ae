//! `authentication-failed`: authentication failed and the capture cannot say why.

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use super::{
    auth_method_mismatch, certificate_rejected, child_error, fifth_message, identity_rejected, refused_proof,
};
use crate::diagnosis::words;
use crate::negotiation::{Event, Place, Role, Sent, Version, exchange, notify, payload, shape};
use crate::wire::vendor::Product;

pub(super) static RULE: Rule = Rule {
    id: RuleId::AuthenticationFailed,
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "Authentication failed",
    documentation: Documentation {
        means: "One side refused the other's identity or proof of it. IKEv2 sends one and the same notification for a wrong \
                key, an unknown identity, an untrusted certificate and a method that is not allowed.",
        evidence: "IKEv2: an IKE_AUTH response whose first inner payload is a notification and that is too short for anything \
                   else; or an INFORMATIONAL with a notification from the initiator right after the response. IKEv1: an \
                   encrypted refusal of message 5 that does not tell keys from identities.",
        why: "Pre-shared keys differ, identities do not match in value or type, a certificate is not trusted, has expired or \
              names something else, or one side wants another method (EAP, certificate, pre-shared key).",
        fix: "Read the refusing side's log: it knows which.",
        not: "child-refused: there the response carries the responder's identity, and the IKE SA lives on.",
        references: &[
            "RFC 7296 1.2, 2.21.2, 3.14",
            "strongSwan ike_auth.c",
            "Libreswan ikev2_auth.c",
            "OpenIKED ikev2.c",
        ],
    },
    needs: &[Facts::FIFTH, Facts::UP, Facts::AUTH_ANSWERED, Facts::ERROR],
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    let finding = match case.n.version {
        Version::V2 => decrypted(case)
            .or_else(|| in_clear(case))
            .or_else(|| refused_by_responder(case))
            .or_else(|| refused_by_initiator(case)),
        Version::V1 => v1(case).or_else(|| v1_refused_by_initiator(case)),
    }?;
    // Where what was sent explains the refusal, the rule that says so knows more.
    let explains = |rule: &&Rule| (rule.check.find)(case).is_some_and(|f| f.basis == Basis::Decrypted);
    NAMED.iter().all(|rule| !explains(rule)).then_some(finding)
}

const CAUSES: &[RuleId] = &[
    RuleId::PskMismatch,
    RuleId::IdentityRejected,
    RuleId::AuthMethodMismatch,
    RuleId::CertificateRejected,
];

/// Rules that name a cause of a refusal that could be read.
const NAMED: [&Rule; 3] = [
    &certificate_rejected::RULE,
    &auth_method_mismatch::RULE,
    &identity_rejected::RULE,
];

/// An IKE_AUTH request of this size holds a certificate: identities, a signature and offers need less.
const HOLDS_CERTIFICATE: u32 = 900;
/// One below this size holds neither a certificate nor an RSA signature.
const HOLDS_NO_SIGNATURE: u32 = 450;

/// No IKE_AUTH response that says more than an error is longer, whatever the suite: AES-CBC with SHA2-512 needs 96.
const BARE_IN_ANY_SUITE: u32 = 100;

/// AUTHENTICATION_FAILED that was decrypted: certain, and still without a cause.
fn decrypted(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let notice = n
        .decrypted_errors()
        .find(|x| x.kind == notify::AUTHENTICATION_FAILED)?;
    // An initiator that got an error about the data tunnel and no proof says so in its turn: the first error is the cause.
    if !n.esp().is_empty() || child_error::of(case).is_some() {
        return None;
    }
    let (refusing, refused) = (
        words::peer(case, notice.from),
        words::peer(case, notice.from.other()),
    );
    Some(
        Finding::new(
            &RULE,
            notice.place,
            format!("{refusing} refused {refused}'s identity or its proof (key, certificate or password) with AUTHENTICATION_FAILED."),
        )
        .sure(0.97, Basis::Decrypted)
        .settled(true)
        .blame(Blame::Either)
        .because(format!(
            "Algorithms were agreed. {refused} sent its identity and proof; {refusing} answered with AUTHENTICATION_FAILED (decrypted). \
             This one notification stands for a wrong key, an unknown identity, an untrusted certificate and a method that is \
             not allowed; it never says which."
        ))
        .or(likeliest(case, notice.from))
        .fix([format!(
            "On {refusing}: read the log for the moment of frame {}; then mend what it names.{}",
            notice.place.frame,
            cookbook::how(case, notice.from, cookbook::Topic::Identity)
        )])
        .settle(cookbook::log(case, notice.from)),
    )
}

/// Causes in the order of their likelihood, by what the refused side proved its identity with.
fn likeliest(case: &Case<'_>, refusing: Role) -> &'static [RuleId] {
    let n = case.n;
    let asked = n.authorities.iter().any(|a| a.from == refusing);
    match n.proofs.iter().find(|p| p.from != refusing).map(|p| p.method) {
        Some(method) if refused_proof::SIGNATURES.contains(&method) => &[
            RuleId::CertificateRejected,
            RuleId::IdentityRejected,
            RuleId::AuthMethodMismatch,
        ],
        // Many responders ask for certificates whenever they know an authority, so this is no more than a hint.
        Some(_) if asked => &[
            RuleId::AuthMethodMismatch,
            RuleId::PskMismatch,
            RuleId::IdentityRejected,
        ],
        Some(_) => &[
            RuleId::PskMismatch,
            RuleId::IdentityRejected,
            RuleId::AuthMethodMismatch,
        ],
        None => CAUSES,
    }
}

/// AUTHENTICATION_FAILED without encryption, from a side that has no keys any more or never made them.
fn in_clear(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let notice = n
        .errors(Role::Responder)
        .find(|x| x.kind == notify::AUTHENTICATION_FAILED && x.exchange != exchange::IKE_SA_INIT)?;
    let went_on = n
        .events()
        .any(|e| e.exchange == exchange::IKE_AUTH && e.position == 2 && e.encrypted);
    if went_on || !n.esp().is_empty() {
        return None;
    }
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    Some(
        Finding::new(&RULE, notice.place, format!("{r} answered {i}'s authentication with AUTHENTICATION_FAILED, unencrypted."))
            .sure(0.85, Basis::Observed)
            .settled(true)
            .blame(Blame::Either)
            .with(n.find(exchange::IKE_AUTH, 1, Role::Initiator).map(Event::place))
            .because(format!(
                "Algorithms were agreed in IKE_SA_INIT. {i} sent its identity and proof in IKE_AUTH, and {r} answered in clear with \
                 AUTHENTICATION_FAILED: it could not read the message, or would not go on. An unencrypted notification is not \
                 authenticated."
            ))
            .or(CAUSES)
            .fix([format!("On {r}: read the log for the moment of frame {}.", notice.place.frame)])
            .settle(cookbook::log(case, Role::Responder)),
    )
}

/// The response holds a notification and nothing else.
pub(super) fn bare(case: &Case<'_>, e: &Event) -> bool {
    e.first_inner() == Some(payload::N)
        && shape::sizes(case.n).map_or(e.length <= BARE_IN_ANY_SUITE, |s| s.v2_is_bare_notify(e.length))
}

fn refused_by_responder(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let answer = n
        .events()
        .rev()
        .find(|e| e.exchange == exchange::IKE_AUTH && e.from == Role::Responder && e.position == 2)?;
    if !bare(case, answer) || n.esp_from(Role::Responder).is_some() {
        return None;
    }
    // OpenIKED answers so as well when it refuses the data tunnel: what the initiator does next tells.
    let also_child = case.product(Role::Responder) == Some(Product::OpenIked);
    let confidence = if objection(case, answer).is_some() {
        0.5
    } else {
        0.9
    };
    let rounds = n
        .events()
        .filter(|e| e.exchange == exchange::IKE_AUTH && e.from == Role::Responder)
        .count();
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let request = n.find(exchange::IKE_AUTH, 1, Role::Initiator);
    let (alternatives, hint): (Vec<RuleId>, &str) = if rounds > 1 {
        (
            [&[RuleId::EapFailed], CAUSES].concat(),
            " It came after several rounds of IKE_AUTH, as EAP has them: user name or password are likely.",
        )
    } else if request.is_some_and(|e| e.length >= HOLDS_CERTIFICATE) {
        (
            vec![
                RuleId::CertificateRejected,
                RuleId::IdentityRejected,
                RuleId::AuthMethodMismatch,
                RuleId::PskMismatch,
            ],
            " The request is large enough to hold a certificate, so the certificate, or the identity in it, is the likeliest cause.",
        )
    } else if n.certificate_requests > 0 && request.is_some_and(|e| e.length < HOLDS_NO_SIGNATURE) {
        (
            vec![
                RuleId::AuthMethodMismatch,
                RuleId::PskMismatch,
                RuleId::IdentityRejected,
                RuleId::CertificateRejected,
            ],
            " The responder asked for a certificate in IKE_SA_INIT, and the request is too small to hold one: the initiator may \
             use a pre-shared key or EAP where the responder wants another method.",
        )
    } else if n.certificate_requests > 0 {
        (
            vec![
                RuleId::CertificateRejected,
                RuleId::IdentityRejected,
                RuleId::AuthMethodMismatch,
                RuleId::PskMismatch,
            ],
            " The responder asked for certificates in IKE_SA_INIT, so certificates may be in use.",
        )
    } else {
        (CAUSES.to_vec(), "")
    };
    let announced = |role| n.peer(role).sent(Sent::PostQuantumKey);
    let post_quantum = match (announced(Role::Initiator), announced(Role::Responder)) {
        (true, true) => {
            " Both sides mix in a post-quantum pre-shared key (PPK): one that differs fails just like this."
        }
        (true, false) => {
            " The initiator offered a post-quantum pre-shared key (PPK) and the responder did not take that up: if it is required, that \
             alone makes them fail."
        }
        _ => "",
    };
    let mut f = Finding::new(&RULE, answer.place(), format!("{r} refused {i}'s identity or its proof (key, certificate or password); the refusal is encrypted and does not say which."))
        .sure(confidence, Basis::Inferred)
        .settled(!also_child)
        .blame(Blame::Either)
        .with(n.find(exchange::IKE_AUTH, 1, Role::Initiator).map(Event::place))
        .because(format!(
            "Algorithms were agreed in IKE_SA_INIT. {i} then sent its identity and proof in IKE_AUTH. The answer of {r} is \
             encrypted, but its first inner payload is a notification in place of the responder's identity, and at {} octets \
             it is too short for anything else: an error. Of the errors sent here nearly all are AUTHENTICATION_FAILED, which \
             stands for a wrong pre-shared key, an unknown identity, an untrusted certificate or a method that is not \
             allowed.{hint}{post_quantum}",
            answer.length
        ))
        .fix([
            format!(
                "On {r}: read the log for the moment of frame {}; then mend what it names: the key for this peer, the identity \
                 expected of it, the CA or the method.{}",
                answer.frame,
                cookbook::how(case, Role::Responder, cookbook::Topic::Identity)
            ),
            format!("On {i}: compare key, identity and method with what {r} expects.{}", cookbook::how(case, Role::Initiator, cookbook::Topic::PreSharedKey)),
        ])
        .settle(format!("{}; or the keys of this IKE SA in Wireshark's IKEv2 decryption table", cookbook::log(case, Role::Responder)));
    f.alternatives = alternatives.into();
    Some(f)
}

/// The initiator objects to a bare refusal. It has nothing to object to when the refusal is AUTHENTICATION_FAILED; but a
/// response with another error and without AUTH leaves it with a responder that has not proved who it is (strongSwan's
/// ike_auth.c sends its own AUTHENTICATION_FAILED then; OpenIKED answers so when it refuses the data tunnel).
pub(super) fn objection<'a>(case: &Case<'a>, answer: &Event) -> Option<&'a Event> {
    let n = case.n;
    n.events().find(|e| {
        e.frame > answer.frame
            && e.from == Role::Initiator
            && e.exchange == exchange::INFORMATIONAL
            && e.position == 1
            && e.first_inner() == Some(payload::N)
            && super::seconds(e.time - answer.time) < 3.0
    })
}

/// The response was good, and the initiator answered with an error: it does not accept the responder.
pub(super) fn refused_by_initiator(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let answer = n
        .events()
        .rev()
        .find(|e| e.exchange == exchange::IKE_AUTH && e.from == Role::Responder && e.position == 2)?;
    let objection = objection(case, answer)?;
    if !bare(case, objection)
        || !matches!(answer.first_inner(), Some(payload::ID_R | payload::AUTH))
        || n.esp_from(Role::Initiator).is_some()
    {
        return None;
    }
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    Some(
        Finding::new(&RULE, objection.place(), format!("{i} does not accept the identity or proof of {r} (its certificate, name or key) and broke off."))
            .sure(0.85, Basis::Inferred)
            .settled(true)
            .blame(Blame::Either)
            .with([answer.place()])
            .because(format!(
                "{r} accepted {i} and sent its own identity and proof in IKE_AUTH. {i} answered at once with an INFORMATIONAL \
                 that holds only a notification, and went no further: it refused {r}, not the other way round."
            ))
            .or(&[RuleId::CertificateRejected, RuleId::IdentityRejected, RuleId::PskMismatch, RuleId::AuthMethodMismatch])
            .fix([
                format!("On {i}: trust the CA of {r}, and expect the identity {r} sends (the name in its certificate).{}",
                    cookbook::how(case, Role::Initiator, cookbook::Topic::Identity)),
                format!("On {r}: present a certificate that has not expired and has the name that {i} was told to expect."),
            ])
            .settle(cookbook::log(case, Role::Initiator)),
    )
}

/// IKEv1: refused after message 5, and neither length nor repetition tells keys from identities; or signatures.
fn v1(case: &Case<'_>) -> Option<Finding> {
    let fifth = fifth_message::of(case)?;
    let answer: &Event = fifth.answers.first()?;
    let psk = fifth_message::may_use_psk(case);
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let alternatives: &[RuleId] = if psk {
        &[
            RuleId::PskMismatch,
            RuleId::IdentityRejected,
            RuleId::AuthMethodMismatch,
        ]
    } else {
        &[
            RuleId::CertificateRejected,
            RuleId::IdentityRejected,
            RuleId::AuthMethodMismatch,
        ]
    };
    // The more particular rules are surer where they can tell; this one stands behind them.
    let confidence = if psk { 0.6 } else { 0.85 };
    let decided: Place = answer.place();
    Some(
        Finding::new(&RULE, decided, format!("{r} refused {i}'s identity or its proof; the refusal is encrypted and does not say which."))
            .sure(confidence, Basis::Inferred)
            .settled(!psk)
            .blame(Blame::Either)
            .with([fifth.message.place()])
            .because(format!(
                "Algorithms were agreed and keys exchanged (Main Mode 1 to 4). {r} answered message 5, which carries {i}'s \
                 identity and proof, with an encrypted notification of {} octets in place of message 6.",
                answer.length
            ))
            .or(alternatives)
            .fix([format!("On {r}: read the log for the moment of frame {}; then mend what it names.{}", answer.frame,
                cookbook::how(case, Role::Responder, cookbook::Topic::Identity))])
            .settle(cookbook::log(case, Role::Responder)),
    )
}

/// IKEv1: Main Mode is complete, and the initiator breaks off in place of asking for the data tunnel.
fn v1_refused_by_initiator(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let sixth = n.find(exchange::MAIN_MODE, 6, Role::Responder)?;
    let last = n.events().next_back()?;
    let objection = n.events().find(|e| {
        e.frame > sixth.frame
            && e.from == Role::Initiator
            && e.exchange == exchange::V1_INFORMATIONAL
            && super::seconds(e.time - sixth.time) < 2.0
    })?;
    // An INITIAL-CONTACT looks the same, and is followed by Quick Mode at once.
    let goes_on = n
        .events()
        .any(|e| e.exchange == exchange::QUICK_MODE || e.exchange == exchange::TRANSACTION);
    if goes_on
        || n.predecessor().is_some()
        || !n.esp().is_empty()
        || last.exchange != exchange::V1_INFORMATIONAL
    {
        return None;
    }
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    Some(
        Finding::new(
            &RULE,
            objection.place(),
            format!("{i} does not accept the identity or proof of {r} and broke off after phase 1."),
        )
        .sure(if case.quiet_after(objection) >= 5.0 { 0.75 } else { 0.6 }, Basis::Inferred)
        .blame(Blame::Either)
        .with([sixth.place()])
        .because(format!(
            "{r} accepted {i} and sent its own identity and proof (Main Mode 6). {i} answered with an encrypted Informational and \
             never asked for a data tunnel. An INITIAL-CONTACT would look the same, but Quick Mode would follow it at once."
        ))
        .or(&[RuleId::IdentityRejected, RuleId::CertificateRejected, RuleId::DeletedEarly])
        .fix([format!(
            "On {i}: expect the identity that {r} sends, in value and type.{}",
            cookbook::how(case, Role::Initiator, cookbook::Topic::Identity)
        )])
        .settle(cookbook::log(case, Role::Initiator)),
    )
}
