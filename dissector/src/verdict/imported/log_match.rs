//! At which packet a line of a peer's log stands: by SPI, message ID or time, or by what it says of L2TP and PPP.

use super::files::Files;
use crate::negotiation::traffic::{L2tp, L2tpKind};
use crate::negotiation::{Event, Negotiation, Progress, Role, Version};
use crate::policy::{Asked, Cause, Entry, NEAR, Policy, is_hidden, same_offer};
use crate::rules::{Basis, Case, Finding, Stage};
use crate::wire::l2tp::kind;

/// A line of a log, with its file and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// The file, and its number.
    file: usize,
    pub(super) policy: &'a Policy,
    /// The line.
    pub(super) entry: &'a Entry,
    /// Whose log.
    pub(super) side: Role,
    /// It has the SPI or message ID of another attempt of the same peers, at the same time.
    pub(super) another: bool,
}

/// Which lines of a log may tell more of a verdict of this stage: a number of [`ABOUT`].
fn about(stage: Stage) -> usize {
    match stage {
        Stage::L2tp | Stage::Up => 2,
        Stage::Esp => 1,
        _ => 0,
    }
}

/// The decisive line of a log that belongs to this moment of the negotiation: nearest first.
pub(super) fn line<'a>(files: &Files<'a>, frame: u32, stage: Stage) -> Option<Line<'a>> {
    let n = files.case.n;
    if files.all().all(|(p, _)| p.entries.is_empty()) {
        return None;
    }
    let time = n
        .events()
        .flat_map(|e| std::iter::once((e.frame, e.time)).chain(e.repeats().iter().map(|r| (r.frame, r.time))))
        .find(|&(f, _)| f == frame)
        .map_or(n.last.time, |(_, t)| t);
    let spi = u64::from_be_bytes(n.initiator_spi);
    // IKEv1 draws a message ID for each exchange of phase 2.
    let v1 = n.version == Version::V1;
    let drawn = n.events().map(|e| e.message_id).filter(|&id| v1 && id != 0);
    let mut drawn: Vec<u32> = drawn.collect();
    drawn.sort_unstable();
    drawn.dedup();
    let whole = n.events().count() == n.event_count() as usize;
    let around = |from: i64, to: i64| {
        let near = NEAR * 1_000_000_000;
        (from.saturating_sub(near), to.saturating_add(near))
    };
    let mut found: Vec<Found<'a>> = Vec::new();
    for (at, (policy, _)) in files
        .all()
        .enumerate()
        .filter(|(_, (p, _))| !p.entries.is_empty())
    {
        let Some(side) = files.side(at) else {
            continue;
        };
        let peer = n.peer(side.other());
        let hidden = is_hidden(n, side.other());
        let asked = Asked {
            about: about(stage),
            spi,
            peer: (!hidden).then_some(peer.address),
            drawn: &drawn,
            attempts: files.case.guesses,
            during: around(n.first().time, n.last.time),
            near: around(time, time),
        };
        let begin = found.len();
        for entry in policy.lines(&asked, &files.work) {
            let id = entry.message.filter(|&id| v1 && id != 0);
            let here = id.map(|id| drawn.binary_search(&id).is_ok());
            let another = entry.spi.is_some_and(|s| s != spi) || here == Some(false) && whole;
            if another && !files.case.guesses || !is_possible(n, entry.cause) {
                continue;
            }
            // A line without a time in the log of another day.
            if entry.time.is_none() && !entry.is_of_the_day(time) {
                continue;
            }
            let strange = entry.peer.is_some_and(|p| p != peer.address) && !hidden;
            if entry.spi.is_none() && strange || another && (hidden || strange || entry.peer.is_none()) {
                continue;
            }
            let linked = !another && (here == Some(true) || entry.spi.is_some());
            // What came is what was offered, or it came in another negotiation.
            let came = side == Role::Responder && entry.cause == Cause::IkeProposal;
            if came && !linked && !same_offer(&entry.received, n, false, &files.work) {
                continue;
            }
            let meeting = |at| entry.time.and_then(|t| t.meets(at));
            let clocked = entry
                .time
                .filter(|t| !t.is_unset() || t.away(time).is_some_and(|away| away.abs() <= NEAR));
            let (distance, zone) = match clocked {
                _ if linked => (0, meeting(time).and_then(|m| m.zone)),
                // What happens inside the tunnel may happen all the time it is up.
                Some(t) if entry.cause.is_inside() => {
                    let during = t.away(n.first().time).is_some_and(|away| away <= NEAR)
                        && t.away(n.last.time).is_some_and(|away| away >= -NEAR);
                    if !during {
                        continue;
                    }
                    (0, None)
                }
                Some(t) => match t.meets(time) {
                    Some(m) if m.away.abs() <= NEAR => (m.away.abs() / 2, m.zone),
                    _ => continue,
                },
                // Without SPI and time a line counts only if nothing else of this peer stands in the log.
                None if policy.is_alone(asked.about, entry.cause) => (NEAR, None),
                None => continue,
            };
            // The responder refuses more often; an initiator logs what follows.
            let key = (
                another,
                entry.cause.order(),
                distance,
                side == Role::Initiator,
                policy.read_before(entry.line),
            );
            let line = Line {
                file: at,
                policy,
                entry,
                side,
                another,
            };
            let place = match clocked {
                _ if linked => Placed::Surely(zone),
                Some(_) => Placed::InZone(zone),
                None => Placed::Nowhere,
            };
            found.push(Found { key, line, place });
        }
        settle(&mut found, begin);
    }
    found.into_iter().min_by_key(|f| f.key).map(|f| f.line)
}

/// A line that may be meant: how well it fits, and how its place in time is known.
struct Found<'a> {
    key: (bool, u8, i64, bool, u32),
    line: Line<'a>,
    place: Placed,
}

/// How a line's place in time is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Placed {
    /// By SPI or message ID; with the zone of the log, if it has a clock.
    Surely(Option<i64>),
    /// By its clock, if the log's zone is this one; or in the zone that it names.
    InZone(Option<i64>),
    /// It has none.
    Nowhere,
}

/// A log has one zone. Where the lines of one file, from `begin` on, are near in different zones, those count that agree with one that is
/// surely meant; else none, unless all of them say the same. Nor does one without a clock, unless all such say the same.
fn settle(found: &mut Vec<Found<'_>>, begin: usize) {
    let of_file = || found.iter().skip(begin);
    let sure = of_file().find_map(|f| match f.place {
        Placed::Surely(Some(zone)) => Some(zone),
        _ => None,
    });
    let same = |is: fn(&Placed) -> bool| {
        let first = of_file().filter(|f| is(&f.place)).min_by_key(|f| f.key);
        let mut all = of_file().filter(|f| is(&f.place));
        first.is_none_or(|first| {
            all.all(|f| {
                (f.key.0, f.key.1) > (first.key.0, first.key.1) || f.line.entry.agrees(first.line.entry)
            })
        })
    };
    let mut zones = of_file().filter_map(|f| match f.place {
        Placed::InZone(Some(zone)) => Some(zone),
        _ => None,
    });
    let first = zones.next();
    let one_zone = zones.all(|zone| Some(zone) == first);
    let in_zones = sure.is_some() || one_zone || same(|place| matches!(place, Placed::InZone(Some(_))));
    let nowhere = same(|place| *place == Placed::Nowhere);
    let mut number = 0;
    found.retain(|f| {
        number += 1;
        number <= begin
            || match f.place {
                Placed::InZone(Some(zone)) => in_zones && sure.is_none_or(|sure| sure == zone),
                Placed::Nowhere => nowhere,
                _ => true,
            }
    });
}

/// What a line says can have happened in this negotiation: the packets do not show that just this succeeded, or was never tried.
fn is_possible(n: &Negotiation, cause: Cause) -> bool {
    match cause {
        Cause::IkeProposal => n.selected().is_none(),
        Cause::ChildProposal | Cause::Pfs | Cause::Selectors | Cause::Encapsulation => {
            n.selected().is_some() || n.progress() >= Progress::Authenticating
        }
        _ => true,
    }
}

/// The line of a log that belongs to this copy of a message: the decisive one that came nearest to it.
pub(crate) fn line_at(case: &Case<'_>, event: &Event, frame: u32) -> Option<String> {
    if case.policies.is_empty() {
        return None;
    }
    // Its SPI, ID or time tells where it belongs, whosever it is.
    let files = Files::of(&case.guessing());
    let l = line(&files, frame, Stage::Auth).filter(|l| !l.another)?;
    let near = |time: i64| {
        l.entry
            .time
            .is_none_or(|t| t.away(time).is_some_and(|away| away.abs() <= 1))
    };
    // One message carries it: that of its ID; else the last one of the other side before the log's clock, or the last of all.
    let heard =
        |e: &&Event| e.from == l.side.other() && (near(e.time) || e.repeats().iter().any(|r| near(r.time)));
    let of = |id| case.n.events().filter(heard).rfind(|e| e.message_id == id);
    let carrier = match l.entry.message {
        Some(id) => of(id)?,
        None => case.n.events().rfind(heard)?,
    };
    let copy = event
        .repeats()
        .iter()
        .find(|r| r.frame == frame)
        .map_or(event.time, |r| r.time);
    (carrier.frame == event.frame && near(copy)).then(|| said_at(&files, &l))
}

/// A line with its place, as it stands at a packet.
fn said_at(files: &Files<'_>, l: &Line<'_>) -> String {
    let guess = match files.side_by(l.file, false) {
        Some(_) => "",
        None => " (whose log it is is a guess)",
    };
    let more = if files.work.is_cut() {
        " (the logs have more lines that may be meant than are compared)"
    } else {
        ""
    };
    format!(
        "{}, line {}: {}{guess}{more}",
        l.policy.name, l.entry.line, l.entry.text
    )
}

/// The line about L2TP or PPP that belongs to this frame: a packet that can be read, decrypted or in clear; else the verdict's,
/// if it rests on that line.
pub(crate) fn line_inside(case: &Case<'_>, verdict: &Finding, frame: u32) -> Option<String> {
    if case.policies.is_empty() {
        return None;
    }
    let files = Files::of(&case.guessing());
    let l = line(&files, verdict.frame, Stage::L2tp)?;
    let rests = verdict.basis == Basis::Imported && verdict.rule.stage == Stage::L2tp;
    let place = carrier(case.n, &l).or_else(|| rests.then_some(verdict.frame))?;
    (place == frame).then(|| said_at(&files, &l))
}

/// The packet inside the tunnel that a line speaks of. A daemon that gives up says so because nothing came: that is the last copy of
/// what it sent. A line without a clock could be any of several such packets, and then stands at none.
fn carrier(n: &Negotiation, l: &Line<'_>) -> Option<u32> {
    let refused = |m: &L2tp| m.kind == L2tpKind::LoginRefused;
    let ended = |m: &L2tp| m.kind == L2tpKind::LinkEnded && (m.from == l.side) != l.entry.by_peer;
    let closed = |m: &L2tp| {
        let kind = if l.entry.call { kind::CDN } else { kind::STOP_CCN };
        m.is(kind) && m.reason.is_some()
    };
    let unanswered = |m: &L2tp| matches!(m.kind, L2tpKind::Control(_)) && m.from == l.side && m.copies > 1;
    let is: &dyn Fn(&L2tp) -> bool = match l.entry.cause {
        Cause::Login => &refused,
        Cause::Ppp => &ended,
        Cause::L2tp => &closed,
        Cause::L2tpSilent => &unanswered,
        _ => return None,
    };
    let copy = |m: &L2tp| {
        if l.entry.cause == Cause::L2tpSilent {
            m.last
        } else {
            m.first
        }
    };
    let mut found = n.l2tp.iter().filter(|m| is(m)).map(copy);
    match l.entry.time {
        Some(time) => {
            let away = |at: i64| time.away(at).map(i64::abs).filter(|away| *away <= NEAR);
            let near = found.filter_map(|copy| Some((away(copy.time)?, copy.frame)));
            near.min().map(|(_, frame)| frame)
        }
        None => found
            .next()
            .filter(|_| found.next().is_none())
            .map(|copy| copy.frame),
    }
}
