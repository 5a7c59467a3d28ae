//! Standing: where a negotiation is. The one account of it; rules ask it and never work it out again.
//!
//! An explicit state machine walks through the messages once. It knows which message has to follow which (RFC 2409 5, RFC 7296
//! 1.2 to 1.4, draft-dukes-ike-mode-cfg-02, draft-beaulieu-ike-xauth-02), so that it can say at any moment which step is open and
//! who has to speak. What has not been heard is measured against the clock of the whole capture.
//!
//! * [`Standing::ike`] and [`Standing::child`]: how far the IKE SA and its first child SA came;
//! * [`Standing::open`]: the message that waits for the next one of the exchange that leads to the tunnel, or in which the IKE SA
//!   is used; with how often it, and what it answers, was repeated;
//! * [`Standing::unanswered`]: the last request of either side that nothing answered;
//! * [`Standing::heard`]: when a side was last heard, by IKE or by ESP.

use super::facts::auth_answer::{AuthAnswer, auth_answer};
use super::facts::place::{Place, Repeat, Role, Version, exchange, notify};
use super::facts::{Event, Negotiation, Notice, Sent, shape};
use super::intake::Tracker;

/// Which exchange a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// IKEv1 Main Mode: six messages.
    MainMode,
    /// IKEv1 Aggressive Mode: three messages.
    AggressiveMode,
    /// IKEv1 Transaction, XAUTH or mode configuration: two messages.
    Transaction,
    /// IKEv1 Quick Mode: three messages.
    QuickMode,
    /// IKEv1 Informational: one message.
    V1Informational,
    /// IKE_SA_INIT, or IKE_SESSION_RESUME in its place (RFC 5723).
    SaInit,
    /// IKE_INTERMEDIATE (RFC 9242).
    Intermediate,
    /// IKE_AUTH with message ID 1 (after IKE_INTERMEDIATE: the first one).
    FirstAuth,
    /// Further rounds of IKE_AUTH: EAP, or another authentication (RFC 4739).
    LaterAuth,
    /// CREATE_CHILD_SA.
    CreateChild,
    /// INFORMATIONAL of IKEv2.
    Informational,
    /// Any other, by its number: IKEv1 Base and New Group Mode, IKE_FOLLOWUP_KE and what is to come.
    Other(u8),
}

/// A message's place: its exchange, and its position in it from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The exchange.
    pub exchange: Exchange,
    /// From 1. IKEv2: 1 is the request, 2 the response.
    pub position: u8,
}

/// How far the IKE SA came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IkeSa {
    /// The responder has not been heard.
    Asking,
    /// The responder was heard; algorithms and keys are being agreed.
    Negotiating,
    /// There are keys; the sides prove who they are.
    Authenticating,
    /// Both sides have proved who they are.
    Up,
}

/// How far the first child SA came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChildSa {
    /// Nobody has asked for one.
    None,
    /// One was asked for.
    Asked,
    /// One is up, as far as can be seen.
    Up,
}

/// A message after which another one has to come.
#[derive(Clone, Copy, Debug)]
pub struct Open<'a> {
    /// The last message that was said.
    pub message: &'a Event,
    /// Where it stands.
    pub said: Step,
    /// The step that has to follow; `None` where either side may begin one of several.
    pub next: Option<Step>,
    /// Who has to speak.
    pub awaited: Role,
    /// The message that this one answers.
    pub before: Option<&'a Event>,
    /// How often that was sent again after its answer: its sender did not hear the answer, or does not accept it.
    pub asked_again: u32,
    /// Nanoseconds from the first copy of the message to the clock.
    pub since: i64,
    /// Nanoseconds from the last copy of it to the clock.
    pub quiet: i64,
    /// How long its sender may be expected to wait, nanoseconds.
    pub patience: i64,
    /// The initiator began anew after it.
    pub began_anew: bool,
    /// An error in clear of the awaited side after it. Nobody may act on that alone (RFC 7296 2.21.2; RFC 2408 5.1).
    pub error: Option<&'a Notice>,
    /// Answers to the first message of IKEv2 that chose nothing and asked for it again, with a cookie or another group.
    pub rounds: u32,
}

/// Where a negotiation is.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    n: &'a Negotiation,
    tracker: &'a Tracker,
    clock: i64,
    /// The IKE SA.
    pub ike: IkeSa,
    /// Its first child SA.
    pub child: ChildSa,
    /// What waits. Of several, what leads to the tunnel before what comes later.
    pub open: Option<Open<'a>>,
}

/// How long a side goes on waiting where its stack is unknown, nanoseconds. Known schedules are longer only where messages are
/// repeated meanwhile (strongSwan 165 s by sa/task_manager.h; Libreswan 60 s; racoon five times 10 s), and that is seen.
pub const PATIENCE: i64 = 30 * SECOND;
/// The same while a person may be typing a name, a password or a code: XAUTH and EAP on the side of the client. An assumption: people
/// are slower than programs, and a server that gives up earlier says so or begins no more.
const PATIENCE_WITH_PEOPLE: i64 = 60 * SECOND;
/// So many copies, over at least so long, are in vain whatever the stack's patience.
const COPIES: u32 = 3;
/// That long.
pub const COPIES_OVER: i64 = 10 * SECOND;
/// So many are in vain however fast they come: Libreswan sends five within eight seconds (0.5, 1, 2, 4 s apart; ikev2_retransmit.c), and
/// no path that works loses five in a row.
const MANY_COPIES: u32 = 5;
/// So many answers that ask for the first message again are how groups and cookies are agreed on.
const ROUNDS: u32 = 4;
/// So many copies of a message after its answer are no loss any more.
const ASKED_AGAIN: u32 = 2;

/// The shortest message of IKEv2 with a nonce: header, payload header, 16 bytes (RFC 7296 3.9).
const WITH_NONCE: u32 = 28 + 4 + 16;
/// A Delete of an IKE SA of IKEv1: header, DOI, protocol, SPI size, count, and both cookies (RFC 2408 3.15).
const DELETE: u32 = 12 + 16;
/// Who breaks off does it at once; later it may be a sign of life.
const AT_ONCE: i64 = 5 * SECOND;

const SECOND: i64 = 1_000_000_000;

impl Step {
    /// The step of a message.
    #[must_use]
    pub fn of(n: &Negotiation, e: &Event) -> Self {
        use self::exchange as x;
        let exchange = match (n.version, e.exchange) {
            (Version::V1, x::MAIN_MODE) => Exchange::MainMode,
            (Version::V1, x::AGGRESSIVE) => Exchange::AggressiveMode,
            (Version::V1, x::TRANSACTION) => Exchange::Transaction,
            (Version::V1, x::QUICK_MODE) => Exchange::QuickMode,
            (Version::V1, x::V1_INFORMATIONAL) => Exchange::V1Informational,
            (Version::V2, x::IKE_SA_INIT | x::IKE_SESSION_RESUME) => Exchange::SaInit,
            (Version::V2, x::IKE_INTERMEDIATE) => Exchange::Intermediate,
            (Version::V2, x::IKE_AUTH) => match n.step(x::IKE_AUTH, 1) {
                Some(first) if e.message_id > first.message_id => Exchange::LaterAuth,
                Some(_) => Exchange::FirstAuth,
                None if e.message_id > 1 => Exchange::LaterAuth,
                None => Exchange::FirstAuth,
            },
            (Version::V2, x::CREATE_CHILD_SA) => Exchange::CreateChild,
            (Version::V2, x::INFORMATIONAL) => Exchange::Informational,
            (_, number) => Exchange::Other(number),
        };
        Self {
            exchange,
            position: e.position,
        }
    }

    /// This place of this exchange.
    #[must_use]
    pub const fn new(exchange: Exchange, position: u8) -> Self {
        Self { exchange, position }
    }

    /// The next message of the same exchange.
    const fn then(self) -> Self {
        Self {
            position: self.position.saturating_add(1),
            ..self
        }
    }

    /// The sides prove who they are in it.
    #[must_use]
    pub fn authenticates(self) -> bool {
        match self.exchange {
            Exchange::MainMode => self.position >= 5,
            Exchange::AggressiveMode => self.position >= 2,
            Exchange::Transaction | Exchange::FirstAuth | Exchange::LaterAuth => true,
            _ => false,
        }
    }
}

/// What has to follow a message: by whom, and which step if only one can.
type Follows = Option<(Role, Option<Step>)>;

impl<'a> Standing<'a> {
    /// Where a negotiation of a capture is, by the clock of that capture.
    #[must_use]
    pub fn of(tracker: &'a Tracker, n: &'a Negotiation) -> Self {
        let mut standing = Self {
            n,
            tracker,
            clock: tracker.last_time(),
            ike: IkeSa::Asking,
            child: ChildSa::None,
            open: None,
        };
        match n.version {
            Version::V1 => standing.follow_v1(),
            Version::V2 => standing.follow_v2(),
        }
        standing
    }

    /// IKEv1 goes in one line: each message waits for the next one.
    fn follow_v1(&mut self) {
        let n = self.n;
        let line = |e: &&Event| e.exchange != exchange::V1_INFORMATIONAL;
        let (mut last, mut follows): (Option<&Event>, Follows) = (None, None);
        for e in n.events().filter(line) {
            let step = Step::of(n, e);
            if e.from == Role::Responder || n.responder_spi.is_some() && e.position > 1 {
                self.ike = self.ike.max(IkeSa::Negotiating);
            }
            (last, follows) = (Some(e), self.after_v1(e, step));
        }
        if self.data_since_answer() {
            self.ike = IkeSa::Up;
            self.child = ChildSa::Up;
            if last.is_some_and(|e| e.exchange != exchange::QUICK_MODE || e.position != 1) {
                follows = None;
            }
        }
        self.open = last.zip(follows).map(|(e, follows)| self.open_after(e, follows));
    }

    /// What has to follow a message of IKEv1, and what it shows.
    fn after_v1(&mut self, e: &'a Event, step: Step) -> Follows {
        use Exchange as X;
        let (from, other) = (e.from, e.from.other());
        let begins = Step::new(X::QuickMode, 1);
        match (step.exchange, step.position) {
            (X::MainMode, 1..=3) => Some((other, Some(step.then()))),
            (X::MainMode, 4 | 5) => {
                self.ike = self.ike.max(IkeSa::Authenticating);
                Some((other, Some(step.then())))
            }
            (X::AggressiveMode, 1) => Some((other, Some(step.then()))),
            (X::AggressiveMode, 2) => {
                self.ike = self.ike.max(IkeSa::Authenticating);
                Some((other, Some(step.then())))
            }
            (X::MainMode | X::AggressiveMode, _) => {
                if step.exchange == X::AggressiveMode {
                    // The third message is the initiator's proof: what the responder thinks of it shows by what follows.
                    self.ike = self.ike.max(IkeSa::Authenticating);
                } else {
                    self.ike = IkeSa::Up;
                }
                Some(if self.asks_for_a_user() {
                    (Role::Responder, Some(Step::new(X::Transaction, 1)))
                } else {
                    (Role::Initiator, Some(begins))
                })
            }
            (X::Transaction, position) => {
                self.ike = IkeSa::Up;
                if position % 2 == 1 {
                    return Some((other, Some(step.then())));
                }
                // The first exchange of XAUTH asks for name and password; the server tells the result in one more.
                let rounds = self.transactions_before(e);
                if from == Role::Initiator && rounds == 0 {
                    Some((Role::Responder, Some(Step::new(X::Transaction, 1))))
                } else {
                    Some((Role::Initiator, None))
                }
            }
            (X::QuickMode, 1 | 2) => {
                self.ike = IkeSa::Up;
                self.child = self.child.max(ChildSa::Asked);
                Some((other, Some(step.then())))
            }
            (X::QuickMode, _) => {
                // A responder that repeats the second message has not heard the third, and sends nothing through the tunnel.
                let unheard = (Role::Responder, None);
                if self.is_unheard(e, unheard) {
                    return Some(unheard);
                }
                self.child = ChildSa::Up;
                None
            }
            (X::Other(exchange::BASE), 1..=3) => Some((other, Some(step.then()))),
            _ => None,
        }
    }

    /// The agreed method says that XAUTH follows (draft-beaulieu-ike-xauth-02 7.2: 65001 and up).
    fn asks_for_a_user(&self) -> bool {
        self.n.v1_auth_method().is_some_and(|method| method >= 64_221)
    }

    /// Transaction exchanges that were complete before this message.
    fn transactions_before(&self, e: &Event) -> usize {
        let before = |x: &&Event| x.exchange == exchange::TRANSACTION && x.position == 2 && x.frame < e.frame;
        self.n.events().filter(before).count()
    }

    /// IKEv2: the initiator has to go on until the authentication is done; then requests wait for responses.
    fn follow_v2(&mut self) {
        use Exchange as X;
        let n = self.n;
        let mut leads: Option<(&Event, Follows)> = None;
        for e in n.events() {
            let step = Step::of(n, e);
            if e.from == Role::Responder {
                self.ike = self.ike.max(IkeSa::Negotiating);
            }
            // An error in clear is no answer once there are keys: anybody can send it (RFC 7296 2.21.2).
            if step.exchange != X::SaInit && !e.encrypted && self.carries_error(e) {
                continue;
            }
            let follows = match (step.exchange, step.position) {
                (X::SaInit, 1) => Some((Role::Responder, Some(step.then()))),
                (X::SaInit, _) => self.after_sa_init(e),
                (X::Intermediate, 1) => {
                    self.ike = self.ike.max(IkeSa::Authenticating);
                    Some((Role::Responder, Some(step.then())))
                }
                (X::Intermediate, _) => Some((Role::Initiator, None)),
                (X::FirstAuth | X::LaterAuth, 1) => {
                    self.ike = self.ike.max(IkeSa::Authenticating);
                    self.child = self.child.max(ChildSa::Asked);
                    Some((Role::Responder, Some(step.then())))
                }
                (X::FirstAuth | X::LaterAuth, _) => self.after_auth(e),
                (X::CreateChild, _) => {
                    self.ike = IkeSa::Up;
                    continue;
                }
                _ => continue,
            };
            // An answer to an older copy does not turn back what has gone on.
            let older = leads.is_some_and(|(lead, _)| e.message_id < lead.message_id && e.position == 2);
            if !older {
                leads = Some((e, follows));
            }
        }
        if self.data_since_answer() {
            self.ike = IkeSa::Up;
            self.child = ChildSa::Up;
        }
        let lead = leads.and_then(|(e, follows)| Some((e, follows?)));
        self.open = match lead {
            Some((e, follows)) if self.ike < IkeSa::Up => Some(self.open_after(e, follows)),
            _ => {
                // Of both sides' requests the one that has waited longest.
                let [a, b] = [Role::Initiator, Role::Responder].map(|role| self.unanswered(role));
                match (a, b) {
                    (Some(a), Some(b)) => Some(if a.message.time <= b.message.time { a } else { b }),
                    (a, b) => a.or(b),
                }
            }
        };
    }

    /// An error in clear stands in this message.
    fn carries_error(&self, e: &Event) -> bool {
        let errors = self.n.errors(e.from);
        errors.clone().next().is_some() && {
            let number = self.n.number(e);
            errors.clone().any(|x| x.event == number)
        }
    }

    /// What has to follow an IKE_SA_INIT response.
    fn after_sa_init(&mut self, e: &Event) -> Follows {
        let n = self.n;
        let number = n.number(e);
        let mut errors = n.notices.iter().filter(|x| x.event == number);
        if errors.any(|x| x.kind != notify::INVALID_KE_PAYLOAD) {
            return None;
        }
        // An IKE SA that is resumed needs no choice: a nonce is enough (RFC 5723 4.3.2). Without one the ticket is refused, and the initiator
        // begins from the start (4.3.3).
        if e.exchange == exchange::IKE_SESSION_RESUME {
            self.ike = self.ike.max(IkeSa::Authenticating);
            return (e.length >= WITH_NONCE)
                .then_some((Role::Initiator, Some(Step::new(Exchange::FirstAuth, 1))));
        }
        // It goes on elsewhere.
        if n.redirect.is_some_and(|redirect| redirect.place.frame == e.frame) {
            return None;
        }
        if n.selected_place().is_none_or(|place| place.frame != e.frame) {
            // The same request again, with what was asked for: a group, a cookie (RFC 7296 1.2, 2.6).
            return Some((Role::Initiator, Some(Step::new(Exchange::SaInit, 1))));
        }
        if n.responder.sent(Sent::Key) {
            self.ike = self.ike.max(IkeSa::Authenticating);
        }
        Some((Role::Initiator, Some(Step::new(Exchange::FirstAuth, 1))))
    }

    /// What has to follow an IKE_AUTH response.
    fn after_auth(&mut self, e: &'a Event) -> Follows {
        // An initiator that repeats its request has not heard the answer, or does not accept it.
        let unheard = (Role::Initiator, None);
        let answer = auth_answer(self.n, e);
        match answer {
            AuthAnswer::Done | AuthAnswer::Unclear if self.is_unheard(e, unheard) => Some(unheard),
            AuthAnswer::Done => {
                self.ike = IkeSa::Up;
                self.child = ChildSa::Up;
                None
            }
            AuthAnswer::Continues => Some((Role::Initiator, Some(Step::new(Exchange::LaterAuth, 1)))),
            // Nothing has to follow: it may be up.
            AuthAnswer::Unclear => {
                self.child = ChildSa::Up;
                self.ike = IkeSa::Up;
                None
            }
            AuthAnswer::Refused => None,
        }
    }

    /// What this message answers is repeated in vain, and its sender does nothing else.
    fn is_unheard(&self, e: &'a Event, follows: (Role, Option<Step>)) -> bool {
        let open = self.open_after(e, follows);
        let goes_on = self.n.events().any(|x| x.from == follows.0 && x.frame > e.frame);
        let data = (self.n.esp().iter()).any(|f| f.from == follows.0 && f.last.time > e.time);
        open.is_asked_again() && open.in_vain() && !goes_on && !data
    }

    /// ESP of its own: it began, with its first numbers, after somebody had answered what makes keys for it. An older tunnel's
    /// packets between the same peers are not.
    fn data_since_answer(&self) -> bool {
        let n = self.n;
        let answer = match n.version {
            Version::V1 => (n.step(exchange::QUICK_MODE, 2)).or_else(|| n.step(exchange::QUICK_MODE, 1)),
            Version::V2 => n.events().rfind(|e| e.exchange == exchange::IKE_AUTH),
        };
        let own = |role| {
            (n.esp().iter()).any(|f| {
                f.from == role
                    && answer.is_none_or(|a| f.first().time > a.time)
                    && f.first_sequence <= FIRST_PACKETS
            })
        };
        match answer {
            Some(e) if e.position == 2 => own(Role::Initiator) || own(Role::Responder),
            // The answer is missing here; data both ways shows that there was one.
            Some(_) => own(Role::Initiator) && own(Role::Responder),
            None => false,
        }
    }

    /// How often the first message of IKEv2 was asked for again.
    fn rounds(&self, said: Step) -> u32 {
        let n = self.n;
        if said.exchange != Exchange::SaInit || n.selected().is_some() {
            return 0;
        }
        let demands =
            (n.events()).filter(|e| e.from == Role::Responder && Step::of(n, e).exchange == Exchange::SaInit);
        u32::try_from(demands.count()).unwrap_or(u32::MAX)
    }

    /// What is open after a message.
    fn open_after(&self, e: &'a Event, (awaited, next): (Role, Option<Step>)) -> Open<'a> {
        let n = self.n;
        let before = n.answered_by(e);
        let asked_again = before.map_or(0, |request| {
            let kept = u32::try_from(request.repeats().len()).unwrap_or(0);
            let early = request.repeats().iter().filter(|r| r.time <= e.time).count();
            let later = kept.saturating_sub(u32::try_from(early).unwrap_or(0));
            // Copies beyond those that are kept came last.
            later + request.repeat_count().saturating_sub(kept)
        });
        let said = Step::of(n, e);
        let people = awaited == Role::Initiator
            && (said.exchange == Exchange::Transaction && said.position == 1
                || matches!(
                    next,
                    Some(Step {
                        exchange: Exchange::LaterAuth,
                        ..
                    })
                ));
        Open {
            message: e,
            said,
            next,
            awaited,
            before,
            asked_again,
            since: self.clock.saturating_sub(e.time),
            quiet: self.clock.saturating_sub(e.last_time()),
            patience: if people { PATIENCE_WITH_PEOPLE } else { PATIENCE },
            began_anew: self.tracker.began_anew_after(n, e.last_time()),
            error: n.errors(awaited).find(|x| x.time >= e.time),
            rounds: self.rounds(said),
        }
    }

    /// The last request of a side that nothing answered (IKEv2).
    #[must_use]
    pub fn unanswered(&self, from: Role) -> Option<Open<'a>> {
        let n = self.n;
        let request = (n.version == Version::V2)
            .then(|| n.events().rfind(|e| e.from == from && e.position == 1))
            .flatten()?;
        let follows = (from.other(), Some(Step::of(n, request).then()));
        (!request.is_answered()).then(|| self.open_after(request, follows))
    }

    /// When a side was last heard, by IKE or ESP.
    #[must_use]
    pub fn heard(&self, from: Role) -> Option<i64> {
        self.n.heard(from)
    }

    /// Nanoseconds from this time to the clock of the capture.
    #[must_use]
    pub fn since(&self, time: i64) -> i64 {
        self.clock.saturating_sub(time)
    }

    /// A tunnel is up, as far as can be seen.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.child == ChildSa::Up
    }

    /// Both sides were heard: in this capture, or before it began, which the responder's SPI in a message shows.
    #[must_use]
    pub fn both_heard(&self) -> bool {
        self.n.responder.messages > 0 || self.n.responder_spi.is_some()
    }

    /// IKEv1: what is open was broken off. Where the next message had to come, one side sent what has the length of a Delete of
    /// the IKE SA, and nothing came after it. Without keys that is all that can be seen of a Delete (RFC 2408 3.15).
    #[must_use]
    pub fn broken_off(&self) -> Option<(Open<'a>, &'a Event)> {
        let n = self.n;
        let open = self.open.filter(|_| n.version == Version::V1)?;
        let (short, padded) = shape::sizes(n)?.v1_informational(DELETE);
        let mut after =
            (n.events()).filter(|e| e.frame > open.message.frame && e.exchange == exchange::V1_INFORMATIONAL);
        let last = after.next_back().filter(|e| e.encrypted)?;
        let at_once = last.time.saturating_sub(open.message.last_time()) < AT_ONCE;
        // A sign of life is answered, and may have this length, too (RFC 3706 5.1).
        let alone = after.all(|e| e.from == last.from);
        (at_once && alone && [short, padded].contains(&last.length)).then_some((open, last))
    }

    /// The exchange came to this step, and waits for the next one.
    #[must_use]
    pub fn waits_after(&self, said: Step) -> Option<Open<'a>> {
        self.open.filter(|open| open.said == said)
    }

    /// The last message was awaited, or repeated, in vain.
    #[must_use]
    pub fn stopped(&self) -> Option<Open<'a>> {
        self.open.filter(Open::in_vain)
    }
}

/// The numbers of a flow's first packets: a capture may lack some (RFC 4303 3.3.3: senders count from 1).
const FIRST_PACKETS: u32 = 16;

impl Open<'_> {
    /// Silence that is a failure: patience has passed, or there are enough copies over enough time, or the initiator has
    /// begun anew.
    #[must_use]
    pub fn in_vain(&self) -> bool {
        let over = |e: &Event| e.last_time().saturating_sub(e.time) >= COPIES_OVER;
        let repeated = |e: &Event| e.copies() >= COPIES && over(e) || e.copies() >= MANY_COPIES;
        self.since >= self.patience
            || self.goes_round()
            || self.began_anew
            || repeated(self.message)
            || self.is_asked_again() && self.before.is_some_and(repeated)
    }

    /// The first message is asked for again and again. Who gives up soonest does so after three rounds (Libreswan's
    /// MAXIMUM_INVALID_KE_RETRANS; strongSwan's ike_init.c after five).
    #[must_use]
    pub fn goes_round(&self) -> bool {
        self.rounds > ROUNDS
    }

    /// The awaited side repeats what was answered already: it did not hear the answer, or does not accept it.
    #[must_use]
    pub fn is_asked_again(&self) -> bool {
        self.asked_again >= ASKED_AGAIN
    }

    /// The first copy of what was answered that came after its answer.
    #[must_use]
    pub fn first_asked_again(&self) -> Option<Repeat> {
        self.before?.repeated_after(self.message.time)
    }

    /// The awaited side sent nothing after the message, not even a copy of its own last one.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.asked_again == 0 && self.error.is_none()
    }

    /// Where its last copy stands; of one that is asked for again, the last copy of the question.
    #[must_use]
    pub fn place(&self) -> Place {
        match self.before.filter(|_| self.is_asked_again()) {
            Some(before) => before.last_place().max(self.message.last_place()),
            None => self.message.last_place(),
        }
    }
}

/// The initiator asked for no data tunnel in IKE_AUTH, as the responder had allowed it: its request is too short for one (RFC 6023 3).
#[must_use]
pub fn is_childless(n: &Negotiation) -> bool {
    /// Notifications that say what the initiator can do take more room than a tunnel for the least: strongSwan 6.0 sends six.
    const NOTIFICATIONS: u32 = 24;
    let short = |e: &Event| {
        shape::sizes(n)
            .is_some_and(|sizes| sizes.v2_most(e.length) < sizes.v2_least_success() + NOTIFICATIONS)
    };
    let request = || {
        n.find(exchange::IKE_AUTH, 1, Role::Initiator)
            .filter(|e| e.fragments().is_none())
    };
    n.responder.sent(Sent::Childless) && request().is_some_and(short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::made::Made;
    use crate::wire::message::v2 as payload;

    type Seen = (IkeSa, ChildSa, Option<(Role, Option<Step>, bool)>);

    /// IKE SA, child SA, and of what is open: who has to speak, which step, and whether that is in vain.
    fn standing(made: &mut Made) -> Seen {
        let tracker = made.session().tracker();
        let standing = Standing::of(tracker, tracker.negotiations().get(0).unwrap());
        let open = standing.open.map(|o| (o.awaited, o.next, o.in_vain()));
        (standing.ike, standing.child, open)
    }

    /// What is seen after each message, when the capture ends there and when it goes on for a minute.
    fn after_each(count: usize, say: impl Fn(&mut Made, usize)) -> Vec<Seen> {
        (1..=count)
            .map(|messages| {
                let mut made = Made::new();
                for n in 0..messages {
                    say(&mut made, n);
                }
                let now = standing(&mut made);
                made.until(120_000);
                let later = standing(&mut made);
                assert_eq!((now.0, now.1), (later.0, later.1));
                if let (Some(now), Some(later)) = (now.2, later.2) {
                    assert_eq!((now.0, now.1, now.2), (later.0, later.1, false));
                    assert!(later.2, "silence of two minutes is in vain");
                }
                now
            })
            .collect()
    }

    const I: Role = Role::Initiator;
    const R: Role = Role::Responder;

    #[test]
    fn each_message_of_main_and_quick_mode_says_who_speaks_next() {
        use Exchange::{MainMode, QuickMode};
        let seen = after_each(9, |made, n| match n {
            0..=5 => made.main_mode_message(n, (64, 64)),
            _ => made.quick_mode(60 + 10 * i64::try_from(n).unwrap(), n % 2 == 0, (64, 64)),
        });
        let next = |role, exchange, position| Some((role, Some(Step::new(exchange, position)), false));
        let expected = [
            (IkeSa::Asking, ChildSa::None, next(R, MainMode, 2)),
            (IkeSa::Negotiating, ChildSa::None, next(I, MainMode, 3)),
            (IkeSa::Negotiating, ChildSa::None, next(R, MainMode, 4)),
            (IkeSa::Authenticating, ChildSa::None, next(I, MainMode, 5)),
            (IkeSa::Authenticating, ChildSa::None, next(R, MainMode, 6)),
            (IkeSa::Up, ChildSa::None, next(I, QuickMode, 1)),
            (IkeSa::Up, ChildSa::Asked, next(R, QuickMode, 2)),
            (IkeSa::Up, ChildSa::Asked, next(I, QuickMode, 3)),
            (IkeSa::Up, ChildSa::Up, None),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn each_message_of_ikev2_says_who_speaks_next() {
        let seen = after_each(8, Made::ikev2_eap_message);
        use Exchange::{FirstAuth, LaterAuth, SaInit};
        let next = |role, exchange, position| Some((role, Some(Step::new(exchange, position)), false));
        let auth = (IkeSa::Authenticating, ChildSa::Asked);
        let expected = [
            (IkeSa::Asking, ChildSa::None, next(R, SaInit, 2)),
            (IkeSa::Authenticating, ChildSa::None, next(I, FirstAuth, 1)),
            (auth.0, auth.1, next(R, FirstAuth, 2)),
            (auth.0, auth.1, next(I, LaterAuth, 1)),
            (auth.0, auth.1, next(R, LaterAuth, 2)),
            (auth.0, auth.1, next(I, LaterAuth, 1)),
            (auth.0, auth.1, next(R, LaterAuth, 2)),
            (IkeSa::Up, ChildSa::Up, None),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn eap_without_a_certificate_is_no_success_either() {
        // RFC 5998: the responder's first answer holds its identity and EAP, and is as short as one that accepts.
        let mut made = Made::new();
        let auth = exchange::IKE_AUTH;
        made.ikev2_step(0, true, (exchange::IKE_SA_INIT, 0), 0, 0);
        made.ikev2_step(10, false, (exchange::IKE_SA_INIT, 0), 0, 0);
        made.ikev2_step(20, true, (auth, 1), 35, 220);
        made.ikev2_step(30, false, (auth, 1), 36, 120);
        made.ikev2_step(40, true, (auth, 2), payload::EAP, 100);
        let (ike, _, open) = standing(&mut made);
        let next = Some(Step::new(Exchange::LaterAuth, 2));
        assert_eq!((ike, open), (IkeSa::Authenticating, Some((R, next, false))));
        let n = made.session().tracker().negotiations().get(0).unwrap();
        assert_eq!(n.progress(), super::super::Progress::Authenticating);
    }

    #[test]
    fn a_session_that_is_resumed_goes_on_with_ike_auth() {
        // RFC 5723 4.3.2: a ticket and a nonce are answered by a nonce; 4.3.3: or by TICKET_NACK alone.
        let answered = |answer: &[(u8, Vec<u8>)]| {
            let mut made = Made::new();
            let step = |kind, flags| (kind, exchange::IKE_SESSION_RESUME, flags, 0);
            let ask = ikewhy_testkit::packets::payloads(&[(41, vec![0; 104]), (40, vec![5; 32])]);
            made.isakmp(0, true, (64, 63), step(41, 8), &ask);
            let body = ikewhy_testkit::packets::payloads(answer);
            made.isakmp(10, false, (64, 63), step(answer[0].0, 0x20), &body);
            standing(&mut made).2.map(|(role, next, _)| (role, next))
        };
        let next = Some(Step::new(Exchange::FirstAuth, 1));
        assert_eq!(answered(&[(40, vec![5; 32])]), Some((I, next)));
        assert_eq!(answered(&[(41, vec![0, 0, 0x40, 0x1C])]), None);
    }

    #[test]
    fn copies_count_by_their_sender_and_by_the_answer() {
        let mut made = Made::new();
        made.ikev2_step(0, true, (exchange::IKE_SA_INIT, 0), 0, 0);
        made.ikev2_step(10, false, (exchange::IKE_SA_INIT, 0), 0, 0);
        made.again(4000, 1);
        made.again(4010, 2);
        assert!(!standing(&mut made).2.unwrap().2, "one copy is loss");
        made.again(11_200, 1);
        made.again(11_210, 2);
        let tracker = made.session().tracker();
        let open = Standing::of(tracker, tracker.negotiations().get(0).unwrap())
            .open
            .unwrap();
        assert_eq!((open.awaited, open.asked_again, open.message.copies()), (I, 2, 3));
        assert!(open.in_vain() && open.is_asked_again() && !open.is_silent());
        assert_eq!(open.place().frame, 6);
    }
}
