//! Bytes in the order of a file, a few of them held at a time, and where in the file they stand.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

/// The most bytes that are held at once; what is longer is walked over.
pub(crate) const MOST_HELD: usize = 1 << 20;
/// The least that is asked of a source.
const READ_AT_ONCE: usize = 1 << 16;

/// Where a capture stops being one, and what is wrong there. What precedes it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where the record begins that cannot be read: bytes from the beginning, of a compressed file of what it unpacks to.
    pub offset: u64,
    /// The last packet before it; 0 if there is none.
    pub packet: u32,
    /// What is wrong.
    pub what: String,
    /// The offset counts what a compressed file unpacks to.
    pub unpacked: bool,
}

impl fmt::Display for Damage {
    /// One sentence without its subject, the name of the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            offset, packet, what, ..
        } = self;
        let unpacked = if self.unpacked {
            " of what it unpacks to"
        } else {
            ""
        };
        write!(f, "is damaged or cut short at byte {offset}{unpacked}, ")?;
        match packet {
            0 => write!(f, "before its first packet: {what}"),
            _ => write!(f, "after packet {packet}: {what}"),
        }
    }
}

/// Why nothing more can be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// All was read.
    End,
    /// Something is wrong.
    Damage(String),
}

/// Something is wrong.
pub(crate) fn damage<T>(what: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Damage(what.into()))
}

/// Where bytes are that were walked over last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among those that are held.
    Held(Range<usize>),
    /// Copied from a record that is too long to be held.
    Aside,
}

/// A source, and what was read of it and is still needed.
pub(crate) struct Supply {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// What of the buffer was read and not walked over.
    held: Range<usize>,
    /// Where in the file `held` begins.
    position: u64,
    /// Where the record begins that is being read.
    record: u64,
    aside: Vec<u8>,
    /// Why the source gives no more.
    failure: Option<io::Error>,
    ended: bool,
}

impl Supply {
    pub(crate) fn new(source: Box<dyn Read + Send>) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            held: 0..0,
            position: 0,
            record: 0,
            aside: Vec::new(),
            failure: None,
            ended: false,
        }
    }

    /// A record begins here.
    pub(crate) fn begin_record(&mut self) {
        self.record = self.position;
    }

    /// Where the record begins that was read last, or could not be.
    pub(crate) fn record(&self) -> u64 {
        self.record
    }

    /// The next `length` bytes, or fewer where the file ends; no more than [`MOST_HELD`].
    pub(crate) fn peek_some(&mut self, length: usize) -> &[u8] {
        self.hold(length.min(MOST_HELD));
        let end = self
            .held
            .end
            .min(self.held.start.saturating_add(length.min(MOST_HELD)));
        self.buffer.get(self.held.start..end).unwrap_or_default()
    }

    /// Reads until so many bytes are held; false if the file ends before.
    #[inline]
    fn hold(&mut self, length: usize) -> bool {
        // Most often they are.
        self.held.len() >= length || self.read_until(length)
    }

    fn read_until(&mut self, length: usize) -> bool {
        while self.held.len() < length {
            if self.ended {
                return false;
            }
            self.read(length);
        }
        true
    }

    /// Reads once, with room for `length` bytes in all.
    fn read(&mut self, length: usize) {
        if self.buffer.len() < self.held.start.saturating_add(length) {
            self.buffer.copy_within(self.held.clone(), 0);
            self.held = 0..self.held.len();
            let room = length.max(READ_AT_ONCE);
            if self.buffer.len() < room {
                self.buffer.resize(room, 0);
            }
        }
        let Some(room) = self.buffer.get_mut(self.held.end..) else {
            return;
        };
        match self.source.read(room) {
            Ok(0) => self.ended = true,
            Ok(read) => self.held.end += read.min(room.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                self.failure = Some(error);
                self.ended = true;
            }
        }
    }

    /// The next `length` bytes; a damage if the file ends before.
    pub(crate) fn peek(&mut self, length: usize) -> Result<&[u8], Stop> {
        if length > MOST_HELD || !self.hold(length) {
            return Err(self.cut());
        }
        let end = self.held.start.saturating_add(length);
        Ok(self.buffer.get(self.held.start..end).unwrap_or_default())
    }

    /// Walks over bytes that are held.
    fn walk(&mut self, length: usize) {
        let length = length.min(self.held.len());
        self.held.start += length;
        self.position += length as u64;
    }

    /// Walks over `length` bytes, of which those in `wanted` (counted from here) can be looked at then.
    pub(crate) fn pass(&mut self, length: u64, wanted: Range<usize>) -> Result<Place, Stop> {
        if let Ok(length) = usize::try_from(length)
            && length <= MOST_HELD
        {
            if !self.hold(length) {
                return Err(self.cut());
            }
            let from = self.held.start;
            self.walk(length);
            return Ok(Place::Held(from + wanted.start..from + wanted.end));
        }
        let mut aside = std::mem::take(&mut self.aside);
        aside.clear();
        aside.extend(self.peek(wanted.end)?.get(wanted).unwrap_or_default());
        self.aside = aside;
        self.skip(length)?;
        Ok(Place::Aside)
    }

    /// Walks over bytes nobody wants.
    pub(crate) fn skip(&mut self, mut length: u64) -> Result<(), Stop> {
        while length > 0 {
            if self.peek_some(1).is_empty() {
                return Err(self.cut());
            }
            let step = usize::try_from(length).unwrap_or(usize::MAX).min(self.held.len());
            self.walk(step);
            length -= step as u64;
        }
        Ok(())
    }

    /// Bytes that [`Supply::pass`] left to look at, as long as nothing else was read.
    pub(crate) fn at(&self, place: &Place) -> &[u8] {
        match place {
            Place::Held(range) => self.buffer.get(range.clone()).unwrap_or_default(),
            Place::Aside => &self.aside,
        }
    }

    /// The file ends where a record might begin.
    pub(crate) fn end(&self) -> Stop {
        if self.failure.is_some() {
            self.cut()
        } else {
            Stop::End
        }
    }

    /// The file ends too early.
    pub(crate) fn cut(&self) -> Stop {
        Stop::Damage(match &self.failure {
            Some(error) => error.to_string(),
            None => "the file ends inside a record".to_owned(),
        })
    }
}
