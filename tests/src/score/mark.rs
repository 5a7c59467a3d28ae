//! What is said of a negotiation, held against what was expected of it.

use super::ask::Answer;
use super::document::Miss;
use crate::cases::{Expect, fits};
use crate::corpus::{self, Case};

/// One capture to be judged in one way.
pub(super) struct Task<'a> {
    pub(super) case: &'a Case,
    pub(super) side: &'a str,
    pub(super) expect: &'a Expect,
    pub(super) keyed: bool,
}

/// What was expected of one negotiation, and what came.
pub(super) struct Mark<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) expected: &'a str,
    pub(super) answer: Option<Answer>,
}

/// Failures that name no cause: they claim nothing that the true cause could prove wrong.
const GENERAL: [&str; 4] = [
    "no-response",
    "ike-refused",
    "authentication-failed",
    "child-refused",
];

impl Mark<'_> {
    pub(super) fn first(&self) -> bool {
        let fitting = |answer: &Answer| fits(&answer.verdict, self.expected);
        self.answer.as_ref().is_some_and(fitting)
    }

    pub(super) fn second(&self) -> bool {
        let fitting = |answer: &Answer| fits(answer.first_alternative(), self.expected);
        self.first() || self.answer.as_ref().is_some_and(fitting)
    }

    /// Where several answers name a cause, only one is true: that is what a confidence is held against.
    pub(super) fn right(&self) -> bool {
        let truth = &self.task.case.scenario.truth.verdict;
        let verdict = self.answer.as_ref().map_or("", |answer| answer.verdict.as_str());
        let open = corpus::no_failure(verdict) || GENERAL.contains(&verdict) || !fits(truth, self.expected);
        self.first() && (open || verdict == truth)
    }

    /// The expected verdict it is filed under.
    pub(super) fn id(&self) -> &str {
        let truth = self.task.case.scenario.truth.verdict.as_str();
        let first = corpus::ids(self.expected).next().unwrap_or_default();
        if fits(truth, self.expected) { truth } else { first }
    }

    pub(super) fn alarms(&self) -> bool {
        let failed = |answer: &Answer| !corpus::no_failure(&answer.verdict);
        let well = if self.expected.is_empty() {
            self.task.case.scenario.truth.healthy
        } else {
            corpus::no_failure(self.expected)
        };
        well && self.answer.as_ref().is_some_and(failed)
    }

    /// Verdict and attributes are right: nothing is said to differ that does not, and nothing is left out that the capture
    /// shows. What a case does not say to differ does not.
    pub(super) fn exact(&self) -> bool {
        let Some(answer) = self.answer.as_ref().filter(|_| self.first()) else {
            return false;
        };
        let (truth, expect) = (&self.task.case.scenario.truth, self.task.expect);
        let shown = if self.task.keyed && !expect.attributes_with_keys.is_empty() {
            &expect.attributes_with_keys
        } else {
            &expect.attributes
        };
        // Of several honest answers another than the truth is not held against what truly differs.
        answer.verdict != truth.verdict
            || (answer.attributes.iter().all(|a| truth.differs.contains(a))
                && shown.iter().all(|a| answer.attributes.contains(a)))
    }

    pub(super) fn slanders(&self) -> bool {
        let never = |answer: &Answer| self.task.expect.never.contains(&answer.verdict);
        self.answer.as_ref().is_some_and(never)
    }

    pub(super) fn miss(&self) -> Miss {
        let answer = self.answer.clone().unwrap_or_default();
        Miss {
            capture: format!("{}/{}", self.task.case.name, self.task.side),
            held_out: self.task.case.held_out(),
            wire_decidable: self.task.case.scenario.truth.wire_decidable,
            expected: self.expected.to_owned(),
            confidence: answer.thousandths(),
            alternative: answer.first_alternative().to_owned(),
            got: answer.verdict,
            times: 1,
            why: self.task.case.why().to_owned(),
        }
    }
}

/// The marks of one capture: one for each expectation, one more for each verdict too many.
pub(super) fn marks<'a>(task: &'a Task<'a>, answers: Vec<Answer>) -> Vec<Mark<'a>> {
    let keyed = task.keyed && !task.expect.with_keys.is_empty();
    let expected = if keyed {
        &task.expect.with_keys
    } else {
        &task.expect.verdicts
    };
    let mark = |expected, answer| Mark {
        task,
        expected,
        answer,
    };
    let mut marks: Vec<_> = expected
        .iter()
        .map(|expected| mark(expected.as_str(), None))
        .collect();
    for answer in answers {
        match marks.get_mut(answer.stream) {
            Some(free) if free.answer.is_none() => free.answer = Some(answer),
            _ => marks.push(mark("", Some(answer))),
        }
    }
    marks
}

/// Negotiations of one capture of which the same is expected count once, by the worst of their verdicts: a sweep of
/// hundreds of hosts is one thing to be right about.
pub(super) fn counted<'a>(marks: &'a [Mark<'a>]) -> Vec<&'a Mark<'a>> {
    let mut counted: Vec<&Mark<'_>> = Vec::new();
    let mut within = 0;
    for mark in marks {
        if counted
            .last()
            .is_some_and(|last| !std::ptr::eq(last.task, mark.task))
        {
            within = counted.len();
        }
        let goodness = |mark: &Mark<'_>| (mark.first(), mark.second(), mark.right());
        match counted[within..]
            .iter_mut()
            .find(|other| other.expected == mark.expected)
        {
            Some(other) if goodness(mark) < goodness(other) => *other = mark,
            Some(_) => {}
            None => counted.push(mark),
        }
    }
    counted
}
