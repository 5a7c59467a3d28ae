//! `ppp-failed`: L2TP is up, PPP is not.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::Role;
use crate::negotiation::traffic::{L2tp, L2tpKind};
use crate::wire::l2tp::kind;

pub(super) static RULE: Rule = Rule {
    id: RuleId::PppFailed,
    stage: Stage::L2tp,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The PPP login inside L2TP failed",
    documentation: Documentation {
        means: "IPsec and L2TP work; the server refuses the user's name or password.",
        evidence: "A PPP frame inside L2TP that refuses the login: CHAP Failure, PAP Nak or EAP Failure. Or an LCP Terminate-Request \
                   before an address was agreed upon. It is to be read with the keys of ESP, where L2TP is not encrypted, or on a host \
                   that also captures what it decrypts. Inside ESP, without keys, a failed login and a \
                   session that its user ends look alike, and nothing is said.",
        why: "The user's name or password is wrong, the account is locked, or the server's user database (RADIUS) does not answer.",
        fix: "Correct the user's name and password, or the account on the server.",
        not: "An IPsec pre-shared key that differs: that fails long before, in IKE.",
        references: &["RFC 1994 4.2", "RFC 1334 2.2.2", "RFC 3748 4.2", "RFC 2661 3.1"],
    },
    needs: &[Facts::L2TP],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// How it ended.
enum End<'a> {
    /// The server refuses the user's login.
    Refused {
        refusal: &'a L2tp,
        /// The message that ends the call after it.
        end: Option<&'a L2tp>,
    },
    /// One side ended the link while it was still being agreed upon: no address was ever given.
    BrokenOff(&'a L2tp),
}

fn find<'a>(case: &Case<'a>) -> Option<Found<End<'a>>> {
    refused(case).or_else(|| broken_off(case))
}

fn refused<'a>(case: &Case<'a>) -> Option<Found<End<'a>>> {
    let n = case.n;
    let refusal = n.l2tp.iter().find(|l| l.kind == L2tpKind::LoginRefused)?;
    let end = n
        .l2tp
        .iter()
        .find(|l| l.reason.is_some() && l.first.time >= refusal.first.time);
    let finding = Finding::of(&RULE, refusal.place())
        .sure(0.9, basis(refusal))
        .blame(match refusal.from {
            Role::Responder => Blame::Initiator,
            Role::Initiator => Blame::Responder,
        })
        .with(end.map(L2tp::place));
    Some(finding.having(End::Refused { refusal, end }))
}

fn broken_off<'a>(case: &Case<'a>) -> Option<Found<End<'a>>> {
    let n = case.n;
    let seen = |kind| n.l2tp.iter().find(|l| l.kind == kind);
    let end = seen(L2tpKind::LinkEnded)?;
    let began = n.l2tp.iter().any(|l| l.is(kind::SCCRQ) || l.is(kind::ICCN));
    if !began || seen(L2tpKind::NetworkUp).is_some() {
        return None;
    }
    let finding = Finding::of(&RULE, end.place())
        .sure(0.88, basis(end))
        .blame(Blame::Either);
    Some(finding.having(End::BrokenOff(end)))
}

fn basis(l: &L2tp) -> Basis {
    if l.decrypted {
        Basis::Decrypted
    } else {
        Basis::Observed
    }
}

fn tell(case: &Case<'_>, found: &Found<End<'_>>) -> Words {
    match found.facts {
        End::Refused { refusal, end } => tell_refused(case, refusal, end),
        End::BrokenOff(end) => tell_broken_off(case, end),
    }
}

fn tell_refused(case: &Case<'_>, refusal: &L2tp, end: Option<&L2tp>) -> Words {
    let server = refusal.from;
    let (s, c) = (words::peer(case, server), words::peer(case, server.other()));
    let ending = end.map_or_else(String::new, |l| {
        let reason = words::l2tp_reason(l).map_or_else(String::new, |r| format!(" ({r})"));
        format!(
            " After that the call was ended by {}{reason}.",
            words::l2tp(l.kind)
        )
    });
    let around = if refusal.decrypted {
        "came out of ESP at the capture point"
    } else {
        "is to be read in clear"
    };
    Words::new(format!(
        "The VPN's outer layers work, but {s} refuses the user's login (PPP)."
    ))
    .because(format!(
        "{c} set up L2TP with {s} and logged in by PPP. {s} answered with a refusal of the login, which {around} (frame {}).{ending} \
         Which of name, password or account is at fault is known to {s} alone.",
        refusal.first.frame
    ))
    .fix(steps_for_login(case, server))
    .settle(format!(
        "the log of the PPP or RADIUS service of {}",
        case.n.peer(server).address
    ))
}

fn tell_broken_off(case: &Case<'_>, end: &L2tp) -> Words {
    let (who, other) = (words::peer(case, end.from), words::peer(case, end.from.other()));
    Words::new(format!(
        "The VPN's outer layers work, but {who} ended PPP before it was up: the two sides do not agree on its settings."
    ))
    .because(format!(
        "{who} and {other} set up L2TP and began PPP inside it. {who} sent an LCP Terminate-Request (frame {}) before an inner address was agreed upon, and no login was refused. The usual cause is that one side demands a way of logging in (PAP, CHAP, MS-CHAPv2, EAP) or of encrypting (MPPE) that the other does not allow.",
        end.first.frame
    ))
    .fix(steps_for_settings(case))
    .settle(format!(
        "the log of the L2TP or PPP service on {} (pppd with the option debug)",
        case.n.responder.address
    ))
}

/// What to change where this server refused the login, whoever found that out.
pub(crate) fn steps_for_login(case: &Case<'_>, server: Role) -> [Step; 2] {
    [
        Step::on(
            case,
            server.other(),
            "re-enter user name and password; check case and the DOMAIN\\ prefix.",
        ),
        Step::on(
            case,
            server,
            "check the account (Linux: /etc/ppp/chap-secrets; else the RADIUS server) and that both allow the same methods, \
             MS-CHAPv2 first.",
        ),
    ]
}

/// What to change where PPP ended before it was up, and no login was refused.
pub(crate) fn steps_for_settings(case: &Case<'_>) -> [Step; 2] {
    Step::both(
        case,
        "allow a way of logging in that the other side has, EAP or MS-CHAPv2 first (Linux: require-mschap-v2 or refuse-... in the \
         options of pppd; Windows: VPN properties, Security), and do not require MPPE; IPsec encrypts already.",
    )
}
