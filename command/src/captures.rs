//! Which captures are meant: files that are named, and what folders hold of them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::trouble::{Trouble, shown};

/// What is taken of a folder; a file that is named is always read.
const ENDINGS: [&str; 7] = ["cap", "dmp", "erf", "ntar", "pcap", "pcapng", "snoop"];
const PACKED: [&str; 3] = ["gz", "lz4", "zst"];
/// How deep folders are searched: one may lead into itself.
const MAX_DEPTH: usize = 64;

/// All captures in files and folders, in order. What cannot be looked into is one of them: it will be said of it.
pub(crate) fn find(places: &[PathBuf], redact: bool) -> Result<Vec<PathBuf>, Trouble> {
    let mut found = Vec::new();
    for (number, place) in (1..).zip(places) {
        if !place.is_dir() {
            found.push(place.clone());
            continue;
        }
        let mut inside = Vec::new();
        search(place, MAX_DEPTH, &mut inside);
        if inside.is_empty() {
            let name = if redact {
                format!("folder {number}")
            } else {
                shown(place)
            };
            let endings = ENDINGS.map(|ending| format!(".{ending}")).join(", ");
            return Err(Trouble::Said(format!("{name} holds no captures ({endings})")));
        }
        inside.sort_unstable();
        found.append(&mut inside);
    }
    Ok(found)
}

/// Links to files are followed, links to folders are not: they may lead back.
fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        found.push(folder.to_owned());
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 0 {
            search(&path, depth - 1, found);
        } else if !is_folder && is_capture(&path) && path.is_file() {
            found.push(path);
        }
    }
}

/// By its ending, in front of which another may say that it is packed.
fn is_capture(path: &Path) -> bool {
    let one_of = |path: &Path, endings: &[&str]| {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        ending.is_some_and(|ending| endings.iter().any(|known| ending == *known))
    };
    let unpacked = path.file_stem().filter(|_| one_of(path, &PACKED));
    one_of(unpacked.map_or(path, Path::new), &ENDINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_known_by_their_endings() {
        for (name, expected) in [
            ("a.pcap", true),
            ("a.PCAPNG", true),
            ("a.pcap.gz", true),
            ("a.b.cap.zst", true),
            ("a.gz", false),
            ("a.txt", false),
            (".pcap", false),
            ("pcap", false),
        ] {
            assert_eq!(is_capture(Path::new(name)), expected, "{name}");
        }
    }
}
