//! Runs a command and says in the last line on stderr what it used: seconds of processor time, and the most bytes of memory.
//!
//! A small process of its own between who measures and who is measured: Linux counts for a new process what its parent held, too.

use std::process::Command;
use wait4::{ResUse, Wait4};

fn main() {
    let mut words = std::env::args_os().skip(1);
    let mut command = Command::new(words.next().expect("a command"));
    let child = command.args(words).spawn();
    let ResUse { status, rusage } = child.and_then(Wait4::wait4).expect("the command runs");
    assert!(status.success(), "{command:?}: {status}");
    let seconds = (rusage.utime + rusage.stime).as_secs_f64();
    eprintln!("{seconds}\t{}", rusage.maxrss);
}
