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

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::tests::made::Made;
    use ikewhy_testkit::contents::{l2tp_result, ppp};
    use ikewhy_testkit::packets::control;

    /// PPP protocols (RFC 1661, RFC 1334, RFC 1994, RFC 3748, RFC 1332).
    const LCP: u16 = 0xC021;
    const PAP: u16 = 0xC023;
    const CHAP: u16 = 0xC223;
    const EAP: u16 = 0xC227;
    const IPCP: u16 = 0x8021;
    /// Codes of LCP and IPCP (RFC 1661 5).
    const CONFIGURE_ACK: u8 = 2;
    const TERMINATE_REQUEST: u8 = 5;
    /// L2TP's messages that set up a tunnel and a call, in their order, and who sends them; the message that ends the call (RFC 2661
    /// 3.2, 5).
    const SETUP: [(u8, bool); 6] = [
        (1, true),
        (2, false),
        (3, true),
        (10, true),
        (11, false),
        (12, true),
    ];
    const SCCRQ: u8 = 1;
    const CDN: u8 = 14;

    /// A tunnel of IKEv1, L2TP that comes up in it, and what else the two say, each message in a packet of ESP.
    fn inside(said: &[(bool, Vec<u8>)]) -> Made {
        let mut made = Made::up((64, 63));
        let setup = SETUP.map(|(kind, from_client)| (from_client, control(kind, kind)));
        for (n, (from_client, message)) in (1..).zip(setup.iter().chain(said)) {
            made.esp_holding(1000 + 10 * i64::from(n), *from_client, n, message);
        }
        made
    }

    #[test]
    fn a_login_that_is_refused() {
        // CHAP Failure (RFC 1994 4.2, which MS-CHAPv2 uses: RFC 2759 6), PAP Nak (RFC 1334 2.2.2), EAP Failure (RFC 3748 4.2).
        for (protocol, code) in [(CHAP, 4), (PAP, 3), (EAP, 4)] {
            let finding = inside(&[(false, ppp(protocol, code, b""))]).fires(RuleId::PppFailed);
            assert_eq!(
                (finding.blame, finding.basis),
                (Blame::Initiator, Basis::Decrypted)
            );
            // The client may want the server to log in as well.
            let finding = inside(&[(true, ppp(protocol, code, b""))]).fires(RuleId::PppFailed);
            assert_eq!(finding.blame, Blame::Responder);
        }
        // Success: CHAP 3, PAP Ack 2, EAP 3.
        for (protocol, code) in [(CHAP, 3), (PAP, 2), (EAP, 3)] {
            inside(&[(false, ppp(protocol, code, b""))]).quiet(RuleId::PppFailed);
        }
    }

    #[test]
    fn the_end_of_the_call_is_evidence_of_the_refusal_before_it() {
        let refusal = (false, ppp(CHAP, 4, b"E=691 R=0 C=00 V=3 M=failed"));
        let finding = inside(&[refusal, (false, l2tp_result(CDN, 1, 1))]).fires(RuleId::PppFailed);
        let evidence: Vec<u32> = finding.evidence.iter().map(|place| place.frame).collect();
        assert_eq!(evidence, [16, 17]);
        // A call that ends without one was not refused.
        inside(&[(false, l2tp_result(CDN, 1, 1))]).quiet(RuleId::PppFailed);
    }

    #[test]
    fn a_link_that_ends_before_there_is_an_address() {
        let ended = (false, ppp(LCP, TERMINATE_REQUEST, b""));
        let agreed = |from_client| (from_client, ppp(IPCP, CONFIGURE_ACK, b""));
        let finding = inside(std::slice::from_ref(&ended)).fires(RuleId::PppFailed);
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Decrypted));
        // Whoever hangs up after a while ends it in the same way.
        inside(&[agreed(true), agreed(false), ended]).quiet(RuleId::PppFailed);
        // LCP agrees on itself first.
        inside(&[(false, ppp(LCP, CONFIGURE_ACK, b""))]).quiet(RuleId::PppFailed);
    }

    #[test]
    fn of_a_link_that_ends_the_beginning_has_to_be_known() {
        let mut made = Made::up((64, 63));
        made.esp_holding(1000, false, 1, &ppp(LCP, TERMINATE_REQUEST, b""));
        made.quiet(RuleId::PppFailed);
    }

    #[test]
    fn l2tp_without_ipsec_is_read_as_it_is() {
        let mut made = Made::new();
        made.l2tp(0, true, &control(SCCRQ, 0));
        made.l2tp(10, false, &ppp(CHAP, 4, b""));
        // That it crosses the network in clear is said first.
        let finding = made.fires(RuleId::L2tpCleartext);
        assert!(finding.alternatives.contains(&RuleId::PppFailed));
    }
}
