//! `identity-rejected`: one side does not accept the other's identity.

use super::fifth_message::{self, Size};
use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
    refusal, refused_proof,
};
use crate::diagnosis::words;
use crate::negotiation::{Place, Role, Version, exchange, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::IdentityRejected,
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The peer's identity (or its right to use this connection) was rejected",
    documentation: Documentation {
        means: "The keys agree, but the responder has no connection for the identity the initiator gave, or not with this \
                way of authenticating.",
        evidence: "IKEv1 Main Mode: message 5 is answered by an encrypted notification that the initiator could read, because \
                   it stops. Aggressive Mode: INVALID-ID-INFORMATION in clear to the first message.",
        why: "The identity's value or type (address, name, user name, key ID) is not the one configured. A client behind NAT \
              often sends its private address.",
        fix: "Set the identity the responder expects to the one the initiator sends, or the other way round.",
        not: "psk-mismatch: there the initiator cannot read the answer and repeats message 5.",
        references: &["RFC 2409 5", "RFC 2407 4.6.2", "strongSwan main_mode.c, phase1.c"],
    },
    needs: &[
        Facts::FIFTH,
        Facts::V1.and(Facts::ERROR),
        Facts::ERROR.and(Facts::INSIDE),
    ],
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    if case.n.version == Version::V1 {
        decrypted(case)
            .or_else(|| main_mode(case))
            .or_else(|| aggressive(case))
    } else {
        another_responder(case)
    }
}

/// IKEv2, decrypted: the initiator named the responder it wants (IDr), another one answered, and the initiator broke off.
fn another_responder(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let refusal = refused_proof::of(case).filter(|x| x.refused == Role::Responder && !x.signs(case))?;
    let given = n.identity(Role::Responder)?;
    let wanted = n
        .identities
        .iter()
        .find(|i| i.of == Role::Responder && i.from == Role::Initiator)?;
    if (wanted.kind, &wanted.data) == (given.kind, &given.data) {
        return None;
    }
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let (wanted_is, given_is) = (
        format!("{} ({})", wanted.value(), wanted.type_name()),
        format!("{} ({})", given.value(), given.type_name()),
    );
    Some(
        Finding::new(
            &RULE,
            refusal.notice.place,
            format!("{i} expects {r} to be {wanted_is}, but {r} says it is {given_is}."),
        )
        .sure(0.92, Basis::Decrypted)
        .settled(true)
        .blame(Blame::Either)
        .with([wanted.place, given.place])
        .attribute("identity")
        .because(format!(
            "{i} asked in IKE_AUTH for the responder {wanted_is}. {r} accepted {i} and gave its own identity as {given_is}; {i} answered \
             with {}. Value and type of the two must be the same.",
            words::notify(n, refusal.notice.kind)
        ))
        .or(&[RuleId::PskMismatch, RuleId::AuthenticationFailed])
        .fix([
            format!("On {i}: expect {given_is}.{}", cookbook::how(case, Role::Initiator, cookbook::Topic::Identity)),
            format!("Or on {r}: give {wanted_is} as the identity.{}", cookbook::how(case, Role::Responder, cookbook::Topic::Identity)),
        ])
        .settle(cookbook::log(case, Role::Initiator)),
    )
}

/// The refusal of message 5 was decrypted, so the keys agree and the reason can be read.
fn decrypted(case: &Case<'_>) -> Option<Finding> {
    let refusal = case.n.decrypted_errors().find(|x| {
        x.from == Role::Responder
            && matches!(
                x.kind,
                notify::V1_INVALID_ID_INFORMATION | notify::AUTHENTICATION_FAILED
            )
    })?;
    // With signatures the same error is sent for a certificate.
    let fifth = fifth_message::of(case).filter(|_| fifth_message::may_use_psk(case))?;
    let r = words::peer(case, Role::Responder);
    let named = words::notify(case.n, refusal.kind);
    let what = format!(
        "{r} answered message 5 of Main Mode, which carries the initiator's identity, with {named} (decrypted). It could read the \
         message, so the keys agree."
    );
    Some(
        finish(
            case,
            refusal.place,
            true,
            0.93,
            &what,
            &[RuleId::AuthMethodMismatch],
        )
        .sure(0.93, Basis::Decrypted)
        .with([fifth.message.place()]),
    )
}

fn main_mode(case: &Case<'_>) -> Option<Finding> {
    let fifth = fifth_message::of(case)?;
    let answer = fifth.answers.first()?;
    let size = fifth.size(case);
    let pluto = fifth.refused_by_pluto();
    let unread = fifth.repeated_after_answer.is_some() || size == Size::WithoutSpi;
    if unread && !pluto || !fifth_message::may_use_psk(case) {
        return None;
    }
    // strongSwan waits four seconds before it repeats, Libreswan half a second.
    let stopped = case.quiet_after(answer) >= 5.0;
    let confidence = match (stopped, size) {
        _ if pluto => 0.75,
        (true, Size::WithSpi) => 0.82,
        (true, _) => 0.72,
        (false, Size::WithSpi) => 0.7,
        (false, _) => return None,
    };
    let length = if size == Size::WithSpi {
        format!(
            "It has {} octets, the length of a notification that names the SA (AUTHENTICATION-FAILED or INVALID-ID-INFORMATION). ",
            answer.length
        )
    } else {
        String::new()
    };
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let what = format!(
        "{r} answered message 5 of Main Mode, which carries {i}'s identity, with an encrypted notification. {length}{} The \
         pre-shared keys therefore agree; what was refused is the identity, or this way of authenticating for it.",
        if pluto {
            "The responder also repeats message 4, as Libreswan does: it answers a message 5 that it can decrypt and is silent \
             about one that it cannot."
        } else if stopped {
            "The initiator did not repeat message 5: it could read the answer and gave up."
        } else {
            "The capture ends too soon after it to see whether the initiator could read it."
        }
    );
    Some(
        finish(
            case,
            answer.place(),
            false,
            confidence,
            &what,
            &[RuleId::AuthMethodMismatch, RuleId::PskMismatch],
        )
        .with([fifth.message.place()]),
    )
}

fn aggressive(case: &Case<'_>) -> Option<Finding> {
    let refusal = refusal::of_first_message(case)?;
    if refusal.of.exchange != exchange::AGGRESSIVE || refusal.notice.kind != notify::V1_INVALID_ID_INFORMATION
    {
        return None;
    }
    let r = words::peer(case, Role::Responder);
    let what = format!(
        "The first message of Aggressive Mode carries the initiator's identity in clear, and {r} answered it with \
         INVALID-ID-INFORMATION."
    );
    Some(
        finish(
            case,
            refusal.notice.place,
            refusal::is_settled(case),
            0.8,
            &what,
            &[RuleId::ModeMismatch, RuleId::NoMatchingConnection],
        )
        .sure(0.8, Basis::Observed)
        .with([refusal.of.place()]),
    )
}

fn finish(
    case: &Case<'_>,
    decided: Place,
    settled: bool,
    confidence: f64,
    what: &str,
    or: &[RuleId],
) -> Finding {
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let nat = if case.n.initiator.nat == crate::negotiation::nat::Nat::Behind {
        " The initiator is behind NAT: if it sends its private address as its identity, the responder must expect that, or any."
    } else {
        ""
    };
    Finding::new(
        &RULE,
        decided,
        format!("{r} does not accept the identity {i} gave, or not with this way of authenticating."),
    )
    .sure(confidence, Basis::Inferred)
    .settled(settled)
    .blame(Blame::Either)
    .or(or)
    .because(format!("{what}{nat}"))
    .fix([
        format!(
            "On {r}: expect the identity that {i} sends, in value and type, for this connection.{}",
            cookbook::how(case, Role::Responder, cookbook::Topic::Identity)
        ),
        format!(
            "Or on {i}: send the identity that {r} expects.{}",
            cookbook::how(case, Role::Initiator, cookbook::Topic::Identity)
        ),
    ])
    .settle(format!(
        "{}: \"no peer config found\", \"none allows ... authentication\", \"Peer ID ... mismatched\"",
        cookbook::log(case, Role::Responder)
    ))
}
