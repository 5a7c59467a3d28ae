//! What crosses between two peers once IKE has spoken: how their ESP packets fare, and L2TP that is seen outside ESP.
//!
//! ESP cannot be read, but it can be watched: which packets are of one size and come in the rhythm of a repetition,
//! which are followed by one of the other side, which are larger than a router said it can forward. The work for a packet
//! is constant and the memory bounded.

use std::net::IpAddr;
use std::sync::LazyLock;

use thin_vec::ThinVec;

use super::place::{MAX_FACTS, Place, Repeat, Role};
use super::selector::L2TP_PORT;
use crate::negotiation::store::bounds::{Kept, Omitted, keep, keep_first_and_last};
use crate::wire::Span;
use crate::wire::l2tp::{Body, LINK_ENDED, LOGIN_REFUSED, Message, NETWORK_UP};

/// One packet of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct Sample {
    /// Its frame.
    pub frame: u32,
    /// Its time, nanoseconds.
    pub time: i64,
    /// Length of the ESP packet in bytes.
    pub length: u32,
}

impl Sample {
    /// Its frame and time.
    #[must_use]
    pub fn at(self) -> Repeat {
        Repeat {
            frame: self.frame,
            time: self.time,
        }
    }
}

/// The most packets of a flow that are kept, from its beginning.
pub const MAX_SAMPLES: usize = 16;

/// How packets of one size class and direction fare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// Packets soon followed by one of the other side.
    pub answered: u32,
    /// Packets followed by another one of the same side after a while, with nothing in between.
    pub unanswered: u32,
    /// Which they were.
    pub lost: Option<Box<Lost>>,
    /// Length of the longest answered one.
    pub longest_answered: u32,
    /// Last answered one, if there is one.
    last_answered: Repeat,
}

/// Packets that nothing answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// First one.
    pub first: Repeat,
    /// Last one.
    pub last: Repeat,
    /// Length of the shortest one.
    pub shortest: u32,
    /// Length of the longest one.
    pub longest: u32,
}

impl Fate {
    /// Last answered packet.
    #[must_use]
    pub fn answered_at(&self) -> Option<Repeat> {
        (self.answered > 0).then_some(self.last_answered)
    }

    fn no_answer_to(&mut self, p: Sample) {
        self.unanswered = self.unanswered.saturating_add(1);
        let at = p.at();
        let lost = self.lost.get_or_insert_with(|| {
            Box::new(Lost {
                first: at,
                last: at,
                shortest: p.length,
                longest: p.length,
            })
        });
        lost.last = at;
        lost.shortest = lost.shortest.min(p.length);
        lost.longest = lost.longest.max(p.length);
    }

    fn answer_to(&mut self, p: Sample) {
        self.answered = self.answered.saturating_add(1);
        self.last_answered = p.at();
        self.longest_answered = self.longest_answered.max(p.length);
    }
}

/// How packets of one length of one side are answered: what asks for an answer and always got one shows when none comes any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habit {
    /// Length of the ESP packet in bytes.
    pub length: u16,
    /// How many of them were soon followed by a packet of the other side.
    pub answered: u16,
    /// How many were not, before the other side was heard again.
    pub unanswered: u16,
    /// How many were not since it was heard last.
    pub in_vain: u16,
}

/// The most lengths of one side whose packets are followed; the first ones.
const MAX_HABITS: usize = 8;

impl Habit {
    /// Nearly all of them were answered, and there were enough to know.
    #[must_use]
    pub fn expects_an_answer(&self) -> bool {
        self.answered >= 4 && self.unanswered <= self.answered / 4
    }
}

/// What becomes of the packets of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Up to [`SMALL`] bytes.
    pub small: Fate,
    rare: Option<Box<Rare>>,
    /// ESP packets, or pieces of them, that came as IP fragments.
    pub fragments: u32,
    /// The last packet.
    last: Sample,
    /// Nothing came back since.
    waits: bool,
    /// No L2TP message that came out of it was seen so far.
    closed: bool,
    /// How packets of each length fare, at most [`MAX_HABITS`].
    pub habits: ThinVec<Habit>,
    /// What waits for an answer, or did; most tunnels never have any.
    in_vain: Option<Box<InVain>>,
}

/// What few tunnels have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rare {
    /// Packets from [`LARGE`] bytes on.
    large: Fate,
    /// What an ICMP error said of the way, and how the sender takes it.
    limit: Option<Limit>,
}

/// Packets that nothing of the other side followed, for longer than it takes to answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct InVain {
    /// The first one since the other side was heard last.
    since: Option<Repeat>,
    /// The longest time, nanoseconds, in which packets waited in vain before the other side was heard again.
    longest: i64,
    /// What is repeated ever more slowly since the other side was heard last.
    backoff: Option<Backoff>,
}

/// Packets of one length, the shortest there are, each after about twice the pause before: a program repeats what nobody
/// acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first one.
    pub first: Repeat,
    /// The last one.
    pub last: Repeat,
    /// How many.
    pub packets: u32,
    /// Length of each in bytes.
    pub length: u32,
    /// The first pause, nanoseconds.
    pub pause: i64,
    last_pause: i64,
}

/// The longest ESP packet around an L2TP message without a body, as HELLO is (RFC 2661 6.5: UDP 8, L2TP 12, one attribute 8; ESP: SPI
/// and sequence 8, initialisation vector 16, padding up to 32, checksum 16). A TCP segment in a tunnel makes a longer one.
const LONGEST_HELLO: u32 = 72;
/// So many packets are a repetition: pauses of 1, 2 and 4 seconds.
const REPEATED: u32 = 4;

/// The smallest link on the way, by an ICMP error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// The longest ESP packet that passes.
    pub bytes: u32,
    /// Longer packets, sent all the same once the error was a second old.
    pub beyond: u32,
    /// The last of them.
    pub beyond_at: Option<Repeat>,
    /// Answered packets since that error that nearly use what passes: the sender has adapted to it.
    pub within: u32,
    since: i64,
}

/// ESP packets up to this length pass every path (RFC 791 3.2: every host takes datagrams of 576).
pub const SMALL: u32 = 548;
/// ESP packets from this length on meet the limits that paths are known to have.
pub const LARGE: u32 = 1000;
/// An answer comes within this time, nanoseconds.
const ANSWER_WITHIN: i64 = 1_000_000_000;
/// A host captures what it decrypts this soon after the ESP packet it came in, nanoseconds.
const DECRYPTED_WITHIN: i64 = 50_000_000;
/// Packets closer than this are one burst: their sender did not wait for an answer in between.
const BURST: i64 = 150_000_000;

/// A pause is about twice the one before (in one unit of time): whoever repeats itself ever more slowly mostly doubles its pauses.
#[must_use]
pub fn doubles(before: f64, pause: f64) -> bool {
    (1.6..=2.6).contains(&(pause / before))
}

static NO_FATE: LazyLock<Fate> = LazyLock::new(Fate::default);

impl Reach {
    /// Packets from [`LARGE`] bytes on.
    #[must_use]
    pub fn large(&self) -> &Fate {
        match &self.rare {
            Some(rare) => &rare.large,
            None => &NO_FATE,
        }
    }

    /// What an ICMP error said of the way, and how the sender takes it.
    #[must_use]
    pub fn limit(&self) -> Option<&Limit> {
        self.rare.as_ref().and_then(|rare| rare.limit.as_ref())
    }

    fn limit_mut(&mut self) -> Option<&mut Limit> {
        self.rare.as_mut().and_then(|rare| rare.limit.as_mut())
    }

    /// This side sent a packet.
    pub(in crate::negotiation) fn sent(&mut self, p: Sample) {
        let before = std::mem::replace(&mut self.last, p);
        let waited = std::mem::replace(&mut self.waits, true);
        self.closed = true;
        if waited && p.length <= LONGEST_HELLO && p.length == before.length {
            self.repeated(before, p);
        }
        if waited && p.time.saturating_sub(before.time) >= BURST {
            if let Some(habit) = self.habit(before.length) {
                habit.in_vain = habit.in_vain.saturating_add(1);
                let in_vain = self.in_vain.get_or_insert_default();
                in_vain.since.get_or_insert(before.at());
            }
            if let Some(fate) = self.class(before.length) {
                fate.no_answer_to(before);
            }
        }
        if let Some(limit) = self.limit_mut()
            && p.length > limit.bytes
            && p.time.saturating_sub(limit.since) >= 1_000_000_000
        {
            limit.beyond = limit.beyond.saturating_add(1);
            limit.beyond_at = Some(p.at());
        }
    }

    /// The first packet that waits in vain since the other side was heard last.
    #[must_use]
    pub fn in_vain_since(&self) -> Option<Repeat> {
        self.in_vain.as_ref().and_then(|in_vain| in_vain.since)
    }

    /// The longest time, nanoseconds, in which packets waited in vain before the other side was heard again.
    #[must_use]
    pub fn longest_wait(&self) -> i64 {
        self.in_vain.as_ref().map_or(0, |in_vain| in_vain.longest)
    }

    /// What this side repeats without an acknowledgment, as L2TP does with HELLO (RFC 2661 5.8): after a second, then after twice as
    /// long each time.
    #[must_use]
    pub fn hello(&self) -> Option<&Backoff> {
        (self.in_vain.as_ref().and_then(|in_vain| in_vain.backoff.as_ref()))
            .filter(|run| run.packets >= REPEATED && (500_000_000..1_600_000_000).contains(&run.pause))
    }

    /// One packet after another of the same length, the other side silent.
    fn repeated(&mut self, before: Sample, p: Sample) {
        let pause = p.time.saturating_sub(before.time);
        let new = Backoff {
            first: before.at(),
            last: p.at(),
            packets: 2,
            length: p.length,
            pause,
            last_pause: pause,
        };
        let backoff = &mut self.in_vain.get_or_insert_default().backoff;
        match backoff {
            None => *backoff = Some(new),
            Some(run) if run.last == before.at() && doubles(run.last_pause as f64, pause as f64) => {
                (run.last, run.last_pause) = (p.at(), pause);
                run.packets = run.packets.saturating_add(1);
            }
            Some(run) if run.packets < REPEATED => *run = new,
            Some(_) => {}
        }
    }

    /// This side sent a packet whose length is not known.
    pub(in crate::negotiation) fn sent_in_fragments(&mut self) {
        self.fragments = self.fragments.saturating_add(1);
        self.waits = false;
    }

    /// The other side sent a packet.
    pub(in crate::negotiation) fn heard(&mut self, time: i64) {
        let w = self.last;
        if let Some(in_vain) = &mut self.in_vain {
            in_vain.backoff = None;
            let waited = (in_vain.since.take()).map_or(0, |since| time.saturating_sub(since.time));
            in_vain.longest = in_vain.longest.max(waited);
            for habit in &mut self.habits {
                habit.unanswered = habit
                    .unanswered
                    .saturating_add(std::mem::take(&mut habit.in_vain));
            }
        }
        if !std::mem::take(&mut self.waits) || time.saturating_sub(w.time) > ANSWER_WITHIN {
            return;
        }
        if let Some(limit) = self.limit_mut()
            && w.time > limit.since
            && w.length > limit.bytes / 3 * 2
            && w.length <= limit.bytes
        {
            limit.within = limit.within.saturating_add(1);
        }
        if let Some(habit) = self.habit(w.length) {
            habit.answered = habit.answered.saturating_add(1);
        }
        if let Some(fate) = self.class(w.length) {
            fate.answer_to(w);
        }
    }

    /// What is known of packets of a length, if there is room for it.
    fn habit(&mut self, length: u32) -> Option<&mut Habit> {
        let length = u16::try_from(length).ok()?;
        let known = self.habits.iter().position(|habit| habit.length == length);
        let at = known.unwrap_or(self.habits.len());
        if at == self.habits.len() && at < MAX_HABITS {
            let new = Habit {
                length,
                ..Habit::default()
            };
            keep(&mut self.habits, new);
        }
        self.habits.get_mut(at)
    }

    /// The host shows an L2TP message of this side: true if it came out of the last packet, just now.
    pub(in crate::negotiation) fn opened(&mut self, time: i64, l2tp: u32) -> bool {
        let found = self.closed
            && time.saturating_sub(self.last.time) <= DECRYPTED_WITHIN
            && holds(self.last.length, l2tp);
        self.closed &= !found;
        found
    }

    /// A router said that it forwards no more than so many bytes.
    pub(in crate::negotiation) fn limited(
        &mut self,
        mtu: u32,
        address: IpAddr,
        encapsulated: bool,
        time: i64,
    ) {
        let ip = if address.is_ipv4() { 20 } else { 40 };
        let udp = if encapsulated { 8 } else { 0 };
        let bytes = mtu.saturating_sub(ip + udp);
        // Routers older than RFC 1191 say zero.
        if mtu >= 68 && self.limit().is_none_or(|before| bytes < before.bytes) {
            let known = self.rare.get_or_insert_default().limit.get_or_insert_default();
            known.bytes = bytes;
            known.since = time;
        }
    }

    fn class(&mut self, length: u32) -> Option<&mut Fate> {
        if length <= SMALL {
            Some(&mut self.small)
        } else if length >= LARGE {
            Some(&mut self.rare.get_or_insert_default().large)
        } else {
            None
        }
    }
}

/// An L2TP message outside ESP, with its copies; or all data messages of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L2tp {
    /// Who sent it.
    pub from: Role,
    /// Source and destination port.
    pub ports: (u16, u16),
    /// What it is.
    pub kind: L2tpKind,
    /// Why a tunnel or call ends: result and error code.
    pub reason: Option<(u16, Option<u16>)>,
    /// The sender's words for it, at most 128 bytes.
    pub text: Vec<u8>,
    /// It came out of ESP: decrypted by Wireshark, or its sender's packet was captured just before and this is what the
    /// host it was captured on made of it. It did not cross the network like this.
    pub decrypted: bool,
    /// First copy.
    pub first: Repeat,
    /// Last copy.
    pub last: Repeat,
    /// Number of copies.
    pub copies: u64,
    /// Bytes of the first copy; none if they are not in the frame itself.
    pub span: Span,
    sequence: u16,
    tunnel: u32,
}

/// What an L2TP message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L2tpKind {
    /// A control message of this type (RFC 2661 3.2).
    Control(u16),
    /// An acknowledgment without content.
    Acknowledgment,
    /// Data: a PPP frame that refuses the user's login.
    LoginRefused,
    /// Data: a PPP frame that ends the link (LCP Terminate-Request, RFC 1661 5.5).
    LinkEnded,
    /// Data: a PPP frame that agrees to the other side's address (Configure-Ack of IPCP, RFC 1332, or IPV6CP, RFC 5072).
    NetworkUp,
    /// Other data.
    Data,
}

impl L2tpKind {
    /// What this message is.
    #[must_use]
    pub fn of(m: &Message<'_>) -> Self {
        match m.body {
            Body::Control { kind: Some(kind), .. } => Self::Control(kind),
            Body::Control { kind: None, .. } => Self::Acknowledgment,
            Body::Data { ppp: Some(ppp) } if LOGIN_REFUSED.contains(&ppp) => Self::LoginRefused,
            Body::Data {
                ppp: Some(LINK_ENDED),
            } => Self::LinkEnded,
            Body::Data { ppp: Some(ppp) } if NETWORK_UP.contains(&ppp) => Self::NetworkUp,
            Body::Data { .. } => Self::Data,
        }
    }
}

impl L2tpKind {
    const OTHERS: [Self; 4] = [Self::Data, Self::LoginRefused, Self::LinkEnded, Self::NetworkUp];

    /// One byte that stands for it: a control message's type, 0 for an acknowledgment, the last ones for data.
    #[must_use]
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Control(kind) => u8::try_from(kind).unwrap_or(u8::MAX),
            Self::Acknowledgment => 0,
            other => (0u8..)
                .zip(Self::OTHERS)
                .find(|(_, o)| *o == other)
                .map_or(u8::MAX, |(at, _)| u8::MAX - at),
        }
    }

    /// What [`Self::number`] stands for.
    #[must_use]
    pub(crate) fn from_number(number: u8) -> Self {
        match (number, Self::OTHERS.get(usize::from(u8::MAX - number))) {
            (0, _) => Self::Acknowledgment,
            (_, Some(other)) => *other,
            (kind, None) => Self::Control(kind.into()),
        }
    }
}

impl L2tp {
    /// Where the first copy stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            frame: self.first.frame,
            span: (self.span.len > 0).then_some(self.span),
        }
    }

    /// A control message of this type.
    #[must_use]
    pub fn is(&self, kind: u16) -> bool {
        self.kind == L2tpKind::Control(kind)
    }
}

/// Adds a message to those of a negotiation; true if it is a new one and not a copy, an acknowledgment or more data.
pub(in crate::negotiation) fn add_l2tp(
    (kept, omitted): (&mut ThinVec<L2tp>, &mut Omitted),
    m: &Message<'_>,
    from: Role,
    ports: (u16, u16),
    decrypted: bool,
    now: Repeat,
    span: Span,
) -> bool {
    let kind = L2tpKind::of(m);
    let (sequence, reason) = match m.body {
        Body::Control { sequence, reason, .. } => (sequence, reason),
        Body::Data { .. } => (0, None),
    };
    let same = |l: &&mut L2tp| {
        l.from == from
            && l.kind == kind
            && l.decrypted == decrypted
            && match kind {
                L2tpKind::Control(_) => l.sequence == sequence && l.tunnel == m.tunnel,
                _ => true,
            }
    };
    if let Some(l) = kept.iter_mut().rev().find(same) {
        l.copies += 1;
        l.last = now;
        return false;
    }
    let text = reason.map_or(&[][..], |r| {
        r.text.get(..r.text.len().min(128)).unwrap_or_default()
    });
    let new = L2tp {
        from,
        ports,
        kind,
        reason: reason.map(|r| (r.result, r.error)),
        text: text.to_vec(),
        decrypted,
        first: now,
        last: now,
        copies: 1,
        span,
        sequence,
        tunnel: m.tunnel,
    };
    // A tunnel that lives long says hello every minute: how it began and how it ended stays.
    let rank = |l: &L2tp| u8::from(l.reason.is_some());
    let alike = |a: &L2tp, b: &L2tp| (a.from, a.kind, a.decrypted) == (b.from, b.kind, b.decrypted);
    if keep_first_and_last(kept, MAX_FACTS, new, rank, alike) {
        omitted.add(Kept::L2tp);
    }
    true
}

/// The L2TP message, and its ports, in what a host decrypted of an ESP packet in transport mode (RFC 3193): UDP, then padding
/// of 1, 2, 3 ..., its length and the type of the content (RFC 4303 2.4 to 2.6). A wrong key does not make that.
#[must_use]
pub(in crate::negotiation) fn in_plaintext(data: &[u8]) -> Option<((u16, u16), &[u8])> {
    const UDP: u8 = 17;
    const UDP_HEADER: usize = 8;
    let (&[length, content], rest) = data.split_last_chunk::<2>().map(|(rest, tail)| (tail, rest))?;
    let (udp, padding) = rest.split_at_checked(rest.len().checked_sub(length.into())?)?;
    let counts = padding.iter().zip(1u8..).all(|(byte, n)| *byte == n);
    let word = |at: usize| udp.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes);
    let (source, destination, size) = (word(0)?, word(2)?, word(4)?);
    let ours = content == UDP && counts && (source == L2TP_PORT || destination == L2TP_PORT);
    let message = udp.get(UDP_HEADER..usize::from(size))?;
    (ours && usize::from(size) == udp.len()).then_some(((source, destination), message))
}

/// ESP around an L2TP message in UDP: at least its header, a trailer and the shortest checksum (RFC 4303 2), and not
/// much more than the longest of each.
#[must_use]
fn holds(esp: u32, l2tp: u32) -> bool {
    (22..=112).contains(&esp.saturating_sub(l2tp + 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l2tp_is_found_in_the_plaintext_of_esp_and_nowhere_else() {
        let packet = |port: u16, padding: &[u8], content: u8| {
            let udp = [
                &port.to_be_bytes()[..],
                &port.to_be_bytes(),
                &[0, 10, 0, 0],
                &[7, 8],
            ]
            .concat();
            let padded = u8::try_from(padding.len()).unwrap();
            [&udp[..], padding, &[padded, content]].concat()
        };
        let found = Some(((1701, 1701), &[7, 8][..]));
        assert_eq!(in_plaintext(&packet(1701, &[1, 2, 3, 4], 17)), found);
        assert_eq!(in_plaintext(&packet(1701, &[], 17)), found);
        assert_eq!(in_plaintext(&packet(53, &[1, 2, 3, 4], 17)), None);
        assert_eq!(in_plaintext(&packet(1701, &[9, 2, 3, 4], 17)), None);
        assert_eq!(in_plaintext(&packet(1701, &[1, 2], 4)), None);
        assert_eq!(in_plaintext(&[200, 17]), None);
        assert_eq!(in_plaintext(&[]), None);
    }

    #[test]
    fn one_byte_stands_for_each_kind() {
        let controls = (1..200).map(L2tpKind::Control);
        for kind in L2tpKind::OTHERS
            .into_iter()
            .chain([L2tpKind::Acknowledgment])
            .chain(controls)
        {
            assert_eq!(L2tpKind::from_number(kind.number()), kind);
        }
    }

    fn at(frame: u32, milliseconds: i64, length: u32) -> Sample {
        Sample {
            frame,
            time: milliseconds * 1_000_000,
            length,
        }
    }

    #[test]
    fn large_packets_without_answer_are_told_from_small_ones_with() {
        let mut r = Reach::default();
        for i in 0..4 {
            r.sent(at(2 * i + 1, i64::from(i) * 300, 132));
            r.heard((i64::from(i) * 300 + 20) * 1_000_000);
        }
        for i in 0..4 {
            r.sent(at(20 + i, 2000 + i64::from(i) * 300, 1432));
        }
        assert_eq!((r.small.answered, r.small.unanswered), (4, 0));
        assert_eq!((r.large().answered, r.large().unanswered), (0, 3));
    }

    #[test]
    fn what_was_always_answered_and_no_longer_is_waits_in_vain() {
        let mut r = Reach::default();
        for i in 0..10 {
            r.sent(at(2 * i + 1, i64::from(i) * 1000, 132));
            if i < 5 {
                r.heard((i64::from(i) * 1000 + 20) * 1_000_000);
            }
        }
        let [habit] = r.habits[..] else {
            panic!("one length")
        };
        assert!(habit.expects_an_answer());
        assert_eq!((habit.answered, habit.unanswered, habit.in_vain), (5, 0, 4));
        assert_eq!(r.in_vain_since().map(|since| since.frame), Some(11));
        r.heard(20_000_000_000);
        assert_eq!((r.in_vain_since(), r.longest_wait()), (None, 15_000_000_000));
        assert!(!r.habits[0].expects_an_answer() && r.habits[0].in_vain == 0);
    }

    #[test]
    fn a_burst_waits_for_nothing() {
        let mut r = Reach::default();
        for i in 0..100 {
            r.sent(at(i + 1, i64::from(i) * 10, 1432));
        }
        assert_eq!((r.large().answered, r.large().unanswered), (0, 0));
    }

    #[test]
    fn an_error_limits_what_follows_it() {
        let mut r = Reach::default();
        let v4 = IpAddr::from([192, 0, 2, 1]);
        r.limited(1300, v4, true, 0);
        assert_eq!(r.limit().map(|limit| limit.bytes), Some(1272));
        r.sent(at(1, 500, 1432)); // on its way when the error came
        r.sent(at(2, 2000, 1432));
        r.sent(at(3, 3000, 1200));
        assert_eq!(r.limit().map(|limit| limit.beyond), Some(1));
    }
}
