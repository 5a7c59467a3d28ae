//! What the whole capture teaches about an address: product, versions it answers, suites it accepted or offered.

use std::collections::HashMap;
use std::net::IpAddr;

use super::offer::Suite;
use super::{Place, Version};
use crate::disguise::Disguise;
use crate::policy::{MAX_POLICIES, Policy};
use crate::wire::vendor::Product;

/// The most addresses remembered.
const MAX_HOSTS: usize = 65_536;
/// The most distinct targets of one initiator that are remembered.
pub const MAX_TARGETS: usize = 16;
/// The most suites or offers remembered of one host and version.
const MAX_LEARNED: usize = 8;

/// Suites a host showed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Version of IKE.
    pub version: Version,
    /// Negotiation in which it showed.
    pub stream: u32,
    /// The suites: one that it chose, or all that it offered.
    pub suites: Vec<Suite>,
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
    /// It once went on beyond the first message it sent: a scanner never does.
    pub went_on: bool,
    revision: u64,
}

/// Suites a host is known to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptable {
    /// The suites.
    pub suites: Vec<Suite>,
    /// Where they showed, one place for each negotiation.
    pub places: Vec<Place>,
    /// All that it accepts (its own offer), not just what it happened to choose.
    pub whole: bool,
}

/// All addresses.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    hosts: HashMap<IpAddr, Host>,
    policies: Vec<Policy>,
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
        let Self { hosts, policies } = self;
        for policy in policies {
            policy.disguise(d);
        }
        let mut all: Vec<(IpAddr, Host)> = std::mem::take(hosts).into_iter().collect();
        // In an order that does not depend on the hash.
        all.sort_by_key(|(address, _)| *address);
        for (mut address, mut host) in all {
            d.address(&mut address);
            for target in &mut host.targets {
                d.address(target);
            }
            hosts.insert(address, host);
        }
    }

    /// What is known of an address.
    #[must_use]
    pub fn host(&self, address: IpAddr) -> Option<&Host> {
        self.hosts.get(&address)
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
            (!suites.is_empty()).then_some((suites, places))
        };
        let offered = collect(&host.offered).map(|(suites, places)| Acceptable {
            suites,
            places,
            whole: true,
        });
        offered.or_else(|| {
            collect(&host.accepted).map(|(suites, places)| Acceptable {
                suites,
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
        if self.hosts.len() >= MAX_HOSTS && !self.hosts.contains_key(&address) {
            return;
        }
        let host = self.hosts.entry(address).or_default();
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
                h.targets.push(target);
            }
            new
        });
    }

    pub(crate) fn went_on(&mut self, address: IpAddr) {
        self.learn(address, |h| !std::mem::replace(&mut h.went_on, true));
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
            && l.suites
                .iter()
                .zip(&learned.suites)
                .all(|(a, b)| a.choices == b.choices)
    };
    let known = list.iter().any(same);
    if known || list.len() >= MAX_LEARNED {
        return false;
    }
    list.push(learned);
    true
}
