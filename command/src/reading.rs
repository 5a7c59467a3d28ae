//! A capture becomes a session: its packets, with what the user gave beside them.

use std::path::Path;

use ikewhy::keys::Keys;
use ikewhy::session::Session;
use ikewhy_sources::{Beside, Capture, Unreadable, Unused, check_whole, read_key_tables};

use crate::Status;
use crate::arguments::Input;
use crate::trouble::{Trouble, reason, say, shown};

/// What a capture says, as far as it can be read.
pub(crate) struct Read {
    pub(crate) session: Session,
    /// What is wrong with the rest of it: a sentence without its subject.
    pub(crate) damage: Option<String>,
}

/// Reads a capture. An error is a sentence without its subject.
pub(crate) fn read(path: &Path, input: &Input) -> Result<Read, String> {
    let mut capture = open(path)?;
    let session = beside(input).read(&mut capture, path.parent());
    let damage = capture.damage().map(ToString::to_string);
    Ok(Read { session, damage })
}

/// Opens a capture that is whole.
pub(crate) fn open(path: &Path) -> Result<Capture, String> {
    check(path)?;
    Capture::open(path).map_err(|error| why(&error))
}

/// Whether a file can be a capture that is whole.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    check_whole(path).map_err(|error| why(&error))
}

/// What the user gave beside captures.
pub(crate) fn beside(input: &Input) -> Beside {
    Beside {
        peer_files: input.peer_files.clone(),
        keys: input.keys.clone(),
    }
}

/// Says what of the tables of keys is not used, before anything is read with them: no key is shown.
pub(crate) fn check_keys(input: &Input) -> Result<Status, Trouble> {
    let Some(folder) = &input.keys else {
        return Ok(Status::NoneFailed);
    };
    let mut status = Status::NoneFailed;
    for (table, unused) in read_key_tables(&mut Keys::default(), folder) {
        let name = if input.redact {
            "what --keys names".to_owned()
        } else {
            shown(&table)
        };
        let sentence = match &unused {
            Unused::Table(error) => return Err(Trouble::Said(format!("{name}: {}", reason(error)))),
            other => format!("{name}: {other}"),
        };
        say(&sentence);
        status = Status::Trouble;
    }
    Ok(status)
}

/// Why a capture cannot be read, a sentence without its subject.
pub(crate) fn why(error: &Unreadable) -> String {
    match error {
        Unreadable::NotRegular { is_pipe: true } => format!("{error}; see `ikewhy live`"),
        other => other.to_string(),
    }
}
