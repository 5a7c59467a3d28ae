//! Cisco IOS and IOS XE.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelled, Spelling};
use crate::negotiation::Version;
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const PUBLISHED: Source = document(
    "public configurations, at least two",
    "IOS 12.4 and later, IOS XE",
);
const TERRAFORM: Source = document("CiscoDevNet/terraform-provider-iosxe docs/resources", "IOS XE");
const GENIE: Source = document("CiscoTestAutomation/genielibs", "IOS XE");

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "crypto isakmp policy N", PUBLISHED)
        .only(V1)
        .note("encryption, hash, group and authentication"),
    fact(T::IkeProposal, "crypto ikev2 proposal", TERRAFORM)
        .only(V2)
        .note("which crypto ikev2 policy has to name"),
    fact(T::EspProposal, "crypto ipsec transform-set", TERRAFORM),
    fact(T::Pfs, "set pfs", TERRAFORM).note("in the crypto map or IPsec profile"),
    fact(T::Selectors, "match address", PUBLISHED).note("and the access list that it names"),
    fact(T::ChildMode, "crypto ipsec transform-set: mode", PUBLISHED).note("transport or tunnel"),
    fact(
        T::Child,
        "crypto ipsec transform-set (with its mode), set pfs and the access list of the crypto map",
        TERRAFORM,
    ),
    fact(T::PreSharedKey, "crypto isakmp key KEY address PEER", PUBLISHED).only(V1),
    fact(T::PreSharedKey, "crypto ikev2 keyring", TERRAFORM)
        .only(V2)
        .note("peer, address and pre-shared-key"),
    fact(T::AuthMethod, "crypto isakmp policy N: authentication", PUBLISHED)
        .only(V1)
        .note("pre-share or rsa-sig"),
    fact(
        T::AuthMethod,
        "crypto ikev2 profile: authentication local and authentication remote",
        TERRAFORM,
    )
    .only(V2),
    fact(T::OwnIdentity, "crypto isakmp identity", PUBLISHED).only(V1),
    fact(T::OwnIdentity, "crypto ikev2 profile: identity local", TERRAFORM).only(V2),
    fact(
        T::PeerIdentity,
        "crypto isakmp profile: match identity",
        PUBLISHED,
    )
    .only(V1),
    fact(
        T::PeerIdentity,
        "crypto ikev2 profile: match identity remote",
        TERRAFORM,
    )
    .only(V2),
    fact(T::IkeVersion, "crypto isakmp policy", PUBLISHED).only(V1),
    fact(
        T::IkeVersion,
        "crypto ikev2 proposal, policy and profile, and set ikev2-profile",
        PUBLISHED,
    )
    .only(V2),
    fact(T::Fragmentation, "crypto isakmp fragmentation", PUBLISHED)
        .only(V1)
        .lines(&["crypto isakmp fragmentation"]),
    fact(T::Fragmentation, "crypto ikev2 fragmentation", PUBLISHED)
        .only(V2)
        .lines(&["crypto ikev2 fragmentation mtu 1280"]),
    fact(T::Encapsulation, "crypto ikev2 profile: nat force-encap", GENIE)
        .only(V2)
        .lines(&["nat force-encap"])
        .note("IOS XE"),
    fact(T::Mtu, "ip tcp adjust-mss", PUBLISHED)
        .lines(&["ip tcp adjust-mss 1360"])
        .note("on the tunnel's or the inner interface"),
    fact(T::Pool, "ip local pool", PUBLISHED),
    fact(
        T::L2tpSelectors,
        "crypto ipsec transform-set: mode transport; crypto dynamic-map: set nat demux",
        PUBLISHED,
    )
    .only(V1)
    .lines(&["mode transport", "set nat demux"]),
    fact(
        T::PppLogin,
        "interface Virtual-Template: ppp authentication",
        PUBLISHED,
    )
    .lines(&["ppp authentication ms-chap-v2"]),
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
