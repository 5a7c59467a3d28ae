//! The reference of all diagnoses, `docs/reference.md`: made from the rules' own documentation and the corpus.

use crate::corpus::{Case, Corpus};
use crate::{for_each, pcap};
use ikewhy::report::explain;
use ikewhy::rules::{Class, RULES, Rule, Stage};
use ikewhy::session::{Options, Session};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Examples named for one diagnosis.
const EXAMPLES: usize = 3;

/// The stages in the order of a negotiation's life, and what they are.
const STAGES: [(Stage, &str); 7] = [
    (Stage::Contact, "Reaching the peer"),
    (Stage::IkeSa, "Agreeing on algorithms and version (phase 1)"),
    (Stage::Auth, "Authentication"),
    (Stage::ChildSa, "The data tunnel (phase 2)"),
    (Stage::Rekey, "Renewal and life"),
    (Stage::Esp, "Encrypted data"),
    (Stage::L2tp, "L2TP and PPP"),
];

/// The whole page, Markdown.
#[must_use]
pub fn page(corpus: &Corpus) -> String {
    let mut text = String::from(
        "# Every diagnosis\n\nWhat `ikewhy.verdict` and `ikewhy.finding` can say: what it means, what it looks like on the wire, why it \
         happens, what to change, and what it must not be confused with, with a capture and what is said of it. Written by `make reference` from the rules themselves; \
         `tshark -z ikewhy,explain,ID` and `ikewhy explain ID` print it.\n",
    );
    let shown = shown(corpus);
    let of = |classes: &'static [Class]| {
        RULES
            .iter()
            .copied()
            .filter(move |rule| classes.contains(&rule.class))
    };
    for (stage, title) in STAGES {
        section(
            &mut text,
            title,
            of(&[Class::Failure]).filter(|rule| rule.stage == stage),
            corpus,
            &shown,
        );
    }
    section(
        &mut text,
        "Nothing failed",
        of(&[Class::Good, Class::Open, Class::Probe]),
        corpus,
        &shown,
    );
    section(&mut text, "Notes", of(&[Class::Note]), corpus, &shown);
    text
}

/// A capture in which a diagnosis is made without keys and files, and its sentence.
struct Shown {
    capture: String,
    sentence: String,
}

/// One for each diagnosis that is made: in a capture of which it is the cause, where there is one.
fn shown(corpus: &Corpus) -> BTreeMap<&'static str, Shown> {
    let cases: Vec<&Case> = corpus.cases.iter().filter(|case| !case.held_out()).collect();
    let said = for_each(&cases, |case| {
        let mut said = Vec::new();
        for (side, _) in case.captures() {
            let capture = format!("{}/{side}.pcap", case.name);
            let found = findings(&case.capture(side)).into_iter();
            said.extend(found.map(|(id, sentence)| {
                let cause = case.scenario.truth.verdict == id;
                (
                    id,
                    cause,
                    Shown {
                        capture: capture.clone(),
                        sentence,
                    },
                )
            }));
        }
        said
    });
    let mut shown: BTreeMap<&'static str, (bool, Shown)> = BTreeMap::new();
    for (id, cause, one) in said.into_iter().flatten() {
        let better = shown.get(id).is_none_or(|(before, _)| cause && !before);
        if better {
            shown.insert(id, (cause, one));
        }
    }
    shown.into_iter().map(|(id, (_, one))| (id, one)).collect()
}

/// Verdicts and notes on a capture.
fn findings(capture: &std::path::Path) -> Vec<(&'static str, String)> {
    let mut session = Session::new(Options::default());
    for (number, frame) in (1..).zip(pcap::read(capture)) {
        session.push(&frame.packet(number));
    }
    let mut found = Vec::new();
    for stream in 0..session.tracker().negotiations().len() as u32 {
        let Some(judgement) = session.judgement(stream) else {
            continue;
        };
        let case = session.case(stream);
        let verdict = case.map(|case| judgement.verdict(&case).into_owned());
        found.extend(
            verdict
                .iter()
                .chain(&judgement.notes)
                .map(|f| (f.rule.id.name(), f.summary.clone())),
        );
    }
    found
}

fn section<'a>(
    text: &mut String,
    title: &str,
    rules: impl Iterator<Item = &'a Rule>,
    corpus: &Corpus,
    shown: &BTreeMap<&'static str, Shown>,
) {
    let mut rules = rules.peekable();
    if rules.peek().is_none() {
        return;
    }
    let _ = writeln!(text, "\n## {title}");
    for rule in rules {
        let d = &rule.documentation;
        let _ = writeln!(
            text,
            "\n### {}\n\n**{}.** {}\n",
            rule.id.name(),
            rule.title,
            d.means
        );
        for (label, words) in explain::sections(rule) {
            let _ = writeln!(text, "* *{label}*: {words}");
        }
        let _ = writeln!(text, "* *References*: {}", d.references.join("; "));
        if let Some(one) = shown.get(rule.id.name()) {
            let sentence = one.sentence.replace('<', "\\<");
            let _ = writeln!(
                text,
                "* *For example*: [{0}](../captures/{0}): \"{sentence}\"",
                one.capture
            );
        }
        let examples = examples(rule.id.name(), corpus);
        if !examples.is_empty() {
            let _ = writeln!(text, "* *Captures of it*: {}", examples.join(", "));
        }
    }
}

/// Cases in which it is what went wrong, as links.
fn examples(id: &str, corpus: &Corpus) -> Vec<String> {
    let cases = corpus
        .cases
        .iter()
        .filter(|case| case.scenario.truth.verdict == id);
    cases
        .take(EXAMPLES)
        .map(|case| format!("[{0}](../captures/{0})", case.name))
        .collect()
}
