//! What somebody has to change: one change, on one side, complete in itself.

use std::ops::Range;

use super::case::Case;
use super::words;
use crate::negotiation::Role;
use crate::wire::digits;
use crate::wire::vendor::Product;

/// Who has to make a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// One of the two peers.
    Peer(Role),
    /// Whoever runs what lies between them.
    Path,
}

impl Side {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Peer(role) => role.name(),
            Self::Path => "path",
        }
    }
}

/// What a change does to security, against what is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the contract's
pub enum Security {
    Stronger,
    Same,
    Weaker,
}

impl Security {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stronger => "stronger",
            Self::Same => "same",
            Self::Weaker => "weaker",
        }
    }
}

/// One change. What is not known of it is left out, never invented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who has to make it.
    pub side: Side,
    /// The address of that side; none for the path.
    pub address: Option<String>,
    /// That side's product: by its file, else by what it sent.
    pub product: Option<&'static str>,
    /// The configuration that was given of that side.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
    /// What is to be set, in that product's own words.
    pub setting: Option<String>,
    /// Its value in that file.
    pub from: Option<String>,
    /// Its whole new value; never a secret.
    pub to: Option<String>,
    /// What to type or to choose, whole.
    pub lines: Vec<String>,
    /// What that does to security.
    pub security: Option<Security>,
    /// The change in words.
    pub text: String,
    /// Where in the words it stands how the product is told so, which can stand apart from them.
    how: Option<Range<usize>>,
}

impl Step {
    fn new(side: Side, text: String) -> Self {
        Self {
            side,
            address: None,
            product: None,
            file: None,
            line: None,
            setting: None,
            from: None,
            to: None,
            lines: Vec::new(),
            security: None,
            text,
            how: None,
        }
    }

    fn at(case: &Case<'_>, role: Role, text: String) -> Self {
        let product = case.product(role).filter(|p| *p != Product::Other);
        Self {
            address: Some(digits::address(case.n.peer(role).address)),
            product: product.map(words::product),
            ..Self::new(Side::Peer(role), text)
        }
    }

    /// `On 198.51.100.20 (strongSwan): start the service.`
    #[must_use]
    pub fn on(case: &Case<'_>, role: Role, what: impl AsRef<str>) -> Self {
        let text = format!("On {}: {}", words::peer(case, role), what.as_ref());
        Self::at(case, role, text)
    }

    /// The same as another way to reach what the step before it reaches: `Or on 192.0.2.10: ...`.
    #[must_use]
    pub fn or_on(case: &Case<'_>, role: Role, what: impl AsRef<str>) -> Self {
        let text = format!("Or on {}: {}", words::peer(case, role), what.as_ref());
        Self::at(case, role, text)
    }

    /// A step of one side in words of its own.
    #[must_use]
    pub fn of(case: &Case<'_>, role: Role, text: impl Into<String>) -> Self {
        Self::at(case, role, text.into())
    }

    /// What both sides have to do: a step for each.
    #[must_use]
    pub fn both(case: &Case<'_>, what: impl AsRef<str>) -> [Self; 2] {
        [Role::Initiator, Role::Responder].map(|role| Self::on(case, role, what.as_ref()))
    }

    /// A step for whoever runs the network between the peers.
    #[must_use]
    pub fn path(text: impl Into<String>) -> Self {
        Self::new(Side::Path, text.into())
    }

    /// With how a product is told so, in a sentence.
    #[must_use]
    pub fn told(mut self, how: &str) -> Self {
        let begin = self.text.len();
        self.text.push(' ');
        self.text.push_str(how);
        self.how = Some(begin..self.text.len());
        self
    }

    /// The sentence that is read, and how a product is told so, where that is more than the lines to type.
    #[must_use]
    pub fn parted(&self) -> (String, Option<&str>) {
        let how = self
            .how
            .clone()
            .and_then(|at| Some((self.text.get(at.clone())?, at)));
        let Some((how, at)) = how else {
            return (self.text.clone(), None);
        };
        let mut sentence = self.text.clone();
        sentence.replace_range(at, "");
        let how = how.trim_start();
        let lines = format!("Set {}.", self.lines.join("; "));
        (sentence, Some(how).filter(|how| *how != lines))
    }

    /// With what it does to security.
    #[must_use]
    pub fn security(mut self, security: Security) -> Self {
        self.security = Some(security);
        self
    }

    /// The side whose step it is, if it is one of the peers.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        match self.side {
            Side::Peer(role) => Some(role),
            Side::Path => None,
        }
    }

    /// Without a word that comes from the capture or a file.
    pub(super) fn in_general_words(&self, text: &str) -> Self {
        Self {
            product: self.product,
            ..Self::new(self.side, text.to_owned())
        }
    }
}
