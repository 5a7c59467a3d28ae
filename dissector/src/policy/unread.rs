//! Formats that people have and that are not read: known by a sign that no other has, so that a report can say what a file is, and
//! what would say more.
//!
//! Signs are names that only these formats have: manual pages of ipsec.conf(5) and racoon.conf(5), Apple's *Configuration Profile
//! Reference*, Microsoft's *VPNv2 CSP* and *Audit IPsec Main Mode*, strongSwan's documents of its app, NetworkManager's keyfiles, the
//! XML interfaces of PAN-OS and Sophos Firewall, F5's `tmsh`, Azure's *IKEDiagnosticLog*, Huawei's alarm reference, and posted files.

use super::dialect::{Dialect, Sign};
use super::file::Policy;
use super::kind::Kind;
use super::text::head;

/// All of them; a file has the name of its own.
pub(super) static DIALECT: Dialect = Dialect {
    kind: Kind::Unread(RACOON),
    sign: Sign::Text(|text| named(text).is_some()),
    read,
    by_lines: false,
    endings: &[],
    ..Dialect::CONFIGURATION
};

const RACOON: &str = "racoon.conf";

/// So much of a text shows what it is, in bytes.
const HEAD: usize = 1 << 16;

/// What such a file holds, and so what would say more.
#[derive(Clone, Copy)]
enum Holds {
    /// Settings of a client, whose offer the packets show.
    Client,
    /// Settings of a gateway.
    Gateway,
    /// Settings for what runs inside IPsec.
    Inside,
    /// A log.
    Log,
    /// A log of Windows, which names numbers.
    Numbers,
    /// Messages without a time or an address.
    NoTime,
}

/// A format: what it is called, the words that it must all have, and what it holds.
struct Unread(&'static str, &'static [&'static str], Holds);

const ALL: [Unread; 25] = [
    Unread(RACOON, &["exchange_mode ", "proposal"], Holds::Gateway),
    Unread(RACOON, &["sainfo ", "encryption_algorithm "], Holds::Gateway),
    Unread(
        "Palo Alto's configuration",
        &["ike-crypto-profiles"],
        Holds::Gateway,
    ),
    Unread(
        "Sophos Firewall's configuration",
        &["<VPNIPSecConnection"],
        Holds::Gateway,
    ),
    Unread("F5's configuration", &["net ipsec ike-peer "], Holds::Gateway),
    Unread(
        "UniFi's configuration",
        &["\"ipsec_key_exchange\""],
        Holds::Gateway,
    ),
    Unread(
        "Apple configuration profile",
        &["<plist", "com.apple.vpn"],
        Holds::Client,
    ),
    Unread(
        "profile of strongSwan's app",
        &["\"uuid\"", "\"type\"", "\"ikev2-"],
        Holds::Client,
    ),
    Unread(
        "NetworkManager's connection",
        &["[connection]", "org.freedesktop.NetworkManager."],
        Holds::Client,
    ),
    Unread("Windows' phone book", &["PBVersion="], Holds::Client),
    Unread("Windows' phone book", &["VpnStrategy="], Holds::Client),
    Unread(
        "Windows' ProfileXML",
        &["<VPNProfile", "<NativeProfile"],
        Holds::Client,
    ),
    Unread(
        "profile of the Azure VPN client",
        &["<AzVpnProfile"],
        Holds::Client,
    ),
    Unread("xl2tpd.conf", &["[lns "], Holds::Inside),
    Unread("xl2tpd.conf", &["[lac "], Holds::Inside),
    Unread("Azure's IKEDiagnosticLog", &["SESSION_ID :{"], Holds::Log),
    Unread("SonicWall's log", &["id=firewall ", " sn="], Holds::Log),
    Unread("Huawei's log", &["%%01IKE/"], Holds::Log),
    Unread("ZyXEL's log", &["note=\"IKE_LOG\""], Holds::Log),
    Unread("Apple's log", &["NEIKEv2Provider"], Holds::Log),
    Unread("Windows' event log", &["CoId={"], Holds::Numbers),
    Unread("Windows' event log", &["RasClient", "20227"], Holds::Numbers),
    Unread(
        "Windows' event log",
        &["An IPsec Main Mode negotiation failed"],
        Holds::Log,
    ),
    Unread(
        "Windows' event log",
        &["An IPsec Quick Mode negotiation failed"],
        Holds::Log,
    ),
    Unread(
        "Azure's IKEErrors.txt",
        &["Error: ", " based on log : "],
        Holds::NoTime,
    ),
];

fn read(policy: &mut Policy, text: &str) {
    if let Some((name, more)) = named(text) {
        policy.kind = Kind::Unread(name);
        policy.note(0, more);
    }
}

/// What this text is, if it is one of these, and a note on what says more.
fn named(text: &str) -> Option<(&'static str, &'static str)> {
    let text = head(text, HEAD);
    let flow = |line: &str| line.starts_with("ike ") && line.contains(" from ") && line.contains(" to ");
    if text.lines().any(flow) {
        return Some(("OpenBSD's ipsec.conf", Holds::Gateway.note()));
    }
    let is = |Unread(_, words, _): &&Unread| words.iter().all(|w| text.contains(w));
    let Unread(name, _, holds) = ALL.iter().find(is)?;
    Some((name, holds.note()))
}

impl Holds {
    fn note(self) -> &'static str {
        match self {
            Self::Client => {
                "this format is not read; the packets show what a client offers, so a log or the configuration of the other side says more"
            }
            Self::Gateway => {
                "this format is not read; the log of this machine, or a file of the other side, may say more"
            }
            Self::Inside => {
                "this format is not read, and it says nothing of IPsec; the log of xl2tpd and pppd is read"
            }
            Self::Log => {
                "this format is not read; the configuration of this machine, or a file of the other side, may say more"
            }
            Self::Numbers => {
                "this format is not read; `ikewhy explain NUMBER` says what an error number of Windows may come to"
            }
            Self::NoTime => {
                "this format is not read: it has neither a time nor an address, so nothing says which negotiation it speaks of"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;
    use crate::tests::sample::SECRET;

    #[test]
    fn each_is_called_by_its_name_and_nothing_of_it_is_kept() {
        for Unread(name, words, holds) in ALL {
            let text = format!("{}\nsecret \"{SECRET}\"\n", words.join(" x "));
            let policy = policy::read("file", &text, None);
            assert_eq!(policy.kind, Kind::Unread(name));
            assert_eq!(policy.notes.len(), 1, "{name}");
            assert_eq!(policy.notes[0].text.to_string(), holds.note());
            assert!(policy.connections.is_empty() && policy.entries.is_empty());
            assert!(!format!("{policy:?}").contains(SECRET));
        }
    }

    #[test]
    fn a_profile_is_no_configuration_that_has_the_same_signs() {
        let named = |text: &str| named(text).map(|(name, _)| name);
        let connection = "[connection]\nid=office\ntype=vpn\n\n[vpn]\naddress=192.0.2.10\n\
            service-type=org.freedesktop.NetworkManager.strongswan\n";
        assert_eq!(named(connection), Some("NetworkManager's connection"));
        let ipsec = "ike passive esp from 10.2.0.0/16 to 10.1.0.0/16 peer 192.0.2.10 main auth hmac-sha1 enc aes quick enc aes\n";
        assert_eq!(named(ipsec), Some("OpenBSD's ipsec.conf"));
        assert_eq!(named("conn lab\n  ike=aes256-sha2_256;modp2048\n"), None);
        assert_eq!(
            named("ikev2 \"lab\" passive esp from 10.2.0.0/16 to 10.1.0.0/16\n"),
            None
        );
    }
}
