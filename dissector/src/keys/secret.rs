//! A key, and how far what it makes is to be trusted.

use std::fmt;

use zeroize::Zeroizing;

/// A key. It is wiped when it is dropped, and not shown.
#[derive(PartialEq, Eq)]
pub(super) struct Secret(pub(super) Zeroizing<Vec<u8>>);

impl Secret {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How far a plaintext is to be trusted, the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// A checksum says that the key, or the message, is another.
    Refuted,
    /// Nothing is said.
    Unknown,
    /// It looks as such a plaintext does.
    Plausible,
    /// A checksum says so.
    Verified,
}
