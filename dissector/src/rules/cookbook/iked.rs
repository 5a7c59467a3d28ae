//! OpenIKED's iked.conf.

use super::advice::{Advice, Source, Topic as T, document, fact};
use super::setting::{Setting, Written};
use super::spelling::{self, List, Spelled, Spelling};
use crate::negotiation::Version;
use crate::negotiation::offer::{Attribute, Choice};
use crate::policy::{Mode, Purpose};

const MAN: Source = document("OpenIKED iked/iked.conf.5", "OpenIKED 7");

pub(super) static ADVICE: &[Advice] = &[
    fact(T::IkeProposal, "ikesa auth ... enc ... prf ... group ...", MAN),
    fact(T::EspProposal, "childsa auth ... enc ...", MAN),
    fact(T::Pfs, "childsa ... group ...", MAN),
    fact(T::Selectors, "from ... to ...", MAN).in_lab(),
    fact(T::ChildMode, "ikev2 ... transport or tunnel", MAN),
    fact(
        T::Child,
        "childsa auth ... enc ... group ..., from ... to ...",
        MAN,
    ),
    fact(T::Connection, "local ... peer ...", MAN).in_lab(),
    fact(T::PreSharedKey, "psk", MAN),
    fact(T::AuthMethod, "psk, rsa, ecdsa256, rfc7427 or eap", MAN).note("at the end of the policy"),
    fact(T::OwnIdentity, "srcid", MAN),
    fact(T::PeerIdentity, "dstid", MAN),
    fact(T::Fragmentation, "set fragmentation", MAN)
        .lines(&["set fragmentation"])
        .note("off by default"),
    fact(T::Encapsulation, "natt", MAN).note("a keyword of the policy"),
    fact(T::Pool, "config address", MAN),
];

/// `ikesa enc aes-256 prf hmac-sha2-256 auth hmac-sha2-256 group modp2048`, once for each proposal (iked.conf(5), `parse.y`).
pub(super) static SPELLING: Spelling = Spelling {
    word,
    value,
    lines: |all, purpose, _| Some(vec![value(all, purpose)?]),
};

fn word(c: &Choice, _: Purpose, _: Version) -> Option<String> {
    Some(match c.attribute {
        Attribute::Encryption => match (c.id, c.key_length) {
            (3, _) => "3des".to_owned(),
            (12, Some(bits)) => format!("aes-{bits}"),
            (20, Some(bits @ (128 | 256))) => format!("aes-{bits}-gcm"),
            (28, _) => "chacha20-poly1305".to_owned(),
            _ => return None,
        },
        Attribute::Integrity | Attribute::Prf => match spelling::hash(c)? {
            "md5" => "hmac-md5",
            "sha1" => "hmac-sha1",
            "sha256" => "hmac-sha2-256",
            "sha384" => "hmac-sha2-384",
            _ => "hmac-sha2-512",
        }
        .to_owned(),
        Attribute::DhGroup => spelling::group(c.id)?.to_owned(),
        Attribute::Esn => if c.id == 1 { "esn" } else { "noesn" }.to_owned(),
        _ => return None,
    })
}

fn value(all: &List, purpose: Purpose) -> Option<String> {
    let statement = match purpose {
        Purpose::Ike => "ikesa",
        Purpose::Esp => "childsa",
        Purpose::Ah => return None,
    };
    let one = |s: &Spelled| {
        let with = |word: &str, list: &[String]| -> Vec<String> {
            list.iter().map(|one| format!("{word} {one}")).collect()
        };
        let mut words = vec![statement.to_owned()];
        words.extend(with("enc", &s.ciphers));
        words.extend(with("prf", &s.prfs));
        words.extend(with("auth", &s.integrity));
        words.extend(with("group", &s.groups));
        words.extend(s.esn.iter().cloned());
        words.join(" ")
    };
    Some(all.iter().map(one).collect::<Vec<_>>().join(" "))
}

/// Words of one statement that stand beside others in a line.
pub(super) fn set(setting: &Setting) -> Option<Written> {
    let one = |list: &[String]| match list {
        [one] => Some(one.clone()),
        _ => None,
    };
    Some(match setting {
        Setting::Mode(Mode::Tunnel) => Written::within("tunnel", ""),
        Setting::Mode(Mode::Transport) => Written::within("transport", ""),
        Setting::Local(list) => Written::within("from", &one(list)?),
        Setting::Remote(list) => Written::within("to", &one(list)?),
        Setting::PeerId(id) => Written::within("dstid", id),
        Setting::OwnId(id) => Written::within("srcid", id),
        Setting::PeerAddress(list) => Written::within("peer", &one(list)?),
        Setting::Version(_) | Setting::Aggressive(_) | Setting::PeerAuth(_) | Setting::OwnAuth(_) => {
            return None;
        }
    })
}
