//! Signals that end the program, as a shell expects, with all that it started.

use std::io::{self, IsTerminal as _};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{programs, terminal};
use crate::trouble;

/// The next signal asks to stop, and only the one after it ends the program.
static STOPS_FIRST: AtomicBool = AtomicBool::new(false);
static STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on the first signal is left to whoever asks whether it came: there is something to be said at the end.
pub(crate) fn stop_first() {
    STOPS_FIRST.store(true, Ordering::Relaxed);
}

/// Did that signal come?
pub(crate) fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

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
        for number in signals.forever() {
            if STOPS_FIRST.swap(false, Ordering::Relaxed) {
                STOPPED.store(true, Ordering::Relaxed);
            } else {
                end(number);
            }
        }
    };
    let _ = thread::Builder::new().spawn(wait);
}

/// Leaves the last word to a signal, if one came.
pub(crate) fn let_end() {
    while trouble::is_silent() {
        thread::park();
    }
}

fn end(number: i32) -> ! {
    if io::stderr().is_terminal() {
        trouble::say("stopped");
    }
    trouble::be_silent();
    programs::end();
    terminal::restore();
    process::exit(128 + number)
}

/// What whoever started this wants it to ignore, as nohup does: a bit for each signal.
fn ignored() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}
