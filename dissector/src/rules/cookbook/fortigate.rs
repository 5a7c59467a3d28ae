//! FortiGate (FortiOS).

use super::advice::{Advice, Topic as T};
use super::spelling::{self, Spelling};
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: None,
        setting: "config vpn ipsec phase1-interface: set proposal, set dhgrp",
        lines: &[],
        note: "the lists replace the old ones",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "config vpn ipsec phase2-interface: set proposal",
        lines: &[],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "config vpn ipsec phase2-interface: set pfs, set dhgrp",
        lines: &[],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::Selectors,
        version: None,
        setting: "config vpn ipsec phase2-interface: set src-subnet, set dst-subnet",
        lines: &[],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::ChildMode,
        version: None,
        setting: "config vpn ipsec phase2-interface: set encapsulation",
        lines: &[],
        note: "transport-mode or tunnel-mode",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::Child,
        version: None,
        setting: "config vpn ipsec phase2-interface: set proposal, set pfs, set dhgrp, set src-subnet, set dst-subnet",
        lines: &[],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::PreSharedKey,
        version: None,
        setting: "config vpn ipsec phase1-interface: set psksecret",
        lines: &[],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::AuthMethod,
        version: None,
        setting: "config vpn ipsec phase1-interface: set authmethod",
        lines: &[],
        note: "psk or signature",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::OwnIdentity,
        version: None,
        setting: "config vpn ipsec phase1-interface: set localid",
        lines: &[],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::PeerIdentity,
        version: None,
        setting: "config vpn ipsec phase1-interface: set peertype, set peerid",
        lines: &[],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::IkeVersion,
        version: Some(V1),
        setting: "config vpn ipsec phase1-interface: set ike-version",
        lines: &["set ike-version 1"],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::IkeVersion,
        version: Some(V2),
        setting: "config vpn ipsec phase1-interface: set ike-version",
        lines: &["set ike-version 2"],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::Mode,
        version: None,
        setting: "config vpn ipsec phase1-interface: set mode",
        lines: &[],
        note: "main or aggressive",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::Fragmentation,
        version: None,
        setting: "config vpn ipsec phase1-interface: set fragmentation, set fragmentation-mtu",
        lines: &["set fragmentation enable", "set fragmentation-mtu 1200"],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::Encapsulation,
        version: None,
        setting: "config vpn ipsec phase1-interface: set nattraversal",
        lines: &["set nattraversal forced"],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::Mtu,
        version: None,
        setting: "config system interface: set tcp-mss",
        lines: &["set tcp-mss 1350"],
        note: "on the tunnel interface",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::Pool,
        version: None,
        setting: "config vpn ipsec phase1-interface: set mode-cfg, set ipv4-start-ip, set ipv4-end-ip",
        lines: &[],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema",
    },
    Advice {
        topic: T::L2tpSelectors,
        version: None,
        setting: "config vpn ipsec phase2-interface: set encapsulation, set l2tp",
        lines: &["set encapsulation transport-mode", "set l2tp enable"],
        note: "",
        source: "fortinet-ansible-dev/ansible-galaxy-fortios-collection, API schema; Fortinet admin guide 7.0, L2TP over IPsec",
    },
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
