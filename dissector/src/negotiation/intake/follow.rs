//! Takes where messages and data come from and go to: see [`moved`](crate::negotiation::facts::moved).

use std::net::IpAddr;

use super::arrival::Arrival;
use super::event::is_encrypted;
use crate::negotiation::facts::Negotiation;
use crate::negotiation::facts::moved::{End, Moved, Since};
use crate::negotiation::facts::place::{Repeat, Role};

impl Negotiation {
    /// Takes where a protected message comes from and goes to: true if its sender has another address now.
    ///
    /// That a pair of peers leaves UDP 500 for 4500 is no move: both ends change then, as they do when a peer falls back to 500.
    pub(super) fn follow(&mut self, a: &Arrival<'_, '_>, from: Role) -> bool {
        if !self.came_up || !is_encrypted(a.message) {
            return false;
        }
        let here = (a.datagram.source, a.ports.0);
        let there = (a.datagram.destination, a.ports.1);
        let known = |role: Role| match &self.moved {
            Some(moved) => moved.end(role),
            None => (self.peer(role).address, self.peer(role).last_port),
        };
        let (was, other) = (known(from), known(from.other()));
        if here == was {
            // What is not there is not made by looking for it.
            let moved = self.rest.as_mut().and_then(|rest| rest.moved.as_deref_mut());
            if let Some(moved) = moved.filter(|moved| moved.role != from) {
                moved.followed |= there == other;
            }
            return false;
        }
        // Its own port is the same where the other side is NATed; and who answers from elsewhere has not moved by that.
        if there != other || self.peer(from).messages == 0 {
            return false;
        }
        let ends = match from {
            Role::Initiator => (here, there),
            Role::Responder => (there, here),
        };
        let moved = Moved {
            role: from,
            at: a.now(),
            before: was,
            ends,
            followed: false,
            initiator: Since::default(),
            responder: Since::default(),
        };
        self.moved = Some(Box::new(moved));
        here.0 != was.0
    }

    /// Takes an ESP packet between two addresses: does it use the ends that IKE uses?
    pub(super) fn follow_data(
        &mut self,
        (source, destination): (IpAddr, IpAddr),
        ports: Option<(u16, u16)>,
        from: Role,
        now: Repeat,
    ) {
        let Some(moved) = self.rest.as_mut().and_then(|rest| rest.moved.as_deref_mut()) else {
            return;
        };
        let is = |end: End, address: IpAddr, port: Option<u16>| {
            end.0 == address && port.is_none_or(|port| port == end.1)
        };
        let current = is(moved.end(from), source, ports.map(|p| p.0))
            && is(moved.end(from.other()), destination, ports.map(|p| p.1));
        let since = match from {
            Role::Initiator => &mut moved.initiator,
            Role::Responder => &mut moved.responder,
        };
        if current {
            since.new_at = Some(now);
        } else {
            since.old = since.old.saturating_add(1);
            let first = since.old_at.map_or(now, |(first, _)| first);
            since.old_at = Some((first, now));
        }
    }
}
