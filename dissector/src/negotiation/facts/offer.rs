//! Proposals of IKEv1 and IKEv2 in one form, and what differs between two of them.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher, Hasher as _};

use crate::wire::Span;
use crate::wire::code::number::{
    protocol, v1_life_type, v1_phase1_attribute as phase1, v1_phase2_attribute as phase2, v2_esn,
    v2_transform_attribute, v2_transform_type,
};
use crate::wire::code::{self, Registry};
use crate::wire::message::{Attribute as WireAttribute, Attributes as WireAttributes, Proposal, Transform};

/// What can differ between two sides; the names are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// Security protocol: ESP or AH.
    Protocol,
    /// Encryption algorithm.
    Encryption,
    /// Key length of the same encryption algorithm.
    KeyLength,
    /// Integrity algorithm (IKEv2, ESP, AH).
    Integrity,
    /// Hash algorithm (IKEv1 phase 1).
    Hash,
    /// Pseudorandom function (IKEv2).
    Prf,
    /// Diffie-Hellman group / key exchange method.
    DhGroup,
    /// Authentication method (IKEv1 phase 1).
    AuthMethod,
    /// Extended sequence numbers.
    Esn,
    /// Tunnel or transport mode (IKEv1 phase 2).
    Encapsulation,
    /// Lifetime in seconds.
    Lifetime,
    /// Additional key exchange 1 to 7 (RFC 9370), and transform types nobody has named yet.
    Additional(u8),
}

impl Attribute {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Encryption => "encryption",
            Self::KeyLength => "key-length",
            Self::Integrity => "integrity",
            Self::Hash => "hash",
            Self::Prf => "prf",
            Self::DhGroup => "dh-group",
            Self::AuthMethod => "auth-method",
            Self::Esn => "esn",
            Self::Encapsulation => "encapsulation",
            Self::Lifetime => "lifetime",
            Self::Additional(_) => "additional-key-exchange",
        }
    }

    /// Its place in the order of attributes, below [`RANKS`]. Transform types that nobody has named yet share the last one.
    fn rank(self) -> usize {
        match self {
            Self::Protocol => 0,
            Self::Encryption => 1,
            Self::KeyLength => 2,
            Self::Integrity => 3,
            Self::Hash => 4,
            Self::Prf => 5,
            Self::DhGroup => 6,
            Self::AuthMethod => 7,
            Self::Esn => 8,
            Self::Encapsulation => 9,
            Self::Lifetime => 10,
            Self::Additional(kind @ v2_transform_type::ADDITIONAL_1..=v2_transform_type::ADDITIONAL_7) => {
                5 + usize::from(kind)
            }
            Self::Additional(_) => RANKS - 1,
        }
    }

    /// The attribute at a place of that order.
    fn ranked(rank: usize) -> Self {
        match rank {
            0 => Self::Protocol,
            1 => Self::Encryption,
            2 => Self::KeyLength,
            3 => Self::Integrity,
            4 => Self::Hash,
            5 => Self::Prf,
            6 => Self::DhGroup,
            7 => Self::AuthMethod,
            8 => Self::Esn,
            9 => Self::Encapsulation,
            10 => Self::Lifetime,
            _ => Self::Additional(u8::try_from(rank - 5).unwrap_or(u8::MAX)),
        }
    }

    /// The words of a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Protocol => "security protocol",
            Self::Encryption => "encryption algorithm",
            Self::KeyLength => "key length",
            Self::Integrity => "integrity algorithm",
            Self::Hash => "hash algorithm",
            Self::Prf => "pseudorandom function (PRF)",
            Self::DhGroup => "Diffie-Hellman group",
            Self::AuthMethod => "authentication method",
            Self::Esn => "extended sequence numbers",
            Self::Encapsulation => "encapsulation mode",
            Self::Lifetime => "lifetime",
            Self::Additional(_) => "additional key exchange",
        }
    }
}

/// One algorithm or value that may be chosen for an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Choice {
    /// For what; never [`Attribute::KeyLength`] or [`Attribute::Lifetime`], which are kept beside.
    pub attribute: Attribute,
    /// Registry of the number.
    pub registry: Registry,
    /// The number.
    pub id: u16,
    /// Key length in bits, where the offer names one.
    pub key_length: Option<u16>,
}

impl Choice {
    /// Name for a sentence: `AES-CBC-256`, `MODP-2048 (14)`, `unknown (999)`.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = String::new();
        self.write_label(&mut label);
        label
    }

    fn write_label(&self, out: &mut String) {
        out.push_str(&code::short_name(self.registry, u32::from(self.id)));
        if let Some(bits) = self.key_length {
            let _ = write!(out, "-{bits}");
        }
    }
}

/// One set of choices: an IKEv1 transform, or an IKEv2 proposal. Of each attribute one choice is to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// Proposal number.
    pub proposal: u8,
    /// Transform number (IKEv1).
    pub transform: Option<u8>,
    /// Protocol ID.
    pub protocol: u8,
    /// The choices, in the order of the wire.
    pub choices: Vec<Choice>,
    /// Lifetime in seconds, if offered.
    pub lifetime: Option<u64>,
    /// Its bytes in the frame of its message, where the frame holds them.
    pub span: Option<Span>,
}

/// An SA payload that is read, and where in its frame it stands: the same for everybody who uses the same product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The suites; of an answer the first one, which is the choice.
    pub suites: Vec<Suite>,
    /// Its bytes, where the frame holds them.
    pub span: Option<Span>,
    /// Stands for what is offered: equal where the suites are, whatever their lifetimes and places.
    pub(crate) digest: u64,
}

impl Offer {
    /// Suites that stand somewhere. The hasher's keys are random, so that nobody can make two offers with one digest.
    pub(crate) fn new(suites: Vec<Suite>, span: Option<Span>, hasher: &impl BuildHasher) -> Self {
        let mut digest = hasher.build_hasher();
        for suite in &suites {
            digest.write_usize(suite.choices.len());
            digest.write_u8(suite.protocol);
            for choice in &suite.choices {
                digest.write_u64(Key::of(choice).0);
            }
        }
        let digest = digest.finish();
        Self { suites, span, digest }
    }
}

/// The most suites kept of one SA payload.
pub const MAX_SUITES: usize = 256;
/// The most choices kept of one SA payload, in all its suites. Products offer some hundred; each is compared with each that
/// the other side is known to accept.
pub const MAX_CHOICES: usize = 1024;

/// Life type "seconds" in both phases.
const SECONDS: u64 = v1_life_type::SECONDS as u64;

fn small(attribute: WireAttribute<'_>) -> Option<u16> {
    attribute.number().and_then(|n| u16::try_from(n).ok())
}

/// Reads the lifetime in seconds out of attributes: a duration counts for the life type before it.
fn lifetime(attributes: WireAttributes<'_>, kind: u16, duration: u16) -> Option<u64> {
    let mut unit = None;
    for a in attributes {
        if a.kind == kind {
            unit = a.number();
        } else if a.kind == duration && unit == Some(SECONDS) {
            return a.number();
        }
    }
    None
}

fn v1_phase1(t: &Transform<'_>) -> Vec<Choice> {
    let key_length = t
        .attributes()
        .find(|a| a.kind == phase1::KEY_LENGTH)
        .and_then(small);
    t.attributes()
        .filter_map(|a| {
            let (attribute, registry) = match a.kind {
                phase1::ENCRYPTION => (Attribute::Encryption, Registry::V1Encryption),
                phase1::HASH => (Attribute::Hash, Registry::V1Hash),
                phase1::AUTH_METHOD => (Attribute::AuthMethod, Registry::V1AuthMethod),
                phase1::GROUP => (Attribute::DhGroup, Registry::V1Group),
                _ => return None,
            };
            let key_length = if attribute == Attribute::Encryption {
                key_length
            } else {
                None
            };
            Some(Choice {
                attribute,
                registry,
                id: small(a)?,
                key_length,
            })
        })
        .collect()
}

fn v1_phase2(of: u8, t: &Transform<'_>) -> Vec<Choice> {
    let key_length = t
        .attributes()
        .find(|a| a.kind == phase2::KEY_LENGTH)
        .and_then(small);
    let cipher = if of == protocol::AH {
        Choice {
            attribute: Attribute::Integrity,
            registry: Registry::V1Ah,
            id: t.id,
            key_length: None,
        }
    } else {
        Choice {
            attribute: Attribute::Encryption,
            registry: Registry::V1Esp,
            id: t.id,
            key_length,
        }
    };
    let rest = t.attributes().filter_map(|a| {
        let (attribute, registry) = match a.kind {
            phase2::GROUP => (Attribute::DhGroup, Registry::V1Group),
            phase2::ENCAPSULATION => (Attribute::Encapsulation, Registry::V1Encapsulation),
            phase2::AUTHENTICATION if of != protocol::AH => (Attribute::Integrity, Registry::V1Phase2Auth),
            phase2::ESN => (Attribute::Esn, Registry::V2Esn),
            _ => return None,
        };
        Some(Choice {
            attribute,
            registry,
            id: small(a)?,
            key_length: None,
        })
    });
    std::iter::once(cipher).chain(rest).collect()
}

fn v2_choice(t: &Transform<'_>) -> Choice {
    let (attribute, registry) = match t.kind {
        v2_transform_type::ENCRYPTION => (Attribute::Encryption, Registry::V2Encryption),
        v2_transform_type::PRF => (Attribute::Prf, Registry::V2Prf),
        v2_transform_type::INTEGRITY => (Attribute::Integrity, Registry::V2Integrity),
        v2_transform_type::GROUP => (Attribute::DhGroup, Registry::V2Group),
        v2_transform_type::ESN => (Attribute::Esn, Registry::V2Esn),
        other => (Attribute::Additional(other), Registry::V2Group),
    };
    let key_length = t
        .attributes()
        .find(|a| a.kind == v2_transform_attribute::KEY_LENGTH)
        .and_then(small);
    Choice {
        attribute,
        registry,
        id: t.id,
        key_length,
    }
}

/// The suites of an SA payload. `at` gives the bytes of the frame for those of the message.
pub fn suites(major: u8, proposals: &[Proposal<'_>], at: impl Fn(Span) -> Option<Span>) -> Vec<Suite> {
    let count = match major {
        2.. => proposals.len(),
        _ => proposals.iter().map(|p| p.transforms.len()).sum(),
    };
    let mut suites = Vec::with_capacity(count.min(MAX_SUITES));
    let mut room = MAX_CHOICES;
    let mut bounded = |mut choices: Vec<Choice>| {
        choices.truncate(room);
        room -= choices.len();
        choices
    };
    for p in proposals {
        if major >= 2 {
            let choices = bounded(p.transforms.iter().map(v2_choice).collect());
            suites.push(Suite {
                proposal: p.number,
                transform: None,
                protocol: p.protocol,
                choices,
                lifetime: None,
                span: at(p.span),
            });
        } else {
            for t in &p.transforms {
                let phase1 = p.protocol == protocol::IKE;
                let (choices, life) = if phase1 {
                    (
                        v1_phase1(t),
                        lifetime(t.attributes(), phase1::LIFE_TYPE, phase1::LIFE_DURATION),
                    )
                } else {
                    let life = lifetime(t.attributes(), phase2::LIFE_TYPE, phase2::LIFE_DURATION);
                    (v1_phase2(p.protocol, t), life)
                };
                suites.push(Suite {
                    proposal: p.number,
                    transform: Some(t.kind),
                    protocol: p.protocol,
                    choices: bounded(choices),
                    lifetime: life,
                    span: at(t.span),
                });
            }
        }
        if suites.len() >= MAX_SUITES {
            suites.truncate(MAX_SUITES);
            break;
        }
    }
    suites
}

/// The fewest bytes of a proposal (RFC 2408 3.5, RFC 7296 3.3.1).
const PROPOSAL: usize = 8;

/// An SA payload of so many bytes holds more than is kept of it.
#[must_use]
pub fn is_too_long(major: u8, bytes: u32, proposals: &[Proposal<'_>]) -> bool {
    // Most are much shorter: they need not be looked through.
    if bytes as usize <= MAX_SUITES * PROPOSAL {
        return false;
    }
    let transforms = || proposals.iter().map(|p| p.transforms.len());
    let (suites, choices): (usize, usize) = if major >= 2 {
        (proposals.len(), transforms().sum())
    } else {
        let attributes = |t: &Transform<'_>| t.attributes().count() + 1;
        let choices = proposals.iter().flat_map(|p| &p.transforms).map(attributes);
        (transforms().sum(), choices.sum())
    };
    suites > MAX_SUITES || choices > MAX_CHOICES
}

impl Suite {
    /// The choices for one attribute.
    pub fn of(&self, attribute: Attribute) -> impl Iterator<Item = &Choice> {
        self.choices.iter().filter(move |c| c.attribute == attribute)
    }

    /// The first choice's number for one attribute.
    #[must_use]
    pub fn first(&self, attribute: Attribute) -> Option<u16> {
        self.of(attribute).next().map(|c| c.id)
    }

    /// Attributes in the order they are named to people.
    fn attributes(&self) -> impl Iterator<Item = Attribute> + '_ {
        let mut seen = Vec::with_capacity(8);
        self.choices.iter().map(|c| c.attribute).filter(move |a| {
            let new = !seen.contains(a);
            if new {
                seen.push(*a);
            }
            new
        })
    }

    /// One line: `AES-CBC-256 / SHA1 / MODP-2048 / PSK`, alternatives of one attribute joined by `,`.
    #[must_use]
    pub fn line(&self) -> String {
        let esn = self.of(Attribute::Esn).any(|c| c.id != v2_esn::NONE);
        let named = |c: &&Choice| esn || c.attribute != Attribute::Esn;
        let mut choices: Vec<&Choice> = self.choices.iter().filter(named).collect();
        // Those of one attribute stay in the order of the wire.
        choices.sort_by_key(|c| c.attribute);
        let mut line = String::with_capacity(64);
        let mut before = None;
        for choice in choices {
            line.push_str(match before.replace(choice.attribute) {
                None => "",
                Some(attribute) if attribute == choice.attribute => ",",
                Some(_) => " / ",
            });
            choice.write_label(&mut line);
        }
        line
    }

    /// Number of different combinations it stands for, at least 1.
    #[must_use]
    pub fn combinations(&self) -> u64 {
        self.attributes()
            .map(|a| self.of(a).count() as u64)
            .fold(1, u64::saturating_mul)
    }
}

/// How many attributes are told apart.
const RANKS: usize = 19;

/// A choice as a number, in the order of [`Choice`]: attribute, number, key length.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key(u64);

impl Key {
    fn of(c: &Choice) -> Self {
        let length = c.key_length.map_or(0, |bits| u64::from(bits) + 1);
        Self((c.attribute.rank() as u64) << 40 | u64::from(c.id) << 20 | length)
    }

    /// Rank of its attribute.
    fn rank(self) -> usize {
        (self.0 >> 40) as usize
    }

    /// The same whatever the key length.
    fn without_length(self) -> u64 {
        self.0 >> 20
    }

    /// The choice of nothing: "no integrity algorithm", "no group", "no extended sequence numbers".
    fn is_none(self) -> bool {
        self.without_length() & 0xFFFF == 0
    }
}

/// One bit of 64 for a number: lists that share no bit share no number, and most that share none are told so.
fn sketched(number: u64) -> u64 {
    1 << (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58)
}

/// The choices for one attribute.
#[derive(Clone, Copy, Default)]
struct Group {
    /// Which of the keys: the first, and how many.
    first: usize,
    count: usize,
    /// Bits of the keys, and of the keys without their lengths.
    keys: u64,
    ciphers: u64,
}

/// A suite as it is compared: made once, and then compared with many without a further look at the offer. Lifetimes never count: both
/// versions' stacks negotiate them down or ignore them.
pub(crate) struct Plain {
    protocol: u8,
    /// Sorted, each once.
    keys: Vec<Key>,
    groups: [Group; RANKS],
    /// The attributes it has choices for, and those for which nothing is a choice.
    present: Attributes,
    none: Attributes,
}

impl Plain {
    /// How a suite is compared.
    pub(crate) fn of(suite: &Suite) -> Self {
        let mut keys: Vec<Key> = suite.choices.iter().map(Key::of).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut groups = [Group::default(); RANKS];
        let (mut present, mut none) = (Attributes::default(), Attributes::default());
        for (at, key) in keys.iter().enumerate() {
            let Some(group) = groups.get_mut(key.rank()) else {
                continue;
            };
            if group.count == 0 {
                group.first = at;
            }
            group.count += 1;
            group.keys |= sketched(key.0);
            group.ciphers |= sketched(key.without_length());
            let attribute = Attribute::ranked(key.rank());
            present.add(attribute);
            if key.is_none() {
                none.add(attribute);
            }
        }
        Self {
            protocol: suite.protocol,
            keys,
            groups,
            present,
            none,
        }
    }

    /// What tells it from others.
    fn content(&self) -> (u8, &[Key]) {
        (self.protocol, &self.keys)
    }

    fn keys(&self, group: &Group) -> &[Key] {
        self.keys
            .get(group.first..group.first + group.count)
            .unwrap_or_default()
    }

    /// The same beside what a configuration or a log says: an authentication method or a mode that only one of them names tells
    /// nothing, and that a cipher with built-in integrity has no other follows from the cipher.
    pub(crate) fn differs_from_settings(&self, settings: &Self) -> Attributes {
        let all = self.differs(settings);
        let mut silent = Attributes::default();
        silent.add(Attribute::AuthMethod);
        silent.add(Attribute::Encapsulation);
        if all.contains(Attribute::Encryption) {
            silent.add(Attribute::Integrity);
        }
        Attributes(all.0 & !(silent.0 & !(self.present.0 & settings.present.0)))
    }

    /// The attributes in which no choice of one meets one of the other.
    fn differs(&self, other: &Self) -> Attributes {
        // RFC 7296 3.3.6: a type offered with NONE may be left out; an AEAD cipher needs no integrity transform.
        let either = Attributes(self.none.0 | other.none.0);
        let in_one = self.present.0 ^ other.present.0;
        let mut result = Attributes(in_one & !(Attributes::OPTIONAL.0 & either.0));
        if self.protocol != other.protocol {
            result.add(Attribute::Protocol);
        }
        for attribute in Attributes(self.present.0 & other.present.0).iter() {
            let groups = (
                self.groups.get(attribute.rank()),
                other.groups.get(attribute.rank()),
            );
            let (Some(mine), Some(theirs)) = groups else {
                continue;
            };
            let share = |some: u64, others: u64, what: fn(Key) -> u64| {
                some & others != 0 && share(self.keys(mine), other.keys(theirs), what)
            };
            if share(mine.keys, theirs.keys, |key| key.0) {
                continue;
            }
            let same_cipher = attribute == Attribute::Encryption
                && share(mine.ciphers, theirs.ciphers, Key::without_length);
            result.add(if same_cipher {
                Attribute::KeyLength
            } else {
                attribute
            });
        }
        result
    }
}

/// Two sorted lists have something in common.
fn share(mut some: &[Key], mut others: &[Key], what: fn(Key) -> u64) -> bool {
    while let ([x, more @ ..], [y, rest @ ..]) = (some, others) {
        match what(*x).cmp(&what(*y)) {
            Ordering::Less => some = more,
            Ordering::Equal => return true,
            Ordering::Greater => others = rest,
        }
    }
    false
}

/// A set of attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes(u32);

impl Attributes {
    /// Those that may be left out where the other side takes nothing for them, too.
    const OPTIONAL: Self = {
        let (integrity, group, esn) = (1 << 3, 1 << 6, 1 << 8);
        let additional = (1 << RANKS) - (1 << 11);
        Self(integrity | group | esn | additional)
    };

    fn add(&mut self, a: Attribute) {
        self.0 |= 1 << a.rank();
    }

    /// It holds none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// It holds this one.
    #[must_use]
    pub fn contains(self, a: Attribute) -> bool {
        self.0 & 1 << a.rank() != 0
    }

    /// All of them, in order.
    pub fn iter(self) -> impl Iterator<Item = Attribute> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let rank = left.trailing_zeros();
            left &= left.checked_sub(1)?;
            Some(Attribute::ranked(rank as usize))
        })
    }

    /// How far apart two suites are that differ in these. A key length is a smaller step than another algorithm.
    pub(crate) fn weight(self) -> u32 {
        10 * self.0.count_ones() - u32::from(self.contains(Attribute::KeyLength))
    }
}

/// An offered suite beside an acceptable one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Index of the offered suite.
    pub offered: usize,
    /// Index of the acceptable suite.
    pub acceptable: usize,
    /// In what they differ; empty if they meet.
    pub differs: Attributes,
}

/// What the comparison of two lists of suites gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// For each offered suite the acceptable one it misses by least, nearest miss first (ties in order of the offer).
    pub misses: Vec<Miss>,
    /// The attributes in which every offered suite differs from every acceptable one: what must change in any case.
    pub always: Attributes,
}

/// Where each of those suites comes first that are told apart, and of each suite, which of them it is.
fn distinct(suites: &[Plain]) -> (Vec<usize>, Vec<usize>) {
    let (mut known, mut first) = (HashMap::new(), Vec::new());
    let which = suites.iter().enumerate().map(|(at, suite)| {
        *known.entry(suite.content()).or_insert_with(|| {
            first.push(at);
            first.len() - 1
        })
    });
    let which = which.collect();
    (first, which)
}

/// Compares each suite of one list with each of another. At most [`MAX_SUITES`] of each are looked at.
#[must_use]
pub fn compare(offered: &[Suite], acceptable: &[Suite]) -> Compared {
    let plain = |list: &[Suite]| list.iter().take(MAX_SUITES).map(Plain::of).collect::<Vec<_>>();
    let (offered, acceptable) = (plain(offered), plain(acceptable));
    let ((mine, which), (theirs, _)) = (distinct(&offered), distinct(&acceptable));
    let differs = |o: usize, a: usize| Some(offered.get(o)?.differs(acceptable.get(a)?));
    let mut always = u32::MAX;
    let nearest: Vec<Option<(usize, Attributes)>> = mine
        .iter()
        .map(|&o| {
            let pairs = theirs.iter().filter_map(|&a| Some((a, differs(o, a)?)));
            let pairs = pairs.inspect(|(_, differs)| always &= differs.0);
            pairs.min_by_key(|(_, differs)| differs.weight())
        })
        .collect();
    let miss = |(offered, number): (usize, &usize)| {
        let (acceptable, differs) = (*nearest.get(*number)?)?;
        Some(Miss {
            offered,
            acceptable,
            differs,
        })
    };
    let mut misses: Vec<Miss> = which.iter().enumerate().filter_map(miss).collect();
    misses.sort_by_key(|m| m.differs.weight());
    Compared {
        always: Attributes(if misses.is_empty() { 0 } else { always }),
        misses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Choices as attribute, number and key length.
    fn suite(choices: &[(Attribute, u16, Option<u16>)]) -> Suite {
        let choice = |&(attribute, id, key_length): &(Attribute, u16, Option<u16>)| Choice {
            attribute,
            registry: Registry::V2Encryption,
            id,
            key_length,
        };
        Suite {
            proposal: 1,
            transform: None,
            protocol: 1,
            choices: choices.iter().map(choice).collect(),
            lifetime: None,
            span: None,
        }
    }

    #[test]
    fn attributes_keep_their_order_as_numbers() {
        use Attribute::{Additional, DhGroup, Esn, Integrity};
        let all: Vec<Attribute> = (0..RANKS).map(Attribute::ranked).collect();
        assert!(all.is_sorted() && (0..RANKS).all(|rank| all[rank].rank() == rank));
        assert!((0..=255).all(|kind| Additional(kind).rank() < RANKS));
        let optional = all
            .into_iter()
            .filter(|a| matches!(a, Integrity | DhGroup | Esn | Additional(_)));
        assert!(Attributes::OPTIONAL.iter().eq(optional));
    }

    #[test]
    fn the_nearest_comes_first_and_what_always_differs_is_told() {
        use Attribute::{DhGroup, Encryption, Integrity, KeyLength, Prf};
        let all = |bits, integrity, group| {
            suite(&[
                (Encryption, 12, Some(bits)),
                (Prf, 5, None),
                (Integrity, integrity, None),
                (DhGroup, group, None),
            ])
        };
        let offered = [all(128, 2, 2), all(128, 12, 14), all(128, 12, 14)];
        let acceptable = [all(256, 2, 19), all(256, 12, 14)];
        let compared = compare(&offered, &acceptable);
        let told: Vec<_> = compared
            .misses
            .iter()
            .map(|m| (m.offered, m.acceptable, m.differs.iter().collect::<Vec<_>>()))
            .collect();
        assert_eq!(
            told,
            [
                (1, 1, vec![KeyLength]),
                (2, 1, vec![KeyLength]),
                (0, 0, vec![KeyLength, DhGroup]),
            ]
        );
        assert_eq!(compared.always.iter().collect::<Vec<_>>(), [KeyLength]);
        assert_eq!(compare(&offered, &[]), Compared::default());
    }

    #[test]
    fn a_type_offered_with_none_may_be_left_out() {
        use Attribute::{Additional, Encryption, Esn, Integrity};
        let aead = suite(&[(Encryption, 20, Some(256))]);
        let none = suite(&[(Encryption, 20, Some(256)), (Integrity, 0, None), (Esn, 0, None)]);
        let more = suite(&[(Encryption, 20, Some(256)), (Additional(6), 36, None)]);
        let differs = |a: &Suite, b: &Suite| Plain::of(a).differs(&Plain::of(b)).iter().collect::<Vec<_>>();
        assert_eq!((differs(&aead, &none), differs(&none, &aead)), (vec![], vec![]));
        assert_eq!(differs(&aead, &more), [Additional(6)]);
    }
    #[test]
    fn additional_key_exchanges_are_named() {
        let choice = Choice {
            attribute: Attribute::Additional(6),
            registry: Registry::V2Group,
            id: 36,
            key_length: None,
        };
        assert_eq!(choice.label(), "ML-KEM-768 (group 36)");
    }

    #[test]
    fn what_settings_leave_open_does_not_differ() {
        use Attribute::{AuthMethod, Encapsulation, Encryption, Integrity, KeyLength};
        let differs = |a: &[_], b: &[_]| {
            let differs = Plain::of(&suite(a)).differs_from_settings(&Plain::of(&suite(b)));
            differs.iter().collect::<Vec<_>>()
        };
        let cbc = [(Encryption, 12, Some(128)), (Integrity, 12, None)];
        assert_eq!(differs(&cbc, &[(Encryption, 20, Some(128))]), [Encryption]);
        assert_eq!(
            differs(&cbc, &[(Encryption, 12, Some(256))]),
            [KeyLength, Integrity]
        );
        let named = |method| {
            [
                (Encryption, 7, None),
                (AuthMethod, method, None),
                (Encapsulation, 1, None),
            ]
        };
        assert_eq!(differs(&named(1), &[(Encryption, 7, None)]), []);
        assert_eq!(differs(&named(1), &named(3)), [AuthMethod]);
    }
}
