//! pfSense, whose IKE daemon is strongSwan.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelling};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const PHASE1: Source = document("pfSense vpn_ipsec_phase1.php", "as of March 2026");
const PHASE2: Source = document("pfSense vpn_ipsec_phase2.php", "as of March 2026");
const INC: Source = document("pfSense src/etc/inc/ipsec.inc", "as of March 2026");
const MOBILE: Source = document("pfSense vpn_ipsec_mobile.php", "as of March 2026");

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "VPN > IPsec > Tunnels > Edit Phase 1 > Encryption Algorithm",
        PHASE1,
    ),
    fact(
        T::EspProposal,
        "VPN > IPsec > Tunnels > Edit Phase 2 > Encryption Algorithms, Hash Algorithms",
        PHASE2,
    ),
    fact(
        T::Pfs,
        "VPN > IPsec > Tunnels > Edit Phase 2 > PFS key group",
        PHASE2,
    ),
    fact(
        T::Selectors,
        "VPN > IPsec > Tunnels > Edit Phase 2 > Local Network, Remote Network",
        PHASE2,
    ),
    fact(T::ChildMode, "VPN > IPsec > Tunnels > Edit Phase 2 > Mode", INC),
    fact(T::Child, "VPN > IPsec > Tunnels > Edit Phase 2", PHASE2),
    fact(
        T::PreSharedKey,
        "VPN > IPsec > Tunnels > Edit Phase 1 > Pre-Shared Key",
        PHASE1,
    )
    .note("mobile clients: VPN > IPsec > Pre-Shared Keys"),
    fact(
        T::AuthMethod,
        "VPN > IPsec > Tunnels > Edit Phase 1 > Authentication Method",
        INC,
    ),
    fact(
        T::OwnIdentity,
        "VPN > IPsec > Tunnels > Edit Phase 1 > My identifier",
        PHASE1,
    ),
    fact(
        T::PeerIdentity,
        "VPN > IPsec > Tunnels > Edit Phase 1 > Peer identifier",
        PHASE1,
    ),
    fact(
        T::IkeVersion,
        "VPN > IPsec > Tunnels > Edit Phase 1 > Key Exchange version",
        PHASE1,
    ),
    fact(
        T::Mode,
        "VPN > IPsec > Tunnels > Edit Phase 1 > Negotiation mode",
        PHASE1,
    ),
    fact(
        T::Encapsulation,
        "VPN > IPsec > Tunnels > Edit Phase 1 > NAT Traversal",
        PHASE1,
    )
    .lines(&["Force"]),
    fact(
        T::Pool,
        "VPN > IPsec > Mobile Clients > Virtual Address Pool",
        MOBILE,
    ),
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
