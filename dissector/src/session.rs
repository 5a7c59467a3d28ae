//! A capture session: packets in, as often as the host likes; answers out.
//!
//! A packet counts once, at its first `push`, by its frame number; frames are pushed in increasing order the first time.
//! Every answer is drawn from stored state, and a negotiation is judged anew only when something new is known about it.

use std::net::IpAddr;
use std::sync::Arc;

pub use crate::diagnosis::Pass;
use crate::diagnosis::words;
use crate::diagnosis::{Case, Finding};
use crate::negotiation::Role;
use crate::negotiation::aggressive::Answer;
use crate::negotiation::intake::{FrameKind, FrameRecord, Tracker};
pub use crate::packet::{Derived, DerivedKind, Packet};
use crate::policy::{self, Policies};
use crate::report::item::Item;
use crate::report::overview::{self, Arrow, Cell};
use crate::report::tally::{self, Count};
use crate::report::tree;
use crate::report::wanted::{Form, Wanted};
use crate::report::writing::{Subject, Telling, Writing};
use crate::verdict::{self, Judgement, Story};

/// Bounds of a session.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The most negotiations that are told apart; later ones are counted, and that is reported.
    pub max_negotiations: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_negotiations: 1_000_000,
        }
    }
}

/// What a judgement was made from; it holds as long as none of this changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    negotiation: u32,
    initiator: u32,
    responder: u32,
    last_frame: u32,
    last_time: i64,
}

/// The most judgements kept, each negotiation in a place of its own among them: a judgement is some kilobytes of text, and is
/// made anew in microseconds.
const MAX_JUDGED: usize = 1024;

/// A judgement that was made, and of which negotiation.
#[derive(Clone, Debug)]
struct Judged {
    stream: u32,
    seen: Seen,
    judgement: Arc<Judgement>,
}

/// A capture session.
#[derive(Debug)]
pub struct Session {
    tracker: Tracker,
    policies: Policies,
    judged: Vec<Option<Judged>>,
    /// The frame of which was found last, while it was read, that it raises nothing.
    silent_at: Option<u32>,
}

/// A host may hand a session to another thread.
const _: fn() = || {
    fn can_move<T: Send>() {}
    can_move::<Session>();
};

/// Where a frame stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// Index of its negotiation.
    pub stream: u32,
    /// Its step: `Main Mode 5 of 6`, `IKE_AUTH request`, `ESP`.
    pub step: String,
    /// Nanoseconds between the request and this answer, at its first copy.
    pub response_time: Option<i64>,
}

impl Session {
    /// An empty session.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            tracker: Tracker::new(options.max_negotiations),
            policies: Policies::default(),
            judged: Vec::new(),
            silent_at: None,
        }
    }

    /// Takes a packet. True if it belongs to a negotiation (then [`Session::items`] has something to draw for it).
    pub fn push(&mut self, packet: &Packet<'_>) -> bool {
        self.tracker.push(packet)
    }

    /// Notes that a frame was captured at this time which the host need not hand over, for nothing in it is of interest: how long
    /// anybody has been silent is measured to the newest frame of the whole capture.
    pub fn clock(&mut self, time: i64) {
        self.tracker.clock(time);
    }

    /// Takes a configuration or a log of a peer, best before the packets: its name as it is to be shown, its text, and the
    /// address it belongs to if the user said so. False if there are too many.
    pub fn import(&mut self, name: &str, text: &str, owner: Option<IpAddr>) -> bool {
        let room = self.policies.room();
        self.take(policy::read_with(
            name,
            text,
            owner,
            room,
            &mut policy::include::Nothing,
        ))
    }

    /// The same with the files it includes, which the host reads when it is asked.
    pub fn import_with(
        &mut self,
        name: &str,
        text: &str,
        owner: Option<IpAddr>,
        host: &mut dyn policy::include::Host,
    ) -> bool {
        let room = self.policies.room();
        self.take(policy::read_with(name, text, owner, room, host))
    }

    fn take(&mut self, policy: policy::Policy) -> bool {
        self.judged.clear();
        self.policies.import(policy)
    }

    /// Tries a candidate for the pre-shared key on each negotiation in Aggressive Mode: a line for each. Nothing of the candidate is
    /// kept or said, and no verdict changes.
    #[must_use]
    pub fn check_psk(&self, candidate: &[u8]) -> String {
        let mut text = String::new();
        for (stream, n) in self.tracker.negotiations().iter().enumerate() {
            if let Some(answer) = n.try_key(candidate) {
                let (i, r) = (n.initiator.address, n.responder.address);
                text.push_str(&format!("Negotiation {stream}, {i} to {r}: "));
                text.push_str(&match answer {
                    Answer::Match(role) => {
                        format!(
                            "match: the {} {} has this key.\n",
                            role.name(),
                            n.peer(role).address
                        )
                    }
                    Answer::Mismatch(role) => {
                        format!(
                            "mismatch: the {} {} has another key.\n",
                            role.name(),
                            n.peer(role).address
                        )
                    }
                    Answer::Unknown(why) => format!("cannot be checked: {why}.\n"),
                });
            }
        }
        if text.is_empty() {
            text.push_str(
                "No negotiation in Aggressive Mode (IKEv1) is in this capture; only there a pre-shared key can be checked.\n",
            );
        }
        text
    }

    /// Notes that a file the user named could not be read, and why.
    pub fn import_failed(&mut self, name: &str, why: &str) -> bool {
        self.take(policy::unreadable(name, why))
    }

    /// The negotiations and frames behind the answers.
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// What the user gave of the peers' configurations and logs.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// What the rules see of a negotiation.
    #[must_use]
    pub fn case(&self, stream: u32) -> Option<Case<'_>> {
        Case::of(&self.tracker, &self.policies, stream)
    }

    /// What became of a negotiation, as far as is known now.
    pub fn judgement(&mut self, stream: u32) -> Option<Arc<Judgement>> {
        self.judge(stream, true)
    }

    /// The same without texts, which cost most of the time.
    pub fn outcome(&mut self, stream: u32) -> Option<Arc<Judgement>> {
        self.judge(stream, false)
    }

    fn judge(&mut self, stream: u32, worded: bool) -> Option<Arc<Judgement>> {
        let case = self.case(stream)?;
        let seen = self.seen(&case);
        if let Some(known) = self.known(stream, seen, worded) {
            return Some(known);
        }
        let judgement = Arc::new(if worded {
            verdict::judge(&case)
        } else {
            verdict::judge_without_words(&case)
        });
        let at = stream as usize % MAX_JUDGED;
        if self.judged.len() <= at {
            self.judged.resize(at + 1, None);
        }
        if let Some(place) = self.judged.get_mut(at) {
            *place = Some(Judged {
                stream,
                seen,
                judgement: Arc::clone(&judgement),
            });
        }
        Some(judgement)
    }

    /// The judgement for who will not ask again: it is not kept. Among a thousand others it would only drive out of the processor's
    /// cache what is at hand.
    fn judge_once(&self, stream: u32) -> Option<Arc<Judgement>> {
        let case = self.case(stream)?;
        let known = self.known(stream, self.seen(&case), true);
        Some(known.unwrap_or_else(|| Arc::new(verdict::judge(&case))))
    }

    /// What a judgement is made from now.
    fn seen(&self, case: &Case<'_>) -> Seen {
        let revision = |role| case.host(role).map_or(0, |host| host.revision);
        Seen {
            negotiation: case.n.news,
            initiator: revision(Role::Initiator),
            responder: revision(Role::Responder),
            last_frame: self.tracker.last_frame(),
            last_time: self.tracker.last_time(),
        }
    }

    /// The judgement that is kept, if it was made from the same.
    fn known(&self, stream: u32, seen: Seen, worded: bool) -> Option<Arc<Judgement>> {
        let before = self.judged(stream)?;
        let holds = before.seen == seen && (before.judgement.worded || !worded);
        holds.then(|| Arc::clone(&before.judgement))
    }

    /// The last judgement on a negotiation, if it is still kept.
    fn judged(&self, stream: u32) -> Option<&Judged> {
        let judged = self.judged.get(stream as usize % MAX_JUDGED)?.as_ref();
        judged.filter(|judged| judged.stream == stream)
    }

    /// The judgement to draw a frame from; without texts, as long as none of them is to be read there.
    fn current(&mut self, record: &FrameRecord, pass: Pass, worded: bool) -> Option<Arc<Judgement>> {
        let stream = record.stream;
        let kept = self.kept(record, pass);
        let silent = match kept {
            Some(judgement) => judgement,
            None => self.outcome(stream)?,
        };
        if !worded || silent.worded {
            return Some(silent);
        }
        let here = |finding: &Finding| finding.frame == record.frame && finding.sayable(pass);
        let read = silent.sayable(&self.case(stream)?, pass).is_some() || silent.notes.iter().any(here);
        if read {
            self.judgement(stream)
        } else {
            Some(silent)
        }
    }

    /// While a capture is read, most frames raise nothing: their negotiation need not be judged to know that.
    fn raises_nothing(&mut self, record: &FrameRecord, pass: Pass) -> bool {
        // What is asked later, when other frames were read, is looked up as it is in later passes. Peers' files are compared word by
        // word, and may make a verdict surer.
        let reads = pass == Pass::First && record.frame == self.tracker.last_frame();
        let Some(case) = (self.case(record.stream)).filter(|case| reads && case.policies.is_empty()) else {
            return false;
        };
        if self.silent_at == Some(record.frame) {
            return true;
        }
        let nothing = case.n.news != record.frame || !verdict::settles_in(&case, record);
        #[cfg(debug_assertions)]
        if nothing {
            let judgement = verdict::judge_without_words(&case);
            let expert = tree::expert_items(&case, record, &judgement, pass);
            debug_assert!(expert.is_empty(), "frame {} decides", record.frame);
        }
        self.silent_at = nothing.then_some(record.frame);
        nothing
    }

    /// While reading, data packets decide nothing new: what they brought was judged at the flow's first packet.
    fn kept(&self, record: &FrameRecord, pass: Pass) -> Option<Arc<Judgement>> {
        let data = matches!(
            record.kind,
            FrameKind::Esp | FrameKind::Keepalive | FrameKind::L2tp
        );
        let judged = self
            .judged(record.stream)
            .filter(|_| data && pass == Pass::First)?;
        let news = self.case(record.stream)?.n.news;
        (judged.seen.negotiation == news).then(|| Arc::clone(&judged.judgement))
    }

    /// The tree of a frame that was pushed; empty if it is not ours.
    pub fn items(&mut self, frame: u32, pass: Pass) -> Vec<Item> {
        let Some(&record) = self.tracker.frame(frame) else {
            return Vec::new();
        };
        let Some(judgement) = self.current(&record, pass, true) else {
            return Vec::new();
        };
        let Some(case) = self.case(record.stream) else {
            return Vec::new();
        };
        tree::draw(&self.tracker, &case, &record, &judgement, pass)
    }

    /// What of [`Session::items`] raises an expert entry, flat and without text: for a host that shows no tree, but counts
    /// expert entries all the same.
    pub fn expert_items(&mut self, frame: u32, pass: Pass) -> Vec<Item> {
        let Some(&record) = self.tracker.frame(frame) else {
            return Vec::new();
        };
        if self.raises_nothing(&record, pass) {
            return Vec::new();
        }
        let Some(judgement) = self.current(&record, pass, false) else {
            return Vec::new();
        };
        (self.case(record.stream)).map_or_else(Vec::new, |case| {
            tree::expert_items(&case, &record, &judgement, pass)
        })
    }

    /// A few words for the packet list, at deciding frames and repetitions: `psk-mismatch`, `retransmission of 5`.
    pub fn info(&mut self, frame: u32, pass: Pass) -> Option<String> {
        let record = *self.tracker.frame(frame)?;
        let judgement = if self.raises_nothing(&record, pass) {
            None
        } else {
            self.current(&record, pass, false)
        };
        let case = self.case(record.stream)?;
        let verdict = judgement
            .and_then(|judgement| Some(judgement.sayable(&case, pass)?.into_owned()))
            .filter(|verdict| verdict.frame == frame)
            .map(|verdict| verdict.rule.id.name().to_owned());
        let repetition = (record.kind == FrameKind::Retransmission)
            .then(|| case.n.event(record.event))
            .flatten()
            .filter(|event| event.frame != frame)
            .map(|event| format!("retransmission of {}", event.frame));
        match (verdict, repetition) {
            (Some(first), Some(second)) => Some(format!("{first}, {second}")),
            (one, other) => one.or(other),
        }
    }

    /// Where a frame stands, without a word about its negotiation.
    #[must_use]
    pub fn whereabouts(&self, frame: u32) -> Option<Whereabouts> {
        let record = self.tracker.frame(frame)?;
        let case = self.case(record.stream)?;
        let response_time = matches!(record.kind, FrameKind::Message | FrameKind::Fragment)
            .then(|| case.n.event(record.event))
            .flatten()
            .filter(|event| event.frame == frame)
            .and_then(|event| words::response_time(&case, event));
        Some(Whereabouts {
            stream: record.stream,
            step: words::place(&case, record),
            response_time,
        })
    }

    /// The rows of the statistics in which a negotiation counts, as far as is known now; none if there is no such one.
    pub fn counts(&mut self, stream: u32) -> Vec<Count> {
        let Some(judgement) = self.judgement(stream) else {
            return Vec::new();
        };
        self.case(stream).map_or_else(Vec::new, |case| {
            tally::counts(&Story {
                case,
                judgement: &judgement,
            })
        })
    }

    /// The cells of a negotiation's row in the table, one for each of [`overview::COLUMNS`], as far as is known now; none if there is no
    /// such one.
    pub fn row(&mut self, stream: u32) -> Option<[Cell; overview::COLUMNS.len()]> {
        let judgement = &self.judgement(stream)?;
        let case = self.case(stream)?;
        Some(overview::row(&self.tracker, &Story { case, judgement }))
    }

    /// The table as text, for a host whose windows show nothing else.
    pub fn table(&mut self) -> String {
        let count = u32::try_from(self.tracker.negotiations().len()).unwrap_or(u32::MAX);
        overview::drawn(count, |stream| self.row(stream))
    }

    /// A frame's arrow in the flow graph; none if it has none.
    pub fn arrow(&mut self, frame: u32, pass: Pass) -> Option<Arrow> {
        let record = *self.tracker.frame(frame)?;
        let judgement = self.current(&record, pass, false)?;
        overview::arrow(&self.case(record.stream)?, &record, &judgement, pass)
    }
}

impl Subject for Session {
    fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    fn policies(&self) -> &Policies {
        &self.policies
    }

    fn judgement(&mut self, stream: u32, again: bool) -> Option<Arc<Judgement>> {
        if again {
            self.judge(stream, true)
        } else {
            self.judge_once(stream)
        }
    }
}

/// Reports.
impl Session {
    /// Begins a report on all packets taken so far, as if the capture ended here. A packet that is taken while it is written may
    /// or may not be in it.
    pub fn begin(&mut self, wanted: &Wanted) -> Writing {
        Writing::begin(self, wanted)
    }

    /// The next piece of a report of this session; `None` after the last one.
    pub fn next_piece(&mut self, writing: &mut Writing) -> Option<String> {
        writing.next_piece(self)
    }

    /// The whole report in one text.
    pub fn write(&mut self, wanted: &Wanted) -> String {
        let mut writing = self.begin(wanted);
        let mut whole = String::new();
        while let Some(piece) = self.next_piece(&mut writing) {
            whole.push_str(&piece);
        }
        whole
    }

    /// A negotiation as the document for scripts has it, as far as is known now: for a capture that goes on. `None` if there is no such
    /// one.
    pub fn tell(&mut self, stream: u32, redact: bool, telling: &mut Telling) -> Option<String> {
        telling.record(self, stream, redact)
    }

    /// The report for people on the whole capture, as plain text.
    pub fn report(&mut self) -> String {
        self.write(&Wanted::default())
    }

    /// The document for scripts (JSON, contract section 4).
    pub fn json(&mut self) -> String {
        self.write(&Wanted {
            form: Form::Json,
            ..Wanted::default()
        })
    }
}
