//! The terminal: how wide it is; asks for a secret, which it does not show meanwhile.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use zeroize::Zeroizing;

use crate::secret::first_line;

/// A terminal that is silent, and how it was before.
static SILENT: Mutex<Option<(File, Termios)>> = Mutex::new(None);

/// Characters of a line.
pub(crate) fn columns(terminal: impl AsFd) -> Option<usize> {
    Some(tcgetwinsize(terminal).ok()?.ws_col.into())
}

/// Asks on the terminal.
pub(crate) fn ask(words: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let before = tcgetattr(&terminal)?;
    let mut silent = before.clone();
    silent.local_modes &= !LocalModes::ECHO;
    *SILENT.lock().unwrap_or_else(PoisonError::into_inner) = Some((terminal.try_clone()?, before));
    let asked = tcsetattr(&terminal, OptionalActions::Flush, &silent)
        .map_err(io::Error::from)
        .and_then(|()| terminal.write_all(words.as_bytes()))
        .and_then(|()| first_line(&mut terminal));
    restore();
    terminal.write_all(b"\n")?;
    asked
}

/// The terminal shows again what is typed, also when a signal ends the program meanwhile.
pub(crate) fn restore() {
    if let Some((terminal, before)) = SILENT.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = tcsetattr(&terminal, OptionalActions::Flush, &before);
    }
}
