//! What the command needs of Windows beyond the standard library; `unix/` is the same of a Unix.
//!
//! ```text
//! programs   what runs for this one, and ends with it        signals    what ends this one, and how
//! answers    what a program says, waited for so long         terminal   asks for a secret
//! ```

pub(crate) mod answers;
pub(crate) mod programs;
pub(crate) mod signals;
pub(crate) mod terminal;

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::windows::io::AsHandle as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// This program.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    env::current_exe()
}

/// A program by its name: it is looked for in PATH, and where Wireshark is installed, which does not add itself to PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let name = format!("{name}.exe");
    let folders = env::var_os("PATH").unwrap_or_default();
    let installed = env::var_os("ProgramFiles").map(|folder| Path::new(&folder).join("Wireshark"));
    env::split_paths(&folders)
        .chain(installed)
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
}

/// The words of a command: a program that is there, whatever spaces are in its path; or else divided at spaces, but not between
/// double quotation marks. None if such a mark is not closed.
pub(crate) fn words(command: &str) -> Option<Vec<OsString>> {
    if Path::new(command).is_file() {
        return Some(vec![command.into()]);
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!quoted).then(|| words.into_iter().map(OsString::from).collect())
}

/// Does root run this? Wireshark asks for nothing of the kind here.
pub(crate) fn is_root() -> bool {
    false
}

/// A worker ends when nobody asks it any more or takes its answer: its pipes close with the process that started it.
pub(crate) fn end_with_parent() {}

/// Standard input, past the buffer of the library.
pub(crate) fn stdin() -> io::Result<File> {
    Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
}

/// Standard output, past the buffer of the library.
pub(crate) fn stdout() -> io::Result<File> {
    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}

/// A path as bytes, for another process of this program.
pub(crate) fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str()
        .encode_wide()
        .flat_map(u16::to_le_bytes)
        .collect()
}

/// The path of such bytes.
pub(crate) fn path_of(bytes: Vec<u8>) -> PathBuf {
    let units = bytes
        .chunks_exact(2)
        .filter_map(|two| <[u8; 2]>::try_from(two).ok());
    let units: Vec<_> = units.map(u16::from_le_bytes).collect();
    OsString::from_wide(&units).into()
}

/// How a program ended that should not have: faults are numbers that are known by their hexadecimal form.
pub(crate) fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) if code < 0 => format!("with status {code:#x}"),
        Some(code) => format!("with status {code}"),
        None => "by itself".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_words() {
        let split = |command| words(command).map(|words| words.join(OsString::from("|").as_os_str()));
        for (command, expected) in [
            ("tshark", Some("tshark")),
            (r"C:\tools\tshark.exe -n", Some(r"C:\tools\tshark.exe|-n")),
            (
                r#""C:\Program Files\x.exe"  -o "a b""#,
                Some(r"C:\Program Files\x.exe|-o|a b"),
            ),
            (r#"a"" """#, Some("a|")),
            (r#"a "b"#, None),
        ] {
            assert_eq!(split(command), expected.map(OsString::from), "{command}");
        }
    }

    #[test]
    fn paths_are_handed_on_whole() {
        for path in ["a.pcap", r"\\?\C:\\u{e9}\\u{1f600}.pcap", ""] {
            assert_eq!(path_of(bytes_of(Path::new(path))), Path::new(path));
        }
        let lone = OsString::from_wide(&[0xD800, 0x61]);
        assert_eq!(path_of(bytes_of(Path::new(&lone))), Path::new(&lone));
    }
}
