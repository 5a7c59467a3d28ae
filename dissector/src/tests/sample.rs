//! What tests of dialects share. Their samples, of products that cannot run in the lab, are written from documented syntax.

use crate::negotiation::Version;
use crate::policy::algorithm::Proposal;
use crate::policy::{self, Cause, Connection, Policy};
use std::net::IpAddr;

/// A recognisable secret, planted wherever a syntax has one.
pub(crate) const SECRET: &str = "Xq7planted";

/// Reads a text that must be understood without a note, and keep no secret.
pub(crate) fn clean(name: &str, text: &str) -> Policy {
    let policy = read(name, text);
    assert!(policy.notes.is_empty(), "{:?}", policy.notes);
    policy
}

/// Reads a text that must keep no secret, and of which nothing private is shown in a redacted report.
pub(crate) fn read(name: &str, text: &str) -> Policy {
    super::pairs::check(name, text);
    keeping_no_secret(name, text)
}

fn keeping_no_secret(name: &str, text: &str) -> Policy {
    let policy = policy::read(name, text, None);
    assert!(!format!("{policy:?}").contains(SECRET), "a secret is kept");
    policy
}

/// The IKE proposals of a connection as they would be shown, each with its line.
pub(crate) fn ike(c: &Connection, version: Version) -> Vec<(u32, String)> {
    let list = c.ike.as_ref().unwrap();
    c.suites(version, None)
        .iter()
        .map(|s| (list.line_of(s), s.line()))
        .collect()
}

/// The ESP proposals of its first data tunnel.
pub(crate) fn esp(c: &Connection, version: Version) -> Vec<(u32, String)> {
    let list = c.children[0].proposals.as_ref().unwrap();
    c.children[0]
        .suites(version)
        .iter()
        .map(|s| (list.line_of(s), s.line()))
        .collect()
}

/// The values of a list.
pub(crate) fn values(list: Option<&policy::Lined<std::sync::Arc<Vec<String>>>>) -> Vec<&str> {
    list.map_or_else(Vec::new, |l| l.value.iter().map(String::as_str).collect())
}

/// Who is whose peer in logs.
pub(crate) const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 10));
pub(crate) const OWN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 20));

pub(crate) fn causes(policy: &Policy) -> Vec<(u32, Cause)> {
    policy.entries.iter().map(|e| (e.line, e.cause)).collect()
}

pub(crate) fn lines(list: &[Proposal], version: Version) -> Vec<String> {
    list.iter().map(|p| p.suite(version, None).line()).collect()
}

/// Whatever is cut off or mixed up does no harm and keeps no secret.
pub(crate) fn survives(text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    for cut in (0..text.len()).step_by(7).filter(|&at| text.is_char_boundary(at)) {
        keeping_no_secret("cut", &text[..cut]);
    }
    let mut seed = 1u64;
    for _ in 0..300 {
        let mut mixed: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
        for _ in 0..8 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let (i, j) = (
                (seed >> 33) as usize % mixed.len(),
                (seed >> 13) as usize % mixed.len(),
            );
            match seed % 5 {
                0 => mixed.swap(i, j),
                1 => {
                    mixed.remove(i);
                }
                2 => mixed[i] = mixed[i].chars().rev().collect(),
                3 => {
                    let half = mixed[i].chars().count() / 2;
                    mixed[i] = mixed[i].chars().take(half).collect();
                }
                _ => {
                    let other = mixed[j].clone();
                    mixed.insert(i, other);
                }
            }
            if mixed.is_empty() {
                break;
            }
        }
        let policy = policy::read("mixed", &mixed.join("\n"), None);
        assert!(policy.connections.len() <= 1024 && policy.notes.len() <= 32);
    }
}
