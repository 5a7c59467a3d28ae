//! Which negotiation another one goes on with: retries with new SPIs, and IKE SAs that renew others.

use std::net::IpAddr;

use super::event::Event;
use super::negotiation::{MAX_EVENTS, Negotiation};
use super::place::{Role, Version, exchange};
use super::steps::Progress;
use crate::wire::message::{Header, v2 as payload};

/// A new negotiation that has not begun this long after the last packet of a failed one is no retry of it, nanoseconds. The longest
/// pause known is Libreswan's between two rounds of tries, five minutes (`retransmit-timeout` apart; `programs/pluto/retry.c`).
const RETRY_WITHIN: i64 = 600_000_000_000;
/// The same after a tunnel that was up: who comes back after an hour begins a new session.
const RETURN_WITHIN: i64 = 3_600_000_000_000;
/// How many of the latest negotiations between two addresses are looked at for the one that a new one goes on with.
pub(in crate::negotiation) const LOOK_BACK: usize = 8;

/// Both are between the same two ends: the same addresses, and the same host of each, which behind NAT its port tells.
fn same_ends(a: &Negotiation, b: &Negotiation) -> bool {
    let same = |a: [Host; 2], b: [Host; 2]| {
        let other = |one: &Host| b.into_iter().find(|p| p.0 == one.0);
        a.iter()
            .all(|one| other(one).is_some_and(|other| same_port(one.1, other.1)))
    };
    let now = |n: &Negotiation| {
        n.moved
            .as_deref()
            .map(|moved| [moved.ends.0, moved.ends.1].map(|(at, port)| (at, [port; 2])))
    };
    let places = |n: &Negotiation| {
        let first = [&n.initiator, &n.responder].map(|peer| (peer.address, [peer.port, peer.last_port]));
        std::iter::once(first).chain(now(n))
    };
    places(a).any(|a| places(b).any(|b| same(a, b)))
}

/// An address, and the ports that IKE has used there.
type Host = (IpAddr, [u16; 2]);

/// One host: IKE's own ports are everybody's, any other was given by a NAT to one of those behind it.
fn same_port(a: [u16; 2], b: [u16; 2]) -> bool {
    let own = |port: u16| matches!(port, 500 | 4500);
    a.into_iter().chain(b).all(own) || a.into_iter().any(|port| !own(port) && b.contains(&port))
}

/// The story of `before` goes on with `new`: it is a retry, a renewal, or a return after the tunnel was lost.
pub(in crate::negotiation) fn is_one_story(before: &Negotiation, new: &Negotiation) -> bool {
    let pause = new.last.time.saturating_sub(before.last.time);
    let up = before.came_up;
    before.is_ike()
        && pause <= if up { RETURN_WITHIN } else { RETRY_WITHIN }
        // A NAT gives each try of one client a port of its own; a tunnel that is up shows by its port whose it is.
        && (same_ends(before, new) || !up && pause > 0 && before.initiator.address == new.initiator.address)
}

/// A message of IKEv2 that does not begin a negotiation is the first of an IKE SA that this one's CREATE_CHILD_SA made: message IDs
/// begin anew there (RFC 7296 1.3.2, 2.18). Both sides of that exchange begin with an SA payload, as those for another data
/// tunnel may; then the new SPIs tell. How many it may have made: one by a request of each side, two where both asked at
/// once (2.8.2). What an IKE SA begins with that was made by no other (1.2) is never said in it.
pub(in crate::negotiation) fn makes(before: &Negotiation, new: &Negotiation, first: &Header) -> usize {
    /// Beyond that the IKE SA is older than what is captured of it.
    const FIRST_IDS: u32 = 8;
    let exchanged = |answer: &&Event| {
        let request = before.answered_by(answer);
        answer.exchange == exchange::CREATE_CHILD_SA
            && answer.position == 2
            && answer.first_inner() == Some(payload::SA)
            && request.is_none_or(|request| request.first_inner() == Some(payload::SA))
    };
    let begins = matches!(
        first.exchange,
        exchange::IKE_SA_INIT
            | exchange::IKE_SESSION_RESUME
            | exchange::IKE_INTERMEDIATE
            | exchange::IKE_AUTH
    );
    let may = before.is_ike()
        && (before.version, new.version) == (Version::V2, Version::V2)
        && first.message_id < FIRST_IDS
        && !begins
        && same_ends(before, new)
        && before.came_to(exchange::CREATE_CHILD_SA, 2);
    let answered_by = |role| {
        let latest = before.events().rev().take(MAX_EVENTS);
        may && latest.filter(exchanged).any(|e| e.from == role)
    };
    usize::from(answered_by(Role::Initiator)) + usize::from(answered_by(Role::Responder))
}

/// IKEv1: the new negotiation renews the phase 1 of the one before, whose tunnel lives: since it began both sides went on to use
/// what the old one had made; or its initiator did so, which had not waited in vain for the other side before.
pub(in crate::negotiation) fn renews(before: &Negotiation, new: &Negotiation) -> bool {
    if (before.version, new.version) != (Version::V1, Version::V1)
        || before.progress() < Progress::IkeUp
        || new.progress() < Progress::IkeUp
        || !same_ends(before, new)
    {
        return false;
    }
    let began = new.first().time;
    let own = before.sender(new.initiator.address);
    let other = own.other();
    if before.heard(own).is_none_or(|time| time <= began) {
        return false;
    }
    let Some(heard) = before.heard(other) else {
        return false;
    };
    let asked = |e: &&Event| {
        e.from == own && e.exchange == exchange::V1_INFORMATIONAL && e.time > heard && e.time < began
    };
    heard > began || before.events().filter(asked).count() < 2
}

impl Negotiation {
    /// The first negotiation of the story that this one belongs to: attempts with new SPIs and renewals are one story.
    #[must_use]
    pub fn story(&self) -> u32 {
        self.links.story.stream().unwrap_or(self.stream)
    }

    /// It is between the same two hosts as another one, also where these are behind NAT with others.
    #[must_use]
    pub fn is_of_the_ends_of(&self, other: &Self) -> bool {
        same_ends(self, other)
    }

    /// IKEv2: a CREATE_CHILD_SA of another negotiation made this IKE SA.
    #[must_use]
    pub fn is_renewed(&self) -> bool {
        self.links.made_by.stream().is_some()
    }

    /// When something of this side came last, IKE or data, nanoseconds.
    #[must_use]
    pub fn heard(&self, from: Role) -> Option<i64> {
        let messages = (self.events().rev())
            .filter(|e| e.from == from)
            .map(Event::last_time);
        let data = self.esp().iter().filter(|f| f.from == from).map(|f| f.last.time);
        messages.chain(data).max()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::diagnosis::RuleId;
    use crate::tests::made::Made;

    /// The stories of all negotiations, and which each continues.
    fn told(made: &mut Made) -> Vec<(u32, Option<u32>)> {
        let tracker = made.session().tracker();
        let all = tracker.negotiations().iter();
        all.map(|n| (n.story(), tracker.continues(n))).collect()
    }

    #[test]
    fn an_ike_sa_made_by_another_continues_it() {
        let mut made = Made::ikev2_up((64, 63));
        made.ikev2(
            5000,
            true,
            (exchange::CREATE_CHILD_SA, false, 2),
            payload::SA,
            480,
        );
        made.ikev2(
            5010,
            false,
            (exchange::CREATE_CHILD_SA, true, 2),
            payload::SA,
            480,
        );
        made.ikev2(5020, true, (exchange::INFORMATIONAL, false, 3), payload::D, 80);
        made.ikev2(5030, false, (exchange::INFORMATIONAL, true, 3), 0, 80);
        made.other_spis(true);
        made.ikev2(9000, true, (exchange::INFORMATIONAL, false, 0), 0, 80);
        made.ikev2(9010, false, (exchange::INFORMATIONAL, true, 0), 0, 80);
        assert_eq!(told(&mut made), [(0, None), (0, Some(0))]);
        assert_eq!(made.verdicts(), [RuleId::Established; 2]);
        // Another one, whose client proves who it is, began by itself, before the capture.
        made.other_spis(true);
        made.ikev2(9300, true, (exchange::IKE_AUTH, false, 1), payload::ID_I, 300);
        assert_eq!(told(&mut made)[2], (0, None));
        assert_eq!(made.verdicts()[2], RuleId::StartNotCaptured);
        // So did one that nothing here made.
        made.other_spis(true);
        made.ikev2(9500, true, (exchange::INFORMATIONAL, false, 90), 0, 80);
        assert_eq!(told(&mut made)[3], (0, None));
        assert_eq!(made.verdicts()[3], RuleId::StartNotCaptured);
    }

    #[test]
    fn both_sides_that_renew_at_once_make_two() {
        let mut made = Made::ikev2_up((64, 63));
        for (at, from_client, id) in [(5000, true, 2), (5010, false, 0)] {
            for (at, from_client, response) in [(at, from_client, false), (at + 300, !from_client, true)] {
                made.ikev2(
                    at,
                    from_client,
                    (exchange::CREATE_CHILD_SA, response, id),
                    payload::SA,
                    480,
                );
            }
        }
        for at in [6000, 7000, 8000] {
            made.other_spis(true);
            made.ikev2(at, true, (exchange::INFORMATIONAL, false, 0), payload::D, 80);
        }
        let told = told(&mut made);
        assert_eq!(told[1..3], [(0, Some(0)), (0, Some(0))]);
        assert_eq!(told[3].1, None);
    }

    #[test]
    fn who_has_moved_and_then_renews_goes_on_with_the_same() {
        let mut made = Made::ikev2_up((64, 63));
        // MOBIKE: the client comes from another network, and is answered there (RFC 4555 3.5).
        made.client = Ipv4Addr::new(203, 0, 113, 99);
        let step = |response, id| (exchange::INFORMATIONAL, response, id);
        made.ikev2(4000, true, step(false, 2), payload::N, 112);
        made.ikev2(4010, false, step(true, 2), payload::N, 112);
        let step = |response| (exchange::CREATE_CHILD_SA, response, 3);
        made.ikev2(5000, true, step(false), payload::SA, 480);
        made.ikev2(5010, false, step(true), payload::SA, 480);
        made.other_spis(true);
        made.ikev2(9000, true, (exchange::INFORMATIONAL, false, 0), 0, 80);
        made.ikev2(9010, false, (exchange::INFORMATIONAL, true, 0), 0, 80);
        assert_eq!(told(&mut made), [(0, None), (0, Some(0))]);
    }

    #[test]
    fn an_ike_sa_beside_another_data_tunnel_is_none_of_its_making() {
        let mut made = Made::ikev2_up((64, 63));
        // The keys of the data tunnel are renewed: a notification comes first (RFC 7296 1.3.3).
        made.ikev2(5000, true, (exchange::CREATE_CHILD_SA, false, 2), payload::N, 300);
        made.ikev2(
            5010,
            false,
            (exchange::CREATE_CHILD_SA, true, 2),
            payload::SA,
            300,
        );
        made.other_spis(true);
        made.ikev2(9000, true, (exchange::INFORMATIONAL, false, 0), 0, 80);
        assert_eq!(told(&mut made)[1].1, None);
    }

    #[test]
    fn the_next_phase_1_continues_a_tunnel_that_lives_and_no_other() {
        let next = |made: &mut Made, data: bool| {
            made.esp(1000, true, 1, 132);
            made.esp(1010, false, 1, 132);
            made.other_spis(false);
            made.main_mode_from(60_000, (64, 63), &[]);
            if data {
                made.esp(61_000, true, 2, 132);
                made.esp(61_010, false, 2, 132);
            }
        };
        let mut lives = Made::up((64, 63));
        next(&mut lives, true);
        assert_eq!(told(&mut lives), [(0, None), (0, Some(0))]);
        let mut silent = Made::up((64, 63));
        next(&mut silent, false);
        assert_eq!(told(&mut silent), [(0, None), (0, None)]);
    }

    #[test]
    fn retries_are_one_story_until_they_stop() {
        let mut made = Made::new();
        for at in [0, 30_000, 500_000, 2_000_000] {
            made.refused(
                at,
                crate::tests::made::PSK,
                crate::tests::made::NO_PROPOSAL_CHOSEN,
            );
        }
        let stories: Vec<u32> = told(&mut made).into_iter().map(|(story, _)| story).collect();
        assert_eq!(stories, [0, 0, 0, 3]);
    }
}
