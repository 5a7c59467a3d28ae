//! `esp-blocked`: IKE passes, ESP does not.

use super::unanswered::{self, unanswered, unheard};
use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::{Icmp, Place, Role};
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
                   filter stops it.",
        why: "Without NAT, ESP is IP protocol 50, neither UDP nor TCP: firewalls, cloud networks and mobile carriers that let UDP \
              500 and 4500 pass often drop it. With NAT it shares UDP 4500 with IKE, and fails only where a filter looks deeper.",
        fix: "Allow IP protocol 50 in both directions, or have the peers wrap ESP in UDP 4500 even without NAT.",
        not: "A host behind the tunnel that does not answer; l2tp-no-reply and responder-failure, where the packets arrive; \
              one-way traffic such as logs, which has no such rhythm.",
        references: &["RFC 4303 2", "RFC 3948 1", "RFC 2661 5.8", "RFC 6298 5"],
    },
    needs: &[Facts::ESP, Facts::ICMP],
    settles: false,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    reported(case)
        .or_else(|| silent(case, Role::Initiator))
        .or_else(|| silent(case, Role::Responder))
        .or_else(|| back(case))
}

fn fixes(case: &Case<'_>, encapsulated: bool) -> Vec<String> {
    let n = case.n;
    let (i, r) = (n.initiator.address, n.responder.address);
    if encapsulated {
        return vec![format!(
            "On the firewalls between {i} and {r}: let all of UDP 4500 pass in both directions, not only what looks like IKE; \
             switch off packet inspection and \"IPsec passthrough\" helpers there."
        )];
    }
    vec![
        format!(
            "On the firewalls between {i} and {r} (also cloud security groups): allow IP protocol 50 (ESP) in both directions."
        ),
        format!(
            "Or, where that is not possible, wrap ESP in UDP 4500 although there is no NAT, on either side.{}",
            cookbook::how(case, Role::Responder, cookbook::Topic::Encapsulation)
        ),
    ]
}

/// A router or the peer itself says so.
fn reported(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let stops = |x: &&Icmp| {
        let esp = x.protocol == 50;
        match x.error {
            IcmpError::Prohibited => esp,
            IcmpError::ProtocolUnreachable => esp,
            _ => false,
        }
    };
    let icmp = n.icmp.iter().find(stops)?;
    // It went through later, or the other way at least since.
    if n.esp()
        .iter()
        .any(|f| f.from == icmp.about.other() && f.last.time > icmp.time)
    {
        return None;
    }
    let sender = words::peer(case, icmp.about);
    let by_peer = icmp.sender == n.peer(icmp.about.other()).address;
    let blame = match (by_peer, icmp.about) {
        (false, _) => Blame::Path,
        (true, Role::Initiator) => Blame::Responder,
        (true, Role::Responder) => Blame::Initiator,
    };
    let who = icmp.sender;
    Some(
        Finding::new(
            &RULE,
            Place { frame: icmp.frame, span: Some(icmp.span) },
            format!("The tunnel's encrypted data does not pass: {who} reports that ESP is not let through."),
        )
        .sure(0.92, Basis::Observed)
        .blame(blame)
        .with(n.esp_from(icmp.about).map(|f| Place { frame: f.first().frame, span: None }))
        .because(format!(
            "The keys were agreed, and {sender} sent encrypted data as IP protocol 50 (ESP). {who} answered with an ICMP error: {}. \
             No ESP came back since.",
            words::icmp(icmp)
        ))
        .fix(fixes(case, false))
        .settle(format!("the firewall rules of {who}")),
    )
}

fn silent(case: &Case<'_>, from: Role) -> Option<Finding> {
    let u = unanswered(case, from)?;
    if u.arrives {
        return None;
    }
    let n = case.n;
    let (sender, receiver) = (words::peer(case, from), words::peer(case, from.other()));
    let l2tp = u.is_l2tp(n);
    let raw = !u.flow.is_encapsulated();
    let base = match (l2tp, raw) {
        // L2TP's server may be silent as well; UDP 4500 is known to pass.
        (true, false) => 0.35,
        (_, true) => 0.5,
        (false, false) => 0.45,
    };
    let carrier = if raw {
        "IP protocol 50 (ESP)"
    } else {
        "ESP in UDP 4500"
    };
    let cause = if raw {
        "There is no NAT between the peers, so the data does not travel in UDP like IKE but as a protocol of its own, which many \
         firewalls drop."
    } else {
        "IKE's own messages pass on the same port, so a filter must look deeper, or the other side discards what arrives."
    };
    Some(
        unanswered::finding(
            case,
            &RULE,
            &u,
            format!("The tunnel between {sender} and {receiver} came up, but no encrypted data comes back: {carrier} seems to be blocked."),
            cause,
            Blame::Path,
        )
        .sure(base + u.weight(), Basis::Inferred)
        .or(if l2tp { &[RuleId::L2tpNoReply] } else { &[] })
        .or(&[RuleId::ResponderFailure, RuleId::EspIntegrityInterop])
        .fix(fixes(case, !raw))
        .settle(unanswered::next(case, &u)),
    )
}

/// The answers are sent, and do not arrive.
fn back(case: &Case<'_>) -> Option<Finding> {
    let (request, answer) = unheard(case)?;
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let places = request.samples.iter().rev().map(|p| Place {
        frame: p.frame,
        span: None,
    });
    Some(
        Finding::new(
            &RULE,
            Place { frame: request.last.frame, span: None },
            format!("The tunnel came up and {r} answers, but its encrypted packets do not reach {i}."),
        )
        .sure(0.7, Basis::Inferred)
        .blame(Blame::Path)
        .with(places)
        .with([Place { frame: answer.first().frame, span: None }])
        .because(format!(
            "The capture was taken beside {r}. {i} sent {} encrypted packets of {} octets with ever longer pauses, as L2TP repeats its \
             first message. {r} answered at once (frame {}), and still {i} repeats itself and sends nothing else: the answers are lost \
             on the way, or {i} discards them. What {i} receives is not to be seen here.",
            request.packets, request.longest, answer.first().frame
        ))
        .or(&[RuleId::EspIntegrityInterop])
        .fix(fixes(case, request.is_encapsulated()))
        .settle(format!("a capture at {i}: does the ESP of {r} arrive?")),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::made::Made;

    /// Beside the client.
    const HERE: (u8, u8) = (64, 62);

    #[test]
    fn an_error_about_esp_is_believed_until_esp_comes_back() {
        let mut made = Made::up(HERE);
        made.esp(200, true, 1, 132);
        made.icmp_about_esp(210, 3, 13, 0);
        assert_eq!(made.verdicts(), [RuleId::EspBlocked]);
        made.esp(1200, true, 2, 132);
        made.esp(1210, false, 1, 132);
        assert_eq!(made.verdicts(), [RuleId::Established]);
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
        assert_eq!(made.verdicts(), [RuleId::Established]);
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
        assert_eq!(made.verdicts(), [RuleId::EspBlocked]);
        made.esp(7220, true, 5, 68);
        assert_eq!(made.verdicts(), [RuleId::Established]);
    }
}
