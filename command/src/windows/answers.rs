//! What a program says.

use std::io::{self, Read as _};
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// Bytes that are read at once; so many times as many wait at most.
const PIECE: usize = 1 << 16;
const WAITING: usize = 2;

/// Standard output of a program that runs. Pipes cannot be waited for: a thread reads them.
pub(crate) struct Answers {
    from: Receiver<io::Result<Vec<u8>>>,
    /// What was read and not taken yet.
    left: Vec<u8>,
    taken: usize,
}

impl Answers {
    pub(crate) fn new(mut from: ChildStdout) -> Self {
        let (to, received) = sync_channel(WAITING);
        thread::spawn(move || {
            loop {
                let mut piece = vec![0; PIECE];
                let read = from.read(&mut piece);
                let is_end = !matches!(read, Ok(1..));
                let read = read.map(|length| {
                    piece.truncate(length);
                    piece
                });
                if to.send(read).is_err() || is_end {
                    return;
                }
            }
        });
        Self {
            from: received,
            left: Vec::new(),
            taken: 0,
        }
    }

    /// Reads once what is there; nothing at the end, an error of kind `TimedOut` if nothing comes so long.
    pub(crate) fn read_within(&mut self, wait: Duration, room: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.left.len() {
            self.taken = 0;
            self.left = match self.from.recv_timeout(wait) {
                Ok(read) => read?,
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
                Err(RecvTimeoutError::Disconnected) => Vec::new(), // the end was told before
            };
        }
        let read = self.left.get(self.taken..).unwrap_or_default().read(room)?;
        self.taken += read;
        Ok(read)
    }
}
