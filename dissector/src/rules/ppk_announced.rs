//! `ppk-announced`: a side mixes in a post-quantum pre-shared key.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::{Role, Sent, exchange};

pub(super) static RULE: Rule = Rule {
    id: RuleId::PpkAnnounced,
    stage: Stage::IkeSa,
    severity: Severity::Note,
    class: Class::Note,
    title: "A post-quantum pre-shared key (PPK) was announced",
    documentation: Documentation {
        means: "A side is set up for a post-quantum pre-shared key in addition to its usual authentication.",
        evidence: "USE_PPK or USE_PPK_INT in IKE_SA_INIT.",
        why: "It protects what is sent today against computers of tomorrow. Both sides need the same key under the same name.",
        fix: "Both sides need it, or the side that has it must not require it.",
        not: "A failure by itself: if one side alone has it and does not require it, it is left out.",
        references: &["RFC 8784 3", "RFC 9867"],
    },
    needs: &[Facts::V2],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// Who announced it.
enum By {
    Both,
    /// This side; the other one has answered, or begun, without.
    One(Role),
}

fn find(case: &Case<'_>) -> Option<Found<By>> {
    let n = case.n;
    let sent = |role| n.peer(role).sent(Sent::PostQuantumKey);
    let by = match (sent(Role::Initiator), sent(Role::Responder)) {
        (true, true) => By::Both,
        (true, false) => By::One(Role::Initiator),
        (false, true) => By::One(Role::Responder),
        (false, false) => return None,
    };
    // Whether the responder takes it up shows where it chooses.
    let place = n
        .selected_place()
        .or_else(|| Some(n.step(exchange::IKE_SA_INIT, 1)?.place()))?;
    if matches!(by, By::One(_)) && n.selected().is_none() {
        return None;
    }
    let finding = Finding::of(&RULE, place)
        .sure(1.0, Basis::Observed)
        .blame(Blame::Nobody);
    Some(finding.having(by))
}

fn tell(case: &Case<'_>, found: &Found<By>) -> Words {
    let (i, r) = words::peers(case);
    Words::new(match found.facts {
        By::Both => {
            format!("{i} and {r} both use a post-quantum pre-shared key (PPK); it has to be the same.")
        }
        By::One(role) => format!(
            "{} announced a post-quantum pre-shared key (PPK), {} did not: it is left out, or the one that requires it refuses.",
            words::peer(case, role),
            words::peer(case, role.other())
        ),
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::notify;
    use crate::tests::made::{Made, notification};

    #[test]
    fn what_one_side_announces_is_a_note_once_the_other_has_answered() {
        let mut made = Made::new();
        made.sa_init(0, true, &[notification(notify::USE_PPK, &[])]);
        made.quiet(RuleId::PpkAnnounced);
        made.sa_init(10, false, &[]);
        made.fires(RuleId::PpkAnnounced);
        Made::ikev2_up((64, 63)).quiet(RuleId::PpkAnnounced);
    }
}
