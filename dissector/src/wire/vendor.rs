//! Vendor IDs: what they say of their sender's product and abilities. The table is generated from `data/` (`make data`).

mod table;

use table::TABLE;

/// What a Vendor ID stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorId {
    /// Its row of the table.
    row: u16,
    /// Name as users know it.
    pub name: &'static str,
    /// Product, when the Vendor ID is one of an implementation (copied Vendor IDs such as DPD name none).
    pub product: Option<Product>,
    /// Ability it announces.
    pub ability: Option<Ability>,
}

/// Products whose behaviour or configuration syntax the project knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Product {
    Windows,
    Apple,
    Android,
    StrongSwan,
    Libreswan,
    Openswan,
    OpenIked,
    Racoon,
    CiscoIos,
    CiscoAsa,
    FortiGate,
    CheckPoint,
    Juniper,
    PaloAlto,
    Aws,
    SonicWall,
    RouterOs,
    Zyxel,
    Other,
}

/// Abilities announced by Vendor ID (IKEv1 has no other way).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ability {
    /// NAT traversal as in RFC 3947.
    NatTraversalRfc,
    /// NAT traversal, a draft that moves to port 4500 (02 and later).
    NatTraversalDraft,
    /// NAT traversal, a draft that stays on port 500 (00, 01).
    NatTraversalOldDraft,
    /// Dead peer detection, RFC 3706.
    Dpd,
    /// Extended authentication.
    Xauth,
    /// Cisco/Microsoft fragmentation.
    Fragmentation,
    /// Cisco Unity.
    Unity,
}

/// How a Vendor ID is compared with the table.
#[derive(Clone, Copy, PartialEq)]
enum Match {
    /// Byte for byte.
    Exact,
    /// A version or anything else may follow.
    Prefix,
}

/// The most bytes of a row; the longest has 55.
const MAX_BYTES: usize = 56;

/// The bytes of a row. They stand in the table itself, where a search finds them without a detour.
struct Bytes {
    bytes: [u8; MAX_BYTES],
    length: usize,
}

impl Bytes {
    /// From hexadecimal digits, while this is compiled: what are none do not compile.
    const fn of(hex: &str) -> Self {
        const fn value(digit: u8) -> u8 {
            assert!(digit.is_ascii_hexdigit(), "no hexadecimal digit");
            if digit <= b'9' {
                digit - b'0'
            } else {
                (digit | 0x20) - b'a' + 10
            }
        }
        let mut bytes = [0; MAX_BYTES];
        let (mut digits, mut room) = (hex.as_bytes(), bytes.as_mut_slice());
        while let ([high, low, digits_left @ ..], [byte, room_left @ ..]) = (digits, room) {
            *byte = value(*high) << 4 | value(*low);
            (digits, room) = (digits_left, room_left);
        }
        assert!(digits.is_empty(), "half a byte, or too many of them");
        Self {
            bytes,
            length: hex.len() / 2,
        }
    }

    fn get(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// A Vendor ID, how it is compared, and what it says.
type Row = (Bytes, Match, VendorId);

const fn row(
    hex: &str,
    how: Match,
    name: &'static str,
    product: Option<Product>,
    ability: Option<Ability>,
) -> Row {
    let vendor_id = VendorId {
        row: 0,
        name,
        product,
        ability,
    };
    (Bytes::of(hex), how, vendor_id)
}

/// Tells each row which one it is.
#[allow(clippy::indexing_slicing)] // an index that is out of bounds does not compile
const fn numbered<const N: usize>(mut rows: [Row; N]) -> [Row; N] {
    assert!(N <= u16::MAX as usize, "two bytes stand for a row");
    let mut at = 0;
    while at < N {
        rows[at].2.row = at as u16;
        at += 1;
    }
    rows
}

/// For each first byte, how many rows stand before those that begin with it.
#[allow(clippy::indexing_slicing)] // an index that is out of bounds does not compile
static BEGINNINGS: [usize; 257] = {
    let (mut beginnings, mut first) = ([0; 257], 0);
    while first < 256 {
        let mut at = beginnings[first];
        while at < TABLE.len() && TABLE[at].0.bytes[0] as usize == first {
            at += 1;
        }
        first += 1;
        beginnings[first] = at;
    }
    beginnings
};

/// The rows that begin with the same byte as this.
fn rows_near(vendor_id: &[u8]) -> Option<&'static [Row]> {
    let first = usize::from(*vendor_id.first()?);
    TABLE.get(*BEGINNINGS.get(first)?..*BEGINNINGS.get(first + 1)?)
}

impl VendorId {
    /// Its row of the table: two bytes that stand for it.
    pub(crate) fn row(&self) -> u16 {
        self.row
    }

    /// What stands in a row of the table.
    pub(crate) fn in_row(row: u16) -> Option<&'static Self> {
        TABLE.get(usize::from(row)).map(|(.., vendor_id)| vendor_id)
    }
}

/// Looks a Vendor ID payload's contents up; the longest match wins.
#[must_use]
pub fn lookup(vendor_id: &[u8]) -> Option<&'static VendorId> {
    let (rows, mut key) = (rows_near(vendor_id)?, vendor_id);
    // What begins the key stands before it in the table, and the longest beginning last. If the row before the key
    // does not begin it, no row begins it with more than they have in common.
    loop {
        let rows_before = rows.partition_point(|(bytes, ..)| bytes.get() <= key);
        let (bytes, how, found) = rows.get(rows_before.checked_sub(1)?)?;
        let bytes = bytes.get();
        let begins = key.starts_with(bytes);
        if begins && (*how == Match::Prefix || bytes.len() == vendor_id.len()) {
            return Some(found);
        }
        let common = bytes.iter().zip(key).take_while(|(a, b)| a == b).count();
        key = key.get(..common - usize::from(begins))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    fn find(hex: &str) -> Option<&'static VendorId> {
        lookup(&bytes(hex))
    }

    #[test]
    fn table_is_sorted() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0.get() < pair[1].0.get()));
    }

    #[test]
    fn every_row_finds_itself() {
        for (bytes, how, vendor_id) in TABLE {
            assert_eq!(lookup(bytes.get()), Some(vendor_id));
            assert_eq!(VendorId::in_row(vendor_id.row()), Some(vendor_id));
            let longer = lookup(&[bytes.get(), &[0xA5]].concat());
            match how {
                Match::Exact => assert_ne!(longer, Some(vendor_id)),
                Match::Prefix => assert_eq!(longer, Some(vendor_id)),
            }
        }
    }

    /// As a search through all rows finds it, for what a row begins with, rows and more, and rows with one byte changed.
    #[test]
    fn nothing_is_missed_between_the_rows() {
        let slowly = |id: &[u8]| {
            let matching = TABLE.iter().filter(|(bytes, how, _)| match how {
                Match::Exact => bytes.get() == id,
                Match::Prefix => id.starts_with(bytes.get()),
            });
            let longest = matching.max_by_key(|(bytes, ..)| bytes.length);
            longest.map(|(.., vendor_id)| vendor_id)
        };
        for (bytes, ..) in TABLE {
            for length in 0..=bytes.length {
                let begun = &bytes.get()[..length];
                for end in [&[][..], &[0], &[0xFF], &[0x30; 60]] {
                    let id = [begun, end].concat();
                    assert_eq!(lookup(&id), slowly(&id), "{id:x?}");
                }
            }
        }
    }

    #[test]
    fn the_longest_match_wins() {
        const WINDOWS: &str = "1e2b516905991c7d7c96fcbfb587e461";
        let name = |hex: &str| find(hex).map(|vendor_id| vendor_id.name);
        assert_eq!(name(&format!("{WINDOWS}00000009")), Some("Windows 8 or later"));
        assert_eq!(name(&format!("{WINDOWS}00000007")), Some("Windows 7"));
        assert_eq!(name(&format!("{WINDOWS}000000ff")), Some("Windows"));
        assert_eq!(name(WINDOWS), Some("Windows"));
        // "OE-Libreswan-4.9", "OE" and ten letters, "OSW" and nine.
        assert_eq!(name("4f452d4c696272657377616e2d342e39"), Some("Libreswan"));
        assert_eq!(name("4f4561626364656667686a6b"), Some("FreeS/WAN or Openswan"));
        assert_eq!(name("4f5357616263646566676869"), Some("Openswan"));
    }

    #[test]
    fn unknown_vendor_ids_are_unknown() {
        assert_eq!(lookup(&[]), None);
        assert_eq!(lookup(&[0; 16]), None);
        assert_eq!(lookup(&[0xFF; 2000]), None);
        // One byte short of, and one byte beyond, "strongSwan".
        assert_eq!(find("882fe56d6fd20dbc2251613b2ebe5b"), None);
        assert_eq!(find("882fe56d6fd20dbc2251613b2ebe5beb00"), None);
    }

    #[test]
    fn abilities_are_announced() {
        let ability = |hex: &str| find(hex).and_then(|vendor_id| vendor_id.ability);
        assert_eq!(
            ability("4a131c81070358455c5728f20e95452f"),
            Some(Ability::NatTraversalRfc)
        );
        assert_eq!(
            ability("90cb80913ebb696e086381b5ec427b1f"),
            Some(Ability::NatTraversalDraft)
        );
        assert_eq!(
            ability("4485152d18b6bbcd0be8a8469579ddcc"),
            Some(Ability::NatTraversalOldDraft)
        );
        assert_eq!(ability("afcad71368a1f1c96b8696fc77570100"), Some(Ability::Dpd));
        assert_eq!(ability("09002689dfd6b712"), Some(Ability::Xauth));
        assert_eq!(ability("12f5f28c457168a9702d9fe274cc0100"), Some(Ability::Unity));
        assert_eq!(
            ability("4048b7d56ebce88525e7de7f00d6c2d3c0000000"),
            Some(Ability::Fragmentation)
        );
        assert_eq!(
            ability("4048b7d56ebce88525e7de7f00d6c2d3"),
            Some(Ability::Fragmentation)
        );
    }
}
