//! The programs that run for this one: none is left when it ends.

use std::io;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// How often a program that has to end soon is looked at.
const SOON: Duration = Duration::from_millis(5);

struct Running {
    /// No more are started.
    ended: bool,
    programs: Vec<Arc<Mutex<Child>>>,
}

static RUNNING: Mutex<Running> = Mutex::new(Running {
    ended: false,
    programs: Vec::new(),
});

fn locked<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program that runs. It is killed when this is dropped.
pub(crate) struct Program {
    child: Arc<Mutex<Child>>,
    has_ended: bool,
}

impl Program {
    /// Starts a program. The console that ends this one (Ctrl+C, or its window is closed) ends that one, too.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let mut running = locked(&RUNNING);
        if running.ended {
            return Err(io::Error::other("stopped"));
        }
        let child = Arc::new(Mutex::new(command.spawn()?));
        running.programs.push(Arc::clone(&child));
        Ok(Self {
            child,
            has_ended: false,
        })
    }

    pub(crate) fn stdin(&mut self) -> Option<ChildStdin> {
        locked(&self.child).stdin.take()
    }

    pub(crate) fn stdout(&mut self) -> Option<ChildStdout> {
        locked(&self.child).stdout.take()
    }

    pub(crate) fn kill(&self) {
        let _ = locked(&self.child).kill();
    }

    /// Waits until it ends; others may kill it meanwhile.
    pub(crate) fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = loop {
            if let Some(status) = locked(&self.child).try_wait()? {
                break status;
            }
            sleep(SOON);
        };
        self.has_ended = true;
        locked(&RUNNING)
            .programs
            .retain(|other| !Arc::ptr_eq(other, &self.child));
        Ok(status)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !self.has_ended {
            self.kill();
            let _ = self.wait();
        }
    }
}

/// Ends all programs, and lets none start any more.
pub(crate) fn end() {
    let mut running = locked(&RUNNING);
    running.ended = true;
    for program in &running.programs {
        let _ = locked(program).kill();
    }
}
