//! Libreswan's ipsec.conf.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::ipsec_conf;
use super::setting::{Setting, Written};
use super::spelling::{self, List, Spelled, Spelling};
use crate::negotiation::Version;
use crate::negotiation::Version::{V1, V2};
use crate::negotiation::offer::{Attribute, Choice};
use crate::policy::{Auth, Purpose};

const fn manual(place: &'static str) -> Source {
    document(place, "Libreswan 4 and 5")
}

pub(super) static ADVICE: &[Advice] = &[
    fact(
        T::IkeProposal,
        "ike=",
        manual("Libreswan configs/d.ipsec.conf/conn/ike.xml"),
    )
    .note("such as aes256-sha2;modp2048")
    .in_lab(),
    fact(
        T::EspProposal,
        "esp=",
        manual("Libreswan configs/d.ipsec.conf/conn/esp.xml"),
    )
    .in_lab(),
    fact(
        T::Pfs,
        "pfs=",
        manual("Libreswan configs/d.ipsec.conf/conn/pfs.xml"),
    )
    .note("yes (the default) or no; the group stands in esp=")
    .in_lab(),
    fact(
        T::Selectors,
        "leftsubnet= and rightsubnet=",
        manual("Libreswan configs/d.ipsec.conf/conn/subnet.xml"),
    )
    .in_lab(),
    fact(
        T::ChildMode,
        "type=",
        manual("Libreswan configs/d.ipsec.conf/conn/type.xml"),
    )
    .note("tunnel or transport")
    .in_lab(),
    fact(
        T::Child,
        "esp=, pfs=, type=, leftsubnet=, rightsubnet=, leftprotoport= and rightprotoport=",
        manual("Libreswan configs/d.ipsec.conf/conn"),
    ),
    fact(
        T::Connection,
        "left= and right=",
        manual("Libreswan configs/d.ipsec.conf/conn"),
    )
    .note("right=%any for any client")
    .in_lab(),
    fact(
        T::PreSharedKey,
        "ipsec.secrets",
        manual("Libreswan configs/ipsec.secrets.5.xml"),
    )
    .note("<this side> <peer> : PSK \"...\""),
    fact(
        T::AuthMethod,
        "authby=",
        manual("Libreswan configs/d.ipsec.conf/conn/authby.xml, auth.xml"),
    )
    .note("secret or rsasig; one for each side: leftauth= and rightauth="),
    fact(
        T::OwnIdentity,
        "leftid=",
        manual("Libreswan configs/d.ipsec.conf/conn/id.xml"),
    ),
    fact(
        T::PeerIdentity,
        "rightid=",
        manual("Libreswan configs/d.ipsec.conf/conn/id.xml"),
    )
    .in_lab(),
    fact(
        T::IkeVersion,
        "keyexchange=",
        manual("Libreswan configs/d.ipsec.conf/conn/keyexchange.xml, setup/ikev1-policy.xml"),
    )
    .only(V1)
    .lines(&["keyexchange=ikev1"])
    .note("and in config setup: ikev1-policy=accept; before 5.0: ikev2=no"),
    fact(
        T::IkeVersion,
        "keyexchange=",
        manual("Libreswan configs/d.ipsec.conf/conn/keyexchange.xml"),
    )
    .only(V2)
    .lines(&["keyexchange=ikev2"])
    .note("the default; before 5.0: ikev2=yes"),
    fact(
        T::Mode,
        "aggressive=",
        manual("Libreswan configs/d.ipsec.conf/conn/aggressive.xml"),
    )
    .note("yes or no"),
    fact(
        T::Fragmentation,
        "fragmentation=",
        manual("Libreswan configs/d.ipsec.conf/conn/fragmentation.xml"),
    )
    .lines(&["fragmentation=yes"])
    .note("the default"),
    fact(
        T::Encapsulation,
        "encapsulation=",
        manual("Libreswan configs/d.ipsec.conf/conn/encapsulation.xml"),
    )
    .lines(&["encapsulation=yes"]),
    fact(
        T::Truncation,
        "sha2-truncbug=",
        manual("Libreswan configs/d.ipsec.conf/conn/sha2-truncbug.xml"),
    )
    .lines(&["sha2-truncbug=no"])
    .note("the default"),
    fact(
        T::Mtu,
        "mtu=",
        manual("Libreswan configs/d.ipsec.conf/conn/mtu.xml"),
    )
    .lines(&["mtu=1400"]),
    fact(
        T::Pool,
        "rightaddresspool=",
        manual("Libreswan configs/d.ipsec.conf/conn/addresspool.xml"),
    ),
    fact(
        T::L2tpSelectors,
        "type=, leftprotoport= and rightprotoport=",
        manual(
            "Libreswan configs/d.ipsec.conf/conn/protoport.xml; hwdsl2/setup-ipsec-vpn vpnsetup_ubuntu.sh",
        ),
    )
    .lines(&[
        "type=transport",
        "leftprotoport=17/1701",
        "rightprotoport=17/%any",
    ])
    .note("on the server"),
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
