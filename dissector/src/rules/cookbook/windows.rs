//! Windows' own client.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelling};
use crate::diagnosis::RuleId;
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const PROPOSALS: Source = document(
    "Microsoft Set-VpnConnectionIPsecConfiguration",
    "Windows 10 and 11, Server 2016 and later",
);
const CONNECTION: Source = document(
    "Microsoft Set-VpnConnection",
    "Windows 10 and 11, Server 2016 and later",
);
const CLIENTS: Source = document(
    "Microsoft Set-VpnConnection; strongSwan docs, interop/windowsClients",
    "Windows 10 and 11, Server 2016 and later",
);

const REGISTRY: Source = document(
    "Microsoft Set-VpnConnectionIPsecConfiguration; strongSwan docs, interop/windowsClients",
    "Windows 10 and 11; the registry value Windows 7 and later",
);
const RRAS: Source = document(
    "public guides of Routing and Remote Access, at least two; strongSwan docs, interop/windowsClients",
    "Server 2019 and later; clients of Windows 10 1803 and later",
);
const SERVER: Source = document(
    "Microsoft Set-VpnIPAddressAssignment",
    "Windows Server 2016 and later",
);

/// What sets the offer. The registry value adds AES-256 with group 14 to that of an IKEv2 client.
const COMMAND: &str =
    "Set-VpnConnectionIPsecConfiguration (PowerShell; on a server Set-VpnServerConfiguration -CustomPolicy)";
const COMMAND_OR_REGISTRY: &str = "Set-VpnConnectionIPsecConfiguration (PowerShell; on a server Set-VpnServerConfiguration -CustomPolicy), or \
    for group 14 the registry value NegotiateDH2048_AES256 = 1 (DWORD) in HKLM\\SYSTEM\\CurrentControlSet\\Services\\RasMan\\Parameters";
/// How all algorithms are set at once.
const EXAMPLE: &str = "for example -ConnectionName NAME -AuthenticationTransformConstants SHA256128 -CipherTransformConstants AES256 \
    -EncryptionMethod AES256 -IntegrityCheckMethod SHA256 -DHGroup Group14 -PfsGroup None -Force; it replaces the whole offer; \
    -RevertToDefault undoes it";

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, COMMAND, PROPOSALS).only(V1).note(EXAMPLE),
    fact(T::IkeProposal, COMMAND_OR_REGISTRY, REGISTRY).only(V2).note(EXAMPLE),
    fact(T::EspProposal, COMMAND, PROPOSALS).note(EXAMPLE),
    fact(T::Pfs, "Set-VpnConnectionIPsecConfiguration -PfsGroup (PowerShell)", PROPOSALS)
        .note("None, PFS2048, ECP256 or ECP384"),
    fact(T::PreSharedKey, "Set-VpnConnection -L2tpPsk (PowerShell)", CONNECTION)
        .only(V1)
        .lines(&["Set-VpnConnection -Name NAME -TunnelType L2tp -L2tpPsk KEY -Force"])
        .note("on a server: Routing and Remote Access > Properties > Security > Allow custom IPsec policy for L2TP/IKEv2 connection"),
    fact(T::Fragmentation, "EnableServerFragmentation (registry of a server)", RRAS)
        .only(V2)
        .note("DWORD 1 in HKLM\\SYSTEM\\CurrentControlSet\\Services\\RemoteAccess\\Parameters\\Ikev2; a client always has it"),
    fact(T::Pool, "Routing and Remote Access > Properties > IPv4 > Static address pool", SERVER)
        .note("PowerShell: Set-VpnIPAddressAssignment"),
    fact(T::AuthMethod, "Set-VpnConnection -AuthenticationMethod (PowerShell)", CLIENTS)
        .only(V2)
        .note("Eap, MachineCertificate or MSChapv2; a pre-shared key cannot be chosen for IKEv2"),
    fact(T::AuthMethod, "Set-VpnConnection -L2tpPsk (PowerShell)", CONNECTION)
        .only(V1)
        .note("with it a pre-shared key, without it a certificate"),
    fact(T::IkeVersion, "Set-VpnConnection -TunnelType (PowerShell)", CONNECTION)
        .only(V1)
        .lines(&["Set-VpnConnection -Name NAME -TunnelType L2tp"]),
    fact(T::IkeVersion, "Set-VpnConnection -TunnelType (PowerShell)", CONNECTION)
        .only(V2)
        .lines(&["Set-VpnConnection -Name NAME -TunnelType Ikev2"]),
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

/// A number that Windows shows where a VPN connection does not come up.
#[derive(Debug)]
pub(crate) struct WindowsError {
    pub(crate) number: u16,
    pub(crate) name: &'static str,
    /// What the number says: a sentence.
    pub(crate) means: &'static str,
    /// Diagnoses that show so, likeliest first.
    pub(crate) diagnoses: &'static [RuleId],
    /// Where that is documented.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who reads the code"))]
    pub(crate) source: &'static str,
}

/// Sorted by number.
pub(crate) static ERRORS: &[WindowsError] = {
    use RuleId as R;
    const RRAS: &str = "Microsoft, Routing and Remote Access Error Codes";
    const ALWAYS_ON: &str = "Microsoft, Troubleshoot Always On VPN";
    &[
        error(
            691,
            "ERROR_AUTHENTICATION_FAILURE",
            "The user name, the password or the way of logging in was not accepted; IPsec had worked before that.",
            &[R::PppFailed, R::EapFailed],
            "hostap src/eap_common/eap_defs.h, hwdsl2/setup-ipsec-vpn docs/clients.md",
        ),
        error(
            786,
            "ERROR_OAKLEY_NO_CERT",
            "L2TP: this computer has no valid machine certificate, and no pre-shared key is set.",
            &[R::CertificateRejected, R::AuthMethodMismatch],
            RRAS,
        ),
        error(
            787,
            "ERROR_OAKLEY_AUTH_FAIL",
            "L2TP: the server could not be authenticated.",
            &[R::PskMismatch, R::CertificateRejected, R::AuthenticationFailed],
            RRAS,
        ),
        error(
            788,
            "ERROR_OAKLEY_ATTRIB_FAIL",
            "L2TP: the two sides have no combination of algorithms in common.",
            &[R::IkeProposalMismatch, R::ChildProposalMismatch],
            RRAS,
        ),
        error(
            789,
            "ERROR_OAKLEY_GENERAL_PROCESSING",
            "L2TP: IKE failed in the first negotiation.",
            &[
                R::PskMismatch,
                R::IkeProposalMismatch,
                R::NatServerPolicy,
                R::NoMatchingConnection,
            ],
            RRAS,
        ),
        error(
            790,
            "ERROR_OAKLEY_NO_PEER_CERT",
            "L2TP: the server sent no valid machine certificate.",
            &[R::CertificateRejected, R::AuthMethodMismatch],
            RRAS,
        ),
        error(
            791,
            "ERROR_OAKLEY_NO_POLICY",
            "L2TP: Windows has no IPsec policy for this connection.",
            &[R::NatServerPolicy],
            RRAS,
        ),
        error(
            792,
            "ERROR_OAKLEY_TIMED_OUT",
            "L2TP: IKE timed out.",
            &[
                R::NoResponse,
                R::Port4500Blocked,
                R::ReturnPathBlocked,
                R::Stalled,
            ],
            RRAS,
        ),
        error(
            800,
            "ERROR_AUTOMATIC_VPN_FAILED",
            "No kind of tunnel came up; the server may be out of reach.",
            &[R::NoResponse, R::Port4500Blocked],
            ALWAYS_ON,
        ),
        error(
            809,
            "ERROR_VPN_TIMEOUT",
            "The server did not answer.",
            &[
                R::NoResponse,
                R::Port4500Blocked,
                R::NatServerPolicy,
                R::FragmentsLost,
                R::ReturnPathBlocked,
            ],
            ALWAYS_ON,
        ),
        error(
            810,
            "ERROR_VPN_BAD_CERT",
            "A certificate is wrong or has expired.",
            &[R::CertificateRejected],
            RRAS,
        ),
        error(
            812,
            "ERROR_SERVER_POLICY",
            "The server's policy does not allow the way of logging in that the profile uses.",
            &[R::EapFailed, R::PppFailed, R::AuthMethodMismatch],
            ALWAYS_ON,
        ),
        error(
            835,
            "ERROR_INVALID_SERVER_CERT",
            "L2TP: fields of the server's certificate do not fit.",
            &[R::CertificateRejected],
            RRAS,
        ),
        error(
            13801,
            "ERROR_IPSEC_IKE_AUTH_FAIL",
            "The server's certificate is not accepted: its name, its purpose (Server Authentication), its date, or the CA that issued it.",
            &[
                R::CertificateRejected,
                R::AuthenticationFailed,
                R::IdentityRejected,
            ],
            ALWAYS_ON,
        ),
        error(
            13805,
            "ERROR_IPSEC_IKE_TIMED_OUT",
            "IKE timed out.",
            &[R::NoResponse, R::Port4500Blocked, R::FragmentsLost, R::Stalled],
            "Windows SDK, winerror.h",
        ),
        error(
            13806,
            "ERROR_IPSEC_IKE_NO_CERT",
            "This computer has no machine certificate that can be used.",
            &[R::CertificateRejected, R::AuthMethodMismatch],
            ALWAYS_ON,
        ),
        error(
            13816,
            "ERROR_IPSEC_IKE_ERROR",
            "IKE met an error: among others, the server asked for a PFS group that the client does not expect.",
            &[R::PfsMismatch, R::RekeyFailed],
            "strongSwan docs, interop/windowsClients",
        ),
        error(
            13868,
            "ERROR_IPSEC_IKE_POLICY_MATCH",
            "The two sides have no combination of algorithms, or no way of authenticating, in common.",
            &[R::IkeProposalMismatch, R::AuthMethodMismatch],
            "Microsoft, Azure VPN Gateway troubleshooting",
        ),
    ]
};

const fn error(
    number: u16,
    name: &'static str,
    means: &'static str,
    diagnoses: &'static [RuleId],
    source: &'static str,
) -> WindowsError {
    WindowsError {
        number,
        name,
        means,
        diagnoses,
        source,
    }
}
