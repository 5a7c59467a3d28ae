//! What every file of the cookbook is written in.

use crate::negotiation::Version;

/// What is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// IKE (phase 1) algorithms.
    IkeProposal,
    /// Child (phase 2) algorithms.
    EspProposal,
    /// The group for perfect forward secrecy.
    Pfs,
    /// Traffic selectors.
    Selectors,
    /// Tunnel or transport mode.
    ChildMode,
    /// Whatever of the data tunnel it is.
    Child,
    /// A connection for this peer.
    Connection,
    /// Pre-shared key.
    PreSharedKey,
    /// Way of authenticating.
    AuthMethod,
    /// Identity a side sends.
    OwnIdentity,
    /// Identity a side expects of the peer.
    PeerIdentity,
    /// Version of IKE.
    IkeVersion,
    /// Main or aggressive mode.
    Mode,
    /// IKE fragmentation.
    Fragmentation,
    /// ESP in UDP without NAT.
    Encapsulation,
    /// The length of SHA2-256's checksum.
    Truncation,
    /// The size of packets in the tunnel.
    Mtu,
    /// Inner addresses for clients.
    Pool,
    /// Selectors for L2TP.
    L2tpSelectors,
}

/// How a product is told to do something.
#[derive(Debug)]
pub(super) struct Advice {
    pub(super) topic: Topic,
    /// Only for this version of IKE.
    pub(super) version: Option<Version>,
    /// The setting, in the product's own words; empty where it is a command alone.
    pub(super) setting: &'static str,
    /// What to type or to choose, whole, where it is the same in every case.
    pub(super) lines: &'static [&'static str],
    /// More about it: a clause, or empty.
    pub(super) note: &'static str,
    /// Where that is documented.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who reads the code"))]
    pub(super) source: &'static str,
}
