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
    /// The L2TP service itself.
    L2tpService,
    /// Ways of logging in by PPP.
    PppLogin,
    /// The size of packets that PPP carries.
    PppMtu,
}

impl Topic {
    /// In lists of settings.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::IkeProposal => "IKE (phase 1) algorithms",
            Self::EspProposal => "ESP (phase 2) algorithms",
            Self::Pfs => "perfect forward secrecy (PFS)",
            Self::Selectors => "traffic selectors",
            Self::ChildMode => "tunnel or transport mode",
            Self::Child => "the data tunnel (phase 2) as a whole",
            Self::Connection => "a connection for the peer",
            Self::PreSharedKey => "pre-shared key",
            Self::AuthMethod => "way of authenticating",
            Self::OwnIdentity => "own identity",
            Self::PeerIdentity => "the peer's identity",
            Self::IkeVersion => "version of IKE",
            Self::Mode => "Main or Aggressive Mode",
            Self::Fragmentation => "IKE fragmentation",
            Self::Encapsulation => "ESP in UDP without NAT",
            Self::Truncation => "length of SHA2-256's checksum",
            Self::Mtu => "size of packets in the tunnel",
            Self::Pool => "inner addresses of clients",
            Self::L2tpSelectors => "IPsec for L2TP",
            Self::L2tpService => "the L2TP service",
            Self::PppLogin => "ways of logging in (PPP)",
            Self::PppMtu => "size of packets in PPP",
        }
    }
}

/// Where a fact about a product is from, and how far it holds.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Source {
    /// The document, the source file, or the published configurations.
    pub(in crate::rules) place: &'static str,
    /// The releases that it is about.
    pub(in crate::rules) releases: &'static str,
}

/// A document, a source file or a schema of the product; or published configurations, which `place` then says.
pub(in crate::rules) const fn document(place: &'static str, releases: &'static str) -> Source {
    Source { place, releases }
}

/// How a fact was verified. What is neither is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verified {
    /// What is typed was typed in the lab, and the tunnel came up (`make advice`, `captures/advice.tsv`).
    Lab,
    /// Its source says so.
    Document,
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
    pub(super) source: Source,
    /// How that was verified.
    pub(super) verified: Verified,
}

/// A topic, and the setting for it.
pub(super) const fn fact(topic: Topic, setting: &'static str, source: Source) -> Advice {
    Advice {
        topic,
        version: None,
        setting,
        lines: &[],
        note: "",
        source,
        verified: Verified::Document,
    }
}

impl Verified {
    /// In lists of settings.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Document => "document",
        }
    }
}

impl Advice {
    /// For this version of IKE alone.
    pub(super) const fn only(mut self, version: Version) -> Self {
        self.version = Some(version);
        self
    }

    /// What to type or to choose is the same in every case.
    pub(super) const fn lines(mut self, lines: &'static [&'static str]) -> Self {
        self.lines = lines;
        self
    }

    /// With a clause about it.
    pub(super) const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// It was done in the lab.
    pub(super) const fn in_lab(mut self) -> Self {
        self.verified = Verified::Lab;
        self
    }
}

/// What a product has no setting for: the change has to be on the other side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixed {
    pub(super) topic: Topic,
    /// The version of IKE for which that holds.
    pub(super) version: Version,
    /// What lists its settings.
    pub(super) source: Source,
}
