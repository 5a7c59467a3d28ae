//! `start-not-captured`: the capture began after the negotiation did.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::{Event, Place, Role};

pub(super) static RULE: Rule = Rule {
    id: RuleId::StartNotCaptured,
    stage: Stage::Contact,
    severity: Severity::Chat,
    class: Class::Good,
    title: "The beginning of this IKE negotiation is not in the capture",
    documentation: Documentation {
        means: "The first message of this negotiation is missing, so what was offered and agreed is unknown.",
        evidence: "The first captured message is not an initiator's first: it carries both SPIs, or a later exchange.",
        why: "The capture was started after the tunnel, or holds only part of the packets.",
        fix: "Start the capture first, then the tunnel.",
        not: "in-progress, where the beginning is there and the end is not. An IKE SA that renews another begins with that one's \
              CREATE_CHILD_SA, and has no first message of its own.",
        references: &["RFC 7296 1.3.2, 3.1", "RFC 2408 3.1"],
    },
    needs: &[Facts::NONE],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

fn find(case: &Case<'_>) -> Option<Found<()>> {
    let n = case.n;
    if n.started || n.is_renewed() {
        return None;
    }
    let first = Place {
        frame: n.first().frame,
        span: None,
    };
    let finding = Finding::of(&RULE, n.events().next_back().map_or(first, Event::last_place))
        .sure(0.9, Basis::Observed)
        .blame(Blame::Nobody)
        .with([first]);
    Some(finding.having(()))
}

fn tell(case: &Case<'_>, _: &Found<()>) -> Words {
    let n = case.n;
    let (i, r) = words::peers(case);
    let esp = match (n.esp_from(Role::Initiator), n.esp_from(Role::Responder)) {
        (Some(_), Some(_)) => " Encrypted data (ESP) flows in both directions, so a tunnel was up.",
        (Some(_), None) | (None, Some(_)) => " Encrypted data (ESP) is seen in one direction only.",
        (None, None) => "",
    };
    Words::new(format!(
        "The capture began after {i} and {r} started to negotiate, so what they agreed on is not in it."
    ))
    .because(format!(
        "The first message of this {} negotiation in the capture already belongs to its middle.{esp} Offers, vendor IDs and \
         NAT detection stand in the first messages and are missing here.",
        n.version.name()
    ))
    .fix([Step::path("Start the capture first, then bring the tunnel up.")])
    .settle(format!(
        "a capture that starts before the first message, with the filter \"{}\"",
        words::CAPTURE_FILTER
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    #[test]
    fn a_capture_that_begins_within_a_negotiation_lacks_its_start() {
        let mut made = Made::new();
        made.other_spis(true);
        for (at, from_client) in [(0, true), (10, false)] {
            made.quick_mode(at, from_client, (64, 64));
        }
        made.fires(RuleId::StartNotCaptured);
        assert_eq!(
            Made::up((64, 64)).quiet(RuleId::StartNotCaptured),
            [RuleId::Established]
        );
    }
}
