//! What a report says, before it has a form: one account for each story. A failure that repeats between the same peers is one
//! story, and so is a sweep of many hosts: the first is told, the others are counted.

use std::collections::HashMap;
use std::net::IpAddr;

use super::comparison::{self, Comparison};
use super::ladder::{self, Rung};
use super::wanted::Wanted;
use super::words;
use crate::negotiation::Role;
use crate::rules::{Class, Finding, imported, scan, seconds};
use crate::session::Story;

/// The most rungs of a ladder.
const MAX_RUNGS: usize = 40;
/// The most other offers of a comparison.
const MAX_OTHERS: usize = 8;

/// What makes two negotiations the same story: initiator (any, for a flood), responder (any, for a sweep), verdict and its
/// sentence.
type Plot = (Option<IpAddr>, Option<IpAddr>, &'static str, String);

/// One story: the first negotiation spelled out, the others counted.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) stream: u32,
    /// One request of a flood.
    flood: bool,
    pub(crate) protocol: &'static str,
    /// Addresses of initiator and responder.
    pub(crate) peers: [String; 2],
    pub(crate) frames: (u32, u32),
    pub(crate) verdict: Finding,
    /// Lines about both peers.
    pub(crate) sides: [String; 2],
    /// Lines about the peers' files, each with what was not understood of it.
    pub(crate) files: Vec<(String, Vec<String>)>,
    /// Ids and sentences.
    pub(crate) notes: Vec<(&'static str, String)>,
    pub(crate) comparison: Option<Comparison>,
    pub(crate) rungs: Vec<Rung>,
    /// The ladder in text: both sides, then a line for each rung.
    pub(crate) ladder: (String, Vec<String>),
    /// Rungs that are not drawn.
    pub(crate) more_rungs: usize,
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

/// All that a report says.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pub(crate) list: Vec<Account>,
    by_plot: HashMap<Plot, usize>,
    count: u32,
    failed: u32,
    /// Messages that were not followed: there were too many negotiations.
    refused: u64,
    /// With pseudonyms.
    redacted: bool,
    /// Only this negotiation is wanted.
    only: Option<u32>,
}

impl Accounts {
    /// Accounts for a wish, still empty.
    pub(crate) fn new(wanted: &Wanted, refused: u64) -> Self {
        Self {
            refused,
            redacted: wanted.redact,
            only: wanted.stream,
            ..Self::default()
        }
    }

    /// Adds one negotiation.
    pub(crate) fn add(&mut self, story: &Story<'_>) {
        let case = &story.case;
        let n = case.n;
        let verdict = story.judgement.verdict(case).into_owned();
        self.count += 1;
        let failed = verdict.rule.class == Class::Failure;
        self.failed += u32::from(failed);
        let sweep = verdict.rule.class == Class::Probe;
        let flood = sweep && scan::is_flood(case);
        if failed || sweep {
            let initiator = (!flood).then_some(n.initiator.address);
            let responder = (!sweep || flood).then_some(n.responder.address);
            let summary = if sweep {
                String::new()
            } else {
                verdict.summary.clone()
            };
            let plot = (initiator, responder, verdict.rule.id, summary);
            let told = self.by_plot.get(&plot).and_then(|&at| self.list.get_mut(at));
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
            self.by_plot.insert(plot, self.list.len());
        }
        let mut rungs = ladder::rungs(case);
        let more_rungs = rungs.len().saturating_sub(MAX_RUNGS);
        rungs.truncate(MAX_RUNGS);
        let files = case.knowledge.policies().iter();
        self.list.push(Account {
            stream: n.stream,
            flood,
            protocol: n.protocol(),
            peers: [n.initiator.address, n.responder.address].map(|a| a.to_string()),
            frames: (n.first.frame, n.last.frame),
            sides: [Role::Initiator, Role::Responder].map(|role| words::peer_line(case, role)),
            files: files
                .map(|p| (imported::whose(case, p), words::file_notes(p)))
                .collect(),
            notes: (story
                .judgement
                .notes
                .iter()
                .map(|f| (f.rule.id, f.summary.clone())))
            .collect(),
            comparison: comparison::compare(case),
            ladder: ladder::drawn(case, &rungs),
            rungs,
            more_rungs,
            begun: n.first.time,
            again: None,
            verdict,
        });
    }

    /// The first line of a report.
    pub(crate) fn head(&self) -> String {
        if let (0, Some(only)) = (self.count, self.only) {
            return format!("There is no negotiation {only} in this capture.");
        }
        let different = self
            .list
            .iter()
            .filter(|a| a.verdict.rule.class == Class::Failure)
            .count();
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        match (self.count, self.failed as usize) {
            (0, _) => "No IKE negotiation in this capture.".to_owned(),
            (n, failed) if different < failed => format!(
                "{n} negotiation{}, {failed} failed ({different} different failure{}).",
                plural(n as usize),
                plural(different)
            ),
            (n, failed) => format!("{n} negotiation{}, {failed} failed.", plural(n as usize)),
        }
    }

    /// What stands at the end: negotiations that were not followed, what a redacted report is.
    pub(crate) fn tail(&self) -> Vec<String> {
        let refused = (self.refused > 0).then(|| {
            format!(
                "{} further messages were not followed: too many negotiations.",
                self.refused
            )
        });
        let redacted = (self.redacted && self.count > 0).then(|| {
            "Addresses, identities, names and SPIs in this report are pseudonyms. Equal ones are equal, and networks, private or \
             public, are kept."
                .to_owned()
        });
        refused.into_iter().chain(redacted).collect()
    }
}

impl Account {
    /// `Negotiation 0: IKEv1 between 10.1.1.10 and 198.51.100.20 (frames 1 to 10)`.
    pub(crate) fn title(&self) -> String {
        let [initiator, responder] = &self.peers;
        let frames = match self.frames {
            (first, last) if first == last => format!("frame {first}"),
            (first, last) => format!("frames {first} to {last}"),
        };
        format!(
            "Negotiation {}: {} between {initiator} and {responder} ({frames})",
            self.stream, self.protocol
        )
    }

    /// Everything in rows: what it is, and one or more paragraphs.
    pub(crate) fn rows(&self) -> Vec<(&'static str, Vec<String>)> {
        let v = &self.verdict;
        let mut rows = vec![(
            "Verdict",
            vec![format!(
                "{} (stage {}, confidence {:.2}, {})",
                v.rule.id,
                v.rule.stage.name(),
                v.confidence,
                v.basis.name()
            )],
        )];
        rows.extend(self.again().map(|again| ("Again", vec![again])));
        let mut row = |label, text: Vec<String>| {
            if text.iter().any(|t| !t.is_empty()) {
                rows.push((label, text));
            }
        };
        row("Differs in", vec![v.attributes.join(", ")]);
        row("What to change", v.fixes.clone());
        row("Why", vec![v.explanation.clone()]);
        row(
            "Could also be",
            v.alternatives.iter().map(|id| words::alternative(id)).collect(),
        );
        row("To settle it", vec![v.next_evidence.clone()]);
        let mut frames: Vec<u32> = v.evidence.iter().map(|p| p.frame).collect();
        frames.sort_unstable();
        row(
            "Evidence",
            vec![format!(
                "{} (decided in frame {})",
                words::frames(&frames),
                v.frame
            )],
        );
        row("Peers", self.sides.to_vec());
        for (whose, notes) in &self.files {
            row(
                "File",
                std::iter::once(whose.clone())
                    .chain(notes.iter().cloned())
                    .collect(),
            );
        }
        for (id, summary) in &self.notes {
            row("Note", vec![format!("{id}: {summary}")]);
        }
        if v.rule.class == Class::Failure {
            row("More about it", vec![words::reference(v.rule.id)]);
        }
        rows
    }

    /// Offers beside the nearest one, and how many are left out.
    pub(crate) fn others(c: &Comparison) -> (Vec<String>, usize) {
        let lines = c.others.iter().take(MAX_OTHERS).map(|(line, differs)| {
            if differs.is_empty() {
                line.clone()
            } else {
                format!("{line} [differs in {}]", words::list(differs))
            }
        });
        (lines.collect(), c.others.len().saturating_sub(MAX_OTHERS))
    }

    /// How often the same happened again.
    fn again(&self) -> Option<String> {
        let again = self.again?;
        let sweep = self.verdict.rule.class == Class::Probe;
        let what = match (sweep, again.count) {
            _ if self.flood => format!("{} more requests", again.count),
            (true, 1) => "one more host was asked".to_owned(),
            (true, n) => format!("{n} more hosts were asked"),
            (false, 1) => "the same once more".to_owned(),
            (false, n) => format!("the same {n} more times"),
        };
        Some(format!(
            "{what}, the last {:.1} s after the first (negotiations {} to {}, the last from frame {} on)",
            seconds(again.time.saturating_sub(self.begun)),
            again.first,
            again.last,
            again.frame
        ))
    }
}
