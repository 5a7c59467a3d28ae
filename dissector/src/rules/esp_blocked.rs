//! `esp-blocked`: IKE passes, ESP does not.

use std::iter;

use super::cookbook;
use super::evidence;
use super::unanswered::{self, Silence, Unanswered, fell_silent, unanswered, unheard};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::moved::{End, Moved, Since};
use crate::negotiation::stranger::Stranger;
use crate::negotiation::{EspFlow, Icmp, Place, Role};
use crate::wire::frame::IcmpError;

pub(super) static RULE: Rule = Rule {
    id: RuleId::EspBlocked,
    stage: Stage::Esp,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "Encrypted data (ESP) does not cross the path",
    documentation: Documentation {
        means: "The keys were agreed, but the encrypted data itself is lost on the way, in one or both directions.",
        evidence: "The tunnel came up, one side's ESP repeats in a rhythm that waits for an answer (L2TP and TCP double their \
                   pauses, a ping is even), and no ESP of the other side is seen. Or an ICMP error that quotes ESP says that a \
                   filter stops it. Or it did flow in both directions, then packets that used to be answered no longer are, while \
                   IKE goes on. Or one side sends it to an address or port that IKE has left.",
        why: "Without NAT, ESP is IP protocol 50, neither UDP nor TCP: firewalls, cloud networks and mobile carriers that let UDP \
              500 and 4500 pass often drop it. With NAT it shares UDP 4500 with IKE, and fails only where a filter looks deeper.",
        fix: "Allow IP protocol 50 in both directions, or have the peers wrap ESP in UDP 4500 even without NAT.",
        not: "A host behind the tunnel that does not answer; l2tp-no-reply and responder-failure, where the packets arrive; \
              one-way traffic such as logs, which has no such rhythm.",
        references: &["RFC 4303 2", "RFC 3948 1", "RFC 2661 5.8", "RFC 6298 5"],
    },
    needs: &[Facts::ESP, Facts::ICMP, Facts::REST],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// How it shows.
enum Sign<'a> {
    /// A router or the peer itself says so.
    Reported(&'a Icmp),
    /// Nothing comes back.
    Silence(Unanswered<'a>),
    /// The answers are sent, and do not arrive.
    Unheard {
        request: &'a EspFlow,
        answer: &'a EspFlow,
    },
    /// It did flow in both directions; IKE still does.
    Stopped(Silence<'a>),
    /// One side sends it where the other, as IKE knows, no longer is.
    Astray {
        moved: &'a Moved,
        from: Role,
        since: &'a Since,
    },
    /// One side sends it to a port where the other takes it for IKE.
    Misplaced(&'a Stranger),
}

/// So many packets to an end that IKE has left, over so many seconds, were not just on their way.
const ASTRAY: u32 = 5;
const ASTRAY_FOR: f64 = 10.0;

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let reported = reported(case);
    if !case.n.is_ike() {
        return reported;
    }
    reported
        .or_else(|| misplaced(case))
        .or_else(|| silent(case, Role::Initiator))
        .or_else(|| silent(case, Role::Responder))
        .or_else(|| back(case))
        .or_else(|| astray(case))
        .or_else(|| stopped(case))
}

fn stopped<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let silence = [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|from| fell_silent(case, from))?;
    let alive = silence.lives?;
    let silent = silence.from.other();
    let finding = silence
        .finding(&RULE)
        .sure(0.7, Basis::Inferred)
        .blame(match silent {
            _ if !case.arrives_at(silent) => Blame::Path,
            Role::Initiator => Blame::Initiator,
            Role::Responder => Blame::Responder,
        })
        .with([alive.place()])
        .or(&[RuleId::StateLost, RuleId::ResponderFailure]);
    Some(finding.having(Sign::Stopped(silence)))
}

fn misplaced<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let stranger = n.stranger.as_deref().filter(|x| x.is_esp())?;
    // Some of it may go as it should.
    if n.esp()
        .iter()
        .any(|f| f.from == stranger.from && f.first().frame > stranger.first.frame)
    {
        return None;
    }
    let finding = Finding::of(&RULE, stranger.first)
        .sure(0.8, Basis::Observed)
        .blame(Blame::of(stranger.from))
        .or(&[RuleId::ResponderFailure]);
    Some(finding.having(Sign::Misplaced(stranger)))
}

fn astray<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let moved = case.n.moved.as_deref().filter(|moved| moved.followed)?;
    let strays = |from: Role| {
        let since = moved.data(from);
        let (first, last) = since.old_at?;
        let goes_on = since.new_at.is_none_or(|new| new.time < last.time);
        let long = seconds(last.time.saturating_sub(first.time)) >= ASTRAY_FOR;
        (goes_on && long && since.old >= ASTRAY).then_some((from, since, last))
    };
    let (from, since, last) = [moved.role.other(), moved.role].into_iter().find_map(strays)?;
    let finding = Finding::of(&RULE, Place::in_frame(last.frame))
        .sure(0.82, Basis::Inferred)
        .blame(Blame::of(from))
        .with([Place::in_frame(moved.at.frame)])
        .or(&[RuleId::PeerDead]);
    Some(finding.having(Sign::Astray { moved, from, since }))
}

fn reported<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let stops = |x: &&Icmp| {
        x.protocol == 50 && matches!(x.error, IcmpError::Prohibited | IcmpError::ProtocolUnreachable)
    };
    let icmp = n.icmp.iter().find(stops)?;
    // It went through later, or the other way at least since.
    if n.is_ike() && (n.esp().iter()).any(|f| f.from == icmp.about.other() && f.last.time > icmp.time) {
        return None;
    }
    let by_peer = icmp.sender == n.peer(icmp.about.other()).address;
    let blame = match (by_peer, icmp.about) {
        (false, _) => Blame::Path,
        (true, Role::Initiator) => Blame::Responder,
        (true, Role::Responder) => Blame::Initiator,
    };
    let place = Place {
        frame: icmp.frame,
        span: Some(icmp.span),
    };
    let finding = Finding::of(&RULE, place)
        .sure(0.92, Basis::Observed)
        .blame(blame)
        .with(n.esp_from(icmp.about).map(first));
    Some(finding.having(Sign::Reported(icmp)))
}

/// The first packet of a flow.
fn first(flow: &EspFlow) -> Place {
    Place {
        frame: flow.first().frame,
        span: None,
    }
}

fn silent<'a>(case: &Case<'a>, from: Role) -> Option<Found<Sign<'a>>> {
    let u = unanswered(case, from).filter(|u| !u.arrives)?;
    let l2tp = u.is_l2tp(case.n);
    let base = match (l2tp, u.flow.is_encapsulated()) {
        // L2TP's server may be silent as well; UDP 4500 is known to pass.
        (true, true) => 0.35,
        (_, false) => 0.5,
        (false, true) => 0.45,
    };
    let sure = match u.may_be_cut_short(case.n) {
        // That is likelier then.
        Some(_) => (base + u.weight()).min(0.5),
        None => base + u.weight(),
    };
    let finding = u
        .finding(&RULE, Blame::Path)
        .sure(sure, Basis::Inferred)
        .or(if l2tp { &[RuleId::L2tpNoReply] } else { &[] })
        .or(&[RuleId::ResponderFailure, RuleId::EspIntegrityInterop]);
    Some(finding.having(Sign::Silence(u)))
}

fn back<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let (request, answer) = unheard(case)?;
    let finding = Finding::of(&RULE, Place::in_frame(request.last.frame))
        .sure(0.7, Basis::Inferred)
        .blame(Blame::Path)
        .with(request.samples.iter().rev().map(|p| Place::in_frame(p.frame)))
        .with([first(answer)])
        .or(&[RuleId::EspIntegrityInterop]);
    Some(finding.having(Sign::Unheard { request, answer }))
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    match &found.facts {
        Sign::Reported(icmp) => tell_reported(case, icmp),
        Sign::Silence(u) => tell_silence(case, u),
        Sign::Unheard { request, answer } => tell_unheard(case, request, answer),
        Sign::Stopped(silence) => tell_stopped(case, silence),
        Sign::Astray { moved, from, since } => tell_astray(case, moved, *from, since),
        Sign::Misplaced(stranger) => tell_misplaced(case, stranger),
    }
}

fn tell_stopped(case: &Case<'_>, silence: &Silence<'_>) -> Words {
    let (sender, silent) = (
        words::peer(case, silence.from),
        words::peer(case, silence.from.other()),
    );
    let encapsulated = silence.flow.is_encapsulated();
    let alive = silence.lives.map_or(0, |e| e.frame);
    let arrives = case.arrives_at(silence.from.other());
    let why = if arrives {
        format!(
            "The capture was taken at {silent}, so what {sender} sends does arrive there, and nothing leaves: {silent} discards it, or a host behind \
             {silent} no longer answers."
        )
    } else {
        format!(
            "Either its ESP is lost on the way, or what {sender} sends no longer reaches it, or it discards that; a host behind {silent} that no \
             longer answers looks the same."
        )
    };
    Words::new(format!(
        "Encrypted data flowed in both directions, then that of {silent} stopped arriving; its IKE messages still do."
    ))
    .because(format!(
        "{} {silent} still answers IKE (frame {alive}), so it is running and knows the tunnel. {why}",
        silence.words(case)
    ))
    .fix(if arrives {
        vec![Step::on(
            case,
            silence.from.other(),
            "check that it still has the tunnel's keys for what arrives, a route to the network behind it, and no firewall of its own that drops it.",
        )]
    } else {
        fixes(case, encapsulated)
    })
    .settle(if arrives {
        format!(
            "on {silent}: do its counters of discarded ESP packets grow (Linux: `ip -s xfrm state`, `/proc/net/xfrm_stat`)? And does the host \
             behind it answer?"
        )
    } else {
        format!(
            "{}: does the ESP of {sender} arrive after frame {}, and does {silent} send any?",
            evidence::capture(case, silence.from.other()),
            silence.since.frame
        )
    })
}

fn tell_astray(case: &Case<'_>, moved: &Moved, from: Role, since: &Since) -> Words {
    let address = |role: Role| case.n.peer(role).address;
    let side = |role: Role| match role {
        Role::Initiator => format!("the initiator ({})", moved.ends.0.0),
        Role::Responder => format!("the responder ({})", moved.ends.1.0),
    };
    let end = |(address, port): End| format!("{address}, port {port}");
    let (who, left) = (side(from), side(moved.role));
    let (old, new) = (end(moved.before), end(moved.end(moved.role)));
    let last = since.old_at.map_or(0, |(_, last)| last.frame);
    let whose = if from == moved.role { "from" } else { "to" };
    Words::new(format!(
        "IKE moved to another address or port of {left}, but {who} still sends its data {whose} the old one."
    ))
    .because(format!(
        "The tunnel came up between {} and {}. In frame {} an IKE message of {left} came from {new} instead of {old}, and the other side \
         answered there. Since then {who} has sent {} encrypted packets {whose} {old}, the last one in frame {last}. A NAT that gave {left} \
         another mapping, or a change of network without MOBIKE (RFC 4555), does that.",
        address(Role::Initiator),
        address(Role::Responder),
        moved.at.frame,
        since.old
    ))
    .fix(
        iter::once(Step::on(
            case,
            from,
            "restart the tunnel, so that it uses the new address.",
        ))
        .chain(Step::both(
            case,
            "switch MOBIKE on (strongSwan and Libreswan: mobike = yes), so that ESP follows when an address changes.",
        ))
        .chain([Step::on(
            case,
            moved.role,
            "send NAT keepalives every 20 seconds (RFC 3948 4), so that the NAT keeps its mapping.",
        )]),
    )
    .settle(format!("on {who}: to which address its SA sends (Linux: `ip xfrm state`)"))
}

fn tell_misplaced(case: &Case<'_>, stranger: &Stranger) -> Words {
    let (sender, receiver) = (
        words::peer(case, stranger.from),
        words::peer(case, stranger.from.other()),
    );
    let port = stranger.ports.1;
    Words::new(format!(
        "{sender} sends its encrypted data to UDP {port}, where {receiver} takes it for IKE and throws it away."
    ))
    .because(format!(
        "{} packets of {sender} on UDP {port}, the first in frame {}, are no IKE: they have one SPI and count up, as ESP does. In UDP, ESP \
         belongs on port 4500 alone, where four zero bytes tell IKE from it (RFC 3948 2.2). {receiver} reads an IKE header in it and \
         may answer with INVALID_MAJOR_VERSION.",
        stranger.count, stranger.first.frame
    ))
    .fix([Step::on(
        case,
        stranger.from,
        "take the tunnel down and bring it up again, so that it uses UDP 4500; and update that side: sending ESP to UDP 500 is a fault of it.",
    )])
    .settle(evidence::log(case, stranger.from))
}

/// ESP without IKE, or the peer itself does not know ESP.
fn tell_unknown(case: &Case<'_>, icmp: &Icmp) -> Words {
    let n = case.n;
    let (sender, receiver) = (
        words::peer(case, icmp.about),
        words::peer(case, icmp.about.other()),
    );
    let who = icmp.sender;
    let by_peer = who == n.peer(icmp.about.other()).address;
    let keys = if n.is_ike() {
        "The keys were agreed."
    } else {
        "No IKE between these two is in the capture: the keys were made before it began, by hand, or between others."
    };
    let (summary, why) = if by_peer && icmp.error == IcmpError::ProtocolUnreachable {
        (
            format!(
                "{sender} sends encrypted data (ESP), but {receiver} reports that it does not know that protocol."
            ),
            "Its IPsec is not running, or its kernel lacks ESP: what arrives is not even looked at.",
        )
    } else {
        (
            format!("{sender} sends encrypted data (ESP), but {who} reports that it is not let through."),
            "A filter there drops IP protocol 50.",
        )
    };
    let steps: Vec<Step> = if by_peer && icmp.error == IcmpError::ProtocolUnreachable {
        vec![Step::on(
            case,
            icmp.about.other(),
            "start IPsec there, and see that its kernel knows ESP (Linux: the modules esp4 and esp6).",
        )]
    } else {
        // Without IKE there is nobody to be told to wrap it in UDP.
        fixes(case, false)
            .into_iter()
            .take(if n.is_ike() { 2 } else { 1 })
            .collect()
    };
    Words::new(summary)
        .because(format!(
            "{keys} {who} answered with an ICMP error: {}. {why}",
            words::icmp(icmp)
        ))
        .fix(steps)
        .settle(format!("what runs on {who}, and its firewall"))
}

fn tell_reported(case: &Case<'_>, icmp: &Icmp) -> Words {
    let sender = words::peer(case, icmp.about);
    let who = icmp.sender;
    if !case.n.is_ike() || icmp.error == IcmpError::ProtocolUnreachable {
        return tell_unknown(case, icmp);
    }
    Words::new(format!(
        "The tunnel's encrypted data does not pass: {who} reports that ESP is not let through."
    ))
    .because(format!(
        "The keys were agreed, and {sender} sent encrypted data as IP protocol 50 (ESP). {who} answered with an ICMP error: {}. \
         No ESP came back since.",
        words::icmp(icmp)
    ))
    .fix(fixes(case, false))
    .settle(format!("the firewall rules of {who}"))
}

fn tell_silence(case: &Case<'_>, u: &Unanswered<'_>) -> Words {
    let (sender, receiver) = (words::peer(case, u.from), words::peer(case, u.from.other()));
    let encapsulated = u.flow.is_encapsulated();
    let (carrier, cause) = if encapsulated {
        (
            "ESP in UDP 4500",
            "IKE's own messages pass on the same port, so a filter must look deeper, or the other side discards what arrives.",
        )
    } else {
        (
            "IP protocol 50 (ESP)",
            "There is no NAT between the peers, so the data does not travel in UDP like IKE but as a protocol of its own, which many \
             firewalls drop.",
        )
    };
    Words::new(format!(
        "The tunnel between {sender} and {receiver} came up, but no encrypted data comes back: {carrier} seems to be blocked."
    ))
    .because(unanswered::reasoning(case, u, cause))
    .fix(fixes(case, encapsulated))
    .settle_by(unanswered::next(case, u))
}

fn tell_unheard(case: &Case<'_>, request: &EspFlow, answer: &EspFlow) -> Words {
    let (i, r) = words::peers(case);
    Words::new(format!(
        "The tunnel came up and {r} answers, but its encrypted packets do not reach {i}."
    ))
    .because(format!(
        "The capture was taken at {r}. {i} sent {} encrypted packets of {} bytes with ever longer pauses, as L2TP repeats its \
         first message. {r} answered at once (frame {}), and still {i} repeats itself and sends nothing else: the answers are lost \
         on the way, or {i} discards them. This capture cannot show what {i} receives.",
        request.packets,
        request.longest,
        answer.first().frame
    ))
    .fix(fixes(case, request.is_encapsulated()))
    .settle(format!(
        "{}: does the ESP of {r} arrive?",
        evidence::capture(case, Role::Initiator)
    ))
}

fn fixes(case: &Case<'_>, encapsulated: bool) -> Vec<Step> {
    let n = case.n;
    let (i, r) = (n.initiator.address, n.responder.address);
    if encapsulated {
        return vec![Step::path(format!(
            "On the firewalls between {i} and {r}: let all of UDP 4500 pass in both directions, not only what looks like IKE; \
             switch off packet inspection and \"IPsec passthrough\" helpers there."
        ))];
    }
    vec![
        Step::path(format!(
            "On the firewalls between {i} and {r} (also cloud security groups): allow IP protocol 50 (ESP) in both directions."
        )),
        cookbook::or_on(
            case,
            Role::Responder,
            cookbook::Topic::Encapsulation,
            "wrap ESP in UDP 4500 although there is no NAT.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    /// Beside the client.
    const HERE: (u8, u8) = (64, 62);

    #[test]
    fn an_error_about_esp_is_believed_until_esp_comes_back() {
        let mut made = Made::up(HERE);
        made.esp(200, true, 1, 132);
        made.icmp_about_esp(210, 3, 13, 0);
        made.fires(RuleId::EspBlocked);
        made.esp(1200, true, 2, 132);
        made.esp(1210, false, 1, 132);
        assert_eq!(made.quiet(RuleId::EspBlocked), [RuleId::Established]);
    }

    #[test]
    fn a_stream_that_waits_for_nothing_is_healthy() {
        // Log messages of any length, and a burst of equal ones.
        let mut made = Made::up(HERE);
        for (i, (at, length)) in [
            (200, 132),
            (900, 180),
            (1000, 148),
            (5000, 132),
            (5020, 132),
            (5021, 132),
        ]
        .iter()
        .enumerate()
        {
            made.esp(*at, true, u32::try_from(i).unwrap(), *length);
        }
        made.ip(60_000, true, 64, 6, &[]);
        assert_eq!(made.quiet(RuleId::EspBlocked), [RuleId::Established]);
    }

    #[test]
    fn pings_in_vain_are_blocked_or_fail_beyond_by_where_they_were_captured() {
        for (limits, verdict) in [(HERE, RuleId::EspBlocked), ((62, 64), RuleId::ResponderFailure)] {
            let mut made = Made::up(limits);
            for i in 0..6 {
                made.esp(200 + 1000 * i, true, u32::try_from(i).unwrap() + 1, 132);
            }
            assert_eq!(made.verdicts(), [verdict]);
        }
    }

    #[test]
    fn l2tp_that_repeats_itself_although_it_is_answered_is_not_heard() {
        let mut made = Made::up((62, 64));
        for (i, at) in [200, 1200, 3200, 7200].into_iter().enumerate() {
            let sequence = u32::try_from(i).unwrap() + 1;
            made.esp(at, true, sequence, 164);
            made.esp(at + 10, false, sequence, 164);
        }
        made.fires(RuleId::EspBlocked);
        made.esp(7220, true, 5, 68);
        assert_eq!(made.quiet(RuleId::EspBlocked), [RuleId::Established]);
    }
}
