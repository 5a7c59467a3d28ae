//! A capture becomes a session: its packets, with what the user gave beside them.

use std::path::Path;

use ikewhy::keys::{Decryptor, Keys};
use ikewhy::session::{Options, Session};
use ikewhy_sources::{
    Capture, Unreadable, Unused, feed, feed_decrypted, read_key_tables, read_peer_files_beside,
};

use crate::Status;
use crate::arguments::Input;
use crate::captures;
use crate::trouble::{Trouble, reason, say, shown};

/// What a capture says, as far as it can be read.
pub(crate) struct Read {
    pub(crate) session: Session,
    /// What is wrong with the rest of it: a sentence without its subject.
    pub(crate) damage: Option<String>,
}

/// Reads a capture. An error is a sentence without its subject.
pub(crate) fn read(path: &Path, input: &Input) -> Result<Read, String> {
    if let Some(trouble) = captures::trouble_with(path) {
        return Err(trouble);
    }
    let mut capture = Capture::open(path).map_err(|error| why(&error))?;
    let mut session = begin(input, path.parent());
    match decryptor(input) {
        Some(mut keys) => feed_decrypted(&mut capture, &mut keys, &mut session),
        None => feed(&mut capture, &mut session),
    }
    Ok(Read {
        session,
        damage: capture.damage().map(ToString::to_string),
    })
}

/// A session with the peers' files, for a capture in this folder.
pub(crate) fn begin(input: &Input, folder: Option<&Path>) -> Session {
    let mut session = Session::new(Options::default());
    if let Some(files) = &input.peer_files {
        read_peer_files_beside(&mut session, files, folder);
    }
    session
}

/// What decrypts, if there are keys.
pub(crate) fn decryptor(input: &Input) -> Option<Decryptor> {
    let folder = input.keys.as_ref()?;
    let mut keys = Keys::default();
    let _said = read_key_tables(&mut keys, folder); // by `check_keys`
    Some(Decryptor::new(keys))
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
        Unreadable::Io(error) => format!("cannot be read: {}", reason(error)),
        other => other.to_string(),
    }
}
