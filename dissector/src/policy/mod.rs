//! What a peer's own configuration says: the files a user gives beside a capture, read into the form of offers on the wire.
//!
//! * [`swanctl`]: strongSwan's swanctl.conf;
//! * [`ipsec_conf`]: ipsec.conf of Libreswan and of strongSwan;
//! * [`iked`]: OpenIKED's iked.conf;
//! * [`keyword`]: the words they have for algorithms.
//!
//! Text in, [`Policy`] out; no file is opened here. Nothing is kept of secrets: the parsers don't look at the values of keys they
//! don't know. What a file leaves to the daemon's defaults stays unknown: defaults differ from version to version.

mod iked;
mod ipsec_conf;
mod keyword;
mod swanctl;

use std::net::IpAddr;

use crate::negotiation::Version;
use crate::negotiation::offer::Suite;

/// The longest file that is read, in octets.
pub const MAX_FILE: usize = 4 << 20;
/// The most connections kept of one file, and the most proposals of one connection.
const MAX_KEPT: usize = 1024;

/// One file.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Its name, as the user will see it.
    pub file: String,
    /// Its connections.
    pub connections: Vec<Connection>,
    /// What could not be understood, as line and words.
    pub notes: Vec<(u32, String)>,
}

/// One connection.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Its name in the file.
    pub name: String,
    /// Line it begins at.
    pub line: u32,
    /// The only version of IKE it speaks; `None` for both.
    pub version: Option<Version>,
    /// Addresses of the side the file belongs to; empty if any.
    pub local: Vec<String>,
    /// Addresses of the other side; empty if any.
    pub remote: Vec<String>,
    /// IKE proposals, if the file names them.
    pub ike: Option<Proposals>,
}

/// Proposals as written.
#[derive(Clone, Debug, Default)]
pub struct Proposals {
    /// Line.
    pub line: u32,
    /// As written.
    pub text: String,
    /// What that means for IKEv1, a suite for each combination.
    pub v1: Vec<Suite>,
    /// What that means for IKEv2, a suite for each proposal.
    pub v2: Vec<Suite>,
    /// Nothing but these is accepted.
    pub whole: bool,
}

impl Proposals {
    /// The suites for a version.
    #[must_use]
    pub fn suites(&self, version: Version) -> &[Suite] {
        match version {
            Version::V1 => &self.v1,
            Version::V2 => &self.v2,
        }
    }
}

impl Policy {
    /// Reads a file of any syntax that is known; `None` if it is none of them.
    #[must_use]
    pub fn read(file: &str, text: &str) -> Option<Self> {
        let text = text.get(..text.floor_char_boundary(MAX_FILE))?;
        let mut policy = swanctl::read(text)
            .or_else(|| iked::read(text))
            .or_else(|| ipsec_conf::read(text))?;
        policy.file = file.chars().filter(|c| !c.is_control()).take(128).collect();
        policy.connections.truncate(MAX_KEPT);
        policy.notes.truncate(MAX_KEPT);
        Some(policy)
    }

    /// A connection of the file names this address as its own.
    #[must_use]
    pub fn is_of(&self, address: IpAddr) -> bool {
        self.connections
            .iter()
            .any(|c| c.local.iter().any(|l| names(l, address)))
    }

    /// The connections that may serve this pair of addresses. Without `own` the file's own address is not compared: behind NAT it
    /// is another one.
    pub fn between(&self, own: Option<IpAddr>, other: IpAddr) -> impl Iterator<Item = &Connection> {
        let fits =
            |list: &[String], address| list.is_empty() || list.iter().any(|l| names(l, address) || is_any(l));
        self.connections
            .iter()
            .filter(move |c| own.is_none_or(|own| fits(&c.local, own)) && fits(&c.remote, other))
    }
}

/// Words for "any address". A host name may stand for any as well: it is not looked up.
fn is_any(word: &str) -> bool {
    let numeric = |c: char| c.is_ascii_hexdigit() || ".:/-".contains(c);
    word.starts_with('%')
        || word == "any"
        || !word.chars().all(numeric)
        || word.starts_with("0.0.0.0")
        || word.starts_with("::/")
}

/// The address, a subnet or a range that holds it.
fn names(word: &str, address: IpAddr) -> bool {
    if let Ok(one) = word.parse::<IpAddr>() {
        return one == address;
    }
    if let Some((first, last)) = word.split_once('-')
        && let (Ok(first), Ok(last)) = (first.trim().parse::<IpAddr>(), last.trim().parse::<IpAddr>())
    {
        return first.is_ipv4() == address.is_ipv4() && (first..=last).contains(&address);
    }
    let Some((network, length)) = word.split_once('/') else {
        return false;
    };
    match (network.parse(), length.parse::<u32>(), address) {
        (Ok(IpAddr::V4(network)), Ok(length @ 1..=32), IpAddr::V4(a)) => {
            (network.to_bits() ^ a.to_bits()) >> (32 - length) == 0
        }
        (Ok(IpAddr::V6(network)), Ok(length @ 1..=128), IpAddr::V6(a)) => {
            (network.to_bits() ^ a.to_bits()) >> (128 - length) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_named_in_all_the_usual_ways() {
        let a = "198.51.100.20".parse().unwrap();
        for word in ["198.51.100.20", "198.51.100.0/24", "198.51.100.1-198.51.100.99"] {
            assert!(names(word, a), "{word}");
        }
        for word in [
            "198.51.100.21",
            "198.51.101.0/24",
            "2001:db8::/32",
            "vpn.example",
            "0/99",
            "%any",
        ] {
            assert!(!names(word, a), "{word}");
        }
        assert!(is_any("%any") && is_any("vpn.example") && is_any("0.0.0.0/0") && !is_any("198.51.100.0/24"));
    }

    const SAMPLES: [&str; 3] = [
        "connections {\n a {\n version = 1\n local_addrs = 198.51.100.20\n proposals = aes256-sha256-modp2048\n }\n}\nsecrets {\n ike { secret = \"x\" }\n}\n",
        "conn a\n\tleft=198.51.100.20\n\tike=aes256-sha2_256;modp2048\n\tikev2=insist\n",
        "ikev2 \"a\" passive tunnel esp \\\n from any to any local 198.51.100.20 peer any \\\n ikesa enc aes-256 prf hmac-sha2-256 auth hmac-sha2-256 group modp2048 psk \"x\"\n",
    ];

    #[test]
    fn the_same_is_read_from_each_syntax() {
        for sample in SAMPLES {
            let policy = Policy::read("f", sample).unwrap_or_else(|| panic!("{sample}"));
            assert_eq!(policy.connections.len(), 1, "{sample}");
            assert!(policy.is_of("198.51.100.20".parse().unwrap()));
            let ike = policy.connections[0].ike.as_ref().unwrap();
            let line = ike.v2[0].line();
            assert_eq!(
                line, "AES-CBC-256 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / MODP-2048 (group 14)",
                "{sample}"
            );
            assert_eq!(
                ike.v1[0].line(),
                "AES-CBC-256 / SHA2-256 / MODP-2048 (group 14)",
                "{sample}"
            );
            assert!(!format!("{policy:?}").contains("\"x\""), "a secret: {policy:?}");
        }
        assert!(Policy::read("f", "root:x:0:0\n").is_none());
    }

    proptest! {
        #[test]
        fn no_text_does_harm(sample in 0..3usize, at in 0..300usize, cut in 0..300usize, with in "\\PC{0,20}") {
            let text = SAMPLES[sample];
            let at = text.floor_char_boundary(at.min(text.len()));
            let rest = text.ceil_char_boundary((at + cut).min(text.len()));
            let changed = format!("{}{with}{}", &text[..at], &text[rest..]);
            if let Some(policy) = Policy::read("f", &changed) {
                prop_assert!(policy.connections.len() <= changed.len());
            }
        }
    }
}
