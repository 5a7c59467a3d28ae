//! Networks and addresses: as products write them (`A MASK`, `A WILDCARD`) -> `A/bits`, and whether two of them meet.

use std::net::{IpAddr, Ipv4Addr};

/// `192.0.2.0` and `255.255.255.0` -> `192.0.2.0/24`; `None` if the mask has holes.
pub(super) fn masked(address: &str, mask: &str) -> Option<String> {
    let (address, mask) = (address.parse::<Ipv4Addr>().ok()?, mask.parse::<Ipv4Addr>().ok()?);
    let bits = mask.to_bits().leading_ones();
    let whole = u32::MAX.checked_shl(32 - bits).unwrap_or(0) == mask.to_bits();
    whole.then(|| network(address, bits))
}

/// `192.0.2.0` and `0.0.0.255` (the bits that do not matter) -> `192.0.2.0/24`.
pub(super) fn wildcard(address: &str, free: &str) -> Option<String> {
    let free = free.parse::<Ipv4Addr>().ok()?;
    masked(address, &Ipv4Addr::from_bits(!free.to_bits()).to_string())
}

fn network(address: Ipv4Addr, bits: u32) -> String {
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    format!("{}/{bits}", Ipv4Addr::from_bits(address.to_bits() & mask))
}

/// One host: `192.0.2.1` -> `192.0.2.1/32`.
pub(super) fn host(address: &str) -> Option<String> {
    Some(match address.parse().ok()? {
        IpAddr::V4(a) => format!("{a}/32"),
        IpAddr::V6(a) => format!("{a}/128"),
    })
}

/// `192.0.2.7/24` -> `192.0.2.0/24`; a host without bits; IPv6 as it stands.
pub(super) fn prefix(text: &str) -> Option<String> {
    let Some((address, bits)) = text.split_once('/') else {
        return host(text);
    };
    let bits: u32 = bits.parse().ok()?;
    match address.parse().ok()? {
        IpAddr::V4(a) => (bits <= 32).then(|| network(a, bits)),
        IpAddr::V6(a) => (bits <= 128).then(|| format!("{a}/{bits}")),
    }
}

/// It is a network or a host, as they are written.
#[must_use]
pub fn is_network(text: &str) -> bool {
    prefix(text).is_some() || text.split('-').all(|end| end.parse::<IpAddr>().is_ok())
}

/// An address that has to be translated to talk to a public one (RFC 1918, 6598, 3927, 4193, 4291).
pub(crate) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => {
            let [first, second, ..] = a.octets();
            a.is_private() || a.is_link_local() || a.is_loopback() || (first == 100 && second & 0xC0 == 64)
        }
        IpAddr::V6(a) => a.is_unique_local() || a.is_unicast_link_local() || a.is_loopback(),
    }
}

/// It stands for all addresses.
pub(super) fn is_any(pattern: &str) -> bool {
    matches!(
        pattern,
        "%any" | "any" | "%any4" | "%any6" | "0.0.0.0/0" | "::/0" | "0.0.0.0" | "*"
    )
}

/// Does `pattern` of a configuration mean this address? `None` where that cannot be told (a name, a variable).
#[must_use]
pub fn means(pattern: &str, address: IpAddr) -> Option<bool> {
    meaning(pattern).is(address)
}

/// What a pattern of a configuration stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// All addresses.
    Any,
    /// This one, written as such.
    One(IpAddr),
    /// From one to another.
    Range(IpAddr, IpAddr),
    /// That cannot be told.
    Unknown,
}

pub(super) fn meaning(pattern: &str) -> Meaning {
    let bare = pattern.trim_matches(['[', ']']);
    if is_any(bare) {
        return Meaning::Any;
    }
    match (pattern.parse(), range(bare)) {
        (Ok(address), _) => Meaning::One(address),
        (_, Some((from, to))) => Meaning::Range(from, to),
        _ => Meaning::Unknown,
    }
}

impl Meaning {
    /// It means this address.
    pub(super) fn is(&self, address: IpAddr) -> Option<bool> {
        match *self {
            Self::Any => Some(true),
            Self::One(one) => Some(one == address),
            Self::Range(from, to) => {
                Some(from.is_ipv4() == address.is_ipv4() && from <= address && address <= to)
            }
            Self::Unknown => None,
        }
    }

    /// The address that it names.
    pub(super) fn exact(&self) -> Option<IpAddr> {
        match *self {
            Self::One(address) => Some(address),
            _ => None,
        }
    }
}

/// First and last address of a network as configurations and selectors write it; what follows in brackets or after a blank
/// (protocol and port) is left out. `None` for names such as `dynamic` and `%any`.
fn range(text: &str) -> Option<(IpAddr, IpAddr)> {
    let text = text.replace(" to ", "-");
    let text = text.split(['[', ' ']).next()?;
    if let Some((from, to)) = text.split_once('-') {
        return Some((from.parse().ok()?, to.parse().ok()?));
    }
    let (base, bits) = match text.split_once('/') {
        Some((base, bits)) => (base.parse::<IpAddr>().ok()?, Some(bits.parse::<u32>().ok()?)),
        None => (text.parse::<IpAddr>().ok()?, None),
    };
    // More bits than an address has mean nothing.
    let most = if base.is_ipv4() { 32 } else { 128 };
    if bits.is_some_and(|bits| bits > most) {
        return None;
    }
    Some(match base {
        IpAddr::V4(a) => {
            let host = u32::MAX.checked_shr(bits.unwrap_or(32)).unwrap_or(0);
            let a = a.to_bits();
            (
                IpAddr::from((a & !host).to_be_bytes()),
                IpAddr::from((a | host).to_be_bytes()),
            )
        }
        IpAddr::V6(a) => {
            let host = u128::MAX.checked_shr(bits.unwrap_or(128)).unwrap_or(0);
            let a = a.to_bits();
            (
                IpAddr::from((a & !host).to_be_bytes()),
                IpAddr::from((a | host).to_be_bytes()),
            )
        }
    })
}

/// These two lists of networks surely have no address in common; `whole`: no network.
#[must_use]
pub fn apart(one: &[String], other: &[String], whole: bool) -> bool {
    let meet = |a: &String, b: &String| match (range(a), range(b)) {
        (Some(a), Some(b)) if whole => a == b,
        (Some((from, to)), Some((first, last))) => {
            from.is_ipv4() == first.is_ipv4() && from <= last && first <= to
        }
        _ => true,
    };
    !one.is_empty() && !other.is_empty() && !one.iter().any(|a| other.iter().any(|b| meet(a, b)))
}

/// `192.0.2.10[500]`, `192.0.2.10:500`, `[2001:db8::1]:500`, `2001:db8::1[500]`.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches(|c: char| matches!(c, ',' | '"' | '(' | ')'));
    if let Some(inner) = text.strip_prefix('[') {
        return inner.split(']').next()?.parse().ok();
    }
    let bare = text.split('[').next()?;
    bare.parse()
        .ok()
        .or_else(|| bare.rsplit_once(':').and_then(|(a, _)| a.parse().ok()))
        .or_else(|| bare.trim_end_matches(':').parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_become_one() {
        let net = Some("192.0.2.0/24".to_owned());
        assert_eq!(masked("192.0.2.7", "255.255.255.0"), net);
        assert_eq!(wildcard("192.0.2.0", "0.0.0.255"), net);
        assert_eq!(prefix("192.0.2.7/24"), net);
        assert_eq!(masked("0.0.0.0", "0.0.0.0").as_deref(), Some("0.0.0.0/0"));
        assert_eq!(host("2001:db8::1").as_deref(), Some("2001:db8::1/128"));
        for wrong in ["255.0.255.0", "x", ""] {
            assert_eq!(masked("192.0.2.0", wrong), None, "{wrong}");
        }
        assert_eq!(prefix("192.0.2.0/33"), None);
    }

    #[test]
    fn patterns_mean_addresses() {
        let v4: IpAddr = [192, 0, 2, 77].into();
        for yes in [
            "%any",
            "192.0.2.77",
            "192.0.2.0/24",
            "0.0.0.0/0",
            "192.0.2.1-192.0.2.99",
        ] {
            assert_eq!(means(yes, v4), Some(true), "{yes}");
        }
        for no in [
            "192.0.2.7",
            "192.0.3.0/24",
            "192.0.2.78-192.0.2.99",
            "2001:db8::/32",
        ] {
            assert_eq!(means(no, v4), Some(false), "{no}");
        }
        for unknown in ["vpn.example.org", "192.0.2.0/33", "%defaultroute", ""] {
            assert_eq!(means(unknown, v4), None, "{unknown}");
        }
        let v6: IpAddr = "2001:db8::1".parse().expect("an address");
        assert_eq!(means("[2001:db8::1]", v6), Some(true));
        assert_eq!(means("2001:db8::/32", v6), Some(true));
    }

    #[test]
    fn networks_are_apart_only_where_that_is_sure() {
        let lists = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let far = |one, other, whole| apart(&lists(one), &lists(other), whole);
        assert!(far("172.16.1.0/24", "172.16.2.0/24,10.0.0.1", false));
        assert!(!far("172.16.1.0/24", "172.16.0.0/16", false));
        assert!(far("172.16.1.0/24", "172.16.0.0/16", true));
        assert!(!far("172.16.1.0/24", "dynamic", false));
    }

    #[test]
    fn addresses_with_ports() {
        let v4: IpAddr = [192, 0, 2, 10].into();
        for text in ["192.0.2.10[500]", "192.0.2.10:500", "192.0.2.10", "192.0.2.10:"] {
            assert_eq!(address(text), Some(v4), "{text}");
        }
        for text in ["2001:db8::1[500]", "[2001:db8::1]:500", "2001:db8::1"] {
            assert_eq!(address(text), "2001:db8::1".parse().ok(), "{text}");
        }
        assert_eq!(address("lab"), None);
    }
}
