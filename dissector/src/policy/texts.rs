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

    /// The first ones that stand in this line.
    pub(super) fn find(&self, line: &str) -> Option<&'static (&'static str, T)> {
        let pairs = self
            .pairs
            .get_or_init(|| self.all.iter().map(|(words, _)| Pairs::of(words)).collect());
        let line_s = Pairs::of(line);
        let mut may = self.all.iter().zip(pairs).filter(|(_, own)| own.are_in(&line_s));
        may.find(|((words, _), _)| line.contains(words))
            .map(|(text, _)| text)
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
        assert_eq!(found("a proposal"), Some(2));
        assert_eq!(found("proposa l"), None);
        assert_eq!(found("x"), Some(3));
        assert_eq!(found("café"), Some(4));
        assert_eq!(found(""), None);
    }
}
