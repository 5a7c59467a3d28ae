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
    fs::create_dir_all(&wanted.folder)?;
    clap_mangen::generate_to(arguments::all(), &wanted.folder)?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        clap_complete::generate_to(shell, &mut arguments::all(), "ikewhy", &wanted.folder)?;
    }
    Ok(())
}
