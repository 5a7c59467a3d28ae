//! Windows' own client.

use super::advice::{Advice, Topic as T};
use super::spelling::{self, Spelling};
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

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

/// One command sets all algorithms of both phases, and replaces the whole offer (Microsoft, Set-VpnConnectionIPsecConfiguration).
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, _| {
        let esp = purpose != Purpose::Ike;
        Some(match (c.attribute, c.id, c.key_length) {
            (Attribute::Encryption, 3, _) => "DES3".to_owned(),
            (Attribute::Encryption, 12, Some(bits)) => format!("AES{bits}"),
            (Attribute::Encryption, 20, Some(bits)) if esp || bits != 192 => format!("GCMAES{bits}"),
            (Attribute::Integrity, 1, _) if !esp => "MD5".to_owned(),
            (Attribute::Integrity, 2, _) => if esp { "SHA196" } else { "SHA1" }.to_owned(),
            (Attribute::Integrity, 12, _) => if esp { "SHA256128" } else { "SHA256" }.to_owned(),
            (Attribute::Integrity, 13, _) if !esp => "SHA384".to_owned(),
            (Attribute::Prf, 1 | 2 | 5 | 6, _) => String::new(),
            (Attribute::DhGroup, 2, _) => if esp { "PFS2" } else { "Group2" }.to_owned(),
            (Attribute::DhGroup, 14, _) => if esp { "PFS2048" } else { "Group14" }.to_owned(),
            (Attribute::DhGroup, 19, _) => "ECP256".to_owned(),
            (Attribute::DhGroup, 20, _) => "ECP384".to_owned(),
            (Attribute::Esn, 0, _) => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let s = all.last()?;
        let cipher = s.ciphers.first()?;
        let hash = s.integrity.first();
        // What the other phase has is not known: as strong as this one.
        let (ike, hashed, group, esp, checked, pfs) = match purpose {
            Purpose::Ike => {
                let hash = hash?;
                let checked = if hash == "SHA1" { "SHA196" } else { "SHA256128" };
                (
                    cipher.as_str(),
                    hash.as_str(),
                    s.groups.first()?.as_str(),
                    "AES256",
                    checked,
                    "None",
                )
            }
            Purpose::Esp => {
                let checked = hash.map_or(cipher.as_str(), String::as_str);
                let pfs = s.groups.first().map_or("None", String::as_str);
                ("AES256", "SHA256", "Group14", cipher.as_str(), checked, pfs)
            }
            Purpose::Ah => return None,
        };
        Some(vec![format!(
            "Set-VpnConnectionIPsecConfiguration -ConnectionName NAME -EncryptionMethod {ike} -IntegrityCheckMethod {hashed} -DHGroup {group} \
             -CipherTransformConstants {esp} -AuthenticationTransformConstants {checked} -PfsGroup {pfs} -Force"
        )])
    },
};
