//! MikroTik RouterOS.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::spelling::{self, Spelled, Spelling};
use crate::negotiation::offer::Attribute;
use crate::policy::Purpose;

const IPSEC: Source = document("MikroTik documentation, IPsec", "RouterOS 6 and 7");
const L2TP: Source = document("MikroTik documentation, L2TP", "RouterOS 6 and 7");

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "/ip ipsec profile: enc-algorithm, hash-algorithm, dh-group",
        IPSEC,
    ),
    fact(
        T::EspProposal,
        "/ip ipsec proposal: auth-algorithms, enc-algorithms",
        IPSEC,
    ),
    fact(T::Pfs, "/ip ipsec proposal: pfs-group", IPSEC),
    fact(T::Selectors, "/ip ipsec policy: src-address, dst-address", IPSEC),
    fact(T::ChildMode, "/ip ipsec policy: tunnel", IPSEC).note("yes for tunnel mode, no for transport mode"),
    fact(
        T::Child,
        "/ip ipsec proposal: auth-algorithms, enc-algorithms, pfs-group, and /ip ipsec policy",
        IPSEC,
    ),
    fact(T::PreSharedKey, "/ip ipsec identity: secret", IPSEC),
    fact(T::AuthMethod, "/ip ipsec identity: auth-method", IPSEC),
    fact(T::OwnIdentity, "/ip ipsec identity: my-id", IPSEC),
    fact(T::PeerIdentity, "/ip ipsec identity: remote-id", IPSEC),
    fact(T::IkeVersion, "/ip ipsec peer: exchange-mode", IPSEC)
        .note("main or aggressive for IKEv1, ike2 for IKEv2"),
    fact(T::Mode, "/ip ipsec peer: exchange-mode", IPSEC).note("main or aggressive"),
    fact(T::Pool, "/ip ipsec mode-config: address-pool", IPSEC),
    fact(T::L2tpSelectors, "/interface l2tp-server server: use-ipsec", L2TP)
        .lines(&["/interface l2tp-server server set enabled=yes use-ipsec=required ipsec-secret=KEY"])
        .note("it makes the policy itself"),
    fact(T::PppMtu, "/ppp profile: change-tcp-mss", L2TP)
        .lines(&["/ppp profile set default-encryption change-tcp-mss=yes"])
        .note("and max-mtu, max-mru of the server or client"),
    fact(T::PppLogin, "/interface l2tp-server server: authentication", L2TP)
        .lines(&["/interface l2tp-server server set authentication=mschap2"]),
    fact(T::L2tpService, "/interface l2tp-server server: enabled", L2TP)
        .lines(&["/interface l2tp-server server set enabled=yes"]),
];

/// Lists of one kind each, and in a profile one hash alone (MikroTik documentation, IPsec).
pub(super) static SPELLING: Spelling = Spelling {
    word: |c, purpose, _| {
        let cbc = if purpose == Purpose::Ike { "" } else { "-cbc" };
        Some(match c.attribute {
            Attribute::Encryption => match (c.id, c.key_length) {
                (3, _) => "3des".to_owned(),
                (12, Some(bits)) => format!("aes-{bits}{cbc}"),
                (20, Some(bits)) if purpose != Purpose::Ike => format!("aes-{bits}-gcm"),
                _ => return None,
            },
            Attribute::Integrity if matches!(c.id, 1 | 2 | 12 | 14) => spelling::hash(c)?.to_owned(),
            Attribute::Prf => String::new(),
            Attribute::DhGroup if c.id != 31 => spelling::group(c.id)?.to_owned(),
            Attribute::Esn if c.id == 0 => String::new(),
            _ => return None,
        })
    },
    value: spelling::no_value,
    lines: |all, purpose, _| {
        let list = |of: fn(&Spelled) -> &Vec<String>| spelling::each_once(all.iter().flat_map(of)).join(",");
        let (ciphers, groups) = (list(|s| &s.ciphers), list(|s| &s.groups));
        let last = all.last()?;
        Some(vec![match purpose {
            Purpose::Ike => format!(
                "/ip ipsec profile set [find name=NAME] enc-algorithm={ciphers} hash-algorithm={} dh-group={groups}",
                Spelled::first(&last.integrity)
            ),
            Purpose::Esp => {
                let pfs = match last.groups.first() {
                    Some(group) => format!(" pfs-group={group}"),
                    None => String::new(),
                };
                format!(
                    "/ip ipsec proposal set [find name=NAME] enc-algorithms={ciphers} auth-algorithms={}{pfs}",
                    list(|s| &s.integrity)
                )
            }
            Purpose::Ah => return None,
        }])
    },
};
