//! A readable refusal of the first message, and what it says about its cause. Shared by the rules about versions,
//! modes, proposals and connections: the same notification stands for all of them.
//!
//! What is used (stacks' sources, and their captures in the lab):
//! * strongSwan 5.9 answers IKEv1 algorithms it does not like with a notification that carries the 16-octet SPI of the
//!   SA, and a missing IKEv1 connection with one that carries none (`task_manager_v1.c`, `main_mode.c`).
//! * Libreswan sends its IKEv1 refusals with message ID 0 (`ikev1_notification.c`), and only for algorithms: it is
//!   silent when no connection matches.
//! * strongSwan answers IKEv2 algorithms it does not like before it makes a responder SPI, and a missing connection
//!   after (`task_manager_v2.c`). Libreswan and OpenIKED always show an SPI.

use std::sync::Arc;

use crate::negotiation::knowledge::Beside;
use crate::negotiation::offer::{Attribute, Suite};
use crate::negotiation::{Event, Notice, Role, Sent, Version, exchange, notify};
use crate::wire::code;
use crate::wire::vendor::Product;

use super::Case;

/// A readable error in answer to the first message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal<'a> {
    /// The error.
    pub(super) notice: &'a Notice,
    /// The message that carried it.
    pub(super) in_event: &'a Event,
    /// The message it refuses.
    pub(super) of: &'a Event,
}

/// The refusal of the first message, if the responder chose nothing.
pub(super) fn of_first_message<'a>(case: &Case<'a>) -> Option<Refusal<'a>> {
    let n = case.n;
    if n.selected().is_some() || n.responder.sent(Sent::Key) {
        return None;
    }
    let of = n
        .events()
        .find(|e| e.from == Role::Initiator && e.position == 1)?;
    let early = |x: &&Notice| {
        let early = matches!(
            x.exchange,
            exchange::IKE_SA_INIT | exchange::V1_INFORMATIONAL | exchange::MAIN_MODE | exchange::AGGRESSIVE
        );
        // One INVALID_KE_PAYLOAD is how groups are negotiated (RFC 7296 1.2).
        let normal = n.version == Version::V2 && x.kind == notify::INVALID_KE_PAYLOAD;
        early && !normal
    };
    let refusals = n.errors(Role::Responder).filter(early);
    let first = refusals.clone().next()?;
    // Of several, a number without a name says nothing; in front of one that does, it is more likely to be forged.
    let several = refusals.clone().nth(1).is_some();
    let named = |x: &&Notice| code::name(n.version.notifications(), x.kind.into()).is_some();
    let notice = refusals.filter(|_| several).find(named).unwrap_or(first);
    let in_event = n.event(notice.event)?;
    Some(Refusal { notice, in_event, of })
}

/// A refused peer stays refused; a refused probe becomes part of a sweep once enough hosts were asked.
pub(super) fn is_settled(case: &Case<'_>) -> bool {
    !case.n.is_bare()
}

/// How likely each cause of a NO_PROPOSAL_CHOSEN to the first message is.
#[derive(Clone, Debug)]
pub(super) struct Causes {
    /// No common proposal.
    pub(super) proposal: f64,
    /// No connection for this pair of peers.
    pub(super) connection: f64,
    /// The responder has connections for the other version only.
    pub(super) version: f64,
    /// The offer beside what the responder is known to accept.
    pub(super) beside: Option<Arc<Beside>>,
    /// What differs in the nearest miss, those that differ in every pair first.
    pub(super) differs: Vec<Attribute>,
    /// Why, for the explanation.
    pub(super) reason: &'static str,
}

/// Weighs the causes of a NO_PROPOSAL_CHOSEN to the first message; `None` for other refusals.
pub(super) fn causes(case: &Case<'_>) -> Option<Causes> {
    let refusal = of_first_message(case)?;
    if refusal.notice.kind != notify::NO_PROPOSAL_CHOSEN {
        return None;
    }
    let beside = case.beside();
    let (mut proposal, mut connection, mut version, mut reason) = shape(case, &refusal);
    let mut differs = Vec::new();
    let nearest = |known: &'_ Beside| known.compared.misses.first().copied();
    if let Some((known, best)) = beside.as_deref().and_then(|known| Some((known, nearest(known)?))) {
        let whole = known.acceptable.whole;
        if best.differs.is_empty() {
            (proposal, connection, version) = (0.1, 0.8, 0.0);
            reason = "the capture shows elsewhere that the responder accepts one of these offers, so algorithms are \
                      not what it refused";
        } else {
            (proposal, connection, version) = (if whole { 0.92 } else { 0.8 }, 0.1, 0.0);
            reason = if whole {
                "the capture also holds the responder's own offer, and no offer of the initiator is in it"
            } else {
                "the capture shows elsewhere what the responder accepts, and no offer of the initiator is that"
            };
            let always = known.compared.always;
            differs.extend(always.iter());
            differs.extend(best.differs.iter().filter(|d| !always.contains(*d)));
        }
    }
    Some(Causes {
        proposal,
        connection,
        version,
        beside,
        differs,
        reason,
    })
}

/// What the form of the refusal says: likelihoods of proposal, connection and version.
fn shape(case: &Case<'_>, refusal: &Refusal<'_>) -> (f64, f64, f64, &'static str) {
    let n = case.n;
    let responder = case.host(Role::Responder);
    let other = if n.version == Version::V1 {
        Version::V2
    } else {
        Version::V1
    };
    let only_other = responder.is_some_and(|h| h.speaks(other).is_some() && h.speaks(n.version).is_none());
    let strongswan = case.product(Role::Responder) == Some(Product::StrongSwan);
    match n.version {
        Version::V1 if refusal.notice.spi_size > 0 => (
            0.8,
            0.15,
            0.0,
            "the refusal names the SA it refuses, as responders do that found a connection and compared algorithms",
        ),
        Version::V1 if refusal.in_event.message_id == 0 => (
            0.75,
            0.2,
            0.0,
            "the refusal has message ID 0, as Libreswan sends it when algorithms differ (it is silent when no \
             connection matches)",
        ),
        _ if only_other => (
            0.15,
            0.3,
            0.75,
            "elsewhere in this capture the responder speaks the other version of IKE, and this one nowhere",
        ),
        Version::V1 => (
            0.4,
            if strongswan { 0.75 } else { 0.5 },
            0.35,
            "the refusal names no SA, as strongSwan sends it when no connection for this peer and version of IKE \
             exists; other products send the same when algorithms differ",
        ),
        Version::V2 if n.responder_spi.is_none() => (
            0.8,
            0.15,
            0.0,
            "the refusal carries no responder SPI, as strongSwan sends it when algorithms differ",
        ),
        Version::V2 if strongswan || offers_the_mandatory(n.offers()) => (
            if strongswan { 0.15 } else { 0.42 },
            if strongswan { 0.8 } else { 0.55 },
            0.35,
            "the refusal carries a responder SPI, as strongSwan sends it when it has no IKEv2 connection for this peer; \
             Libreswan and OpenIKED send the same when algorithms differ, but the offer holds algorithms that every \
             implementation must know (RFC 8247)",
        ),
        Version::V2 => (
            0.6,
            0.35,
            0.1,
            "the refusal carries a responder SPI: Libreswan and OpenIKED send it so when algorithms differ, \
             strongSwan when it has no IKEv2 connection for this peer",
        ),
    }
}

/// One offer can be met with strong algorithms that RFC 8247 section 2 requires or recommends of everybody: AES-CBC or
/// AES-GCM with 256 bits, SHA2, and group 14 or 19.
fn offers_the_mandatory(offers: &[Suite]) -> bool {
    let has = |s: &Suite, attribute, ids: &[u16]| s.of(attribute).any(|c| ids.contains(&c.id));
    offers.iter().any(|s| {
        let cipher = s
            .of(Attribute::Encryption)
            .any(|c| matches!(c.id, 12 | 20) && c.key_length == Some(256));
        let integrity =
            has(s, Attribute::Integrity, &[12, 13, 14]) || s.of(Attribute::Integrity).next().is_none();
        let group = has(s, Attribute::DhGroup, &[14, 19]);
        cipher && integrity && has(s, Attribute::Prf, &[5, 6, 7]) && group
    })
}
