//! Juniper's Junos (SRX).

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelled, Spelling};
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const IKE: Source = document(
    "Juniper, [edit security ike] hierarchy level",
    "Junos 12.1X47 and later",
);
const IPSEC: Source = document(
    "Juniper, [edit security ipsec] hierarchy level",
    "Junos 12.3 and later",
);
const SELECTORS: Source = document(
    "Juniper, proxy-identity; jeremmfr/terraform-provider-junos docs/resources/security_ipsec_vpn.md",
    "Junos 12.1X47 and later",
);
const PUBLISHED: Source = document(
    "published configurations, among them Amazon's and IBM's guides",
    "Junos 12.1X47 and later",
);

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "set security ike proposal", IKE)
        .note("which set security ike policy NAME proposals has to name"),
    fact(T::EspProposal, "set security ipsec proposal", IPSEC)
        .note("which set security ipsec policy NAME proposals has to name"),
    fact(
        T::Pfs,
        "set security ipsec policy NAME perfect-forward-secrecy keys",
        IPSEC,
    )
    .note("a group, such as group14; without the statement there is none"),
    fact(
        T::Selectors,
        "set security ipsec vpn NAME: ike proxy-identity local and remote, or traffic-selector NAME local-ip and remote-ip",
        SELECTORS,
    ),
    fact(
        T::Child,
        "set security ipsec proposal, set security ipsec policy NAME perfect-forward-secrecy, and the networks of set security ipsec vpn",
        IPSEC,
    ),
    fact(T::Connection, "set security ike gateway NAME address", IKE)
        .note("and set security zones security-zone ZONE host-inbound-traffic system-services ike"),
    fact(
        T::PreSharedKey,
        "set security ike policy NAME pre-shared-key ascii-text",
        IKE,
    ),
    fact(
        T::AuthMethod,
        "set security ike proposal NAME authentication-method",
        IKE,
    )
    .note("pre-shared-keys or rsa-signatures"),
    fact(
        T::OwnIdentity,
        "set security ike gateway NAME local-identity",
        IKE,
    )
    .note("hostname, inet, inet6, user-at-hostname or distinguished-name; its address unless it is set"),
    fact(
        T::PeerIdentity,
        "set security ike gateway NAME remote-identity",
        IKE,
    )
    .note("general-ikeid accepts any"),
    fact(T::IkeVersion, "set security ike gateway NAME version", IKE)
        .only(V1)
        .lines(&["set security ike gateway NAME version v1-only"]),
    fact(T::IkeVersion, "set security ike gateway NAME version", IKE)
        .only(V2)
        .lines(&["set security ike gateway NAME version v2-only"]),
    fact(T::Mode, "set security ike policy NAME mode", IKE).note("main or aggressive"),
    fact(T::Mtu, "set security flow tcp-mss ipsec-vpn", PUBLISHED)
        .lines(&["set security flow tcp-mss ipsec-vpn mss 1350"]),
];

/// A proposal of its own for each combination, and the policy that names it. SHA-384 and the groups above 14 stand in many published
/// configurations; those of ESP with SHA-384 do not agree with each other, and what GCM takes for a pseudorandom function is not
/// documented: both are left out.
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, _| {
        let ike = purpose == Purpose::Ike;
        Some(match c.attribute {
            Attribute::Encryption => match (c.id, c.key_length) {
                (3, _) => "3des-cbc".to_owned(),
                (12, Some(bits @ (128 | 192 | 256))) => format!("aes-{bits}-cbc"),
                (20, Some(bits @ (128 | 256))) if !ike => format!("aes-{bits}-gcm"),
                _ => return None,
            },
            Attribute::Integrity => match (c.id, ike) {
                (1, true) => "md5",
                (2, true) => "sha1",
                (12, true) => "sha-256",
                (13, true) => "sha-384",
                (1, false) => "hmac-md5-96",
                (2, false) => "hmac-sha1-96",
                (12, false) => "hmac-sha-256-128",
                _ => return None,
            }
            .to_owned(),
            // It goes with the integrity algorithm.
            Attribute::Prf => spelling::hash(c)?.to_owned(),
            Attribute::DhGroup if matches!(c.id, 1 | 2 | 5 | 14 | 19 | 20) => format!("group{}", c.id),
            Attribute::Esn if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let s = all.last()?;
        let phase = match purpose {
            Purpose::Ike => "ike",
            Purpose::Esp => "ipsec",
            Purpose::Ah => return None,
        };
        if purpose == Purpose::Ike && !s.same_prf {
            return None;
        }
        let proposal = format!("set security {phase} proposal PROPOSAL");
        let mut lines = vec![format!(
            "{proposal} encryption-algorithm {}",
            Spelled::first(&s.ciphers)
        )];
        lines.extend((s.integrity.first()).map(|hash| format!("{proposal} authentication-algorithm {hash}")));
        let policy = format!("set security {phase} policy POLICY");
        match purpose {
            Purpose::Ike => lines.push(format!("{proposal} dh-group {}", s.groups.first()?)),
            _ => {
                lines.insert(0, format!("{proposal} protocol esp"));
                lines.extend(
                    (s.groups.first()).map(|id| format!("{policy} perfect-forward-secrecy keys {id}")),
                );
            }
        }
        lines.push(format!("{policy} proposals PROPOSAL"));
        Some(lines)
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::Version;
    use crate::policy::{Combination, Proposal};
    use crate::rules::cookbook::spelling::List;
    use crate::tests::sample;

    /// What is typed for ESP is read back as what was meant, with its group.
    #[test]
    fn esp_is_read_back() {
        const GATEWAY: &str = "set security ike gateway G address 192.0.2.10\nset security ike gateway G ike-policy I\n\
            set security ike policy I mode main\nset security ipsec vpn V ike gateway G\nset security ipsec vpn V ike ipsec-policy POLICY\n";
        for names in [
            &["aes256", "sha256", "modp2048"][..],
            &["aes128gcm16", "ecp256"],
            &["3des", "md5"],
        ] {
            let proposal = Proposal::new(Purpose::Esp, names.iter().copied(), &[]);
            let meant =
                Combination::strongest_of(&proposal.suite(Version::V2, None), Purpose::Esp, &|_| true)
                    .unwrap();
            let spelled = SPELLING.spell(&meant.proposal(), Version::V2).unwrap();
            let list = List {
                proposals: vec![spelled],
                strict: false,
            };
            let lines = (SPELLING.lines)(&list, Purpose::Esp, Version::V2).unwrap();
            let policy = sample::read("srx.conf", &format!("{GATEWAY}{}\n", lines.join("\n")));
            let suites = policy.connections[0].children[0].suites(Version::V2);
            let read = Combination::strongest(&suites, Purpose::Esp, &|_| true).unwrap();
            assert_eq!(read.line(Version::V2), meant.line(Version::V2), "{lines:?}");
        }
    }
}
