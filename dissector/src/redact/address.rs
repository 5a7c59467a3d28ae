//! Addresses -> addresses that keep what matters of them: which are equal, which share a network of which size, private or
//! public, IPv4 or IPv6. Nothing else of the original is left.
//!
//! A block of private addresses stays itself; a public network becomes one of documentation (RFC 5737, RFC 3849), of
//! benchmarks (RFC 2544) or of the reserved class E, in order of appearance. Inside a block, addresses that share n bits
//! get pseudonyms that share n bits: a new one begins as its nearest neighbour does, turns off where they part, and then has
//! the usual bits. Well-known addresses (any, loopback, multicast, and prefixes so short that they name nobody) stay.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hashbrown::{HashMap, HashSet};

/// Bits of IPv4 and IPv6.
const V4: u8 = 32;
const V6: u8 = 128;

/// Blocks that stay, as first address and length: RFC 1918, RFC 6598, RFC 3927.
const V4_BLOCKS: [(Ipv4Addr, u8); 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
];
/// The same of IPv6: RFC 4193 and RFC 4291 2.5.6.
const V6_BLOCKS: [(u128, u8); 3] = [(0xFC00 << 112, 8), (0xFD00 << 112, 8), (0xFE80 << 112, 10)];
/// What public networks become, in this order.
const V4_POOLS: [(Ipv4Addr, u8); 5] = [
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
/// The same of IPv6: RFC 3849 and RFC 9637.
const V6_POOLS: [(u128, u8); 2] = [(0x2001_0DB8 << 96, 32), (0x3FFF << 112, 20)];
/// A public network where no prefix says how large it is.
const V4_NETWORK: u8 = 24;
const V6_NETWORK: u8 = 48;
/// Prefixes shorter than this name nobody.
const V4_SHORTEST: u8 = 8;
const V6_SHORTEST: u8 = 16;
/// How often other pseudonyms are tried when one is an address of the capture.
const TRIES: u32 = 16;

/// No address is beyond it.
const LAST: IpAddr = IpAddr::V6(Ipv6Addr::from_bits(u128::MAX));

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

/// Names nobody, or everybody.
fn is_well_known(a: IpAddr) -> bool {
    a.is_unspecified() || a.is_loopback() || a.is_multicast() || a == IpAddr::V4(Ipv4Addr::BROADCAST)
}

/// A network: its address and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Network {
    first: u128,
    length: u8,
    width: u8,
}

impl Network {
    fn of((bits, width): Number, length: u8) -> Self {
        Self {
            first: bits & !host_bits(length, width),
            length,
            width,
        }
    }

    fn last(self) -> u128 {
        self.first | host_bits(self.length, self.width)
    }

    fn holds(self, (bits, width): Number) -> bool {
        self.width == width && self.first <= bits && bits <= self.last()
    }
}

/// The addresses of a capture and their pseudonyms. A flood may have a million; an address as such takes half the room of its
/// number.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// In order of appearance.
    seen: Vec<IpAddr>,
    known: BTreeSet<IpAddr>,
    /// Public prefixes shorter than a usual network.
    wide: HashSet<Network>,
    /// What each block became, by its first address and length.
    blocks: HashMap<(IpAddr, u8), IpAddr>,
    /// Blocks of pseudonyms that are in use: first and last address.
    used: BTreeSet<(IpAddr, IpAddr)>,
    /// How far each pool was used.
    cursors: HashMap<(u128, u8), u128>,
    /// Addresses that have a pseudonym, and which.
    given: BTreeMap<IpAddr, IpAddr>,
    tried: u32,
}

impl Addresses {
    /// Remembers an address of the capture.
    pub(super) fn learn(&mut self, a: IpAddr) {
        if !is_well_known(a) && self.known.insert(a) {
            self.seen.push(a);
        }
    }

    /// Remembers a network of the capture.
    pub(super) fn learn_network(&mut self, a: IpAddr, length: u8) {
        if is_well_known(a) || Self::names_nobody(a, length) {
            return;
        }
        self.learn(a);
        let network = Network::of(number(a), length);
        let usual = if network.width == V4 {
            V4_NETWORK
        } else {
            V6_NETWORK
        };
        if length < usual && fixed_block(number(a)).is_none_or(|b| b.length > length) {
            self.wide.insert(network);
        }
    }

    fn names_nobody(a: IpAddr, length: u8) -> bool {
        let (bits, width) = number(a);
        let shortest = if width == V4 { V4_SHORTEST } else { V6_SHORTEST };
        length < shortest || fixed_block((bits, width)).is_some_and(|b| b.length >= length && b.first == bits)
    }

    /// Gives every address its pseudonym; none of them is an address of the capture, where there is room to avoid that.
    pub(super) fn settle(&mut self) {
        let seen = std::mem::take(&mut self.seen);
        for tried in 0..TRIES {
            self.tried = tried;
            self.blocks.clear();
            self.used.clear();
            self.cursors.clear();
            self.given.clear();
            let clash = seen.iter().any(|&a| {
                let pseudonym = self.pseudonym(number(a));
                self.known.contains(&address(pseudonym))
            });
            if !clash {
                break;
            }
        }
        self.seen = seen;
    }

    /// The address was seen.
    pub(super) fn knows(&self, a: IpAddr) -> bool {
        self.known.contains(&a)
    }

    /// The pseudonym of an address.
    pub(super) fn address_pseudonym(&mut self, a: IpAddr) -> IpAddr {
        if is_well_known(a) || Self::names_nobody(a, if a.is_ipv4() { V4 } else { V6 }) {
            return a;
        }
        address(self.pseudonym(number(a)))
    }

    /// The pseudonym of a network's address.
    pub(super) fn network_pseudonym(&mut self, a: IpAddr, length: u8) -> IpAddr {
        if is_well_known(a) || Self::names_nobody(a, length) {
            return a;
        }
        let (bits, width) = number(a);
        let (pseudonym, _) = self.pseudonym((bits, width));
        // The bytes behind the prefix are mostly zero, and stay what they are.
        let host = host_bits(length, width);
        address(((pseudonym & !host) | (bits & host), width))
    }

    fn pseudonym(&mut self, n: Number) -> Number {
        let (bits, width) = n;
        let own = address(n);
        if let Some(given) = self.given.get(&own) {
            return number(*given);
        }
        let block = self.block(n);
        let (first, last) = (address((block.first, width)), address((block.last(), width)));
        // The neighbour that shares most bits is the next one, or the one before.
        let neighbours = [
            self.given.range(first..own).next_back(),
            self.given.range(own..=last).next(),
        ];
        let shared =
            |other: u128| width - u8::try_from(128 - (other ^ bits).leading_zeros()).unwrap_or(width);
        let nearest = (neighbours.into_iter().flatten())
            .map(|(a, pseudonym)| (shared(number(*a).0), number(*pseudonym).0))
            .max_by_key(|(shared, _)| *shared);
        let (mut out, from) = match nearest {
            Some((shared, pseudonym)) => {
                let parting = 1 << u32::from(width - shared - 1);
                ((pseudonym ^ parting) & !(parting - 1), shared + 1)
            }
            None => (self.place(block), block.length),
        };
        for at in from..width {
            let shift = u32::from(width - at - 1);
            let branch = bits >> shift >> 1;
            // .0 stays the network, so that no host becomes one.
            let network = width == V4 && at >= V4_NETWORK && branch & host_bits(V4_NETWORK, at) == 0;
            let bit = if network {
                bits >> shift & 1
            } else {
                self.base(width, at)
            };
            out |= bit << shift;
        }
        self.given.insert(own, address((out, width)));
        (out, width)
    }

    /// What the bit of the first address becomes, if it may be chosen: 10.20.30.x, fd00::1.
    fn base(&self, width: u8, at: u8) -> u128 {
        let tried = u128::from(self.tried);
        let pattern = match width {
            V4 => ((20 + 7 * tried) & 0xFF) << 16 | ((30 + 11 * tried) & 0xFF) << 8,
            _ => tried << 64 | 1,
        };
        pattern >> (width - at - 1) & 1
    }

    /// The block an address belongs to.
    fn block(&self, n: Number) -> Network {
        fixed_block(n)
            .or_else(|| self.widest(n))
            .unwrap_or_else(|| Network::of(n, if n.1 == V4 { V4_NETWORK } else { V6_NETWORK }))
    }

    /// The widest known network around an address: a network inside another goes where that goes.
    fn widest(&self, n: Number) -> Option<Network> {
        let (shortest, usual) = if n.1 == V4 {
            (V4_SHORTEST, V4_NETWORK)
        } else {
            (V6_SHORTEST, V6_NETWORK)
        };
        if self.wide.is_empty() {
            return None;
        }
        let mut around = (shortest..usual).map(|length| Network::of(n, length));
        around.find(|network| self.wide.contains(network))
    }

    /// Where a block goes.
    fn place(&mut self, block: Network) -> u128 {
        if fixed_block((block.first, block.width)).is_some_and(|b| b == block) {
            return block.first;
        }
        let key = (address((block.first, block.width)), block.length);
        if let Some(first) = self.blocks.get(&key) {
            return number(*first).0;
        }
        let first = self.free(block.length, block.width).unwrap_or(0);
        self.blocks.insert(key, address((first, block.width)));
        first
    }

    /// The next network of this length that is free and holds no address of the capture.
    fn free(&mut self, length: u8, width: u8) -> Option<u128> {
        let pools: Vec<(u128, u8)> = if width == V4 {
            V4_POOLS
                .iter()
                .map(|(a, l)| (u128::from(a.to_bits()), *l))
                .collect()
        } else {
            V6_POOLS.to_vec()
        };
        let size = host_bits(length, width).checked_add(1)?;
        for (first, pool) in pools.into_iter().filter(|(_, pool)| *pool <= length) {
            let end = first | host_bits(pool, width);
            let mut at = *self.cursors.get(&(first, length)).unwrap_or(&first);
            while at <= end && at.checked_add(size - 1).is_some() {
                let last = at + (size - 1);
                let next = last.saturating_add(1);
                let (from, to) = (address((at, width)), address((last, width)));
                let before = self.used.range(..=(to, LAST)).next_back();
                let taken = before.is_some_and(|(_, end)| end.is_ipv4() == from.is_ipv4() && *end >= from)
                    || self.known.range(from..=to).next().is_some();
                if !taken {
                    self.used.insert((from, to));
                    self.cursors.insert((first, length), next);
                    return Some(at);
                }
                at = next;
            }
            self.cursors.insert((first, length), at);
        }
        None
    }
}

fn fixed_block(n: Number) -> Option<Network> {
    let v4 = V4_BLOCKS
        .iter()
        .map(|(a, l)| Network::of((a.to_bits().into(), V4), *l));
    let v6 = V6_BLOCKS.iter().map(|(bits, l)| Network::of((*bits, V6), *l));
    v4.chain(v6).find(|b| b.holds(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(list: &[&str]) -> (Vec<IpAddr>, Vec<IpAddr>) {
        let real: Vec<IpAddr> = list.iter().map(|a| a.parse().unwrap()).collect();
        let mut addresses = Addresses::default();
        for a in &real {
            addresses.learn(*a);
        }
        addresses.settle();
        let pseudonyms = real.iter().map(|a| addresses.address_pseudonym(*a)).collect();
        (real, pseudonyms)
    }

    fn shared(a: IpAddr, b: IpAddr) -> u32 {
        match (a, b) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => 0,
        }
    }

    #[test]
    fn relations_stay_and_values_go() {
        let (real, pseudonyms) = all(&[
            "10.1.1.10",
            "10.1.1.11",
            "10.1.2.1",
            "10.200.0.1",
            "192.168.178.20",
            "172.20.1.1",
            "8.8.8.8",
            "8.8.8.9",
            "9.9.9.9",
            "fd12:3456::1",
            "fd12:3456::2",
            "2a00:1450:4001::5",
            "2a00:1450:4001::6",
            "203.0.113.7",
            "10.20.30.8",
        ]);
        for (i, (a, p)) in real.iter().zip(&pseudonyms).enumerate() {
            assert!(!real.contains(p), "{a} became {p}");
            for (b, q) in real.iter().zip(&pseudonyms).take(i) {
                let (before, after) = (shared(*a, *b), shared(*p, *q));
                let inside =
                    fixed_block(number(*a)) == fixed_block(number(*b)) && fixed_block(number(*a)).is_some();
                let network = if a.is_ipv4() { 24 } else { 48 };
                if inside || before >= network {
                    assert_eq!(before, after, "{a} {b} became {p} {q}");
                } else {
                    assert!(after < network, "{a} {b} became {p} {q}");
                }
            }
            let private = |a: &IpAddr| fixed_block(number(*a));
            assert_eq!(private(a), private(p), "{a} became {p}");
        }
    }

    #[test]
    fn what_names_nobody_stays() {
        let (real, pseudonyms) = all(&[
            "0.0.0.0",
            "127.0.0.1",
            "224.0.0.251",
            "255.255.255.255",
            "::",
            "ff02::1",
        ]);
        assert_eq!(real, pseudonyms);
        let mut addresses = Addresses::default();
        addresses.settle();
        for (network, length) in [
            ("128.0.0.0", 1),
            ("10.0.0.0", 8),
            ("192.168.0.0", 16),
            ("2000::", 3),
        ] {
            let network = network.parse().unwrap();
            assert_eq!(addresses.network_pseudonym(network, length), network);
        }
    }

    #[test]
    fn a_network_holds_its_hosts_afterwards() {
        let mut addresses = Addresses::default();
        let (net, wide, host, other): (IpAddr, IpAddr, IpAddr, IpAddr) = (
            "10.1.0.0".parse().unwrap(),
            "20.32.0.0".parse().unwrap(),
            "20.40.1.9".parse().unwrap(),
            "10.1.7.9".parse().unwrap(),
        );
        addresses.learn_network(net, 16);
        addresses.learn_network(wide, 11);
        addresses.learn(host);
        addresses.learn(other);
        addresses.settle();
        for (n, length, h) in [(net, 16, other), (wide, 11, host)] {
            let (p, q) = (
                addresses.network_pseudonym(n, length),
                addresses.address_pseudonym(h),
            );
            assert!(
                shared(p, q) >= u32::from(length),
                "{n}/{length} {h} became {p} {q}"
            );
            assert!(p != n && q != h);
        }
    }

    #[test]
    fn a_sweep_of_many_hosts_finds_room() {
        let list: Vec<String> = (0..5000_u32)
            .map(|i| Ipv4Addr::from_bits(0x0808_0000 + i * 256).to_string())
            .collect();
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let (_, pseudonyms) = all(&list);
        let distinct: BTreeSet<_> = pseudonyms.iter().collect();
        assert_eq!(distinct.len(), list.len());
    }
}
