//! What a program says.

use std::io::{self, Read as _};
use std::process::ChildStdout;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Standard output of a program that runs.
pub(crate) struct Answers(ChildStdout);

impl Answers {
    pub(crate) fn new(from: ChildStdout) -> Self {
        Self(from)
    }

    /// Reads once what is there; nothing at the end, an error of kind `TimedOut` if nothing comes so long.
    pub(crate) fn read_within(&mut self, wait: Duration, room: &mut [u8]) -> io::Result<usize> {
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        let ready = {
            let mut wanted = [PollFd::new(&self.0, PollFlags::IN)];
            rustix::io::retry_on_intr(|| poll(&mut wanted, Some(&wait)))?
        };
        if ready == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.0.read(room)
    }
}
