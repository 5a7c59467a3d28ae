//! `ikewhy pages`: the manual pages, and completions for shells, from the same words as the help.

use std::fs;
use std::io;

use clap_complete::Shell;

use crate::Status;
use crate::arguments::{self, Pages};
use crate::trouble::{Trouble, reason, shown};

pub(crate) fn run(wanted: &Pages) -> Result<Status, Trouble> {
    write(wanted).map_err(|error| Trouble::Said(format!("{}: {}", shown(&wanted.folder), reason(&error))))?;
    Ok(Status::NoneFailed)
}

fn write(wanted: &Pages) -> io::Result<()> {
    let [man, completions] = ["man1", "completions"].map(|name| wanted.folder.join(name));
    fs::create_dir_all(&man)?;
    clap_mangen::generate_to(arguments::all(), &man)?;
    fs::create_dir_all(&completions)?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        clap_complete::generate_to(shell, &mut arguments::all(), "ikewhy", &completions)?;
    }
    Ok(())
}
