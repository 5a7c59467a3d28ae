//! A report as a file of its own, for a browser to open.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ikewhy::report::wanted::Wanted;
use ikewhy::session::Session;

/// How many reports may lie in a folder.
const MOST: u32 = 1000;

/// Writes the report to a new file, which only this user may read, and gives its path.
pub(crate) fn write(session: &mut Session, wanted: &Wanted) -> io::Result<String> {
    let (mut file, path) = folders()
        .find_map(|folder| new_file(&folder))
        .ok_or(io::ErrorKind::NotFound)?;
    let mut writing = session.begin(wanted);
    while let Some(piece) = session.next_piece(&mut writing) {
        file.write_all(piece.as_bytes())?;
    }
    // A path that is not UTF-8 could not be said.
    path.into_os_string()
        .into_string()
        .map_err(|_| io::ErrorKind::InvalidFilename.into())
}

/// Where a report may lie, best first. A browser that is confined (snap, flatpak) reads none of the hidden folders, and has a folder
/// for temporary files of its own: of downloads, all may read.
fn folders() -> impl Iterator<Item = PathBuf> {
    let home = env::home_dir();
    let named = home.as_deref().and_then(named_downloads);
    let usual = home.map(|home| home.join("Downloads"));
    named.into_iter().chain(usual).chain([env::temp_dir()])
}

/// The folder of downloads by the name that the desktop has for it (xdg-user-dirs).
fn named_downloads(home: &Path) -> Option<PathBuf> {
    let settings = env::var_os("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    downloads_of(home, &fs::read_to_string(settings.join("user-dirs.dirs")).ok()?)
}

/// The same of that file: `XDG_DOWNLOAD_DIR="$HOME/Downloads"`.
fn downloads_of(home: &Path, settings: &str) -> Option<PathBuf> {
    let line = settings
        .lines()
        .find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?;
    let path = line.trim().trim_matches('"');
    match path.strip_prefix("$HOME/") {
        Some(below) if !below.is_empty() => Some(home.join(below)),
        Some(_) => None,
        None => Some(PathBuf::from(path)).filter(|path| path.is_absolute()),
    }
}

/// A file that was not there before: `ikewhy-report.html`, `ikewhy-report-2.html`, ...
fn new_file(folder: &Path) -> Option<(File, PathBuf)> {
    for number in 1..=MOST {
        let path = folder.join(match number {
            1 => "ikewhy-report.html".to_owned(),
            _ => format!("ikewhy-report-{number}.html"),
        });
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => return Some((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only desktops of Unix have such a file.
    #[cfg(unix)]
    #[test]
    fn the_folder_of_downloads_is_found_by_its_name() {
        let home = Path::new("/users/me");
        let settings = "# comment\nXDG_DESKTOP_DIR=\"$HOME/Bureau\"\nXDG_DOWNLOAD_DIR=\"$HOME/T\u{e9}l\u{e9}chargements\"\n";
        assert_eq!(
            downloads_of(home, settings),
            Some(home.join("T\u{e9}l\u{e9}chargements"))
        );
        assert_eq!(
            downloads_of(home, "XDG_DOWNLOAD_DIR=\"/data/down\""),
            Some(PathBuf::from("/data/down"))
        );
        // No such folder: it is set to the home folder itself then.
        assert_eq!(downloads_of(home, "XDG_DOWNLOAD_DIR=\"$HOME/\""), None);
        assert_eq!(downloads_of(home, "XDG_DOWNLOAD_DIR=\"down\""), None);
        assert_eq!(downloads_of(home, ""), None);
    }

    #[test]
    fn a_file_that_is_there_is_left_alone() {
        let folder = env::temp_dir().join(format!("ikewhy-page-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("ikewhy-report.html"), "kept").unwrap();
        let (_, path) = new_file(&folder).unwrap();
        assert_eq!(path, folder.join("ikewhy-report-2.html"));
        assert_eq!(
            fs::read_to_string(folder.join("ikewhy-report.html")).unwrap(),
            "kept"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(new_file(&folder.join("missing")).is_none());
        fs::remove_dir_all(&folder).unwrap();
    }
}
