//! `version-mismatch`: one side speaks IKEv1, the other only IKEv2.

use super::{
    Basis, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
    no_response, refusal,
};
use crate::diagnosis::words;
use crate::negotiation::{Place, Role, Version, notify};

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
    settles: true,
    check: mixed!(check),
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let other = if n.version == Version::V1 {
        Version::V2
    } else {
        Version::V1
    };
    let said = n
        .errors(Role::Responder)
        .find(|x| x.kind == notify::INVALID_MAJOR_VERSION && n.selected().is_none());
    let learned = case.host(Role::Responder).and_then(|h| {
        let elsewhere = h.speaks(other)?;
        h.speaks(n.version).is_none().then_some(elsewhere)
    });
    // Most negotiations end here: no word is made for them.
    let causes = refusal::causes(case).filter(|c| c.version > 0.3);
    if said.is_none() && causes.is_none() && learned.is_none() {
        return None;
    }
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let (decided, confidence, basis, settled, why) = if let Some(notice) = said {
        (
            notice.place,
            0.95,
            Basis::Observed,
            true,
            format!(
                "{r} answered with INVALID_MAJOR_VERSION: it does not accept {}.",
                n.version.name()
            ),
        )
    } else if let Some(causes) = causes {
        let refusal = refusal::of_first_message(case)?;
        let basis = if learned.is_some() {
            Basis::Learned
        } else {
            Basis::Inferred
        };
        let why = format!(
            "{r} answered with {}; {}.",
            words::notify(n, refusal.notice.kind),
            causes.reason
        );
        (refusal.notice.place, causes.version, basis, true, why)
    } else {
        // Silence says it only together with what the capture shows elsewhere.
        learned?;
        let first = no_response::silence(case)?;
        let why = format!(
            "{r} never answered {}, but elsewhere in this capture it speaks {}.",
            n.version.name(),
            other.name()
        );
        (first.last_place(), 0.96, Basis::Learned, false, why)
    };
    let first = n.events().next().map(crate::negotiation::Event::place);
    let elsewhere: Option<Place> = learned;
    // A host that is silent on one version and answers the other is as likely to have no connection for this peer.
    let confidence: f64 = if basis == Basis::Learned && said.is_none() {
        confidence.min(0.75)
    } else {
        confidence
    };
    Some(
        Finding::new(
            &RULE,
            decided,
            format!(
                "{i} speaks {} and {r} seems to accept only {}.",
                n.version.name(),
                other.name()
            ),
        )
        .sure(confidence, basis)
        .settled(settled && refusal::is_settled(case))
        .with(first)
        .with(elsewhere)
        .because(format!("{i} began to negotiate {}. {why}", n.version.name()))
        .or(&[RuleId::NoMatchingConnection, RuleId::IkeProposalMismatch])
        .fix([
            if other == Version::V2 {
                format!("On {i}: use IKEv2, if it can (L2TP clients cannot).")
            } else {
                format!("On {r}: add an IKEv2 connection for {i}, if it can.")
            },
            if other == Version::V2 {
                format!(
                    "On {r}: accept IKEv1 for this peer.{}",
                    cookbook::how(case, Role::Responder, cookbook::Topic::IkeVersion)
                )
            } else {
                format!(
                    "On {i}: use IKEv1 (an older protocol; IKEv2 on both sides is better).{}",
                    cookbook::how(case, Role::Initiator, cookbook::Topic::IkeVersion)
                )
            },
        ])
        .settle(cookbook::log(case, Role::Responder)),
    )
}
