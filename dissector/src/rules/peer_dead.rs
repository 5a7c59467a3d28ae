//! `peer-dead`: it was up, and then one side no longer answered.

use super::authentication_failed;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Severity, Stage, Words,
    check, seconds, words,
};
use crate::negotiation::{Event, Progress, Role, Version, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::PeerDead,
    stage: Stage::Rekey,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The tunnel was up, then one side stopped answering",
    documentation: Documentation {
        means: "After the tunnel had come up, one side repeated a request (a liveness check, a renewal) and never got an answer.",
        evidence: "IKEv2: a request after IKE_AUTH that is repeated at least twice and never answered. IKEv1: at least three \
                   encrypted Informational messages of one side (dead peer detection) without any packet of the other since.",
        why: "The other side was restarted, lost its network or address, or the path (a NAT mapping, a firewall's state) broke.",
        fix: "Look at the silent side at that time; on NAT paths keep keepalives below the mapping's lifetime.",
        not: "A single lost packet; a capture that ends while waiting.",
        references: &["RFC 7296 2.4", "RFC 3706"],
    },
    needs: &[Facts::UP],
    settles: false,
    check: check!(find, tell),
};

/// The last message to the side that is silent since, and how often it was asked.
struct Asked<'a> {
    request: &'a Event,
    times: u32,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Asked<'a>>> {
    // An initiator that objects to the responder's proof never had a tunnel.
    if case.n.progress() < Progress::IkeUp || authentication_failed::refused_by_initiator(case).is_some() {
        return None;
    }
    let asked = match case.n.version {
        Version::V1 => v1(case),
        Version::V2 => v2(case),
    }?;
    let request = asked.request;
    let blame = match request.from.other() {
        Role::Initiator => Blame::Initiator,
        Role::Responder => Blame::Responder,
    };
    // What is encrypted may be a Delete.
    let may_delete = matches!(
        request.exchange,
        exchange::V1_INFORMATIONAL | exchange::INFORMATIONAL
    );
    let finding = Finding::of(&RULE, request.last_place())
        .sure(0.87, Basis::Inferred)
        .blame(blame)
        .with([request.place()])
        .or(&[RuleId::ReturnPathBlocked])
        .or(if may_delete { &[RuleId::DeletedEarly] } else { &[] });
    Some(finding.having(asked))
}

fn v1<'a>(case: &Case<'a>) -> Option<Asked<'a>> {
    let n = case.n;
    let last = n
        .events()
        .rev()
        .find(|e| e.exchange == exchange::V1_INFORMATIONAL && e.encrypted)?;
    let silent = last.from.other();
    let last_heard = n
        .events()
        .filter(|e| e.from == silent)
        .map(|e| e.last_time())
        .chain(n.esp().iter().filter(|f| f.from == silent).map(|f| f.last.time))
        .max()?;
    let times: u32 = n
        .events()
        .filter(|e| {
            e.from == last.from
                && e.exchange == exchange::V1_INFORMATIONAL
                && e.encrypted
                && e.time > last_heard
        })
        .map(Event::copies)
        .sum();
    (times >= 3).then_some(Asked { request: last, times })
}

fn v2<'a>(case: &Case<'a>) -> Option<Asked<'a>> {
    let n = case.n;
    let request = n.events().rev().find(|e| {
        e.position == 1
            && !e.is_answered()
            && e.exchange != exchange::IKE_SA_INIT
            && e.exchange != exchange::IKE_AUTH
    })?;
    let silent = request.from.other();
    let heard = n
        .events()
        .any(|e| e.from == silent && e.last_time() > request.time)
        || n.esp()
            .iter()
            .any(|f| f.from == silent && f.last.time > request.last_time());
    (request.repeat_count() >= 2 && !heard).then(|| Asked {
        request,
        times: request.copies(),
    })
}

fn tell(case: &Case<'_>, found: &Found<Asked<'_>>) -> Words {
    let n = case.n;
    let Asked { request, times } = found.facts;
    let (alive, dead) = (
        words::peer(case, request.from),
        words::peer(case, request.from.other()),
    );
    let after = seconds(request.time.saturating_sub(n.first().time));
    let step = words::step(n, request.exchange, request.position);
    Words::new(format!("The tunnel was up, then {dead} stopped answering {alive}."))
        .because(format!(
            "The negotiation had succeeded. {after:.0} seconds after it began, {alive} sent its {step} {} and nothing came back from \
             {dead}, neither IKE nor data. From one capture point a dead peer and a broken path look alike.",
            words::times(times)
        ))
        .fix([
            format!("On {dead}: was it restarted, or did its address or network change at that time? Its log tells."),
            "On the path: do NAT mappings or firewall states expire? Then use keepalives every 20 seconds.".to_owned(),
        ])
        .settle(format!("a capture at {dead} at the same time: does the {step} arrive?"))
}
