//! IP datagrams from their fragments, as Wireshark's `reassemble.c` makes them.
//!
//! A datagram is complete in the frame that fills its last gap. Its length is what the first last fragment says that comes;
//! where fragments overlap, the one that begins earlier counts, of two that begin alike the one that came first; what goes beyond
//! the end is cut off. A fragment that comes after its datagram was complete begins another. Unlike Wireshark, which waits for
//! ever, a datagram is given up after [`MAX_AGE`], and the oldest where there are too many: that is counted ([`Lost`]).

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use ikewhy::wire::frame::Piece;

/// The most datagrams that wait for fragments.
const MAX_TRAINS: usize = 4096;
/// The most bytes that wait.
const MAX_BYTES: usize = 8 << 20;
/// The most fragments of a datagram: the longest one in the shortest of them (RFC 791) has 1366.
const MAX_PIECES: usize = 2048;
/// The most bytes of a datagram's fragments: each of the longest one may be there twice.
const MAX_TRAIN: usize = 1 << 17;
/// How long a datagram is waited for, in nanoseconds: the most that RFC 1122 3.3.2 allows a receiver.
const MAX_AGE: i64 = 120_000_000_000;

/// Datagrams of which fragments were there that were given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// The others did not come in time.
    pub late: u64,
    /// Too many datagrams, or too many of their bytes, were waiting.
    pub crowded: u64,
    /// They had too many fragments, or too many bytes.
    pub too_long: u64,
}

/// What fragments of one datagram have in common. Copies of it on two VLANs are two datagrams where an address is private, as in
/// Wireshark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    vlan: u16,
    protocol: u8,
    id: u32,
}

/// A datagram of which something is missing.
#[derive(Debug)]
struct Train {
    begun: i64,
    /// Tells it from others that had the same key.
    number: u64,
    /// By offset.
    pieces: Vec<Part>,
    /// The bytes of all pieces.
    bytes: Vec<u8>,
    /// The datagram's length, once a last fragment was there.
    length: Option<usize>,
}

/// A fragment: where it stands in the datagram, and where among the train's bytes.
#[derive(Clone, Copy, Debug)]
struct Part {
    offset: usize,
    length: usize,
    at: usize,
}

/// All datagrams of which something is missing.
#[derive(Debug, Default)]
pub(crate) struct Reassembly {
    trains: HashMap<Key, Train>,
    /// In the order they began; some may be complete by now.
    begun: VecDeque<(Key, u64)>,
    count: u64,
    bytes: usize,
    whole: Vec<u8>,
    pub(crate) lost: Lost,
}

impl Key {
    fn of(piece: &Piece<'_>) -> Self {
        let private = |address: IpAddr| match address {
            IpAddr::V4(address) => address.is_private() || address.is_link_local(),
            IpAddr::V6(_) => false,
        };
        let apart = private(piece.source) || private(piece.destination);
        Self {
            source: piece.source,
            destination: piece.destination,
            vlan: if apart { piece.vlan } else { 0 },
            protocol: piece.protocol,
            id: piece.id,
        }
    }
}

impl Reassembly {
    /// Takes a fragment of a frame of this time; true if it completes its datagram.
    pub(crate) fn take(&mut self, piece: &Piece<'_>, time: i64) -> bool {
        self.forget_old(time);
        let key = Key::of(piece);
        let number = self.count;
        let train = self.trains.entry(key).or_insert_with(|| Train {
            begun: time,
            number,
            pieces: Vec::new(),
            bytes: Vec::new(),
            length: None,
        });
        if train.number == number {
            self.count += 1;
            self.begun.push_back((key, number));
        }
        if train.pieces.len() >= MAX_PIECES || train.bytes.len() + piece.data.len() > MAX_TRAIN {
            self.lost.too_long += 1;
            self.remove(&key);
            return false;
        }
        train.add(piece);
        self.bytes += piece.data.len();
        if train.write(&mut self.whole) {
            self.remove(&key);
            return true;
        }
        while self.trains.len() > MAX_TRAINS || self.bytes > MAX_BYTES {
            self.lost.crowded += u64::from(self.remove_oldest());
        }
        false
    }

    /// The datagram that was completed last.
    pub(crate) fn whole(&self) -> &[u8] {
        &self.whole
    }

    fn remove(&mut self, key: &Key) {
        if let Some(train) = self.trains.remove(key) {
            self.bytes -= train.bytes.len();
        }
        // Most are complete soon, so most of the oldest are; the queue is not to grow with the capture.
        while let Some((key, number)) = self.begun.front()
            && !self.is_waiting(key, *number)
        {
            self.begun.pop_front();
        }
        if self.begun.len() > 2 * MAX_TRAINS {
            let trains = &self.trains;
            self.begun
                .retain(|(key, number)| trains.get(key).is_some_and(|train| train.number == *number));
        }
    }

    fn is_waiting(&self, key: &Key, number: u64) -> bool {
        self.trains.get(key).is_some_and(|train| train.number == number)
    }

    /// True if there was one.
    fn remove_oldest(&mut self) -> bool {
        while let Some((key, number)) = self.begun.pop_front() {
            if self.is_waiting(&key, number) {
                self.remove(&key);
                return true;
            }
        }
        false
    }

    fn forget_old(&mut self, now: i64) {
        while let Some((key, number)) = self.begun.front()
            && let Some(train) = self.trains.get(key).filter(|train| train.number == *number)
            && now.saturating_sub(train.begun) > MAX_AGE
        {
            self.lost.late += u64::from(self.remove_oldest());
        }
    }
}

impl Train {
    fn add(&mut self, piece: &Piece<'_>) {
        let part = Part {
            offset: piece.offset as usize,
            length: piece.data.len(),
            at: self.bytes.len(),
        };
        if !piece.more {
            self.length.get_or_insert(part.offset + part.length);
        }
        self.bytes.extend_from_slice(piece.data);
        let place = self.pieces.partition_point(|other| other.offset <= part.offset);
        self.pieces.insert(place, part);
    }

    /// Writes the datagram; false if something is missing.
    fn write(&self, whole: &mut Vec<u8>) -> bool {
        let Some(length) = self.length else {
            return false;
        };
        let mut end = 0;
        for part in &self.pieces {
            if part.offset <= end {
                end = end.max(part.offset + part.length);
            }
        }
        if end < length {
            return false;
        }
        whole.clear();
        for part in &self.pieces {
            let from = whole.len();
            let to = length.min(part.offset + part.length);
            if part.offset <= from && from < to {
                let bytes = self
                    .bytes
                    .get(part.at + from - part.offset..part.at + to - part.offset);
                whole.extend_from_slice(bytes.unwrap_or_default());
            }
        }
        true
    }
}
