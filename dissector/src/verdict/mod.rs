//! One ranking step: of all that rules found, the verdict; and what a peer's file adds to it.

pub(crate) mod imported;

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::diagnosis::id::RuleSet;
use crate::diagnosis::{Case, Class, Facts, Finding, Pass, Rule, RuleId, Settles, Stage};
use crate::negotiation::intake::FrameRecord;
use crate::rules::{RULES, in_progress};

/// What became of a negotiation, and the other findings.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict; `None` where no rule but `in-progress` has one, which is said so often that its text waits until
    /// somebody reads it.
    pub decided: Option<Finding>,
    /// Notes.
    pub notes: Vec<Finding>,
    /// The findings have their texts. Without, everything else of them is the same.
    pub worded: bool,
}

impl Judgement {
    /// The verdict on the case that was judged.
    #[must_use]
    pub fn verdict(&self, case: &Case<'_>) -> Cow<'_, Finding> {
        match &self.decided {
            Some(finding) => Cow::Borrowed(finding),
            None => Cow::Owned(in_progress::open(case)),
        }
    }

    /// This judgement of redacted facts, made to say what was found in the `real` ones: where a finding came out otherwise,
    /// because a pseudonym lacks what it rested on, the rule's general words stand for it.
    pub(crate) fn of_redacted(mut self, real: Option<Finding>, notes: &[Finding], case: &Case<'_>) -> Self {
        let same = |a: &Finding, b: &Finding| {
            std::ptr::eq(a.rule, b.rule)
                && a.frame == b.frame
                && a.attributes == b.attributes
                && a.alternatives == b.alternatives
                && a.steps.len() == b.steps.len()
        };
        let own = self.verdict(case).into_owned();
        self.decided = real.map(|real| {
            if same(&own, &real) {
                own
            } else {
                real.in_general_words()
            }
        });
        let mut found = std::mem::take(&mut self.notes).into_iter();
        self.notes = (notes.iter())
            .map(|real| {
                let own = found.find(|own| same(own, real));
                own.unwrap_or_else(|| real.clone().in_general_words())
            })
            .collect();
        self
    }

    /// The verdict, if it may be said in this pass.
    #[must_use]
    pub fn sayable(&self, case: &Case<'_>, pass: Pass) -> Option<Cow<'_, Finding>> {
        // An open end is never settled.
        let known = self.decided.is_some() || pass == Pass::Again;
        known
            .then(|| self.verdict(case))
            .filter(|verdict| verdict.sayable(pass))
    }
}

/// Everything about one negotiation that a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Story<'a> {
    /// The facts.
    pub case: Case<'a>,
    /// What became of it.
    pub judgement: &'a Judgement,
}

/// Runs all rules and ranks what they found: failures before successes before open ends, then by confidence, then the
/// earlier stage. Failures that lost become alternatives of the verdict. Words are made of what is left.
#[must_use]
pub fn judge(case: &Case<'_>) -> Judgement {
    ranked(case, true)
}

/// The same without words, for a tenth of the time. Peers' files are compared word by word: where there are any, words are made.
#[must_use]
pub fn judge_without_words(case: &Case<'_>) -> Judgement {
    ranked(case, !case.policies.is_empty())
}

fn ranked(case: &Case<'_>, worded: bool) -> Judgement {
    let case = &case.with_standing();
    let mut notes = Vec::new();
    let mut best: Option<Finding> = None;
    let mut beaten: Vec<RuleId> = Vec::new();
    // That it stopped is true beside whatever stopped it: it is the verdict where nothing else is found, and never another cause.
    let explains = |rule: &Rule| rule.id != RuleId::Stalled;
    let rank = |f: &Finding| {
        let stage = std::cmp::Reverse(f.stage);
        (f.rule.class, explains(f.rule), f.confidence, stage)
    };
    // Steps are told as the product is set whose file was given.
    let files = imported::files(case);
    let informed = files.as_ref().map_or(*case, |files| files.case);
    let told = |finding: Finding| {
        let with_words = worded.then(|| (finding.rule.check.tell)(&informed)).flatten();
        with_words.unwrap_or(finding)
    };
    for rule in worth_asking(case, RuleSet::ALL) {
        let Some(finding) = (rule.check.find)(case) else {
            continue;
        };
        debug_assert!(
            !finding.settled || rule.settles != Settles::NEVER,
            "{} settles",
            rule.id
        );
        if rule.class == Class::Note {
            notes.push(told(finding));
            continue;
        }
        let loser = match &best {
            Some(b) if rank(b) >= rank(&finding) => Some(finding.rule),
            _ => best.replace(finding).map(|before| before.rule),
        };
        beaten.extend(
            loser
                .filter(|rule| rule.class == Class::Failure && explains(rule))
                .map(|rule| rule.id),
        );
    }
    let refined =
        |verdict: Finding| imported::refine(case, files.as_ref(), told(verdict).or(&beaten)).named();
    Judgement {
        decided: best.map(refined),
        notes,
        worded,
    }
}

/// Each set of facts that suffices for rules to be asked, and these: one short list, because all of it is looked at with each
/// judgement. What no IKE spoke for is L2TP or ESP alone.
static SUFFICIENT: LazyLock<Vec<(Facts, RuleSet)>> = LazyLock::new(|| {
    let mut sets: Vec<(Facts, RuleSet)> = Vec::new();
    for rule in RULES {
        let stage = match rule.stage {
            Stage::L2tp | Stage::Esp => Facts::NONE,
            _ => Facts::IKE,
        };
        for needs in rule.needs.iter().map(|needs| needs.and(stage)) {
            match sets.iter_mut().find(|(facts, _)| *facts == needs) {
                Some((_, rules)) => *rules = rules.or(RuleSet::one(rule.id)),
                None => sets.push((needs, RuleSet::one(rule.id))),
            }
        }
    }
    sets
});

/// The rules that may settle something at each kind of message.
static SETTLING: LazyLock<[(Settles, RuleSet); 4]> = LazyLock::new(|| {
    let kinds = [Settles::LATER, Settles::AGAIN, Settles::CHOICE, Settles::CLAIMED];
    kinds.map(|kind| {
        let rules = RULES.iter().filter(|rule| rule.settles.meets(kind));
        (
            kind,
            rules.fold(RuleSet::default(), |all, rule| all.or(RuleSet::one(rule.id))),
        )
    })
});

/// The rules that may find something, in the order of [`RULES`], of these.
fn worth_asking(case: &Case<'_>, of: RuleSet) -> impl Iterator<Item = &'static Rule> {
    let facts = Facts::of(case);
    let sufficient = SUFFICIENT.iter().filter(|(needs, _)| facts.meet(*needs));
    let asked = sufficient.fold(RuleSet::default(), |all, (_, rules)| all.or(*rules));
    #[cfg(debug_assertions)]
    for rule in RULES.iter().filter(|_| case.n.is_ike()) {
        debug_assert!(
            asked.has(rule.id) || (rule.check.find)(case).is_none(),
            "{} needs less than it says",
            rule.id
        );
    }
    asked.and(of).places().filter_map(|at| RULES.get(at).copied())
}

/// A finding is settled in this frame. While a capture is read, nothing else is said of a frame; to know that there is nothing takes
/// less than a judgement, and nothing at all at the steps that lead to an answer, as most messages are: no rule settles anything there.
#[must_use]
pub(crate) fn settles_in(case: &Case<'_>, record: &FrameRecord) -> bool {
    let settled = |rule: &Rule| (rule.check.find)(case).is_some_and(|f| f.settled && f.frame == record.frame);
    let kinds = Settles::of(case, record);
    let asked = SETTLING.iter().filter(|(kind, _)| kinds.meets(*kind));
    kinds != Settles::NEVER
        && worth_asking(
            case,
            asked.fold(RuleSet::default(), |all, (_, rules)| all.or(*rules)),
        )
        .any(settled)
}
