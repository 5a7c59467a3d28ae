//! A capture that is whole becomes a session: its packets, with what the user gave beside them.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use ikewhy::keys::{Decryptor, Keys};
use ikewhy::session::{Options, Session};

use crate::capture::{Capture, Unreadable, feed, feed_decrypted};
use crate::key_tables::read_key_tables;
use crate::peer_files::read_peer_files_beside;

/// Bytes that say what a file is: a shorter one is no capture.
pub const SHORTEST: u64 = 4;

/// What the user gave beside a capture.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The peers' configurations and logs, as [`read_peer_files`](crate::read_peer_files) takes them.
    pub peer_files: Option<String>,
    /// A folder with tables of keys, or one table, as [`read_key_tables`] takes it.
    pub keys: Option<PathBuf>,
}

impl Beside {
    /// A session that has read the peers' files, for a capture in this folder.
    #[must_use]
    pub fn session(&self, folder: Option<&Path>) -> Session {
        let mut session = Session::new(Options::default());
        if let Some(files) = &self.peer_files {
            read_peer_files_beside(&mut session, files, folder);
        }
        session
    }

    /// What decrypts, if there are keys. What of the tables is not used is not said here: [`read_key_tables`] does.
    #[must_use]
    pub fn decryptor(&self) -> Option<Decryptor> {
        let mut keys = Keys::default();
        let _said = read_key_tables(&mut keys, self.keys.as_deref()?);
        Some(Decryptor::new(keys))
    }

    /// Reads a capture, in this folder if it is in one, to its end or to its [`Capture::damage`].
    #[must_use]
    pub fn read(&self, capture: &mut Capture, folder: Option<&Path>) -> Session {
        let mut session = self.session(folder);
        match self.decryptor() {
            Some(mut keys) => feed_decrypted(capture, &mut keys, &mut session),
            None => feed(capture, &mut session),
        }
        session
    }
}

/// Whether a file is there to be read from its beginning to its end: a pipe, for one, would be waited for without an end.
///
/// # Errors
///
/// Why it is not.
pub fn check_whole(path: &Path) -> Result<(), Unreadable> {
    let about = fs::metadata(path)?;
    if about.is_dir() {
        // Who may not look into it, hears of that.
        fs::read_dir(path)?;
    }
    if !about.is_file() {
        return Err(Unreadable::NotRegular {
            is_pipe: is_pipe(&about),
        });
    }
    if about.len() < SHORTEST {
        return Err(Unreadable::Short);
    }
    Ok(())
}

#[cfg(unix)]
fn is_pipe(about: &fs::Metadata) -> bool {
    about.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_to_its_end_is_refused() {
        let why = |path: &str| check_whole(Path::new(path)).err().map(|why| why.to_string());
        let here = env!("CARGO_MANIFEST_DIR");
        for (path, expected) in [
            (format!("{here}/Cargo.toml"), None),
            (format!("{here}/src"), Some("is not a regular file")),
            (format!("{here}/nowhere"), Some("there is no such file")),
        ] {
            assert_eq!(why(&path).as_deref(), expected, "{path}");
        }
        #[cfg(unix)]
        for (path, expected) in [
            ("/dev/zero".to_owned(), "is not a regular file"),
            (
                format!("{here}/Cargo.toml/below"),
                "cannot be read: Not a directory",
            ),
        ] {
            assert_eq!(why(&path).as_deref(), Some(expected), "{path}");
        }
    }
}
