//! Standard output: buffered, and with an error where it cannot be written.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use crate::system::terminal::columns;

/// Where answers go.
pub(crate) struct Output {
    to: BufWriter<StdoutLock<'static>>,
}

impl Output {
    pub(crate) fn stdout() -> Self {
        Self {
            to: BufWriter::with_capacity(1 << 16, io::stdout().lock()),
        }
    }

    /// Does somebody look at it as it comes?
    pub(crate) fn is_terminal(&self) -> bool {
        self.to.get_ref().is_terminal()
    }

    /// Characters of a line of the terminal; none elsewhere.
    pub(crate) fn width(&self) -> Option<usize> {
        columns(self.to.get_ref()).filter(|columns| self.is_terminal() && *columns > 0)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
