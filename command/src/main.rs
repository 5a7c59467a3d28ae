//! `ikewhy`, the command: why IPsec negotiations failed, and what to change. Wireshark is not needed.
//!
//! ```text
//! arguments   what is asked, and of which captures
//! report      one capture: text, Markdown, HTML, JSON         explain    what a diagnosis means
//! batch       many: a row for each negotiation                psk_check  tries a pre-shared key
//! compare     both ends of a path: what was lost              live       a capture that still runs
//! ```
//!
//! Captures are read by `worker`s, processes of their own that are run by the `pool`; what one says comes in pieces, as from `tshark`
//! ([`answer`]). `system` is what Unix and Windows do differently; `output` and `trouble` are all that is printed.
#![forbid(unsafe_code)]

mod answer;
mod arguments;
mod batch;
mod captures;
mod compare;
mod document;
mod explain;
mod fail_on;
mod form;
mod live;
mod output;
mod pages;
mod pool;
mod psk_check;
mod reading;
mod report;
mod row;
mod secret;
#[cfg(unix)]
#[path = "unix/mod.rs"]
mod system;
#[cfg(windows)]
#[path = "windows/mod.rs"]
mod system;
mod table;
mod trouble;
mod tshark;
mod worker;

use std::io::Write as _;
use std::process::ExitCode;

use arguments::{Command, Private};
use output::Output;
use system::signals;
use trouble::Trouble;

/// What the program ends with; the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    NoneFailed = 0,
    Failed = 1,
    Trouble = 2,
}

fn run(command: &Command, output: &mut Output) -> Result<Status, Trouble> {
    match command {
        Command::Report(wanted) => report::run(wanted, output),
        Command::Batch(wanted) => batch::run(wanted, output),
        Command::Explain(wanted) => explain::run(wanted, output),
        Command::Compare(wanted) => compare::run(wanted, output),
        Command::Live(wanted) => live::run(wanted, output),
        Command::PskCheck(wanted) => psk_check::run(wanted, output),
        Command::Private(Private::Pages(wanted)) => pages::run(wanted),
        Command::Private(Private::Worker(wanted)) => worker::run(wanted),
    }
}

fn main() -> ExitCode {
    let mut output = Output::stdout();
    let done = match arguments::read(wild::args_os()) {
        Ok(command) => {
            if !matches!(command, Command::Private(_)) {
                signals::end_on_signals();
            }
            run(&command, &mut output)
        }
        Err(usage) => arguments::say(&usage, &mut output),
    };
    let flushed = output.flush().map_err(Trouble::from);
    let status = done.and_then(|status| flushed.map(|()| status));
    let status = status.unwrap_or_else(|trouble| {
        trouble.tell();
        Status::Trouble
    });
    signals::let_end();
    ExitCode::from(status as u8)
}
