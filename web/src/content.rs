//! A file of the browser's, as a reader: each part is asked for when it is read, so that none is in memory whole.

use std::io::{self, Read, Seek, SeekFrom};

use crate::host;

/// A file by the number that the page gives it, and where in it the next byte is read.
#[derive(Clone, Debug)]
pub(crate) struct File {
    number: u32,
    at: u64,
}

impl File {
    /// From its beginning.
    pub(crate) fn new(number: u32) -> Self {
        Self { number, at: 0 }
    }
}

impl Read for File {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = host::read(self.number, self.at, room)
            .ok_or_else(|| io::Error::other("the browser does not give it"))?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => host::length(self.number).checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
