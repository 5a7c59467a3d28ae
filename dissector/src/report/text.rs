//! The report for people: plain text, one block for each negotiation. A failure that repeats between the same peers is one
//! story, and so is a sweep of many hosts: the first is told, the others are counted.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;

use super::words;
use crate::negotiation::Role;
use crate::rules::{Class, seconds};
use crate::session::Story;

/// Width of a line.
const WIDTH: usize = 100;
/// The most events of a timeline.
const MAX_EVENTS: usize = 40;

/// What makes two negotiations the same story: initiator, responder (any, for a sweep), verdict and its sentence.
type Plot = (IpAddr, Option<IpAddr>, &'static str, String);

/// One story: the first negotiation spelled out, in two parts between which the others are counted.
#[derive(Debug, Default)]
struct Told {
    head: String,
    rest: String,
    failed: bool,
    sweep: bool,
    /// Time of the first, nanoseconds.
    begun: i64,
    again: Option<Again>,
}

/// The others: how many, from and to which negotiation, and when the last one began.
#[derive(Clone, Copy, Debug)]
struct Again {
    count: u32,
    first: u32,
    last: u32,
    time: i64,
    frame: u32,
}

/// A report in the making.
#[derive(Debug, Default)]
pub(crate) struct Report {
    stories: Vec<Told>,
    by_plot: HashMap<Plot, usize>,
    count: u32,
    failed: u32,
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

impl Report {
    /// Adds one negotiation.
    pub(crate) fn add(&mut self, story: &Story<'_>) {
        let case = &story.case;
        let v = &*story.judgement.verdict(case);
        let n = case.n;
        self.count += 1;
        let failed = v.rule.class == Class::Failure;
        self.failed += u32::from(failed);
        let sweep = v.rule.class == Class::Probe;
        if failed || sweep {
            let responder = (!sweep).then_some(n.responder.address);
            let summary = if sweep { String::new() } else { v.summary.clone() };
            let plot = (n.initiator.address, responder, v.rule.id, summary);
            let told = self.by_plot.get(&plot).and_then(|&at| self.stories.get_mut(at));
            if let Some(told) = told {
                let again = told.again.get_or_insert(Again {
                    count: 0,
                    first: n.stream,
                    last: n.stream,
                    time: n.first.time,
                    frame: n.first.frame,
                });
                again.count += 1;
                (again.last, again.time, again.frame) = (n.stream, n.first.time, n.first.frame);
                return;
            }
            self.by_plot.insert(plot, self.stories.len());
        }
        let mut told = Told {
            failed,
            sweep,
            begun: n.first.time,
            ..Told::default()
        };
        let out = &mut told.head;
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "Negotiation {}: {} between {} and {} (frames {} to {})",
            n.stream,
            n.protocol(),
            n.initiator.address,
            n.responder.address,
            n.first.frame,
            n.last.frame
        );
        out.push('\n');
        wrap(out, "  ", &v.summary);
        out.push('\n');
        wrap(
            out,
            "  Verdict        ",
            &format!(
                "{} (stage {}, confidence {:.2}, {})",
                v.rule.id,
                v.rule.stage.name(),
                v.confidence,
                v.basis.name()
            ),
        );
        let out = &mut told.rest;
        if !v.attributes.is_empty() {
            wrap(out, "  Differs in     ", &v.attributes.join(", "));
        }
        for (i, fix) in v.fixes.iter().enumerate() {
            wrap(
                out,
                if i == 0 {
                    "  What to change "
                } else {
                    "                 "
                },
                fix,
            );
        }
        if !v.explanation.is_empty() {
            wrap(out, "  Why            ", &v.explanation);
        }
        if !v.alternatives.is_empty() {
            wrap(out, "  Could also be  ", &v.alternatives.join(", "));
        }
        if !v.next_evidence.is_empty() {
            wrap(out, "  To settle it   ", &v.next_evidence);
        }
        let mut frames: Vec<u32> = v.evidence.iter().map(|p| p.frame).collect();
        frames.sort_unstable();
        let frames: Vec<String> = frames.iter().map(u32::to_string).collect();
        wrap(
            out,
            "  Evidence       ",
            &format!("frame {} (decided in frame {})", words::list(&frames), v.frame),
        );
        wrap(out, "  Peers          ", &words::peer_line(case, Role::Initiator));
        wrap(out, "                 ", &words::peer_line(case, Role::Responder));
        for note in &story.judgement.notes {
            wrap(
                out,
                "  Note           ",
                &format!("{}: {}", note.rule.id, note.summary),
            );
        }
        out.push_str("  Timeline\n");
        let timeline = words::timeline(case);
        for (_, line) in timeline.iter().take(MAX_EVENTS) {
            let _ = writeln!(out, "    {line}");
        }
        if timeline.len() > MAX_EVENTS {
            let _ = writeln!(out, "    ... {} IKE messages in all", n.event_count());
        }
        out.push('\n');
        self.stories.push(told);
    }

    /// The whole report.
    pub(crate) fn finish(self, refused: u64) -> String {
        let different = self.stories.iter().filter(|told| told.failed).count();
        let mut out = match (self.count, self.failed) {
            (0, _) => "No IKE negotiation in this capture.\n".to_owned(),
            (n, f) => format!(
                "{n} negotiation{}, {f} failed{}.\n\n",
                if n == 1 { "" } else { "s" },
                if different < f as usize {
                    format!(
                        " ({different} different failure{})",
                        if different == 1 { "" } else { "s" }
                    )
                } else {
                    String::new()
                }
            ),
        };
        for told in &self.stories {
            out.push_str(&told.head);
            told.count(&mut out);
            out.push_str(&told.rest);
        }
        if refused > 0 {
            let _ = writeln!(
                out,
                "{refused} further messages were not followed: too many negotiations."
            );
        }
        out
    }
}

impl Told {
    /// How often the same happened again.
    fn count(&self, out: &mut String) {
        let Some(again) = self.again else { return };
        let what = match (self.sweep, again.count) {
            (true, 1) => "one more host was asked".to_owned(),
            (true, n) => format!("{n} more hosts were asked"),
            (false, 1) => "the same once more".to_owned(),
            (false, n) => format!("the same {n} more times"),
        };
        let line = format!(
            "{what}, the last {:.1} s after the first (negotiations {} to {}, the last from frame {} on)",
            seconds(again.time.saturating_sub(self.begun)),
            again.first,
            again.last,
            again.frame
        );
        wrap(out, "  Again          ", &line);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::made::{Made, NO_PROPOSAL_CHOSEN, PSK, RSA_SIGNATURES};

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
}
