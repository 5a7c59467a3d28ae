//! Windows' own client.

use super::advice::{Advice, Topic as T};
use crate::negotiation::Version::{V1, V2};

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: None,
        setting: "Set-VpnConnectionIPsecConfiguration (PowerShell)",
        lines: &[],
        note: "for example -ConnectionName NAME -AuthenticationTransformConstants SHA256128 -CipherTransformConstants AES256 -EncryptionMethod AES256 -IntegrityCheckMethod SHA256 -DHGroup Group14 -PfsGroup None -Force; it replaces the whole offer; -RevertToDefault undoes it",
        source: "Microsoft Set-VpnConnectionIPsecConfiguration",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "Set-VpnConnectionIPsecConfiguration (PowerShell)",
        lines: &[],
        note: "for example -ConnectionName NAME -AuthenticationTransformConstants SHA256128 -CipherTransformConstants AES256 -EncryptionMethod AES256 -IntegrityCheckMethod SHA256 -DHGroup Group14 -PfsGroup None -Force; it replaces the whole offer; -RevertToDefault undoes it",
        source: "Microsoft Set-VpnConnectionIPsecConfiguration",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "Set-VpnConnectionIPsecConfiguration -PfsGroup (PowerShell)",
        lines: &[],
        note: "None, PFS2048, ECP256 or ECP384",
        source: "Microsoft Set-VpnConnectionIPsecConfiguration",
    },
    Advice {
        topic: T::PreSharedKey,
        version: Some(V1),
        setting: "Set-VpnConnection -L2tpPsk (PowerShell)",
        lines: &["Set-VpnConnection -Name NAME -TunnelType L2tp -L2tpPsk KEY -Force"],
        note: "",
        source: "Microsoft Set-VpnConnection",
    },
    Advice {
        topic: T::AuthMethod,
        version: Some(V2),
        setting: "Set-VpnConnection -AuthenticationMethod (PowerShell)",
        lines: &[],
        note: "Eap, MachineCertificate or MSChapv2; a pre-shared key cannot be chosen for IKEv2",
        source: "Microsoft Set-VpnConnection; strongSwan docs, interop/windowsClients",
    },
    Advice {
        topic: T::AuthMethod,
        version: Some(V1),
        setting: "Set-VpnConnection -L2tpPsk (PowerShell)",
        lines: &[],
        note: "with it a pre-shared key, without it a certificate",
        source: "Microsoft Set-VpnConnection",
    },
    Advice {
        topic: T::IkeVersion,
        version: Some(V1),
        setting: "Set-VpnConnection -TunnelType (PowerShell)",
        lines: &["Set-VpnConnection -Name NAME -TunnelType L2tp"],
        note: "",
        source: "Microsoft Set-VpnConnection",
    },
    Advice {
        topic: T::IkeVersion,
        version: Some(V2),
        setting: "Set-VpnConnection -TunnelType (PowerShell)",
        lines: &["Set-VpnConnection -Name NAME -TunnelType Ikev2"],
        note: "",
        source: "Microsoft Set-VpnConnection",
    },
];
