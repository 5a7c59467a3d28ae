//! What is said of a path: text for people, JSON for scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ikewhy::diagnosis::seconds;
use ikewhy::report::words;
use ikewhy::wire::moment::Moment;
use serde::Serialize;

use super::end::{Address, End, Packet};
use super::flow::{Flow, flows};
use super::path::{Fate, Path, Sent, Side};
use crate::trouble::Trouble;

/// The most rows of a timeline; further ones are counted.
const MAX_ROWS: usize = 100;

#[derive(Serialize)]
struct Told<'a> {
    schema_version: u32,
    /// Seconds by which the clock of the second end is ahead; null where nothing was seen at both.
    clock_ahead: Option<f64>,
    ends: [EndTold<'a>; 2],
    flows: Vec<FlowTold>,
    translations: Vec<Translation>,
    packets: Vec<PacketTold>,
}

#[derive(Serialize)]
struct EndTold<'a> {
    file: &'a str,
    negotiations: Vec<VerdictTold>,
    /// Packets that arrived here, of which the other capture does not show that they were sent.
    not_sent: usize,
}

#[derive(Serialize)]
struct VerdictTold {
    stream: u32,
    verdict: &'static str,
    state: &'static str,
    summary: String,
}

#[derive(Serialize)]
struct FlowTold {
    from: &'static str,
    carrier: String,
    sent: u32,
    arrived: u32,
    lost: u32,
    changed: u32,
    doubled: u32,
    sentence: String,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Translation {
    from: &'static str,
    sent_as: String,
    arrives_as: String,
}

#[derive(Serialize)]
struct PacketTold {
    from: &'static str,
    step: String,
    /// Seconds since the first one.
    time: f64,
    sent_in: u32,
    fate: &'static str,
    arrived_in: Option<u32>,
    /// Seconds on the way.
    took: Option<f64>,
}

/// What the ends are called in JSON.
fn name(side: Side) -> &'static str {
    match side {
        Side::One => "first",
        Side::Other => "second",
    }
}

impl End {
    /// What became of each negotiation, as this end sees it.
    fn verdicts(&mut self) -> Vec<VerdictTold> {
        let count = u32::try_from(self.session.tracker().negotiations().len()).unwrap_or(u32::MAX);
        let verdict = |stream| {
            let judgement = self.session.judgement(stream)?;
            let verdict = judgement.verdict(&self.session.case(stream)?).into_owned();
            Some(VerdictTold {
                stream,
                verdict: verdict.rule.id.name(),
                state: verdict.rule.class.state(),
                summary: verdict.summary.clone(),
            })
        };
        (0..count).filter_map(verdict).collect()
    }

    pub(super) fn has_failed(&mut self) -> bool {
        self.verdicts().iter().any(|verdict| verdict.state == "failed")
    }

    fn step(&self, packet: &Packet) -> String {
        let found = self.session.whereabouts(packet.frame);
        found.map_or_else(String::new, |found| found.step)
    }
}

/// The packet at the receiving end.
fn arrival<'a>(path: &'a Path, sent: &Sent) -> Option<&'a Packet> {
    match sent.fate {
        Fate::Arrived(at) | Fate::Changed(at) => path.packet(sent.by.opposite(), at),
        Fate::Lost => None,
    }
}

fn packet(path: &Path, sent: &Sent, begin: i64) -> Option<PacketTold> {
    let packet = path.packet(sent.by, sent.packet)?;
    let arrival = arrival(path, sent);
    let took = arrival.map(|arrival| {
        path.aligned(sent.by.opposite(), arrival.time)
            .saturating_sub(sent.time)
    });
    Some(PacketTold {
        from: name(sent.by),
        step: path.end(sent.by).step(packet),
        time: seconds(sent.time.saturating_sub(begin)),
        sent_in: packet.frame,
        fate: match sent.fate {
            Fate::Arrived(_) => "arrived",
            Fate::Changed(_) => "changed",
            Fate::Lost => "lost",
        },
        arrived_in: arrival.map(|arrival| arrival.frame),
        took: took.map(seconds),
    })
}

/// Addresses that arrive as other ones.
fn translations(path: &Path) -> Vec<Translation> {
    let shown = |(address, port): Address| match port {
        Some(port) => format!("{address}, port {port}"),
        None => address.to_string(),
    };
    let mut found = BTreeSet::new();
    for sent in &path.sent {
        let (Some(packet), Some(arrival)) = (path.packet(sent.by, sent.packet), arrival(path, sent)) else {
            continue;
        };
        for (before, after) in [
            (packet.source, arrival.source),
            (packet.destination, arrival.destination),
        ] {
            if before != after {
                found.insert(Translation {
                    from: name(sent.by),
                    sent_as: shown(before),
                    arrives_as: shown(after),
                });
            }
        }
    }
    found.into_iter().collect()
}

fn begin(path: &Path) -> i64 {
    path.sent.first().map_or(0, |sent| sent.time)
}

/// As JSON.
pub(super) fn json(path: &mut Path) -> Result<String, Trouble> {
    let verdicts = [path.one.verdicts(), path.other.verdicts()];
    let path = &*path;
    let [one, other] = verdicts;
    let end = |side, negotiations| EndTold {
        file: &path.end(side).name,
        negotiations,
        not_sent: path.unsent.iter().filter(|(at, _)| *at == side).count(),
    };
    let begin = begin(path);
    let told = Told {
        schema_version: 1,
        clock_ahead: path.clocks.map(|clocks| seconds(clocks.ahead)),
        ends: [end(Side::One, one), end(Side::Other, other)],
        flows: (flows(path).into_iter())
            .map(|((by, carrier), flow)| FlowTold {
                from: name(by),
                carrier: carrier.name(),
                sent: flow.sent,
                arrived: flow.arrived,
                lost: flow.lost,
                changed: flow.changed,
                doubled: flow.doubled,
                sentence: flow.sentence(),
            })
            .collect(),
        translations: translations(path),
        packets: path
            .sent
            .iter()
            .filter_map(|sent| packet(path, sent, begin))
            .collect(),
    };
    let text = serde_json::to_string_pretty(&told).map_err(|error| Trouble::Said(error.to_string()))?;
    Ok(text + "\n")
}

/// For people.
pub(super) fn text(path: &mut Path) -> String {
    let verdicts = [path.one.verdicts(), path.other.verdicts()];
    let path = &*path;
    let mut out = String::new();
    // Writing to a String cannot fail.
    for (side, verdicts) in Side::BOTH.into_iter().zip(&verdicts) {
        let end = path.end(side);
        let _ = writeln!(out, "{} end: {}", capital(name(side)), end.name);
        for told in verdicts {
            let VerdictTold {
                stream,
                verdict,
                summary,
                ..
            } = told;
            paragraph(&mut out, &format!("Negotiation {stream}: {verdict}. {summary}"));
        }
        if verdicts.is_empty() {
            paragraph(&mut out, "Nothing of a negotiation was seen here.");
        }
        if end.more > 0 {
            paragraph(
                &mut out,
                &format!("{} further packets are not compared.", end.more),
            );
        }
        out.push('\n');
    }
    out.push_str("Clocks\n");
    paragraph(&mut out, &clocks(path));
    let translations = translations(path);
    if !translations.is_empty() {
        out.push_str("\nTranslated on the way\n");
    }
    for Translation {
        from,
        sent_as,
        arrives_as,
    } in translations
    {
        paragraph(
            &mut out,
            &format!("From the {from} end: {sent_as} arrives as {arrives_as}."),
        );
    }
    ways(path, &mut out);
    timeline(path, &mut out);
    out
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at_checked(1).unwrap_or_default();
    first.to_uppercase() + rest
}

fn paragraph(out: &mut String, text: &str) {
    for line in words::wrap(text, 96) {
        let _ = writeln!(out, "  {line}");
    }
}

fn clocks(path: &Path) -> String {
    let Some(clocks) = path.clocks else {
        return "Nothing was seen at both ends, so they cannot be compared.".to_owned();
    };
    let than = match clocks.ahead {
        -500_000..=500_000 => "The same at both ends".to_owned(),
        ahead => {
            let by = seconds(ahead.saturating_abs());
            let word = if ahead > 0 { "ahead of" } else { "behind" };
            format!("That of the second end is {by:.3} s {word} that of the first")
        }
    };
    let from = match (clocks.packets, clocks.both_ways) {
        (1, _) => "as one packet shows that was seen at both".to_owned(),
        (packets, true) => format!("as {packets} packets of both ways show"),
        (packets, false) => {
            format!("as {packets} packets of one way show; the time they took counts as clock")
        }
    };
    format!("{than}, {from}.")
}

fn ways(path: &Path, out: &mut String) {
    let flows = flows(path);
    for by in Side::BOTH {
        let own: BTreeMap<_, &Flow> = (flows.iter())
            .filter(|((side, _), _)| *side == by)
            .map(|((_, carrier), flow)| (carrier, flow))
            .collect();
        let _ = writeln!(out, "\nFrom the {} end to the {}", name(by), name(by.opposite()));
        for (carrier, flow) in &own {
            let mut sentence = format!("{}: {}", carrier.name(), flow.sentence());
            if let Some(lost) = flow.first_lost {
                let _ = write!(sentence, " (the first at {})", Moment::of(lost).time());
            }
            paragraph(out, &(sentence + "."));
        }
        if own.is_empty() {
            paragraph(out, "Nothing was sent.");
        }
        let unsent = path.unsent.iter().filter(|(at, _)| *at == by.opposite()).count();
        if unsent > 0 {
            let packets = if unsent == 1 { "packet" } else { "packets" };
            paragraph(
                out,
                &format!(
                    "{unsent} {packets} arrived that the capture of the {} end does not have.",
                    name(by)
                ),
            );
        }
    }
}

fn timeline(path: &Path, out: &mut String) {
    if path.sent.is_empty() {
        return;
    }
    let begin = begin(path);
    let _ = writeln!(
        out,
        "\nTimeline, by the clock of the first end from {} on",
        Moment::of(begin).time()
    );
    let _ = writeln!(out, "             {:<38}second", "first");
    for sent in path.sent.iter().take(MAX_ROWS) {
        let Some(told) = packet(path, sent, begin) else {
            continue;
        };
        let line = arrow(sent, &told.step);
        let fate = match (told.took, told.arrived_in) {
            (Some(took), Some(frame)) => {
                let changed = if told.fate == "changed" { ", CHANGED" } else { "" };
                format!(
                    "frame {} is frame {frame} there, {:.0} ms{changed}",
                    told.sent_in,
                    took * 1000.0
                )
            }
            _ => format!("frame {}, LOST", told.sent_in),
        };
        let _ = writeln!(out, "  {:>9.3} s |{line}|  {fate}", told.time);
    }
    if let Some(more @ 1..) = path.sent.len().checked_sub(MAX_ROWS) {
        let _ = writeln!(out, "  ... and {more} more packets");
    }
}

/// An arrow between the ends; one that is lost stops halfway.
fn arrow(sent: &Sent, step: &str) -> String {
    let room = 32;
    let step: String = step.chars().take(room).collect();
    let line = "-".repeat(room - step.chars().count());
    match (sent.by, sent.fate) {
        (Side::One, Fate::Lost) => format!("-- {step} {line}X  "),
        (Side::One, _) => format!("-- {step} {line}-->"),
        (Side::Other, Fate::Lost) => format!("  X{line} {step} --"),
        (Side::Other, _) => format!("<--{line} {step} --"),
    }
}
