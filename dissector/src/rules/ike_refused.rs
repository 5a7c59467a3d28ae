//! `ike-refused`: the first message was refused with an error that names no cause known here.

use super::evidence;
use super::refusal;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::standing::{Exchange, IkeSa};
use crate::negotiation::{Event, Notice, Redirect, Role, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::IkeRefused,
    stage: Stage::IkeSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "An IKE message was refused with an error",
    documentation: Documentation {
        means: "A message with which the IKE SA is made was answered with an error other than those that speak of algorithms, versions, \
                modes or identities.",
        evidence: "A readable error notification in place of the next message.",
        why: "INVALID_SYNTAX and its kin: one side builds or reads messages wrongly. Private numbers: a vendor's own reason.",
        fix: "Look the notification up in the responder's log; update the older of the two sides.",
        not: "ike-proposal-mismatch (NO_PROPOSAL_CHOSEN), version-mismatch (INVALID_MAJOR_VERSION), mode-mismatch.",
        references: &["RFC 7296 3.10.1", "RFC 2408 3.14.1"],
    },
    needs: &[Facts::ERROR, Facts::V2.and(Facts::REST)],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// What was refused, and with which error.
struct Refused<'a> {
    notice: &'a Notice,
    message: &'a Event,
}

/// How it was refused.
enum Sign<'a> {
    /// With an error.
    Error(Refused<'a>),
    /// The initiator is sent from one gateway to the next and back.
    Circle(Redirect),
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let error = first(case).or_else(|| later(case));
    error.or_else(|| circle(case))
}

/// A redirection that leads back here.
fn circle<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let redirect = case.n.redirect.filter(|_| case.redirected_in_a_circle())?;
    let finding = Finding::of(&RULE, redirect.place)
        .sure(0.85, Basis::Observed)
        .blame(Blame::Responder)
        .with(case.n.events().next().map(Event::place));
    Some(finding.having(Sign::Circle(redirect)))
}

/// A later message, while the SA is still being made: an error in clear after it, of the side that has to speak.
fn later<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let standing = case.standing();
    let open = standing
        .open
        .filter(|open| !standing.is_up() && !matches!(open.said.exchange, Exchange::QuickMode))?;
    let (notice, message) = (open.error?, open.message);
    if case.n.responder.messages == 0 || standing.ike == IkeSa::Asking {
        return None;
    }
    let finding = Finding::of(&RULE, notice.place)
        .sure(0.6, Basis::Observed)
        .blame(Blame::Either)
        .with([message.place()])
        .or(&[RuleId::Stalled]);
    Some(finding.having(Sign::Error(Refused { notice, message })))
}

fn first<'a>(case: &Case<'a>) -> Option<Found<Sign<'a>>> {
    let refusal = refusal::of_first_message(case)?;
    // These have rules of their own.
    if matches!(
        refusal.notice.kind,
        notify::NO_PROPOSAL_CHOSEN | notify::INVALID_MAJOR_VERSION
    ) {
        return None;
    }
    let finding = Finding::of(&RULE, refusal.notice.place)
        .sure(0.7, Basis::Observed)
        .settled(refusal::is_settled(case))
        .blame(Blame::Either)
        .with([refusal.of.place()])
        .or(&[RuleId::NoMatchingConnection, RuleId::IkeProposalMismatch]);
    Some(finding.having(Sign::Error(Refused {
        notice: refusal.notice,
        message: refusal.of,
    })))
}

fn tell_circle(case: &Case<'_>, redirect: Redirect) -> Words {
    let (i, r) = words::peers(case);
    let to = redirect
        .to
        .map_or_else(|| "another gateway".to_owned(), |to| to.to_string());
    Words::new(format!("{r} does not serve {i} but sends it on to {to}, from where it is sent back."))
        .because(format!(
            "{r} answered the first message with REDIRECT to {to} (RFC 5685), and the way from there leads back to {r}. An initiator \
             follows no more than five redirections in a row."
        ))
        .fix([Step::on(
            case,
            Role::Responder,
            "correct the redirection: of the gateways that send clients on to each other, one has to serve them.",
        )])
        .settle(evidence::log(case, Role::Responder))
}

fn tell(case: &Case<'_>, found: &Found<Sign<'_>>) -> Words {
    let n = case.n;
    let Refused { notice, message } = match &found.facts {
        Sign::Error(refused) => refused,
        Sign::Circle(redirect) => return tell_circle(case, *redirect),
    };
    let (sender, refusing) = (
        words::peer(case, notice.from.other()),
        words::peer(case, notice.from),
    );
    let name = words::notify(n, notice.kind);
    let first = n.events().next().is_some_and(|e| e.frame == message.frame);
    let (what, when) = if first {
        ("first message".to_owned(), "before anything was chosen")
    } else {
        let step = words::step(n, message.exchange, message.position);
        (format!("message {step}"), "and no answer of the usual kind came")
    };
    // One without a name is called by its number.
    let number = notice.kind.to_string();
    let number = if name.ends_with(&number) {
        String::new()
    } else {
        format!(" (number {number})")
    };
    Words::new(format!("{refusing} refused {sender}'s {what} with the error {name}."))
        .because(format!(
            "{sender} sent its {what} of {}, and {refusing} answered with {name}{number}, {when}. The notification is not \
             encrypted, so it is not authenticated.",
            n.version.name()
        ))
        .fix([Step::on(
            case,
            notice.from,
            format!(
                "look in the log {} and fix what it reports.",
                words::moment(case, notice.place.frame)
            ),
        )])
        .settle(evidence::log(case, notice.from))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::tests::made::{INVALID_PROTOCOL_ID, Made, NO_PROPOSAL_CHOSEN, PSK};

    #[test]
    fn an_error_without_a_rule_of_its_own_is_told_as_it_is() {
        let refused_with = |error| {
            let mut made = Made::new();
            made.refused(0, PSK, error);
            made
        };
        refused_with(INVALID_PROTOCOL_ID).fires(RuleId::IkeRefused);
        refused_with(NO_PROPOSAL_CHOSEN).quiet(RuleId::IkeRefused);
    }
}
