//! ESP of one side to which nothing comes back, shared by the diagnoses of what fails after IKE: is it traffic that
//! expects an answer at all, and on which side of the loss was the capture taken?
//!
//! One-way traffic is healthy (a log stream, a silent far host), so packets alone prove nothing. What waits for an answer
//! shows it: packets of one length in the rhythm of a repetition. L2TP repeats a control message after 1, 2, 4, 8 seconds
//! (RFC 2661 5.8), TCP its SYN likewise (RFC 6298 5), and a ping comes at even intervals.

use super::established;
use super::evidence;
use crate::diagnosis::{Basis, Blame, Case, Finding, Rule, seconds, words};
use crate::negotiation::offer::Attribute;
use crate::negotiation::traffic::{Sample, doubles};
use crate::negotiation::{EspFlow, Event, Negotiation, Place, Repeat, Role, Version, exchange};
use crate::wire::code::number;

/// How packets follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// Each pause about twice the one before.
    Backoff,
    /// Even intervals.
    Even,
}

/// ESP that waits for an answer in vain.
pub(super) struct Unanswered<'a> {
    /// Who sends it.
    pub(super) from: Role,
    /// Its flow.
    pub(super) flow: &'a EspFlow,
    /// The repeated packets: at least three, of one length.
    pub(super) run: Vec<Sample>,
    /// Their rhythm.
    pub(super) rhythm: Rhythm,
    /// The capture was taken beside the receiver: the packets do arrive.
    pub(super) arrives: bool,
    /// The sender gave the tunnel up, or negotiated another one.
    pub(super) given_up: Option<Place>,
}

/// The shortest ESP packet around an L2TP request; a TCP SYN in a tunnel makes a shorter one (IPv4: 60 bytes and at
/// most 60 of ESP; an SCCRQ has six mandatory attributes and a host name, RFC 2661 6.1).
const L2TP_REQUEST: u16 = 124;

impl Unanswered<'_> {
    /// It looks like L2TP: IKEv1, an initiator that repeats one packet large enough for a request, ever more slowly.
    pub(super) fn is_l2tp(&self, n: &Negotiation) -> bool {
        n.version == Version::V1
            && self.from == Role::Initiator
            && self.rhythm == Rhythm::Backoff
            && self.run.first().is_some_and(|p| p.length >= L2TP_REQUEST.into())
    }

    /// Its checksum may be cut to 96 bits where the other side expects the 128 bits of SHA2-256 (RFC 4868): the lengths of its packets
    /// fit that, and SHA2-256 was chosen for the data, or else for phase 1. HMAC-SHA1 has 96 bits as well (RFC 2404).
    pub(super) fn may_be_cut_short(&self, n: &Negotiation) -> Option<Basis> {
        /// IANA ipsec-registry, authentication algorithm: HMAC-SHA2-256.
        const ESP_SHA2_256: u16 = 5;
        let residues = (n.esp().iter().filter(|f| f.from == self.from)).fold(0, |all, f| all | f.residues);
        if n.version != Version::V1 || residues != 1 << 4 {
            return None;
        }
        let chosen = n.child_offers.iter().rfind(|o| o.from == Role::Responder);
        match chosen.and_then(|offer| offer.suites.first()) {
            Some(suite) => {
                (suite.first(Attribute::Integrity) == Some(ESP_SHA2_256)).then_some(Basis::Decrypted)
            }
            None => {
                let phase1 = n.selected().and_then(|suite| suite.first(Attribute::Hash));
                (phase1 == Some(number::v1_hash::SHA2_256)).then_some(Basis::Inferred)
            }
        }
    }

    /// The finding of a rule about it: what they have in common.
    pub(super) fn finding(&self, rule: &'static Rule, blame: Blame) -> Finding {
        Finding::of(rule, Place::in_frame(self.flow.last.frame))
            .blame(blame)
            .with(self.run.iter().rev().map(|p| Place::in_frame(p.frame)))
            .with(self.given_up)
    }

    /// More packets and a clearer rhythm make it surer, by at most 0.2.
    pub(super) fn weight(&self) -> f64 {
        let many = if self.run.len() >= 5 { 0.1 } else { 0.0 };
        let clear = if self.rhythm == Rhythm::Backoff || self.given_up.is_some() {
            0.1
        } else {
            0.0
        };
        many + clear
    }

    /// `sent 8 encrypted packets of 136 bytes at even intervals of 0.3 seconds`
    fn words(&self) -> String {
        let (count, length) = (self.run.len(), self.run.first().map_or(0, |p| p.length));
        let pauses: Vec<String> = gaps(&self.run)
            .iter()
            .take(5)
            .map(|g| format!("{g:.1}"))
            .collect();
        let rhythm = match self.rhythm {
            Rhythm::Backoff => format!(
                "with ever longer pauses ({} seconds), as a program repeats what is not answered",
                words::list(&pauses)
            ),
            Rhythm::Even => format!(
                "at even intervals (of {} seconds), as a ping does",
                pauses.first().map_or("?", String::as_str)
            ),
        };
        let more = u64::from(self.flow.packets).saturating_sub(count as u64);
        let others = if more > 0 {
            format!(", and {more} others,")
        } else {
            String::new()
        };
        format!("sent {count} encrypted packets of {length} bytes{others} {rhythm}")
    }
}

/// Pauses between packets, seconds.
fn gaps(run: &[Sample]) -> Vec<f64> {
    run.windows(2)
        .filter_map(|w| match w {
            [a, b] => Some(seconds(b.time.saturating_sub(a.time))),
            _ => None,
        })
        .collect()
}

/// The rhythm of packets; `None` if they have none that waits for an answer.
fn rhythm(run: &[Sample]) -> Option<Rhythm> {
    let gaps = gaps(run);
    if gaps.len() < 2 {
        return None;
    }
    let pairs = || {
        gaps.windows(2)
            .filter_map(|w| if let [a, b] = w { Some((*a, *b)) } else { None })
    };
    let grows = pairs().take(3).all(|(a, b)| b > a * 0.8) && gaps.iter().all(|g| *g >= 0.4);
    if grows && pairs().take(3).any(|(a, b)| doubles(a, b)) {
        return Some(Rhythm::Backoff);
    }
    let least = gaps.iter().copied().fold(f64::INFINITY, f64::min);
    let most = gaps.iter().copied().fold(0.0, f64::max);
    (least >= 0.1 && most <= least * 1.5).then_some(Rhythm::Even)
}

/// The largest group of packets of one length.
fn run(samples: &[Sample]) -> Vec<Sample> {
    let group = |length| samples.iter().filter(move |p| p.length == length);
    let lengths = samples.iter().map(|p| p.length);
    let best = lengths.max_by_key(|&l| (group(l).count(), std::cmp::Reverse(l)));
    best.map(|l| group(l).copied().collect()).unwrap_or_default()
}

/// The shortest time in which the other side answered an IKE message, seconds.
fn round_trip(n: &Negotiation) -> f64 {
    let times = n
        .events()
        .filter_map(|e| Some(seconds(e.time.saturating_sub(n.answered_by(e)?.time))));
    times.fold(f64::INFINITY, f64::min).min(1.0)
}

/// A delete of this side after some time, or another negotiation between the same peers that it began.
fn given_up(case: &Case<'_>, from: Role, after: i64) -> Option<Place> {
    let n = case.n;
    let delete = n.events().find(|e| {
        e.from == from
            && e.time > after
            && match n.version {
                Version::V1 => e.exchange == exchange::V1_INFORMATIONAL && e.encrypted,
                Version::V2 => e.is_delete(),
            }
    });
    let again = case
        .siblings()
        .find(|m| m.started && m.first().time > after)
        .map(|m| m.first().frame);
    delete.map(|e| e.place()).or(again.map(Place::in_frame))
}

/// ESP of one side in a tunnel that came up, with nothing at all from the other side.
pub(super) fn unanswered<'a>(case: &Case<'a>, from: Role) -> Option<Unanswered<'a>> {
    let n = case.n;
    let heard = n.esp().iter().any(|f| f.from != from || f.is_ah()) || n.reach(from.other()).fragments > 0;
    if heard || n.esp_from(from).is_none() {
        return None;
    }
    (established::RULE.check.find)(case)?;
    let (flow, run, rhythm) = n.esp().iter().find_map(|f| {
        let run = run(&f.samples);
        let rhythm = rhythm(&run).filter(|_| run.len() >= 3)?;
        Some((f, run, rhythm))
    })?;
    let first = run.first()?;
    let arrives = n.peer(from.other()).is_here() && !n.peer(from).is_here();
    // The last but one must have had time to be answered.
    let waited = seconds(case.end.saturating_sub(run.iter().rev().nth(1)?.time));
    if waited < 4.0 * round_trip(n) + 0.1
        || incomplete(flow, arrives)
        || answered_elsewhere(case, flow)
        || settling(case, first)
    {
        return None;
    }
    Some(Unanswered {
        from,
        flow,
        rhythm,
        arrives,
        given_up: given_up(case, from, first.time),
        run,
    })
}

/// ESP of one side that used to be answered, and is no longer.
pub(super) struct Silence<'a> {
    /// Who sends it.
    pub(super) from: Role,
    /// Its last flow.
    pub(super) flow: &'a EspFlow,
    /// How many packets wait in vain, of lengths that were nearly always answered.
    pub(super) packets: u32,
    /// How many of these were answered before.
    pub(super) answered: u32,
    /// The first of them.
    pub(super) since: Repeat,
    /// The first IKE message of the silent side since then: it lives.
    pub(super) lives: Option<&'a Event>,
}

/// So many packets in vain, over so many seconds, are a change and no pause. A pause of the same kind before makes it three times that.
const IN_VAIN: u32 = 8;
const LASTS: f64 = 20.0;

/// The other side's ESP has stopped, while this one's goes on with packets of the lengths that it used to answer. A stream that was
/// never answered, or bursts, tell nothing.
pub(super) fn fell_silent<'a>(case: &Case<'a>, from: Role) -> Option<Silence<'a>> {
    let n = case.n;
    let reach = n.reach(from);
    let since = reach.in_vain_since()?;
    let usual = || reach.habits.iter().filter(|habit| habit.expects_an_answer());
    let packets = usual().map(|habit| u32::from(habit.in_vain)).sum();
    let flow = n
        .esp()
        .iter()
        .filter(|f| f.from == from)
        .max_by_key(|f| f.last.time)?;
    let lasted = seconds(flow.last.time.saturating_sub(since.time));
    if packets < IN_VAIN || lasted < LASTS.max(3.0 * seconds(reach.longest_wait())) {
        return None;
    }
    // It ended in order, or goes on under other keys.
    let silent = from.other();
    let near = |e: &&Event| e.time > since.time.saturating_sub(5_000_000_000);
    let ended = n.events().filter(near).any(|e| match n.version {
        Version::V1 => e.from == silent && e.exchange == exchange::V1_INFORMATIONAL && e.time < since.time,
        Version::V2 => e.is_delete(),
    });
    let address = n.peer(silent).address;
    let elsewhere = case.siblings().any(|m| {
        m.esp()
            .iter()
            .any(|f| m.peer(f.from).address == address && f.last.time > since.time)
    });
    if ended || elsewhere {
        return None;
    }
    Some(Silence {
        from,
        flow,
        packets,
        answered: usual().map(|habit| u32::from(habit.answered)).sum(),
        since,
        lives: n
            .events()
            .find(|e| e.from == silent && e.encrypted && e.last_time() > since.time),
    })
}

impl Silence<'_> {
    /// `From frame 401 on 23 packets got no answer, over 40 seconds, of lengths of which 61 had been answered before.`
    pub(super) fn words(&self, case: &Case<'_>) -> String {
        let (sender, silent) = (words::peer(case, self.from), words::peer(case, self.from.other()));
        format!(
            "Encrypted data (ESP) had flowed in both directions. Then {silent} sent no more of it, while {sender} went on: from frame {} on {} of its packets were not answered, over {:.0} seconds, of lengths of which {} had been answered at once before.",
            self.since.frame,
            self.packets,
            seconds(self.flow.last.time.saturating_sub(self.since.time)),
            self.answered
        )
    }

    /// What rules have in common.
    pub(super) fn finding(&self, rule: &'static Rule) -> Finding {
        Finding::of(rule, Place::in_frame(self.flow.last.frame)).with([Place::in_frame(self.since.frame)])
    }
}

/// The capture lacks packets of this flow: senders count from 1 on (RFC 4303 3.3.3). Then it may lack the answers as well.
/// Beside the receiver, what is missing may have been lost on the way.
fn incomplete(flow: &EspFlow, arrives: bool) -> bool {
    flow.first_sequence != 1 || !arrives && flow.highest_sequence > flow.packets
}

/// A lost message can leave one side without keys for a while: IKEv1's third message of Quick Mode, which is sent once and
/// whose receiver repeats the second until it comes. Where messages were lost, wait as long as that may take.
fn settling(case: &Case<'_>, first: &Sample) -> bool {
    let n = case.n;
    let lossy = n.events().any(|e| e.repeat_count() > 0);
    let unconfirmed = n.version == Version::V1
        && n.step(exchange::QUICK_MODE, 3).is_none_or(|third| {
            n.step(exchange::QUICK_MODE, 2)
                .is_some_and(|second| second.last_time() > third.time)
        });
    unconfirmed || lossy && seconds(case.end.saturating_sub(first.time)) < SETTLES
}

/// Repetitions of a lost message are over by then (strongSwan waits 4 seconds, others less), seconds.
const SETTLES: f64 = 6.0;

/// Another tunnel between the same two hosts (and ports) carries ESP the other way: which belongs to which cannot be seen.
fn answered_elsewhere(case: &Case<'_>, flow: &EspFlow) -> bool {
    let n = case.n;
    let other = n.peer(flow.from.other()).address;
    case.siblings().any(|m| {
        let apart = flow.is_encapsulated() && m.initiator.last_port != n.initiator.last_port;
        !apart
            && m.esp()
                .iter()
                .any(|f| m.peer(f.from).address == other && f.last.time >= flow.first().time)
    })
}

/// L2TP of the initiator that the responder does answer, beside which the capture was taken; yet the initiator repeats its
/// first packet ever more slowly and sends nothing else. The answers do not reach it.
pub(super) fn unheard<'a>(case: &Case<'a>) -> Option<(&'a EspFlow, &'a EspFlow)> {
    let n = case.n;
    let [request, answer] = [Role::Initiator, Role::Responder].map(|role| n.esp_from(role));
    let (request, answer) = (request?, answer?);
    let one_length = request.shortest == request.longest && request.longest >= L2TP_REQUEST;
    let backoff = request.samples.len() >= 4 && rhythm(&request.samples) == Some(Rhythm::Backoff);
    let here = n.responder.is_here() && !n.initiator.is_here();
    let at_once = answer.first().time >= request.first().time
        && seconds(answer.first().time - request.first().time) < 1.0;
    (n.started && n.version == Version::V1 && n.esp().len() == 2 && one_length && backoff && here && at_once)
        .then_some((request, answer))
}

/// What comes before and after the cause that a rule names: the same for all of them.
pub(super) fn reasoning(case: &Case<'_>, u: &Unanswered<'_>, cause: &str) -> String {
    let n = case.n;
    let (sender, receiver) = (words::peer(case, u.from), words::peer(case, u.from.other()));
    let place = if u.arrives {
        format!("The capture was taken at {receiver}, so they arrive there.")
    } else if n.peer(u.from).is_here() {
        format!("The capture was taken at {sender}: it cannot show whether they reach {receiver}.")
    } else {
        "From this capture point it cannot be told where they are lost.".to_owned()
    };
    let end = match u.given_up {
        Some(p) => format!(
            " {sender} then gave the tunnel up or began another one (frame {}).",
            p.frame
        ),
        None => String::new(),
    };
    let carrier = if u.flow.is_encapsulated() {
        "in UDP 4500, as the IKE messages that passed"
    } else {
        "as IP protocol 50"
    };
    format!(
        "The tunnel came up. {sender} {}, {carrier}. No encrypted packet of {receiver} came back. {place}{end} {cause} The \
         contents are encrypted: a host behind the tunnel that simply does not answer looks the same.",
        u.words()
    )
}

/// Where to look next, the same for all of them.
pub(super) fn next(case: &Case<'_>, u: &Unanswered<'_>) -> Vec<String> {
    let receiver = u.from.other();
    if u.arrives {
        let counters = format!(
            "on {}: do its counters of received and discarded ESP packets grow (Linux: `ip -s xfrm state`, `/proc/net/xfrm_stat`)?",
            case.n.peer(receiver).address
        );
        vec![counters, evidence::log(case, receiver)]
    } else {
        vec![format!(
            "{}: do the packets arrive, and is there an answer?",
            evidence::capture(case, receiver)
        )]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: &[i64]) -> Vec<Sample> {
        let sample = |(frame, ms): (usize, &i64)| Sample {
            frame: u32::try_from(frame).unwrap(),
            time: ms * 1_000_000,
            length: 164,
        };
        milliseconds.iter().enumerate().map(sample).collect()
    }

    #[test]
    fn rhythms_that_wait_for_an_answer_are_told_from_others() {
        assert_eq!(rhythm(&at(&[0, 1000, 3010, 7030])), Some(Rhythm::Backoff));
        assert_eq!(rhythm(&at(&[0, 1020, 3060, 7280, 15470])), Some(Rhythm::Backoff));
        assert_eq!(rhythm(&at(&[0, 310, 620])), Some(Rhythm::Even));
        assert_eq!(rhythm(&at(&[0, 1, 2, 900])), None);
        assert_eq!(rhythm(&at(&[0, 5000, 5100])), None);
        assert_eq!(rhythm(&at(&[0, 1000])), None);
    }
}
