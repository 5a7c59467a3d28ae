//! VyOS, and EdgeOS where it has the same words.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelling};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const DEFINITIONS: Source = document("vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in", "VyOS 1.4");
const SITE: Source = document(
    "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in; VyOS documentation, site-to-site",
    "VyOS 1.4",
);
const KEYS: Source = document(
    "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in; VyOS documentation; published EdgeOS configurations",
    "VyOS 1.3 and 1.4, EdgeOS",
);
const PEER: Source = document(
    "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in; data/templates/ipsec/swanctl/peer.j2; published EdgeOS configurations",
    "VyOS 1.3 and 1.4, EdgeOS",
);
const ACCESS: Source = document("VyOS documentation, remote access", "VyOS 1.4");

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "vpn ipsec ike-group <name> proposal <number>: encryption, hash, dh-group",
        DEFINITIONS,
    ),
    fact(
        T::EspProposal,
        "vpn ipsec esp-group <name> proposal <number>: encryption, hash",
        DEFINITIONS,
    ),
    fact(T::Pfs, "vpn ipsec esp-group <name> pfs", DEFINITIONS),
    fact(
        T::Selectors,
        "vpn ipsec site-to-site peer <name> tunnel <number>: local prefix, remote prefix",
        SITE,
    ),
    fact(T::ChildMode, "vpn ipsec esp-group <name> mode", DEFINITIONS).note("tunnel or transport"),
    fact(
        T::Child,
        "vpn ipsec esp-group <name> (proposal, pfs, mode), and the prefixes of the peer's tunnel",
        DEFINITIONS,
    ),
    fact(
        T::PreSharedKey,
        "vpn ipsec authentication psk <name> secret; up to VyOS 1.3 and on EdgeOS: vpn ipsec site-to-site peer <address> authentication pre-shared-secret",
        KEYS,
    ),
    fact(
        T::AuthMethod,
        "vpn ipsec site-to-site peer <name> authentication mode",
        DEFINITIONS,
    ),
    fact(
        T::OwnIdentity,
        "vpn ipsec site-to-site peer <name> authentication local-id",
        SITE,
    ),
    fact(
        T::PeerIdentity,
        "vpn ipsec site-to-site peer <name> authentication remote-id",
        SITE,
    ),
    fact(
        T::IkeVersion,
        "vpn ipsec ike-group <name> key-exchange",
        DEFINITIONS,
    )
    .note("ikev1 or ikev2"),
    fact(T::Mode, "vpn ipsec ike-group <name> mode", DEFINITIONS).note("main or aggressive"),
    fact(
        T::Encapsulation,
        "vpn ipsec site-to-site peer <name> force-udp-encapsulation; up to VyOS 1.3 and on EdgeOS: force-encapsulation enable",
        PEER,
    ),
    fact(T::Pool, "vpn ipsec remote-access pool <name> prefix", ACCESS),
];

/// Each combination is a numbered proposal (`vpn_ipsec.xml.in`).
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, _, _| {
        Some(match c.attribute {
            Attribute::Encryption => spelling::cipher(c, "gcm128")?,
            Attribute::Integrity => spelling::hash(c)?.to_owned(),
            Attribute::Prf => format!("prf{}", spelling::hash(c)?),
            Attribute::DhGroup if matches!(c.id, 1 | 2 | 5 | 14..=21 | 31) => c.id.to_string(),
            Attribute::Esn if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let s = all.last()?;
        let group = match purpose {
            Purpose::Ike => "set vpn ipsec ike-group NAME proposal NUMBER",
            Purpose::Esp => "set vpn ipsec esp-group NAME proposal NUMBER",
            Purpose::Ah => return None,
        };
        let mut lines = vec![format!("{group} encryption {}", s.ciphers.first()?)];
        lines.extend(s.integrity.first().map(|hash| format!("{group} hash {hash}")));
        match purpose {
            Purpose::Ike => lines.push(format!("{group} dh-group {}", s.groups.first()?)),
            _ => lines.extend(
                (s.groups.first()).map(|id| format!("set vpn ipsec esp-group NAME pfs dh-group{id}")),
            ),
        }
        Some(lines)
    },
};
