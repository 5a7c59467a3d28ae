//! What the command needs of a Unix beyond the standard library; `windows/` is the same of Windows.
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
use std::os::fd::AsFd as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// This program, also where its file was replaced since it was started.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    env::current_exe()
}

/// A program by its name: it is looked for in PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let is_there = env::split_paths(&folders).any(|folder| folder.join(name).is_file());
    is_there.then(|| name.into())
}

/// The words of a command as a shell reads them; none if a quotation mark is not closed.
pub(crate) fn words(command: &str) -> Option<Vec<OsString>> {
    let words = shlex::split(command)?;
    Some(words.into_iter().map(OsString::from).collect())
}

/// Does root run this?
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A process that is killed cannot end what it started: this one ends with the one that started it.
pub(crate) fn end_with_parent() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

/// Standard input, past the buffer of the library.
pub(crate) fn stdin() -> io::Result<File> {
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// Standard output, past the buffer of the library.
pub(crate) fn stdout() -> io::Result<File> {
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

/// A path as bytes, for another process of this program.
pub(crate) fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_owned()
}

/// The path of such bytes.
pub(crate) fn path_of(bytes: Vec<u8>) -> PathBuf {
    OsString::from_vec(bytes).into()
}

/// How a program ended that should not have.
pub(crate) fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("with status {code}"),
        (_, Some(signal)) => format!("by signal {signal}"),
        _ => "by itself".to_owned(),
    }
}
