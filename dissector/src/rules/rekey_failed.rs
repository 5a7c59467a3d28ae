//! `rekey-failed`: the tunnel was up, and its keys could not be renewed.

use super::later_request::is_long;
use super::{cookbook, evidence, later_request};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::standing::{IkeSa, Standing};
use crate::negotiation::{Event, Negotiation, Place, Progress, Role, Version, exchange, payload, shape};
use crate::wire::code;

pub(super) static RULE: Rule = Rule {
    id: RuleId::RekeyFailed,
    stage: Stage::Rekey,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The tunnel's keys could not be renewed",
    documentation: Documentation {
        means: "The tunnel came up and worked; when its keys were to be renewed, the other side refused or did not answer.",
        evidence: "IKEv2: a CREATE_CHILD_SA answered by a single notification, and no later one that succeeds. IKEv1: a later Quick \
                   Mode answered by an encrypted Informational. Or the request is repeated over 10 seconds and never answered, \
                   while other packets of that side still come. Or the next phase 1 of IKEv1 fails while data flows.",
        why: "Most often perfect forward secrecy: the first keys of an IKEv2 tunnel are made without it, so that a group which only \
              one side wants shows at the first renewal. Or lifetimes so different that one side has already forgotten.",
        fix: "Set the same PFS group on both sides (or none on both), for child SAs as for the IKE SA.",
        not: "A collision of two renewals (TEMPORARY_FAILURE) or an INVALID_KE_PAYLOAD, both followed by a CREATE_CHILD_SA that succeeds. \
              A request for another data tunnel (child-refused): it begins with its proposal (33), a renewal with REKEY_SA (41).",
        references: &["RFC 7296 1.3, 2.8, 2.25", "strongSwan child_rekey.c"],
    },
    needs: &[Facts::UP],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// How the renewal failed.
enum Sign<'a> {
    /// An error answers the request.
    Refused {
        error: &'a Event,
        request: Option<&'a Event>,
        times: usize,
    },
    /// Nothing answers it, though the other side lives.
    Unanswered(&'a Event),
    /// IKEv1: the next phase 1 does not come up.
    NextPhase1(&'a Negotiation),
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    match case.n.version {
        Version::V1 => v1(case).or_else(|| v1_unanswered(case)).or_else(|| phase1(case)),
        Version::V2 => v2(case).or_else(|| v2_unanswered(case)),
    }
}

fn v1<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    n.step(exchange::QUICK_MODE, 3)?;
    // A later Quick Mode without a second message, answered by an Informational of the other side.
    let request = n.events().rev().find(|e| e.exchange == exchange::QUICK_MODE)?;
    if !matches!(request.position, 1 | 2) || goes_on(n, request) {
        return None;
    }
    let error = n.events().find(|e| {
        e.exchange == exchange::V1_INFORMATIONAL
            && (e.encrypted || later_request::in_clear(n, e).is_some())
            && e.from != request.from
            && e.time >= request.time
            && seconds(e.time - request.time) < 3.0
    })?;
    let refused = Sign::Refused {
        error,
        request: Some(request),
        times: 1,
    };
    let confidence = if error.encrypted { 0.8 } else { 0.65 };
    Some(refusal(error, Some(request), confidence).having(refused))
}

/// Data with new keys flows after a message of Quick Mode: it was accepted, whatever of it was captured.
fn goes_on(n: &Negotiation, message: &Event) -> bool {
    n.esp().iter().any(|f| f.first().time > message.time)
}

/// Quick Mode that does not go on: it is repeated, or nothing follows it.
fn v1_unanswered<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    n.step(exchange::QUICK_MODE, 3)?;
    let request = n.events().rev().find(|e| e.exchange == exchange::QUICK_MODE)?;
    let waited = case.end.saturating_sub(request.time);
    let repeated = request.repeat_count() >= 2 && is_long(waited);
    if !matches!(request.position, 1 | 2) || request.is_answered() || goes_on(n, request) {
        return None;
    }
    if !repeated && !later_request::quiet(case, request) {
        return None;
    }
    unanswered(case, request)
}

fn v2_unanswered<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let request = later_request::waits_in_vain(case).filter(|e| later_request::renews(e))?;
    let waited = case.end.saturating_sub(request.time);
    is_long(waited).then(|| unanswered(case, request)).flatten()
}

fn unanswered<'a>(case: &Case<'a>, request: &'a Event) -> Option<Found<Sign<'a>>> {
    let heard = case.standing().heard(request.from.other())?;
    let lives = heard > request.time;
    // A side that nothing is heard of is dead rather.
    let finding = Finding::of(&RULE, request.last_place())
        .sure(
            if lives && request.is_request() { 0.86 } else { 0.6 },
            Basis::Inferred,
        )
        .blame(Blame::Either)
        .with([request.place()])
        .or(&[RuleId::PeerDead, RuleId::ReturnPathBlocked]);
    Some(finding.having(Sign::Unanswered(request)))
}

/// Phase 1 is negotiated anew while the tunnel lives, and does not come up: not answered, or refused, and no later one does.
fn phase1<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    n.step(exchange::QUICK_MODE, 3)?;
    if case.later().any(|m| m.progress() >= Progress::IkeUp) {
        return None;
    }
    let next = case
        .later()
        .filter(|m| m.started && m.version == Version::V1)
        .last()?;
    let first = next.events().next()?;
    let standing = Standing::of(case.tracker, next);
    let failed = match standing.ike {
        IkeSa::Asking => standing.stopped().is_some(),
        _ => !next.notices.is_empty() && is_long(standing.since(next.last.time)),
    };
    // Whose data stopped before has lost the tunnel first.
    let lives = [Role::Initiator, Role::Responder]
        .into_iter()
        .all(|role| n.esp().iter().any(|f| f.from == role && f.last.time > first.time));
    if !failed || !lives {
        return None;
    }
    let place = first.last_place();
    let finding = Finding::of(&RULE, place)
        .sure(0.8, Basis::Inferred)
        .blame(Blame::Either)
        .or(&[RuleId::PeerDead]);
    Some(finding.having(Sign::NextPhase1(next)))
}

fn v2<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let (error, request) = later_request::refused(case)?;
    if request.is_some_and(|request| later_request::is_additional(n, request)) {
        return None;
    }
    let times = n
        .events()
        .filter(|e| {
            e.exchange == exchange::CREATE_CHILD_SA && e.position == 2 && e.first_inner() == Some(payload::N)
        })
        .count();
    // One refusal right at the end may be a collision that the next attempt would resolve.
    let confidence = match (times, case.quiet_after(error) >= 5.0) {
        _ if !error.encrypted => 0.65,
        (2.., _) => 0.88,
        (_, true) => 0.8,
        _ => 0.6,
    };
    let refused = Sign::Refused {
        error,
        request,
        times,
    };
    Some(refusal(error, request, confidence).having(refused))
}

fn refusal(error: &Event, request: Option<&Event>, confidence: f64) -> Finding {
    let place = request.map(|request| Place {
        frame: request.frame,
        span: None,
    });
    Finding::of(&RULE, error.place())
        .sure(confidence, Basis::Inferred)
        .blame(Blame::Either)
        .with(place)
        .or(&[
            RuleId::PfsMismatch,
            RuleId::ChildProposalMismatch,
            RuleId::DeletedEarly,
        ])
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    match found.facts {
        Sign::Refused {
            error,
            request,
            times,
        } => tell_refused(case, error, request, times),
        Sign::Unanswered(request) => tell_unanswered(case, request),
        Sign::NextPhase1(next) => tell_phase1(case, next),
    }
}

/// REKEY_SA, one proposal, the shortest nonce that is used and two IPv4 selectors (RFC 7296 3.10, 3.3, 3.9, 3.13).
const LEAST: u32 = 12 + 40 + 20 + 48;
/// The same with several proposals and a long nonce.
const MUCH: u32 = 12 + 120 + 68 + 48;
/// The head of the payload of a key exchange (RFC 7296 3.4).
const KEY_HEAD: u32 = 8;

/// What the request's size says of PFS, where it says anything.
fn key_exchange(n: &Negotiation, request: Option<&Event>) -> &'static str {
    /// With the shortest public value (Curve25519, RFC 8031), and with MODP-2048's.
    const WITH_LEAST_KEY: u32 = LEAST + KEY_HEAD + 32;
    const WITH_LONG_KEY: u32 = MUCH + KEY_HEAD + 256;
    let most = request.and_then(|request| Some(shape::sizes(n)?.v2_most(request.length)));
    match most {
        Some(..WITH_LEAST_KEY) => " The request is too short to hold a key exchange, so it asks for no PFS.",
        Some(WITH_LONG_KEY..) => {
            " The request is long enough to hold a key exchange, so it seems to ask for PFS."
        }
        _ => "",
    }
}

/// A renewal of IKEv2 that was refused: the error and the request.
pub(crate) fn renewal<'a>(case: &Case<'a>) -> Option<(&'a Event, &'a Event)> {
    let (error, request) = later_request::refused(case)?;
    Some((error, request?))
}

/// How the size of an encrypted renewal goes with a key exchange of this group, or with none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// It is too short for its public value.
    Short,
    /// It may hold it.
    Fits,
    /// It is longer than requests with it are, as a rule.
    Long,
}

/// See [`Room`]; `None` if the sizes are not known.
pub(crate) fn room(n: &Negotiation, request: &Event, group: Option<u16>) -> Option<Room> {
    let sizes = shape::sizes(n)?;
    let key = match group {
        Some(group) => KEY_HEAD + u32::from(code::key_exchange_bytes(group)?),
        None => 0,
    };
    let most = sizes.v2_most(request.length);
    let least = most.saturating_sub(sizes.block.saturating_sub(1));
    Some(if most < LEAST + key {
        Room::Short
    } else if least > MUCH + key {
        Room::Long
    } else {
        Room::Fits
    })
}

fn tell_refused(case: &Case<'_>, error: &Event, request: Option<&Event>, times: usize) -> Words {
    let n = case.n;
    let (asking, other) = (
        words::peer(case, error.from.other()),
        words::peer(case, error.from),
    );
    let after = seconds(error.time.saturating_sub(n.first().time));
    let times = words::times(u32::try_from(times).unwrap_or(u32::MAX));
    let (name, why) = match n.version {
        Version::V1 => (
            "Quick Mode",
            "The first time the same request had been accepted, so something changed on the refusing side, or it is about to \
             close."
                .to_owned(),
        ),
        Version::V2 => (
            "CREATE_CHILD_SA",
            format!(
                "The keys of the first data tunnel come from IKE_AUTH and need no key exchange of their own, so a PFS group that \
                 only one side wants, or that differs, shows only now.{}",
                key_exchange(n, request)
            ),
        ),
    };
    let clear = later_request::in_clear(n, error).map(|notice| words::notify(n, notice.kind));
    let (what, unseen) = match &clear {
        Some(name) => (
            format!("{name} in clear"),
            "A message in clear can be forged, and a side that goes by the RFC does not give the tunnel up for it.",
        ),
        None => (
            "an encrypted error".to_owned(),
            "What the error says is encrypted.",
        ),
    };
    Words::new(format!(
        "The tunnel came up, but {other} refused when {asking} wanted to renew its keys; the likeliest cause is PFS that only one \
         side uses."
    ))
    .because(format!(
        "IKE and the data tunnel came up. {after:.0} seconds after the beginning {asking} asked for new keys ({name}) and {other} \
         answered with {what}, {times}. {why} {unseen}"
    ))
    .fix(cookbook::both(
        case,
        cookbook::Topic::Pfs,
        "use the same PFS group as the other side for the data tunnel, or none on both.",
    ))
    .settle(evidence::log(case, error.from))
}

fn tell_unanswered(case: &Case<'_>, request: &Event) -> Words {
    let n = case.n;
    let (asking, other) = (
        words::peer(case, request.from),
        words::peer(case, request.from.other()),
    );
    let after = seconds(request.time.saturating_sub(n.first().time));
    let step = words::step(n, request.exchange, request.position);
    let lives = n
        .heard(request.from.other())
        .is_some_and(|time| time > request.time);
    let heard = if lives {
        format!("Other packets of {other} still came, so it lives")
    } else {
        format!("Nothing of {other} came any more")
    };
    // Where the tunnel's messages went before: a peer may look for them there alone.
    let before = n
        .events()
        .rfind(|e| e.encrypted && e.frame < request.frame && e.from == request.from.other());
    let ports = before.filter(|e| (e.ports.1, e.ports.0) != request.ports);
    let moved = ports.map_or_else(String::new, |e| {
        format!(
            " The request goes from UDP port {} to port {}, where {other} had sent from port {} to port {} (frame {}): many peers take no \
             message of an IKE SA on other ports.",
            request.ports.0, request.ports.1, e.ports.0, e.ports.1, e.frame
        )
    });
    let ports = ports.map(|_| {
        let what = "keep IKE on the ports on which the tunnel came up (UDP 4500 where it moved there).";
        Step::on(case, request.from, what)
    });
    let arrives = case.arrives_at(request.from.other());
    let path = (!arrives).then(|| {
        Step::path(format!(
            "On the path to {other}: allow UDP 500 and 4500, large packets too: a renewal is longer than a liveness check."
        ))
    });
    let question = if arrives {
        "why is the request not answered?"
    } else {
        "does the request arrive, and why is it not answered?"
    };
    let side = Step::on(
        case,
        request.from.other(),
        format!(
            "look in the log {}: {question}",
            words::moment(case, request.frame)
        ),
    );
    let summary = if request.is_request() {
        format!("The tunnel came up, but when {asking} wanted to renew its keys, {other} never answered.")
    } else {
        format!(
            "The tunnel came up, but the renewal of its keys was not completed: {other} never confirmed {asking}'s answer."
        )
    };
    Words::new(summary)
    .because(format!(
        "{after:.0} seconds after the beginning {asking} sent its {step} of a renewal, {}, and nothing of that exchange followed. {heard}. When the old keys \
         expire the tunnel stops.{moved}",
        words::times(request.copies())
    ))
    .fix(ports.into_iter().chain([side]).chain(path))
    .settle(if arrives {
        evidence::log(case, request.from.other())
    } else {
        format!(
            "{}: does the {step} arrive?",
            evidence::capture(case, request.from.other())
        )
    })
}

fn tell_phase1(case: &Case<'_>, next: &Negotiation) -> Words {
    let asking = words::peer(
        case,
        match next.initiator.address == case.n.initiator.address {
            true => Role::Initiator,
            false => Role::Responder,
        },
    );
    Words::new(format!(
        "The tunnel came up, but its phase 1 could not be renewed: negotiation {}, which {asking} began for that, failed.",
        next.stream
    ))
    .because(format!(
        "The tunnel came up and still carries data. {asking} then began the next phase 1 (negotiation {}, frame {}), which did not come \
         up. When the old keys expire the tunnel stops.",
        next.stream,
        next.first().frame
    ))
    .fix(Step::both(
        case,
        format!(
            "see why negotiation {} failed; what changed since the tunnel came up is the cause.",
            next.stream
        ),
    ))
    .settle(evidence::log(case, Role::Responder))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::{exchange, payload};
    use crate::tests::made::Made;

    #[test]
    fn an_additional_key_exchange_that_nobody_answers_fails_the_renewal() {
        let renewed = |answered: bool| {
            let mut made = Made::ikev2_up((64, 63));
            made.ikev2(
                9000,
                true,
                (exchange::CREATE_CHILD_SA, false, 2),
                payload::SA,
                480,
            );
            made.ikev2(
                9010,
                false,
                (exchange::CREATE_CHILD_SA, true, 2),
                payload::SA,
                480,
            );
            // RFC 9370 2.2.4: the second key exchange has an exchange of its own.
            made.ikev2(
                9020,
                true,
                (exchange::IKE_FOLLOWUP_KE, false, 3),
                payload::N,
                1300,
            );
            if answered {
                made.ikev2(
                    9030,
                    false,
                    (exchange::IKE_FOLLOWUP_KE, true, 3),
                    payload::KE,
                    1200,
                );
            }
            for n in 0..60 {
                let sequence = u32::try_from(n).unwrap() + 1;
                made.esp(9100 + 1000 * n, true, sequence, 132);
                made.esp(9120 + 1000 * n, false, sequence, 132);
            }
            for at in [70_000, 77_000, 90_000] {
                if !answered {
                    made.again(at, 7);
                }
            }
            made.esp(95_000, true, 61, 132);
            made.esp(95_020, false, 61, 132);
            made
        };
        assert_eq!(renewed(true).quiet(RuleId::RekeyFailed), [RuleId::Established]);
        renewed(false).fires(RuleId::RekeyFailed);
    }

    /// A CREATE_CHILD_SA that begins with this payload, refused by a notification.
    fn refused(inner: u8, length: u16) -> Made {
        let mut made = Made::ikev2_up((64, 63));
        made.ikev2(9000, true, (exchange::CREATE_CHILD_SA, false, 2), inner, length);
        made.ikev2(9010, false, (exchange::CREATE_CHILD_SA, true, 2), payload::N, 80);
        made.ip(30_000, true, 64, 6, &[]);
        made
    }

    #[test]
    fn another_tunnel_that_is_refused_is_no_renewal() {
        refused(payload::N, 256).fires(RuleId::RekeyFailed);
        assert_eq!(
            refused(payload::SA, 240).quiet(RuleId::RekeyFailed),
            [RuleId::ChildRefused]
        );
        // As long as a renewal of the IKE SA itself.
        refused(payload::SA, 480).fires(RuleId::RekeyFailed);
    }

    #[test]
    fn a_renewal_that_is_never_answered_fails_although_data_goes_on() {
        let mut made = Made::ikev2_up((64, 63));
        for i in 0..30 {
            let sequence = u32::try_from(i).unwrap() + 1;
            made.esp(1000 + 1000 * i, true, sequence, 132);
            made.esp(1020 + 1000 * i, false, sequence, 132);
            if [8, 12, 19].contains(&i) {
                // A retransmission is the same, byte for byte.
                made.repeated(1500 + 1000 * i);
            }
        }
        made.fires(RuleId::RekeyFailed);
    }
}
