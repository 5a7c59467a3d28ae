//! `version-mismatch`: one side speaks IKEv1, the other only IKEv2.

use super::cookbook::{self, Topic};
use super::evidence;
use super::no_response;
use super::refusal::{self, Causes, Reason};
use crate::diagnosis::{
    Basis, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Security, Settles, Severity,
    Stage, Step, Words, check, words,
};
use crate::negotiation::{Event, Role, Version, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::VersionMismatch,
    stage: Stage::IkeSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The two sides use different versions of IKE",
    documentation: Documentation {
        means: "The initiator negotiates one version of IKE and the responder has connections for the other only.",
        evidence: "An INVALID_MAJOR_VERSION notification; or silence or NO_PROPOSAL_CHOSEN from a host that speaks the other \
                   version, and only that, elsewhere in the capture.",
        why: "L2TP clients speak IKEv1 only; OpenIKED speaks IKEv2 only; other products are set per connection.",
        fix: "Use IKEv2 on both sides where both can; otherwise allow IKEv1 on the responder for this peer.",
        not: "ike-proposal-mismatch: strongSwan sends the same NO_PROPOSAL_CHOSEN for both.",
        references: &[
            "RFC 7296 2.5",
            "RFC 2408 5.2",
            "strongSwan task_manager_v1.c",
            "Libreswan demux.c",
        ],
    },
    needs: &[Facts::UNCHOSEN],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// How the responder shows that it does not speak this version.
enum Sign {
    /// It says so: INVALID_MAJOR_VERSION.
    Said,
    /// It refuses the first message with NO_PROPOSAL_CHOSEN, and this speaks for the version as the cause.
    Refused(Reason),
    /// It does not answer, and speaks the other version elsewhere.
    Silent,
}

/// A host that refuses one version or is silent on it, and answers the other, is as likely to have no connection for this peer.
const LEARNED: f64 = 0.75;

fn find(case: &Case<'_>) -> Option<Found<Sign>> {
    let n = case.n;
    let said = n
        .errors(Role::Responder)
        .find(|x| n.started && x.kind == notify::INVALID_MAJOR_VERSION && n.selected().is_none());
    let learned = refusal::only_other_version(case);
    let (sign, decided, confidence, basis) = if let Some(notice) = said {
        (Sign::Said, notice.place, 0.95, Basis::Observed)
    } else if let Some(causes) = refusal::causes(case).filter(Causes::may_be_version) {
        let (confidence, basis) = if learned.is_some() {
            (causes.version.min(LEARNED), Basis::Learned)
        } else {
            (causes.version, Basis::Inferred)
        };
        let sign = Sign::Refused(causes.reason);
        (sign, causes.refusal.notice.place, confidence, basis)
    } else {
        // Silence says it only together with what the capture shows elsewhere.
        learned?;
        let first = no_response::silence(case)?;
        (Sign::Silent, first.last_place(), LEARNED, Basis::Learned)
    };
    let answered = !matches!(sign, Sign::Silent);
    let finding = Finding::of(&RULE, decided)
        .sure(confidence, basis)
        .settled(answered && refusal::is_settled(case))
        .with(n.events().next().map(Event::place))
        .with(learned)
        .or(&[RuleId::NoMatchingConnection, RuleId::IkeProposalMismatch]);
    Some(finding.having(sign))
}

fn tell(case: &Case<'_>, found: &Found<Sign>) -> Words {
    let (i, r) = words::peers(case);
    let n = case.n;
    let (mine, theirs) = (n.version.name(), refusal::other(n.version).name());
    let why = match found.facts {
        Sign::Said => format!("{r} answered with INVALID_MAJOR_VERSION: it does not accept {mine}."),
        Sign::Refused(reason) => {
            format!(
                "{r} answered with {}; {}.",
                words::notify(n, notify::NO_PROPOSAL_CHOSEN),
                reason.words()
            )
        }
        Sign::Silent => {
            format!("{r} never answered {mine}, but elsewhere in this capture it speaks {theirs}.")
        }
    };
    let fixes = match n.version {
        Version::V1 => [
            Step::on(
                case,
                Role::Initiator,
                "use IKEv2, if it can (L2TP clients cannot).",
            )
            .security(Security::Stronger),
            cookbook::or_on(
                case,
                Role::Responder,
                Topic::IkeVersion,
                "accept IKEv1 for this peer.",
            )
            .security(Security::Weaker),
        ],
        Version::V2 => [
            cookbook::on(
                case,
                Role::Responder,
                Topic::IkeVersion,
                format!("add an IKEv2 connection for {i}, if it can."),
            )
            .security(Security::Stronger),
            Step::or_on(
                case,
                Role::Initiator,
                "use IKEv1 (an older protocol; IKEv2 on both sides is better).",
            )
            .security(Security::Weaker),
        ],
    };
    Words::new(format!(
        "{i} speaks {mine} and {r} seems to accept only {theirs}."
    ))
    .because(format!("{i} began to negotiate {mine}. {why}"))
    .fix(fixes)
    .settle(evidence::log(case, Role::Responder))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::notify;
    use crate::tests::made::{Made, notification};

    /// IKE_SA_INIT, refused with this error.
    fn refused(error: u16) -> Made {
        let mut made = Made::new();
        made.sa_init(0, true, &[]);
        made.sa_init_of(10, false, &[notification(error, &[])]);
        made
    }

    #[test]
    fn only_the_error_about_the_version_speaks_of_it() {
        refused(notify::INVALID_MAJOR_VERSION).fires(RuleId::VersionMismatch);
        refused(notify::INVALID_SYNTAX).quiet(RuleId::VersionMismatch);
        // It is one of several causes of this one.
        let verdicts = refused(notify::NO_PROPOSAL_CHOSEN).verdicts();
        assert_ne!(verdicts, [RuleId::VersionMismatch]);
    }
}
