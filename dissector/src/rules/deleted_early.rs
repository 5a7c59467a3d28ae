//! `deleted-early`: it came up and was deleted at once.

use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::{Event, Progress, Role, Version, exchange, payload};

pub(super) static RULE: Rule = Rule {
    id: RuleId::DeletedEarly,
    stage: Stage::Rekey,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The tunnel was deleted as soon as it was up",
    documentation: Documentation {
        means: "The negotiation succeeded, and within seconds one side deleted what had been made, before data flowed both ways.",
        evidence: "A delete (IKEv2: INFORMATIONAL whose first inner payload is 42) or, in IKEv1, an encrypted Informational right \
                   after the end and then nothing more.",
        why: "The deleting side does not accept the outcome: the other's identity or certificate, an inner address, a policy (one \
              session for each user), or it could not install the keys.",
        fix: "Read the log of the side that deletes.",
        not: "A delete at the end of a session, after a renewal, or of an older tunnel.",
        references: &["RFC 7296 1.4.1", "RFC 2408 3.15"],
    },
    needs: &[Facts::UP],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// Later than that a delete is the end of a session.
const AT_ONCE: f64 = 5.0;

/// The last message of the negotiation, and the delete that follows.
struct Deleted<'a> {
    end: &'a Event,
    delete: &'a Event,
}

impl Deleted<'_> {
    /// Seconds between the two.
    fn after(&self) -> f64 {
        seconds(self.delete.time.saturating_sub(self.end.time))
    }
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Deleted<'a>>> {
    let n = case.n;
    if n.progress() < Progress::IkeUp
        || (n.esp_from(Role::Initiator).is_some() && n.esp_from(Role::Responder).is_some())
    {
        return None;
    }
    let (deleted, confidence) = match n.version {
        Version::V1 => {
            let deleted = v1(case)?;
            // What it holds is encrypted; that nothing follows tells.
            let sure = if case.quiet_after(deleted.delete) < AT_ONCE {
                0.55
            } else {
                0.65
            };
            (deleted, sure)
        }
        Version::V2 => (v2(case)?, 0.85),
    };
    if deleted.after() > AT_ONCE || n.events().any(|e| e.exchange == exchange::CREATE_CHILD_SA) {
        return None;
    }
    let blame = Blame::of(deleted.delete.from);
    let finding = Finding::of(&RULE, deleted.delete.place())
        .sure(confidence, Basis::Inferred)
        .blame(blame)
        .with([deleted.end.place()])
        .or(&[
            RuleId::CertificateRejected,
            RuleId::IdentityRejected,
            RuleId::AddressAssignmentFailed,
            RuleId::ResponderFailure,
        ]);
    Some(finding.having(deleted))
}

fn v1<'a>(case: &Case<'a>) -> Option<Deleted<'a>> {
    let n = case.n;
    let end = n.events().rfind(|e| e.exchange != exchange::V1_INFORMATIONAL)?;
    let complete = end.exchange == exchange::QUICK_MODE && end.position >= 3
        || end.exchange == exchange::MAIN_MODE && end.position == 6
        || end.exchange == exchange::TRANSACTION;
    let delete = n
        .events()
        .rfind(|e| e.exchange == exchange::V1_INFORMATIONAL && e.encrypted && e.frame > end.frame)?;
    // Two of them at once at the very end are the deletes of ESP and IKE; one could be anything, until nothing follows.
    let both = n
        .events()
        .filter(|e| e.frame > end.frame && e.from == delete.from)
        .count()
        == 2;
    // A sign of life would be answered by another one (RFC 3706).
    let answered = n
        .events()
        .any(|e| e.exchange == exchange::V1_INFORMATIONAL && e.from != delete.from && e.frame > end.frame);
    let at_the_end = end.exchange == exchange::QUICK_MODE && !answered;
    if !complete
        || !both && !at_the_end && case.quiet_after(delete) < AT_ONCE
        || n.esp().iter().any(|f| f.last.time > delete.time)
    {
        return None;
    }
    Some(Deleted { end, delete })
}

fn v2<'a>(case: &Case<'a>) -> Option<Deleted<'a>> {
    let n = case.n;
    let accepted = |e: &&Event| {
        e.exchange == exchange::IKE_AUTH && e.position == 2 && e.first_inner() != Some(payload::N)
    };
    n.events().find(accepted)?;
    let end = n.events().rfind(|e| e.exchange == exchange::IKE_AUTH)?;
    // A delete that nobody confirmed, with nothing behind it, may have been sent as the capture ended, when everything was being stopped.
    let delete = n.events().find(|e| {
        e.frame > end.frame
            && e.is_delete()
            && (e.is_answered() || e.repeat_count() > 0 || case.quiet_after(e) >= 1.0)
    })?;
    Some(Deleted { end, delete })
}

fn tell(case: &Case<'_>, found: &Found<Deleted<'_>>) -> Words {
    let Deleted { end, delete } = found.facts;
    let who = delete.from;
    let (deleting, other) = (words::peer(case, who), words::peer(case, who.other()));
    let after = found.facts.after();
    Words::new(format!(
        "The tunnel came up and {deleting} deleted it {after:.1} seconds later."
    ))
    .because(format!(
        "The negotiation went through to {}. {after:.1} seconds later {deleting} sent a delete, before data had flowed in both \
         directions. It does not accept the outcome: {other}'s identity or certificate, the inner address, a policy of its \
         own, or it could not install the keys. The reason is not sent.",
        words::step(case.n, end.exchange, end.position)
    ))
    .fix([Step::on(
        case,
        who,
        format!(
            "look in the log {} and fix what it reports.",
            words::moment(case, delete.frame)
        ),
    )])
    .settle(evidence::log(case, who))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::{exchange, payload};
    use crate::tests::made::Made;

    /// A tunnel that the server deletes after so many milliseconds.
    fn deleted(at: i64) -> Made {
        let mut made = Made::ikev2_up((64, 63));
        made.ikev2(at, false, (exchange::INFORMATIONAL, false, 0), payload::D, 80);
        made.ikev2(at + 10, true, (exchange::INFORMATIONAL, true, 0), 0, 80);
        made
    }

    #[test]
    fn a_delete_is_early_only_at_once() {
        deleted(1000).fires(RuleId::DeletedEarly);
        assert_eq!(deleted(60_000).quiet(RuleId::DeletedEarly), [RuleId::Established]);
    }
}
