//! Names -> numbered names of the same form: `moon.example.net` becomes `host1.domain1.example`, `alice@example.net`
//! `user1@domain1.example`, each value of a distinguished name `name1`. Two names are equal afterwards if they were before,
//! and share a domain if they did. Case counts as little as it does in names, but a different spelling stays different.

use std::collections::{HashMap, HashSet};

/// File names that every installation of a product has: they tell nobody's secret.
const USUAL_FILES: [&str; 9] = [
    "swanctl.conf",
    "ipsec.conf",
    "ipsec.secrets",
    "iked.conf",
    "strongswan.conf",
    "charon.log",
    "pluto.log",
    "iked.log",
    "racoon.conf",
];
/// Endings that say what a file is.
const ENDINGS: [&str; 5] = ["conf", "log", "cfg", "txt", "rsc"];
/// Words that stand for anybody.
const ANYBODY: [&str; 6] = ["", "*", "any", "dynamic", "default", "none"];

/// Names of a capture and their pseudonyms.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Originals, lower case.
    known: HashSet<String>,
    /// By kind and original in lower case: the pseudonym and the spelling that was seen first.
    given: HashMap<(&'static str, String), (String, String)>,
    counts: HashMap<&'static str, u32>,
}

impl Names {
    /// Remembers a name of the capture.
    pub(super) fn learn(&mut self, name: &str) {
        for part in std::iter::once(name).chain(name.split(['@', ',', '=', '/', ' ', '+', '"'])) {
            if !ANYBODY.contains(&part) && part.chars().count() > 1 {
                self.known.insert(part.to_lowercase());
            }
        }
    }

    /// Remembers the name of a file of the capture's peers.
    pub(super) fn learn_file(&mut self, path: &str) {
        if !USUAL_FILES.contains(&base(path)) {
            self.learn(path);
        }
    }

    /// The name, or a part of one, was seen.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.known.contains(&name.to_lowercase())
    }

    /// The pseudonym of a name of any form.
    pub(super) fn disguise(&mut self, name: &str) -> String {
        if ANYBODY.contains(&name) || name.starts_with('%') {
            return name.to_owned();
        }
        for mark in [
            "@#",
            "@",
            "fqdn:",
            "keyid:",
            "email:",
            "rfc822:",
            "asn1dn:",
            "userfqdn:",
            "dns:",
        ] {
            if let Some(rest) = name.strip_prefix(mark).filter(|rest| !rest.is_empty()) {
                return format!("{mark}{}", self.disguise(rest));
            }
        }
        if name.contains('=') {
            return self.distinguished(name);
        }
        if let Some((user, domain)) = name.split_once('@') {
            let user = if user == "*" {
                user.to_owned()
            } else {
                self.numbered("user", user, "")
            };
            return format!("{user}@{}", self.domain(domain));
        }
        if name.contains('.') && !name.contains(' ') {
            return self.domain(name);
        }
        self.numbered("name", name, "")
    }

    /// `CN=moon, O=Lab`: the types stay, each value is a name of its own.
    fn distinguished(&mut self, name: &str) -> String {
        let mut out = String::new();
        let (mut start, mut escaped) = (0, false);
        let ends = name.char_indices().filter(|&(_, c)| {
            let end = !escaped && matches!(c, ',' | '+' | '/');
            escaped = c == '\\' && !escaped;
            end
        });
        let ends: Vec<usize> = ends
            .map(|(at, _)| at)
            .chain(std::iter::once(name.len()))
            .collect();
        for end in ends {
            let part = name.get(start..end).unwrap_or_default();
            let blanks = part.len() - part.trim_start().len();
            out.push_str(part.get(..blanks).unwrap_or_default());
            match part.trim().split_once('=') {
                Some((kind, value)) => {
                    out.push_str(kind);
                    out.push('=');
                    out.push_str(&self.disguise(value.trim_matches('"')));
                }
                None if part.trim().is_empty() => {}
                None => out.push_str(&self.numbered("name", part.trim(), "")),
            }
            out.push_str(name.get(end..end + 1).unwrap_or_default());
            start = end + 1;
        }
        out
    }

    fn domain(&mut self, name: &str) -> String {
        if let Some(rest) = name.strip_prefix("*.") {
            return format!("*.{}", self.domain(rest));
        }
        match name.split_once('.') {
            Some((_, parent)) if parent.contains('.') => {
                let parent = self.domain(parent);
                self.numbered("host", name, &format!(".{parent}"))
            }
            Some(_) => self.numbered("domain", name, ".example"),
            None if ANYBODY.contains(&name) => name.to_owned(),
            None => self.numbered("name", name, ""),
        }
    }

    /// The name of a file: those that everybody has stay, the first time they come.
    pub(super) fn file(&mut self, path: &str) -> String {
        let base = base(path);
        if USUAL_FILES.contains(&base) {
            let first = &self
                .given
                .entry(("usual", base.to_owned()))
                .or_insert_with(|| (base.to_owned(), path.to_owned()))
                .1;
            if first == path {
                return base.to_owned();
            }
        }
        let ending = base.rsplit_once('.').map(|(_, ending)| ending);
        let ending = ending
            .filter(|e| ENDINGS.contains(e))
            .map_or_else(String::new, |e| format!(".{e}"));
        self.numbered("file", path, &ending)
    }

    /// `host1`, `host2`, ... with `end` behind; upper case for another spelling of one that came before.
    fn numbered(&mut self, kind: &'static str, original: &str, end: &str) -> String {
        let key = (kind, original.to_lowercase());
        if let Some((pseudonym, spelling)) = self.given.get(&key) {
            return if spelling == original {
                pseudonym.clone()
            } else {
                pseudonym.to_uppercase()
            };
        }
        let count = self.counts.entry(kind).or_default();
        let pseudonym = loop {
            *count += 1;
            let pseudonym = format!("{kind}{count}{end}");
            if !self.known.contains(&pseudonym) {
                break pseudonym;
            }
        };
        self.given.insert(key, (pseudonym.clone(), original.to_owned()));
        pseudonym
    }
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
        ] {
            assert_eq!(names.disguise(name), pseudonym, "{name}");
        }
        assert_eq!(names.file("/etc/swanctl/swanctl.conf"), "swanctl.conf");
        assert_eq!(names.file("other/swanctl.conf"), "file1.conf");
        assert_eq!(names.file("alice.log"), "file2.log");
    }

    #[test]
    fn a_pseudonym_is_no_original() {
        let mut names = Names::default();
        names.learn("name1");
        assert_eq!(names.disguise("alice"), "name2");
    }
}
