//! `psk-mismatch`: the pre-shared keys differ.

use super::fifth_message::{self, Fifth, Size};
use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::{Place, Role, Vantage, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::PskMismatch,
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The pre-shared keys differ",
    documentation: Documentation {
        means: "The two sides hold different pre-shared keys (or the responder chose the key of another peer).",
        evidence: "IKEv1 Main Mode with a pre-shared key: messages 1 to 4 went through, message 5 is repeated, and the \
                   responder answers each copy with an encrypted message the initiator cannot read (strongSwan), or \
                   repeats message 4, or is silent (Libreswan, racoon, Cisco). Message 6 never comes.",
        why: "The pre-shared key enters the encryption keys: with different keys message 5 decrypts to garbage, and so does \
              any answer.",
        fix: "Type the same key on both sides; mind blanks, quotes and the address or identity the key is stored for.",
        not: "identity-rejected: there the initiator can read the encrypted refusal and stops; port-4500-blocked: there \
              message 5 moves to UDP 4500 and the responder never shows up there.",
        references: &[
            "RFC 2409 5, 5.4",
            "strongSwan task_manager_v1.c",
            "Libreswan ikev1.c",
            "ipsec-tools isakmp.c",
        ],
    },
    needs: &[Facts::V1.and(Facts::LATER)],
    settles: true,
    check: mixed!(check),
};

/// Larger messages may be lost as IP fragments; identities and hashes of a pre-shared key exchange need far less.
const SMALL: u32 = 700;

struct Reading {
    decided: Place,
    settled: bool,
    confidence: f64,
    what: String,
    alternatives: &'static [RuleId],
}

fn check(case: &Case<'_>) -> Option<Finding> {
    main_mode(case).or_else(|| aggressive(case))
}

/// Aggressive Mode: the responder's proof stands in the second message, and the initiator refuses it.
fn aggressive(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let second = n.find(exchange::AGGRESSIVE, 2, Role::Responder)?;
    if !fifth_message::may_use_psk(case) || n.find(exchange::AGGRESSIVE, 3, Role::Initiator).is_some() {
        return None;
    }
    let objection = n.events().find(|e| {
        e.from == Role::Initiator && e.exchange == exchange::V1_INFORMATIONAL && e.frame > second.frame
    })?;
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    Some(
        Finding::new(&RULE, objection.place(), format!("The pre-shared keys of {i} and {r} differ: {i} refused the proof of {r}."))
            .sure(0.8, Basis::Inferred)
            .settled(true)
            .blame(Blame::Either)
            .with([second.place()])
            .because(format!(
                "In Aggressive Mode the second message holds {r}'s identity and a hash made with the pre-shared key. {i} checked \
                 it with its own key and answered with an Informational in place of the third message: the hash, or the identity, \
                 was not what it expected. The hash in clear lets anyone who captured it guess the key offline."
            ))
            .or(&[RuleId::IdentityRejected, RuleId::AuthenticationFailed])
            .fix([
                format!(
                    "On both sides: enter the same pre-shared key again, a long random one.{}",
                    cookbook::how_on_both(case, cookbook::Topic::PreSharedKey)
                ),
                "Better: use IKEv2 or Main Mode, which do not show a hash of the key to anyone who listens.".to_owned(),
            ])
            .settle(cookbook::log(case, Role::Initiator)),
    )
}

fn main_mode(case: &Case<'_>) -> Option<Finding> {
    let fifth = fifth_message::of(case)?;
    if !fifth_message::may_use_psk(case) || fifth.message.length > SMALL {
        return None;
    }
    let reading = answered(case, &fifth).or_else(|| silent(case, &fifth))?;
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    // Without the beginning nothing says that a pre-shared key is used; that the answer cannot be read still does.
    let told = case.n.v1_auth_method().is_some();
    let confidence = if told {
        reading.confidence
    } else {
        reading.confidence - 0.15
    };
    let before = if told {
        "Algorithms were agreed and keys exchanged (Main Mode 1 to 4), with authentication by pre-shared key."
    } else {
        "The beginning, which names the way of authentication, is not in the capture."
    };
    let fourth_again = fifth.fourth_again.map(|x| Place {
        frame: x.frame,
        span: None,
    });
    Some(
        Finding::new(
            &RULE,
            reading.decided,
            format!("The pre-shared keys of {i} and {r} differ (or {r} uses the key of another peer)."),
        )
        .sure(confidence, Basis::Inferred)
        .settled(reading.settled)
        .blame(Blame::Either)
        .with([fifth.message.place()])
        .with(fifth.answers.iter().take(4).map(|e| e.place()))
        .with(fourth_again)
        .because(format!(
            "{before} Message 5 of {i} is the first encrypted one, and a pre-shared key is part of its encryption key. {} Nothing \
             in clear says which of the two keys is wrong, and no capture can.",
            reading.what
        ))
        .or(reading.alternatives)
        .fix([
            format!(
                "On both sides: enter the same pre-shared key again, a long random one. Mind blanks at the end, quotes, \
                 and the address or identity the key is stored for: in Main Mode {r} must find the key by the address of \
                 {i} alone.{}",
                cookbook::how_on_both(case, cookbook::Topic::PreSharedKey)
            ),
        ])
        .settle(format!(
            "{}: \"decryption failed\", \"probable authentication failure (mismatch of preshared secrets?)\" or \"HASH mismatched\"",
            cookbook::log(case, Role::Responder)
        )),
    )
}

/// The responder answered, and the initiator could not read it.
fn answered(case: &Case<'_>, fifth: &Fifth<'_>) -> Option<Reading> {
    if let Some(error) = fifth.error.filter(|_| fifth.answers.is_empty()) {
        // A readable error about an encrypted message: the responder could not read it.
        let malformed = matches!(error.kind, 1 | 4 | 16 | 17 | 23 | 24 | 30);
        return malformed.then(|| Reading {
            decided: error.place,
            settled: true,
            confidence: 0.85,
            what: "The responder answered it with an unencrypted error, as stacks do that cannot read an encrypted message."
                .to_owned(),
            alternatives: &[RuleId::IdentityRejected, RuleId::AuthenticationFailed],
        });
    }
    let answer = fifth.answers.first()?;
    if fifth.refused_by_pluto() {
        return None;
    }
    let size = fifth.size(case);
    if let Some(repeat) = fifth.repeated_after_answer {
        let confidence = if size == Size::WithSpi { 0.8 } else { 0.92 };
        return Some(Reading {
            decided: Place {
                frame: repeat.frame,
                span: None,
            },
            settled: true,
            confidence,
            what: format!(
                "The responder answered it with an encrypted message of {} octets, and the initiator repeated message 5 \
                 all the same: it could not read the answer, so the two sides do not have the same keys.",
                answer.length
            ),
            alternatives: &[RuleId::IdentityRejected, RuleId::AuthMethodMismatch],
        });
    }
    (size == Size::WithoutSpi).then(|| Reading {
        decided: answer.place(),
        settled: false,
        confidence: 0.75,
        what: format!(
            "The responder answered it with an encrypted message of {} octets, the length of a notification that names no \
             SA, as strongSwan sends it when it cannot decrypt.",
            answer.length
        ),
        alternatives: &[RuleId::IdentityRejected, RuleId::AuthMethodMismatch, RuleId::AuthenticationFailed],
    })
}

/// The responder said nothing, and does not have to.
fn silent(case: &Case<'_>, fifth: &Fifth<'_>) -> Option<Reading> {
    let n = case.n;
    let m = fifth.message;
    if !fifth.answers.is_empty() || fifth.error.is_some() || m.repeat_count() == 0 {
        return None;
    }
    let on_4500 = m.ports.0 == 4500 || m.ports.1 == 4500;
    let heard_there = n.responder.on_4500;
    let arrived = n.vantage() == Vantage::Responder;
    let confidence = match (on_4500 && !heard_there && !arrived, fifth.fourth_again.is_some()) {
        (true, _) => 0.45,
        (false, true) => 0.88,
        (false, false) => 0.75,
    };
    let again = if fifth.fourth_again.is_some() {
        "The responder repeated message 4, so it is there and was not content with message 5."
    } else {
        "The responder said nothing more."
    };
    Some(Reading {
        decided: m.last_place(),
        settled: false,
        confidence,
        what: format!(
            "It was sent {} and message 6 never came. {again} Libreswan, racoon and Cisco drop a message 5 they cannot \
             decrypt without a word.",
            words::times(m.copies())
        ),
        alternatives: if on_4500 && !heard_there {
            &[RuleId::Port4500Blocked, RuleId::IdentityRejected]
        } else {
            &[RuleId::IdentityRejected, RuleId::AuthenticationFailed]
        },
    })
}
