//! `nat-client-conflict`: two clients behind one NAT collide at the server.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::nat::Nat;
use crate::negotiation::{Negotiation, Place, Progress, Role, Version, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::NatClientConflict,
    stage: Stage::Esp,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "Two clients behind one NAT collide at the server",
    documentation: Documentation {
        means: "Two clients share a public address. Both came up, but the server sends the answers for both into one tunnel, so only \
                one of them works at a time.",
        evidence: "Two negotiations from one address with different UDP ports, both through Quick Mode, at the same time; the clients \
                   are behind NAT. This client's data stays unanswered from the moment on at which the other's tunnel came up, or it \
                   never was answered, while the other's is.",
        why: "In transport mode both tunnels have the same selectors (the public address and UDP 1701): the server cannot tell which one \
              a reply belongs to (RFC 3948 5.2).",
        fix: "Let the server keep connections apart (strongSwan's connmark plugin), or use IKEv2 in tunnel mode with inner \
              addresses.",
        not: "A client that was disconnected and comes again: its older tunnel is silent then.",
        references: &["RFC 3948 5.1, 5.2", "RFC 3193 2.1", "strongSwan connmark plugin"],
    },
    needs: &[Facts::V1.and(Facts::ESP).and(Facts::IKE)],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// Packets of a client that must stay unanswered.
const ENOUGH: u64 = 3;

/// The other client's negotiation.
type Rival<'a> = &'a Negotiation;

fn find<'a>(case: &Case<'a>) -> Option<Found<Rival<'a>>> {
    let n = case.n;
    let (rival, since) = rival(case)?;
    let own = || n.esp().iter().filter(|f| f.from == Role::Initiator);
    let after: u64 = own()
        .filter(|f| f.last.time > since)
        .map(|f| u64::from(f.packets))
        .sum();
    let fate = &n.reach(Role::Initiator).small;
    let waiting = (fate.lost.as_ref()).is_some_and(|lost| lost.last.time > since)
        && u64::from(fate.unanswered) >= ENOUGH - 1;
    if after < ENOUGH || !waiting {
        return None;
    }
    let first = |m: &Negotiation, from| m.esp_from(from).map(|f| Place::in_frame(f.first().frame));
    let decided = own().map(|f| f.last.frame).max()?;
    let finding = Finding::of(&RULE, Place::in_frame(decided))
        .sure(0.7, Basis::Inferred)
        .blame(Blame::Responder)
        .with(first(n, Role::Initiator))
        .with(first(rival, Role::Responder))
        .or(&[RuleId::L2tpNoReply, RuleId::EspBlocked]);
    Some(finding.having(rival))
}

/// The other client whose data alone is answered since both tunnels are up, and since when they are.
fn rival<'a>(case: &Case<'a>) -> Option<(Rival<'a>, i64)> {
    let n = case.n;
    let candidate = |m: &Negotiation| {
        m.started
            && m.version == Version::V1
            && m.progress() == Progress::ChildUp
            && m.initiator.nat == Nat::Behind
    };
    if !candidate(n) {
        return None;
    }
    let own = came_up(n)?;
    let asked = last(n, Role::Initiator)?;
    case.siblings()
        .filter(|m| candidate(m) && m.initiator.address == n.initiator.address)
        .find_map(|m| {
            // Different clients have different ports; one that comes again lets its older tunnel be.
            let apart = m.initiator.last_port != n.initiator.last_port;
            let since = own.max(came_up(m)?);
            let both = last(m, Role::Initiator)? > since && asked > since;
            let only_other =
                last(m, Role::Responder)? > since && last(n, Role::Responder).is_none_or(|t| t < since);
            (apart && both && only_other).then_some((m, since))
        })
}

fn came_up(n: &Negotiation) -> Option<i64> {
    n.step(exchange::QUICK_MODE, 3).map(|e| e.time)
}

/// The last time either side's ESP was seen.
fn last(n: &Negotiation, from: Role) -> Option<i64> {
    n.esp()
        .iter()
        .filter(|f| f.from == from)
        .map(|f| f.last.time)
        .max()
}

fn tell(case: &Case<'_>, found: &Found<Rival<'_>>) -> Words {
    let (n, rival) = (case.n, found.facts);
    let (i, r) = words::peers(case);
    let (mine, others) = (n.initiator.last_port, rival.initiator.last_port);
    let before = if last(n, Role::Responder).is_some() {
        "worked until the other's came up"
    } else {
        "was never answered"
    };
    Words::new(format!(
        "Two clients share the address {}; {r} answers only one of them.",
        n.initiator.address
    ))
    .because(format!(
        "Two clients behind NAT at {i} have tunnels with {r} at the same time: this one from UDP port {mine}, another one (negotiation \
         {}) from port {others}. Both sent data after both were up, but {r} sends data to the other one only; this one's {before}. In \
         transport mode, as L2TP uses it, both tunnels protect the same addresses and ports, and a server that does not mark \
         connections puts all replies into one of them.",
        rival.stream
    ))
    .fix([
        Step::on(
            case,
            Role::Responder,
            "keep the clients apart. strongSwan: load the connmark plugin and set mark_in = %unique, mark_out = %unique on the child.",
        ),
        Step::or_on(
            case,
            Role::Initiator,
            "use IKEv2 (tunnel mode with inner addresses), which has no such limit.",
        ),
    ])
    .settle(format!(
        "on {}: `ip xfrm policy` while both are connected: two policies for the same selector collide",
        n.responder.address
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::tests::made::{CLIENT, Made};
    use std::net::Ipv4Addr;

    /// One of two clients: its address and port as the server sees them, and whether its data is answered once both are up.
    #[derive(Clone, Copy)]
    struct Client {
        address: Ipv4Addr,
        port: u16,
        answered: bool,
    }

    const FIRST: Client = Client {
        address: CLIENT,
        port: 61_001,
        answered: false,
    };
    const SECOND: Client = Client {
        address: CLIENT,
        port: 61_002,
        answered: true,
    };

    /// Tunnels of IKEv1 of both, one after the other, over UDP 4500; then data of both at the same time.
    fn both(clients: [Client; 2]) -> Made {
        let mut made = Made::new();
        made.port = 4500;
        for (begin, client) in [0, 5_000].into_iter().zip(clients) {
            if begin > 0 {
                made.other_spis(false);
            }
            (made.client, made.client_port) = (client.address, Some(client.port));
            made.main_mode_from(begin, (64, 63), &[]);
            for (at, from_client) in [(60, true), (70, false), (80, true)] {
                made.quick_mode(begin + at, from_client, (64, 63));
            }
            // The first one works until the other comes.
            if begin == 0 {
                made.esp_in_udp(1_000, true, 0x1001, 1);
                made.esp_in_udp(1_020, false, 0x1002, 1);
            }
        }
        for (n, second) in (2..).zip(0..6) {
            for (client, spi) in clients.into_iter().zip([0x1000, 0x2000]) {
                (made.client, made.client_port) = (client.address, Some(client.port));
                let at = 10_000 + 1_000 * second + i64::from(spi / 0x10);
                made.esp_in_udp(at, true, spi + 1, n);
                if client.answered {
                    made.esp_in_udp(at + 20, false, spi + 2, n);
                }
            }
        }
        made
    }

    #[test]
    fn of_two_clients_behind_one_nat_only_one_is_answered() {
        let finding = both([FIRST, SECOND]).fires(RuleId::NatClientConflict);
        assert_eq!(
            (finding.blame, finding.basis),
            (Blame::Responder, Basis::Inferred)
        );
        // The first client's first packet, and the first answer to the other one.
        let evidence: Vec<u32> = finding.evidence[1..].iter().map(|place| place.frame).collect();
        assert_eq!(evidence, [10, 23]);
    }

    #[test]
    fn what_is_no_conflict() {
        let answered = true;
        for clients in [
            [Client { answered, ..FIRST }, SECOND],
            // From another address.
            [
                FIRST,
                Client {
                    address: [192, 0, 2, 11].into(),
                    ..SECOND
                },
            ],
            // The same client again, which lets its older tunnel be.
            [
                FIRST,
                Client {
                    port: FIRST.port,
                    ..SECOND
                },
            ],
            // The server answers nobody.
            [
                FIRST,
                Client {
                    answered: false,
                    ..SECOND
                },
            ],
        ] {
            both(clients).quiet(RuleId::NatClientConflict);
        }
    }
}
