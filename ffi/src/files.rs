//! The files of the preference `ikewhy.peer_files`: found, bounded, read; the engine does no I/O of its own.
//!
//! Entries are separated by `;`: a file, a folder, or either after `ADDRESS=` where the user says whose it is. Only regular
//! files are read, at most [`ikewhy::policy::MAX_TEXT`] octets of each. Of a folder, configurations and logs by their
//! ending are taken, links are not followed.

use ikewhy::policy::{MAX_POLICIES, MAX_TEXT};
use ikewhy::session::Session;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// How deep a folder is searched.
const MAX_DEPTH: usize = 4;
/// The most entries of folders that are looked at.
const MAX_ENTRIES: usize = 4096;
/// What is taken of a folder. Files of secrets and keys never end so.
const ENDINGS: [&str; 5] = ["conf", "log", "cfg", "txt", "rsc"];

/// Reads all files of a preference's value into a session.
pub(crate) fn import(session: &mut Session, value: &str) {
    let mut found = Vec::new();
    for one in value.split(';').map(str::trim).filter(|one| !one.is_empty()) {
        let (owner, path) = match one.split_once('=') {
            Some((address, path)) if address.trim().parse::<IpAddr>().is_ok() => {
                (address.trim().parse().ok(), path.trim())
            }
            _ => (None, one),
        };
        let path = Path::new(path);
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => {
                let before = found.len();
                let mut left = MAX_ENTRIES;
                folder(path, MAX_DEPTH, &mut left, &mut |file| found.push((file, owner)));
                if found.len() == before {
                    session.import_failed(one, "this folder holds no configuration or log");
                }
                if left == 0 {
                    session.import_failed(one, "this folder is too large: not all of it was looked at");
                }
            }
            Ok(_) => found.push((path.to_owned(), owner)),
            Err(error) => {
                session.import_failed(one, &format!("cannot be read: {}", error.kind()));
            }
        }
    }
    let mut names = HashSet::new();
    for (path, owner) in found.into_iter().take(MAX_POLICIES) {
        let name = name(&path, &mut names);
        match text(&path) {
            Ok(text) => session.import(&name, &text, owner),
            Err(why) => session.import_failed(&name, &why),
        };
    }
}

/// The file's name; with its folder's where another file has the same.
fn name(path: &Path, taken: &mut HashSet<String>) -> String {
    let own = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    if taken.insert(own.clone()) {
        return own;
    }
    let above = path.parent().and_then(Path::file_name).unwrap_or_default();
    format!("{}/{own}", above.to_string_lossy())
}

/// Configurations and logs below a folder, in order of their names.
fn folder(path: &Path, depth: usize, left: &mut usize, take: &mut impl FnMut(PathBuf)) {
    let Ok(entries) = fs::read_dir(path) else { return };
    let mut entries: Vec<_> = entries.take(*left).flatten().collect();
    *left -= entries.len();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        let wanted = || path.extension().is_some_and(|e| ENDINGS.iter().any(|w| e == *w));
        if kind.is_dir() && depth > 1 {
            folder(&path, depth - 1, left, take);
        } else if kind.is_file() && wanted() {
            take(path);
        }
    }
}

/// A regular file's text; octets that are no UTF-8 are replaced.
fn text(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot be read: {}", error.kind());
    // Asked before it is opened: opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let limit = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX).saturating_add(1);
    let mut data = Vec::new();
    File::open(path)
        .map_err(failed)?
        .take(limit)
        .read_to_end(&mut data)
        .map_err(failed)?;
    Ok(
        String::from_utf8(data)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}
