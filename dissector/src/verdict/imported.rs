//! What the peers' configurations and logs add to a verdict. Shared by all rules: it runs once, after the ranking.
//!
//! The packets say that something was refused; a file of the refusing side says why. A log's line that belongs to the
//! negotiation (by SPI, or by address and time) is the refusing daemon's own word; a configuration is compared with what
//! was offered. The wire wins: a file that contradicts it is an old one or another peer's, and that is said.

mod configuration;
mod files;
mod lines;
mod log;

use crate::diagnosis::RuleId;
use crate::diagnosis::words;
use crate::diagnosis::{Basis, Blame, Case, Class, Finding, Stage, Words};
use crate::negotiation::offer::{Attribute, Plain, Suite};
use crate::negotiation::{Negotiation, Progress, Role, Version};
use crate::policy::{Auth, Belongs, Child, Connection, Kind, Lined, Policy, SUITES};
use crate::rules::by_id;
use configuration::by_configuration;
use files::{Files, Fit};
pub(crate) use lines::{line_at, line_inside};
use log::by_log;
use std::collections::HashSet;
use thin_vec::ThinVec;

/// How sure a configuration makes where a product's default stands in for what it leaves out, where its layout was not verified,
/// or where its side is guessed from its role: it is possible.
const ASSUMED: f64 = 0.6;

/// A cause as files tell it.
struct Told {
    id: RuleId,
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
    alternatives: Vec<RuleId>,
}

impl Told {
    /// Less sure, and said so, where a file is a side's by its role alone.
    fn guessed(mut self, files: &Files<'_>) -> Self {
        let likely = files.all().filter_map(|(p, belongs)| match belongs {
            Belongs::Likely(side, why) => Some((p, *side, *why)),
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

    /// Less sure, and said so, where the files hold more than could be compared.
    fn so_far_compared(mut self, files: &Files<'_>) -> Self {
        if files.work.is_cut() {
            self.quote
                .push_str(" (the files hold more that may be meant than is compared)");
            self.confidence = self.confidence.min(ASSUMED);
        }
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

/// The same verdict, or a more exact one that rests on a file the user gave.
pub(super) fn refine(case: &Case<'_>, wire: Finding) -> Finding {
    // L2TP/IPsec that came up: what became of L2TP and PPP inside is encrypted.
    let l2tp =
        wire.rule.id == RuleId::Established && case.n.version == Version::V1 && !case.n.esp().is_empty();
    let open = wire.rule.class == Class::Failure || l2tp;
    if case.policies.is_empty() || !open || !case.n.is_ike() {
        return wire;
    }
    let tell = |files: &Files<'_>| {
        let told = by_log(files, &wire).or_else(|| by_configuration(files, &wire));
        Some(told?.so_far_compared(files))
    };
    let sure = tell(&Files::of(case));
    let guess = sure.is_none();
    let guessing = || {
        let files = Files::of(&case.guessing());
        Some(tell(&files)?.guessed(&files))
    };
    let Some(told) = sure.or_else(guessing) else {
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
    let rule = by_id(told.id);
    let mut alternatives = told.alternatives;
    if wire.rule.id != told.id && !alternatives.contains(&wire.rule.id) {
        alternatives.push(wire.rule.id);
    }
    let texts = Words {
        summary: format!("{}: {}.", rule.title, told.quote),
        explanation: format!(
            "{} The file given for {} tells more: {}.{}",
            wire.explanation,
            words::peer(case, told.side),
            told.quote,
            told.more.map_or_else(String::new, |more| format!(" Its {more}."))
        ),
        fixes: std::iter::once(format!("{} {}", told.fix, rule.documentation.fix))
            .chain(wire.fixes.iter().filter(|_| wire.rule.id == told.id).cloned())
            .collect(),
        next_evidence: String::new(),
    };
    Finding {
        rule,
        frame: wire.frame,
        settled: wire.settled,
        evidence: wire.evidence,
        confidence: told.confidence,
        basis: Basis::Imported,
        blame: if wire.rule.id == told.id {
            wire.blame
        } else {
            Blame::Either
        },
        attributes: told.attributes.into(),
        alternatives: ThinVec::new(),
        words: Some(Box::new(texts)),
    }
    .or(&alternatives)
}

/// What the file says can have happened here.
fn agrees(n: &Negotiation, wire: &Finding, told: &Told) -> bool {
    let stage = by_id(told.id).stage;
    let chosen = n.selected().is_some() || n.progress() >= Progress::KeysExchanged;
    let fits = match stage {
        // Main and Aggressive Mode, and versions, may be found wrong once identities are known.
        Stage::IkeSa => !chosen || matches!(told.id, RuleId::ModeMismatch | RuleId::NoMatchingConnection),
        Stage::Auth => n.progress() >= Progress::ProposalChosen || n.version == Version::V1,
        _ => n.progress() >= Progress::Authenticating,
    };
    let refused = match wire.rule.stage {
        Stage::Contact => wire.rule.id == RuleId::NoResponse && stage <= Stage::Auth,
        Stage::IkeSa | Stage::Auth | Stage::ChildSa => true,
        Stage::Rekey => stage == Stage::ChildSa,
        // The daemon itself says that it has no keys for the data.
        Stage::Esp => told.id == RuleId::ResponderFailure || stage == Stage::L2tp,
        Stage::L2tp | Stage::Up => stage == Stage::L2tp,
    };
    fits && refused
}

/// The frame of a choice that no connection of this configuration allows, though it is of one of the two sides.
fn contradicted(files: &Files<'_>, at: usize, policy: &Policy) -> Option<u32> {
    let n = files.case.n;
    let chosen = Plain::of(n.selected()?);
    let side = files.side(at)?;
    let mut seen = HashSet::new();
    let mine = files.fitting(side, false).into_iter();
    let mine = mine.filter(|f| f.list().0 == at && f.connection.speaks(n.version) && seen.insert(f.list()));
    let lists: Vec<(&Connection, Vec<Suite>)> = mine
        .take_while(|_| files.work.takes(SUITES))
        .map(|f| (f.connection, f.connection.suites(n.version, None)))
        .collect();
    // Where one list is not known, nothing is known.
    let known = !lists.is_empty() && lists.iter().all(|(_, l)| !l.is_empty());
    // A product's default that only seems to differ contradicts nothing.
    let fits = |c: &Connection, s: &Suite| {
        let d: Vec<_> = chosen.differs_from_settings(&Plain::of(s)).iter().collect();
        c.ike.as_ref().is_some_and(|l| l.assumed(s, &d).len() == d.len())
    };
    let allowed = lists
        .iter()
        .any(|(c, list)| list.iter().any(|s| !files.work.takes(SUITES) || fits(c, s)));
    let whole = policy.more_connections == 0 && !files.work.is_cut();
    (known && !allowed && whole && !policy.is_log()).then_some(n.selected_place()?.frame)
}

/// Other hosts of the capture call the responder, too.
fn others(case: &Case<'_>) -> bool {
    case.host(Role::Responder).is_some_and(|host| host.asked_by > 1)
}

/// Whose file each one is, in words; no more than so many, those last that say nothing here.
pub(crate) fn whose<'a>(case: &Case<'a>, most: usize) -> Vec<(&'a Policy, String)> {
    if case.policies.is_empty() {
        return Vec::new();
    }
    let files = Files::of(case);
    let one = |(at, (policy, belongs)): (usize, (&'a Policy, &Belongs))| {
        let what = policy.kind.name();
        let whose = match belongs {
            Belongs::To(role, why) => format!(
                "of the {} {}, because {why}",
                role.name(),
                case.n.peer(*role).address
            ),
            Belongs::Likely(role, why) => format!(
                "probably of the {} {}, a guess, because {why}; say so with ADDRESS=FILE",
                role.name(),
                case.n.peer(*role).address
            ),
            Belongs::Unclear => "of one of the two sides; say which with ADDRESS=FILE".to_owned(),
            Belongs::No => "of neither side here".to_owned(),
        };
        let contradiction = contradicted(&files, at, policy).map_or_else(String::new, |frame| {
            format!(
                "; but the packets contradict it: no connection in it allows what was chosen in frame {frame}. It is an old file, or \
                 another machine's"
            )
        });
        (
            policy,
            format!("{} ({what}): {whose}{contradiction}", policy.name),
        )
    };
    let mut all: Vec<_> = files.all().enumerate().collect();
    if all.len() > most {
        all.sort_by_key(|(_, (policy, belongs))| **belongs == Belongs::No && policy.notes.is_empty());
    }
    all.into_iter().take(most).map(one).collect()
}

fn at<T>(p: &Policy, l: &Lined<T>) -> String {
    place(p, l.line)
}

/// A file and a line; what the file is where its name does not tell.
fn place(p: &Policy, line: u32) -> String {
    let (name, line) = p.place(line);
    match p.kind {
        Kind::Configuration(what) => format!("{what} {name}, line {line}"),
        _ => format!("{name}, line {line}"),
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

fn names(attributes: &[Attribute]) -> Vec<&'static str> {
    attributes.iter().map(|a| a.name()).collect()
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
        words::differ(attributes)
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

fn on(case: &Case<'_>, side: Role, file: &str) -> String {
    format!("On {} ({file}):", words::peer(case, side))
}

/// The difference of a group alone is a matter of PFS.
fn child_id(differs: &[Attribute]) -> RuleId {
    if differs == [Attribute::DhGroup] {
        RuleId::PfsMismatch
    } else {
        RuleId::ChildProposalMismatch
    }
}

/// The connection of one side whose known IKE proposals come nearest to the offer.
fn ike<'a>(files: &Files<'a>, side: Role) -> Option<(&'a Policy, &'a Connection, Vec<Suite>)> {
    let Fit {
        policy, connection, ..
    } = files.nearest(side)?;
    let suites = connection.suites(files.case.n.version, method(connection));
    Some((policy, connection, suites))
}

/// Data tunnels of one side's connections for this pair.
fn children<'f, 'a>(files: &'f Files<'a>, side: Role) -> impl Iterator<Item = (&'a Policy, &'a Child)> + 'f {
    let n = files.case.n;
    files
        .connections(side)
        .into_iter()
        .filter(move |f| f.connection.speaks(n.version))
        .flat_map(|f| f.connection.children.iter().map(move |child| (f.policy, child)))
        .take_while(|_| files.work.takes(1))
}

/// What a side asks for as a data tunnel: decrypted, or by its configuration.
fn asked(files: &Files<'_>, side: Role) -> Vec<Suite> {
    let n = files.case.n;
    let wire: Vec<Suite> = n
        .child_offers
        .iter()
        .rfind(|o| o.from == side)
        .map(|o| o.suites.clone())
        .unwrap_or_default();
    if !wire.is_empty() {
        return wire;
    }
    children(files, side)
        .map(|(_, c)| c.suites(n.version))
        .find(|s| !s.is_empty())
        .unwrap_or_default()
}

/// What the responder is known by its configuration to allow for the IKE SA, and where that stands.
pub(crate) fn acceptable(case: &Case<'_>) -> Option<(Vec<Suite>, String)> {
    if case.policies.is_empty() {
        return None;
    }
    let (p, c, list) = ike(&Files::of(case), Role::Responder)?;
    let lines = c.ike.as_ref()?;
    let first = list.first().map_or(lines.line, |s| lines.line_of(s));
    Some((list, format!("allowed by {}", place(p, first))))
}
