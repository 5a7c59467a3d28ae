//! Check Point.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelling};
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const COMMUNITY: Source = document(
    "CheckPointSW/CheckPointAnsibleMgmtCollection cp_mgmt_vpn_community_star.py",
    "R80.10 and later",
);
const COMMUNITY_81: Source = document(
    "CheckPointSW/CheckPointAnsibleMgmtCollection cp_mgmt_vpn_community_star.py",
    "R81 and later",
);
const NAT_T: Source = document(
    "Check Point, Site to Site VPN Administration Guide R80.10, NAT-T",
    "R80.10 and later",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "VPN Community > Encryption > custom encryption suite",
        COMMUNITY,
    )
    .note("one algorithm of each kind for phase 1, no list"),
    fact(
        T::EspProposal,
        "VPN Community > Encryption > custom encryption suite",
        COMMUNITY,
    )
    .note("one algorithm of each kind for phase 2, no list"),
    fact(
        T::Pfs,
        "VPN Community, phase 2: use PFS, and its group",
        COMMUNITY_81,
    ),
    fact(
        T::Selectors,
        "the encryption domains, and VPN Community, tunnel sharing",
        COMMUNITY_81,
    )
    .note("per host, per subnet or per gateway pair: what it asks for hangs on it"),
    fact(
        T::Child,
        "VPN Community: encryption suite, PFS and tunnel sharing",
        COMMUNITY_81,
    ),
    fact(T::PreSharedKey, "VPN Community > Shared Secret", COMMUNITY).note("one for each external gateway"),
    fact(T::AuthMethod, "VPN Community > Shared Secret", COMMUNITY)
        .note("with it a pre-shared key, without it certificates"),
    fact(
        T::IkeVersion,
        "VPN Community > Encryption, encryption method",
        COMMUNITY,
    )
    .only(V1)
    .lines(&["prefer ikev2 but support ikev1"]),
    fact(
        T::IkeVersion,
        "VPN Community > Encryption, encryption method",
        COMMUNITY,
    )
    .only(V2)
    .lines(&["ikev2 only"])
    .note("or prefer ikev2 but support ikev1"),
    fact(T::Encapsulation, "force_nat_t of the gateway (GuiDBedit)", NAT_T).lines(&["force_nat_t: true"]),
];

/// One of each, in the words of the management API.
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, _| {
        Some(match c.attribute {
            Attribute::Encryption => match (c.id, c.key_length) {
                (3, _) => "3des".to_owned(),
                (12, Some(bits @ (128 | 256))) => format!("aes-{bits}"),
                (20, Some(bits @ (128 | 256))) if purpose != Purpose::Ike => format!("aes-gcm-{bits}"),
                _ => return None,
            },
            Attribute::Integrity | Attribute::Prf if c.id != 7 && c.id != 14 => spelling::hash(c)?.to_owned(),
            Attribute::DhGroup if matches!(c.id, 1 | 2 | 5 | 14 | 19 | 20) => format!("group-{}", c.id),
            Attribute::Esn if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let s = all.last()?;
        let phase = match purpose {
            Purpose::Ike if s.same_prf => 1,
            Purpose::Esp => 2,
            _ => return None,
        };
        let words = s.ciphers.iter().chain(&s.integrity).chain(&s.groups);
        let words: Vec<&str> = words.map(String::as_str).collect();
        Some(vec![format!(
            "VPN Community > Encryption > custom encryption suite, phase {phase}: {}",
            words.join(", ")
        )])
    },
};
