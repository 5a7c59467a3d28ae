//! macOS and iOS, by configuration profile.

use super::advice::{Advice, Fixed, Source, Topic as T, document, fact};
use crate::negotiation::Version::{V1, V2};

const PROFILE: Source = document(
    "apple/device-management com.apple.vpn.managed.yaml",
    "iOS 9 and macOS 10.11, and later",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "IKESecurityAssociationParameters", PROFILE)
        .only(V2)
        .note("in a configuration profile: EncryptionAlgorithm, IntegrityAlgorithm, DiffieHellmanGroup"),
    fact(T::EspProposal, "ChildSecurityAssociationParameters", PROFILE)
        .only(V2)
        .note("in a configuration profile"),
    fact(T::Pfs, "EnablePFS", PROFILE)
        .only(V2)
        .note("in a configuration profile"),
    fact(T::PreSharedKey, "SharedSecret", PROFILE),
    fact(T::OwnIdentity, "LocalIdentifier", PROFILE).only(V2),
    fact(T::PeerIdentity, "RemoteIdentifier", PROFILE).only(V2),
    fact(T::AuthMethod, "AuthenticationMethod", PROFILE).only(V2),
    fact(T::IkeVersion, "VPNType", PROFILE).note("IKEv2; L2TP or IPSec for IKEv1"),
];

/// L2TP and XAuth have no keys for algorithms in a profile.
pub(super) static FIXED: &[Fixed] = &[
    Fixed {
        topic: T::IkeProposal,
        version: V1,
        source: PROFILE,
    },
    Fixed {
        topic: T::EspProposal,
        version: V1,
        source: PROFILE,
    },
];
