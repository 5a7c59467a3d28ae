//! `authentication-failed`: authentication failed and the capture cannot say why.

use super::cookbook::{self, Topic};
use super::{
    auth_method_mismatch, certificate_rejected, child_error, evidence, fifth_message, identity_rejected,
    refused_proof,
};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::standing::{self, Exchange};
use crate::negotiation::{Event, Notice, Peer, Role, Sent, Version, exchange, notify, payload, shape};
use crate::wire::code::{self, Registry};
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
        fix: "Read the log of the side that refused: it says why.",
        not: "child-refused: there the response carries the responder's identity, and the IKE SA lives on.",
        references: &[
            "RFC 7296 1.2, 2.21.2, 3.14",
            "strongSwan ike_auth.c",
            "Libreswan ikev2_auth.c",
            "OpenIKED ikev2.c",
        ],
    },
    needs: &[
        Facts::FIFTH,
        Facts::UP,
        Facts::AUTH_ANSWERED,
        Facts::ERROR,
        Facts::V1.and(Facts::LATER),
    ],
    settles: Settles::LATER,
    check: check!(find, tell),
};

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

/// No IKE_AUTH response that says more than an error is longer, whatever the suite: AES-CBC with SHA2-512 needs 96.
const BARE_IN_ANY_SUITE: u32 = 100;

/// What shows that authentication failed.
enum Sign<'a> {
    /// AUTHENTICATION_FAILED that was decrypted: certain, and still without a cause.
    Decrypted(&'a Notice),
    /// AUTHENTICATION_FAILED without encryption, from a side that has no keys any more or never made them.
    InClear(&'a Notice),
    /// IKEv2: the responder's encrypted answer holds a notification and nothing else.
    ByResponder(&'a Event, Hint),
    /// IKEv2: the responder's answer was good, and the initiator broke off.
    ByInitiator,
    /// IKEv1: refused after message 5, and neither length nor repetition tells keys from identities; or signatures.
    Fifth(&'a Event),
    /// IKEv1: an encrypted notification of the responder after the third message of Aggressive Mode, and nothing more.
    Third(&'a Event),
    /// IKEv1: Main Mode is complete, and the initiator breaks off in place of asking for the data tunnel.
    AfterMainMode,
}

/// What makes some causes of the responder's refusal likelier than others.
#[derive(Clone, Copy)]
enum Hint {
    /// It came after several rounds.
    Rounds,
    /// The request is large enough for a certificate.
    HoldsCertificate,
    /// A certificate was asked for, and the request is too small for one.
    HoldsNone,
    /// A certificate was asked for.
    AskedFor,
    /// Nothing does.
    None,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let found = match case.n.version {
        Version::V2 => decrypted(case)
            .or_else(|| in_clear(case))
            .or_else(|| refused_by_responder(case))
            .or_else(|| Some(refused_by_initiator(case)?.having(Sign::ByInitiator))),
        Version::V1 => v1(case)
            .or_else(|| third(case))
            .or_else(|| v1_refused_by_initiator(case)),
    }?;
    // Where what was sent explains the refusal, the rule that says so knows more.
    let explains = |rule: &&Rule| (rule.check.find)(case).is_some_and(|f| f.basis == Basis::Decrypted);
    NAMED.iter().all(|rule| !explains(rule)).then_some(found)
}

fn decrypted<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let notice = n
        .decrypted_errors()
        .find(|x| x.kind == notify::AUTHENTICATION_FAILED)?;
    // An initiator that got an error about the data tunnel and no proof says so in its turn: the first error is the cause.
    if !n.esp().is_empty() || child_error::of(case).is_some() {
        return None;
    }
    let finding = Finding::of(&RULE, notice.place)
        .sure(0.97, Basis::Decrypted)
        .settled(true)
        .blame(Blame::Either)
        .or(likeliest(case, notice.from));
    Some(finding.having(Sign::Decrypted(notice)))
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

fn in_clear<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let about_auth = |x: &&Notice| match x.kind {
        notify::AUTHENTICATION_FAILED => x.exchange != exchange::IKE_SA_INIT,
        // These speak of the SA or its version, not of what was said in it.
        notify::INVALID_IKE_SPI | notify::INVALID_SPI | notify::INVALID_MAJOR_VERSION => false,
        _ => n.version == Version::V2 && x.exchange == exchange::IKE_AUTH,
    };
    let notice = n.errors(Role::Responder).find(about_auth)?;
    let went_on = n
        .events()
        .any(|e| e.exchange == exchange::IKE_AUTH && e.position == 2 && e.encrypted);
    if went_on || !n.esp().is_empty() {
        return None;
    }
    // Without a proof in the request (EAP) a responder that wants one finds it malformed: Libreswan's "missing payload AUTH".
    let (confidence, likely): (f64, &[RuleId]) = match notice.kind {
        notify::AUTHENTICATION_FAILED => (0.85, &[]),
        notify::INVALID_SYNTAX => (0.7, &[RuleId::AuthMethodMismatch, RuleId::Stalled]),
        _ => (0.6, &[RuleId::Stalled]),
    };
    let finding = Finding::of(&RULE, notice.place)
        .sure(confidence, Basis::Observed)
        .settled(notice.kind == notify::AUTHENTICATION_FAILED)
        .blame(Blame::Either)
        .with(n.find(exchange::IKE_AUTH, 1, Role::Initiator).map(Event::place))
        .or(likely)
        .or(CAUSES);
    Some(finding.having(Sign::InClear(notice)))
}

/// The response holds a notification and nothing else.
pub(super) fn bare(case: &Case<'_>, e: &Event) -> bool {
    e.first_inner() == Some(payload::N)
        && shape::sizes(case.n).map_or(e.length <= BARE_IN_ANY_SUITE, |s| s.v2_is_bare_notify(e.length))
}

/// It begins with a notification, and has no room for what an IKE_AUTH response holds that accepts: some tell a reason in bytes of their
/// own (Windows: MS_STATUS).
fn refuses(case: &Case<'_>, e: &Event) -> bool {
    let no_room = || shape::sizes(case.n).is_some_and(|s| s.v2_most(e.length) < s.v2_least_success());
    bare(case, e) || e.first_inner() == Some(payload::N) && e.fragments().is_none() && no_room()
}

fn refused_by_responder<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let answer = n
        .events()
        .rev()
        .find(|e| e.exchange == exchange::IKE_AUTH && e.from == Role::Responder && e.position == 2)?;
    if !refuses(case, answer) || n.esp_from(Role::Responder).is_some() {
        return None;
    }
    // OpenIKED answers so as well when it refuses the data tunnel: what the initiator does next tells.
    let also_child = case.product(Role::Responder) == Some(Product::OpenIked);
    let confidence = if objection(case, answer).is_some() {
        0.5
    } else {
        0.9
    };
    let request = n.find(exchange::IKE_AUTH, 1, Role::Initiator);
    let hint = hint(case, request);
    let finding = Finding::of(&RULE, answer.place())
        .sure(confidence, Basis::Inferred)
        .settled(!also_child)
        .blame(Blame::Either)
        .with(request.map(Event::place));
    let finding = match hint {
        Hint::Rounds => finding.or(&[RuleId::EapFailed]).or(CAUSES),
        Hint::HoldsCertificate | Hint::AskedFor => finding.or(&[
            RuleId::CertificateRejected,
            RuleId::IdentityRejected,
            RuleId::AuthMethodMismatch,
            RuleId::PskMismatch,
        ]),
        Hint::HoldsNone => finding.or(&[
            RuleId::AuthMethodMismatch,
            RuleId::PskMismatch,
            RuleId::IdentityRejected,
            RuleId::CertificateRejected,
        ]),
        Hint::None => finding.or(CAUSES),
    };
    Some(finding.having(Sign::ByResponder(answer, hint)))
}

/// What the first IKE_AUTH request, and what surrounds it, says about the cause of a refusal.
fn hint(case: &Case<'_>, request: Option<&Event>) -> Hint {
    let n = case.n;
    let rounds = n
        .events()
        .filter(|e| e.exchange == exchange::IKE_AUTH && e.from == Role::Responder)
        .count();
    if rounds > 1 {
        Hint::Rounds
    } else if request.is_some_and(|e| e.length >= shape::HOLDS_CERTIFICATE) {
        Hint::HoldsCertificate
    } else if n.certificate_requests == 0 {
        Hint::None
    } else if request.is_some_and(|e| e.length < shape::HOLDS_NO_SIGNATURE) {
        Hint::HoldsNone
    } else {
        Hint::AskedFor
    }
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
            && seconds(e.time - answer.time) < 3.0
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
    let finding = Finding::of(&RULE, objection.place())
        .sure(0.85, Basis::Inferred)
        .settled(true)
        .blame(Blame::Either)
        .with([answer.place()])
        .or(&[
            RuleId::CertificateRejected,
            RuleId::IdentityRejected,
            RuleId::PskMismatch,
            RuleId::AuthMethodMismatch,
        ]);
    Some(finding)
}

fn v1<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let fifth = fifth_message::of(case)?;
    let answer = *fifth.answers.first()?;
    let psk = fifth_message::may_use_psk(case);
    // The more particular rules are surer where they can tell; this one stands behind them.
    let confidence = if psk { 0.6 } else { 0.85 };
    let secret = if psk {
        RuleId::PskMismatch
    } else {
        RuleId::CertificateRejected
    };
    let finding = Finding::of(&RULE, answer.place())
        .sure(confidence, Basis::Inferred)
        .settled(!psk)
        .blame(Blame::Either)
        .with([fifth.message.place()])
        .or(&[secret, RuleId::IdentityRejected, RuleId::AuthMethodMismatch]);
    Some(finding.having(Sign::Fifth(answer)))
}

/// Aggressive Mode: the third message holds the initiator's proof, and the responder answers it with a notification.
fn third<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    // Data shows that what followed is not in the capture.
    if !n.came_to(exchange::AGGRESSIVE, 3) || !n.esp().is_empty() {
        return None;
    }
    let open = (case.standing()).waits_after(standing::Step::new(Exchange::AggressiveMode, 3))?;
    let third = open.message;
    let answer = n.events().next_back().filter(|e| {
        e.from == Role::Responder
            && e.exchange == exchange::V1_INFORMATIONAL
            && e.encrypted
            && seconds(e.time.saturating_sub(third.time)) < 3.0
    })?;
    // An INITIAL-CONTACT looks the same, and the initiator goes on.
    let confidence = if case.quiet_after(answer) >= 5.0 {
        0.75
    } else {
        0.6
    };
    let finding = Finding::of(&RULE, answer.place())
        .sure(confidence, Basis::Inferred)
        .blame(Blame::Either)
        .with([third.place()])
        .or(CAUSES);
    Some(finding.having(Sign::Third(answer)))
}

fn v1_refused_by_initiator<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    if !n.came_to(exchange::MAIN_MODE, 6) || !n.esp().is_empty() || n.predecessor().is_some() {
        return None;
    }
    // An INITIAL-CONTACT looks the same, and is followed by Quick Mode at once.
    let open = (case.standing()).waits_after(standing::Step::new(Exchange::MainMode, 6))?;
    let sixth = open.message;
    let objection = n.events().find(|e| {
        e.frame > sixth.frame
            && e.from == Role::Initiator
            && e.exchange == exchange::V1_INFORMATIONAL
            && seconds(e.time - sixth.time) < 2.0
    })?;
    let confidence = if case.quiet_after(objection) >= 5.0 {
        0.75
    } else {
        0.6
    };
    let finding = Finding::of(&RULE, objection.place())
        .sure(confidence, Basis::Inferred)
        .blame(Blame::Either)
        .with([sixth.place()])
        .or(&[
            RuleId::IdentityRejected,
            RuleId::CertificateRejected,
            RuleId::DeletedEarly,
        ]);
    Some(finding.having(Sign::AfterMainMode))
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    let (i, r) = words::peers(case);
    let look = |frame| {
        format!(
            "look in the log {} and fix what it reports.",
            words::moment(case, frame)
        )
    };
    let identity = |role, what: &str| cookbook::on(case, role, Topic::PeerIdentity, what);
    let refusing = match &found.facts {
        Sign::Decrypted(notice) => notice.from,
        Sign::InClear(_) | Sign::ByResponder(..) | Sign::Fifth(_) | Sign::Third(_) => Role::Responder,
        Sign::ByInitiator | Sign::AfterMainMode => Role::Initiator,
    };
    let log = evidence::log(case, refusing);
    match found.facts {
        Sign::Decrypted(notice) => {
            let (refusing, refused) = match refusing {
                Role::Initiator => (i, r),
                Role::Responder => (r, i),
            };
            Words::new(format!(
                "{refusing} refused {refused}'s identity or its proof (key, certificate or password) with AUTHENTICATION_FAILED."
            ))
            .because(format!(
                "Algorithms were agreed. {refused} sent its identity and proof; {refusing} answered with AUTHENTICATION_FAILED (decrypted). \
                 This one notification stands for a wrong key, an unknown identity, an untrusted certificate and a method that is \
                 not allowed; it never says which."
            ))
            .fix([Step::on(case, notice.from, look(notice.place.frame))])
            .settle(log)
        }
        Sign::InClear(notice) => Words::new(format!(
            "{r} answered {i}'s authentication with {}, unencrypted.",
            words::notify(case.n, notice.kind)
        ))
        .because(format!(
            "Algorithms were agreed. {i} sent its identity and proof, and {r} answered in clear with {}: it could not read the \
             message, missed something in it (a proof of identity, where EAP and certificates or keys meet), or would not go on. An \
             unencrypted notification is not authenticated, so {i} may not act on it and repeats its message.",
            words::notify(case.n, notice.kind)
        ))
        .fix([Step::on(case, Role::Responder, look(notice.place.frame))])
        .settle(log),
        Sign::ByResponder(answer, hint) => Words::new(format!(
            "{r} refused {i}'s identity or its proof (key, certificate or password); the refusal is encrypted and does not say which."
        ))
        .because(format!(
            "Algorithms were agreed in IKE_SA_INIT. {i} then sent its identity and proof in IKE_AUTH. The answer of {r} is \
             encrypted, but its first inner payload is a notification in place of the responder's identity, and at {} bytes \
             it is too short for anything else: an error. Of the errors sent here nearly all are AUTHENTICATION_FAILED, which \
             stands for a wrong pre-shared key, an unknown identity, an untrusted certificate or a method that is not \
             allowed.{}{}{}",
            answer.length,
            tell_hint(hint),
            post_quantum(case),
            signature_hashes(case)
        ))
        .fix([
            Step::on(
                case,
                Role::Responder,
                format!(
                    "look in the log {} and fix what it reports: the key for this peer, the identity expected of it, the CA \
                     or the method.",
                    words::moment(case, answer.frame)
                ),
            ),
            Step::on(
                case,
                Role::Initiator,
                format!("compare key, identity and method with what {r} expects."),
            ),
        ])
        .settle(log)
        .settle(evidence::keys(case)),
        Sign::ByInitiator => Words::new(format!(
            "{i} does not accept the identity or proof of {r} (its certificate, name or key) and broke off."
        ))
        .because(format!(
            "{r} accepted {i} and sent its own identity and proof in IKE_AUTH. {i} answered at once with an INFORMATIONAL \
             that holds only a notification, and went no further: it refused {r}, not the other way round."
        ))
        .fix([
            identity(
                Role::Initiator,
                &format!("trust the CA of {r}, and expect the identity {r} sends (the name in its certificate)."),
            ),
            Step::or_on(
                case,
                Role::Responder,
                format!("present a certificate that has not expired and has the name that {i} was told to expect."),
            ),
        ])
        .settle(log),
        Sign::Fifth(answer) => Words::new(format!(
            "{r} refused {i}'s identity or its proof; the refusal is encrypted and does not say which."
        ))
        .because(format!(
            "Algorithms were agreed and keys exchanged (Main Mode 1 to 4). {r} answered message 5, which carries {i}'s \
             identity and proof, with an encrypted notification of {} bytes in place of message 6.",
            answer.length
        ))
        .fix([Step::on(case, Role::Responder, look(answer.frame))])
        .settle(log),
        Sign::Third(answer) => Words::new(format!(
            "{r} refused {i}'s identity or its proof; the refusal is encrypted and does not say which."
        ))
        .because(format!(
            "{i} accepted {r} and sent its own proof in the third message of Aggressive Mode. {r} answered with an encrypted Informational \
             of {} bytes, and nothing followed. An INITIAL-CONTACT would look the same, but the initiator would go on.",
            answer.length
        ))
        .fix([Step::on(case, Role::Responder, look(answer.frame))])
        .settle(log),
        Sign::AfterMainMode => Words::new(format!(
            "{i} does not accept the identity or proof of {r} and broke off after phase 1."
        ))
        .because(format!(
            "{r} accepted {i} and sent its own identity and proof (Main Mode 6). {i} answered with an encrypted Informational and \
             never asked for a data tunnel. An INITIAL-CONTACT would look the same, but Quick Mode would follow it at once."
        ))
        .fix([identity(
            Role::Initiator,
            &format!("expect the identity that {r} sends, in value and type."),
        )])
        .settle(log),
    }
}

fn tell_hint(hint: Hint) -> &'static str {
    match hint {
        Hint::Rounds => {
            " It came after several rounds of IKE_AUTH, as EAP has them: what EAP asks for (a password, a certificate, a SIM) is likely."
        }
        Hint::HoldsCertificate => {
            " The request is large enough to hold a certificate, so the certificate, or the identity in it, is the likeliest cause."
        }
        Hint::HoldsNone => {
            " The responder asked for a certificate in IKE_SA_INIT, and the request is too small to hold one: the initiator may \
             use a pre-shared key or EAP where the responder wants another method."
        }
        Hint::AskedFor => {
            " The responder asked for certificates in IKE_SA_INIT, so certificates may be in use."
        }
        Hint::None => "",
    }
}

/// Both sides said which hash functions they verify signatures with, and have none in common (RFC 7427 4): then certificates fail,
/// unless both fall back to the older RSA signatures with SHA-1.
fn signature_hashes(case: &Case<'_>) -> String {
    let n = case.n;
    if !n.initiator.shares_no_signature_hash(&n.responder) {
        return String::new();
    }
    let named = |peer: &Peer| {
        let hashes = peer.signature_hashes();
        let names = hashes.map(|hash| code::short_name(Registry::V2SignatureHash, hash));
        words::list(&names.collect::<Vec<_>>())
    };
    let (i, r) = words::peers(case);
    format!(
        " For signatures {i} announced {}, {r} announced {}: no hash function in common, so with certificates neither can check the other's proof.",
        named(&n.initiator),
        named(&n.responder)
    )
}

/// What to change where both sides use a pre-shared and a post-quantum key and one of them differs, whoever found that out.
pub(crate) fn steps_for_keys(case: &Case<'_>) -> [Step; 2] {
    let r = words::peer(case, Role::Responder);
    let again = |other: &str| {
        format!(
            "enter the pre-shared key and the post-quantum key (PPK) again, both exactly as they are on {other}."
        )
    };
    let i = words::peer(case, Role::Initiator);
    [
        Step::on(case, Role::Initiator, again(&r)),
        Step::or_on(case, Role::Responder, again(&i)),
    ]
}

/// What to change where this side has no private key to prove itself with, whoever found that out.
pub(crate) fn step_for_own_key(case: &Case<'_>, side: Role) -> Step {
    let what = "load the private key that belongs to its certificate, and use the identity that this certificate has.";
    Step::on(case, side, what)
}

/// What a post-quantum pre-shared key (RFC 8784) may have to do with it.
fn post_quantum(case: &Case<'_>) -> &'static str {
    let announced = |role| case.n.peer(role).sent(Sent::PostQuantumKey);
    match (announced(Role::Initiator), announced(Role::Responder)) {
        (true, true) => {
            " Both sides mix in a post-quantum pre-shared key (PPK): one that differs fails just like this."
        }
        (true, false) => {
            " The initiator offered a post-quantum pre-shared key (PPK) and the responder did not take that up: if it is required, that \
             alone makes them fail."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::{exchange, notify, payload};
    use crate::tests::made::{Made, notification};

    /// An IKE_AUTH answer that begins with this payload and has this length.
    fn answered(inner: u8, length: u16) -> Made {
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        made.ikev2(20, true, (exchange::IKE_AUTH, false, 1), payload::ID_I, 256);
        made.ikev2(30, false, (exchange::IKE_AUTH, true, 1), inner, length);
        made
    }

    #[test]
    fn a_notification_and_nothing_else_is_a_refusal() {
        answered(payload::N, 80).fires(RuleId::AuthenticationFailed);
        // Notifications may come before what accepts.
        assert_eq!(
            answered(payload::N, 300).quiet(RuleId::AuthenticationFailed),
            [RuleId::Established]
        );
    }

    /// A refusal after these hash functions of initiator and responder were announced; what is said of it.
    fn announced(initiator: &[u8], responder: &[u8]) -> String {
        let mut made = Made::new();
        for (at, from_client, hashes) in [(0, true, initiator), (10, false, responder)] {
            let list: Vec<u8> = hashes.iter().flat_map(|hash| [0, *hash]).collect();
            made.sa_init(
                at,
                from_client,
                &[notification(notify::SIGNATURE_HASH_ALGORITHMS, &list)],
            );
        }
        made.ikev2(20, true, (exchange::IKE_AUTH, false, 1), payload::ID_I, 256);
        made.ikev2(30, false, (exchange::IKE_AUTH, true, 1), payload::N, 80);
        made.fires(RuleId::AuthenticationFailed);
        made.report().replace("\n                 ", " ")
    }

    #[test]
    fn hash_functions_that_never_meet_are_named() {
        let said =
            "announced SHA1, 198.51.100.20 announced SHA2-256 and SHA2-512: no hash function in common";
        assert!(announced(&[1], &[2, 4]).contains(said));
        // One in common, or a side that says nothing, or a number that nobody knows.
        for (initiator, responder) in [
            (&[1, 2][..], &[2, 4][..]),
            (&[1], &[]),
            (&[], &[2]),
            (&[200], &[2]),
        ] {
            assert!(!announced(initiator, responder).contains("hash function in common"));
        }
    }

    #[test]
    fn a_client_that_objects_does_not_accept_the_server() {
        let mut made = answered(payload::ID_R, 240);
        made.ikev2(40, true, (exchange::INFORMATIONAL, false, 2), payload::N, 80);
        made.fires(RuleId::AuthenticationFailed);
        // A delete is no objection.
        let mut made = answered(payload::ID_R, 240);
        made.ikev2(9000, true, (exchange::INFORMATIONAL, false, 2), payload::D, 80);
        made.until(10_000);
        assert_eq!(made.quiet(RuleId::AuthenticationFailed), [RuleId::Established]);
    }

    /// Main Mode, then an encrypted Informational of the client and what else it says.
    fn after_main_mode(goes_on: bool) -> Made {
        let mut made = Made::new();
        made.main_mode((64, 63), &[]);
        let step = (8, exchange::V1_INFORMATIONAL, 1, 9);
        made.isakmp(55, true, (64, 63), step, &[8; 80]);
        for (at, from_client) in [(60, true), (70, false), (80, true)] {
            if goes_on {
                made.quick_mode(at, from_client, (64, 63));
            }
        }
        made.until(20_000);
        made
    }

    #[test]
    fn a_client_that_breaks_off_after_main_mode_does_not_accept_the_server() {
        after_main_mode(false).fires(RuleId::AuthenticationFailed);
        // INITIAL-CONTACT (RFC 2407 4.6.3.3) comes before Quick Mode.
        assert_eq!(
            after_main_mode(true).quiet(RuleId::AuthenticationFailed),
            [RuleId::Established]
        );
    }
}
