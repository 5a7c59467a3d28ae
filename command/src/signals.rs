//! Signals that end the program, as a shell expects, with all that it started.

use std::io::{self, IsTerminal as _};
use std::process;
use std::{fs, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::trouble::say;
use crate::{programs, prompt};

/// From now on.
pub(crate) fn end_on_signals() {
    let wanted = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
    let ignored = ignored().unwrap_or_default();
    let wanted = wanted
        .into_iter()
        .filter(|number| ignored & (1 << (number - 1)) == 0);
    let Ok(mut signals) = Signals::new(wanted) else {
        return; // then they end it as they end any program
    };
    let wait = move || {
        if let Some(number) = signals.forever().next() {
            programs::end();
            prompt::restore();
            if io::stderr().is_terminal() {
                say("stopped");
            }
            process::exit(128 + number);
        }
    };
    let _ = thread::Builder::new().spawn(wait);
}

/// What whoever started this wants it to ignore, as nohup does: a bit for each signal.
fn ignored() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}
