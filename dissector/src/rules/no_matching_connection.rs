//! `no-matching-connection`: the responder has no configuration for this pair of peers.

use super::cookbook::{self, Topic};
use super::evidence;
use super::ike_proposal_mismatch;
use super::refusal::{self, Causes};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::Role;

pub(super) static RULE: Rule = Rule {
    id: RuleId::NoMatchingConnection,
    stage: Stage::IkeSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The responder has no connection for this peer",
    documentation: Documentation {
        means: "The responder looked for a connection between the two addresses (and this version of IKE) and found none. \
                Algorithms may be fine.",
        evidence: "NO_PROPOSAL_CHOSEN to the first message in the form that stacks use for it, or to an offer the responder \
                   accepts from others.",
        why: "The connection names another remote address, or another local one (a virtual address, an address before NAT), \
              or another version of IKE; or it is not loaded.",
        fix: "On the responder: add or load a connection for the initiator's address as the responder sees it.",
        not: "ike-proposal-mismatch: the same notification.",
        references: &[
            "strongSwan task_manager_v1.c, task_manager_v2.c",
            "Libreswan ikev2_unsecured.c",
            "RFC 7296 3.10.1",
        ],
    },
    needs: &[Facts::ERROR.and(Facts::UNCHOSEN)],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// From here on a missing connection is called the likely cause; below it, one of several.
const LIKELY: f64 = 0.7;

fn find<'a>(case: &Case<'a>) -> Option<Found<Causes<'a>>> {
    let causes = refusal::causes(case)?;
    if causes.connection < 0.2 {
        return None;
    }
    let basis = if causes.beside.is_some() {
        Basis::Learned
    } else {
        Basis::Inferred
    };
    let mut finding = Finding::of(&RULE, causes.refusal.notice.place)
        .sure(causes.connection, basis)
        .settled(refusal::is_settled(case))
        .blame(Blame::Responder)
        .with([causes.refusal.of.place()])
        .with(causes.places());
    if causes.proposal > 0.05 {
        finding = finding.or(&[RuleId::IkeProposalMismatch]);
    }
    if causes.may_be_version() {
        finding = finding.or(&[RuleId::VersionMismatch]);
    }
    Some(finding.having(causes))
}

fn tell(case: &Case<'_>, found: &Found<Causes<'_>>) -> Words {
    let (i, r) = words::peers(case);
    let (n, causes) = (case.n, &found.facts);
    let version = n.version.name();
    let likely = causes.connection >= LIKELY;
    let summary = if likely {
        format!(
            "{r} refused {i}'s first message; most likely it has no {version} connection for that address."
        )
    } else {
        format!(
            "{r} refused {i}'s first message: it has no {version} connection for that address, or accepts none of the \
             algorithms offered."
        )
    };
    let add = if likely {
        "add"
    } else {
        "if there is none yet, add"
    };
    let connection = cookbook::on(
        case,
        Role::Responder,
        Topic::Connection,
        format!(
            "{add} (or load) a connection whose remote address is {} as {r} sees it, or any address, and whose local address is \
             {}, for {version}.",
            n.initiator.address, n.responder.address
        ),
    );
    let algorithms = if likely {
        Vec::new()
    } else {
        ike_proposal_mismatch::fixes(case, &[], &[])
    };
    Words::new(summary)
        .because(format!(
            "{i} began {version} with {r} and was refused with {}; {}. The notification is not authenticated.",
            words::notify(n, causes.refusal.notice.kind),
            causes.reason.words()
        ))
        .fix([connection])
        .fix(algorithms)
        .settle(format!(
            "{}: strongSwan writes \"no IKE config found\", Libreswan \"no connection has been authorized\"",
            evidence::log(case, Role::Responder)
        ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::{exchange, notify};
    use crate::tests::made::{Made, PSK, sa_v2};
    use ikewhy_testkit::contents::{v1, v2};
    use ikewhy_testkit::packets::{main_mode_offer, payloads};

    /// Main Mode 1, refused with this error by a notification with this message ID, and with the SPI of the SA or without.
    fn ikev1(error: u16, id: u32, spi: usize) -> Made {
        let mut made = Made::new();
        let offer = payloads(&[(1, main_mode_offer(PSK)), (13, vec![0xAF, 0xCA])]);
        made.isakmp(0, true, (64, 63), (1, exchange::MAIN_MODE, 0, 0), &offer);
        let (kind, mut body) = v1::notify(error);
        body[5] = u8::try_from(spi).unwrap();
        body.extend(vec![0x11; spi]);
        let step = (kind, exchange::V1_INFORMATIONAL, 0, id);
        made.isakmp(10, false, (64, 63), step, &payloads(&[(kind, body)]));
        made
    }

    #[test]
    fn a_refusal_of_ikev1_that_names_no_sa() {
        let finding = ikev1(notify::NO_PROPOSAL_CHOSEN, 7, 0).fires(RuleId::NoMatchingConnection);
        assert_eq!(
            (finding.blame, finding.basis),
            (Blame::Responder, Basis::Inferred)
        );
        ikev1(notify::NO_PROPOSAL_CHOSEN, 7, 16).quiet(RuleId::NoMatchingConnection);
        ikev1(notify::V1_PAYLOAD_MALFORMED, 7, 0).quiet(RuleId::NoMatchingConnection);
    }

    /// IKE_SA_INIT of this offer, refused with this error, by a message that holds an SPI of the responder or none.
    fn ikev2(made: &mut Made, at: i64, offer: Vec<u8>, error: u16, with_spi: bool) {
        let nat = v2::notify(notify::NAT_DETECTION_SOURCE_IP, &[6; 20]);
        made.sa_init_of(at, true, &[(33, offer), v2::key(14, 256), v2::nonce(), nat]);
        if !with_spi {
            made.without_spi();
        }
        made.sa_init_of(at + 10, false, &[v2::notify(error, &[])]);
    }

    #[test]
    fn a_refusal_of_ikev2_by_a_responder_that_had_made_an_spi() {
        let refused = |error, with_spi| {
            let mut made = Made::new();
            ikev2(&mut made, 0, sa_v2(), error, with_spi);
            made
        };
        let finding = refused(notify::NO_PROPOSAL_CHOSEN, true).fires(RuleId::NoMatchingConnection);
        assert_eq!(
            (finding.blame, finding.basis),
            (Blame::Responder, Basis::Inferred)
        );
        assert!(finding.alternatives.contains(&RuleId::IkeProposalMismatch));
        let verdicts = refused(notify::NO_PROPOSAL_CHOSEN, false).quiet(RuleId::NoMatchingConnection);
        assert_eq!(verdicts, [RuleId::IkeProposalMismatch]);
        refused(notify::INVALID_SYNTAX, true).quiet(RuleId::NoMatchingConnection);
    }

    #[test]
    fn what_the_responder_takes_from_others_is_no_matter_of_algorithms() {
        let beside = |offer: Vec<u8>| {
            let mut made = Made::ikev2_up((64, 63));
            made.other_spis(false);
            made.client = [192, 0, 2, 11].into();
            ikev2(&mut made, 10_000, offer, notify::NO_PROPOSAL_CHOSEN, false);
            made
        };
        let finding = beside(sa_v2()).fires(RuleId::NoMatchingConnection);
        assert_eq!((finding.blame, finding.basis), (Blame::Responder, Basis::Learned));
        // AES-CBC with 128 bits.
        let mut offer = sa_v2();
        offer[19] = 128;
        offer[18] = 0;
        beside(offer).quiet(RuleId::NoMatchingConnection);
    }
}
