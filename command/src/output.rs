//! Standard output: buffered, and with an error where it cannot be written.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use rustix::termios::tcgetwinsize;

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
        let size = tcgetwinsize(self.to.get_ref()).ok()?;
        (self.is_terminal() && size.ws_col > 0).then_some(size.ws_col.into())
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
