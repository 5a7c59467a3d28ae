//! `fragments-lost`: a message larger than the path is lost as IP fragments.

use super::cookbook;
use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::{Event, Sent, Version};
use crate::wire::vendor::Ability;

pub(super) static RULE: Rule = Rule {
    id: RuleId::FragmentsLost,
    stage: Stage::Contact,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "A large IKE message is lost as IP fragments",
    documentation: Documentation {
        means: "A message too large for one packet was sent as IP fragments, and not all of them arrive.",
        evidence: "Seen at the receiver: only first fragments of the message, repeated. Seen at the sender: a message of more \
                   than 1400 bytes is repeated without an answer, while smaller ones were answered.",
        why: "Many firewalls, NAT routers and mobile networks drop IP fragments. Certificates make such messages.",
        fix: "Use IKE fragmentation on both sides, or smaller certificates.",
        not: "a message whose rest Wireshark reassembled and that was answered.",
        references: &["RFC 7383 1", "RFC 7296 2"],
    },
    needs: &[Facts::REPEATED],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// No IP packet of this size passes an Ethernet with PPPoE and NAT-T unfragmented.
const LARGE: u32 = 1400;

/// The message that is lost.
type Lost<'a> = &'a Event;

fn find<'a>(case: &Case<'a>) -> Option<Found<Lost<'a>>> {
    let n = case.n;
    let standing = case.standing();
    let open = standing.stopped()?;
    let lost = open.message;
    let repeated = lost.repeat_count() > 0 || open.is_asked_again();
    if !repeated
        || lost.fragments().is_some()
        || !(is_cut(lost) || lost.ip_fragmented() || lost.length > LARGE)
        || n.responder.messages == 0
        || standing.is_up()
        || case.arrives_at(open.awaited) && !is_cut(lost)
    {
        return None;
    }
    let on_4500 = lost.ports.0 == 4500 || lost.ports.1 == 4500;
    let finding = Finding::of(&RULE, lost.last_place())
        .sure(if is_cut(lost) { 0.85 } else { 0.8 }, Basis::Inferred)
        .blame(Blame::Path)
        .with([lost.place()])
        .or(&[if on_4500 {
            RuleId::Port4500Blocked
        } else {
            RuleId::NoResponse
        }]);
    Some(finding.having(lost))
}

/// Nothing but its first IP fragment was captured.
fn is_cut(e: &Event) -> bool {
    e.incomplete() && e.ip_fragmented()
}

fn tell(case: &Case<'_>, found: &Found<Lost<'_>>) -> Words {
    let lost = found.facts;
    let i = words::peer(case, lost.from);
    let step = words::step(case.n, lost.exchange, lost.position);
    let seen = if is_cut(lost) {
        "Only its first IP fragment was captured each time; the others are lost before this point."
    } else {
        "It left as IP fragments, and no answer came, while the smaller messages before it were answered."
    };
    Words::new(format!(
        "{i}'s {} of {} bytes is too large for one packet and is lost on the way.",
        step.trim_start_matches("the "),
        lost.length
    ))
    .because(format!(
        "{step} of {i} has {} bytes and was sent {}. {seen} {}",
        lost.length,
        words::times(lost.copies()),
        fragmentation(case, lost)
    ))
    .fix(cookbook::both(
        case,
        cookbook::Topic::Fragmentation,
        "turn IKE fragmentation on.",
    ))
    .fix([
        Step::path("Or on the path: let IP fragments pass."),
        Step::or_on(
            case,
            lost.from,
            "make the message smaller: ECDSA in place of RSA certificates, fewer certificates.",
        ),
    ])
    .settle(format!(
        "{}: do the IP fragments arrive there?",
        evidence::capture(case, lost.from.other())
    ))
}

/// Whether both sides could have fragmented within IKE.
fn fragmentation(case: &Case<'_>, lost: &Event) -> &'static str {
    let n = case.n;
    let can = |role| match n.version {
        Version::V2 => n.peer(role).sent(Sent::Fragmentation),
        Version::V1 => n.peer(role).can(Ability::Fragmentation),
    };
    match (can(lost.from), can(lost.from.other())) {
        (true, true) => "Both sides announced IKE fragmentation, but it was not used for this message.",
        (true, false) => "The receiver did not announce IKE fragmentation.",
        (false, true) => "The sender did not announce IKE fragmentation.",
        (false, false) => "Neither side announced IKE fragmentation.",
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::{exchange, payload};
    use crate::tests::made::Made;

    /// An IKE_AUTH request of this length that is repeated in vain.
    fn repeated(length: u16) -> Made {
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        made.ikev2(20, true, (exchange::IKE_AUTH, false, 1), payload::ID_I, length);
        for at in [4000, 11_000, 24_000] {
            made.again(at, 3);
        }
        made
    }

    #[test]
    fn only_what_needs_fragments_is_lost_with_them() {
        repeated(1700).fires(RuleId::FragmentsLost);
        assert_eq!(repeated(300).quiet(RuleId::FragmentsLost), [RuleId::Stalled]);
    }
}
