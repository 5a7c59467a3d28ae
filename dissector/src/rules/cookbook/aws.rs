//! AWS Site-to-Site VPN: options of one tunnel at a time, in the VPC console or by the command line.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelling};
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const OPTIONS: Source = document(
    "AWS Site-to-Site VPN User Guide, VPNTunnels; AWS CLI, ec2 modify-vpn-tunnel-options",
    "as of November 2026",
);
const GATEWAY: Source = document(
    "AWS Site-to-Site VPN User Guide, your customer gateway device",
    "as of November 2026",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "Modify VPN tunnel options, phase 1", OPTIONS)
        .note("one tunnel at a time, which drops for some minutes"),
    fact(T::EspProposal, "Modify VPN tunnel options, phase 2", OPTIONS)
        .note("one tunnel at a time, which drops for some minutes"),
    fact(
        T::Pfs,
        "Modify VPN tunnel options, phase 2 DH group numbers",
        OPTIONS,
    )
    .note("PFS is required"),
    fact(T::Child, "Modify VPN tunnel options, phase 2", OPTIONS)
        .note("PFS is required, and one pair of networks a tunnel"),
    fact(
        T::PreSharedKey,
        "Modify VPN tunnel options, pre-shared key",
        OPTIONS,
    )
    .note("8 to 64 letters, digits, dots and underscores, not beginning with 0"),
    fact(T::AuthMethod, "customer gateway: private certificate", GATEWAY)
        .note("in place of the pre-shared key"),
    fact(T::IkeVersion, "Modify VPN tunnel options, IKE version", OPTIONS)
        .only(V1)
        .lines(&["IKEVersions=[{Value=ikev1}]"])
        .note("both by default"),
    fact(T::IkeVersion, "Modify VPN tunnel options, IKE version", OPTIONS)
        .only(V2)
        .lines(&["IKEVersions=[{Value=ikev2}]"])
        .note("both by default"),
];

/// Lists that replace the old ones; all of one are combined with all of the others.
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, _| {
        let esp = purpose != Purpose::Ike;
        Some(match (c.attribute, c.id, c.key_length) {
            (Attribute::Encryption, 12, Some(bits @ (128 | 256))) => format!("AES{bits}"),
            (Attribute::Encryption, 20, Some(bits @ (128 | 256))) if esp => format!("AES{bits}-GCM-16"),
            (Attribute::Integrity | Attribute::Prf, ..) => match spelling::hash(c)? {
                "sha1" => "SHA1",
                "sha256" => "SHA2-256",
                "sha384" => "SHA2-384",
                "sha512" => "SHA2-512",
                _ => return None,
            }
            .to_owned(),
            (Attribute::DhGroup, 2 | 14..=24, _) => c.id.to_string(),
            (Attribute::DhGroup, 5, _) if esp => c.id.to_string(),
            (Attribute::Esn, 0, _) => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let phase = match purpose {
            Purpose::Ike if all.iter().all(|s| s.same_prf) => 1,
            Purpose::Esp => 2,
            _ => return None,
        };
        let option = |name: &str, words: Vec<&String>| {
            let words = spelling::each_once(words);
            let words: Vec<String> = words.iter().map(|word| format!("{{Value={word}}}")).collect();
            (!words.is_empty()).then(|| format!("Phase{phase}{name}=[{}]", words.join(",")))
        };
        let options = [
            option(
                "EncryptionAlgorithms",
                all.iter().flat_map(|s| &s.ciphers).collect(),
            ),
            option(
                "IntegrityAlgorithms",
                all.iter().flat_map(|s| &s.integrity).collect(),
            ),
            option("DHGroupNumbers", all.iter().flat_map(|s| &s.groups).collect()),
        ];
        let options: Vec<String> = options.into_iter().flatten().collect();
        Some(vec![format!(
            "aws ec2 modify-vpn-tunnel-options --vpn-connection-id VPN --vpn-tunnel-outside-ip-address ADDRESS --tunnel-options '{}'",
            options.join(",")
        )])
    },
};
