//! The atlas in the score: how much of what is said of its cells an honest expert could say, and how much must not be said.

use super::bars::Bar;
use super::table::table;
use super::{Band, Tally};
use crate::atlas::expected::{Expectations, Mark};
use crate::atlas::{Judged, Then, judged};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is said of the atlas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AtlasScore {
    /// By where an exchange stops and what comes then.
    pub kinds: Vec<Kind>,
    /// Ten ranges of confidence.
    pub calibration: Vec<Band>,
}

/// Cells of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// Where they stop.
    pub stops: String,
    /// What comes then.
    pub then: String,
    /// Cells.
    pub of: usize,
    /// Of these, with a verdict that an honest expert could give.
    pub allowed: usize,
    /// With a verdict that must not be given.
    pub forbidden: usize,
}

/// Kinds of places at which an exchange stops, in the order of a negotiation's life: what their steps begin with.
const STOPS: [(&str, &[&str]); 10] = [
    ("first message", &["main-1", "aggressive-1", "init-request"]),
    ("Main Mode 2 to 4", &["main-2", "main-3", "main-4"]),
    ("Main Mode 5 and 6", &["main-"]),
    ("Aggressive Mode 2 and 3", &["aggressive-"]),
    ("XAUTH, mode configuration", &["transaction-"]),
    ("Quick Mode", &["quick-"]),
    ("IKE_SA_INIT", &["init-"]),
    ("IKE_AUTH", &["auth-"]),
    ("rounds of EAP", &["round-"]),
    ("a tunnel that is up", &[""]),
];

/// What can come then, in the order of the table.
const THEN: [&str; 8] = [
    "end",
    "silence",
    "repeated",
    "both repeated",
    "clear error",
    "encrypted error",
    "deleted",
    "ICMP",
];

fn stops(step: &str) -> usize {
    let begins = |(_, starts): &(&str, &[&str])| starts.iter().any(|start| step.starts_with(start));
    STOPS.iter().position(begins).unwrap_or(STOPS.len() - 1)
}

fn then(then: Then) -> usize {
    match then {
        Then::End => 0,
        Then::Silence => 1,
        Then::Repeated(_) => 2,
        Then::BothRepeated => 3,
        Then::Error(_) => 4,
        Then::Sealed(_) | Then::Complaint => 5,
        Then::Delete(_) => 6,
        Then::Icmp(_) => 7,
    }
}

/// Judges the whole atlas.
#[must_use]
pub fn measure() -> AtlasScore {
    let judged = judged(&Expectations::committed());
    let mut kinds: BTreeMap<(usize, usize), Kind> = BTreeMap::new();
    let band = |from| Band {
        from,
        ..Band::default()
    };
    let mut calibration: Vec<_> = (0..10).map(band).collect();
    for Judged {
        cell,
        confidence,
        mark,
        ..
    } in &judged
    {
        let (stops, then) = (stops(&cell.cut().step), then(cell.then));
        let kind = kinds.entry((stops, then)).or_insert_with(|| Kind {
            stops: STOPS[stops].0.to_owned(),
            then: THEN[then].to_owned(),
            ..Kind::default()
        });
        kind.of += 1;
        kind.allowed += usize::from(*mark == Mark::Allowed);
        kind.forbidden += usize::from(*mark == Mark::Forbidden);
        let band = &mut calibration[(confidence / 100).min(9) as usize];
        band.of += 1;
        band.right += usize::from(*mark == Mark::Allowed);
        band.claimed += u64::from(*confidence);
    }
    AtlasScore {
        kinds: kinds.into_values().collect(),
        calibration,
    }
}

impl AtlasScore {
    /// Cells, those with an allowed verdict, those with a forbidden one.
    #[must_use]
    pub fn totals(&self) -> (usize, usize, usize) {
        let sum = |of: fn(&Kind) -> usize| self.kinds.iter().map(of).sum();
        (
            sum(|kind| kind.of),
            sum(|kind| kind.allowed),
            sum(|kind| kind.forbidden),
        )
    }

    /// As a section of `docs/score.md`.
    #[must_use]
    pub fn section(&self) -> String {
        let (of, allowed, forbidden) = self.totals();
        let mut text = String::from("\n## The atlas\n\n");
        let _ = writeln!(
            text,
            "{of} captures: healthy exchanges of the corpus, each stopped after each of its messages in every way that is known to \
             happen. What an honest expert could say of each stands in `data/atlas.toml`, written apart from the rules: {} \
             ({allowed}) is of that kind, and {forbidden} verdicts claim what the packets do not show. In each field: how much is \
             allowed; how many verdicts are forbidden, where there are any.\n",
            Tally::share(allowed, of)
        );
        let field = |stops: &str, then: &str| {
            let kind = self
                .kinds
                .iter()
                .find(|kind| kind.stops == stops && kind.then == then);
            kind.map_or(String::new(), |kind| {
                let share = Tally::share(kind.allowed, kind.of);
                match kind.forbidden {
                    0 => share,
                    forbidden => format!("{share}; {forbidden}"),
                }
            })
        };
        let row = |(stops, _): &(&str, &[&str])| {
            let fields = THEN.iter().map(|then| field(stops, then));
            std::iter::once((*stops).to_owned()).chain(fields).collect()
        };
        let rows: Vec<Vec<String>> = STOPS.iter().map(row).collect();
        let head: Vec<&str> = std::iter::once("stops after").chain(THEN).collect();
        text += &table(&head, &rows);
        text += "\n### Is it as sure of the atlas as it is right?\n\n";
        text += &super::table::calibration(&self.calibration);
        text
    }
}

/// What this project promises of what it says of the atlas.
#[must_use]
pub fn bars(judged: &[Judged]) -> Vec<Bar> {
    let is = |mark: Mark| move |judged: &&Judged| judged.mark == mark;
    let bar = |what: &str, hits: usize, of: usize, hundredths: usize| Bar {
        what: format!("{what}: {hundredths} %"),
        found: format!("{} ({hits} of {of})", Tally::share(hits, of)),
        held: hits * 100 >= of * hundredths,
    };
    let allowed = judged.iter().filter(is(Mark::Allowed)).count();
    let sure = || judged.iter().filter(|judged| judged.confidence >= 900);
    let right = sure().filter(is(Mark::Allowed)).count();
    vec![
        bar(
            "verdicts on the atlas that an honest expert could give",
            allowed,
            judged.len(),
            98,
        ),
        bar(
            "right of verdicts on the atlas with confidence 0.9 and more",
            right,
            sure().count(),
            97,
        ),
    ]
}
