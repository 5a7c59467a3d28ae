//! The text of a file -> what it says: told what it is, with all that it includes.

use super::bounds::{MAX_LINE, MAX_TEXT};
use super::dialect::{Dialect, Proof};
use super::file::Policy;
use super::kind::Kind;
use super::room::{ROOM, Room};
use super::text::{shown, statements, undone};
use super::{include, registry};
use std::net::IpAddr;

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
    let (text, rest) = text.split_at(text.floor_char_boundary(MAX_TEXT));
    if !rest.is_empty() {
        policy.note(0, "only the first 8 MiB of this file were read");
    }
    let undone = undone(text);
    let text = undone.as_ref().map_or(text, |undone| undone.as_str());
    let dialect = registry::dialect(text);
    let includes = |(_, line): (u32, &str)| include::pattern(line).is_some();
    if !statements(text).any(includes) || dialect.is_some_and(|d| !d.includes) {
        parse(&mut policy, text, dialect);
    } else {
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
    }
    policy.finish();
    policy
}

fn parse(policy: &mut Policy, text: &str, dialect: Option<&'static Dialect>) {
    let mut lines = (1..).zip(text.lines());
    if dialect.is_none_or(|d| d.by_lines)
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
            "neither a configuration nor a log that is known here"
        };
        return policy.note(0, what);
    };
    policy.kind = dialect.kind;
    (dialect.read)(policy, text);
    if policy.is_log() {
        for (other, _) in registry::beside().filter(|(other, _)| !std::ptr::eq(*other, dialect)) {
            (other.read)(policy, text);
        }
    }
    policy.anybody = matches!(dialect.proof, Proof::Anybody);
    if let Proof::Roles { begins, answers } = dialect.proof {
        let says = |words: &[&str]| text.lines().any(|line| words.iter().any(|w| line.contains(w)));
        policy.roles = [begins, answers].map(says);
    }
}

/// A file that could not be read, and why.
#[must_use]
pub fn unreadable(name: &str, why: &str) -> Policy {
    let mut policy = Policy {
        name: shown(name),
        ..Policy::default()
    };
    policy.note(0, shown(why));
    policy
}
