//! strongSwan's swanctl.conf (swanctl.conf(5), strongswan.conf(5) for the syntax): sections in braces, `key = value`, `#` comments.

use super::keyword::Written;
use super::{Connection, Policy, Proposals};
use crate::negotiation::Version;

/// Sections are nested no deeper than this.
const MAX_DEPTH: usize = 16;

/// `None` if no section `connections` is in it.
pub(super) fn read(text: &str) -> Option<Policy> {
    let mut policy = Policy::default();
    let mut sections: Vec<&str> = Vec::new();
    let mut found = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split_once('#').map_or(line, |(before, _)| before);
        // Several sections may stand in one line: each brace ends a statement.
        for statement in line.split_inclusive(['{', '}']) {
            let statement = statement.trim();
            if let Some(name) = statement.strip_suffix('{') {
                if sections.len() >= MAX_DEPTH {
                    return None;
                }
                sections.push(name.trim());
                found |= sections == ["connections"];
                if let ["connections", name] = sections[..] {
                    policy.connections.push(Connection {
                        name: name.to_owned(),
                        line: number,
                        ..Connection::default()
                    });
                }
                continue;
            }
            let (setting, closes) = statement
                .strip_suffix('}')
                .map_or((statement, false), |s| (s.trim(), true));
            if let ["connections", _] = sections[..]
                && let Some((key, value)) = setting.split_once('=')
                && let Some(connection) = policy.connections.last_mut()
            {
                set(connection, key.trim(), value.trim(), number, &mut policy.notes);
            } else if setting.starts_with("include ") {
                policy
                    .notes
                    .push((number, "an include is not followed: give the folder".to_owned()));
            }
            if closes {
                sections.pop();
            }
        }
    }
    found.then_some(policy)
}

fn set(connection: &mut Connection, key: &str, value: &str, line: u32, notes: &mut Vec<(u32, String)>) {
    let list = || {
        value
            .split(',')
            .map(|w| w.trim().to_owned())
            .filter(|w| !w.is_empty())
    };
    match key {
        "version" => {
            connection.version = match value {
                "1" => Some(Version::V1),
                "2" => Some(Version::V2),
                _ => None,
            }
        }
        "local_addrs" => connection.local = list().collect(),
        "remote_addrs" => connection.remote = list().collect(),
        "proposals" => connection.ike = Some(proposals(value, line, notes)),
        _ => {}
    }
}

/// `aes256-sha256-modp2048, aes256gcm16-prfsha256-ecp256`; the word `default` adds the daemon's own.
pub(super) fn proposals(value: &str, line: u32, notes: &mut Vec<(u32, String)>) -> Proposals {
    let mut read = Proposals {
        line,
        text: value.to_owned(),
        whole: true,
        ..Proposals::default()
    };
    for proposal in value.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let mut written = Written::default();
        let unknown = proposal.split('-').find(|w| !written.add(w));
        if let Some(word) = unknown {
            read.whole = false;
            if word != "default" {
                notes.push((line, format!("unknown algorithm {}", word.escape_debug())));
            }
            continue;
        }
        let (v1, v2) = written.suites();
        read.v1.extend(v1);
        read.v2.extend(v2);
    }
    read
}
