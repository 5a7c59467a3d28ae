//! Proposals of IKEv1 and IKEv2 in one form, and what differs between two of them.

use crate::wire::Span;
use crate::wire::code::{self, Registry};
use crate::wire::message::{Attribute as WireAttribute, Attributes, Proposal, Transform};
use crate::wording;

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
        let name = code::short_name(self.registry, u32::from(self.id));
        match self.key_length {
            Some(bits) => format!("{name}-{bits}"),
            None => name.into_owned(),
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
    /// Its octets in the frame of its message, where the frame holds them.
    pub span: Option<Span>,
}

/// An SA payload that is read, and where in its frame it stands: the same for everybody who uses the same product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The suites; of an answer the first one, which is the choice.
    pub suites: Vec<Suite>,
    /// Its octets, where the frame holds them.
    pub span: Option<Span>,
}

/// The most suites kept of one SA payload.
pub const MAX_SUITES: usize = 256;
/// The most choices kept of one SA payload, in all its suites. Products offer some hundred; each is compared with each that
/// the other side is known to accept.
pub const MAX_CHOICES: usize = 1024;

/// Attribute types of IKEv1 phase 1 (RFC 2409 appendix A).
mod phase1 {
    pub(super) const ENCRYPTION: u16 = 1;
    pub(super) const HASH: u16 = 2;
    pub(super) const AUTH_METHOD: u16 = 3;
    pub(super) const GROUP: u16 = 4;
    pub(super) const LIFE_TYPE: u16 = 11;
    pub(super) const LIFE_DURATION: u16 = 12;
    pub(super) const KEY_LENGTH: u16 = 14;
}

/// Attribute types of IKEv1 phase 2 (RFC 2407 4.5).
mod phase2 {
    pub(super) const LIFE_TYPE: u16 = 1;
    pub(super) const LIFE_DURATION: u16 = 2;
    pub(super) const GROUP: u16 = 3;
    pub(super) const ENCAPSULATION: u16 = 4;
    pub(super) const AUTHENTICATION: u16 = 5;
    pub(super) const KEY_LENGTH: u16 = 6;
    pub(super) const ESN: u16 = 11;
}

/// Life type "seconds" in both phases.
const SECONDS: u64 = 1;
/// IKEv2 transform attribute Key Length (RFC 7296 3.3.5).
const V2_KEY_LENGTH: u16 = 14;
/// Protocol ID ISAKMP / IKE.
const PROTO_IKE: u8 = 1;
/// Protocol ID AH.
const PROTO_AH: u8 = 2;

fn small(attribute: WireAttribute<'_>) -> Option<u16> {
    attribute.number().and_then(|n| u16::try_from(n).ok())
}

/// Reads the lifetime in seconds out of attributes: a duration counts for the life type before it.
fn lifetime(attributes: Attributes<'_>, kind: u16, duration: u16) -> Option<u64> {
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

fn v1_phase2(protocol: u8, t: &Transform<'_>) -> Vec<Choice> {
    let key_length = t
        .attributes()
        .find(|a| a.kind == phase2::KEY_LENGTH)
        .and_then(small);
    let cipher = if protocol == PROTO_AH {
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
            phase2::AUTHENTICATION if protocol != PROTO_AH => (Attribute::Integrity, Registry::V1Phase2Auth),
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
        1 => (Attribute::Encryption, Registry::V2Encryption),
        2 => (Attribute::Prf, Registry::V2Prf),
        3 => (Attribute::Integrity, Registry::V2Integrity),
        4 => (Attribute::DhGroup, Registry::V2Group),
        5 => (Attribute::Esn, Registry::V2Esn),
        other => (Attribute::Additional(other), Registry::V2Group),
    };
    let key_length = t.attributes().find(|a| a.kind == V2_KEY_LENGTH).and_then(small);
    Choice {
        attribute,
        registry,
        id: t.id,
        key_length,
    }
}

/// The suites of an SA payload. `at` gives the octets of the frame for those of the message.
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
                let phase1 = p.protocol == PROTO_IKE;
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

/// The fewest octets of a proposal (RFC 2408 3.5, RFC 7296 3.3.1).
const PROPOSAL: usize = 8;

/// An SA payload of so many octets holds more than is kept of it.
#[must_use]
pub fn is_too_long(major: u8, octets: u32, proposals: &[Proposal<'_>]) -> bool {
    // Most are much shorter: they need not be looked through.
    if octets as usize <= MAX_SUITES * PROPOSAL {
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
        if wording::silent() {
            return String::new();
        }
        let mut order: Vec<Attribute> = self.attributes().collect();
        order.sort();
        let groups: Vec<String> = order
            .into_iter()
            .filter(|&a| !(a == Attribute::Esn && self.of(a).all(|c| c.id == 0)))
            .map(|a| self.of(a).map(Choice::label).collect::<Vec<_>>().join(","))
            .collect();
        groups.join(" / ")
    }

    /// Number of different combinations it stands for, at least 1.
    #[must_use]
    pub fn combinations(&self) -> u64 {
        self.attributes()
            .map(|a| self.of(a).count() as u64)
            .fold(1, u64::saturating_mul)
    }

    /// The choices, those for one attribute together.
    fn sorted(&self) -> Vec<&Choice> {
        let mut choices: Vec<&Choice> = self.choices.iter().collect();
        choices.sort_unstable_by_key(|c| (c.attribute, c.id, c.key_length));
        choices
    }

    /// The attributes in which no choice of `self` meets one of `other`. Lifetimes never count: both versions' stacks
    /// negotiate them down or ignore them.
    #[must_use]
    pub fn differs(&self, other: &Self) -> Vec<Attribute> {
        let mut result = Vec::new();
        if self.protocol != other.protocol {
            result.push(Attribute::Protocol);
        }
        // Side by side: a list may be as long as its sender likes.
        let (mine, theirs) = (self.sorted(), other.sorted());
        let (mut mine, mut theirs) = (&mine[..], &theirs[..]);
        let next = |list: &[&Choice]| list.first().map(|c| c.attribute);
        while let Some(a) = next(mine).into_iter().chain(next(theirs)).min() {
            let (x, y);
            (x, mine) = mine.split_at(mine.partition_point(|c| c.attribute == a));
            (y, theirs) = theirs.split_at(theirs.partition_point(|c| c.attribute == a));
            if meet(x, y, a) {
                continue;
            }
            let same_cipher = |c: &&Choice| y.binary_search_by_key(&c.id, |c| c.id).is_ok();
            result.push(match a {
                Attribute::Encryption if x.iter().any(same_cipher) => Attribute::KeyLength,
                a => a,
            });
        }
        result
    }
}

/// One of these choices for an attribute is among those. Both are sorted.
fn meet(some: &[&Choice], others: &[&Choice], a: Attribute) -> bool {
    // RFC 7296 3.3.6: a type offered with NONE may be left out; an AEAD cipher needs no integrity transform.
    let optional = |list: &[&Choice]| match a {
        Attribute::Integrity | Attribute::DhGroup | Attribute::Additional(_) | Attribute::Esn => {
            list.is_empty() || list.iter().any(|c| c.id == 0)
        }
        _ => false,
    };
    if some.is_empty() || others.is_empty() {
        return optional(some) && optional(others);
    }
    let key = |c: &&Choice| (c.id, c.key_length);
    some.iter()
        .any(|c| others.binary_search_by_key(&key(c), key).is_ok())
}

/// An offered suite beside an acceptable one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Index of the offered suite.
    pub offered: usize,
    /// Index of the acceptable suite.
    pub acceptable: usize,
    /// In what they differ; empty if they meet.
    pub differs: Vec<Attribute>,
}

/// For each offered suite the acceptable one it misses by least, nearest miss first (ties in order of the offer).
#[must_use]
pub fn nearest(offered: &[Suite], acceptable: &[Suite]) -> Vec<Miss> {
    let mut misses: Vec<Miss> = offered
        .iter()
        .enumerate()
        .filter_map(|(i, o)| {
            acceptable
                .iter()
                .enumerate()
                .map(|(j, a)| Miss {
                    offered: i,
                    acceptable: j,
                    differs: o.differs(a),
                })
                .min_by_key(|m| weight(&m.differs))
        })
        .collect();
    misses.sort_by_key(|m| weight(&m.differs));
    misses
}

/// A key length is a smaller step than another algorithm.
fn weight(differs: &[Attribute]) -> u32 {
    differs
        .iter()
        .map(|a| if *a == Attribute::KeyLength { 9 } else { 10 })
        .sum()
}

/// The attributes in which every offered suite differs from every acceptable one: what must change in any case.
#[must_use]
pub fn always_differs(offered: &[Suite], acceptable: &[Suite]) -> Vec<Attribute> {
    let mut common: Option<Vec<Attribute>> = None;
    for o in offered {
        for a in acceptable {
            let d = o.differs(a);
            common = Some(match common {
                None => d,
                Some(c) => c.into_iter().filter(|x| d.contains(x)).collect(),
            });
        }
    }
    common.unwrap_or_default()
}
