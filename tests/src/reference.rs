//! The reference of all diagnoses, `docs/reference.md`: made from the rules' own documentation and the corpus.

use crate::corpus::Corpus;
use ikewhy::rules::{Class, RULES, Rule, Stage};
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
         happens, what to change, and what it must not be confused with. Written by `make reference` from the rules themselves.\n",
    );
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
        );
    }
    section(
        &mut text,
        "Nothing failed",
        of(&[Class::Good, Class::Open, Class::Probe]),
        corpus,
    );
    section(&mut text, "Notes", of(&[Class::Note]), corpus);
    text
}

fn section<'a>(text: &mut String, title: &str, rules: impl Iterator<Item = &'a Rule>, corpus: &Corpus) {
    let mut rules = rules.peekable();
    if rules.peek().is_none() {
        return;
    }
    let _ = writeln!(text, "\n## {title}");
    for rule in rules {
        let d = &rule.documentation;
        let _ = writeln!(text, "\n### {}\n\n**{}.** {}\n", rule.id, rule.title, d.means);
        for (label, words) in [
            ("On the wire", d.evidence),
            ("Why", d.why),
            ("What to change", d.fix),
            ("Not to be confused with", d.not),
        ] {
            let _ = writeln!(text, "* *{label}*: {words}");
        }
        let _ = writeln!(text, "* *References*: {}", d.references.join("; "));
        let examples = examples(rule.id, corpus);
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
