//! The report as plain text.

use std::fmt::Write as _;

use super::comparison::Comparison;
use super::section::{Plan, Section};
use super::words;

/// Width of a line.
const WIDTH: usize = 100;
/// Width of what stands left of the text.
const LABEL: usize = 17;
/// Width of the names of attributes, and of a cell, in a comparison.
const NAME: usize = 14;
const CELL: usize = 32;

/// `label` once, then the text wrapped behind it.
fn wrap(out: &mut String, label: &str, text: &str) {
    let indent = " ".repeat(label.chars().count());
    for (i, line) in words::wrap(text, WIDTH - indent.len()).iter().enumerate() {
        out.push_str(if i == 0 { label } else { &indent });
        out.push_str(line);
        out.push('\n');
    }
}

fn labelled(out: &mut String, label: &str, text: &str) {
    wrap(out, &format!("  {label:<width$}", width = LABEL - 2), text);
}

/// What stands above all negotiations.
pub(crate) fn head(plan: &Plan) -> String {
    let mut out = plan.head() + "\n";
    for line in &plan.unread {
        wrap(&mut out, "", line);
    }
    if !plan.shown.is_empty() {
        out.push('\n');
    }
    out
}

/// What stands below them.
pub(crate) fn tail(out: &mut String, lines: &[String]) {
    for line in lines {
        wrap(out, "", line);
    }
}

/// One negotiation.
pub(crate) fn one(out: &mut String, section: &Section) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}\n", section.title());
    wrap(out, "  ", &section.verdict.summary);
    out.push('\n');
    for (label, texts) in section.rows() {
        for (i, text) in texts.iter().enumerate() {
            labelled(out, if i == 0 { label } else { "" }, text);
        }
    }
    if let Some(c) = &section.comparison {
        compared(out, section, c);
    }
    let _ = writeln!(out, "  Timeline\n    {}", section.ladder.0);
    for line in &section.ladder.1 {
        let _ = writeln!(out, "    {line}");
    }
    if section.more_rows > 0 {
        let _ = writeln!(out, "    ... and {} more", section.more_rows);
    }
    out.push('\n');
}

fn compared(out: &mut String, section: &Section, c: &Comparison) {
    let [initiator, responder] = &section.peers;
    if c.rows.is_empty() {
        labelled(
            out,
            "Comparison",
            &format!("{initiator} offered this; the list of {responder} is not in the capture:"),
        );
    } else {
        let head = format!("{:<NAME$} {initiator:<CELL$}   {responder} ({})", "", c.origin);
        let _ = writeln!(
            out,
            "  {:<width$}{}",
            if c.agrees() { "Agreed on" } else { "Comparison" },
            head.trim_end(),
            width = LABEL - 2
        );
    }
    for row in &c.rows {
        let (left, right) = (words::wrap(&row.offered, CELL), words::wrap(&row.wanted, CELL));
        for i in 0..left.len().max(right.len()) {
            let cell = |lines: &[String]| lines.get(i).cloned().unwrap_or_default();
            let mark = if row.differs && i == 0 { "<>" } else { "" };
            let name = if i == 0 { row.attribute } else { "" };
            let line = format!(
                "{:LABEL$}{name:<NAME$} {:<CELL$} {mark:2} {}",
                "",
                cell(&left),
                cell(&right)
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    let (others, more) = Section::others(c);
    for other in others {
        wrap(
            out,
            &format!("{:LABEL$}{}", "", if c.rows.is_empty() { "" } else { "also " }),
            &other,
        );
    }
    if more > 0 {
        let _ = writeln!(out, "{:LABEL$}and {more} more offers", "");
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, PSK, RSA_SIGNATURES};

    /// Who finds that the verdict is not it must know what to change then.
    #[test]
    fn what_it_could_also_be_has_its_own_fix() {
        let mut made = Made::up((64, 62));
        for repeat in 0..6 {
            made.esp(200 + 1000 * i64::from(repeat), true, repeat + 1, 132);
        }
        let report = made.report();
        let words: Vec<&str> = report.split_whitespace().collect();
        let said = words.join(" ");
        assert_eq!(made.verdicts(), [crate::diagnosis::RuleId::EspBlocked]);
        assert!(
            said.contains("responder-failure: The responder agreed"),
            "{report}"
        );
        assert!(
            said.contains("offer algorithms that its kernel supports"),
            "{report}"
        );
        assert!(said.contains("6 packets of 132 bytes, until 5.200 s"), "{report}");
    }

    #[test]
    fn retries_of_one_failure_are_one_story() {
        let mut made = Made::new();
        for retry in 0..50 {
            made.refused(1000 * retry, PSK, NO_PROPOSAL_CHOSEN);
        }
        let report = made.report();
        assert!(
            report.starts_with("50 negotiations, 50 failed (1 different failure)."),
            "{report}"
        );
        assert!(
            report.contains("the same 49 more times, the last 49.0 s after the first"),
            "{report}"
        );
        assert_eq!(report.matches("Verdict").count(), 1, "{report}");
        made.refused(60_000, RSA_SIGNATURES, NO_PROPOSAL_CHOSEN);
        made.refused(61_000, PSK, 9);
        assert_eq!(made.report().matches("Verdict").count(), 2, "{}", made.report());
    }

    #[test]
    fn attempts_of_one_story_name_each_other_and_say_when() {
        let mut made = Made::new();
        for (at, error) in [(0, NO_PROPOSAL_CHOSEN), (4000, 9), (8000, NO_PROPOSAL_CHOSEN)] {
            made.refused(at, PSK, error);
        }
        let document: serde_json::Value = serde_json::from_str(&made.session().json()).unwrap();
        for negotiation in document["negotiations"].as_array().unwrap() {
            assert_eq!(negotiation["story"], 0, "{negotiation}");
        }
        let report = made.report();
        let words: Vec<&str> = report.split_whitespace().collect();
        let said = words.join(" ");
        assert!(
            said.contains("number 1 of 3 that belong together; see also negotiation 1, 00:00:04 UTC"),
            "{report}"
        );
        assert!(
            report.contains("2026-01-01 00:00:04 UTC (frames 3 to 4)"),
            "{report}"
        );
    }
}
