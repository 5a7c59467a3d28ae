//! NetworkManager-l2tp: L2TP on a Linux desktop, with strongSwan or Libreswan below it.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::ipsec_conf;
use super::spelling::Spelling;
use crate::negotiation::Version::{V1, V2};
use crate::policy::Purpose;

const SERVICE: Source = document(
    "nm-l2tp/NetworkManager-l2tp src/nm-l2tp-service.c, properties/nm-l2tp-dialog.ui",
    "as of July 2026",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "IPsec Settings > Advanced > Phase1 Algorithms (ipsec-ike)",
        SERVICE,
    ),
    fact(
        T::EspProposal,
        "IPsec Settings > Advanced > Phase2 Algorithms (ipsec-esp)",
        SERVICE,
    ),
    fact(
        T::Pfs,
        "IPsec Settings > Advanced > Disable PFS (ipsec-pfs)",
        SERVICE,
    )
    .note("with Libreswan alone"),
    fact(
        T::PreSharedKey,
        "IPsec Settings > Pre-shared key (ipsec-psk)",
        SERVICE,
    ),
    fact(T::AuthMethod, "IPsec Settings, machine authentication", SERVICE)
        .note("a pre-shared key or a TLS certificate"),
    fact(
        T::OwnIdentity,
        "IPsec Settings > Group Name (ipsec-group-name)",
        SERVICE,
    ),
    fact(
        T::PeerIdentity,
        "IPsec Settings > Remote ID (ipsec-remote-id)",
        SERVICE,
    )
    .note("any where it is empty"),
    fact(
        T::IkeVersion,
        "IPsec Settings > Use IKEv2 key exchange (ipsec-ikev2)",
        SERVICE,
    )
    .only(V1)
    .lines(&["ipsec-ikev2=no"]),
    fact(
        T::IkeVersion,
        "IPsec Settings > Use IKEv2 key exchange (ipsec-ikev2)",
        SERVICE,
    )
    .only(V2)
    .lines(&["ipsec-ikev2=yes"]),
    fact(
        T::Encapsulation,
        "IPsec Settings > Enforce UDP encapsulation (ipsec-forceencaps)",
        SERVICE,
    )
    .lines(&["ipsec-forceencaps=yes"]),
    fact(T::PppMtu, "PPP Settings > MTU and MRU (mtu, mru)", SERVICE),
    fact(
        T::PppLogin,
        "PPP Settings, authentication methods (refuse-eap, refuse-mschapv2 and others)",
        SERVICE,
    ),
];

/// The lists are handed on to the daemon, in words that both have.
pub(super) static SPELLING: Spelling = Spelling {
    word: ipsec_conf::SPELLING.word,
    value: ipsec_conf::SPELLING.value,
    lines: |all, purpose, _| {
        let key = match purpose {
            Purpose::Ike => "ipsec-ike",
            Purpose::Esp => "ipsec-esp",
            Purpose::Ah => return None,
        };
        Some(vec![format!(
            "{key}={}",
            (ipsec_conf::SPELLING.value)(all, purpose)?
        )])
    },
};
