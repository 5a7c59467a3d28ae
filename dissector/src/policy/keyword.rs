//! Words for algorithms in configurations, and proposals made of them.
//!
//! Sources: strongSwan proposal_keywords_static.txt; Libreswan lib/libswan/ike_alg_*.c; OpenIKED iked.conf(5). Numbers: IANA
//! ipsec-registry and ikev2-parameters.

use crate::negotiation::Place;
use crate::negotiation::offer::{Attribute, Choice, Suite};
use crate::wire::code::Registry;

/// Protocol ID of IKE.
const PROTO_IKE: u8 = 1;
/// The most suites one line may stand for.
const MAX_SUITES: usize = 256;

/// What a word stands for. Numbers are those of IKEv1, if it has any, and of IKEv2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Cipher, with its key length; true for one that needs no separate integrity.
    Encryption(Option<u16>, u16, Option<u16>, bool),
    /// Hash, integrity and the PRF of the same hash.
    Hash(Option<u16>, u16, u16),
    /// PRF.
    Prf(u16),
    /// Group; the same in both versions.
    Group(u16),
}

/// Reads one word; `None` for one that is not known.
pub(super) fn word(text: &str) -> Option<Word> {
    let plain: String = text
        .to_ascii_lowercase()
        .chars()
        .filter(|c| !"_-".contains(*c))
        .collect();
    let word = plain.as_str();
    if let Some(hash) = word.strip_prefix("prf") {
        return match self::word(hash)? {
            Word::Hash(_, _, prf) => Some(Word::Prf(prf)),
            _ => None,
        };
    }
    let hash = word.strip_prefix("hmac").unwrap_or(word);
    Some(match hash {
        "md5" => Word::Hash(Some(1), 1, 1),
        "sha" | "sha1" => Word::Hash(Some(2), 2, 2),
        "sha2" | "sha256" | "sha2256" => Word::Hash(Some(4), 12, 5),
        "sha384" | "sha2384" => Word::Hash(Some(5), 13, 6),
        "sha512" | "sha2512" => Word::Hash(Some(6), 14, 7),
        "aesxcbc" => Word::Hash(None, 5, 4),
        "aescmac" => Word::Hash(None, 8, 8),
        "3des" => Word::Encryption(Some(5), 3, None, false),
        "des" => Word::Encryption(Some(1), 2, None, false),
        "chacha20poly1305" => Word::Encryption(None, 28, None, true),
        _ => return group(word).or_else(|| cipher(word)),
    })
}

fn group(word: &str) -> Option<Word> {
    if let Some(number) = word.strip_prefix("dh") {
        return number.parse().ok().map(Word::Group);
    }
    Some(Word::Group(match word {
        "modp768" => 1,
        "modp1024" => 2,
        "modp1536" => 5,
        "modp2048" => 14,
        "modp3072" => 15,
        "modp4096" => 16,
        "modp6144" => 17,
        "modp8192" => 18,
        "ecp256" => 19,
        "ecp384" => 20,
        "ecp521" => 21,
        "modp1024s160" => 22,
        "modp2048s224" => 23,
        "modp2048s256" => 24,
        "ecp192" => 25,
        "ecp224" => 26,
        "ecp224bp" | "brainpool224" => 27,
        "ecp256bp" | "brainpool256" => 28,
        "ecp384bp" | "brainpool384" => 29,
        "ecp512bp" | "brainpool512" => 30,
        "curve25519" | "x25519" => 31,
        "curve448" | "x448" => 32,
        _ => return None,
    }))
}

/// Ciphers with a key length in their name: `aes256`, `aes128gcm16`, `aesgcm256`, `camellia192`.
fn cipher(word: &str) -> Option<Word> {
    let (v1, rest, cbc) = if let Some(rest) = word.strip_prefix("aes") {
        (Some(7), rest, 12)
    } else {
        (Some(8), word.strip_prefix("camellia")?, 23)
    };
    // Libreswan writes the mode first: aes_gcm_c_256, aes_gcm256.
    for (mode, id) in [
        ("gcma", 18),
        ("gcmb", 19),
        ("gcmc", 20),
        ("gcm", 20),
        ("ctr", 13),
        ("cbc", cbc),
    ] {
        if let Some(bits) = rest.strip_prefix(mode).filter(|_| cbc == 12) {
            let bits = if bits.is_empty() {
                None
            } else {
                Some(bits.parse().ok()?)
            };
            return Some(Word::Encryption(
                v1.filter(|_| mode == "cbc"),
                id,
                bits,
                mode.starts_with("gcm"),
            ));
        }
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (bits, mode) = rest.split_at(digits);
    let bits: u16 = bits.parse().ok()?;
    let known = [128, 192, 256].contains(&bits);
    let (v1, id, aead) = match mode {
        "" | "cbc" => (v1, cbc, false),
        "ctr" if cbc == 12 => (None, 13, false),
        "gcm8" | "gcm64" => (None, 18, true),
        "gcm12" | "gcm96" => (None, 19, true),
        "gcm16" | "gcm128" | "gcm" => (None, 20, true),
        _ => return None,
    };
    known.then_some(Word::Encryption(v1, id, Some(bits), aead))
}

/// One proposal as it is written: the words of each of its parts.
#[derive(Debug, Default)]
pub(super) struct Written {
    words: Vec<Word>,
}

impl Written {
    /// Adds a word; false if it is not known.
    pub(super) fn add(&mut self, text: &str) -> bool {
        let word = word(text);
        self.words.extend(word);
        word.is_some()
    }

    /// Suites for IKEv1 (one for each combination) and IKEv2; empty if cipher, hash or group is left to a default.
    pub(super) fn suites(&self) -> (Vec<Suite>, Vec<Suite>) {
        let pick = |take: fn(&Word) -> Option<Choice>| self.words.iter().filter_map(take).collect::<Vec<_>>();
        let groups = pick(|w| match *w {
            Word::Group(id) => Some(choice(Attribute::DhGroup, Registry::V2Group, id, None)),
            _ => None,
        });
        let ciphers = pick(|w| match *w {
            Word::Encryption(_, id, bits, _) => {
                Some(choice(Attribute::Encryption, Registry::V2Encryption, id, bits))
            }
            _ => None,
        });
        let integrity = pick(|w| match *w {
            Word::Hash(_, id, _) => Some(choice(Attribute::Integrity, Registry::V2Integrity, id, None)),
            _ => None,
        });
        let mut prf = pick(|w| match *w {
            Word::Prf(id) => Some(choice(Attribute::Prf, Registry::V2Prf, id, None)),
            _ => None,
        });
        let aead = self
            .words
            .iter()
            .all(|w| !matches!(w, Word::Encryption(.., false)));
        // Where no PRF is named, it is that of the integrity algorithm.
        if prf.is_empty() {
            prf = pick(|w| match *w {
                Word::Hash(_, _, id) => Some(choice(Attribute::Prf, Registry::V2Prf, id, None)),
                _ => None,
            });
        }
        let mut v2 = Vec::new();
        if !ciphers.is_empty() && !groups.is_empty() && !prf.is_empty() && (aead || !integrity.is_empty()) {
            let integrity = if aead { Vec::new() } else { integrity };
            v2.push(suite([ciphers, integrity, prf, groups.clone()].concat()));
        }
        (self.v1(&groups), v2)
    }

    fn v1(&self, groups: &[Choice]) -> Vec<Suite> {
        let mut suites = Vec::new();
        for cipher in &self.words {
            let Word::Encryption(Some(id), _, bits, _) = *cipher else {
                continue;
            };
            for hash in &self.words {
                let Word::Hash(Some(hash), ..) = *hash else {
                    continue;
                };
                for group in groups.iter().take(MAX_SUITES) {
                    if suites.len() < MAX_SUITES {
                        suites.push(suite(vec![
                            choice(Attribute::Encryption, Registry::V1Encryption, id, bits),
                            choice(Attribute::Hash, Registry::V1Hash, hash, None),
                            choice(Attribute::DhGroup, Registry::V1Group, group.id, None),
                        ]));
                    }
                }
            }
        }
        suites
    }
}

fn choice(attribute: Attribute, registry: Registry, id: u16, key_length: Option<u16>) -> Choice {
    Choice {
        attribute,
        registry,
        id,
        key_length,
    }
}

fn suite(choices: Vec<Choice>) -> Suite {
    Suite {
        proposal: 1,
        transform: None,
        protocol: PROTO_IKE,
        choices,
        lifetime: None,
        place: Place { frame: 0, span: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_all_three_stacks_mean_the_same() {
        for (words, means) in [
            (
                &["aes256", "aes-256", "AES_CBC_256", "aes256-cbc"][..],
                Word::Encryption(Some(7), 12, Some(256), false),
            ),
            (
                &["aes128gcm16", "aes_gcm_c_128", "aes_gcm128", "aes-128-gcm"],
                Word::Encryption(None, 20, Some(128), true),
            ),
            (
                &["sha2_256", "sha256", "sha2", "hmac-sha2-256"],
                Word::Hash(Some(4), 12, 5),
            ),
            (&["modp2048", "dh14"], Word::Group(14)),
            (&["curve25519", "x25519", "dh31"], Word::Group(31)),
            (&["prfsha384"], Word::Prf(6)),
        ] {
            for text in words {
                assert_eq!(word(text), Some(means), "{text}");
            }
        }
        for text in ["", "aes", "aes77", "rot13", "prf", "dh", "camellia"] {
            assert_eq!(word(text), None, "{text}");
        }
    }
}
