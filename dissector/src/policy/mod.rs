//! The peers' configurations and logs -> the same offers, identities and selectors as on the wire, each with its line.
//!
//! * [`algorithm`]: names of algorithms in all spellings;
//! * `swanctl`, `ipsec_conf`, `cisco`, ...: one file for each syntax of a configuration; [`network`] for all;
//! * [`include`]: files that a configuration includes;
//! * `log`: what the daemons' logs say of a refusal;
//! * `belongs`: whose a file is.
//!
//! Text in, no I/O. Secrets are dropped where a line is cut into words; nothing of them is kept, and copies of text are wiped.
//! What is not understood is a [`Note`], never an error. Everything is bounded by the constants below.

pub mod algorithm;
mod belongs;
mod cisco;
mod fortigate;
mod iked_conf;
pub mod include;
mod ipsec_conf;
mod log;
mod network;
mod pfsense;
mod powershell;
mod routeros;
mod swanctl;

use crate::disguise::Disguise;
use crate::negotiation::offer::Suite;
use crate::negotiation::{Negotiation, Role, Version, nat};
use algorithm::Proposal;
pub use belongs::Belongs;
pub use log::{Cause, Entry};
pub use network::{apart, means};
use std::net::IpAddr;

/// The most octets of one file that are read.
pub const MAX_TEXT: usize = 8 << 20;
/// The most files.
pub const MAX_POLICIES: usize = 64;
const MAX_CONNECTIONS: usize = 1024;
const MAX_CHILDREN: usize = 64;
const MAX_NOTES: usize = 32;
const MAX_ENTRIES: usize = 4096;
const MAX_VALUES: usize = 64;
const MAX_VALUE: usize = 256;

/// A value and the line it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lined<T> {
    /// The value.
    pub value: T,
    /// Line, from 1.
    pub line: u32,
}

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
    pub proposals: Option<Lined<Vec<Proposal>>>,
    /// Tunnel or transport.
    pub mode: Option<Lined<Mode>>,
    /// Own networks.
    pub local: Option<Lined<Vec<String>>>,
    /// The peer's networks.
    pub remote: Option<Lined<Vec<String>>>,
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
    /// The only version it speaks; `None`: both, or not said.
    pub version: Option<Lined<Version>>,
    /// Aggressive Mode (IKEv1).
    pub aggressive: Option<Lined<bool>>,
    /// It answers Main and Aggressive Mode alike.
    pub either_mode: bool,
    /// IKE proposals; `None` where the product's defaults hold.
    pub ike: Option<Lined<Vec<Proposal>>>,
    /// Own addresses.
    pub local: Option<Lined<Vec<String>>>,
    /// The peer's addresses.
    pub remote: Option<Lined<Vec<String>>>,
    /// How it proves itself.
    pub local_auth: Option<Lined<Auth>>,
    /// How the peer has to.
    pub remote_auth: Option<Lined<Auth>>,
    /// Own identity.
    pub local_id: Option<Lined<String>>,
    /// The identity it wants of the peer.
    pub remote_id: Option<Lined<String>>,
    /// It begins, at once or as its traffic comes; `false`: it only answers; `None`: not said.
    pub begins: Option<bool>,
    /// It is refused all the same, once its peer is known: its group is allowed these protocols alone.
    pub barred: Option<Lined<Vec<String>>>,
    /// Data tunnels.
    pub children: Vec<Child>,
}

/// Something about a file that the user should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Line, from 1; 0 for the whole file.
    pub line: u32,
    /// What.
    pub text: String,
}

/// One file of a peer.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The file's name, as it is shown.
    pub name: String,
    /// What it is: `swanctl.conf`, `charon's log`; empty if not known.
    pub kind: &'static str,
    /// The address the user says it belongs to.
    pub owner: Option<IpAddr>,
    /// Connections.
    pub connections: Vec<Connection>,
    /// Decisive lines of a log.
    pub entries: Vec<Entry>,
    /// Addresses of the machine itself that a log names.
    pub addresses: Vec<IpAddr>,
    /// The roles a log shows the machine in: initiator, responder.
    pub roles: [bool; 2],
    /// It has a layout that was never seen on a machine.
    pub unverified: bool,
    /// What was not understood.
    pub notes: Vec<Note>,
    /// Names of the files it includes.
    included: Vec<String>,
    /// Which line stands in which file, where it includes others.
    places: Vec<include::Place>,
}

impl Policy {
    /// Puts pseudonyms for everything that names somebody. All fields are listed, here and below, so that a new one cannot be
    /// forgotten.
    pub(crate) fn disguise(&mut self, d: &mut Disguise) {
        let Self {
            name,
            owner,
            connections,
            entries,
            addresses,
            notes,
            included,
            kind: _,
            roles: _,
            unverified: _,
            places: _,
        } = self;
        d.file(name);
        for file in included {
            d.file(file);
        }
        for address in owner.iter_mut().chain(addresses) {
            d.address(address);
        }
        for connection in connections {
            connection.disguise(d);
        }
        for entry in entries {
            entry.disguise(d);
        }
        for Note { text, line: _ } in notes {
            d.text(text);
        }
    }

    /// It is a log; what it shows of connections is not all of them.
    #[must_use]
    pub fn is_log(&self) -> bool {
        self.kind.ends_with("log")
    }

    /// The file and its line where this line of the whole text stands.
    #[must_use]
    pub fn place(&self, line: u32) -> (&str, u32) {
        let next = self.places.partition_point(|p| p.from <= line);
        let Some(place) = next.checked_sub(1).and_then(|i| self.places.get(i)) else {
            return (&self.name, line);
        };
        let included = place.file.checked_sub(1).and_then(|i| self.included.get(i));
        (included.unwrap_or(&self.name), place.line + (line - place.from))
    }

    fn note(&mut self, line: u32, text: impl Into<String>) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(Note {
                line,
                text: text.into(),
            });
        }
    }

    fn address(&mut self, address: IpAddr) {
        let special = address.is_loopback() || address.is_unspecified();
        if !special && self.addresses.len() < MAX_VALUES && !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
    }

    fn connection(&mut self, name: &str, line: u32) -> Option<&mut Connection> {
        if self.connections.len() >= MAX_CONNECTIONS {
            return None;
        }
        Some(self.connections.push_mut(Connection {
            name: shown(name),
            line,
            ..Connection::default()
        }))
    }
}

/// Text of a file as it may be shown: short, without control and formatting characters.
#[must_use]
pub fn shown(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
    };
    let mut out = String::new();
    for c in text.chars().take(MAX_VALUE) {
        if hidden(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Numbered lines, from 1.
fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines())
}

/// A list in one value, at commas or blanks.
fn list(value: &str) -> Vec<String> {
    value
        .split([',', ' ', '\t'])
        .filter(|v| !v.is_empty())
        .take(MAX_VALUES)
        .map(shown)
        .collect()
}

/// Reads a file. It never fails: what is not understood is noted, and so are files that it includes.
#[must_use]
pub fn read(name: &str, text: &str, owner: Option<IpAddr>) -> Policy {
    read_with(name, text, owner, &mut |_, _| {
        vec![include::Included {
            id: 0,
            name: String::new(),
            text: Err("give that file too if it matters".to_owned()),
        }]
    })
}

/// Reads a file and what it includes, which the host reads when it is asked.
#[must_use]
pub fn read_with(
    name: &str,
    text: &str,
    owner: Option<IpAddr>,
    resolver: &mut include::Resolver<'_>,
) -> Policy {
    let mut policy = Policy {
        name: shown(name),
        owner,
        ..Policy::default()
    };
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (text, rest) = text.split_at(end);
    if !rest.is_empty() {
        policy.note(0, "only the first 8 MiB of this file were read");
    }
    // Settings of strongSwan's daemon tell nothing about connections, and neither does what they include.
    if !text.lines().any(|line| include::pattern(line).is_some())
        || log::kind(text).is_some()
        || is_strongswan_conf(text)
    {
        parse(&mut policy, text);
        return policy;
    }
    let whole = include::whole(text, resolver);
    (policy.included, policy.places) = (whole.names, whole.places);
    for (line, text) in whole.notes {
        policy.note(line, text);
    }
    if include::is_all(text) && policy.included.is_empty() {
        policy.kind = "includes alone";
    } else {
        parse(&mut policy, &whole.text);
    }
    policy
}

/// strongswan.conf(5): settings of the daemon, or of one plugin as `strongswan.d/charon/` has them; nothing about connections.
fn is_strongswan_conf(text: &str) -> bool {
    let starts = |words: &[&str]| {
        text.lines()
            .map(str::trim_start)
            .any(|l| words.iter().any(|w| l.starts_with(w)))
    };
    let mut settings = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let plugin = settings.next().is_some_and(|line| line.ends_with('{'))
        && settings.any(|line| {
            line.split_once('=')
                .is_some_and(|(key, _)| key.trim_end() == "load")
        });
    (plugin || starts(&["charon", "libstrongswan", "starter", "pki", "swanctl"]))
        && !starts(&[
            "connections",
            "secrets",
            "authorities",
            "pools",
            "conn ",
            "conn\t",
        ])
        && text.contains('{')
}

fn parse(policy: &mut Policy, text: &str) {
    let starts = |words: &[&str]| {
        text.lines()
            .map(str::trim_start)
            .any(|l| words.iter().any(|w| l.starts_with(w)))
    };
    if let Some(kind) = log::kind(text) {
        policy.kind = kind.words();
        log::read(policy, kind, text);
    } else if pfsense::is(text) {
        pfsense::read(policy, text);
    } else if powershell::is(text) {
        powershell::read(policy, text);
    } else if routeros::is(text) {
        routeros::read(policy, text);
    } else if fortigate::is(text) {
        fortigate::read(policy, text);
    } else if cisco::is(text) {
        cisco::read(policy, text);
    } else if starts(&["ikev2 ", "ikev2\t"]) {
        policy.kind = "iked.conf";
        iked_conf::read(policy, text);
    } else if starts(&["conn ", "conn\t", "config setup"]) {
        policy.kind = "ipsec.conf";
        ipsec_conf::read(policy, text);
    } else if starts(&["connections", "secrets", "authorities", "pools"]) && text.contains('{') {
        policy.kind = "swanctl.conf";
        swanctl::read(policy, text);
    } else if is_strongswan_conf(text) {
        policy.kind = "strongswan.conf";
    } else if text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        // As packages ship their examples.
        policy.note(0, "nothing but comments");
    } else {
        policy.note(0, "neither a configuration nor a log that is known here");
    }
}

/// A file that could not be read, and why.
#[must_use]
pub fn unreadable(name: &str, why: &str) -> Policy {
    let mut policy = Policy {
        name: shown(name),
        ..Policy::default()
    };
    policy.note(0, shown(why));
    policy
}

/// Some pattern means it; also true where nothing can be told.
fn allows(patterns: Option<&Lined<Vec<String>>>, address: IpAddr) -> bool {
    patterns.is_none_or(|p| p.value.iter().any(|p| means(p, address) != Some(false)))
}

/// In what two suites differ, an authentication method that only one names aside.
#[must_use]
pub fn differs(offered: &Suite, allowed: &Suite) -> Vec<crate::negotiation::offer::Attribute> {
    use crate::negotiation::offer::Attribute as A;
    let both = |a| offered.of(a).next().is_some() && allowed.of(a).next().is_some();
    let mut list = offered.differs(allowed);
    // A cipher with built-in integrity against one without: the missing integrity algorithm follows from the cipher.
    let follows = list.contains(&A::Encryption);
    list.retain(|&a| match a {
        A::AuthMethod | A::Encapsulation => both(a),
        A::Integrity => !follows || both(a),
        _ => true,
    });
    list
}

impl Connection {
    fn disguise(&mut self, d: &mut Disguise) {
        let Self {
            name,
            local,
            remote,
            local_id,
            remote_id,
            children,
            line: _,
            version: _,
            aggressive: _,
            ike: _,
            local_auth: _,
            remote_auth: _,
            either_mode: _,
            begins: _,
            barred: _,
        } = self;
        d.name(name);
        for id in [local_id, remote_id].into_iter().flatten() {
            d.name(&mut id.value);
        }
        let mut patterns = vec![local, remote];
        for child in children {
            let Child {
                local,
                remote,
                proposals: _,
                mode: _,
                any_group: _,
            } = child;
            patterns.extend([local, remote]);
        }
        for pattern in patterns.into_iter().flatten().flat_map(|list| &mut list.value) {
            d.pattern(pattern);
        }
    }

    /// As this side's it is for the addresses of this negotiation, as far as NAT lets tell.
    #[must_use]
    pub fn fits(&self, n: &Negotiation, side: Role) -> bool {
        let (own, peer) = (n.peer(side), n.peer(side.other()));
        let may = |list: &Option<Lined<Vec<String>>>, p: &crate::negotiation::Peer| {
            p.nat == nat::Nat::Behind || allows(list.as_ref(), p.address)
        };
        may(&self.local, own) && may(&self.remote, peer)
    }

    /// It takes Aggressive Mode, or Main Mode (IKEv1).
    #[must_use]
    pub fn takes(&self, aggressive: bool) -> bool {
        self.either_mode || self.aggressive.as_ref().is_some_and(|a| a.value) == aggressive
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

impl Lined<Vec<Proposal>> {
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
    pub fn assumed(
        &self,
        suite: &Suite,
        attributes: &[crate::negotiation::offer::Attribute],
    ) -> Vec<crate::negotiation::offer::Attribute> {
        use crate::negotiation::offer::Attribute as A;
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

fn suites(proposals: Option<&Lined<Vec<Proposal>>>, version: Version, auth: Option<u16>) -> Vec<Suite> {
    match proposals {
        Some(p) if p.value.iter().all(|p| p.whole) => (1..=u8::MAX)
            .zip(&p.value)
            .map(|(number, p)| Suite {
                proposal: number,
                ..p.suite(version, auth)
            })
            .collect(),
        _ => Vec::new(),
    }
}
