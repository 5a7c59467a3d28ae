//! Words that state a cause, looked for in each line of a log: most lines have none of them, which their pairs of letters show.

use std::sync::OnceLock;

/// Which pairs of letters stand in a text, as far as 256 bits tell.
#[derive(Clone, Copy, Default)]
struct Pairs([u64; 4]);

impl Pairs {
    fn of(text: &str) -> Self {
        let mut bits = [0_u64; 4];
        for two in text.as_bytes().windows(2) {
            if let [a, b] = two {
                let pair = a.wrapping_mul(31).wrapping_add(*b);
                if let Some(word) = bits.get_mut(usize::from(pair >> 6)) {
                    *word |= 1 << (pair & 63);
                }
            }
        }
        Self(bits)
    }

    /// All of these are among the others.
    fn are_in(&self, others: &Self) -> bool {
        self.0.iter().zip(&others.0).all(|(own, other)| own & !other == 0)
    }
}

/// Words, each with what they say.
pub(super) struct Texts<T: 'static> {
    all: &'static [(&'static str, T)],
    pairs: OnceLock<Vec<Pairs>>,
}

impl<T> Texts<T> {
    pub(super) const fn new(all: &'static [(&'static str, T)]) -> Self {
        Self {
            all,
            pairs: OnceLock::new(),
        }
    }

    fn pairs(&self) -> &[Pairs] {
        self.pairs
            .get_or_init(|| self.all.iter().map(|(words, _)| Pairs::of(words)).collect())
    }

    /// The first ones that stand in this line.
    pub(super) fn find(&self, line: &str) -> Option<&'static (&'static str, T)> {
        let line_s = Pairs::of(line);
        let mut may = (self.all.iter().zip(self.pairs())).filter(|(_, own)| own.are_in(&line_s));
        may.find(|((words, _), _)| line.contains(words))
            .map(|(text, _)| text)
    }
}

/// Some of these words, or of those, may stand in this line. Most lines of a log have none, and nothing more need be asked of them.
pub(super) fn may_have<T, U>(line: &str, these: &Texts<T>, those: &Texts<U>) -> bool {
    let line_s = Pairs::of(line);
    let all = these.pairs().iter().chain(those.pairs());
    all.into_iter().any(|own| own.are_in(&line_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_has_none_of_all_words_is_told_apart() {
        static THESE: Texts<()> = Texts::new(&[("no proposal chosen", ())]);
        static THOSE: Texts<()> = Texts::new(&[("adding interface ", ())]);
        for line in ["x: no proposal chosen", "adding interface eth0"] {
            assert!(may_have(line, &THESE, &THOSE), "{line}");
        }
        for line in ["", "no", "added connection", "an interface was chosen"] {
            assert!(!may_have(line, &THESE, &THOSE), "{line}");
        }
    }

    #[test]
    fn what_stands_in_a_line_is_found_and_the_first_one_counts() {
        static TEXTS: Texts<u8> = Texts::new(&[("no proposal", 1), ("proposal", 2), ("x", 3), ("é", 4)]);
        let found = |line| TEXTS.find(line).map(|(_, what)| *what);
        assert_eq!(found("there is no proposal here"), Some(1));
        assert_eq!(found("a proposal"), Some(2));
        assert_eq!(found("proposa l"), None);
        assert_eq!(found("x"), Some(3));
        assert_eq!(found("café"), Some(4));
        assert_eq!(found(""), None);
    }
}
