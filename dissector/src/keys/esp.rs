//! ESP (RFC 4303), in UDP or not: each packet is decrypted by itself.

use std::net::IpAddr;

use zeroize::Zeroizing;

use super::cipher::{Cipher, Integrity, Named, Sealed};
use super::secret::{Secret, Trust};

/// SPI and sequence number.
const HEADER: usize = 8;
/// Lengths of a cipher's own checksum, if the row does not tell; the longest is the usual one.
const TAGS: [usize; 3] = [16, 12, 8];

/// Which addresses a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) value: u128,
    pub(super) mask: u128,
}

impl Filter {
    pub(super) const ANY: Self = Self { value: 0, mask: 0 };

    fn takes(self, address: IpAddr) -> bool {
        let value = match address {
            IpAddr::V4(address) => address.to_bits().into(),
            IpAddr::V6(address) => address.to_bits(),
        };
        value & self.mask == self.value
    }
}

/// Which SPIs a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpiFilter {
    pub(super) value: u32,
    pub(super) mask: u32,
}

impl SpiFilter {
    /// The only SPI it takes.
    pub(super) fn only(self) -> Option<u32> {
        (self.mask == u32::MAX).then_some(self.value)
    }

    pub(super) fn takes(self, spi: u32) -> bool {
        spi & self.mask == self.value
    }
}

/// A security association, one way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sa {
    pub(super) family_v6: bool,
    pub(super) source: Filter,
    pub(super) destination: Filter,
    pub(super) spi: SpiFilter,
    pub(super) cipher: Named,
    pub(super) key: Secret,
    pub(super) integrity: Integrity,
    pub(super) integrity_key: Secret,
}

impl Sa {
    pub(super) fn takes(&self, source: IpAddr, destination: IpAddr, spi: u32) -> bool {
        source.is_ipv6() == self.family_v6
            && self.spi.takes(spi)
            && self.source.takes(source)
            && self.destination.takes(destination)
    }

    /// The plaintext with padding, its length and the next header; `None` if the lengths do not fit, or the checksum is wrong.
    pub(super) fn open(&self, esp: &[u8]) -> Option<(Trust, Zeroizing<Vec<u8>>)> {
        let cipher = self.cipher.cipher;
        if !cipher.checks_itself() {
            return self.open_vouched(cipher, esp);
        }
        let named = self
            .cipher
            .tag
            .or(Some(self.integrity.length).filter(|&length| length > 0));
        let tags = TAGS
            .into_iter()
            .filter(|&tag| named.is_none_or(|named| named == tag));
        for tag in tags {
            let (_, parts) = Self::parts(cipher, esp, tag)?;
            let sealed = Sealed {
                tag: esp.get(esp.len() - tag..)?,
                ..parts
            };
            let header = esp.get(..HEADER)?;
            let opened = headers(header).find_map(|header| cipher.open(self.key.bytes(), &header, &sealed));
            if let Some(text) = opened {
                return Some((Trust::Verified, text));
            }
        }
        None
    }

    fn open_vouched(&self, cipher: Cipher, esp: &[u8]) -> Option<(Trust, Zeroizing<Vec<u8>>)> {
        let (covered, sealed) = Self::parts(cipher, esp, self.integrity.length)?;
        let checksum = esp.get(covered.len()..)?;
        let key = self.integrity_key.bytes();
        let vouched = self.integrity.hash.filter(|_| !key.is_empty()).map(|hash| {
            let vouches = |tail: &[u8]| hash.vouches(key, [covered, tail], checksum);
            vouches(&[]) || vouches(&HIGH_ORDER)
        });
        if vouched == Some(false) {
            return None;
        }
        let text = cipher.open(self.key.bytes(), &[], &sealed)?;
        let trust = match vouched {
            Some(_) => Trust::Verified,
            None if is_padded(&text) => Trust::Plausible,
            None => Trust::Unknown,
        };
        Some((trust, text))
    }

    /// What a checksum of so many bytes covers; IV and ciphertext in it.
    fn parts(cipher: Cipher, esp: &[u8], checksum: usize) -> Option<(&[u8], Sealed<'_>)> {
        let covered = esp.get(..esp.len().checked_sub(checksum)?)?;
        let (iv, ciphertext) = covered.get(HEADER..)?.split_at_checked(cipher.iv())?;
        let aligned = cipher == Cipher::Null || ciphertext.len() % cipher.block().max(4) == 0;
        let sealed = Sealed {
            iv,
            ciphertext,
            tag: &[],
        };
        (aligned && !ciphertext.is_empty()).then_some((covered, sealed))
    }
}

/// Extended sequence numbers have another half that is not sent; up to four thousand million packets it is zero (RFC 4303 2.2.1).
const HIGH_ORDER: [u8; 4] = [0; 4];

/// What a cipher's own checksum covers beside the message: the header, or with an extended sequence number (RFC 4106 5).
fn headers(header: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let (spi, sequence) = header.split_at(header.len().min(4));
    [header.to_vec(), [spi, &HIGH_ORDER, sequence].concat()].into_iter()
}

/// It ends as RFC 4303 2.4 says: 1, 2, 3 ..., how many these are, and a next header.
fn is_padded(text: &[u8]) -> bool {
    let Some((rest, [length, _])) = text.split_last_chunk::<2>() else {
        return false;
    };
    let padding = rest
        .len()
        .checked_sub(usize::from(*length))
        .and_then(|at| rest.get(at..));
    padding.is_some_and(|padding| padding.iter().zip(1u8..).all(|(byte, n)| *byte == n))
}
