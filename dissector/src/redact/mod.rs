//! Facts -> the same facts under pseudonyms, so that a report can be shown to strangers. [`Redactor`] is the one place
//! through which an address, an identity, an SPI or a text of a peer goes; the words are then made from redacted facts, so
//! that nothing of the originals can be in them.
//!
//! * [`address`]: addresses, with their networks;
//! * [`name`]: identities, names of hosts, users, files;
//! * [`words`]: running text, of which only known words stay.
//!
//! Pseudonyms are numbered in order of appearance in the whole capture: the same capture gives the same ones whatever part of
//! it is shown, and there is nothing in them to guess an original from, as there would be in a hash.

mod address;
mod name;
mod words;

use std::collections::HashMap;
use std::net::IpAddr;

use crate::negotiation::redact::Redact;
use address::Addresses;
use name::Names;

/// Pseudonyms for everything that names somebody. What holds such facts walks through it twice: first they are only learned,
/// so that no pseudonym is an original, then they are replaced.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    addresses: Addresses,
    names: Names,
    spis: HashMap<u64, u64>,
    replacing: bool,
}

impl Redact for Redactor {
    fn settle(&mut self) {
        self.addresses.settle();
        self.replacing = true;
    }

    fn address(&mut self, a: &mut IpAddr) {
        if self.replacing {
            *a = self.addresses.address_pseudonym(*a);
        } else {
            self.addresses.learn(*a);
        }
    }

    fn range(&mut self, (first, last): &mut (IpAddr, IpAddr)) {
        match (prefix(*first, *last), self.replacing) {
            (Some(length), false) => self.addresses.learn_network(*first, length),
            (Some(length), true) => {
                *first = self.addresses.network_pseudonym(*first, length);
                *last = self.addresses.network_pseudonym(*last, length);
            }
            (None, false) => {
                self.addresses.learn(*first);
                self.addresses.learn(*last);
            }
            (None, true) => {
                let (a, b) = (
                    self.addresses.address_pseudonym(*first),
                    self.addresses.address_pseudonym(*last),
                );
                (*first, *last) = (a.min(b), a.max(b));
            }
        }
    }

    fn spi(&mut self, spi: &mut u64) {
        /// The first pseudonym; it begins with a letter and has many zeros, as no random SPI does.
        const FIRST: u64 = 0xA000_0000_0000_0001;
        if !self.replacing || *spi == 0 {
            return;
        }
        let next = FIRST + self.spis.len() as u64;
        *spi = *self.spis.entry(*spi).or_insert(next);
    }

    fn name(&mut self, name: &mut String) {
        let redacted = self.named(name);
        if self.replacing {
            *name = redacted;
        }
    }

    fn text(&mut self, text: &mut String) {
        let redacted = words::redact(self, text, false);
        if self.replacing {
            *text = redacted;
        }
    }

    fn pattern(&mut self, text: &mut String) {
        let redacted = words::redact(self, text, true);
        if self.replacing {
            *text = redacted;
        }
    }

    fn file(&mut self, file: &mut String) {
        if self.replacing {
            *file = self.names.file(file);
        } else {
            self.names.learn_file(file);
        }
    }
}

impl Redactor {
    /// Replaces whatever original is left in finished text: a second line, which should find nothing.
    pub(crate) fn scrub(&mut self, text: &str) -> String {
        words::scrub(self, text)
    }

    fn named(&mut self, name: &str) -> String {
        if name.parse::<IpAddr>().is_ok() || name.contains('/') && !name.contains('=') {
            return words::redact(self, name, true);
        }
        if self.replacing {
            self.names.pseudonym(name)
        } else {
            self.names.learn(name);
            String::new()
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
