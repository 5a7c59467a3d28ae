//! Settings with one value, as products write them.

use super::advice::Topic;
use crate::negotiation::Version;
use crate::policy::{Auth, Mode};

/// A setting and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// The version of IKE; `None`: both.
    Version(Option<Version>),
    /// Aggressive Mode.
    Aggressive(bool),
    /// How the data tunnel packs packets.
    Mode(Mode),
    /// Own networks.
    Local(Vec<String>),
    /// The peer's networks.
    Remote(Vec<String>),
    /// How the peer has to prove itself.
    PeerAuth(Auth),
    /// How this side proves itself.
    OwnAuth(Auth),
    /// The identity that the peer has to send.
    PeerId(String),
    /// The identity that this side sends.
    OwnId(String),
    /// The peer's addresses.
    PeerAddress(Vec<String>),
}

/// A value as a product writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The value; where a line holds more than one setting, with its word.
    pub(super) value: String,
    /// What to type, whole.
    pub(super) line: String,
}

impl Written {
    /// `key` and `value` with what is between them.
    pub(super) fn new(key: &str, between: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        Self {
            line: format!("{key}{between}{value}"),
            value,
        }
    }

    /// Of a line that holds more than this: the word belongs to the value.
    pub(super) fn within(word: &str, value: &str) -> Self {
        let value = format!("{word} {value}").trim().to_owned();
        Self {
            line: value.clone(),
            value,
        }
    }
}

impl Setting {
    pub(super) fn topic(&self) -> Topic {
        match self {
            Self::Version(_) => Topic::IkeVersion,
            Self::Aggressive(_) => Topic::Mode,
            Self::Mode(_) => Topic::ChildMode,
            Self::Local(_) | Self::Remote(_) => Topic::Selectors,
            Self::PeerAuth(_) | Self::OwnAuth(_) => Topic::AuthMethod,
            Self::PeerId(_) => Topic::PeerIdentity,
            Self::OwnId(_) => Topic::OwnIdentity,
            Self::PeerAddress(_) => Topic::Connection,
        }
    }

    /// Its values are values, and no words for whatever comes, which mean something else on the other side.
    pub(super) fn is_definite(&self) -> bool {
        const OPEN: [&str; 6] = ["dynamic", "%dynamic", "any", "%any", "%any4", "%any6"];
        let definite = |v: &String| !OPEN.contains(&v.split('[').next().unwrap_or_default());
        match self {
            Self::Local(list) | Self::Remote(list) | Self::PeerAddress(list) => {
                !list.is_empty() && list.iter().all(definite)
            }
            Self::PeerId(id) | Self::OwnId(id) => definite(id),
            _ => true,
        }
    }
}
