//! `fragmentation-not-announced`: IKE fragments are sent to a side that did not announce that it reads them.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::{Event, Negotiation, Role, Sent, Version};

pub(super) static RULE: Rule = Rule {
    id: RuleId::FragmentationNotAnnounced,
    stage: Stage::Contact,
    severity: Severity::Note,
    class: Class::Note,
    title: "IKE fragmentation was used or needed, and one side did not announce it",
    documentation: Documentation {
        means: "IKE can cut its own messages into fragments that firewalls let pass, if both sides have announced that. One side did not.",
        evidence: "Encrypted fragments to a side without IKEV2_FRAGMENTATION_SUPPORTED in its IKE_SA_INIT; or a message in IP fragments between \
                   sides of which one did not announce it.",
        why: "Old software, or it was switched off. A side that has not announced it need not understand fragments.",
        fix: "Switch IKE fragmentation on on both sides, or off on the side that sends fragments unasked.",
        not: "fragments-lost, which says that a large message was lost.",
        references: &["RFC 7383 2.3, 2.5.1", "Libreswan issue 333"],
    },
    needs: &[Facts::V2.and(Facts::LATER)],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// A message in fragments, and who did not announce that it reads them.
pub(super) struct Unannounced<'a> {
    pub(super) message: &'a Event,
    pub(super) by: Role,
}

/// IKE fragments to a side that did not announce that it reads them.
pub(super) fn unasked(n: &Negotiation) -> Option<Unannounced<'_>> {
    (n.started && n.version == Version::V2).then_some(())?;
    n.events().find_map(|message| {
        let by = message.from.other();
        // What it announces stands in its IKE_SA_INIT.
        let known = by == Role::Initiator || n.selected().is_some();
        let unasked = message.fragments().is_some() && known && !n.peer(by).sent(Sent::Fragmentation);
        unasked.then_some(Unannounced { message, by })
    })
}

/// A message in IP fragments, which IKE's own would have avoided.
fn needed(n: &Negotiation) -> Option<Unannounced<'_>> {
    (n.started && n.selected().is_some()).then_some(())?;
    let silent = |role: &Role| !n.peer(*role).sent(Sent::Fragmentation);
    let by = [Role::Responder, Role::Initiator].into_iter().find(silent)?;
    // IKE_SA_INIT itself is never cut (RFC 7383 2.5).
    let message = n.events().find(|e| e.ip_fragmented() && e.encrypted)?;
    Some(Unannounced { message, by })
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Unannounced<'a>>> {
    let n = Some(case.n).filter(|n| n.version == Version::V2)?;
    let found = unasked(n).or_else(|| needed(n))?;
    let finding = Finding::of(&RULE, found.message.place())
        .sure(1.0, Basis::Observed)
        .blame(Blame::Either);
    Some(finding.having(found))
}

fn tell(case: &Case<'_>, found: &Found<Unannounced<'_>>) -> Words {
    let Unannounced { message, by } = &found.facts;
    let (silent, sender) = (words::peer(case, *by), words::peer(case, message.from));
    let step = words::step(case.n, message.exchange, message.position);
    Words::new(if message.fragments().is_some() {
        format!(
            "{sender} cut {step} into IKE fragments, although {silent} never announced that it reads them."
        )
    } else {
        format!(
            "{step} of {sender} was too large for one packet and went as IP fragments: {silent} did not announce IKE fragmentation, which \
             would have avoided that."
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::{exchange, notify, payload};
    use crate::tests::made::{Made, notification};

    /// The server announces these; IKE_AUTH comes in fragments all the same (RFC 7383 2.5).
    fn in_fragments(announced: &[(u8, Vec<u8>)]) -> Made {
        let mut made = Made::new();
        made.sa_init(0, true, &[notification(notify::FRAGMENTATION_SUPPORTED, &[])]);
        made.sa_init(10, false, announced);
        for number in [1, 2] {
            let body = [&[payload::ID_I, 0, 2, 8, 0, number, 0, 2][..], &[number; 512]].concat();
            made.isakmp(20, true, (64, 63), (53, exchange::IKE_AUTH, 0x08, 1), &body);
        }
        made
    }

    #[test]
    fn fragments_are_for_those_who_announced_that_they_read_them() {
        let announced = notification(notify::FRAGMENTATION_SUPPORTED, &[]);
        in_fragments(&[]).fires(RuleId::FragmentationNotAnnounced);
        in_fragments(&[announced]).quiet(RuleId::FragmentationNotAnnounced);
    }
}
