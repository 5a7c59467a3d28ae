//! `l2tp-cleartext`: L2TP crosses the network outside IPsec.

use super::cookbook;
use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::traffic::{L2tp, L2tpKind};
use crate::negotiation::{Negotiation, Place, Progress, Role, Version};
use crate::wire::l2tp::kind;

pub(super) static RULE: Rule = Rule {
    id: RuleId::L2tpCleartext,
    stage: Stage::L2tp,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "L2TP crosses the network without IPsec",
    documentation: Documentation {
        means: "L2TP packets can be read on the way: nothing encrypts them. Everything inside the VPN is open to whoever carries \
                it, and servers that demand IPsec drop such packets.",
        evidence: "UDP port 1701 with an L2TP header, in clear: between hosts without a negotiation, or after one that had come up.",
        why: "The client's IPsec is switched off for L2TP (Windows: ProhibitIpSec = 1; RouterOS: use-ipsec=no), the L2TP program \
              was started without it, or the selectors do not cover the ports or addresses that L2TP uses. In answers only: the \
              server's policy does not match its own reply (address translation, an unexpected port).",
        fix: "Switch IPsec on for the connection; on the server drop UDP 1701 that does not come out of IPsec.",
        not: "Messages that follow the end of a tunnel (StopCCN, HELLO). A capture taken on one of the hosts itself, which also shows packets after decryption: there each follows its ESP \
              packet at once. L2TP between routers of one operator, where encryption was never meant.",
        references: &[
            "RFC 3193 2.1",
            "RFC 2661 9",
            "Microsoft KB 240262 (ProhibitIpSec)",
            "MikroTik L2TP manual, use-ipsec",
        ],
    },
    needs: &[Facts::L2TP],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// What stands around it.
enum Clear<'a> {
    /// No IKE at all between these hosts, or none that made a tunnel.
    Alone {
        /// Something of the responder is seen.
        answered: bool,
        /// The message that ends it.
        end: Option<&'a L2tp>,
        /// The IKE negotiation that failed.
        failed: Option<&'a Negotiation>,
    },
    /// A tunnel that came up, beside which this message goes.
    Beside(&'a L2tp),
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Clear<'a>>> {
    let n = case.n;
    let in_clear = || n.l2tp.iter().filter(|l| !l.decrypted);
    if n.is_l2tp_alone() {
        let first = in_clear().find(|l| l.kind != L2tpKind::Acknowledgment);
        return Some(alone(case, first.or(in_clear().next())?));
    }
    if !n.is_ike() {
        return None;
    }
    // Beside a tunnel that is in use, or to begin with. What a closed tunnel leaves over (a StopCCN, a HELLO) is no leak.
    let last_esp = n.esp().iter().map(|f| f.last.time).max();
    let beside = in_clear().find(|l| l.is(kind::SCCRQ) || last_esp.is_some_and(|esp| esp > l.first.time))?;
    (n.progress() == Progress::ChildUp || n.version == Version::V2).then(|| outside(n, beside))
}

fn alone<'a>(case: &Case<'a>, first: &L2tp) -> Found<Clear<'a>> {
    let n = case.n;
    let answer = n.l2tp.iter().find(|l| l.from == Role::Responder);
    let answered = answer.is_some();
    let asked_again = n.l2tp.iter().any(|l| l.copies > 1 && l.is(kind::SCCRQ));
    let end = n
        .l2tp
        .iter()
        .find(|l| l.is(kind::STOP_CCN) || l.is(kind::CDN) || l.kind == L2tpKind::LoginRefused);
    Finding::of(&RULE, answer.unwrap_or(first).place())
        .sure(if answered || asked_again { 0.95 } else { 0.9 }, Basis::Observed)
        .settled(answered)
        .blame(Blame::Initiator)
        .with([first.place()])
        .with(end.map(L2tp::place))
        .or(if answered {
            &[RuleId::PppFailed]
        } else {
            &[RuleId::L2tpNoReply]
        })
        .having(Clear::Alone {
            answered,
            end,
            failed: case.tracker.siblings(n).find(|m| m.is_ike()),
        })
}

fn outside<'a>(n: &Negotiation, l: &'a L2tp) -> Found<Clear<'a>> {
    Finding::of(&RULE, l.place())
        .sure(0.88, Basis::Observed)
        .blame(Blame::of(l.from))
        .with(n.esp().iter().map(|f| Place {
            frame: f.first().frame,
            span: None,
        }))
        .or(&[RuleId::L2tpNoReply])
        .having(Clear::Beside(l))
}

fn tell(case: &Case<'_>, found: &Found<Clear<'_>>) -> Words {
    match found.facts {
        Clear::Alone {
            answered,
            end,
            failed,
        } => tell_alone(case, answered, end, failed),
        Clear::Beside(l) => tell_beside(case, l),
    }
}

fn tell_alone(case: &Case<'_>, answered: bool, end: Option<&L2tp>, failed: Option<&Negotiation>) -> Words {
    let n = case.n;
    let (i, r) = (n.initiator.address, n.responder.address);
    let ending = end.map_or_else(String::new, |l| {
        let reason = words::l2tp_reason(l).map_or_else(String::new, |r| format!(": {r}"));
        let who = if l.from == Role::Initiator { i } else { r };
        format!(
            " It ended with {} from {who}{reason} (frame {}).",
            words::l2tp(l.kind),
            l.first.frame
        )
    });
    let answer = if answered {
        format!("{r} answers it")
    } else {
        format!("{r} does not answer it, as servers that demand IPsec do")
    };
    let before = failed.map_or_else(
        || "There is no IKE negotiation between these hosts in the capture".to_owned(),
        |m| {
            format!(
                "The IKE negotiation between these hosts (negotiation {}) had made no tunnel for it",
                m.stream
            )
        },
    );
    let first = failed.map(|m| {
        let what = format!(
            "first fix what failed in negotiation {}; L2TP must wait until IPsec is up.",
            m.stream
        );
        Step::on(case, Role::Initiator, what)
    });
    Words::new(format!(
        "{i} talks L2TP to {r} without IPsec: nothing protects the user's login and data on the way."
    ))
    .because(format!(
        "L2TP does not encrypt; it relies on IPsec around it (RFC 3193). Here UDP 1701 is to be read in clear. From {i}: {}. From {r}: \
         {}. {before}, and {answer}.{ending}",
        seen(case, Role::Initiator),
        seen(case, Role::Responder),
    ))
    .fix(first.into_iter().chain(fixes(case)))
    .settle(format!(
        "{}: does it try IKE at all?",
        evidence::capture(case, Role::Initiator)
    ))
    .settle(format!("the IPsec service and settings of {i}"))
}

fn tell_beside(case: &Case<'_>, l: &L2tp) -> Words {
    let (i, r) = words::peers(case);
    let [client, guard] = fixes(case);
    let (who, other, step) = match l.from {
        Role::Initiator => (&i, &r, client),
        Role::Responder => {
            let server = cookbook::on(
                case,
                Role::Responder,
                cookbook::Topic::L2tpSelectors,
                format!(
                    "the policy must cover its replies: UDP from port 1701 of the address that {i} called, to any port. Address \
                     translation on {r} must leave packets to {i} alone."
                ),
            );
            (&r, &i, server)
        }
    };
    Words::new(format!(
        "IPsec is up between {i} and {r}, but {who} sends its L2TP beside it, in clear."
    ))
    .because(format!(
        "The tunnel came up. Yet L2TP {} of {who} to {other} is to be read in clear in frame {}, and \
         it did not come out of ESP at the capture point: no ESP packet of that side stands just before it. {who}'s IPsec policy \
         does not cover it, by port, address or order of start.",
        words::l2tp(l.kind),
        l.first.frame
    ))
    .fix([step, guard])
    .settle(format!("the IPsec policies of {who} (Linux: `ip xfrm policy`)"))
    .settle(evidence::capture(case, l.from.other()))
}

/// Which control messages were seen of a side, in words.
fn seen(case: &Case<'_>, from: Role) -> String {
    let of = case.n.l2tp.iter().filter(|l| l.from == from && !l.decrypted);
    let names: Vec<String> = of
        .map(|l| {
            let copies = u32::try_from(l.copies).unwrap_or(u32::MAX);
            match l.kind {
                _ if copies == 1 => words::l2tp(l.kind),
                L2tpKind::Data | L2tpKind::LoginRefused | L2tpKind::LinkEnded | L2tpKind::NetworkUp => {
                    format!("{} ({copies} packets)", words::l2tp(l.kind))
                }
                _ => format!("{} ({})", words::l2tp(l.kind), words::times(copies)),
            }
        })
        .collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        words::list(&names)
    }
}

/// IPsec for the client, and a guard at the server.
fn fixes(case: &Case<'_>) -> [Step; 2] {
    [
        Step::on(
            case,
            Role::Initiator,
            "switch IPsec on for this L2TP connection.",
        )
        .told(
            "Windows: in the registry below \
             HKLM\\SYSTEM\\CurrentControlSet\\Services\\RasMan\\Parameters delete ProhibitIpSec or set it to 0, and restart. RouterOS: \
             /interface l2tp-client set [find name=NAME] use-ipsec=yes. NetworkManager-l2tp: tick \"Enable IPsec tunnel to L2TP host\". \
             Linux: have L2TP start only once the IPsec connection is up.",
        ),
        Step::on(
            case,
            Role::Responder,
            "accept UDP 1701 only out of IPsec (Linux: iptables -I INPUT -p udp --dport 1701 -m policy --dir in --pol none -j \
             DROP; RouterOS: /interface l2tp-server server set use-ipsec=required).",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;
    use ikewhy_testkit::packets::control;

    #[test]
    fn what_a_host_decrypts_is_no_leak_and_a_reply_in_clear_is_one() {
        let mut made = Made::up((62, 64));
        for i in 0..4 {
            made.esp(200 + 1000 * i, true, u32::try_from(i).unwrap(), 68);
            made.l2tp(200 + 1000 * i, true, &control(1, 0));
            made.esp(210 + 1000 * i, false, u32::try_from(i).unwrap(), 68);
        }
        assert_eq!(made.quiet(RuleId::L2tpCleartext), [RuleId::Established]);
        let mut made = Made::up((62, 64));
        for i in 0..4 {
            made.esp(200 + 1000 * i, true, u32::try_from(i).unwrap(), 68);
            made.l2tp(203 + 1000 * i, false, &control(2, 0));
        }
        made.fires(RuleId::L2tpCleartext);
    }

    #[test]
    fn remains_of_a_closed_tunnel_are_none() {
        let mut made = Made::up((64, 62));
        made.esp(200, true, 1, 132);
        made.esp(210, false, 1, 132);
        made.l2tp(5000, true, &control(4, 3));
        made.l2tp(6000, true, &control(4, 3));
        assert_eq!(made.quiet(RuleId::L2tpCleartext), [RuleId::Established]);
    }

    #[test]
    fn l2tp_without_any_negotiation_is_a_stream_of_its_own() {
        let mut made = Made::new();
        made.l2tp(0, true, &control(1, 0));
        made.l2tp(10, false, &control(2, 0));
        made.fires(RuleId::L2tpCleartext);
        // ESP of a tunnel that was made before the capture began: this may have come out of it.
        let mut made = Made::new();
        made.esp(0, true, 900, 132);
        made.l2tp(1, true, &control(6, 9));
        assert!(made.verdicts().is_empty());
    }
}
