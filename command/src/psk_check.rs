//! `ikewhy psk-check`: tries a pre-shared key on each negotiation in Aggressive Mode. The key is no argument, because these end in a
//! history and before other users; it is read after the capture, compared and wiped.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::Status;
use crate::arguments::{Input, PskCheck};
use crate::output::Output;
use crate::trouble::{Trouble, reason, say, shown};
use crate::{reading, secret, system};

pub(crate) fn run(wanted: &PskCheck, output: &mut Output) -> Result<Status, Trouble> {
    let name = shown(&wanted.capture);
    let read = reading::read(&wanted.capture, &Input::default())
        .map_err(|why| Trouble::Said(format!("{name}: {why}")))?;
    let key = key(wanted.key_file.as_deref())
        .map_err(|error| Trouble::Said(format!("the key cannot be read: {}", reason(&error))))?;
    output.write_all(read.session.check_psk(&key).as_bytes())?;
    drop(key);
    Ok(match read.damage {
        Some(damage) => {
            output.flush()?;
            say(&format!("{name}: {damage}"));
            Status::Trouble
        }
        None => Status::NoneFailed,
    })
}

fn key(file: Option<&Path>) -> io::Result<Zeroizing<Vec<u8>>> {
    match file {
        None => system::terminal::ask("Pre-shared key to try (not shown, not kept): "),
        // Past the buffer of standard input, which would keep it.
        Some(file) if file == Path::new("-") => secret::first_line(&mut system::stdin()?),
        Some(file) => secret::first_line(&mut File::open(file)?),
    }
}
