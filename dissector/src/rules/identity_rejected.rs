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

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::{exchange, notify};
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, PSK, RSA_SIGNATURES};
    use ikewhy_testkit::contents::{v1, v2};
    use ikewhy_testkit::packets::{main_mode_offer, payloads};

    /// ID_FQDN (RFC 7296 3.5).
    const FQDN: u8 = 2;
    /// Authentication methods of IKEv2 (RFC 7296 3.8).
    const RSA: u8 = 1;
    const SHARED_KEY: u8 = 2;

    /// IKE_AUTH in which the client asks for this responder, one that proves itself in this way answers, and the client objects with
    /// this error.
    fn asked_for(wanted: &[u8], given: &[u8], method: u8, error: u16) -> Made {
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        let client = [
            v2::id_i(FQDN, b"client.example"),
            v2::id_r(FQDN, wanted),
            v2::auth(SHARED_KEY),
        ];
        let server = [
            v2::id_r(FQDN, given),
            v2::auth(method),
            v2::child_offer(256, None),
        ];
        made.ikev2_holding(20, true, (exchange::IKE_AUTH, false, 1), &client);
        made.ikev2_holding(30, false, (exchange::IKE_AUTH, true, 1), &server);
        made.ikev2_holding(
            40,
            true,
            (exchange::INFORMATIONAL, false, 2),
            &[v2::notify(error, &[])],
        );
        made
    }

    #[test]
    fn another_responder_answers_than_was_asked_for() {
        let error = notify::AUTHENTICATION_FAILED;
        let finding =
            asked_for(b"vpn.example", b"gw.example", SHARED_KEY, error).fires(RuleId::IdentityRejected);
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Decrypted));
        assert_eq!(*finding.attributes, ["identity"]);
        asked_for(b"vpn.example", b"vpn.example", SHARED_KEY, error).quiet(RuleId::IdentityRejected);
        // A certificate may name both.
        asked_for(b"vpn.example", b"gw.example", RSA, error).quiet(RuleId::IdentityRejected);
        // The responder may answer as another one (RFC 7296 3.5), and the client be content with that.
        let contents = |identity| {
            let tunnel = [
                v2::child_offer(256, None),
                v2::ts_i(0, 0, [10, 1, 0, 0], [10, 1, 255, 255]),
                v2::ts_r(0, 0, [10, 2, 0, 0], [10, 2, 255, 255]),
            ];
            [&[identity, v2::auth(SHARED_KEY)][..], &tunnel].concat()
        };
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        let wanted = v2::id_r(FQDN, b"vpn.example");
        let client = [&contents(v2::id_i(FQDN, b"client.example"))[..], &[wanted]].concat();
        let server = contents(v2::id_r(FQDN, b"gw.example"));
        made.ikev2_holding(20, true, (exchange::IKE_AUTH, false, 1), &client);
        made.ikev2_holding(30, false, (exchange::IKE_AUTH, true, 1), &server);
        assert_eq!(made.quiet(RuleId::IdentityRejected), [RuleId::Established]);
    }

    fn refused_with(method: u16, error: u16) -> Made {
        let mut made = Made::fifth(method);
        made.ikev1_holding(
            60,
            false,
            (exchange::V1_INFORMATIONAL, 9),
            &[v1::hash(), v1::notify(error)],
        );
        made
    }

    #[test]
    fn a_refusal_of_message_five_that_can_be_read() {
        for error in [notify::V1_INVALID_ID_INFORMATION, notify::AUTHENTICATION_FAILED] {
            let finding = refused_with(PSK, error).fires(RuleId::IdentityRejected);
            assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Decrypted));
            assert_eq!((finding.frame, finding.settled), (6, true));
            // With signatures it may be the certificate.
            refused_with(RSA_SIGNATURES, error).quiet(RuleId::IdentityRejected);
        }
        // INITIAL-CONTACT (RFC 2407 4.6.3.3) is no error.
        refused_with(PSK, 24_578).quiet(RuleId::IdentityRejected);
    }

    #[test]
    fn an_unread_refusal_that_the_client_could_read() {
        // With AES and SHA1: HASH 24, notification with both cookies 28, padded (RFC 2408 3.14).
        let names_sa = 64;
        let mut made = Made::fifth_refused(names_sa);
        made.until(20_000);
        let finding = made.fires(RuleId::IdentityRejected);
        assert_eq!(
            (finding.blame, finding.basis, finding.settled),
            (Blame::Either, Basis::Inferred, false)
        );
        // A client that goes on asking could not read it: its key is another.
        let mut made = Made::fifth_refused(names_sa);
        made.again(4_000, 5);
        made.until(20_000);
        assert_eq!(made.quiet(RuleId::IdentityRejected), [RuleId::PskMismatch]);
        // What is too short to name the SA says that nothing could be decrypted.
        let mut made = Made::fifth_refused(48);
        made.until(20_000);
        assert_eq!(made.quiet(RuleId::IdentityRejected), [RuleId::PskMismatch]);
        // Main Mode goes on.
        let mut made = Made::fifth_refused(names_sa);
        made.main_mode_message(5, (64, 63));
        made.until(20_000);
        made.quiet(RuleId::IdentityRejected);
    }

    #[test]
    fn libreswan_answers_only_what_it_could_decrypt() {
        // It repeats message 4 half a second later as well, as the client does message 5.
        let mut made = Made::fifth_refused(64);
        for at in [560, 1_060, 2_060] {
            made.again(at, 4);
            made.again(at + 5, 5);
        }
        made.until(20_000);
        assert_eq!(made.fires(RuleId::IdentityRejected).blame, Blame::Either);
    }

    /// Aggressive Mode 1, which holds an identity, refused in clear with this error.
    fn aggressive(error: u16) -> Made {
        let mut made = Made::new();
        let first = [
            (1, main_mode_offer(PSK)),
            (4, vec![1; 256]),
            (10, vec![2; 20]),
            v1::identity(FQDN, 0, 0, b"client.example"),
            (13, vec![0xAF, 0xCA]),
        ];
        made.isakmp(
            0,
            true,
            (64, 63),
            (1, exchange::AGGRESSIVE, 0, 0),
            &payloads(&first),
        );
        let step = (11, exchange::V1_INFORMATIONAL, 0, 9);
        made.isakmp(10, false, (64, 63), step, &payloads(&[v1::notify(error)]));
        made
    }

    #[test]
    fn the_identity_of_aggressive_mode_is_refused_in_clear() {
        let finding = aggressive(notify::V1_INVALID_ID_INFORMATION).fires(RuleId::IdentityRejected);
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Observed));
        aggressive(NO_PROPOSAL_CHOSEN.into()).quiet(RuleId::IdentityRejected);
    }
}
