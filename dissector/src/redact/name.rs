//! Names -> numbered names: `moon.example.net`, `C=CH, CN=moon`, `cm9hZA==` become `name1`, `name2`, `name3`. Nothing is looked for
//! in them, but where a configuration writes an identity: its type before it, a `*` that stands for anything, a `%` that makes it no
//! name, a `=` of a distinguished name. Two names are equal afterwards if they were before; the same name in another spelling (case, blanks) is `NAME1`.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::policy::MORE;

/// Words that stand for anybody; those with `%` are of strongSwan's and Libreswan's configurations; a list may end with a
/// sign that there is more.
pub(crate) const ANYBODY: [&str; 20] = [
    "",
    MORE,
    "*",
    "any",
    "dynamic",
    "default",
    "none",
    "0.0.0.0/0",
    "::/0",
    "%any",
    "%any4",
    "%any6",
    "%cert",
    "%config",
    "%config4",
    "%config6",
    "%defaultroute",
    "%dynamic",
    "%fromcert",
    "%none",
];
/// What says of which type an identity is.
pub(crate) const MARKS: [&str; 9] = [
    "@#",
    "@",
    "fqdn:",
    "keyid:",
    "email:",
    "rfc822:",
    "asn1dn:",
    "userfqdn:",
    "dns:",
];

/// A text in eight bytes: two share it by chance once in 2^64, and nobody can choose such two.
type Digest = u64;

/// Names of a capture and their pseudonyms. What is kept of a name does not grow with its length.
#[derive(Debug, Default)]
pub(super) struct Names {
    hasher: RandomState,
    /// By kind and original: the pseudonym's number and the spelling that was seen first.
    given: HashMap<(Kind, Digest), (u32, Digest)>,
    counts: [u32; 3],
}

/// What a pseudonym stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Name,
    Text,
    File,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Text => "text",
            Self::File => "file",
        }
    }
}

impl Names {
    /// The pseudonym of a name.
    pub(super) fn name(&mut self, name: &str) -> String {
        let visible = name.chars().filter(|c| !c.is_whitespace());
        let packed = visible.collect::<String>().to_lowercase();
        let (number, same) = self.number(Kind::Name, packed.as_bytes(), name.as_bytes());
        let pseudonym = format!("name{number}");
        if same { pseudonym } else { pseudonym.to_uppercase() }
    }

    /// The pseudonym of an identity as configurations write it.
    pub(super) fn identity(&mut self, name: &str) -> String {
        if ANYBODY.contains(&name) {
            return name.to_owned();
        }
        let bare = name.trim_matches('"');
        let (mark, rest) = MARKS
            .iter()
            .find_map(|mark| Some((*mark, bare.strip_prefix(mark)?)))
            .filter(|(_, rest)| !rest.is_empty())
            .unwrap_or(("", bare));
        let sign = match rest {
            _ if mark.is_empty() && rest.starts_with('%') => "%",
            _ if rest.contains('*') => "*",
            _ if rest.contains('=') => "=",
            _ => "",
        };
        format!("{mark}{sign}{}", self.name(rest))
    }

    /// The pseudonym of a peer's words.
    pub(super) fn text(&mut self, text: &[u8]) -> String {
        self.whole(Kind::Text, text)
    }

    /// The pseudonym of a file.
    pub(super) fn file(&mut self, name: &str) -> String {
        self.whole(Kind::File, name.as_bytes())
    }

    fn whole(&mut self, kind: Kind, original: &[u8]) -> String {
        let (number, _) = self.number(kind, original, original);
        format!("{}{number}", kind.word())
    }

    /// Its number, from 1, and whether it is spelled as it was first.
    fn number(&mut self, kind: Kind, original: &[u8], spelling: &[u8]) -> (u32, bool) {
        let (key, spelling) = (
            (kind, self.hasher.hash_one(original)),
            self.hasher.hash_one(spelling),
        );
        let counts = &mut self.counts;
        let (number, first) = *self.given.entry(key).or_insert_with(|| {
            let [names, texts, files] = counts;
            let count = match kind {
                Kind::Name => names,
                Kind::Text => texts,
                Kind::File => files,
            };
            *count += 1;
            (*count, spelling)
        });
        (number, spelling == first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_whole_and_stays_equal_to_itself() {
        let mut names = Names::default();
        for (name, pseudonym) in [
            ("moon.example.net", "name1"),
            ("sun.example.net", "name2"),
            ("Moon.example.net", "NAME1"),
            ("moon.example.net", "name1"),
            ("@moon.example.net", "@name1"),
            ("fqdn:moon.example.net", "fqdn:name1"),
            ("*.example.net", "*name3"),
            ("alice@example.net", "name4"),
            ("C=CH, O=Moon\\, Inc, CN=moon.example.net", "=name5"),
            ("C=CH,O=Moon\\,Inc,CN=moon.example.net", "=NAME5"),
            ("%any", "%any"),
            ("%road", "%name6"),
            ("@%road", "@name6"),
            ("cm9hZA==", "=name7"),
            ("bob=smith@example.net", "=name8"),
            ("client/00-11-22-33-44-55", "name9"),
            ("CN=%x", "=name10"),
            ("Zürich", "name11"),
            ("server", "name12"),
        ] {
            assert_eq!(names.identity(name), pseudonym, "{name}");
        }
        assert_eq!(names.file("/etc/swanctl/swanctl.conf"), "file1");
        assert_eq!(names.file("alice.log"), "file2");
        assert_eq!(names.file("/etc/swanctl/swanctl.conf"), "file1");
    }

    #[test]
    fn a_long_name_costs_no_more_than_another() {
        let mut names = Names::default();
        for mark in [".", "@", "=", ",", "*.", "CN=", "\\", "fqdn:", "a."] {
            let pseudonym = names.identity(&mark.repeat(64_000));
            assert!(pseudonym.len() <= 16, "{mark}: {}", pseudonym.len());
        }
        assert_eq!(names.given.len(), 9);
    }
}
