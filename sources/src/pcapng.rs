//! pcapng, as Wireshark writes it: blocks, in sections that each have their own byte order and interfaces
//! (draft-ietf-opsawg-pcapng). Of all blocks only packets and what tells how to read them are looked at.

use crate::record::{self, Counted, Record};
use crate::supply::{MOST_HELD, Place, Stop, Supply, damage};

/// Type and length in front of a block, its length again behind it.
const HEADER: usize = 8;
const TRAILER: usize = 4;
/// The longest block: as in Wireshark, the longest packet with options.
const LONGEST_BLOCK: u32 = (128 << 20) + (128 << 10) + 32;
/// The most interfaces of a section.
const MAX_INTERFACES: usize = 1 << 16;

/// Block types. Those from the journal on are no packets, but Wireshark counts them as frames.
mod block {
    pub(super) const SECTION: u32 = 0x0A0D_0D0A;
    pub(super) const INTERFACE: u32 = 1;
    pub(super) const OBSOLETE_PACKET: u32 = 2;
    pub(super) const SIMPLE_PACKET: u32 = 3;
    pub(super) const ENHANCED_PACKET: u32 = 6;
    pub(super) const JOURNAL: u32 = 9;
    pub(super) const SYSDIG: [u32; 3] = [0x204, 0x216, 0x221];
    pub(super) const CUSTOM: [u32; 2] = [0xBAD, 0x4000_0BAD];
}

/// A file, as far as it was read.
#[derive(Debug, Default)]
pub(crate) struct Pcapng {
    big_endian: bool,
    interfaces: Vec<Interface>,
}

/// What an interface description says of its packets.
#[derive(Clone, Copy, Debug)]
struct Interface {
    link_type: u16,
    /// The most bytes captured of a packet; 0: all.
    snap_length: u32,
    /// A second has so many of its time's units.
    units: u64,
    /// Seconds to be added to all times.
    offset: i64,
}

/// A block that carries a packet.
struct Packet {
    interface: u32,
    time: i64,
    captured: u32,
    original_length: u32,
    /// Where in the block the packet begins.
    at: usize,
}

/// Whether a file that begins so is of this format.
pub(crate) fn recognise(beginning: &[u8]) -> bool {
    beginning.starts_with(&block::SECTION.to_be_bytes())
}

impl Pcapng {
    /// The next packet, or what Wireshark counts like one.
    pub(crate) fn next(&mut self, supply: &mut Supply) -> Result<Counted, Stop> {
        loop {
            supply.begin_record();
            if supply.peek_some(HEADER).is_empty() {
                return Err(supply.end());
            }
            let beginning = supply.peek(HEADER)?;
            let kind = self.word(beginning, 0);
            match kind {
                Some(block::SECTION) => self.section(supply)?,
                Some(block::INTERFACE) => self.interface(supply)?,
                Some(kind @ (block::OBSOLETE_PACKET | block::SIMPLE_PACKET | block::ENHANCED_PACKET)) => {
                    return self.packet(supply, kind).map(Counted::Packet);
                }
                _ => {
                    let length = self.length(supply)?;
                    self.pass(supply, length, 0..0)?;
                    let other = |kind: u32| {
                        kind == block::JOURNAL
                            || block::SYSDIG.contains(&kind)
                            || block::CUSTOM.contains(&kind)
                    };
                    if kind.is_some_and(other) {
                        return Ok(Counted::Other);
                    }
                }
            }
        }
    }

    /// A number of four bytes.
    fn word(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    fn short(&self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    /// The length of the block that comes next. Some writers forget to count the padding.
    fn length(&self, supply: &mut Supply) -> Result<u32, Stop> {
        let length = self.word(supply.peek(HEADER)?, 4).unwrap_or(0);
        let padded = length.checked_next_multiple_of(4).unwrap_or(u32::MAX);
        if padded as usize >= HEADER + TRAILER && padded <= LONGEST_BLOCK {
            Ok(padded)
        } else {
            damage(format!("a block is said to have {length} bytes"))
        }
    }

    /// Walks over a block of this length, whose end must say the same length.
    fn pass(&self, supply: &mut Supply, length: u32, wanted: std::ops::Range<usize>) -> Result<Place, Stop> {
        let (whole, before) = (length as usize, length as usize - TRAILER);
        if whole <= MOST_HELD {
            self.check(supply.peek(whole)?.get(before..), length)?;
            return supply.pass(whole as u64, wanted);
        }
        let place = supply.pass(before as u64, wanted)?;
        self.check(supply.peek(TRAILER).ok(), length)?;
        supply.skip(TRAILER as u64)?;
        Ok(place)
    }

    fn check(&self, trailer: Option<&[u8]>, length: u32) -> Result<(), Stop> {
        let again = trailer.and_then(|trailer| self.word(trailer, 0)).unwrap_or(0);
        if again.checked_next_multiple_of(4) == Some(length) {
            return Ok(());
        }
        damage(format!(
            "a block begins with its length, {length}, and ends with another, {again}"
        ))
    }

    /// A section begins: byte order, version, length of the section (which nobody needs), options.
    fn section(&mut self, supply: &mut Supply) -> Result<(), Stop> {
        self.big_endian = match supply.peek(HEADER + 4)?.get(HEADER..) {
            Some([0x1A, 0x2B, 0x3C, 0x4D]) => true,
            Some([0x4D, 0x3C, 0x2B, 0x1A]) => false,
            _ => return damage("a section begins without a byte order"),
        };
        let length = self.length(supply)?;
        if length < 28 {
            return damage(format!("a section's header is said to have {length} bytes"));
        }
        let fixed = supply.peek(16)?;
        let (major, minor) = (self.short(fixed, 12), self.short(fixed, 14));
        // Version 1.2 was once written, and is the same.
        if (major, minor) != (Some(1), Some(0)) && (major, minor) != (Some(1), Some(2)) {
            let (major, minor) = (major.unwrap_or(0), minor.unwrap_or(0));
            return damage(format!(
                "a section is of version {major}.{minor}, and no such is known"
            ));
        }
        self.interfaces.clear();
        self.pass(supply, length, 0..0).map(drop)
    }

    /// An interface: link type, reserved, snap length, options.
    fn interface(&mut self, supply: &mut Supply) -> Result<(), Stop> {
        const FIXED: usize = HEADER + 8;
        let length = self.length(supply)?;
        if (length as usize) < FIXED + TRAILER {
            return damage(format!("an interface's block is said to have {length} bytes"));
        }
        if self.interfaces.len() >= MAX_INTERFACES {
            return damage(format!("a section has more than {MAX_INTERFACES} interfaces"));
        }
        let block = supply.peek(MOST_HELD.min(length as usize - TRAILER))?;
        let mut interface = Interface {
            link_type: self.short(block, HEADER).unwrap_or(0),
            snap_length: self.word(block, HEADER + 4).unwrap_or(0),
            units: 1_000_000,
            offset: 0,
        };
        self.options(block.get(FIXED..).unwrap_or_default(), &mut interface);
        self.pass(supply, length, 0..0)?;
        self.interfaces.push(interface);
        Ok(())
    }

    /// The options of an interface: each a code, a length, as many bytes, padding.
    fn options(&self, mut rest: &[u8], interface: &mut Interface) {
        const END: u16 = 0;
        const TIME_RESOLUTION: u16 = 9;
        const TIME_OFFSET: u16 = 14;
        while let (Some(code), Some(length)) = (self.short(rest, 0), self.short(rest, 2)) {
            let length = usize::from(length);
            let Some(value) = rest.get(4..4 + length) else {
                return;
            };
            match (code, value) {
                (END, _) => return,
                (TIME_RESOLUTION, &[resolution]) => interface.units = units(resolution),
                (TIME_OFFSET, value) => {
                    if let Some(bytes) = value.first_chunk() {
                        interface.offset = if self.big_endian {
                            i64::from_be_bytes(*bytes)
                        } else {
                            i64::from_le_bytes(*bytes)
                        };
                    }
                }
                _ => {}
            }
            rest = rest.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        }
    }

    fn packet(&self, supply: &mut Supply, kind: u32) -> Result<Record, Stop> {
        let length = self.length(supply)?;
        let fixed = if kind == block::SIMPLE_PACKET {
            HEADER + 4
        } else {
            HEADER + 20
        };
        if (length as usize) < fixed + TRAILER {
            return damage(format!("a packet's block is said to have {length} bytes"));
        }
        let block = supply.peek(fixed)?;
        let Some((packet, interface)) = self.fixed_part(block, kind) else {
            return damage("a packet is of an interface that no block describes");
        };
        let link_type = interface.link_type.into();
        let given = record::given(packet.captured, link_type)?;
        let padded = u64::from(packet.captured).next_multiple_of(4);
        if padded + (packet.at + TRAILER) as u64 > u64::from(length) {
            let captured = packet.captured;
            return damage(format!(
                "a block of {length} bytes is said to hold a packet of {captured}"
            ));
        }
        let place = self.pass(supply, length, packet.at..packet.at + given)?;
        Ok(Record {
            time: packet.time,
            interface: packet.interface,
            link_type,
            original_length: packet.original_length,
            place,
        })
    }

    /// What stands before the packet itself, and its interface if that is known.
    fn fixed_part(&self, block: &[u8], kind: u32) -> Option<(Packet, Interface)> {
        let number = |at: usize| self.word(block, HEADER + at);
        if kind == block::SIMPLE_PACKET {
            let (interface, original_length) = (*self.interfaces.first()?, number(0)?);
            let most = if interface.snap_length == 0 {
                u32::MAX
            } else {
                interface.snap_length
            };
            let packet = Packet {
                interface: 0,
                time: 0,
                captured: original_length.min(most),
                original_length,
                at: HEADER + 4,
            };
            return Some((packet, interface));
        }
        let index = if kind == block::OBSOLETE_PACKET {
            self.short(block, HEADER)?.into()
        } else {
            number(0)?
        };
        let interface = *self.interfaces.get(usize::try_from(index).ok()?)?;
        let time = u64::from(number(4)?) << 32 | u64::from(number(8)?);
        let packet = Packet {
            interface: index,
            time: record::nanoseconds(time, interface.units, interface.offset),
            captured: number(12)?,
            original_length: number(16)?,
            at: HEADER + 20,
        };
        Some((packet, interface))
    }
}

/// Units a second by `if_tsresol`: a negative power of ten, or of two if the highest bit is set.
fn units(resolution: u8) -> u64 {
    let base: u64 = if resolution & 0x80 == 0 { 10 } else { 2 };
    base.checked_pow(u32::from(resolution & 0x7F)).unwrap_or(u64::MAX)
}
