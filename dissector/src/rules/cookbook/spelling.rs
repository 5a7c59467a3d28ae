//! How products write algorithms: a proposal in their words, and the lines that set it.

use crate::negotiation::Version;
use crate::negotiation::offer::{Attribute, Choice};
use crate::policy::{Proposal, Purpose, is_aead, prf_of};

/// How a product writes proposals.
#[derive(Debug)]
pub(super) struct Spelling {
    /// Its word for an algorithm, in IKEv2's numbers; `None`: it has none.
    pub(super) word: fn(&Choice, Purpose, Version) -> Option<String>,
    /// Proposals, the new one last -> the whole new value, where the setting is one value that lists them.
    pub(super) value: fn(&List, Purpose) -> Option<String>,
    /// The same -> what to type or to choose, whole; `None` where it cannot be set.
    pub(super) lines: fn(&List, Purpose, Version) -> Option<Vec<String>>,
}

/// The proposals of one setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    pub(super) proposals: Vec<Spelled>,
    /// The file says that the product's defaults are not added to them.
    pub(super) strict: bool,
}

impl List {
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Spelled> {
        self.proposals.iter()
    }

    /// The one that is to be added.
    pub(super) fn last(&self) -> Option<&Spelled> {
        self.proposals.last()
    }
}

/// One proposal in a product's words, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spelled {
    pub(super) ciphers: Vec<String>,
    pub(super) integrity: Vec<String>,
    pub(super) prfs: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) esn: Vec<String>,
    /// The pseudorandom functions are those that go with the integrity algorithms: most products have one word for both.
    pub(super) same_prf: bool,
}

impl Spelling {
    /// A proposal in this product's words; `None` where it has no word for a part of it.
    pub(super) fn spell(&self, proposal: &Proposal, version: Version) -> Option<Spelled> {
        if !proposal.whole || proposal.choices.is_empty() {
            return None;
        }
        let mut spelled = Spelled::default();
        let of = |attribute| proposal.choices.iter().filter(move |c| c.attribute == attribute);
        for c in &proposal.choices {
            let list = match c.attribute {
                Attribute::Encryption => &mut spelled.ciphers,
                Attribute::Integrity => &mut spelled.integrity,
                Attribute::Prf => &mut spelled.prfs,
                Attribute::DhGroup => &mut spelled.groups,
                Attribute::Esn => &mut spelled.esn,
                // It stands elsewhere in a configuration.
                Attribute::AuthMethod
                | Attribute::Encapsulation
                | Attribute::Lifetime
                | Attribute::Protocol => continue,
                _ => return None,
            };
            list.push((self.word)(c, proposal.purpose, version)?);
        }
        let aead = of(Attribute::Encryption).any(is_aead);
        let mut own = of(Attribute::Integrity).filter_map(|c| prf_of(c.id));
        spelled.same_prf = !aead && of(Attribute::Prf).all(|prf| own.any(|id| id == prf.id));
        Some(spelled)
    }
}

impl Spelled {
    /// The words of all kinds, the pseudorandom function only where it is one of its own.
    pub(super) fn words(&self) -> impl Iterator<Item = &String> {
        let prfs = self.prfs.iter().filter(|_| !self.same_prf);
        let before = self.ciphers.iter().chain(&self.integrity).chain(prfs);
        before.chain(&self.groups).chain(&self.esn)
    }

    /// The first word of a kind, or nothing.
    pub(super) fn first(list: &[String]) -> &str {
        list.first().map_or("", String::as_str)
    }
}

/// No one value lists the proposals.
pub(super) fn no_value(_: &List, _: Purpose) -> Option<String> {
    None
}

/// Each word once, in order.
pub(super) fn each_once<'a>(words: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        if !all.contains(word) {
            all.push(word.clone());
        }
    }
    all
}

/// `aes256`, `3des`: strongSwan's and Fortinet's words for the ciphers that both have. `gcm` is what stands for GCM with a checksum of 16
/// bytes.
pub(super) fn cipher(c: &Choice, gcm: &str) -> Option<String> {
    let bits = c.key_length;
    Some(match (c.id, bits) {
        (2, _) => "des".to_owned(),
        (3, _) => "3des".to_owned(),
        (12, Some(bits)) => format!("aes{bits}"),
        (20, Some(bits)) => format!("aes{bits}{gcm}"),
        (28, _) => "chacha20poly1305".to_owned(),
        _ => return None,
    })
}

/// `sha256`; `None` for what is not a plain hash.
pub(super) fn hash(c: &Choice) -> Option<&'static str> {
    let number = match c.attribute {
        // PRF_HMAC_SHA2_256 is 5, AUTH_HMAC_SHA2_256_128 is 12 (IANA ikev2-parameters).
        Attribute::Prf => match c.id {
            1 | 2 => c.id,
            5..=7 => c.id + 7,
            _ => return None,
        },
        _ => c.id,
    };
    Some(match number {
        1 => "md5",
        2 => "sha1",
        12 => "sha256",
        13 => "sha384",
        14 => "sha512",
        _ => return None,
    })
}

/// `modp2048`, `ecp256`, `curve25519`: strongSwan's words (`proposal_keywords_static.txt`), which many have.
pub(super) fn group(id: u16) -> Option<&'static str> {
    Some(match id {
        1 => "modp768",
        2 => "modp1024",
        5 => "modp1536",
        14 => "modp2048",
        15 => "modp3072",
        16 => "modp4096",
        17 => "modp6144",
        18 => "modp8192",
        19 => "ecp256",
        20 => "ecp384",
        21 => "ecp521",
        31 => "curve25519",
        _ => return None,
    })
}
