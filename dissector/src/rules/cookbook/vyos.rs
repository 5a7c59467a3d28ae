//! VyOS, and EdgeOS where it has the same words.

use super::advice::{Advice, Topic as T};
use super::spelling::{self, Spelling};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: None,
        setting: "vpn ipsec ike-group <name> proposal <number>: encryption, hash, dh-group",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "vpn ipsec esp-group <name> proposal <number>: encryption, hash",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "vpn ipsec esp-group <name> pfs",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in",
    },
    Advice {
        topic: T::Selectors,
        version: None,
        setting: "vpn ipsec site-to-site peer <name> tunnel <number>: local prefix, remote prefix",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in; VyOS documentation, site-to-site",
    },
    Advice {
        topic: T::ChildMode,
        version: None,
        setting: "vpn ipsec esp-group <name> mode",
        lines: &[],
        note: "tunnel or transport",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in",
    },
    Advice {
        topic: T::Child,
        version: None,
        setting: "vpn ipsec esp-group <name> (proposal, pfs, mode), and the prefixes of the peer's tunnel",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in",
    },
    Advice {
        topic: T::PreSharedKey,
        version: None,
        setting: "vpn ipsec authentication psk <name> secret; up to VyOS 1.3 and on EdgeOS: vpn ipsec site-to-site peer <address> authentication pre-shared-secret",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in; VyOS documentation; published EdgeOS configurations",
    },
    Advice {
        topic: T::AuthMethod,
        version: None,
        setting: "vpn ipsec site-to-site peer <name> authentication mode",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in",
    },
    Advice {
        topic: T::OwnIdentity,
        version: None,
        setting: "vpn ipsec site-to-site peer <name> authentication local-id",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in; VyOS documentation, site-to-site",
    },
    Advice {
        topic: T::PeerIdentity,
        version: None,
        setting: "vpn ipsec site-to-site peer <name> authentication remote-id",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in; VyOS documentation, site-to-site",
    },
    Advice {
        topic: T::IkeVersion,
        version: None,
        setting: "vpn ipsec ike-group <name> key-exchange",
        lines: &[],
        note: "ikev1 or ikev2",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in",
    },
    Advice {
        topic: T::Mode,
        version: None,
        setting: "vpn ipsec ike-group <name> mode",
        lines: &[],
        note: "main or aggressive",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in",
    },
    Advice {
        topic: T::Encapsulation,
        version: None,
        setting: "vpn ipsec site-to-site peer <name> force-udp-encapsulation; up to VyOS 1.3 and on EdgeOS: force-encapsulation enable",
        lines: &[],
        note: "",
        source: "vyos/vyos-1x interface-definitions/vpn_ipsec.xml.in; data/templates/ipsec/swanctl/peer.j2; published EdgeOS configurations",
    },
    Advice {
        topic: T::Pool,
        version: None,
        setting: "vpn ipsec remote-access pool <name> prefix",
        lines: &[],
        note: "",
        source: "VyOS documentation, remote access",
    },
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
