//! Names of algorithms as products write them -> the choices of an offer on the wire.
//!
//! One reader for all spellings: a name is cut into runs of letters and digits, so that `aes256gcm16` (strongSwan
//! `proposal_keywords_static.txt`), `AES_GCM_16_256` (its log, and Libreswan's `ipsec_doi` names) and `aes-256-gcm`
//! (OpenIKED, `iked.conf(5)`) are the same. Numbers are IANA's (ikev2-parameters); IKEv1's are derived from them.

use crate::negotiation::Version;
use crate::negotiation::offer::{Attribute, Choice, Suite};
use crate::wire::code::Registry;
use smallvec::SmallVec;

/// The most choices of one proposal.
const MAX_CHOICES: usize = 64;
/// Protocol IDs (RFC 7296 3.3.1), the same in IKEv1.
const IKE: u8 = 1;
const AH: u8 = 2;
const ESP: u8 = 3;

/// What a proposal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The IKE SA (phase 1).
    Ike,
    /// ESP (phase 2).
    Esp,
    /// AH (phase 2).
    Ah,
}

/// Choices of one proposal, in IKEv2's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What it is for.
    pub purpose: Purpose,
    /// The choices.
    pub choices: Vec<Choice>,
    /// All its names were understood; otherwise nothing may be concluded from it.
    pub whole: bool,
    /// Its own line, where a list is spread over lines; 0: that of the list.
    pub line: u32,
    /// What the file leaves to the product's documented defaults.
    pub assumed: Vec<Attribute>,
}

fn choice(attribute: Attribute, id: u16, key_length: Option<u16>) -> Choice {
    let registry = match attribute {
        Attribute::Encryption => Registry::V2Encryption,
        Attribute::Prf => Registry::V2Prf,
        Attribute::Integrity => Registry::V2Integrity,
        Attribute::Esn => Registry::V2Esn,
        _ => Registry::V2Group,
    };
    Choice {
        attribute,
        registry,
        id,
        key_length,
    }
}

/// The most characters of a name, and the most runs in it. No name is longer.
const MAX_NAME: usize = 64;

/// A name cut into runs of letters and of digits, in lower case.
struct Runs {
    text: [u8; MAX_NAME],
    ends: SmallVec<[(u8, u8); 8]>,
}

impl Runs {
    fn of(name: &str) -> Self {
        let (mut text, mut ends) = ([0; MAX_NAME], SmallVec::<[(u8, u8); 8]>::new());
        let (mut kind, mut length) = (None, 0u8);
        for (c, to) in name.chars().zip(&mut text) {
            let now = if c.is_ascii_digit() {
                Some(true)
            } else if c.is_ascii_alphabetic() {
                Some(false)
            } else {
                None
            };
            *to = u8::try_from(c.to_ascii_lowercase()).unwrap_or_default();
            length += 1;
            if now.is_some() {
                match ends.last_mut() {
                    Some((_, end)) if kind == now => *end = length,
                    _ => ends.push((length - 1, length)),
                }
            }
            kind = now;
        }
        Self { text, ends }
    }

    fn all(&self) -> SmallVec<[&str; 8]> {
        let one = |&(from, to): &(u8, u8)| {
            let run = self.text.get(usize::from(from)..usize::from(to));
            run.and_then(|run| std::str::from_utf8(run).ok())
                .unwrap_or_default()
        };
        self.ends.iter().map(one).collect()
    }
}

fn hash(runs: &[&str]) -> Option<u16> {
    Some(match runs {
        ["md", "5"] | ["md", "5", "96"] => 1,
        ["sha"] | ["sha", "1"] | ["sha", "1", "96"] => 2,
        ["sha", "256"]
        | ["sha", "256", "128"]
        | ["sha", "2"]
        | ["sha", "2", "256"]
        | ["sha", "2", "256", "128"] => 12,
        ["sha", "384"] | ["sha", "2", "384"] | ["sha", "2", "384", "192"] => 13,
        ["sha", "512"] | ["sha", "2", "512"] | ["sha", "2", "512", "256"] => 14,
        ["aes", "128", "xcbc"]
        | ["aesxcbc"]
        | ["aesxcbc", "96"]
        | ["aes", "xcbc"]
        | ["aes", "xcbc", "96"] => 5,
        ["aes", "128", "cmac"] | ["aescmac"] | ["aes", "cmac"] | ["aes", "cmac", "96"] => 8,
        _ => return None,
    })
}

/// The pseudorandom function that goes with an integrity algorithm.
pub(crate) fn prf_of(integrity: u16) -> Option<u16> {
    Some(match integrity {
        1 => 1,
        2 => 2,
        12 => 5,
        13 => 6,
        14 => 7,
        5 => 4,
        8 => 8,
        _ => return None,
    })
}

fn group(runs: &[&str]) -> Option<u16> {
    Some(match runs {
        ["modp", "768"] => 1,
        ["modp", "1024"] => 2,
        ["modp", "1536"] => 5,
        ["modp", "2048"] => 14,
        ["modp", "3072"] => 15,
        ["modp", "4096"] => 16,
        ["modp", "6144"] => 17,
        ["modp", "8192"] => 18,
        ["modp", "1024", "s", "160"] | ["modp", "1024", "160"] => 22,
        ["modp", "2048", "s", "224"] | ["modp", "2048", "224"] => 23,
        ["modp", "2048", "s", "256"] | ["modp", "2048", "256"] => 24,
        ["ecp", "192"] => 25,
        ["ecp", "224"] => 26,
        ["ecp", "256"] => 19,
        ["ecp", "384"] => 20,
        ["ecp", "521"] => 21,
        ["ecp", "224", "bp"] => 27,
        ["ecp", "256", "bp"] => 28,
        ["ecp", "384", "bp"] => 29,
        ["ecp", "512", "bp"] => 30,
        ["curve", "25519"] | ["x", "25519"] => 31,
        ["curve", "448"] | ["x", "448"] => 32,
        ["dh" | "grp" | "group", n] => n.parse().ok()?,
        _ => return None,
    })
}

/// AES or Camellia: numbers before a mode's name are key lengths; after it they may be lengths of the check value.
fn block_cipher(camellia: bool, rest: &[&str]) -> Option<(u16, Option<u16>)> {
    let (mut mode, mut key, mut icv) = ("cbc", None, 16u16);
    let mut named = false;
    for &run in rest {
        match run {
            "cbc" | "ctr" | "gcm" | "ccm" | "gmac" => (mode, named) = (run, true),
            "8" | "12" | "16" if named => icv = run.parse().ok()?,
            "64" if named => icv = 8,
            "96" if named => icv = 12,
            "128" if named && key.is_some() => icv = 16,
            "128" | "192" | "256" => key = Some(run.parse().ok()?),
            // Libreswan's names for the length of the check value: `aes_gcm_c`.
            "a" if named => icv = 8,
            "b" if named => icv = 12,
            "c" if named => icv = 16,
            _ => return None,
        }
    }
    let by_icv = |base: u16| match icv {
        8 => base,
        12 => base + 1,
        _ => base + 2,
    };
    let id = match (camellia, mode) {
        (false, "cbc") => 12,
        (false, "ctr") => 13,
        (false, "gcm") => by_icv(18),
        (false, "ccm") => by_icv(14),
        (false, "gmac") => 21,
        (true, "cbc") => 23,
        (true, "ctr") => 24,
        (true, "ccm") => by_icv(25),
        _ => return None,
    };
    Some((id, key))
}

/// What one name stands for; `Some` of nothing where it adds no choice.
fn read(name: &str, lengths: &[u16]) -> Option<Vec<Choice>> {
    let runs = Runs::of(name);
    let all = runs.all();
    let one = |attribute, id| Some(vec![choice(attribute, id, None)]);
    // Glued words of strongSwan's keywords: `prfsha256`, `aesxcbc`, `noesn`.
    let (head, rest) = all.split_first()?;
    if let Some(glued) = head.strip_prefix("prf") {
        let mut named: SmallVec<[&str; 8]> = SmallVec::new();
        named.extend((!glued.is_empty()).then_some(glued));
        named.extend(rest.iter().copied().filter(|r| *r != "hmac"));
        return one(Attribute::Prf, prf_of(hash(&named)?)?);
    }
    if let Some(id) = group(&all) {
        return one(Attribute::DhGroup, id);
    }
    let mac: &[&str] = if *head == "hmac" { rest } else { &all };
    if let Some(id) = hash(mac) {
        return one(Attribute::Integrity, id);
    }
    match (*head, rest) {
        ("none" | "null" | "default", _) if all.len() == 1 => {
            return if *head == "none" { Some(Vec::new()) } else { None };
        }
        ("esn" | "enabled", []) | ("ext", ["seq"]) => return one(Attribute::Esn, 1),
        ("noesn" | "disabled", []) | ("no", ["ext", "seq"] | ["esn"]) => return one(Attribute::Esn, 0),
        ("des", [] | ["cbc"]) => return one(Attribute::Encryption, 2),
        ("3", ["des", ..]) => return one(Attribute::Encryption, 3),
        ("chacha", ["20", ..]) => return one(Attribute::Encryption, 28),
        _ => {}
    }
    let camellia = match *head {
        "aes" => false,
        "camellia" => true,
        _ => return None,
    };
    let (id, key) = block_cipher(camellia, rest)?;
    let keys = key.map_or_else(|| lengths.to_vec(), |k| vec![k]);
    Some(
        keys.into_iter()
            .map(|k| choice(Attribute::Encryption, id, Some(k)))
            .collect(),
    )
}

/// AES-GCM, AES-CCM, ChaCha20-Poly1305 and Camellia-CCM need no integrity algorithm (RFC 5282, RFC 7634).
pub(crate) fn is_aead(c: &Choice) -> bool {
    c.attribute == Attribute::Encryption && matches!(c.id, 14..=16 | 18..=20 | 25..=28)
}

/// What names stand for, each choice once; `None` if one of them is not known, or there are too many.
fn choices_of<'a>(names: impl IntoIterator<Item = &'a str>, lengths: &[u16]) -> Option<Vec<Choice>> {
    let mut all: Vec<Choice> = Vec::new();
    for name in names {
        for choice in read(name, lengths)? {
            if !all.contains(&choice) {
                all.push(choice);
            }
        }
        if all.len() > MAX_CHOICES {
            return None;
        }
    }
    Some(all)
}

/// The same for names that say all of themselves.
pub(super) fn choices<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Vec<Choice>> {
    choices_of(names, &[])
}

impl Proposal {
    /// From names in any order. `lengths` are the key lengths meant where a cipher is named without one.
    pub fn new<'a>(purpose: Purpose, names: impl IntoIterator<Item = &'a str>, lengths: &[u16]) -> Self {
        let mut proposal = Self {
            purpose,
            choices: Vec::new(),
            whole: true,
            line: 0,
            assumed: Vec::new(),
        };
        match choices_of(names, lengths) {
            Some(choices) => proposal.choices = choices,
            None => proposal.whole = false,
        }
        let has = |p: &Self, a| p.choices.iter().any(|c| c.attribute == a);
        if !has(&proposal, Attribute::Encryption) && purpose != Purpose::Ah {
            proposal.whole = false;
        }
        // For IKE a hash stands for both unless the PRF is named (ipsec.conf(5), swanctl.conf(5)).
        if purpose == Purpose::Ike && !has(&proposal, Attribute::Prf) {
            let prfs: Vec<Choice> = proposal
                .choices
                .iter()
                .filter(|c| c.attribute == Attribute::Integrity)
                .filter_map(|c| Some(choice(Attribute::Prf, prf_of(c.id)?, None)))
                .collect();
            proposal.choices.extend(prfs);
        }
        if proposal.choices.iter().any(is_aead)
            && proposal
                .choices
                .iter()
                .filter(|c| c.attribute == Attribute::Encryption)
                .all(is_aead)
        {
            proposal.choices.retain(|c| c.attribute != Attribute::Integrity);
        }
        proposal
    }

    /// Stands for those that a list has beyond its bound.
    pub(super) fn unread(purpose: Purpose) -> Self {
        Self {
            purpose,
            choices: Vec::new(),
            whole: false,
            line: 0,
            assumed: Vec::new(),
        }
    }

    /// With the IKEv1 authentication method of this proposal alone (RFC 2409 appendix A).
    #[must_use]
    pub fn authenticated(mut self, method: u16) -> Self {
        self.choices.push(Choice {
            attribute: Attribute::AuthMethod,
            registry: Registry::V1AuthMethod,
            id: method,
            key_length: None,
        });
        self
    }

    /// With further choices, if they are known.
    pub(super) fn with(mut self, more: Option<&[Choice]>) -> Self {
        match more {
            Some(more) if self.choices.len() + more.len() <= 2 * MAX_CHOICES => self.choices.extend(more),
            _ => self.whole = false,
        }
        self
    }

    /// It is known as a whole only if it names all that an SA needs: for what a text leaves out stands a default, a refusal, or a line
    /// that is missing.
    pub(super) fn complete(mut self) -> Self {
        let has = |a| self.choices.iter().any(|c| c.attribute == a);
        let sealed = has(Attribute::Integrity) || self.choices.iter().any(is_aead);
        self.whole &= match self.purpose {
            Purpose::Ike => sealed && has(Attribute::DhGroup),
            Purpose::Esp => sealed,
            Purpose::Ah => true,
        };
        self
    }

    /// With its own line.
    #[must_use]
    pub fn at(mut self, line: u32) -> Self {
        self.line = line;
        self
    }

    /// With what is known by the product's documented defaults alone.
    #[must_use]
    pub fn assuming(mut self, attributes: Vec<Attribute>) -> Self {
        self.assumed = attributes;
        self
    }

    /// As a suite of an offer of this version. `auth` is the IKEv1 authentication method, where known.
    #[must_use]
    pub fn suite(&self, version: Version, auth: Option<u16>) -> Suite {
        let protocol = match self.purpose {
            Purpose::Ike => IKE,
            Purpose::Esp => ESP,
            Purpose::Ah => AH,
        };
        let mut choices: Vec<Choice> = match version {
            Version::V2 => self
                .choices
                .iter()
                .filter(|c| c.attribute != Attribute::AuthMethod)
                .copied()
                .collect(),
            Version::V1 => self.choices.iter().filter_map(|c| self.v1(*c)).collect(),
        };
        let open = choices.iter().all(|c| c.attribute != Attribute::AuthMethod);
        if version == Version::V1 && self.purpose == Purpose::Ike && open {
            choices.extend(auth.map(|id| Choice {
                attribute: Attribute::AuthMethod,
                registry: Registry::V1AuthMethod,
                id,
                key_length: None,
            }));
        }
        Suite {
            proposal: 1,
            transform: None,
            protocol,
            choices,
            lifetime: None,
            span: None,
        }
    }

    /// The same choice in IKEv1's numbers (RFC 2409 appendix A, RFC 2407 4.4.4 and 4.5); `None` if IKEv1 has none.
    fn v1(&self, c: Choice) -> Option<Choice> {
        let phase1 = self.purpose == Purpose::Ike;
        let (attribute, registry, id) = match c.attribute {
            Attribute::Encryption if phase1 => {
                let id = match c.id {
                    2 => 1,
                    3 => 5,
                    12 => 7,
                    23 => 8,
                    _ => return None,
                };
                (Attribute::Encryption, Registry::V1Encryption, id)
            }
            Attribute::Encryption => (
                Attribute::Encryption,
                Registry::V1Esp,
                if c.id == 23 { 22 } else { c.id },
            ),
            Attribute::Integrity => {
                let number = match c.id {
                    1 | 2 => c.id,
                    12..=14 if phase1 => c.id - 8,
                    12..=14 => c.id - 7,
                    5 if !phase1 => 9,
                    _ => return None,
                };
                match self.purpose {
                    Purpose::Ike => (Attribute::Hash, Registry::V1Hash, number),
                    Purpose::Esp => (Attribute::Integrity, Registry::V1Phase2Auth, number),
                    Purpose::Ah => (
                        Attribute::Integrity,
                        Registry::V1Ah,
                        if number <= 2 { number + 1 } else { number },
                    ),
                }
            }
            Attribute::DhGroup => (Attribute::DhGroup, Registry::V1Group, c.id),
            Attribute::AuthMethod if phase1 => (Attribute::AuthMethod, Registry::V1AuthMethod, c.id),
            Attribute::Esn if !phase1 => (Attribute::Esn, Registry::V2Esn, c.id),
            _ => return None,
        };
        Some(Choice {
            attribute,
            registry,
            id,
            key_length: c.key_length,
        })
    }
}

/// The same choice in IKEv2's numbers: the way back from [`Proposal::suite`] of IKEv1. `None` for what IKEv2 has no number for.
pub(super) fn from_v1(c: Choice, purpose: Purpose) -> Option<Choice> {
    let phase1 = purpose == Purpose::Ike;
    let id = match (c.attribute, c.registry) {
        (Attribute::Encryption, Registry::V1Encryption) => match c.id {
            1 => 2,
            5 => 3,
            7 => 12,
            8 => 23,
            _ => return None,
        },
        (Attribute::Encryption, Registry::V1Esp) if c.id == 22 => 23,
        (Attribute::Encryption, Registry::V1Esp) | (Attribute::DhGroup, Registry::V1Group) => c.id,
        (Attribute::Hash, Registry::V1Hash) => match c.id {
            1 | 2 => c.id,
            4..=6 => c.id + 8,
            _ => return None,
        },
        (Attribute::Integrity, Registry::V1Phase2Auth) => match c.id {
            1 | 2 => c.id,
            5..=7 => c.id + 7,
            9 => 5,
            _ => return None,
        },
        (Attribute::Integrity, Registry::V1Ah) => match c.id {
            2 | 3 => c.id - 1,
            5..=7 => c.id + 7,
            9 => 5,
            _ => return None,
        },
        _ => return None,
    };
    let attribute = if phase1 && c.attribute == Attribute::Hash {
        Attribute::Integrity
    } else {
        c.attribute
    };
    Some(choice(attribute, id, c.key_length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(names: &[&str]) -> String {
        Proposal::new(Purpose::Ike, names.iter().copied(), &[128])
            .suite(Version::V2, None)
            .line()
    }

    #[test]
    fn three_products_spell_the_same_suite() {
        let strongswan = line(&["aes256", "sha256", "modp2048"]);
        assert_eq!(
            strongswan,
            line(&[
                "AES_CBC_256",
                "HMAC_SHA2_256_128",
                "PRF_HMAC_SHA2_256",
                "MODP_2048"
            ])
        );
        assert_eq!(strongswan, line(&["aes256", "sha2_256", "modp2048"]));
        assert_eq!(strongswan, line(&["aes-256", "hmac-sha2-256", "modp2048"]));
        assert!(strongswan.starts_with("AES-CBC-256 / "), "{strongswan}");
    }

    #[test]
    fn check_values_are_no_key_lengths() {
        let gcm = line(&["aes256gcm16", "prfsha256", "ecp256"]);
        assert_eq!(gcm, line(&["AES_GCM_16_256", "PRF_HMAC_SHA2_256", "ECP_256"]));
        assert_eq!(gcm, line(&["aes256gcm128", "prfsha256", "ecp256"]));
        assert_eq!(line(&["aes"]), "AES-CBC-128");
    }

    #[test]
    fn an_unknown_name_is_said() {
        assert!(!Proposal::new(Purpose::Esp, ["aes256", "sha256", "kyber9"], &[128]).whole);
        assert!(Proposal::new(Purpose::Esp, ["aes256", "sha256", "noesn"], &[128]).whole);
    }
}
