//! The work that is left for one question about files.

use std::cell::Cell;

/// How many steps one question may take: a pattern, a line, a part of a comparison of two suites. Half a millisecond.
const STEPS: u32 = 1 << 15;

/// Steps of work that a comparison of two suites takes.
pub(crate) const SUITES: usize = 32;

/// The work that is left for one question.
#[derive(Debug)]
pub(crate) struct Work {
    left: Cell<u32>,
    cut: Cell<bool>,
}

impl Work {
    pub(crate) fn new() -> Self {
        Self {
            left: Cell::new(STEPS),
            cut: Cell::new(false),
        }
    }

    /// Takes so many steps; false if they are not left.
    pub(crate) fn takes(&self, steps: usize) -> bool {
        let left = u32::try_from(steps)
            .ok()
            .and_then(|steps| self.left.get().checked_sub(steps));
        self.left.set(left.unwrap_or(0));
        self.cut.set(self.cut.get() || left.is_none());
        left.is_some()
    }

    /// Not everything is looked at.
    pub(crate) fn cut(&self, cut: bool) {
        self.cut.set(self.cut.get() || cut);
    }

    /// Not everything was looked at.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.get()
    }
}
