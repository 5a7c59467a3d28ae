//! The text of a file -> what it says: told what it is, with all that it includes.

use super::bounds::{MAX_LINE, MAX_TEXT};
use super::configuration::{cisco, fortigate, iked_conf, ipsec_conf, pfsense, powershell, routeros, swanctl};
use super::file::Policy;
use super::room::{ROOM, Room};
use super::text::shown;
use super::{include, log};
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
    let marks = Marks::of(text);
    // Settings of strongSwan's daemon tell nothing about connections, and neither does what they include.
    if !marks.includes || marks.log.is_some() || marks.is_strongswan_conf() {
        parse(&mut policy, text, &marks);
    } else {
        let whole = include::whole(text, host);
        (policy.included, policy.places) = (whole.names, whole.places);
        for (line, text) in whole.notes {
            policy.note(line, text);
        }
        policy.more_notes += whole.more_notes;
        if marks.only_includes && policy.included.is_empty() {
            policy.kind = "includes alone";
        } else {
            parse(&mut policy, &whole.text, &Marks::of(&whole.text));
        }
    }
    policy.finish();
    policy
}

/// What a text has that tells what it is, found in one walk through its lines.
#[derive(Default)]
struct Marks {
    log: Option<log::Kind>,
    xml: bool,
    powershell: bool,
    routeros: bool,
    fortigate: bool,
    cisco: bool,
    /// Lines that begin so.
    ikev2: bool,
    conn: bool,
    setup: bool,
    swanctl: bool,
    daemon: bool,
    /// Settings of one plugin of strongSwan: a section, and whether to load it.
    section: bool,
    load: bool,
    brace: bool,
    includes: bool,
    /// Nothing but `include` lines, comments and blanks; nothing but comments and blanks.
    only_includes: bool,
    only_comments: bool,
    /// A line that is longer than is read.
    long: Option<u32>,
}

impl Marks {
    fn of(text: &str) -> Self {
        let mut marks = Self {
            log: log::kind(text),
            xml: pfsense::is(text),
            brace: text.contains('{'),
            only_includes: true,
            only_comments: true,
            ..Self::default()
        };
        let (mut header, mut first) = ("", true);
        for (number, line) in (1..).zip(text.lines()) {
            let before = std::mem::replace(&mut header, line);
            let trimmed = line.trim();
            if trimmed.is_empty() {
                continue;
            }
            let begins = |words: &[&str]| words.iter().any(|w| trimmed.starts_with(w));
            if line.len() > MAX_LINE && marks.long.is_none() {
                marks.long = Some(number);
            }
            marks.powershell |= powershell::is(line, before);
            marks.routeros |= routeros::is(trimmed);
            marks.fortigate |= fortigate::is(trimmed);
            marks.cisco |= cisco::is(trimmed);
            if trimmed.starts_with('#') {
                continue;
            }
            let include = include::pattern(line).is_some();
            marks.includes |= include;
            marks.only_includes &= include;
            marks.only_comments = false;
            marks.ikev2 |= begins(&["ikev2 ", "ikev2\t"]);
            marks.conn |= begins(&["conn ", "conn\t"]);
            marks.setup |= begins(&["config setup"]);
            marks.swanctl |= begins(&["connections", "secrets", "authorities", "pools"]);
            marks.daemon |= begins(&["charon", "libstrongswan", "starter", "pki", "swanctl"]);
            marks.section |= first && trimmed.ends_with('{');
            marks.load |= begins(&["load"])
                && !first
                && trimmed
                    .split_once('=')
                    .is_some_and(|(key, _)| key.trim_end() == "load");
            first = false;
        }
        marks
    }

    /// strongswan.conf(5): settings of the daemon, or of one plugin as `strongswan.d/charon/` has them; nothing about connections.
    fn is_strongswan_conf(&self) -> bool {
        (self.daemon || self.section && self.load) && !self.swanctl && !self.conn && self.brace
    }
}

fn parse(policy: &mut Policy, text: &str, marks: &Marks) {
    if let Some(line) = marks.long.filter(|_| !marks.xml) {
        policy.note(
            line,
            "only the first 16 KiB of a line are read, and this one is longer",
        );
    }
    if let Some(kind) = marks.log {
        policy.kind = kind.words();
        log::read(policy, kind, text);
    } else if marks.xml {
        pfsense::read(policy, text);
    } else if marks.powershell {
        powershell::read(policy, text);
    } else if marks.routeros {
        routeros::read(policy, text);
    } else if marks.fortigate {
        fortigate::read(policy, text);
    } else if marks.cisco {
        cisco::read(policy, text);
    } else if marks.ikev2 {
        policy.kind = "iked.conf";
        iked_conf::read(policy, text);
    } else if marks.conn || marks.setup {
        policy.kind = "ipsec.conf";
        ipsec_conf::read(policy, text);
    } else if marks.swanctl && marks.brace {
        policy.kind = "swanctl.conf";
        swanctl::read(policy, text);
    } else if marks.is_strongswan_conf() {
        policy.kind = "strongswan.conf";
    } else if marks.only_comments {
        // As packages ship their examples.
        policy.note(0, "nothing but comments");
    } else {
        policy.note(0, "neither a configuration nor a log that is known here");
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
