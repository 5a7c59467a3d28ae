//! Peers' configurations and logs: found, bounded, read, wiped; the engine does no I/O of its own.
//!
//! Entries are separated by `;`: a file, a folder, or either after `ADDRESS=` where the user says whose it is. Only regular
//! files are read, at most [`ikewhy::policy::MAX_TEXT`] bytes of each and [`MAX_ALL`] of all together; of a log the last
//! [`ikewhy::policy::MAX_LOG`] bytes, and [`MAX_LOGS`] of all. Of a folder, configurations
//! and logs by their ending are taken, links are not followed. What a configuration includes is read too, as far as it lies below
//! that file's own folder, links resolved. Text is wiped as soon as it was parsed.

use glob::Pattern;
use ikewhy::policy::include::Host;
use ikewhy::policy::{self, MAX_LOG, MAX_POLICIES, MAX_TEXT};
use ikewhy::session::Session;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};
use zeroize::Zeroizing;

/// The most bytes of all files together: they take as long to read as some seconds of a capture.
const MAX_ALL: usize = 24 << 20;
const ALL_READ: &str = "not read: the files before it have 24 MiB together, and no more is read";
/// The same of logs.
const MAX_LOGS: usize = 96 << 20;
const LOGS_READ: &str = "not read: the logs before it have 96 MiB together, and no more is read";
/// So much of a file tells whether it is a log.
pub(crate) const BEGINNING: usize = 64 << 10;
/// Before the end of a log lines are counted in so many bytes at most; else they are counted from there.
const MAX_SKIPPED: u64 = 4 << 30;
/// Why a file is not opened that holds secrets, as its ending says.
pub(crate) const SECRET: &str = "a file of secrets, not read";
/// How deep a folder is searched.
const MAX_DEPTH: usize = 4;
/// The most entries of folders that are looked at.
const MAX_ENTRIES: usize = 4096;
/// The most files that one `include` brings along, and the most bytes of its pattern.
pub(crate) const MAX_MATCHES: usize = 64;
pub(crate) const MAX_PATTERN: usize = 1024;

/// A file to be read, and the address it belongs to if the user said so.
struct Found {
    path: PathBuf,
    owner: Option<IpAddr>,
    /// It was found in a folder, not named.
    by_folder: bool,
}

/// Reads the peers' files of a list into a session, before its packets: files or folders separated by `;`, each after `ADDRESS=`
/// where the user says whose it is. What cannot be read is a note of the session ([`Session::import_failed`]).
pub fn read_peer_files(session: &mut Session, list: &str) {
    read_peer_files_beside(session, list, None);
}

/// The same for a capture in this folder: a name without a folder of its own at the root is looked for there first, then where the
/// program runs.
pub fn read_peer_files_beside(session: &mut Session, list: &str, capture: Option<&Path>) {
    let mut found = Vec::new();
    for one in list.split(';').map(str::trim).filter(|one| !one.is_empty()) {
        let (owner, path) = match one.split_once('=') {
            Some((address, path)) if address.trim().parse::<IpAddr>().is_ok() => {
                (address.trim().parse().ok(), path.trim())
            }
            _ => (None, one),
        };
        let path = &beside(at_home(path), capture);
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => {
                let mut paths = Vec::new();
                let mut left = MAX_ENTRIES;
                folder(path, MAX_DEPTH, &mut left, &mut |file| paths.push(file));
                if paths.is_empty() {
                    session.import_failed(one, "this folder holds no configuration or log");
                }
                if left == 0 {
                    session.import_failed(one, "this folder is too large: not all of it was looked at");
                }
                // A configuration includes what lies deeper.
                paths.sort_by_key(|path| path.components().count());
                found.extend(paths.into_iter().map(|path| Found {
                    path,
                    owner,
                    by_folder: true,
                }));
            }
            Ok(_) => found.push(Found {
                path: path.to_owned(),
                owner,
                by_folder: false,
            }),
            Err(error) => {
                session.import_failed(one, &unreadable(&error));
            }
        }
    }
    if found.len() > MAX_POLICIES {
        let text = format!("only the first {MAX_POLICIES} of {} files were read", found.len());
        session.import_failed("ikewhy.peer_files", &text);
    }
    let mut names = HashSet::new();
    let mut included = HashSet::new();
    let mut left = Left::default();
    for Found {
        path,
        owner,
        by_folder,
    } in found.into_iter().take(MAX_POLICIES)
    {
        // It was read in its place already.
        if by_folder && path.canonicalize().is_ok_and(|path| included.contains(&path)) {
            continue;
        }
        let name = name(&path, &mut names);
        match text(&path, &mut left, MAX_TEXT) {
            Ok((text, before)) => {
                let mut includes = Includes::new(&path, before, &mut left);
                session.import_with(&name, &text, owner, &mut includes);
                included.extend(
                    includes
                        .read
                        .into_iter()
                        .filter_map(|id| includes.paths.get(id).cloned()),
                );
            }
            Err(why) => {
                session.import_failed(&name, &why);
            }
        }
    }
}

/// How many bytes may still be read.
pub(crate) struct Left {
    configurations: usize,
    logs: usize,
}

impl Default for Left {
    fn default() -> Self {
        Self {
            configurations: MAX_ALL,
            logs: MAX_LOGS,
        }
    }
}

/// Why a file cannot be read.
fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

/// A path that begins with `~/`, as a shell would read it.
fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// A relative path, in the capture's folder if it is there.
fn beside(path: PathBuf, capture: Option<&Path>) -> PathBuf {
    let there = capture
        .filter(|_| path.is_relative())
        .map(|folder| folder.join(&path));
    there.filter(|there| there.exists()).unwrap_or(path)
}

/// The files that one file includes.
struct Includes<'a> {
    /// Folder of the file that was given, links resolved; nothing outside it is read. `None` if it cannot be told.
    root: Option<PathBuf>,
    /// Paths by number, links resolved, and back; the file that was given is 0.
    paths: Vec<PathBuf>,
    numbers: HashMap<PathBuf, usize>,
    /// Numbers of those that were read.
    read: Vec<usize>,
    /// How many lines of the given file stand before what was read of it.
    before: u32,
    /// How many entries of folders may still be looked at, and how many bytes be read.
    entries: usize,
    bytes: &'a mut Left,
}

impl<'a> Includes<'a> {
    fn new(path: &Path, before: u32, bytes: &'a mut Left) -> Self {
        let above = path.parent().filter(|above| !above.as_os_str().is_empty());
        // The folder it was opened in, as the daemon sees it, even if the file itself is a link.
        let root = above.unwrap_or(Path::new(".")).canonicalize().ok();
        let own = root
            .as_deref()
            .unwrap_or(Path::new(""))
            .join(path.file_name().unwrap_or_default());
        Self {
            root,
            numbers: HashMap::from([(own.clone(), 0)]),
            paths: vec![own],
            read: Vec::new(),
            before,
            entries: MAX_ENTRIES,
            bytes,
        }
    }
}

impl Host for Includes<'_> {
    fn find(&mut self, by: usize, pattern: &str) -> Vec<Result<(usize, String), String>> {
        if pattern.len() > MAX_PATTERN {
            return vec![Err("not followed: this pattern is too long".to_owned())];
        }
        let folder = self.paths.get(by).and_then(|path| path.parent());
        let (Some(root), Some(folder)) = (self.root.clone(), folder) else {
            return vec![Err("its folder cannot be told".to_owned())];
        };
        let mut found = match matches(&folder.join(pattern), &root, &mut self.entries) {
            Ok(found) => found,
            Err(why) => return vec![Err(why)],
        };
        let more = found.len() > MAX_MATCHES;
        found.truncate(MAX_MATCHES);
        let mut all = Vec::with_capacity(found.len() + 1);
        for path in found {
            let name = path
                .strip_prefix(&root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            let number = *self.numbers.entry(path).or_insert_with_key(|path| {
                self.paths.push(path.clone());
                self.paths.len() - 1
            });
            all.push(Ok((number, name)));
        }
        if more {
            all.push(Err("only the first 64 of these files were read".to_owned()));
        }
        if self.entries == 0 {
            all.push(Err(
                "its folders are too large: not all of them was looked at".to_owned()
            ));
        }
        all
    }

    fn lines_before(&self) -> u32 {
        self.before
    }

    fn text(&mut self, file: usize, most: usize) -> Result<Zeroizing<String>, String> {
        let path = self.paths.get(file).ok_or("not known")?;
        let (text, _) = text(path, self.bytes, most).map_err(|why| {
            format!(
                "{}: {why}",
                path.strip_prefix(self.root.as_deref().unwrap_or(path))
                    .unwrap_or(path)
                    .display()
            )
        })?;
        self.read.push(file);
        Ok(text)
    }
}

/// The files below `root` that a path with `*`, `?` and `[...]` in its parts means, in order of their names, links resolved.
fn matches(path: &Path, root: &Path, left: &mut usize) -> Result<Vec<PathBuf>, String> {
    let inside = |path: &Path| match path.canonicalize() {
        Ok(real) if real.starts_with(root) => Ok(real),
        Err(error) if path.starts_with(root) => Err(unreadable(&error)),
        _ => Err("not followed, because it lies outside the folder of the file that was given".to_owned()),
    };
    let mut found = vec![PathBuf::new()];
    let mut wild = false;
    for part in path.components() {
        let pattern = match part {
            Component::Normal(name) => name.to_string_lossy(),
            other => {
                found.iter_mut().for_each(|path| path.push(other));
                continue;
            }
        };
        if !pattern.contains(['*', '?', '[']) {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        wild = true;
        let pattern = Pattern::new(&pattern).map_err(|_| "not followed: no pattern of names".to_owned())?;
        let mut next = Vec::new();
        for folder in found {
            // Nothing is looked at outside the root either.
            let folder = match inside(&folder) {
                Ok(folder) => folder,
                Err(_) if !next.is_empty() => continue,
                Err(why) => return Err(why),
            };
            let Ok(entries) = fs::read_dir(folder.as_path()) else {
                continue;
            };
            let before = next.len();
            for entry in entries.take(*left).flatten() {
                *left -= 1;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                // As a shell does, names with a dot in front only where that is asked for.
                if pattern.matches(&name) && name.starts_with('.') == pattern.as_str().starts_with('.') {
                    next.push(entry.path());
                }
            }
            if let Some(new) = next.get_mut(before..) {
                new.sort();
            }
        }
        found = next;
    }
    if !wild {
        return found.iter().map(|path| inside(path)).collect();
    }
    // Of many, those outside are passed over only if there is one inside.
    let (good, bad): (Vec<_>, Vec<_>) = found.iter().map(|path| inside(path)).partition(Result::is_ok);
    match (good.is_empty(), bad.into_iter().find_map(Result::err)) {
        (true, Some(why)) => Err(why),
        _ => Ok(good.into_iter().flatten().collect()),
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
        let wanted = || ending(&path).is_some_and(policy::is_taken);
        if kind.is_dir() && depth > 1 {
            folder(&path, depth - 1, left, take);
        } else if kind.is_file() && wanted() {
            take(path);
        }
    }
}

pub(crate) fn ending(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

/// A regular file's text, and how many lines stand before it: of one that is given, the beginning is read, of a log the end. Every copy
/// is wiped; `left` bytes may be read of all.
fn text(path: &Path, left: &mut Left, most: usize) -> Result<(Zeroizing<String>, u32), String> {
    if ending(path).is_some_and(policy::is_secret) {
        return Err(SECRET.to_owned());
    }
    let failed = |error: std::io::Error| unreadable(&error);
    let regular = |about: &fs::Metadata| {
        if about.is_file() {
            Ok(())
        } else {
            Err("is not a regular file".to_owned())
        }
    };
    // Asked before it is opened: opening a pipe would wait for its writer.
    regular(&fs::metadata(path).map_err(failed)?)?;
    let mut file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    regular(&about)?;
    text_of(&mut file, about.len(), left, most)
}

/// The same of what is open, and so long.
pub(crate) fn text_of(
    file: &mut (impl Read + Seek),
    length: u64,
    left: &mut Left,
    most: usize,
) -> Result<(Zeroizing<String>, u32), String> {
    let failed = |error: std::io::Error| unreadable(&error);
    let whole = usize::try_from(length).unwrap_or(usize::MAX);
    if most < MAX_TEXT && whole > most {
        return Err("not followed: together these files are too large".to_owned());
    }
    let beginning = bytes(file, whole.min(BEGINNING)).map_err(failed)?;
    let order = order(&beginning);
    let log = whole > MAX_TEXT && policy::is_log(&decoded(beginning, order));
    let (bound, left, no_more) = if log {
        (MAX_LOG, &mut left.logs, LOGS_READ)
    } else {
        (MAX_TEXT, &mut left.configurations, ALL_READ)
    };
    // One byte more shows that there is more.
    let size = whole.min(bound) + usize::from(!log);
    *left = left.checked_sub(size).ok_or(no_more)?;
    let skipped = if log { whole.saturating_sub(bound) } else { 0 };
    // A letter of UTF-16 has two bytes.
    let skipped = u64::try_from(skipped & !1).unwrap_or(u64::MAX);
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut before = lines(file, skipped).map_err(failed)?;
    file.seek(SeekFrom::Start(skipped)).map_err(failed)?;
    let mut text = decoded(bytes(file, size).map_err(failed)?, order);
    if skipped > 0 {
        // The rest of a line.
        let rest = text.find('\n').map_or(0, |end| end + 1);
        text.drain(..rest);
        before = before.saturating_add(1);
    }
    Ok((text, before))
}

/// So many bytes, or as many as there are. Allocated once: a buffer that grows leaves copies behind.
fn bytes(file: &mut impl Read, size: usize) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut data = Zeroizing::new(vec![0; size]);
    let mut filled = 0;
    while let Some(rest) = data.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    data.truncate(filled);
    Ok(data)
}

/// How many lines end in so many bytes; none, if they are too many to be counted.
fn lines(file: &mut impl Read, size: u64) -> std::io::Result<u32> {
    let mut left = if size > MAX_SKIPPED { 0 } else { size };
    let mut count: u64 = 0;
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(BEGINNING).min(BEGINNING);
        let data = bytes(file, part)?;
        if data.is_empty() {
            break;
        }
        count += data.iter().filter(|byte| **byte == b'\n').count() as u64;
        left = left.saturating_sub(data.len() as u64);
    }
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The order of bytes in a text of UTF-16, by its mark, as Windows PowerShell writes it: the low one first, or the high one.
fn order(data: &[u8]) -> Option<bool> {
    match data {
        [0xFF, 0xFE, ..] => Some(true),
        [0xFE, 0xFF, ..] => Some(false),
        _ => None,
    }
}

/// Text in UTF-8, or in UTF-16 of this order; bytes that are neither are replaced.
fn decoded(mut data: Zeroizing<Vec<u8>>, order: Option<bool>) -> Zeroizing<String> {
    let filled = data.len();
    if let Some(little) = order {
        let units = data
            .chunks_exact(2)
            .filter_map(|two| <[u8; 2]>::try_from(two).ok());
        let units = units.map(|two| {
            if little {
                u16::from_le_bytes(two)
            } else {
                u16::from_be_bytes(two)
            }
        });
        let mut text = Zeroizing::new(String::with_capacity(filled / 2 * 3));
        let letters = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        text.extend(letters.skip_while(|c| *c == '\u{FEFF}'));
        return text;
    }
    let data = match String::from_utf8(std::mem::take(&mut *data)) {
        Ok(text) => return Zeroizing::new(text),
        Err(error) => Zeroizing::new(error.into_bytes()),
    };
    let replaced = data
        .utf8_chunks()
        .filter(|chunk| !chunk.invalid().is_empty())
        .count();
    let mut text = Zeroizing::new(String::with_capacity(filled + replaced * 3));
    for chunk in data.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}
