//! `weak-algorithm`: what was agreed works today and should not be used any more.

use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Words, check, words,
};
use crate::negotiation::Role;
use crate::negotiation::offer::Choice;
use crate::wire::code::{self, Weakness};

pub(crate) static RULE: Rule = Rule {
    id: RuleId::WeakAlgorithm,
    stage: Stage::Up,
    severity: Severity::Note,
    class: Class::Note,
    title: "The agreed algorithms are weak",
    documentation: Documentation {
        means: "The IKE SA uses an algorithm that is broken or deprecated. It is never the cause of a failure here.",
        evidence: "The proposal the responder chose.",
        why: "Old clients and devices, or an old configuration. Newer software refuses such algorithms, so that an update of one \
              side breaks the tunnel.",
        fix: "Allow AES-256, SHA2-256 and group 14 or better on both sides, and remove the weak ones once nobody needs them.",
        not: "ike-proposal-mismatch.",
        references: &["RFC 8247 2", "RFC 8221 5", "RFC 9395 3"],
    },
    needs: &[Facts::NONE],
    settles: Settles::CHOICE,
    check: check!(find, tell),
};

/// Which of the chosen algorithms, and in what way.
type Weak = Vec<(Choice, Weakness)>;

fn find(case: &Case<'_>) -> Option<Found<Weak>> {
    let choices = case.n.selected()?.choices.iter();
    let weak: Weak = choices
        .filter_map(|c| Some((*c, code::weak(c.registry, u32::from(c.id))?)))
        .collect();
    if weak.is_empty() {
        return None;
    }
    let finding = Finding::of(&RULE, case.n.selected_place()?)
        .sure(1.0, Basis::Observed)
        .settled(true)
        .blame(Blame::Either);
    Some(finding.having(weak))
}

fn tell(case: &Case<'_>, found: &Found<Weak>) -> Words {
    let r = words::peer(case, Role::Responder);
    let names = found.facts.iter().map(|(choice, weakness)| {
        let word = match weakness {
            Weakness::Broken => "broken",
            Weakness::Legacy => "deprecated",
        };
        format!("{} ({word})", choice.label())
    });
    let names: Vec<_> = names.collect();
    Words::new(format!("{r} chose {} for the IKE SA.", words::list(&names)))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::payload;
    use crate::tests::made::{Made, sa_v2};

    /// The server chooses this cipher (IANA ikev2-parameters, encryption algorithms).
    fn chosen(cipher: u8) -> Made {
        let mut choice = sa_v2();
        // The number of its first transform.
        choice[15] = cipher;
        let mut made = Made::new();
        made.sa_init(0, true, &[]);
        made.sa_init_of(10, false, &[(payload::SA, choice), (payload::NONCE, vec![5; 32])]);
        made
    }

    #[test]
    fn what_is_chosen_is_weak_and_not_what_is_offered() {
        const ENCR_3DES: u8 = 3;
        const ENCR_AES_CBC: u8 = 12;
        chosen(ENCR_3DES).fires(RuleId::WeakAlgorithm);
        chosen(ENCR_AES_CBC).quiet(RuleId::WeakAlgorithm);
    }
}
