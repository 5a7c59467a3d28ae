//! The programs that run for this one: none is left when it ends, whatever ends it.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{self, Pid, Signal, WaitId, WaitIdOptions, WaitOptions};

/// How long a program has to end by itself before it is killed.
const GRACE: Duration = Duration::from_millis(400);

struct Running {
    /// No more are started.
    ended: bool,
    pids: Vec<Pid>,
}

static RUNNING: Mutex<Running> = Mutex::new(Running {
    ended: false,
    pids: Vec::new(),
});

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program that runs. It is killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    pid: Option<Pid>,
}

impl Program {
    /// Starts a program, in a group of its own: what it starts in turn ends with it.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let mut running = running();
        if running.ended {
            return Err(io::Error::other("stopped"));
        }
        let child = command.process_group(0).spawn()?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        running.pids.extend(pid);
        Ok(Self { child, pid })
    }

    pub(crate) fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    pub(crate) fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    pub(crate) fn kill(&self) {
        if let Some(pid) = self.pid {
            let _ = process::kill_process_group(pid, Signal::KILL);
        }
    }

    /// Waits until it ends. As long as others may look for it here, its number stays its own.
    pub(crate) fn wait(&mut self) -> io::Result<ExitStatus> {
        if let Some(pid) = self.pid {
            let _ = process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        }
        let mut running = running();
        running.pids.retain(|other| Some(*other) != self.pid);
        self.pid = None;
        self.child.wait()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.pid.is_some() {
            self.kill();
            let _ = self.wait();
        }
    }
}

/// Ends all programs, and lets none start any more.
pub(crate) fn end() {
    let pids = {
        let mut running = running();
        running.ended = true;
        running.pids.clone()
    };
    for how in [Signal::TERM, Signal::KILL] {
        for pid in &pids {
            let _ = process::kill_process_group(*pid, how);
        }
        let start = Instant::now();
        while pids.iter().any(|pid| lives(*pid)) && start.elapsed() < GRACE {
            sleep(Duration::from_millis(5));
        }
    }
}

/// Does it still run, or anything that it started? A killed program ends a moment after the signal was sent.
fn lives(pid: Pid) -> bool {
    let _ = process::waitpid(Some(pid), WaitOptions::NOHANG);
    process::test_kill_process_group(pid).is_ok()
}
