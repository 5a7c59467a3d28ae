//! The report for people: plain text, one block for each negotiation.

use std::fmt::Write as _;

use super::words;
use crate::negotiation::Role;
use crate::rules::Class;
use crate::session::Story;

/// Width of a line.
const WIDTH: usize = 100;
/// The most events of a timeline.
const MAX_EVENTS: usize = 40;

/// A report in the making.
#[derive(Debug, Default)]
pub(crate) struct Report {
    out: String,
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
        let (case, v) = (&story.case, &story.judgement.verdict);
        let n = case.n;
        self.count += 1;
        self.failed += u32::from(v.rule.class == Class::Failure);
        let out = &mut self.out;
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
    }

    /// The whole report.
    pub(crate) fn finish(mut self, refused: u64) -> String {
        let head = match (self.count, self.failed) {
            (0, _) => "No IKE negotiation in this capture.\n".to_owned(),
            (n, f) => format!(
                "{n} negotiation{}, {f} failed.\n\n",
                if n == 1 { "" } else { "s" }
            ),
        };
        if refused > 0 {
            let _ = writeln!(
                self.out,
                "{refused} further messages were not followed: too many negotiations."
            );
        }
        head + &self.out
    }
}
