//! UniFi gateways. What the labels of their pages are is not documented where it could be read: settings have the names of the API.

use super::advice::{Advice, Source, Topic as T, document, fact};

const API: Source = document(
    "network objects of UniFi's API, filipowm/go-unifi",
    "newer releases: older ones have one setting for both phases",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "the VPN's ipsec_encryption, ipsec_hash and ipsec_ike_dh_group",
        API,
    )
    .note("one value each, no list"),
    fact(
        T::EspProposal,
        "the VPN's ipsec_esp_encryption and ipsec_esp_hash",
        API,
    )
    .note("one value each, no list"),
    fact(T::Pfs, "the VPN's ipsec_pfs and ipsec_esp_dh_group", API),
    fact(T::Selectors, "the VPN's ipsec_dynamic_routing", API)
        .note("true: routes, one tunnel; false: one tunnel for each pair of networks"),
    fact(T::OwnIdentity, "the VPN's ipsec_local_identifier", API),
    fact(T::PeerIdentity, "the VPN's ipsec_remote_identifier", API),
    fact(T::IkeVersion, "the VPN's ipsec_key_exchange", API),
    fact(T::Mtu, "the VPN's interface_mtu", API),
];
