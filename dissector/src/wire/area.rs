//! Bounds for parsers: the bytes of a container, and how many there should be.

use nom::Parser;

/// What is still to be read of a container (datagram, message, payload, proposal ...).
#[derive(Clone, Copy)]
pub(super) struct Area<'a> {
    /// The bytes that were captured.
    pub(super) bytes: &'a [u8],
    /// How many more there should be by the container's own length: the capture ends before the container does.
    pub(super) missing: usize,
}

impl<'a> Area<'a> {
    pub(super) fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, missing: 0 }
    }

    /// Bytes by the container's own length.
    pub(super) fn declared(&self) -> usize {
        self.bytes.len().saturating_add(self.missing)
    }

    /// The same place by another length: bytes beyond it are padding of the layer below, bytes missing were cut.
    pub(super) fn of_length(self, declared: usize) -> Self {
        let (bytes, _) = self.bytes.split_at(declared.min(self.bytes.len()));
        Self {
            bytes,
            missing: declared - bytes.len(),
        }
    }

    /// The capture ends before the container does.
    pub(super) fn is_cut(&self) -> bool {
        self.missing != 0
    }

    /// Reads a fixed part; `None`, and nothing is consumed, if it is not all there.
    #[inline(always)]
    pub(super) fn read<T>(&mut self, mut part: impl Parser<&'a [u8], Output = T, Error = ()>) -> Option<T> {
        let (rest, value) = part.parse(self.bytes).ok()?;
        self.bytes = rest;
        Some(value)
    }

    /// Reads a fixed part of `N` bytes at once, which takes one look at the bounds; `None` as above.
    #[inline(always)]
    pub(super) fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (bytes, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(bytes)
    }

    /// Splits off the next `len` bytes, as far as they were captured. The flag tells whether `len` fits the container;
    /// if it does not, all that is left is taken.
    #[inline(always)]
    pub(super) fn split(&mut self, len: usize) -> (Self, bool) {
        if let Some((bytes, rest)) = self.bytes.split_at_checked(len) {
            self.bytes = rest;
            return (Self::whole(bytes), true);
        }
        let (bytes, rest) = self.bytes.split_at(self.bytes.len());
        let wanted = len - bytes.len();
        let missing = wanted.min(self.missing);
        self.bytes = rest;
        self.missing -= missing;
        (Self { bytes, missing }, wanted == missing)
    }
}
