//! What somebody wants to be reported, and in which form: the arguments of `-z ikewhy,...`.

/// The form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    #[default]
    Text,
    /// Markdown, for a ticket or a forum.
    Markdown,
    /// One HTML page that needs nothing else.
    Html,
    /// The document for scripts.
    Json,
}

/// A wish.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The form.
    pub form: Form,
    /// One negotiation; `None` for the whole capture.
    pub stream: Option<u32>,
    /// With pseudonyms for addresses, identities and SPIs.
    pub redact: bool,
    /// For a window: no longer than one can show (what is left out is counted at the end), and each paragraph in one line, which the
    /// window breaks where it ends.
    pub window: bool,
}

/// What [`Wanted::parse`] understands, for people.
pub const USAGE: &str =
    "-z ikewhy,report[,text|markdown|html][,stream=N][,redact] or -z ikewhy,json[,stream=N][,redact]";

impl Wanted {
    /// Reads `report,html,stream=3,redact`; `None` if some of it is not understood, see [`USAGE`].
    #[must_use]
    pub fn parse(arguments: &str) -> Option<Self> {
        let mut words = arguments.split(',');
        let json = match words.next()? {
            "report" => false,
            "json" => true,
            _ => return None,
        };
        let mut wanted = Self {
            form: if json { Form::Json } else { Form::Text },
            ..Self::default()
        };
        for word in words {
            match (word, word.strip_prefix("stream=")) {
                ("text", _) if !json => wanted.form = Form::Text,
                ("markdown", _) if !json => wanted.form = Form::Markdown,
                ("html", _) if !json => wanted.form = Form::Html,
                ("redact", _) => wanted.redact = true,
                (_, Some(number)) => wanted.stream = Some(index(number)?),
                _ => return None,
            }
        }
        Some(wanted)
    }
}

/// The index of a negotiation: digits alone. The largest number is none: in the C ABI it stands for all of them.
fn index(word: &str) -> Option<u32> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|&number| digits && number != u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_understood_or_refused() {
        let wanted = |form, stream, redact| {
            Some(Wanted {
                form,
                stream,
                redact,
                window: false,
            })
        };
        for (arguments, expected) in [
            ("report", wanted(Form::Text, None, false)),
            ("report,text", wanted(Form::Text, None, false)),
            ("report,html,stream=3", wanted(Form::Html, Some(3), false)),
            ("report,redact,markdown", wanted(Form::Markdown, None, true)),
            ("json,stream=0,redact", wanted(Form::Json, Some(0), true)),
            ("json,html", None),
            ("report,pdf", None),
            ("report,", None),
            ("report,stream=", None),
            ("report,stream=-1", None),
            ("report,stream=+1", None),
            ("report,stream= 1", None),
            ("report,stream=1x", None),
            ("report,stream=4294967295", None),
            ("report,stream=4294967296", None),
            (
                "report,stream=4294967294",
                wanted(Form::Text, Some(u32::MAX - 1), false),
            ),
            ("", None),
        ] {
            assert_eq!(Wanted::parse(arguments), expected, "{arguments}");
        }
    }
}
