//! What the whole capture teaches about an address: product, versions it answers, suites it accepted or offered.

use std::net::IpAddr;
use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::offer::Suite;
use super::{Place, Version, keep};
use crate::disguise::Disguise;
use crate::policy::{MAX_POLICIES, Policy};
use crate::wire::vendor::Product;

/// The most addresses remembered.
const MAX_HOSTS: usize = 65_536;
/// The most distinct targets of one initiator that are remembered.
pub const MAX_TARGETS: usize = 16;
/// The most suites or offers remembered of one host and version.
const MAX_LEARNED: usize = 8;
/// The most negotiations of an address whose decrypted offers for data tunnels are compared.
const MAX_CHILDREN: usize = 64;

/// Suites a host showed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Version of IKE.
    pub version: Version,
    /// Negotiation in which it showed.
    pub stream: u32,
    /// The suites: one that it chose, or all that it offered.
    pub suites: Arc<[Suite]>,
    /// Where.
    pub place: Place,
}

/// What is known of one address.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Product, by Vendor ID in any negotiation.
    pub product: Option<Product>,
    /// First frame in which it answered IKEv1, as a responder, with more than an error.
    pub answered_v1: Option<Place>,
    /// First frame in which it answered IKEv2, as a responder, with more than an error.
    pub answered_v2: Option<Place>,
    /// First frame in which it began IKEv1 itself.
    pub began_v1: Option<Place>,
    /// First frame in which it began IKEv2 itself.
    pub began_v2: Option<Place>,
    /// Suites it chose as responder.
    pub accepted: Vec<Learned>,
    /// What it offered as initiator.
    pub offered: Vec<Learned>,
    /// Distinct hosts it began to negotiate with, at most [`MAX_TARGETS`].
    pub targets: Vec<IpAddr>,
    /// Hosts that began to negotiate with it, each counted once.
    pub asked_by: u32,
    /// Of those: who went on, repeated the first message, or was refused. What a forged sender never does.
    pub pursued_by: u32,
    /// It once went on beyond the first message it sent: a scanner never does.
    pub went_on: bool,
    revision: u64,
}

/// Suites a host is known to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptable {
    /// The suites.
    pub suites: Vec<Suite>,
    /// Where each of them showed.
    pub suite_places: Vec<Place>,
    /// Where they showed, one place for each negotiation.
    pub places: Vec<Place>,
    /// All that it accepts (its own offer), not just what it happened to choose.
    pub whole: bool,
}

/// The octets of a payload, and where in its frame it stands.
pub(crate) type Payload<'a> = (Option<u32>, &'a [u8]);
/// The same, kept.
type Kept = (Option<u32>, Box<[u8]>);

/// What was read of payloads that come again and again, kept once: peers repeat their offers with every try, and so does
/// everybody who uses the same product.
#[derive(Debug)]
struct Pool<T: ?Sized> {
    known: HashMap<Kept, Arc<T>>,
    octets: usize,
}

/// The most octets of payloads that a pool compares with. What comes later is kept with each negotiation.
const MAX_POOL: usize = 1 << 20;

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            octets: 0,
        }
    }
}

impl<T: ?Sized> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self {
            known: self.known.clone(),
            octets: self.octets,
        }
    }
}

impl<T: ?Sized> Pool<T> {
    fn get(&mut self, (at, octets): Payload<'_>, read: impl FnOnce() -> Option<Arc<T>>) -> Option<Arc<T>> {
        if let Some(known) = self.known.get(&Seen(at, octets)) {
            return Some(Arc::clone(known));
        }
        let new = read()?;
        if self.octets + octets.len() <= MAX_POOL {
            self.octets += octets.len();
            self.known.insert((at, octets.into()), Arc::clone(&new));
        }
        Some(new)
    }
}

/// A payload to be looked up without a copy of it.
#[derive(Hash)]
struct Seen<'a>(Option<u32>, &'a [u8]);

impl hashbrown::Equivalent<Kept> for Seen<'_> {
    fn equivalent(&self, (at, octets): &Kept) -> bool {
        self.0 == *at && *self.1 == **octets
    }
}

/// All addresses.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    hosts: HashMap<IpAddr, Box<Host>>,
    /// Negotiations in which an offer of this address for a data tunnel could be decrypted, at most [`MAX_CHILDREN`].
    children: HashMap<IpAddr, Vec<u32>>,
    policies: Vec<Policy>,
    offers: Pool<[Suite]>,
    choices: Pool<Suite>,
}

impl Knowledge {
    /// The peers' configurations and logs that the user gave.
    #[must_use]
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Takes a configuration or a log; false if there are too many.
    pub(crate) fn import(&mut self, policy: Policy) -> bool {
        let room = self.policies.len() < MAX_POLICIES;
        if room {
            self.policies.push(policy);
        }
        room
    }

    /// Puts pseudonyms for everything that names somebody.
    pub(crate) fn disguise(&mut self, d: &mut Disguise) {
        let Self {
            hosts,
            children,
            policies,
            // Octets of offers name nobody, and are looked up no more.
            offers: _,
            choices: _,
        } = self;
        for policy in policies {
            policy.disguise(d);
        }
        let mut all: Vec<(IpAddr, Box<Host>)> = std::mem::take(hosts).into_iter().collect();
        // In an order that does not depend on the hash.
        all.sort_by_key(|(address, _)| *address);
        for (mut address, mut host) in all {
            d.address(&mut address);
            for target in &mut host.targets {
                d.address(target);
            }
            hosts.insert(address, host);
        }
        for (mut address, streams) in std::mem::take(children) {
            // Known as a host, so that its pseudonym does not depend on this order.
            d.address(&mut address);
            children.insert(address, streams);
        }
    }

    /// Notes that an offer of an address for a data tunnel could be decrypted.
    pub(crate) fn offered_child(&mut self, address: IpAddr, stream: u32) {
        if self.children.len() < MAX_HOSTS || self.children.contains_key(&address) {
            let streams = self.children.entry(address).or_default();
            if streams.len() < MAX_CHILDREN && streams.last() != Some(&stream) {
                streams.push(stream);
            }
        }
    }

    /// Negotiations in which an offer of an address for a data tunnel could be decrypted, the first ones of the capture.
    #[must_use]
    pub fn children(&self, address: IpAddr) -> &[u32] {
        self.children.get(&address).map_or(&[], Vec::as_slice)
    }

    /// What is known of an address.
    #[must_use]
    pub fn host(&self, address: IpAddr) -> Option<&Host> {
        self.hosts.get(&address).map(|host| &**host)
    }

    /// What an address is known to accept as responder for one version, outside of one negotiation: its own offers
    /// (a list of all it would accept), else what it chose in other negotiations.
    #[must_use]
    pub fn acceptable(&self, address: IpAddr, version: Version, except: u32) -> Option<Acceptable> {
        let host = self.hosts.get(&address)?;
        let collect = |list: &[Learned]| {
            let of = || list.iter().filter(|l| l.version == version && l.stream != except);
            let suites: Vec<Suite> = of().flat_map(|l| l.suites.iter().cloned()).collect();
            let places: Vec<Place> = of().map(|l| l.place).collect();
            let at = |l: &Learned, suite: &Suite| Place {
                frame: l.place.frame,
                span: suite.span,
            };
            let suite_places = of()
                .flat_map(|l| l.suites.iter().map(move |s| at(l, s)))
                .collect();
            (!suites.is_empty()).then_some((suites, suite_places, places))
        };
        let offered = collect(&host.offered).map(|(suites, suite_places, places)| Acceptable {
            suites,
            suite_places,
            places,
            whole: true,
        });
        offered.or_else(|| {
            collect(&host.accepted).map(|(suites, suite_places, places)| Acceptable {
                suites,
                suite_places,
                places,
                whole: false,
            })
        })
    }

    /// Counts what was newly learned about an address.
    #[must_use]
    pub(crate) fn revision(&self, address: IpAddr) -> u64 {
        self.hosts.get(&address).map_or(0, |h| h.revision)
    }

    fn learn(&mut self, address: IpAddr, update: impl FnOnce(&mut Host) -> bool) {
        let room = self.hosts.len() < MAX_HOSTS;
        let host = match self.hosts.entry(address) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) if room => new.insert(Box::default()),
            Entry::Vacant(_) => return,
        };
        if update(host) {
            host.revision += 1;
        }
    }

    pub(crate) fn product(&mut self, address: IpAddr, product: Product) {
        self.learn(address, |h| h.product.replace(product) != Some(product));
    }

    pub(crate) fn answered(&mut self, address: IpAddr, version: Version, place: Place) {
        self.learn(address, |h| first(h.slot(version, true), place));
    }

    pub(crate) fn began(&mut self, address: IpAddr, version: Version, place: Place) {
        self.learn(address, |h| first(h.slot(version, false), place));
    }

    pub(crate) fn target(&mut self, address: IpAddr, target: IpAddr) {
        self.learn(address, |h| {
            let new = h.targets.len() < MAX_TARGETS && !h.targets.contains(&target);
            if new {
                keep(&mut h.targets, target);
            }
            new
        });
    }

    /// A host asked this one for the first time. Counted only: nothing is judged anew for one of thousands.
    pub(crate) fn asked(&mut self, address: IpAddr) {
        self.learn(address, |h| {
            h.asked_by = h.asked_by.saturating_add(1);
            false
        });
    }

    /// A host that asked this one meant it.
    pub(crate) fn pursued(&mut self, address: IpAddr) {
        self.learn(address, |h| {
            h.pursued_by = h.pursued_by.saturating_add(1);
            false
        });
    }

    pub(crate) fn went_on(&mut self, address: IpAddr) {
        self.learn(address, |h| !std::mem::replace(&mut h.went_on, true));
    }

    /// The suites of an SA payload, made by `read` unless the same octets were seen at the same place of a frame.
    pub(crate) fn shared_offer(
        &mut self,
        payload: Payload<'_>,
        read: impl FnOnce() -> Vec<Suite>,
    ) -> Arc<[Suite]> {
        self.offers
            .get(payload, || Some(read().into()))
            .unwrap_or_default()
    }

    /// The same for the one suite of an answer.
    pub(crate) fn shared_choice(
        &mut self,
        payload: Payload<'_>,
        read: impl FnOnce() -> Option<Suite>,
    ) -> Option<Arc<Suite>> {
        self.choices.get(payload, || Some(read()?.into()))
    }

    pub(crate) fn accepted(&mut self, address: IpAddr, learned: Learned) {
        self.learn(address, |h| add(&mut h.accepted, learned));
    }

    pub(crate) fn offered(&mut self, address: IpAddr, learned: Learned) {
        self.learn(address, |h| add(&mut h.offered, learned));
    }
}

impl Host {
    fn slot(&mut self, version: Version, answered: bool) -> &mut Option<Place> {
        match (version, answered) {
            (Version::V1, true) => &mut self.answered_v1,
            (Version::V2, true) => &mut self.answered_v2,
            (Version::V1, false) => &mut self.began_v1,
            (Version::V2, false) => &mut self.began_v2,
        }
    }

    /// Where it showed that it speaks a version: by answering, or by beginning.
    #[must_use]
    pub fn speaks(&self, version: Version) -> Option<Place> {
        match version {
            Version::V1 => self.answered_v1.or(self.began_v1),
            Version::V2 => self.answered_v2.or(self.began_v2),
        }
    }
}

fn first(slot: &mut Option<Place>, place: Place) -> bool {
    let new = slot.is_none();
    slot.get_or_insert(place);
    new
}

fn add(list: &mut Vec<Learned>, learned: Learned) -> bool {
    let same = |l: &Learned| {
        l.version == learned.version
            && l.suites.len() == learned.suites.len()
            && (Arc::ptr_eq(&l.suites, &learned.suites)
                || (l.suites.iter().zip(&*learned.suites)).all(|(a, b)| a.choices == b.choices))
    };
    let known = list.iter().any(same);
    if known || list.len() >= MAX_LEARNED {
        return false;
    }
    keep(list, learned);
    true
}
