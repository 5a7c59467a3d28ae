//! Addresses -> addresses that keep what matters of them: which are equal, private or public, IPv4 or IPv6, and which networks hold
//! them. Nothing else of the original is left.
//!
//! Networks are learned first. Each gets a place of its size in the network around it, or in a block of private addresses or of those
//! that are nobody's; larger ones first, then in order of appearance, so that all that fitted before fits again. An address gets the
//! next free one of the smallest network around it when it appears first.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZero;

use hashbrown::HashMap;

/// Bits of IPv4 and IPv6.
const V4: u8 = 32;
const V6: u8 = 128;

/// What private IPv4 addresses become (RFC 1918, 6598, 3927), the first block that has room.
const V4_PRIVATE: [(u128, u8); 5] = [
    (0x0A00_0000, 8),
    (0x6440_0000, 10),
    (0xAC10_0000, 12),
    (0xC0A8_0000, 16),
    (0xA9FE_0000, 16),
];
/// What public ones become: those of benchmarks (RFC 2544), then the reserved class E (RFC 1112 4).
const V4_PUBLIC: [(u128, u8); 2] = [(0xC612_0000, 15), (0xF000_0000, 4)];
/// The same of IPv6: RFC 4193; RFC 9637, then what nobody has (RFC 4291 2.4 gives out 2000::/3 alone).
const V6_PRIVATE: [(u128, u8); 1] = [(0xFD00 << 112, 8)];
const V6_PUBLIC: [(u128, u8); 2] = [(0x3FFF << 112, 20), (0x4000 << 112, 2)];
/// Prefixes shorter than this name nobody.
const V4_SHORTEST: u8 = 8;
const V6_SHORTEST: u8 = 16;

/// An address as a number, and how many bits it has.
type Number = (u128, u8);

fn number(address: IpAddr) -> Number {
    match address {
        IpAddr::V4(a) => (a.to_bits().into(), V4),
        IpAddr::V6(a) => (a.to_bits(), V6),
    }
}

fn address((bits, width): Number) -> IpAddr {
    match (width, u32::try_from(bits)) {
        (V4, Ok(bits)) => Ipv4Addr::from_bits(bits).into(),
        _ => Ipv6Addr::from_bits(bits).into(),
    }
}

/// The bits behind the first `length`.
fn host_bits(length: u8, width: u8) -> u128 {
    let count = u32::from(width.saturating_sub(length));
    u128::MAX.checked_shr(128_u32.saturating_sub(count)).unwrap_or(0)
}

/// It names nobody.
fn stays(a: IpAddr) -> bool {
    a.is_unspecified()
        || a == IpAddr::V4(Ipv4Addr::BROADCAST)
        || a == IpAddr::V4(Ipv4Addr::LOCALHOST)
        || a == IpAddr::V6(Ipv6Addr::LOCALHOST)
}

fn network_stays((_, width): Number, length: u8) -> bool {
    length < if width == V4 { V4_SHORTEST } else { V6_SHORTEST }
}

/// Which blocks an address can go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Class {
    V4Private,
    V4Public,
    V6Private,
    V6Public,
}

impl Class {
    fn of(a: IpAddr) -> Self {
        match (a, crate::policy::is_private(a)) {
            (IpAddr::V4(_), true) => Self::V4Private,
            (IpAddr::V4(_), false) => Self::V4Public,
            (IpAddr::V6(_), true) => Self::V6Private,
            (IpAddr::V6(_), false) => Self::V6Public,
        }
    }

    /// How many bits its addresses have.
    fn width(self) -> u8 {
        match self {
            Self::V4Private | Self::V4Public => V4,
            Self::V6Private | Self::V6Public => V6,
        }
    }

    fn blocks(self) -> &'static [(u128, u8)] {
        match self {
            Self::V4Private => &V4_PRIVATE,
            Self::V4Public => &V4_PUBLIC,
            Self::V6Private => &V6_PRIVATE,
            Self::V6Public => &V6_PUBLIC,
        }
    }
}

/// Addresses in a row of which the first ones are given away. No row ends with the last of all addresses.
#[derive(Clone, Copy, Debug)]
struct Space {
    /// The next one that is free.
    next: u128,
    last: u128,
    /// The first address, which a host gets only where no other is left.
    spare: Option<NonZero<u128>>,
}

impl Space {
    fn of(first: u128, length: u8, width: u8) -> Self {
        Self {
            next: first,
            last: first | host_bits(length, width),
            spare: None,
        }
    }

    /// The next address; that of the network itself last.
    fn host(&mut self, width: u8) -> Option<u128> {
        if self.next & 0xFF == 0 && self.next < self.last {
            self.spare = self.spare.or(NonZero::new(self.next));
            self.next += 1;
        }
        self.take(width, width)
            .or_else(|| self.spare.take().map(NonZero::get))
    }

    /// The next network of this length.
    fn take(&mut self, length: u8, width: u8) -> Option<u128> {
        let bits = host_bits(length, width);
        let first = self.next.checked_add(bits)? & !bits;
        let end = first | bits;
        if end > self.last {
            return None;
        }
        self.next = end.saturating_add(1);
        Some(first)
    }
}

/// A network of the capture. Tens of thousands may be named: it is small.
#[derive(Clone, Copy, Debug)]
struct Network {
    first: u128,
    /// Where it goes, and what is free of that.
    space: Space,
    /// In order of appearance.
    number: u32,
    /// The smallest one around it, by its place in the list.
    around: Option<u32>,
    class: Class,
    length: u8,
}

impl Network {
    fn holds(&self, class: Class, bits: u128) -> bool {
        self.class == class && bits & !host_bits(self.length, class.width()) == self.first
    }

    /// The first address of where it goes.
    fn to(&self) -> u128 {
        self.space.last & !host_bits(self.length, self.class.width())
    }
}

/// The networks and addresses of a capture and their pseudonyms.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// Networks as they were seen: first address and length.
    seen: HashMap<(IpAddr, u8), u32>,
    /// The same, by class, first address and length.
    networks: Vec<Network>,
    /// What is free of the blocks of each class.
    blocks: HashMap<Class, Vec<Space>>,
    /// Addresses that have a pseudonym, and which.
    given: HashMap<IpAddr, IpAddr>,
}

impl Addresses {
    /// Remembers a network of the capture.
    pub(super) fn learn(&mut self, a: IpAddr, length: u8) {
        let (bits, width) = number(a);
        if stays(a) || length >= width || network_stays((bits, width), length) {
            return;
        }
        let first = address((bits & !host_bits(length, width), width));
        let next = u32::try_from(self.seen.len()).unwrap_or(u32::MAX);
        self.seen.entry((first, length)).or_insert(next);
    }

    /// Gives every network its place.
    pub(super) fn settle(&mut self) {
        // One after the other, so that a network is never in more than two of them.
        let seen: Vec<((IpAddr, u8), u32)> = std::mem::take(&mut self.seen).into_iter().collect();
        let networks = seen.into_iter().map(|((a, length), number)| {
            let class = Class::of(a);
            Network {
                first: self::number(a).0,
                space: Space::of(0, length, class.width()),
                number,
                around: None,
                class,
                length,
            }
        });
        // Not in the room of the smaller list.
        let mut all = Vec::with_capacity(networks.len());
        all.extend(networks);
        let mut networks = all;
        networks.sort_unstable_by_key(|n| (n.class, n.first, n.length));
        for at in 1..networks.len() {
            let Some(&Network { class, first, .. }) = networks.get(at) else {
                continue;
            };
            // The one before it, or one of those around that.
            let mut around = u32::try_from(at - 1).ok();
            while let Some(outer) = around.and_then(|at| networks.get(at as usize)) {
                if outer.holds(class, first) {
                    break;
                }
                around = outer.around;
            }
            if let Some(network) = networks.get_mut(at) {
                network.around = around;
            }
        }
        self.networks = networks;
        // The larger ones first: whatever is around another is larger.
        let mut order: Vec<u32> = (0..).zip(&self.networks).map(|(at, _)| at).collect();
        order.sort_unstable_by_key(|&at| self.networks.get(at as usize).map(|n| (n.length, n.number)));
        for at in order {
            let Some(&network) = self.networks.get(at as usize) else {
                continue;
            };
            let to = self.free(network.around, network.class, network.length);
            if let Some(network) = self.networks.get_mut(at as usize) {
                network.space = Space::of(to, network.length, network.class.width());
            }
        }
    }

    /// The next network of this length in the network around it, or in the blocks of its class.
    fn free(&mut self, around: Option<u32>, class: Class, length: u8) -> u128 {
        let width = class.width();
        let blocks = self.blocks.entry(class).or_insert_with(|| {
            let blocks = class.blocks().iter();
            blocks
                .map(|&(first, length)| Space::of(first, length, width))
                .collect()
        });
        let inside = around.and_then(|at| self.networks.get_mut(at as usize));
        let spaces = match inside {
            Some(network) => std::slice::from_mut(&mut network.space),
            None => blocks.as_mut_slice(),
        };
        let found = spaces.iter_mut().find_map(|space| {
            if length == width {
                space.host(width)
            } else {
                space.take(length, width)
            }
        });
        // Where there is no room, the last address is that of many.
        found.unwrap_or_else(|| spaces.first().map_or(0, |space| space.last))
    }

    /// The smallest network around an address, by its place in the list.
    fn around(&self, a: IpAddr) -> Option<u32> {
        let (bits, _) = number(a);
        let class = Class::of(a);
        let behind = self
            .networks
            .partition_point(|n| (n.class, n.first) <= (class, bits));
        let mut around = behind.checked_sub(1).and_then(|at| u32::try_from(at).ok());
        while let Some(network) = around.and_then(|at| self.networks.get(at as usize)) {
            if network.holds(class, bits) {
                return around;
            }
            around = network.around;
        }
        None
    }

    /// The pseudonym of an address.
    pub(super) fn pseudonym(&mut self, a: IpAddr) -> IpAddr {
        if stays(a) {
            return a;
        }
        if let Some(given) = self.given.get(&a) {
            return *given;
        }
        let (_, width) = number(a);
        let to = address((self.free(self.around(a), Class::of(a), width), width));
        self.given.insert(a, to);
        to
    }

    /// The first and the last address of a network's pseudonym.
    pub(super) fn network(&mut self, a: IpAddr, length: u8) -> (IpAddr, IpAddr) {
        let (bits, width) = number(a);
        let first = self.in_network(a, length);
        if length >= width {
            return (first, first);
        }
        let first_bits = number(first).0;
        let last = first_bits | host_bits(length, width);
        debug_assert!(bits & host_bits(length, width) == 0, "{a}/{length} is a network");
        (first, address((last, width)))
    }

    /// The pseudonym of what stands before a prefix length: a network, or an address in it.
    pub(super) fn in_network(&mut self, a: IpAddr, length: u8) -> IpAddr {
        let (bits, width) = number(a);
        if network_stays((bits, width), length) {
            return address((bits & !host_bits(length, width), width));
        }
        if length >= width || bits & host_bits(length, width) != 0 || stays(a) {
            return self.pseudonym(a);
        }
        let key = (Class::of(a), bits, length);
        let at = self
            .networks
            .binary_search_by_key(&key, |n| (n.class, n.first, n.length));
        match at.ok().and_then(|at| self.networks.get(at)) {
            Some(known) => address((known.to(), width)),
            None => self.pseudonym(a),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudonyms of networks and addresses, written as such.
    fn all(list: &[&str]) -> Vec<String> {
        let parsed: Vec<(IpAddr, Option<u8>)> = list
            .iter()
            .map(|text| match text.split_once('/') {
                Some((a, length)) => (a.parse().unwrap(), Some(length.parse().unwrap())),
                None => (text.parse().unwrap(), None),
            })
            .collect();
        let mut addresses = Addresses::default();
        for (a, length) in &parsed {
            if let Some(length) = length {
                addresses.learn(*a, *length);
            }
        }
        addresses.settle();
        parsed
            .into_iter()
            .map(|(a, length)| match length {
                Some(length) => format!("{}/{length}", addresses.in_network(a, length)),
                None => addresses.pseudonym(a).to_string(),
            })
            .collect()
    }

    #[test]
    fn only_relations_stay() {
        let here = all(&[
            "192.168.178.0/24",
            "192.168.178.20",
            "192.168.178.21",
            "192.168.178.20",
            "10.9.8.7",
            "8.8.8.8",
            "8.8.8.0/28",
            "2a00:1450:4001::5",
            "fd12:3456::1",
            "2a00:1450::/32",
        ]);
        let there = all(&[
            "10.77.3.0/24",
            "10.77.3.200",
            "10.77.3.1",
            "10.77.3.200",
            "172.16.0.1",
            "93.184.216.34",
            "93.184.216.32/28",
            "2606:2800::99",
            "fe80::1",
            "2606:2800::/32",
        ]);
        assert_eq!(here, there);
        assert_eq!(
            here,
            [
                "10.0.0.0/24",
                "10.0.0.1",
                "10.0.0.2",
                "10.0.0.1",
                "10.0.1.1",
                "198.18.0.1",
                "198.18.0.0/28",
                "3fff::1",
                "fd00::1",
                "3fff::/32",
            ]
        );
    }

    #[test]
    fn what_names_nobody_stays() {
        for list in [
            &["0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1"][..],
            &["0.0.0.0/0", "128.0.0.0/1", "2000::/3", "::/0"],
        ] {
            assert_eq!(all(list), list);
        }
    }

    #[test]
    fn networks_hold_what_they_held() {
        let list = [
            "10.1.0.0/16",
            "10.1.2.0/24",
            "10.1.2.128/25",
            "10.1.2.200",
            "10.1.2.5",
            "10.1.77.1",
            "10.200.0.1",
            "20.32.0.0/11",
            "20.40.0.0/16",
            "20.40.1.9",
            "192.168.0.0/16",
            "10.0.0.0/8",
        ];
        let replaced = all(&list);
        let range = |text: &str| {
            let (a, length) = text.split_once('/').unwrap_or((text, "32"));
            let (first, width) = number(a.parse().unwrap());
            (first, first | host_bits(length.parse().unwrap(), width))
        };
        for (a, p) in list.iter().zip(&replaced) {
            for (b, q) in list.iter().zip(&replaced) {
                let holds = |one: &str, other: &str| {
                    let ((first, last), (from, to)) = (range(one), range(other));
                    first <= from && to <= last
                };
                assert_eq!(holds(a, b), holds(p, q), "{a} {b} became {p} {q}");
            }
        }
    }

    #[test]
    fn a_network_that_is_full_fits_again() {
        let mut list: Vec<String> = vec!["198.51.100.0/28".to_owned(), "198.51.100.0/29".to_owned()];
        list.extend((0..16).rev().map(|host| format!("198.51.100.{host}")));
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let replaced = all(&list);
        let distinct: std::collections::BTreeSet<_> = replaced.iter().collect();
        assert_eq!(distinct.len(), list.len(), "{replaced:?}");
    }

    #[test]
    fn a_sweep_of_many_hosts_finds_room() {
        let list: Vec<String> = (0..200_000_u32)
            .map(|i| Ipv4Addr::from_bits(0x0808_0000 + i * 256).to_string())
            .collect();
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let distinct: std::collections::BTreeSet<_> = all(&list).into_iter().collect();
        assert_eq!(distinct.len(), list.len());
    }
}
