//! The rows of the tables that lead to a negotiation: SPIs and addresses.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use crate::negotiation::facts::Negotiation;
use crate::negotiation::store::index::Ip;
use crate::wire::message::Spi;

/// The most negotiations between two addresses that ESP and ICMP are matched against, latest first.
pub(super) const MAX_PER_PAIR: usize = 256;

/// What a row of the tracker's tables is about.
#[derive(Clone, Copy)]
pub(super) enum Row {
    /// A negotiation, by its initiator SPI and its two addresses.
    Spi(Spi, (IpAddr, IpAddr)),
    /// The same by both its SPIs, wherever it has moved.
    Spis(Spi, Spi),
    /// All negotiations between two addresses.
    Pair((IpAddr, IpAddr)),
}

/// Each kind has a table of its own, so that the hash need not tell them apart.
impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match *self {
            Self::Spi(spi, (a, b)) => (u64::from_ne_bytes(spi), Ip(a), Ip(b)).hash(state),
            Self::Spis(i, r) => [i, r].map(u64::from_ne_bytes).hash(state),
            Self::Pair((a, b)) => (Ip(a), Ip(b)).hash(state),
        }
    }
}

impl Row {
    /// A negotiation belongs there.
    #[inline]
    pub(super) fn is_of(self, n: Option<&Negotiation>) -> bool {
        let between = |n: &Negotiation, (a, b)| {
            let hosts = (n.initiator.address, n.responder.address);
            hosts == (a, b) || hosts == (b, a) || n.has_moved_between(a, b)
        };
        n.is_some_and(|n| match self {
            Self::Spi(spi, hosts) => n.initiator_spi == spi && between(n, hosts),
            Self::Spis(i, r) => n.initiator_spi == i && n.responder_spi == Some(r),
            Self::Pair(hosts) => between(n, hosts),
        })
    }
}

/// Two addresses in an order that does not depend on who sends.
pub(super) fn pair(a: IpAddr, b: IpAddr) -> (IpAddr, IpAddr) {
    let ordered = match (a, b) {
        // As numbers, and not byte by byte: this is asked for every message.
        (IpAddr::V4(a), IpAddr::V4(b)) => a.to_bits() <= b.to_bits(),
        _ => a <= b,
    };
    if ordered { (a, b) } else { (b, a) }
}
