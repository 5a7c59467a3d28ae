//! The peers' configurations and logs -> the same offers, identities and selectors as on the wire, each with its line.
//!
//! * [`algorithm`]: names of algorithms in all spellings;
//! * `swanctl`, `ipsec_conf`, `cisco`, ...: one file for each syntax of a configuration; [`network`] for all;
//! * [`include`]: files that a configuration includes;
//! * `log`: what the daemons' logs say of a refusal.
//!
//! Text in, no I/O. Secrets are dropped where a line is cut into words; nothing of them is kept, and copies of text are wiped.
//! What is not understood is a [`Note`], never an error. Everything is bounded by the constants below.

pub mod algorithm;
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
use crate::negotiation::proof::Identity;
use crate::negotiation::{Negotiation, Role, Version, nat};
use algorithm::Proposal;
pub use log::{Cause, Entry};
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

/// It stands for all addresses.
fn is_any(pattern: &str) -> bool {
    matches!(
        pattern,
        "%any" | "any" | "%any4" | "%any6" | "0.0.0.0/0" | "::/0" | "0.0.0.0" | "*"
    )
}

/// Does `pattern` of a configuration mean this address? `None` where that cannot be told (a name, a variable).
#[must_use]
pub fn means(pattern: &str, address: IpAddr) -> Option<bool> {
    let pattern = pattern.trim_matches(['[', ']']);
    if is_any(pattern) {
        return Some(true);
    }
    if let Ok(one) = pattern.parse::<IpAddr>() {
        return Some(one == address);
    }
    if let Some((from, to)) = pattern.split_once('-')
        && let (Ok(from), Ok(to)) = (from.parse::<IpAddr>(), to.parse::<IpAddr>())
    {
        return Some(from <= address && address <= to);
    }
    let (base, bits) = pattern.split_once('/')?;
    let (base, bits) = (base.parse::<IpAddr>().ok()?, bits.parse::<u32>().ok()?);
    Some(match (base, address) {
        (IpAddr::V4(b), IpAddr::V4(a)) => {
            let mask = u32::MAX.checked_shl(32u32.checked_sub(bits)?).unwrap_or(0);
            (b.to_bits() & mask) == (a.to_bits() & mask)
        }
        (IpAddr::V6(b), IpAddr::V6(a)) => {
            let mask = u128::MAX.checked_shl(128u32.checked_sub(bits)?).unwrap_or(0);
            (b.to_bits() & mask) == (a.to_bits() & mask)
        }
        _ => false,
    })
}

/// First and last address of a network as configurations and selectors write it; what follows in brackets or after a blank
/// (protocol and port) is left out. `None` for names such as `dynamic` and `%any`.
fn range(text: &str) -> Option<(IpAddr, IpAddr)> {
    let text = text.replace(" to ", "-");
    let text = text.split(['[', ' ']).next()?;
    if let Some((from, to)) = text.split_once('-') {
        return Some((from.parse().ok()?, to.parse().ok()?));
    }
    let (base, bits) = match text.split_once('/') {
        Some((base, bits)) => (base.parse::<IpAddr>().ok()?, Some(bits.parse::<u32>().ok()?)),
        None => (text.parse::<IpAddr>().ok()?, None),
    };
    Some(match base {
        IpAddr::V4(a) => {
            let host = u32::MAX.checked_shr(bits.unwrap_or(32)).unwrap_or(0);
            let a = a.to_bits();
            (
                IpAddr::from((a & !host).to_be_bytes()),
                IpAddr::from((a | host).to_be_bytes()),
            )
        }
        IpAddr::V6(a) => {
            let host = u128::MAX.checked_shr(bits.unwrap_or(128)).unwrap_or(0);
            let a = a.to_bits();
            (
                IpAddr::from((a & !host).to_be_bytes()),
                IpAddr::from((a | host).to_be_bytes()),
            )
        }
    })
}

/// These two lists of networks surely have no address in common; `whole`: no network.
#[must_use]
pub fn apart(one: &[String], other: &[String], whole: bool) -> bool {
    let meet = |a: &String, b: &String| match (range(a), range(b)) {
        (Some(a), Some(b)) if whole => a == b,
        (Some((from, to)), Some((first, last))) => {
            from.is_ipv4() == first.is_ipv4() && from <= last && first <= to
        }
        _ => true,
    };
    !one.is_empty() && !other.is_empty() && !one.iter().any(|a| other.iter().any(|b| meet(a, b)))
}

/// It names exactly this address.
fn names(patterns: Option<&Lined<Vec<String>>>, address: IpAddr) -> bool {
    patterns.is_some_and(|p| p.value.iter().any(|p| p.parse() == Ok(address)))
}

/// Some pattern means it; also true where nothing can be told.
fn allows(patterns: Option<&Lined<Vec<String>>>, address: IpAddr) -> bool {
    patterns.is_none_or(|p| p.value.iter().any(|p| means(p, address) != Some(false)))
}

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
    /// To which side of this negotiation it belongs.
    #[must_use]
    pub fn belongs(&self, n: &Negotiation) -> Belongs {
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
        // Behind NAT a machine logs an address of its own that no packet here has, but its peer's as it is.
        let heard = roles.map(|r| self.entries.iter().any(|e| e.peer == Some(side(r.other()))));
        // Who offers just what a connection allows wrote it; seen from the responder it could be either.
        let offers = self
            .connections
            .iter()
            .filter(|c| !self.only_answers(c))
            .any(|c| {
                let suites = c.suites(n.version, None);
                !suites.is_empty()
                    && n.offers.len() == suites.len()
                    && n.offers
                        .iter()
                        .zip(&suites)
                        .all(|(o, s)| differs(o, s).is_empty())
            });
        decide(logged, "the log names its address")
            .or_else(|| decide(own, "it names this address as its own"))
            .or_else(|| decide(peer, "it names the other address as its peer"))
            .or_else(|| decide(heard, "the log names the other address as its peer"))
            .or_else(|| decide(self.by_identity(n), "it names the identity that was sent"))
            .or_else(|| {
                (offers && n.selected.is_none()).then_some(Belongs::To(
                    Role::Initiator,
                    "its proposals are those that were offered",
                ))
            })
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
            let mine = |e: &Entry| e.spi == Some(u64::from_be_bytes(n.initiator_spi));
            // Another machine's log has these roles, too.
            let linked = self.entries.iter().any(mine)
                || self.addresses.is_empty() && self.entries.iter().all(|e| e.peer.is_none());
            return match self.roles {
                [true, false] if linked => {
                    Some(Belongs::Likely(Role::Initiator, "the log is one that begins"))
                }
                [false, true] if linked => {
                    Some(Belongs::Likely(Role::Responder, "the log is one that answers"))
                }
                _ => None,
            };
        }
        let all = |role, is: fn(&Self, &Connection) -> bool| {
            let mut fitting = self.connections.iter().filter(|c| c.speaks(n.version));
            let any = fitting.clone().any(|c| c.fits(n, role));
            any && fitting.all(|c| is(self, c))
        };
        if all(Role::Responder, Self::only_answers) {
            let why = "it names no peer that it could begin with, or only answers";
            return Some(Belongs::Likely(Role::Responder, why));
        }
        all(Role::Initiator, |p, c| {
            c.begins == Some(true) && !p.only_answers(c)
        })
        .then_some(Belongs::Likely(Role::Initiator, "it begins by itself"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::{Place, proof::id_type};

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
