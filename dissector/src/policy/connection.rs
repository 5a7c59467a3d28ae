//! What a configuration says: connections, their data tunnels, and their proposals as on the wire.

use super::algorithm::Proposal;
use super::bounds::{MAX_CHILDREN, MAX_VALUES};
use super::value::{Lined, Listed, Shared};
use crate::negotiation::Version;
use crate::negotiation::offer::{Attribute, Suite};
use crate::negotiation::redact::Redact;
use crate::wire::vendor::Product;
use std::collections::HashMap;
use std::sync::Arc;

/// How one side proves itself, as far as products' words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the words say it
pub enum Auth {
    Psk,
    Certificate,
    Eap,
    Xauth,
}

impl Auth {
    /// As strongSwan prints a class of authentication (`auth_cfg.c`, `auth_class_names`), perhaps with more behind it.
    pub(super) fn printed(words: &str) -> Option<Self> {
        match words {
            _ if words.starts_with("pre-shared key") => Some(Self::Psk),
            _ if words.starts_with("public key") => Some(Self::Certificate),
            _ if words.starts_with("EAP") => Some(Self::Eap),
            _ if words.starts_with("XAuth") => Some(Self::Xauth),
            _ => None,
        }
    }

    /// For sentences.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Psk => "a pre-shared key",
            Self::Certificate => "a certificate",
            Self::Eap => "EAP",
            Self::Xauth => "XAUTH",
        }
    }
}

/// How the data tunnel packs packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mode {
    Tunnel,
    Transport,
}

impl Mode {
    /// By the word that most configurations have for it.
    pub(super) fn named(word: &str) -> Option<Self> {
        match word {
            "tunnel" => Some(Self::Tunnel),
            "transport" => Some(Self::Transport),
            _ => None,
        }
    }

    /// For sentences.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Tunnel => "tunnel mode",
            Self::Transport => "transport mode",
        }
    }
}

/// What a configuration says of one data tunnel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Child {
    /// ESP or AH proposals; `None` where the product's defaults hold.
    pub proposals: Listed<Proposal>,
    /// Tunnel or transport.
    pub mode: Option<Lined<Mode>>,
    /// Own networks.
    pub local: Listed<String>,
    /// The peer's networks.
    pub remote: Listed<String>,
    /// As responder it takes any group for perfect forward secrecy, or none, as the peer likes.
    pub any_group: bool,
}

/// What a configuration says of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub line: u32,
    /// Whose configuration it shows itself to be, where products have files of the same name and form.
    pub product: Option<Product>,
    /// The only version it speaks; `None`: both, or not said.
    pub version: Option<Lined<Version>>,
    /// Aggressive Mode (IKEv1).
    pub aggressive: Option<Lined<bool>>,
    /// It answers Main and Aggressive Mode alike.
    pub either_mode: bool,
    /// IKE proposals; `None` where the product's defaults hold.
    pub ike: Listed<Proposal>,
    /// Own addresses.
    pub local: Listed<String>,
    /// The peer's addresses.
    pub remote: Listed<String>,
    /// How it proves itself.
    pub local_auth: Option<Lined<Auth>>,
    /// How the peer has to.
    pub remote_auth: Option<Lined<Auth>>,
    /// Settings that demand more of the peer than a key, by their keywords: a certificate of some kind, a name in EAP.
    pub demands: Vec<Lined<&'static str>>,
    /// Own identity.
    pub local_id: Shared<String>,
    /// The identity it wants of the peer.
    pub remote_id: Shared<String>,
    /// It begins, at once or as its traffic comes; `false`: it only answers; `None`: not said.
    pub begins: Option<bool>,
    /// It is refused all the same, once its peer is known: its group is allowed these protocols alone.
    pub barred: Listed<String>,
    /// Something in it was not understood: what it leaves out may be just that, and no default is taken for it.
    pub unread: bool,
    /// Data tunnels.
    pub children: Arc<Vec<Child>>,
    /// It has more of them than are kept.
    pub more_children: bool,
}

/// Protocols of Cisco's group policies (`vpn-tunnel-protocol`), which name nobody.
const PROTOCOLS: [&str; 8] = [
    "ikev1",
    "ikev2",
    "ipsec",
    "l2tp-ipsec",
    "ssl-client",
    "ssl-clientless",
    "svc",
    "webvpn",
];

/// What has its pseudonyms, by where the original is, which is kept so long: nothing else takes its place in memory.
type Done<T> = HashMap<usize, (Arc<T>, Arc<T>)>;

/// What connections share, with its pseudonyms.
#[derive(Default)]
pub(super) struct Redacted {
    names: Done<String>,
    lists: Done<Vec<String>>,
    children: Done<Vec<Child>>,
}

/// Puts pseudonyms once for all who share something.
fn once<T: Clone>(shared: &mut Arc<T>, done: &mut Done<T>, redact: impl FnOnce(&mut T)) {
    let known = done.entry(Arc::as_ptr(shared).addr()).or_insert_with(|| {
        let mut own = T::clone(shared);
        redact(&mut own);
        (Arc::clone(shared), Arc::new(own))
    });
    *shared = Arc::clone(&known.1);
}

impl Connection {
    pub(super) fn redact(&mut self, d: &mut dyn Redact, shared: &mut Redacted) {
        let Self {
            name,
            local,
            remote,
            local_id,
            remote_id,
            children,
            line: _,
            product: _,
            version: _,
            aggressive: _,
            ike: _,
            local_auth: _,
            remote_auth: _,
            demands: _,
            either_mode: _,
            begins: _,
            barred,
            unread: _,
            more_children: _,
        } = self;
        d.name(name);
        for id in [local_id, remote_id].into_iter().flatten() {
            once(&mut id.value, &mut shared.names, |id| d.identity(id));
        }
        if let Some(barred) = barred {
            once(&mut barred.value, &mut shared.lists, |words| {
                let unknown = |word: &&mut String| !PROTOCOLS.iter().any(|p| p.eq_ignore_ascii_case(word));
                words.iter_mut().filter(unknown).for_each(|word| d.name(word));
            });
        }
        let mut patterns = |list: &mut Listed<String>| {
            if let Some(list) = list {
                once(&mut list.value, &mut shared.lists, |list| {
                    list.iter_mut().for_each(|p| d.pattern(p));
                });
            }
        };
        patterns(local);
        patterns(remote);
        once(children, &mut shared.children, |children| {
            for child in children {
                let Child {
                    local,
                    remote,
                    proposals: _,
                    mode: _,
                    any_group: _,
                } = child;
                patterns(local);
                patterns(remote);
            }
        });
    }

    /// Adds a setting that demands more of the peer than a key.
    pub(super) fn demand(&mut self, keyword: &'static str, line: u32) {
        if self.demands.len() < MAX_VALUES {
            self.demands.push(Lined { value: keyword, line });
        }
    }

    /// Adds a data tunnel.
    pub(super) fn child(&mut self, child: Child) {
        if self.children.len() < MAX_CHILDREN {
            Arc::make_mut(&mut self.children).push(child);
        } else {
            self.more_children = true;
        }
    }

    /// The data tunnel that is being read.
    pub(super) fn last_child(&mut self) -> Option<&mut Child> {
        let child = Arc::make_mut(&mut self.children).last_mut();
        child.filter(|_| !self.more_children)
    }

    /// It takes Aggressive Mode, or Main Mode (IKEv1).
    #[must_use]
    pub fn takes(&self, aggressive: bool) -> bool {
        match &self.aggressive {
            _ if self.either_mode => true,
            Some(a) => a.value == aggressive,
            None => self.unread || !aggressive,
        }
    }

    /// It speaks this version.
    #[must_use]
    pub fn speaks(&self, version: Version) -> bool {
        self.version.as_ref().is_none_or(|v| v.value == version)
    }

    /// Its IKE proposals as on the wire; empty where they are not all known.
    #[must_use]
    pub fn suites(&self, version: Version, auth: Option<u16>) -> Vec<Suite> {
        suites(self.ike.as_ref(), version, auth)
    }
}

impl Lined<Arc<Vec<Proposal>>> {
    /// The proposal that became this suite.
    fn of(&self, suite: &Suite) -> Option<&Proposal> {
        self.value.get(usize::from(suite.proposal).checked_sub(1)?)
    }

    /// The line of the proposal that became this suite.
    #[must_use]
    pub fn line_of(&self, suite: &Suite) -> u32 {
        let own = self.of(suite).map_or(0, |p| p.line);
        if own > 0 { own } else { self.line }
    }

    /// Which of these attributes of that suite the file leaves to the product's defaults.
    #[must_use]
    pub fn assumed(&self, suite: &Suite, attributes: &[Attribute]) -> Vec<Attribute> {
        use Attribute as A;
        let assumed = self.of(suite).map_or(&[][..], |p| &p.assumed);
        let said = |a: &A| match a {
            A::KeyLength => A::Encryption,
            A::Hash => A::Integrity,
            other => *other,
        };
        let mut list = attributes.to_vec();
        list.retain(|a| assumed.contains(&said(a)));
        list
    }
}

impl Child {
    /// Its ESP or AH proposals as on the wire; empty where they are not all known.
    #[must_use]
    pub fn suites(&self, version: Version) -> Vec<Suite> {
        suites(self.proposals.as_ref(), version, None)
    }
}

fn suites(proposals: Option<&Lined<Arc<Vec<Proposal>>>>, version: Version, auth: Option<u16>) -> Vec<Suite> {
    match proposals {
        Some(p) if p.value.iter().all(|p| p.whole) => (1..=u8::MAX)
            .zip(p.value.iter())
            .map(|(number, p)| Suite {
                proposal: number,
                ..p.suite(version, auth)
            })
            .collect(),
        _ => Vec::new(),
    }
}
