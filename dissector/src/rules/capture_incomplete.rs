//! `capture-incomplete`: the capture lacks packets, so that conclusions are weaker than they could be.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::{Event, Role};

pub(super) static RULE: Rule = Rule {
    id: RuleId::CaptureIncomplete,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "The capture is not complete",
    documentation: Documentation {
        means: "Packets of this negotiation are missing or cut short in the capture.",
        evidence: "Only one side is heard although it goes on as if answered; or messages end before their own length says.",
        why: "A capture filter without fragments or ESP, a snap length, a mirror port of one direction, or a capture that began late.",
        fix: "Capture on the right interface, both directions, whole packets, from before the first message.",
        not: "no-response, where the side that is heard does not go on.",
        references: &["tcpdump(1), option -s", "pcap-filter(7)"],
    },
    needs: &[Facts::NONE],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// What is missing.
enum Missing<'a> {
    /// All packets but this side's.
    AllBut(Role),
    /// The end of this message.
    EndOf(&'a Event),
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Missing<'a>>> {
    let n = case.n;
    let first = n.events().next()?;
    let went_on = |role| {
        n.events()
            .any(|e| e.from == role && (e.position > 2 || e.exchange != first.exchange))
    };
    let one_sided = [Role::Initiator, Role::Responder]
        .into_iter()
        .find(|r| n.peer(*r).messages > 0 && n.peer(r.other()).messages == 0 && went_on(*r));
    let (place, missing) = match one_sided {
        Some(role) => (first.place(), Missing::AllBut(role)),
        None => {
            let cut = n.events().find(|e| e.incomplete() && !e.ip_fragmented())?;
            (cut.place(), Missing::EndOf(cut))
        }
    };
    let finding = Finding::of(&RULE, place)
        .sure(0.95, Basis::Observed)
        .blame(Blame::Nobody);
    Some(finding.having(missing))
}

fn tell(case: &Case<'_>, found: &Found<Missing<'_>>) -> Words {
    let summary = match found.facts {
        Missing::AllBut(role) => format!(
            "Only packets of {} are in this capture, although it goes on as if it were answered.",
            words::peer(case, role)
        ),
        Missing::EndOf(message) => format!(
            "Messages are cut short: of {} bytes of {} only a part was captured.",
            message.length,
            words::step(case.n, message.exchange, message.position)
        ),
    };
    Words::new(summary).settle(format!(
        "a capture of whole packets in both directions, with the filter \"{}\"",
        words::CAPTURE_FILTER
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    #[test]
    fn a_side_that_goes_on_without_answers_was_answered_elsewhere() {
        let mut made = Made::new();
        made.ikev2_requests(1);
        made.fires(RuleId::CaptureIncomplete);
        let mut made = Made::new();
        made.sa_init(0, true, &[]);
        made.again(1000, 1);
        made.quiet(RuleId::CaptureIncomplete);
    }
}
