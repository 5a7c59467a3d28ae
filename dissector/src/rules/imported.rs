//! What the peers' configurations and logs add to a verdict. Shared by all rules: it runs once, after the ranking.
//!
//! The packets say that something was refused; a file of the refusing side says why. A log's line that belongs to the
//! negotiation (by SPI, or by address and time) is the refusing daemon's own word; a configuration is compared with what
//! was offered. The wire wins: a file that contradicts it is an old one or another peer's, and that is said.

use super::child_error::{self, ChildError};
use super::{Basis, Blame, Case, Class, Finding, Stage, by_id};
use crate::negotiation::offer::{Attribute, Suite};
use crate::negotiation::selector::Selector;
use crate::negotiation::traffic::{L2tp, L2tpKind};
use crate::negotiation::{Event, Negotiation, Progress, Role, Version, exchange, nat, notify};
use crate::policy::algorithm::Proposal;
use crate::policy::{self, Auth, Belongs, Cause, Child, Connection, Entry, Lined, Mode, Policy};
use crate::report::words;
use crate::wire::code::{self, Registry};
use crate::wire::l2tp::kind;

/// A log's line belongs to a packet this many seconds away.
const NEAR: i64 = 10;
/// How sure a daemon's own word makes.
const LOG: f64 = 0.98;
/// How sure a configuration makes: it may not be the one that is loaded.
const CONFIGURATION: f64 = 0.95;
/// How sure a configuration makes where a product's default stands in for what it leaves out, or its layout was not verified:
/// or whose the file is is guessed from its role: it is possible.
const ASSUMED: f64 = 0.6;

/// A cause as files tell it.
struct Told {
    id: &'static str,
    attributes: Vec<&'static str>,
    side: Role,
    confidence: f64,
    /// What the file says, with its name and line: a clause.
    quote: String,
    /// The log's own words beside it, where the clause is a comparison.
    more: Option<String>,
    /// Where to change something: "On <side> (<file>, line <line>):".
    fix: String,
    /// What else it may be.
    alternatives: Vec<&'static str>,
}

impl Told {
    /// Less sure, and said so, where a file is a side's by its role alone.
    fn guessed(mut self, case: &Case<'_>) -> Self {
        let policies = case.knowledge.policies().iter();
        let likely = policies.filter_map(|p| match p.belongs(case.n) {
            Belongs::Likely(side, why) => Some((p, side, why)),
            _ => None,
        });
        if let Some((p, side, why)) = likely.min_by_key(|(_, side, _)| *side != self.side) {
            let (name, side) = (&p.name, side.name());
            self.quote
                .push_str(&format!(" (that {name} is the {side}'s is a guess: {why})"));
        }
        self.confidence = self.confidence.min(ASSUMED);
        self
    }

    /// Less sure where what differs is only assumed: another release may have another default.
    fn resting_on(mut self, assumed: &[Attribute]) -> Self {
        if !assumed.is_empty() {
            self.confidence = self.confidence.min(ASSUMED);
        }
        self
    }
}

/// A line of a log, with its file and whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// The file.
    pub(crate) policy: &'a Policy,
    /// The line.
    pub(crate) entry: &'a Entry,
    /// Whose log.
    pub(crate) side: Role,
}

/// The same verdict, or a more exact one that rests on a file the user gave.
pub(super) fn refine(case: &Case<'_>, wire: Finding) -> Finding {
    // L2TP/IPsec that came up: what became of L2TP and PPP inside is encrypted.
    let l2tp = wire.rule.id == "established" && case.n.version == Version::V1 && !case.n.esp.is_empty();
    let open = wire.rule.class == Class::Failure || l2tp;
    if case.knowledge.policies().is_empty() || !open || !case.n.is_ike() {
        return wire;
    }
    let tell = |case: &Case<'_>| by_log(case, &wire).or_else(|| by_configuration(case, &wire));
    let sure = tell(case);
    let guess = sure.is_none();
    let Some(told) = sure.or_else(|| Some(tell(&case.guessing())?.guessed(case))) else {
        return wire;
    };
    // A guess contradicts nothing, and does not outdo what the packets say better.
    if guess && !agrees(case.n, &wire, &told) {
        return wire;
    }
    if guess && told.id != wire.rule.id && wire.confidence > ASSUMED {
        let mut wire = wire.or(&[told.id]);
        wire.explanation
            .push_str(&format!(" A file may tell more: {}.", told.quote));
        return wire;
    }
    if !agrees(case.n, &wire, &told) {
        let mut wire = wire;
        wire.explanation.push_str(&format!(
            " A file says otherwise: {}. The packets contradict it, so it is an old file or speaks of another connection; the packets \
             count.",
            told.quote
        ));
        return wire;
    }
    let Some(rule) = by_id(told.id) else {
        return wire;
    };
    let mut alternatives = told.alternatives;
    if wire.rule.id != told.id && !alternatives.contains(&wire.rule.id) {
        alternatives.push(wire.rule.id);
    }
    Finding {
        rule,
        frame: wire.frame,
        settled: wire.settled,
        evidence: wire.evidence.clone(),
        confidence: told.confidence,
        basis: Basis::Imported,
        blame: if wire.rule.id == told.id {
            wire.blame
        } else {
            Blame::Either
        },
        attributes: told.attributes,
        alternatives: Vec::new(),
        summary: format!("{}: {}.", rule.title, told.quote),
        explanation: format!(
            "{} The file given for {} tells more: {}.{}",
            wire.explanation,
            words::peer(case, told.side),
            told.quote,
            told.more.map_or_else(String::new, |more| format!(" Its {more}."))
        ),
        fixes: std::iter::once(format!("{} {}", told.fix, rule.documentation.fix))
            .chain(wire.fixes.into_iter().filter(|_| wire.rule.id == told.id))
            .collect(),
        next_evidence: String::new(),
    }
    .or(&alternatives)
}

/// What the file says can have happened here.
fn agrees(n: &Negotiation, wire: &Finding, told: &Told) -> bool {
    let Some(stage) = by_id(told.id).map(|r| r.stage) else {
        return false;
    };
    let chosen = n.selected.is_some() || n.progress() >= Progress::KeysExchanged;
    let fits = match stage {
        // Main and Aggressive Mode, and versions, may be found wrong once identities are known.
        Stage::IkeSa => !chosen || matches!(told.id, "mode-mismatch" | "no-matching-connection"),
        Stage::Auth => n.progress() >= Progress::ProposalChosen || n.version == Version::V1,
        _ => n.progress() >= Progress::Authenticating,
    };
    let refused = match wire.rule.stage {
        Stage::Contact => wire.rule.id == "no-response" && stage <= Stage::Auth,
        Stage::IkeSa | Stage::Auth | Stage::ChildSa => true,
        Stage::Rekey => stage == Stage::ChildSa,
        // The daemon itself says that it has no keys for the data.
        Stage::Esp => told.id == "responder-failure" || stage == Stage::L2tp,
        Stage::L2tp | Stage::Up => stage == Stage::L2tp,
    };
    fits && refused
}

/// The lines of a log that may tell more of a verdict of this stage.
fn about(stage: Stage, cause: Cause) -> bool {
    match stage {
        Stage::L2tp | Stage::Up => cause.is_inside(),
        Stage::Esp => cause.is_inside() || cause == Cause::Install,
        _ => !cause.is_inside(),
    }
}

/// The decisive line of a log that belongs to this moment of the negotiation: nearest first.
fn line<'a>(case: &Case<'a>, frame: u32, stage: Stage) -> Option<Line<'a>> {
    let n = case.n;
    let time = n
        .events()
        .flat_map(|e| std::iter::once((e.frame, e.time)).chain(e.repeats().iter().map(|r| (r.frame, r.time))))
        .find(|&(f, _)| f == frame)
        .map_or(n.last.time, |(_, t)| t);
    let spi = u64::from_be_bytes(n.initiator_spi);
    let mut best: Option<((u8, i64, bool, u32), Line<'a>)> = None;
    for policy in case.knowledge.policies() {
        let Some(side) = side_of(case, policy) else {
            continue;
        };
        let peer = n.peer(side.other());
        for entry in policy.entries.iter().filter(|e| about(stage, e.cause)) {
            if entry.spi.is_some_and(|s| s != spi) {
                continue;
            }
            let hidden = peer.nat == nat::Nat::Behind;
            if entry.spi.is_none() && entry.peer.is_some_and(|p| p != peer.address) && !hidden {
                continue;
            }
            // IKEv1 draws a message ID for each exchange of phase 2.
            let drawn = entry.message.filter(|&id| n.version == Version::V1 && id != 0);
            let here = drawn.map(|id| n.events().any(|e| e.message_id == id));
            let whole = n.events().count() == n.event_count() as usize;
            if here == Some(false) && whole {
                continue;
            }
            let distance = match (entry.spi, entry.time) {
                _ if here == Some(true) => 0,
                (Some(_), _) => 0,
                // What happens inside the tunnel may happen all the time it is up.
                (None, Some(t)) if entry.cause.is_inside() => {
                    let during = t.away(n.first.time).is_some_and(|away| away <= NEAR)
                        && t.away(n.last.time).is_some_and(|away| away >= -NEAR);
                    if !during {
                        continue;
                    }
                    0
                }
                (None, Some(t)) => match t.away(time).map(i64::abs) {
                    Some(away) if away <= NEAR => away / 2,
                    _ => continue,
                },
                // Without SPI and time a line counts only if nothing else of this peer stands in the log.
                (None, None)
                    if policy
                        .entries
                        .iter()
                        .filter(|e| about(stage, e.cause))
                        .all(|e| e.cause == entry.cause || e.cause.order() > entry.cause.order()) =>
                {
                    NEAR
                }
                (None, None) => continue,
            };
            // The responder refuses more often; an initiator logs what follows.
            let key = (entry.cause.order(), distance, side == Role::Initiator, entry.line);
            if best.as_ref().is_none_or(|(b, _)| key < *b) {
                best = Some((key, Line { policy, entry, side }));
            }
        }
    }
    best.map(|(_, l)| l)
}

/// The line of a log that belongs to this copy of a message: the decisive one that came nearest to it.
pub(crate) fn line_at(case: &Case<'_>, event: &Event, frame: u32) -> Option<String> {
    if case.knowledge.policies().is_empty() {
        return None;
    }
    // Its SPI, ID or time tells where it belongs, whosever it is.
    let l = line(&case.guessing(), frame, Stage::Auth)?;
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
    (carrier.frame == event.frame && near(copy)).then(|| said_at(&l))
}

/// A line with its place, as it stands at a packet.
fn said_at(l: &Line<'_>) -> String {
    format!("{}, line {}: {}", l.policy.name, l.entry.line, l.entry.text)
}

/// The line about L2TP or PPP that belongs to this frame: a packet that can be read, decrypted or in clear; else the verdict's,
/// if it rests on that line.
pub(crate) fn line_inside(case: &Case<'_>, verdict: &Finding, frame: u32) -> Option<String> {
    if case.knowledge.policies().is_empty() {
        return None;
    }
    let l = line(&case.guessing(), verdict.frame, Stage::L2tp)?;
    let rests = verdict.basis == Basis::Imported && verdict.rule.stage == Stage::L2tp;
    let place = carrier(case.n, &l).or_else(|| rests.then_some(verdict.frame))?;
    (place == frame).then(|| said_at(&l))
}

/// The packet inside the tunnel that a line speaks of. A daemon that gives up says so because nothing came: that is the last copy of
/// what it sent. A line without a clock could be any of several such packets, and then stands at none.
fn carrier(n: &Negotiation, l: &Line<'_>) -> Option<u32> {
    let refused = |m: &L2tp| m.kind == L2tpKind::LoginRefused;
    let ended = |m: &L2tp| {
        let terminated = l.entry.text.contains("terminated by peer");
        m.kind == L2tpKind::LinkEnded && (m.from == l.side) != terminated
    };
    let closed = |m: &L2tp| {
        // xl2tpd names a call by its serial number.
        let kind = if l.entry.text.contains(", serial ") {
            kind::CDN
        } else {
            kind::STOP_CCN
        };
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

/// The frame of a choice that no connection of this configuration allows, though it is of one of the two sides.
fn contradicted(case: &Case<'_>, policy: &Policy) -> Option<u32> {
    let n = case.n;
    let chosen = n.selected.as_ref()?;
    let side = side_of(case, policy)?;
    let mine = policy
        .connections
        .iter()
        .filter(|c| c.fits(n, side) && c.speaks(n.version));
    let lists: Vec<(&Connection, Vec<Suite>)> = mine.map(|c| (c, c.suites(n.version, None))).collect();
    // Where one list is not known, nothing is known.
    let known = !lists.is_empty() && lists.iter().all(|(_, l)| !l.is_empty());
    // A product's default that only seems to differ contradicts nothing.
    let fits = |c: &Connection, s: &Suite| {
        let d = policy::differs(chosen, s);
        c.ike.as_ref().is_some_and(|l| l.assumed(s, &d).len() == d.len())
    };
    let allowed = lists.iter().any(|(c, list)| list.iter().any(|s| fits(c, s)));
    (known && !allowed && !policy.is_log()).then_some(n.selected_place()?.frame)
}

/// Whose file it is, in words.
pub(crate) fn whose(case: &Case<'_>, policy: &Policy) -> String {
    let what = if policy.kind.is_empty() {
        "unknown"
    } else {
        policy.kind
    };
    let whose = match policy.belongs(case.n) {
        Belongs::To(role, why) => format!(
            "of the {} {}, because {why}",
            role.name(),
            case.n.peer(role).address
        ),
        Belongs::Likely(role, why) => format!(
            "probably of the {} {}, a guess, because {why}; say so with ADDRESS=FILE",
            role.name(),
            case.n.peer(role).address
        ),
        Belongs::Unclear => "of one of the two sides; say which with ADDRESS=FILE".to_owned(),
        Belongs::No => "of neither side here".to_owned(),
    };
    let contradiction = contradicted(case, policy).map_or_else(String::new, |frame| {
        format!(
            "; but the packets contradict it: no connection in it allows what was chosen in frame {frame}. It is an old file, or \
             another machine's"
        )
    });
    format!("{} ({what}): {whose}{contradiction}", policy.name)
}

/// The side a file belongs to. A log that names no address goes with the configurations given beside it.
fn side_of(case: &Case<'_>, policy: &Policy) -> Option<Role> {
    let sure = |p: &Policy| match p.belongs(case.n) {
        Belongs::To(side, _) => Some(side),
        Belongs::Likely(side, _) if case.guesses => Some(side),
        _ => None,
    };
    sure(policy).or_else(|| {
        let orphan = policy.owner.is_none() && policy.addresses.is_empty() && !policy.entries.is_empty();
        let mut sides = case.knowledge.policies().iter().filter_map(sure);
        let first = sides.next().filter(|_| orphan)?;
        sides.all(|s| s == first).then_some(first)
    })
}

/// Connections in the configurations or in the logs of one side, each with its file.
fn listed<'a>(case: &Case<'a>, side: Role, logs: bool) -> Vec<(&'a Policy, &'a Connection)> {
    case.knowledge
        .policies()
        .iter()
        .filter(|p| p.is_log() == logs && side_of(case, p) == Some(side))
        .flat_map(|p| p.connections.iter().map(move |c| (p, c)))
        .collect()
}

/// Connections in the files of one side. What a log shows of them counts only without a configuration.
fn connections<'a>(case: &Case<'a>, side: Role) -> Vec<(&'a Policy, &'a Connection)> {
    let configured = listed(case, side, false);
    if configured.is_empty() {
        listed(case, side, true)
    } else {
        configured
    }
}

fn at<T>(p: &Policy, l: &Lined<T>) -> String {
    place(p, l.line)
}

/// A file and a line; what the file is where its name does not tell.
fn place(p: &Policy, line: u32) -> String {
    let (name, line) = p.place(line);
    if p.kind.is_empty() || p.kind.ends_with(".conf") || p.is_log() {
        format!("{name}, line {line}")
    } else {
        format!("{} {name}, line {line}", p.kind)
    }
}

/// The IKEv1 authentication method a connection wants (RFC 2409 appendix A; XAUTH drafts).
fn method(c: &Connection) -> Option<u16> {
    match (
        c.local_auth.as_ref().map(|a| a.value),
        c.remote_auth.as_ref().map(|a| a.value),
    ) {
        (Some(Auth::Psk), Some(Auth::Psk)) => Some(1),
        (Some(Auth::Certificate), Some(Auth::Certificate)) => Some(3),
        (Some(Auth::Psk), Some(Auth::Xauth)) => Some(65001),
        (Some(Auth::Certificate), Some(Auth::Xauth)) => Some(65005),
        _ => None,
    }
}

/// What differs between offers and what is allowed: the nearest pair.
pub(super) fn nearest(offered: &[Suite], allowed: &[Suite]) -> Option<(Vec<Attribute>, Suite, Suite)> {
    let weight = |d: &[Attribute]| {
        d.iter()
            .map(|a| if *a == Attribute::KeyLength { 9 } else { 10 })
            .sum::<u32>()
    };
    let mut best: Option<(u32, Vec<Attribute>, &Suite, &Suite)> = None;
    for o in offered {
        for a in allowed {
            let d = policy::differs(o, a);
            let w = weight(&d);
            if best.as_ref().is_none_or(|b| w < b.0) {
                best = Some((w, d, o, a));
            }
        }
    }
    best.map(|(_, d, o, a)| (d, o.clone(), a.clone()))
}

fn suites(proposals: &[Proposal], version: Version) -> Vec<Suite> {
    proposals
        .iter()
        .filter(|p| p.whole)
        .map(|p| p.suite(version, None))
        .collect()
}

fn names(attributes: &[Attribute]) -> Vec<&'static str> {
    attributes.iter().map(|a| a.name()).collect()
}

pub(super) fn differ(attributes: &[Attribute]) -> String {
    let list: Vec<&str> = attributes.iter().map(|a| a.words()).collect();
    format!(
        "the {} {}",
        words::list(&list),
        if list.len() == 1 { "differs" } else { "differ" }
    )
}

/// "the server's file allows only X; the client offered Y: the key length differs".
fn compared(
    case: &Case<'_>,
    side: Role,
    source: &str,
    offered: &Suite,
    allowed: &Suite,
    attributes: &[Attribute],
) -> String {
    format!(
        "the {}'s {source}, allows only {}; {} offered {}: {}",
        side.name(),
        allowed.line(),
        words::peer(case, side.other()),
        offered.line(),
        differ(attributes)
    )
}

/// What of a difference the file does not settle: it leaves that to the product's defaults, or it is read as its layout suggests.
fn by_default(assumed: &[Attribute]) -> String {
    if assumed.is_empty() {
        return String::new();
    }
    let list: Vec<&str> = assumed.iter().map(|a| a.words()).collect();
    format!(
        " (the file does not settle the {}: a product's default or the likely reading counts)",
        words::list(&list)
    )
}

fn said(l: &Line<'_>) -> String {
    let detail = match l.entry.detail.as_str() {
        "" => String::new(),
        detail => format!(": {detail}"),
    };
    format!(
        "{} ({}, line {}) says \"{}\"{detail}",
        l.policy.kind, l.policy.name, l.entry.line, l.entry.text
    )
}

fn on(case: &Case<'_>, side: Role, file: &str) -> String {
    format!("On {} ({file}):", words::peer(case, side))
}

fn by_log(case: &Case<'_>, wire: &Finding) -> Option<Told> {
    let l = line(case, wire.frame, wire.rule.stage)?;
    let n = case.n;
    let side = l.side;
    let told = |id, attributes, quote: String| Told {
        id,
        attributes,
        side,
        confidence: LOG,
        quote,
        more: None,
        fix: on(case, side, &format!("{}, line {}", l.policy.name, l.entry.line)),
        alternatives: Vec::new(),
    };
    // A comparison rests on the configuration if that says what the log says; an old one may not.
    let refused = |id: Option<&'static str>,
                   offered: &[Suite],
                   logged: &[Suite],
                   configured: &[Suite],
                   file: Option<(&Policy, &Lined<Vec<Proposal>>)>| {
        let (by_log, by_file) = (nearest(offered, logged), nearest(offered, configured));
        let same = match (&by_log, &by_file) {
            (Some(l), Some(f)) => l.0 == f.0,
            (None, Some(_)) => true,
            _ => false,
        };
        let in_log = format!("log ({}, line {})", l.policy.name, l.entry.line);
        let (found, source) = match file.filter(|_| same) {
            Some((p, list)) => {
                let line = by_file.as_ref().map_or(list.line, |(_, _, a)| list.line_of(a));
                (by_file, place(p, line))
            }
            None => (by_log, in_log),
        };
        let (d, o, a) = found.filter(|f| !f.0.is_empty())?;
        Some(Told {
            more: Some(said(&l)),
            fix: on(case, side, &source),
            ..told(
                id.unwrap_or_else(|| child_id(&d)),
                names(&d),
                compared(case, side, &source, &o, &a, &d),
            )
        })
    };
    let plain = |id| Some(told(id, Vec::new(), said(&l)));
    let own = connections(case, side);
    match l.entry.cause {
        Cause::IkeProposal => {
            let received = suites(&l.entry.received, n.version);
            let wire = if n.offers.is_empty() || side == Role::Initiator {
                &received[..]
            } else {
                &n.offers
            };
            let (file, list) = ike(case, side)
                .map(|(p, c, list)| (c.ike.as_ref().map(|l| (p, l)), list))
                .unwrap_or_default();
            refused(
                Some("ike-proposal-mismatch"),
                wire,
                &suites(&l.entry.allowed, n.version),
                &list,
                file,
            )
            .or_else(|| {
                let refused = |o: &Suite| {
                    o.of(Attribute::DhGroup)
                        .all(|c| l.entry.refused_groups.contains(&c.id))
                };
                let all = !l.entry.refused_groups.is_empty() && wire.iter().all(refused);
                all.then(|| told("ike-proposal-mismatch", vec!["dh-group"], said(&l)))
            })
            .or_else(|| Some(told("ike-proposal-mismatch", l.entry.differs.clone(), said(&l))))
        }
        Cause::ChildProposal => {
            let (file, list) = children(case, side)
                .find_map(|(p, c)| Some((Some((p, c.proposals.as_ref()?)), c.suites(n.version))))
                .unwrap_or_default();
            let mut offered = suites(&l.entry.received, n.version);
            if offered.is_empty() {
                offered = asked(case, side.other());
            }
            refused(None, &offered, &suites(&l.entry.allowed, n.version), &list, file)
                .or_else(|| Some(told("child-proposal-mismatch", l.entry.differs.clone(), said(&l))))
        }
        Cause::Pfs => Some(told("pfs-mismatch", vec!["dh-group"], said(&l))),
        Cause::NoConnection | Cause::Version => {
            let mine: Vec<_> = own.iter().filter(|(_, c)| c.fits(n, side)).collect();
            let other = mine.iter().all(|(_, c)| !c.speaks(n.version));
            match mine.first() {
                Some((p, c)) if other => {
                    let v = c.version.as_ref()?;
                    Some(told(
                        "version-mismatch",
                        Vec::new(),
                        format!(
                            "the {}'s {}, is for {} only; {}",
                            side.name(),
                            at(p, v),
                            v.value.name(),
                            said(&l)
                        ),
                    ))
                }
                _ => plain(if l.entry.cause == Cause::Version {
                    "version-mismatch"
                } else {
                    "no-matching-connection"
                }),
            }
        }
        Cause::NotAllowed { aggressive } => {
            let configured = own.iter().any(|(p, _)| !p.is_log());
            let mine: Vec<_> = own
                .iter()
                .filter(|(_, c)| configured && c.fits(n, side))
                .collect();
            let found = l.entry.text.contains("none allows");
            let id = if configured && mine.is_empty() {
                "no-matching-connection"
            } else if !mine.is_empty() && mine.iter().all(|(_, c)| !c.speaks(n.version)) {
                "version-mismatch"
            } else if mine.iter().any(|(_, c)| c.takes(aggressive))
                || (mine.is_empty() && found && !aggressive)
            {
                "auth-method-mismatch"
            } else if aggressive || !mine.is_empty() {
                "mode-mismatch"
            } else {
                "no-matching-connection"
            };
            // The line names several causes; only a configuration tells which.
            let confidence = if configured { LOG } else { 0.6 };
            Some(Told {
                confidence,
                ..told(id, Vec::new(), said(&l))
            })
        }
        Cause::Selectors => {
            let hosts = [n.initiator.address, n.responder.address].map(|a| a.to_string());
            let host = |s: &String| {
                hosts.iter().any(|h| {
                    s.strip_prefix(h.as_str()).is_some_and(|r| {
                        r.starts_with("/32") || r.starts_with("/128") || r.starts_with('[') || r.is_empty()
                    })
                })
            };
            let transport = !l.entry.selectors.is_empty() && l.entry.selectors.iter().all(host);
            let tunnel = children(case, side).find_map(|(p, c)| {
                c.mode
                    .as_ref()
                    .filter(|m| m.value == Mode::Tunnel)
                    .map(|m| at(p, m))
            });
            // The selectors are the connection's own: what remains to be refused is the mode.
            let own_transport = children(case, side).find_map(|(p, c)| {
                let mode = c.mode.as_ref().filter(|m| m.value == Mode::Transport)?;
                let has = |list: Option<&Lined<Vec<String>>>, asked: &String| {
                    list.is_some_and(|l| l.value.iter().any(|own| dynamic(own, asked, &hosts)))
                };
                let (one, other) = (l.entry.selectors.first()?, l.entry.selectors.get(1)?);
                let fits = |own, peer| has(c.local.as_ref(), own) && has(c.remote.as_ref(), peer);
                (fits(one, other) || fits(other, one)).then(|| at(p, mode))
            });
            if let Some(file) = own_transport {
                return Some(told(
                    "encapsulation-mismatch",
                    vec!["encapsulation"],
                    format!(
                        "the {}'s {file}, wants transport mode, and its selectors are those that were asked for, so tunnel mode was \
                         asked for; {}",
                        side.name(),
                        said(&l)
                    ),
                ));
            }
            match tunnel {
                Some(file) if transport => Some(told(
                    "encapsulation-mismatch",
                    vec!["encapsulation"],
                    format!(
                        "the {}'s {file}, wants tunnel mode, and transport mode between the two addresses was asked for; {}",
                        side.name(),
                        said(&l)
                    ),
                )),
                _ => Some(told("selector-mismatch", vec!["selectors"], said(&l))),
            }
        }
        Cause::Elsewhere => {
            let ranges = l.entry.selectors.join(" was asked for and ");
            let quote = format!(
                "in {} ({}, line {}) {ranges} was answered, which has nothing in common with it",
                l.policy.kind, l.policy.name, l.entry.line
            );
            Some(told("selector-mismatch", vec!["selectors"], quote))
        }
        Cause::Encapsulation => Some(told("encapsulation-mismatch", vec!["encapsulation"], said(&l))),
        Cause::Certificate => {
            // A certificate that nobody wanted: the connection asks for a key.
            let wanted = own.iter().filter(|(_, c)| c.fits(n, side)).find_map(|(p, c)| {
                c.remote_auth
                    .as_ref()
                    .filter(|a| a.value != Auth::Certificate)
                    .map(|a| (p, a))
            });
            match wanted {
                Some((p, a)) => Some(told(
                    "auth-method-mismatch",
                    Vec::new(),
                    format!(
                        "the {}'s {}, wants {} of the peer, which sent a certificate; {}",
                        side.name(),
                        at(p, a),
                        a.value.words(),
                        said(&l)
                    ),
                )),
                None => Some(told("certificate-rejected", l.entry.differs.clone(), said(&l))),
            }
        }
        Cause::PskMissing => plain("psk-missing"),
        Cause::PskDiffers => plain("psk-mismatch"),
        Cause::Identity => Some(told("identity-rejected", vec!["identity"], said(&l))),
        Cause::AuthMethod => plain("auth-method-mismatch"),
        Cause::Eap => plain("eap-failed"),
        Cause::Xauth => plain("xauth-failed"),
        Cause::Address => plain("address-assignment-failed"),
        Cause::Install if side == Role::Initiator => plain("child-refused"),
        Cause::Install => plain("responder-failure"),
        Cause::Mode => plain("mode-mismatch"),
        Cause::Login | Cause::Ppp => plain("ppp-failed"),
        Cause::L2tp | Cause::L2tpSilent => plain("l2tp-no-reply"),
        Cause::Received(kind) => received(case, wire, &l, kind),
        Cause::Authenticated => silent_about_selectors(case, wire, &l),
    }
}

/// A notification that one side's log says it received: what is encrypted on the wire.
fn received(case: &Case<'_>, wire: &Finding, l: &Line<'_>, kind: u16) -> Option<Told> {
    if wire.rule.id != "child-refused" {
        return None;
    }
    let (id, attributes, confidence) = match (kind, case.n.version) {
        (notify::TS_UNACCEPTABLE, _) => ("selector-mismatch", vec!["selectors"], 0.95),
        (notify::INTERNAL_ADDRESS_FAILURE, _) => ("address-assignment-failed", Vec::new(), 0.95),
        // Group and mode are refused with the same word.
        (notify::NO_PROPOSAL_CHOSEN, Version::V1) => ("child-proposal-mismatch", Vec::new(), 0.75),
        (notify::NO_PROPOSAL_CHOSEN, Version::V2) => ("child-proposal-mismatch", Vec::new(), 0.85),
        // strongSwan says it of the mode as well.
        (notify::V1_INVALID_ID_INFORMATION, Version::V1) => ("selector-mismatch", vec!["selectors"], 0.75),
        _ => return None,
    };
    let mut alternatives: Vec<&'static str> =
        vec!["pfs-mismatch", "selector-mismatch", "encapsulation-mismatch"];
    alternatives.retain(|&a| {
        a != id && (confidence < 0.9) && (kind == notify::NO_PROPOSAL_CHOSEN || a != "pfs-mismatch")
    });
    Some(Told {
        id,
        attributes,
        side: l.side,
        confidence,
        quote: said(l),
        more: None,
        fix: format!(
            "On both sides ({}, line {}, names no more):",
            l.policy.name, l.entry.line
        ),
        alternatives,
    })
}

/// Libreswan names refused algorithms, groups and modes of a child SA in its log, and answers TS_UNACCEPTABLE without a word
/// (4.10, `ikev2_child.c`). A log that goes no further than authentication leaves only that.
fn silent_about_selectors(case: &Case<'_>, wire: &Finding, l: &Line<'_>) -> Option<Told> {
    let silent =
        wire.rule.id == "child-refused" && case.n.version == Version::V2 && l.side == Role::Responder;
    let networks = children(case, l.side).find_map(|(p, c)| {
        let own = c.local.as_ref().or(c.remote.as_ref())?;
        Some((at(p, own), own.value.join(", ")))
    });
    let (file, has) = match networks {
        Some((file, networks)) => (
            file.clone(),
            format!("; the {}'s {file}, has {networks}", l.side.name()),
        ),
        None => (format!("{}, line {}", l.policy.name, l.entry.line), String::new()),
    };
    silent.then(|| Told {
        id: "selector-mismatch",
        attributes: vec!["selectors"],
        side: l.side,
        confidence: 0.8,
        quote: format!(
            "{}, and names no refused algorithm or mode after it, as it would{has}",
            said(l)
        ),
        more: None,
        fix: on(case, l.side, &file),
        alternatives: vec!["child-refused", "address-assignment-failed"],
    })
}

/// Is `asked` (`192.0.2.10/32[udp/l2f]`) what the configured `dynamic[udp/l2f]` stands for: a peer's own address?
fn dynamic(own: &str, asked: &str, hosts: &[String; 2]) -> bool {
    let ports = own.strip_prefix("dynamic");
    ports.is_some_and(|ports| {
        hosts.iter().any(|host| {
            let rest = asked.strip_prefix(host.as_str()).unwrap_or_default();
            let rest = rest.strip_prefix("/32").or_else(|| rest.strip_prefix("/128"));
            rest == Some(ports)
        })
    })
}

/// The difference of a group alone is a matter of PFS.
fn child_id(differs: &[Attribute]) -> &'static str {
    if differs == [Attribute::DhGroup] {
        "pfs-mismatch"
    } else {
        "child-proposal-mismatch"
    }
}

/// The connection of one side whose known IKE proposals come nearest to the offer.
fn ike<'a>(case: &Case<'a>, side: Role) -> Option<(&'a Policy, &'a Connection, Vec<Suite>)> {
    let n = case.n;
    // A log lists the defaults that a configuration leaves out.
    [false, true].into_iter().find_map(|logs| {
        listed(case, side, logs)
            .into_iter()
            .filter(|(_, c)| c.fits(n, side) && c.speaks(n.version))
            .map(|(p, c)| (p, c, c.suites(n.version, method(c))))
            .filter(|(_, _, s)| !s.is_empty())
            .min_by_key(|(_, _, s)| nearest(&n.offers, s).map_or(usize::MAX, |(d, _, _)| d.len()))
    })
}

/// Data tunnels of one side's connections for this pair.
fn children<'a>(case: &Case<'a>, side: Role) -> impl Iterator<Item = (&'a Policy, &'a Child)> {
    let n = case.n;
    connections(case, side)
        .into_iter()
        .filter(move |(_, c)| c.fits(n, side) && c.speaks(n.version))
        .flat_map(|(p, c)| c.children.iter().map(move |child| (p, child)))
}

/// What a side asks for as a data tunnel: decrypted, or by its configuration.
fn asked(case: &Case<'_>, side: Role) -> Vec<Suite> {
    let wire: Vec<Suite> = case
        .n
        .child_offers
        .iter()
        .rfind(|o| o.from == side)
        .map(|o| o.suites.clone())
        .unwrap_or_default();
    if !wire.is_empty() {
        return wire;
    }
    children(case, side)
        .map(|(_, c)| c.suites(case.n.version))
        .find(|s| !s.is_empty())
        .unwrap_or_default()
}

/// What the responder is known by its configuration to allow for the IKE SA, and where that stands.
pub(crate) fn acceptable(case: &Case<'_>) -> Option<(Vec<Suite>, String)> {
    let (p, c, list) = ike(case, Role::Responder)?;
    let lines = c.ike.as_ref()?;
    let first = list.first().map_or(lines.line, |s| lines.line_of(s));
    Some((list, format!("allowed by {}", place(p, first))))
}

fn by_configuration(case: &Case<'_>, wire: &Finding) -> Option<Told> {
    let told = match wire.rule.stage {
        Stage::IkeSa => first_message(case),
        // Some daemons are silent where nothing matches; so are filters.
        Stage::Contact if wire.rule.id == "no-response" => {
            first_message(case).map(|t| Told { confidence: 0.8, ..t })
        }
        Stage::Auth => v1_authentication(case).or_else(|| authentication(case)),
        Stage::ChildSa => child(case, wire),
        Stage::Rekey if wire.basis == Basis::Decrypted => child(case, wire),
        _ => None,
    };
    // Where the packets do not say why.
    let unknown = matches!(wire.rule.id, "child-refused" | "authentication-failed");
    let mut told = told.or_else(|| barred(case).filter(|_| unknown))?;
    // After the first message both sides' files are compared.
    let sides = [told.side, told.side.other()];
    let sides = sides.get(..if wire.rule.stage == Stage::IkeSa { 1 } else { 2 })?;
    let unverified = |side: &Role| listed(case, *side, false).iter().any(|(p, _)| p.unverified);
    if sides.iter().any(unverified) {
        told.confidence = told.confidence.min(ASSUMED);
    }
    Some(told)
}

/// A connection that its group's policy bars. At which message an ASA refuses it is not documented, so it is possible only.
fn barred(case: &Case<'_>) -> Option<Told> {
    let (n, side) = (case.n, Role::Responder);
    let all = connections(case, side);
    let mine = || all.iter().filter(|(_, c)| c.fits(n, side) && c.speaks(n.version));
    let (p, c) = mine().next()?;
    let only = c
        .barred
        .as_ref()
        .filter(|_| mine().all(|(_, c)| c.barred.is_some()))?;
    let file = at(p, only);
    Some(Told {
        id: "no-matching-connection",
        attributes: Vec::new(),
        side,
        confidence: ASSUMED,
        quote: format!(
            "the responder's {file}, allows this tunnel group only {}; {} began {}",
            words::list(&only.value),
            n.initiator.address,
            n.version.name()
        ),
        more: None,
        fix: on(case, side, &file),
        alternatives: Vec::new(),
    })
}

/// A first message that was refused, beside the responder's configuration.
fn first_message(case: &Case<'_>) -> Option<Told> {
    let n = case.n;
    let side = Role::Responder;
    if n.selected.is_some() {
        return None;
    }
    let all = connections(case, side);
    let (p, first) = all.first()?;
    let told = |id, attributes, file: &str, quote| {
        Some(Told {
            id,
            attributes,
            side,
            confidence: CONFIGURATION,
            quote,
            more: None,
            fix: on(case, side, file),
            alternatives: Vec::new(),
        })
    };
    let mine: Vec<_> = all.iter().filter(|(_, c)| c.fits(n, side)).collect();
    if mine.is_empty() {
        let file = first
            .remote
            .as_ref()
            .or(first.local.as_ref())
            .map_or_else(|| p.name.clone(), |l| at(p, l));
        let quote = format!(
            "no connection in the responder's file is for {} and {} ({file}, is for {})",
            n.initiator.address,
            n.responder.address,
            first
                .remote
                .as_ref()
                .map_or_else(|| "another address".to_owned(), |l| l.value.join(", "))
        );
        return told("no-matching-connection", Vec::new(), &file, quote);
    }
    if let (true, Some((p, Some(v)))) = (
        mine.iter().all(|(_, c)| !c.speaks(n.version)),
        mine.first().map(|(p, c)| (p, c.version.as_ref())),
    ) {
        let quote = format!(
            "the responder's {}, is for {} only; {} began {}",
            at(p, v),
            v.value.name(),
            n.initiator.address,
            n.version.name()
        );
        return told("version-mismatch", Vec::new(), &at(p, v), quote);
    }
    let (p, c, list) = ike(case, side)?;
    let line = c.ike.as_ref()?;
    let (d, o, a) = nearest(&n.offers, &list)?;
    if !d.is_empty() {
        let (file, assumed) = (place(p, line.line_of(&a)), line.assumed(&a, &d));
        let quote = compared(case, side, &file, &o, &a, &d) + &by_default(&assumed);
        let told = if d == [Attribute::AuthMethod] {
            told("auth-method-mismatch", Vec::new(), &file, quote)
        } else {
            told("ike-proposal-mismatch", names(&d), &file, quote)
        };
        return told.map(|t| t.resting_on(&assumed));
    }
    let aggressive = n.step(exchange::AGGRESSIVE, 1).is_some();
    let mode = c.aggressive.as_ref();
    if n.version == Version::V1 && !c.takes(aggressive) {
        let file = mode.map_or_else(|| place(p, c.line), |m| at(p, m));
        let wants = if aggressive {
            "Main Mode"
        } else {
            "Aggressive Mode"
        };
        return told(
            "mode-mismatch",
            Vec::new(),
            &file,
            format!("the responder's {file}, wants {wants}"),
        );
    }
    None
}

/// Phase 1 that failed after the offer was accepted, beside the responder's configuration: mode and method are known.
fn v1_authentication(case: &Case<'_>) -> Option<Told> {
    let (n, side) = (case.n, Role::Responder);
    if n.version != Version::V1 {
        return None;
    }
    let all = connections(case, side);
    let mine: Vec<_> = all
        .iter()
        .filter(|(p, c)| !p.is_log() && c.fits(n, side) && c.speaks(n.version))
        .collect();
    let (p, c) = mine.first()?;
    let told = |id, file: &str, quote| Told {
        id,
        attributes: Vec::new(),
        side,
        confidence: CONFIGURATION,
        quote,
        more: None,
        fix: on(case, side, file),
        alternatives: Vec::new(),
    };
    let aggressive = n.step(exchange::AGGRESSIVE, 1).is_some();
    if mine.iter().all(|(_, c)| !c.takes(aggressive)) {
        let file = c
            .aggressive
            .as_ref()
            .map_or_else(|| place(p, c.line), |m| at(p, m));
        let (wants, began) = if aggressive {
            ("Main", "Aggressive")
        } else {
            ("Aggressive", "Main")
        };
        let quote = format!(
            "the responder's {file}, wants {wants} Mode; {} began {began} Mode",
            n.initiator.address
        );
        return Some(told("mode-mismatch", &file, quote));
    }
    let chosen = n.v1_auth_method()?;
    let methods: Option<Vec<u16>> = mine.iter().map(|(_, c)| method(c)).collect();
    let a = c.remote_auth.as_ref()?;
    (!methods?.contains(&chosen)).then(|| {
        let file = at(p, a);
        let name = code::short_name(Registry::V1AuthMethod, u32::from(chosen));
        let quote = format!(
            "the responder's {file}, wants {} of the peer; {} offered {name}",
            a.value.words(),
            n.initiator.address
        );
        told("auth-method-mismatch", &file, quote)
    })
}

/// Authentication that failed, beside both sides' configurations.
fn authentication(case: &Case<'_>) -> Option<Told> {
    let n = case.n;
    let of = |side| {
        connections(case, side)
            .into_iter()
            .find(|(_, c)| c.fits(n, side) && c.speaks(n.version))
    };
    let (i, r) = (of(Role::Initiator)?, of(Role::Responder)?);
    for (side, (p, own), (q, peer)) in [(Role::Responder, r, i), (Role::Initiator, i, r)] {
        let told = |id, attributes, quote, file: &str| {
            Some(Told {
                id,
                attributes,
                side,
                confidence: CONFIGURATION,
                quote,
                more: None,
                fix: on(case, side, file),
                alternatives: Vec::new(),
            })
        };
        if let (Some(wants), Some(has)) = (&own.remote_auth, &peer.local_auth)
            && wants.value != has.value
        {
            let quote = format!(
                "the {}'s {}, wants {} of the peer; {}, says {}",
                side.name(),
                at(p, wants),
                wants.value.words(),
                at(q, has),
                has.value.words()
            );
            return told("auth-method-mismatch", Vec::new(), quote, &at(p, wants));
        }
        if let (Some(wants), Some(has)) = (&own.remote_id, &peer.local_id)
            && !wants.value.starts_with('%')
            && !wants.value.contains('*')
            && wants.value != has.value
        {
            let quote = format!(
                "the {}'s {}, accepts the identity {}; {}, sends {}",
                side.name(),
                at(p, wants),
                wants.value,
                at(q, has),
                has.value
            );
            return told("identity-rejected", vec!["identity"], quote, &at(p, wants));
        }
    }
    None
}

/// What was asked for as a data tunnel, as far as it is known: decrypted, or from the asking side's configuration.
struct Asked<'a> {
    suites: Vec<Suite>,
    mode: Option<(Mode, String)>,
    /// Networks of the side that asks and of the side that is asked, and where that is said.
    networks: Option<([Vec<String>; 2], String)>,
    error: Option<ChildError<'a>>,
}

impl<'a> Asked<'a> {
    fn of(case: &Case<'a>, side: Role) -> Self {
        let error = child_error::of(case).filter(|e| e.refusing() == side);
        let configured = children(case, side.other()).next();
        let decrypted = "decrypted".to_owned();
        let mode = error.as_ref().and_then(|e| e.transport(case)).map(|transport| {
            let mode = if transport { Mode::Transport } else { Mode::Tunnel };
            (mode, decrypted.clone())
        });
        let networks = error.as_ref().and_then(|e| e.asked(case)).map(|s| {
            let text = |list: &[Selector]| list.iter().map(Selector::to_string).collect();
            ([text(&s.initiator), text(&s.responder)], decrypted)
        });
        let values = |l: &Option<Lined<Vec<String>>>| l.as_ref().map(|l| l.value.clone()).unwrap_or_default();
        Self {
            suites: asked(case, side.other()),
            mode: mode.or_else(|| {
                let (p, mode) = configured.and_then(|(p, c)| Some((p, c.mode.as_ref()?)))?;
                Some((mode.value, at(p, mode)))
            }),
            networks: networks.or_else(|| {
                let (p, c) = configured?;
                let line = c.local.as_ref().or(c.remote.as_ref())?;
                Some(([values(&c.local), values(&c.remote)], at(p, line)))
            }),
            error,
        }
    }
}

/// A data tunnel that was refused, beside the refusing side's configuration and what is known of the request.
fn child(case: &Case<'_>, wire: &Finding) -> Option<Told> {
    let side = child_error::of(case).map_or(Role::Responder, |e| e.refusing());
    let asked = Asked::of(case, side);
    // The tunnel that comes nearest counts; where one fits, the file explains nothing.
    let told = children(case, side)
        .map(|(p, own)| mismatches(case, side, p, own, &asked))
        .min_by_key(Vec::len)?;
    // Decrypted, the error says of which kind it is.
    told.into_iter()
        .find(|t| asked.error.is_none() || t.id == wire.rule.id || wire.alternatives.contains(&t.id))
}

/// In what one configured tunnel differs from the request.
fn mismatches(case: &Case<'_>, side: Role, p: &Policy, own: &Child, asked: &Asked<'_>) -> Vec<Told> {
    let n = case.n;
    let told = |id, attributes, file: &str, quote| Told {
        id,
        attributes,
        side,
        confidence: CONFIGURATION,
        quote,
        more: None,
        fix: on(case, side, file),
        alternatives: Vec::new(),
    };
    let asking = words::peer(case, side.other());
    let mut found = Vec::new();
    let (mut offered, mut allowed) = (asked.suites.clone(), own.suites(n.version));
    // The first child of IKEv2 takes its keys from the IKE SA: groups are left out of its proposals (RFC 7296 1.2).
    let renewal = asked.error.as_ref().is_some_and(|e| e.renewal);
    if own.any_group || (n.version == Version::V2 && !renewal) {
        for s in offered.iter_mut().chain(allowed.iter_mut()) {
            s.choices.retain(|c| c.attribute != Attribute::DhGroup);
        }
    }
    if let (Some(line), Some((d, o, a))) = (&own.proposals, nearest(&offered, &allowed))
        && !d.is_empty()
    {
        let (file, assumed) = (place(p, line.line_of(&a)), line.assumed(&a, &d));
        let quote = compared(case, side, &file, &o, &a, &d) + &by_default(&assumed);
        found.push(told(child_id(&d), names(&d), &file, quote).resting_on(&assumed));
    }
    if let (Some(wants), Some((mode, source))) = (&own.mode, &asked.mode)
        && wants.value != *mode
    {
        let quote = format!(
            "the {}'s {}, wants {}; {asking} asked for {} ({source})",
            side.name(),
            at(p, wants),
            wants.value.words(),
            mode.words()
        );
        found.push(told(
            "encapsulation-mismatch",
            vec!["encapsulation"],
            &at(p, wants),
            quote,
        ));
    }
    if let Some(([theirs, ours], source)) = &asked.networks {
        // IKEv2 narrows (RFC 7296 2.9); what Quick Mode asks for has to be what is configured.
        for (has, wanted) in [(&own.local, ours), (&own.remote, theirs)] {
            if let Some(has) = has
                && policy::apart(&has.value, wanted, n.version == Version::V1)
            {
                let quote = format!(
                    "the {}'s {}, has {}; {asking} asked for {} ({source})",
                    side.name(),
                    at(p, has),
                    has.value.join(", "),
                    wanted.join(", ")
                );
                found.push(told("selector-mismatch", vec!["selectors"], &at(p, has), quote));
                break;
            }
        }
    }
    found
}
