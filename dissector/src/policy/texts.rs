//! Words that lines of a log are read for. Most lines have none of them, so all words are looked for at once, in the whole log.

use super::bounds::MAX_LINE;
use super::text::head;
use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, Input, Span, StartKind};
use memchr::{memchr, memchr_iter, memrchr};
use std::sync::OnceLock;

/// Words, each with what they say, and those beside them that are looked at, too.
pub(super) struct Texts<T: 'static> {
    all: &'static [(&'static str, T)],
    beside: fn() -> Vec<&'static str>,
    /// Finds all of them that stand in a line.
    each: OnceLock<Option<AhoCorasick>>,
    /// Finds the next one in a text, many bytes at a time; `None` on processors that cannot.
    next: OnceLock<Option<Searcher>>,
}

impl<T> Texts<T> {
    pub(super) const fn new(all: &'static [(&'static str, T)]) -> Self {
        Self::with(all, Vec::new)
    }

    /// Lines that have only words `beside` are read as well, but these say nothing by themselves.
    pub(super) const fn with(all: &'static [(&'static str, T)], beside: fn() -> Vec<&'static str>) -> Self {
        Self {
            all,
            beside,
            each: OnceLock::new(),
            next: OnceLock::new(),
        }
    }

    fn words(&self) -> impl Iterator<Item = &'static str> {
        let all = self.all.iter().map(|(words, _)| *words);
        all.chain((self.beside)())
    }

    /// `None` only if there are too many words for it: a test of each dialect would fail.
    fn each(&self) -> Option<&AhoCorasick> {
        let build = || {
            AhoCorasick::builder()
                .start_kind(StartKind::Unanchored)
                .build(self.words())
        };
        self.each.get_or_init(|| build().ok()).as_ref()
    }

    fn next(&self) -> Option<&Searcher> {
        // Beyond 64 words the library would not, but here it still takes a third of the time.
        let mut config = packed::Config::new();
        let build = || {
            config
                .heuristic_pattern_limits(false)
                .builder()
                .extend(self.words())
                .build()
        };
        self.next.get_or_init(build).as_ref()
    }

    /// The first ones that stand in this line.
    pub(super) fn find(&self, line: &str) -> Option<&'static (&'static str, T)> {
        let found = self.each()?.find_overlapping_iter(line);
        let first = found.map(|m| m.pattern().as_usize()).min()?;
        self.all.get(first)
    }

    /// Numbered lines, from 1, that have any of all words, each as far as it is read.
    pub(super) fn lines<'a>(&self, text: &'a str) -> impl Iterator<Item = (u32, &'a str)> {
        let (mut number, mut at) = (1, 0);
        std::iter::from_fn(move || {
            let rest = Span::from(at..text.len());
            let found = match self.next() {
                Some(next) => next.find_in(text, rest)?,
                None => self.each()?.find(Input::new(text).span(rest))?,
            };
            let before = text.as_bytes().get(at..found.start())?;
            let begin = memrchr(b'\n', before).map_or(at, |end| at + end + 1);
            let skipped = memchr_iter(b'\n', before).count();
            number += u32::try_from(skipped).unwrap_or(u32::MAX);
            let line = text.get(begin..)?;
            let line = line.get(..memchr(b'\n', line.as_bytes()).unwrap_or(line.len()))?;
            // What follows begins with the end of this line.
            at = begin + line.len();
            let line = line.strip_suffix('\r').unwrap_or(line);
            Some((number, head(line, MAX_LINE)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_line_is_found_and_the_first_one_counts() {
        static TEXTS: Texts<u8> = Texts::new(&[("no proposal", 1), ("proposal", 2), ("x", 3), ("é", 4)]);
        let found = |line| TEXTS.find(line).map(|(_, what)| *what);
        assert_eq!(found("there is no proposal here"), Some(1));
        assert_eq!(found("a proposal, and no proposal"), Some(1));
        assert_eq!(found("a proposal"), Some(2));
        assert_eq!(found("proposa l"), None);
        assert_eq!(found("x"), Some(3));
        assert_eq!(found("café"), Some(4));
        assert_eq!(found(""), None);
    }

    #[test]
    fn lines_that_have_a_word_keep_their_numbers() {
        static TEXTS: Texts<()> = Texts::with(&[("one", ()), ("two", ())], || vec!["beside"]);
        let text = "\n one two one\r\nnone\nbe\nside\n\nbeside\n\ntwo";
        let lines: Vec<_> = TEXTS.lines(text).collect();
        assert_eq!(
            lines,
            [(2, " one two one"), (3, "none"), (7, "beside"), (9, "two")]
        );
        assert!(TEXTS.find("beside").is_none());
        for text in ["", "\n\n", "nothing\n"] {
            assert!(TEXTS.lines(text).next().is_none(), "{text:?}");
        }
        // As on a processor that finds one byte at a time.
        static SLOW: Texts<()> = Texts::with(&[("one", ()), ("two", ())], || vec!["beside"]);
        assert!(SLOW.next.set(None).is_ok());
        assert_eq!(SLOW.lines(text).collect::<Vec<_>>(), lines);
        let long = format!("{}one\none", "é".repeat(MAX_LINE));
        let lengths: Vec<_> = TEXTS
            .lines(&long)
            .map(|(number, line)| (number, line.len()))
            .collect();
        assert_eq!(lengths, [(1, MAX_LINE), (2, 3)]);
    }
}
