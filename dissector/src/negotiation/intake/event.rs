//! A message's place among the events of its negotiation: is it new, a copy, a fragment of one, and what does it answer?

use std::num::NonZeroU8;

use super::arrival::Arrival;
use super::tracker::FrameKind;
use crate::negotiation::facts::knowledge::Knowledge;
use crate::negotiation::facts::place::{Repeat, Role, Stretch, exchange};
use crate::negotiation::facts::{Capture, Event, Fragments, MAX_REPEATS, More, Negotiation};
use crate::negotiation::store::bounds::{Kept, keep};
use crate::wire::Span;
use crate::wire::message::{Body, Header, Message, V1Fragment};

/// Copies closer than this are one packet seen twice by the capture, or doubled by the network: no stack repeats a
/// message that fast (the fastest known, Libreswan, waits 500 ms).
const DUPLICATE_WITHIN: i64 = 100_000_000;
/// How many events back a copy is looked for.
const LOOK_BACK: usize = 48;
/// The most fragments of a message that are told apart.
const MAX_FRAGMENTS: usize = 64;

impl Negotiation {
    pub(super) fn note_peer(&mut self, a: &Arrival<'_, '_>, from: Role) {
        let on_4500 = a.ports.0 == 4500 || a.ports.1 == 4500;
        let sender = self.peer_mut(from);
        sender.ttl.get_or_insert(a.datagram.ttl);
        sender.messages = sender.messages.saturating_add(1);
        sender.last_port = a.ports.0;
        sender.on_4500 |= on_4500;
        self.peer_mut(from.other()).last_port = a.ports.1;
    }

    /// Puts a message into the list of events: a new one, a copy, or another fragment of one.
    pub(super) fn take(&mut self, a: &Arrival<'_, '_>, from: Role) -> (u32, FrameKind) {
        let h = &a.message.header;
        let digest = a.digest();
        let fragment = fragment_of(a.message);
        if fragment.is_some_and(|f| f.seen == 0) {
            self.omit(Kept::Fragments);
        }
        let part = a.message.v1_fragment();
        let now = a.now();
        let incomplete = a.incomplete;
        let same = |(e, _): &(&mut Event, u32)| {
            e.from == from
                && e.exchange == h.exchange
                && e.message_id == h.message_id
                && match (fragment, e.fragments()) {
                    // Fragments of one message share exchange, message ID and (Cisco/Microsoft) their id.
                    (Some(f), Some(g)) => {
                        f.id == g.id
                            && (f.total == g.total || f.total.is_none() || g.total.is_none())
                            && part.is_none_or(|part| e.may_hold(part.number, digest))
                    }
                    (None, None) => {
                        e.digest == digest || ((incomplete || e.incomplete()) && e.length == h.length)
                    }
                    _ => false,
                }
        };
        let count = self.next_event;
        let found = self.events_mut().rev().zip(1..).take(LOOK_BACK).find(same);
        if let Some((e, back)) = found {
            let fresh = fragment.is_some_and(|f| e.fragments().is_some_and(|g| g.seen & f.seen == 0));
            let completes = e.incomplete() && !incomplete;
            let kind = if fresh {
                FrameKind::Fragment
            } else if now.time.saturating_sub(e.last_time()) < DUPLICATE_WITHIN {
                if completes {
                    FrameKind::Fragment
                } else {
                    FrameKind::Duplicate
                }
            } else {
                FrameKind::Retransmission
            };
            if completes {
                e.capture = Capture::of(false, e.ip_fragmented());
                e.digest = digest;
            }
            if let (true, Some(part), Some(more)) = (fresh, part, &mut e.more)
                && more.digests.len() < MAX_FRAGMENTS
            {
                more.digests.push((part.number, digest));
            }
            let known = e.more.as_mut().and_then(|more| more.fragments.as_mut());
            if let (Some(f), Some(g)) = (fragment, known) {
                g.seen |= f.seen;
                g.total = g.total.or(f.total);
                // Only the first fragment tells, and it may come late.
                e.first_inner = first_inner(a.message).or(e.first_inner);
                if fresh {
                    e.length = e.length.saturating_add(h.length);
                }
            }
            // A fragment train is repeated as a whole: count its first fragment only.
            let counts = fragment.is_none_or(|f| f.seen & 1 != 0);
            if kind == FrameKind::Retransmission && counts {
                let more = e.more.get_or_insert_default();
                if more.repeats.len() < MAX_REPEATS {
                    keep(&mut more.repeats, now);
                }
                more.repeat_count = more.repeat_count.saturating_add(1);
            }
            if kind != FrameKind::Duplicate {
                e.more.get_or_insert_default().last = Some(now);
            }
            let index = count - back;
            if completes && kind != FrameKind::Retransmission {
                // The head was read from the first fragment; the whole message has more to tell.
                return (index, FrameKind::Message);
            }
            return (index, kind);
        }
        let position = self.position(a.message, from);
        let answers = self.answer(h, position, from, now);
        self.push_event(Event {
            frame: now.frame,
            time: now.time,
            from,
            ports: a.ports,
            exchange: h.exchange,
            position,
            message_id: h.message_id,
            length: h.length,
            encrypted: is_encrypted(a.message),
            first_inner: first_inner(a.message),
            capture: Capture::of(incomplete, a.ip_fragmented),
            bytes: Stretch::of(a.place(Span::new(0, a.bytes.len())).span),
            answered_after: 0,
            answers,
            digest,
            more: fragment.map(|_| {
                Box::new(More {
                    fragments: fragment,
                    digests: part.map(|part| (part.number, digest)).into_iter().collect(),
                    ..More::default()
                })
            }),
        });
        (count, FrameKind::Message)
    }

    /// Takes an IKEv1 fragment; the message is read once it is whole.
    pub(super) fn take_fragment(
        &mut self,
        a: &Arrival<'_, '_>,
        from: Role,
        event: u32,
        knowledge: &mut Knowledge,
    ) {
        let Some(V1Fragment {
            number, total, data, ..
        }) = a.message.v1_fragment()
        else {
            return;
        };
        let Some(whole) = self.assemblies.take(event, number, total, data) else {
            return;
        };
        let Some(message) = Message::parse(&whole).filter(|message| message.is_whole_of(a.message, &whole))
        else {
            return;
        };
        let h = message.header;
        let position = match h.exchange {
            exchange::MAIN_MODE => Some(self.position(&message, from)),
            _ => None,
        };
        if let Some(e) = self.event_mut(event) {
            e.encrypted = is_encrypted(&message);
            e.first_inner = first_inner(&message);
            e.length = h.length;
            e.position = position.unwrap_or(e.position);
        }
        // It has no place in this frame: only the last of its fragments stands there.
        let a = Arrival {
            message: &message,
            bytes: &whole,
            captured: whole.len(),
            offset: None,
            ..*a
        };
        self.extract(&a, from, event, knowledge);
        self.take_aggressive(a.message, a.bytes, from);
        self.read_decrypted_whole(a.packet, &whole, a.message, event);
    }

    /// Place of a new message in its exchange, from 1.
    pub(super) fn position(&self, m: &Message<'_>, from: Role) -> u8 {
        let h = &m.header;
        let has = |wanted: fn(&Body<'_>) -> bool| m.payloads.iter().any(|p| wanted(&p.body));
        let responder = u8::from(from == Role::Responder);
        if h.major == 2 {
            return 1 + u8::from(h.is_v2_response());
        }
        match h.exchange {
            exchange::MAIN_MODE => {
                let pair = if has(|b| matches!(b, Body::SecurityAssociation { .. })) {
                    0
                } else if has(|b| matches!(b, Body::KeyExchange { .. })) {
                    1
                } else if h.is_v1_encrypted() {
                    2
                } else {
                    // Fragments and damaged messages: the pair after the last complete one.
                    let done = self
                        .events()
                        .filter(|e| e.exchange == exchange::MAIN_MODE && e.from == from);
                    done.map(|e| e.position.div_ceil(2)).max().unwrap_or(0).min(2)
                };
                2 * pair + 1 + responder
            }
            exchange::AGGRESSIVE => {
                if from == Role::Responder {
                    2
                } else if h.responder_spi == [0; 8] {
                    1
                } else {
                    3
                }
            }
            exchange::V1_INFORMATIONAL => 1,
            // Quick Mode, Transaction, Base and others: messages of one message ID in turn.
            _ => {
                let before = self
                    .events()
                    .filter(|e| e.exchange == h.exchange && e.message_id == h.message_id)
                    .count();
                u8::try_from(before + 1).unwrap_or(u8::MAX)
            }
        }
    }

    /// Finds what a new message answers, and marks it answered: how many events back it is, zero if it answers none.
    pub(super) fn answer(&mut self, h: &Header, position: u8, from: Role, now: Repeat) -> u8 {
        let v2 = h.major == 2;
        let request = |(e, _): &(&mut Event, u8)| {
            if e.from == from {
                return false;
            }
            if v2 {
                position == 2 && e.position == 1 && e.exchange == h.exchange && e.message_id == h.message_id
            } else if h.exchange == exchange::V1_INFORMATIONAL {
                // An error instead of the next message of the exchange under way.
                !e.is_answered() && e.exchange != exchange::V1_INFORMATIONAL
            } else {
                e.exchange == h.exchange
                    && e.message_id == h.message_id
                    && e.position.checked_add(1) == Some(position)
            }
        };
        let mut before = self.events_mut().rev().zip(1..).take(LOOK_BACK);
        let Some((e, back)) = before.find(request) else {
            return 0;
        };
        let informational = !v2 && h.exchange == exchange::V1_INFORMATIONAL;
        if informational && now.time.saturating_sub(e.last_time()) > 3_000_000_000 {
            return 0;
        }
        if !informational && !e.is_answered() {
            e.answered_after = back;
        }
        back
    }
}

/// The Encrypted payload, or the fragment of one: it ends the chain of payloads (RFC 7296 3.14, RFC 7383 2.5).
fn sealed<'m, 'a>(m: &'m Message<'a>) -> Option<&'m Body<'a>> {
    let last = &m.payloads.last()?.body;
    matches!(last, Body::Encrypted { .. } | Body::EncryptedFragment { .. }).then_some(last)
}

pub(super) fn is_encrypted(m: &Message<'_>) -> bool {
    m.header.is_v1_encrypted() || sealed(m).is_some()
}

pub(super) fn first_inner(m: &Message<'_>) -> Option<NonZeroU8> {
    if m.header.is_v1_encrypted() {
        return NonZeroU8::new(m.header.next_payload);
    }
    let inner = match *sealed(m)? {
        Body::Encrypted { first_inner, .. } => Some(first_inner),
        Body::EncryptedFragment {
            first_inner,
            number: 1,
            ..
        } => Some(first_inner),
        _ => None,
    };
    NonZeroU8::new(inner?)
}

fn fragment_of(m: &Message<'_>) -> Option<Fragments> {
    let bit = |number: u16| 1u64.checked_shl(u32::from(number.saturating_sub(1))).unwrap_or(0);
    if let Some(part) = m.v1_fragment() {
        return Some(Fragments {
            seen: bit(part.number),
            total: part.total,
            id: part.id,
        });
    }
    match *sealed(m)? {
        Body::EncryptedFragment { number, total, .. } => Some(Fragments {
            seen: bit(number),
            total: Some(total),
            id: 0,
        }),
        _ => None,
    }
}
