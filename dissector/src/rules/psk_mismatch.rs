//! `psk-mismatch`: the pre-shared keys differ.

use super::cookbook::{self, Topic};
use super::evidence;
use super::fifth_message::{self, Fifth, Size};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::{Event, Place, Repeat, Role, Vantage, exchange};

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
        fix: "Enter the same key on both sides; check for spaces and quotation marks, and which address or identity the key is stored under.",
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
    settles: Settles::LATER.or(Settles::AGAIN),
    check: check!(find, tell),
};

/// Larger messages may be lost as IP fragments; identities and hashes of a pre-shared key exchange need far less.
const SMALL: u32 = 700;

/// What shows that the keys differ.
enum Sign<'a> {
    /// Aggressive Mode: the initiator objects to the responder's proof.
    ProofRefused,
    /// Main Mode: message 5 is answered with an unencrypted error.
    ErrorInClear,
    /// Main Mode: the initiator repeats message 5 after this encrypted answer.
    Unreadable(&'a Event),
    /// Main Mode: this encrypted answer has the length of a notification that names no SA.
    NamesNoSa(&'a Event),
    /// Main Mode: message 5 is not answered.
    Dropped {
        message: &'a Event,
        /// The responder repeats message 4.
        fourth_again: bool,
    },
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    main_mode(case).or_else(|| aggressive(case))
}

/// Aggressive Mode: the responder's proof stands in the second message, and the initiator refuses it.
fn aggressive<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let second = n.find(exchange::AGGRESSIVE, 2, Role::Responder)?;
    if !fifth_message::may_use_psk(case) || n.find(exchange::AGGRESSIVE, 3, Role::Initiator).is_some() {
        return None;
    }
    // Of an error in clear it is known what it objects to: the hash, or the proof as a whole (RFC 2408 3.14.1).
    if n.errors(Role::Initiator)
        .any(|error| !matches!(error.kind, 23 | 24))
    {
        return None;
    }
    let objection = n.events().find(|e| {
        e.from == Role::Initiator && e.exchange == exchange::V1_INFORMATIONAL && e.frame > second.frame
    })?;
    let finding = Finding::of(&RULE, objection.place())
        .sure(0.8, Basis::Inferred)
        .settled(true)
        .blame(Blame::Either)
        .with([second.place()])
        .or(&[RuleId::IdentityRejected, RuleId::AuthenticationFailed]);
    Some(finding.having(Sign::ProofRefused))
}

fn main_mode<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let fifth = fifth_message::of(case)?;
    if !fifth_message::may_use_psk(case) || fifth.message.length > SMALL {
        return None;
    }
    let reading = answered(case, &fifth).or_else(|| silent(case, &fifth))?;
    let confidence = if names_method(case) {
        reading.confidence
    } else {
        reading.confidence - 0.15
    };
    let finding = Finding::of(&RULE, reading.decided)
        .sure(confidence, Basis::Inferred)
        .settled(reading.settled)
        .blame(Blame::Either)
        .with([fifth.message.place()])
        .with(fifth.answers.iter().take(4).map(|e| e.place()))
        .with(fifth.fourth_again.map(copy))
        .or(reading.alternatives);
    Some(finding.having(reading.sign))
}

/// Without the beginning nothing says that a pre-shared key is used; that the answer cannot be read still does.
fn names_method(case: &Case<'_>) -> bool {
    case.n.v1_auth_method().is_some()
}

/// An error that is said of a message decrypted, or a hash computed, with another key (RFC 2408 3.14.1): a payload type, a cookie, a
/// payload, a key, a hash, an authentication or a length that is wrong.
fn names_rubbish(kind: u16) -> bool {
    matches!(kind, 1 | 4 | 16 | 17 | 23 | 24 | 30)
}

/// Where a copy of a message stands.
fn copy(repeat: Repeat) -> Place {
    Place {
        frame: repeat.frame,
        span: None,
    }
}

/// What the fate of message 5 says.
struct Reading<'a> {
    sign: Sign<'a>,
    decided: Place,
    settled: bool,
    confidence: f64,
    alternatives: &'static [RuleId],
}

/// The responder answered, and the initiator could not read it.
fn answered<'a>(case: &Case<'a>, fifth: &Fifth<'a>) -> Option<Reading<'a>> {
    if let Some(error) = fifth.error.filter(|_| fifth.answers.is_empty()) {
        // A readable error about an encrypted message: the responder could not read it.
        return names_rubbish(error.kind).then_some(Reading {
            sign: Sign::ErrorInClear,
            decided: error.place,
            settled: true,
            confidence: 0.85,
            alternatives: &[RuleId::IdentityRejected, RuleId::AuthenticationFailed],
        });
    }
    let answer = *fifth.answers.first()?;
    if fifth.refused_by_pluto() {
        return None;
    }
    let size = fifth.size(case);
    if let Some(repeat) = fifth.repeated_after_answer {
        return Some(Reading {
            sign: Sign::Unreadable(answer),
            decided: copy(repeat),
            settled: true,
            confidence: if size == Size::WithSpi { 0.8 } else { 0.92 },
            alternatives: &[RuleId::IdentityRejected, RuleId::AuthMethodMismatch],
        });
    }
    (size == Size::WithoutSpi).then(|| Reading {
        sign: Sign::NamesNoSa(answer),
        decided: answer.place(),
        settled: false,
        confidence: 0.75,
        alternatives: &[
            RuleId::IdentityRejected,
            RuleId::AuthMethodMismatch,
            RuleId::AuthenticationFailed,
        ],
    })
}

/// The responder said nothing, and does not have to.
fn silent<'a>(case: &Case<'a>, fifth: &Fifth<'a>) -> Option<Reading<'a>> {
    let n = case.n;
    let message = fifth.message;
    let standing = case.standing();
    let waits = standing
        .stopped()
        .is_some_and(|open| open.message.frame == message.frame);
    // An ICMP error says why message 5 is not answered.
    if !fifth.answers.is_empty()
        || fifth.error.is_some()
        || message.repeat_count() == 0
        || !waits
        || !n.icmp.is_empty()
    {
        return None;
    }
    let on_4500 = message.ports.0 == 4500 || message.ports.1 == 4500;
    let heard_there = n.responder.on_4500;
    let arrived = n.vantage() == Vantage::Responder;
    let fourth_again = fifth.fourth_again.is_some();
    let confidence = match (on_4500 && !heard_there && !arrived, fourth_again) {
        (true, _) => 0.45,
        (false, true) => 0.88,
        (false, false) => 0.75,
    };
    Some(Reading {
        sign: Sign::Dropped {
            message,
            fourth_again,
        },
        decided: message.last_place(),
        settled: false,
        confidence,
        alternatives: if on_4500 && !heard_there {
            &[RuleId::Port4500Blocked, RuleId::IdentityRejected]
        } else {
            &[RuleId::IdentityRejected, RuleId::AuthenticationFailed]
        },
    })
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    let what = match found.facts {
        Sign::ProofRefused => return tell_aggressive(case),
        Sign::ErrorInClear => {
            "The responder answered it with an unencrypted error, as stacks do that cannot read an encrypted message.".to_owned()
        }
        Sign::Unreadable(answer) => format!(
            "The responder answered it with an encrypted message of {} bytes, and the initiator repeated message 5 \
             all the same: it could not read the answer, so the two sides do not have the same keys.",
            answer.length
        ),
        Sign::NamesNoSa(answer) => format!(
            "The responder answered it with an encrypted message of {} bytes, the length of a notification that names no \
             SA, as strongSwan sends it when it cannot decrypt.",
            answer.length
        ),
        Sign::Dropped { message, fourth_again } => {
            let again = if fourth_again {
                "The responder repeated message 4, so it is there and was not content with message 5."
            } else {
                "The responder said nothing more."
            };
            format!(
                "It was sent {} and message 6 never came. {again} Libreswan, racoon and Cisco drop a message 5 they cannot \
                 decrypt without a word.",
                words::times(message.copies())
            )
        }
    };
    let before = if names_method(case) {
        "Algorithms were agreed and keys exchanged (Main Mode 1 to 4), with authentication by pre-shared key."
    } else {
        "The beginning, which names the way of authentication, is not in the capture."
    };
    let (i, r) = words::peers(case);
    Words::new(format!(
        "The pre-shared keys of {i} and {r} differ (or {r} uses the key of another peer)."
    ))
    .because(format!(
        "{before} Message 5 of {i} is the first encrypted one, and a pre-shared key is part of its encryption key. {what} Nothing \
         in clear says which of the two keys is wrong, and no capture can."
    ))
    .fix(steps(case))
    .settle(format!(
        "{}: \"decryption failed\", \"probable authentication failure (mismatch of preshared secrets?)\" or \"HASH mismatched\"",
        evidence::log(case, Role::Responder)
    ))
}

fn tell_aggressive(case: &Case<'_>) -> Words {
    let (i, r) = words::peers(case);
    Words::new(format!(
        "The pre-shared keys of {i} and {r} differ: {i} refused the proof of {r}."
    ))
    .because(format!(
        "In Aggressive Mode the second message holds {r}'s identity and a hash made with the pre-shared key. {i} checked \
         it with its own key and answered with an Informational in place of the third message: the hash, or the identity, \
         was not what it expected. The hash in clear lets anyone who captured it guess the key offline."
    ))
    .fix(steps(case))
    .settle(evidence::log(case, Role::Initiator))
}

/// What to change where the keys differ, whoever found that out. A key is typed wrong on the side of the client more often than not.
pub(crate) fn steps(case: &Case<'_>) -> [Step; 2] {
    let (i, r) = words::peers(case);
    let again = format!(
        "enter the pre-shared key again, exactly as it is on {r}: no space before or after it, no quotation marks too many."
    );
    let found = if case.n.step(exchange::MAIN_MODE, 1).is_some() {
        format!(": in Main Mode it is found by the address of {i} alone")
    } else {
        String::new()
    };
    let stored = format!("correct the key that is stored for {i}{found}.");
    cookbook::pair(
        case,
        Topic::PreSharedKey,
        [
            Step::on(case, Role::Initiator, again),
            Step::or_on(case, Role::Responder, stored),
        ],
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::{exchange, notify};
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, PSK, RSA_SIGNATURES};
    use ikewhy_testkit::contents::v1;
    use ikewhy_testkit::packets::{main_mode_offer, payloads};

    /// The fifth message comes again three times, as strongSwan sends it.
    fn repeated(mut made: Made) -> Made {
        for at in [4_000, 11_200, 24_200] {
            made.again(at, 5);
        }
        made
    }

    fn error_in_clear(method: u16, error: u16) -> Made {
        let mut made = Made::fifth(method);
        let step = (11, exchange::V1_INFORMATIONAL, 0, 9);
        made.isakmp(60, false, (64, 63), step, &payloads(&[v1::notify(error)]));
        made
    }

    #[test]
    fn message_five_in_vain() {
        let finding = repeated(Made::fifth(PSK)).fires(RuleId::PskMismatch);
        assert_eq!(
            (finding.blame, finding.basis, finding.settled),
            (Blame::Either, Basis::Inferred, false)
        );
        assert_eq!(
            repeated(Made::fifth(RSA_SIGNATURES)).quiet(RuleId::PskMismatch),
            [RuleId::Stalled]
        );
        // One message may be lost.
        let mut made = Made::fifth(PSK);
        made.again(4_000, 5);
        assert_eq!(made.quiet(RuleId::PskMismatch), [RuleId::InProgress]);
        // It is overcome.
        let mut made = repeated(Made::fifth(PSK));
        made.main_mode_message(5, (64, 63));
        made.quiet(RuleId::PskMismatch);
        // A router says why.
        let mut made = repeated(Made::fifth(PSK));
        made.icmp_about(24_300, 5, 3, 3);
        assert_eq!(made.quiet(RuleId::PskMismatch), [RuleId::PeerUnreachable]);
    }

    #[test]
    fn a_responder_that_repeats_message_four_is_there() {
        let sure = |made: &mut Made| made.fires(RuleId::PskMismatch).confidence;
        let alone = sure(&mut repeated(Made::fifth(PSK)));
        let mut made = repeated(Made::fifth(PSK));
        made.again(24_300, 4);
        assert!(sure(&mut made) > alone);
    }

    #[test]
    fn a_large_message_five_may_be_lost_on_the_way() {
        let mut made = Made::new();
        for n in 0..4 {
            made.main_mode_message(n, (64, 63));
        }
        made.isakmp(40, true, (64, 63), (5, exchange::MAIN_MODE, 1, 0), &[9; 1400]);
        repeated(made).quiet(RuleId::PskMismatch);
    }

    #[test]
    fn an_error_in_clear_about_what_cannot_be_read() {
        // RFC 2408 3.14.1: what a responder says of bytes that make no sense under its key.
        const INVALID_PAYLOAD_TYPE: u16 = 1;
        const AUTHENTICATION_FAILED: u16 = 24;
        for error in [
            INVALID_PAYLOAD_TYPE,
            notify::V1_PAYLOAD_MALFORMED,
            notify::V1_INVALID_HASH_INFORMATION,
            AUTHENTICATION_FAILED,
        ] {
            let finding = error_in_clear(PSK, error).fires(RuleId::PskMismatch);
            assert_eq!(
                (finding.blame, finding.frame, finding.settled),
                (Blame::Either, 6, true)
            );
            error_in_clear(RSA_SIGNATURES, error).quiet(RuleId::PskMismatch);
        }
        for error in [
            NO_PROPOSAL_CHOSEN.into(),
            notify::V1_INVALID_ID_INFORMATION,
            notify::V1_INVALID_CERTIFICATE,
        ] {
            error_in_clear(PSK, error).quiet(RuleId::PskMismatch);
        }
    }

    #[test]
    fn an_answer_that_the_client_cannot_read() {
        // With AES and SHA1: HASH 24, notification 12, and with both cookies 28, padded (RFC 2408 3.14).
        let (bare, names_sa) = (48, 64);
        for length in [bare, names_sa] {
            let mut made = Made::fifth_refused(length);
            made.again(4_000, 5);
            assert!(made.fires(RuleId::PskMismatch).settled);
        }
        let mut made = Made::fifth_refused(bare);
        made.until(20_000);
        assert_eq!(made.fires(RuleId::PskMismatch).frame, 6);
        // One that names the SA and after which the client stops was read.
        let mut made = Made::fifth_refused(names_sa);
        made.until(20_000);
        assert_eq!(made.quiet(RuleId::PskMismatch), [RuleId::IdentityRejected]);
    }

    /// The first two messages of Aggressive Mode, of which the second holds the server's proof.
    fn aggressive(method: u16) -> Made {
        let mut made = Made::new();
        let keys = [(1, main_mode_offer(method)), (4, vec![1; 256]), (10, vec![2; 20])];
        let identity = v1::identity(2, 0, 0, b"peer.example");
        let first = [&keys[..], std::slice::from_ref(&identity)].concat();
        let second = [&first[..], &[v1::hash()]].concat();
        for (at, list) in [(0, first), (10, second)] {
            made.isakmp(
                at,
                at == 0,
                (64, 63),
                (1, exchange::AGGRESSIVE, 0, 0),
                &payloads(&list),
            );
        }
        made
    }

    #[test]
    fn a_client_that_refuses_the_proof_of_aggressive_mode() {
        let objects = |method, error| {
            let mut made = aggressive(method);
            let step = (11, exchange::V1_INFORMATIONAL, 0, 9);
            made.isakmp(20, true, (64, 63), step, &payloads(&[v1::notify(error)]));
            made
        };
        let finding = objects(PSK, notify::V1_INVALID_HASH_INFORMATION).fires(RuleId::PskMismatch);
        assert_eq!(
            (finding.blame, finding.frame, finding.settled),
            (Blame::Either, 3, true)
        );
        objects(RSA_SIGNATURES, notify::V1_INVALID_HASH_INFORMATION).quiet(RuleId::PskMismatch);
        objects(PSK, notify::V1_INVALID_ID_INFORMATION).quiet(RuleId::PskMismatch);
        // The client goes on.
        let mut made = aggressive(PSK);
        made.isakmp(20, true, (64, 63), (8, exchange::AGGRESSIVE, 1, 0), &[9; 64]);
        made.isakmp(
            30,
            true,
            (64, 63),
            (8, exchange::V1_INFORMATIONAL, 1, 9),
            &[8; 80],
        );
        made.quiet(RuleId::PskMismatch);
    }
}
