//! Asks for a secret on the terminal, which does not show it meanwhile.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::sync::{Mutex, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// The longest secret.
const LONGEST: usize = 511;

/// A terminal that is silent, and how it was before.
static SILENT: Mutex<Option<(File, Termios)>> = Mutex::new(None);

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

/// The first line of a source, without its end. It is read byte by byte, because a buffer would keep it.
pub(crate) fn first_line(source: &mut impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let mut byte = Zeroizing::new([0]);
    loop {
        match source.read(&mut *byte) {
            Ok(1) if !byte.iter().any(|byte| matches!(byte, b'\n' | b'\r')) => line.extend(&*byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
            Ok(_) if line.is_empty() => return Err(io::Error::other("no key was given")),
            Ok(_) => return Ok(line),
        }
        if line.len() > LONGEST {
            return Err(io::Error::other(format!("it is longer than {LONGEST} bytes")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_a_key() {
        let read = |text: &[u8]| first_line(&mut &text[..]).map(|line| line.to_vec()).ok();
        assert_eq!(read(b"secret\nmore"), Some(b"secret".to_vec()));
        assert_eq!(read(b" a b "), Some(b" a b ".to_vec()));
        assert_eq!(read(b"dos\r\n"), Some(b"dos".to_vec()));
        assert_eq!(read(&[b'x'; 511]), Some(vec![b'x'; 511]));
        assert_eq!((read(&[b'x'; 512]), read(b""), read(b"\nx")), (None, None, None));
    }
}
