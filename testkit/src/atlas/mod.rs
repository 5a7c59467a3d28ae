//! The atlas: every healthy exchange, stopped after each of its messages in every way that is known to happen.
//!
//! A [`Cell`] is one capture of it: an exchange of the corpus as one side saw it, the message after which it stops, and what comes
//! then. `data/atlas.toml` lists the exchanges, and which verdicts an honest expert could give for each cell ([`expected`]); it is
//! written from the RFCs and from what stacks do, never from what the engine says.

mod build;
mod exchange;
pub mod expected;
mod then;

use crate::engine::say;
use crate::pcap::Frame;
use exchange::BETWEEN;
pub use exchange::{Cut, Exchange};
use expected::{Expectations, Mark};
use std::fmt;
use std::sync::Arc;
pub use then::Then;

/// One capture of the atlas.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The exchange it is made from.
    pub exchange: Arc<Exchange>,
    /// Which of its cuts.
    pub cut: usize,
    /// What comes then.
    pub then: Then,
}

impl Cell {
    /// Where it is cut.
    #[must_use]
    pub fn cut(&self) -> &Cut {
        &self.exchange.cuts[self.cut]
    }

    /// Its frames, and the number of the frame whose negotiation is judged.
    #[must_use]
    pub fn frames(&self) -> (Vec<Frame>, u32) {
        let cut = self.cut();
        let mut frames = self.exchange.frames[..cut.end].to_vec();
        frames.extend(self.then.frames(&self.exchange, cut));
        let judged = self.exchange.messages[cut.message].frames[0] + 1;
        (frames, judged as u32)
    }

    /// What the engine says: the verdict, and its confidence in thousandths.
    #[must_use]
    pub fn said(&self) -> (String, u32) {
        let (frames, judged) = self.frames();
        say(&frames, judged)
    }
}

/// `EXCHANGE/SIDE/STEP/THEN`.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exchange { name, side, .. } = &*self.exchange;
        write!(f, "{name}/{side}/{}/{}", self.cut().step, self.then)
    }
}

/// A cell with what is said of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The cell.
    pub cell: Cell,
    /// The verdict.
    pub verdict: String,
    /// Its confidence, in thousandths.
    pub confidence: u32,
    /// Whether an honest expert could say so.
    pub mark: Mark,
}

/// All cells.
#[must_use]
pub fn cells(expectations: &Expectations) -> Vec<Cell> {
    let mut cells = Vec::new();
    for listed in &expectations.exchanges {
        for side in ["client", "server", BETWEEN] {
            let exchange = Arc::new(Exchange::read(&listed.capture, side, listed.nat));
            for (cut, place) in exchange.cuts.iter().enumerate() {
                let cell = |then| Cell {
                    exchange: exchange.clone(),
                    cut,
                    then,
                };
                cells.extend(Then::all(&exchange, place, listed.errors).into_iter().map(cell));
            }
        }
    }
    cells
}

/// Everything that is said of all cells.
#[must_use]
pub fn judged(expectations: &Expectations) -> Vec<Judged> {
    crate::for_each(&cells(expectations), |cell| {
        let (verdict, confidence) = cell.said();
        Judged {
            mark: expectations.mark(cell, &verdict),
            cell: cell.clone(),
            verdict,
            confidence,
        }
    })
}
