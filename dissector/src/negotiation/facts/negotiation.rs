//! A negotiation: all that is known of it. What most lack stands in a part of its own.

use std::net::IpAddr;
use std::num::NonZeroU8;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use thin_vec::ThinVec;

use super::data::{Data, EspFlow, Icmp};
use super::event::{Event, Notice};
use super::offer::{self, Offer, Suite};
use super::peer::{Peer, Sent, Vantage};
use super::place::{MAX_FACTS, Place, Repeat, Role, Version, notify};
use super::redact::Redact;
use super::steps::Steps;
use super::{aggressive, moved, nat, proof, selector, stranger, traffic};
use crate::negotiation::store::bounds::{Kept, Omitted, keep, keep_first_and_last};
use crate::negotiation::store::links;
use crate::wire::assembly::Assemblies;
use crate::wire::code::{self, Registry};
use crate::wire::message::Spi;

/// The responder of IKEv2 sends the initiator to another gateway (RFC 5685 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Where to, if it is said by address and not by name.
    pub to: Option<IpAddr>,
    /// Where it stands.
    pub place: Place,
}

impl Redirect {
    /// Reads the notification's data: type and length of an identity, then the identity (RFC 5685 7.2).
    pub(in crate::negotiation) fn read(data: &[u8], place: Place) -> Self {
        let to = match data {
            [1, 4, rest @ ..] => rest.first_chunk::<4>().map(|bytes| IpAddr::from(*bytes)),
            [2, 16, rest @ ..] => rest.first_chunk::<16>().map(|bytes| IpAddr::from(*bytes)),
            _ => None,
        };
        Self { to, place }
    }
}

/// An inner address asked for by mode configuration (IKEv1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRequest {
    /// Who asked.
    pub from: Role,
    /// Where.
    pub asked: Place,
    /// Where it was answered, and whether with an address.
    pub answered: Option<(Place, bool)>,
}

/// An SA payload for a child SA (IKEv1 Quick Mode, IKEv2 IKE_AUTH or CREATE_CHILD_SA), decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildOffer {
    /// The message it came in.
    pub event: u32,
    /// Who sent it.
    pub from: Role,
    /// The suites.
    pub suites: Vec<Suite>,
    /// USE_TRANSPORT_MODE came with it (RFC 7296 1.3.1).
    pub transport: bool,
    /// Where; the span counts in the decrypted bytes, so none is given.
    pub place: Place,
}

/// The most events kept from the beginning, and from the end, of a negotiation.
pub const MAX_EVENTS: usize = 128;

/// Everything two peers said for one IKE SA; or clear-text L2TP, or ESP that ICMP answers, between two hosts that never spoke IKE
/// (then [`Negotiation::is_ike`] is false, and only what is not IKE's own holds anything).
#[derive(Clone, Debug)]
pub struct Negotiation {
    /// Index in the capture, from 0.
    pub stream: u32,
    /// Major version.
    pub version: Version,
    /// Initiator SPI or cookie.
    pub initiator_spi: Spi,
    /// Responder SPI or cookie, once it showed.
    pub responder_spi: Option<Spi>,
    /// Who began.
    pub initiator: Peer,
    /// Who was asked.
    pub responder: Peer,
    /// The capture holds the first message.
    pub started: bool,
    /// Last frame and time, of any kind.
    pub last: Repeat,
    /// What the initiator offered for the IKE SA, last version of it.
    pub(in crate::negotiation) offer: Option<Arc<Offer>>,
    /// Frame of that offer.
    pub(in crate::negotiation) offered_in: u32,
    /// Length of the message with the offer.
    pub offer_length: u32,
    /// What the responder chose.
    pub(in crate::negotiation) choice: Option<Arc<Offer>>,
    /// Frame of that choice.
    pub(in crate::negotiation) chosen_in: u32,
    /// What Aggressive Mode's proofs of the pre-shared key are made from.
    pub(in crate::negotiation) aggressive: Option<Box<aggressive::Material>>,
    /// Notifications of errors that could be read.
    pub notices: ThinVec<Notice>,
    pub(in crate::negotiation) links: links::Links,
    /// It is the first between its hosts, and no more than a question so far.
    pub(in crate::negotiation) only_asked: bool,
    /// Its IKE SA came up, which the latest negotiation between the two addresses knows: see [`links`].
    pub(in crate::negotiation) came_up: bool,
    pub(in crate::negotiation) steps: Steps,
    pub(in crate::negotiation) nat_detection: nat::Detection,
    pub(in crate::negotiation) early: ThinVec<Event>,
    pub(in crate::negotiation) data: Option<Box<Data>>,
    pub(in crate::negotiation) rest: Option<Box<Rest>>,
    pub(in crate::negotiation) next_event: u32,
    /// The frame of the last packet that told something new: until the next one, answers can be kept.
    pub(crate) news: u32,
}

/// What most negotiations have nothing of: errors of the path, messages beyond the first [`MAX_EVENTS`], and the contents of
/// encrypted messages. It is read as if it stood in the [`Negotiation`] itself, and takes no room there until something of it
/// shows: of a million half-open negotiations none has it.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    /// ICMP errors.
    pub icmp: ThinVec<Icmp>,
    /// L2TP in clear, or out of ESP that the host decrypted.
    pub l2tp: ThinVec<traffic::L2tp>,
    /// The first message that the host took for another protocol.
    pub claimed: Option<Place>,
    /// Where one side has moved to.
    pub moved: Option<Box<moved::Moved>>,
    /// What comes on the ports of IKE and is none of it.
    pub stranger: Option<Box<stranger::Stranger>>,
    /// The first message whose SPIs stand in the wrong order.
    pub swapped: Option<Place>,
    /// The responder sends the initiator to another gateway (RFC 5685).
    pub redirect: Option<Redirect>,
    /// The last [`MAX_EVENTS`] of more.
    late: ThinVec<Event>,
    /// Messages between these and the early ones, by their numbers: those of which an error notification is kept.
    held: ThinVec<(u32, Event)>,
    /// What was left out of these lists, and of the negotiation's own.
    omitted: Omitted,
    inside: Option<Box<Inside>>,
}

/// What stands inside encrypted messages, where the host decrypted them (of IKEv1 some of it may come in clear). It is read as
/// if it stood in the [`Negotiation`] itself, too.
#[derive(Clone, Debug, Default)]
pub struct Inside {
    /// Identities that could be read.
    pub identities: ThinVec<proof::Identity>,
    /// Certificates that could be read.
    pub certificates: ThinVec<proof::Certificate>,
    /// Certificate requests that could be read.
    pub certificate_requests: u32,
    /// Certification authorities named in certificate requests.
    pub authorities: ThinVec<proof::Authority>,
    /// How the sides prove their identities, as far as it could be decrypted.
    pub proofs: ThinVec<proof::Proof>,
    /// EAP messages that could be decrypted.
    pub eap: ThinVec<proof::Eap>,
    /// What XAUTH came to, if it could be decrypted.
    pub xauth_status: Option<proof::XauthStatus>,
    /// The inner address that was asked for by mode configuration, if it could be decrypted.
    pub address: Option<AddressRequest>,
    /// Traffic selectors that could be decrypted.
    pub selectors: ThinVec<selector::Selectors>,
    /// Offers for child SAs that could be decrypted.
    pub child_offers: ThinVec<ChildOffer>,
    /// Fragments of messages whose rest is still to come: decrypted ones (IKEv2), or as they came (IKEv1).
    pub(in crate::negotiation) assemblies: Assemblies<u32>,
    /// The host decrypted something that was believed.
    pub decrypted: bool,
    /// Decrypted bytes that were not believed: a wrong key, or (IKEv1) a wrong IV.
    pub wrongly_decrypted: Option<Place>,
}

static NO_DATA: LazyLock<Data> = LazyLock::new(Data::default);
static NOTHING: LazyLock<Rest> = LazyLock::new(Rest::default);
static NOTHING_INSIDE: LazyLock<Inside> = LazyLock::new(Inside::default);

impl Deref for Rest {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        match &self.inside {
            Some(inside) => inside,
            None => &NOTHING_INSIDE,
        }
    }
}

impl DerefMut for Rest {
    fn deref_mut(&mut self) -> &mut Inside {
        self.inside.get_or_insert_default()
    }
}

impl Rest {
    /// Where L2TP messages are kept, and what is left out is counted.
    pub(in crate::negotiation) fn l2tp_kept(&mut self) -> (&mut ThinVec<traffic::L2tp>, &mut Omitted) {
        (&mut self.l2tp, &mut self.omitted)
    }
}

impl Deref for Negotiation {
    type Target = Rest;

    fn deref(&self) -> &Rest {
        match &self.rest {
            Some(rest) => rest,
            None => &NOTHING,
        }
    }
}

impl DerefMut for Negotiation {
    fn deref_mut(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }
}

impl Negotiation {
    /// The events in order: the first [`MAX_EVENTS`], those with errors, and the last [`MAX_EVENTS`].
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        let held = self.held().iter().map(|(_, event)| event);
        self.early.iter().chain(held).chain(self.late())
    }

    fn held(&self) -> &[(u32, Event)] {
        self.rest.as_ref().map_or(&[], |rest| &rest.held)
    }

    fn late(&self) -> &[Event] {
        self.rest.as_ref().map_or(&[], |rest| &rest.late)
    }

    /// Its first packet: IKE, L2TP, or an error about ESP alone.
    #[must_use]
    pub fn first(&self) -> Repeat {
        let message = || self.early.first().map(Event::first);
        let l2tp = || self.l2tp.first().map(|l2tp| l2tp.first);
        // ESP alone begins with the error that tells of it.
        let error = || {
            self.icmp.first().map(|x| Repeat {
                frame: x.frame,
                time: x.time,
            })
        };
        message().or_else(l2tp).or_else(error).unwrap_or(self.last)
    }

    /// Number of events, also those let go.
    #[must_use]
    pub fn event_count(&self) -> u32 {
        self.next_event
    }

    /// The event with this number, from 0, if it was kept.
    #[must_use]
    pub fn event(&self, number: u32) -> Option<&Event> {
        let late = || self.late().get(number.checked_sub(self.first_late())? as usize);
        let held = || {
            self.held()
                .iter()
                .find(|(its, _)| *its == number)
                .map(|(_, event)| event)
        };
        self.early.get(number as usize).or_else(late).or_else(held)
    }

    pub(in crate::negotiation) fn event_mut(&mut self, number: u32) -> Option<&mut Event> {
        let at = number.checked_sub(self.first_late());
        match self.early.get_mut(number as usize) {
            None => self.rest.as_mut()?.late.get_mut(at? as usize),
            early => early,
        }
    }

    /// Number of the first event of those that are kept from the end.
    fn first_late(&self) -> u32 {
        self.next_event - u32::try_from(self.late().len()).unwrap_or(0)
    }

    /// The number of an event, from 0, also when older ones were let go.
    #[must_use]
    pub fn number(&self, event: &Event) -> u32 {
        if let Some((number, _)) = self.held().iter().find(|(_, held)| held.frame == event.frame) {
            return *number;
        }
        let is_before = |other: &Event| other.frame < event.frame;
        let (first, list) = match self.early.last() {
            Some(last) if is_before(last) => (self.first_late(), self.late()),
            _ => (0, &self.early[..]),
        };
        first + u32::try_from(list.partition_point(is_before)).unwrap_or(0)
    }

    /// The message that an event answers, if it was kept.
    #[must_use]
    pub fn answered_by(&self, answer: &Event) -> Option<&Event> {
        let back = NonZeroU8::new(answer.answers)?;
        self.event(self.number(answer).checked_sub(back.get().into())?)
    }

    /// The first answer to an event, if it was kept.
    #[must_use]
    pub fn answer_to(&self, request: &Event) -> Option<&Event> {
        let after = NonZeroU8::new(request.answered_after)?;
        self.event(self.number(request).checked_add(after.get().into())?)
    }

    /// The first message of this exchange, position and sender.
    #[must_use]
    pub fn find(&self, exchange: u8, position: u8, from: Role) -> Option<&Event> {
        if self.steps.lacks(exchange, position) {
            return None;
        }
        self.events()
            .find(|e| e.exchange == exchange && e.position == position && e.from == from)
    }

    /// A message of this exchange and position was seen, whether it is still kept or not.
    #[must_use]
    pub fn came_to(&self, exchange: u8, position: u8) -> bool {
        self.steps.has(exchange, position)
    }

    /// The first message of this exchange and position, whoever sent it.
    #[must_use]
    pub fn step(&self, exchange: u8, position: u8) -> Option<&Event> {
        if self.steps.lacks(exchange, position) {
            return None;
        }
        self.events()
            .find(|e| e.exchange == exchange && e.position == position)
    }

    /// A tunnel between the same peers that was up when this negotiation began: its index.
    #[must_use]
    pub fn predecessor(&self) -> Option<u32> {
        self.links.before.stream()
    }

    /// When a frame that one of its facts stands in was captured, nanoseconds since 1970; `None` for a frame of which no fact is kept.
    #[must_use]
    pub fn time_of(&self, frame: u32) -> Option<i64> {
        let at = |r: Repeat| (r.frame, r.time);
        let events = self.events().flat_map(|e| {
            let copies = e.repeats().iter().copied().map(at);
            let last = std::iter::once((e.last_place().frame, e.last_time()));
            std::iter::once((e.frame, e.time)).chain(copies).chain(last)
        });
        let notices = self.notices.iter().map(|x| (x.place.frame, x.time));
        let icmp = self.icmp.iter().map(|x| (x.frame, x.time));
        let esp = self.esp().iter().flat_map(|f| {
            let samples = f.samples.iter().map(|s| (s.frame, s.time));
            samples.chain([at(f.first()), at(f.last)])
        });
        let l2tp = self.l2tp.iter().flat_map(|l| [at(l.first), at(l.last)]);
        let own = [at(self.first()), at(self.last)];
        let mut all = own
            .into_iter()
            .chain(events)
            .chain(notices)
            .chain(icmp)
            .chain(esp)
            .chain(l2tp);
        all.find(|(known, _)| *known == frame).map(|(_, time)| time)
    }

    /// There is something of [`Rest`].
    #[must_use]
    pub fn has_rest(&self) -> bool {
        self.rest.is_some()
    }

    /// Data was seen, or an error about it.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.data.is_some()
    }

    /// There is something of [`Inside`].
    #[must_use]
    pub fn was_decrypted(&self) -> bool {
        self.inside.is_some()
    }

    /// False for a stream of L2TP or ESP alone. An IKE SPI is never zero (RFC 7296 3.1; RFC 2408 2.5.3).
    #[must_use]
    pub fn is_ike(&self) -> bool {
        self.initiator_spi != [0; 8]
    }

    /// L2TP in clear between hosts without IKE.
    #[must_use]
    pub fn is_l2tp_alone(&self) -> bool {
        !self.is_ike() && !self.l2tp.is_empty()
    }

    /// ESP between hosts without IKE, of which an ICMP error tells.
    #[must_use]
    pub fn is_esp_alone(&self) -> bool {
        !self.is_ike() && self.l2tp.is_empty()
    }

    /// What the peers speak, as users know it.
    #[must_use]
    pub fn protocol(&self) -> &'static str {
        if self.is_ike() {
            self.version.name()
        } else if self.is_esp_alone() {
            "ESP"
        } else {
            "L2TP"
        }
    }

    /// How the ESP packets of one side fare.
    #[must_use]
    pub fn reach(&self, role: Role) -> &traffic::Reach {
        match &self.data {
            Some(data) => data.reach(role),
            None => NO_DATA.reach(role),
        }
    }

    /// ESP and AH.
    #[must_use]
    pub fn esp(&self) -> &[EspFlow] {
        self.data.as_ref().map_or(&[], |data| &data.esp)
    }

    /// One of the two sides.
    #[must_use]
    pub fn peer(&self, role: Role) -> &Peer {
        match role {
            Role::Initiator => &self.initiator,
            Role::Responder => &self.responder,
        }
    }

    /// Who sends from this address.
    pub(in crate::negotiation) fn sender(&self, source: IpAddr) -> Role {
        if self.is_at(Role::Initiator, source) {
            Role::Initiator
        } else {
            Role::Responder
        }
    }

    pub(in crate::negotiation) fn peer_mut(&mut self, role: Role) -> &mut Peer {
        match role {
            Role::Initiator => &mut self.initiator,
            Role::Responder => &mut self.responder,
        }
    }

    /// The error notifications a side sent in clear.
    pub fn errors(&self, from: Role) -> impl Iterator<Item = &Notice> + Clone {
        self.notices
            .iter()
            .filter(move |n| n.from == from && !n.decrypted)
    }

    /// The error notifications of both sides that were decrypted.
    pub fn decrypted_errors(&self) -> impl Iterator<Item = &Notice> {
        self.notices.iter().filter(|n| n.decrypted)
    }

    /// What the initiator offered for the IKE SA, last version of it.
    #[must_use]
    pub fn offers(&self) -> &[Suite] {
        self.offer.as_ref().map_or(&[], |offer| &offer.suites)
    }

    /// The same with its digest.
    pub(crate) fn offer(&self) -> Option<&Offer> {
        self.offer.as_deref()
    }

    /// The initiator's SA payload.
    #[must_use]
    pub fn offer_place(&self) -> Option<Place> {
        Some(Place {
            frame: self.offered_in,
            span: self.offer.as_ref()?.span,
        })
    }

    /// What the responder chose.
    #[must_use]
    pub fn selected(&self) -> Option<&Suite> {
        self.choice.as_ref()?.suites.first()
    }

    /// Where the responder chose.
    #[must_use]
    pub fn selected_place(&self) -> Option<Place> {
        Some(Place {
            frame: self.chosen_in,
            span: self.selected()?.span,
        })
    }

    /// Authentication method chosen for IKEv1 (or the only one offered).
    #[must_use]
    pub fn v1_auth_method(&self) -> Option<u16> {
        let of = |s: &Suite| s.first(offer::Attribute::AuthMethod);
        self.selected().and_then(of).or_else(|| {
            let mut methods = self.offers().iter().filter_map(of);
            let first = methods.next()?;
            methods.all(|m| m == first).then_some(first)
        })
    }

    /// Where the capture was taken, from the TTLs of both sides.
    #[must_use]
    pub fn vantage(&self) -> Vantage {
        match (
            self.initiator.is_here(),
            self.responder.ttl.is_none(),
            self.responder.is_here(),
        ) {
            (true, true, _) | (true, _, false) => Vantage::Initiator,
            (false, false, true) => Vantage::Responder,
            _ => Vantage::Unknown,
        }
    }

    /// The first message is as bare as a scanner's: no Vendor ID (every IKEv1 stack announces DPD or NAT traversal by one), no
    /// NAT detection (IKEv2).
    #[must_use]
    pub fn is_bare(&self) -> bool {
        match self.version {
            Version::V1 => !self.initiator.sent(Sent::VendorId),
            Version::V2 => !self.nat_detection.heard(Role::Initiator),
        }
    }

    /// The IKE SA's messages went over UDP 4500 at some time.
    #[must_use]
    pub fn moved_to_4500(&self) -> bool {
        self.initiator.on_4500 || self.responder.on_4500
    }

    /// NAT was detected at either side.
    #[must_use]
    pub fn nat_found(&self) -> bool {
        self.initiator.nat == nat::Nat::Behind || self.responder.nat == nat::Nat::Behind
    }

    /// ESP from one address to another with this SPI may be its own: it is known, or there was no room for it.
    pub(in crate::negotiation) fn may_carry(&self, source: IpAddr, destination: IpAddr, spi: u32) -> bool {
        let from = self.sender(source);
        self.is_at(from, source)
            && self.is_at(from.other(), destination)
            && (self.esp().len() >= MAX_FACTS || self.esp().iter().any(|f| f.spi == spi && f.from == from))
    }

    /// ESP was seen from this side.
    #[must_use]
    pub fn esp_from(&self, role: Role) -> Option<&EspFlow> {
        self.esp().iter().find(|f| f.from == role)
    }

    /// Puts pseudonyms for what came from outside. All fields are listed, so that a new one cannot be forgotten.
    pub(crate) fn redact(&mut self, d: &mut dyn Redact) {
        let Self {
            aggressive,
            initiator_spi,
            responder_spi,
            initiator,
            responder,
            rest,
            early,
            data,
            // What follows stays: numbers of protocols, frames, counts, lengths, times.
            stream: _,
            version: _,
            started: _,
            last: _,
            offer: _,
            offered_in: _,
            offer_length: _,
            choice: _,
            chosen_in: _,
            notices: _,
            links: _,
            only_asked: _,
            came_up: _,
            steps: _,
            nat_detection: _,
            next_event: _,
            news: _,
        } = self;
        // It names both sides, and no report is made of it.
        *aggressive = None;
        for peer in [initiator, responder] {
            peer.redact(d);
        }
        let ports = |event: &mut Event, d: &mut dyn Redact| {
            d.port(&mut event.ports.0);
            d.port(&mut event.ports.1);
        };
        early.iter_mut().for_each(|event| ports(event, d));
        let flows = data.iter_mut().flat_map(|data| data.esp.iter_mut());
        flows.for_each(|flow| d.data_spi(&mut flow.spi));
        for spi in std::iter::once(initiator_spi).chain(responder_spi) {
            let mut number = u64::from_be_bytes(*spi);
            d.spi(&mut number);
            *spi = number.to_be_bytes();
        }
        let Some(rest) = rest else { return };
        let Rest {
            icmp,
            l2tp,
            moved,
            redirect,
            stranger,
            inside,
            late,
            held,
            // What follows stays.
            claimed: _,
            swapped: _,
            omitted: _,
        } = &mut **rest;
        let kept = late.iter_mut().chain(held.iter_mut().map(|(_, event)| event));
        kept.for_each(|event| ports(event, d));
        for error in icmp {
            d.address(&mut error.sender);
            if let Some(port) = &mut error.port {
                d.port(port);
            }
        }
        if let Some(moved) = moved {
            moved.redact(d);
        }
        if let Some(stranger) = stranger {
            d.port(&mut stranger.ports.0);
            d.port(&mut stranger.ports.1);
        }
        if let Some(to) = redirect.as_mut().and_then(|redirect| redirect.to.as_mut()) {
            d.address(to);
        }
        for message in l2tp {
            d.words(&mut message.text);
            d.port(&mut message.ports.0);
            d.port(&mut message.ports.1);
        }
        let Some(inside) = inside else { return };
        let Inside {
            identities,
            certificates,
            authorities,
            selectors,
            assemblies,
            // What follows stays.
            certificate_requests: _,
            proofs: _,
            eap: _,
            xauth_status: _,
            address: _,
            child_offers: _,
            decrypted: _,
            wrongly_decrypted: _,
        } = &mut **inside;
        for identity in identities {
            proof::redact(identity.kind, &mut identity.data, d);
        }
        for certificate in certificates {
            certificate.redact(d);
        }
        for name in authorities.iter_mut().filter_map(|a| a.name.as_mut()) {
            d.name(name);
        }
        for selectors in selectors {
            for selector in selectors.initiator.iter_mut().chain(&mut selectors.responder) {
                d.range(&mut selector.addresses);
                d.port(&mut selector.ports.0);
                d.port(&mut selector.ports.1);
            }
        }
        *assemblies = Assemblies::default();
    }

    /// All ranges of addresses that it names.
    pub(crate) fn networks(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        let sides = self.selectors.iter();
        let all = sides.flat_map(|s| s.initiator.iter().chain(&s.responder));
        all.map(|selector| selector.addresses)
    }

    /// Takes a notification: an error is kept, of the others only what is asked for later.
    pub(in crate::negotiation) fn take_notice(&mut self, notice: Notice) {
        if notice.kind != 0 && notice.kind < notify::FIRST_STATUS {
            let registry = self.version.notifications();
            // Forged ones are in clear, and a flood of them has numbers that nobody has given a name.
            let rank = |x: &Notice| match x.decrypted {
                true => 2,
                false => u8::from(code::name(registry, x.kind.into()).is_some()),
            };
            let of = |x: &Notice| (x.from, x.kind, x.decrypted);
            if keep_first_and_last(&mut self.notices, MAX_FACTS, notice, rank, |a, b| of(a) == of(b)) {
                self.omit(Kept::Errors);
            }
        }
        if let (Version::V2, Some(status)) = (self.version, Sent::by_status(notice.kind)) {
            self.peer_mut(notice.from).note_sent(status);
        }
    }

    /// Something of a list was left out.
    pub(in crate::negotiation) fn omit(&mut self, what: Kept) {
        self.omitted.add(what);
    }

    /// What bounds left out of this negotiation.
    #[must_use]
    pub fn omitted(&self) -> Omitted {
        let mut all = self.omitted.clone();
        let kept = self.early.len() + self.held().len() + self.late().len();
        let kept = u32::try_from(kept).unwrap_or(u32::MAX);
        all.add_many(Kept::Messages, self.next_event.saturating_sub(kept));
        all
    }

    pub(in crate::negotiation) fn push_event(&mut self, event: Event) {
        self.steps.add(event.exchange, event.position);
        if self.early.len() < MAX_EVENTS {
            keep(&mut self.early, event);
        } else {
            if self.late.len() == MAX_EVENTS {
                let number = self.first_late();
                let gone = self.late.remove(0);
                let notices = &self.notices;
                let tells = |number| notices.iter().any(|notice| notice.event == number);
                if tells(number)
                    && let Some(rest) = &mut self.rest
                {
                    rest.held.retain(|(number, _)| tells(*number));
                    rest.held.push((number, gone));
                }
            }
            self.late.push(event);
        }
        self.next_event += 1;
    }

    pub(in crate::negotiation) fn events_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Event> {
        let late = self.rest.iter_mut().flat_map(|rest| rest.late.iter_mut());
        self.early.iter_mut().chain(late)
    }
}

impl Negotiation {
    /// The identity a side gave of itself, if it could be read.
    #[must_use]
    pub fn identity(&self, of: Role) -> Option<&proof::Identity> {
        self.identities.iter().find(|i| i.of == of && i.from == of)
    }

    /// The first certificate a side sent: its own (RFC 7296 3.6).
    #[must_use]
    pub fn certificate(&self, of: Role) -> Option<&proof::Certificate> {
        self.certificates.iter().find(|c| c.from == of)
    }

    /// Tries a candidate for the pre-shared key; `None` where this is no Aggressive Mode.
    #[must_use]
    pub fn try_key(&self, candidate: &[u8]) -> Option<aggressive::Answer> {
        let spis = (self.initiator_spi, self.responder_spi.unwrap_or_default());
        let material = self.aggressive.as_deref()?;
        Some(material.try_key(candidate, self.selected(), spis))
    }

    /// The method of authentication in words, for what cannot be checked.
    #[must_use]
    pub fn method_name(&self) -> Option<String> {
        let method = self.v1_auth_method()?;
        Some(code::short_name(Registry::V1AuthMethod, u32::from(method)).into())
    }

    /// A side has or had this address.
    fn is_at(&self, role: Role, address: IpAddr) -> bool {
        let now = || {
            self.moved
                .as_ref()
                .is_some_and(|moved| moved.end(role).0 == address)
        };
        self.peer(role).address == address || now()
    }

    /// It is between these two addresses now.
    pub(in crate::negotiation) fn has_moved_between(&self, a: IpAddr, b: IpAddr) -> bool {
        self.moved.as_ref().is_some_and(|moved| {
            let hosts = (moved.ends.0.0, moved.ends.1.0);
            hosts == (a, b) || hosts == (b, a)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::Stretch;
    use super::*;
    use crate::tests::made::Made;
    use crate::wire::Span;

    #[test]
    fn events_keep_their_numbers_when_others_are_let_go() {
        let mut made = Made::new();
        made.main_mode((64, 64), &[]);
        for n in 0..500 {
            made.quick_mode(1000 + 7 * n, n % 2 == 0, (64, 64));
        }
        let n = made.session().tracker().negotiations().get(0).unwrap();
        let count = n.event_count();
        assert_eq!((count, n.events().count()), (506, 2 * MAX_EVENTS));
        for number in 0..=count {
            let early = (number as usize) < MAX_EVENTS;
            let late = number < count && (count - number) as usize <= MAX_EVENTS;
            let event = n.event(number);
            assert_eq!(event.is_some(), early || late, "{number}");
            assert!(event.is_none_or(|e| n.number(e) == number && e.frame == number + 1));
        }
    }

    #[test]
    fn a_stretch_is_a_span_of_a_frame() {
        let span = |offset, len| Some(Span { offset, len });
        for known in [None, span(42, 1400), span(0, 1), span(65_535, 65_535)] {
            assert_eq!(Stretch::of(known).span(), known);
        }
        for beyond in [span(65_536, 1), span(1, 65_536), span(42, 0)] {
            assert_eq!(Stretch::of(beyond).span(), None);
        }
    }
}
