//! Cisco IOS, IOS XE and ASA: the parts of `show running-config` that concern IKE and IPsec.
//!
//! Global commands stand at the margin, theirs below them are indented. IOS gathers what a `crypto map` entry sets below it; an
//! ASA repeats the entry's name on each line. Both become the same blocks first. What IOS does not print is its default: encryption
//! DES, hash SHA, method `rsa-sig`, group 1 (*Cisco IOS Security Command Reference*, `crypto isakmp policy`); without any policy its
//! eight default ones hold (priorities 65507 to 65514, the same, `show crypto isakmp default policy`). An ASA prints all values.
//!
//! Of an ASA's group policies counts what an ASA refuses by: the protocols that `vpn-tunnel-protocol` allows to a tunnel group
//! (syslog 713206; the group's own policy, or `DfltGrpPolicy`, from which the others inherit), and the logins it allows at once. What it
//! tells its clients (split tunnelling, DNS, times until it hangs up) refuses nothing, and `pfs enable` names no group.
//!
//! Keys and passwords are left out where a line is cut into words.
//!
//! Here commands become a [`Config`]; what connections it makes stands in `connections`.

mod connections;
#[cfg(test)]
mod samples;

use crate::negotiation::offer::Attribute;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::{MAX_ENTRIES, MAX_VALUES};
use crate::policy::connection::{Auth, Mode};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::masked;
use crate::policy::said::said;
use crate::policy::text::{MORE, lines, shown};
use crate::policy::value::{Lined, Listed, Shared, add, at, bounded, listed, shared};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) static DIALECT: Dialect = Dialect {
    // Of an ASA, see `read`.
    kind: Kind::Configuration("Cisco IOS configuration"),
    sign: Sign::Line(is),
    read,
    secrets: Secrets::Behind(&[
        "password",
        "secret",
        "passphrase",
        "key-string",
        "community",
        "key",
        "pre-shared-key",
    ]),
    ..Dialect::CONFIGURATION
};

/// The most lines of one block.
const MAX_BELOW: usize = 4096;
/// How deep groups of objects are followed.
const MAX_DEPTH: usize = 4;

/// Global commands whose blocks are read.
const WANTED: [&str; 8] = [
    "crypto",
    "tunnel-group",
    "group-policy",
    "access-list",
    "ip",
    "object",
    "object-group",
    "interface",
];

/// A command that only Cisco's IPsec has.
fn is(line: &str) -> bool {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("crypto") => matches!(
            words.next(),
            Some("isakmp" | "ikev1" | "ikev2" | "ipsec" | "map" | "dynamic-map")
        ),
        Some("tunnel-group") => words
            .nth(1)
            .is_some_and(|w| w == "type" || w == "ipsec-attributes"),
        _ => false,
    }
}

type Words<'a> = Vec<&'a str>;
type Networks = Listed<String>;

/// A global command and what stands below it.
#[derive(Debug)]
struct Block<'a> {
    line: u32,
    words: Words<'a>,
    lines: Vec<(u32, &'a str)>,
    /// There are more lines than are kept.
    more: bool,
}

impl<'a> Block<'a> {
    fn below(&self) -> impl Iterator<Item = (u32, Words<'a>)> {
        self.lines.iter().map(|&(line, text)| (line, words(text)))
    }
}

/// Words of a line, without secrets: what follows their words is left out.
fn words(line: &str) -> Words<'_> {
    let mut out = Vec::new();
    let mut all = line.split_whitespace().peekable();
    while let Some(word) = all.next() {
        out.push(word);
        match word {
            // `crypto isakmp key [0|6] KEY address A`
            "key" => {
                all.next_if(|w| matches!(*w, "0" | "5" | "6" | "7" | "8" | "9"));
                all.next();
            }
            "pre-shared-key" => match all.peek() {
                Some(&("address" | "hostname")) => {}
                Some(&side @ ("local" | "remote")) => {
                    out.push(side);
                    break;
                }
                _ => break,
            },
            _ if DIALECT.secrets.has(word) => break,
            _ => {}
        }
    }
    out
}

/// It stands below no other command, so where it is indented the whole text is.
fn is_global(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().take(5).collect();
    match words.as_slice() {
        ["crypto", "isakmp", "policy" | "key" | "profile", ..]
        | ["crypto", "ikev1", "policy", ..]
        | [
            "crypto",
            "ikev2",
            "policy" | "proposal" | "profile" | "keyring",
            ..,
        ]
        | [
            "crypto",
            "ipsec",
            "transform-set" | "profile" | "ikev1" | "ikev2",
            ..,
        ] => true,
        // Below an interface stands its name alone.
        ["crypto", "map", _, number, _] => number.parse::<u32>().is_ok(),
        [
            "tunnel-group",
            _,
            "type" | "ipsec-attributes" | "general-attributes",
            ..,
        ] => true,
        _ => false,
    }
}

/// Hands on one block after another.
fn blocks<'a>(text: &'a str, mut take: impl FnMut(Block<'a>)) {
    let indented = text.lines().any(|l| {
        l.starts_with([' ', '\t']) && !l.trim().is_empty() && !l.trim_start().starts_with("crypto ")
    });
    let mut open: Option<Block<'a>> = None;
    for (number, line) in lines(text) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['!', ':']) {
            // IOS ends a block so; a pasted one may have blank lines within.
            if !trimmed.is_empty() {
                open.take().map(&mut take);
            }
            continue;
        }
        let first = trimmed.split_whitespace().next().unwrap_or_default();
        let margin = !line.starts_with([' ', '\t']);
        // `crypto map NAME` alone is what an interface has below it.
        let applied = trimmed.starts_with("crypto map ") && trimmed.split_whitespace().count() == 3;
        let starts = (margin || is_global(trimmed))
            && WANTED.contains(&first)
            && !applied
            && (first != "ip" || trimmed.starts_with("ip access-list "));
        // A paste that lost its indentation: what begins no block of its own belongs to the last.
        let below = !margin || (!indented && open.is_some() && !starts && !matches!(first, "exit" | "end"));
        match &mut open {
            Some(block) if below && !starts => {
                if block.lines.len() < MAX_BELOW {
                    block.lines.push((number, trimmed));
                } else {
                    block.more = true;
                }
            }
            _ => {
                open.take().map(&mut take);
                open = starts.then(|| Block {
                    line: number,
                    words: words(trimmed),
                    lines: Vec::new(),
                    more: false,
                });
            }
        }
    }
    open.map(take);
}

/// A transform set (IKEv1) or an IPsec proposal (IKEv2).
#[derive(Clone, Debug)]
struct Transform {
    line: u32,
    purpose: Purpose,
    names: Vec<String>,
    whole: bool,
    mode: Lined<Mode>,
}

/// An entry of a crypto map, of a dynamic map, or an IPsec profile.
#[derive(Clone, Debug, Default)]
struct Entry<'a> {
    line: u32,
    peers: Listed<String>,
    acl: Option<(&'a str, u32)>,
    /// Names of transform sets, with their lines.
    v1: Vec<(&'a str, u32)>,
    /// Names of an ASA's IKEv2 proposals.
    v2: Vec<(&'a str, u32)>,
    pfs: Option<(Option<u16>, u32)>,
    isakmp_profile: Option<&'a str>,
    ikev2_profile: Option<(&'a str, u32)>,
    dynamic: Option<&'a str>,
    aggressive: Option<u32>,
    begins: Option<bool>,
}

/// What an ASA's group policy says of negotiations.
#[derive(Clone, Debug, Default)]
struct GroupPolicy<'a> {
    protocols: Option<(Words<'a>, u32)>,
    no_login: Option<u32>,
    pfs: Option<u32>,
}

/// What a profile (IOS) or a tunnel group (ASA) says of authentication.
#[derive(Clone, Debug, Default)]
struct Profile<'a> {
    local_auth: Option<Lined<Auth>>,
    remote_auth: Option<Lined<Auth>>,
    local_id: Shared<String>,
    remote_ids: Vec<Shared<String>>,
    any_id: bool,
    keyring: Option<&'a str>,
    aggressive: Option<u32>,
    xauth: bool,
}

#[derive(Debug, Default)]
struct Config<'a> {
    asa: bool,
    isakmp: Vec<(u32, Proposal)>,
    ikev2: BTreeMap<&'a str, Proposal>,
    /// An ASA's policies, by priority; and the proposals that IOS's policies name.
    ikev2_policies: Vec<(u32, Proposal)>,
    named: Vec<(&'a str, u32)>,
    policy_exists: bool,
    no_default: bool,
    no_aggressive: Option<u32>,
    transforms: BTreeMap<&'a str, Transform>,
    maps: BTreeMap<(&'a str, u32), Entry<'a>>,
    dynamic: BTreeMap<(&'a str, u32), Entry<'a>>,
    profiles: BTreeMap<&'a str, Entry<'a>>,
    isakmp_profiles: BTreeMap<&'a str, Profile<'a>>,
    ikev2_profiles: BTreeMap<&'a str, Profile<'a>>,
    groups: BTreeMap<&'a str, Profile<'a>>,
    group_policies: BTreeMap<&'a str, GroupPolicy<'a>>,
    /// The group policy of each tunnel group.
    default_policies: BTreeMap<&'a str, &'a str>,
    keyrings: BTreeMap<&'a str, Listed<String>>,
    keys: Vec<Lined<String>>,
    acls: BTreeMap<&'a str, Vec<(u32, Words<'a>)>>,
    objects: BTreeMap<&'a str, Vec<Words<'a>>>,
    /// Interfaces a map is applied to, with their addresses.
    applied: BTreeMap<&'a str, Vec<(&'a str, u32)>>,
    addresses: BTreeMap<&'a str, (&'a str, u32)>,
    tunnels: Vec<Tunnel<'a>>,
    xauth_maps: BTreeSet<&'a str>,
    interfaces: bool,
}

/// An interface that an IPsec profile protects.
#[derive(Debug, Default)]
struct Tunnel<'a> {
    name: &'a str,
    source: Option<(&'a str, u32)>,
    destination: Option<(&'a str, u32)>,
    profile: Option<(&'a str, u32)>,
    ipsec: bool,
}

fn read(policy: &mut Policy, text: &str) {
    let mut asa = false;
    blocks(text, |b| {
        asa |= matches!(
            b.words.as_slice(),
            ["tunnel-group", ..] | ["crypto", "ikev1", ..] | ["crypto", "ipsec", "ikev1" | "ikev2", ..]
        ) || matches!(b.words.as_slice(), ["crypto", "map", _, "interface", ..]);
    });
    if asa {
        policy.kind = Kind::Configuration("Cisco ASA configuration");
    }
    let mut config = Config {
        asa,
        no_default: text
            .lines()
            .any(|l| l.trim_end() == "no crypto isakmp default policy"),
        ..Config::default()
    };
    blocks(text, |block| {
        if block.more {
            policy.note(
                block.line,
                "this part is too long: only its first 4096 lines are read",
            );
        }
        config.block(policy, &block);
    });
    config.isakmp.sort_by_key(|(priority, _)| *priority);
    config.ikev2_policies.sort_by_key(|(priority, _)| *priority);
    config.finish(policy);
}

impl<'a> Config<'a> {
    fn block(&mut self, policy: &mut Policy, b: &Block<'a>) {
        let line = b.line;
        match b.words.as_slice() {
            ["crypto", "isakmp" | "ikev1", "policy", priority, ..] => {
                if let (Ok(priority), true) = (priority.parse(), self.isakmp.len() <= MAX_VALUES) {
                    let proposal = self.isakmp_policy(policy, b);
                    self.isakmp.push((priority, proposal));
                }
            }
            ["crypto", "isakmp" | "ikev1", "am-disable"]
            | ["crypto", "isakmp", "aggressive-mode", "disable"] => {
                self.no_aggressive = Some(line);
            }
            ["crypto", "isakmp", "key", rest @ ..] => {
                if let ["address" | "hostname", a, more @ ..] = rest
                    && self.keys.len() <= MAX_VALUES
                {
                    let value = more
                        .first()
                        .and_then(|m| masked(a, m))
                        .unwrap_or_else(|| shown(a));
                    self.keys.push(Lined { value, line });
                }
            }
            ["crypto", "isakmp", "profile", name, ..] => {
                let profile = profile(b);
                self.isakmp_profiles.insert(name, profile);
            }
            ["crypto", "ikev2", "proposal", name, ..] => {
                let proposal = ikev2_proposal(policy, b);
                self.ikev2.insert(name, proposal);
            }
            ["crypto", "ikev2", "policy", name, ..] => {
                self.policy_exists = true;
                let inline = b.below().any(|(_, w)| w.first() == Some(&"encryption"));
                if let (true, Ok(priority), true) = (
                    inline || self.asa,
                    name.parse(),
                    self.ikev2_policies.len() <= MAX_VALUES,
                ) {
                    let proposal = ikev2_proposal(policy, b);
                    self.ikev2_policies.push((priority, proposal));
                }
                for (line, words) in b.below() {
                    if let ["proposal", name, ..] = words.as_slice()
                        && self.named.len() <= MAX_VALUES
                    {
                        self.named.push((name, line));
                    }
                }
            }
            ["crypto", "ikev2", "profile", name, ..] => {
                let profile = profile(b);
                self.ikev2_profiles.insert(name, profile);
            }
            ["crypto", "ikev2" | "isakmp", "keyring", name, ..] | ["crypto", "keyring", name, ..] => {
                let peers = b.below().filter_map(|(_, words)| match words.as_slice() {
                    ["address", a] => Some(shown(a)),
                    ["address", a, mask, ..] => masked(a, mask).or_else(|| Some(shown(a))),
                    ["pre-shared-key", "address", a, mask, ..] => masked(a, mask).or_else(|| Some(shown(a))),
                    ["pre-shared-key", "address", a] => Some(shown(a)),
                    _ => None,
                });
                let peers = bounded(peers.map(|a| connections::pattern(&a)), || MORE.to_owned());
                self.keyrings.insert(name, listed(peers, line));
            }
            ["crypto", "ipsec", "transform-set", name, rest @ ..]
            | ["crypto", "ipsec", "ikev1", "transform-set", name, rest @ ..] => {
                self.transform(policy, b, name, rest)
            }
            ["crypto", "ipsec", "ikev2", "ipsec-proposal", name, ..] => self.ipsec_proposal(policy, b, name),
            ["crypto", "ipsec", "profile", name, ..] => {
                let entry = self.profiles.entry(name).or_default();
                entry.line = line;
                for (line, words) in b.below() {
                    entry.setting(&words, line);
                }
            }
            ["crypto", "map", name, "client", "authentication", ..] => {
                self.xauth_maps.insert(name);
            }
            ["crypto", "map", name, "interface", interface, ..] => {
                self.applied.entry(name).or_default().push((interface, line));
            }
            ["crypto", "map", name, number, rest @ ..] => {
                entry(policy, &mut self.maps, name, number, rest, b)
            }
            ["crypto", "dynamic-map", name, number, rest @ ..] => {
                entry(policy, &mut self.dynamic, name, number, rest, b)
            }
            ["tunnel-group", name, "ipsec-attributes", ..] => {
                let group = profile(b);
                self.groups.insert(name, group);
            }
            ["tunnel-group", name, "general-attributes", ..] => {
                for (_, words) in b.below() {
                    if let ["default-group-policy", policy, ..] = words.as_slice() {
                        self.default_policies.insert(name, policy);
                    }
                }
            }
            ["group-policy", name, "attributes", ..] => {
                let mut of = GroupPolicy::default();
                for (line, words) in b.below() {
                    match words.as_slice() {
                        ["vpn-tunnel-protocol", all @ ..] => of.protocols = Some((all.to_vec(), line)),
                        ["vpn-simultaneous-logins", "0", ..] => of.no_login = Some(line),
                        ["pfs", "enable", ..] => of.pfs = Some(line),
                        _ => {}
                    }
                }
                self.group_policies.insert(name, of);
            }
            ["access-list", name, rest @ ..] => {
                let rest = rest.strip_prefix(&["extended"]).unwrap_or(rest);
                self.ace(policy, name, rest.to_vec(), line);
            }
            ["ip", "access-list", "extended", name, ..] => {
                for (line, words) in b.below() {
                    let numbered = words.first().is_some_and(|w| w.parse::<u32>().is_ok());
                    let words = words.get(usize::from(numbered)..).unwrap_or_default();
                    self.ace(policy, name, words.to_vec(), line);
                }
            }
            ["object", "network", name, ..] | ["object-group", "network", name, ..] => {
                // What is left out is no network that is known: nothing is concluded from it.
                let list = bounded(b.below().map(|(_, w)| w), Vec::new);
                if list.len() > MAX_VALUES {
                    policy.note(
                        line,
                        "only the first 64 lines of these networks are read: nothing is concluded from them",
                    );
                }
                self.objects.insert(name, list);
            }
            ["interface", name, ..] => self.interface(b, name),
            _ => {}
        }
    }

    fn ace(&mut self, policy: &mut Policy, name: &'a str, words: Words<'a>, line: u32) {
        let list = self.acls.entry(name).or_default();
        if words.first() == Some(&"remark") {
            return;
        }
        match list.len() {
            0..MAX_VALUES => list.push((line, words)),
            MAX_VALUES => {
                policy.note(
                    line,
                    "only the first 64 lines of an access list are read: nothing is concluded from this one",
                );
                list.push((line, Vec::new()));
            }
            _ => {}
        }
    }

    fn interface(&mut self, b: &Block<'a>, name: &'a str) {
        self.interfaces = true;
        let mut tunnel = Tunnel {
            name,
            ..Tunnel::default()
        };
        let mut names = vec![name];
        let mut address = None;
        for (line, words) in b.below() {
            match words.as_slice() {
                ["ip", "address", a, mask, ..] if mask.contains('.') => {
                    address = address.or(Some((*a, line)))
                }
                ["nameif", n] => names.push(n),
                ["crypto", "map", map, ..] => self.applied.entry(map).or_default().push((name, line)),
                ["tunnel", "source", s, ..] => tunnel.source = Some((s, line)),
                ["tunnel", "destination", d, ..] => tunnel.destination = Some((d, line)),
                ["tunnel", "mode", "ipsec", ..] => tunnel.ipsec = true,
                ["tunnel", "protection", "ipsec", "profile", p, ..] => tunnel.profile = Some((p, line)),
                _ => {}
            }
        }
        if let Some(address) = address {
            for name in names {
                self.addresses.insert(name, address);
            }
        }
        if tunnel.profile.is_some() {
            self.tunnels.push(tunnel);
        }
    }

    fn isakmp_policy(&self, policy: &mut Policy, b: &Block<'a>) -> Proposal {
        let (mut cipher, mut hash, mut group, mut method) = (None, None, None, None);
        for (_, words) in b.below() {
            match words.as_slice() {
                ["encr" | "encryption", name, length @ ..] => {
                    cipher = Some(format!("{name}{}", length.first().copied().unwrap_or_default()));
                }
                ["hash", name, ..] => hash = Some((*name).to_owned()),
                ["group", number, ..] => group = Some(format!("group{number}")),
                ["authentication", name, ..] => method = Some(*name),
                _ => {}
            }
        }
        let mut assumed = Vec::new();
        let mut names = Vec::new();
        for (value, attribute, default) in [
            (cipher, Attribute::Encryption, "des"),
            (hash, Attribute::Integrity, "sha"),
            (group, Attribute::DhGroup, "group1"),
        ] {
            match value {
                Some(value) => names.push(value),
                // An ASA prints what it uses: what is missing here was cut off.
                None if self.asa => names.push("?".to_owned()),
                None => {
                    assumed.push(attribute);
                    names.push(default.to_owned());
                }
            }
        }
        let method = method.or_else(|| {
            assumed.push(Attribute::AuthMethod);
            (!self.asa).then_some("rsa-sig")
        });
        let proposal = Proposal::new(Purpose::Ike, names.iter().map(String::as_str), &[128])
            .at(b.line)
            .assuming(assumed);
        note_unknown(policy, &proposal, &names, b.line);
        match method.and_then(ikev1_method) {
            Some(id) => proposal.authenticated(id),
            None => proposal,
        }
    }

    fn transform(&mut self, policy: &mut Policy, b: &Block<'a>, name: &'a str, rest: &[&'a str]) {
        // An ASA says the mode on a line of its own.
        if let ["mode", mode, ..] = rest {
            if let (Some(t), "transport") = (self.transforms.get_mut(name), *mode) {
                t.mode = Lined {
                    value: Mode::Transport,
                    line: b.line,
                };
            }
            return;
        }
        let mut t = Transform::new(b.line);
        let (mut esp, mut ah) = (false, false);
        for word in rest {
            if let Some(name) = word.strip_prefix("esp-") {
                esp = true;
                let name = name.trim_end_matches("-hmac");
                match name {
                    "none" => {}
                    "gcm" | "gmac" => t.names.push(format!("aes-{name}")),
                    _ => t.names.push(name.to_owned()),
                }
            } else if let Some(name) = word.strip_prefix("ah-") {
                ah = true;
                t.names.push(name.trim_end_matches("-hmac").to_owned());
            } else if word.parse::<u16>().is_ok() {
                if let Some(last) = t.names.last_mut() {
                    last.push_str(word);
                }
            } else if *word != "comp-lzs" {
                t.whole = false;
            }
        }
        // Both protocols in one set are a bundle, which no offer here stands for.
        t.whole &= !(esp && ah);
        if ah && !esp {
            t.purpose = Purpose::Ah;
        }
        for (line, words) in b.below() {
            if let ["mode", "transport", ..] = words.as_slice() {
                t.mode = Lined {
                    value: Mode::Transport,
                    line,
                };
            }
        }
        let proposal = t.proposal(None);
        note_unknown(policy, &proposal, &t.names, b.line);
        self.transforms.insert(name, t);
    }

    fn ipsec_proposal(&mut self, policy: &mut Policy, b: &Block<'a>, name: &'a str) {
        let mut t = Transform::new(b.line);
        for (line, words) in b.below() {
            if let ["protocol", "esp", "encryption" | "integrity", names @ ..] = words.as_slice() {
                t.line = t.line.min(line);
                t.names
                    .extend(names.iter().filter(|n| **n != "null").map(|n| (*n).to_owned()));
            }
        }
        let proposal = t.proposal(None);
        note_unknown(policy, &proposal, &t.names, b.line);
        self.transforms.insert(name, t);
    }
}

/// The most names that a note has.
const MAX_NAMED: usize = 8;

/// What is not known of a proposal is said once, where it stands.
fn note_unknown(policy: &mut Policy, proposal: &Proposal, names: &[String], line: u32) {
    if !proposal.whole {
        let list = names.iter().filter(|n| *n != "?").take(MAX_NAMED);
        let list: Vec<&str> = list.map(String::as_str).collect();
        policy.note(
            line,
            said!(
                "not all of this proposal is recognized ({}), so nothing is concluded from it",
                &list.join(", ")
            ),
        );
    }
}

fn ikev1_method(name: &str) -> Option<u16> {
    Some(match name {
        "pre-share" => 1,
        "rsa-sig" => 3,
        "rsa-encr" => 4,
        _ => return None,
    })
}

/// Lists of values, one attribute a line (IOS `crypto ikev2 proposal`, ASA `crypto ikev2 policy`).
fn ikev2_proposal(policy: &mut Policy, b: &Block<'_>) -> Proposal {
    let mut names: Vec<String> = Vec::new();
    for (_, words) in b.below() {
        let Some((key, values)) = words.split_first() else {
            continue;
        };
        let prefix = match *key {
            "encryption" | "integrity" => "",
            "group" => "group",
            "prf" => "prf-",
            _ => continue,
        };
        names.extend(
            values
                .iter()
                .filter(|v| **v != "null")
                .map(|v| format!("{prefix}{v}"))
                .take(MAX_VALUES + 1),
        );
    }
    let proposal = Proposal::new(Purpose::Ike, names.iter().map(String::as_str), &[128]).at(b.line);
    note_unknown(policy, &proposal, &names, b.line);
    proposal
}

fn auth(word: &str) -> Option<Auth> {
    Some(match word {
        "pre-share" | "pre-shared-key" => Auth::Psk,
        "rsa-sig" | "ecdsa-sig" | "certificate" => Auth::Certificate,
        "eap" => Auth::Eap,
        _ => return None,
    })
}

/// IKEv2 and ISAKMP profiles of IOS, tunnel groups of an ASA.
fn profile<'a>(b: &Block<'a>) -> Profile<'a> {
    let mut p = Profile::default();
    for (line, words) in b.below() {
        let id = |value: &str| shared(shown(value), line);
        match words.as_slice() {
            ["match", "identity", "remote", "any"] => p.any_id = true,
            ["match", "identity", rest @ ..] => {
                let rest = rest.strip_prefix(&["remote"]).unwrap_or(rest);
                match rest {
                    ["address", a] | ["address", a, "255.255.255.255", ..] => p.remote_ids.push(id(a)),
                    ["fqdn" | "email" | "key-id" | "host" | "user", name] if *name != "domain" => {
                        p.remote_ids.push(id(name));
                    }
                    _ => p.any_id = true,
                }
                p.remote_ids.truncate(MAX_VALUES);
            }
            ["identity", "local", "address" | "fqdn" | "email" | "key-id", name] => p.local_id = id(name),
            ["self-identity", "fqdn" | "user-fqdn", name] => p.local_id = id(name),
            ["authentication", "remote", method, ..] | ["ikev2", "remote-authentication", method, ..] => {
                p.remote_auth = auth(method).and_then(|v| at(v, line));
            }
            ["authentication", "local", method, ..] | ["ikev2", "local-authentication", method, ..] => {
                p.local_auth = auth(method).and_then(|v| at(v, line));
            }
            ["keyring", "local", name, ..] | ["keyring", name, ..] => p.keyring = Some(name),
            ["initiate", "mode", "aggressive"] => p.aggressive = Some(line),
            ["client", "authentication", ..] | ["ikev1", "user-authentication", "xauth", ..] => {
                p.xauth = true
            }
            _ => {}
        }
    }
    p
}

/// A line `crypto map NAME NUMBER ...`, and what stands below it.
fn entry<'a>(
    policy: &mut Policy,
    maps: &mut BTreeMap<(&'a str, u32), Entry<'a>>,
    name: &'a str,
    number: &str,
    rest: &[&'a str],
    b: &Block<'a>,
) {
    let Ok(number) = number.parse::<u32>() else { return };
    if maps.len() >= MAX_ENTRIES && !maps.contains_key(&(name, number)) {
        return policy.note(b.line, "only the first 4096 entries of crypto maps are read");
    }
    let e = maps.entry((name, number)).or_default();
    if e.line == 0 {
        e.line = b.line;
    }
    if let ["ipsec-isakmp", "dynamic", dynamic, ..] = rest {
        e.dynamic = Some(dynamic);
    }
    e.setting(rest, b.line);
    for (line, words) in b.below() {
        e.setting(&words, line);
    }
}

impl<'a> Entry<'a> {
    fn setting(&mut self, words: &[&'a str], line: u32) {
        match words {
            ["set", "peer", peers @ ..] => {
                for peer in peers.iter().filter(|p| **p != "default") {
                    add(&mut self.peers, line, shown(peer), || MORE.to_owned());
                }
            }
            ["match", "address", name, ..] => self.acl = Some((name, line)),
            ["set", "transform-set", names @ ..] | ["set", "ikev1", "transform-set", names @ ..] => {
                self.v1 = names.iter().take(MAX_VALUES + 1).map(|n| (*n, line)).collect();
            }
            ["set", "ikev2", "ipsec-proposal", names @ ..] => {
                self.v2 = names.iter().take(MAX_VALUES + 1).map(|n| (*n, line)).collect();
            }
            ["set", "pfs", rest @ ..] => {
                let group = rest.first().and_then(|g| g.strip_prefix("group")?.parse().ok());
                self.pfs = Some((group, line));
            }
            ["set", "isakmp-profile", name, ..] => self.isakmp_profile = Some(name),
            ["set", "ikev2-profile", name, ..] => self.ikev2_profile = Some((name, line)),
            ["set", "ikev1", "phase1-mode", "aggressive", ..] => self.aggressive = Some(line),
            ["set", "connection-type", "originate-only", ..] => self.begins = Some(true),
            ["set", "connection-type", "answer-only", ..] => self.begins = Some(false),
            _ => {}
        }
    }
}

impl Transform {
    /// One that begins in this line and names nothing yet.
    fn new(line: u32) -> Self {
        Self {
            line,
            purpose: Purpose::Esp,
            names: Vec::new(),
            whole: true,
            mode: Lined {
                value: Mode::Tunnel,
                line,
            },
        }
    }

    fn proposal(&self, group: Option<u16>) -> Proposal {
        let group = group.map(|g| format!("group{g}"));
        let names = self.names.iter().chain(group.iter()).map(String::as_str);
        let mut proposal = Proposal::new(self.purpose, names, &[128]).at(self.line);
        proposal.whole &= self.whole;
        proposal
    }
}
