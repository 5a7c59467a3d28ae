//! What a new message says: offers and choices, notifications, Vendor IDs, NAT detection.

use std::sync::Arc;

use super::arrival::Arrival;
use crate::keys;
use crate::negotiation::facts::knowledge::{HostId, Knowledge, Learned};
use crate::negotiation::facts::place::{Role, Version, exchange, notify};
use crate::negotiation::facts::{Negotiation, Notice, Redirect, Sent, nat, offer, stranger};
use crate::wire::Span;
use crate::wire::message::{Body, Message, Proposal};
use crate::wire::vendor;

impl Negotiation {
    /// Keeps what Aggressive Mode's proofs are made from.
    pub(super) fn take_aggressive(&mut self, message: &Message<'_>, bytes: &[u8], from: Role) {
        if message.header.exchange == exchange::AGGRESSIVE && self.version == Version::V1 && self.is_ike() {
            let material = self.aggressive.get_or_insert_default();
            material.take(message, bytes, from);
        }
    }

    /// Takes the facts out of a message that is new.
    pub(super) fn extract(&mut self, a: &Arrival<'_, '_>, from: Role, event: u32, knowledge: &mut Knowledge) {
        let h = &a.message.header;
        let sender = match self.peer(from) {
            peer if peer.address == a.datagram.source => peer.host,
            _ => knowledge.id(a.datagram.source),
        };
        let mut v1_nat = 0;
        let mut errors = false;
        let mut vendor_ids = false;
        for p in &a.message.payloads {
            match &p.body {
                Body::SecurityAssociation { proposals, .. } if phase1(h.exchange) => {
                    self.take_suites(proposals, a, p.span, from, sender, knowledge);
                }
                Body::KeyExchange { .. } => self.peer_mut(from).note_sent(Sent::Key),
                Body::Notify { spi, kind, data, .. } => {
                    if h.major == 2 && self.v2_nat(a, from, *kind, data) {
                        continue;
                    }
                    if h.major == 2 && *kind == notify::REDIRECT && from == Role::Responder {
                        let redirect = Redirect::read(data, a.place(p.span));
                        self.redirect.get_or_insert(redirect);
                    }
                    if h.major == 2 && *kind == notify::SIGNATURE_HASH_ALGORITHMS {
                        self.peer_mut(from).note_signature_hashes(data);
                    }
                    errors |= *kind < notify::FIRST_STATUS;
                    self.take_notice(Notice {
                        event,
                        from,
                        time: a.packet.time,
                        exchange: h.exchange,
                        kind: *kind,
                        spi_size: u8::try_from(spi.len()).unwrap_or(u8::MAX),
                        number: data.first_chunk().map(|bytes| u16::from_be_bytes(*bytes)),
                        decrypted: false,
                        place: a.place(p.span),
                    });
                }
                Body::VendorId(_) => vendor_ids = true,
                Body::NatDetection(hash) => {
                    // RFC 3947 3.2: the first is about the receiver, the others about the sender.
                    let about = if v1_nat == 0 {
                        nat::About::Destination
                    } else {
                        nat::About::Source
                    };
                    v1_nat += 1;
                    self.v1_nat(a, from, about, hash);
                }
                body => self.take_proof(p.kind, body, from, event, a.place(p.span)),
            }
        }
        if vendor_ids {
            self.take_vendor_ids(a.message, from, sender, knowledge);
        }
        let version = self.version;
        let place = a.place(Span::new(0, a.bytes.len()));
        if from == Role::Responder && !errors {
            knowledge.answered(sender, version, place);
        } else if from == Role::Initiator && self.started {
            knowledge.began(sender, version, place);
        }
        for role in [Role::Initiator, Role::Responder] {
            self.peer_mut(role).nat = self.nat_detection.of(role);
        }
    }

    fn take_suites(
        &mut self,
        proposals: &[Proposal<'_>],
        a: &Arrival<'_, '_>,
        span: Span,
        from: Role,
        sender: HostId,
        knowledge: &mut Knowledge,
    ) {
        let (version, stream, place) = (self.version, self.stream, a.place(span));
        let suites = || offer::suites(a.message.header.major, proposals, |span| a.place(span).span);
        let payload = (place.span, span.of(a.bytes));
        let frame = place.frame;
        let shown = if from == Role::Initiator {
            let offer = knowledge.shared_offer(payload, suites);
            self.offered_in = frame;
            self.offer_length = a.message.header.length;
            self.offer.insert(offer)
        } else {
            let Some(choice) = knowledge.shared_choice(payload, suites) else {
                return;
            };
            self.chosen_in = frame;
            self.choice.insert(choice)
        };
        knowledge.showed(
            sender,
            Learned {
                shown: Arc::clone(shown),
                whole: from == Role::Initiator,
                version,
                stream,
                frame,
            },
        );
    }

    fn take_vendor_ids(&mut self, m: &Message<'_>, from: Role, sender: HostId, knowledge: &mut Knowledge) {
        let peer = self.peer_mut(from);
        let list = peer.vendor_ids;
        let mut product = None;
        let known = m.payloads.iter().filter_map(|p| match p.body {
            Body::VendorId(id) => vendor::lookup(id),
            _ => None,
        });
        let known = known.inspect(|v| {
            peer.abilities |= v.ability.map_or(0, |ability| 1 << ability as u8);
            peer.product = peer.product.or(v.product);
            product = v.product.or(product);
        });
        let list = knowledge.extended(list, known);
        peer.vendor_ids = list;
        peer.note_sent(Sent::VendorId);
        if let Some(product) = product {
            knowledge.product(sender, product);
        }
    }

    /// True if the notification was one of NAT detection.
    fn v2_nat(&mut self, a: &Arrival<'_, '_>, from: Role, kind: u16, hash: &[u8]) -> bool {
        let h = &a.message.header;
        // What a side that confuses the SPIs makes its hashes of, nobody knows.
        let confused = stranger::is_swapped(self.initiator_spi, h);
        let (about, address, port) = match kind {
            notify::NAT_DETECTION_SOURCE_IP => (nat::About::Source, a.datagram.source, a.ports.0),
            notify::NAT_DETECTION_DESTINATION_IP => {
                (nat::About::Destination, a.datagram.destination, a.ports.1)
            }
            _ => return false,
        };
        if hash.len() == 20 && !confused {
            let spis = (h.initiator_spi, h.responder_spi);
            let matched = nat::matches(keys::Hash::Sha1, spis, address, port, hash);
            self.nat_detection.add(from, about, matched);
        }
        true
    }

    fn v1_nat(&mut self, a: &Arrival<'_, '_>, from: Role, about: nat::About, hash: &[u8]) {
        let h = &a.message.header;
        let chosen = self
            .selected()
            .and_then(|s| s.first(offer::Attribute::Hash))
            .and_then(keys::Hash::from_v1);
        let Some(function) = chosen.filter(|f| f.length() == hash.len()) else {
            return;
        };
        let (address, port) = match about {
            nat::About::Source => (a.datagram.source, a.ports.0),
            nat::About::Destination => (a.datagram.destination, a.ports.1),
        };
        let matched = nat::matches(function, (h.initiator_spi, h.responder_spi), address, port, hash);
        self.nat_detection.add(from, about, matched);
    }
}

/// Exchanges whose SA payload is about the IKE SA itself.
pub(super) fn phase1(exchange: u8) -> bool {
    matches!(
        exchange,
        exchange::MAIN_MODE | exchange::AGGRESSIVE | exchange::IKE_SA_INIT | exchange::BASE
    )
}
