//! What of a file may be meant by a negotiation, found without a look at all of it.
//!
//! A gateway's configuration has thousands of tunnels, and its log thousands of lines; both are asked for each packet. An
//! [`Index`] is made once, when the file is read. What it cannot tell by an address, an SPI or a time is looked at as far as there
//! is [`Work`] left for a judgement.

use super::algorithm::Purpose;
use super::connection::Connection;
use super::entry::{Cause, Entry};
use super::network::{Meaning, meaning};
use super::value::Listed;
use crate::negotiation::offer::Choice;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Patterns of addresses, as they are compared; `None` allows all.
pub(super) type Patterns = Option<Arc<[Meaning]>>;

/// Lines of a log that may be about one peer, or name none: they stand at a time, with the second within a quarter of an hour; or
/// at none.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    pub(super) clocked: Vec<(u32, u32)>,
    pub(super) timeless: Vec<u32>,
}

/// See above. Connections and lines stand as numbers, in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Connections that name this address alone, or beside others, as their peer's.
    pub(super) by_peer: HashMap<IpAddr, Vec<u32>>,
    /// Connections whose peer may be another one, too: a network, a name, or nothing is said.
    pub(super) open: Vec<u32>,
    /// Addresses that a connection names as its own.
    pub(super) own: HashSet<IpAddr>,
    /// What the own and the peer's addresses of each connection mean.
    pub(super) ends: Vec<[Patterns; 2]>,
    /// Of each connection, the first one with the same IKE proposals that can begin, or cannot, as this one.
    pub(super) alike: Vec<u32>,
    /// Those first ones.
    pub(super) different: Vec<u32>,
    /// Peers that lines name.
    pub(super) peers: HashSet<IpAddr>,
    pub(super) by_spi: HashMap<u64, Vec<u32>>,
    pub(super) by_message: HashMap<u32, Vec<u32>>,
    /// Lines that list the IKE proposals that were received.
    pub(super) lists: Vec<u32>,
    /// Lines without an SPI: about L2TP or PPP, or not; by peer.
    pub(super) lines: [BTreeMap<Option<IpAddr>, Lines>; 2],
    /// Lines outside the tunnel that have an SPI, which may be that of another attempt; by peer.
    pub(super) attempts: BTreeMap<Option<IpAddr>, Lines>,
    /// The lines that are decisive without a time in each of three stages: all that count have this cause.
    pub(super) alone: [Option<Cause>; 3],
}

/// What a list of proposals allows, wherever it stands.
type Allowed<'a> = Vec<(Purpose, bool, &'a [Choice])>;

impl Index {
    /// `answers`: this connection can only answer.
    pub(super) fn of(
        connections: &[Connection],
        answers: impl Fn(&Connection) -> bool,
        entries: &[Entry],
    ) -> Self {
        let mut index = Self::default();
        index.connections(connections, answers);
        index.entries(entries);
        index
    }

    fn connections(&mut self, connections: &[Connection], answers: impl Fn(&Connection) -> bool) {
        let mut meanings: HashMap<usize, Arc<[Meaning]>> = HashMap::new();
        let mut patterns = |list: &Listed<String>| -> Patterns {
            let list = list.as_ref()?;
            let mean = || list.value.iter().map(|p| meaning(p)).collect();
            Some(Arc::clone(
                meanings
                    .entry(Arc::as_ptr(&list.value).addr())
                    .or_insert_with(mean),
            ))
        };
        let (mut shared, mut lists) = (HashMap::new(), HashMap::new());
        for (number, c) in (0..).zip(connections) {
            let ends = [patterns(&c.local), patterns(&c.remote)];
            let exact = |p: &Patterns| -> Vec<IpAddr> {
                p.iter()
                    .flat_map(|p| p.iter())
                    .filter_map(Meaning::exact)
                    .collect()
            };
            self.own.extend(exact(&ends[0]));
            let named = exact(&ends[1]);
            if ends[1].as_ref().is_none_or(|p| p.len() > named.len()) {
                self.open.push(number);
            }
            for address in named {
                let of = self.by_peer.entry(address).or_default();
                if of.last() != Some(&number) {
                    of.push(number);
                }
            }
            self.ends.push(ends);
            let answers = answers(c);
            let first = match &c.ike {
                None => number,
                Some(list) => *shared
                    .entry((Arc::as_ptr(&list.value).addr(), answers))
                    .or_insert_with(|| {
                        let all = list.value.iter().map(|p| (p.purpose, p.whole, &p.choices[..]));
                        *lists
                            .entry((all.collect::<Allowed<'_>>(), answers))
                            .or_insert(number)
                    }),
            };
            self.alike.push(first);
            if first == number {
                self.different.push(number);
            }
        }
    }

    fn entries(&mut self, entries: &[Entry]) {
        let mut seen = HashSet::new();
        self.peers = entries.iter().filter_map(|e| e.peer).collect();
        for (number, e) in (0..).zip(entries) {
            // Of equal lines the first one counts; what differs in its lists is not equal.
            let lists = !e.received.is_empty() || !e.allowed.is_empty() || !e.differs.is_empty();
            let own = (lists || !e.selectors.is_empty()).then_some(e.line);
            if !seen.insert((e.cause, e.spi, e.peer, e.message, e.time, own)) {
                continue;
            }
            if e.cause == Cause::IkeProposal && !e.received.is_empty() {
                self.lists.push(number);
            }
            if let Some(spi) = e.spi {
                self.by_spi.entry(spi).or_default().push(number);
                if let Some(time) = e.time.filter(|t| !t.is_unset() && !e.cause.is_inside()) {
                    let of = self.attempts.entry(e.peer).or_default();
                    of.clocked.push((time.in_ring(), number));
                }
                continue;
            }
            if let Some(message) = e.message {
                self.by_message.entry(message).or_default().push(number);
            }
            let [outside, inside] = &mut self.lines;
            let of = if e.cause.is_inside() { inside } else { outside };
            let of = of.entry(e.peer).or_default();
            match e.time {
                Some(time) => {
                    of.clocked.push((time.in_ring(), number));
                    // A clock that was perhaps never set may say nothing.
                    if time.is_unset() {
                        of.timeless.push(number);
                    }
                }
                None => of.timeless.push(number),
            }
        }
        let all = self.lines.iter_mut().chain([&mut self.attempts]);
        for lines in all.flat_map(BTreeMap::values_mut) {
            lines.clocked.sort_unstable();
        }
        for (about, alone) in ABOUT.iter().zip(&mut self.alone) {
            let causes = || entries.iter().map(|e| e.cause).filter(|cause| about(*cause));
            let least = causes().min_by_key(|cause| cause.order());
            let same = |least: &Cause| causes().all(|c| c == *least || c.order() > least.order());
            *alone = least.filter(same);
        }
    }
}

/// The lines that may tell more of a verdict: of most stages, of ESP, of what is inside the tunnel.
pub(super) const ABOUT: [fn(Cause) -> bool; 3] = [
    |cause| !cause.is_inside(),
    |cause| cause.is_inside() || cause == Cause::Install,
    Cause::is_inside,
];
