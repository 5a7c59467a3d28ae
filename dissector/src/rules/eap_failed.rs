//! `eap-failed`: what the client logs in with was refused (EAP in IKEv2).

use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::{Event, Negotiation, Role, Version, exchange, payload, shape};

pub(super) static RULE: Rule = Rule {
    id: RuleId::EapFailed,
    stage: Stage::Auth,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "EAP authentication failed",
    documentation: Documentation {
        means: "The responder proved who it is and asked for the user's credentials by EAP; then it refused them.",
        evidence: "Several rounds of IKE_AUTH with EAP inside; the last response is as short as an EAP Failure or an error, and \
                   the initiator does not go on to the final IKE_AUTH.",
        why: "Wrong user name or password, a certificate or a SIM that is not accepted; the user may not use this service; the two sides \
              know no common EAP method; a RADIUS server refused.",
        fix: "Check what the client logs in with, then the EAP or RADIUS server's log.",
        not: "EAP Success, which is as short: the initiator then sends its final AUTH. authentication-failed, without EAP rounds.",
        references: &["RFC 7296 2.16, 3.16", "RFC 3748 4.2"],
    },
    needs: &[Facts::AUTH_ANSWERED, Facts::INSIDE],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// EAP type Nak: the peer wants another method (RFC 3748 5.3.1).
const NAK: u8 = 3;
/// EAP type Identity (RFC 3748 5.1).
const IDENTITY: u8 = 1;
/// EAP codes (RFC 3748 4).
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;

/// What shows that EAP failed.
enum Sign<'a> {
    /// Decrypted: MS-CHAPv2 ended with this error.
    Error(u16),
    /// Decrypted: the initiator refused the method, and EAP ended with a failure.
    Nak,
    /// Decrypted: EAP ended with a failure.
    Failure(How),
    /// Not decrypted: the last response is this one, of so many.
    Last(&'a Event, usize, How),
    /// Not decrypted: the initiator answered the responder's TLS handshake with no more than an alert, and EAP ended with this.
    Alert(&'a Event),
}

/// How a refusal without a reason came.
#[derive(Clone, Copy)]
enum How {
    /// So many seconds after the last answer.
    Late(f64),
    /// As soon as the user's name was given.
    ToName,
    /// After more than that.
    ToProof,
}

impl How {
    fn of(n: &Negotiation, last: &Event, name_only: bool) -> Self {
        let asked = n.answered_by(last).map_or(last.time, |request| request.time);
        let waited = seconds(last.time.saturating_sub(asked));
        match name_only {
            _ if waited >= LONG => Self::Late(waited),
            true => Self::ToName,
            false => Self::ToProof,
        }
    }

    fn blame(self) -> Blame {
        match self {
            Self::Late(_) => Blame::Responder,
            Self::ToName => Blame::Either,
            Self::ToProof => Blame::Initiator,
        }
    }

    fn in_words(self, i: &str, r: &str, credential: &str) -> String {
        match self {
            Self::Late(waited) => format!(
                "{r} took {waited:.0} seconds and then ended EAP with a failure: the server that checks logins for it (RADIUS) most \
                 likely did not answer."
            ),
            Self::ToName => format!(
                "{r} ended EAP after the first round: the user's name is not accepted there, or the server that checks logins \
                 (RADIUS) cannot be reached."
            ),
            Self::ToProof => format!("{r} refused {credential} {i} logs in with (EAP)."),
        }
    }
}

/// Who refuses a login does so within seconds (FreeRADIUS' reject_delay is 5 at most); who asks a silent server waits longer
/// (strongSwan's eap-radius: 14).
const LONG: f64 = 8.0;

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    decrypted(case).or_else(|| inferred(case))
}

/// The result of EAP was decrypted.
fn decrypted<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let told = n.eap.iter().find(|x| x.error.is_some());
    let failure = told.or_else(|| n.eap.iter().find(|x| x.code == FAILURE))?;
    if !n.esp().is_empty() || n.eap.iter().any(|x| x.code == SUCCESS) {
        return None;
    }
    // A method that is answered to was agreed on, whatever was proposed before it (RFC 3748 5.3.1).
    let answers = n.eap.iter().filter(|x| x.code == RESPONSE);
    let nak = answers
        .filter(|x| x.kind.is_some_and(|kind| kind >= NAK))
        .max_by_key(|x| x.place.frame)
        .filter(|x| x.kind == Some(NAK));
    let sign = match (failure.error, nak) {
        (Some(error), _) => Sign::Error(error),
        (None, Some(_)) => Sign::Nak,
        (None, None) => {
            let mut said = n.eap.iter().filter(|x| x.code == RESPONSE);
            let name_only = said.all(|x| x.kind == Some(IDENTITY));
            let last = n.events().find(|e| e.frame == failure.place.frame);
            Sign::Failure(last.map_or(How::ToProof, |last| How::of(n, last, name_only)))
        }
    };
    let (blame, alternatives): (_, &[RuleId]) = if nak.is_some() {
        (Blame::Either, &[RuleId::AuthMethodMismatch])
    } else if let Sign::Failure(how) = sign {
        (how.blame(), &[])
    } else {
        (Blame::Initiator, &[])
    };
    let finding = Finding::of(&RULE, failure.place)
        .sure(0.97, Basis::Decrypted)
        .settled(true)
        .blame(blame)
        .with(nak.map(|x| x.place))
        .or(alternatives);
    Some(finding.having(sign))
}

fn inferred<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    if n.version != Version::V2 || !n.esp().is_empty() {
        return None;
    }
    let answers: Vec<&Event> = n
        .events()
        .filter(|e| e.exchange == exchange::IKE_AUTH && e.position == 2 && e.from == Role::Responder)
        .collect();
    let last = *answers.last()?;
    let went_on = n
        .events()
        .any(|e| e.exchange == exchange::IKE_AUTH && e.position == 1 && e.message_id > last.message_id);
    let ended = matches!(last.first_inner(), Some(payload::EAP | payload::N));
    // The first response holds the responder's identity; EAP begins inside it.
    // An initiator that is refused often says goodbye.
    let goodbye = n
        .events()
        .any(|e| e.frame > last.frame && e.from == Role::Initiator && e.exchange == exchange::INFORMATIONAL);
    if went_on || !ended || answers.len() < 2 || !(short(case, last) || goodbye) {
        return None;
    }
    let eap_failure = is_eap(last);
    // A request of EAP, its success and its failure may all be of this length. After a failure the initiator says goodbye, or
    // nothing more; it does not ask again for an answer that it has. What follows a fragment of its own handshake only acknowledges it.
    let fragment = n
        .answered_by(last)
        .is_some_and(|e| e.length >= HOLDS_CERTIFICATES);
    let given_up = || {
        let stopped = case.standing().stopped();
        !fragment && stopped.is_some_and(|open| open.message.frame == last.frame && open.is_silent())
    };
    if eap_failure && !goodbye && is_alert(case, last) {
        let finding = Finding::of(&RULE, last.place())
            .sure(0.6, Basis::Inferred)
            .blame(Blame::Either)
            .with(n.answered_by(last).map(Event::place))
            .or(&[RuleId::CertificateRejected, RuleId::AuthenticationFailed]);
        return Some(finding.having(Sign::Alert(last)));
    }
    if eap_failure && !goodbye && !given_up() {
        return None;
    }
    let confidence = match (eap_failure, goodbye) {
        (true, true) => 0.92,
        (true, false) => 0.6,
        (false, _) => 0.85,
    };
    let how = How::of(n, last, answers.len() == 2);
    let finding = Finding::of(&RULE, last.place())
        .sure(confidence, Basis::Inferred)
        .settled(!eap_failure || goodbye)
        .blame(how.blame())
        .with(answers.iter().take(4).map(|e| e.place()))
        .or(&[RuleId::AuthenticationFailed, RuleId::AuthMethodMismatch]);
    Some(finding.having(Sign::Last(last, answers.len(), how)))
}

/// An EAP Failure has four bytes, in a payload of eight; a notification without data has eight as well.
fn short(case: &Case<'_>, e: &Event) -> bool {
    shape::sizes(case.n).map_or(e.length <= 100, |s| s.v2_is_bare_notify(e.length))
}

/// A TLS handshake of the responder's, with its certificate, that the initiator answered with more than an acknowledgment (6 bytes, RFC
/// 5216 2.1.5) and less than the rest of a handshake needs: a TLS alert has 7 bytes and its EAP header 6 or 10 (RFC 8446 6).
fn is_alert(case: &Case<'_>, last: &Event) -> bool {
    let n = case.n;
    let answered = || {
        let alert = n.answered_by(last)?;
        let before = n.events().rfind(|e| {
            e.exchange == exchange::IKE_AUTH && e.from == Role::Responder && e.frame < alert.frame
        })?;
        let sizes = shape::sizes(n)?;
        let small = !sizes.v2_is_bare_notify(alert.length) && sizes.v2_most(alert.length) < LEAST_HANDSHAKE;
        Some(is_eap(before) && before.length >= HOLDS_CERTIFICATES && small && short(case, last))
    };
    answered().unwrap_or(false)
}

/// An EAP message that ends a flight of TLS with a certificate in it, in bytes of IKE.
const HOLDS_CERTIFICATES: u32 = 400;
/// The change of cipher and the finished message of TLS 1.2 alone take 46 bytes (RFC 5246 7.1, 7.4.9).
const LEAST_HANDSHAKE: u32 = 46;

/// It holds EAP, and not a notification.
fn is_eap(e: &Event) -> bool {
    e.first_inner() == Some(payload::EAP)
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    let (i, r) = words::peers(case);
    let credential = Credential::of(case);
    let decrypted = |reason: String| {
        format!("{r} answered the first IKE_AUTH with its own identity and began EAP. {reason} (decrypted)")
    };
    let (summary, reason) = match found.facts {
        Sign::Error(error) => {
            let meaning = mschapv2(error).unwrap_or("the login was refused");
            (
                format!("{r} refused {i}'s login (EAP): {meaning}."),
                decrypted(format!("{r} ended MS-CHAPv2 with error {error}: {meaning}.")),
            )
        }
        Sign::Nak => (
            format!("{i} and {r} know no common EAP method: {i} refused the one {r} proposed."),
            decrypted(format!(
                "{r} proposed an EAP method, {i} answered with a Nak, and {r} ended EAP with a failure."
            )),
        ),
        Sign::Failure(how) => (
            how.in_words(&i, &r, credential.words()),
            decrypted(format!("{r} ended EAP with a failure.")),
        ),
        Sign::Alert(last) => (
            format!(
                "{i} broke off the TLS handshake of EAP once it had {r}'s certificate, and {r} ended EAP."
            ),
            format!(
                "{r} sent its part of a TLS handshake, with certificates, in rounds of EAP. {i} answered with a message that is too short for the rest of a handshake and as long as a TLS alert, and {r} ended EAP ({} bytes, frame {}). So it is {i} that does not accept something: the server's certificate, its name, or its own way to use its certificate. No password is involved.",
                last.length, last.frame
            ),
        ),
        Sign::Last(last, answers, how) => {
            let holds = if is_eap(last) {
                "an EAP Success or Failure, by its length"
            } else {
                "a single notification"
            };
            let reason = format!(
                "{r} answered the first IKE_AUTH with its own identity and EAP rounds followed, {answers} responses in all. The last \
                 one holds {holds} ({} bytes), and {i} did not go on. After an EAP Success it would have sent its final AUTH.",
                last.length
            );
            (how.in_words(&i, &r, credential.words()), reason)
        }
    };
    let log = evidence::log(case, Role::Responder);
    // The ways that name the method where only the method differed.
    let fixes = if matches!(found.facts, Sign::Alert(_)) {
        [
            Step::on(
                case,
                Role::Initiator,
                format!("trust the CA of {r}'s EAP server, and expect the name in its certificate."),
            ),
            Step::on(
                case,
                Role::Initiator,
                "check that its own certificate and key can be used by the user or machine that connects; its log says why it stopped.",
            ),
        ]
    } else if matches!(found.facts, Sign::Nak) {
        steps_for_method(case)
    } else if matches!(found.facts, Sign::Failure(how) | Sign::Last(_, _, how) if !matches!(how, How::ToProof))
    {
        steps_for_radius(case)
    } else {
        steps(case)
    };
    Words::new(summary).because(reason).fix(fixes).settle(log)
}

/// What to change where the login was refused, whoever found that out.
pub(crate) fn steps(case: &Case<'_>) -> [Step; 2] {
    [
        Step::on(case, Role::Initiator, Credential::of(case).fix()),
        Step::on(
            case,
            Role::Responder,
            "look up the user in the EAP or RADIUS configuration, and read the log.",
        ),
    ]
}

/// The same where no method of EAP is common to both.
pub(crate) fn steps_for_method(case: &Case<'_>) -> [Step; 2] {
    let (i, r) = words::peers(case);
    let allow = format!(
        "allow the EAP method {r} asks for (EAP-TLS and MS-CHAPv2 are what most servers want; EAP-MD5 protects least)."
    );
    [
        Step::on(case, Role::Initiator, allow),
        Step::or_on(case, Role::Responder, format!("offer a method that {i} knows.")),
    ]
}

/// The same where the server asked another one about the user, and that one did not answer or did not know.
pub(crate) fn steps_for_radius(case: &Case<'_>) -> [Step; 2] {
    let runs =
        "check that its RADIUS server runs, can be reached and knows it as a client; the log says more.";
    let user = "check the user name (its case, and the DOMAIN\\ prefix).";
    [
        Step::on(case, Role::Responder, runs),
        Step::or_on(case, Role::Initiator, user),
    ]
}

/// What a client logs in with, by the method of EAP.
#[derive(Clone, Copy)]
enum Credential {
    Password,
    Certificate,
    /// TLS is used, for a certificate or around a password.
    Tls,
    Sim,
    /// Of a mobile network.
    Network,
    Unknown,
}

impl Credential {
    /// Of the method that was read, or by the lengths of its messages (IANA eap-numbers).
    fn of(case: &Case<'_>) -> Self {
        let n = case.n;
        let method = n
            .eap
            .iter()
            .rev()
            .filter_map(|eap| eap.kind)
            .find(|kind| *kind > NAK);
        match method {
            Some(4 | 6 | 26 | 29 | 52) => Self::Password,
            Some(13) => Self::Certificate,
            Some(21 | 25 | 43 | 55) => Self::Tls,
            Some(18 | 23 | 50) => Self::Sim,
            Some(254) => Self::Network,
            Some(_) => Self::Unknown,
            None => {
                let rounds = n
                    .events()
                    .filter(|e| e.exchange == exchange::IKE_AUTH && is_eap(e));
                let large = rounds
                    .filter(|e| e.from == Role::Responder)
                    .any(|e| e.length >= HOLDS_CERTIFICATES);
                if large { Self::Tls } else { Self::Unknown }
            }
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Password => "the user name or password that",
            Self::Certificate => "the certificate that",
            Self::Tls => "the certificate, or the password inside TLS, that",
            Self::Sim => "the SIM that",
            Self::Network => "the registration in the mobile network that",
            Self::Unknown => "the login (user name and password, as a rule) that",
        }
    }

    fn fix(self) -> &'static str {
        match self {
            Self::Password | Self::Unknown => {
                "re-enter user name and password (check case and the DOMAIN\\ prefix), and choose the EAP method the server asks for."
            }
            Self::Certificate => {
                "choose a certificate that the server accepts: issued by its CA, not expired, and for client authentication."
            }
            Self::Tls => {
                "choose a certificate that the server accepts, or re-enter user name and password where the method asks for them."
            }
            Self::Sim => "check that the SIM is active and allowed to use this service.",
            Self::Network => "check that the subscriber is registered and allowed to use this access.",
        }
    }
}

/// What an error number of MS-CHAPv2 means (RFC 2759 6).
fn mschapv2(error: u16) -> Option<&'static str> {
    Some(match error {
        646 => "the account may not log in at this hour",
        647 => "the account is disabled",
        648 => "the password has expired",
        649 => "the account may not dial in",
        691 => "wrong user name or password",
        709 => "the password could not be changed",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{FAILURE, IDENTITY, NAK, RESPONSE, SUCCESS};
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::{exchange, payload};
    use crate::tests::made::Made;
    use ikewhy_testkit::contents::{Payload, v2};

    const REQUEST: u8 = 1;
    /// Methods (IANA eap-numbers).
    const TLS: u8 = 13;
    const MSCHAPV2: u8 = 26;

    /// IKE_SA_INIT, and IKE_AUTH in which the server asks who the client is by EAP (RFC 7296 2.16).
    fn begun() -> Made {
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        let client = [v2::id_i(2, b"client.example"), v2::child_offer(256, None)];
        let who = v2::eap(REQUEST, Some((IDENTITY, b"")));
        let server = [v2::id_r(2, b"server.example"), v2::auth(1), who];
        made.ikev2_holding(20, true, (exchange::IKE_AUTH, false, 1), &client);
        made.ikev2_holding(30, false, (exchange::IKE_AUTH, true, 1), &server);
        made
    }

    /// What both sides say after that, in turn, ten milliseconds apart; the client begins.
    fn rounds(said: &[Payload]) -> Made {
        let mut made = begun();
        for (n, payload) in (0u32..).zip(said) {
            let (response, at) = (n % 2 == 1, 40 + 10 * i64::from(n));
            let step = (exchange::IKE_AUTH, response, 2 + n / 2);
            made.ikev2_holding(at, !response, step, std::slice::from_ref(payload));
        }
        made
    }

    fn name() -> Payload {
        v2::eap(RESPONSE, Some((IDENTITY, b"carol")))
    }

    fn ended(code: u8) -> Payload {
        v2::eap(code, None)
    }

    /// MS-CHAPv2's challenge and response, whose contents nobody looks at (draft-kamath-pppext-eap-mschapv2 2).
    fn challenge() -> Payload {
        v2::eap(REQUEST, Some((MSCHAPV2, &[1, 1, 0, 5, 0])))
    }

    fn response() -> Payload {
        v2::eap(RESPONSE, Some((MSCHAPV2, &[2, 1, 0, 5, 0])))
    }

    #[test]
    fn mschapv2_names_the_error() {
        let refusal = v2::mschapv2_failure(691);
        let refused = [
            name(),
            challenge(),
            response(),
            v2::eap(REQUEST, Some((MSCHAPV2, &refusal))),
        ];
        let finding = rounds(&refused).fires(RuleId::EapFailed);
        assert_eq!(
            (finding.blame, finding.basis),
            (Blame::Initiator, Basis::Decrypted)
        );
        assert_eq!(finding.frame, 8);
        // The password may be tried again (RFC 2759 6), and is right then.
        let again = [&refused[..], &[response(), ended(SUCCESS)]].concat();
        rounds(&again).quiet(RuleId::EapFailed);
    }

    #[test]
    fn a_failure_after_the_proof_is_about_the_credential() {
        let said = |end| [name(), challenge(), response(), ended(end)];
        let finding = rounds(&said(FAILURE)).fires(RuleId::EapFailed);
        assert_eq!(
            (finding.blame, finding.basis),
            (Blame::Initiator, Basis::Decrypted)
        );
        rounds(&said(SUCCESS)).quiet(RuleId::EapFailed);
        // Nothing is decided yet.
        rounds(&said(FAILURE)[..3]).quiet(RuleId::EapFailed);
    }

    #[test]
    fn a_failure_after_the_name_may_be_the_servers_own() {
        let finding = rounds(&[name(), ended(FAILURE)]).fires(RuleId::EapFailed);
        assert_eq!(finding.blame, Blame::Either);
    }

    #[test]
    fn a_failure_that_comes_late_is_that_of_a_silent_server_behind() {
        let late = |seconds: i64| {
            let mut made = rounds(&[name()]);
            let step = (exchange::IKE_AUTH, true, 2);
            made.ikev2_holding(40 + 1000 * seconds, false, step, &[ended(FAILURE)]);
            made.fires(RuleId::EapFailed).blame
        };
        // FreeRADIUS holds a refusal back for five seconds at most (reject_delay).
        assert_eq!([late(5), late(14)], [Blame::Either, Blame::Responder]);
    }

    #[test]
    fn a_method_that_the_client_does_not_want() {
        let proposal = v2::eap(REQUEST, Some((TLS, &[0x20])));
        let nak = v2::eap(RESPONSE, Some((NAK, &[MSCHAPV2])));
        let finding =
            rounds(&[name(), proposal.clone(), nak.clone(), ended(FAILURE)]).fires(RuleId::EapFailed);
        assert_eq!(
            (finding.blame, finding.alternatives[0]),
            (Blame::Either, RuleId::AuthMethodMismatch)
        );
        // A Nak is how methods are agreed on (RFC 3748 5.3.1); what comes after it is another matter.
        let agreed = [name(), proposal, nak, challenge(), response()];
        let finding = rounds(&[&agreed[..], &[ended(FAILURE)]].concat()).fires(RuleId::EapFailed);
        assert_eq!((finding.blame, finding.alternatives.len()), (Blame::Initiator, 0));
        rounds(&[&agreed[..], &[ended(SUCCESS)]].concat()).quiet(RuleId::EapFailed);
    }

    /// The same exchange unread, up to the server's second EAP message; then the client's answer and the last response of these lengths.
    fn unread(second: u16, answer: u16, (inner, last): (u8, u16)) -> Made {
        let mut made = Made::new();
        for n in 0..5 {
            made.ikev2_eap_message(n);
        }
        for (at, from_client, id, inner, length) in [
            (50, false, 2, payload::EAP, second),
            (60, true, 3, payload::EAP, answer),
            (70, false, 3, inner, last),
        ] {
            made.ikev2(
                at,
                from_client,
                (exchange::IKE_AUTH, !from_client, id),
                inner,
                length,
            );
        }
        made
    }

    /// What holds a header of EAP or a notification without data and nothing else.
    const BARE: u16 = 80;

    fn goodbye(made: &mut Made) {
        made.ikev2(80, true, (exchange::INFORMATIONAL, false, 4), payload::D, 80);
    }

    #[test]
    fn a_short_last_answer_and_a_goodbye_are_a_failure() {
        let mut made = unread(140, 160, (payload::EAP, BARE));
        goodbye(&mut made);
        let finding = made.fires(RuleId::EapFailed);
        assert_eq!(
            (finding.blame, finding.basis, finding.frame),
            (Blame::Initiator, Basis::Inferred, 8)
        );
        assert!(finding.confidence > 0.9);
    }

    #[test]
    fn a_success_is_as_short_as_a_failure() {
        // The client proves itself by the key that EAP made (RFC 7296 2.16).
        let mut made = unread(140, 160, (payload::EAP, BARE));
        made.ikev2(80, true, (exchange::IKE_AUTH, false, 4), payload::AUTH, 112);
        made.ikev2(90, false, (exchange::IKE_AUTH, true, 4), payload::AUTH, 300);
        assert_eq!(made.quiet(RuleId::EapFailed), [RuleId::Established]);
        // It may be about to do so.
        let mut made = unread(140, 160, (payload::EAP, BARE));
        made.until(5_000);
        assert_eq!(made.quiet(RuleId::EapFailed), [RuleId::InProgress]);
        made.until(120_000);
        assert!(made.fires(RuleId::EapFailed).confidence < 0.7);
    }

    #[test]
    fn a_notification_in_place_of_eap_is_an_error() {
        // Which one cannot be read: whatever refuses comes first, EAP is the likeliest cause.
        let finding = unread(140, 160, (payload::N, BARE)).fires(RuleId::AuthenticationFailed);
        assert_eq!(finding.alternatives[0], RuleId::EapFailed);
        // Rounds go on.
        unread(140, 160, (payload::EAP, 160)).quiet(RuleId::EapFailed);
    }

    #[test]
    fn an_alert_in_place_of_the_rest_of_a_handshake() {
        // A TLS alert of 7 bytes and what EAP adds, in blocks of 16 (RFC 8446 6, RFC 5216 2.1).
        let finding = unread(1200, 96, (payload::EAP, BARE)).fires(RuleId::EapFailed);
        assert_eq!(
            (finding.blame, finding.alternatives[0]),
            (Blame::Either, RuleId::CertificateRejected)
        );
        // The rest of a handshake, after which a success is as short.
        unread(1200, 240, (payload::EAP, BARE)).quiet(RuleId::EapFailed);
        // Small messages are no handshake with certificates.
        unread(140, 96, (payload::EAP, BARE)).quiet(RuleId::EapFailed);
    }
}
