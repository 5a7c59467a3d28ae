//! Files that a configuration includes: which ones are wanted is said here, the host reads them.
//!
//! `include PATTERN` on a line of its own, as strongSwan's, Libreswan's and OpenIKED's configurations have it (strongswan.conf(5),
//! ipsec.conf(5), iked.conf(5)). What is included stands in its place, so a section may be closed in another file than it was
//! opened; each line remembers the file it came from. All copies of text are wiped.

use super::bounds::{MAX_NOTES, MAX_TEXT};
use super::text::{shown, undone};
use crate::policy::said::{Said, Value, said};
use std::collections::HashMap;
use std::rc::Rc;
use zeroize::Zeroizing;

/// How deep files include each other.
const MAX_DEPTH: usize = 8;
/// The most files that one file brings along, and the most of its `include` lines that are followed.
const MAX_FILES: usize = 64;
const MAX_LINES: usize = 256;
/// The most bytes of files that are included again, beside as many as were read once.
const MAX_AGAIN: usize = 64 << 10;

/// Who has the files.
pub trait Host {
    /// The files that the file `by` means by a pattern of its own syntax: the host's own number of each, and its name as it is to
    /// be shown; or why there are none. Equal files have equal numbers; the file that was given is 0.
    fn find(&mut self, by: usize, pattern: &str) -> Vec<Result<(usize, String), String>>;

    /// How many lines of the file that was given stand before the text: of a log that is too long the end is read.
    fn lines_before(&self) -> u32 {
        0
    }

    /// The text of a file that was found, if it has at most so many bytes; or why there is none. Asked once for each file.
    fn text(&mut self, file: usize, most: usize) -> Result<Zeroizing<String>, String>;
}

/// Has no files.
#[derive(Debug)]
pub struct Nothing;

impl Host for Nothing {
    fn find(&mut self, _: usize, _: &str) -> Vec<Result<(usize, String), String>> {
        vec![Err("give that file too if it matters".to_owned())]
    }

    fn text(&mut self, _: usize, _: usize) -> Result<Zeroizing<String>, String> {
        Err(String::new())
    }
}

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
    /// Line of the whole text, and what became of the `include` there; and of how many more.
    pub(super) notes: Vec<(u32, Said)>,
    pub(super) more_notes: usize,
}

/// The pattern of an `include` line.
pub(super) fn pattern(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("include")?;
    let rest = rest.strip_prefix([' ', '\t', '"'])?;
    let end = rest.find('#').unwrap_or(rest.len());
    Some(rest.get(..end)?.trim().trim_matches('"')).filter(|p| !p.is_empty() && !p.contains(['=', '{']))
}

struct Walk<'a> {
    host: &'a mut dyn Host,
    /// Texts that were read, by the host's numbers.
    texts: HashMap<usize, Result<Rc<Zeroizing<String>>, String>>,
    /// Pieces of texts in order, each of whole lines; a break that the text lacks is a piece of its own.
    pieces: Vec<(Rc<Zeroizing<String>>, std::ops::Range<usize>)>,
    /// A line break.
    end: Rc<Zeroizing<String>>,
    lines: u32,
    bytes: usize,
    /// Bytes of files that were read once, and that were included again.
    once: usize,
    again: usize,
    /// How many `include` lines were followed.
    followed: usize,
    whole: Whole,
}

/// The text with everything it includes in its place.
pub(super) fn whole(text: &str, host: &mut dyn Host) -> Whole {
    let mut walk = Walk {
        host,
        texts: HashMap::new(),
        pieces: Vec::new(),
        end: Rc::new(Zeroizing::new("\n".to_owned())),
        lines: 0,
        bytes: 0,
        once: text.len(),
        again: 0,
        followed: 0,
        whole: Whole::default(),
    };
    let own = Rc::new(Zeroizing::new(text.to_owned()));
    walk.texts.insert(0, Ok(Rc::clone(&own)));
    walk.file(0, 0, &own, MAX_DEPTH);
    let Walk {
        pieces,
        bytes,
        mut whole,
        ..
    } = walk;
    // Allocated once: a string that grows leaves copies behind.
    let mut all = String::with_capacity(bytes);
    for (text, range) in pieces {
        all.push_str(text.get(range).unwrap_or_default());
    }
    whole.text = Zeroizing::new(all);
    whole
}

impl Walk<'_> {
    fn piece(&mut self, file: usize, line: u32, text: &Rc<Zeroizing<String>>, range: std::ops::Range<usize>) {
        let Some(piece) = text.get(range.clone()).filter(|piece| !piece.is_empty()) else {
            return;
        };
        let from = self.lines + 1;
        let goes_on = |last: &Place| last.file == file && from - last.from == line.wrapping_sub(last.line);
        if !self.whole.places.last().is_some_and(goes_on) {
            self.whole.places.push(Place { from, file, line });
        }
        let lines = piece.bytes().filter(|&c| c == b'\n').count();
        let open = !piece.ends_with('\n');
        let lines = u32::try_from(lines)
            .unwrap_or(u32::MAX)
            .saturating_add(u32::from(open));
        self.lines = self.lines.saturating_add(lines);
        self.bytes += piece.len() + usize::from(open);
        self.pieces.push((Rc::clone(text), range));
        if open {
            self.pieces.push((Rc::clone(&self.end), 0..1));
        }
    }

    fn note(&mut self, pattern: &str, why: impl Into<Value>) {
        if self.whole.notes.len() < MAX_NOTES {
            let text = said!("include {}: {}", pattern, why);
            self.whole.notes.push((self.lines, text));
        } else {
            self.whole.more_notes += 1;
        }
    }

    fn file(&mut self, id: usize, file: usize, text: &Rc<Zeroizing<String>>, depth: usize) {
        let (mut begun, mut first, mut at) = (0, 1, 0);
        for (number, line) in (1u32..).zip(text.split_inclusive('\n')) {
            let (start, end) = (at, at + line.len());
            at = end;
            let Some(pattern) = pattern(line) else { continue };
            self.piece(file, first, text, begun..start);
            // In place of the `include` itself.
            let blank = Rc::clone(&self.end);
            self.piece(file, number, &blank, 0..1);
            (begun, first) = (end, number + 1);
            self.include(id, pattern, depth);
        }
        self.piece(file, first, text, begun..text.len());
    }

    /// Nothing is read before it is known that it may be.
    fn include(&mut self, id: usize, pattern: &str, depth: usize) {
        if depth == 0 {
            return self.note(
                pattern,
                Value::Own("not followed: files include each other too deep"),
            );
        }
        if self.followed >= MAX_LINES || self.whole.names.len() >= MAX_FILES {
            return self.note(pattern, Value::Own("not followed: too many files"));
        }
        self.followed += 1;
        for one in self.host.find(id, pattern) {
            if self.whole.names.len() >= MAX_FILES {
                return self.note(pattern, Value::Own("not followed: too many files"));
            }
            match one.and_then(|(file, name)| Ok((file, name, self.text(file)?))) {
                Ok((file, name, text)) => {
                    self.whole.names.push(shown(&name));
                    self.file(file, self.whole.names.len(), &text, depth - 1);
                }
                Err(why) => self.note(pattern, &why),
            }
        }
    }

    /// The text of a file, read once.
    fn text(&mut self, file: usize) -> Result<Rc<Zeroizing<String>>, String> {
        const TOO_LARGE: &str = "not followed: together these files are too large";
        let left = MAX_TEXT.saturating_sub(self.bytes);
        if let Some(known) = self.texts.get(&file) {
            let text = known.as_ref().map_err(String::clone)?;
            self.again += text.len();
            if text.len() > left || self.again > self.once + MAX_AGAIN {
                return Err(TOO_LARGE.to_owned());
            }
            return Ok(Rc::clone(text));
        }
        let read = self.host.text(file, left);
        let read = read.map(|text| Rc::new(undone(&text).unwrap_or(text)));
        self.once += read.as_ref().map_or(0, |text| text.len());
        self.texts.insert(file, read.clone());
        read.and_then(|text| {
            if text.len() > left {
                Err(TOO_LARGE.to_owned())
            } else {
                Ok(text)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files by names, each with how often it was read.
    struct Files(Vec<(&'static str, String, usize)>);

    impl Host for Files {
        fn find(&mut self, _: usize, pattern: &str) -> Vec<Result<(usize, String), String>> {
            let all = self
                .0
                .iter()
                .enumerate()
                .filter(|(_, (name, ..))| *name == pattern);
            all.map(|(at, (name, ..))| Ok((at + 1, (*name).to_owned())))
                .collect()
        }

        fn text(&mut self, file: usize, _: usize) -> Result<Zeroizing<String>, String> {
            let (_, text, read) = &mut self.0[file - 1];
            *read += 1;
            Ok(Zeroizing::new(text.clone()))
        }
    }

    fn read(text: &str, files: &[(&'static str, &str)]) -> Whole {
        let files = files.iter().map(|(name, text)| (*name, (*text).to_owned(), 0));
        let mut files = Files(files.collect());
        let all = whole(text, &mut files);
        assert!(
            files.0.iter().all(|(.., read)| *read <= 1),
            "each file is read once"
        );
        all
    }

    #[test]
    fn an_included_file_stands_in_its_place_and_lines_know_their_file() {
        let all = read("a\ninclude x\nb\n", &[("x", "1\n2")]);
        assert_eq!(all.text.as_str(), "a\n\n1\n2\nb\n");
        let places: Vec<_> = all.places.iter().map(|p| (p.from, p.file, p.line)).collect();
        assert_eq!(places, [(1, 0, 1), (3, 1, 1), (5, 0, 3)]);
    }

    #[test]
    fn files_that_include_each_other_end() {
        let all = read("include x\n", &[("x", "a\ninclude x\ninclude x\n")]);
        assert!(all.names.len() <= MAX_FILES);
        assert!(all.notes.iter().any(|(_, text)| text.to_string().contains("too")));
    }

    #[test]
    fn a_part_for_many_is_included_often_and_a_large_one_is_not() {
        let text = "include x\n".repeat(2000);
        let small = read(&text, &[("x", "left=%any\n")]);
        assert_eq!(small.names.len(), MAX_FILES);
        let large = "conn y\n".repeat(10_000);
        let all = read(&text, &[("x", &large)]);
        assert!(
            all.text.len() < 4 * (text.len() + large.len()) + MAX_AGAIN,
            "{}",
            all.text.len()
        );
        assert_eq!(all.notes.len() + all.more_notes, 2000 - all.names.len());
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
    }
}
