//! Values drawn by a seed: private values of every shape, for captures, files and logs.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Draws values (SplitMix64); the same seed gives the same ones.
pub struct Random(u64);

impl Random {
    /// Of a name and a number.
    #[must_use]
    pub fn of(name: &str, number: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        (name, number).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// A number.
    #[must_use]
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below this one.
    #[must_use]
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    /// A place in a list of this length; the first in an empty one.
    #[must_use]
    pub fn place(&mut self, length: usize) -> usize {
        self.below(length.max(1) as u64) as usize
    }

    /// So many bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        [(); N].map(|()| self.number() as u8)
    }

    /// The first three bytes of an address in a private network (RFC 1918, RFC 6598).
    #[must_use]
    pub fn private_network(&mut self) -> [u8; 3] {
        let [a, b, c] = self.bytes();
        match a % 4 {
            0 => [10, b, c],
            1 => [172, 16 + b % 16, c],
            2 => [192, 168, c],
            _ => [100, 64 + b % 64, c],
        }
    }

    /// The same of a public one.
    #[must_use]
    pub fn public_network(&mut self) -> [u8; 3] {
        let [_, b, c] = self.bytes();
        // Below 240, without those that are private or name nobody.
        let firsts = [1, 5, 8, 9, 20, 31, 46, 62, 80, 93, 104, 130, 151, 185, 203, 212];
        [firsts[self.below(16) as usize], b, c]
    }

    /// A word of letters and digits that begins with a letter, and of which no program has ever heard.
    #[must_use]
    pub fn name(&mut self) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz";
        let length = 6 + self.below(9);
        let mut name = String::new();
        for at in 0..length {
            name.push(if at % 3 == 2 {
                char::from(b'0' + self.below(10) as u8)
            } else {
                char::from(LETTERS[self.below(20) as usize])
            });
        }
        name
    }

    /// Text of this many bytes, with whatever private values hold.
    #[must_use]
    pub fn sized(&mut self, length: usize) -> String {
        const MIDDLE: &[u8] = b"bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ0123456789=@%/-_.,:+ ";
        let mut text = String::new();
        for at in 0..length {
            // What stands first and last is no blank.
            let all = if at == 0 || at + 1 == length {
                20
            } else {
                MIDDLE.len()
            };
            text.push(char::from(MIDDLE[self.below(all as u64) as usize]));
        }
        text
    }

    /// A private value of any shape.
    #[must_use]
    pub fn shaped(&mut self) -> String {
        let name = self.name();
        let [a, b, c] = self.public_network();
        let number = 1_000_000 + self.below(900_000_000);
        let bytes: [u8; 12] = self.bytes();
        let [d, e, f, g, h, i, ..] = bytes;
        match self.below(16) {
            0 => name,
            1 => format!(
                "{}==",
                self.sized(14)
                    .replace(['=', '@', '%', '-', '_', '.', ',', ':', ' '], "+")
            ),
            2 => format!("CN={name}"),
            3 => format!("C=CH, O={name}, CN=gw {number}"),
            4 => format!("{a}.{b}.{c}.{}", 1 + d % 250),
            5 => format!("{a}-{b}-{c}-{}", 1 + d % 250),
            6 => format!("{a}_{b}_{c}_{}", 1 + d % 250),
            7 => format!("{d:02x}-{e:02x}-{f:02x}-{g:02x}-{h:02x}-{i:02x}"),
            8 => format!("{d:02x}:{e:02x}:{f:02x}:{g:02x}:{h:02x}:{i:02x}"),
            9 => number.to_string(),
            10 => format!("bob={name}@corp.{}", self.name()),
            11 => format!("%{name}"),
            12 => format!("host/{name}/{number}"),
            13 => format!("\u{416}\u{443}\u{43a}{name}\u{4f60}\u{597d}"),
            14 => format!("2a{d:02x}:{e:02x}{f:02x}::{g:02x}{h:02x}"),
            _ => format!("{name}.{}.example", self.name()),
        }
    }

    /// Other letters and digits where there are some.
    #[must_use]
    pub fn like(&mut self, name: &str) -> String {
        name.chars()
            .map(|c| match c {
                '0'..='9' => char::from(b'0' + self.below(10) as u8),
                'a'..='z' => char::from(b'a' + self.below(26) as u8),
                'A'..='Z' => char::from(b'A' + self.below(26) as u8),
                other => other,
            })
            .collect()
    }
}
