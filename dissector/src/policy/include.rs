//! Files that a configuration includes: which ones are wanted is said here, the host reads them.
//!
//! `include PATTERN` on a line of its own, as strongSwan's, Libreswan's and OpenIKED's configurations have it (strongswan.conf(5),
//! ipsec.conf(5), iked.conf(5)). What is included stands in its place, so a section may be closed in another file than it was
//! opened; each line remembers the file it came from. All copies of text are wiped.

use super::{MAX_TEXT, shown};
use zeroize::Zeroizing;

/// How deep files include each other.
const MAX_DEPTH: usize = 8;
/// The most files that one file brings along.
const MAX_FILES: usize = 64;

/// What the host read for an `include`.
#[derive(Debug)]
pub struct Included {
    /// The host's own number of this file, for what it includes itself; the file that was given is 0.
    pub id: usize,
    /// Its name, as it is to be shown.
    pub name: String,
    /// Its text, or why there is none.
    pub text: Result<Zeroizing<String>, String>,
}

/// The host's answer to: the file `id` includes this pattern.
pub type Resolver<'a> = dyn FnMut(usize, &str) -> Vec<Included> + 'a;

/// From which line of which file a line of the whole text on comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// First line of the whole text.
    pub(super) from: u32,
    /// Number of the file, 0 for the one that was given.
    pub(super) file: usize,
    /// Its line.
    pub(super) line: u32,
}

/// A text with all that it includes.
#[derive(Debug, Default)]
pub(super) struct Whole {
    pub(super) text: Zeroizing<String>,
    /// Names of the included files, from number 1 on.
    pub(super) names: Vec<String>,
    pub(super) places: Vec<Place>,
    /// Line of the whole text, and what became of the `include` there.
    pub(super) notes: Vec<(u32, String)>,
}

/// The pattern of an `include` line.
pub(super) fn pattern(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("include")?;
    let rest = rest.strip_prefix([' ', '\t', '"'])?;
    let end = rest.find('#').unwrap_or(rest.len());
    Some(rest.get(..end)?.trim().trim_matches('"')).filter(|p| !p.is_empty() && !p.contains(['=', '{']))
}

/// Nothing but `include` lines, comments and blanks.
pub(super) fn is_all(text: &str) -> bool {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines.all(|l| pattern(l).is_some())
}

struct Walk<'a, 'r> {
    resolver: &'a mut Resolver<'r>,
    /// Pieces of text in order, each of whole lines.
    pieces: Vec<Zeroizing<String>>,
    lines: u32,
    octets: usize,
    whole: Whole,
}

/// The text with everything it includes in its place.
pub(super) fn whole(text: &str, resolver: &mut Resolver<'_>) -> Whole {
    let mut walk = Walk {
        resolver,
        pieces: Vec::new(),
        lines: 0,
        octets: 0,
        whole: Whole::default(),
    };
    walk.file(0, 0, text, MAX_DEPTH);
    let Walk {
        pieces,
        octets,
        mut whole,
        ..
    } = walk;
    // Allocated once: a string that grows leaves copies behind.
    let mut all = String::with_capacity(octets);
    for piece in &pieces {
        all.push_str(piece);
    }
    whole.text = Zeroizing::new(all);
    whole
}

impl Walk<'_, '_> {
    fn piece(&mut self, file: usize, line: u32, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut piece = String::with_capacity(text.len() + 1);
        piece.push_str(text);
        if !text.ends_with('\n') {
            piece.push('\n');
        }
        self.whole.places.push(Place {
            from: self.lines + 1,
            file,
            line,
        });
        let lines = piece.bytes().filter(|&c| c == b'\n').count();
        self.lines = self
            .lines
            .saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.octets += piece.len();
        self.pieces.push(Zeroizing::new(piece));
    }

    fn note(&mut self, pattern: &str, why: &str) {
        let text = format!("include {}: {why}", shown(pattern));
        self.whole.notes.push((self.lines, text));
    }

    fn file(&mut self, id: usize, file: usize, text: &str, depth: usize) {
        let (mut begun, mut first, mut at) = (0, 1, 0);
        for (number, line) in (1u32..).zip(text.split_inclusive('\n')) {
            let (start, end) = (at, at + line.len());
            at = end;
            let Some(pattern) = pattern(line) else { continue };
            self.piece(file, first, text.get(begun..start).unwrap_or_default());
            // In place of the `include` itself.
            self.piece(file, number, "\n");
            (begun, first) = (end, number + 1);
            self.include(id, pattern, depth);
        }
        self.piece(file, first, text.get(begun..).unwrap_or_default());
    }

    fn include(&mut self, id: usize, pattern: &str, depth: usize) {
        if depth == 0 {
            return self.note(pattern, "not followed: files include each other too deep");
        }
        let found = (self.resolver)(id, pattern);
        for one in found {
            let text = match one.text {
                Ok(text) => text,
                Err(why) => {
                    self.note(pattern, &why);
                    continue;
                }
            };
            if self.whole.names.len() >= MAX_FILES {
                return self.note(pattern, "not followed: too many files");
            }
            if self.octets + text.len() > MAX_TEXT {
                return self.note(pattern, "not followed: together these files are too large");
            }
            self.whole.names.push(shown(&one.name));
            self.file(one.id, self.whole.names.len(), &text, depth - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, files: &[(&str, &str)]) -> Whole {
        whole(text, &mut |_, pattern| {
            files
                .iter()
                .enumerate()
                .filter(|(_, (name, _))| *name == pattern)
                .map(|(id, (name, text))| Included {
                    id: id + 1,
                    name: (*name).to_owned(),
                    text: Ok(Zeroizing::new((*text).to_owned())),
                })
                .collect()
        })
    }

    #[test]
    fn an_included_file_stands_in_its_place_and_lines_know_their_file() {
        let all = read("a\ninclude x\nb\n", &[("x", "1\n2")]);
        assert_eq!(all.text.as_str(), "a\n\n1\n2\nb\n");
        let places: Vec<_> = all.places.iter().map(|p| (p.from, p.file, p.line)).collect();
        assert_eq!(places, [(1, 0, 1), (2, 0, 2), (3, 1, 1), (5, 0, 3)]);
    }

    #[test]
    fn files_that_include_each_other_end() {
        let all = read("include x\n", &[("x", "a\ninclude x\ninclude x\n")]);
        assert!(all.names.len() <= MAX_FILES);
        assert!(all.notes.iter().any(|(_, text)| text.contains("too")));
    }

    #[test]
    fn only_lines_of_their_own_include() {
        assert_eq!(
            pattern("  include \"conf.d/*.conf\" # all"),
            Some("conf.d/*.conf")
        );
        assert_eq!(pattern("include\tx"), Some("x"));
        assert_eq!(pattern("includes = x"), None);
        assert_eq!(pattern("include = x"), None);
        assert_eq!(pattern("# include x"), None);
        assert!(is_all("# all\n\ninclude conf.d/*.conf\n") && !is_all("include x\nconn y\n"));
    }
}
