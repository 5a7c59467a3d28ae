//! `ike-proposal-mismatch`: no common proposal for the IKE SA (phase 1).

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage, cookbook, mixed,
    refusal,
};
use crate::diagnosis::words;
use crate::negotiation::offer::{Attribute, Suite};
use crate::negotiation::{Role, exchange};
use crate::wire::code;
use crate::wording;

pub(super) static RULE: Rule = Rule {
    id: RuleId::IkeProposalMismatch,
    stage: Stage::IkeSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "No common IKE (phase 1) proposal",
    documentation: Documentation {
        means: "The responder refused every combination of algorithms the initiator offered for the IKE SA.",
        evidence: "NO_PROPOSAL_CHOSEN in answer to the first message.",
        why: "In each offered combination at least one algorithm, key length, group or (IKEv1) authentication method is not \
              in the responder's list. A responder never shows that list.",
        fix: "Give both sides one combination in common, a strong one: AES-256, SHA2-256, group 14 or better.",
        not: "no-matching-connection: the same notification is sent when the responder has no connection for this peer.",
        references: &[
            "RFC 7296 2.7, 3.10.1",
            "RFC 2408 5.5",
            "strongSwan main_mode.c, ike_init.c",
            "Libreswan ikev1_spdb_struct.c",
        ],
    },
    needs: &[Facts::ERROR.and(Facts::UNCHOSEN)],
    settles: true,
    check: mixed!(check),
};

/// How many offered suites are spelled out in an explanation.
const SHOWN: usize = 4;

fn check(case: &Case<'_>) -> Option<Finding> {
    let causes = refusal::causes(case)?;
    let refusal = refusal::of_first_message(case)?;
    let n = case.n;
    if causes.proposal <= 0.1 {
        return None;
    }
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let offered = describe(n.offers());
    let known = causes.beside.as_deref();
    let (summary, detail, basis) = match known.and_then(|b| Some((&b.acceptable, b.compared.misses.first()?))) {
        Some((known, miss)) if !causes.differs.is_empty() => {
            let words_of: Vec<&str> = causes.differs.iter().map(|a| a.words()).collect();
            let line = |list: &[Suite], at: usize| list.get(at).map_or_else(String::new, Suite::line);
            let (mine, theirs) = (line(n.offers(), miss.offered), line(&known.suites, miss.acceptable));
            let summary = format!(
                "{r} refused {i}'s IKE offer: the {} {} (nearest: offered {mine}, accepted elsewhere {theirs}).",
                words::list(&words_of),
                if words_of.len() == 1 { "differs" } else { "differ" },
            );
            (summary, format!(" Nearest miss: offered {mine}; known to be accepted {theirs}."), Basis::Learned)
        }
        _ => (
            format!("{r} refused every combination of algorithms that {i} offered for {}; its own list is not in the capture.", n.version.name()),
            " A refusing responder never shows its own list, so which algorithm is at fault cannot be seen here.".to_owned(),
            if causes.proposal >= 0.7 { Basis::Inferred } else { Basis::Observed },
        ),
    };
    let what = if refusal.of.exchange == exchange::AGGRESSIVE {
        "Aggressive Mode"
    } else {
        n.version.name()
    };
    let mut finding = Finding::new(&RULE, refusal.notice.place, summary)
        .sure(causes.proposal, basis)
        .settled(refusal::is_settled(case))
        .blame(Blame::Either)
        .with([refusal.of.place()])
        .with(n.offer_place())
        .with(
            known
                .iter()
                .flat_map(|b| b.acceptable.places.iter().copied())
                .take(4),
        )
        .differs(&causes.differs)
        .because(format!(
            "{i} offered for {what}: {offered}. {r} answered with {}; {}.{detail} The notification is not \
             authenticated.",
            words::notify(n, refusal.notice.kind),
            causes.reason
        ))
        .settle(format!(
            "{}: it lists what was received and what is configured; or the responder's configuration",
            cookbook::log(case, Role::Responder)
        ));
    if causes.connection > 0.05 {
        finding = finding.or(&[RuleId::NoMatchingConnection]);
    }
    if causes.version > 0.3 {
        finding = finding.or(&[RuleId::VersionMismatch]);
    }
    Some(finding.fix(fixes(case, &causes.differs)))
}

/// The offered suites in words, the first few spelled out.
pub(super) fn describe(offers: &[Suite]) -> String {
    if wording::silent() {
        return String::new();
    }
    if offers.is_empty() {
        return "nothing that could be read".to_owned();
    }
    let mut lines: Vec<String> = offers.iter().take(SHOWN).map(Suite::line).collect();
    if offers.len() > SHOWN {
        lines.push(format!("and {} more", offers.len() - SHOWN));
    }
    lines.join("; ")
}

/// Both sides can move. The order of an offer says nothing about strength, so none of its suites is named.
fn fixes(case: &Case<'_>, differs: &[Attribute]) -> Vec<String> {
    if wording::silent() {
        return Vec::new();
    }
    let n = case.n;
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let named = if differs.is_empty() {
        String::new()
    } else {
        let words_of: Vec<&str> = differs.iter().map(|a| a.words()).collect();
        format!(" What has to match: {}.", words::list(&words_of))
    };
    let at_responder = format!(
        "on {r}: allow one of the combinations {i} offers, the strongest it can.{named}{}",
        cookbook::how(case, Role::Responder, cookbook::Topic::IkeProposal)
    );
    let at_initiator = |what: &str| {
        format!(
            "n {i}: offer {what}.{}",
            cookbook::how(case, Role::Initiator, cookbook::Topic::IkeProposal)
        )
    };
    // Whoever knows only what is out of date moves first.
    if n.offers().iter().all(is_weak) {
        return vec![
            format!(
                "O{}",
                at_initiator(
                    "AES-256 with SHA2-256 and group 14 or better, as far as the other side allows it"
                )
            ),
            format!("Only if that side cannot: {at_responder} All it offers is out of date."),
        ];
    }
    vec![
        format!("O{}", at_responder.trim_start_matches('o')),
        format!(
            "Or o{}",
            at_initiator(&format!(
                "a combination that {r} allows, not a weaker one unless it knows nothing else"
            ))
        ),
    ]
}

/// Something in it is broken or deprecated (RFC 8247).
fn is_weak(suite: &Suite) -> bool {
    suite
        .choices
        .iter()
        .any(|c| code::weak(c.registry, c.id.into()).is_some())
}
