//! ipsec.conf of strongSwan and of Libreswan: `conn NAME` and indented `key=value` (ipsec.conf(5) of both).
//!
//! `conn %default` and `also=` are inherited. The dialects differ in few words: `;` before a group, `ikev2=` and
//! `authby=` are Libreswan's; `keyexchange=` and `!` are strongSwan's (Libreswan 4.11 knows `keyexchange=` as well).

use crate::negotiation::Version;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::MAX_CONNECTIONS;
use crate::policy::connection::{Auth, Child, Connection, Mode};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::text::{shown, statements};
use crate::policy::value::{Lined, Listed, Shared, at, bounded, list, listed, shared};
use std::collections::HashMap;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Named("ipsec.conf"),
    sign: Sign::Line(is),
    read,
    includes: true,
    files: &["ipsec.conf", "ipsec.secrets"],
    endings: &["conf"],
    secrets: Secrets::AllBut(&KEYS),
    ..Dialect::CONFIGURATION
};

/// A section of it.
fn is(line: &str) -> bool {
    ["conn ", "conn\t", "config setup"]
        .iter()
        .any(|s| line.starts_with(s))
}

/// What is read of all settings.
const KEYS: [&str; 22] = [
    "left",
    "right",
    "leftid",
    "rightid",
    "leftsubnet",
    "leftsubnets",
    "rightsubnet",
    "rightsubnets",
    "ike",
    "esp",
    "ah",
    "phase2alg",
    "type",
    "auto",
    "ikev2",
    "keyexchange",
    "authby",
    "leftauth",
    "rightauth",
    "aggressive",
    "aggrmode",
    "also",
];
/// The most sections.
const MAX_SECTIONS: usize = 16 * MAX_CONNECTIONS;

/// One `key=value` and its line.
type Setting<'a> = (&'static str, &'a str, u32);

#[derive(Default)]
struct Section<'a> {
    name: &'a str,
    line: u32,
    /// Its own settings, each once: the last one wins. Later those it inherits, too, in front of them.
    settings: Vec<Setting<'a>>,
    also: Vec<&'a str>,
    state: State,
}

/// How far the inheritance of a section is followed.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Unknown,
    Begun,
    Known,
}

/// Puts a setting behind the others, in place of one with the same key.
fn set<'a>(settings: &mut Vec<Setting<'a>>, one: Setting<'a>) {
    settings.retain(|s| s.0 != one.0);
    settings.push(one);
}

fn read(policy: &mut Policy, text: &str) {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut inside = false;
    for (number, line) in statements(text) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("conn"), Some(name)) => {
                inside = sections.len() < MAX_SECTIONS;
                if inside {
                    sections.push(Section {
                        name,
                        line: number,
                        ..Section::default()
                    });
                } else {
                    policy.more_connections += 1;
                }
            }
            (Some("config" | "ca"), Some(_)) => inside = false,
            (Some("version"), _) => {}
            _ => match line.split_once('=') {
                Some((key, value)) if inside => {
                    let value = value
                        .split(" #")
                        .next()
                        .unwrap_or_default()
                        .trim()
                        .trim_matches('"');
                    let key = KEYS.iter().find(|known| **known == key.trim());
                    match (key, sections.last_mut()) {
                        (Some(&"also"), Some(s)) => s.also.push(value),
                        (Some(key), Some(s)) => set(&mut s.settings, (key, value, number)),
                        _ => {}
                    }
                }
                Some(_) => {}
                None => policy.note(number, "neither a section nor a setting"),
            },
        }
    }
    let mut defaults: Vec<Setting<'_>> = Vec::new();
    for s in sections.iter().filter(|s| s.name == "%default") {
        s.settings.iter().for_each(|&one| set(&mut defaults, one));
    }
    inherit(&mut sections);
    let mut made = Made::default();
    for section in sections.iter().filter(|s| !s.name.starts_with('%')) {
        let mut all = defaults.clone();
        section.settings.iter().for_each(|&one| set(&mut all, one));
        // Not loaded, or a rule of the kernel's that is never negotiated.
        let ignored = |s: &Setting<'_>| {
            matches!(
                (s.0, s.1),
                ("auto", "ignore") | ("type", "passthrough" | "pass" | "drop" | "reject")
            )
        };
        if all.iter().any(ignored) {
            continue;
        }
        if let Some(c) = policy.connection(section.name, section.line) {
            fill(c, &all, &mut made);
        }
    }
}

/// Gives each section what it inherits by `also=`: its own settings win. Each is followed once, without a call for each level;
/// what leads back to a section at hand adds nothing.
fn inherit(sections: &mut [Section<'_>]) {
    let mut by_name = HashMap::new();
    for (at, section) in sections.iter().enumerate() {
        by_name.entry(section.name).or_insert(at);
    }
    for first in 0..sections.len() {
        // Sections at hand, each with the number of its next `also=`.
        let mut stack = vec![(first, 0)];
        while let Some((at, next)) = stack.last_mut() {
            let Some(section) = sections.get_mut(*at) else {
                break;
            };
            if section.state == State::Unknown {
                section.state = State::Begun;
            }
            let also = match section.state {
                State::Known => None,
                _ => section.also.get(*next),
            };
            *next += 1;
            match also.map(|name| by_name.get(name)) {
                Some(Some(&other)) => {
                    if sections.get(other).is_some_and(|s| s.state == State::Unknown) {
                        stack.push((other, 0));
                    }
                }
                Some(None) => {}
                None => {
                    let at = *at;
                    stack.pop();
                    settle(sections, at, &by_name);
                }
            }
        }
    }
}

/// All that a section inherits is known.
fn settle(sections: &mut [Section<'_>], at: usize, by_name: &HashMap<&str, usize>) {
    let Some(section) = sections.get(at).filter(|s| s.state != State::Known) else {
        return;
    };
    let mut all = Vec::new();
    let others = section
        .also
        .iter()
        .filter_map(|name| sections.get(*by_name.get(name)?));
    let inherited = others
        .filter(|s| s.state == State::Known)
        .flat_map(|s| &s.settings);
    inherited
        .chain(&section.settings)
        .for_each(|&one| set(&mut all, one));
    if let Some(section) = sections.get_mut(at) {
        (section.settings, section.state) = (all, State::Known);
    }
}

/// What was made of settings, which many sections may inherit, by their lines.
#[derive(Default)]
struct Made {
    lists: HashMap<u32, Listed<String>>,
    names: HashMap<u32, Shared<String>>,
    proposals: HashMap<(u32, bool), Listed<Proposal>>,
}

fn fill(c: &mut Connection, settings: &[Setting<'_>], made: &mut Made) {
    let get = |key: &str| settings.iter().find(|s| s.0 == key);
    let lists = &mut made.lists;
    let mut own = |key: &str| {
        let &(_, value, line) = get(key)?;
        lists
            .entry(line)
            .or_insert_with(|| listed(list(value), line))
            .clone()
    };
    let names = &mut made.names;
    let mut text = |key: &str| {
        let &(_, value, line) = get(key)?;
        let name = || shared(shown(value.trim_start_matches('@')), line);
        names.entry(line).or_insert_with(name).clone()
    };
    let libreswan =
        get("ikev2").is_some() || get("authby").is_some() || get("ike").is_some_and(|s| s.1.contains(';'));
    let mut proposals = |value: &str, purpose, line| {
        let list = || proposals(value, purpose, libreswan, line);
        made.proposals
            .entry((line, libreswan))
            .or_insert_with(list)
            .clone()
    };
    c.local = own("left");
    c.remote = own("right");
    c.local_id = text("leftid");
    c.remote_id = text("rightid");
    for &(key, value, line) in settings {
        match (key, value) {
            // Libreswan: insist, propose and yes mean IKEv2 alone since 3.31; never, no: IKEv1.
            ("ikev2", "insist" | "yes" | "propose") | ("keyexchange", "ikev2") => {
                c.version = at(Version::V2, line)
            }
            ("ikev2", "never" | "no") | ("keyexchange", "ikev1") => c.version = at(Version::V1, line),
            ("aggressive" | "aggrmode", v) => c.aggressive = at(v == "yes", line),
            ("authby" | "leftauth" | "rightauth", v) => {
                let auth = match v {
                    "secret" | "psk" => Some(Auth::Psk),
                    _ if v.starts_with("rsa") || v.starts_with("pubkey") || v.starts_with("ecdsa") => {
                        Some(Auth::Certificate)
                    }
                    _ if v.starts_with("eap") => Some(Auth::Eap),
                    _ if v.starts_with("xauth") => Some(Auth::Xauth),
                    _ => None,
                }
                .map(|value| Lined { value, line });
                if key != "rightauth" {
                    c.local_auth.clone_from(&auth);
                }
                if key != "leftauth" {
                    c.remote_auth = auth;
                }
            }
            ("auto", "start" | "route" | "ondemand" | "up") => c.begins = Some(true),
            ("ike", v) => c.ike = proposals(v, Purpose::Ike, line),
            _ => {}
        }
    }
    let mut child = Child {
        local: own("leftsubnet").or_else(|| own("leftsubnets")),
        remote: own("rightsubnet").or_else(|| own("rightsubnets")),
        ..Child::default()
    };
    if let Some(&(key, value, line)) = get("esp").or_else(|| get("phase2alg")).or_else(|| get("ah")) {
        let purpose = if key == "ah" { Purpose::Ah } else { Purpose::Esp };
        child.proposals = proposals(value, purpose, line);
    }
    if let Some(&(_, value, line)) = get("type") {
        child.mode = Mode::named(value).and_then(|mode| at(mode, line));
    }
    c.child(child);
}

fn proposals(value: &str, purpose: Purpose, libreswan: bool, line: u32) -> Listed<Proposal> {
    // Libreswan tries 256 before 128 where no length is given; strongSwan means 128.
    let lengths: &[u16] = if libreswan { &[256, 128] } else { &[128] };
    let all = value
        .trim_end_matches('!')
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .map(|one| Proposal::new(purpose, one.split(['-', ';', '+']), lengths));
    listed(bounded(all, || Proposal::unread(purpose)), line).filter(|l| !l.value.is_empty())
}
