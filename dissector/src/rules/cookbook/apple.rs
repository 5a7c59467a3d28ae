//! macOS and iOS, by configuration profile.

use super::advice::{Advice, Topic as T};
use crate::negotiation::Version::V2;

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: Some(V2),
        setting: "IKESecurityAssociationParameters",
        lines: &[],
        note: "in a configuration profile: EncryptionAlgorithm, IntegrityAlgorithm, DiffieHellmanGroup",
        source: "apple/device-management com.apple.vpn.managed.yaml",
    },
    Advice {
        topic: T::EspProposal,
        version: Some(V2),
        setting: "ChildSecurityAssociationParameters",
        lines: &[],
        note: "in a configuration profile",
        source: "apple/device-management com.apple.vpn.managed.yaml",
    },
    Advice {
        topic: T::Pfs,
        version: Some(V2),
        setting: "EnablePFS",
        lines: &[],
        note: "in a configuration profile",
        source: "apple/device-management com.apple.vpn.managed.yaml",
    },
    Advice {
        topic: T::PreSharedKey,
        version: None,
        setting: "SharedSecret",
        lines: &[],
        note: "",
        source: "apple/device-management com.apple.vpn.managed.yaml",
    },
    Advice {
        topic: T::OwnIdentity,
        version: Some(V2),
        setting: "LocalIdentifier",
        lines: &[],
        note: "",
        source: "apple/device-management com.apple.vpn.managed.yaml",
    },
    Advice {
        topic: T::PeerIdentity,
        version: Some(V2),
        setting: "RemoteIdentifier",
        lines: &[],
        note: "",
        source: "apple/device-management com.apple.vpn.managed.yaml",
    },
    Advice {
        topic: T::AuthMethod,
        version: Some(V2),
        setting: "AuthenticationMethod",
        lines: &[],
        note: "",
        source: "apple/device-management com.apple.vpn.managed.yaml",
    },
    Advice {
        topic: T::IkeVersion,
        version: None,
        setting: "VPNType",
        lines: &[],
        note: "IKEv2; L2TP or IPSec for IKEv1",
        source: "apple/device-management com.apple.vpn.managed.yaml",
    },
];
