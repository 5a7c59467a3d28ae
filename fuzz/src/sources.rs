//! A capture file of any format, as it may lie on a disk.

use crate::capture;
use ikewhy_sources::Capture;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Cursor, Read, Write};

/// More packets of one file teach nothing new.
const MAX_PACKETS: usize = 5000;
/// A compressed file of more bytes may unpack to gigabytes: that takes no memory, but time.
const MAX_PACKED: usize = 4096;
/// The most bytes of a packet, and of a datagram made of fragments: what is read never needs more memory.
const MOST_OF_PACKET: usize = 262_144;
const MOST_OF_DATAGRAM: usize = 131_072;

/// Gives so many bytes at a time, and is interrupted between them.
struct Pieces {
    file: Cursor<Vec<u8>>,
    most: usize,
    interrupted: bool,
}

impl Read for Pieces {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = room.len().min(self.most);
        self.file.read(&mut room[..most])
    }
}

/// All that reading a file gives: a digest of its packets, and how it ends.
fn read(file: &[u8], most: usize) -> (u64, u32, String) {
    let mut digest = DefaultHasher::new();
    let source = Pieces {
        file: Cursor::new(file.to_vec()),
        most,
        interrupted: false,
    };
    let mut capture = match Capture::from_reader(source) {
        Ok(capture) => capture,
        Err(error) => return (0, 0, error.to_string()),
    };
    let mut last = 0;
    for _ in 0..MAX_PACKETS {
        let Some(packet) = capture.next_packet() else {
            break;
        };
        assert!(packet.frame > last && packet.data.len() <= MOST_OF_PACKET);
        last = packet.frame;
        let numbers = (packet.frame, packet.time, packet.interface);
        (numbers, packet.link_type, packet.original_length, packet.data).hash(&mut digest);
        if let Some(derived) = packet.derived {
            assert!(!derived.data.is_empty() && derived.data.len() <= MOST_OF_DATAGRAM);
            derived.data.hash(&mut digest);
        }
    }
    let damage = capture.damage().map(ToString::to_string).unwrap_or_default();
    assert!(damage.chars().all(|c| !c.is_control()), "{damage}");
    (digest.finish(), last, damage)
}

/// Nothing panics, and a file says the same however its bytes come in.
pub fn check(data: &[u8]) {
    let packed = data.starts_with(&[0x1F, 0x8B]) || data.get(1..4) == Some(&[0xB5, 0x2F, 0xFD]);
    if packed && data.len() > MAX_PACKED {
        return;
    }
    let at_once = read(data, usize::MAX);
    assert_eq!(at_once, read(data, 1));
    assert_eq!(at_once, read(data, 7));
}

/// A pcap file in other formats: pcapng, and both compressed.
#[must_use]
pub fn forms(file: &[u8]) -> Vec<Vec<u8>> {
    let Some(capture) = capture::read(file) else {
        return Vec::new();
    };
    let mut blocks = Vec::new();
    let mut block = |kind: u32, words: &[u32], data: &[u8]| {
        let length = 12 + 4 * words.len() + data.len().next_multiple_of(4);
        let head = [kind, length as u32];
        blocks.extend(head.iter().chain(words).flat_map(|word| word.to_le_bytes()));
        blocks.extend(data);
        blocks.extend(vec![0; data.len().next_multiple_of(4) - data.len()]);
        blocks.extend((length as u32).to_le_bytes());
    };
    block(0x0A0D_0D0A, &[0x1A2B_3C4D, 1, u32::MAX, u32::MAX], &[]);
    block(1, &[capture.link_type.cast_unsigned(), 0, 0x0001_0009, 6, 0], &[]);
    for record in capture.records.iter().take(capture::MAX_RECORDS) {
        let time = u64::from(record.time.0) * 1_000_000 + u64::from(record.time.1);
        let length = record.data.len() as u32;
        let words = [
            0,
            (time >> 32) as u32,
            time as u32,
            length,
            record.original_length,
        ];
        block(6, &words, &record.data);
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let gzip = gzip.write_all(&blocks).and_then(|()| gzip.finish());
    let fastest = ruzstd::encoding::CompressionLevel::Fastest;
    let zstd = ruzstd::encoding::compress_to_vec(file, fastest);
    [Some(file.to_vec()), Some(blocks), gzip.ok(), Some(zstd)]
        .into_iter()
        .flatten()
        .collect()
}
