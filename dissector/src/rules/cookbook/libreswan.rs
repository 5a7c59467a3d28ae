//! Libreswan's ipsec.conf.

use super::advice::{Advice, Topic as T};
use super::ipsec_conf;
use super::setting::{Setting, Written};
use super::spelling::{self, List, Spelled, Spelling};
use crate::negotiation::Version;
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::{Attribute, Choice};
use crate::policy::{Auth, Purpose};

pub(super) static ADVICE: &[Advice] = &[
    Advice {
        topic: T::IkeProposal,
        version: None,
        setting: "ike=",
        lines: &[],
        note: "such as aes256-sha2;modp2048",
        source: "Libreswan configs/d.ipsec.conf/conn/ike.xml",
    },
    Advice {
        topic: T::EspProposal,
        version: None,
        setting: "esp=",
        lines: &[],
        note: "",
        source: "Libreswan configs/d.ipsec.conf/conn/esp.xml",
    },
    Advice {
        topic: T::Pfs,
        version: None,
        setting: "pfs=",
        lines: &[],
        note: "yes (the default) or no; the group stands in esp=",
        source: "Libreswan configs/d.ipsec.conf/conn/pfs.xml",
    },
    Advice {
        topic: T::Selectors,
        version: None,
        setting: "leftsubnet= and rightsubnet=",
        lines: &[],
        note: "",
        source: "Libreswan configs/d.ipsec.conf/conn/subnet.xml",
    },
    Advice {
        topic: T::ChildMode,
        version: None,
        setting: "type=",
        lines: &[],
        note: "tunnel or transport",
        source: "Libreswan configs/d.ipsec.conf/conn/type.xml",
    },
    Advice {
        topic: T::Child,
        version: None,
        setting: "esp=, pfs=, type=, leftsubnet=, rightsubnet=, leftprotoport= and rightprotoport=",
        lines: &[],
        note: "",
        source: "Libreswan configs/d.ipsec.conf/conn",
    },
    Advice {
        topic: T::Connection,
        version: None,
        setting: "left= and right=",
        lines: &[],
        note: "right=%any for any client",
        source: "Libreswan configs/d.ipsec.conf/conn",
    },
    Advice {
        topic: T::PreSharedKey,
        version: None,
        setting: "ipsec.secrets",
        lines: &[],
        note: "<this side> <peer> : PSK \"...\"",
        source: "Libreswan configs/ipsec.secrets.5.xml",
    },
    Advice {
        topic: T::AuthMethod,
        version: None,
        setting: "authby=",
        lines: &[],
        note: "secret or rsasig; one for each side: leftauth= and rightauth=",
        source: "Libreswan configs/d.ipsec.conf/conn/authby.xml, auth.xml",
    },
    Advice {
        topic: T::OwnIdentity,
        version: None,
        setting: "leftid=",
        lines: &[],
        note: "",
        source: "Libreswan configs/d.ipsec.conf/conn/id.xml",
    },
    Advice {
        topic: T::PeerIdentity,
        version: None,
        setting: "rightid=",
        lines: &[],
        note: "",
        source: "Libreswan configs/d.ipsec.conf/conn/id.xml",
    },
    Advice {
        topic: T::IkeVersion,
        version: Some(V1),
        setting: "keyexchange=",
        lines: &["keyexchange=ikev1"],
        note: "and in config setup: ikev1-policy=accept; before 5.0: ikev2=no",
        source: "Libreswan configs/d.ipsec.conf/conn/keyexchange.xml, setup/ikev1-policy.xml",
    },
    Advice {
        topic: T::IkeVersion,
        version: Some(V2),
        setting: "keyexchange=",
        lines: &["keyexchange=ikev2"],
        note: "the default; before 5.0: ikev2=yes",
        source: "Libreswan configs/d.ipsec.conf/conn/keyexchange.xml",
    },
    Advice {
        topic: T::Mode,
        version: None,
        setting: "aggressive=",
        lines: &[],
        note: "yes or no",
        source: "Libreswan configs/d.ipsec.conf/conn/aggressive.xml",
    },
    Advice {
        topic: T::Fragmentation,
        version: None,
        setting: "fragmentation=",
        lines: &["fragmentation=yes"],
        note: "the default",
        source: "Libreswan configs/d.ipsec.conf/conn/fragmentation.xml",
    },
    Advice {
        topic: T::Encapsulation,
        version: None,
        setting: "encapsulation=",
        lines: &["encapsulation=yes"],
        note: "",
        source: "Libreswan configs/d.ipsec.conf/conn/encapsulation.xml",
    },
    Advice {
        topic: T::Truncation,
        version: None,
        setting: "sha2-truncbug=",
        lines: &["sha2-truncbug=no"],
        note: "the default",
        source: "Libreswan configs/d.ipsec.conf/conn/sha2-truncbug.xml",
    },
    Advice {
        topic: T::Mtu,
        version: None,
        setting: "mtu=",
        lines: &["mtu=1400"],
        note: "",
        source: "Libreswan configs/d.ipsec.conf/conn/mtu.xml",
    },
    Advice {
        topic: T::Pool,
        version: None,
        setting: "rightaddresspool=",
        lines: &[],
        note: "",
        source: "Libreswan configs/d.ipsec.conf/conn/addresspool.xml",
    },
    Advice {
        topic: T::L2tpSelectors,
        version: None,
        setting: "type=, leftprotoport= and rightprotoport=",
        lines: &[
            "type=transport",
            "leftprotoport=17/1701",
            "rightprotoport=17/%any",
        ],
        note: "on the server",
        source: "Libreswan configs/d.ipsec.conf/conn/protoport.xml; hwdsl2/setup-ipsec-vpn vpnsetup_ubuntu.sh",
    },
];

/// `aes256-sha2_256;modp2048`: algorithms of one kind are joined by `+`, proposals by commas; one hash serves for integrity and as
/// pseudorandom function (conn/ike.xml, `lib/libswan/proposals.c`).
pub(super) static SPELLING: Spelling = Spelling {
    word,
    value,
    lines: |all, purpose, _| Some(vec![ipsec_conf::line(purpose, &value(all, purpose)?)]),
};

fn word(c: &Choice, _: Purpose, _: Version) -> Option<String> {
    Some(match c.attribute {
        Attribute::Encryption => match (c.id, c.key_length) {
            (20, Some(bits)) => format!("aes_gcm{bits}"),
            (28, _) => "chacha20_poly1305".to_owned(),
            (3 | 12, _) => spelling::cipher(c, "")?,
            _ => return None,
        },
        Attribute::Integrity | Attribute::Prf => match spelling::hash(c)? {
            "sha256" => "sha2_256",
            "sha384" => "sha2_384",
            "sha512" => "sha2_512",
            other => other,
        }
        .to_owned(),
        // Groups 1 and 22 are gone (CHANGES, v3.30 and v4.0).
        Attribute::DhGroup => match c.id {
            5 | 14..=18 => spelling::group(c.id)?.to_owned(),
            19..=21 | 31 => format!("dh{}", c.id),
            _ => return None,
        },
        // By esn= of its own.
        Attribute::Esn => String::new(),
        _ => return None,
    })
}

fn value(all: &List, purpose: Purpose) -> Option<String> {
    let one = |s: &Spelled| {
        let aead = s.integrity.is_empty();
        let hashes = match purpose {
            Purpose::Ike if aead => &s.prfs,
            Purpose::Ike if !s.same_prf => return None,
            _ => &s.integrity,
        };
        let mut text = s.ciphers.join("+");
        if !hashes.is_empty() {
            let dash = if text.is_empty() { "" } else { "-" };
            text.push_str(&format!("{dash}{}", hashes.join("+")));
        }
        if !s.groups.is_empty() {
            text.push_str(&format!(";{}", s.groups.join("+")));
        }
        Some(text)
    };
    let all: Option<Vec<String>> = all.iter().map(one).collect();
    Some(all?.join(","))
}

/// As in strongSwan's file, but that a connection speaks one version, takes one network or address with these keys, and has one way of
/// authentication for both sides.
pub(super) fn set(setting: &Setting) -> Option<Written> {
    let auth = |value: &str| Some(Written::new("authby", "=", value));
    match setting {
        Setting::Version(None) => None,
        Setting::Local(list) | Setting::Remote(list) | Setting::PeerAddress(list) if list.len() != 1 => None,
        Setting::PeerAuth(Auth::Psk) | Setting::OwnAuth(Auth::Psk) => auth("secret"),
        Setting::PeerAuth(Auth::Certificate) | Setting::OwnAuth(Auth::Certificate) => auth("rsasig"),
        Setting::PeerAuth(_) | Setting::OwnAuth(_) => None,
        Setting::PeerId(id) => ipsec_conf::set(&Setting::PeerId(at_name(id))),
        Setting::OwnId(id) => ipsec_conf::set(&Setting::OwnId(at_name(id))),
        same => ipsec_conf::set(same),
    }
}

/// A name is written behind `@`, so that it is not looked up (conn/id.xml).
fn at_name(id: &str) -> String {
    let is_name = id.parse::<std::net::IpAddr>().is_err() && !id.contains(['@', '=']);
    if is_name { format!("@{id}") } else { id.to_owned() }
}
