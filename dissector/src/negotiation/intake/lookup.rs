//! Which negotiations there are with these SPIs, or between these addresses: a row of a table has the latest, which leads to those
//! before it.

use std::net::IpAddr;

use super::tables::{MAX_PER_PAIR, Row, pair};
use super::tracker::Tracker;
use crate::negotiation::facts::{Negotiation, lineage};
use crate::negotiation::store::links::Link;

impl Tracker {
    /// Makes a new negotiation the latest one of a table's row; gives the one before it.
    pub(super) fn enter(&mut self, stream: u32, row: Row) -> Link {
        let Self {
            by_spi,
            by_spis,
            by_pair,
            negotiations,
            ..
        } = self;
        let table = match row {
            Row::Spi(..) => by_spi,
            Row::Spis(..) => by_spis,
            Row::Pair(_) => by_pair,
        };
        let is = |stream: u32| row.is_of(negotiations.get(stream as usize));
        table.replace(&row, stream, is).map_or(Link::default(), Link::to)
    }

    /// The latest negotiation of a table's row.
    pub(super) fn latest_in(&self, row: Row) -> Option<u32> {
        let table = match row {
            Row::Spi(..) => &self.by_spi,
            Row::Spis(..) => &self.by_spis,
            Row::Pair(_) => &self.by_pair,
        };
        table.find(&row, |stream| row.is_of(self.negotiation(stream)))
    }

    /// The latest negotiation between two addresses.
    pub(crate) fn newest_between(&self, a: IpAddr, b: IpAddr) -> Option<&Negotiation> {
        self.negotiations.get(self.latest_between(a, b)? as usize)
    }

    pub(super) fn latest_between(&self, a: IpAddr, b: IpAddr) -> Option<u32> {
        self.latest_in(Row::Pair(pair(a, b)))
    }

    /// Negotiations between two addresses, latest first, at most [`MAX_PER_PAIR`]; then the latest that came up, if it is not
    /// among them.
    pub(super) fn between(&self, a: IpAddr, b: IpAddr) -> impl Iterator<Item = &Negotiation> {
        let get = |stream: u32| self.negotiation(stream);
        let latest = self.latest_between(a, b).and_then(get);
        let up = latest.and_then(|n| n.links.up.stream().and_then(get));
        let (mut next, mut given) = (latest, 0);
        std::iter::from_fn(move || {
            let n = next?;
            given += 1;
            next = match given {
                ..MAX_PER_PAIR => n.links.pair.stream().and_then(get),
                MAX_PER_PAIR => up.filter(|up| up.stream < n.stream),
                _ => None,
            };
            Some(n)
        })
    }

    /// The negotiation whose IKE SA this one renews: IKEv2 by CREATE_CHILD_SA, IKEv1 by the next phase 1 while the tunnel lives.
    #[must_use]
    pub fn continues(&self, n: &Negotiation) -> Option<u32> {
        let before = || {
            let before = self.negotiation(n.predecessor()?)?;
            lineage::renews(before, n).then_some(before.stream)
        };
        n.links.made_by.stream().or_else(before)
    }

    /// Other streams between the same two addresses, earlier ones first; the latest [`MAX_PER_PAIR`] of them.
    pub(crate) fn siblings(&self, n: &Negotiation) -> impl DoubleEndedIterator<Item = &Negotiation> {
        let own = n.stream;
        let mut others: Vec<&Negotiation> = self
            .between(n.initiator.address, n.responder.address)
            .filter(|n| n.stream != own)
            .collect();
        others.reverse();
        others.into_iter()
    }

    /// The latest negotiation between the same two addresses began after this time, by the same initiator: it began anew.
    pub(in crate::negotiation) fn began_anew_after(&self, n: &Negotiation, time: i64) -> bool {
        let latest = self.latest_between(n.initiator.address, n.responder.address);
        let latest = latest.and_then(|latest| self.negotiation(latest));
        latest.is_some_and(|m| {
            m.stream > n.stream
                && m.started
                && (m.initiator.address, m.initiator.port) == (n.initiator.address, n.initiator.port)
                && m.version == n.version
                && m.first().time > time
        })
    }
}
