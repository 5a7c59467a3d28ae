//! The forms of a report, as words of the command line.

use clap::ValueEnum;
use ikewhy::report::wanted::Form as Engines;

/// A form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    #[default]
    Text,
    Markdown,
    Html,
    Json,
}

impl Form {
    /// What the engine calls it.
    pub(crate) fn engines(self) -> Engines {
        match self {
            Self::Text => Engines::Text,
            Self::Markdown => Engines::Markdown,
            Self::Html => Engines::Html,
            Self::Json => Engines::Json,
        }
    }

    /// What a worker and tshark's `-z` call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Json => "json",
        }
    }
}
