//! Refused negotiations, judged with the peers' files beside the capture.

use super::ask::{Answer, ask};
use super::document::FileScore;
use crate::cases::{self, Expect};
use crate::corpus::{Case, Corpus};
use crate::files::REFUSALS;
use crate::for_each;
use ikewhy::rules::RULES;
use std::path::PathBuf;

/// Files of a case, of these sides: their configurations, their logs, or both.
fn peer_files(case: &Case, sides: &[&str], configuration: bool, log: bool) -> Vec<PathBuf> {
    let of = |side: &&str| cases::peer_files(&case.folder, side, configuration, log);
    sides.iter().flat_map(of).collect()
}

/// Refused negotiations of the corpus with the peers' files, and with keys where there are some.
pub fn measure(corpus: &Corpus) -> Vec<FileScore> {
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
                for (side, expect) in case.captures() {
                    let capture = case.capture(side);
                    if refused(case) {
                        let answer = ask(&capture, &[], &files).into_iter().nth(refusal(case, expect));
                        score.add(case, (side, expect), answer);
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
    scores.push(measure_with_keys(corpus));
    scores
}

/// One of the two sides refused, and a daemon has files that say why.
fn refused(case: &Case) -> bool {
    let truth = &case.scenario.truth;
    !truth.healthy && REFUSALS.contains(&truth.verdict.as_str())
}

/// Which negotiation of the capture was refused: the first whose verdict may be the true one.
fn refusal(case: &Case, expect: &Expect) -> usize {
    let truth = |verdicts: &String| verdicts.split('|').any(|one| one == case.scenario.truth.verdict);
    let at = expect.verdicts.iter().position(truth);
    // Where packets cannot tell, none is named so: the last one that is no success.
    let other = || (expect.verdicts.iter()).rposition(|verdicts| !verdicts.contains("established"));
    at.or_else(other).unwrap_or(0)
}

/// With keys and with the configuration and log of the side that refused.
fn measure_with_keys(corpus: &Corpus) -> FileScore {
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
            tasks.extend(sides.map(|(side, expect)| {
                let at = refusal(case, expect);
                (case, (side, expect), at, tables.clone(), files.clone())
            }));
        }
    }
    let answers = for_each(&tasks, |(case, (side, _), at, tables, files)| {
        let answers = ask(&case.capture(side), tables, files);
        answers.into_iter().nth(*at)
    });
    for ((case, capture, ..), answer) in tasks.iter().zip(answers) {
        score.add(case, *capture, answer);
    }
    score
}

impl FileScore {
    fn add(&mut self, case: &Case, (side, expect): (&str, &Expect), answer: Option<Answer>) {
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
        // A sure verdict that is another one, or that names what does not differ.
        let invented = answer.attributes.iter().any(|name| !truth.differs.contains(name));
        // What the packets alone may honestly be called is general, and not false.
        let general =
            (expect.verdicts.iter().chain(&expect.with_keys)).any(|v| cases::fits(&answer.verdict, v));
        let false_ = !verdict && !general || verdict && !truth.differs.is_empty() && invented;
        if false_ && answer.confidence >= 0.9 {
            self.wrong.push(format!(
                "{}/{side}: {} {:?}, got {} {:?} at {}",
                case.name, truth.verdict, truth.differs, answer.verdict, answer.attributes, answer.confidence
            ));
        }
        if !(verdict && named) || (self.promised && !answer.quotes) {
            let unquoted = if answer.quotes { "" } else { ", no line quoted" };
            self.misses.push(format!(
                "{}/{side}: {} {:?}, got {} {:?}{unquoted}",
                case.name, truth.verdict, truth.differs, answer.verdict, answer.attributes
            ));
        }
    }
}
