//! The keys of tables, by what they are for.

use std::collections::BTreeMap;
use std::fmt;

use super::secret::Secret;
use super::table::{self, Row};
use super::{esp, v2};
use crate::wire::message::Spi;

/// The most rows that are kept; later ones are named as left out.
pub const MAX_ROWS: usize = 8192;
/// The most rows for one SA; the oldest gives way.
pub(super) const MAX_FOR_ONE: usize = 8;
/// The most rows of ESP that are for more than one SPI.
const MAX_WILD: usize = 64;
/// The most problems that are named.
pub const MAX_PROBLEMS: usize = 64;

/// A row that was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its line in the file, from 1.
    pub line: usize,
    /// Why: completes "not understood: ...". Never a part of the line, which may hold a key.
    pub why: &'static str,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is not understood: {}", self.line, self.why)
    }
}

/// The keys of tables.
#[derive(Debug, Default)]
pub struct Keys {
    pub(super) v1: BTreeMap<Spi, Vec<Secret>>,
    pub(super) v2: BTreeMap<(Spi, Spi), Vec<v2::Keys>>,
    /// Rows for one SPI.
    pub(super) esp: BTreeMap<u32, Vec<esp::Sa>>,
    /// Rows for several.
    pub(super) wild: Vec<esp::Sa>,
    rows: usize,
}

impl Keys {
    /// No key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Rows taken so far.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Takes the rows of a table's file, whatever it is called; says of which it does not understand them. The text is the caller's to
    /// wipe.
    pub fn add(&mut self, text: &[u8]) -> Vec<Problem> {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let mut problems = Vec::new();
        for (line, bytes) in (1..).zip(text.split(|&byte| byte == b'\n')) {
            let why = match table::row(bytes) {
                Ok(None) => continue,
                Ok(Some(_)) if self.rows >= MAX_ROWS => "there are too many keys, and it is left out",
                Ok(Some(row)) => {
                    self.take(row);
                    continue;
                }
                Err(why) => why,
            };
            if problems.len() < MAX_PROBLEMS {
                problems.push(Problem { line, why });
            }
        }
        problems
    }

    fn take(&mut self, row: Row) {
        self.rows += 1;
        match row {
            Row::V1(cookie, key) => keep(self.v1.entry(cookie).or_default(), key, MAX_FOR_ONE),
            Row::V2(spis, keys) => keep(self.v2.entry(spis).or_default(), keys, MAX_FOR_ONE),
            Row::Esp(sa) => match sa.spi.only() {
                Some(spi) => keep(self.esp.entry(spi).or_default(), sa, MAX_FOR_ONE),
                None => keep(&mut self.wild, sa, MAX_WILD),
            },
        }
    }
}

/// Keeps the latest rows, each once.
fn keep<T: PartialEq>(rows: &mut Vec<T>, row: T, most: usize) {
    rows.retain(|known| *known != row);
    if rows.len() >= most {
        rows.remove(0);
    }
    rows.push(row);
}
