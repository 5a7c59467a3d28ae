//! MikroTik RouterOS.

use super::advice::{Advice, Topic as T};
use super::spelling::{self, Spelled, Spelling};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: None,
        setting: "/ip ipsec profile: enc-algorithm, hash-algorithm, dh-group",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "/ip ipsec proposal: auth-algorithms, enc-algorithms",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "/ip ipsec proposal: pfs-group",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::Selectors,
        version: None,
        setting: "/ip ipsec policy: src-address, dst-address",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::ChildMode,
        version: None,
        setting: "/ip ipsec policy: tunnel",
        lines: &[],
        note: "yes for tunnel mode, no for transport mode",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::Child,
        version: None,
        setting: "/ip ipsec proposal: auth-algorithms, enc-algorithms, pfs-group, and /ip ipsec policy",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::PreSharedKey,
        version: None,
        setting: "/ip ipsec identity: secret",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::AuthMethod,
        version: None,
        setting: "/ip ipsec identity: auth-method",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::OwnIdentity,
        version: None,
        setting: "/ip ipsec identity: my-id",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::PeerIdentity,
        version: None,
        setting: "/ip ipsec identity: remote-id",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::IkeVersion,
        version: None,
        setting: "/ip ipsec peer: exchange-mode",
        lines: &[],
        note: "main or aggressive for IKEv1, ike2 for IKEv2",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::Mode,
        version: None,
        setting: "/ip ipsec peer: exchange-mode",
        lines: &[],
        note: "main or aggressive",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::Pool,
        version: None,
        setting: "/ip ipsec mode-config: address-pool",
        lines: &[],
        note: "",
        source: "MikroTik documentation, IPsec",
    },
    Advice {
        topic: T::L2tpSelectors,
        version: None,
        setting: "/interface l2tp-server server: use-ipsec",
        lines: &["/interface l2tp-server server set enabled=yes use-ipsec=required ipsec-secret=KEY"],
        note: "it makes the policy itself",
        source: "MikroTik documentation, L2TP",
    },
];

/// Lists of one kind each, and in a profile one hash alone (MikroTik documentation, IPsec).
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, _| {
        let cbc = if purpose == Purpose::Ike { "" } else { "-cbc" };
        Some(match c.attribute {
            Attribute::Encryption => match (c.id, c.key_length) {
                (3, _) => "3des".to_owned(),
                (12, Some(bits)) => format!("aes-{bits}{cbc}"),
                (20, Some(bits)) if purpose != Purpose::Ike => format!("aes-{bits}-gcm"),
                _ => return None,
            },
            Attribute::Integrity if matches!(c.id, 1 | 2 | 12 | 14) => spelling::hash(c)?.to_owned(),
            Attribute::Prf => String::new(),
            Attribute::DhGroup if c.id != 31 => spelling::group(c.id)?.to_owned(),
            Attribute::Esn if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let list = |of: fn(&Spelled) -> &Vec<String>| spelling::each_once(all.iter().flat_map(of)).join(",");
        let (ciphers, groups) = (list(|s| &s.ciphers), list(|s| &s.groups));
        let last = all.last()?;
        Some(vec![match purpose {
            Purpose::Ike => format!(
                "/ip ipsec profile set [find name=NAME] enc-algorithm={ciphers} hash-algorithm={} dh-group={groups}",
                Spelled::first(&last.integrity)
            ),
            Purpose::Esp => {
                let pfs = match last.groups.first() {
                    Some(group) => format!(" pfs-group={group}"),
                    None => String::new(),
                };
                format!(
                    "/ip ipsec proposal set [find name=NAME] enc-algorithms={ciphers} auth-algorithms={}{pfs}",
                    list(|s| &s.integrity)
                )
            }
            Purpose::Ah => return None,
        }])
    },
};
