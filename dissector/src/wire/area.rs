//! Bounds for parsers: the octets of a container, and how many there should be.

use nom::Parser;

/// What is still to be read of a container (datagram, message, payload, proposal ...).
#[derive(Clone, Copy)]
pub(super) struct Area<'a> {
    /// The octets that were captured.
    pub(super) octets: &'a [u8],
    /// How many more there should be by the container's own length: the capture ends before the container does.
    pub(super) missing: usize,
}

impl<'a> Area<'a> {
    pub(super) fn whole(octets: &'a [u8]) -> Self {
        Self { octets, missing: 0 }
    }

    /// Octets by the container's own length.
    pub(super) fn declared(&self) -> usize {
        self.octets.len().saturating_add(self.missing)
    }

    /// The same place by another length: octets beyond it are padding of the layer below, octets missing were cut.
    pub(super) fn of_length(self, declared: usize) -> Self {
        let (octets, _) = self.octets.split_at(declared.min(self.octets.len()));
        Self {
            octets,
            missing: declared - octets.len(),
        }
    }

    /// The capture ends before the container does.
    pub(super) fn is_cut(&self) -> bool {
        self.missing != 0
    }

    /// Reads a fixed part; `None`, and nothing is consumed, if it is not all there.
    #[inline(always)]
    pub(super) fn read<T>(&mut self, mut part: impl Parser<&'a [u8], Output = T, Error = ()>) -> Option<T> {
        let (rest, value) = part.parse(self.octets).ok()?;
        self.octets = rest;
        Some(value)
    }

    /// Reads a fixed part of `N` octets at once, which takes one look at the bounds; `None` as above.
    #[inline(always)]
    pub(super) fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (octets, rest) = self.octets.split_first_chunk()?;
        self.octets = rest;
        Some(octets)
    }

    /// Splits off the next `len` octets, as far as they were captured. The flag tells whether `len` fits the container;
    /// if it does not, all that is left is taken.
    #[inline(always)]
    pub(super) fn split(&mut self, len: usize) -> (Self, bool) {
        if let Some((octets, rest)) = self.octets.split_at_checked(len) {
            self.octets = rest;
            return (Self::whole(octets), true);
        }
        let (octets, rest) = self.octets.split_at(self.octets.len());
        let wanted = len - octets.len();
        let missing = wanted.min(self.missing);
        self.octets = rest;
        self.missing -= missing;
        (Self { octets, missing }, wanted == missing)
    }
}
