//! Azure VPN Gateway.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelling};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const POLICY: Source = document(
    "Azure, vpn-gateway-ipsecikepolicy-rm-powershell, vpn-gateway-ipsec-ike-algorithm",
    "all gateways but the Basic SKU and policy-based ones",
);
const REQUIREMENTS: Source = document(
    "Azure, vpn-gateway-ipsec-ike-policy-requirements",
    "all gateways but the Basic SKU and policy-based ones",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "New-AzIpsecPolicy (PowerShell)", POLICY)
        .note("one combination for both phases, which then replaces all others"),
    fact(T::EspProposal, "New-AzIpsecPolicy (PowerShell)", POLICY)
        .note("one combination for both phases, which then replaces all others"),
    fact(T::Pfs, "New-AzIpsecPolicy -PfsGroup (PowerShell)", POLICY),
    fact(T::Child, "New-AzIpsecPolicy (PowerShell)", POLICY),
    fact(
        T::Selectors,
        "Set-AzVirtualNetworkGatewayConnection -UsePolicyBasedTrafficSelectors (PowerShell)",
        REQUIREMENTS,
    )
    .note("$True for a peer that is policy-based"),
    fact(
        T::PreSharedKey,
        "-SharedKey of the connection (PowerShell)",
        POLICY,
    ),
];

/// One command sets all algorithms of both phases, and replaces the whole offer.
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, _| {
        let esp = purpose != Purpose::Ike;
        Some(match (c.attribute, c.id, c.key_length) {
            (Attribute::Encryption, 3, _) if esp => "DES3".to_owned(),
            (Attribute::Encryption, 12, Some(bits @ (128 | 192 | 256))) => format!("AES{bits}"),
            (Attribute::Encryption, 20, Some(bits @ (128 | 192 | 256))) if esp => format!("GCMAES{bits}"),
            (Attribute::Integrity, 1 | 2 | 12, _) => spelling::hash(c)?.to_uppercase(),
            (Attribute::Integrity, 13, _) if !esp => "SHA384".to_owned(),
            (Attribute::Prf, 1 | 2 | 5 | 6, _) => spelling::hash(c)?.to_uppercase(),
            (Attribute::DhGroup, 1, _) => if esp { "PFS1" } else { "DHGroup1" }.to_owned(),
            (Attribute::DhGroup, 2, _) => if esp { "PFS2" } else { "DHGroup2" }.to_owned(),
            (Attribute::DhGroup, 14, _) => if esp { "PFS2048" } else { "DHGroup14" }.to_owned(),
            (Attribute::DhGroup, 19, _) => "ECP256".to_owned(),
            (Attribute::DhGroup, 20, _) => "ECP384".to_owned(),
            (Attribute::DhGroup, 24, _) => if esp { "PFS24" } else { "DHGroup24" }.to_owned(),
            (Attribute::Esn, 0, _) => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let s = all.last()?;
        let cipher = s.ciphers.first()?.as_str();
        // What the other phase has is not known: as strong as this one.
        let (ike, hashed, group, esp, checked, pfs) = match purpose {
            Purpose::Ike if s.same_prf => {
                let (hash, group) = (s.integrity.first()?.as_str(), s.groups.first()?.as_str());
                (cipher, hash, group, "AES256", "SHA256", "None")
            }
            Purpose::Esp => {
                let checked = s.integrity.first().map_or(cipher, String::as_str);
                let pfs = s.groups.first().map_or("None", String::as_str);
                ("AES256", "SHA256", "DHGroup14", cipher, checked, pfs)
            }
            _ => return None,
        };
        Some(vec![
            format!(
                "$policy = New-AzIpsecPolicy -IkeEncryption {ike} -IkeIntegrity {hashed} -DhGroup {group} -IpsecEncryption {esp} \
                 -IpsecIntegrity {checked} -PfsGroup {pfs} -SALifeTimeSeconds 27000 -SADataSizeKilobytes 102400000"
            ),
            "Set-AzVirtualNetworkGatewayConnection -VirtualNetworkGatewayConnection CONNECTION -IpsecPolicies $policy".to_owned(),
        ])
    },
};
