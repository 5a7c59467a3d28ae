//! `port-4500-blocked`: the exchange stops where it moves to UDP 4500.

use super::evidence;
use super::stalled::MAY_BE_FRAGMENTED;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::{Event, Role, Vantage, Version};

pub(super) static RULE: Rule = Rule {
    id: RuleId::Port4500Blocked,
    stage: Stage::Contact,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The exchange stops where it moves to UDP 4500",
    documentation: Documentation {
        means: "UDP 500 works, but after NAT was found the peers go on at UDP 4500, and there nothing comes back.",
        evidence: "Seen at the initiator: Main Mode 5 or IKE_AUTH leaves on UDP 4500, is repeated, and no packet of the \
                   responder ever comes from there, while it may repeat its last message on 500.",
        why: "A firewall or port forwarding lets UDP 500 pass and forgets 4500.",
        fix: "Allow and forward UDP 4500 as well as UDP 500.",
        not: "psk-mismatch with a responder that drops what it cannot decrypt: it repeats message 4 from port 4500, or the \
              message is seen arriving.",
        references: &["RFC 3947 4", "RFC 7296 2.23"],
    },
    needs: &[Facts::ON_4500],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// What went to UDP 4500 in vain, seen away from the responder.
struct Sent4500<'a> {
    message: &'a Event,
    /// The responder repeats its last message on UDP 500 meanwhile.
    missed: bool,
}

fn on_4500(e: &Event) -> bool {
    e.ports.0 == 4500 || e.ports.1 == 4500
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sent4500<'a>>> {
    let n = case.n;
    let standing = case.standing();
    let open = standing.stopped()?;
    let moved = open.message;
    let first_there = n.events().find(|e| on_4500(e))?;
    if open.awaited != Role::Responder
        || first_there.frame != moved.frame
        || n.responder.on_4500
        || n.responder.messages == 0
        || standing.is_up()
        || !n.icmp.is_empty()
        || n.vantage() == Vantage::Responder
    {
        return None;
    }
    // Who answers on 500 what went to 4500 has received it (strongSwan does, when it cannot decrypt it).
    let answered = n
        .events()
        .any(|e| e.from == Role::Responder && e.encrypted && e.time >= moved.time);
    if answered {
        return None;
    }
    let missed = n
        .events()
        .any(|e| e.from == Role::Responder && e.repeated_after(moved.time).is_some());
    let (confidence, alternatives): (_, &[_]) = match n.version {
        Version::V1 => (if missed { 0.85 } else { 0.6 }, &[RuleId::PskMismatch]),
        // An IKEv2 responder answers every request it can read, also with a refusal.
        Version::V2 => (0.78, &[]),
    };
    // What fits into one packet is lost in no fragments; then its receiver may be the one that stopped.
    let large = moved.length > MAY_BE_FRAGMENTED || moved.ip_fragmented();
    let other: &[_] = match large {
        true => &[RuleId::FragmentsLost, RuleId::Stalled],
        false => &[RuleId::Stalled],
    };
    let finding = blocked(moved, confidence).or(alternatives).or(other);
    Some(finding.having(Sent4500 {
        message: moved,
        missed,
    }))
}

fn blocked(last: &Event, confidence: f64) -> Finding {
    Finding::of(&RULE, last.last_place())
        .sure(confidence, Basis::Inferred)
        .blame(Blame::Path)
        .with([last.place()])
}

fn tell(case: &Case<'_>, found: &Found<Sent4500<'_>>) -> Words {
    let (i, r) = words::peers(case);
    let Sent4500 { message, missed } = found.facts;
    let repeats = if missed {
        format!(" {r} repeats its last message on UDP 500 meanwhile: it never saw what went to 4500.")
    } else {
        String::new()
    };
    let explanation = format!(
        "{i} and {r} understood each other on UDP 500. {} of {i} then went to UDP 4500, {}, and no packet of {r} came from \
         that port.{repeats} If {r} hangs at this very step, it looks the same from here.",
        words::step(case.n, message.exchange, message.position),
        words::times(message.copies())
    );
    // MOBIKE moves there without NAT, too (RFC 4555 3.3).
    let why = if case.n.nat_found() {
        "which NAT needs"
    } else {
        "to which IKE moved"
    };
    Words::new(format!(
        "UDP 500 works between {i} and {r}, but nothing comes back on UDP 4500, {why}."
    ))
    .because(explanation)
    .fix([
        Step::path(format!(
            "On the firewalls and NAT routers in front of {r}: allow and forward UDP 4500 as well as UDP 500."
        )),
        Step::path(format!(
            "On the firewalls in front of {i}: allow UDP 4500 out, and the replies in."
        )),
    ])
    .settle(format!(
        "{}: does the message arrive on UDP 4500, and is it answered?",
        evidence::capture(case, Role::Responder)
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::{exchange, payload};
    use crate::tests::made::Made;

    /// IKE_AUTH to this port, repeated in vain.
    fn repeated(port: u16) -> Made {
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        made.port = port;
        made.ikev2(20, true, (exchange::IKE_AUTH, false, 1), payload::ID_I, 300);
        for at in [4000, 11_000, 24_000] {
            made.again(at, 3);
        }
        made
    }

    #[test]
    fn the_port_is_blocked_only_where_the_exchange_moves_to_it() {
        repeated(4500).fires(RuleId::Port4500Blocked);
        assert_eq!(repeated(500).quiet(RuleId::Port4500Blocked), [RuleId::Stalled]);
    }
}
