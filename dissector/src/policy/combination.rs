//! One algorithm of each kind, in IKEv2's numbers: what two sides can have in common, and how strong it is.
//!
//! "Strongest" is one order for all advice: what must not be used comes last and what should not be used before it (RFC 8247,
//! RFC 8221, RFC 9395; `data/codes.tsv`), then the weaker of key exchange and cipher decides (NIST SP 800-57 part 1, table 2;
//! `data/key_exchange.tsv`), then integrity and the pseudorandom function.

use super::algorithm::{Proposal, Purpose, from_v1, is_aead};
use crate::negotiation::Version;
use crate::negotiation::offer::{Attribute, Choice, Suite};
use crate::wire::code::{self, Registry, Weakness};

/// One choice of each kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combination {
    /// What it is for.
    pub purpose: Purpose,
    /// The choices, each of another attribute.
    pub choices: Vec<Choice>,
}

/// How strong a combination is; the greater, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Strength {
    /// 2: up to date; 1: something is out of date; 0: something is broken.
    standing: u8,
    /// Bits of the weaker one of cipher and key exchange.
    bits: u16,
    /// Of each of them.
    group: u16,
    cipher: u16,
    /// The rank of what is left: longer checksums are later in IANA's table.
    rest: u16,
}

impl Strength {
    /// Nothing in it is broken or out of date.
    #[must_use]
    pub fn is_up_to_date(self) -> bool {
        self.standing == 2
    }

    /// What counts where two are compared for somebody: without the order of checksums and functions that are all long enough.
    #[must_use]
    pub fn level(self) -> (u8, u16, u16, u16) {
        (self.standing, self.bits, self.group, self.cipher)
    }
}

/// The longest checksum (IANA ikev2-parameters).
const AUTH_HMAC_SHA2_512_256: u16 = 14;

/// Bits of a cipher's key (RFC 7296 3.3.5; 3DES as NIST SP 800-57 part 1 counts it).
fn cipher_bits(c: &Choice) -> u16 {
    /// ENCR_DES, ENCR_3DES, ENCR_CHACHA20_POLY1305 (IANA ikev2-parameters).
    const DES: u16 = 2;
    const TRIPLE_DES: u16 = 3;
    const CHACHA20: u16 = 28;
    match (c.key_length, c.id) {
        (Some(bits), _) => bits,
        (None, DES) => 56,
        (None, TRIPLE_DES) => 112,
        (None, CHACHA20) => 256,
        (None, _) => 128,
    }
}

/// How good one choice is beside others of its attribute.
fn rank(c: &Choice) -> (u8, u16, u16) {
    let standing = match code::weak(c.registry, u32::from(c.id)) {
        None => 2,
        Some(Weakness::Legacy) => 1,
        Some(Weakness::Broken) => 0,
    };
    let bits = match c.attribute {
        Attribute::Encryption => cipher_bits(c),
        Attribute::DhGroup => code::key_exchange_bits(c.id),
        _ => 0,
    };
    (standing, bits, c.id)
}

impl Combination {
    /// The strongest one of a suite, of choices that are taken into account; `None` where one of its kinds has none left, or is of a kind
    /// that is not known here.
    pub fn strongest_of(suite: &Suite, purpose: Purpose, takes: &dyn Fn(&Choice) -> bool) -> Option<Self> {
        let own: Option<Vec<Choice>> = suite.choices.iter().map(|c| own_number(*c, purpose)).collect();
        let own: Vec<Choice> = own?.into_iter().filter(|c| !is_beside(c.attribute)).collect();
        let mut choices: Vec<Choice> = Vec::new();
        for c in &own {
            if choices.iter().any(|known| known.attribute == c.attribute) {
                continue;
            }
            let alike = own.iter().filter(|other| other.attribute == c.attribute);
            choices.push(*alike.filter(|c| takes(c)).max_by_key(|c| rank(c))?);
        }
        let aead = choices.iter().any(is_aead);
        choices.retain(|c| !(aead && c.attribute == Attribute::Integrity));
        Some(Self { purpose, choices })
    }

    /// The strongest one of several suites; of equal ones the first.
    pub fn strongest(suites: &[Suite], purpose: Purpose, takes: &dyn Fn(&Choice) -> bool) -> Option<Self> {
        let all = suites
            .iter()
            .filter_map(|s| Self::strongest_of(s, purpose, takes));
        all.reduce(|best, other| {
            if other.strength() > best.strength() {
                other
            } else {
                best
            }
        })
    }

    /// The choice of this attribute.
    #[must_use]
    pub fn of(&self, attribute: Attribute) -> Option<&Choice> {
        self.choices.iter().find(|c| c.attribute == attribute)
    }

    /// How strong it is.
    #[must_use]
    pub fn strength(&self) -> Strength {
        let standing = self.choices.iter().map(|c| rank(c).0).min().unwrap_or(0);
        let cipher = self.of(Attribute::Encryption).map_or(0, cipher_bits);
        let key = self.of(Attribute::DhGroup).map(|c| code::key_exchange_bits(c.id));
        // A data tunnel without a key exchange of its own is as strong as its cipher; one with, has forward secrecy besides.
        let weaker = match self.purpose {
            Purpose::Ike => key.unwrap_or(0).min(cipher),
            Purpose::Esp | Purpose::Ah => cipher,
        };
        // A cipher that checks by itself does so as well as the longest checksum.
        let integrity = match self.of(Attribute::Integrity) {
            Some(c) => c.id,
            None => AUTH_HMAC_SHA2_512_256,
        };
        let rest = integrity + self.of(Attribute::Prf).map_or(0, |c| c.id);
        Strength {
            standing,
            bits: weaker,
            group: key.unwrap_or(0),
            cipher,
            rest,
        }
    }

    /// For a sentence: `AES-CBC-256 / HMAC-SHA2-256-128 / MODP-2048 (group 14)`, in the words of this version.
    #[must_use]
    pub fn line(&self, version: Version) -> String {
        self.proposal().suite(version, None).line()
    }

    /// As a proposal of its own.
    #[must_use]
    pub fn proposal(&self) -> Proposal {
        Proposal {
            purpose: self.purpose,
            choices: self.choices.clone(),
            whole: true,
            line: 0,
            assumed: Vec::new(),
        }
    }
}

/// What is agreed upon beside the algorithms.
fn is_beside(attribute: Attribute) -> bool {
    matches!(
        attribute,
        Attribute::AuthMethod | Attribute::Encapsulation | Attribute::Lifetime | Attribute::Protocol
    )
}

/// A choice of either version in IKEv2's numbers.
fn own_number(c: Choice, purpose: Purpose) -> Option<Choice> {
    let is_v2 = matches!(
        c.registry,
        Registry::V2Encryption
            | Registry::V2Prf
            | Registry::V2Integrity
            | Registry::V2Group
            | Registry::V2Esn
    );
    if is_v2 || is_beside(c.attribute) {
        Some(c)
    } else {
        from_v1(c, purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(names: &[&str], version: Version) -> Suite {
        Proposal::new(Purpose::Ike, names.iter().copied(), &[128]).suite(version, Some(1))
    }

    #[test]
    fn the_strongest_is_up_to_date_and_has_no_weak_part() {
        let offered = [
            suite(&["aes256", "sha1", "modp1024"], Version::V1),
            suite(&["aes128", "sha256", "modp2048"], Version::V1),
            suite(&["3des", "sha1", "modp2048"], Version::V1),
        ];
        let best = Combination::strongest(&offered, Purpose::Ike, &|_| true).unwrap();
        assert_eq!(
            best.line(Version::V1),
            "AES-CBC-128 / SHA2-256 / MODP-2048 (group 14)"
        );
        assert!(best.strength().is_up_to_date());
        let all = suite(
            &["aes128", "aes256", "sha1", "sha384", "modp2048", "ecp384"],
            Version::V2,
        );
        let best = Combination::strongest_of(&all, Purpose::Ike, &|_| true).unwrap();
        assert_eq!(
            best,
            Combination::strongest_of(
                &suite(&["aes256", "sha384", "ecp384"], Version::V2),
                Purpose::Ike,
                &|_| true
            )
            .unwrap()
        );
    }

    #[test]
    fn what_a_side_cannot_do_is_left_out() {
        let all = suite(&["aes256", "sha256", "modp2048", "curve25519"], Version::V2);
        let no_curve = |c: &Choice| c.attribute != Attribute::DhGroup || c.id < 31;
        let best = Combination::strongest_of(&all, Purpose::Ike, &no_curve).unwrap();
        assert_eq!(best.of(Attribute::DhGroup).unwrap().id, 14);
        let none = |c: &Choice| c.attribute != Attribute::DhGroup;
        assert!(Combination::strongest_of(&all, Purpose::Ike, &none).is_none());
    }

    #[test]
    fn both_versions_number_the_same_algorithms() {
        for names in [
            ["aes256", "sha256", "modp2048"],
            ["3des", "md5", "modp1024"],
            ["camellia128", "sha512", "ecp384"],
        ] {
            let of = |version| {
                let mut c =
                    Combination::strongest_of(&suite(&names, version), Purpose::Ike, &|_| true).unwrap();
                c.choices.retain(|c| c.attribute != Attribute::Prf);
                c
            };
            assert_eq!(of(Version::V1), of(Version::V2), "{names:?}");
        }
    }
}
