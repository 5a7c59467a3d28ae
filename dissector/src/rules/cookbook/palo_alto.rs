//! Palo Alto's PAN-OS.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelled, Spelling};
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const IKE_CRYPTO: Source = document(
    "PaloAltoNetworks/terraform-provider-panos docs/resources/ike_crypto_profile.md",
    "PAN-OS 10.0 and later",
);
const IPSEC_CRYPTO: Source = document(
    "PaloAltoNetworks/terraform-provider-panos docs/resources/ipsec_crypto_profile.md",
    "PAN-OS 7.0 and later",
);
const TUNNEL: Source = document(
    "PaloAltoNetworks/terraform-provider-panos docs/resources/ipsec_tunnel.md",
    "PAN-OS 7.0 and later",
);
const GATEWAY: Source = document(
    "PaloAltoNetworks/terraform-provider-panos docs/resources/ike_gateway.md; Palo Alto, IKE Gateway",
    "PAN-OS 7.0 and later",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "Network > Network Profiles > IKE Crypto",
        IKE_CRYPTO,
    )
    .note("Encryption, Authentication and DH Group"),
    fact(
        T::EspProposal,
        "Network > Network Profiles > IPSec Crypto",
        IPSEC_CRYPTO,
    )
    .note("Encryption and Authentication"),
    fact(
        T::Pfs,
        "Network > Network Profiles > IPSec Crypto > DH Group",
        IPSEC_CRYPTO,
    ),
    fact(T::Selectors, "IPSec Tunnel > Proxy IDs", TUNNEL)
        .note("local and remote; a peer that is policy-based needs one for each pair of networks"),
    fact(
        T::Child,
        "Network > Network Profiles > IPSec Crypto, and Proxy IDs of the IPSec Tunnel",
        TUNNEL,
    ),
    fact(
        T::Connection,
        "Network > Network Profiles > IKE Gateways",
        GATEWAY,
    ),
    fact(
        T::PreSharedKey,
        "Network > Network Profiles > IKE Gateways > General",
        GATEWAY,
    ),
    fact(
        T::AuthMethod,
        "Network > Network Profiles > IKE Gateways > General",
        GATEWAY,
    )
    .note("a pre-shared key or a certificate"),
    fact(
        T::OwnIdentity,
        "Network > Network Profiles > IKE Gateways > Local Identification",
        GATEWAY,
    ),
    fact(
        T::PeerIdentity,
        "Network > Network Profiles > IKE Gateways > Peer Identification",
        GATEWAY,
    ),
    fact(
        T::IkeVersion,
        "set network ike gateway NAME protocol version",
        GATEWAY,
    )
    .only(V1)
    .lines(&["set network ike gateway NAME protocol version ikev1"]),
    fact(
        T::IkeVersion,
        "set network ike gateway NAME protocol version",
        GATEWAY,
    )
    .only(V2)
    .lines(&["set network ike gateway NAME protocol version ikev2"])
    .note("ikev2-preferred takes both"),
    fact(
        T::Mode,
        "Network > Network Profiles > IKE Gateways, exchange mode of IKEv1",
        GATEWAY,
    ),
    fact(
        T::Fragmentation,
        "Network > Network Profiles > IKE Gateways, fragmentation",
        GATEWAY,
    ),
];

/// What is ticked in the profiles.
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, _| {
        Some(match c.attribute {
            Attribute::Encryption => match (c.id, c.key_length) {
                (3, _) => "3des".to_owned(),
                (12, Some(bits @ (128 | 192 | 256))) => format!("aes-{bits}-cbc"),
                // Its pseudorandom function is not chosen.
                (20, Some(bits @ (128 | 256))) if purpose != Purpose::Ike => format!("aes-{bits}-gcm"),
                _ => return None,
            },
            Attribute::Integrity => spelling::hash(c)?.to_owned(),
            Attribute::Prf => spelling::hash(c)?.to_owned(),
            Attribute::DhGroup if matches!(c.id, 1 | 2 | 5 | 14 | 19 | 20) => format!("group{}", c.id),
            Attribute::Esn if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let s = all.last()?;
        let profile = match purpose {
            Purpose::Ike if s.same_prf => "IKE Crypto",
            Purpose::Esp => "IPSec Crypto",
            _ => return None,
        };
        let parts = [
            ("Encryption", &s.ciphers),
            ("Authentication", &s.integrity),
            ("DH Group", &s.groups),
        ];
        let parts = parts.into_iter().filter(|(_, words)| !words.is_empty());
        let parts: Vec<String> = parts
            .map(|(label, words)| format!("{label} {}", Spelled::first(words)))
            .collect();
        Some(vec![format!(
            "Network > Network Profiles > {profile} > {}",
            parts.join(", ")
        )])
    },
};
