//! ipsec.conf of Libreswan and of strongSwan (ipsec.conf(5) of each): sections begin at the margin, settings are indented.

use std::collections::HashMap;

use super::keyword::Written;
use super::{Connection, Policy, Proposals, swanctl};
use crate::negotiation::Version;

type Settings<'a> = HashMap<&'a str, (&'a str, u32)>;

/// `None` if no `conn` is in it.
pub(super) fn read(text: &str) -> Option<Policy> {
    let mut policy = Policy::default();
    let mut sections: Vec<(&str, u32, Settings<'_>)> = Vec::new();
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.split_once('#').map_or(line, |(before, _)| before);
        if content.trim().is_empty() {
            continue;
        }
        if content.starts_with([' ', '\t']) {
            if let Some(((_, _, settings), (key, value))) = sections
                .last_mut()
                .filter(|_| inside)
                .zip(content.split_once('='))
            {
                settings.insert(key.trim(), (value.trim().trim_matches('"'), number));
            }
        } else if let Some(name) = content.strip_prefix("conn ") {
            sections.push((name.trim(), number, Settings::new()));
            inside = true;
        } else {
            inside = false;
            if content.starts_with("include ") {
                policy
                    .notes
                    .push((number, "an include is not followed: give the folder".to_owned()));
            }
        }
    }
    let default: Settings<'_> = sections
        .iter()
        .filter(|s| s.0 == "%default")
        .flat_map(|s| s.2.iter().map(|(k, v)| (*k, *v)))
        .collect();
    for (name, line, settings) in sections.iter().filter(|s| s.0 != "%default") {
        let get = |key: &str| settings.get(key).or_else(|| default.get(key)).copied();
        let addresses =
            |key: &str| get(key).map(|(v, _)| v.split(',').map(|w| w.trim().to_owned()).collect());
        policy.connections.push(Connection {
            name: (*name).to_owned(),
            line: *line,
            version: version(&get),
            local: addresses("left").unwrap_or_default(),
            remote: addresses("right").unwrap_or_default(),
            ike: get("ike").map(|(value, line)| proposals(value, line, &mut policy.notes)),
        });
    }
    (!sections.is_empty()).then_some(policy)
}

/// `keyexchange=` of both (Libreswan from 5.0 on), `ikev2=` of older Libreswan.
fn version<'a>(get: &impl Fn(&str) -> Option<(&'a str, u32)>) -> Option<Version> {
    let (word, old) = get("keyexchange")
        .map(|v| (v.0, false))
        .or_else(|| get("ikev2").map(|v| (v.0, true)))?;
    match (word, old) {
        ("ikev1", false) | ("no" | "never", true) => Some(Version::V1),
        ("ikev2", false) | ("insist" | "yes", true) => Some(Version::V2),
        _ => None,
    }
}

/// strongSwan: `aes256-sha256-modp2048,...!`, without `!` more than these. Libreswan: `aes256+aes128-sha2;modp2048,...`.
fn proposals(value: &str, line: u32, notes: &mut Vec<(u32, String)>) -> Proposals {
    if !value.contains([';', '+', '_']) {
        let strict = value.strip_suffix('!');
        let mut read = swanctl::proposals(strict.unwrap_or(value), line, notes);
        read.whole &= strict.is_some();
        return read;
    }
    let mut read = Proposals {
        line,
        text: value.to_owned(),
        whole: true,
        ..Proposals::default()
    };
    for proposal in value.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let mut written = Written::default();
        match proposal.split(['-', ';', '+']).find(|w| !written.add(w)) {
            Some(word) => {
                read.whole = false;
                notes.push((line, format!("unknown algorithm {}", word.escape_debug())));
            }
            None => {
                let (v1, v2) = written.suites();
                read.whole &= !v2.is_empty();
                read.v1.extend(v1);
                read.v2.extend(v2);
            }
        }
    }
    read
}
