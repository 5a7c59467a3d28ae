//! Names -> numbered names of the same form: `moon.example.net` becomes `host1.domain1.example`, `alice@example.net`
//! `user1@domain1.example`, each value of a distinguished name `name1`. Two names are equal afterwards if they were before,
//! and share a domain if they did. Case counts as little as it does in names, but a different spelling stays different.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::words::NAMING;
use crate::policy;

/// Words that stand for anybody; those with `%` are of strongSwan's and Libreswan's configurations.
const ANYBODY: [&str; 17] = [
    "",
    "*",
    "any",
    "dynamic",
    "default",
    "none",
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
const MARKS: [&str; 9] = [
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
/// The most levels of a domain name that have a pseudonym each, from the right: what stands before them is part of the last.
/// So a name of a thousand dots costs no more than a long one.
const MAX_LEVELS: usize = 6;

/// A name without regard to case, in eight bytes: two names share it by chance once in 2^64, and nobody can choose such two.
type Digest = u64;

/// Names of a capture and their pseudonyms. What is kept of a name does not grow with its length.
#[derive(Debug, Default)]
pub(super) struct Names {
    hasher: RandomState,
    known: HashSet<Digest>,
    /// By kind and original: the pseudonym's number and the spelling that was seen first.
    given: HashMap<(&'static str, Digest), (u32, Digest)>,
    counts: HashMap<&'static str, u32>,
    /// Which file of a usual name keeps it.
    usual: HashMap<&'static str, Digest>,
}

impl Names {
    fn digest(&self, name: &str) -> Digest {
        self.hasher.hash_one(name.to_lowercase())
    }

    /// Remembers a name of the capture.
    pub(super) fn learn(&mut self, name: &str) {
        for part in std::iter::once(name).chain(name.split(['@', ',', '=', '/', ' ', '+', '"'])) {
            if !ANYBODY.contains(&part) && part.chars().nth(1).is_some() {
                self.known.insert(self.digest(part));
            }
        }
    }

    /// Remembers the name of a file of the capture's peers.
    pub(super) fn learn_file(&mut self, path: &str) {
        if policy::usual(base(path)).is_none() {
            self.learn(path);
        }
    }

    /// The name, or a part of one, was seen.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.known.contains(&self.digest(name))
    }

    /// The pseudonym of a name of any form.
    pub(super) fn pseudonym(&mut self, name: &str) -> String {
        if ANYBODY.contains(&name) {
            return name.to_owned();
        }
        let marked = MARKS
            .iter()
            .find_map(|mark| Some((*mark, name.strip_prefix(mark)?)));
        match marked.filter(|(_, rest)| !rest.is_empty()) {
            Some((mark, rest)) => format!("{mark}{}", self.unmarked(rest)),
            None => self.unmarked(name),
        }
    }

    fn unmarked(&mut self, name: &str) -> String {
        if is_distinguished(name) {
            self.distinguished(name)
        } else {
            self.plain(name)
        }
    }

    /// The name of a user or a host, or any other.
    fn plain(&mut self, name: &str) -> String {
        if ANYBODY.contains(&name) {
            name.to_owned()
        } else if let Some((user, domain)) = name.split_once('@') {
            let user = if user == "*" {
                user.to_owned()
            } else {
                self.numbered("user", user, "")
            };
            format!("{user}@{}", self.domain(domain))
        } else if name.contains(' ') {
            self.numbered("name", name, "")
        } else {
            self.domain(name)
        }
    }

    /// `CN=moon, O=Lab`: the types stay, each value is a name of its own.
    fn distinguished(&mut self, name: &str) -> String {
        let mut out = String::new();
        for (part, end) in parts(name) {
            let blanks = part.len() - part.trim_start().len();
            out.push_str(part.get(..blanks).unwrap_or_default());
            match part.trim().split_once('=') {
                Some((kind, value)) if is_type(kind) => {
                    out.push_str(kind);
                    out.push('=');
                    out.push_str(&self.plain(value.trim_matches('"')));
                }
                _ if part.trim().is_empty() => {}
                _ => out.push_str(&self.numbered("name", part.trim(), "")),
            }
            out.push_str(end);
        }
        out
    }

    /// `moon.example.net`: the last two labels are the domain, each one before them is a host of what is behind it.
    fn domain(&mut self, name: &str) -> String {
        let (star, name) = name.strip_prefix("*.").map_or(("", name), |rest| ("*.", rest));
        if ANYBODY.contains(&name) {
            return format!("{star}{name}");
        }
        let mut dots = name.rmatch_indices('.').map(|(at, _)| at);
        if dots.next().is_none() {
            return format!("{star}{}", self.numbered("name", name, ""));
        }
        // Where each level begins, the domain first; the last one is the whole name.
        let mut levels: Vec<usize> = dots.map(|at| at + 1).take(MAX_LEVELS - 1).collect();
        levels.push(0);
        let mut pseudonym = ".example".to_owned();
        for (level, begin) in levels.into_iter().enumerate() {
            let kind = if level == 0 { "domain" } else { "host" };
            let dot = if level == 0 { "" } else { "." };
            let end = format!("{dot}{pseudonym}");
            pseudonym = self.numbered(kind, name.get(begin..).unwrap_or(name), &end);
        }
        format!("{star}{pseudonym}")
    }

    /// The name of a file: those that everybody has stay, the first time they come.
    pub(super) fn file(&mut self, path: &str) -> String {
        let base = base(path);
        if let Some(usual) = policy::usual(base) {
            let digest = self.digest(path);
            if *self.usual.entry(usual).or_insert(digest) == digest {
                return base.to_owned();
            }
        }
        let ending = base.rsplit_once('.').map(|(_, ending)| ending);
        let ending = ending
            .filter(|e| policy::is_taken(e))
            .map_or_else(String::new, |e| format!(".{e}"));
        self.numbered("file", path, &ending)
    }

    /// `host1`, `host2`, ... with `end` behind; upper case for another spelling of one that came before.
    fn numbered(&mut self, kind: &'static str, original: &str, end: &str) -> String {
        let (key, spelling) = ((kind, self.digest(original)), self.hasher.hash_one(original));
        if let Some(&(number, first)) = self.given.get(&key) {
            let pseudonym = format!("{kind}{number}{end}");
            return if spelling == first {
                pseudonym
            } else {
                pseudonym.to_uppercase()
            };
        }
        let mut number = self.counts.get(kind).copied().unwrap_or(0);
        let pseudonym = loop {
            number += 1;
            let pseudonym = format!("{kind}{number}{end}");
            if !self.knows(&pseudonym) {
                break pseudonym;
            }
        };
        self.counts.insert(kind, number);
        self.given.insert(key, (number, spelling));
        pseudonym
    }
}

/// The name begins with an attribute type, as a distinguished name does: a base64 text that ends in `=` is none.
fn is_distinguished(name: &str) -> bool {
    let begin = name.trim_start_matches(['/', ' ']);
    begin.split_once('=').is_some_and(|(kind, _)| is_type(kind))
}

/// An attribute type of distinguished names, by name or by number (RFC 4514 2.3): the same for everybody.
fn is_type(kind: &str) -> bool {
    let by_number = || {
        let mut digits = kind.chars();
        kind.len() > 2 && digits.all(|c| c.is_ascii_digit() || c == '.') && kind.contains('.')
    };
    NAMING.iter().any(|known| known.eq_ignore_ascii_case(kind)) || by_number()
}

/// The parts of a distinguished name, each with what separates it from the next.
fn parts(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = Some(name);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut escaped = false;
        let end = text.find(|c| {
            let end = !escaped && matches!(c, ',' | '+' | '/');
            escaped = c == '\\' && !escaped;
            end
        });
        let Some(end) = end else {
            rest = None;
            return Some((text, ""));
        };
        rest = text.get(end + 1..);
        Some((text.get(..end)?, text.get(end..=end)?))
    })
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_form_and_relations() {
        let mut names = Names::default();
        for (name, pseudonym) in [
            ("moon.example.net", "host1.domain1.example"),
            ("sun.example.net", "host2.domain1.example"),
            ("Moon.example.net", "HOST1.DOMAIN1.EXAMPLE"),
            ("moon.example.net", "host1.domain1.example"),
            ("*.example.net", "*.domain1.example"),
            ("alice@example.net", "user1@domain1.example"),
            ("@moon.example.net", "@host1.domain1.example"),
            (
                "CN=moon.example.net, O=Moon\\, Inc,C=CH",
                "CN=host1.domain1.example, O=name1,C=name2",
            ),
            ("%any", "%any"),
            ("road", "name3"),
            ("@%road", "@name4"),
            ("cm9hZA==", "name5"),
            ("bob=smith@example.net", "user2@domain1.example"),
            ("keyid:@#fqdn:moon", "keyid:user3@name6"),
        ] {
            assert_eq!(names.pseudonym(name), pseudonym, "{name}");
        }
        assert_eq!(names.file("/etc/swanctl/swanctl.conf"), "swanctl.conf");
        assert_eq!(names.file("other/swanctl.conf"), "file1.conf");
        assert_eq!(names.file("alice.log"), "file2.log");
    }

    #[test]
    fn a_name_of_dots_costs_no_more_than_its_length() {
        let mut names = Names::default();
        for mark in [".", "@", "=", ",", "*.", "CN=", "\\", "fqdn:", "a."] {
            let name = mark.repeat(64_000);
            names.learn(&name);
            let pseudonym = names.pseudonym(&name);
            assert!(pseudonym.len() <= 4 * name.len(), "{mark}: {}", pseudonym.len());
        }
        assert!(names.given.len() < 100, "{}", names.given.len());
        let deep = "a.b.c.d.e.f.g.h.i.example.net";
        assert_eq!(names.pseudonym(deep).split('.').count(), MAX_LEVELS + 1);
    }

    #[test]
    fn a_pseudonym_is_no_original() {
        let mut names = Names::default();
        names.learn("name1");
        assert_eq!(names.pseudonym("alice"), "name2");
    }
}
