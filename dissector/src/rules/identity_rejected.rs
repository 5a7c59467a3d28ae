//! `identity-rejected`: one side does not accept the other's identity.

use super::cookbook::{self, Topic};
use super::fifth_message::{self, Size};
use super::{evidence, refusal, refused_proof};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::nat::Nat;
use crate::negotiation::proof::Identity;
use crate::negotiation::{Event, Notice, Place, Role, Version, exchange, notify};

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
    settles: Settles::LATER.or(Settles::AGAIN),
    check: check!(find, tell),
};

/// What shows whose identity was rejected.
enum Sign<'a> {
    /// IKEv2, decrypted: the initiator named the responder it wants (IDr), another one answered, and the initiator broke off.
    AnotherResponder {
        wanted: &'a Identity,
        given: &'a Identity,
        notice: &'a Notice,
    },
    /// Main Mode: the refusal of message 5 was decrypted, so the keys agree and the reason can be read.
    Decrypted(&'a Notice),
    /// Main Mode: message 5 was answered with an encrypted notification, which the initiator could read.
    Encrypted {
        answer: &'a Event,
        /// It has the length of a notification that names the SA.
        names_sa: bool,
        read: Read,
    },
    /// Aggressive Mode: the first message was refused.
    InClear,
}

/// Why the initiator is thought to have read the answer.
enum Read {
    /// The responder repeats message 4 as well, as Libreswan does.
    Pluto,
    /// The initiator repeated nothing.
    Stopped,
    /// The length of the answer says so, and nothing speaks against it.
    Length,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    if case.n.version == Version::V1 {
        decrypted(case)
            .or_else(|| main_mode(case))
            .or_else(|| aggressive(case))
    } else {
        another_responder(case)
    }
}

fn another_responder<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
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
    let notice = refusal.notice;
    let finding = rejected(notice.place, 0.92, Basis::Decrypted)
        .settled(true)
        .with([wanted.place, given.place])
        .attribute("identity")
        .or(&[RuleId::PskMismatch, RuleId::AuthenticationFailed]);
    Some(finding.having(Sign::AnotherResponder {
        wanted,
        given,
        notice,
    }))
}

fn decrypted<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let notice = case.n.decrypted_errors().find(|x| {
        x.from == Role::Responder
            && matches!(
                x.kind,
                notify::V1_INVALID_ID_INFORMATION | notify::AUTHENTICATION_FAILED
            )
    })?;
    // With signatures the same error is sent for a certificate.
    let fifth = fifth_message::of(case).filter(|_| fifth_message::may_use_psk(case))?;
    let finding = rejected(notice.place, 0.93, Basis::Decrypted)
        .settled(true)
        .with([fifth.message.place()])
        .or(&[RuleId::AuthMethodMismatch]);
    Some(finding.having(Sign::Decrypted(notice)))
}

fn main_mode<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let fifth = fifth_message::of(case)?;
    let answer = *fifth.answers.first()?;
    let size = fifth.size(case);
    let pluto = fifth.refused_by_pluto();
    let unread = fifth.repeated_after_answer.is_some() || size == Size::WithoutSpi;
    if unread && !pluto || !fifth_message::may_use_psk(case) {
        return None;
    }
    // strongSwan waits four seconds before it repeats, Libreswan half a second.
    let stopped = case.quiet_after(answer) >= 5.0;
    let names_sa = size == Size::WithSpi;
    let (read, confidence) = match (stopped, names_sa) {
        _ if pluto => (Read::Pluto, 0.75),
        (true, true) => (Read::Stopped, 0.82),
        (true, false) => (Read::Stopped, 0.72),
        (false, true) => (Read::Length, 0.7),
        (false, false) => return None,
    };
    let finding = rejected(answer.place(), confidence, Basis::Inferred)
        .with([fifth.message.place()])
        .or(&[RuleId::AuthMethodMismatch, RuleId::PskMismatch]);
    Some(finding.having(Sign::Encrypted {
        answer,
        names_sa,
        read,
    }))
}

fn aggressive<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let refusal = refusal::of_first_message(case)?;
    if refusal.of.exchange != exchange::AGGRESSIVE || refusal.notice.kind != notify::V1_INVALID_ID_INFORMATION
    {
        return None;
    }
    let finding = rejected(refusal.notice.place, 0.8, Basis::Observed)
        .settled(refusal::is_settled(case))
        .with([refusal.of.place()])
        .or(&[RuleId::ModeMismatch, RuleId::NoMatchingConnection]);
    Some(finding.having(Sign::InClear))
}

fn rejected(decided: Place, confidence: f64, basis: Basis) -> Finding {
    Finding::of(&RULE, decided)
        .sure(confidence, basis)
        .blame(Blame::Either)
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    let (i, r) = words::peers(case);
    let what = match &found.facts {
        Sign::AnotherResponder {
            wanted,
            given,
            notice,
        } => {
            return tell_another(case, wanted, given, notice);
        }
        Sign::Decrypted(notice) => format!(
            "{r} answered message 5 of Main Mode, which carries the initiator's identity, with {} (decrypted). It could read the \
             message, so the keys agree.",
            words::notify(case.n, notice.kind)
        ),
        Sign::Encrypted {
            answer,
            names_sa,
            read,
        } => {
            let length = if *names_sa {
                format!(
                    "It has {} bytes, the length of a notification that names the SA (AUTHENTICATION-FAILED or INVALID-ID-INFORMATION). ",
                    answer.length
                )
            } else {
                String::new()
            };
            let read = match read {
                Read::Pluto => {
                    "The responder also repeats message 4, as Libreswan does: it answers a message 5 that it can decrypt and is silent \
                     about one that it cannot."
                }
                Read::Stopped => {
                    "The initiator did not repeat message 5: it could read the answer and gave up."
                }
                Read::Length => {
                    "The capture ends too soon after it to see whether the initiator could read it."
                }
            };
            format!(
                "{r} answered message 5 of Main Mode, which carries {i}'s identity, with an encrypted notification. {length}{read} The \
                 pre-shared keys therefore agree; what was refused is the identity, or this way of authenticating for it."
            )
        }
        Sign::InClear => format!(
            "The first message of Aggressive Mode carries the initiator's identity in clear, and {r} answered it with \
             INVALID-ID-INFORMATION."
        ),
    };
    let nat = if case.n.initiator.nat == Nat::Behind {
        " The initiator is behind NAT: if it sends its private address as its identity, the responder must expect that, or any."
    } else {
        ""
    };
    Words::new(format!(
        "{r} does not accept the identity {i} gave, or not with this way of authenticating."
    ))
    .because(format!("{what}{nat}"))
    .fix([
        cookbook::on(
            case,
            Role::Responder,
            Topic::PeerIdentity,
            format!("expect the identity that {i} sends, in value and type, for this connection."),
        ),
        cookbook::or_on(
            case,
            Role::Initiator,
            Topic::OwnIdentity,
            format!("send the identity that {r} expects."),
        ),
    ])
    .settle(format!(
        "{}: \"no peer config found\", \"none allows ... authentication\", \"Peer ID ... mismatched\"",
        evidence::log(case, Role::Responder)
    ))
}

fn tell_another(case: &Case<'_>, wanted: &Identity, given: &Identity, notice: &Notice) -> Words {
    let (i, r) = words::peers(case);
    let is = |identity: &Identity| format!("{} ({})", identity.value(), identity.type_name());
    let (wanted, given) = (is(wanted), is(given));
    Words::new(format!("{i} expects {r} to be {wanted}, but {r} says it is {given}."))
        .because(format!(
            "{i} asked in IKE_AUTH for the responder {wanted}. {r} accepted {i} and gave its own identity as {given}; {i} answered \
             with {}. Value and type of the two must be the same.",
            words::notify(case.n, notice.kind)
        ))
        .fix([
            cookbook::on(
                case,
                Role::Initiator,
                Topic::PeerIdentity,
                format!("expect {given}."),
            ),
            cookbook::or_on(
                case,
                Role::Responder,
                Topic::OwnIdentity,
                format!("give {wanted} as the identity."),
            ),
        ])
        .settle(evidence::log(case, Role::Initiator))
}
