//! The text of a file -> what it says: told what it is, with all that it includes.

use super::bounds::{MAX_LINE, MAX_LOG, MAX_TEXT};
use super::dialect::{Dialect, Proof};
use super::file::Policy;
use super::kind::Kind;
use super::room::{ROOM, Room};
use super::stamp::Stamp;
use super::text::{has, head, shown, statements, undone};
use super::wrapped::unwrapped;
use super::{include, registry};
use crate::policy::said::said;
use memchr::memchr;
use std::net::IpAddr;
use zeroize::Zeroizing;

/// So many lines of a log's beginning tell whether its newest line stands first, and so much of each.
const BEGINNING: usize = 400;
const HEAD: usize = 256;

/// Reads a file. It never fails: what is not understood is noted, and so are files that it includes.
#[must_use]
pub fn read(name: &str, text: &str, owner: Option<IpAddr>) -> Policy {
    read_with(name, text, owner, ROOM, &mut include::Nothing)
}

/// Reads a file and what it includes, which the host reads when it is asked; no more than `room` bytes are kept of it.
#[must_use]
pub fn read_with(
    name: &str,
    text: &str,
    owner: Option<IpAddr>,
    room: usize,
    host: &mut dyn include::Host,
) -> Policy {
    let mut policy = Policy {
        name: shown(name),
        owner,
        room: Room::new(room),
        ..Policy::default()
    };
    let (text, skipped) = bounded(text);
    let skipped = host.lines_before().saturating_add(skipped);
    if skipped > 0 {
        policy.note(0, "only the last 64 MiB of this log were read");
    }
    let most = if registry::is_log(text) { MAX_LOG } else { MAX_TEXT };
    let (text, rest) = text.split_at(text.floor_char_boundary(most));
    if !rest.is_empty() {
        policy.note(0, "only the first 8 MiB of this file were read");
    }
    as_written(text, |text| {
        let dialect = registry::dialect(text);
        let includes = |(_, line): (u32, &str)| include::pattern(line).is_some();
        if dialect.is_some_and(|d| !d.includes) || !statements(text).any(includes) {
            return parse(&mut policy, text, dialect);
        }
        let whole = include::whole(text, host);
        (policy.included, policy.places) = (whole.names, whole.places);
        for (line, text) in whole.notes {
            policy.note(line, text);
        }
        policy.more_notes += whole.more_notes;
        if statements(text).all(includes) && policy.included.is_empty() {
            policy.kind = Kind::Includes;
        } else {
            parse(&mut policy, &whole.text, registry::dialect(&whole.text));
        }
    });
    policy.skipped(skipped);
    policy.finish();
    policy
}

/// Reads a text as the dialect of this number in [`super::kinds`], whatever it looks like; `None` if there are not so many. For tests:
/// a host does not know what a file is.
#[must_use]
pub fn read_as(number: usize, name: &str, text: &str) -> Option<Policy> {
    let dialect = registry::numbered(number)?;
    let mut policy = Policy {
        name: shown(name),
        room: Room::new(ROOM),
        ..Policy::default()
    };
    as_written(text, |text| parse(&mut policy, text, Some(dialect)));
    policy.finish();
    Some(policy)
}

/// Gives the text as it was before it was copied and wrapped.
fn as_written(text: &str, read: impl FnOnce(&str)) {
    let undone = undone(text);
    let text = undone.as_ref().map_or(text, |undone| undone.as_str());
    let unwrapped = unwrapped(text);
    read(unwrapped.as_ref().map_or(text, |unwrapped| unwrapped.as_str()));
}

/// The end of a log that is too long, and how many lines stand before it.
fn bounded(text: &str) -> (&str, u32) {
    let cut = text.len().saturating_sub(MAX_LOG);
    if cut == 0 || !registry::is_log(text) {
        return (text, 0);
    }
    let at = text.floor_char_boundary(cut);
    let begin = text
        .get(at..)
        .and_then(|rest| rest.find('\n'))
        .map_or(at, |end| at + end + 1);
    let before = text.get(..begin).unwrap_or_default();
    let lines = before.bytes().filter(|b| *b == b'\n').count();
    (
        text.get(begin..).unwrap_or_default(),
        u32::try_from(lines).unwrap_or(u32::MAX),
    )
}

fn parse(policy: &mut Policy, text: &str, dialect: Option<&'static Dialect>) {
    let mut lines = (1..).zip(text.lines());
    if dialect.is_none_or(|d| d.by_lines)
        && may_have_long_lines(text)
        && let Some((line, _)) = lines.find(|(_, line)| line.len() > MAX_LINE && !line.trim().is_empty())
    {
        policy.note(
            line,
            "only the first 16 KiB of a line are read, and this one is longer",
        );
    }
    let Some(dialect) = dialect else {
        let what = if statements(text).next().is_none() {
            // As packages ship their examples.
            "nothing but comments"
        } else {
            "the format is not recognized: it is neither a configuration nor a log that ikewhy reads"
        };
        return policy.note(0, what);
    };
    policy.kind = dialect.kind;
    let turned = (policy.is_log() && newest_first(dialect, text)).then(|| turned(text));
    let text = turned.as_ref().map_or(text, |turned| turned.as_str());
    (dialect.read)(policy, text);
    if policy.is_log() {
        for (other, _) in registry::beside().filter(|(other, _)| !std::ptr::eq(*other, dialect)) {
            (other.read)(policy, text);
        }
    }
    if policy.is_log() {
        policy.entries.sort_by_key(|e| e.line);
        policy.clocked(text);
    }
    if turned.is_some() {
        policy.turned(u32::try_from(text.lines().count()).unwrap_or(u32::MAX));
    }
    policy.anybody = matches!(dialect.proof, Proof::Anybody);
    if let Proof::Roles { begins, answers } = dialect.proof {
        let says = |words: &[&str]| words.iter().any(|w| has(text, w));
        policy.roles = [begins, answers].map(says);
    }
}

/// A line that is too long fills a whole piece of half that length. In most pieces of a text the first line ends soon.
fn may_have_long_lines(text: &str) -> bool {
    let mut pieces = text.as_bytes().chunks_exact(MAX_LINE / 2);
    pieces.any(|piece| memchr(b'\n', piece).is_none())
}

/// The newest line of a log stands first, as some products show it: by its times, else by what can only follow each other.
fn newest_first(dialect: &Dialect, text: &str) -> bool {
    let lines = || text.lines().take(BEGINNING).map(|line| head(line, HEAD));
    let mut later = [0_usize; 2];
    let times: Vec<Stamp> = lines().filter_map(Stamp::of).collect();
    for (one, next) in times.iter().zip(times.iter().skip(1)) {
        if let Some(falls) = one.is_after(*next)
            && let Some(count) = later.get_mut(usize::from(falls))
        {
            *count += 1;
        }
    }
    let [rises, falls] = later;
    if rises != falls {
        return falls > rises;
    }
    let all: Vec<&str> = lines().collect();
    let pairs = |first: usize, then: usize| {
        let both = all.windows(2).filter(|two| {
            dialect.follows.iter().any(|words| {
                let has = |line: usize, word: usize| {
                    let (line, word) = (two.get(line), words.get(word));
                    line.zip(word).is_some_and(|(line, word)| line.contains(word))
                };
                has(first, 0) && has(then, 1)
            })
        });
        both.count()
    };
    pairs(1, 0) > pairs(0, 1)
}

/// The same lines, the last one first.
fn turned(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 1));
    for line in text.lines().rev() {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A file that could not be read, and why.
#[must_use]
pub fn unreadable(name: &str, why: &str) -> Policy {
    let mut policy = Policy {
        name: shown(name),
        unreadable: true,
        ..Policy::default()
    };
    policy.note(0, said!("{}", why));
    policy
}
