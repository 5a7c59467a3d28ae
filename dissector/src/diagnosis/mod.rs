//! What every rule is written in: the case it sees, the finding it gives, and the words that sentences share.
//!
//! * [`case`]: facts of one negotiation, and what the capture teaches about its peers;
//! * [`facts`]: which of them a rule cannot do without;
//! * [`finding`]: what was found, with its evidence, and what is said of it;
//! * [`id`]: the registry of rules;
//! * [`settles`]: at which messages a rule can settle something;
//! * [`step`]: one change on one side, as data;
//! * [`words`]: peers, steps, lists, lengths of time in sentences.

pub mod case;
pub mod facts;
pub mod finding;
pub mod id;
pub mod settles;
pub mod step;
pub mod words;

pub(crate) use case::Configured;
pub use case::{Case, seconds};
pub use facts::Facts;
pub(crate) use finding::check;
pub use finding::{Check, Finding, Found, Pass, Words};
pub use id::RuleId;
pub use settles::Settles;
pub use step::{Security, Side, Step};

use crate::negotiation::Role;

/// Where a negotiation stands or failed. The order is that of a negotiation's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are the contract's
pub enum Stage {
    Contact,
    IkeSa,
    Auth,
    ChildSa,
    Rekey,
    Esp,
    L2tp,
    Up,
}

impl Stage {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::IkeSa => "ike-sa",
            Self::Auth => "auth",
            Self::ChildSa => "child-sa",
            Self::Rekey => "rekey",
            Self::Esp => "esp",
            Self::L2tp => "l2tp",
            Self::Up => "up",
        }
    }
}

/// How loud a finding is in Wireshark's expert information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // Wireshark's names
pub enum Severity {
    Chat,
    Note,
    Warning,
    Error,
}

/// What a rule's findings may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Worth knowing, never the verdict.
    Note,
    /// Holds when nothing better is known.
    Open,
    /// The negotiation did what it should.
    Good,
    /// It failed.
    Failure,
    /// It was never meant to succeed.
    Probe,
}

impl Class {
    /// What became of a negotiation with such a verdict, in a word.
    #[must_use]
    pub fn state(self) -> &'static str {
        match self {
            Self::Failure => "failed",
            Self::Good => "up",
            Self::Probe => "probe",
            Self::Open | Self::Note => "open",
        }
    }
}

/// What a statement rests on (contract, section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// The bytes say so.
    Observed,
    /// Decrypted bytes say so.
    Decrypted,
    /// Lengths, directions, timing, retransmissions, what follows.
    Inferred,
    /// A configuration or log the user gave.
    Imported,
    /// Another negotiation in the same capture.
    Learned,
    /// A product's known default.
    StackDefault,
}

impl Basis {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Decrypted => "decrypted",
            Self::Inferred => "inferred",
            Self::Imported => "imported",
            Self::Learned => "learned",
            Self::StackDefault => "stack-default",
        }
    }
}

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are the contract's
pub enum Blame {
    Initiator,
    Responder,
    Either,
    Path,
    Nobody,
}

impl Blame {
    /// This side has to change something.
    #[must_use]
    pub fn of(side: Role) -> Self {
        match side {
            Role::Initiator => Self::Initiator,
            Role::Responder => Self::Responder,
        }
    }

    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Responder => "responder",
            Self::Either => "either",
            Self::Path => "path",
            Self::Nobody => "nobody",
        }
    }
}

/// What a user can look up about a rule. A rule without all of it cannot be written.
#[derive(Debug)]
pub struct Documentation {
    /// What it means.
    pub means: &'static str,
    /// What it looks like on the wire.
    pub evidence: &'static str,
    /// Why it happens.
    pub why: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// What it must not be confused with.
    pub not: &'static str,
    /// RFC sections, sources of stacks, the lab.
    pub references: &'static [&'static str],
}

/// A rule's registration.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Stage of the verdict.
    pub stage: Stage,
    /// Severity.
    pub severity: Severity,
    /// What its findings may become.
    pub class: Class,
    /// The same for all occurrences, so that counts aggregate.
    pub title: &'static str,
    /// Its documentation.
    pub documentation: Documentation,
    /// Without all facts of one of these sets it finds nothing.
    pub needs: &'static [Facts],
    /// At which messages its findings may be [settled](Finding::settled), so that they can be said while a capture is read.
    pub settles: Settles,
    /// The check.
    pub check: Check,
}
