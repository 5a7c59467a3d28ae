//! Sophos Firewall (SFOS).

use super::advice::{Advice, Source, Topic as T, document, fact};

const PROFILES: Source = document("docs.sophos.com, IPsec profiles", "SFOS 19.0 and later");
const CONNECTION: Source = document("docs.sophos.com, Add an IPsec connection", "SFOS 21.5");
const REMOTE: Source = document("docs.sophos.com, IPsec (remote access)", "SFOS 18.5");

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "Profiles > IPsec profiles, phase 1", PROFILES)
        .note("and choose the profile in the connection; up to 18.5: IPsec policies"),
    fact(T::EspProposal, "Profiles > IPsec profiles, phase 2", PROFILES)
        .note("and choose the profile in the connection; up to 18.5: IPsec policies"),
    fact(
        T::Child,
        "Profiles > IPsec profiles, and the connection's networks",
        PROFILES,
    ),
    fact(T::IkeVersion, "Profiles > IPsec profiles, key exchange", PROFILES),
    fact(T::Mode, "Profiles > IPsec profiles", PROFILES).only(crate::negotiation::Version::V1),
    fact(T::Connection, "Site-to-site VPN > IPsec > Add", CONNECTION)
        .note("gateway type: respond only, or initiate the connection"),
    fact(
        T::PreSharedKey,
        "Site-to-site VPN > IPsec, Authentication type",
        CONNECTION,
    ),
    fact(
        T::AuthMethod,
        "Site-to-site VPN > IPsec, Authentication type",
        CONNECTION,
    ),
    fact(T::OwnIdentity, "Local ID of the connection", REMOTE).note("DNS, IP address, Email or DER ASN1 DN"),
    fact(T::PeerIdentity, "Remote ID of the connection", REMOTE)
        .note("DNS, IP address, Email or DER ASN1 DN"),
];
