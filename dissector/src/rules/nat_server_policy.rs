//! `nat-server-policy`: a Windows client refuses a server behind NAT.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::nat::Nat;
use crate::negotiation::{Event, Role, Vantage, Version, exchange};
use crate::wire::vendor::Product;

pub(super) static RULE: Rule = Rule {
    id: RuleId::NatServerPolicy,
    stage: Stage::Esp,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "A Windows client does not go on with a server behind NAT",
    documentation: Documentation {
        means: "The VPN server is behind NAT. Windows refuses IPsec with such servers unless a registry value allows it, and stops in the \
                middle of an exchange that goes well.",
        evidence: "A client whose Vendor ID says Windows, NAT detection that finds the server behind NAT, and a client that stops without \
                   an error: after Main Mode 4 (seen beside the client), after Main Mode 6, or with a delete after Quick Mode; no data.",
        why: "AssumeUDPEncapsulationContextOnSendRule is 0 by default: no IPsec to a responder behind NAT (Microsoft KB 926179, 885407).",
        fix: "Set the registry value to 2 on the client and restart it, or give the server a public address.",
        not: "A server whose firewall loses UDP 4500 (port-4500-blocked); a Quick Mode that is refused (child-refused).",
        references: &["Microsoft KB 926179", "Microsoft KB 885407", "RFC 3947 3.2"],
    },
    needs: &[Facts::V1.and(Facts::IKE)],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// A client that goes on does so at once.
const PATIENCE: f64 = 5.0;

/// Where the client stops.
struct Stop<'a> {
    /// The last message before.
    last: &'a Event,
    way: Way,
}

/// What the client does instead of going on.
#[derive(Clone, Copy)]
enum Way {
    EndsTunnel,
    EndsIke,
    AsksForNoTunnel,
    FallsSilent,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Stop<'a>>> {
    let n = case.n;
    let windows = case.product(Role::Initiator) == Some(Product::Windows);
    if !n.started
        || n.version != Version::V1
        || !windows
        || n.responder.nat != Nat::Behind
        || !n.esp().is_empty()
    {
        return None;
    }
    let stop = stop(case)?;
    let finding = Finding::of(&RULE, stop.last.last_place())
        // Where exactly Windows stops is known from users' reports only.
        .sure(0.5, Basis::Inferred)
        .blame(Blame::Initiator)
        .or(&[RuleId::AuthenticationFailed, RuleId::Port4500Blocked]);
    Some(finding.having(stop))
}

fn stop<'a>(case: &Case<'a>) -> Option<Stop<'a>> {
    let n = case.n;
    let ended = |after: &Event| {
        n.events().any(|e| {
            e.from == Role::Initiator && e.exchange == exchange::V1_INFORMATIONAL && e.time >= after.time
        })
    };
    let stops = |last, way| Some(Stop { last, way });
    if let Some(third) = n.step(exchange::QUICK_MODE, 3) {
        return stops(third, Way::EndsTunnel).filter(|_| ended(third));
    }
    if n.step(exchange::QUICK_MODE, 1).is_some() {
        return None;
    }
    if let Some(sixth) = n.find(exchange::MAIN_MODE, 6, Role::Responder) {
        // A fifth message repeated after the sixth means that the sixth was lost.
        let lost = n
            .find(exchange::MAIN_MODE, 5, Role::Initiator)
            .is_some_and(|e| e.last_time() > sixth.time);
        return match (lost, ended(sixth)) {
            (true, _) => None,
            (_, true) => stops(sixth, Way::EndsIke),
            _ => stops(sixth, Way::AsksForNoTunnel).filter(|_| case.quiet_after(sixth) >= PATIENCE),
        };
    }
    // Beside the client its silence is its own; elsewhere its next message may be lost.
    let fourth = n.find(exchange::MAIN_MODE, 4, Role::Responder)?;
    let silent = n.vantage() == Vantage::Initiator
        && n.events()
            .all(|e| e.from == Role::Responder || e.last_time() < fourth.time)
        && case.quiet_after(fourth) >= PATIENCE;
    stops(fourth, Way::FallsSilent).filter(|_| silent)
}

fn tell(case: &Case<'_>, found: &Found<Stop<'_>>) -> Words {
    let n = case.n;
    let Stop { last, way } = found.facts;
    let (i, r) = words::peers(case);
    let what = match way {
        Way::EndsTunnel => "agreed on the data tunnel as well, sent no data and ended it",
        Way::EndsIke => "did not ask for the data tunnel (Quick Mode) and ended the IKE SA",
        Way::AsksForNoTunnel => "never asked for the data tunnel (Quick Mode)",
        Way::FallsSilent => "sent nothing more, not even its login on UDP 4500",
    };
    let value = if n.initiator.nat == Nat::Behind {
        "2 (server and client behind NAT)"
    } else {
        "2 (or 1: only the server is behind NAT)"
    };
    Words::new(format!(
        "{i} stopped although {r} had answered everything: the server is behind NAT, which Windows refuses by default."
    ))
    .because(format!(
        "NAT detection shows that the address of {r} is translated: it is behind NAT. The exchange went well up to {}; then {i} {what}. \
         Windows does not go on with servers behind NAT unless AssumeUDPEncapsulationContextOnSendRule allows them. What the client \
         itself noted is not in a capture.",
        words::step(n, last.exchange, last.position)
    ))
    .fix([
        Step::of(
            case,
            Role::Initiator,
            format!("On the Windows client {i}, as administrator: reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\PolicyAgent /v \
             AssumeUDPEncapsulationContextOnSendRule /t REG_DWORD /d 2 /f, and restart Windows. The value: {value}."),
        ),
        Step::or_on(
            case,
            Role::Responder,
            "use a public address of its own, so that no NAT stands in front of it.",
        ),
    ])
    .settle(format!(
        "on {i}: the registry value, and the error the client shows (809 or 789)"
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    /// MS NT5 ISAKMPOAKLEY, version 9 (Windows 10), and NAT-T as in RFC 3947 is not needed: the hashes are there.
    const WINDOWS: [u8; 20] = [
        0x1E, 0x2B, 0x51, 0x69, 0x05, 0x99, 0x1C, 0x7D, 0x7C, 0x96, 0xFC, 0xBF, 0xB5, 0x87, 0xE4, 0x61, 0, 0,
        0, 9,
    ];

    fn main_mode(vendor_id: &[u8]) -> Made {
        let mut made = Made::new();
        made.main_mode((64, 63), vendor_id);
        made
    }

    #[test]
    fn windows_that_stops_after_main_mode_refuses_the_server() {
        let mut made = main_mode(&WINDOWS);
        made.ip(6_000, true, 64, 6, &[]);
        made.fires(RuleId::NatServerPolicy);
    }

    #[test]
    fn neither_haste_nor_another_client_nor_one_that_goes_on_does() {
        let mut made = main_mode(&WINDOWS);
        made.ip(1_000, true, 64, 6, &[]);
        made.quiet(RuleId::NatServerPolicy);
        let mut made = main_mode(&[0xAF, 0xCA]);
        made.ip(6_000, true, 64, 6, &[]);
        made.quiet(RuleId::NatServerPolicy);
        let mut made = main_mode(&WINDOWS);
        made.quick_mode(60, true, (64, 63));
        made.ip(6_000, true, 64, 6, &[]);
        made.quiet(RuleId::NatServerPolicy);
    }
}
