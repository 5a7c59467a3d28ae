//! `path-mtu`: small packets pass, large ones do not.

use super::cookbook;
use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::traffic::{Limit, Lost};
use crate::negotiation::{Icmp, Place, Repeat, Role};
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
        why: "ESP, UDP, L2TP and PPP add 50 to 100 bytes to each packet. Where a link takes less than 1500 bytes (DSL, mobile \
              networks, other tunnels), a router drops what is too large and says so by ICMP, unless a firewall drops that as well. \
              Symptom: login and small pages work, downloads and file shares hang.",
        fix: "Lower the MTU or the TCP MSS in the tunnel, and let ICMP \"fragmentation needed\" pass.",
        not: "Path MTU discovery that works: after one ICMP error the traffic goes on in smaller packets. A large one-way stream, \
              which waits for no answer.",
        references: &["RFC 1191", "RFC 8201", "RFC 4301 8.2", "RFC 2923 2.1"],
    },
    needs: &[Facts::DATA.and(Facts::IKE)],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// So many large packets in a row are not lost by chance.
const ENOUGH: u32 = 3;

/// Whose large packets are lost, and how it shows.
struct Loss<'a> {
    from: Role,
    sign: Sign<'a>,
}

enum Sign<'a> {
    /// An ICMP error says how much passes, and the sender does not get along with that.
    Reported {
        icmp: &'a Icmp,
        mtu: u32,
        limit: &'a Limit,
    },
    /// Large packets vanish without a word.
    Vanishing {
        count: u32,
        lost: &'a Lost,
        /// A small one that was answered after the first of them.
        alive: Option<Repeat>,
    },
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Loss<'a>>> {
    [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|role| reported(case, role).or_else(|| vanishing(case, role)))
}

fn reported<'a>(case: &Case<'a>, from: Role) -> Option<Found<Loss<'a>>> {
    let n = case.n;
    let reach = n.reach(from);
    let limit = reach.limit()?;
    let (icmp, mtu) = n.icmp.iter().find_map(|x| match x.error {
        IcmpError::TooBig(mtu) if x.about == from => Some((x, mtu)),
        _ => None,
    })?;
    let adapted = limit.within > 0;
    if adapted || reach.large().longest_answered > limit.bytes {
        return None;
    }
    let stubborn = is_stubborn(limit);
    let decided = limit
        .beyond_at
        .filter(|_| stubborn)
        .map_or(icmp.frame, |x| x.frame);
    let finding = lost_until(decided)
        .sure(if stubborn { 0.88 } else { 0.65 }, Basis::Observed)
        .with([Place::in_frame(icmp.frame)])
        .or(if stubborn { &[] } else { &[RuleId::Established] });
    let sign = Sign::Reported { icmp, mtu, limit };
    Some(finding.having(Loss { from, sign }))
}

/// The sender goes on with packets that are too large.
fn is_stubborn(limit: &Limit) -> bool {
    limit.beyond >= ENOUGH
}

fn vanishing<'a>(case: &Case<'a>, from: Role) -> Option<Found<Loss<'a>>> {
    let n = case.n;
    let reach = n.reach(from);
    let (small, large) = (&reach.small, reach.large());
    let lost = large.lost.as_deref()?;
    // Beside the receiver they have arrived.
    if case.arrives_at(from.other()) {
        return None;
    }
    let limited = large.unanswered < ENOUGH || large.answered > 0 || small.answered < 2;
    // One length: a program that tries again, not a stream.
    let one_length = lost.shortest == lost.longest;
    if !n.started || limited || !one_length || lasted(lost) < 0.5 {
        return None;
    }
    let alive = small.answered_at().filter(|s| s.time > lost.first.time);
    let finding = lost_until(lost.last.frame)
        .sure(if alive.is_some() { 0.82 } else { 0.6 }, Basis::Inferred)
        .with([Place::in_frame(lost.first.frame)])
        .with(alive.map(|s| Place::in_frame(s.frame)))
        .or(if alive.is_some() {
            &[RuleId::EspBlocked]
        } else {
            &[RuleId::PeerDead, RuleId::EspBlocked]
        });
    let count = large.unanswered;
    let sign = Sign::Vanishing { count, lost, alive };
    Some(finding.having(Loss { from, sign }))
}

/// From the first to the last of them, seconds.
fn lasted(lost: &Lost) -> f64 {
    seconds(lost.last.time - lost.first.time)
}

fn lost_until(decided: u32) -> Finding {
    Finding::of(&RULE, Place::in_frame(decided)).blame(Blame::Path)
}

fn tell(case: &Case<'_>, found: &Found<Loss<'_>>) -> Words {
    let n = case.n;
    let Loss { from, ref sign } = found.facts;
    let (sender, receiver) = (words::peer(case, from), words::peer(case, from.other()));
    // Only an error says in which direction they are lost.
    let (direction, explanation) = match sign {
        Sign::Reported { icmp, mtu, limit } => {
            let after = if is_stubborn(limit) {
                format!(
                    " {sender} went on to send {} packets larger than that.",
                    limit.beyond
                )
            } else {
                format!(" No packet of {sender} that nearly uses this was answered since.")
            };
            let small = if n.reach(from).small.answered > 0 {
                " Small packets do pass."
            } else {
                ""
            };
            let explanation = format!(
                "The tunnel is up. {sender} sent an encrypted packet that is larger than a link on the way takes; {} (frame {}) \
                 reported that no more than {mtu} bytes pass, that is {} bytes of ESP.{after}{small}",
                icmp.sender, icmp.frame, limit.bytes
            );
            (format!("from {sender} to {receiver}"), explanation)
        }
        Sign::Vanishing { count, lost, alive } => {
            let still = match alive {
                Some(s) => {
                    let frame = s.frame;
                    format!("small ones still were after that (frame {frame})")
                }
                None => "small ones had been before".to_owned(),
            };
            let explanation = format!(
                "The tunnel is up. {sender} sent {count} encrypted packets of {} bytes one after the other over {:.1} seconds, and none \
                 was followed by a packet of the other side; {still}. Whether they are lost, or answers as large as they, only a \
                 capture at {receiver} shows. No ICMP error says why: a router drops what is too large, and \
                 its report is filtered or never sent. The contents are encrypted, so a program that sends large packets and \
                 expects no answer cannot be excluded.",
                lost.longest,
                lasted(lost),
            );
            (format!("between {sender} and {receiver}"), explanation)
        }
    };
    Words::new(format!(
        "The tunnel works for small packets, but large ones {direction} are lost: a link on the way takes less."
    ))
    .because(explanation)
    .fix([
        cookbook::on(
            case,
            from,
            // What L2TP carries is no packet of IPsec's own: PPP's sizes count.
            if case.n.l2tp.is_empty() {
                cookbook::Topic::Mtu
            } else {
                cookbook::Topic::PppMtu
            },
            "lower the MTU in the tunnel (1280 to 1400; for L2TP: mtu 1280 and mru 1280 in the PPP options) or limit the TCP segment \
             size (MSS 1360 or less).",
        ),
        Step::path(
            "Or on the firewalls in between: let ICMP \"fragmentation needed\" (ICMPv6 \"packet too big\") pass.",
        ),
    ])
    .settle(
        "a ping through the tunnel in growing sizes with fragmentation forbidden (Linux: `ping -M do -s 1200`, Windows: `ping -f -l 1200`)",
    )
    .settle(format!("{}: which lengths arrive?", evidence::capture(case, from.other())))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

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
        assert_eq!(made.quiet(RuleId::PathMtu), [RuleId::Established]);
    }

    #[test]
    fn a_sender_that_does_not_is_told() {
        let mut made = limited();
        made.fires(RuleId::PathMtu);
        for i in 0..4 {
            made.esp(4000 + 1000 * i, true, u32::try_from(i).unwrap() + 5, 1432);
        }
        made.fires(RuleId::PathMtu);
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
        assert_eq!(made.quiet(RuleId::PathMtu), [RuleId::Established]);
    }
}
