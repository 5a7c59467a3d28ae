//! Facts -> the same facts under pseudonyms, so that a report can be shown to strangers. [`Redactor`] is the one place
//! through which goes what came from a packet, a file or a log; the words are then made from redacted facts, so
//! that nothing of the originals can be in them.
//!
//! * [`address`]: addresses, with their networks;
//! * [`name`]: identities, names, files and whatever else is one opaque value;
//! * [`pattern`]: addresses and networks as configurations write them.
//!
//! A pseudonym says how many came before it, and of an address whether it is private, its family and the networks around it. It is
//! made of nothing else: captures that differ in private values give the same pseudonyms, and from none of them an original can be
//! guessed, as it could from a hash. What stays is of closed lists: words of configurations that name nobody, IKE's ports, lengths of
//! prefixes.

mod address;
pub(crate) mod name;
mod pattern;

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use crate::negotiation::redact::Redact;
use address::Addresses;
use name::Names;

/// Ports that stay: any (0 and the last one of a range of all), IKE's (RFC 7296 2.23) and L2TP's (RFC 2661 8.1).
const PORTS: [u16; 5] = [0, 500, 1701, 4500, u16::MAX];
/// Pseudonyms of other ports begin here, with those that are nobody's own (RFC 6335 6).
const FIRST_PORT: u16 = 49152;
/// The first pseudonyms of SPIs: they begin with a letter and have many zeros, as no random SPI does.
const FIRST_SPI: u64 = 0xA000_0000_0000_0001;
const FIRST_DATA_SPI: u32 = 0xA000_0001;

/// Values of one kind, by when each came first.
#[derive(Debug)]
struct Numbered<T>(HashMap<T, u32>);

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash> Numbered<T> {
    /// How many others came before it.
    fn of(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(value).or_insert(next)
    }
}

/// Pseudonyms for everything that came from outside, in order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    addresses: Addresses,
    names: Names,
    spis: Numbered<u64>,
    data_spis: Numbered<u32>,
    ports: Numbered<u16>,
    replacing: bool,
}

impl Redactor {
    /// All networks are learned: from now on originals are replaced.
    pub(crate) fn settle(&mut self) {
        self.addresses.settle();
        self.replacing = true;
    }
}

impl Redact for Redactor {
    fn address(&mut self, a: &mut IpAddr) {
        if self.replacing {
            *a = self.addresses.pseudonym(*a);
        }
    }

    fn range(&mut self, (first, last): &mut (IpAddr, IpAddr)) {
        match (prefix(*first, *last), self.replacing) {
            (Some(length), false) => self.addresses.learn(*first, length),
            (Some(length), true) => (*first, *last) = self.addresses.network(*first, length),
            (None, false) => {}
            (None, true) => {
                let (a, b) = (self.addresses.pseudonym(*first), self.addresses.pseudonym(*last));
                (*first, *last) = (a.min(b), a.max(b));
            }
        }
    }

    fn port(&mut self, port: &mut u16) {
        if self.replacing && !PORTS.contains(port) {
            let number = u16::try_from(self.ports.of(*port)).unwrap_or(u16::MAX);
            // Beyond so many all are the same.
            *port = FIRST_PORT.saturating_add(number).min(u16::MAX - 1);
        }
    }

    fn spi(&mut self, spi: &mut u64) {
        if self.replacing && *spi != 0 {
            *spi = FIRST_SPI + u64::from(self.spis.of(*spi));
        }
    }

    fn data_spi(&mut self, spi: &mut u32) {
        if self.replacing {
            *spi = FIRST_DATA_SPI.saturating_add(self.data_spis.of(*spi));
        }
    }

    fn name(&mut self, name: &mut String) {
        if self.replacing && !name.is_empty() {
            *name = self.names.name(name);
        }
    }

    fn identity(&mut self, identity: &mut String) {
        match pattern::address(identity) {
            Some(mut a) => {
                self.address(&mut a);
                if self.replacing {
                    *identity = a.to_string();
                }
            }
            None if self.replacing => *identity = self.names.identity(identity),
            None => {}
        }
    }

    fn pattern(&mut self, text: &mut String) {
        match pattern::replaced(self, text) {
            Some(replaced) if self.replacing => *text = replaced,
            Some(_) => {}
            None => self.identity(text),
        }
    }

    fn words(&mut self, text: &mut Vec<u8>) {
        if self.replacing && !text.is_empty() {
            *text = self.names.text(text).into_bytes();
        }
    }

    fn file(&mut self, file: &mut String) {
        if self.replacing {
            *file = self.names.file(file);
        }
    }
}

/// The prefix length, if the range is a network or one address.
fn prefix(first: IpAddr, last: IpAddr) -> Option<u8> {
    let (a, b, width) = match (first, last) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return None,
    };
    let low = 128 - (a ^ b).leading_zeros();
    let whole = (a ^ b).count_ones() == low && a & (a ^ b) == 0;
    u8::try_from(width - low).ok().filter(|_| whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_private_value_stays_and_equality_stays() {
        let mut by = Redactor::default();
        by.settle();
        let mut ports = [500, 4500, 1701, 0, 65535, 61234, 7, 61234];
        ports.iter_mut().for_each(|port| by.port(port));
        assert_eq!(ports, [500, 4500, 1701, 0, 65535, 49152, 49153, 49152]);
        let mut spis = [0, 7, 9, 7];
        spis.iter_mut().for_each(|spi| by.spi(spi));
        assert_eq!(spis, [0, FIRST_SPI, FIRST_SPI + 1, FIRST_SPI]);
        let mut texts = [&b"no such user alice"[..], b"", b"no such user alice"].map(<[u8]>::to_vec);
        texts.iter_mut().for_each(|text| by.words(text));
        assert_eq!(texts, [&b"text1"[..], b"", b"text1"]);
    }
}
