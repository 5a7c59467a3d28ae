//! One file of a peer, as far as it is kept.

use super::bounds::{FOR_ALL, MAX_CONNECTIONS, MAX_ENTRIES, MAX_NOTES, MAX_VALUES};
use super::connection::{Connection, Redacted};
use super::entry::Entry;
use super::include::Place;
use super::index::Index;
use super::kind::Kind;
use super::network::is_any;
use super::room::Room;
use super::said::{Said, said};
use super::stamp::Stamp;
use super::text::shown;
use crate::negotiation::redact::Redact;
use std::net::IpAddr;

/// Of a log without a time at any decisive line, so many of the last lines are looked at.
const LAST: usize = 1000;

/// Something about a file that the user should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Line, from 1; 0 for the whole file.
    pub line: u32,
    /// What.
    pub text: Said,
}

/// One file of a peer.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The file's name, as it is shown.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The address the user says it belongs to.
    pub owner: Option<IpAddr>,
    /// Connections.
    pub connections: Vec<Connection>,
    /// Decisive lines of a log.
    pub entries: Vec<Entry>,
    /// Addresses of the machine itself that a log names.
    pub addresses: Vec<IpAddr>,
    /// When the last line of a log was written, if it has times.
    pub(super) last: Option<Stamp>,
    /// The roles a log shows the machine in: initiator, responder.
    pub roles: [bool; 2],
    /// A connection that names no peer is for anybody.
    pub(super) anybody: bool,
    /// It has a layout that was never seen on a machine.
    pub unverified: bool,
    /// It could not be read at all: why, is its note.
    pub unreadable: bool,
    /// What was not understood, or left out.
    pub notes: Vec<Note>,
    /// How many more notes there were.
    pub more_notes: usize,
    /// How many more connections there were.
    pub more_connections: usize,
    /// Names of the files it includes.
    pub(super) included: Vec<String>,
    /// Which line stands in which file, where it includes others.
    pub(super) places: Vec<Place>,
    /// So many lines of a long log stand before what was read.
    pub(super) skipped: u32,
    /// It was read from its last line to its first; so many lines it has.
    pub(super) turned: Option<u32>,
    /// How many decisive lines stand before those that are kept.
    pub(super) more_entries: usize,
    /// How much may be kept of it.
    pub(super) room: Room,
    pub(super) index: Index,
}

impl Policy {
    /// Puts pseudonyms for what came from outside. All fields are listed, here and below, so that a new one cannot be
    /// forgotten.
    pub(crate) fn redact(&mut self, d: &mut dyn Redact) {
        let Self {
            name,
            owner,
            connections,
            entries,
            addresses,
            notes,
            included,
            kind: _,
            last: _,
            roles: _,
            anybody: _,
            unverified: _,
            unreadable: _,
            more_notes: _,
            more_connections: _,
            places: _,
            skipped: _,
            turned: _,
            more_entries: _,
            room: _,
            // Made of the others.
            index: _,
        } = self;
        d.file(name);
        for file in included {
            d.file(file);
        }
        for address in owner.iter_mut().chain(addresses) {
            d.address(address);
        }
        // Lists that were shared are shared again.
        let mut shared = Redacted::default();
        for connection in connections {
            connection.redact(d, &mut shared);
        }
        for entry in entries.iter_mut() {
            entry.redact(d);
        }
        for Note { text, line: _ } in notes {
            text.redact(d);
        }
        self.index = Index::of(&self.connections, |c| self.only_answers(c), &self.entries);
    }

    /// How much is kept of it, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.room.taken()
    }

    /// It is a log; what it shows of connections is not all of them.
    #[must_use]
    pub fn is_log(&self) -> bool {
        matches!(self.kind, Kind::Log(_))
    }

    /// A log ends on another day than this time: what it shows of connections may have changed since.
    #[must_use]
    pub fn ends_before(&self, nanoseconds: i64) -> bool {
        self.last
            .is_some_and(|last| !last.is_unset() && last.meets(nanoseconds).is_none())
    }

    /// The times of a log, beside those of its decisive lines; of a line without one, that of the last line before it that has one.
    pub(super) fn clocked(&mut self, text: &str) {
        let has = self.entries.iter().any(|e| e.time.is_some());
        let most = if has { usize::MAX } else { LAST };
        self.last = text.lines().rev().take(most).find_map(Stamp::of);
        if self.last.is_none() || self.entries.iter().all(|e| e.time.is_some()) {
            return;
        }
        let mut timeless = self.entries.iter_mut().filter(|e| e.time.is_none()).peekable();
        let mut latest = None;
        for (number, line) in (1..).zip(text.lines()) {
            while let Some(entry) = timeless.next_if(|e| e.line <= number) {
                entry.after = latest;
            }
            if timeless.peek().is_none() {
                return;
            }
            latest = Stamp::of(line).or(latest);
        }
    }

    /// The file and its line where this line of the whole text stands.
    #[must_use]
    pub fn place(&self, line: u32) -> (&str, u32) {
        let line = match self.turned {
            Some(lines) if line > 0 => (lines + 1).saturating_sub(line),
            _ => line,
        };
        let next = self.places.partition_point(|p| p.from <= line);
        let Some(place) = next.checked_sub(1).and_then(|i| self.places.get(i)) else {
            return (&self.name, if line > 0 { line + self.skipped } else { 0 });
        };
        let included = place.file.checked_sub(1).and_then(|i| self.included.get(i));
        (included.unwrap_or(&self.name), place.line + (line - place.from))
    }

    /// It was read from its last line to its first.
    pub(super) fn turned(&mut self, lines: u32) {
        self.turned = Some(lines);
        for entry in &mut self.entries {
            entry.line = (lines + 1).saturating_sub(entry.line);
        }
    }

    /// So many lines stand before those that were read.
    pub(super) fn skipped(&mut self, lines: u32) {
        self.skipped = lines;
        for entry in &mut self.entries {
            entry.line = entry.line.saturating_add(lines);
        }
    }

    /// How many lines were read before this one of a log.
    pub(crate) fn read_before(&self, line: u32) -> u32 {
        self.turned
            .map_or(line, |lines| (lines + self.skipped).saturating_sub(line))
    }

    pub(crate) fn note(&mut self, line: u32, text: impl Into<Said>) {
        let note = Note {
            line,
            text: text.into(),
        };
        if self.notes.contains(&note) {
            return;
        }
        // What is said of the whole file, there are few of, and they matter most.
        let most = if line == 0 { MAX_NOTES + FOR_ALL } else { MAX_NOTES };
        if self.notes.len() < most {
            self.notes.push(note);
        } else {
            self.more_notes += 1;
        }
    }

    pub(super) fn address(&mut self, address: IpAddr) {
        let special = address.is_loopback() || address.is_unspecified();
        if !special && self.addresses.len() < MAX_VALUES && !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
    }

    /// A new connection; `None` if there is no room for it.
    pub(super) fn connection(&mut self, name: &str, line: u32) -> Option<&mut Connection> {
        self.room.take(&self.connections);
        if self.connections.len() >= MAX_CONNECTIONS || self.room.is_full() {
            self.more_connections += 1;
            return None;
        }
        Some(self.connections.push_mut(Connection {
            name: shown(name),
            line,
            ..Connection::default()
        }))
    }

    /// The connection that is being read; `None` if there was no room for it.
    pub(super) fn latest(&mut self) -> Option<&mut Connection> {
        self.connections.last_mut().filter(|_| self.more_connections == 0)
    }

    /// There is room for no further connection, so that none has to be made.
    pub(super) fn is_full(&self) -> bool {
        self.more_connections > 0
    }

    /// All is read: says what was left out, and makes it quick to find.
    pub(super) fn finish(&mut self) {
        self.room.take(&self.connections);
        self.room.close();
        if self.more_connections > 0 {
            let text = said!(
                "only the first {} connections are kept: {} more are left out",
                self.connections.len(),
                self.more_connections
            );
            self.note(0, text);
        }
        if self.more_entries > 0 {
            let text = said!(
                "only the last {} decisive lines of this log are kept: {} before them are left out",
                self.entries.len(),
                self.more_entries
            );
            self.note(0, text);
        }
        let mut cut = Vec::new();
        for c in &self.connections {
            cut.extend(c.more_children.then_some((c.line, true)));
            let lists = c.children.iter().flat_map(|child| [&child.local, &child.remote]);
            let texts = lists.chain([&c.local, &c.remote]).flatten();
            let proposals = c.children.iter().map(|child| &child.proposals);
            let proposals = proposals.chain([&c.ike]).flatten();
            let texts = texts.filter(|l| l.value.len() > MAX_VALUES).map(|l| l.line);
            let proposals = proposals.filter(|l| l.value.len() > MAX_VALUES).map(|l| l.line);
            cut.extend(texts.chain(proposals).map(|line| (line, false)).take(MAX_NOTES));
            if cut.len() > MAX_NOTES {
                break;
            }
        }
        for (line, children) in cut {
            self.note(
                line,
                if children {
                    "only the first 64 data tunnels of this connection are kept"
                } else {
                    "only the first 64 values of this list are kept"
                },
            );
        }
        self.index = Index::of(&self.connections, |c| self.only_answers(c), &self.entries);
    }

    /// A decisive line. Where there is no room, the first ones go: of a log the end counts more.
    pub(super) fn push(&mut self, entry: Entry) {
        if self.entries.len() >= MAX_ENTRIES || self.room.is_full() {
            let gone = self.entries.len().div_ceil(4);
            for old in self.entries.drain(..gone) {
                self.room.give(&old);
            }
            self.more_entries += gone;
        }
        if self.room.is_full() {
            self.more_entries += 1;
            return;
        }
        self.room.entry(&entry);
        self.entries.push(entry);
    }

    /// A connection that cannot begin: its peer may be anybody.
    pub(super) fn only_answers(&self, c: &Connection) -> bool {
        let anybody = match &c.remote {
            Some(remote) => remote.value.iter().all(|p| is_any(p)),
            None => self.anybody,
        };
        c.begins == Some(false) || anybody
    }
}
