//! What a file is.

/// What a file is, with the name that its dialect has for users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Nothing that is known here.
    #[default]
    Unknown,
    /// A format that is known by its name and not read.
    Unread(&'static str),
    /// Lines that include other files, and nothing else.
    Includes,
    /// A configuration whose files are called so: `swanctl.conf`.
    Named(&'static str),
    /// A configuration whose files may have any name: `RouterOS configuration`.
    Configuration(&'static str),
    /// What a command printed of connections: evidence, never a place to edit.
    Output(&'static str),
    /// A log: `racoon's log`. What it shows of connections is not all of them.
    Log(&'static str),
}

impl Kind {
    /// For sentences.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Includes => "includes alone",
            Self::Unread(name)
            | Self::Named(name)
            | Self::Configuration(name)
            | Self::Output(name)
            | Self::Log(name) => name,
        }
    }
}
