//! RouterOS: `/ip ipsec export`, of version 6 and 7, terse, verbose or compact; also inside a whole `/export`.
//!
//! A line that begins with `/` names a menu; `add` and `set [ find default=yes ]` have `key=value` words; a backslash at the end
//! goes on in the next line. What an export leaves out has its default (RouterOS documentation, *IPsec*): profile AES-128 and
//! 3DES, SHA1, groups MODP-2048 and MODP-1024; proposal AES-CBC-256/192/128, SHA1, PFS MODP-1024; exchange mode `main`. They
//! differ a little between releases, so they count as assumed. Before 6.43 a peer had what a profile has since.
//!
//! Of all settings only those named in [`KEYS`] are kept; none of them holds a secret.

#[cfg(test)]
mod samples;

use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::{MAX_CHILDREN, MAX_VALUES};
use crate::policy::connection::{Auth, Child, Connection, Mode};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::prefix;
use crate::policy::said::said;
use crate::policy::text::{continued, lines, quoted, shown};
use crate::policy::value::{Listed, at, listed, shared};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Configuration("RouterOS configuration"),
    sign: Sign::Line(|line| line.starts_with("/ip ipsec")),
    read,
    endings: &["rsc", "txt"],
    secrets: Secrets::AllBut(&KEYS),
    ..Dialect::CONFIGURATION
};

/// The most lines that one command goes over, and the most commands.
const MAX_JOINED: usize = 64;
const MAX_COMMANDS: usize = 8192;

/// What is read of all settings; secrets are not among them.
const KEYS: [&str; 30] = [
    "name",
    "address",
    "local-address",
    "passive",
    "profile",
    "exchange-mode",
    "peer",
    "disabled",
    "template",
    "tunnel",
    "protocol",
    "src-port",
    "dst-port",
    "src-address",
    "dst-address",
    "sa-dst-address",
    "proposal",
    "auth-method",
    "my-id",
    "remote-id",
    "enc-algorithm",
    "enc-algorithms",
    "hash-algorithm",
    "hash-algorithms",
    "dh-group",
    "dh-groups",
    "prf-algorithm",
    "auth-algorithms",
    "auth-algorithm",
    "pfs-group",
];

/// A command: its verb, what it finds, and its settings with their lines.
#[derive(Debug, Default)]
struct Command {
    line: u32,
    adds: bool,
    /// It sets what is there without being printed.
    default: bool,
    settings: BTreeMap<&'static str, (String, u32)>,
}

impl Command {
    fn get(&self, key: &str) -> Option<(&str, u32)> {
        self.settings.get(key).map(|(v, l)| (v.as_str(), *l))
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.get(key).is_some_and(|(v, _)| v == value)
    }

    fn name(&self) -> &str {
        self.get("name").map_or("", |(v, _)| v)
    }
}

/// Menus below `/ip ipsec` that are read.
const MENUS: [&str; 6] = [
    "profile",
    "peer profile",
    "proposal",
    "identity",
    "policy",
    "peer",
];

/// Commands of these menus, each with its menu.
fn commands(policy: &mut Policy, text: &str) -> Vec<(&'static str, Command)> {
    let mut all: Vec<(&'static str, Command)> = Vec::new();
    let mut menu: Option<&'static str> = None;
    let mut lines = lines(text).peekable();
    while let Some((number, line)) = lines.next() {
        let (line, mut goes_on) = continued(line);
        let mut parts = vec![(number, line.trim_start())];
        while let Some((number, line)) = lines.next_if(|_| goes_on && parts.len() < MAX_JOINED) {
            let (line, more) = continued(line);
            parts.push((number, line.trim_start()));
            goes_on = more;
        }
        let first = parts.first().map_or("", |(_, line)| *line);
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        if let Some(path) = first.strip_prefix('/') {
            // The verb may stand in the same line: `/ip ipsec peer add ...`.
            let at = [" add ", " set "].iter().filter_map(|v| path.find(v)).min();
            let (path, rest) = path.split_at(at.unwrap_or(path.len()));
            let below = path.strip_prefix("ip ipsec").map(str::trim);
            menu = MENUS.into_iter().find(|menu| below == Some(menu));
            let rest = rest.trim();
            if rest.is_empty() {
                continue;
            }
            if let Some(p) = parts.first_mut() {
                p.1 = rest;
            }
        }
        if let Some(menu) = menu {
            if all.len() >= MAX_COMMANDS {
                policy.note(number, "only the first 8192 commands of /ip ipsec are read");
                break;
            }
            all.push((menu, command(&parts)));
        }
    }
    all
}

fn command(parts: &[(u32, &str)]) -> Command {
    let mut c = Command {
        line: parts.first().map_or(0, |(l, _)| *l),
        ..Command::default()
    };
    // Words are cut of the joined text; each keeps the line it begins in. A continued value has no blank at the seam.
    let mut text = String::new();
    let mut starts = Vec::new();
    for (line, part) in parts {
        starts.push((text.len(), *line));
        text.push_str(part);
    }
    let line_at = |at: usize| {
        let next = starts.partition_point(|(from, _)| *from <= at);
        next.checked_sub(1)
            .and_then(|i| starts.get(i))
            .map_or(c.line, |(_, line)| *line)
    };
    let mut verb = "";
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let here = text.len() - rest.len();
        if let Some(inner) = rest.strip_prefix('[') {
            let (found, after) = inner.split_once(']').unwrap_or((inner, ""));
            c.default |= found.contains("default=yes");
            rest = after.trim_start();
            continue;
        }
        let end = rest
            .find(|ch: char| ch.is_whitespace() || ch == '=')
            .unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        match after.strip_prefix('=') {
            Some(value) => {
                let (value, after) = match value.strip_prefix('"') {
                    Some(inner) => quoted(inner),
                    None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
                };
                if let Some(key) = KEYS.iter().find(|known| **known == key) {
                    c.settings.insert(key, (shown(value.trim()), line_at(here)));
                }
                rest = after.trim_start();
            }
            None => {
                if verb.is_empty() {
                    verb = key;
                }
                rest = after.trim_start();
            }
        }
    }
    c.adds = verb == "add";
    c
}

/// Whose policies are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of<'a> {
    Peer(&'a str),
    Address(&'a str),
}

/// Profiles and proposals by their names; `default` is there without being printed.
fn named<'a>(commands: &'a [(&'static str, Command)], menu: &str) -> BTreeMap<&'a str, &'a Command> {
    let mut all = BTreeMap::new();
    for (_, c) in commands.iter().filter(|(m, _)| *m == menu) {
        let name = match c.name() {
            "" => "default",
            name => name,
        };
        all.insert(name, c);
        if c.default {
            all.insert("default", c);
        }
    }
    all
}

fn read(policy: &mut Policy, text: &str) {
    let commands = commands(policy, text);
    let profiles = named(&commands, "profile");
    // Version 6.42 called the same `peer profile`.
    let profiles = if profiles.is_empty() {
        named(&commands, "peer profile")
    } else {
        profiles
    };
    let proposals = named(&commands, "proposal");
    let of = |menu: &'static str| {
        commands
            .iter()
            .filter(move |(m, c)| *m == menu && c.adds && !c.is("disabled", "yes"))
            .map(|(_, c)| c)
    };
    let mut identities: BTreeMap<&str, Vec<&Command>> = BTreeMap::new();
    for c in of("identity") {
        identities
            .entry(c.get("peer").map_or("", |(p, _)| p))
            .or_default()
            .push(c);
    }
    // By the name of their peer; without one, by its address.
    let mut policies: BTreeMap<Of<'_>, Vec<&Command>> = BTreeMap::new();
    for c in of("policy") {
        match (c.get("peer"), c.get("sa-dst-address")) {
            // A policy may be for several peers, of which one at a time has the tunnel.
            (Some((peers, _)), _) if !peers.is_empty() => {
                for peer in peers.split(',').take(MAX_VALUES) {
                    policies.entry(Of::Peer(peer)).or_default().push(c);
                }
            }
            (_, Some((address, _))) => policies.entry(Of::Address(address)).or_default().push(c),
            _ => {}
        }
    }
    // Peers of the L2TP server are dynamic, and use the default profile and proposal.
    let templates: Vec<&Command> = commands
        .iter()
        .filter(|(m, c)| *m == "policy" && c.is("template", "yes") && !c.is("disabled", "yes"))
        .map(|(_, c)| c)
        .collect();
    let mut peers = 0;
    // What several peers have is made once.
    let mut lists: BTreeMap<u32, Listed<Proposal>> = BTreeMap::new();
    let mut tunnels: BTreeMap<Of<'_>, (Arc<Vec<Child>>, bool)> = BTreeMap::new();
    for peer in of("peer") {
        peers += 1;
        let name = match peer.name() {
            "" => peer.get("address").map_or("peer", |(a, _)| a),
            name => name,
        };
        if policy.connection(name, peer.line).is_none() {
            continue;
        }
        let profile = peer.get("profile");
        let settings = match profile {
            Some((p, line)) => {
                if !profiles.contains_key(p) && p != "default" {
                    policy.note(line, said!("profile {} is not in this file", p));
                    None
                } else {
                    Some(profiles.get(p).copied())
                }
            }
            // Before profiles the peer itself had these settings.
            None if peer.get("enc-algorithm").or(peer.get("dh-group")).is_some() => Some(Some(peer)),
            None => Some(profiles.get("default").copied()),
        };
        let ike = settings.and_then(|s| {
            let of = s.map_or(0, |c| c.line);
            let known = lists
                .entry(of)
                .or_insert_with(|| ike(policy, s, peer.line))
                .clone()?;
            let line = if of == 0 { peer.line } else { known.line };
            at(known.value, line)
        });
        let identity = identities.get(peer.name()).and_then(|l| l.first()).copied();
        let address = peer.get("address").map_or("", |(a, _)| a).split('/').next();
        let own = [Some(Of::Peer(peer.name())), address.map(Of::Address)];
        let own = own
            .into_iter()
            .flatten()
            .find(|of| policies.contains_key(of) && *of != Of::Peer(""));
        let of = own.unwrap_or(Of::Peer(""));
        let (children, more) = tunnels
            .entry(of)
            .or_insert_with(|| {
                let own = policies.get(&of).filter(|_| own.is_some()).unwrap_or(&templates);
                let made = own.iter().take(MAX_CHILDREN);
                let mut made: Vec<Child> = made
                    .map(|p| child(policy, Some(p), &proposals, peer.line))
                    .collect();
                let more = own.len() > made.len();
                if made.is_empty() {
                    made.push(child(policy, None, &proposals, peer.line));
                }
                (Arc::new(made), more)
            })
            .clone();
        let Some(c) = policy.latest() else {
            continue;
        };
        c.more_children = more;
        c.remote = peer.get("address").and_then(|(a, line)| {
            let any = matches!(a, "0.0.0.0/0" | "::/0");
            let host = a.strip_suffix("/32").or(a.strip_suffix("/128")).unwrap_or(a);
            listed(vec![if any { "%any".to_owned() } else { host.to_owned() }], line)
        });
        c.local = peer
            .get("local-address")
            .and_then(|(a, line)| listed(vec![a.to_owned()], line));
        c.begins = peer.get("passive").filter(|(v, _)| *v == "yes").map(|_| false);
        let mode = peer.get("exchange-mode");
        c.version = match mode {
            Some(("ike2", line)) => at(Version::V2, line),
            Some((_, line)) => at(Version::V1, line),
            None => at(Version::V1, peer.line),
        };
        c.aggressive = mode.and_then(|(m, line)| at(m == "aggressive", line));
        c.ike = ike;
        c.children = children;
        authenticate(c, identity.unwrap_or(peer));
    }
    if peers == 0 {
        defaults(policy, &profiles, &proposals, &templates);
    }
}

/// No peer is printed: what the L2TP server makes of the default profile and proposal.
fn defaults(
    policy: &mut Policy,
    profiles: &BTreeMap<&str, &Command>,
    proposals: &BTreeMap<&str, &Command>,
    templates: &[&Command],
) {
    let profile = profiles.get("default").copied();
    let line = profile
        .or(proposals.get("default").copied())
        .map_or(0, |c| c.line);
    if line == 0 {
        return;
    }
    let ike = ike(policy, profile, line);
    let children: Vec<Child> = templates
        .iter()
        .take(MAX_CHILDREN)
        .map(|t| child(policy, Some(t), proposals, line))
        .collect();
    if let Some(c) = policy.connection("default", line) {
        c.remote = listed(vec!["%any".to_owned()], line);
        c.ike = ike;
        c.more_children = templates.len() > children.len();
        c.children = Arc::new(children);
    }
}

fn authenticate(c: &mut Connection, identity: &Command) {
    let (method, line) = identity
        .get("auth-method")
        .unwrap_or(("pre-shared-key", identity.line));
    let (local, remote) = match method {
        "pre-shared-key" => (Some(Auth::Psk), Some(Auth::Psk)),
        "pre-shared-key-xauth" => (Some(Auth::Psk), Some(Auth::Xauth)),
        "digital-signature" | "rsa-signature" | "rsa-key" => {
            (Some(Auth::Certificate), Some(Auth::Certificate))
        }
        "eap-radius" => (Some(Auth::Certificate), Some(Auth::Eap)),
        "eap" => (Some(Auth::Eap), Some(Auth::Certificate)),
        _ => (None, None),
    };
    c.local_auth = local.and_then(|v| at(v, line));
    c.remote_auth = remote.and_then(|v| at(v, line));
    let id = |key: &str| {
        let (value, line) = identity.get(key)?;
        // `fqdn:name`, `address:192.0.2.1`, `auto`, `ignore`.
        let value = value.split_once(':').map_or("", |(_, v)| v);
        shared(shown(value), line).filter(|_| !value.is_empty())
    };
    c.local_id = id("my-id");
    c.remote_id = id("remote-id");
}

/// Values of a list, or the default, and whether it is the default.
fn list<'a>(c: Option<&'a Command>, keys: [&str; 2], default: &'a str) -> (Vec<&'a str>, bool, Option<u32>) {
    let given = c.and_then(|c| keys.iter().find_map(|k| c.get(k)));
    let (text, line) = given.map_or((default, None), |(v, l)| (v, Some(l)));
    (
        text.split(',').filter(|v| !v.is_empty()).collect(),
        given.is_none(),
        line,
    )
}

fn ike(policy: &mut Policy, profile: Option<&Command>, line: u32) -> Listed<Proposal> {
    let (ciphers, c, l1) = list(profile, ["enc-algorithm", "enc-algorithms"], "aes-128,3des");
    let (hashes, h, l2) = list(profile, ["hash-algorithm", "hash-algorithms"], "sha1");
    let (groups, g, l3) = list(profile, ["dh-group", "dh-groups"], "modp2048,modp1024");
    let line = l1.or(l2).or(l3).or(profile.map(|p| p.line)).unwrap_or(line);
    // An own function for the PRF may be set since version 7.
    let prf = profile
        .and_then(|p| p.get("prf-algorithm"))
        .filter(|(v, _)| *v != "auto")
        .map(|(v, _)| format!("prf-{v}"));
    let names = ciphers
        .into_iter()
        .chain(hashes)
        .chain(groups)
        .chain(prf.as_deref());
    let proposal = Proposal::new(Purpose::Ike, names, &[128]).assuming(assumed([c, h, g]));
    note_unknown(policy, &proposal, line);
    listed(vec![proposal], line)
}

/// What is left to the defaults, of ciphers, hashes and groups.
fn assumed(by_default: [bool; 3]) -> Vec<Attribute> {
    let attributes = [Attribute::Encryption, Attribute::Integrity, Attribute::DhGroup];
    let all = attributes.into_iter().zip(by_default);
    all.filter_map(|(attribute, by_default)| by_default.then_some(attribute))
        .collect()
}

fn note_unknown(policy: &mut Policy, proposal: &Proposal, line: u32) {
    if !proposal.whole {
        policy.note(
            line,
            "an algorithm here is not known: nothing is concluded from this list",
        );
    }
}

fn child(
    policy: &mut Policy,
    rule: Option<&Command>,
    proposals: &BTreeMap<&str, &Command>,
    line: u32,
) -> Child {
    let name = rule.and_then(|r| r.get("proposal"));
    let key = name.map_or("default", |(n, _)| n);
    let found = proposals.get(key).copied();
    let mut child = Child::default();
    if let (None, Some((n, line))) = (found, name.filter(|(n, _)| *n != "default")) {
        policy.note(line, said!("proposal {} is not in this file", n));
    } else {
        child.proposals = esp(policy, found, rule.map_or(line, |r| r.line));
    }
    if let Some(r) = rule {
        // Templates take both modes.
        child.mode = match r.get("tunnel") {
            Some(("yes", line)) => at(Mode::Tunnel, line),
            Some(("no", line)) if !r.is("template", "yes") => at(Mode::Transport, line),
            None if !r.is("template", "yes") => at(Mode::Transport, r.line),
            _ => None,
        };
        let narrowed = r.get("protocol").is_some_and(|(v, _)| v != "all")
            || r.get("src-port")
                .or(r.get("dst-port"))
                .is_some_and(|(v, _)| v != "any");
        let networks = |key: &str| {
            let (value, line) = r.get(key)?;
            listed(vec![prefix(value)?], line)
        };
        if !narrowed && !r.is("template", "yes") {
            child.local = networks("src-address");
            child.remote = networks("dst-address");
        }
    }
    child
}

fn esp(policy: &mut Policy, found: Option<&Command>, line: u32) -> Listed<Proposal> {
    let (ciphers, c, l1) = list(
        found,
        ["enc-algorithms", "enc-algorithm"],
        "aes-256-cbc,aes-192-cbc,aes-128-cbc",
    );
    let (hashes, h, l2) = list(found, ["auth-algorithms", "auth-algorithm"], "sha1");
    let (groups, g, l3) = list(found, ["pfs-group", "pfs-group"], "modp1024");
    let line = l1.or(l2).or(l3).or(found.map(|p| p.line)).unwrap_or(line);
    // A key length stands before the mode: `aes-256-cbc`, `aes-128-gcm`.
    let names = ciphers
        .into_iter()
        .chain(hashes.into_iter().filter(|v| *v != "null"))
        .chain(groups.into_iter().filter(|v| *v != "none"));
    let proposal = Proposal::new(Purpose::Esp, names, &[128]).assuming(assumed([c, h, g]));
    note_unknown(policy, &proposal, line);
    listed(vec![proposal], line)
}
