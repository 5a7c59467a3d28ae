//! `rekey-failed`: the tunnel was up, and its keys could not be renewed.

use super::cookbook;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Severity, Stage, Words,
    check, seconds, words,
};
use crate::negotiation::{Event, Place, Progress, Version, exchange, payload, shape};

pub(super) static RULE: Rule = Rule {
    id: RuleId::RekeyFailed,
    stage: Stage::Rekey,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The tunnel's keys could not be renewed",
    documentation: Documentation {
        means: "The tunnel came up and worked; when its keys were to be renewed, the other side refused or did not answer.",
        evidence: "IKEv2: a CREATE_CHILD_SA answered by a single notification, and no later one that succeeds. IKEv1: a later Quick \
                   Mode answered by an encrypted Informational.",
        why: "Most often perfect forward secrecy: the first keys of an IKEv2 tunnel are made without it, so that a group which only \
              one side wants shows at the first renewal. Or lifetimes so different that one side has already forgotten.",
        fix: "Set the same PFS group on both sides (or none on both), for child SAs as for the IKE SA.",
        not: "A collision of two renewals (TEMPORARY_FAILURE) or an INVALID_KE_PAYLOAD, both followed by a CREATE_CHILD_SA that succeeds.",
        references: &["RFC 7296 1.3, 2.8, 2.25", "strongSwan child_rekey.c"],
    },
    needs: &[Facts::UP],
    settles: false,
    check: check!(find, tell),
};

/// The error that refuses new keys, and how many there were.
struct Refused<'a> {
    error: &'a Event,
    times: usize,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    match case.n.version {
        Version::V1 => v1(case),
        Version::V2 => v2(case),
    }
}

fn v1<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let n = case.n;
    n.step(exchange::QUICK_MODE, 3)?;
    // A later Quick Mode without a second message, answered by an Informational of the other side.
    let request = n.events().rev().find(|e| e.exchange == exchange::QUICK_MODE)?;
    if request.position != 1 {
        return None;
    }
    let error = n.events().find(|e| {
        e.exchange == exchange::V1_INFORMATIONAL
            && e.encrypted
            && e.from != request.from
            && e.time >= request.time
            && seconds(e.time - request.time) < 3.0
    })?;
    let refused = Refused { error, times: 1 };
    Some(finding(error, Some(request.place()), 0.8).having(refused))
}

fn v2<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let n = case.n;
    if n.progress() < Progress::IkeUp {
        return None;
    }
    let last = n
        .events()
        .rev()
        .find(|e| e.exchange == exchange::CREATE_CHILD_SA && e.position == 2)?;
    let bare = last.first_inner() == Some(payload::N)
        && shape::sizes(n).map_or(last.length <= 100, |s| s.v2_is_bare_notify(last.length));
    let pending = n
        .events()
        .any(|e| e.exchange == exchange::CREATE_CHILD_SA && e.position == 1 && e.time > last.time);
    if !bare || pending {
        return None;
    }
    let times = n
        .events()
        .filter(|e| {
            e.exchange == exchange::CREATE_CHILD_SA && e.position == 2 && e.first_inner() == Some(payload::N)
        })
        .count();
    // One refusal right at the end may be a collision that the next attempt would resolve.
    let confidence = match (times, case.quiet_after(last) >= 5.0) {
        (2.., _) => 0.88,
        (_, true) => 0.8,
        _ => 0.6,
    };
    let request = n.answered_by(last).map(|a| Place {
        frame: a.frame,
        span: None,
    });
    Some(finding(last, request, confidence).having(Refused { error: last, times }))
}

fn finding(error: &Event, request: Option<Place>, confidence: f64) -> Finding {
    Finding::of(&RULE, error.place())
        .sure(confidence, Basis::Inferred)
        .blame(Blame::Either)
        .with(request)
        .or(&[
            RuleId::PfsMismatch,
            RuleId::ChildProposalMismatch,
            RuleId::DeletedEarly,
        ])
}

fn tell(case: &Case<'_>, found: &Found<Refused<'_>>) -> Words {
    let n = case.n;
    let Refused { error, times } = found.facts;
    let (asking, other) = (
        words::peer(case, error.from.other()),
        words::peer(case, error.from),
    );
    let after = seconds(error.time.saturating_sub(n.first().time));
    let times = words::times(u32::try_from(times).unwrap_or(u32::MAX));
    let (request, why) = match n.version {
        Version::V1 => (
            "Quick Mode",
            "The first time the same request had been accepted, so something changed on the refusing side, or it is about to \
             close.",
        ),
        Version::V2 => (
            "CREATE_CHILD_SA",
            "The keys of the first data tunnel come from IKE_AUTH and need no key exchange of their own, so a PFS group that only \
             one side wants, or that differs, shows only now.",
        ),
    };
    Words::new(format!(
        "The tunnel came up, but {other} refused when {asking} wanted to renew its keys; the likeliest cause is PFS that only one \
         side uses."
    ))
    .because(format!(
        "IKE and the data tunnel came up. {after:.0} seconds after the beginning {asking} asked for new keys ({request}) and {other} \
         answered with an encrypted error, {times}. {why} What the error says is encrypted."
    ))
    .fix([format!(
        "On both sides: use the same PFS group for the data tunnel, or none on both.{}",
        cookbook::how_on_both(case, cookbook::Topic::Child)
    )])
    .settle(cookbook::log(case, error.from))
}
