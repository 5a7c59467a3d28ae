//! Which negotiations are attempts of one story: a retry of one that failed, with a new SPI, and the renewal of an IKE SA.

use std::ops::Range;

use super::writing::Subject;
use crate::diagnosis::{Case, Class};
use crate::negotiation::{Event, Negotiation, Role, exchange};

/// The story of each negotiation of a report: the stream in which it began.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    first: u32,
    stories: Vec<u32>,
}

impl Attempts {
    /// Of these negotiations, which a report tells: all of a capture, or one.
    pub(crate) fn of(subject: &mut impl Subject, streams: Range<u32>) -> Self {
        let first = streams.start;
        let mut all = Self {
            first,
            stories: Vec::with_capacity(streams.len()),
        };
        for stream in streams {
            let mut story = stream;
            while let Some(before) = before(subject, story) {
                story = before;
                if before >= first {
                    story = all.story(before);
                    break;
                }
            }
            all.stories.push(story);
        }
        all
    }

    /// The story of a negotiation. One that came while the report was written is its own.
    pub(crate) fn story(&self, stream: u32) -> u32 {
        let at = stream.checked_sub(self.first).map(|at| at as usize);
        let story = at.and_then(|at| self.stories.get(at));
        story.copied().unwrap_or(stream)
    }
}

/// The attempt that this negotiation comes after in its story.
fn before(subject: &mut impl Subject, stream: u32) -> Option<u32> {
    let case = Case::of(subject.tracker(), subject.policies(), stream)?;
    if let Some(renewed) = case.continues() {
        return Some(renewed);
    }
    let n = case.n;
    let is_earlier = |m: &&Negotiation| m.stream < stream && m.is_ike() && begins_alike(m, n);
    let earlier = subject.tracker().before(n).find(is_earlier)?;
    let stream = (ended_before(earlier, n)).then_some(earlier.stream)?;
    let came_up = subject.outcome(stream)?.decided.as_ref().map(|v| v.rule.class) == Some(Class::Good);
    (!came_up).then_some(stream)
}

/// The same side of the same peers begins, from the same port: clients behind one NAT differ in it.
fn begins_alike(earlier: &Negotiation, later: &Negotiation) -> bool {
    let of = |n: &Negotiation| (n.initiator.address, n.initiator.port, n.responder.address);
    later.is_ike() && of(earlier) == of(later)
}

/// Its initiator had given the earlier attempt up when it began this one; otherwise it wants two tunnels. A late deletion of
/// what was given up counts for nothing.
fn ended_before(earlier: &Negotiation, later: &Negotiation) -> bool {
    let goes_on = |e: &Event| {
        e.from == Role::Initiator
            && e.exchange != exchange::INFORMATIONAL
            && e.exchange != exchange::V1_INFORMATIONAL
    };
    let last = earlier
        .events()
        .filter(|e| goes_on(e))
        .map(Event::last_time)
        .max();
    last.is_none_or(|last| last <= later.first().time)
}

#[cfg(test)]
mod tests {
    use crate::made::{Made, NO_PROPOSAL_CHOSEN, PSK};

    fn stories(made: &mut Made) -> Vec<u64> {
        let document: serde_json::Value = serde_json::from_str(&made.session().json()).unwrap();
        let all = document["negotiations"].as_array().unwrap();
        all.iter().map(|n| n["story"].as_u64().unwrap()).collect()
    }

    #[test]
    fn a_retry_belongs_to_what_failed_before_it() {
        let mut made = Made::new();
        for (at, error) in [(0, NO_PROPOSAL_CHOSEN), (4000, 9), (8000, NO_PROPOSAL_CHOSEN)] {
            made.refused(at, PSK, error);
        }
        assert_eq!(stories(&mut made), [0, 0, 0]);
        let report = made.report();
        assert!(
            report.contains("attempt 1 of 3; see also negotiation 1, "),
            "{report}"
        );
        assert!(
            report.contains("1970-01-01 00:00:04 UTC (frames 3 to 4)"),
            "{report}"
        );
    }

    #[test]
    fn what_begins_while_a_tunnel_is_up_is_no_retry() {
        let mut made = Made::up((64, 63));
        made.refused(5000, PSK, NO_PROPOSAL_CHOSEN);
        assert_eq!(stories(&mut made), [0, 1]);
    }
}
