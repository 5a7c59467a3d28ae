//! Networks as products write them (`A MASK`, `A WILDCARD`, `A-B`) -> `A/bits`, the one form that is compared.

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
}
