//! What names somebody, handed over to be replaced.
//!
//! Whatever holds facts walks through all of its fields twice: first the originals are only learned, so that no pseudonym is one of
//! them, then they are replaced. A struct lists all its fields there: a new one does not compile until it is said what of it names
//! somebody.

use std::net::IpAddr;

/// Learns originals, then replaces them.
pub(crate) trait Redact {
    /// All originals are learned: from now on they are replaced.
    fn settle(&mut self);

    /// An address.
    fn address(&mut self, a: &mut IpAddr);

    /// A range of addresses; one that is a network stays a network.
    fn range(&mut self, range: &mut (IpAddr, IpAddr));

    /// An SPI of IKE; zero is none.
    fn spi(&mut self, spi: &mut u64);

    /// An identity, a name of a host or user, a distinguished name, or a pattern of such.
    fn name(&mut self, name: &mut String);

    /// Text of a peer: of a log, a configuration, an error message.
    fn text(&mut self, text: &mut String);

    /// Addresses and networks in the notation of a configuration or a log: `10.1.0.0/16[udp/l2f]`, `dynamic`, `%any`.
    fn pattern(&mut self, text: &mut String);

    /// The name of a file.
    fn file(&mut self, file: &mut String);
}
