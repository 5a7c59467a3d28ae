//! pcap, as tcpdump writes it: a header, then records (draft-ietf-opsawg-pcap). Both byte orders; microseconds, nanoseconds;
//! the "modified" formats of old Linux distributions, and Ixia's.

use crate::record::{self, Counted, MOST_OF_PACKET, Record};
use crate::supply::{Stop, Supply, damage};

/// Of a record, in all variants: seconds, fraction, captured length, length on the wire.
const RECORD: usize = 16;

/// What the file's header says of its records.
#[derive(Debug)]
pub(crate) struct Pcap {
    big_endian: bool,
    /// A second has so many of the time's units.
    units: u64,
    /// Length of a record's header.
    header: usize,
    lengths: Lengths,
    link_type: i32,
}

/// A record's header.
struct Head {
    seconds: u32,
    fraction: u32,
    captured: u32,
    wire: u32,
}

/// Until version 2.3 the length on the wire came first, and not every writer knew when that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    CapturedFirst,
    WireFirst,
    SmallerIsCaptured,
}

/// The magic numbers, as they stand in a big-endian file.
mod magic {
    pub(super) const MICROSECONDS: u32 = 0xA1B2_C3D4;
    pub(super) const NANOSECONDS: u32 = 0xA1B2_3C4D;
    pub(super) const MODIFIED: u32 = 0xA1B2_CD34;
    pub(super) const IXIA: [u32; 2] = [0x1C00_01AC, 0x1C00_01AB];
}

/// Whether a file that begins so is of this format: its magic number, and whether it is big-endian.
pub(crate) fn recognise(beginning: &[u8]) -> Option<(u32, bool)> {
    let bytes = *beginning.first_chunk()?;
    let known = |number: &u32| {
        let others = [magic::MICROSECONDS, magic::NANOSECONDS, magic::MODIFIED];
        others.contains(number) || magic::IXIA.contains(number)
    };
    let numbers = [
        (u32::from_be_bytes(bytes), true),
        (u32::from_le_bytes(bytes), false),
    ];
    numbers.into_iter().find(|(number, _)| known(number))
}

impl Pcap {
    /// Reads the file's header, which begins with a known magic number.
    pub(crate) fn begin(supply: &mut Supply) -> Result<Self, Stop> {
        let header: &[u8; 24] = match supply.peek(24)?.first_chunk() {
            Some(header) => header,
            None => return Err(supply.cut()),
        };
        let Some((magic, big_endian)) = recognise(header) else {
            return damage("this is no header of a pcap file");
        };
        let &[_, _, _, _, v0, v1, v2, v3, .., l0, l1, l2, l3] = header;
        let short = |bytes| {
            if big_endian {
                u16::from_be_bytes(bytes)
            } else {
                u16::from_le_bytes(bytes)
            }
        };
        let version = (short([v0, v1]), short([v2, v3]));
        let link = word(big_endian, [l0, l1, l2, l3]);
        if version.0 < 2 {
            return damage(format!(
                "its version is {}.{}, and no such is known",
                version.0, version.1
            ));
        }
        let lengths = match version {
            (2, 0..3) | (543, _) => Lengths::WireFirst,
            (2, 3) => Lengths::SmallerIsCaptured,
            _ => Lengths::CapturedFirst,
        };
        let extra = if magic::IXIA.contains(&magic) { 4 } else { 0 };
        supply.skip(24 + extra)?;
        let mut pcap = Self {
            big_endian,
            units: if magic == magic::NANOSECONDS {
                1_000_000_000
            } else {
                1_000_000
            },
            header: RECORD,
            lengths,
            // The upper half tells of the frame check sequence.
            link_type: i32::from(u16::try_from(link & 0xFFFF).unwrap_or(0)),
        };
        if magic == magic::MODIFIED {
            pcap.header = pcap.modified(supply);
        }
        Ok(pcap)
    }

    /// Which of the two formats with this magic number it is: the one in which another record follows the first, of about the
    /// same time, or the end.
    fn modified(&self, supply: &mut Supply) -> usize {
        const USUAL: usize = 24;
        const SUSE_6_3: usize = 28;
        const WEEK: u32 = 604_800;
        let fits = |supply: &mut Supply, header: usize| {
            let first = self.read(supply.peek_some(RECORD));
            let Some(first) = first.filter(|first| first.captured <= MOST_OF_PACKET) else {
                return false;
            };
            let behind = header + first.captured as usize;
            let next = supply.peek_some(behind + RECORD).get(behind..);
            next.is_some_and(|next| match next.first_chunk() {
                Some(&seconds) => word(self.big_endian, seconds).abs_diff(first.seconds) < WEEK,
                None => true,
            })
        };
        if !fits(supply, USUAL) && fits(supply, SUSE_6_3) {
            return SUSE_6_3;
        }
        USUAL
    }

    fn read(&self, header: &[u8]) -> Option<Head> {
        let &[s0, s1, s2, s3, f0, f1, f2, f3, a0, a1, a2, a3, b0, b1, b2, b3] = header.first_chunk()?;
        let word = |bytes| word(self.big_endian, bytes);
        let (first, second) = (word([a0, a1, a2, a3]), word([b0, b1, b2, b3]));
        let swapped = match self.lengths {
            Lengths::CapturedFirst => false,
            Lengths::WireFirst => true,
            Lengths::SmallerIsCaptured => first > second,
        };
        let (captured, wire) = if swapped { (second, first) } else { (first, second) };
        Some(Head {
            seconds: word([s0, s1, s2, s3]),
            fraction: word([f0, f1, f2, f3]),
            captured,
            wire,
        })
    }

    /// The next packet.
    pub(crate) fn next(&mut self, supply: &mut Supply) -> Result<Counted, Stop> {
        supply.begin_record();
        let header = supply.peek_some(self.header);
        let (there, head) = (header.len(), self.read(header));
        let Some(head) = head.filter(|_| there == self.header) else {
            return Err(if there == 0 { supply.end() } else { supply.cut() });
        };
        let given = record::given(head.captured, self.link_type)?;
        let length = self.header as u64 + u64::from(head.captured);
        let place = supply.pass(length, self.header..self.header + given)?;
        // The fraction may be more than a second.
        let time = u64::from(head.seconds) * self.units + u64::from(head.fraction);
        Ok(Counted::Packet(Record {
            time: record::nanoseconds(time, self.units, 0),
            interface: 0,
            link_type: self.link_type,
            original_length: head.wire,
            place,
        }))
    }
}

fn word(big_endian: bool, bytes: [u8; 4]) -> u32 {
    if big_endian {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    }
}
