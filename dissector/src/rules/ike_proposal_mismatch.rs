//! `ike-proposal-mismatch`: no common proposal for the IKE SA (phase 1).

use super::cookbook::{self, Common, Topic, either};
use super::evidence;
use super::refusal::{self, Causes};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Security, Settles,
    Severity, Stage, Step, Words, check, words,
};
use crate::negotiation::offer::{Attribute, Suite};
use crate::negotiation::{Role, exchange};
use crate::wire::code;

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
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// How many offered suites are spelled out in an explanation.
const SHOWN: usize = 4;

fn find<'a>(case: &Case<'a>) -> Option<Found<Causes<'a>>> {
    let causes = refusal::causes(case)?;
    if causes.proposal <= 0.1 {
        return None;
    }
    let basis = if causes.nearest().is_some() {
        Basis::Learned
    } else if causes.proposal >= 0.7 {
        Basis::Inferred
    } else {
        Basis::Observed
    };
    let mut finding = Finding::of(&RULE, causes.refusal.notice.place)
        .sure(causes.proposal, basis)
        .settled(refusal::is_settled(case))
        .blame(Blame::Either)
        .with([causes.refusal.of.place()])
        .with(case.n.offer_place())
        .with(causes.places())
        .differs(&causes.differs);
    if causes.connection > 0.05 {
        finding = finding.or(&[RuleId::NoMatchingConnection]);
    }
    if causes.may_be_version() {
        finding = finding.or(&[RuleId::VersionMismatch]);
    }
    Some(finding.having(causes))
}

fn tell(case: &Case<'_>, found: &Found<Causes<'_>>) -> Words {
    let (i, r) = words::peers(case);
    let (n, causes) = (case.n, &found.facts);
    let (summary, detail) = if let Some((known, miss)) = causes.nearest() {
        let line = |list: &[Suite], at: usize| list.get(at).map_or_else(String::new, Suite::line);
        let (mine, theirs) = (
            line(n.offers(), miss.offered),
            line(&known.suites, miss.acceptable),
        );
        let summary = format!(
            "{r} refused {i}'s IKE offer: {} (nearest: offered {mine}, accepted elsewhere {theirs}).",
            words::differ(&causes.differs)
        );
        let detail = format!(" Nearest miss: offered {mine}; known to be accepted {theirs}.");
        (summary, detail)
    } else {
        let summary = format!(
            "{r} refused every combination of algorithms that {i} offered for {}; its own list is not in the capture.",
            n.version.name()
        );
        let detail = " A refusing responder never shows its own list, so which algorithm is at fault cannot be seen here.";
        (summary, detail.to_owned())
    };
    let what = if causes.refusal.of.exchange == exchange::AGGRESSIVE {
        "Aggressive Mode"
    } else {
        n.version.name()
    };
    Words::new(summary)
        .because(format!(
            "{i} offered for {what}: {}. {r} answered with {}; {}.{detail} The notification is not authenticated.",
            describe(n.offers()),
            words::notify(n, causes.refusal.notice.kind),
            causes.reason.words()
        ))
        .fix(fixes(case, causes.nearest().map_or(&[], |(known, _)| &known.suites), &causes.differs))
        .settle(format!(
            "{}: it lists what was received and what is configured",
            evidence::log(case, Role::Responder)
        ))
        .settle("the responder's configuration")
}

/// The offered suites in words, the first few spelled out.
pub(super) fn describe(offers: &[Suite]) -> String {
    if offers.is_empty() {
        return "nothing that could be read".to_owned();
    }
    let mut lines: Vec<String> = offers.iter().take(SHOWN).map(Suite::line).collect();
    if offers.len() > SHOWN {
        lines.push(format!("and {} more", offers.len() - SHOWN));
    }
    lines.join("; ")
}

/// What gives both sides algorithms in common: both can move. `known`: what the responder is known to allow.
pub(super) fn fixes(case: &Case<'_>, known: &[Suite], differs: &[Attribute]) -> Vec<Step> {
    let (i, r) = words::peers(case);
    let named = if differs.is_empty() {
        String::new()
    } else {
        let words_of: Vec<&str> = differs.iter().map(|a| a.words()).collect();
        format!(" What has to match: {}.", words::list(&words_of))
    };
    let how = |step| cookbook::how(case, Topic::IkeProposal, step);
    let common = |role, others| Common::of(case, role, Topic::IkeProposal, others, None);
    let (responder, initiator) = (
        common(Role::Responder, case.n.offers()),
        common(Role::Initiator, known),
    );
    if initiator.is_some() {
        return either(case, [responder, initiator]);
    }
    let allow = || format!("allow one of the combinations {i} offers, the strongest it can.{named}");
    // Whoever knows only what is out of date moves first.
    if case.n.offers().iter().all(is_weak) {
        let strong =
            "offer AES-256 with SHA2-256 and group 14 or better, as far as the other side allows it.";
        let weaker = match responder {
            Some(common) => common.step(case, true),
            None => Step::or_on(case, Role::Responder, allow()).security(Security::Weaker),
        };
        return vec![
            how(Step::on(case, Role::Initiator, strong).security(Security::Stronger)),
            weaker,
        ];
    }
    let one = format!("offer a combination that {r} allows; weaken only if {r} supports nothing better.");
    vec![
        match responder {
            Some(common) => common.step(case, false),
            None => how(Step::on(case, Role::Responder, allow())),
        },
        how(Step::or_on(case, Role::Initiator, one)),
    ]
}

/// Something in it is broken or deprecated (RFC 8247).
fn is_weak(suite: &Suite) -> bool {
    suite
        .choices
        .iter()
        .any(|c| code::weak(c.registry, c.id.into()).is_some())
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::{exchange, notify};
    use crate::tests::made::{Made, PSK, sa_v2};
    use ikewhy_testkit::contents::{v1, v2};
    use ikewhy_testkit::packets::{main_mode_offer, payloads};

    /// Main Mode 1, refused with this error by a notification that holds the SPI of the SA.
    fn ikev1(error: u16) -> Made {
        let mut made = Made::new();
        let offer = payloads(&[(1, main_mode_offer(PSK)), (13, vec![0xAF, 0xCA])]);
        made.isakmp(0, true, (64, 63), (1, exchange::MAIN_MODE, 0, 0), &offer);
        let (kind, mut body) = v1::notify(error);
        body[5] = 16;
        body.extend([0x11; 16]);
        let step = (kind, exchange::V1_INFORMATIONAL, 0, 7);
        made.isakmp(10, false, (64, 63), step, &payloads(&[(kind, body)]));
        made
    }

    /// IKE_SA_INIT of this offer, refused with this error before the responder made an SPI.
    fn ikev2(made: &mut Made, at: i64, offer: Vec<u8>, error: u16) {
        let nat = v2::notify(notify::NAT_DETECTION_SOURCE_IP, &[6; 20]);
        made.sa_init_of(at, true, &[(33, offer), v2::key(14, 256), v2::nonce(), nat]);
        made.without_spi();
        made.sa_init_of(at + 10, false, &[v2::notify(error, &[])]);
    }

    #[test]
    fn a_refusal_whose_form_says_that_algorithms_were_compared() {
        let finding = ikev1(notify::NO_PROPOSAL_CHOSEN).fires(RuleId::IkeProposalMismatch);
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Inferred));
        ikev1(notify::V1_PAYLOAD_MALFORMED).quiet(RuleId::IkeProposalMismatch);
        let refused = |error| {
            let mut made = Made::new();
            ikev2(&mut made, 0, sa_v2(), error);
            made
        };
        let finding = refused(notify::NO_PROPOSAL_CHOSEN).fires(RuleId::IkeProposalMismatch);
        assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Inferred));
        assert!(finding.settled && finding.attributes.is_empty());
        refused(notify::INVALID_SYNTAX).quiet(RuleId::IkeProposalMismatch);
        // Another group is asked for (RFC 7296 1.2).
        refused(notify::INVALID_KE_PAYLOAD).quiet(RuleId::IkeProposalMismatch);
    }

    #[test]
    fn what_the_responder_takes_from_others_shows_what_differs() {
        let beside = |offer: Vec<u8>| {
            let mut made = Made::ikev2_up((64, 63));
            made.other_spis(false);
            made.client = [192, 0, 2, 11].into();
            ikev2(&mut made, 10_000, offer, notify::NO_PROPOSAL_CHOSEN);
            made
        };
        // AES-CBC with 128 bits; HMAC-SHA1-96 (RFC 7296 3.3.2).
        let (mut shorter, mut weaker) = (sa_v2(), sa_v2());
        shorter[18..20].copy_from_slice(&[0, 128]);
        weaker[35] = 2;
        for (offer, differs) in [(shorter, "key-length"), (weaker, "integrity")] {
            let finding = beside(offer).fires(RuleId::IkeProposalMismatch);
            assert_eq!((finding.blame, finding.basis), (Blame::Either, Basis::Learned));
            assert_eq!(*finding.attributes, [differs]);
        }
        let verdicts = beside(sa_v2()).quiet(RuleId::IkeProposalMismatch);
        assert_eq!(verdicts[1], RuleId::NoMatchingConnection);
    }

    #[test]
    fn who_is_answered_with_a_choice_is_not_refused() {
        // An error in clear after it is anybody's word (RFC 7296 2.21.1).
        let mut made = Made::new();
        made.ikev2_init(0, (64, 63));
        made.sa_init_of(20, false, &[v2::notify(notify::NO_PROPOSAL_CHOSEN, &[])]);
        made.quiet(RuleId::IkeProposalMismatch);
    }
}
