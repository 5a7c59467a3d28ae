//! What is known of the negotiations while a capture runs, and what of it was told.

use std::time::{Duration, Instant};

use ikewhy::diagnosis::{Pass, RuleId};
use ikewhy::keys::{Decryptor, Plaintext};
use ikewhy::report::writing::Telling;
use ikewhy::session::{self, Session};

use super::source::Owned;
use crate::arguments::Input;
use crate::reading;

/// So many negotiations are looked at in a tick at most, one after another.
const LOOKED_AT: u32 = 256;

/// Something to be told.
pub(super) struct Told {
    /// It may still change.
    pub(super) provisional: bool,
    /// The negotiation, as the document for scripts has it.
    pub(super) record: String,
}

/// What was told last of a negotiation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Before {
    #[default]
    Nothing,
    Provisional(RuleId),
    Decided(RuleId),
}

/// The negotiations of a capture that runs.
pub(super) struct Watch {
    session: Session,
    decryptor: Option<Decryptor>,
    redact: bool,
    telling: Telling,
    before: Vec<Before>,
    /// The newest packet: when it was captured, and when it came here.
    newest: Option<(i64, Instant)>,
    /// Where the next tick goes on.
    next: u32,
    has_failed: bool,
}

impl Watch {
    pub(super) fn new(input: &Input) -> Self {
        let beside = reading::beside(input);
        Self {
            session: beside.session(None),
            decryptor: beside.decryptor(),
            redact: input.redact,
            telling: Telling::default(),
            before: Vec::new(),
            newest: None,
            next: 0,
            has_failed: false,
        }
    }

    /// Takes a packet; tells what it decides.
    pub(super) fn push(&mut self, packet: &Owned) -> Option<Told> {
        packet.with(|packet| self.take(packet))
    }

    fn take(&mut self, packet: &session::Packet<'_>) -> Option<Told> {
        let newest = self.newest.map_or(i64::MIN, |(time, _)| time);
        self.newest = Some((newest.max(packet.time), Instant::now()));
        let made = self.decryptor.as_mut().map(|keys| keys.decrypt(packet));
        let mut derived = packet.derived.to_vec();
        derived.extend(made.iter().flatten().map(Plaintext::derived));
        let is_ours = self.session.push(&session::Packet {
            derived: &derived,
            ..*packet
        });
        if !is_ours {
            return None;
        }
        let stream = self.session.tracker().frame(packet.frame)?.stream;
        // Most frames decide nothing, and the engine knows that without a judgement.
        self.session.info(packet.frame, Pass::First)?;
        self.look_at(stream)
    }

    /// Time goes on although nothing comes: tells what became of some of the negotiations meanwhile.
    pub(super) fn tick(&mut self) -> Vec<Told> {
        if let Some((time, came)) = self.newest {
            self.session
                .clock(time.saturating_add(nanoseconds(came.elapsed())));
        }
        let count = self.count();
        let mut told = Vec::new();
        for _ in 0..LOOKED_AT.min(count) {
            self.next = (self.next + 1) % count;
            told.extend(self.look_at(self.next));
        }
        told
    }

    fn count(&self) -> u32 {
        u32::try_from(self.session.tracker().negotiations().len()).unwrap_or(u32::MAX)
    }

    fn look_at(&mut self, stream: u32) -> Option<Told> {
        let judgement = self.session.outcome(stream)?;
        let decided = {
            let case = self.session.case(stream)?;
            judgement
                .sayable(&case, Pass::First)
                .map(|verdict| verdict.rule.id)
        };
        let now = match (decided, &judgement.decided) {
            (Some(id), _) => Before::Decided(id),
            (None, Some(verdict)) => Before::Provisional(verdict.rule.id),
            (None, None) => return None,
        };
        self.tell(stream, now)
    }

    /// Tells how a negotiation stands at the end; none if there is no such one.
    pub(super) fn end(&mut self, stream: u32) -> Option<Option<Told>> {
        let judgement = self.session.outcome(stream)?;
        let case = self.session.case(stream)?;
        let verdict = judgement.verdict(&case).into_owned();
        self.has_failed |= verdict.rule.class.state() == "failed";
        Some(self.tell(stream, Before::Decided(verdict.rule.id)))
    }

    pub(super) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// Tells it, if it is news: what is decided is not taken back by what is provisional, and not told again.
    fn tell(&mut self, stream: u32, now: Before) -> Option<Told> {
        let at = usize::try_from(stream).ok()?;
        if self.before.len() <= at {
            self.before.resize(at + 1, Before::Nothing);
        }
        let before = self.before.get_mut(at)?;
        if *before == now || matches!((*before, now), (Before::Decided(a), Before::Provisional(b)) if a == b)
        {
            return None;
        }
        *before = now;
        let record = self.session.tell(stream, self.redact, &mut self.telling)?;
        Some(Told {
            provisional: matches!(now, Before::Provisional(_)),
            record,
        })
    }
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
