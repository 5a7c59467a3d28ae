//! Configurations and logs of products that cannot run in the lab, written from their documented syntax.
// Clippy's exception for tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod cisco;
mod debug;
mod fortigate;
mod pfsense;
mod powershell;
mod routeros;

use ikewhy::negotiation::Version;
use ikewhy::policy::{self, Connection, Policy};

/// A recognisable secret, planted wherever a syntax has one.
const SECRET: &str = "Xq7planted";

/// Reads a text that must be understood without a note, and keep no secret.
fn clean(name: &str, text: &str) -> Policy {
    let policy = read(name, text);
    assert!(policy.notes.is_empty(), "{:?}", policy.notes);
    policy
}

/// Reads a text that must keep no secret.
fn read(name: &str, text: &str) -> Policy {
    let policy = policy::read(name, text, None);
    assert!(!format!("{policy:?}").contains(SECRET), "a secret is kept");
    policy
}

/// The IKE proposals of a connection as they would be shown, each with its line.
fn ike(c: &Connection, version: Version) -> Vec<(u32, String)> {
    let list = c.ike.as_ref().unwrap();
    c.suites(version, None)
        .iter()
        .map(|s| (list.line_of(s), s.line()))
        .collect()
}

/// The ESP proposals of its first data tunnel.
fn esp(c: &Connection, version: Version) -> Vec<(u32, String)> {
    let list = c.children[0].proposals.as_ref().unwrap();
    c.children[0]
        .suites(version)
        .iter()
        .map(|s| (list.line_of(s), s.line()))
        .collect()
}

/// The values of a list.
fn values(list: Option<&policy::Lined<std::sync::Arc<Vec<String>>>>) -> Vec<&str> {
    list.map_or_else(Vec::new, |l| l.value.iter().map(String::as_str).collect())
}

/// Whatever is cut off or mixed up does no harm and keeps no secret.
fn survives(text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    for cut in (0..text.len()).step_by(7).filter(|&at| text.is_char_boundary(at)) {
        read("cut", &text[..cut]);
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
