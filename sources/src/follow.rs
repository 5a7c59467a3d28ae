//! A file that grows: whoever reads it waits at its end for more.

use std::fmt;
use std::io::{self, Read};

/// A reader that asks at the end of its source whether to wait. The answer is given after a while: `pause` sleeps, or lets
/// something else be done, and says whether to go on.
///
/// A file that is replaced (a ring of files) ends where its old content ends.
pub struct Follow<R, P> {
    source: R,
    pause: P,
}

impl<R: Read, P: FnMut() -> bool> Follow<R, P> {
    /// Follows `source` as long as `pause` says so.
    pub fn new(source: R, pause: P) -> Self {
        Self { source, pause }
    }
}

impl<R: Read, P: FnMut() -> bool> Read for Follow<R, P> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.source.read(room)?;
            if read > 0 || room.is_empty() || !(self.pause)() {
                return Ok(read);
            }
        }
    }
}

impl<R, P> fmt::Debug for Follow<R, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Follow")
    }
}
