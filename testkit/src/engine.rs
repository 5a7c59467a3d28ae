//! The engine in this process, as every host without Wireshark asks it: captures, tables of keys and peers' files by the reader.

use ikewhy::keys::{Decryptor, Keys};
use ikewhy::session::{Options, Session};
use ikewhy_sources::{Capture, feed_decrypted, read_key_tables, read_peer_files};
use std::path::{Path, PathBuf};

/// A session that has read a capture, as far as it is whole, with tables of keys and peers' files. A row that is not understood is a
/// failure.
#[must_use]
pub fn session(capture: &Path, tables: &[PathBuf], files: &[PathBuf]) -> Session {
    let mut session = Session::new(Options::default());
    read_peer_files(&mut session, &list(files));
    let mut keys = Keys::default();
    for table in tables {
        let unused = read_key_tables(&mut keys, table);
        assert!(unused.is_empty(), "{unused:?}");
    }
    let path = capture.display();
    let mut capture = Capture::open(capture).unwrap_or_else(|error| panic!("{path} {error}"));
    feed_decrypted(&mut capture, &mut Decryptor::new(keys), &mut session);
    session
}

/// Peers' files as the preference and the reader take them.
#[must_use]
pub fn list(files: &[PathBuf]) -> String {
    let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
    files.join(";")
}
