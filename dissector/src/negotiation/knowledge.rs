//! What the whole capture teaches about an address: product, versions it answers, suites it accepted or offered.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use hashbrown::HashMap;
use thin_vec::ThinVec;

use super::chunked::Chunked;
use super::index::{Index, Ip};
use super::offer::Suite;
use super::{Place, Version, keep};
use crate::disguise::Disguise;
use crate::policy::{MAX_POLICIES, Policy};
use crate::wire::vendor::{Product, VendorId};

/// The most addresses remembered.
const MAX_HOSTS: u32 = 65_536;
/// The most distinct targets of one initiator that are counted.
pub const MAX_TARGETS: u8 = 16;
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
    /// The suites.
    pub suites: Shown,
    /// Where.
    pub place: Place,
}

/// What a host showed of its suites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All that it offers, as initiator.
    Offer(Arc<[Suite]>),
    /// The one it chose, as responder.
    Choice(Arc<Suite>),
}

impl Shown {
    /// The suites.
    #[must_use]
    pub fn suites(&self) -> &[Suite] {
        match self {
            Self::Offer(all) => all,
            Self::Choice(one) => std::slice::from_ref(one),
        }
    }

    fn is_offer(&self) -> bool {
        matches!(self, Self::Offer(_))
    }

    /// The same, most often because they are one and the same.
    fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Offer(a), Self::Offer(b)) if Arc::ptr_eq(a, b) => true,
            (Self::Choice(a), Self::Choice(b)) if Arc::ptr_eq(a, b) => true,
            (Self::Offer(_), Self::Choice(_)) | (Self::Choice(_), Self::Offer(_)) => false,
            _ => {
                let (a, b) = (self.suites(), other.suites());
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.choices == b.choices)
            }
        }
    }
}

/// Which host of [`Knowledge`] an address is; none if there was no room for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostId(Option<NonZeroU32>);

impl HostId {
    fn new(at: u32) -> Self {
        Self(NonZeroU32::new(at.wrapping_add(1)))
    }

    fn at(self) -> Option<usize> {
        self.0.map(|n| n.get() as usize - 1)
    }
}

/// That a host speaks a version of IKE.
#[derive(Clone, Copy, Debug, Default)]
struct Spoken {
    /// The first frame in which it answered, as a responder, with more than an error; or else in which it began.
    place: Option<Place>,
    answered: bool,
}

/// What is known of one address.
#[derive(Clone, Debug)]
pub struct Host {
    address: IpAddr,
    /// Product, by Vendor ID in any negotiation.
    pub product: Option<Product>,
    v1: Spoken,
    v2: Spoken,
    /// Suites it chose as responder and what it offered as initiator, at most [`MAX_LEARNED`] of each.
    learned: ThinVec<Learned>,
    /// Number of distinct hosts it began to negotiate with, at most [`MAX_TARGETS`].
    pub targets: u8,
    /// Hosts that began to negotiate with it, each counted once.
    pub asked_by: u32,
    /// Of those: who went on, repeated the first message, or was refused. What a forged sender never does.
    pub pursued_by: u32,
    /// It once went on beyond the first message it sent: a scanner never does.
    pub went_on: bool,
    /// Counts what was newly learned.
    pub(crate) revision: u32,
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

/// Which list of Vendor IDs of [`Knowledge`] a side sent; by default an empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VendorList(u32);

/// Lists of Vendor IDs, each kept once: everybody who uses a product sends the same.
#[derive(Clone, Debug, Default)]
struct VendorLists {
    /// One list behind another: its length, then the rows of its Vendor IDs in their table.
    rows: Vec<u16>,
    by_content: Index<u32>,
}

/// A list to be looked up.
struct Sought<'a>(&'a [&'a VendorId]);

impl Hash for Sought<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        for vendor_id in self.0 {
            hasher.write_u16(vendor_id.row());
        }
    }
}

impl VendorLists {
    /// The rows of a list. Its number is where they begin.
    fn rows(&self, list: VendorList) -> Option<&[u16]> {
        let begin = list.0 as usize;
        let length = *self.rows.get(begin.checked_sub(1)?)?;
        self.rows.get(begin..begin + usize::from(length))
    }

    /// The number of a list, a new one if need be.
    fn number(&mut self, list: &[&VendorId]) -> VendorList {
        let rows = || list.iter().map(|vendor_id| vendor_id.row());
        let is = |begin| {
            let known = self.rows(VendorList(begin));
            known.is_some_and(|known| known.iter().copied().eq(rows()))
        };
        if let Some(known) = self.by_content.find(&Sought(list), is) {
            return VendorList(known);
        }
        let (Ok(length), Ok(begin)) = (u16::try_from(list.len()), u32::try_from(self.rows.len() + 1)) else {
            return VendorList::default();
        };
        self.rows.extend(std::iter::once(length).chain(rows()));
        self.by_content.insert(&Sought(list), begin);
        VendorList(begin)
    }
}

/// All addresses.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    hosts: Chunked<Host>,
    by_address: Index<u32>,
    /// Negotiations in which an offer of this address for a data tunnel could be decrypted, at most [`MAX_CHILDREN`].
    children: HashMap<IpAddr, Vec<u32>>,
    policies: Vec<Policy>,
    offers: Pool<[Suite]>,
    choices: Pool<Suite>,
    vendor_lists: VendorLists,
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
            // Whom a negotiation is between, it knows itself.
            by_address,
            children,
            policies,
            // Octets of offers name nobody, and are looked up no more.
            offers: _,
            choices: _,
            // Products name nobody.
            vendor_lists: _,
        } = self;
        for policy in policies {
            policy.disguise(d);
        }
        by_address.clear();
        let mut all: Vec<&mut Host> = hosts.iter_mut().collect();
        // In an order that does not depend on who came first.
        all.sort_by_key(|host| host.address);
        for host in all {
            d.address(&mut host.address);
        }
        for (mut address, streams) in std::mem::take(children) {
            // Known as a host, so that its pseudonym does not depend on this order.
            d.address(&mut address);
            children.insert(address, streams);
        }
    }

    /// Notes that an offer of an address for a data tunnel could be decrypted.
    pub(crate) fn offered_child(&mut self, address: IpAddr, stream: u32) {
        if self.children.len() < MAX_HOSTS as usize || self.children.contains_key(&address) {
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

    /// What is known of a host.
    #[must_use]
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.hosts.get(id.at()?)
    }

    /// Which host an address is, a new one if need be.
    pub(crate) fn id(&mut self, address: IpAddr) -> HostId {
        let is = |at: u32| (self.hosts.get(at as usize)).is_some_and(|host| host.address == address);
        if let Some(at) = self.by_address.find(&Ip(address), is) {
            return HostId::new(at);
        }
        let at = u32::try_from(self.hosts.len()).unwrap_or(u32::MAX);
        if at >= MAX_HOSTS {
            return HostId::default();
        }
        self.by_address.insert(&Ip(address), at);
        self.hosts.push(Host::new(address));
        HostId::new(at)
    }

    fn learn(&mut self, id: HostId, update: impl FnOnce(&mut Host) -> bool) {
        if let Some(host) = id.at().and_then(|at| self.hosts.get_mut(at))
            && update(host)
        {
            host.revision = host.revision.wrapping_add(1);
        }
    }

    pub(crate) fn product(&mut self, id: HostId, product: Product) {
        self.learn(id, |h| h.product.replace(product) != Some(product));
    }

    pub(crate) fn answered(&mut self, id: HostId, version: Version, place: Place) {
        self.learn(id, |h| h.spoken(version).note(place, true));
    }

    pub(crate) fn began(&mut self, id: HostId, version: Version, place: Place) {
        self.learn(id, |h| h.spoken(version).note(place, false));
    }

    /// A host began to negotiate with another one for the first time.
    pub(crate) fn target(&mut self, id: HostId) {
        self.learn(id, |h| {
            let counts = h.targets < MAX_TARGETS;
            h.targets += u8::from(counts);
            counts
        });
    }

    /// A host asked this one for the first time. Counted only: nothing is judged anew for one of thousands.
    pub(crate) fn asked(&mut self, id: HostId) {
        self.learn(id, |h| {
            h.asked_by = h.asked_by.saturating_add(1);
            false
        });
    }

    /// A host that asked this one meant it.
    pub(crate) fn pursued(&mut self, id: HostId) {
        self.learn(id, |h| {
            h.pursued_by = h.pursued_by.saturating_add(1);
            false
        });
    }

    pub(crate) fn went_on(&mut self, id: HostId) {
        self.learn(id, |h| !std::mem::replace(&mut h.went_on, true));
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

    /// The Vendor IDs of a list, in the order in which they came.
    pub fn vendor_ids(&self, list: VendorList) -> impl Iterator<Item = &'static VendorId> {
        let rows = self.vendor_lists.rows(list).unwrap_or_default();
        rows.iter().filter_map(|row| VendorId::in_row(*row))
    }

    /// The list of these Vendor IDs.
    pub(crate) fn vendor_list(&mut self, vendor_ids: &[&VendorId]) -> VendorList {
        self.vendor_lists.number(vendor_ids)
    }

    /// Notes what a host showed of its suites.
    pub(crate) fn showed(&mut self, id: HostId, learned: Learned) {
        self.learn(id, |h| h.showed(learned));
    }
}

impl Spoken {
    fn note(&mut self, place: Place, answered: bool) -> bool {
        let new = self.place.is_none() || answered && !self.answered;
        if new {
            *self = Self {
                place: Some(place),
                answered,
            };
        }
        new
    }
}

impl Host {
    fn new(address: IpAddr) -> Self {
        Self {
            address,
            product: None,
            v1: Spoken::default(),
            v2: Spoken::default(),
            learned: ThinVec::new(),
            targets: 0,
            asked_by: 0,
            pursued_by: 0,
            went_on: false,
            revision: 0,
        }
    }

    fn spoken(&mut self, version: Version) -> &mut Spoken {
        match version {
            Version::V1 => &mut self.v1,
            Version::V2 => &mut self.v2,
        }
    }

    /// Where it showed that it speaks a version: by answering, or by beginning.
    #[must_use]
    pub fn speaks(&self, version: Version) -> Option<Place> {
        match version {
            Version::V1 => self.v1.place,
            Version::V2 => self.v2.place,
        }
    }

    /// What it is known to accept as responder for one version, outside of one negotiation: its own offers (a list of all it
    /// would accept), else what it chose in other negotiations.
    #[must_use]
    pub fn acceptable(&self, version: Version, except: u32) -> Option<Acceptable> {
        let elsewhere =
            |l: &&Learned| l.version == version && l.stream != except && !l.suites.suites().is_empty();
        let all = || self.learned.iter().filter(elsewhere);
        let whole = all().any(|l| l.suites.is_offer());
        let of = || all().filter(move |l| l.suites.is_offer() == whole);
        let shown = || of().flat_map(|l| l.suites.suites().iter().map(move |suite| (l, suite)));
        let suites: Vec<Suite> = shown().map(|(_, suite)| suite.clone()).collect();
        let suite_places = shown().map(|(l, suite)| Place {
            frame: l.place.frame,
            span: suite.span,
        });
        (!suites.is_empty()).then(|| Acceptable {
            suites,
            suite_places: suite_places.collect(),
            places: of().map(|l| l.place).collect(),
            whole,
        })
    }

    fn showed(&mut self, learned: Learned) -> bool {
        let of_kind = |l: &&Learned| l.suites.is_offer() == learned.suites.is_offer();
        let same = |l: &Learned| l.version == learned.version && l.suites.equals(&learned.suites);
        let new = !self.learned.iter().any(same) && self.learned.iter().filter(of_kind).count() < MAX_LEARNED;
        if new {
            keep(&mut self.learned, learned);
        }
        new
    }
}
