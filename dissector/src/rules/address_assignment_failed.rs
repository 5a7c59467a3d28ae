//! `address-assignment-failed`: no inner address could be assigned.

use super::child_error::{self, ChildError};
use super::cookbook;
use super::evidence;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, words,
};
use crate::negotiation::{Role, Version, exchange, notify};

pub(super) static RULE: Rule = Rule {
    id: RuleId::AddressAssignmentFailed,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "No inner address could be assigned",
    documentation: Documentation {
        means: "The client asked for an address inside the tunnel and got none, or asked for none where one is required.",
        evidence: "A decrypted INTERNAL_ADDRESS_FAILURE or FAILED_CP_REQUIRED (IKEv2), or a mode configuration reply without the address \
                   that was asked for (IKEv1).",
        why: "The responder has no address pool for this connection, or it is used up; or the client is not set to ask for one.",
        fix: "Give the responder a pool that is large enough, or let the client ask for an address.",
        not: "selector-mismatch.",
        references: &[
            "RFC 7296 2.19, 3.10.1",
            "draft-dukes-ike-mode-cfg-02 3",
            "strongSwan child_create.c, mode_config.c",
        ],
    },
    needs: &[Facts::INSIDE],
    settles: Settles::LATER,
    check: check!(find, tell),
};

/// How the client came by no address.
enum NoAddress<'a> {
    /// The tunnel was refused: there is no address to give.
    None(ChildError<'a>),
    /// The tunnel was refused: an address has to be asked for.
    NotAskedFor(ChildError<'a>),
    /// IKEv1: this side asked for one, and the reply held none.
    Withheld(Role),
}

fn find<'a>(case: &Case<'a>) -> Option<Found<NoAddress<'a>>> {
    refused(case).or_else(|| withheld(case))
}

fn refused<'a>(case: &Case<'a>) -> Option<Found<NoAddress<'a>>> {
    let error = child_error::of(case)?;
    let (blame, facts) = match error.notice.kind {
        notify::INTERNAL_ADDRESS_FAILURE => (Blame::Responder, NoAddress::None(error)),
        notify::FAILED_CP_REQUIRED => (Blame::Initiator, NoAddress::NotAskedFor(error)),
        _ => return None,
    };
    Some(error.finding(&RULE, 0.97).blame(blame).having(facts))
}

/// IKEv1: the reply of mode configuration held no address, and the tunnel that was asked for all the same was refused.
fn withheld<'a>(case: &Case<'a>) -> Option<Found<NoAddress<'a>>> {
    let n = case.n;
    let request = n.address?;
    let (place, given) = request.answered?;
    if given || n.version != Version::V1 || !n.esp().is_empty() || n.step(exchange::QUICK_MODE, 3).is_some() {
        return None;
    }
    let finding = Finding::of(&RULE, place)
        .sure(0.93, Basis::Decrypted)
        .settled(false)
        .blame(Blame::Responder)
        .with([request.asked])
        .or(&[RuleId::ChildRefused]);
    Some(finding.having(NoAddress::Withheld(request.from)))
}

/// What to change on the side that has no address to give, whoever found that out.
pub(crate) fn step(case: &Case<'_>, side: Role) -> Step {
    let what = "configure an address pool for this connection, or a larger one.";
    cookbook::on(case, side, cookbook::Topic::Pool, what)
}

fn tell(case: &Case<'_>, found: &Found<NoAddress<'_>>) -> Words {
    let none = |asking: &str, asked: &str| format!("{asked} has no inner address for {asking}.");
    let pool = |role| step(case, role);
    match &found.facts {
        NoAddress::None(error) => {
            let (asking, refusing) = error.sides(case);
            error
                .words(case, none(&asking, &refusing))
                .fix([pool(error.refusing())])
        }
        NoAddress::NotAskedFor(error) => {
            let (asking, refusing) = error.sides(case);
            let summary =
                format!("{refusing} requires that {asking} asks for an inner address, and it did not.");
            error.words(case, summary).fix([Step::on(
                case,
                error.refusing().other(),
                "ask for an inner (virtual) address.",
            )])
        }
        &NoAddress::Withheld(from) => {
            let (asking, asked) = (words::peer(case, from), words::peer(case, from.other()));
            Words::new(none(&asking, &asked))
                .because(format!(
                    "Phase 1 succeeded. {asking} asked for an inner address by mode configuration, and {asked} answered without one \
                     (decrypted). No data tunnel came up after that."
                ))
                .fix([pool(from.other())])
                .settle(evidence::log(case, from.other()))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::{Basis, Blame, RuleId};
    use crate::negotiation::{exchange, notify};
    use crate::tests::made::Made;
    use ikewhy_testkit::contents::{Payload, v1, v2};

    #[test]
    fn ikev2_says_so_by_name() {
        // RFC 7296 3.10.1: the server has no address, or demands that one is asked for.
        let asked = [v2::address_request(), v2::child_offer(256, None)];
        let (with, without) = (&asked[..], &asked[1..]);
        for (asked, error, blame) in [
            (with, notify::INTERNAL_ADDRESS_FAILURE, Blame::Responder),
            (without, notify::FAILED_CP_REQUIRED, Blame::Initiator),
        ] {
            let mut made = Made::ikev2_asking(asked, &[v2::notify(error, &[])]);
            let finding = made.fires(RuleId::AddressAssignmentFailed);
            assert_eq!((finding.blame, finding.basis), (blame, Basis::Decrypted));
        }
        for error in [notify::TS_UNACCEPTABLE, notify::NO_PROPOSAL_CHOSEN] {
            let mut made = Made::ikev2_asking(with, &[v2::notify(error, &[])]);
            made.quiet(RuleId::AddressAssignmentFailed);
        }
    }

    /// INTERNAL_IP4_ADDRESS (draft-dukes-ike-mode-cfg-02 3.4), and an attribute of the client's own product.
    const ADDRESS: u16 = 1;
    const INTERNAL_IP4_DNS: u16 = 3;

    /// Main Mode, and mode configuration in which the client asks for an address and for a name server, and is told this.
    fn mode_config(reply: &Payload) -> Made {
        let mut made = Made::new();
        made.main_mode((64, 63), &[]);
        let request = v1::attributes(1, &[(ADDRESS, b""), (INTERNAL_IP4_DNS, b"")]);
        let step = (exchange::TRANSACTION, 5);
        made.ikev1_holding(60, true, step, &[v1::hash(), request]);
        made.ikev1_holding(70, false, step, &[v1::hash(), reply.clone()]);
        made
    }

    #[test]
    fn a_reply_of_mode_configuration_without_the_address() {
        let dns: (u16, &[u8]) = (INTERNAL_IP4_DNS, &[10, 0, 0, 53]);
        let mut made = mode_config(&v1::attributes(2, &[dns]));
        let finding = made.fires(RuleId::AddressAssignmentFailed);
        assert_eq!(
            (finding.blame, finding.basis),
            (Blame::Responder, Basis::Decrypted)
        );
        let evidence: Vec<u32> = finding.evidence.iter().map(|place| place.frame).collect();
        assert_eq!(evidence, [8, 7]);
        // Some name the attribute and leave it empty.
        mode_config(&v1::attributes(2, &[(ADDRESS, b""), dns])).fires(RuleId::AddressAssignmentFailed);
        let given: (u16, &[u8]) = (ADDRESS, &[10, 9, 0, 7]);
        mode_config(&v1::attributes(2, &[given, dns])).quiet(RuleId::AddressAssignmentFailed);
        // The tunnel may come up without one.
        for (at, from_client) in [(80, true), (90, false), (100, true)] {
            made.quick_mode(at, from_client, (64, 63));
        }
        made.quiet(RuleId::AddressAssignmentFailed);
    }
}
