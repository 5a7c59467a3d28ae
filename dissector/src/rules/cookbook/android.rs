//! Android: what is built in, and strongSwan's app.

use super::advice::{Advice, Fixed, Source, Topic as T, document, fact};
use super::spelling::{self, Spelling};
use super::swanctl;
use crate::negotiation::Version::V2;
use crate::policy::Purpose;

const BUILT_IN: Source = document("AOSP frameworks/base VpnIkev2Utils.java", "Android 11 and later");
const PROFILES: Source = document(
    "docs.strongswan.org, os/androidVpnClientProfiles",
    "app 1.9.5 and later",
);

pub(super) static ADVICE: &[Advice] = &[fact(
    T::AuthMethod,
    "Settings > Network & internet > VPN, type",
    BUILT_IN,
)
.only(V2)
.note("IKEv2/IPSec MSCHAPv2, IKEv2/IPSec PSK or IKEv2/IPSec RSA")];

/// What the built-in client offers does not change.
pub(super) static FIXED: &[Fixed] = &[
    Fixed {
        topic: T::IkeProposal,
        version: V2,
        source: BUILT_IN,
    },
    Fixed {
        topic: T::EspProposal,
        version: V2,
        source: BUILT_IN,
    },
];

/// strongSwan's app: fields of a profile, and keys of a profile file. Its server always proves itself by a certificate, and it asks for
/// all networks.
pub(super) static APP: &[Advice] = &[
    fact(
        T::IkeProposal,
        "IKEv2 Algorithms (profile file: ike-proposal)",
        PROFILES,
    )
    .only(V2)
    .note("advanced settings; one proposal"),
    fact(
        T::EspProposal,
        "IPsec/ESP Algorithms (profile file: esp-proposal)",
        PROFILES,
    )
    .only(V2)
    .note("advanced settings; one proposal"),
    fact(
        T::Pfs,
        "IPsec/ESP Algorithms (profile file: esp-proposal)",
        PROFILES,
    )
    .only(V2)
    .note("a group at its end, which counts from the first renewal on"),
    fact(T::AuthMethod, "type of the profile", PROFILES)
        .only(V2)
        .note("ikev2-eap, ikev2-cert, ikev2-cert-eap, ikev2-eap-tls or ikev2-byod-eap"),
    fact(
        T::OwnIdentity,
        "Client identity (profile file: local.id)",
        PROFILES,
    )
    .only(V2),
    fact(
        T::PeerIdentity,
        "Server identity (profile file: remote.id)",
        PROFILES,
    )
    .only(V2),
    fact(
        T::Mtu,
        "MTU of the VPN tunnel device (profile file: mtu)",
        PROFILES,
    )
    .only(V2),
];

/// strongSwan's words; one proposal.
pub(super) static APP_SPELLING: Spelling = Spelling {
    word: swanctl::word,
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let key = match purpose {
            Purpose::Ike => "ike-proposal",
            Purpose::Esp => "esp-proposal",
            Purpose::Ah => return None,
        };
        Some(vec![format!("{key}: {}", swanctl::joined(all.last()?))])
    },
};
