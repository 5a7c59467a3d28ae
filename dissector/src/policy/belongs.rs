//! Whose a file is: by addresses, identities or proposals, or as a guess by the role it can have.

use super::network::is_any;
use super::{Connection, Lined, Policy, allows, differs};
use crate::negotiation::proof::Identity;
use crate::negotiation::{Negotiation, Role, nat};
use std::net::IpAddr;

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

/// It names exactly this address.
fn names(patterns: Option<&Lined<Vec<String>>>, address: IpAddr) -> bool {
    patterns.is_some_and(|p| p.value.iter().any(|p| p.parse() == Ok(address)))
}

/// An identity as configurations write it (`@gw.example.org`, `fqdn:gw.example.org`, `"C=CH, CN=gw"`) is this one.
fn is_identity(written: &str, identity: &Identity) -> bool {
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
    let packed = |text: &str| {
        let visible = text.chars().filter(|c| !c.is_whitespace());
        visible.collect::<String>().to_ascii_lowercase()
    };
    !bare.is_empty() && packed(bare) == packed(&identity.value())
}

impl Policy {
    /// To which side of this negotiation it belongs. `others`: the capture shows other hosts that call the same responder; then
    /// a file that names the responder alone may be one of theirs.
    #[must_use]
    pub fn belongs(&self, n: &Negotiation, others: bool) -> Belongs {
        let roles = [Role::Initiator, Role::Responder];
        let side = |role| n.peer(role).address;
        if let Some(owner) = self.owner {
            let role = roles.into_iter().find(|&r| side(r) == owner);
            return role.map_or(Belongs::No, |r| Belongs::To(r, "you said so"));
        }
        let decide = |fits: [bool; 2], why| match fits {
            [true, false] => Some(Belongs::To(Role::Initiator, why)),
            [false, true] => Some(Belongs::To(Role::Responder, why)),
            [true, true] => Some(Belongs::Unclear),
            [false, false] => None,
        };
        let logged = roles.map(|r| self.addresses.contains(&side(r)));
        let own = roles.map(|r| self.connections.iter().any(|c| names(c.local.as_ref(), side(r))));
        let peer = roles.map(|r| {
            self.connections
                .iter()
                .any(|c| names(c.remote.as_ref(), side(r.other())) && allows(c.local.as_ref(), side(r)))
        });
        // Who offers just what a connection allows wrote it; seen from the responder it could be either.
        let offers = self
            .connections
            .iter()
            .filter(|c| !self.only_answers(c))
            .any(|c| {
                let suites = c.suites(n.version, None);
                !suites.is_empty()
                    && n.offers().len() == suites.len()
                    && n.offers()
                        .iter()
                        .zip(&suites)
                        .all(|(o, s)| differs(o, s).is_empty())
            });
        let why = "it names the other address as its peer";
        let callers = others && peer == [true, false];
        decide(logged, "the log names its address")
            .or_else(|| decide(own, "it names this address as its own"))
            .or_else(|| decide(peer, why).filter(|_| !callers))
            .or_else(|| decide(self.by_identity(n), "it names the identity that was sent"))
            .or_else(|| {
                (offers && n.selected().is_none()).then_some(Belongs::To(
                    Role::Initiator,
                    "its proposals are those that were offered",
                ))
            })
            .or_else(|| callers.then_some(Belongs::Likely(Role::Initiator, why)))
            .or_else(|| self.by_role(n))
            .unwrap_or(if self.connections.is_empty() {
                Belongs::No
            } else {
                Belongs::Unclear
            })
    }

    /// Which sides a connection names by the identities that could be read: its own or the one it wants.
    fn by_identity(&self, n: &Negotiation) -> [bool; 2] {
        let is = |written: &Option<Lined<String>>, of| {
            let identity = n.identity(of);
            identity.is_some_and(|i| written.as_ref().is_some_and(|w| is_identity(&w.value, i)))
        };
        [Role::Initiator, Role::Responder].map(|r| {
            let mut fitting = self.connections.iter().filter(|c| c.fits(n, r));
            fitting.any(|c| is(&c.local_id, r) || is(&c.remote_id, r.other()))
        })
    }

    /// The side whose role alone it can have: who names no peer can only answer, who begins by itself is the one that began.
    fn by_role(&self, n: &Negotiation) -> Option<Belongs> {
        if self.is_log() {
            return self.by_log(n);
        }
        let all = |role, is: fn(&Self, &Connection) -> bool| {
            let mut fitting = self.connections.iter().filter(|c| c.speaks(n.version));
            let any = fitting.clone().any(|c| c.fits(n, role));
            any && fitting.all(|c| is(self, c))
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
        let spi = u64::from_be_bytes(n.initiator_spi);
        let linked = self.entries.iter().any(|e| e.spi == Some(spi));
        let nameless = self.addresses.is_empty() && self.entries.iter().all(|e| e.peer.is_none());
        let can = |role: Role| {
            let other = n.peer(role.other()).address;
            let heard = self.entries.iter().any(|e| e.peer == Some(other));
            // Its own address would be the one in the packets.
            let elsewhere = !self.addresses.is_empty() && n.peer(role).nat == nat::Nat::Direct;
            let [begins, answers] = self.roles;
            let (is, is_not, shows) = match role {
                Role::Initiator => (begins, answers, "the log is one that begins"),
                Role::Responder => (answers, begins, "the log is one that answers"),
            };
            let why = match heard {
                true if is || !is_not => "the log names the other address as its peer",
                _ if (linked || nameless) && is && !is_not => shows,
                _ => return None,
            };
            (!elsewhere).then_some(Belongs::Likely(role, why))
        };
        match (can(Role::Initiator), can(Role::Responder)) {
            (Some(one), None) | (None, Some(one)) => Some(one),
            _ => None,
        }
    }

    /// A connection that cannot begin: its peer may be anybody. strongSwan and OpenIKED mean that where none is named
    /// (swanctl.conf(5) `remote_addrs`, iked.conf(5) `peer`).
    fn only_answers(&self, c: &Connection) -> bool {
        let anybody = match &c.remote {
            Some(remote) => remote.value.iter().all(|p| is_any(p)),
            None => matches!(self.kind, "swanctl.conf" | "iked.conf"),
        };
        c.begins == Some(false) || anybody
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::{Place, Version, proof::id_type};

    #[test]
    fn identities_meet_however_they_are_written() {
        let is = |written, kind, data: &[u8]| {
            let (from, of) = (Role::Initiator, Role::Initiator);
            let (version, place) = (Version::V2, Place { frame: 1, span: None });
            let data = data.to_vec();
            is_identity(
                written,
                &Identity {
                    from,
                    of,
                    version,
                    kind,
                    data,
                    place,
                },
            )
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
