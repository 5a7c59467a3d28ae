//! What a log says: its decisive lines.

use super::algorithm::Proposal;
use super::said::Said;
use super::secret;
use super::stamp::Stamp;
use crate::negotiation::notify;
use crate::negotiation::redact::Redact;
use std::net::IpAddr;

/// What a decisive line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the words say it
pub enum Cause {
    IkeProposal,
    NoConnection,
    Version,
    Mode,
    /// The peer's connection exists, and none of its kind allows this authentication in this mode.
    NotAllowed {
        aggressive: bool,
        /// The daemon says that it found that connection.
        found: bool,
    },
    AuthMethod,
    PskMissing,
    PskDiffers,
    Identity,
    Certificate,
    /// It has no private key for the identity that it proves itself by.
    OwnKey,
    Eap,
    /// The two sides know no common method of EAP.
    EapMethod,
    /// The server that knows the users did not answer.
    Radius,
    Xauth,
    Address,
    ChildProposal,
    Pfs,
    Selectors,
    /// It answered with selectors that have nothing in common with what was asked for.
    Elsewhere,
    Encapsulation,
    Install,
    /// The user or the peer could not be authenticated in PPP, after IPsec was up.
    Login,
    /// PPP ended, for that or another reason.
    Ppp,
    /// The L2TP server refused the tunnel or call.
    L2tp,
    /// The L2TP server did not answer.
    L2tpSilent,
    /// It received this notification: the peer's word, which is encrypted on the wire.
    Received(u16),
    /// It could not decrypt what the peer sent: their keys differ, or it lost its place in the messages.
    Unreadable,
    /// It accepted the peer's proof. Only what is missing after this line says something.
    Authenticated,
}

impl Cause {
    /// Which line counts where several are near: a daemon's own refusal, then what it was told or what followed, then that it went on.
    #[must_use]
    pub fn order(self) -> u8 {
        match self {
            Self::Received(_) | Self::Ppp | Self::Unreadable => 1,
            Self::Authenticated => 2,
            _ => 0,
        }
    }

    /// Who is asked says it of what is asked for; who asks may say it of a renewal by the other side alone.
    pub(super) fn is_of_who_is_asked(self) -> bool {
        matches!(
            self,
            Self::IkeProposal
                | Self::NoConnection
                | Self::Version
                | Self::Mode
                | Self::NotAllowed { .. }
                | Self::ChildProposal
                | Self::Pfs
                | Self::Selectors
                | Self::Encapsulation
        )
    }

    /// It is about L2TP or PPP, after IPsec was up.
    #[must_use]
    pub fn is_inside(self) -> bool {
        matches!(self, Self::Login | Self::Ppp | Self::L2tp | Self::L2tpSilent)
    }

    /// What such a line says, where its own words may not be shown: in brackets, as in any quote what is not quoted.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::IkeProposal => "[no IKE proposal was accepted]",
            Self::NoConnection => "[no connection for this peer]",
            Self::Version => "[this version of IKE is not accepted]",
            Self::Mode => "[this mode is not accepted]",
            Self::NotAllowed { .. } => "[no connection allows this authentication in this mode]",
            Self::AuthMethod => "[this authentication method is not accepted]",
            Self::PskMissing => "[no pre-shared key for this peer]",
            Self::PskDiffers => "[the pre-shared keys differ]",
            Self::Identity => "[this identity is not accepted]",
            Self::Certificate => "[this certificate is not accepted]",
            Self::OwnKey => "[no private key for its own identity]",
            Self::Eap => "[EAP failed]",
            Self::EapMethod => "[no common EAP method]",
            Self::Radius => "[the RADIUS server did not answer]",
            Self::Xauth => "[XAUTH failed]",
            Self::Address => "[no address to assign]",
            Self::ChildProposal => "[no proposal for the data tunnel was accepted]",
            Self::Pfs => "[the group for perfect forward secrecy is not accepted]",
            Self::Selectors => "[these traffic selectors are not accepted]",
            Self::Elsewhere => "[the answer has other traffic selectors]",
            Self::Encapsulation => "[tunnel or transport mode is not accepted]",
            Self::Install => "[the data tunnel could not be installed]",
            Self::Login => "[the login was refused]",
            Self::Ppp => "[PPP ended]",
            Self::L2tp => "[L2TP was refused]",
            Self::L2tpSilent => "[L2TP was not answered]",
            Self::Received(notify::NO_PROPOSAL_CHOSEN) => "[received NO_PROPOSAL_CHOSEN]",
            Self::Received(notify::TS_UNACCEPTABLE) => "[received TS_UNACCEPTABLE]",
            Self::Received(notify::V1_INVALID_ID_INFORMATION) => "[received INVALID_ID_INFORMATION]",
            Self::Received(notify::INTERNAL_ADDRESS_FAILURE) => "[received INTERNAL_ADDRESS_FAILURE]",
            Self::Received(_) => "[received an error]",
            Self::Authenticated => "[the peer's proof was accepted]",
            Self::Unreadable => "[what the peer sent could not be decrypted]",
        }
    }

    /// A notification about a data tunnel that a daemon says it received. Others stand in clear on the wire or name no cause.
    pub(super) fn received(name: &str) -> Option<Self> {
        Some(Self::Received(match name {
            "NO_PROPOSAL_CHOSEN" => notify::NO_PROPOSAL_CHOSEN,
            "TS_UNACCEPTABLE" => notify::TS_UNACCEPTABLE,
            "INVALID_ID_INFORMATION" => notify::V1_INVALID_ID_INFORMATION,
            "INTERNAL_ADDRESS_FAILURE" => notify::INTERNAL_ADDRESS_FAILURE,
            _ => return None,
        }))
    }
}

/// One decisive line.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Line, from 1.
    pub line: u32,
    /// When, if the log has times.
    pub time: Option<Stamp>,
    /// Of a line without a time in a log that has times: that of the last line before it that has one.
    pub(super) after: Option<Stamp>,
    /// Of whom.
    pub peer: Option<IpAddr>,
    /// Of which IKE SA: the initiator's SPI.
    pub spi: Option<u64>,
    /// Of which message that was received: its message ID.
    pub message: Option<u32>,
    /// What it says.
    pub cause: Cause,
    /// The line, shortened and escaped.
    pub text: String,
    /// What the peer had offered, where the log says so.
    pub received: Vec<Proposal>,
    /// What is allowed here, where the log says so.
    pub allowed: Vec<Proposal>,
    /// The selectors that were asked for, own first, where the log says so; [`Cause::Elsewhere`]: asked for and answered.
    pub selectors: Vec<String>,
    /// What differs, where the log says so: names of attributes.
    pub differs: Vec<&'static str>,
    /// The same with the values of both sides and their lines, if the log has them.
    pub detail: Vec<Said>,
    /// Of L2TP and PPP: the peer ended it.
    pub by_peer: bool,
    /// Of L2TP: it is about a call, not about the tunnel.
    pub call: bool,
    /// Diffie-Hellman groups that are not supported here, where the log says so.
    pub refused_groups: Vec<u16>,
    /// What else the product says with the same words.
    pub also: &'static [Cause],
}

impl Entry {
    /// This line says that, and nothing more is known yet.
    pub(super) fn new(line: u32, text: &str, cause: Cause) -> Self {
        Self {
            line,
            time: Stamp::of(text),
            after: None,
            peer: None,
            spi: None,
            message: None,
            cause,
            text: secret::cleaned(text),
            received: Vec::new(),
            allowed: Vec::new(),
            selectors: Vec::new(),
            differs: Vec::new(),
            detail: Vec::new(),
            by_peer: false,
            call: false,
            refused_groups: Vec::new(),
            also: &[],
        }
    }

    /// By its time, or by that of a line before it, it may be of this day.
    pub(crate) fn is_of_the_day(&self, nanoseconds: i64) -> bool {
        let stamp = self.time.or(self.after);
        stamp.is_none_or(|stamp| stamp.is_unset() || stamp.meets(nanoseconds).is_some())
    }

    /// It says the same of what was refused as another line.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        let what = |e: &Self| (e.cause, e.by_peer, e.call);
        what(self) == what(other)
            && self.received == other.received
            && self.allowed == other.allowed
            && self.selectors == other.selectors
            && self.differs == other.differs
            && self.refused_groups == other.refused_groups
    }

    /// Puts pseudonyms for what came from outside. Of the line itself only what was recognised is left.
    pub(super) fn redact(&mut self, d: &mut dyn Redact) {
        let Self {
            peer,
            spi,
            text,
            detail,
            selectors,
            cause,
            // What follows stays: it is of closed lists, or only tells to which packet the line belongs.
            line: _,
            time: _,
            after: _,
            message: _,
            differs: _,
            received: _,
            allowed: _,
            by_peer: _,
            call: _,
            refused_groups: _,
            also: _,
        } = self;
        if let Some(peer) = peer {
            d.address(peer);
        }
        if let Some(spi) = spi {
            d.spi(spi);
        }
        cause.words().clone_into(text);
        for said in detail {
            said.redact(d);
        }
        for selector in selectors {
            d.pattern(selector);
        }
    }
}
