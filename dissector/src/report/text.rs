//! The report as plain text.

use std::fmt::Write as _;

use super::comparison::Comparison;
use super::ladder;
use super::section::{Plan, Section};
use super::words;

/// Width of a line.
const WIDTH: usize = 100;
/// Width of what stands left of the text.
const LABEL: usize = 17;
/// Width of the names of attributes, and of a cell, in a comparison.
const NAME: usize = 14;
const CELL: usize = 32;

/// How paragraphs are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// In lines of [`WIDTH`], what they are about beside them.
    Page,
    /// Each in one line, for a window to break where it ends; what they are about above them.
    Window,
}

/// `label` once, then the text wrapped behind it.
fn wrap(out: &mut String, label: &str, text: &str) {
    let indent = " ".repeat(label.chars().count());
    for (i, line) in words::wrap(text, WIDTH - indent.len()).iter().enumerate() {
        out.push_str(if i == 0 { label } else { &indent });
        out.push_str(line);
        out.push('\n');
    }
}

/// A paragraph.
fn paragraph(out: &mut String, indent: &str, text: &str, layout: Layout) {
    match layout {
        Layout::Page => wrap(out, indent, text),
        Layout::Window => {
            out.push_str(text);
            out.push('\n');
        }
    }
}

/// Paragraphs, and what they are about.
fn labelled(out: &mut String, label: &str, texts: &[String], layout: Layout) {
    if layout == Layout::Window {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{label}\n{}\n", texts.join("\n"));
        return;
    }
    for (i, text) in texts.iter().enumerate() {
        let label = if i == 0 { label } else { "" };
        wrap(out, &format!("  {label:<width$}", width = LABEL - 2), text);
    }
}

/// What stands above all negotiations.
pub(crate) fn head(plan: &Plan, layout: Layout) -> String {
    let mut out = plan.head() + "\n";
    for line in &plan.unread {
        paragraph(&mut out, "", line, layout);
    }
    if !plan.shown.is_empty() {
        out.push('\n');
    }
    out
}

/// What stands below them.
pub(crate) fn tail(out: &mut String, lines: &[String], layout: Layout) {
    for line in lines {
        paragraph(out, "", line, layout);
    }
}

/// One negotiation.
pub(crate) fn one(out: &mut String, section: &Section, layout: Layout) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}\n", section.title());
    paragraph(out, "  ", &section.verdict.summary, layout);
    out.push('\n');
    for (label, texts) in section.rows() {
        labelled(out, label, &texts, layout);
    }
    if let Some(c) = &section.comparison {
        compared(out, section, c, layout);
    }
    let (indent, timeline) = match layout {
        Layout::Page => ("    ", "  Timeline"),
        Layout::Window => ("", "Timeline"),
    };
    let _ = writeln!(out, "{timeline}\n{indent}{}", section.ladder.0);
    for line in &section.ladder.1 {
        let _ = writeln!(out, "{indent}{line}");
    }
    if section.more_rows > 0 {
        let _ = writeln!(out, "{indent}... and {} more", section.more_rows);
    }
    if let Some(legend) = ladder::legend(&section.rows, ladder::IN_TEXT) {
        let _ = writeln!(out, "{indent}{legend}");
    }
    out.push('\n');
}

fn compared(out: &mut String, section: &Section, c: &Comparison, layout: Layout) {
    let [initiator, responder] = &section.peers;
    // How far the columns stand from the edge.
    let edge = match layout {
        Layout::Page => LABEL,
        Layout::Window => 0,
    };
    if c.rows.is_empty() {
        let said = format!("{initiator} offered this; the list of {responder} is not in the capture:");
        match layout {
            Layout::Page => labelled(out, "Comparison", &[said], layout),
            Layout::Window => out.push_str(&format!("Comparison\n{said}\n")),
        }
    } else {
        let head = format!("{:<NAME$} {initiator:<CELL$}   {responder} ({})", "", c.origin);
        let label = if c.agrees() { "Agreed on" } else { "Comparison" };
        let _ = match layout {
            Layout::Page => writeln!(out, "  {label:<width$}{}", head.trim_end(), width = LABEL - 2),
            Layout::Window => writeln!(out, "{label}\n{}", head.trim_end()),
        };
    }
    for row in &c.rows {
        let (left, right) = (words::wrap(&row.offered, CELL), words::wrap(&row.wanted, CELL));
        for i in 0..left.len().max(right.len()) {
            let cell = |lines: &[String]| lines.get(i).cloned().unwrap_or_default();
            let mark = if row.differs && i == 0 { "<>" } else { "" };
            let name = if i == 0 { row.attribute } else { "" };
            let line = format!(
                "{:edge$}{name:<NAME$} {:<CELL$} {mark:2} {}",
                "",
                cell(&left),
                cell(&right)
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    let (others, more) = Section::others(c);
    for other in others {
        let also = if c.rows.is_empty() { "" } else { "also " };
        match layout {
            Layout::Page => wrap(out, &format!("{:edge$}{also}", ""), &other),
            Layout::Window => paragraph(out, "", &format!("{also}{other}"), layout),
        }
    }
    if more > 0 {
        let _ = writeln!(out, "{:edge$}and {more} more offers", "");
    }
    if layout == Layout::Window {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use crate::report::wanted::Wanted;
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, PSK, RSA_SIGNATURES};

    /// A window breaks lines where it ends: a report must not have broken them before.
    #[test]
    fn a_window_gets_each_paragraph_in_one_line() {
        let mut made = Made::new();
        made.refused(0, PSK, NO_PROPOSAL_CHOSEN);
        let judgement = made.session().judgement(0).unwrap();
        let verdict = judgement.verdict(&made.session().case(0).unwrap()).into_owned();
        let report = made.session().write(&Wanted {
            window: true,
            ..Wanted::default()
        });
        let has_line = |text: &str| report.lines().any(|line| line == text);
        assert!(verdict.explanation.len() > super::WIDTH, "{report}");
        assert!(
            has_line(&verdict.explanation) && has_line(&verdict.summary),
            "{report}"
        );
        for label in ["What to change", "How to confirm", "Why", "Timeline"] {
            assert!(has_line(label), "{label}: {report}");
        }
        assert!(!made.report().lines().any(|line| line == verdict.explanation));
    }

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
        assert!(said.contains("(responder-failure). "), "{report}");
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
