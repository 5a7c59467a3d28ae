//! What of a file may be meant by a negotiation.

use super::algorithm::Proposal;
use super::connection::Connection;
use super::entry::{Cause, Entry};
use super::file::Policy;
use super::index::{ABOUT, Patterns};
use super::network::is_private;
use super::stamp::RING;
use super::work::{SUITES, Work};
use crate::negotiation::offer::{Attribute, Plain};
use crate::negotiation::{Negotiation, Role, Version, nat};
use std::net::IpAddr;

/// The most connections of a file that are looked at because their peer may be anybody.
const MAX_OPEN: usize = 128;

/// The most lines of a log that are looked at on either side of a moment.
const MAX_NEAR: usize = 128;

/// A log's line belongs to a packet this many seconds away.
pub(crate) const NEAR: i64 = 10;

/// Others may know this side by another address than the packets show: they say that it is behind NAT, or its address is a private
/// one and talks to a public one.
pub(crate) fn is_hidden(n: &Negotiation, side: Role) -> bool {
    let (own, other) = (n.peer(side), n.peer(side.other()));
    own.nat == nat::Nat::Behind || (is_private(own.address) && !is_private(other.address))
}

/// Its own files may know a side by a private address, where the packets show the public one that stands for it (1:1 NAT).
fn stands_for(own: IpAddr, shown: IpAddr) -> bool {
    own.is_ipv4() == shown.is_ipv4() && is_private(own) && !is_private(shown)
}

/// What is asked of a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// Which of [`ABOUT`].
    pub(crate) about: usize,
    /// The SPI of the negotiation.
    pub(crate) spi: u64,
    /// The peer, unless it is hidden behind NAT.
    pub(crate) peer: Option<IpAddr>,
    /// Message IDs that IKEv1 drew in this negotiation.
    pub(crate) drawn: &'a [u32],
    /// Lines with the SPI of another attempt count, too.
    pub(crate) attempts: bool,
    /// From when to when, in nanoseconds: for lines about what is inside the tunnel, and for others.
    pub(crate) during: (i64, i64),
    pub(crate) near: (i64, i64),
}

impl Policy {
    /// A connection names exactly this address as its own.
    pub(super) fn names_own(&self, address: IpAddr) -> bool {
        self.index.own.contains(&address)
    }

    /// Connections that may be the one between these addresses as this side's, as far as NAT lets tell, in the order of the file;
    /// with `named` only those that name the peer's address itself.
    pub(super) fn between(
        &self,
        own: Option<IpAddr>,
        peer: Option<IpAddr>,
        named: bool,
        work: &Work,
    ) -> Vec<u32> {
        let index = &self.index;
        let empty = Vec::new();
        let by_peer = peer.map(|peer| index.by_peer.get(&peer).unwrap_or(&empty));
        let open = index.open.iter().copied().filter(|_| !named).take(MAX_OPEN);
        let all = (0..).take(self.connections.len().min(MAX_OPEN));
        let candidates: Vec<u32> = match by_peer {
            None => all.collect(),
            Some(of) => merged(of.iter().copied(), open).collect(),
        };
        let looked_through = match by_peer {
            None => self.connections.len(),
            Some(_) if named => 0,
            Some(_) => index.open.len(),
        };
        work.cut(looked_through > MAX_OPEN);
        let allows = |patterns: &Patterns, address: Option<IpAddr>| {
            let (Some(patterns), Some(address)) = (patterns, address) else {
                return true;
            };
            patterns
                .iter()
                .any(|p| work.takes(1) && p.is(address) != Some(false))
        };
        let behind = |local: &Patterns| {
            let mut all = local.iter().flat_map(|patterns| patterns.iter());
            own.is_some_and(|own| all.any(|p| p.exact().is_some_and(|one| stands_for(one, own))))
        };
        let fits = |number: &u32| {
            let ends = usize::try_from(*number).ok().and_then(|at| index.ends.get(at));
            ends.is_some_and(|[local, remote]| {
                (allows(local, own) || behind(local)) && (named || allows(remote, peer))
            })
        };
        candidates.into_iter().filter(fits).collect()
    }

    /// Connections that may be meant by a negotiation, as those of this side: a number that is equal for equal IKE proposals, and
    /// their own.
    pub(crate) fn fitting(&self, n: &Negotiation, side: Role, work: &Work) -> Vec<(u32, u32)> {
        let address = |side| (!is_hidden(n, side)).then_some(n.peer(side).address);
        let (own, peer) = (address(side), address(side.other()));
        let alike = |number: u32| self.index.alike.get(usize::try_from(number).ok()?).copied();
        let numbers = self.between(own, peer, false, work).into_iter();
        numbers
            .filter_map(|number| Some((alike(number)?, number)))
            .collect()
    }

    /// A connection of each different list of IKE proposals.
    pub(super) fn different(&self) -> impl Iterator<Item = &Connection> {
        self.index.different.iter().filter_map(|number| self.at(*number))
    }

    /// A connection by its number.
    pub(super) fn at(&self, number: u32) -> Option<&Connection> {
        self.connections.get(usize::try_from(number).ok()?)
    }

    /// A line has this SPI.
    pub(crate) fn knows_spi(&self, spi: u64) -> bool {
        self.index.by_spi.contains_key(&spi)
    }

    /// It names some machine or peer, so that it can be told whose it is not.
    pub(crate) fn names_anybody(&self) -> bool {
        let index = &self.index;
        let named = !index.own.is_empty() || !index.by_peer.is_empty() || !index.peers.is_empty();
        named || self.owner.is_some() || !self.addresses.is_empty()
    }

    /// A line speaks of this very negotiation: by an SPI, or by a message ID that IKEv1 drew in it.
    pub(crate) fn is_linked(&self, n: &Negotiation) -> bool {
        let by_message = &self.index.by_message;
        let drawn = |id: u32| id != 0 && by_message.contains_key(&id);
        self.knows_spi(u64::from_be_bytes(n.initiator_spi))
            || (n.version == Version::V1 && !by_message.is_empty() && n.events().any(|e| drawn(e.message_id)))
    }

    /// A line lists just what was offered here as what came: so this log is of who received it. `Some(true)`: at this time.
    pub(crate) fn received(&self, n: &Negotiation, work: &Work) -> Option<bool> {
        let (first, last) = (n.first().time, n.last.time);
        // Its own address says more.
        let named = |role| self.addresses.contains(&n.peer(role).address);
        if self.index.lists.is_empty() || named(Role::Initiator) || named(Role::Responder) {
            return None;
        }
        let (caller, own) = (n.peer(Role::Initiator), n.peer(Role::Responder));
        // Its own address would be the one in the packets.
        if !self.addresses.is_empty() && own.nat == nat::Nat::Direct && !self.addresses.contains(&own.address)
        {
            return None;
        }
        let hidden = is_hidden(n, Role::Initiator);
        let lists = self
            .index
            .lists
            .iter()
            .filter_map(|number| self.entries.get(usize::try_from(*number).ok()?));
        let mut found = None;
        for entry in lists.take_while(|_| work.takes(1)) {
            let during = entry.time.is_none_or(|t| {
                t.is_unset()
                    || t.away(first).is_some_and(|away| away <= NEAR)
                        && t.away(last).is_some_and(|away| away >= -NEAR)
            });
            let from = hidden || entry.peer.is_none_or(|peer| peer == caller.address);
            if during && from && same_offer(&entry.received, n, true, work) {
                let timed = entry.time.is_some_and(|t| !t.is_unset());
                found = Some(found.unwrap_or(false) || timed);
                if timed {
                    break;
                }
            }
        }
        found
    }

    /// A line names this peer; any at all.
    pub(super) fn heard(&self, peer: Option<IpAddr>) -> bool {
        let peers = &self.index.peers;
        peer.map_or(!peers.is_empty(), |peer| peers.contains(&peer))
    }

    /// Lines of the log that may be meant. A line may come twice.
    pub(crate) fn lines(&self, asked: &Asked<'_>, work: &Work) -> Vec<&Entry> {
        let index = &self.index;
        let mut found: Vec<u32> = Vec::new();
        let mut take = |numbers: &mut dyn Iterator<Item = u32>| {
            found.extend(numbers.take_while(|_| work.takes(1)));
        };
        take(&mut index.by_spi.get(&asked.spi).into_iter().flatten().copied());
        for id in asked.drawn {
            take(&mut index.by_message.get(id).into_iter().flatten().copied());
        }
        let alone = index.alone.get(asked.about).copied().flatten();
        let attempts = Some((&index.attempts, asked.near)).filter(|_| asked.attempts);
        let lines = index.lines.iter().zip([asked.near, asked.during]);
        for (lines, (from, to)) in lines.chain(attempts) {
            let of_peer = [asked.peer, None].into_iter().filter(|_| asked.peer.is_some());
            let of_peer = of_peer.filter_map(|peer| lines.get(&peer));
            let all = lines.values().filter(|_| asked.peer.is_none());
            for lines in of_peer.chain(all) {
                let (before, after) = window(&lines.clocked, from, to);
                work.cut(before.len() > MAX_NEAR || after.len() > MAX_NEAR);
                let near = before.iter().rev().take(MAX_NEAR);
                let near = near.chain(after.iter().take(MAX_NEAR));
                take(&mut near.map(|(_, number)| *number));
                if alone.is_some() {
                    take(&mut lines.timeless.iter().copied().take(MAX_NEAR));
                }
            }
        }
        let about = ABOUT.get(asked.about);
        let line = |number: u32| self.entries.get(usize::try_from(number).ok()?);
        let lines = found.into_iter().filter_map(line);
        lines
            .filter(|e| about.is_some_and(|about| about(e.cause)))
            .collect()
    }

    /// A line without SPI and time counts only if nothing else of this kind stands in the log.
    pub(crate) fn is_alone(&self, about: usize, cause: Cause) -> bool {
        self.index.alone.get(about) == Some(&Some(cause))
    }
}

/// A list that a log says it received may be what was offered here: all that was understood of it was; `whole`: and it is all of it.
pub(crate) fn same_offer(received: &[Proposal], n: &Negotiation, whole: bool, work: &Work) -> bool {
    let offers = n.offers();
    if offers.is_empty() {
        return !whole;
    }
    let understood = || received.iter().filter(|p| p.whole);
    if whole && (received.len() != offers.len() || understood().count() != received.len()) {
        return false;
    }
    let offered: Vec<Plain> = offers.iter().map(Plain::of).collect();
    let was = |p: &Proposal| {
        let suite = p.suite(n.version, None);
        let plain = Plain::of(&suite);
        // What the log does not say of a combination is no difference.
        let said = |attribute: Attribute| suite.of(attribute).next().is_some();
        offered
            .iter()
            .any(|o| !work.takes(SUITES) || !o.differs_from_settings(&plain).iter().any(said))
    };
    understood().all(was)
}

/// Two ascending lists as one, each number once.
fn merged(one: impl Iterator<Item = u32>, other: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(a), Some(b)) if a == b => {
            other.next();
            one.next()
        }
        (Some(a), Some(b)) if a > b => other.next(),
        (None, _) => other.next(),
        _ => one.next(),
    })
}

/// Lines with the seconds at which they stand, in order.
type Clocked = [(u32, u32)];

/// The lines before the middle of two times of a capture, and those after it, whatever the zone of the log: zones differ by
/// quarters of an hour. What lies beyond the end of the ring goes on at its beginning, and is looked at after the rest.
fn window(clocked: &Clocked, from: i64, to: i64) -> (&Clocked, &Clocked) {
    let seconds = |time: i64| time.div_euclid(1_000_000_000);
    let (from, to) = (seconds(from), seconds(to));
    let ring = i64::from(RING);
    let at = |second: i64| {
        let second = u32::try_from(second.rem_euclid(ring)).unwrap_or(0);
        clocked.partition_point(|(s, _)| *s < second)
    };
    let part = |from: usize, to: usize| clocked.get(from..to).unwrap_or_default();
    if to.saturating_sub(from) >= ring {
        return (part(0, 0), clocked);
    }
    let (begin, middle, end) = (at(from), at(i64::midpoint(from, to)), at(to + 1));
    match (begin <= middle, middle <= end) {
        (true, true) => (part(begin, middle), part(middle, end)),
        (true, false) => (part(0, end), part(begin, clocked.len())),
        (false, _) => (part(begin, clocked.len()), part(0, end)),
    }
}
