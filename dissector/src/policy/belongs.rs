//! Whose a file is: by addresses, identities or proposals, or as a guess by the role it can have.

use super::connection::Connection;
use super::entry::Cause;
use super::file::Policy;
use super::meant::is_hidden;
use super::network::is_private;
use super::value::Shared;
use super::work::{SUITES, Work};
use crate::negotiation::offer::Plain;
use crate::negotiation::proof::{Identity, id_type};
use crate::negotiation::{Negotiation, Role, nat};

/// To which side of a negotiation a file belongs, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// To this side; the words complete "because ...".
    To(Role, &'static str),
    /// To this side if its role says so: nothing names anybody.
    Likely(Role, &'static str),
    /// To either as far as can be told.
    Unclear,
    /// To neither.
    No,
}

/// A machine with this address may be this side: NAT stands between, and one of the two addresses is a private one.
fn may_be(n: &Negotiation, side: Role, address: std::net::IpAddr) -> bool {
    let shown = n.peer(side).address;
    let translated = is_hidden(n, side) || (is_private(address) && !is_private(shown));
    translated && address.is_ipv4() == shown.is_ipv4() && is_private(address) != is_private(shown)
}

/// An identity without blanks and in small letters.
fn packed(text: &str) -> String {
    let visible = text.chars().filter(|c| !c.is_whitespace());
    visible.collect::<String>().to_ascii_lowercase()
}

/// An identity as configurations write it (`@gw.example.org`, `fqdn:gw.example.org`, `"C=CH, CN=gw"`) is this packed one.
fn is_identity(written: &str, identity: &str) -> bool {
    const TYPES: [&str; 8] = [
        "@#",
        "@",
        "fqdn:",
        "email:",
        "rfc822:",
        "userfqdn:",
        "keyid:",
        "asn1dn:",
    ];
    let bare = written.trim_matches('"');
    let bare = TYPES.iter().find_map(|t| bare.strip_prefix(t)).unwrap_or(bare);
    !bare.is_empty() && packed(bare) == identity
}

/// Whether an identity that was sent is the one that a configuration wants; `None` where that hangs on more than their texts: patterns,
/// names of products' own, distinguished names, which are written in many ways.
pub(crate) fn expects(written: &str, sent: &Identity) -> Option<bool> {
    let bare = written.trim_matches('"');
    if is_identity(written, &packed(&sent.value())) {
        return Some(true);
    }
    let open =
        bare.is_empty() || bare.starts_with('%') || bare.contains(['*', '=']) || sent.kind == id_type::DN;
    // A key ID is written in text or in hexadecimal.
    (!open && sent.kind != id_type::KEY_ID).then_some(false)
}

impl Policy {
    /// To which side of this negotiation it belongs. `others`: the capture shows other hosts that call the same responder; then
    /// a file that names the responder alone may be one of theirs.
    pub(crate) fn belongs(&self, n: &Negotiation, others: bool, work: &Work) -> Belongs {
        let roles = [Role::Initiator, Role::Responder];
        let side = |role| n.peer(role).address;
        if let Some(owner) = self.owner {
            if let Some(role) = roles.into_iter().find(|&r| side(r) == owner) {
                return Belongs::To(role, "you said so");
            }
            // Behind NAT a machine has another address than the packets show: its private one, or the public one that stands for it.
            let mut may = roles.into_iter().filter(|&r| may_be(n, r, owner));
            return match (may.next(), may.next()) {
                (Some(role), None) => Belongs::Likely(role, "NAT gives it another address than you said"),
                _ => Belongs::No,
            };
        }
        let decide = |fits: [bool; 2], why| match fits {
            [true, false] => Some(Belongs::To(Role::Initiator, why)),
            [false, true] => Some(Belongs::To(Role::Responder, why)),
            [true, true] => Some(Belongs::Unclear),
            [false, false] => None,
        };
        let logged = roles.map(|r| self.addresses.contains(&side(r)));
        let own = roles.map(|r| self.names_own(side(r)));
        let peer = roles.map(|r| {
            !self
                .between(Some(side(r)), Some(side(r.other())), true, work)
                .is_empty()
        });
        let why = "it names the other address as its peer";
        let callers = others && peer == [true, false];
        decide(logged, "the log names its address")
            .or_else(|| decide(own, "it names this address as its own"))
            .or_else(|| decide(peer, why).filter(|_| !callers))
            .or_else(|| decide(self.by_identity(n, work), "it names the identity that was sent"))
            .or_else(|| {
                (n.selected().is_none() && self.offers(n, work)).then_some(Belongs::To(
                    Role::Initiator,
                    "its proposals are those that were offered",
                ))
            })
            .or_else(|| {
                let why = "what it says it received is just what was offered here";
                match self.received(n, work)? {
                    true => Some(Belongs::To(Role::Responder, why)),
                    false => Some(Belongs::Likely(Role::Responder, why)),
                }
            })
            .or_else(|| callers.then_some(Belongs::Likely(Role::Initiator, why)))
            .or_else(|| self.by_role(n, work))
            .unwrap_or(if self.connections.is_empty() {
                Belongs::No
            } else {
                Belongs::Unclear
            })
    }

    /// A connection that can begin has just the offers of this negotiation: who offers what a connection allows wrote it; seen
    /// from the responder it could be either.
    fn offers(&self, n: &Negotiation, work: &Work) -> bool {
        let offers = n.offers();
        self.different()
            .filter(|c| !self.only_answers(c))
            .filter(|c| c.ike.as_ref().is_some_and(|l| l.value.len() == offers.len()))
            .take_while(|_| work.takes(4 * offers.len()))
            .any(|c| {
                let suites = c.suites(n.version, None);
                let same = |(o, s)| {
                    work.takes(SUITES) && Plain::of(o).differs_from_settings(&Plain::of(s)).is_empty()
                };
                !suites.is_empty() && offers.iter().zip(&suites).all(same)
            })
    }

    /// Which sides a connection names by the identities that could be read: its own or the one it wants.
    fn by_identity(&self, n: &Negotiation, work: &Work) -> [bool; 2] {
        let sent = [Role::Initiator, Role::Responder].map(|of| n.identity(of).map(|i| packed(&i.value())));
        if sent.iter().all(Option::is_none) {
            return [false; 2];
        }
        let [initiator, responder] = &sent;
        let is = |written: &Shared<String>, sent: &Option<String>| {
            let both = written.as_ref().zip(sent.as_ref());
            both.is_some_and(|(written, sent)| work.takes(8) && is_identity(&written.value, sent))
        };
        let names = |role, own, peer| {
            let fitting = self.fitting(n, role, work).into_iter();
            let mut fitting = fitting.filter_map(|(_, number)| self.at(number));
            fitting.any(|c| is(&c.local_id, own) || is(&c.remote_id, peer))
        };
        [
            names(Role::Initiator, initiator, responder),
            names(Role::Responder, responder, initiator),
        ]
    }

    /// The side whose role alone it can have: who names no peer can only answer, who begins by itself is the one that began.
    fn by_role(&self, n: &Negotiation, work: &Work) -> Option<Belongs> {
        if self.is_log() {
            return self.by_log(n);
        }
        let all = |role, is: fn(&Self, &Connection) -> bool| {
            let mut speaking = self.connections.iter().filter(|c| c.speaks(n.version));
            speaking.all(|c| work.takes(1) && is(self, c))
                && (self.fitting(n, role, work).into_iter())
                    .filter_map(|(_, number)| self.at(number))
                    .any(|c| c.speaks(n.version))
        };
        if all(Role::Responder, Self::only_answers) {
            let why = "its connections can only answer";
            return Some(Belongs::Likely(Role::Responder, why));
        }
        all(Role::Initiator, |p, c| {
            c.begins == Some(true) && !p.only_answers(c)
        })
        .then_some(Belongs::Likely(Role::Initiator, "it begins by itself"))
    }

    /// The side a log that names neither address as its own can be of. Behind NAT a machine logs an address that no packet here has,
    /// but its peer's as it is; so does another client of the same server, which is why it remains a guess.
    fn by_log(&self, n: &Negotiation) -> Option<Belongs> {
        let linked = self.is_linked(n);
        let nameless = self.addresses.is_empty() && !self.heard(None);
        let can = |role: Role| {
            let other = n.peer(role.other()).address;
            let heard = self.heard(Some(other));
            // Its own address would be the one in the packets.
            let elsewhere = !self.addresses.is_empty() && n.peer(role).nat == nat::Nat::Direct;
            let [begins, answers] = self.roles;
            let (is, is_not, shows) = match role {
                Role::Initiator => (begins, answers, "the log is one that begins"),
                Role::Responder => (answers, begins, "the log is one that answers"),
            };
            // It speaks of this negotiation and names its peer.
            if linked && heard && !self.heard(Some(n.peer(role).address)) {
                let why = "it names the other address as its peer, and a message of this negotiation";
                return Some(Belongs::To(role, why));
            }
            let why = match heard {
                true if is || !is_not => "the log names the other address as its peer",
                _ if (linked || nameless) && is && !is_not => shows,
                _ => return None,
            };
            (!elsewhere).then_some(Belongs::Likely(role, why))
        };
        match (can(Role::Initiator), can(Role::Responder)) {
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) if nameless && self.roles == [false, false] => self.by_refusals(),
            _ => None,
        }
    }

    /// Lines without their surroundings, as people copy them: if all refuse what only the side that is asked refuses, as a rule.
    fn by_refusals(&self) -> Option<Belongs> {
        let mut causes = self.entries.iter().map(|e| e.cause);
        let asked = !self.entries.is_empty() && causes.all(Cause::is_of_who_is_asked);
        asked.then_some(Belongs::Likely(
            Role::Responder,
            "it refuses what a responder is asked for",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::{Place, Version};

    #[test]
    fn identities_meet_however_they_are_written() {
        let is = |written, kind, data: &[u8]| {
            let (from, of) = (Role::Initiator, Role::Initiator);
            let (version, place) = (Version::V2, Place { frame: 1, span: None });
            let data = data.to_vec();
            let sent = Identity {
                from,
                of,
                version,
                kind,
                data,
                place,
            };
            is_identity(written, &packed(&sent.value()))
        };
        let fqdn = |written| is(written, id_type::FQDN, b"gw.example.org");
        for same in [
            "gw.example.org",
            "@gw.example.org",
            "\"@GW.example.org\"",
            "fqdn:gw.example.org",
        ] {
            assert!(fqdn(same), "{same}");
        }
        for other in ["example.org", "", "@", "*.example.org", "%any"] {
            assert!(!fqdn(other), "{other}");
        }
        assert!(is("198.51.100.20", id_type::IPV4, &[198, 51, 100, 20]));
        assert!(!is("198.51.100.2", id_type::IPV4, &[198, 51, 100, 20]));
        assert!(is("@#group", id_type::KEY_ID, b"group"));
    }
}
