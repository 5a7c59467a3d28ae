//! What is known of one format of configurations or logs. Each says so in a file of its own; [`super::registry`] lists them.

use super::file::Policy;
use super::kind::Kind;

/// A format.
pub(super) struct Dialect {
    /// What it is called. A reader that finds more puts another name into the [`Policy`].
    pub(super) kind: Kind,
    /// How it is recognised.
    pub(super) sign: Sign,
    /// How it is read. The text is as [`super::text::undone`] leaves it, and this is its dialect.
    pub(super) read: fn(&mut Policy, &str),
    /// Line by line, so that of a very long line only the beginning is read.
    pub(super) by_lines: bool,
    /// It can include other files ([`super::include`]).
    pub(super) includes: bool,
    /// Endings of its files.
    pub(super) endings: &'static [&'static str],
    /// What shows whose a file is.
    pub(super) proof: Proof,
    /// What it calls a secret.
    pub(super) secrets: Secrets,
    /// Of a log: words of two lines that follow each other as things happen. The other way round the newest stands first.
    pub(super) follows: &'static [[&'static str; 2]],
}

/// How a format is recognised.
pub(super) enum Sign {
    /// A log: most lines of its beginning are like this one.
    Lines(fn(&str) -> bool),
    /// A log that may stand in that of another daemon: a line of its beginning is like this one.
    Beside(fn(&str) -> bool),
    /// A configuration: one of its lines is like this one, without blanks around it.
    Line(fn(&str) -> bool),
    /// A configuration: by its text.
    Text(fn(&str) -> bool),
}

/// What shows whose a file is, beside the addresses, identities and proposals that it names.
pub(super) enum Proof {
    /// Nothing.
    Names,
    /// A connection that names no peer is for anybody, and so can only answer.
    Anybody,
    /// What a daemon says as it begins, and as it answers, in words that it does not say of its peer.
    Roles {
        begins: &'static [&'static str],
        answers: &'static [&'static str],
    },
}

/// What may be a secret, so that nothing of it is kept.
pub(super) enum Secrets {
    /// What follows these words.
    Behind(&'static [&'static str]),
    /// All values but those of these settings.
    AllBut(&'static [&'static str]),
    /// A daemon may print any: its lines are shown up to a word for a secret ([`super::secret`]).
    Printed,
}

impl Secrets {
    /// What has this name, or follows this word, is never kept.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Behind(words) => words.contains(&name),
            Self::AllBut(settings) => !settings.contains(&name),
            Self::Printed => true,
        }
    }
}

impl Dialect {
    /// A configuration that is read line by line and whose files tell nothing by their names, for others to go on from.
    pub(super) const CONFIGURATION: Self = Self {
        kind: Kind::Unknown,
        sign: Sign::Text(|_| false),
        read: |_, _| {},
        by_lines: true,
        includes: false,
        endings: &["conf", "cfg", "txt"],
        proof: Proof::Names,
        secrets: Secrets::AllBut(&[]),
        follows: &[],
    };

    /// A log, for others to go on from.
    pub(super) const LOG: Self = Self {
        endings: &["log", "txt"],
        secrets: Secrets::Printed,
        ..Self::CONFIGURATION
    };
}
