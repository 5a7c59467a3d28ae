//! What an honest expert could say of a cell: `data/atlas.toml`.

use super::Cell;
use super::exchange::BETWEEN;
use crate::corpus;
use crate::root;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Everything that `data/atlas.toml` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    /// Verdicts that claim no exact cause.
    pub general: Vec<String>,
    /// What cells are made from.
    #[serde(rename = "exchange")]
    pub exchanges: Vec<Listed>,
    /// What may be said; of several lines the first that fits a cell counts.
    #[serde(rename = "cell")]
    pub lines: Vec<Line>,
}

/// In the contract, and as yet without a rule.
const COMING: [&str; 2] = ["stalled", "state-lost"];

/// A healthy exchange of the corpus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Its case.
    pub capture: String,
    /// A NAT lies between the peers.
    #[serde(default)]
    pub nat: bool,
    /// Its cuts are followed by every type of error, not only by the common ones.
    #[serde(default)]
    pub errors: bool,
}

/// What may be said of some cells. Names may end or begin with `*`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Why it is so, with its source.
    pub why: String,
    /// Steps after which the exchange stops.
    pub after: Vec<String>,
    /// What comes then.
    pub then: Vec<String>,
    /// Only in captures of this side.
    pub side: Option<String>,
    /// Only of these exchanges.
    pub of: Option<Vec<String>>,
    /// Verdicts that an honest expert could give.
    pub allowed: Vec<String>,
    /// General verdicts that would be wrong all the same.
    #[serde(default)]
    pub never: Vec<String>,
}

/// What a verdict is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// An honest expert could say so.
    Allowed,
    /// It claims nothing wrong, and is not what could be known.
    Missed,
    /// It claims what the packets do not show, or deny.
    Forbidden,
}

fn fits(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end),
        (_, Some(start)) => name.starts_with(start),
        _ => pattern == name,
    }
}

impl Line {
    fn fits(&self, cell: &Cell) -> bool {
        let any = |patterns: &[String], name: &str| patterns.iter().any(|pattern| fits(pattern, name));
        let side = self.side.as_deref();
        any(&self.after, &cell.cut().step)
            && any(&self.then, &cell.then.to_string())
            // In between, what is seen to leave need not arrive, on either side.
            && side.is_none_or(|side| [side, BETWEEN].contains(&cell.exchange.side))
            && self.of.as_ref().is_none_or(|of| any(of, &cell.exchange.name))
    }
}

impl Expectations {
    /// As they are committed.
    ///
    /// # Panics
    /// If the file is not understood.
    #[must_use]
    pub fn committed() -> Self {
        let path = root().join("data/atlas.toml");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The line that says what may be said of a cell.
    #[must_use]
    pub fn line(&self, cell: &Cell) -> Option<usize> {
        self.lines.iter().position(|line| line.fits(cell))
    }

    /// What a verdict on a cell is worth. Of a cell that no line fits nothing may be said.
    #[must_use]
    pub fn mark(&self, cell: &Cell, verdict: &str) -> Mark {
        let is = |list: &[String]| list.iter().any(|one| one == verdict);
        let line = self.line(cell).map(|line| &self.lines[line]);
        match line {
            Some(line) if is(&line.allowed) => Mark::Allowed,
            Some(line) if is(&self.general) && !is(&line.never) => Mark::Missed,
            _ => Mark::Forbidden,
        }
    }

    /// What does not add up in the file itself: verdicts that do not exist, cells without a line, lines without a cell.
    #[must_use]
    pub fn complaints(&self, cells: &[Cell]) -> Vec<String> {
        let known: BTreeSet<&str> = corpus::verdicts().map(|(id, _)| id).chain(COMING).collect();
        let mut complaints = Vec::new();
        let named = self
            .lines
            .iter()
            .flat_map(|line| line.allowed.iter().chain(&line.never));
        for id in named.chain(&self.general) {
            if !known.contains(id.as_str()) {
                complaints.push(format!("unknown verdict {id}"));
            }
        }
        let used: BTreeSet<_> = cells.iter().map(|cell| self.line(cell)).collect();
        complaints.extend(
            cells
                .iter()
                .filter(|cell| self.line(cell).is_none())
                .map(|cell| format!("{cell}: no line")),
        );
        for (index, line) in self.lines.iter().enumerate() {
            if !used.contains(&Some(index)) {
                complaints.push(format!("fits no cell: {}", line.why));
            }
            if line.allowed.is_empty() || line.allowed.iter().any(|id| line.never.contains(id)) {
                complaints.push(format!("allows nothing, or what it forbids: {}", line.why));
            }
        }
        complaints.sort();
        complaints.dedup();
        complaints
    }
}
