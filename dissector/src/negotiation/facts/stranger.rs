//! What comes on the ports of IKE and is none of it, or not as it should be: ESP on UDP 500, where no marker tells the two apart (RFC
//! 3948 2.2 is for UDP 4500 alone), other protocols, and messages whose SPIs stand in the wrong order.

use super::place::{Place, Role, exchange};
use crate::wire::code::{self, Registry};
use crate::wire::message::{Header, Spi, flags};

/// Datagrams between two peers on ports of IKE that are no messages of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// The first one.
    pub first: Place,
    /// Who sent it.
    pub from: Role,
    /// Its source and destination port.
    pub ports: (u16, u16),
    /// Number of those that this side sent.
    pub count: u32,
    /// Of these, such that go on as ESP does: the same SPI, the next sequence number (RFC 4303 2).
    in_order: u32,
    spi: u32,
    sequence: u32,
}

/// Packets may be lost between two that follow each other.
const GAP: u32 = 64;
/// So many in order are no accident.
const ENOUGH: u32 = 2;

impl Stranger {
    fn begin(place: Place, from: Role, ports: (u16, u16), (spi, sequence): (u32, u32)) -> Self {
        Self {
            first: place,
            from,
            ports,
            count: 1,
            in_order: 0,
            spi,
            sequence,
        }
    }

    /// They are ESP.
    #[must_use]
    pub fn is_esp(&self) -> bool {
        self.in_order >= ENOUGH
    }

    fn add(&mut self, (spi, sequence): (u32, u32)) {
        self.count = self.count.saturating_add(1);
        let next = spi == self.spi && (1..=GAP).contains(&sequence.wrapping_sub(self.sequence));
        self.in_order = self.in_order.saturating_add(u32::from(next));
        (self.spi, self.sequence) = (spi, sequence);
    }
}

/// The header may be that of the first message of a negotiation which the capture holds. Anything with a version of IKE in its 18th
/// byte would pass for one otherwise: every eighth packet of ESP does. `has_its_length`: the header tells the length that the message has.
pub(in crate::negotiation) fn may_begin(h: &Header, has_its_length: bool, encrypted: bool) -> bool {
    /// Message IDs count from zero, and nobody repeats an error in clear that late.
    const LATEST: u32 = 0x1_0000;
    let assigned = code::name(Registry::Exchange, h.exchange.into()).is_some()
        && (h.exchange >= exchange::IKE_SA_INIT) == (h.major == 2);
    // RFC 2408 3.1: three flags; RFC 7296 3.1: three others.
    let unknown_flags = match h.major {
        1 => !0b111,
        _ => !(flags::V2_INITIATOR | flags::V2_RESPONSE | 0x10),
    };
    let sound = h.minor == 0 && h.flags & unknown_flags == 0 || has_its_length;
    let in_turn = h.major != 2
        || match h.exchange {
            exchange::IKE_SA_INIT | exchange::IKE_SESSION_RESUME => h.message_id == 0,
            _ => encrypted || h.message_id < LATEST,
        };
    assigned && sound && in_turn
}

/// A message of the negotiation with this initiator SPI has its SPIs in the wrong order.
pub(in crate::negotiation) fn is_swapped(initiator_spi: Spi, h: &Header) -> bool {
    h.responder_spi == initiator_spi && h.initiator_spi != initiator_spi
}

/// Counts a datagram that is no message of its negotiation.
pub(in crate::negotiation) fn note(
    known: &mut Option<Box<Stranger>>,
    place: Place,
    from: Role,
    ports: (u16, u16),
    bytes: &[u8],
) {
    let word = |at: usize| {
        let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>);
        bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes))
    };
    let head = (word(0), word(4));
    match known {
        Some(known) if known.from == from => known.add(head),
        Some(_) => {}
        None => *known = Some(Box::new(Stranger::begin(place, from, ports, head))),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::exchange;
    use crate::tests::made::Made;
    use ikewhy_testkit::packets::{payloads, udp_datagram};

    /// A message of the server with these SPIs, in clear; of the client, if they are nobody's.
    fn answer(made: &mut Made, at: i64, spis: [u8; 2], exchange: u8, id: u32, kind: u8, body: &[u8]) {
        let length = u32::try_from(28 + body.len()).unwrap();
        let head = [kind, 0x20, exchange, 0x20];
        let message = [
            &[spis[0]; 8][..],
            &[spis[1]; 8],
            &head,
            &id.to_be_bytes(),
            &length.to_be_bytes(),
            body,
        ]
        .concat();
        made.ip(at, spis[0] == 0x77, 63, 17, &udp_datagram(500, 500, &message));
    }

    /// ESP in UDP between ports 500; its bytes look like a header of IKE as often as they may.
    fn esp(made: &mut Made, at: i64, sequence: u32) {
        let noise = (0..100).map(|n: u32| (sequence.wrapping_mul(2_654_435_761).rotate_left(n) >> 7) as u8);
        let mut packet = [&0xC7A9_BBFA_u32.to_be_bytes()[..], &sequence.to_be_bytes()].concat();
        packet.extend(noise);
        // Of either version, with an exchange that may be one.
        packet[17] = if sequence.is_multiple_of(2) { 0x15 } else { 0x2A };
        packet[18] = 34;
        made.ip(at, false, 63, 17, &udp_datagram(500, 500, &packet));
    }

    #[test]
    fn esp_on_port_500_is_no_negotiation() {
        let mut made = Made::ikev2_up((64, 63));
        for n in 1..8 {
            let sequence = u32::try_from(n).unwrap();
            esp(&mut made, 1000 * n, sequence);
            // The other side takes it for IKE of a version that it does not know, and says so with those SPIs.
            let error = payloads(&[(41, vec![0, 0, 0, 5])]);
            answer(
                &mut made,
                1000 * n + 1,
                [0x77, 0x78],
                exchange::INFORMATIONAL,
                0x2AAB_0000,
                41,
                &error,
            );
        }
        assert_eq!(made.verdicts(), [RuleId::EspBlocked]);
        assert!(made.report().contains("to UDP 500"), "{}", made.report());
    }

    #[test]
    fn a_packet_that_is_none_changes_nothing() {
        let mut made = Made::ikev2_up((64, 63));
        esp(&mut made, 1000, 1);
        assert_eq!(made.verdicts(), [RuleId::Established]);
        assert!(
            made.report().contains("something else than IKE"),
            "{}",
            made.report()
        );
    }

    #[test]
    fn an_answer_with_its_spis_in_the_wrong_order_is_one() {
        let mut made = Made::new();
        made.ikev2_step(0, true, (exchange::IKE_SA_INIT, 0), 0, 0);
        let body = payloads(&[(40, vec![5; 32])]);
        for at in [10, 4010, 11_210, 24_000] {
            if at > 10 {
                made.again(at - 10, 1);
            }
            answer(&mut made, at, [0x66, 0x11], exchange::IKE_SA_INIT, 0, 40, &body);
        }
        assert_eq!(made.verdicts(), [RuleId::Stalled]);
        assert!(made.report().contains("wrong order"), "{}", made.report());
    }

    #[test]
    fn esp_without_ike_is_told_where_icmp_answers_it() {
        let all = |kind, code| {
            let mut made = Made::new();
            for n in 0..3 {
                made.esp(1000 * n, true, u32::try_from(n).unwrap() + 1, 132);
                made.icmp_about_esp(1000 * n + 1, kind, code, 0);
            }
            made.verdicts()
        };
        assert_eq!(all(3, 2), [RuleId::EspBlocked]);
        assert_eq!(all(3, 13), [RuleId::EspBlocked]);
        // Who cannot be reached may be reached later; nothing is said of ESP.
        assert_eq!(all(3, 1), []);
        assert_eq!(all(11, 0), []);
    }

    #[test]
    fn a_notification_whose_length_lies_is_none() {
        let refused = |length: u16| {
            let mut made = Made::new();
            made.ikev2_step(0, true, (exchange::IKE_SA_INIT, 0), 0, 0);
            let [high, low] = length.to_be_bytes();
            let body = [0, 0, high, low, 0, 0, 0, 28];
            answer(&mut made, 10, [0x11, 0x66], exchange::IKE_SA_INIT, 0, 41, &body);
            made.verdicts()
        };
        assert_eq!(refused(8), [RuleId::IkeRefused]);
        assert_eq!(refused(656), [RuleId::InProgress]);
    }
}
