//! pfSense, whose IKE daemon is strongSwan.

use super::advice::{Advice, Topic as T};
use super::spelling::{self, Spelling};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 1 > Encryption Algorithm",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_phase1.php",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 2 > Encryption Algorithms, Hash Algorithms",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_phase2.php",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 2 > PFS key group",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_phase2.php",
    },
    Advice {
        topic: T::Selectors,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 2 > Local Network, Remote Network",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_phase2.php",
    },
    Advice {
        topic: T::ChildMode,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 2 > Mode",
        lines: &[],
        note: "",
        source: "pfSense src/etc/inc/ipsec.inc",
    },
    Advice {
        topic: T::Child,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 2",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_phase2.php",
    },
    Advice {
        topic: T::PreSharedKey,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 1 > Pre-Shared Key",
        lines: &[],
        note: "mobile clients: VPN > IPsec > Pre-Shared Keys",
        source: "pfSense vpn_ipsec_phase1.php",
    },
    Advice {
        topic: T::AuthMethod,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 1 > Authentication Method",
        lines: &[],
        note: "",
        source: "pfSense src/etc/inc/ipsec.inc",
    },
    Advice {
        topic: T::OwnIdentity,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 1 > My identifier",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_phase1.php",
    },
    Advice {
        topic: T::PeerIdentity,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 1 > Peer identifier",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_phase1.php",
    },
    Advice {
        topic: T::IkeVersion,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 1 > Key Exchange version",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_phase1.php",
    },
    Advice {
        topic: T::Mode,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 1 > Negotiation mode",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_phase1.php",
    },
    Advice {
        topic: T::Encapsulation,
        version: None,
        setting: "VPN > IPsec > Tunnels > Edit Phase 1 > NAT Traversal",
        lines: &["Force"],
        note: "",
        source: "pfSense vpn_ipsec_phase1.php",
    },
    Advice {
        topic: T::Pool,
        version: None,
        setting: "VPN > IPsec > Mobile Clients > Virtual Address Pool",
        lines: &[],
        note: "",
        source: "pfSense vpn_ipsec_mobile.php",
    },
];

/// Chosen in menus (`vpn_ipsec_phase1.php`, `vpn_ipsec_phase2.php`; the names of the values are those of `ipsec.inc`).
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, _, _| {
        Some(match c.attribute {
            Attribute::Encryption => match (c.id, c.key_length) {
                (12, Some(bits)) => format!("AES {bits} bits"),
                (20, Some(bits)) => format!("AES{bits}-GCM 128 bits"),
                (3, _) => "3DES".to_owned(),
                _ => return None,
            },
            Attribute::Integrity | Attribute::Prf => spelling::hash(c)?.to_uppercase(),
            Attribute::DhGroup if matches!(c.id, 1 | 2 | 5 | 14..=24 | 28..=32) => c.id.to_string(),
            Attribute::Esn if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let s = all.last()?;
        let (cipher, hash) = (s.ciphers.first()?, s.integrity.first().or(s.prfs.first()));
        let with_hash = hash.map_or_else(String::new, |hash| format!(", {hash}"));
        Some(vec![match purpose {
            Purpose::Ike => format!(
                "VPN > IPsec > Tunnels > Edit Phase 1 > Add Algorithm: {cipher}{with_hash}, DH Group {}",
                s.groups.first()?
            ),
            Purpose::Esp => {
                let pfs = s
                    .groups
                    .first()
                    .map_or_else(String::new, |id| format!(", PFS key group {id}"));
                format!("VPN > IPsec > Tunnels > Edit Phase 2: {cipher}{with_hash}{pfs}")
            }
            Purpose::Ah => return None,
        }])
    },
};
