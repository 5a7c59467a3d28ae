//! How often the verdicts are right: what the engine says about every capture of the corpus, held against what is expected of it.
//!
//! The plugin says the same: tests/reader.rs and tests/keys_engine.rs hold that, for a sample and with `make parity` for all.

pub mod atlas;

use crate::cases::{self, Expect, fits};
use crate::corpus::{self, Case, Corpus, Public};
use crate::{engine, for_each, root};
use ikewhy::rules::RULES;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The score of one corpus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Of this document.
    pub schema_version: u32,
    /// What there was to judge.
    pub corpus: Counts,
    /// How it was judged: without keys, then with them.
    pub columns: Vec<Column>,
    /// Refused negotiations with the peers' files, by what was given.
    #[serde(default)]
    pub files: Vec<FileScore>,
    /// The atlas, where it was asked for.
    #[serde(default)]
    pub atlas: Option<atlas::AtlasScore>,
    /// The public captures, where they are at hand.
    pub public: Option<PublicScore>,
}

/// What there was to judge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the words say it
pub struct Counts {
    pub cases: usize,
    pub held_out: usize,
    pub healthy: usize,
    pub wire_decidable: usize,
    pub synthetic: usize,
    pub captures: usize,
    pub negotiations: usize,
}

/// How often it was right, out of how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Answers expected.
    pub of: usize,
    /// The verdict is an expected one.
    pub first: usize,
    /// The verdict or its first alternative is.
    pub second: usize,
}

/// One line of a table, for both parts of the corpus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Group {
    pub name: String,
    pub tuned: Tally,
    pub held_out: Tally,
}

/// What is said of a failure against its true cause, which the packets alone need not tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Causes {
    /// Failures.
    pub of: usize,
    /// The verdict is the cause.
    pub verdict: usize,
    /// The first alternative is.
    pub first_alternative: usize,
    /// A later one is.
    pub later_alternative: usize,
    /// Verdicts that are the cause, in cases that say what differs.
    pub differing: usize,
    /// All that differs is said to differ, and nothing else.
    pub differing_named: usize,
}

/// Verdicts that are an expected one and say only what truly differs, and all of it that the packets show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exact {
    /// Answers expected.
    pub of: usize,
    /// Exact ones.
    pub right: usize,
    /// The others: `NAME/side: expected, got (what differs)`.
    pub misses: Vec<String>,
}

/// The verdicts of one range of confidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The lower end, in tenths.
    pub from: u32,
    /// Verdicts.
    pub of: usize,
    /// Of these, right.
    pub right: usize,
    /// The sum of their confidences, in thousandths.
    pub claimed: u64,
}

/// A verdict that is not what was expected.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Miss {
    /// `NAME/client` or `NAME/server`.
    pub capture: String,
    /// In the held-out part.
    pub held_out: bool,
    /// The packets alone tell the cause.
    pub wire_decidable: bool,
    /// `a|b`; empty: there should have been no further verdict.
    pub expected: String,
    /// The verdict; empty: there is none.
    pub got: String,
    /// Its first alternative.
    pub alternative: String,
    /// Its confidence, in thousandths.
    pub confidence: u32,
    /// So many of this capture alike.
    pub times: usize,
    /// One line.
    pub why: String,
}

/// One way to judge the corpus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Wireshark had the keys. Only captures with keys are in such a column.
    pub keys: bool,
    /// Captures judged.
    pub captures: usize,
    /// Wire-decidable, ambiguous, all.
    pub parts: Vec<Group>,
    /// In the order of a negotiation's life.
    pub stages: Vec<Group>,
    /// By expected verdict.
    pub verdicts: Vec<Group>,
    /// Verdicts that were given where they are expected.
    #[serde(default)]
    pub given: BTreeSet<String>,
    /// How the failures' true causes fare.
    pub causes: Causes,
    /// Verdict and what differs.
    #[serde(default)]
    pub exact: Exact,
    /// Ten ranges of confidence.
    pub calibration: Vec<Band>,
    /// Failures reported where nothing failed.
    pub false_alarms: Vec<Miss>,
    /// Verdicts that must never be given.
    pub never: Vec<Miss>,
    /// Captures with too few or too many verdicts.
    pub rows: Vec<Miss>,
    /// Honest verdicts with confidence 0.9 and more that are not the true cause.
    #[serde(default)]
    pub too_sure: Vec<Miss>,
    /// All that is not as expected, of these too.
    pub misses: Vec<Miss>,
}

/// Refused negotiations, judged with files of the responder beside the capture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileScore {
    /// What was given.
    pub given: String,
    /// The project promises how often this is exact.
    #[serde(default)]
    pub promised: bool,
    /// Refused negotiations whose responder has such files.
    pub of: usize,
    /// The verdict is the true cause.
    pub verdict: usize,
    /// Of these, in cases that say what differs,
    pub differing: usize,
    /// exactly that is said to differ.
    pub differing_named: usize,
    /// Verdict, and what differs where the case says so.
    pub exact: usize,
    /// Exact verdicts that quote a file and a line.
    pub quoted: usize,
    /// Other captures with their files: verdicts that a file makes another, and not the true one.
    #[serde(default)]
    pub spoiled: Vec<String>,
    /// What is not exact: `NAME/side: true (what differs), got (what differs)`.
    pub misses: Vec<String>,
}

/// Causes that are a refusal by one of the two daemons.
const REFUSALS: [&str; 19] = [
    "version-mismatch",
    "mode-mismatch",
    "ike-proposal-mismatch",
    "no-matching-connection",
    "psk-mismatch",
    "psk-missing",
    "identity-rejected",
    "auth-method-mismatch",
    "certificate-rejected",
    "eap-failed",
    "xauth-failed",
    "child-proposal-mismatch",
    "pfs-mismatch",
    "selector-mismatch",
    "encapsulation-mismatch",
    "child-refused",
    "address-assignment-failed",
    "responder-failure",
    "ppp-failed",
];

/// Files of a case, of these sides: their configurations, their logs, or both.
fn peer_files(case: &Case, sides: &[&str], configuration: bool, log: bool) -> Vec<PathBuf> {
    let of = |side: &&str| cases::peer_files(&case.folder, side, configuration, log);
    sides.iter().flat_map(of).collect()
}

/// Refused negotiations of the corpus with the peers' files, and with keys where there are some.
fn measure_files(corpus: &Corpus) -> Vec<FileScore> {
    let ways = [
        ("the refusing side's configuration and log", false, true, true),
        ("the refusing side's configuration", false, true, false),
        ("the refusing side's log", false, false, true),
        ("both sides' configurations and logs", true, true, true),
    ];
    let mut scores: Vec<_> = ways
        .into_iter()
        .map(|(given, both, configuration, log)| {
            let mut score = FileScore {
                given: given.to_owned(),
                promised: !both && configuration && log,
                ..FileScore::default()
            };
            for case in &corpus.cases {
                let truth = &case.scenario.truth;
                let refusing = truth.refused_by.as_deref().unwrap_or("server");
                let sides = if both {
                    &["server", "client"][..]
                } else {
                    &[refusing]
                };
                let files = peer_files(case, sides, configuration, log);
                if files.is_empty() || !RULES.iter().any(|rule| rule.id.name() == truth.verdict) {
                    continue;
                }
                for (side, _) in case.captures() {
                    let capture = case.capture(side);
                    if refused(case) {
                        let answer = ask(&capture, &[], &files).into_iter().next();
                        score.add(case, side, answer);
                        continue;
                    }
                    for (without, with) in ask(&capture, &[], &[])
                        .into_iter()
                        .zip(ask(&capture, &[], &files))
                    {
                        if with.verdict != without.verdict && with.verdict != truth.verdict {
                            score.spoiled.push(format!(
                                "{}/{side}: {} became {}",
                                case.name, without.verdict, with.verdict
                            ));
                        }
                    }
                }
            }
            score
        })
        .collect();
    scores.push(measure_files_with_keys(corpus));
    scores
}

/// One of the two sides refused, and a daemon has files that say why.
fn refused(case: &Case) -> bool {
    let truth = &case.scenario.truth;
    !truth.healthy && REFUSALS.contains(&truth.verdict.as_str())
}

/// With keys and with the configuration and log of the side that refused.
fn measure_files_with_keys(corpus: &Corpus) -> FileScore {
    let mut score = FileScore {
        given: "keys, and the refusing side's configuration and log".to_owned(),
        promised: true,
        ..FileScore::default()
    };
    let mut tasks = Vec::new();
    for case in corpus.cases.iter().filter(|case| refused(case)) {
        let refusing = case.scenario.truth.refused_by.as_deref().unwrap_or("server");
        let (tables, files) = (case.keys(), peer_files(case, &[refusing], true, true));
        if !tables.is_empty() && !files.is_empty() {
            let sides = case.captures();
            tasks.extend(sides.map(|(side, _)| (case, side, tables.clone(), files.clone())));
        }
    }
    let answers = for_each(&tasks, |(case, side, tables, files)| {
        let answers = ask(&case.capture(side), tables, files);
        answers.into_iter().next()
    });
    for ((case, side, ..), answer) in tasks.iter().zip(answers) {
        score.add(case, side, answer);
    }
    score
}

impl FileScore {
    fn add(&mut self, case: &Case, side: &str, answer: Option<Answer>) {
        let truth = &case.scenario.truth;
        let answer = answer.unwrap_or_default();
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort();
            names
        };
        let verdict = answer.verdict == truth.verdict;
        let named = truth.differs.is_empty() || sorted(&answer.attributes) == sorted(&truth.differs);
        self.of += 1;
        self.verdict += usize::from(verdict);
        self.differing += usize::from(verdict && !truth.differs.is_empty());
        self.differing_named += usize::from(verdict && named && !truth.differs.is_empty());
        self.exact += usize::from(verdict && named);
        self.quoted += usize::from(verdict && named && answer.quotes);
        if !(verdict && named) || (self.promised && !answer.quotes) {
            let unquoted = if answer.quotes { "" } else { ", no line quoted" };
            self.misses.push(format!(
                "{}/{side}: {} {:?}, got {} {:?}{unquoted}",
                case.name, truth.verdict, truth.differs, answer.verdict, answer.attributes
            ));
        }
    }
}

/// Public captures: their labels are coarse.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PublicScore {
    /// Captures, by what happens in them.
    pub kinds: Vec<Kind>,
    /// Failures reported of captures in which all goes well.
    pub false_alarms: Vec<Miss>,
}

/// What is said of one kind of public captures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Kind {
    pub name: String,
    pub captures: usize,
    pub without_verdict: usize,
    pub verdicts: BTreeMap<String, usize>,
}

/// What the plugin says of one negotiation.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // the names are the contract's
pub struct Answer {
    pub stream: usize,
    pub verdict: String,
    pub confidence: f64,
    pub alternatives: Vec<String>,
    pub attributes: Vec<String>,
    /// It quotes a line of a file.
    pub quotes: bool,
}

impl Answer {
    fn thousandths(&self) -> u32 {
        // Confidences lie between 0 and 1.
        (self.confidence.clamp(0.0, 1.0) * 1000.0).round() as u32
    }

    fn first_alternative(&self) -> &str {
        self.alternatives.first().map_or("", String::as_str)
    }
}

/// Failures that name no cause: they claim nothing that the true cause could prove wrong.
const GENERAL: [&str; 4] = [
    "no-response",
    "ike-refused",
    "authentication-failed",
    "child-refused",
];

/// A verdict that quotes a line of a file.
fn quotes(basis: &str, summary: &str) -> bool {
    basis == "imported" && summary.contains(", line ")
}

/// What the engine says of a capture with tables of keys and peers' files, in order of the negotiations.
fn ask(capture: &Path, tables: &[PathBuf], files: &[PathBuf]) -> Vec<Answer> {
    let mut session = engine::session(capture, tables, files);
    let document: Document = serde_json::from_str(&session.json()).expect("the engine's document");
    let answer = |record: Record| Answer {
        stream: record.stream,
        verdict: record.verdict.id,
        confidence: record.verdict.confidence,
        alternatives: record.verdict.alternatives,
        attributes: record.verdict.attributes,
        quotes: quotes(&record.verdict.basis, &record.verdict.summary),
    };
    document.negotiations.into_iter().map(answer).collect()
}

#[derive(Deserialize)]
struct Document {
    negotiations: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    stream: usize,
    verdict: RecordedVerdict,
}

#[derive(Deserialize)]
struct RecordedVerdict {
    id: String,
    basis: String,
    summary: String,
    confidence: f64,
    alternatives: Vec<String>,
    attributes: Vec<String>,
}

/// One capture to be judged in one way.
struct Task<'a> {
    case: &'a Case,
    side: &'a str,
    expect: &'a Expect,
    keyed: bool,
}

/// What was expected of one negotiation, and what came.
struct Mark<'a> {
    task: &'a Task<'a>,
    expected: &'a str,
    answer: Option<Answer>,
}

impl Mark<'_> {
    fn first(&self) -> bool {
        let fitting = |answer: &Answer| fits(&answer.verdict, self.expected);
        self.answer.as_ref().is_some_and(fitting)
    }

    fn second(&self) -> bool {
        let fitting = |answer: &Answer| fits(answer.first_alternative(), self.expected);
        self.first() || self.answer.as_ref().is_some_and(fitting)
    }

    /// Where several answers name a cause, only one is true: that is what a confidence is held against.
    fn right(&self) -> bool {
        let truth = &self.task.case.scenario.truth.verdict;
        let verdict = self.answer.as_ref().map_or("", |answer| answer.verdict.as_str());
        let open = corpus::no_failure(verdict) || GENERAL.contains(&verdict) || !fits(truth, self.expected);
        self.first() && (open || verdict == truth)
    }

    /// The expected verdict it is filed under.
    fn id(&self) -> &str {
        let truth = self.task.case.scenario.truth.verdict.as_str();
        let first = corpus::ids(self.expected).next().unwrap_or_default();
        if fits(truth, self.expected) { truth } else { first }
    }

    fn alarms(&self) -> bool {
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
    fn exact(&self) -> bool {
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

    fn slanders(&self) -> bool {
        let never = |answer: &Answer| self.task.expect.never.contains(&answer.verdict);
        self.answer.as_ref().is_some_and(never)
    }

    fn miss(&self) -> Miss {
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
fn marks<'a>(task: &'a Task<'a>, answers: Vec<Answer>) -> Vec<Mark<'a>> {
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
        files: measure_files(corpus),
        atlas: None,
        public: public.and_then(measure_public),
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

/// Negotiations of one capture of which the same is expected count once, by the worst of their verdicts: a sweep of
/// hundreds of hosts is one thing to be right about.
fn counted<'a>(marks: &'a [Mark<'a>]) -> Vec<&'a Mark<'a>> {
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

fn measure_public(folder: &Path) -> Option<PublicScore> {
    let captures = corpus::public(folder);
    let answers = for_each(&captures, |public| {
        let tables = public.keys.as_ref().map(std::slice::from_ref);
        let keyed = tables.map(|tables| ask(&public.path, tables, &[]));
        (ask(&public.path, &[], &[]), keyed)
    });
    let mut score = PublicScore::default();
    for (public, (answers, keyed)) in captures.iter().zip(&answers) {
        let kind = match score.kinds.iter_mut().find(|kind| kind.name == public.kind) {
            Some(kind) => kind,
            None => {
                score.kinds.push(Kind {
                    name: public.kind.clone(),
                    ..Kind::default()
                });
                score.kinds.last_mut()?
            }
        };
        kind.captures += 1;
        kind.without_verdict += usize::from(answers.is_empty());
        for answer in answers {
            *kind.verdicts.entry(answer.verdict.clone()).or_default() += 1;
        }
        if public.kind == "SUCCESS" {
            score.false_alarms.extend(alarms(public, answers, ""));
            score
                .false_alarms
                .extend(alarms(public, keyed.as_deref().unwrap_or_default(), "with keys"));
        }
    }
    score.kinds.sort_by(|a, b| a.name.cmp(&b.name));
    (!captures.is_empty()).then_some(score)
}

fn alarms(public: &Public, answers: &[Answer], why: &str) -> Vec<Miss> {
    let failed = answers
        .iter()
        .filter(|answer| !corpus::no_failure(&answer.verdict));
    let miss = |answer: &Answer| Miss {
        capture: public.name.clone(),
        expected: "established".to_owned(),
        got: answer.verdict.clone(),
        alternative: answer.first_alternative().to_owned(),
        confidence: answer.thousandths(),
        times: 1,
        why: why.to_owned(),
        ..Miss::default()
    };
    failed.map(miss).collect()
}

impl Tally {
    /// At least so many hundredths.
    fn reaches(hits: usize, of: usize, hundredths: usize) -> bool {
        hits * 100 >= of * hundredths
    }

    /// As a share.
    #[must_use]
    pub fn share(hits: usize, of: usize) -> String {
        if of == 0 {
            return String::new();
        }
        let tenths = (hits * 2000 + of) / (of * 2); // rounded
        let tenths = if hits < of { tenths.min(999) } else { tenths };
        format!("{}.{} %", tenths / 10, tenths % 10)
    }
}

/// What the score has to reach.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What is asked for.
    pub what: String,
    /// What was found.
    pub found: String,
    /// It is reached.
    pub held: bool,
}

impl Score {
    /// Where the committed score stands; its tables stand beside it.
    #[must_use]
    pub fn path() -> PathBuf {
        root().join("docs/score.json")
    }

    /// The committed score.
    #[must_use]
    pub fn committed() -> Option<Self> {
        let json = fs::read_to_string(Self::path()).ok()?;
        Some(serde_json::from_str(&json).unwrap_or_else(|error| panic!("docs/score.json: {error}")))
    }

    /// As a document.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }

    /// The column without keys.
    ///
    /// # Panics
    /// Never for a score that was measured.
    #[must_use]
    pub fn plain(&self) -> &Column {
        self.columns.first().expect("a score has a column without keys")
    }

    /// What this project promises of its verdicts.
    #[must_use]
    pub fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        let mut bar = |what: String, found: String, held: bool| bars.push(Bar { what, found, held });
        for column in &self.columns {
            let how = column.how();
            let (alarms, never) = (count(&column.false_alarms), count(&column.never));
            bar(format!("false alarms, {how}: 0"), alarms.to_string(), alarms == 0);
            bar(
                format!("verdicts that must never be given, {how}: 0"),
                never.to_string(),
                never == 0,
            );
        }
        if let Some(public) = &self.public {
            let alarms = count(&public.false_alarms);
            bar(
                "false alarms on public captures: 0".into(),
                alarms.to_string(),
                alarms == 0,
            );
        }
        let plain = self.plain();
        let find = |name: &str| plain.parts.iter().find(|group| group.name == name);
        let shown = |hits, of| format!("{} ({hits} of {of})", Tally::share(hits, of));
        if let Some(group) = find("wire-decidable") {
            for (name, tally) in group.named() {
                let held = Tally::reaches(tally.first, tally.of, 95);
                let found = shown(tally.first, tally.of);
                bar(
                    format!("top-1 of wire-decidable cases, {name}: 95 %"),
                    found,
                    held,
                );
            }
        }
        let keyed = self.columns.iter().find(|column| column.keys);
        if let Some(group) = keyed.and_then(|column| column.parts.iter().find(|group| group.name == "all")) {
            let tallies = group.named().map(|(_, tally)| (tally.of, tally.first));
            let (of, first) = tallies
                .iter()
                .fold((0, 0), |sum, tally| (sum.0 + tally.0, sum.1 + tally.1));
            bar(
                "top-1 with keys: 98 %".into(),
                shown(first, of),
                Tally::reaches(first, of, 98),
            );
        }
        if let Some(column) = keyed {
            let Exact { of, right, .. } = column.exact;
            bar(
                "exact (verdict and what differs) with keys: 98 %".into(),
                shown(right, of),
                Tally::reaches(right, of, 98),
            );
        }
        for score in self.files.iter().filter(|score| score.promised) {
            bar(
                format!("exact, with file and line, given {}: 98 %", score.given),
                shown(score.quoted, score.of),
                Tally::reaches(score.quoted, score.of, 98),
            );
        }
        if let Some(group) = find("ambiguous") {
            let (of, second) = group
                .named()
                .map(|(_, tally)| (tally.of, tally.second))
                .iter()
                .fold((0, 0), |sum, tally| (sum.0 + tally.0, sum.1 + tally.1));
            bar(
                "top-2 of ambiguous cases: 100 %".into(),
                shown(second, of),
                second == of,
            );
        }
        if let Some(sure) = plain.calibration.last() {
            let held = Tally::reaches(sure.right, sure.of, 95);
            bar(
                "right of verdicts with confidence 0.9 and more: 95 %".into(),
                shown(sure.right, sure.of),
                held,
            );
        }
        bars
    }

    /// What is worse here than in an older score.
    #[must_use]
    pub fn worse_than(&self, older: &Self) -> Vec<String> {
        let mut worse = Vec::new();
        for (new, old) in self.columns.iter().zip(&older.columns) {
            let how = new.how();
            for (what, new, old) in [
                ("false alarms", &new.false_alarms, &old.false_alarms),
                ("verdicts that must never be given", &new.never, &old.never),
            ] {
                let (new, old) = (count(new), count(old));
                if new > old {
                    worse.push(format!("{what}, {how}: {new}, were {old}"));
                }
            }
            for (new, old) in new.parts.iter().zip(&old.parts) {
                for ((name, now), (_, then)) in new.named().into_iter().zip(old.named()) {
                    if now.first * then.of < then.first * now.of {
                        let share = |tally: Tally| Tally::share(tally.first, tally.of);
                        let (now, then) = (share(now), share(then));
                        worse.push(format!("top-1, {how}, {}, {name}: {now}, was {then}", new.name));
                    }
                }
            }
        }
        if !worse.is_empty() {
            worse.extend(self.newly_missed(older));
        }
        worse
    }

    fn newly_missed(&self, older: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (new, old) in self.columns.iter().zip(&older.columns) {
            let known = |miss: &&Miss| {
                !old.misses
                    .iter()
                    .any(|before| (&before.capture, &before.expected) == (&miss.capture, &miss.expected))
            };
            let line = |miss: &Miss| {
                format!(
                    "  now {}: {} expected, got {}",
                    miss.capture, miss.expected, miss.got
                )
            };
            lines.extend(new.misses.iter().filter(known).map(line));
        }
        lines
    }
}

impl Column {
    /// In words.
    #[must_use]
    pub fn how(&self) -> &'static str {
        if self.keys { "with keys" } else { "without keys" }
    }
}

impl Group {
    /// Both parts with their names.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Tally); 2] {
        [("tuned", self.tuned), ("held-out", self.held_out)]
    }
}

/// How many misses a list holds.
#[must_use]
pub fn count(misses: &[Miss]) -> usize {
    misses.iter().map(|miss| miss.times).sum()
}
