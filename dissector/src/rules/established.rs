//! `established`: the IKE SA and a data tunnel came up.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, seconds, words,
};
use crate::negotiation::auth_answer::{AuthAnswer, auth_answer};
use crate::negotiation::nat::Nat;
use crate::negotiation::offer::Attribute;
use crate::negotiation::standing::{PATIENCE, is_childless};
use crate::negotiation::{Event, Negotiation, Place, Role, Version, exchange, payload, shape};

pub(super) static RULE: Rule = Rule {
    id: RuleId::Established,
    stage: Stage::Up,
    severity: Severity::Chat,
    class: Class::Good,
    title: "IPsec tunnel established",
    documentation: Documentation {
        means: "Both sides authenticated each other and agreed on keys for data.",
        evidence: "IKEv1: a complete Quick Mode (three messages), or ESP in both directions. IKEv2: an IKE_AUTH response \
                   that begins with the responder's identity (or ends EAP) and is long enough to hold a child SA, or \
                   ESP in both directions after it.",
        why: "It worked. What follows (data, L2TP, rekeying) may still fail and then is the verdict.",
        fix: "Nothing needs to be changed.",
        not: "child-refused, where the IKE_AUTH response is too short to hold a child SA.",
        references: &["RFC 2409 5.5", "RFC 7296 1.2, 3.14"],
    },
    needs: &[Facts::ESP, Facts::UP, Facts::AUTH_ANSWERED],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// That a tunnel came up does not say that what it carries works, and that is encrypted.
const UNSEEN: &str = "if the VPN still does not work: the logs of what it carries (L2TP and PPP with the user's login, where they are used), \
    routes and filters on both sides, or the ESP keys in Wireshark, for what a tunnel carries is encrypted";

/// The same where nobody used it.
const UNUSED: &str = "if it is of no use: nothing went through this transport mode tunnel. If L2TP is meant to, look whether its client \
    (xl2tpd, the system's own) was started and asks UDP 1701 of the peer; and whether the capture's filter lets ESP in (protocol 50)";

/// The same where its data ended soon.
const SOON: &str = "if it is of no use: the tunnel was taken down within a minute of its first data. If it carries L2TP, the log of \
    the PPP server says whether it refused the user's login; without the ESP keys that looks like a session that its user ended";

/// The most confidence where messages are cut: what ended the tunnel may stand in what is missing.
const CUT: f64 = 0.85;

/// By what it is known that a tunnel came up.
pub(super) enum Sign {
    /// All of Quick Mode.
    QuickMode,
    /// ESP after the second message of Quick Mode, which stands in this frame.
    DataAfter(u32),
    /// ESP of both sides, whatever of Quick Mode was captured.
    Data,
    /// A new IKE SA for the tunnel that this negotiation made.
    Renewal(u32),
    /// The same made by this negotiation's CREATE_CHILD_SA.
    Renewed(u32),
    /// An IKE_AUTH response as it is after success, and ESP of both sides.
    AnswerAndData,
    /// That response alone.
    Answer,
    /// An IKE SA without a data tunnel, which nobody asked for.
    Childless,
}

fn find(case: &Case<'_>) -> Option<Found<Sign>> {
    let n = case.n;
    if let Some(before) = case.continues().filter(|_| n.is_renewed()) {
        let first = n.events().next()?.place();
        return Some(up(first, 0.95, Basis::Inferred).having(Sign::Renewed(before)));
    }
    if !n.started {
        return None;
    }
    let mut found = match n.version {
        Version::V1 => v1(case),
        Version::V2 => v2(case),
    }?;
    // An error in clear that was cut off by the capture looks like any other message.
    let cut = n.events().any(|e| e.incomplete() && !e.ip_fragmented());
    if cut {
        found.finding.confidence = found.finding.confidence.min(CUT);
    }
    Some(found)
}

/// It is up since this place.
fn up(since: Place, confidence: f64, basis: Basis) -> Finding {
    Finding::of(&RULE, since)
        .sure(confidence, basis)
        .settled(true)
        .blame(Blame::Nobody)
}

/// First frame at which ESP had been seen from both sides.
fn esp_both(n: &Negotiation) -> Option<Place> {
    let i = n.esp_from(Role::Initiator)?.first().frame;
    let r = n.esp_from(Role::Responder)?.first().frame;
    Some(Place {
        frame: i.max(r),
        span: None,
    })
}

fn v1(case: &Case<'_>) -> Option<Found<Sign>> {
    let n = case.n;
    if let Some(third) = n.step(exchange::QUICK_MODE, 3) {
        let unused = is_unused(case);
        let finding = up(third.place(), if unused { 0.85 } else { 0.95 }, Basis::Observed);
        let brief: &[RuleId] = if unused {
            &[RuleId::L2tpNoReply, RuleId::EspBlocked]
        } else if ended_soon(n) {
            &[RuleId::PppFailed]
        } else {
            &[]
        };
        return Some(finding.or(brief).having(Sign::QuickMode));
    }
    let second = n.step(exchange::QUICK_MODE, 2);
    let data = n
        .esp()
        .iter()
        .find(|f| second.is_some_and(|s| f.first().frame > s.frame));
    if let (Some(second), Some(data)) = (second, data) {
        let since = Place {
            frame: data.first().frame,
            span: None,
        };
        return Some(up(since, 0.88, Basis::Inferred).having(Sign::DataAfter(second.frame)));
    }
    if let Some(since) = esp_both(n) {
        return Some(up(since, 0.88, Basis::Inferred).having(Sign::Data));
    }
    // A renewed IKE SA leaves the data tunnel of the one before as it is.
    let before = n.predecessor()?;
    let sixth = n
        .step(exchange::MAIN_MODE, 6)
        .filter(|_| n.step(exchange::QUICK_MODE, 1).is_none())?;
    let finding = up(sixth.place(), 0.85, Basis::Inferred)
        .settled(false)
        .or(&[RuleId::InProgress]);
    Some(finding.having(Sign::Renewal(before)))
}

/// IKEv1: transport mode was agreed on, as L2TP has it, and nobody sent anything through it for as long as a program waits. The program
/// that wanted the tunnel asks at once.
fn is_unused(case: &Case<'_>) -> bool {
    let n = case.n;
    let chosen = n.child_offers.iter().rfind(|offer| offer.from == Role::Responder);
    let mode = chosen.and_then(|offer| offer.suites.first()?.first(Attribute::Encapsulation));
    // IANA ipsec-registry, encapsulation mode: 2 transport, 4 transport in UDP, 61444 its draft.
    let transport = matches!(mode, Some(2 | 4 | 61444));
    let silent = n
        .events()
        .next_back()
        .is_some_and(|e| case.end.saturating_sub(e.last_time()) >= PATIENCE);
    transport && silent && !n.has_data() && n.l2tp.is_empty()
}

/// IKEv1: data flowed as it does when L2TP begins, and within a minute one side ended it. A refused login of PPP looks like that
/// without keys; so does a session that its user ends.
fn ended_soon(n: &Negotiation) -> bool {
    /// An L2TP request in ESP is at least so long (RFC 2661 6.1), and a login is over after this time and these packets.
    const REQUEST: u32 = 124;
    const LASTS: f64 = 60.0;
    const PACKETS: u32 = 80;
    let [Some(request), Some(answer)] = [Role::Initiator, Role::Responder].map(|role| n.esp_from(role))
    else {
        return false;
    };
    let last = n.esp().iter().map(|f| f.last.time).max().unwrap_or(0);
    let delete = |e: &Event| e.exchange == exchange::V1_INFORMATIONAL && e.encrypted && e.last_time() >= last;
    n.esp().len() == 2
        && request.samples.first().is_some_and(|p| p.length >= REQUEST)
        && request.packets.max(answer.packets) <= PACKETS
        && seconds(last.saturating_sub(request.first().time)) < LASTS
        && n.events().any(delete)
}

/// The last IKE_AUTH response of the responder.
fn last_auth(n: &Negotiation) -> Option<&Event> {
    n.events()
        .rev()
        .find(|e| e.exchange == exchange::IKE_AUTH && e.position == 2 && e.from == Role::Responder)
}

/// How the first tunnel of IKEv2 came up, as far as the responder has a say in it.
pub(super) fn v2(case: &Case<'_>) -> Option<Found<Sign>> {
    let n = case.n;
    let standing = case.standing();
    let answer = last_auth(n)?;
    let said = auth_answer(n, answer);
    if !standing.is_up() || !matches!(said, AuthAnswer::Done | AuthAnswer::Unclear) {
        return None;
    }
    let inner = answer.first_inner();
    let data = esp_both(n);
    if data.is_none() && is_childless(n) {
        // Data tunnels are made later, each by an exchange of its own; the last accepted one says most.
        let made = n.events().rfind(|e| {
            e.exchange == exchange::CREATE_CHILD_SA && e.position == 2 && e.first_inner() == Some(payload::SA)
        });
        let finding = up(made.unwrap_or(answer).place(), 0.85, Basis::Inferred).settled(false);
        return Some(finding.or(&[RuleId::ChildRefused]).having(Sign::Childless));
    }
    // Without keys only its length says that the response holds a child SA and not a refusal.
    let long_enough = shape::sizes(n).is_none_or(|s| s.v2_most(answer.length) >= s.v2_least_success())
        || inner == Some(payload::AUTH)
        || answer.fragments().is_some();
    // A responder that starts EAP answers with its identity and a certificate: only what follows tells it apart.
    let could_be_eap = answer.message_id == 1
        && inner != Some(payload::AUTH)
        && answer.length > shape::MOST_WITHOUT_CERTIFICATE;
    let (since, settled) = if !long_enough {
        (data?, true)
    } else if !could_be_eap {
        (answer.place(), true)
    } else {
        let message = n
            .events()
            .find(|e| {
                e.frame > answer.frame && !matches!(e.exchange, exchange::IKE_SA_INIT | exchange::IKE_AUTH)
            })
            .map(Event::place);
        let esp = n.esp().iter().map(|f| f.first().frame).min().map(Place::in_frame);
        let next = message.into_iter().chain(esp).min();
        (next.unwrap_or(answer.place()), next.is_some())
    };
    Some(if data.is_some() {
        let finding = up(since, 0.97, Basis::Inferred).settled(settled);
        finding.having(Sign::AnswerAndData)
    } else {
        // It may be EAP that begins, and a client that does not like the certificate.
        let silent = said == AuthAnswer::Unclear && standing.since(answer.last_time()) >= PATIENCE;
        let confidence = if silent { 0.7 } else { 0.88 };
        let finding = up(since, confidence, Basis::Inferred).settled(settled);
        let finding = if silent {
            finding.or(&[RuleId::Stalled, RuleId::CertificateRejected])
        } else {
            finding
        };
        finding.or(&[RuleId::ChildRefused]).having(Sign::Answer)
    })
}

fn tell(case: &Case<'_>, found: &Found<Sign>) -> Words {
    let n = case.n;
    let (i, r) = words::peers(case);
    let suite = n
        .selected()
        .map_or_else(String::new, |s| format!(" with {}", s.line()));
    let nat = match (n.initiator.nat, n.responder.nat) {
        (Nat::Behind, Nat::Behind) => " Both sides are behind NAT.",
        (Nat::Behind, _) => " The initiator is behind NAT.",
        (_, Nat::Behind) => " The responder is behind NAT.",
        _ => "",
    };
    let unseen = match n.l2tp.is_empty() {
        true if found.finding.alternatives.contains(&RuleId::L2tpNoReply) => UNUSED,
        true if found.finding.alternatives.contains(&RuleId::PppFailed) => SOON,
        true => UNSEEN,
        false => "",
    };
    let version = n.version.name();
    Words::new(match found.facts {
        Sign::Childless => {
            format!("The IKE SA between {i} and {r} came up ({version}{suite}), without a data tunnel so far.")
        }
        Sign::Renewal(_) | Sign::Renewed(_) => {
            format!("The tunnel between {i} and {r} goes on: the keys of its IKE SA were renewed ({version}{suite}).")
        }
        _ => format!("The tunnel between {i} and {r} came up ({version}{suite})."),
    })
    .because(in_words(&found.facts) + nat)
    .settle(unseen)
}

/// What happened.
fn in_words(sign: &Sign) -> String {
    match sign {
        Sign::QuickMode => {
            "Phase 1 ended with both sides authenticated, and all three messages of Quick Mode (phase 2) were exchanged."
                .to_owned()
        }
        Sign::DataAfter(second) => format!(
            "The last message of Quick Mode (phase 2) is not in the capture, but after the answer in frame {second} encrypted \
             data (ESP) flows: the answer was accepted."
        ),
        Sign::Data => {
            "Quick Mode is not complete in the capture, but encrypted data (ESP) flows in both directions.".to_owned()
        }
        Sign::Renewal(before) => format!(
            "Both sides authenticated each other again. The data tunnel of negotiation {before} between the same peers goes on, \
             so none was asked for here."
        ),
        Sign::Renewed(before) => format!(
            "A CREATE_CHILD_SA exchange of negotiation {before} made this IKE SA: it renews the keys of that one and takes over its \
             data tunnels. Its own messages, which this capture shows, need both sides to have the new keys."
        ),
        Sign::Childless => {
            "IKE_AUTH ended with the responder's own authentication. The request is too short to ask for a data tunnel, which the \
             responder had allowed (CHILDLESS_IKEV2_SUPPORTED, RFC 6023): tunnels are made later."
                .to_owned()
        }
        Sign::AnswerAndData => {
            "IKE_AUTH ended with the responder's own authentication, and encrypted data (ESP) flows in both directions."
                .to_owned()
        }
        Sign::Answer => {
            "The IKE_AUTH response begins with the responder's identity and is long enough to accept the data tunnel. \
             Encrypted data (ESP) in both directions, which would prove it, is not in the capture."
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::made::{Made, sa_v2};
    use ikewhy_testkit::packets::payloads;

    /// IKE_AUTH with a request and an answer of these lengths; the responder allows an IKE SA without a tunnel, or does not say so.
    fn answered(allowed: bool, request: usize, answer: usize) -> Made {
        let mut made = Made::new();
        made.ikev2_step(0, true, (exchange::IKE_SA_INIT, 0), 0, 0);
        let kind: u16 = if allowed { 16418 } else { 16404 };
        let notify = [&[0, 0][..], &kind.to_be_bytes()].concat();
        let key = [&[0, 14, 0, 0][..], &[1; 256]].concat();
        let body = payloads(&[(33, sa_v2()), (34, key), (40, vec![5; 32]), (41, notify)]);
        let step = (33, exchange::IKE_SA_INIT, 0x20, 0);
        made.isakmp(10, false, (64, 63), step, &body);
        made.ikev2_step(20, true, (exchange::IKE_AUTH, 1), 35, request);
        made.ikev2_step(30, false, (exchange::IKE_AUTH, 1), 36, answer);
        made.until(60_000);
        made
    }

    #[test]
    fn an_ike_sa_without_a_tunnel_may_be_what_was_wanted() {
        answered(true, 144, 128).fires(RuleId::Established);
        // A tunnel was asked for, or has to be.
        assert_eq!(
            answered(true, 256, 128).quiet(RuleId::Established),
            [RuleId::ChildRefused]
        );
        assert_eq!(
            answered(false, 144, 128).quiet(RuleId::Established),
            [RuleId::ChildRefused]
        );
    }
}
