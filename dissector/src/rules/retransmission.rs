//! `retransmission`: a message was repeated.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::{Event, Place};

pub(super) static RULE: Rule = Rule {
    id: RuleId::Retransmission,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "An IKE message was repeated",
    documentation: Documentation {
        means: "A message was sent again because no answer came in time.",
        evidence: "The same bytes from the same side again, at least a tenth of a second later.",
        why: "Packet loss, a slow peer, or a peer that does not answer at all (then the verdict says so).",
        fix: "Nothing, if the negotiation went on.",
        not: "The same packet captured twice (a capture on all interfaces).",
        references: &["RFC 7296 2.1", "RFC 2408 5.1"],
    },
    needs: &[Facts::REPEATED],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// The message that was repeated most, and how many were repeated.
struct Repeated<'a> {
    most: &'a Event,
    messages: usize,
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Repeated<'a>>> {
    let repeated = || case.n.events().filter(|e| e.repeat_count() > 0);
    let most = repeated().max_by_key(|e| (e.repeat_count(), std::cmp::Reverse(e.frame)))?;
    let first = Place {
        frame: most.repeats().first()?.frame,
        span: None,
    };
    let finding = Finding::of(&RULE, first)
        .sure(1.0, Basis::Observed)
        .blame(Blame::Nobody)
        .with([most.place()]);
    let messages = repeated().count();
    Some(finding.having(Repeated { most, messages }))
}

fn tell(case: &Case<'_>, found: &Found<Repeated<'_>>) -> Words {
    let Repeated { most, messages } = found.facts;
    let step = words::step(case.n, most.exchange, most.position);
    let times = words::times(most.copies());
    Words::new(match messages {
        1 => format!("{step} was repeated (sent {times})."),
        _ => format!("{messages} messages were repeated, most often {step} (sent {times})."),
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    #[test]
    fn a_packet_that_is_captured_twice_is_no_repetition() {
        let mut made = Made::new();
        made.sa_init(0, true, &[]);
        made.again(1, 1);
        made.quiet(RuleId::Retransmission);
        made.again(1000, 1);
        made.fires(RuleId::Retransmission);
    }
}
