//! A decrypted error about the data tunnel. Shared by the rules that name its cause.

use super::evidence;
use super::ike_proposal_mismatch;
use crate::diagnosis::{Basis, Blame, Case, Finding, Rule, Words, words};
use crate::negotiation::offer::{Attribute, MAX_SUITES, Suite};
use crate::negotiation::selector::Selectors;
use crate::negotiation::{Event, Notice, Place, Role, Version, exchange, notify, payload};
use crate::policy::nearest::nearest_suites;
use crate::wire::code::number::protocol;

/// The error, and what it refuses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChildError<'a> {
    /// The error.
    pub(crate) notice: &'a Notice,
    /// The message it answers, if it was captured.
    pub(crate) request: Option<&'a Event>,
    /// It came when a tunnel that had been up was to be renewed.
    pub(crate) renewal: bool,
    /// It came when another tunnel was asked for beside one that is up.
    pub(crate) additional: bool,
}

/// What the refusing side took for another tunnel, beside what was offered for this one.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    /// In what they differ.
    pub(crate) differs: Vec<Attribute>,
    /// Offered here.
    pub(crate) offered: Suite,
    /// Accepted, or offered by the refusing side itself, there.
    pub(crate) accepted: Suite,
    /// Where.
    pub(crate) place: Place,
}

/// What of the mode that was asked for does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// L2TP is protected in transport mode (RFC 3193 4).
    TunnelForL2tp,
    /// Transport mode is for hosts (RFC 4301 4.1).
    TransportForNetworks,
    /// It does fit, but the other side has nothing of that kind.
    TransportBetweenPeers,
}

impl Elsewhere {
    /// "the key length differs (nearest: offered X, accepted elsewhere Y)".
    pub(crate) fn words(&self) -> String {
        format!(
            "{} (nearest: offered {}, accepted elsewhere {})",
            words::differ(&self.differs),
            self.offered.line(),
            self.accepted.line()
        )
    }
}

/// The last decrypted error about the data tunnel.
pub(crate) fn of<'a>(case: &Case<'a>) -> Option<ChildError<'a>> {
    let n = case.n;
    let child = |x: &&Notice| match n.version {
        Version::V2 => matches!(x.exchange, exchange::IKE_AUTH | exchange::CREATE_CHILD_SA),
        Version::V1 => x.exchange == exchange::V1_INFORMATIONAL && n.step(exchange::QUICK_MODE, 1).is_some(),
    };
    let notice = n
        .decrypted_errors()
        .filter(|x| x.is_about_child())
        .filter(child)
        .last()?;
    let event = n.event(notice.event)?;
    let request = match n.version {
        Version::V2 => n.answered_by(event),
        Version::V1 => n
            .events()
            .rev()
            .find(|e| e.exchange == exchange::QUICK_MODE && e.position == 1 && e.time <= event.time),
    };
    // The side that asked takes its request back: that is no refusal of it.
    if request.is_some_and(|r| r.from == notice.from) {
        return None;
    }
    // The IKE SA is renewed by the same exchange (RFC 7296 1.3.2).
    let for_ike = |e: &Event| {
        let number = n.number(e);
        let offer = n.child_offers.iter().find(|o| o.event == number);
        offer.is_some_and(|o| o.suites.iter().any(|s| s.protocol == protocol::IKE))
    };
    if request.is_some_and(for_ike) {
        return None;
    }
    let later = notice.exchange == exchange::CREATE_CHILD_SA || n.step(exchange::QUICK_MODE, 3).is_some();
    // Another tunnel beside the first is for other traffic. IKEv2: it begins with its proposal, the renewal of one with REKEY_SA (RFC 7296
    // 1.3.1, 1.3.3), and the renewal of the IKE SA has no selectors. A request for the same traffic replaces what could not be renewed.
    let asked = |e: &Event| {
        let number = n.number(e);
        n.selectors.iter().find(|s| s.event == number)
    };
    let first = match n.version {
        Version::V1 => n.step(exchange::QUICK_MODE, 1).and_then(asked),
        Version::V2 => (n.events())
            .filter(|e| e.exchange == exchange::IKE_AUTH && e.is_request())
            .find_map(asked),
    };
    let own = request.and_then(asked);
    let same = |a: &Selectors, b: &Selectors| {
        a.initiator == b.initiator && a.responder == b.responder
            || a.initiator == b.responder && a.responder == b.initiator
    };
    let others = match (first, own) {
        (Some(first), Some(own)) => !same(first, own),
        (None, Some(_)) => n.version == Version::V2,
        (_, None) => false,
    };
    let by_proposal =
        n.version == Version::V1 || request.is_some_and(|r| r.first_inner() == Some(payload::SA));
    let additional = later && others && by_proposal;
    let renewal = later && !additional;
    // A later request that succeeded makes it an episode.
    let mended = n.events().any(|e| {
        e.time > notice.time
            && matches!(
                (n.version, e.exchange, e.position),
                (Version::V1, exchange::QUICK_MODE, 3) | (Version::V2, exchange::CREATE_CHILD_SA, 2)
            )
            && e.first_inner() != Some(payload::N)
    });
    (!mended).then_some(ChildError {
        notice,
        request,
        renewal,
        additional,
    })
}

impl<'a> ChildError<'a> {
    /// The side that refuses.
    pub(crate) fn refusing(&self) -> Role {
        self.notice.from
    }

    /// What the other side had offered, if it could be decrypted.
    pub(crate) fn offered(&self, case: &Case<'a>) -> &'a [Suite] {
        let Some(request) = self.request else { return &[] };
        let number = case.n.number(request);
        case.n
            .child_offers
            .iter()
            .find(|o| o.event == number)
            .map_or(&[], |o| o.suites.as_slice())
    }

    /// The nearest combination that the refusing side accepted or offered for another tunnel of this capture, beside the one
    /// offered here; and in what they differ. `None` where nothing was decrypted of another tunnel, or nothing differs.
    pub(crate) fn elsewhere(&self, case: &Case<'a>) -> Option<Elsewhere> {
        let address = case.n.peer(self.refusing()).address;
        let groups = self.renewal || case.n.version == Version::V1;
        let plain = |list: &[Suite]| {
            let mut list = list.to_vec();
            // The first child SA of IKEv2 has no group of its own (RFC 7296 1.2).
            for s in list.iter_mut().filter(|_| !groups) {
                s.choices.retain(|c| c.attribute != Attribute::DhGroup);
            }
            list
        };
        let offered = plain(self.offered(case));
        let host = case.n.peer(self.refusing()).host;
        let others = (case.knowledge.children(host).iter())
            .filter_map(|stream| case.tracker.negotiation(*stream))
            .filter(|n| n.version == case.n.version)
            .flat_map(|n| n.child_offers.iter().map(move |o| (n, o)))
            .filter(|(n, o)| n.peer(o.from).address == address);
        // Tunnels of one gateway mostly ask for the same: each list once, and of all of them as much as of one SA payload.
        let (mut seen, mut room) = (Vec::new(), MAX_SUITES);
        let new = others.filter(|(_, o)| {
            let new = o.suites.len() <= room && !seen.contains(&&o.suites);
            if new {
                room -= o.suites.len();
                seen.push(&o.suites);
            }
            new
        });
        new.filter_map(|(_, o)| {
            let (differs, here, there) = nearest_suites(&offered, &plain(&o.suites))?;
            Some(Elsewhere {
                differs,
                offered: here,
                accepted: there,
                place: o.place,
            })
        })
        .filter(|e| !e.differs.is_empty())
        .min_by_key(|e| e.differs.len())
    }

    /// The traffic that was asked for, if it could be decrypted.
    pub(crate) fn asked(&self, case: &Case<'a>) -> Option<&'a Selectors> {
        let number = case.n.number(self.request?);
        case.n.selectors.iter().find(|s| s.event == number)
    }

    /// Transport mode (or else tunnel mode) was asked for, if that could be decrypted.
    pub(crate) fn transport(&self, case: &Case<'a>) -> Option<bool> {
        let number = case.n.number(self.request?);
        let suite = self.offered(case).first()?;
        match case.n.version {
            // IANA ipsec-registry, encapsulation mode: 2 transport, 4 transport in UDP, 61444 its draft
            Version::V1 => suite
                .first(Attribute::Encapsulation)
                .map(|mode| matches!(mode, 2 | 4 | 61444)),
            Version::V2 => {
                let mut offers = case.n.child_offers.iter();
                offers
                    .find(|offer| offer.event == number)
                    .map(|offer| offer.transport)
            }
        }
    }

    /// In what the mode does not fit the traffic, where both could be decrypted.
    pub(crate) fn misfit(&self, case: &Case<'a>) -> Option<Misfit> {
        let asked = self.asked(case)?;
        match (self.transport(case)?, asked.are_for_l2tp(), asked.are_hosts()) {
            (false, true, _) => Some(Misfit::TunnelForL2tp),
            (true, false, false) => Some(Misfit::TransportForNetworks),
            _ if self.is_transport_between_peers(case) => Some(Misfit::TransportBetweenPeers),
            _ => None,
        }
    }

    /// IKEv1: refused is transport mode between the addresses the two peers have on the wire. These fit any connection between
    /// them, so what remains is the mode; or a port, or a connection that is for networks alone, which is tunnel mode as well.
    pub(crate) fn is_transport_between_peers(&self, case: &Case<'a>) -> bool {
        let n = case.n;
        let own = [n.initiator.address, n.responder.address];
        let hosts = |s: &Selectors| {
            s.are_hosts()
                && s.initiator
                    .iter()
                    .chain(&s.responder)
                    .all(|one| own.contains(&one.addresses.0))
        };
        n.version == Version::V1
            && self.notice.kind == notify::V1_INVALID_ID_INFORMATION
            && self.transport(case) == Some(true)
            && self.asked(case).is_some_and(hosts)
    }

    /// The finding that all causes have in common.
    pub(crate) fn finding(&self, rule: &'static Rule, confidence: f64) -> Finding {
        Finding::of(rule, self.notice.place)
            .sure(confidence, Basis::Decrypted)
            .settled(true)
            .blame(Blame::Either)
            .with(self.request.map(Event::place))
    }

    /// The asking and the refusing side in a sentence.
    pub(crate) fn sides(&self, case: &Case<'_>) -> (String, String) {
        let refusing = self.refusing();
        (words::peer(case, refusing.other()), words::peer(case, refusing))
    }

    /// What is said whatever the cause, beside this summary.
    pub(crate) fn words(&self, case: &Case<'_>, summary: String) -> Words {
        let (asking, refusing) = self.sides(case);
        let offer = match self.offered(case) {
            [] => String::new(),
            offered => format!(" It had offered {}.", ike_proposal_mismatch::describe(offered)),
        };
        let traffic = self.asked(case).map_or_else(String::new, |s| {
            let mode = match self.transport(case) {
                Some(true) => " in transport mode",
                Some(false) => " in tunnel mode",
                None => "",
            };
            format!(" It was to protect {s}{mode}.")
        });
        let when = if self.renewal {
            "wanted to renew the keys of the data tunnel"
        } else if self.additional {
            "asked for another data tunnel beside the one that is up, which goes on"
        } else {
            "asked for the data tunnel"
        };
        Words::new(summary)
            .because(format!(
                "Both sides authenticated each other. {asking} {when}.{offer}{traffic} {refusing} answered with {} (decrypted).",
                words::notify(case.n, self.notice.kind)
            ))
            .settle(evidence::log(case, self.refusing()))
    }
}
