//! The whole score: every capture asked and marked, and the marks counted.

use super::ask::ask;
use super::document::{Band, Causes, Column, Counts, Group, Miss, Score};
use super::mark::{Mark, Task, counted, marks};
use super::{files, public};
use crate::corpus::{self, Corpus};
use crate::for_each;
use std::path::Path;

/// Judges a corpus, and the public captures where a folder is given.
#[must_use]
pub fn measure(corpus: &Corpus, public: Option<&Path>) -> Score {
    let mut tasks = Vec::new();
    for case in &corpus.cases {
        let ways = if case.keys().is_empty() {
            &[false][..]
        } else {
            &[false, true]
        };
        for (side, expect) in case.captures() {
            tasks.extend(ways.iter().map(|&keyed| Task {
                case,
                side,
                expect,
                keyed,
            }));
        }
    }
    let answers = for_each(&tasks, |task| {
        let tables = if task.keyed { task.case.keys() } else { Vec::new() };
        ask(&task.case.capture(task.side), &tables, &[])
    });
    let columns = [false, true].map(|keys| {
        let mut column = Column {
            keys,
            ..Column::default()
        };
        let mut all = Vec::new();
        for (task, answers) in tasks.iter().zip(&answers) {
            if task.keyed != keys {
                continue;
            }
            column.captures += 1;
            all.extend(marks(task, answers.clone()));
        }
        column.fill(&all);
        column
    });
    let mut columns = Vec::from(columns);
    columns.retain(|column| !column.keys || column.captures > 0);
    let made: Vec<_> = corpus
        .cases
        .iter()
        .filter(|case| case.captures().next().is_some())
        .collect();
    let truths = made.iter().map(|case| &case.scenario.truth);
    Score {
        schema_version: 1,
        corpus: Counts {
            cases: made.len(),
            held_out: made.iter().filter(|case| case.held_out()).count(),
            healthy: truths.clone().filter(|truth| truth.healthy).count(),
            wire_decidable: truths.clone().filter(|truth| truth.wire_decidable).count(),
            synthetic: truths.filter(|truth| truth.synthetic).count(),
            captures: columns[0].captures,
            negotiations: columns[0]
                .parts
                .last()
                .map_or(0, |all| all.tuned.of + all.held_out.of),
        },
        columns,
        files: files::measure(corpus),
        atlas: None,
        public: public.and_then(public::measure),
    }
}

impl Column {
    fn fill(&mut self, marks: &[Mark<'_>]) {
        let counted = counted(marks);
        let expected = || counted.iter().copied().filter(|mark| !mark.expected.is_empty());
        let part = |name: &str, decidable: &[bool]| {
            let within =
                expected().filter(|mark| decidable.contains(&mark.task.case.scenario.truth.wire_decidable));
            group(name, within)
        };
        self.parts = vec![
            part("wire-decidable", &[true]),
            part("ambiguous", &[false]),
            part("all", &[true, false]),
        ];
        let mut stages: Vec<&str> = Vec::new();
        for (id, stage) in corpus::verdicts() {
            let verdict = group(id, expected().filter(|mark| mark.id() == id));
            if verdict.tuned.of + verdict.held_out.of > 0 {
                self.verdicts.push(verdict);
                if !stages.contains(&stage) {
                    stages.push(stage);
                }
            }
        }
        for stage in stages {
            let within = expected().filter(|mark| corpus::stage(mark.id()) == stage);
            self.stages.push(group(stage, within));
        }
        let right = expected().filter(|mark| mark.first());
        self.given = right
            .filter_map(|mark| Some(mark.answer.as_ref()?.verdict.clone()))
            .collect();
        self.causes = causes(expected());
        for mark in expected() {
            self.exact.of += 1;
            if mark.exact() {
                self.exact.right += 1;
            } else {
                let (name, side) = (&mark.task.case.name, mark.task.side);
                let answer = mark.answer.clone().unwrap_or_default();
                let (expected, differs) = (mark.expected, &mark.task.case.scenario.truth.differs);
                let (got, named) = (answer.verdict, answer.attributes);
                let miss = format!("{name}/{side}: {expected} {differs:?}, got {got} {named:?}");
                self.exact.misses.push(miss);
            }
        }
        self.calibration = bands(&counted);
        self.false_alarms = listed(marks.iter().filter(|mark| mark.alarms()));
        self.never = listed(marks.iter().filter(|mark| mark.slanders()));
        let too_sure = |mark: &&Mark<'_>| {
            let sure = mark
                .answer
                .as_ref()
                .is_some_and(|answer| answer.thousandths() >= 900);
            sure && mark.first() && !mark.right()
        };
        self.too_sure = listed(counted.iter().copied().filter(too_sure));
        let ragged = |mark: &&Mark<'_>| mark.expected.is_empty() || mark.answer.is_none();
        self.rows = listed(marks.iter().filter(ragged));
        self.misses = listed(marks.iter().filter(|mark| !mark.first() || mark.slanders()));
    }
}

fn group<'a>(name: &str, marks: impl Iterator<Item = &'a Mark<'a>>) -> Group {
    let mut group = Group {
        name: name.to_owned(),
        ..Group::default()
    };
    for mark in marks {
        let held_out = mark.task.case.held_out();
        let tally = if held_out {
            &mut group.held_out
        } else {
            &mut group.tuned
        };
        tally.of += 1;
        tally.first += usize::from(mark.first());
        tally.second += usize::from(mark.second());
    }
    group
}

fn causes<'a>(marks: impl Iterator<Item = &'a Mark<'a>>) -> Causes {
    let mut causes = Causes::default();
    for mark in marks.filter(|mark| !corpus::no_failure(mark.expected)) {
        let truth = &mark.task.case.scenario.truth;
        causes.of += 1;
        let Some(answer) = &mark.answer else { continue };
        if answer.verdict == truth.verdict {
            causes.verdict += 1;
            if !truth.differs.is_empty() {
                let sorted = |names: &[String]| {
                    let mut names = names.to_vec();
                    names.sort();
                    names
                };
                causes.differing += 1;
                causes.differing_named += usize::from(sorted(&answer.attributes) == sorted(&truth.differs));
            }
        } else if answer.first_alternative() == truth.verdict {
            causes.first_alternative += 1;
        } else if answer.alternatives.contains(&truth.verdict) {
            causes.later_alternative += 1;
        }
    }
    causes
}

fn bands(marks: &[&Mark<'_>]) -> Vec<Band> {
    let empty = |from| Band {
        from,
        ..Band::default()
    };
    let mut bands: Vec<_> = (0..10).map(empty).collect();
    for mark in marks {
        let Some(answer) = &mark.answer else { continue };
        let confidence = answer.thousandths();
        let band = &mut bands[(confidence / 100).min(9) as usize];
        band.of += 1;
        band.right += usize::from(mark.right());
        band.claimed += u64::from(confidence);
    }
    bands
}

/// The misses of these marks; what is alike in one capture is counted.
fn listed<'a>(marks: impl Iterator<Item = &'a Mark<'a>>) -> Vec<Miss> {
    let mut misses: Vec<Miss> = Vec::new();
    for miss in marks.map(Mark::miss) {
        let times = |known: &&mut Miss| {
            Miss {
                times: 1,
                ..(**known).clone()
            } == miss
        };
        match misses.iter_mut().rev().take(8).find(times) {
            Some(known) => known.times += 1,
            None => misses.push(miss),
        }
    }
    misses
}
