//! What a rule sees: the facts of one negotiation, and what the whole capture teaches about its peers.

use std::sync::Arc;

use crate::negotiation::intake::Tracker;
use crate::negotiation::knowledge::{Beside, Host, Knowledge};
use crate::negotiation::standing::Standing;
use crate::negotiation::{Event, Negotiation, Role, Vantage};
use crate::policy::{Kind, Policies};
use crate::wire::moment::Moment;
use crate::wire::vendor::Product;

/// What a rule sees.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The negotiation.
    pub n: &'a Negotiation,
    /// What the capture teaches.
    pub knowledge: &'a Knowledge,
    /// What the user gave of the peers' configurations and logs.
    pub policies: &'a Policies,
    /// All negotiations, for [`Case::siblings`].
    pub(crate) tracker: &'a Tracker,
    /// Time of the last packet of the capture so far, nanoseconds.
    pub end: i64,
    /// Files count whose side is a guess.
    pub(crate) guesses: bool,
    /// What each side is configured by, as a file that was given shows; the initiator's first.
    pub(crate) configured: [Option<Configured>; 2],
    /// The frame that decides, for the words about it.
    pub(crate) decided: Option<u32>,
    /// Where it stands, for whoever asks many rules: it takes a walk through all messages.
    standing: Option<Standing<'a>>,
}

/// What a side is configured by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Configured {
    /// The format of its configuration, where one was given; a log alone shows none.
    pub(crate) kind: Option<Kind>,
    /// Whose format it is, as far as the file shows.
    pub(crate) product: Option<Product>,
}

impl<'a> Case<'a> {
    /// The case of a negotiation, by its number.
    #[must_use]
    pub fn of(tracker: &'a Tracker, policies: &'a Policies, stream: u32) -> Option<Self> {
        Self::with(tracker, tracker.knowledge(), policies, stream)
    }

    /// The same of a redacted report, which shares what the whole capture teaches: no address is told there.
    pub(crate) fn with(
        tracker: &'a Tracker,
        knowledge: &'a Knowledge,
        policies: &'a Policies,
        stream: u32,
    ) -> Option<Self> {
        Some(Self {
            n: tracker.negotiation(stream)?,
            knowledge,
            policies,
            tracker,
            end: tracker.last_time(),
            guesses: false,
            configured: [None; 2],
            decided: None,
            standing: None,
        })
    }

    /// Where it is, who has to speak, and how long nobody did.
    #[must_use]
    pub fn standing(&self) -> Standing<'a> {
        self.standing
            .unwrap_or_else(|| Standing::of(self.tracker, self.n))
    }

    /// The same, where that is known at once.
    pub(crate) fn with_standing(&self) -> Self {
        Self {
            standing: Some(self.standing()),
            ..*self
        }
    }

    /// Other negotiations between the same two addresses, earlier ones first.
    pub fn siblings(&self) -> impl DoubleEndedIterator<Item = &'a Negotiation> {
        self.tracker.siblings(self.n).filter(|n| n.is_ike())
    }

    /// Negotiations of the same two ends that began later, in order.
    pub fn later(&self) -> impl Iterator<Item = &'a Negotiation> {
        let own = self.n;
        let later = self.siblings().filter(|m| m.stream > own.stream);
        later.filter(|m| m.is_of_the_ends_of(own))
    }

    /// The responder sends the initiator on, and those it is sent to send it back here: a circle.
    #[must_use]
    pub(crate) fn redirected_in_a_circle(&self) -> bool {
        /// Initiators follow five redirections in a row, and no more (RFC 5685 10).
        const MOST: usize = 5;
        let to = |n: &Negotiation| n.redirect.and_then(|redirect| redirect.to);
        let (from, own) = (self.n.initiator.address, self.n.responder.address);
        let mut next = to(self.n);
        for _ in 0..MOST {
            let Some(at) = next else { return false };
            if at == own {
                return true;
            }
            next = self.tracker.newest_between(from, at).and_then(to);
        }
        false
    }

    /// The negotiation whose IKE SA this one renews.
    #[must_use]
    pub fn continues(&self) -> Option<u32> {
        self.tracker.continues(self.n)
    }

    /// The initiator's offer beside what the capture shows elsewhere that the responder accepts.
    pub(crate) fn beside(&self) -> Option<Arc<Beside>> {
        let Negotiation { version, stream, .. } = *self.n;
        self.knowledge
            .beside(self.n.offer()?, self.n.responder.host, version, stream)
    }

    /// The same with files whose side is a guess.
    pub(crate) fn guessing(&self) -> Self {
        Self {
            guesses: true,
            ..*self
        }
    }

    /// The same for words about what is decided in this frame.
    pub(crate) fn decided_in(&self, frame: u32) -> Self {
        Self {
            decided: Some(frame),
            ..*self
        }
    }

    /// A time of the capture as it is shown: all of it has moved where it was redacted.
    #[must_use]
    pub fn moment(&self, time: i64) -> Moment {
        Moment::of(time.saturating_add(self.tracker.moved_by()))
    }

    /// The capture was taken beside this side: what stands in it and was sent to it did arrive there. What this side does not send is
    /// its own decision, and no filter's.
    #[must_use]
    pub fn arrives_at(&self, side: Role) -> bool {
        self.n.vantage() == Vantage::beside(side)
    }

    /// Seconds from the last copy of a message to the end of the capture.
    #[must_use]
    pub fn quiet_after(&self, event: &Event) -> f64 {
        seconds(self.end.saturating_sub(event.last_time()))
    }

    /// What is known of a side's address from the whole capture.
    #[must_use]
    pub fn host(&self, role: Role) -> Option<&Host> {
        self.knowledge.host(self.n.peer(role).host)
    }

    /// A side's product: by its Vendor ID here, or in another negotiation of the capture; else by its file.
    #[must_use]
    pub fn product(&self, role: Role) -> Option<Product> {
        let shown = self.n.peer(role).product.or_else(|| self.host(role)?.product);
        shown.or_else(|| self.configured(role)?.product)
    }

    /// What a side is configured by, where a file shows it.
    pub(crate) fn configured(&self, role: Role) -> Option<Configured> {
        let [initiator, responder] = self.configured;
        match role {
            Role::Initiator => initiator,
            Role::Responder => responder,
        }
    }

    /// Nobody can wait for an answer that long: the message was repeated, or the capture went on for five seconds.
    #[must_use]
    pub fn given_up(&self, event: &Event) -> bool {
        event.repeat_count() > 0 || self.quiet_after(event) >= 5.0
    }
}

/// Nanoseconds in seconds.
#[must_use]
pub fn seconds(nanoseconds: i64) -> f64 {
    // Captures last years at most: far below the 52 bits a double keeps.
    #[allow(clippy::cast_precision_loss)]
    let n = nanoseconds as f64;
    n / 1e9
}
