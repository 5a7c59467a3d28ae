//! `path-mtu`: small packets pass, large ones do not.

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
    seconds,
};
use crate::diagnosis::words;
use crate::negotiation::{Icmp, Place, Repeat, Role, Vantage};
use crate::wire::frame::IcmpError;

pub(super) static RULE: Rule = Rule {
    id: RuleId::PathMtu,
    stage: Stage::Esp,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "Large encrypted packets do not pass, small ones do",
    documentation: Documentation {
        means: "The tunnel works for small packets; large ones are lost, because a link on the way takes less than they have.",
        evidence: "Large ESP packets of one length stay without any ESP in return, again and again, while small ones of the same side \
                   are answered. Or an ICMP error that quotes ESP says \"packet too big\", and the sender does not adapt: no packet \
                   close below the limit is answered afterwards.",
        why: "ESP, UDP, L2TP and PPP add 50 to 100 octets to each packet. Where a link takes less than 1500 octets (DSL, mobile \
              networks, other tunnels), a router drops what is too large and says so by ICMP, unless a firewall drops that as well. \
              Symptom: login and small pages work, downloads and file shares hang.",
        fix: "Lower the MTU or the TCP MSS in the tunnel, and let ICMP \"fragmentation needed\" pass.",
        not: "Path MTU discovery that works: after one ICMP error the traffic goes on in smaller packets. A large one-way stream, \
              which waits for no answer.",
        references: &["RFC 1191", "RFC 8201", "RFC 4301 8.2", "RFC 2923 2.1"],
    },
    needs: &[Facts::DATA],
    settles: false,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|role| reported(case, role).or_else(|| vanishing(case, role)))
}

/// So many large packets in a row are not lost by chance.
const ENOUGH: u32 = 3;

/// An ICMP error says how much passes, and the sender does not get along with that.
fn reported(case: &Case<'_>, role: Role) -> Option<Finding> {
    let n = case.n;
    let reach = n.reach(role);
    let limit = reach.limit.as_ref()?;
    let icmp = n
        .icmp
        .iter()
        .find(|x| x.about == role && matches!(x.error, IcmpError::TooBig(_)))?;
    let IcmpError::TooBig(mtu) = icmp.error else {
        return None;
    };
    let adapted = limit.within > 0;
    let stubborn = limit.beyond >= ENOUGH;
    if adapted || reach.large().longest_answered > limit.octets {
        return None;
    }
    let sender = words::peer(case, role);
    let after = if stubborn {
        format!(
            " {sender} went on to send {} packets larger than that.",
            limit.beyond
        )
    } else {
        format!(" No packet of {sender} that nearly uses this was answered since.")
    };
    let small = if reach.small.answered > 0 {
        " Small packets do pass."
    } else {
        ""
    };
    let decided = limit
        .beyond_at
        .filter(|_| stubborn)
        .map_or(icmp.frame, |x| x.frame);
    Some(
        finish(case, role, decided, [icmp.frame], true)
            .sure(if stubborn { 0.88 } else { 0.65 }, Basis::Observed)
            .because(format!(
                "The tunnel is up. {sender} sent an encrypted packet that is larger than a link on the way takes; {} reported that no \
                 more than {mtu} octets pass, that is {} octets of ESP.{after}{small}",
                words_of(icmp),
                limit.octets
            ))
            .or(if stubborn { &[] } else { &[RuleId::Established] }),
    )
}

fn words_of(icmp: &Icmp) -> String {
    format!("{} (frame {})", icmp.sender, icmp.frame)
}

/// Large packets vanish without a word.
fn vanishing(case: &Case<'_>, role: Role) -> Option<Finding> {
    let n = case.n;
    let reach = n.reach(role);
    let (small, large) = (&reach.small, reach.large());
    let lost = large.lost.as_deref()?;
    let (first, last, least, most) = (lost.first, lost.last, lost.shortest, lost.longest);
    // Beside the receiver they have arrived.
    let beside = match role {
        Role::Initiator => Vantage::Responder,
        Role::Responder => Vantage::Initiator,
    };
    if n.vantage() == beside {
        return None;
    }
    let limited = large.unanswered < ENOUGH || large.answered > 0 || small.answered < 2;
    // One length: a program that tries again, not a stream.
    if !n.started || limited || least != most || seconds(last.time - first.time) < 0.5 {
        return None;
    }
    let alive = small.answered_at().filter(|s| s.time > first.time);
    let (sender, receiver) = (words::peer(case, role), words::peer(case, role.other()));
    let still = match alive {
        Some(s) => format!("small ones still were after that (frame {})", s.frame),
        None => "small ones had been before".to_owned(),
    };
    Some(
        finish(case, role, last.frame, [first.frame].into_iter().chain(alive.map(|s: Repeat| s.frame)), false)
            .sure(if alive.is_some() { 0.82 } else { 0.6 }, Basis::Inferred)
            .because(format!(
                "The tunnel is up. {sender} sent {} encrypted packets of {most} octets one after the other over {:.1} seconds, and none \
                 was followed by a packet of the other side; {still}. Whether they are lost, or answers as large as they, only a \
                 capture at {receiver} shows. No ICMP error tells why: a router drops what is too large, and \
                 its report is filtered or never sent. The contents are encrypted, so a program that sends large packets and \
                 expects no answer cannot be excluded.",
                large.unanswered,
                seconds(last.time - first.time),
            ))
            .or(if alive.is_some() { &[RuleId::EspBlocked] } else { &[RuleId::PeerDead, RuleId::EspBlocked] }),
    )
}

/// `known`: that it is this direction in which they are lost.
fn finish(
    case: &Case<'_>,
    role: Role,
    decided: u32,
    evidence: impl IntoIterator<Item = u32>,
    known: bool,
) -> Finding {
    let n = case.n;
    let (sender, receiver) = (words::peer(case, role), words::peer(case, role.other()));
    Finding::new(
        &RULE,
        Place { frame: decided, span: None },
        format!(
            "The tunnel works for small packets, but large ones {} are lost: a link on the way takes less.",
            if known { format!("from {sender} to {receiver}") } else { format!("between {sender} and {receiver}") }
        ),
    )
    .blame(Blame::Path)
    .with(evidence.into_iter().map(|frame| Place { frame, span: None }))
    .fix([
        format!(
            "On {} and {}: lower the MTU in the tunnel (1280 to 1400) or limit the TCP segment size (MSS 1360 or less).{}",
            n.initiator.address,
            n.responder.address,
            cookbook::how(case, role, cookbook::Topic::Mtu)
        ),
        "On the firewalls in between: let ICMP \"fragmentation needed\" (ICMPv6 \"packet too big\") pass.".to_owned(),
    ])
    .settle(format!(
        "a ping through the tunnel in growing sizes with fragmentation forbidden (Linux: `ping -M do -s 1200`, Windows: `ping -f -l 1200`), \
         and a capture at {receiver}: which lengths arrive?"
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::made::Made;

    fn limited() -> Made {
        let mut made = Made::up((64, 62));
        for i in 0..3 {
            made.esp(200 + 300 * i, true, u32::try_from(i).unwrap(), 132);
            made.esp(210 + 300 * i, false, u32::try_from(i).unwrap(), 132);
        }
        made.esp(2000, true, 4, 1432);
        made.icmp_about_esp(2010, 3, 4, 1300);
        made
    }

    #[test]
    fn a_sender_that_adapts_to_the_limit_is_healthy() {
        let mut made = limited();
        made.esp(2300, true, 5, 1272);
        made.esp(2310, false, 5, 132);
        assert_eq!(made.verdicts(), [RuleId::Established]);
    }

    #[test]
    fn a_sender_that_does_not_is_told() {
        let mut made = limited();
        assert_eq!(made.verdicts(), [RuleId::PathMtu]);
        for i in 0..4 {
            made.esp(4000 + 1000 * i, true, u32::try_from(i).unwrap() + 5, 1432);
        }
        assert_eq!(made.verdicts(), [RuleId::PathMtu]);
    }

    #[test]
    fn large_answers_to_requests_in_fragments_are_no_loss() {
        let mut made = Made::up((64, 62));
        for i in 0..3 {
            made.esp(200 + 300 * i, true, u32::try_from(i).unwrap() + 1, 132);
            made.esp(210 + 300 * i, false, u32::try_from(i).unwrap() + 1, 132);
        }
        for i in 0..6 {
            made.esp_in_fragments(2000 + 300 * i);
            made.esp(2010 + 300 * i, false, u32::try_from(i).unwrap() + 4, 1316);
        }
        assert_eq!(made.verdicts(), [RuleId::Established]);
    }
}
