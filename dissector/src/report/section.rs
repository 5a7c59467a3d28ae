//! What a report says, before it has a form: one section for each story. A failure that repeats between the same peers is one
//! story, and so is a sweep of many hosts: the first is shown, the others are counted. A [`Plan`] knows which are shown before the
//! first section is made; sections are made one by one, for all of them at once may be long.

use std::collections::HashMap;
use std::net::IpAddr;

use sha2::{Digest as _, Sha256};

use super::comparison::{self, Comparison};
use super::ladder::{self, Row};
use super::wanted::Wanted;
use super::words;
use crate::negotiation::Role;
use crate::negotiation::store::bounds::Omitted;
use crate::rules::{Class, Finding, scan, seconds};
use crate::verdict::Story;
use crate::wire::moment::Moment;

/// The most rows of a ladder.
const MAX_ROWS: usize = 40;
/// The most other attempts of a story that are named.
const MAX_ATTEMPTS: usize = 8;
/// The most negotiations of an overview.
const MAX_ENTRIES: usize = 200;
/// The most other offers of a comparison.
const MAX_OTHERS: usize = 8;

/// What makes two negotiations the same story: initiator (any, for a flood), responder (any, for a sweep), verdict and the
/// digest of its sentence.
type Plot = (Option<IpAddr>, Option<IpAddr>, &'static str, [u8; 32]);

/// One story: the first negotiation spelled out, the others counted.
#[derive(Debug)]
pub(crate) struct Section {
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
    /// What bounds left out.
    omitted: Option<String>,
    /// Ids and sentences.
    pub(crate) notes: Vec<(&'static str, String)>,
    pub(crate) comparison: Option<Comparison>,
    pub(crate) rows: Vec<Row>,
    /// The ladder in text: both sides, then a line for each row.
    pub(crate) ladder: (String, Vec<String>),
    /// Rungs that are not drawn.
    pub(crate) more_rows: usize,
    /// Time of the first, nanoseconds.
    begun: i64,
    date: Moment,
    again: Option<Again>,
    /// The attempt's place in its story, and the other ones that are shown.
    attempts: Option<String>,
    /// The IKE SA it renews.
    continues: Option<u32>,
    /// When the verdict's frame was captured.
    decided: Option<Moment>,
}

/// One attempt of a story.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    stream: u32,
    /// Its place in the story, from 1.
    number: u32,
    time: Moment,
    title: &'static str,
}

/// What an overview says of a negotiation that is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) stream: u32,
    /// Initiator and responder.
    pub(crate) peers: [IpAddr; 2],
    pub(crate) title: &'static str,
    /// What became of it, in one word.
    pub(crate) state: &'static str,
    pub(crate) began: Moment,
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

/// Which negotiations a report tells, and what it says of all of them.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The negotiations that are shown, in order.
    pub(crate) shown: Vec<u32>,
    /// The first of them, in the same order.
    pub(crate) overview: Vec<Entry>,
    /// What happened again after a negotiation that is shown.
    again: HashMap<u32, Again>,
    /// The story of each negotiation that is shown, where it is not its own.
    story_of: HashMap<u32, u32>,
    /// The attempts that are shown of each story with several.
    attempts: HashMap<u32, Vec<Attempt>>,
    /// How many attempts such a story has in all.
    attempt_counts: HashMap<u32, u32>,
    count: u32,
    failed: u32,
    /// Failures that are shown.
    different: usize,
    /// What bounds left out of the whole capture.
    pub(crate) omitted: Omitted,
    /// What is said at the top of peers' files that could not be read.
    pub(crate) unread: Vec<String>,
    /// With pseudonyms.
    redacted: bool,
    /// Only this negotiation is wanted.
    only: Option<u32>,
}

/// A plan in the making.
#[derive(Debug, Default)]
pub(crate) struct Planner {
    plan: Plan,
    by_plot: HashMap<Plot, u32>,
    /// The attempts of each story so far, also those that are not shown.
    attempts: HashMap<u32, u32>,
}

/// One request of a flood.
fn is_flood(story: &Story<'_>, verdict: &Finding) -> bool {
    verdict.rule.class == Class::Probe && scan::is_flood(&story.case)
}

impl Planner {
    /// Adds one negotiation.
    pub(crate) fn add(&mut self, story: &Story<'_>) {
        let n = story.case.n;
        let began = n.story();
        let verdict = story.judgement.verdict(&story.case);
        let plan = &mut self.plan;
        plan.count += 1;
        let failed = verdict.rule.class == Class::Failure;
        plan.failed += u32::from(failed);
        let number = self.attempts.entry(began).or_default();
        *number += 1;
        let sweep = verdict.rule.class == Class::Probe;
        if failed || sweep {
            let flood = is_flood(story, &verdict);
            let initiator = (!flood).then_some(n.initiator.address);
            let responder = (!sweep || flood).then_some(n.responder.address);
            let summary = if sweep { "" } else { &verdict.summary };
            let plot = (
                initiator,
                responder,
                verdict.rule.id.name(),
                Sha256::digest(summary).into(),
            );
            if let Some(&shown) = self.by_plot.get(&plot) {
                let again = plan.again.entry(shown).or_insert(Again {
                    count: 0,
                    first: n.stream,
                    last: n.stream,
                    time: n.first().time,
                    frame: n.first().frame,
                });
                again.count += 1;
                (again.last, again.time, again.frame) = (n.stream, n.first().time, n.first().frame);
                return;
            }
            self.by_plot.insert(plot, n.stream);
            plan.different += usize::from(failed);
        }
        plan.shown.push(n.stream);
        if plan.overview.len() < MAX_ENTRIES {
            plan.overview.push(Entry {
                stream: n.stream,
                peers: [n.initiator.address, n.responder.address],
                title: verdict.rule.title,
                state: verdict.rule.class.state(),
                began: story.case.moment(n.first().time),
            });
        }
        if began != n.stream {
            plan.story_of.insert(n.stream, began);
        }
        plan.attempts.entry(began).or_default().push(Attempt {
            stream: n.stream,
            number: *number,
            time: story.case.moment(n.first().time),
            title: verdict.rule.title,
        });
    }

    /// The plan, when all are added: the attempts of a story stand together, where the first of them stands.
    pub(crate) fn finish(mut self) -> Plan {
        let plan = &mut self.plan;
        plan.attempts.retain(|_, attempts| attempts.len() > 1);
        self.attempts.retain(|story, _| plan.attempts.contains_key(story));
        plan.attempt_counts = self.attempts;
        let story_of = &plan.story_of;
        let place = |stream: u32| (story_of.get(&stream).copied().unwrap_or(stream), stream);
        plan.shown.sort_by_key(|&stream| place(stream));
        plan.overview.sort_by_key(|entry| place(entry.stream));
        self.plan
    }
}

impl Plan {
    /// A plan for a wish that tells each of these negotiations.
    pub(crate) fn of_all(wanted: &Wanted, omitted: Omitted, streams: std::ops::Range<u32>) -> Self {
        Self {
            count: u32::try_from(streams.len()).unwrap_or(u32::MAX),
            shown: streams.collect(),
            ..Self::empty(wanted, omitted)
        }
    }

    /// A plan for a wish that sums up what happened again.
    pub(crate) fn summing_up(wanted: &Wanted, omitted: Omitted) -> Planner {
        Planner {
            plan: Self::empty(wanted, omitted),
            by_plot: HashMap::new(),
            attempts: HashMap::new(),
        }
    }

    fn empty(wanted: &Wanted, omitted: Omitted) -> Self {
        Self {
            omitted,
            redacted: wanted.redact,
            only: wanted.stream,
            ..Self::default()
        }
    }

    /// The section of a negotiation that is shown.
    pub(crate) fn section(&self, story: &Story<'_>) -> Section {
        let case = &story.case;
        let n = case.n;
        let verdict = story.judgement.verdict(case).into_owned();
        let mut rows = ladder::rows(case);
        let more_rows = rows.len().saturating_sub(MAX_ROWS);
        rows.truncate(MAX_ROWS);
        Section {
            stream: n.stream,
            flood: is_flood(story, &verdict),
            protocol: n.protocol(),
            peers: [n.initiator.address, n.responder.address].map(|a| a.to_string()),
            frames: (n.first().frame, n.last.frame),
            sides: [Role::Initiator, Role::Responder].map(|role| words::peer_line(case, role)),
            // What is to be noted of them is said once.
            files: words::files(case, self.shown.first() == Some(&n.stream)),
            omitted: words::omitted(&n.omitted()),
            notes: (story
                .judgement
                .notes
                .iter()
                .map(|f| (f.rule.id.name(), f.summary.clone())))
            .collect(),
            comparison: comparison::compare(case),
            ladder: ladder::drawn(case, &rows),
            rows,
            more_rows,
            begun: n.first().time,
            date: case.moment(n.first().time),
            again: self.again.get(&n.stream).copied(),
            attempts: self.attempts_beside(n.stream),
            continues: case.continues(),
            decided: n.time_of(verdict.frame).map(|time| case.moment(time)),
            verdict,
        }
    }

    /// `number 2 of 3 that belong together; see also negotiation 0, 12:00:06 UTC (The IKE peer never answered); ...`
    fn attempts_beside(&self, stream: u32) -> Option<String> {
        let story = self.story_of.get(&stream).copied().unwrap_or(stream);
        let attempts = self.attempts.get(&story)?;
        let this = attempts.iter().find(|a| a.stream == stream)?;
        let count = self.attempt_counts.get(&story)?;
        let others = attempts.iter().filter(|a| a.stream != stream);
        let mut named: Vec<String> = others
            .take(MAX_ATTEMPTS)
            .map(|a| {
                let time = a.time.time();
                format!("negotiation {}, {time} UTC ({})", a.stream, a.title)
            })
            .collect();
        if let Some(more @ 1..) = (attempts.len() - 1).checked_sub(MAX_ATTEMPTS) {
            named.push(format!("and {more} more"));
        }
        Some(format!(
            "number {} of {count} that belong together; see also {}",
            this.number,
            named.join("; ")
        ))
    }

    /// How many negotiations are left out by who tells only the first `shown`.
    pub(crate) fn left_out(&self, shown: usize) -> u64 {
        let rest = self.shown.get(shown..).unwrap_or_default().iter();
        let repeated = |stream: &u32| self.again.get(stream).map_or(0, |again| again.count);
        rest.map(|stream| 1 + u64::from(repeated(stream))).sum()
    }

    /// The first line of a report.
    pub(crate) fn head(&self) -> String {
        if let (0, Some(only)) = (self.count, self.only) {
            return format!("There is no negotiation {only} in this capture.");
        }
        let different = self.different;
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

    /// What stands at the end: negotiations that were left out, those that were not followed, what a redacted report is.
    pub(crate) fn tail(&self, left_out: u64) -> Vec<String> {
        let left_out = (left_out > 0).then(|| {
            format!("{left_out} further negotiations are left out here; tshark -z ikewhy,report writes all of them.")
        });
        let omitted = words::omitted(&self.omitted);
        let omitted = omitted
            .map(|what| format!("Left out of this capture: {what}. There was too much to keep all of it."));
        let redacted = (self.redacted && self.count > 0).then(|| {
            "Addresses, ports, identities, names and SPIs in this report are pseudonyms, and all dates are moved by the same time. Equal \
             ones are equal, and networks, private or public, are kept."
                .to_owned()
        });
        left_out.into_iter().chain(omitted).chain(redacted).collect()
    }
}

/// Numbered, where there are several.
fn numbered<S: AsRef<str>>(ways: &[S]) -> Vec<String> {
    let number = |(way, number): (&S, usize)| match ways.len() {
        1 => way.as_ref().to_owned(),
        _ => format!("{number}. {}", way.as_ref()),
    };
    ways.iter().zip(1..).map(number).collect()
}

impl Section {
    /// `Negotiation 0: IKEv1 between 10.1.1.10 and 198.51.100.20, 2026-01-01 12:00:06 UTC (frames 1 to 10)`.
    pub(crate) fn title(&self) -> String {
        let [initiator, responder] = &self.peers;
        let frames = match self.frames {
            (first, last) if first == last => format!("frame {first}"),
            (first, last) => format!("frames {first} to {last}"),
        };
        format!(
            "Negotiation {}: {} between {initiator} and {responder}, {} ({frames})",
            self.stream, self.protocol, self.date
        )
    }

    /// Everything in rows: what it is, and one or more paragraphs. The answer comes first: what to change, and how to be sure.
    pub(crate) fn rows(&self) -> Vec<(&'static str, Vec<String>)> {
        let v = &self.verdict;
        let mut rows = Vec::new();
        let mut row = |label, text: Vec<String>| {
            if text.iter().any(|t| !t.is_empty()) {
                rows.push((label, text));
            }
        };
        row("What to change", numbered(&v.fixes().collect::<Vec<_>>()));
        row("How to confirm", numbered(&v.next_evidence));
        row(
            "Verdict",
            vec![format!(
                "{} ({}; stage {})",
                v.rule.title,
                v.rule.id.name(),
                v.stage.name()
            )],
        );
        row("Confidence", vec![words::confidence(v.confidence)]);
        row("Based on", vec![words::basis(v.basis)]);
        row("Again", self.again().into_iter().collect());
        row("Related", self.attempts.clone().into_iter().collect());
        row(
            "Renews",
            (self.continues.iter())
                .map(|renewed| format!("the IKE SA of negotiation {renewed}, whose tunnel goes on"))
                .collect(),
        );
        row("Differs in", vec![v.attributes.join(", ")]);
        row("Why", vec![v.explanation.clone()]);
        row(
            "Other causes",
            v.alternatives.iter().map(|&id| words::alternative(id)).collect(),
        );
        let mut frames: Vec<u32> = v.evidence.iter().map(|p| p.frame).collect();
        frames.sort_unstable();
        row(
            "Evidence",
            vec![format!(
                "{} (decided in frame {}{})",
                words::frames(&frames),
                v.frame,
                self.decided
                    .map_or_else(String::new, |time| format!(", at {} UTC", time.time()))
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
            row("Note", vec![format!("{summary} ({id})")]);
        }
        row(
            "Left out",
            self.omitted
                .iter()
                .map(|what| format!("{what}: there was too much to keep all of it."))
                .collect(),
        );
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
        let which = match (again.first, again.last) {
            (first, last) if first == last => format!("negotiation {first}, from frame {}", again.frame),
            (first, last) => format!(
                "negotiations {first} to {last}, the last one from frame {}",
                again.frame
            ),
        };
        let after = seconds(again.time.saturating_sub(self.begun));
        // In a capture whose packets are not in the order of time, what comes later may have begun earlier.
        let when = if after < 0.0 { "before" } else { "after" };
        Some(format!(
            "{what}, the last {:.1} s {when} the first ({which})",
            after.abs()
        ))
    }
}
