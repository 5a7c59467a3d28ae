//! A table for people: columns as wide as they need; on a terminal, sentences as long as there is room.
//!
//! The last row may be the widest, so all wait; on disk, if there are many.

use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write};

use tempfile::SpooledTempFile;

use crate::row::COLUMNS;
use crate::trouble::{Trouble, reason};

/// Bytes of rows that are kept in memory.
const KEPT: usize = 1 << 20;
/// The least room for a sentence.
const SENTENCE: usize = 30;

/// Rows that wait for the last of them.
pub(crate) struct Table {
    waiting: SpooledTempFile,
    widths: [usize; COLUMNS.len()],
    rows: usize,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self {
            waiting: tempfile::spooled_tempfile(KEPT),
            widths: COLUMNS.map(str::len),
            rows: 0,
        }
    }

    /// Adds a row, whose cells hold no tabs and no ends of lines.
    pub(crate) fn add(&mut self, cells: &[String; COLUMNS.len()]) -> Result<(), Trouble> {
        self.rows += 1;
        for (width, cell) in self.widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
        writeln!(self.waiting, "{}", cells.join("\t")).map_err(|error| unwritten(&error))
    }

    /// Prints all rows, if there are any.
    pub(crate) fn print(mut self, width: Option<usize>, to: &mut impl Write) -> Result<(), Trouble> {
        if self.rows == 0 {
            return Ok(());
        }
        self.waiting
            .seek(SeekFrom::Start(0))
            .map_err(|error| unwritten(&error))?;
        let [columns @ .., _] = self.widths;
        let room = width.map(|width| width.saturating_sub(columns.iter().map(|width| width + 2).sum()));
        self.line(&COLUMNS.map(str::to_owned), room, to)?;
        for line in BufReader::new(&mut self.waiting).lines() {
            let line = line.map_err(|error| unwritten(&error))?;
            let cells: Vec<_> = line.split('\t').map(str::to_owned).collect();
            print_line(&self.widths, &cells, room, to)?;
        }
        Ok(())
    }

    fn line(&self, cells: &[String], room: Option<usize>, to: &mut impl Write) -> io::Result<()> {
        print_line(&self.widths, cells, room, to)
    }
}

fn print_line(
    widths: &[usize],
    cells: &[String],
    room: Option<usize>,
    to: &mut impl Write,
) -> io::Result<()> {
    let Some((sentence, before)) = cells.split_last() else {
        return Ok(());
    };
    for (cell, width) in before.iter().zip(widths) {
        write!(to, "{cell:width$}  ")?;
    }
    match room.map(|room| room.max(SENTENCE)) {
        Some(room) if sentence.chars().count() > room => {
            let short: String = sentence.chars().take(room - 3).collect();
            writeln!(to, "{short}...")
        }
        _ => writeln!(to, "{sentence}"),
    }
}

fn unwritten(error: &io::Error) -> Trouble {
    Trouble::Said(format!("temporary files cannot be written: {}", reason(error)))
}
