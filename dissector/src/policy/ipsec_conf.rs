//! ipsec.conf of strongSwan and of Libreswan: `conn NAME` and indented `key=value` (ipsec.conf(5) of both).
//!
//! `conn %default` and `also=` are inherited. The dialects differ in few words: `;` before a group, `ikev2=` and
//! `authby=` are Libreswan's; `keyexchange=` and `!` are strongSwan's (Libreswan 4.11 knows `keyexchange=` as well).

use super::algorithm::{Proposal, Purpose};
use super::{Auth, Child, Connection, Lined, MAX_CONNECTIONS, MAX_VALUES, Mode, Policy, list, shown};
use crate::negotiation::Version;

/// One `key=value` and its line.
type Setting<'a> = (&'a str, &'a str, u32);

/// The most settings of one section.
const MAX_SETTINGS: usize = 256;
/// How deep `also=` is followed.
const MAX_ALSO: usize = 8;

struct Section<'a> {
    name: &'a str,
    line: u32,
    settings: Vec<Setting<'a>>,
}

pub(super) fn read(policy: &mut Policy, text: &str) {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut inside = false;
    for (number, line) in super::lines(text) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let mut words = trimmed.split_whitespace();
        match (words.next(), words.next()) {
            (Some("conn"), Some(name)) => {
                inside = sections.len() < MAX_CONNECTIONS;
                if inside {
                    sections.push(Section {
                        name,
                        line: number,
                        settings: Vec::new(),
                    });
                }
            }
            (Some("config" | "ca"), Some(_)) => inside = false,
            (Some("version"), _) => {}
            _ => match trimmed.split_once('=') {
                Some((key, value)) if inside => {
                    let value = value
                        .split(" #")
                        .next()
                        .unwrap_or_default()
                        .trim()
                        .trim_matches('"');
                    if let Some(s) = sections.last_mut()
                        && s.settings.len() < MAX_SETTINGS
                    {
                        s.settings.push((key.trim(), value, number));
                    }
                }
                Some(_) => {}
                None => policy.note(number, "neither a section nor a setting"),
            },
        }
    }
    let defaults: Vec<Setting<'_>> = sections
        .iter()
        .filter(|s| s.name == "%default")
        .flat_map(|s| s.settings.iter().copied())
        .take(MAX_SETTINGS)
        .collect();
    for section in sections.iter().filter(|s| !s.name.starts_with('%')) {
        let mut all = defaults.clone();
        inherit(&sections, section, MAX_ALSO, &mut all);
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
            fill(c, &all);
        }
    }
}

/// Settings of `also=` first: the section's own win.
fn inherit<'a>(all: &[Section<'a>], section: &Section<'a>, depth: usize, into: &mut Vec<Setting<'a>>) {
    // Full: sections that name each other many times must not be followed for ever.
    if into.len() >= 16 * MAX_SETTINGS {
        return;
    }
    for &(key, name, _) in &section.settings {
        if key == "also"
            && depth > 0
            && let Some(other) = all.iter().find(|s| s.name == name && !std::ptr::eq(*s, section))
        {
            inherit(all, other, depth - 1, into);
        }
    }
    into.extend(section.settings.iter().copied());
}

fn fill(c: &mut Connection, settings: &[Setting<'_>]) {
    let get = |key: &str| settings.iter().rev().find(|s| s.0 == key);
    let own = |key: &str| {
        get(key).map(|s| Lined {
            value: list(s.1),
            line: s.2,
        })
    };
    let text = |key: &str| {
        get(key).map(|s| Lined {
            value: shown(s.1.trim_start_matches('@')),
            line: s.2,
        })
    };
    let libreswan =
        get("ikev2").is_some() || get("authby").is_some() || get("ike").is_some_and(|s| s.1.contains(';'));
    c.local = own("left");
    c.remote = own("right");
    c.local_id = text("leftid");
    c.remote_id = text("rightid");
    for &(key, value, line) in settings {
        let at = |v| Some(Lined { value: v, line });
        match (key, value) {
            // Libreswan: insist, propose and yes mean IKEv2 alone since 3.31; never, no: IKEv1.
            ("ikev2", "insist" | "yes" | "propose") | ("keyexchange", "ikev2") => c.version = at(Version::V2),
            ("ikev2", "never" | "no") | ("keyexchange", "ikev1") => c.version = at(Version::V1),
            ("aggressive" | "aggrmode", v) => {
                c.aggressive = Some(Lined {
                    value: v == "yes",
                    line,
                })
            }
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
            ("ike", v) => c.ike = proposals(v, Purpose::Ike, libreswan, line),
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
        child.proposals = proposals(value, purpose, libreswan, line);
    }
    if let Some(&(_, value, line)) = get("type") {
        child.mode = match value {
            "transport" => Some(Lined {
                value: Mode::Transport,
                line,
            }),
            "tunnel" => Some(Lined {
                value: Mode::Tunnel,
                line,
            }),
            _ => None,
        };
    }
    c.children.push(child);
}

fn proposals(value: &str, purpose: Purpose, libreswan: bool, line: u32) -> Option<Lined<Vec<Proposal>>> {
    // Libreswan tries 256 before 128 where no length is given; strongSwan means 128.
    let lengths: &[u16] = if libreswan { &[256, 128] } else { &[128] };
    let value: Vec<Proposal> = value
        .trim_end_matches('!')
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .take(MAX_VALUES)
        .map(|one| Proposal::new(purpose, one.split(['-', ';', '+']), lengths))
        .collect();
    (!value.is_empty()).then_some(Lined { value, line })
}
