//! How much memory reading takes, whatever a file says. One test, because a counting allocator counts all of them.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use ikewhy_sources::Capture;
use peak_alloc::PeakAlloc;
use std::io::{self, Cursor, Read, Write};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// A file that is never there as a whole: pieces, made one after another.
struct Made<F>(Cursor<Vec<u8>>, F);

impl<F: FnMut() -> Option<Vec<u8>>> Read for Made<F> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.0.read(room)?;
            if read > 0 {
                return Ok(read);
            }
            let Some(piece) = self.1() else {
                return Ok(0);
            };
            self.0 = Cursor::new(piece);
        }
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn pcap(link_type: u32) -> Vec<u8> {
    words(&[0xA1B2_C3D4, 0x0004_0002, 0, 0, 0x4_0000, link_type])
}

fn record(seconds: u32, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    [words(&[seconds, 0, length, length]), data.to_vec()].concat()
}

/// So many copies of a piece behind a beginning.
fn repeated(beginning: Vec<u8>, piece: Vec<u8>, mut count: usize) -> impl Read + Send {
    Made(Cursor::new(beginning), move || {
        count = count.checked_sub(1)?;
        Some(piece.clone())
    })
}

/// Reads all of a source; gives how many packets there were, how it ended, and at most how many MiB that took.
fn cost(source: impl Read + Send + 'static) -> (u32, String, usize) {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let mut capture = Capture::from_reader(source).unwrap();
    let mut last = 0;
    while let Some(packet) = capture.next_packet() {
        last = packet.frame;
    }
    let damage = capture.damage().map(ToString::to_string).unwrap_or_default();
    (last, damage, (ALLOCATOR.peak_usage() - before) / MIB)
}

#[test]
fn reading_takes_little_memory() {
    // A gigabyte in a release build.
    let mib = if cfg!(debug_assertions) { 64 } else { 1024 };
    let packets: Vec<u8> = (0..1000).flat_map(|_| record(1, &[0; 1032])).collect();
    let (count, damage, cost_of_long) = cost(repeated(pcap(1), packets.clone(), mib));
    assert_eq!((count as usize, damage.as_str()), (1000 * mib, ""));
    assert!(cost_of_long < 4, "{cost_of_long} MiB");

    // A block that is said to have 4 GiB, and one as long as any may be.
    let section = words(&[0x0A0D_0D0A, 28, 0x1A2B_3C4D, 1, u32::MAX, u32::MAX, 28]);
    let huge = [section.clone(), words(&[6, 0xFFFF_FFF0])].concat();
    let (_, damage, cost_of_huge) = cost(repeated(huge, vec![0; MIB], 64));
    assert!(
        damage.contains("a block is said to have 4294967280 bytes"),
        "{damage}"
    );
    assert!(cost_of_huge < 4, "{cost_of_huge} MiB");
    let long = [section, words(&[4, 128 << 20])].concat();
    let (_, damage, cost_of_long) = cost(repeated(long, vec![0; MIB], 100));
    assert!(damage.contains("the file ends inside a record"), "{damage}");
    assert!(cost_of_long < 4, "{cost_of_long} MiB");

    // The same compressed: little on disk.
    let packed = {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&pcap(1)).unwrap();
        for _ in 0..mib {
            gzip.write_all(&packets).unwrap();
        }
        gzip.finish().unwrap()
    };
    let (count, damage, cost_of_packed) = cost(Cursor::new(packed));
    assert_eq!((count as usize, damage.as_str()), (1000 * mib, ""));
    assert!(cost_of_packed < 2, "{cost_of_packed} MiB");
    // A frame of zstd whose blocks repeat one byte: 128 KiB in four. Its window is 1 MiB.
    let block = vec![0x02, 0, 0x10, 0];
    let zstd = vec![0x28, 0xB5, 0x2F, 0xFD, 0, 0x50, 0x20, 0, 0, b'x'];
    let refused = Capture::from_reader(repeated(zstd.clone(), block.clone(), 8));
    assert!(refused.is_err());
    let raw = pcap(1);
    let mut zstd = vec![0x28, 0xB5, 0x2F, 0xFD, 0, 0x50];
    let header = (raw.len() as u32 + 16) << 3;
    zstd.extend(&header.to_le_bytes()[..3]);
    zstd.extend([raw, words(&[1, 0, 0, 0])].concat());
    // All zeros are records of no bytes.
    let (count, damage, cost_of_zstd) = cost(repeated(zstd, block, mib));
    assert!(count as usize > mib << 12, "{count}");
    assert!(damage.contains("the compressed file ends too early"), "{damage}");
    assert!(cost_of_zstd < 8, "{cost_of_zstd} MiB");

    // First fragments of datagrams that never come.
    let mut id = 0_u16;
    let fragments = Made(Cursor::new(pcap(101)), move || {
        id = id.checked_add(1)?;
        let mut packet = vec![0x45, 0, 0x05, 0xC8];
        packet.extend(id.to_be_bytes());
        packet.extend([0x20, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1]);
        packet.resize(1480, 0);
        Some(record(1, &packet))
    });
    let (count, _, cost_of_fragments) = cost(fragments);
    assert_eq!(count, 65_535);
    assert!(cost_of_fragments < 20, "{cost_of_fragments} MiB");
}
