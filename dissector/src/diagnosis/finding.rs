//! One thing worth telling about a negotiation.

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

use smallvec::{SmallVec, smallvec};
use thin_vec::ThinVec;

use super::step::Step;
use super::{Basis, Blame, Case, Rule, RuleId, Stage};
use crate::negotiation::Place;
use crate::negotiation::offer::Attribute;

/// When a frame is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// While the capture is read for the first time: only what is decided by now, and stays so, is said.
    First,
    /// Again, with all that is known.
    Again,
}

/// One thing worth telling about a negotiation. It cannot be made without evidence.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// Where the negotiation stands or failed: the rule's stage, but of a rule that holds at any step, that of the step.
    pub stage: Stage,
    /// The frame that completes the evidence.
    pub frame: u32,
    /// Nothing that follows `frame` can take it back; otherwise only the end of the capture decides.
    pub settled: bool,
    /// What proves it; never empty, the deciding place first.
    pub evidence: SmallVec<[Place; 2]>,
    /// 0 to 1, calibrated.
    pub confidence: f64,
    /// What it rests on.
    pub basis: Basis,
    /// Who has to change something.
    pub blame: Blame,
    /// What differs.
    pub attributes: ThinVec<&'static str>,
    /// Other verdicts the evidence allows, likeliest first.
    pub alternatives: ThinVec<RuleId>,
    pub(crate) words: Option<Box<Words>>,
}

/// What a [`Finding`] says. It is read as if it stood in the finding itself; of one that is not told, all of it is empty.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// One plain sentence.
    pub summary: String,
    /// The reasoning.
    pub explanation: String,
    /// What to change.
    pub steps: Vec<Step>,
    /// What would settle it: ways, each complete in itself.
    pub next_evidence: Vec<String>,
}

/// No more ways to settle something are told.
const WAYS: usize = 3;

impl Words {
    /// With this sentence, and nothing else yet.
    #[must_use]
    pub fn new(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            ..Self::default()
        }
    }

    /// The reasoning.
    #[must_use]
    pub fn because(mut self, explanation: impl Into<String>) -> Self {
        self.explanation = explanation.into();
        self
    }

    /// Adds steps that fix it.
    #[must_use]
    pub fn fix(mut self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// The steps in words.
    pub fn fixes(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.text.as_str())
    }

    /// A way to settle it.
    #[must_use]
    pub fn settle(self, way: impl Into<String>) -> Self {
        self.settle_by([way.into()])
    }

    /// Several of them.
    #[must_use]
    pub fn settle_by(mut self, ways: impl IntoIterator<Item = String>) -> Self {
        self.next_evidence.extend(ways);
        debug_assert!(self.next_evidence.len() <= WAYS, "who reads more of them?");
        self
    }

    /// All ways to settle it in one sentence.
    #[must_use]
    pub fn ways(&self) -> String {
        self.next_evidence.join("; or ")
    }
}

/// What a rule found, and the facts that its words are made of.
#[derive(Clone, Debug)]
pub struct Found<F> {
    /// The finding, without words.
    pub finding: Finding,
    /// What the words need beside it.
    pub facts: F,
}

/// How a rule finds, and tells what it found.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The finding without words; none where the rule does not hold.
    pub find: fn(&Case<'_>) -> Option<Finding>,
    /// The same finding with its words.
    pub tell: fn(&Case<'_>) -> Option<Finding>,
}

/// The [`Check`] of a rule that finds by `fn(&Case) -> Option<Found<F>>` and tells by `fn(&Case, &Found<F>) -> Words`. Facts are
/// found anew for the words: most findings are never told.
macro_rules! check {
    ($find:path, $tell:path) => {
        $crate::diagnosis::Check {
            find: |case| Some($find(case)?.finding),
            tell: |case| {
                let found = $find(case)?;
                let words = $tell(&case.decided_in(found.finding.frame), &found);
                Some(found.finding.told(words))
            },
        }
    };
}
pub(crate) use check;

static NO_WORDS: LazyLock<Words> = LazyLock::new(Words::default);

impl Deref for Finding {
    type Target = Words;

    fn deref(&self) -> &Words {
        match &self.words {
            Some(words) => words,
            None => &NO_WORDS,
        }
    }
}

impl DerefMut for Finding {
    fn deref_mut(&mut self) -> &mut Words {
        self.words.get_or_insert_default()
    }
}

impl Finding {
    /// A finding of this rule, decided in a frame, without words.
    #[must_use]
    pub fn of(rule: &'static Rule, decided: Place) -> Self {
        Self {
            rule,
            stage: rule.stage,
            frame: decided.frame,
            settled: false,
            evidence: smallvec![decided],
            confidence: 0.5,
            basis: Basis::Inferred,
            blame: Blame::Either,
            attributes: ThinVec::new(),
            alternatives: ThinVec::new(),
            words: None,
        }
    }

    /// With what its words are made of.
    #[must_use]
    pub fn having<F>(self, facts: F) -> Found<F> {
        Found { finding: self, facts }
    }

    /// With these words.
    #[must_use]
    pub fn told(mut self, words: Words) -> Self {
        self.words = Some(Box::new(words));
        self
    }

    /// The same finding, to be compared with one that was never told.
    #[must_use]
    pub fn without_words(&self) -> Self {
        Self {
            words: None,
            ..self.clone()
        }
    }

    /// The same finding without a word that comes from the capture.
    pub(crate) fn in_general_words(self) -> Self {
        let d = &self.rule.documentation;
        let words = Words {
            summary: format!("{}.", self.rule.title),
            explanation: format!("{} {}", d.means, d.why),
            steps: self
                .steps
                .iter()
                .map(|step| step.in_general_words(d.fix))
                .collect(),
            next_evidence: Vec::new(),
        };
        Self {
            words: Some(Box::new(words)),
            ..self
        }
    }

    /// It may be said in this pass: while a capture is first read only what nothing later can take back.
    #[must_use]
    pub fn sayable(&self, pass: Pass) -> bool {
        self.settled || pass == Pass::Again
    }

    /// Sets how sure it is, and what that rests on.
    #[must_use]
    pub fn sure(mut self, confidence: f64, basis: Basis) -> Self {
        self.confidence = confidence;
        self.basis = basis;
        self
    }

    /// Nothing that follows can take it back.
    #[must_use]
    pub fn settled(mut self, settled: bool) -> Self {
        self.settled = settled;
        self
    }

    /// Sets the stage at which it was found, where the rule holds at any.
    #[must_use]
    pub fn at(mut self, stage: Stage) -> Self {
        self.stage = stage;
        self
    }

    /// Sets who has to change something.
    #[must_use]
    pub fn blame(mut self, blame: Blame) -> Self {
        self.blame = blame;
        self
    }

    /// Adds evidence.
    #[must_use]
    pub fn with(mut self, places: impl IntoIterator<Item = Place>) -> Self {
        for p in places {
            if !self.evidence.iter().any(|e| e.frame == p.frame) {
                self.evidence.push(p);
            }
        }
        self
    }

    /// Names what differs.
    #[must_use]
    pub fn differs(mut self, attributes: &[Attribute]) -> Self {
        self.attributes = attributes.iter().map(|a| a.name()).collect();
        self
    }

    /// Names what differs where it is no part of a proposal: `identity`, `selectors`, `encapsulation`.
    #[must_use]
    pub fn attribute(mut self, name: &'static str) -> Self {
        self.attributes.push(name);
        self
    }

    /// Names what differs by the verdict's own meaning, where nothing more exact is known.
    pub(crate) fn named(self) -> Self {
        let name = match self.rule.id {
            _ if !self.attributes.is_empty() => return self,
            RuleId::VersionMismatch => "version",
            RuleId::ModeMismatch => "mode",
            RuleId::AuthMethodMismatch => "auth-method",
            RuleId::IdentityRejected => "identity",
            RuleId::SelectorMismatch => "selectors",
            RuleId::EncapsulationMismatch => "encapsulation",
            RuleId::PfsMismatch => "dh-group",
            _ => return self,
        };
        self.attribute(name)
    }

    /// Names other verdicts the evidence allows.
    #[must_use]
    pub fn or(mut self, alternatives: &[RuleId]) -> Self {
        for &a in alternatives {
            if a != self.rule.id && !self.alternatives.contains(&a) {
                self.alternatives.push(a);
            }
        }
        self
    }
}
