//! FortiGate (FortiOS).

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelling};
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const SCHEMA: Source = document(
    "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    "FortiOS 6.0 to 7",
);
const L2TP: Source = document(
    "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema; Fortinet admin guide 7.0, L2TP over IPsec",
    "FortiOS 6.0 to 7",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "config vpn ipsec phase1-interface: set proposal, set dhgrp",
        SCHEMA,
    )
    .note("the lists replace the old ones"),
    fact(
        T::EspProposal,
        "config vpn ipsec phase2-interface: set proposal",
        SCHEMA,
    ),
    fact(
        T::Pfs,
        "config vpn ipsec phase2-interface: set pfs, set dhgrp",
        SCHEMA,
    ),
    fact(
        T::Selectors,
        "config vpn ipsec phase2-interface: set src-subnet, set dst-subnet",
        SCHEMA,
    ),
    fact(
        T::ChildMode,
        "config vpn ipsec phase2-interface: set encapsulation",
        SCHEMA,
    )
    .note("transport-mode or tunnel-mode"),
    fact(
        T::Child,
        "config vpn ipsec phase2-interface: set proposal, set pfs, set dhgrp, set src-subnet, set dst-subnet",
        SCHEMA,
    ),
    fact(
        T::PreSharedKey,
        "config vpn ipsec phase1-interface: set psksecret",
        SCHEMA,
    ),
    fact(
        T::AuthMethod,
        "config vpn ipsec phase1-interface: set authmethod",
        SCHEMA,
    )
    .note("psk or signature"),
    fact(
        T::OwnIdentity,
        "config vpn ipsec phase1-interface: set localid",
        SCHEMA,
    ),
    fact(
        T::PeerIdentity,
        "config vpn ipsec phase1-interface: set peertype, set peerid",
        SCHEMA,
    ),
    fact(
        T::IkeVersion,
        "config vpn ipsec phase1-interface: set ike-version",
        SCHEMA,
    )
    .only(V1)
    .lines(&["set ike-version 1"]),
    fact(
        T::IkeVersion,
        "config vpn ipsec phase1-interface: set ike-version",
        SCHEMA,
    )
    .only(V2)
    .lines(&["set ike-version 2"]),
    fact(T::Mode, "config vpn ipsec phase1-interface: set mode", SCHEMA).note("main or aggressive"),
    fact(
        T::Fragmentation,
        "config vpn ipsec phase1-interface: set fragmentation, set fragmentation-mtu",
        SCHEMA,
    )
    .lines(&["set fragmentation enable", "set fragmentation-mtu 1200"]),
    fact(
        T::Encapsulation,
        "config vpn ipsec phase1-interface: set nattraversal",
        SCHEMA,
    )
    .lines(&["set nattraversal forced"]),
    fact(T::Mtu, "config system interface: set tcp-mss", SCHEMA)
        .lines(&["set tcp-mss 1350"])
        .note("on the tunnel interface"),
    fact(
        T::Pool,
        "config vpn ipsec phase1-interface: set mode-cfg, set ipv4-start-ip, set ipv4-end-ip",
        SCHEMA,
    ),
    fact(
        T::L2tpSelectors,
        "config vpn ipsec phase2-interface: set encapsulation, set l2tp",
        L2TP,
    )
    .lines(&["set encapsulation transport-mode", "set l2tp enable"]),
];

/// `set proposal aes256-sha256` and `set dhgrp 14`; each list holds for all of the other (FortiOS schema of the source above).
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, _, _| {
        Some(match c.attribute {
            Attribute::Encryption => match (c.id, c.key_length) {
                (20, Some(bits @ (128 | 256))) => format!("aes{bits}gcm"),
                (20, _) => return None,
                _ => spelling::cipher(c, "")?,
            },
            Attribute::Integrity => spelling::hash(c)?.to_owned(),
            Attribute::Prf => format!("prf{}", spelling::hash(c)?),
            Attribute::DhGroup if matches!(c.id, 1 | 2 | 5 | 14..=21 | 27..=32) => c.id.to_string(),
            Attribute::Esn if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let pairs = all.iter().flat_map(|s| {
            let hashes = match purpose {
                Purpose::Ike if s.integrity.is_empty() => &s.prfs,
                _ => &s.integrity,
            };
            let with = |cipher: &String| match hashes.as_slice() {
                [] => vec![cipher.clone()],
                hashes => hashes.iter().map(|hash| format!("{cipher}-{hash}")).collect(),
            };
            s.ciphers.iter().flat_map(with).collect::<Vec<_>>()
        });
        let pairs: Vec<String> = pairs.collect();
        let groups = spelling::each_once(all.iter().flat_map(|s| &s.groups));
        let mut lines = vec![format!("set proposal {}", spelling::each_once(&pairs).join(" "))];
        match (purpose, groups.is_empty()) {
            (_, false) => lines.push(format!("set dhgrp {}", groups.join(" "))),
            (Purpose::Ike, true) => return None,
            _ => {}
        }
        Some(lines)
    },
};
