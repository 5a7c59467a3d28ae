//! Peers' configurations and logs: found, bounded, read, wiped; the engine does no I/O of its own.
//!
//! Entries are separated by `;`: a file, a folder, or either after `ADDRESS=` where the user says whose it is. Only regular
//! files are read, at most [`ikewhy::policy::MAX_TEXT`] bytes of each and [`MAX_ALL`] of all together. Of a folder, configurations
//! and logs by their ending are taken, links are not followed. What a configuration includes is read too, as far as it lies below
//! that file's own folder, links resolved. Text is wiped as soon as it was parsed.

use glob::Pattern;
use ikewhy::policy::include::Host;
use ikewhy::policy::{self, MAX_POLICIES, MAX_TEXT};
use ikewhy::session::Session;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::Read;
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};
use zeroize::Zeroizing;

/// The most bytes of all files together: they take as long to read as some seconds of a capture.
const MAX_ALL: usize = 24 << 20;
const ALL_READ: &str = "not read: the files before it have 24 MiB together, and no more is read";
/// How deep a folder is searched.
const MAX_DEPTH: usize = 4;
/// The most entries of folders that are looked at.
const MAX_ENTRIES: usize = 4096;
/// The most files that one `include` brings along, and the most bytes of its pattern.
const MAX_MATCHES: usize = 64;
const MAX_PATTERN: usize = 1024;

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
    let mut found = Vec::new();
    for one in list.split(';').map(str::trim).filter(|one| !one.is_empty()) {
        let (owner, path) = match one.split_once('=') {
            Some((address, path)) if address.trim().parse::<IpAddr>().is_ok() => {
                (address.trim().parse().ok(), path.trim())
            }
            _ => (None, one),
        };
        let path = &at_home(path);
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
    let mut left = MAX_ALL;
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
            Ok(text) => {
                let mut includes = Includes::new(&path, &mut left);
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

/// The files that one file includes.
struct Includes<'a> {
    /// Folder of the file that was given, links resolved; nothing outside it is read. `None` if it cannot be told.
    root: Option<PathBuf>,
    /// Paths by number, links resolved, and back; the file that was given is 0.
    paths: Vec<PathBuf>,
    numbers: HashMap<PathBuf, usize>,
    /// Numbers of those that were read.
    read: Vec<usize>,
    /// How many entries of folders may still be looked at, and how many bytes be read.
    entries: usize,
    bytes: &'a mut usize,
}

impl<'a> Includes<'a> {
    fn new(path: &Path, bytes: &'a mut usize) -> Self {
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

    fn text(&mut self, file: usize, most: usize) -> Result<Zeroizing<String>, String> {
        let path = self.paths.get(file).ok_or("not known")?;
        let text = text(path, self.bytes, most).map_err(|why| {
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

fn ending(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

/// A regular file's text, in UTF-8 or, with a byte order mark as Windows PowerShell writes it, in UTF-16; bytes that are
/// neither are replaced. Every copy is wiped. Of one that is given, the beginning is read; `left` bytes may be read of all.
fn text(path: &Path, left: &mut usize, most: usize) -> Result<Zeroizing<String>, String> {
    if ending(path).is_some_and(policy::is_secret) {
        return Err("a file of secrets, not read".to_owned());
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
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    regular(&about)?;
    let whole = usize::try_from(about.len()).unwrap_or(usize::MAX);
    if most < MAX_TEXT && whole > most {
        return Err("not followed: together these files are too large".to_owned());
    }
    // One byte more shows that there is more. Allocated once: a buffer that grows leaves copies behind.
    let size = whole.min(MAX_TEXT) + 1;
    if size > *left {
        return Err(ALL_READ.to_owned());
    }
    *left -= size;
    let mut data = Zeroizing::new(vec![0; size]);
    let mut filled = 0;
    let mut file = file.take(u64::try_from(size).unwrap_or(u64::MAX));
    while let Some(rest) = data.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    data.truncate(filled);
    if let [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] = data.as_slice() {
        let little = data.first() == Some(&0xFF);
        let units = rest
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
        text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        return Ok(text);
    }
    let data = match String::from_utf8(std::mem::take(&mut *data)) {
        Ok(text) => return Ok(Zeroizing::new(text)),
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
    Ok(text)
}
