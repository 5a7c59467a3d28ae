//! `in-progress`: the capture ends without a sign of failure.

use crate::diagnosis::{
    Basis, Blame, Case, Check, Class, Documentation, Facts, Finding, Rule, RuleId, Settles, Severity, Stage,
    Words, words,
};
use crate::negotiation::{Event, Place, Progress, Role, Vantage};

pub(super) static RULE: Rule = Rule {
    id: RuleId::InProgress,
    stage: Stage::Contact,
    severity: Severity::Chat,
    class: Class::Open,
    title: "IKE negotiation not finished in this capture",
    documentation: Documentation {
        means: "The negotiation had not ended when the capture did, and nothing in it says that it failed.",
        evidence: "The last message was answered, or is too recent to have been given up.",
        why: "The capture was stopped early, or holds only part of the packets.",
        fix: "Capture longer: at least 60 seconds after the attempt.",
        not: "no-response, where the first message was repeated or waited for without an answer.",
        references: &["RFC 7296 2.1", "RFC 2408 5.1"],
    },
    // It holds where no other rule does: see `Judgement::verdict`.
    needs: &[Facts::NONE],
    settles: Settles::NEVER,
    check: Check {
        find: never,
        tell: never,
    },
};

fn never(_: &Case<'_>) -> Option<Finding> {
    None
}

/// The finding that always holds: how far it came.
pub(crate) fn open(case: &Case<'_>) -> Finding {
    find(case).told(tell(case))
}

fn find(case: &Case<'_>) -> Finding {
    let n = case.n;
    let first = Place {
        frame: n.first().frame,
        span: None,
    };
    let last = n.events().next_back();
    // Beside the responder a blocked port 4500 looks like the end of the capture: nothing more arrives.
    let moving = n.nat_found()
        && !n.moved_to_4500()
        && n.progress() == Progress::KeysExchanged
        && n.vantage() != Vantage::Initiator;
    let waiting = last.is_some_and(|e| e.from == Role::Responder);
    Finding::of(&RULE, last.map_or(first, Event::last_place))
        .sure(0.8, Basis::Observed)
        .blame(Blame::Nobody)
        .or(if moving && waiting {
            &[RuleId::Port4500Blocked]
        } else {
            &[]
        })
}

fn tell(case: &Case<'_>) -> Words {
    let n = case.n;
    let (i, r) = words::peers(case);
    let standing = case.standing();
    let reached = words::stands(&standing);
    let waits = standing.open.map_or_else(String::new, |open| {
        format!(" {} has to go on.", words::peer(case, open.awaited))
    });
    if let Some(redirect) = n.redirect {
        let to = redirect
            .to
            .map_or_else(|| "another gateway".to_owned(), |to| to.to_string());
        return Words::new(format!("{r} does not serve {i} itself: it sends it on to {to}."))
            .because(format!(
                "{r} answered the first message with REDIRECT (frame {}), as gateways do that share their load (RFC 5685). {i} begins again \
                 there; what becomes of it shows in the negotiation with {to}.",
                redirect.place.frame
            ))
            .settle(format!("a capture of what {i} and {to} say to each other"));
    }
    let at = n.events().next_back().map_or_else(String::new, |e| {
        format!(" The last message is {}.", words::step(n, e.exchange, e.position))
    });
    Words::new(format!(
        "{i} and {r} are still negotiating when the capture ends: {reached}."
    ))
    .because(format!(
        "{i} began to negotiate {} with {r}; {reached}.{at}{waits} Nothing up to the end of the capture says that it failed.",
        n.version.name()
    ))
    .settle(format!(
        "capture longer, with the filter \"{}\"",
        words::CAPTURE_FILTER
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    #[test]
    fn it_goes_on_until_patience_has_passed() {
        let asked = |end| {
            let mut made = Made::new();
            made.sa_init(0, true, &[]);
            made.until(end);
            made
        };
        asked(20_000).fires(RuleId::InProgress);
        assert_eq!(asked(60_000).quiet(RuleId::InProgress), [RuleId::NoResponse]);
    }
}
