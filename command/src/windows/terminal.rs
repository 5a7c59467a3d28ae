//! The console: how wide it is; asks for a secret, which it does not show meanwhile.

use std::io;
use std::os::windows::io::AsHandle;

use console::{Key, Term};
use terminal_size::{Width, terminal_size_of};
use zeroize::Zeroizing;

use crate::secret::{LONGEST, first_line};

/// Characters of a line.
pub(crate) fn columns(console: impl AsHandle) -> Option<usize> {
    let (Width(columns), _) = terminal_size_of(console)?;
    Some(columns.into())
}

/// Asks on the console.
pub(crate) fn ask(words: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let console = Term::stderr();
    if !console.is_term() {
        return Err(io::Error::other("there is no console to ask on; see --key-file"));
    }
    console.write_str(words)?;
    // As long as the longest key and more: a buffer that grows leaves copies behind.
    let mut typed = Zeroizing::new(Vec::with_capacity(LONGEST + char::MAX.len_utf8() + 1));
    loop {
        match console.read_key()? {
            Key::Enter => break,
            Key::Backspace => {
                while let Some(byte) = typed.pop() {
                    // The first byte of a letter.
                    if !(0x80..0xC0).contains(&byte) {
                        break;
                    }
                }
            }
            Key::Char(c) if typed.len() <= LONGEST => {
                typed.extend(c.encode_utf8(&mut Zeroizing::new([0; 4])[..]).bytes());
            }
            _ => {}
        }
    }
    console.write_line("")?;
    first_line(&mut &typed[..])
}
