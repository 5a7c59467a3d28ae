//! Tables of keys, as Wireshark writes them into a profile and strongSwan's save-keys plugin into its folder.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ikewhy::keys::{Keys, MAX_ROWS, Problem};
use zeroize::Zeroizing;

use crate::system::reason;

/// What Wireshark and save-keys call them.
pub(crate) const TABLES: [&str; 3] = ["ikev1_decryption_table", "ikev2_decryption_table", "esp_sa"];
/// The longest table: as many rows as are kept, each with the longest keys there are, and room for comments.
const MAX_TABLE: usize = MAX_ROWS * 1024;

/// Why something in a table is not used. Its text is a sentence without the table's name, and never a part of the table.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unused {
    /// The file is not read.
    Table(io::Error),
    /// It is longer than a table can be; its beginning is used.
    Rest,
    /// A row is not understood.
    Row(Problem),
}

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(error) => write!(f, "cannot be read: {}", reason(error)),
            Self::Rest => write!(f, "is longer than {MAX_TABLE} bytes: the rest is not read"),
            Self::Row(problem) => write!(f, "{problem}"),
        }
    }
}

/// Reads the tables of a folder (Wireshark's profile, or where save-keys writes), or one table of any name, into `keys`. Returns which
/// files have something that is not used, and why.
///
/// Keys are read from files only: whoever can list the processes sees a command line. Each copy of a table is wiped.
#[must_use]
pub fn read_key_tables(keys: &mut Keys, path: &Path) -> Vec<(PathBuf, Unused)> {
    if !path.is_dir() {
        return read_table(keys, path);
    }
    let tables = TABLES.map(|name| path.join(name));
    let tables: Vec<_> = tables.into_iter().filter(|table| table.exists()).collect();
    if tables.is_empty() {
        let text = format!("this folder has no {}", TABLES.join(", "));
        let none = io::Error::new(io::ErrorKind::NotFound, text);
        return vec![(path.to_owned(), Unused::Table(none))];
    }
    tables.iter().flat_map(|table| read_table(keys, table)).collect()
}

fn read_table(keys: &mut Keys, path: &Path) -> Vec<(PathBuf, Unused)> {
    let unused = match open(path) {
        Ok((mut file, length)) => read_open_table(keys, &mut file, length),
        Err(error) => vec![Unused::Table(error)],
    };
    unused
        .into_iter()
        .map(|unused| (path.to_owned(), unused))
        .collect()
}

/// Reads a table that is open, and so long.
pub(crate) fn read_open_table(keys: &mut Keys, file: &mut impl Read, length: usize) -> Vec<Unused> {
    let table = match bytes(file, length) {
        Ok(table) => table,
        Err(error) => return vec![Unused::Table(error)],
    };
    let problems = keys.add(table.get(..MAX_TABLE).unwrap_or(&table));
    let mut unused: Vec<_> = problems.into_iter().map(Unused::Row).collect();
    if table.len() > MAX_TABLE {
        unused.push(Unused::Rest);
    }
    unused
}

/// A regular file, and its length.
fn open(path: &Path) -> io::Result<(File, usize)> {
    let regular = |about: fs::Metadata| {
        let length = usize::try_from(about.len()).unwrap_or(usize::MAX);
        let not = || io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        about.is_file().then_some(length).ok_or_else(not)
    };
    // Asked before it is opened: opening a pipe would wait for its writer.
    regular(fs::metadata(path)?)?;
    let file = File::open(path)?;
    let length = regular(file.metadata()?)?;
    Ok((file, length))
}

/// A file's bytes, one more than [`MAX_TABLE`] at most. Allocated once: a buffer that grows leaves copies behind.
fn bytes(file: &mut impl Read, length: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; length.min(MAX_TABLE + 1)]);
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
