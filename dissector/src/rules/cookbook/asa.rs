//! Cisco ASA.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelled, Spelling};
use crate::negotiation::Version;
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const PUBLISHED: Source = document("public configurations, at least two", "ASA 8.4 and later");
const L2TP: Source = document(
    "Cisco 200340, L2TP over IPsec between Windows 8 PC and ASA; public configurations, at least two",
    "ASA 8.4 and later",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "crypto ikev1 policy N", PUBLISHED).only(V1),
    fact(T::IkeProposal, "crypto ikev2 policy N", PUBLISHED).only(V2),
    fact(
        T::EspProposal,
        "crypto map ... set ikev1 transform-set",
        PUBLISHED,
    )
    .only(V1),
    fact(
        T::EspProposal,
        "crypto map ... set ikev2 ipsec-proposal",
        PUBLISHED,
    )
    .only(V2),
    fact(T::Pfs, "crypto map ... set pfs", PUBLISHED),
    fact(T::Selectors, "crypto map ... match address", PUBLISHED).note("and the access list that it names"),
    fact(
        T::ChildMode,
        "crypto ipsec ikev1 transform-set NAME mode transport",
        PUBLISHED,
    )
    .only(V1)
    .note("tunnel unless it is set"),
    fact(
        T::Child,
        "crypto map ... set ikev1 transform-set or set ikev2 ipsec-proposal, set pfs, match address",
        PUBLISHED,
    ),
    fact(T::PreSharedKey, "tunnel-group NAME ipsec-attributes", PUBLISHED),
    fact(T::IkeVersion, "crypto ikev1 enable", PUBLISHED)
        .only(V1)
        .lines(&["crypto ikev1 enable outside"]),
    fact(T::IkeVersion, "crypto ikev2 enable", PUBLISHED)
        .only(V2)
        .lines(&["crypto ikev2 enable outside"]),
    fact(T::Mtu, "sysopt connection tcpmss", PUBLISHED).lines(&["sysopt connection tcpmss 1350"]),
    fact(
        T::Pool,
        "tunnel-group NAME general-attributes: address-pool",
        PUBLISHED,
    ),
    fact(
        T::L2tpSelectors,
        "crypto ipsec ikev1 transform-set NAME mode transport",
        L2TP,
    )
    .only(V1)
    .lines(&["crypto ipsec ikev1 transform-set NAME mode transport"])
    .note("in the group policy vpn-tunnel-protocol l2tp-ipsec, and the tunnel group DefaultRAGroup"),
    fact(T::PppLogin, "tunnel-group DefaultRAGroup ppp-attributes", L2TP)
        .lines(&["no authentication chap", "authentication ms-chap-v2"]),
];

/// A policy or proposal of its own for each combination; the numbers and names are the administrator's. IKEv1 knows MD5 and SHA-1 only.
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, version| {
        let v1_esp = purpose == Purpose::Esp && version == Version::V1;
        Some(match c.attribute {
            Attribute::Encryption => {
                let name = match (c.id, c.key_length) {
                    (3, _) => "3des".to_owned(),
                    (12, Some(128)) => "aes".to_owned(),
                    (12, Some(bits)) => format!("aes-{bits}"),
                    (20, Some(bits)) if version == Version::V2 => format!("aes-gcm-{bits}"),
                    _ => return None,
                };
                if v1_esp { format!("esp-{name}") } else { name }
            }
            Attribute::Integrity | Attribute::Prf => match (c.attribute, spelling::hash(c)?) {
                (Attribute::Integrity, "sha1") if v1_esp => "esp-sha-hmac".to_owned(),
                (Attribute::Integrity, "md5") if v1_esp => "esp-md5-hmac".to_owned(),
                (Attribute::Integrity, "sha1") if purpose == Purpose::Esp => "sha-1".to_owned(),
                (Attribute::Integrity, "sha256") if purpose == Purpose::Esp && !v1_esp => {
                    "sha-256".to_owned()
                }
                (_, "sha1") => "sha".to_owned(),
                (_, "md5") => "md5".to_owned(),
                (_, hash) if version == Version::V2 && purpose == Purpose::Ike => hash.to_owned(),
                _ => return None,
            },
            Attribute::DhGroup if matches!(c.id, 1 | 2 | 5 | 14 | 19..=21 | 24) => c.id.to_string(),
            Attribute::Esn if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, version| {
        let s = all.last()?;
        let first = Spelled::first;
        Some(match (purpose, version) {
            (Purpose::Ike, Version::V1) => vec![
                "crypto ikev1 policy NUMBER".to_owned(),
                "authentication pre-share".to_owned(),
                format!("encryption {}", first(&s.ciphers)),
                format!("hash {}", first(&s.integrity)),
                format!("group {}", s.groups.first()?),
            ],
            (Purpose::Ike, Version::V2) => {
                let mut lines = vec![
                    "crypto ikev2 policy NUMBER".to_owned(),
                    format!("encryption {}", first(&s.ciphers)),
                ];
                lines.extend(s.integrity.first().map(|hash| format!("integrity {hash}")));
                lines.push(format!("group {}", s.groups.first()?));
                lines.push(format!("prf {}", s.prfs.first()?));
                lines
            }
            (Purpose::Esp, Version::V1) => vec![format!(
                "crypto ipsec ikev1 transform-set NAME {} {}",
                first(&s.ciphers),
                s.integrity.first()?
            )],
            (Purpose::Esp, Version::V2) => {
                let mut lines = vec![
                    "crypto ipsec ikev2 ipsec-proposal NAME".to_owned(),
                    format!("protocol esp encryption {}", first(&s.ciphers)),
                ];
                lines.extend(
                    s.integrity
                        .first()
                        .map(|hash| format!("protocol esp integrity {hash}")),
                );
                lines
            }
            (Purpose::Ah, _) => return None,
        })
    },
};
