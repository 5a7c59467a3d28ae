//! Which of the host's decrypted bytes are believed, and what they say.
//!
//! Wireshark decrypts when it has keys, and shows garbage as payloads when they are wrong; it advances the IV of IKEv1 on
//! retransmissions, so that those come out wrong even with the right key. So plaintext is read of first copies only, and
//! believed only if its payloads fill it exactly up to sound padding (RFC 7296 3.14; RFC 2409 appendix B). Fragments of IKEv2 are
//! put together here, because Wireshark may have been told not to; those of IKEv1 it joins without a look at whose they are, so its
//! plaintext counts only of the very message that the tracker put together.

use crate::negotiation::facts::place::{MAX_FACTS, Place, Repeat, Role, Version, exchange, notify};
use crate::negotiation::facts::selector::{MAX_SELECTORS, Selector, Selectors};
use crate::negotiation::facts::{AddressRequest, ChildOffer, Negotiation, Notice, offer, traffic};
use crate::negotiation::store::bounds::{Kept, keep_first_and_last};
use crate::packet::{Derived, DerivedKind, Packet};
use crate::wire::code::number::{config_type, v1_config_attribute};
use crate::wire::message::{Attribute, Body, Message, Payload, v1, v2};
use crate::wire::{Span, l2tp};

/// The longest block a message is padded to; strongSwan may add a whole block more.
const LONGEST_PADDING: usize = 32;
/// Generic payload header (RFC 2408 3.2, RFC 7296 3.2).
const GENERIC_HEADER: usize = 4;

/// What a host decrypted of one message.
#[derive(Clone, Copy)]
struct Context {
    event: u32,
    from: Role,
    exchange: u8,
    time: i64,
    place: Place,
}

/// What of a decrypted IKEv2 fragment is a part of the message: the last byte counts the padding before it (RFC 7296 3.14).
fn unpadded(data: &[u8]) -> Option<&[u8]> {
    let padding = usize::from(*data.last()?) + 1;
    data.get(..data.len().checked_sub(padding)?)
}

/// The payloads of plaintext, if it is believed.
fn believed(version: Version, first: u8, data: &[u8]) -> Option<Vec<Payload<'_>>> {
    let major = match version {
        Version::V1 => 1,
        Version::V2 => 2,
    };
    let (payloads, defects) = Message::parse_payloads(first, major, data);
    let end = payloads
        .last()
        .map_or(0, |p| (p.span.offset + p.span.len) as usize);
    let padding = data.get(end..)?;
    let sound = match version {
        // The last byte counts the padding before it.
        Version::V2 => padding
            .last()
            .is_none_or(|&n| usize::from(n) + 1 == padding.len()),
        // Quick Mode and Informational begin with a HASH as long as a hash is.
        Version::V1 => {
            let hash = payloads
                .first()
                .map_or(0, |p| p.span.len as usize)
                .saturating_sub(GENERIC_HEADER);
            first != v1::HASH || matches!(hash, 16 | 20 | 32 | 48 | 64)
        }
    };
    (!payloads.is_empty() && defects.is_empty() && padding.len() <= LONGEST_PADDING && sound)
        .then_some(payloads)
}

impl Negotiation {
    /// Takes what the host decrypted of a message, or of a fragment of one, that is new.
    pub(super) fn read_decrypted(&mut self, packet: &Packet<'_>, message: &Message<'_>, event: u32) {
        let Some(e) = self.event(event).filter(|_| !packet.derived.is_empty()) else {
            return;
        };
        let context = Context {
            event,
            from: e.from,
            exchange: e.exchange,
            time: packet.time,
            place: Place {
                frame: packet.frame,
                span: None,
            },
        };
        let (encrypted, first) = (e.encrypted, e.first_inner());
        let part = message.payloads.iter().find_map(|p| match p.body {
            Body::EncryptedFragment { number, total, .. } => Some((number, total)),
            _ => None,
        });
        for source in packet
            .derived
            .iter()
            .filter(|s| matches!(s.kind, DerivedKind::DecryptedV1 | DerivedKind::Decrypted))
        {
            match (part, first) {
                (Some((number, total)), first) => {
                    let whole = unpadded(source.data)
                        .and_then(|content| self.assemblies.take(event, number, Some(total), content));
                    if let Some((whole, first)) = whole.zip(first) {
                        self.read_plaintext(first, &whole, context);
                    }
                }
                (None, Some(first)) if encrypted => self.read_plaintext(first, source.data, context),
                (None, _) => {}
            }
        }
    }

    /// Takes what the host decrypted of an IKEv1 message that came in fragments, in the packet that completed it here.
    pub(super) fn read_decrypted_whole(
        &mut self,
        packet: &Packet<'_>,
        whole: &[u8],
        message: &Message<'_>,
        event: u32,
    ) {
        let same = |s: &&Derived<'_>| s.kind == DerivedKind::ReassembledV1 && s.data == whole;
        if packet.derived.iter().any(|s| same(&s)) {
            self.read_decrypted(packet, message, event);
        }
    }

    /// Takes L2TP out of an ESP packet the host decrypted.
    pub(super) fn read_decrypted_esp(&mut self, packet: &Packet<'_>, from: Role) {
        let now = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        for source in packet.derived.iter().filter(|s| s.kind == DerivedKind::Decrypted) {
            let inside = traffic::in_plaintext(source.data);
            let message = inside.and_then(|(ports, bytes)| Some((ports, l2tp::Message::parse(bytes)?)));
            if let Some((ports, message)) = message
                && traffic::add_l2tp(
                    self.l2tp_kept(),
                    &message,
                    from,
                    ports,
                    true,
                    now,
                    Span::new(0, 0),
                )
            {
                self.news = packet.frame;
            }
        }
    }

    fn read_plaintext(&mut self, first: u8, data: &[u8], context: Context) {
        match believed(self.version, first, data) {
            Some(payloads) => {
                self.decrypted = true;
                self.take_selectors(&payloads, context);
                let is_transport = |p: &Payload<'_>| matches!(p.body, Body::Notify { kind, .. } if kind == notify::USE_TRANSPORT_MODE);
                let transport = payloads.iter().any(is_transport);
                for p in &payloads {
                    self.take_decrypted(p, transport, context);
                }
            }
            None => {
                self.wrongly_decrypted.get_or_insert(context.place);
            }
        }
    }

    fn take_decrypted(&mut self, p: &Payload<'_>, transport: bool, context: Context) {
        if let Body::ModeConfig { kind, attributes, .. } = &p.body {
            self.take_address(*kind, attributes, context);
        }
        let Context {
            event,
            from,
            exchange,
            time,
            place,
        } = context;
        match &p.body {
            Body::Notify { spi, kind, data, .. } => self.take_notice(Notice {
                event,
                from,
                time,
                exchange,
                kind: *kind,
                spi_size: u8::try_from(spi.len()).unwrap_or(u8::MAX),
                number: data.first_chunk().map(|bytes| u16::from_be_bytes(*bytes)),
                decrypted: true,
                place,
            }),
            Body::SecurityAssociation { proposals, .. } if is_child(exchange) => {
                let major = if self.version == Version::V1 { 1 } else { 2 };
                let new = ChildOffer {
                    event,
                    from,
                    suites: offer::suites(major, proposals, |_| None),
                    transport,
                    place,
                };
                let alike = |a: &ChildOffer, b: &ChildOffer| a.from == b.from;
                if keep_first_and_last(&mut self.child_offers, MAX_FACTS, new, |_| 0, alike) {
                    self.omit(Kept::ChildOffers);
                }
            }
            // In Quick Mode these are traffic selectors.
            Body::Identification { .. } if exchange == exchange::QUICK_MODE => {}
            body => self.take_proof(p.kind, body, from, event, place),
        }
    }

    /// Mode configuration of IKEv1: whether the address that was asked for was given.
    fn take_address(&mut self, kind: u8, attributes: &[Attribute<'_>], context: Context) {
        use v1_config_attribute::{INTERNAL_IP4_ADDRESS, INTERNAL_IP6_ADDRESS};
        let is_address = |a: &&Attribute<'_>| matches!(a.kind, INTERNAL_IP4_ADDRESS | INTERNAL_IP6_ADDRESS);
        let mut addresses = attributes.iter().filter(is_address);
        match kind {
            config_type::REQUEST if addresses.next().is_some() && self.address.is_none() => {
                self.address = Some(AddressRequest {
                    from: context.from,
                    asked: context.place,
                    answered: None,
                });
            }
            config_type::REPLY => {
                if let Some(request) = self
                    .address
                    .as_mut()
                    .filter(|r| r.from != context.from && r.answered.is_none())
                {
                    request.answered = Some((context.place, addresses.any(|a| !a.value.is_empty())));
                }
            }
            _ => {}
        }
    }

    /// IKEv2: TSi and TSr. Quick Mode: the first identity is the asking side's, the second the other's (RFC 2409 5.5).
    fn take_selectors(&mut self, payloads: &[Payload<'_>], context: Context) {
        let Context {
            event,
            from,
            exchange,
            place,
            ..
        } = context;
        let mut sides: [Vec<Selector>; 2] = [Vec::new(), Vec::new()];
        let mut identities = 0;
        for p in payloads {
            let [initiator, responder] = &mut sides;
            match &p.body {
                Body::TrafficSelectors(list) => {
                    let side = if p.kind == v2::TS_I { initiator } else { responder };
                    side.extend(list.iter().filter_map(Selector::v2).take(MAX_SELECTORS));
                }
                Body::Identification {
                    kind,
                    protocol,
                    port,
                    data,
                } if exchange == exchange::QUICK_MODE => {
                    let side = if identities == 0 { initiator } else { responder };
                    identities += 1;
                    side.extend(Selector::v1(*kind, *protocol, *port, data));
                }
                _ => {}
            }
        }
        let [initiator, responder] = sides;
        if initiator.is_empty() && responder.is_empty() {
            return;
        }
        let new = Selectors {
            event,
            from,
            initiator,
            responder,
            place,
        };
        let alike = |a: &Selectors, b: &Selectors| a.from == b.from;
        if keep_first_and_last(&mut self.selectors, MAX_FACTS, new, |_| 0, alike) {
            self.omit(Kept::Selectors);
        }
    }
}

/// Exchanges whose SA payload is about a child SA (or the renewal of an IKE SA).
fn is_child(exchange: u8) -> bool {
    matches!(
        exchange,
        exchange::QUICK_MODE | exchange::IKE_AUTH | exchange::CREATE_CHILD_SA
    )
}

impl Notice {
    /// The error is about a child SA, not about the IKE SA.
    #[must_use]
    pub fn is_about_child(&self) -> bool {
        matches!(
            self.kind,
            notify::NO_PROPOSAL_CHOSEN
                | notify::V1_INVALID_ID_INFORMATION
                | notify::INTERNAL_ADDRESS_FAILURE
                | notify::FAILED_CP_REQUIRED
                | notify::TS_UNACCEPTABLE
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::payload;

    // N(TS_UNACCEPTABLE) as in RFC 7296 3.10, padded to 16 bytes.
    const REFUSAL: [u8; 16] = [0, 0, 0, 8, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0, 7];

    #[test]
    fn sound_plaintext_is_believed_and_garbage_is_not() {
        assert!(believed(Version::V2, payload::N, &REFUSAL).is_some());
        let mut wrong_padding = REFUSAL;
        wrong_padding[15] = 3;
        assert!(believed(Version::V2, payload::N, &wrong_padding).is_none());
        let garbage: Vec<u8> = (0..64u8).map(|i| i.wrapping_mul(151).wrapping_add(77)).collect();
        assert!(believed(Version::V2, payload::N, &garbage).is_none());
        assert!(believed(Version::V1, v1::HASH, &garbage).is_none());
    }
}
