//! Cisco IOS and IOS XE.

use super::advice::{Advice, Topic as T};
use super::spelling::{self, Spelled, Spelling};
use crate::negotiation::Version;
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: Some(V1),
        setting: "crypto isakmp policy N",
        lines: &[],
        note: "encryption, hash, group and authentication",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::IkeProposal,
        version: Some(V2),
        setting: "crypto ikev2 proposal",
        lines: &[],
        note: "which crypto ikev2 policy has to name",
        source: "CiscoDevNet/terraform-provider-iosxe docs/resources",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "crypto ipsec transform-set",
        lines: &[],
        note: "",
        source: "CiscoDevNet/terraform-provider-iosxe docs/resources",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "set pfs",
        lines: &[],
        note: "in the crypto map or IPsec profile",
        source: "CiscoDevNet/terraform-provider-iosxe docs/resources",
    },
    Advice {
        topic: T::Selectors,
        version: None,
        setting: "match address",
        lines: &[],
        note: "and the access list that it names",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::ChildMode,
        version: None,
        setting: "crypto ipsec transform-set: mode",
        lines: &[],
        note: "transport or tunnel",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::Child,
        version: None,
        setting: "crypto ipsec transform-set (with its mode), set pfs and the access list of the crypto map",
        lines: &[],
        note: "",
        source: "CiscoDevNet/terraform-provider-iosxe docs/resources",
    },
    Advice {
        topic: T::PreSharedKey,
        version: Some(V1),
        setting: "crypto isakmp key KEY address PEER",
        lines: &[],
        note: "",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::PreSharedKey,
        version: Some(V2),
        setting: "crypto ikev2 keyring",
        lines: &[],
        note: "peer, address and pre-shared-key",
        source: "CiscoDevNet/terraform-provider-iosxe docs/resources",
    },
    Advice {
        topic: T::AuthMethod,
        version: Some(V1),
        setting: "crypto isakmp policy N: authentication",
        lines: &[],
        note: "pre-share or rsa-sig",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::AuthMethod,
        version: Some(V2),
        setting: "crypto ikev2 profile: authentication local and authentication remote",
        lines: &[],
        note: "",
        source: "CiscoDevNet/terraform-provider-iosxe docs/resources",
    },
    Advice {
        topic: T::OwnIdentity,
        version: Some(V1),
        setting: "crypto isakmp identity",
        lines: &[],
        note: "",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::OwnIdentity,
        version: Some(V2),
        setting: "crypto ikev2 profile: identity local",
        lines: &[],
        note: "",
        source: "CiscoDevNet/terraform-provider-iosxe docs/resources",
    },
    Advice {
        topic: T::PeerIdentity,
        version: Some(V1),
        setting: "crypto isakmp profile: match identity",
        lines: &[],
        note: "",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::PeerIdentity,
        version: Some(V2),
        setting: "crypto ikev2 profile: match identity remote",
        lines: &[],
        note: "",
        source: "CiscoDevNet/terraform-provider-iosxe docs/resources",
    },
    Advice {
        topic: T::IkeVersion,
        version: Some(V1),
        setting: "crypto isakmp policy",
        lines: &[],
        note: "",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::IkeVersion,
        version: Some(V2),
        setting: "crypto ikev2 proposal, policy and profile, and set ikev2-profile",
        lines: &[],
        note: "",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::Fragmentation,
        version: Some(V1),
        setting: "crypto isakmp fragmentation",
        lines: &["crypto isakmp fragmentation"],
        note: "",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::Fragmentation,
        version: Some(V2),
        setting: "crypto ikev2 fragmentation",
        lines: &["crypto ikev2 fragmentation mtu 1280"],
        note: "",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::Encapsulation,
        version: Some(V2),
        setting: "crypto ikev2 profile: nat force-encap",
        lines: &["nat force-encap"],
        note: "IOS XE",
        source: "CiscoTestAutomation/genielibs",
    },
    Advice {
        topic: T::Mtu,
        version: None,
        setting: "ip tcp adjust-mss",
        lines: &["ip tcp adjust-mss 1360"],
        note: "on the tunnel's or the inner interface",
        source: "public configurations, at least two",
    },
    Advice {
        topic: T::Pool,
        version: None,
        setting: "ip local pool",
        lines: &[],
        note: "",
        source: "public configurations, at least two",
    },
];

/// A policy or proposal of its own for each combination; the numbers and names are the administrator's.
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, version| {
        let esp = purpose != Purpose::Ike;
        Some(match (c.attribute, version) {
            (Attribute::Encryption, _) => match (c.id, c.key_length) {
                (3, _) if esp => "esp-3des".to_owned(),
                (3, _) => "3des".to_owned(),
                (12, Some(128)) if esp => "esp-aes".to_owned(),
                (12, Some(bits)) if esp => format!("esp-aes {bits}"),
                (12, Some(128)) if version == Version::V1 => "aes".to_owned(),
                (12, Some(bits)) if version == Version::V1 => format!("aes {bits}"),
                (12, Some(bits)) => format!("aes-cbc-{bits}"),
                (20, Some(bits)) if esp => format!("esp-gcm {bits}"),
                (20, Some(bits @ (128 | 256))) if version == Version::V2 => format!("aes-gcm-{bits}"),
                _ => return None,
            },
            (Attribute::Integrity, _) if esp => match spelling::hash(c)? {
                "sha1" => "esp-sha-hmac".to_owned(),
                hash => format!("esp-{hash}-hmac"),
            },
            (Attribute::Integrity, Version::V1) if c.id == 2 => "sha".to_owned(),
            (Attribute::Integrity | Attribute::Prf, _) => spelling::hash(c)?.to_owned(),
            (Attribute::DhGroup, _) if matches!(c.id, 1 | 2 | 5 | 14..=16 | 19..=21 | 24) => c.id.to_string(),
            (Attribute::Esn, _) if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, version| {
        let s = all.last()?;
        let first = Spelled::first;
        let mut lines = match (purpose, version) {
            (Purpose::Ike, Version::V1) => vec![
                "crypto isakmp policy NUMBER".to_owned(),
                format!("encryption {}", first(&s.ciphers)),
                format!("hash {}", first(&s.integrity)),
                "authentication pre-share".to_owned(),
            ],
            (Purpose::Ike, Version::V2) => {
                let mut lines = vec![
                    "crypto ikev2 proposal NAME".to_owned(),
                    format!("encryption {}", first(&s.ciphers)),
                ];
                lines.push(match s.integrity.first() {
                    Some(hash) => format!("integrity {hash}"),
                    None => format!("prf {}", first(&s.prfs)),
                });
                lines
            }
            (Purpose::Esp, _) => {
                let set = format!(
                    "crypto ipsec transform-set NAME {} {}",
                    first(&s.ciphers),
                    first(&s.integrity)
                );
                return Some(vec![set.trim_end().to_owned()]);
            }
            (Purpose::Ah, _) => return None,
        };
        lines.push(format!("group {}", s.groups.first()?));
        Some(lines)
    },
};
