//! What comes from outside, handed over to be replaced.
//!
//! Whatever holds facts walks through all of its fields twice: first networks are learned, because an address keeps its place in them,
//! then everything is replaced. A struct lists all its fields there: a new one does not compile until it is said what of it came from
//! outside. Each value has one kind and is replaced whole; nothing is looked for in it.

use std::net::IpAddr;

/// Replaces originals.
pub(crate) trait Redact {
    /// An address.
    fn address(&mut self, a: &mut IpAddr);

    /// A range of addresses; one that is a network stays a network.
    fn range(&mut self, range: &mut (IpAddr, IpAddr));

    /// A UDP or TCP port.
    fn port(&mut self, port: &mut u16);

    /// An SPI of IKE; zero is none.
    fn spi(&mut self, spi: &mut u64);

    /// An SPI of ESP or AH.
    fn data_spi(&mut self, spi: &mut u32);

    /// An identity, a name of a host, a user or a connection, a distinguished name: nothing is meant by its form.
    fn name(&mut self, name: &mut String);

    /// An identity as configurations write it: with its type before it, or as a pattern.
    fn identity(&mut self, identity: &mut String);

    /// Addresses and networks in the notation of a configuration or a log: `10.1.0.0/16[udp/l2f]`, `dynamic`, `%any`; or a
    /// name.
    fn pattern(&mut self, text: &mut String);

    /// A peer's own words: an error text.
    fn words(&mut self, text: &mut Vec<u8>);

    /// The name of a file.
    fn file(&mut self, file: &mut String);
}

/// Marks an identity whose data is not that of its type any more, but a pseudonym: no identity's data begins with it.
pub(in crate::negotiation) const PSEUDONYM: u8 = 0;
