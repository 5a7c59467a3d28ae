//! What the whole capture teaches about an address: product, versions it answers, suites it accepted or offered.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use hashbrown::HashMap;
use thin_vec::ThinVec;

use super::offer::{self, Compared, MAX_CHOICES, MAX_SUITES, Offer, Suite};
use super::place::{Place, Stretch, Version};
use crate::negotiation::store::bounds::keep;
use crate::negotiation::store::chunked::Chunked;
use crate::negotiation::store::index::{Index, Ip};
use crate::wire::Span;
use crate::wire::vendor::{Product, VendorId};

/// The most addresses remembered.
const MAX_HOSTS: u32 = 65_536;
/// The most distinct targets of one initiator that are counted.
pub const MAX_TARGETS: u8 = 16;
/// The most suites or offers remembered of one host and version.
const MAX_LEARNED: usize = 8;
/// The most Vendor IDs kept of one side.
const MAX_VENDOR_IDS: usize = 24;
/// The most negotiations of an address whose decrypted offers for data tunnels are compared.
const MAX_CHILDREN: usize = 64;

/// Suites a host showed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Learned {
    /// All that it offers, as initiator, or the one it chose, as responder.
    pub(crate) shown: Arc<Offer>,
    /// It is all that it offers.
    pub(crate) whole: bool,
    /// Version of IKE.
    pub(crate) version: Version,
    /// Negotiation in which it showed.
    pub(crate) stream: u32,
    /// Frame in which it showed.
    pub(crate) frame: u32,
}

impl Learned {
    fn place(&self) -> Place {
        Place {
            frame: self.frame,
            span: self.shown.span,
        }
    }

    /// The same was shown.
    fn shows(&self, other: &Self) -> bool {
        self.version == other.version && self.whole == other.whole && self.shown.digest == other.shown.digest
    }
}

/// Which host of [`Knowledge`] an address is; none if there was no room for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
    how: Spoke,
    /// The first frame in which it answered, as a responder, with more than an error; or else in which it began.
    frame: u32,
    bytes: Stretch,
}

/// By what a host showed that it speaks a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Spoke {
    #[default]
    Never,
    Began,
    Answered,
}

/// What is known of one address.
#[derive(Clone, Debug)]
pub struct Host {
    address: IpAddr,
    /// Product, by Vendor ID in any negotiation.
    pub product: Option<Product>,
    v1: Spoken,
    v2: Spoken,
    /// Suites it chose as responder and what it offered as initiator, at most [`MAX_LEARNED`] of each: the first one, beyond
    /// which most hosts show no other, and the others.
    learned: Option<Learned>,
    others: ThinVec<Learned>,
    /// It showed more of them.
    more: bool,
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
    /// The suites, no more of them than are kept of one SA payload.
    pub suites: Vec<Suite>,
    /// Where they showed, one place for each negotiation.
    pub places: Vec<Place>,
    /// All that it accepts (its own offer), not just what it happened to choose.
    pub whole: bool,
    /// Further suites showed, and are not compared.
    pub cut: bool,
}

/// An offer beside what the other side is known to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// What it is known to accept.
    pub acceptable: Acceptable,
    /// What differs.
    pub compared: Compared,
}

/// The most comparisons kept.
const MAX_COMPARISONS: usize = 64;

/// Comparisons that were made, by digest of both lists and the places of the second; the latest one is the last. Each list is
/// compared with each other once, however often the negotiation is judged and drawn: the worst takes some milliseconds.
type Comparisons = VecDeque<(u64, Arc<Beside>)>;

/// Where in its frame a payload stands, and its bytes.
pub(crate) type Payload<'a> = (Option<Span>, &'a [u8]);
/// The same, kept.
type Stored = (Option<Span>, Box<[u8]>);

/// What was read of payloads that come again and again, kept once: peers repeat their offers with every try, and so does
/// everybody who uses the same product.
#[derive(Clone, Debug, Default)]
struct Pool {
    known: HashMap<Stored, Arc<Offer>>,
    bytes: usize,
}

/// The most bytes of payloads that a pool compares with. What comes later is kept with each negotiation.
const MAX_POOL: usize = 1 << 20;

impl Pool {
    fn get(
        &mut self,
        (span, bytes): Payload<'_>,
        read: impl FnOnce() -> Option<Vec<Suite>>,
    ) -> Option<Arc<Offer>> {
        if let Some(known) = self.known.get(&Seen(span, bytes)) {
            return Some(Arc::clone(known));
        }
        let new = Arc::new(Offer::new(read()?, span, self.known.hasher()));
        if self.bytes + bytes.len() <= MAX_POOL {
            self.bytes += bytes.len();
            self.known.insert((span, bytes.into()), Arc::clone(&new));
        }
        Some(new)
    }
}

/// A payload to be looked up without a copy of it.
#[derive(Hash)]
struct Seen<'a>(Option<Span>, &'a [u8]);

impl hashbrown::Equivalent<Stored> for Seen<'_> {
    fn equivalent(&self, (at, bytes): &Stored) -> bool {
        self.0 == *at && *self.1 == **bytes
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
    by_rows: Index<u32>,
}

impl VendorLists {
    /// The rows of a list. Its number is where they begin.
    fn rows(&self, list: VendorList) -> Option<&[u16]> {
        let begin = list.0 as usize;
        let length = *self.rows.get(begin.checked_sub(1)?)?;
        self.rows.get(begin..begin + usize::from(length))
    }

    /// The list with these rows, a new one if need be.
    fn with(&mut self, rows: &[u16]) -> VendorList {
        let is = |begin| self.rows(VendorList(begin)) == Some(rows);
        if let Some(known) = self.by_rows.find(&rows, is) {
            return VendorList(known);
        }
        let (Ok(length), Ok(begin)) = (u16::try_from(rows.len()), u32::try_from(self.rows.len() + 1)) else {
            return VendorList::default();
        };
        self.rows.push(length);
        self.rows.extend_from_slice(rows);
        self.by_rows.insert(&rows, begin);
        VendorList(begin)
    }
}

/// All addresses. Nobody is told one: whom a negotiation is between, it knows itself, so that a redacted one asks here, too.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    hosts: Chunked<Host>,
    /// How often an address was met for which there was no room.
    strangers: u32,
    by_address: Index<u32>,
    /// Negotiations in which an offer of this host for a data tunnel could be decrypted, at most [`MAX_CHILDREN`].
    children: HashMap<HostId, Vec<u32>>,
    offers: Pool,
    choices: Pool,
    comparisons: RefCell<Comparisons>,
    vendor_lists: VendorLists,
}

impl Knowledge {
    /// Notes that an offer of a host for a data tunnel could be decrypted.
    pub(crate) fn offered_child(&mut self, host: HostId, stream: u32) {
        let known = host.0.is_some()
            && (self.children.len() < MAX_HOSTS as usize || self.children.contains_key(&host));
        if known {
            let streams = self.children.entry(host).or_default();
            if streams.len() < MAX_CHILDREN && streams.last() != Some(&stream) {
                streams.push(stream);
            }
        }
    }

    /// Negotiations in which an offer of a host for a data tunnel could be decrypted, the first ones of the capture.
    #[must_use]
    pub fn children(&self, host: HostId) -> &[u32] {
        self.children.get(&host).map_or(&[], Vec::as_slice)
    }

    /// What a host is known to accept as responder for one version, outside of one negotiation, beside an offer. `None` if
    /// nothing is known.
    #[must_use]
    pub(crate) fn beside(
        &self,
        offer: &Offer,
        host: HostId,
        version: Version,
        except: u32,
    ) -> Option<Arc<Beside>> {
        let host = self.host(host)?;
        let lists: Vec<&Learned> = host.acceptable(version, except).collect();
        let whole = lists.first()?.whole;
        let places = lists.iter().map(|l| l.place());
        let shown: Vec<_> = lists.iter().map(|l| (l.shown.digest, l.frame)).collect();
        let key = self
            .offers
            .known
            .hasher()
            .hash_one((offer.digest, whole, host.more, shown));
        let made = &mut *self.comparisons.borrow_mut();
        if let Some((_, known)) = made.iter().rev().find(|(known, _)| *known == key) {
            return Some(Arc::clone(known));
        }
        let mut room = MAX_CHOICES;
        let all = || lists.iter().flat_map(|l| &l.shown.suites);
        let fits = |suite: &&Suite| {
            let left = room.checked_sub(suite.choices.len());
            room = left.unwrap_or(0);
            left.is_some()
        };
        let suites: Vec<Suite> = all().take(MAX_SUITES).take_while(fits).cloned().collect();
        let beside = Arc::new(Beside {
            compared: offer::compare(&offer.suites, &suites),
            acceptable: Acceptable {
                cut: host.more || suites.len() < all().count(),
                suites,
                places: places.collect(),
                whole,
            },
        });
        if made.len() >= MAX_COMPARISONS {
            made.pop_front();
        }
        made.push_back((key, Arc::clone(&beside)));
        Some(beside)
    }

    /// What is known of a host.
    #[must_use]
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.hosts.get(id.at()?)
    }

    /// How often an address was met of which nothing could be learned: there were too many before it.
    pub(crate) fn strangers(&self) -> u32 {
        self.strangers
    }

    /// Which host an address is, a new one if need be.
    pub(crate) fn id(&mut self, address: IpAddr) -> HostId {
        let is = |at: u32| (self.hosts.get(at as usize)).is_some_and(|host| host.address == address);
        if let Some(at) = self.by_address.find(&Ip(address), is) {
            return HostId::new(at);
        }
        let at = u32::try_from(self.hosts.len()).unwrap_or(u32::MAX);
        if at >= MAX_HOSTS {
            self.strangers = self.strangers.saturating_add(1);
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
        self.learn(id, |h| h.spoken(version).note(place, Spoke::Answered));
    }

    pub(crate) fn began(&mut self, id: HostId, version: Version, place: Place) {
        self.learn(id, |h| h.spoken(version).note(place, Spoke::Began));
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

    /// The suites of an SA payload, made by `read` unless the same bytes were seen at the same place of a frame.
    pub(crate) fn shared_offer(
        &mut self,
        payload: Payload<'_>,
        read: impl FnOnce() -> Vec<Suite>,
    ) -> Arc<Offer> {
        (self.offers.get(payload, || Some(read()))).unwrap_or_default()
    }

    /// The same for an answer, of which only the first suite is kept; none if it holds none.
    pub(crate) fn shared_choice(
        &mut self,
        payload: Payload<'_>,
        read: impl FnOnce() -> Vec<Suite>,
    ) -> Option<Arc<Offer>> {
        self.choices.get(payload, || {
            let mut suites = read();
            suites.truncate(1);
            suites.shrink_to_fit();
            (!suites.is_empty()).then_some(suites)
        })
    }

    /// The Vendor IDs of a list, in the order in which they came.
    pub fn vendor_ids(&self, list: VendorList) -> impl Iterator<Item = &'static VendorId> {
        let rows = self.vendor_lists.rows(list).unwrap_or_default();
        rows.iter().filter_map(|row| VendorId::in_row(*row))
    }

    /// A list with more Vendor IDs at its end: those whose name is not there yet, as long as there is room.
    pub(crate) fn extended(
        &mut self,
        list: VendorList,
        more: impl Iterator<Item = &'static VendorId>,
    ) -> VendorList {
        let mut rows = [0; MAX_VENDOR_IDS];
        let mut count = 0;
        for vendor_id in self.vendor_ids(list).chain(more) {
            let name = |row: &u16| VendorId::in_row(*row).map(|known| known.name);
            let known = rows
                .iter()
                .take(count)
                .any(|row| name(row) == Some(vendor_id.name));
            if let Some(room) = rows.get_mut(count).filter(|_| !known) {
                *room = vendor_id.row();
                count += 1;
            }
        }
        self.vendor_lists.with(rows.get(..count).unwrap_or_default())
    }

    /// Notes what a host showed of its suites.
    pub(crate) fn showed(&mut self, id: HostId, learned: Learned) {
        self.learn(id, |h| h.showed(learned));
    }
}

impl Spoken {
    fn note(&mut self, place: Place, how: Spoke) -> bool {
        let new = how > self.how;
        if new {
            *self = Self {
                how,
                frame: place.frame,
                bytes: Stretch::of(place.span),
            };
        }
        new
    }

    fn place(self) -> Option<Place> {
        (self.how > Spoke::Never).then(|| Place {
            frame: self.frame,
            span: self.bytes.span(),
        })
    }
}

impl Host {
    fn new(address: IpAddr) -> Self {
        Self {
            address,
            product: None,
            v1: Spoken::default(),
            v2: Spoken::default(),
            learned: None,
            others: ThinVec::new(),
            more: false,
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
            Version::V1 => self.v1.place(),
            Version::V2 => self.v2.place(),
        }
    }

    /// Where its suites for one version showed outside of one negotiation: its own offers (lists of all it would accept), else
    /// what it chose as responder.
    fn acceptable(&self, version: Version, except: u32) -> impl Iterator<Item = &Learned> {
        let elsewhere =
            move |l: &&Learned| l.version == version && l.stream != except && !l.shown.suites.is_empty();
        let whole = self.learned().filter(elsewhere).any(|l| l.whole);
        self.learned().filter(elsewhere).filter(move |l| l.whole == whole)
    }

    /// A lifetime in seconds of its own offers outside of one negotiation, and where it stands.
    #[must_use]
    pub fn own_lifetime(&self, version: Version, except: u32) -> Option<(u64, Place)> {
        let mut own = self.acceptable(version, except).filter(|l| l.whole);
        own.find_map(|l| {
            let suites = l.shown.suites.iter();
            let (lifetime, span) = suites.filter_map(|s| Some((s.lifetime?, s.span))).next()?;
            let frame = l.frame;
            Some((lifetime, Place { frame, span }))
        })
    }

    fn learned(&self) -> impl Iterator<Item = &Learned> {
        self.learned.iter().chain(&self.others)
    }

    fn showed(&mut self, learned: Learned) -> bool {
        let of_kind = |l: &&Learned| l.whole == learned.whole;
        let known = self.learned().any(|l| l.shows(&learned));
        let room = self.learned().filter(of_kind).count() < MAX_LEARNED;
        let new = !known && room;
        self.more |= !known && !room;
        if new {
            match self.learned {
                None => self.learned = Some(learned),
                Some(_) => keep(&mut self.others, learned),
            }
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lists_of_vendor_ids_are_one() {
        let mut all = Knowledge::default();
        let rows = |rows: std::ops::Range<u16>| rows.filter_map(VendorId::in_row);
        let none = all.extended(VendorList::default(), rows(0..0));
        assert_eq!(all.vendor_ids(none).count(), 0);
        let three = all.extended(none, rows(0..3));
        let five = all.extended(three, rows(3..5));
        assert_eq!(all.extended(VendorList::default(), rows(0..5)), five);
        // In the order in which they came, and each once.
        assert_eq!(all.extended(five, rows(1..4)), five);
        assert_ne!(all.extended(none, rows(0..5).rev()), five);
        assert!(all.vendor_ids(three).eq(rows(0..3)));
        assert!(all.vendor_ids(five).eq(rows(0..5)));
        let most = all.extended(five, rows(0..200));
        assert_eq!(all.vendor_ids(most).count(), MAX_VENDOR_IDS);
    }
}
