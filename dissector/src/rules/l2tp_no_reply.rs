//! `l2tp-no-reply`: IPsec is up, the L2TP server does not answer.

use super::cookbook;
use super::unanswered::{self, Unanswered, unanswered};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::traffic::L2tp;
use crate::negotiation::{Icmp, Place, Role};
use crate::wire::frame::IcmpError;
use crate::wire::l2tp::kind;

pub(super) static RULE: Rule = Rule {
    id: RuleId::L2tpNoReply,
    stage: Stage::L2tp,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "IPsec is up, but the L2TP server does not answer",
    documentation: Documentation {
        means: "Keys and identities agree and the tunnel is up, but nothing on the server answers the client's L2TP request.",
        evidence: "An ICMP port unreachable of the server that quotes UDP 1701. Or the client's encrypted packets of one length, \
                   repeated after 1, 2, 4, 8 seconds as L2TP does, without any encrypted packet back.",
        why: "The L2TP service is not running or bound to another address, the server's firewall drops UDP 1701 after decryption, \
              or it answers and its reply does not enter the tunnel.",
        fix: "Start the L2TP service on the server; allow UDP 1701 that comes out of IPsec.",
        not: "esp-blocked, where the packets do not reach the server, and esp-integrity-interop, where it discards them: without \
              keys these look alike at the client.",
        references: &[
            "RFC 2661 5.8",
            "RFC 3193 2.1",
            "RFC 1122 4.1.3.1",
            "xl2tpd in the lab",
        ],
    },
    needs: &[Facts::ESP, Facts::ICMP, Facts::L2TP],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// How it shows.
enum Sign<'a> {
    /// The server's own system says that nothing listens.
    Reported(&'a Icmp),
    /// The server answers, with a refusal: it ends the tunnel or the call before one is up. To be read with the keys of ESP.
    Refused { request: &'a L2tp, end: &'a L2tp },
    /// Nothing comes back.
    Silence(Unanswered<'a>),
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    reported(case).or_else(|| refused(case)).or_else(|| silent(case))
}

fn reported<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let icmp = n.icmp.iter().find(|x| {
        x.port == Some(1701)
            && x.about == Role::Initiator
            && matches!(x.error, IcmpError::PortUnreachable | IcmpError::Prohibited)
    })?;
    if n.is_ike() && n.esp_from(Role::Responder).is_some_and(|f| f.packets > 2) {
        return None;
    }
    let place = |x: &Icmp| Place {
        frame: x.frame,
        span: Some(x.span),
    };
    let request = n.esp_from(Role::Initiator).map(|f| Place {
        frame: f.first().frame,
        span: None,
    });
    let finding = Finding::of(&RULE, place(icmp))
        // Without IPsec around it, that is the first thing to say.
        .sure(if n.is_ike() { 0.95 } else { 0.5 }, Basis::Observed)
        .blame(Blame::Responder)
        .with(request)
        .with(n.icmp.iter().filter(|x| x.port == Some(1701)).map(place));
    Some(finding.having(Sign::Reported(icmp)))
}

fn refused<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let n = case.n;
    let end = n
        .l2tp
        .iter()
        .find(|l| l.decrypted && (l.is(kind::STOP_CCN) || l.is(kind::CDN)))?;
    let request = n.l2tp.iter().find(|l| l.is(kind::SCCRQ))?;
    let up = n.l2tp.iter().any(|l| l.is(kind::ICCN));
    if up || end.from == request.from {
        return None;
    }
    let finding = Finding::of(&RULE, end.place())
        .sure(0.92, Basis::Decrypted)
        .settled(true)
        .blame(Blame::Either)
        .with([request.place()])
        .or(&[RuleId::PppFailed]);
    Some(finding.having(Sign::Refused { request, end }))
}

fn silent<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let u = unanswered(case, Role::Initiator).filter(|u| u.is_l2tp(case.n))?;
    let confidence = match (u.arrives, u.flow.is_encapsulated()) {
        (true, _) => 0.65,
        (false, true) => 0.5,
        (false, false) => 0.35,
    };
    let sure = match u.may_be_cut_short(case.n) {
        // That is likelier then.
        Some(_) => f64::min(confidence + u.weight(), 0.5),
        None => confidence + u.weight(),
    };
    let finding = u
        .finding(&RULE, Blame::Responder)
        .sure(sure, Basis::Inferred)
        .or(if u.arrives { &[] } else { &[RuleId::EspBlocked] })
        .or(&[RuleId::EspIntegrityInterop, RuleId::NatClientConflict]);
    Some(finding.having(Sign::Silence(u)))
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    match &found.facts {
        Sign::Reported(icmp) => tell_reported(case, icmp),
        Sign::Refused { request, end } => tell_refused(case, request, end),
        Sign::Silence(u) => tell_silence(case, u),
    }
}

fn tell_reported(case: &Case<'_>, icmp: &Icmp) -> Words {
    let n = case.n;
    let (i, r) = words::peers(case);
    let (tunnel, inside) = if n.is_ike() {
        ("IPsec is up", " inside ESP")
    } else {
        ("The hosts can reach each other", "")
    };
    Words::new(format!(
        "{tunnel}, but nothing on {r} takes L2TP: it reports that UDP port 1701 is not served."
    ))
    .because(format!(
        "{tunnel}. {i} then sent its L2TP request to UDP 1701 of {r}{inside}. {} answered with an ICMP error: {}. So the request arrived, \
         was decrypted and understood as UDP, and found no L2TP service.",
        icmp.sender,
        words::icmp(icmp),
    ))
    .fix(steps_for_silence(case))
    .settle(format!(
        "on {}: which program listens on UDP 1701 (`ss -ulnp`)",
        n.responder.address
    ))
}

fn tell_refused(case: &Case<'_>, request: &L2tp, end: &L2tp) -> Words {
    let (asking, refusing) = (words::peer(case, request.from), words::peer(case, end.from));
    let reason = words::l2tp_reason(end).map_or_else(
        || "no reason given".to_owned(),
        |r| format!("\u{201c}{r}\u{201d}"),
    );
    Words::new(format!(
        "IPsec is up, but the L2TP service of {refusing} refuses {asking}: {reason}."
    ))
    .because(format!(
        "IPsec is up, and {asking}'s L2TP request reached {refusing} inside it. {refusing} answered with {} ({reason}) before a session \
         was up. IKE and ESP are in order.",
        words::l2tp(end.kind)
    ))
    .fix([step_for_refusal(case, end.from)])
    .settle(format!("on {}: the L2TP service's log", case.n.responder.address))
}

fn tell_silence(case: &Case<'_>, u: &Unanswered<'_>) -> Words {
    let r = words::peer(case, Role::Responder);
    Words::new(format!(
        "IPsec is up, but the L2TP server at {r} does not answer the client's request."
    ))
    .because(unanswered::reasoning(
        case,
        u,
        "One packet repeated like this over IKEv1 is L2TP's first message (SCCRQ): its server did not answer.",
    ))
    .fix(steps_for_silence(case))
    .settle_by(unanswered::next(case, u))
}

/// What to change where this side's L2TP service refused the other, whoever found that out.
pub(crate) fn step_for_refusal(case: &Case<'_>, refusing: Role) -> Step {
    let asking = words::peer(case, refusing.other());
    let what = format!(
        "let the L2TP service accept calls from {asking} (xl2tpd: a [lns] section whose ip range or lac fits, and no access control \
         against it), and look at its address pool and number of sessions."
    );
    Step::on(case, refusing, what)
}

/// What to change where nothing answers L2TP, whoever found that out.
pub(crate) fn steps_for_silence(case: &Case<'_>) -> [Step; 2] {
    [
        Step::on(
            case,
            Role::Responder,
            "start the L2TP service and make it listen on UDP 1701 of the address clients call (Linux: `systemctl status \
             xl2tpd`, `ss -ulnp | grep 1701`; RouterOS: /interface l2tp-server server set enabled=yes).",
        ),
        cookbook::on(
            case,
            Role::Responder,
            cookbook::Topic::L2tpSelectors,
            "let the firewall accept UDP 1701 that comes out of IPsec (Linux: iptables -I INPUT -p udp --dport 1701 -m policy \
             --dir in --pol ipsec -j ACCEPT), and check that replies go back into the tunnel.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    /// Packets of one length that arrive at the server at these times, in seconds.
    fn sent(times: [i64; 5]) -> Made {
        let mut made = Made::up((63, 64));
        for (sequence, at) in (1..).zip(times) {
            made.esp(200 + 1000 * at, true, sequence, 168);
        }
        made
    }

    #[test]
    fn what_is_repeated_ever_more_slowly_is_l2tp() {
        // RFC 2661 5.8.
        sent([0, 1, 3, 7, 15]).fires(RuleId::L2tpNoReply);
        assert_eq!(
            sent([0, 1, 2, 3, 4]).quiet(RuleId::L2tpNoReply),
            [RuleId::ResponderFailure]
        );
    }
}
