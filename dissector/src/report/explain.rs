//! One diagnosis explained, from the rule's own documentation: for the command line and for `docs/reference.md`.

use std::fmt::Write as _;

use super::words;
use crate::diagnosis::RuleId;
use crate::rules::{self, Class, RULES, Rule};

/// Width of a line.
const WIDTH: usize = 100;

/// What a rule's documentation says, each with its heading.
#[must_use]
pub fn sections(rule: &Rule) -> [(&'static str, &'static str); 4] {
    let d = &rule.documentation;
    [
        ("On the wire", d.evidence),
        ("Why", d.why),
        ("What to change", d.fix),
        ("Not to be confused with", d.not),
    ]
}

/// The explanation of one diagnosis in plain text; `None` for an id nobody knows.
#[must_use]
pub fn one(id: &str) -> Option<String> {
    let rule = rules::by_id(RuleId::named(id)?);
    let what = match rule.class {
        Class::Note => "note".to_owned(),
        _ => format!("stage {}", rule.stage.name()),
    };
    let mut out = format!("{} ({what}): {}.\n\n", rule.id, rule.title);
    let mut paragraph = |label: &str, text: &str| {
        if !label.is_empty() {
            let _ = writeln!(out, "{label}");
        }
        for line in words::wrap(text, WIDTH - 2) {
            let _ = writeln!(out, "  {line}");
        }
        out.push('\n');
    };
    paragraph("What it means", rule.documentation.means);
    for (label, text) in sections(rule) {
        paragraph(label, text);
    }
    paragraph("References", &rule.documentation.references.join("; "));
    let _ = writeln!(out, "Captures of it: docs/reference.md#{id}");
    Some(out)
}

/// All ids with their titles, one a line.
#[must_use]
pub fn all() -> String {
    let mut out = String::new();
    for rule in RULES {
        let note = if rule.class == Class::Note { " (note)" } else { "" };
        let _ = writeln!(out, "{:<28} {}{note}", rule.id, rule.title);
    }
    out
}
