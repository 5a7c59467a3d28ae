//! `ppp-failed`: L2TP is up, PPP is not.

use super::{Basis, Blame, Case, Class, Documentation, Finding, Rule, Severity, Stage, cookbook};
use crate::negotiation::Role;
use crate::negotiation::traffic::{L2tp, L2tpKind};
use crate::report::words;

pub(super) static RULE: Rule = Rule {
    id: "ppp-failed",
    stage: Stage::L2tp,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The PPP login inside L2TP failed",
    documentation: Documentation {
        means: "IPsec and L2TP work; the server refuses the user's name or password.",
        evidence: "A PPP frame inside L2TP that refuses the login: CHAP Failure, PAP Nak or EAP Failure. It is to be read where L2TP is \
                   not encrypted, or on a host that also captures what it decrypts. Inside ESP, without keys, a failed login and a \
                   session that its user ends look alike, and nothing is said.",
        why: "The user's name or password is wrong, the account is locked, or the server's user database (RADIUS) does not answer.",
        fix: "Correct the user's name and password, or the account on the server.",
        not: "An IPsec pre-shared key that differs: that fails long before, in IKE.",
        references: &["RFC 1994 4.2", "RFC 1334 2.2.2", "RFC 3748 4.2", "RFC 2661 3.1"],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let refused = n.l2tp.iter().find(|l| l.kind == L2tpKind::LoginRefused)?;
    let server = refused.from;
    let (s, c) = (words::peer(case, server), words::peer(case, server.other()));
    let end = n
        .l2tp
        .iter()
        .find(|l| l.reason.is_some() && l.first.time >= refused.first.time);
    let ending = end.map_or_else(String::new, |l| {
        let reason = words::l2tp_reason(l).map_or_else(String::new, |r| format!(" ({r})"));
        format!(
            " After that the call was ended by {}{reason}.",
            words::l2tp(l.kind)
        )
    });
    let around = if refused.decrypted {
        "came out of ESP at the capture point"
    } else {
        "is to be read in clear"
    };
    Some(
        Finding::new(&RULE, refused.place(), format!("The VPN's outer layers work, but {s} refuses the user's login (PPP)."))
            .sure(0.9, if refused.decrypted { Basis::Decrypted } else { Basis::Observed })
            .blame(if server == Role::Responder { Blame::Initiator } else { Blame::Responder })
            .with(end.map(L2tp::place))
            .because(format!(
                "{c} set up L2TP with {s} and logged in by PPP. {s} answered with a refusal of the login, which {around} (frame {}).{ending} \
                 Which of name, password or account is at fault is known to {s} alone.",
                refused.first.frame
            ))
            .fix([
                format!("On {c}: type the user's name and password anew; mind upper case and a domain before the name."),
                format!("On {s}: check the account (Linux: /etc/ppp/chap-secrets; else the RADIUS server) and that both allow the same \
                         methods, MS-CHAPv2 first."),
            ])
            .settle(cookbook::log(case, server)),
    )
}
