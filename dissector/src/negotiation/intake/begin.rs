//! A negotiation with the first packet of it that the capture holds.

use std::net::IpAddr;

use thin_vec::ThinVec;

use super::arrival::Arrival;
use crate::negotiation::facts::place::{Repeat, Version, exchange};
use crate::negotiation::facts::{Negotiation, Peer, Steps, nat};
use crate::negotiation::store::links::Links;
use crate::wire::frame::Datagram;
use crate::wire::message::{Body, Header, Spi, flags};

impl Negotiation {
    /// A negotiation from the first message of it that the capture holds.
    pub(super) fn begin(a: &Arrival<'_, '_>) -> Self {
        let h = &a.message.header;
        let (sender, receiver) = (
            Peer::new(a.datagram.source, a.ports.0),
            Peer::new(a.datagram.destination, a.ports.1),
        );
        let clear_sa = a
            .message
            .payloads
            .iter()
            .any(|p| matches!(p.body, Body::SecurityAssociation { .. }));
        let version = if h.major == 2 { Version::V2 } else { Version::V1 };
        let from_initiator = if h.major == 2 {
            h.flags & flags::V2_INITIATOR != 0
        } else if h.responder_spi == [0; 8] {
            true
        } else {
            // Answers with an SA in clear are the responder's. In the middle of an IKEv1 negotiation a client is behind the odd
            // port, if there is one.
            !clear_sa && !matches!(a.ports, (500 | 4500, p) if p != 500 && p != 4500)
        };
        let started = is_first(h);
        let (initiator, responder) = if from_initiator {
            (sender, receiver)
        } else {
            (receiver, sender)
        };
        Self {
            started,
            ..Self::new(version, h.initiator_spi, initiator, responder, a.now())
        }
    }

    /// A stream of L2TP between hosts without IKE. Who asks for a tunnel began it; otherwise a client is behind the odd
    /// port, if there is one.
    pub(super) fn begin_l2tp(d: &Datagram<'_>, ports: (u16, u16), request: bool, now: Repeat) -> Self {
        let (sender, receiver) = (Peer::new(d.source, ports.0), Peer::new(d.destination, ports.1));
        let from_initiator = request || ports.0 != 1701 || ports.1 == 1701;
        let (initiator, responder) = if from_initiator {
            (sender, receiver)
        } else {
            (receiver, sender)
        };
        // There is no version to tell; that of L2TP's own kind of IPsec stands here (RFC 3193 2.1 knows no other).
        Self {
            started: request,
            ..Self::new(Version::V1, [0; 8], initiator, responder, now)
        }
    }

    /// A stream of ESP between hosts without IKE. Who sends it asks, as far as can be seen.
    pub(super) fn begin_esp(source: IpAddr, destination: IpAddr, now: Repeat) -> Self {
        let (initiator, responder) = (Peer::new(source, 0), Peer::new(destination, 0));
        // There is no version to tell.
        Self::new(Version::V2, [0; 8], initiator, responder, now)
    }

    pub(super) fn new(
        version: Version,
        initiator_spi: Spi,
        initiator: Peer,
        responder: Peer,
        now: Repeat,
    ) -> Self {
        Self {
            stream: 0,
            version,
            initiator_spi,
            responder_spi: None,
            initiator,
            responder,
            started: false,
            last: now,
            offer: None,
            offered_in: 0,
            offer_length: 0,
            choice: None,
            chosen_in: 0,
            aggressive: None,
            notices: ThinVec::new(),
            links: Links::default(),
            only_asked: false,
            came_up: false,
            steps: Steps::default(),
            nat_detection: nat::Detection::default(),
            early: ThinVec::new(),
            data: None,
            rest: None,
            next_event: 0,
            news: now.frame,
        }
    }
}

/// The message begins a negotiation.
pub(super) fn is_first(h: &Header) -> bool {
    if h.major == 2 {
        matches!(h.exchange, exchange::IKE_SA_INIT | exchange::IKE_SESSION_RESUME) && !h.is_v2_response()
    } else {
        h.responder_spi == [0; 8] && !matches!(h.exchange, exchange::V1_INFORMATIONAL | exchange::QUICK_MODE)
    }
}
