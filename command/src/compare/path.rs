//! The path between two ends: who sent each packet, how the clocks differ, which packets arrived.

use std::collections::{HashMap, HashSet};

use ikewhy::negotiation::Role;

use super::end::{Carrier, End, Packet};

/// A packet may seem to arrive so many nanoseconds before it was sent: clocks are compared, not equal.
const TOLERANCE: i64 = 50_000_000;

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Side {
    One,
    Other,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::One, Self::Other];

    pub(super) fn opposite(self) -> Self {
        match self {
            Self::One => Self::Other,
            Self::Other => Self::One,
        }
    }
}

/// How the clock of the other end stands against that of the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clocks {
    /// Nanoseconds it is ahead.
    pub(super) ahead: i64,
    /// Packets of both ways tell so. Of one way alone, what the path took counts as clock.
    pub(super) both_ways: bool,
    /// Packets that tell so.
    pub(super) packets: usize,
}

/// What became of a packet that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is this packet at the receiving end.
    Arrived(usize),
    /// This is the same message with other bytes.
    Changed(usize),
    Lost,
}

/// A packet that was sent, by its place in the capture of the sending end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) by: Side,
    pub(super) packet: usize,
    /// When, by the clock of the one end.
    pub(super) time: i64,
    pub(super) fate: Fate,
    /// Copies of it that arrived beside it, though they were not sent.
    pub(super) doubled: u32,
}

/// Two ends, and all that went between them.
pub(super) struct Path {
    pub(super) one: End,
    pub(super) other: End,
    pub(super) clocks: Option<Clocks>,
    /// In order of time.
    pub(super) sent: Vec<Sent>,
    /// Packets that arrived at an end though the other capture does not show that they were sent.
    pub(super) unsent: Vec<(Side, usize)>,
    locals: HashMap<(Side, u32), Role>,
}

impl Path {
    pub(super) fn new(one: End, other: End) -> Self {
        let mut path = Self {
            one,
            other,
            clocks: None,
            sent: Vec::new(),
            unsent: Vec::new(),
            locals: HashMap::new(),
        };
        let pairs = path.pairs();
        path.find_locals(&pairs);
        path.clocks = path.compare_clocks(&pairs);
        for by in Side::BOTH {
            path.follow(by);
        }
        path.sent.sort_by_key(|sent| sent.time);
        path
    }

    pub(super) fn end(&self, side: Side) -> &End {
        match side {
            Side::One => &self.one,
            Side::Other => &self.other,
        }
    }

    pub(super) fn packet(&self, side: Side, at: usize) -> Option<&Packet> {
        self.end(side).packets.get(at)
    }

    /// Whether a packet in an end's capture was sent there.
    fn is_own(&self, side: Side, packet: &Packet) -> bool {
        self.locals.get(&(side, packet.stream)) == Some(&packet.from)
    }

    /// A time of an end's clock, by that of the one end.
    pub(super) fn aligned(&self, side: Side, time: i64) -> i64 {
        match (side, self.clocks) {
            (Side::Other, Some(clocks)) => time.saturating_sub(clocks.ahead),
            _ => time,
        }
    }

    /// Packets that are the same at both ends: those of which each has one; if there are none, the first copies.
    fn pairs(&self) -> Vec<(Packet, Packet)> {
        let [one, other] = Side::BOTH.map(|side| alike(&self.end(side).packets, |_| true));
        let first = |unique: bool| {
            let mut pairs: Vec<_> = (one.iter())
                .filter_map(|(content, ours)| {
                    let theirs = other.get(content)?;
                    (!unique || ours.len() == 1 && theirs.len() == 1).then_some(())?;
                    let (ours, theirs) = (ours.first()?, theirs.first()?);
                    Some((*self.one.packets.get(*ours)?, *self.other.packets.get(*theirs)?))
                })
                .collect();
            pairs.sort_by_key(|(ours, _)| ours.time);
            pairs
        };
        let unique = first(true);
        if unique.is_empty() { first(false) } else { unique }
    }

    /// Which role in a negotiation stands at which end: on its way a packet loses hops. Where nothing tells, an address does that is
    /// known to stand there, or what the engine makes of one capture alone; else the one end is the initiator's.
    fn find_locals(&mut self, pairs: &[(Packet, Packet)]) {
        let mut votes: HashMap<(Side, u32), i64> = HashMap::new();
        let mut vote = |side, packet: &Packet, is_own: bool| {
            let initiator = is_own == (packet.from == Role::Initiator);
            *votes.entry((side, packet.stream)).or_default() += if initiator { 1 } else { -1 };
        };
        for (ours, theirs) in pairs.iter().filter(|(ours, theirs)| ours.ttl != theirs.ttl) {
            let from_one = ours.ttl > theirs.ttl;
            vote(Side::One, ours, from_one);
            vote(Side::Other, theirs, !from_one);
        }
        let role = |initiator| {
            if initiator {
                Role::Initiator
            } else {
                Role::Responder
            }
        };
        let voted = votes.into_iter().filter(|(_, votes)| *votes != 0);
        let mut locals: HashMap<_, _> = voted.map(|(stream, votes)| (stream, role(votes > 0))).collect();

        let mut addresses = HashSet::new();
        for side in Side::BOTH {
            for packet in &self.end(side).packets {
                if let Some(local) = locals.get(&(side, packet.stream)) {
                    let own = if *local == packet.from {
                        packet.source
                    } else {
                        packet.destination
                    };
                    addresses.insert((side, own.0));
                }
            }
        }
        for side in Side::BOTH {
            let end = self.end(side);
            for packet in &end.packets {
                let is_here = |address| addresses.contains(&(side, address));
                locals.entry((side, packet.stream)).or_insert_with(|| {
                    let case = end.session.case(packet.stream);
                    let beside = |role| case.as_ref().is_some_and(|case| case.arrives_at(role));
                    match (is_here(packet.source.0), is_here(packet.destination.0)) {
                        (true, false) => packet.from,
                        (false, true) => packet.from.other(),
                        _ if beside(Role::Initiator) => Role::Initiator,
                        _ if beside(Role::Responder) => Role::Responder,
                        _ => role(side == Side::One),
                    }
                });
            }
            // What the one end sent, the other did not.
            for (ours, theirs) in pairs.iter().filter(|_| side == Side::One) {
                let from_one = locals.get(&(Side::One, ours.stream)) == Some(&ours.from);
                let local = if from_one {
                    theirs.from.other()
                } else {
                    theirs.from
                };
                locals.entry((Side::Other, theirs.stream)).or_insert(local);
            }
        }
        self.locals = locals;
    }

    /// A packet takes at least as long as the fastest; both ways are taken to be equally fast.
    fn compare_clocks(&self, pairs: &[(Packet, Packet)]) -> Option<Clocks> {
        let ahead = |(ours, theirs): &(Packet, Packet)| theirs.time.saturating_sub(ours.time);
        let way = |from_one: bool| {
            let own = pairs
                .iter()
                .filter(move |(ours, _)| self.is_own(Side::One, ours) == from_one);
            own.map(ahead)
        };
        let (there, back) = (way(true).min(), way(false).max());
        let ahead = match (there, back) {
            // The middle of both, without an overflow.
            (Some(there), Some(back)) => there.saturating_add(back.saturating_sub(there) / 2),
            (one, other) => one.or(other)?,
        };
        Some(Clocks {
            ahead,
            both_ways: there.is_some() && back.is_some(),
            packets: pairs.len(),
        })
    }

    /// Finds what one end sent among what arrived at the opposite one.
    fn follow(&mut self, by: Side) {
        let to = by.opposite();
        let own = alike(&self.end(by).packets, |packet| self.is_own(by, packet));
        let arrived = alike(&self.end(to).packets, |packet| !self.is_own(to, packet));
        let mut sent: HashMap<usize, Sent> = HashMap::new();
        for at in own.values().flatten() {
            if let Some(packet) = self.packet(by, *at) {
                let one = Sent {
                    by,
                    packet: *at,
                    time: self.aligned(by, packet.time),
                    fate: Fate::Lost,
                    doubled: 0,
                };
                sent.insert(*at, one);
            }
        }
        let end = self.aligned(by, self.end(by).last);
        let mut unsent = Vec::new();
        for (content, arrivals) in &arrived {
            for &arrival in arrivals {
                let Some(packet) = self.packet(to, arrival) else {
                    continue;
                };
                let latest = self.aligned(to, packet.time).saturating_add(TOLERANCE);
                let copies = own.get(content).into_iter().flatten().rev();
                let mut before = copies.filter(|at| sent.get(at).is_some_and(|sent| sent.time <= latest));
                let open = before
                    .clone()
                    .find(|at| sent.get(at).is_some_and(|sent| sent.fate == Fate::Lost));
                match (open.copied(), before.next().copied()) {
                    (Some(at), _) => _ = sent.get_mut(&at).map(|sent| sent.fate = Fate::Arrived(arrival)),
                    (None, Some(at)) => _ = sent.get_mut(&at).map(|sent| sent.doubled += 1),
                    // A capture that had ended by then shows nothing.
                    (None, None) if self.aligned(to, packet.time) > end => {}
                    (None, None) => unsent.push(arrival),
                }
            }
        }
        self.find_changed(to, &mut sent, &mut unsent);
        self.sent.extend(sent.into_values());
        self.unsent.extend(unsent.into_iter().map(|at| (to, at)));
        self.unsent.sort_unstable();
    }

    /// The same message with other bytes: somebody on the way changed it.
    fn find_changed(&self, to: Side, sent: &mut HashMap<usize, Sent>, unsent: &mut Vec<usize>) {
        let message = |side, at| self.packet(side, at).and_then(|packet| packet.message);
        let mut lost: Vec<_> = sent.values_mut().filter(|sent| sent.fate == Fate::Lost).collect();
        lost.sort_by_key(|sent| sent.packet);
        unsent.sort_unstable();
        unsent.retain(|&arrival| {
            let Some(wanted) = message(to, arrival) else {
                // What the path itself cut into fragments was never sent so.
                return self.packet(to, arrival).is_some_and(|packet| {
                    !matches!(packet.carrier, Carrier::FirstFragment | Carrier::FurtherFragment)
                });
            };
            let same = |sent: &&mut &mut Sent| {
                sent.fate == Fate::Lost && message(sent.by, sent.packet) == Some(wanted)
            };
            let changed = lost.iter_mut().find(same);
            changed.map(|sent| sent.fate = Fate::Changed(arrival)).is_none()
        });
    }

    /// Did a negotiation fail, as either end sees it?
    pub(super) fn has_failed(&mut self) -> bool {
        [&mut self.one, &mut self.other].into_iter().any(End::has_failed)
    }
}

/// Packets with the same content, in order.
fn alike(packets: &[Packet], wanted: impl Fn(&Packet) -> bool) -> HashMap<u64, Vec<usize>> {
    let mut alike: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, packet) in packets.iter().enumerate().filter(|(_, packet)| wanted(packet)) {
        alike.entry(packet.content).or_default().push(at);
    }
    alike
}
