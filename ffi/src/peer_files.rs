//! Reads the files a user names in the preference `ikewhy.peer_files`: configurations of the peers.
//!
//! `server.conf;10.0.0.1=client.conf;folder`: files or folders, each with the address it belongs to where the user says so. What
//! cannot be read becomes a note in the report, never an error.

use std::fs::{self, File};
use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ikewhy::policy::MAX_FILE;
use ikewhy::session::Session;

/// The most files read, and the depth of folders below one that is named.
const MAX_FILES: usize = 256;
const MAX_DEPTH: usize = 3;

/// Gives the session each file of the list.
pub(crate) fn read(session: &mut Session, list: &str) {
    let mut left = MAX_FILES;
    for entry in list.split([';', '\n']).map(str::trim).filter(|e| !e.is_empty()) {
        let (owner, path) = match entry.split_once('=') {
            Some((address, path)) if address.trim().parse::<IpAddr>().is_ok() => {
                (address.trim().parse().ok(), path.trim())
            }
            _ => (None, entry),
        };
        take(session, owner, Path::new(path), MAX_DEPTH, true, &mut left);
    }
    if left == 0 {
        session.note_peer_file(format!("more than {MAX_FILES} files: the rest was not read"));
    }
}

/// A file, or the files of a folder in the order of their names. Links to folders are not followed.
fn take(
    session: &mut Session,
    owner: Option<IpAddr>,
    path: &Path,
    depth: usize,
    named: bool,
    left: &mut usize,
) {
    let shown = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    let kind = if named {
        fs::metadata(path)
    } else {
        fs::symlink_metadata(path)
    };
    let kind = match kind {
        Ok(kind) => kind.file_type(),
        Err(error) => return session.note_peer_file(format!("{}: {error}", path.display())),
    };
    if kind.is_dir() && depth > 0 {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let mut below: Vec<PathBuf> = entries.map(|e| e.path()).take(MAX_FILES * 4).collect();
        below.sort();
        for path in below {
            take(session, owner, &path, depth - 1, false, left);
        }
    } else if kind.is_file() && *left > 0 {
        *left -= 1;
        match text(path) {
            // In a folder there are other files as well.
            Ok(text) => {
                if !session.add_peer_file(owner, &shown, &text) && named {
                    session.note_peer_file(format!("{shown}: not a configuration that is known here"));
                }
            }
            Err(error) => session.note_peer_file(format!("{shown}: {error}")),
        }
    } else if named {
        session.note_peer_file(format!("{shown}: neither a file nor a folder"));
    }
}

fn text(path: &Path) -> std::io::Result<String> {
    let mut octets = Vec::new();
    File::open(path)?.take(MAX_FILE as u64).read_to_end(&mut octets)?;
    Ok(String::from_utf8_lossy(&octets).into_owned())
}
