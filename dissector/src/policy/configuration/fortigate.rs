//! FortiGate: `show vpn ipsec phase1-interface`, `phase2-interface` (and `phase1`, `phase2`), alone or inside a whole configuration.
//!
//! `config PATH`, `edit NAME`, `set KEY VALUES`, `next`, `end`, nested. `show` leaves out what has its default: IKEv1, Main Mode,
//! pre-shared key, groups 14 and 5, PFS on, tunnel mode, all networks (*FortiOS CLI Reference*, `config vpn ipsec
//! phase1-interface`, `phase2-interface`). Groups alone differ between releases (5.2 and before: 5 is the only one), so they
//! count as assumed. `proposal` is always printed.
//!
//! Only the settings named in [`KEYS`] are cut into words; none of them holds a secret.

#[cfg(test)]
mod samples;

use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;
use crate::policy::algorithm::{self, Proposal, Purpose};
use crate::policy::bounds::MAX_CHILDREN;
use crate::policy::connection::{Auth, Child, Connection, Mode};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::{host, masked};
use crate::policy::said::said;
use crate::policy::text::{Quotes, lines, quoted, shown};
use crate::policy::value::{Listed, at, bounded, listed, shared};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Configuration("FortiGate configuration"),
    sign: Sign::Line(|line| {
        line.contains("config vpn ipsec phase") && pieces(line).any(|one| table(one).is_some())
    }),
    read,
    secrets: Secrets::AllBut(&KEYS),
    ..Dialect::CONFIGURATION
};

/// The most tables inside each other, and entries of a table.
const MAX_DEPTH: usize = 16;
const MAX_RECORDS: usize = 8192;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Phase1,
    Phase2,
    Addresses,
    Interfaces,
}

fn table(line: &str) -> Option<Table> {
    let path = line.strip_prefix("config ")?.trim();
    Some(match path {
        "vpn ipsec phase1-interface" | "vpn ipsec phase1" => Table::Phase1,
        "vpn ipsec phase2-interface" | "vpn ipsec phase2" => Table::Phase2,
        _ => return None,
    })
}

/// Tables that other tables refer to.
fn other(line: &str) -> Option<Table> {
    match line.strip_prefix("config ")?.trim() {
        "firewall address" => Some(Table::Addresses),
        "system interface" => Some(Table::Interfaces),
        _ => None,
    }
}

/// Words that begin a statement.
const BEGINS: [&str; 6] = ["config", "edit", "set", "unset", "next", "end"];

/// The statements of a line: one, unless a paste lost its line ends. What stands in quotes begins none.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line.trim());
    std::iter::from_fn(move || {
        let text = rest.take().filter(|text| !text.is_empty())?;
        let (mut quoted, mut escaped, mut blank) = (false, false, false);
        for (at, c) in text.char_indices() {
            let begins = || {
                let behind = text.get(at..).unwrap_or_default();
                let word = behind.split_whitespace().next().unwrap_or_default();
                BEGINS.contains(&word)
            };
            if blank && !quoted && !c.is_whitespace() && begins() {
                let (piece, behind) = text.split_at_checked(at)?;
                rest = Some(behind);
                return Some(piece.trim());
            }
            blank = c.is_whitespace();
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = !quoted,
                _ => {}
            }
        }
        Some(text)
    })
}

type Words<'a> = Vec<&'a str>;

/// What is read of all settings; secrets are not among them.
const KEYS: [&str; 34] = [
    "ike-version",
    "mode",
    "local-gw",
    "interface",
    "ip",
    "type",
    "remote-gw",
    "remote-gw6",
    "remotegw-ddns",
    "passive-mode",
    "authmethod",
    "authmethod-remote",
    "xauthtype",
    "eap",
    "localid",
    "peertype",
    "peerid",
    "proposal",
    "dhgrp",
    "pfs",
    "encapsulation",
    "protocol",
    "src-port",
    "dst-port",
    "src-addr-type",
    "dst-addr-type",
    "src-subnet",
    "dst-subnet",
    "src-start-ip",
    "dst-start-ip",
    "src-name",
    "dst-name",
    "subnet",
    "phase1name",
];

/// Words, quotes removed, of a line that names a record or sets what is read.
fn words(line: &str) -> Words<'_> {
    let mut out: Words<'_> = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        if out.first() == Some(&"set") && out.get(1).is_some_and(|key| DIALECT.secrets.has(key)) {
            break;
        }
        let (word, after) = match rest.strip_prefix('"') {
            Some(inner) => quoted(inner),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        out.push(word);
        rest = after.trim_start();
    }
    out
}

/// One `edit NAME ... next`.
#[derive(Debug, Default)]
struct Record<'a> {
    name: &'a str,
    line: u32,
    settings: BTreeMap<&'a str, (Words<'a>, u32)>,
    /// A line of it was not understood: what is not there may have stood in it.
    unread: bool,
}

impl<'a> Record<'a> {
    fn get(&self, key: &str) -> Option<(&[&'a str], u32)> {
        self.settings.get(key).map(|(w, l)| (w.as_slice(), *l))
    }

    fn one(&self, key: &str) -> Option<(&'a str, u32)> {
        let (words, line) = self.get(key)?;
        Some((words.first()?, line))
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.one(key).is_some_and(|(v, _)| v == value)
    }
}

fn read(policy: &mut Policy, text: &str) {
    let mut tables: [Vec<Record<'_>>; 4] = Default::default();
    // The tables that are open, and the depth of the record at hand.
    let mut open: Vec<Option<Table>> = Vec::new();
    let mut depth_exceeded = 0usize;
    // A value may go on in the next lines (certificates, messages, keys).
    let (mut quotes, mut full) = (Quotes::default(), false);
    // Between `edit` and `next`.
    let mut inside_record = false;
    let statements = lines(text).flat_map(|(number, line)| {
        let inside = quotes.open;
        quotes.find(line, &[]);
        let line = if inside { "" } else { line };
        pieces(line).map(move |piece| (number, piece))
    });
    for (number, trimmed) in statements {
        if trimmed.starts_with("config ") {
            let table = table(trimmed).or_else(|| other(trimmed));
            if open.len() < MAX_DEPTH {
                open.push(table);
            } else {
                depth_exceeded += 1;
            }
            continue;
        }
        if trimmed == "end" {
            inside_record = false;
            if depth_exceeded > 0 {
                depth_exceeded -= 1;
            } else {
                open.pop();
            }
            continue;
        }
        let Some(&Some(table)) = open.last().filter(|_| depth_exceeded == 0) else {
            continue;
        };
        let Some(records) = tables.get_mut(table as usize) else {
            continue;
        };
        let words = words(trimmed);
        match words.as_slice() {
            ["edit", name] => {
                inside_record = true;
                full = records.len() >= MAX_RECORDS;
                if full {
                    policy.note(
                        number,
                        "this table is too long: only its first 8192 entries are read",
                    );
                } else {
                    records.push(Record {
                        name,
                        line: number,
                        ..Record::default()
                    });
                }
            }
            ["set", key, values @ ..] if !DIALECT.secrets.has(key) && !full => {
                if let Some(r) = records.last_mut() {
                    r.settings.insert(key, (values.to_vec(), number));
                }
            }
            ["next"] => inside_record = false,
            ["set" | "unset", ..] => {}
            // A prompt, or a comment.
            [first, ..] if first.starts_with('#') || words.contains(&"#") => {}
            _ if inside_record && !full => {
                policy.note(
                    number,
                    "not understood: what this entry leaves out is not taken for the product's default",
                );
                if let Some(r) = records.last_mut() {
                    r.unread = true;
                }
            }
            _ => {}
        }
    }
    let [phase1, phase2, addresses, interfaces] = &tables;
    let interfaces: BTreeMap<&str, &Record<'_>> = interfaces.iter().map(|r| (r.name, r)).collect();
    let addresses: BTreeMap<&str, &Record<'_>> = addresses.iter().map(|r| (r.name, r)).collect();
    let mut children: BTreeMap<&str, Vec<&Record<'_>>> = BTreeMap::new();
    for r in phase2 {
        match r.one("phase1name") {
            Some((name, _)) => children.entry(name).or_default().push(r),
            None => policy.note(r.line, said!("phase2 {} names no phase1", r.name)),
        }
    }
    for r in phase1 {
        let below = children.remove(r.name).unwrap_or_default();
        if policy.connection(r.name, r.line).is_none() {
            continue;
        }
        let known: Vec<Child> = below
            .iter()
            .take(MAX_CHILDREN)
            .map(|c| child(policy, c, &addresses))
            .collect();
        let ike = ike(policy, r);
        if let Some(c) = policy.latest() {
            gateway(c, r, &interfaces);
            c.ike = ike;
            c.more_children = below.len() > known.len();
            c.children = Arc::new(known);
        }
    }
    for (name, list) in children.iter().filter(|_| !phase1.is_empty()) {
        for r in list {
            policy.note(r.line, said!("phase1 {} is not in this file", name));
        }
    }
}

fn gateway(c: &mut Connection, r: &Record<'_>, interfaces: &BTreeMap<&str, &Record<'_>>) {
    let version = match r.one("ike-version") {
        Some(("2", line)) => (Version::V2, line),
        Some((_, line)) => (Version::V1, line),
        None => (Version::V1, r.line),
    };
    c.version = at(version.0, version.1).filter(|_| !r.unread || r.one("ike-version").is_some());
    c.aggressive = r.one("mode").and_then(|(m, line)| at(m == "aggressive", line));
    let given = |key| r.one(key).filter(|(a, _)| *a != "0.0.0.0" && *a != "::");
    c.local = given("local-gw")
        .or_else(|| {
            let interface = interfaces.get(r.one("interface")?.0)?;
            interface.one("ip")
        })
        .and_then(|(a, line)| listed(vec![shown(a)], line));
    c.remote = if r.is("type", "dynamic") {
        let (_, line) = r.one("type").unwrap_or_default();
        listed(vec!["%any".to_owned()], line)
    } else {
        given("remote-gw")
            .or_else(|| given("remote-gw6"))
            .or_else(|| given("remotegw-ddns"))
            .and_then(|(a, line)| listed(vec![shown(a)], line))
    };
    c.begins = r.is("passive-mode", "enable").then_some(false);
    let (auth, line) = match r.one("authmethod") {
        Some(("signature" | "rsa-signature", line)) => (Auth::Certificate, line),
        Some((_, line)) => (Auth::Psk, line),
        None => (Auth::Psk, r.line),
    };
    c.local_auth = at(auth, line).filter(|_| !r.unread || r.one("authmethod").is_some());
    c.remote_auth = match (r.one("authmethod-remote"), r.one("xauthtype"), r.one("eap")) {
        (_, Some((kind, line)), _) if kind != "disable" && version.0 == Version::V1 => {
            if kind == "client" {
                at(auth, line)
            } else {
                at(Auth::Xauth, line)
            }
        }
        (_, _, Some(("enable", line))) if version.0 == Version::V2 => at(Auth::Eap, line),
        (Some(("signature", line)), ..) => at(Auth::Certificate, line),
        (Some((_, line)), ..) => at(Auth::Psk, line),
        _ => c.local_auth.clone(),
    };
    let text = |key| r.one(key).and_then(|(v, line)| shared(shown(v), line));
    c.local_id = text("localid");
    c.remote_id = if r.is("peertype", "one") {
        text("peerid")
    } else {
        None
    };
}

/// `aes256-sha256`, `aes128gcm-prfsha256`, `chacha20poly1305-prfsha256`, each with every group.
fn ike(policy: &mut Policy, r: &Record<'_>) -> Listed<Proposal> {
    let (names, line) = r.get("proposal")?;
    let groups = r.get("dhgrp").map(|(g, _)| g);
    if r.unread && groups.is_none() {
        return None;
    }
    let assumed = if groups.is_none() {
        vec![Attribute::DhGroup]
    } else {
        Vec::new()
    };
    proposals(
        policy,
        Purpose::Ike,
        names,
        groups.unwrap_or(&["14", "5"]),
        &assumed,
        line,
    )
}

fn proposals(
    policy: &mut Policy,
    purpose: Purpose,
    names: &[&str],
    groups: &[&str],
    assumed: &[Attribute],
    line: u32,
) -> Listed<Proposal> {
    let groups: Vec<String> = groups.iter().map(|g| format!("group{g}")).collect();
    let groups = algorithm::choices(groups.iter().map(String::as_str));
    let all = names.iter().map(|name| {
        let parts = name.split('-').filter(|p| *p != "null");
        let proposal = Proposal::new(purpose, parts, &[128]).with(groups.as_deref());
        if !proposal.whole {
            policy.note(
                line,
                said!(
                    "{} is not recognized, so nothing is concluded from this list",
                    name
                ),
            );
        }
        proposal.assuming(assumed.to_vec())
    });
    listed(bounded(all, || Proposal::unread(purpose)), line)
}

fn child(policy: &mut Policy, r: &Record<'_>, addresses: &BTreeMap<&str, &Record<'_>>) -> Child {
    let pfs = !r.is("pfs", "disable");
    let groups = r.get("dhgrp").map(|(g, _)| g);
    let assumed = if pfs && groups.is_none() {
        vec![Attribute::DhGroup]
    } else {
        Vec::new()
    };
    let groups = if pfs { groups.unwrap_or(&["14", "5"]) } else { &[] };
    let list = r
        .get("proposal")
        .filter(|_| !r.unread || r.get("dhgrp").is_some())
        .and_then(|(names, line)| proposals(policy, Purpose::Esp, names, groups, &assumed, line));
    let mode = match r.one("encapsulation") {
        Some(("transport-mode", line)) => (Mode::Transport, line),
        Some((_, line)) => (Mode::Tunnel, line),
        None => (Mode::Tunnel, r.line),
    };
    // Ports and protocols are more than networks.
    let narrowed = ["protocol", "src-port", "dst-port"]
        .iter()
        .any(|key| r.one(key).is_some_and(|(v, _)| v != "0"));
    let networks = |side: &str| {
        if narrowed {
            return None;
        }
        networks(r, side, addresses)
    };
    Child {
        proposals: list,
        mode: at(mode.0, mode.1).filter(|_| !r.unread || r.one("encapsulation").is_some()),
        local: networks("src"),
        remote: networks("dst"),
        any_group: false,
    }
}

fn networks(r: &Record<'_>, side: &str, addresses: &BTreeMap<&str, &Record<'_>>) -> Listed<String> {
    let kind = r.one(&format!("{side}-addr-type")).map_or("subnet", |(k, _)| k);
    match kind {
        "subnet" => match r.get(&format!("{side}-subnet")) {
            Some(([a, mask], line)) => listed(vec![masked(a, mask)?], line),
            Some(([one], line)) => listed(vec![crate::policy::network::prefix(one)?], line),
            _ if r.unread => None,
            // A default of all networks narrows nothing.
            _ => listed(vec!["0.0.0.0/0".to_owned()], r.line),
        },
        "ip" => {
            let (a, line) = r.one(&format!("{side}-start-ip"))?;
            listed(vec![host(a)?], line)
        }
        "name" => {
            let (name, line) = r.one(&format!("{side}-name"))?;
            let object = addresses.get(name)?;
            match object.get("subnet")? {
                ([a, mask], _) => listed(vec![masked(a, mask)?], line),
                _ => None,
            }
        }
        _ => None,
    }
}
