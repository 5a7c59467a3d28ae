//! What the peers' configurations and logs add to a verdict. Shared by all rules: it runs once, after the ranking.
//!
//! The packets say that something was refused; a file of the refusing side says why. A log's line that belongs to the
//! negotiation (by SPI, or by address and time) is the refusing daemon's own word; a configuration is compared with what
//! was offered. The wire wins: a file that contradicts it is an old one or another peer's, and that is said.

mod configuration;
mod files;
mod log;
mod log_match;
mod steps;
mod told;

use crate::diagnosis::{Basis, Blame, Case, Class, Finding, RuleId, Stage, Words, words};
use crate::negotiation::offer::{Plain, Suite};
use crate::negotiation::{Negotiation, Progress, Role, Version};
use crate::policy::{Belongs, Connection, Kind, Policy, SUITES};
use crate::rules::by_id;
use configuration::{by_configuration, wanted};
pub(super) use files::Files;
use files::ike;
use log::by_log;
pub(crate) use log::means;
pub(crate) use log_match::{line_at, line_inside};
use std::collections::HashSet;
use thin_vec::ThinVec;
use told::{ASSUMED, Told, place};

/// The files that were given, beside the same case with what each side is configured by; `None` if there are none, or no IKE.
pub(super) fn files<'a>(case: &Case<'a>) -> Option<Files<'a>> {
    (!case.policies.is_empty() && case.n.is_ike()).then(|| Files::of(case).informed())
}

/// The same verdict, or a more exact one that rests on a file the user gave.
pub(super) fn refine(case: &Case<'_>, files: Option<&Files<'_>>, wire: Finding) -> Finding {
    // L2TP/IPsec that came up: what became of L2TP and PPP inside is encrypted.
    let l2tp =
        wire.rule.id == RuleId::Established && case.n.version == Version::V1 && !case.n.esp().is_empty();
    let open = wire.rule.class == Class::Failure || l2tp;
    let Some(files) = files.filter(|_| open) else {
        return wire;
    };
    let tell = |files: &Files<'_>| {
        let told = by_log(files, &wire).or_else(|| by_configuration(files, &wire));
        Some(told?.so_far_compared(files))
    };
    let sure = tell(files);
    let guess = sure.is_none();
    let guessed = guess.then(|| Files::of(&case.guessing()).informed());
    let counted = guessed.as_ref().unwrap_or(files);
    let guessing = || Some(tell(counted)?.guessed(counted));
    let Some(told) = sure.or_else(guessing) else {
        return beside(&files.again(), wire);
    };
    // A guess contradicts nothing, and does not outdo what the packets say better.
    if guess && !agrees(case.n, &wire, &told) {
        return wire;
    }
    // It may say which of those it is that the packets leave open.
    let open = match wire.rule.id {
        RuleId::ChildRefused | RuleId::AuthenticationFailed => by_id(told.id).stage == wire.stage,
        id => id == told.id || wire.alternatives.contains(&told.id),
    };
    if guess && wire.confidence > ASSUMED && !open {
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
    let files = counted.again();
    let mut steps = steps::of(&files, told.id, told.side, told.line());
    if steps.is_empty() {
        steps = told.steps(&files.case, &wire);
    }
    let rule = by_id(told.id);
    let mut alternatives = told.alternatives.clone();
    if wire.rule.id != told.id && !alternatives.contains(&wire.rule.id) {
        alternatives.push(wire.rule.id);
    }
    let texts = Words {
        summary: format!("{}: {}.", rule.title, told.quote),
        explanation: format!(
            "{} According to the file you gave for {}: {}.{}",
            wire.explanation,
            words::peer(case, told.side),
            told.quote,
            told.more
                .as_ref()
                .map_or_else(String::new, |more| format!(" Its {more}."))
        ),
        steps,
        next_evidence: Vec::new(),
    };
    // Where it says the same as the packets, it takes nothing from them.
    let same = told.id == wire.rule.id && told.attributes == wire.attributes.as_slice();
    let confidence = if same {
        told.confidence.max(wire.confidence)
    } else {
        told.confidence
    };
    Finding {
        rule,
        stage: rule.stage,
        frame: wire.frame,
        settled: wire.settled,
        evidence: wire.evidence,
        confidence,
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

/// The same verdict, with what a configuration says of what is encrypted.
fn beside(files: &Files<'_>, mut wire: Finding) -> Finding {
    if let Some(wanted) = wanted(files, &wire) {
        let peer = words::peer(&files.case, Role::Responder);
        wire.explanation.push_str(&format!(
            " According to the file you gave for {peer}, it wants of its peer {wanted}: compare that first."
        ));
    }
    wire
}

/// What the file says can have happened here.
fn agrees(n: &Negotiation, wire: &Finding, told: &Told) -> bool {
    let stage = by_id(told.id).stage;
    let chosen = n.selected().is_some() || n.progress() >= Progress::KeysExchanged;
    let fits = match stage {
        // Main and Aggressive Mode, and versions, may be found wrong once identities are known.
        Stage::IkeSa => !chosen || matches!(told.id, RuleId::ModeMismatch | RuleId::NoMatchingConnection),
        // Who asked for a data tunnel was believed.
        Stage::Auth
            if wire.rule.stage == Stage::ChildSa
                && (n.version == Version::V1 || wire.basis != Basis::Inferred) =>
        {
            false
        }
        Stage::Auth => n.progress() >= Progress::ProposalChosen || n.version == Version::V1,
        _ => n.progress() >= Progress::Authenticating,
    };
    let refused = match wire.stage {
        Stage::Contact => wire.rule.id == RuleId::NoResponse && stage <= Stage::Auth,
        Stage::IkeSa | Stage::Auth | Stage::ChildSa => true,
        // Who is dead refuses nothing.
        Stage::Rekey => stage == Stage::ChildSa && wire.rule.id != RuleId::PeerDead,
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
            Belongs::No if matches!(policy.kind, Kind::Unread(_)) => "known by its name only".to_owned(),
            Belongs::No if policy.connections.is_empty() && policy.entries.is_empty() => {
                "no cause and no setting was recognized in it".to_owned()
            }
            Belongs::No if policy.names_anybody() => "belongs to neither peer".to_owned(),
            Belongs::No => "nothing in it says whose it is; say so with ADDRESS=FILE".to_owned(),
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

/// The identities that the responder and the initiator expect of each other by their configurations: first of the initiator.
pub(crate) fn expected_identities(case: &Case<'_>) -> [Option<String>; 2] {
    if case.policies.is_empty() {
        return [None, None];
    }
    let files = Files::of(case);
    let expected_by = |side: Role| {
        let all = files.fitting(side, false).into_iter();
        let mut expected = all.filter_map(|f| Some(f.connection.remote_id.as_ref()?.value.to_string()));
        // Where several connections may be meant, none of them is.
        expected
            .next()
            .filter(|first| expected.all(|other| other == *first))
    };
    [expected_by(Role::Responder), expected_by(Role::Initiator)]
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
