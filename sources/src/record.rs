//! What readers of all formats give, and the limits they share.

use crate::supply::{Place, Stop, damage};

/// A packet's record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Nanoseconds since 1970; 0 where the file does not say.
    pub(crate) time: i64,
    pub(crate) interface: u32,
    /// A LINKTYPE_ value.
    pub(crate) link_type: i32,
    pub(crate) original_length: u32,
    pub(crate) place: Place,
}

/// Something that Wireshark counts among the packets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Packet(Record),
    /// A record that is no packet: of a journal, of a program.
    Other,
}

/// The most bytes of a packet that are given: more than any network carries, and the most that Wireshark takes of one.
pub(crate) const MOST_OF_PACKET: u32 = 262_144;
/// The longest record of link types whose packets may be longer than that (USB, D-Bus); none of them carries IP.
const LONGEST: u32 = 128 << 20;

/// How many bytes are given of a packet that is so long in the file.
pub(crate) fn given(length: u32, link_type: i32) -> Result<usize, Stop> {
    const USB: [i32; 5] = [186, 189, 220, 249, 266];
    const DBUS_AND_EBHSCR: [i32; 2] = [231, 279];
    if length <= MOST_OF_PACKET {
        return Ok(length as usize);
    }
    let longest = if USB.contains(&link_type) || DBUS_AND_EBHSCR.contains(&link_type) {
        LONGEST
    } else {
        MOST_OF_PACKET
    };
    if length > longest {
        return damage(format!(
            "a packet is said to have {length} bytes, and no more than {longest} are possible"
        ));
    }
    Ok(MOST_OF_PACKET as usize)
}

/// Nanoseconds since 1970 of a time that counts `units` a second, and seconds to be added.
pub(crate) fn nanoseconds(time: u64, units: u64, offset: i64) -> i64 {
    const SECOND: u64 = 1_000_000_000;
    let units = units.max(1);
    let (seconds, rest) = (time / units, time % units);
    // A division of 128 bits takes much longer than one of 64, and hardly any file has units that need it.
    let fraction = match rest.checked_mul(SECOND) {
        Some(product) => u128::from(product / units),
        None => u128::from(rest) * u128::from(SECOND) / u128::from(units),
    };
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_add(offset);
    let fraction = i64::try_from(fraction).unwrap_or(0);
    seconds
        .saturating_mul(SECOND.cast_signed())
        .saturating_add(fraction)
}
