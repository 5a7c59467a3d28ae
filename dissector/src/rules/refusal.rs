//! A readable refusal of the first message, and what it says about its cause. Shared by the rules about versions,
//! modes, proposals and connections: the same notification stands for all of them.
//!
//! What is used (stacks' sources, and their captures in the lab):
//! * strongSwan 5.9 answers IKEv1 algorithms it does not like with a notification that carries the 16-byte SPI of the
//!   SA, and a missing IKEv1 connection with one that carries none (`task_manager_v1.c`, `main_mode.c`).
//! * Libreswan sends its IKEv1 refusals with message ID 0 (`ikev1_notification.c`), and only for algorithms: it is
//!   silent when no connection matches.
//! * strongSwan answers IKEv2 algorithms it does not like before it makes a responder SPI, and a missing connection
//!   after (`task_manager_v2.c`). Libreswan and OpenIKED always show an SPI.

use std::sync::Arc;

use crate::diagnosis::Case;
use crate::negotiation::knowledge::{Acceptable, Beside};
use crate::negotiation::offer::{Attribute, Miss, Suite};
use crate::negotiation::{Event, Notice, Place, Role, Sent, Version, exchange, notify};
use crate::wire::code;
use crate::wire::vendor::Product;

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
pub(super) struct Causes<'a> {
    /// The refusal.
    pub(super) refusal: Refusal<'a>,
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
    /// What the likelihoods rest on.
    pub(super) reason: Reason,
}

/// What tells the causes of a NO_PROPOSAL_CHOSEN apart, as far as anything does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason {
    /// The responder is known to accept one of these offers.
    Accepted,
    /// The responder is known to accept other offers.
    OthersAccepted,
    /// The responder's own offer is known, and is another.
    OwnOffer,
    /// IKEv1: the refusal carries the SPI of the SA.
    NamesSa,
    /// IKEv1: the refusal has message ID 0.
    NoMessageId,
    /// IKEv1: it has neither.
    NamesNoSa,
    /// The responder is known to speak the other version only.
    OtherVersion,
    /// IKEv2: the refusal carries no SPI of the responder.
    NoSpi,
    /// IKEv2: it carries one, and the responder is strongSwan or the offer holds what everybody must know.
    SpiAndGoodOffer,
    /// IKEv2: it carries one, and nothing more is known.
    Spi,
}

/// Weighs the causes of a NO_PROPOSAL_CHOSEN to the first message; `None` for other refusals.
pub(super) fn causes<'a>(case: &Case<'a>) -> Option<Causes<'a>> {
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
            reason = Reason::Accepted;
        } else {
            (proposal, connection, version) = (if whole { 0.92 } else { 0.8 }, 0.1, 0.0);
            reason = if whole {
                Reason::OwnOffer
            } else {
                Reason::OthersAccepted
            };
            let always = known.compared.always;
            differs.extend(always.iter());
            differs.extend(best.differs.iter().filter(|d| !always.contains(*d)));
        }
    }
    Some(Causes {
        refusal,
        proposal,
        connection,
        version,
        beside,
        differs,
        reason,
    })
}

impl Causes<'_> {
    /// The offer that misses by least what the responder is known to accept.
    pub(super) fn nearest(&self) -> Option<(&Acceptable, &Miss)> {
        let beside = self.beside.as_deref().filter(|_| !self.differs.is_empty())?;
        Some((&beside.acceptable, beside.compared.misses.first()?))
    }

    /// Where the capture shows what the responder accepts.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let known = self.beside.iter().flat_map(|b| &b.acceptable.places);
        known.copied().take(4)
    }

    /// The versions may be what differs.
    pub(super) fn may_be_version(&self) -> bool {
        self.version > 0.3
    }
}

/// What the form of the refusal says: likelihoods of proposal, connection and version.
fn shape(case: &Case<'_>, refusal: &Refusal<'_>) -> (f64, f64, f64, Reason) {
    let n = case.n;
    let strongswan = case.product(Role::Responder) == Some(Product::StrongSwan);
    match n.version {
        Version::V1 if refusal.notice.spi_size > 0 => (0.8, 0.15, 0.0, Reason::NamesSa),
        Version::V1 if refusal.in_event.message_id == 0 => (0.75, 0.2, 0.0, Reason::NoMessageId),
        _ if only_other_version(case).is_some() => (0.15, 0.3, 0.75, Reason::OtherVersion),
        Version::V1 => (0.4, if strongswan { 0.75 } else { 0.5 }, 0.35, Reason::NamesNoSa),
        Version::V2 if n.responder_spi.is_none() => (0.8, 0.15, 0.0, Reason::NoSpi),
        Version::V2 if strongswan || offers_the_mandatory(n.offers()) => (
            if strongswan { 0.15 } else { 0.42 },
            if strongswan { 0.8 } else { 0.55 },
            0.35,
            Reason::SpiAndGoodOffer,
        ),
        Version::V2 => (0.6, 0.35, 0.1, Reason::Spi),
    }
}

/// Where the responder speaks the other version of IKE, if it speaks this one nowhere.
pub(super) fn only_other_version(case: &Case<'_>) -> Option<Place> {
    let (this, responder) = (case.n.version, case.host(Role::Responder)?);
    let elsewhere = responder.speaks(other(this))?;
    responder.speaks(this).is_none().then_some(elsewhere)
}

/// The version that this one is taken for.
pub(super) fn other(version: Version) -> Version {
    match version {
        Version::V1 => Version::V2,
        Version::V2 => Version::V1,
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

impl Reason {
    /// A clause about the refusal.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Accepted => {
                "the capture shows elsewhere that the responder accepts one of these offers, so algorithms are \
                 not what it refused"
            }
            Self::OthersAccepted => {
                "the capture shows elsewhere what the responder accepts, and no offer of the initiator is that"
            }
            Self::OwnOffer => {
                "the capture also holds the responder's own offer, and no offer of the initiator is in it"
            }
            Self::NamesSa => {
                "the refusal names the SA it refuses, as responders do that found a connection and compared algorithms"
            }
            Self::NoMessageId => {
                "the refusal has message ID 0, as Libreswan sends it when algorithms differ (it is silent when no \
                 connection matches)"
            }
            Self::NamesNoSa => {
                "the refusal names no SA, as strongSwan sends it when no connection for this peer and version of IKE \
                 exists; other products send the same when algorithms differ"
            }
            Self::OtherVersion => {
                "elsewhere in this capture the responder speaks the other version of IKE, and this one nowhere"
            }
            Self::NoSpi => {
                "the refusal carries no responder SPI, as strongSwan sends it when algorithms differ"
            }
            Self::SpiAndGoodOffer => {
                "the refusal carries a responder SPI, as strongSwan sends it when it has no IKEv2 connection for this peer; \
                 Libreswan and OpenIKED send the same when algorithms differ, but the offer holds algorithms that every \
                 implementation must know (RFC 8247)"
            }
            Self::Spi => {
                "the refusal carries a responder SPI: Libreswan and OpenIKED send it so when algorithms differ, \
                 strongSwan when it has no IKEv2 connection for this peer"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ikewhy_testkit::packets::{main_mode_offer, payloads};

    use crate::diagnosis::RuleId;
    use crate::negotiation::exchange;
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, PSK};

    /// Main Mode 1, refused with NO_PROPOSAL_CHOSEN; the refusal has this message ID, and an SPI of so many bytes.
    fn refused(id: u32, spi: u8) -> RuleId {
        let mut made = Made::new();
        let offer = payloads(&[(1, main_mode_offer(PSK)), (13, vec![0xAF, 0xCA])]);
        made.isakmp(0, true, (64, 63), (1, exchange::MAIN_MODE, 0, 0), &offer);
        let notify = [
            &[0, 0, 0, 1, 1, spi, 0, NO_PROPOSAL_CHOSEN][..],
            &vec![0x11; spi.into()],
        ]
        .concat();
        let step = (11, exchange::V1_INFORMATIONAL, 0, id);
        made.isakmp(10, false, (64, 63), step, &payloads(&[(11, notify)]));
        made.verdicts()[0]
    }

    #[test]
    fn the_form_of_a_refusal_tells_algorithms_from_a_missing_connection() {
        assert_eq!(refused(7, 16), RuleId::IkeProposalMismatch);
        assert_eq!(refused(0, 0), RuleId::IkeProposalMismatch);
        assert_eq!(refused(7, 0), RuleId::NoMatchingConnection);
    }
}
