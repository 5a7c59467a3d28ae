//! The traffic a tunnel is asked for: traffic selectors of IKEv2 (RFC 7296 3.13), and the client identities of Quick Mode
//! that do the same in IKEv1 (RFC 2407 4.6.2), in one form.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::place::{Place, Role};
use crate::wire::code::number::v1_id_type as id;
use crate::wire::message::TrafficSelector;

/// The most selectors kept of one side.
pub(in crate::negotiation) const MAX_SELECTORS: usize = 16;
/// Port of L2TP (RFC 2661 8.1).
pub const L2TP_PORT: u16 = 1701;
/// IP protocol UDP.
const UDP: u8 = 17;

/// One range of addresses, ports and a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selector {
    /// IP protocol, 0 for any.
    pub protocol: u8,
    /// First and last port; 0 to 65535 is any.
    pub ports: (u16, u16),
    /// First and last address.
    pub addresses: (IpAddr, IpAddr),
}

/// What one request asked for, or one answer granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selectors {
    /// The message.
    pub event: u32,
    /// Who sent it.
    pub from: Role,
    /// Traffic of the side that asks for the tunnel (TSi, IDci).
    pub initiator: Vec<Selector>,
    /// Traffic of the side that is asked (TSr, IDcr).
    pub responder: Vec<Selector>,
    /// Where.
    pub place: Place,
}

impl Selector {
    /// A traffic selector of IKEv2; `None` for types other than address ranges.
    #[must_use]
    pub fn v2(t: &TrafficSelector<'_>) -> Option<Self> {
        Some(Self {
            protocol: t.protocol,
            ports: (t.start_port, t.end_port),
            addresses: (address(t.start)?, address(t.end)?),
        })
    }

    /// A client identity of Quick Mode; `None` for names.
    #[must_use]
    pub fn v1(kind: u8, protocol: u8, port: u16, data: &[u8]) -> Option<Self> {
        let (first, second) = data.split_at_checked(data.len() / 2)?;
        let addresses = match kind {
            id::IPV4 | id::IPV6 => (address(data)?, address(data)?),
            id::IPV4_SUBNET | id::IPV6_SUBNET => subnet(address(first)?, address(second)?),
            id::IPV4_RANGE | id::IPV6_RANGE => (address(first)?, address(second)?),
            _ => return None,
        };
        let ports = if port == 0 { (0, u16::MAX) } else { (port, port) };
        Some(Self {
            protocol,
            ports,
            addresses,
        })
    }

    /// It is one address only.
    #[must_use]
    pub fn is_host(&self) -> bool {
        self.addresses.0 == self.addresses.1
    }

    /// L2TP's port, as L2TP/IPsec asks for it (RFC 3193 4).
    #[must_use]
    pub fn is_l2tp(&self) -> bool {
        self.protocol == UDP && self.ports == (L2TP_PORT, L2TP_PORT)
    }

    /// The prefix length, if the range is a subnet.
    fn prefix(&self) -> Option<u32> {
        let (first, last, bits) = match self.addresses {
            (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
            _ => return None,
        };
        let host = first ^ last;
        let low = 128 - host.leading_zeros();
        let all_ones = host.count_ones() == low && first & host == 0;
        all_ones.then_some(bits - low)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.addresses;
        match self.prefix() {
            _ if self.is_host() => write!(f, "{first}")?,
            Some(prefix) => write!(f, "{first}/{prefix}")?,
            None => write!(f, "{first} to {last}")?,
        }
        if self.protocol != 0 {
            // IANA protocol-numbers
            match self.protocol {
                1 => f.write_str(" ICMP")?,
                6 => f.write_str(" TCP")?,
                UDP => f.write_str(" UDP")?,
                47 => f.write_str(" GRE")?,
                number => write!(f, " protocol {number}")?,
            }
        }
        match self.ports {
            (0, u16::MAX) => Ok(()),
            (first, last) if first == last => write!(f, " port {first}"),
            (first, last) => write!(f, " ports {first} to {last}"),
        }
    }
}

impl Selectors {
    /// L2TP/IPsec (RFC 3193) asks for this.
    #[must_use]
    pub fn are_for_l2tp(&self) -> bool {
        self.initiator
            .iter()
            .chain(&self.responder)
            .any(Selector::is_l2tp)
    }

    /// Both sides are single hosts, as transport mode needs them (RFC 4301 4.1).
    #[must_use]
    pub fn are_hosts(&self) -> bool {
        self.initiator
            .iter()
            .chain(&self.responder)
            .all(Selector::is_host)
    }
}

impl fmt::Display for Selectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |list: &[Selector]| {
            list.iter()
                .map(Selector::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        write!(f, "{} to {}", side(&self.initiator), side(&self.responder))
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|a| Ipv6Addr::from(a).into())
}

/// First and last address of a subnet given as address and mask.
fn subnet(address: IpAddr, mask: IpAddr) -> (IpAddr, IpAddr) {
    match (address, mask) {
        (IpAddr::V4(a), IpAddr::V4(m)) => {
            let (a, m) = (a.to_bits(), m.to_bits());
            (
                Ipv4Addr::from_bits(a & m).into(),
                Ipv4Addr::from_bits(a | !m).into(),
            )
        }
        (IpAddr::V6(a), IpAddr::V6(m)) => {
            let (a, m) = (a.to_bits(), m.to_bits());
            (
                Ipv6Addr::from_bits(a & m).into(),
                Ipv6Addr::from_bits(a | !m).into(),
            )
        }
        _ => (address, address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v1(kind: u8, data: &[u8]) -> String {
        Selector::v1(kind, 0, 0, data).map_or_else(String::new, |s| s.to_string())
    }

    #[test]
    fn selectors_read_as_people_write_them() {
        assert_eq!(v1(id::IPV4, &[10, 0, 0, 1]), "10.0.0.1");
        assert_eq!(
            v1(id::IPV4_SUBNET, &[172, 16, 1, 0, 255, 255, 255, 0]),
            "172.16.1.0/24"
        );
        assert_eq!(
            v1(id::IPV4_RANGE, &[10, 0, 0, 1, 10, 0, 0, 9]),
            "10.0.0.1 to 10.0.0.9"
        );
        assert_eq!(v1(id::IPV4_SUBNET, &[0; 8]), "0.0.0.0/0");
        assert_eq!(v1(id::IPV4, &[10, 0]), "");
        assert_eq!(v1(2, b"vpn.example"), "");
        let l2tp = Selector::v1(id::IPV4, UDP, L2TP_PORT, &[10, 0, 0, 1]);
        assert!(l2tp.is_some_and(|s| s.is_l2tp() && s.to_string() == "10.0.0.1 UDP port 1701"));
        let all = Selector::v2(&TrafficSelector {
            kind: 8,
            protocol: 0,
            start_port: 0,
            end_port: u16::MAX,
            start: &[0; 16],
            end: &[255; 16],
        });
        assert!(all.is_some_and(|s| s.to_string() == "::/0"));
    }
}
