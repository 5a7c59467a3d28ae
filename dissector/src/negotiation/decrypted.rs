//! Which of the host's decrypted octets are believed, and what they say.
//!
//! Wireshark decrypts when it has keys, and shows garbage as payloads when they are wrong; it advances the IV of IKEv1 on
//! retransmissions, so that those come out wrong even with the right key. So plaintext is read of first copies only, and
//! believed only if its payloads fill it exactly up to sound padding (RFC 7296 3.14; RFC 2409 appendix B).

use super::{ChildOffer, MAX_FACTS, Negotiation, Notice, Place, Role, Version, exchange, notify, offer};
use crate::session::Packet;
use crate::wire::message::{Body, Message, Payload, v1};

/// Names of Wireshark's data sources with plaintext of IKEv1 and IKEv2.
const NAMES: [&str; 2] = ["Decrypted IKE", "Decrypted Data"];
/// The longest block a message is padded to; strongSwan may add a whole block more.
const LONGEST_PADDING: usize = 32;
/// Generic payload header (RFC 2408 3.2, RFC 7296 3.2).
const GENERIC_HEADER: usize = 4;

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
        // The last octet counts the padding before it.
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
    /// Takes what the host decrypted of a message that is new.
    pub(super) fn read_decrypted(&mut self, packet: &Packet<'_>, event: u32) {
        let Some(e) = self.event(event) else { return };
        let (from, exchange, length, first) = (e.from, e.exchange, e.length, e.first_inner);
        let Some(first) = first.filter(|&f| f != 0 && e.encrypted) else {
            return;
        };
        let place = Place {
            frame: packet.frame,
            span: None,
        };
        for source in packet
            .derived
            .iter()
            .filter(|s| NAMES.iter().any(|n| s.name.starts_with(n)))
        {
            let Some(payloads) = believed(self.version, first, source.data) else {
                self.wrongly_decrypted.get_or_insert(place);
                continue;
            };
            for p in &payloads {
                self.take_decrypted(p, event, from, exchange, length, place, packet.time);
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // one payload and where it stands, each used once
    fn take_decrypted(
        &mut self,
        p: &Payload<'_>,
        event: u32,
        from: Role,
        exchange: u8,
        length: u32,
        place: Place,
        time: i64,
    ) {
        match &p.body {
            Body::Notify {
                protocol,
                spi,
                kind,
                data,
                ..
            } if self.notices.len() < MAX_FACTS => {
                self.notices.push(Notice {
                    event,
                    from,
                    time,
                    exchange,
                    kind: *kind,
                    protocol: *protocol,
                    spi_size: u8::try_from(spi.len()).unwrap_or(u8::MAX),
                    data: data.get(..data.len().min(32)).unwrap_or_default().to_vec(),
                    decrypted: true,
                    message_length: length,
                    place,
                });
            }
            Body::SecurityAssociation { proposals, .. }
                if self.child_offers.len() < MAX_FACTS && is_child(exchange) =>
            {
                let major = if self.version == Version::V1 { 1 } else { 2 };
                let suites = offer::suites(major, proposals, |_| place);
                self.child_offers.push(ChildOffer {
                    event,
                    from,
                    suites,
                    place,
                });
            }
            _ => {}
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

    // N(TS_UNACCEPTABLE) as in RFC 7296 3.10, padded to 16 octets.
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
