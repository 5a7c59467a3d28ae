//! The peers' configurations and logs -> the same offers, identities and selectors as on the wire, each with its line.
//!
//! * [`algorithm`]: names of algorithms in all spellings;
//! * `configuration`: one file for each syntax of a configuration; [`network`] for all;
//! * [`include`]: files that a configuration includes;
//! * `log`: what the daemons' logs say of a refusal;
//! * `belongs`: whose a file is;
//! * `index`: which connections and lines of a file may be meant, without a look at all of them;
//! * `known`: what is kept of answers about them;
//! * `room`: how much is kept of all files together.
//!
//! Text in, no I/O. Secrets are dropped where a line is cut into words; nothing of them is kept, and copies of text are wiped.
//! What is not understood is a [`Note`], never an error. Everything is bounded by the constants below, and what a bound leaves
//! out is a note, too.

pub mod algorithm;
mod belongs;
mod configuration;
pub mod include;
mod index;
pub(crate) mod known;
mod log;
pub(crate) mod nearest;
mod network;
mod room;
mod secret;

use crate::negotiation::Version;
use crate::negotiation::offer::Suite;
use crate::negotiation::redact::Redact;
use crate::wire::text;
use algorithm::Proposal;
pub use belongs::Belongs;
pub(crate) use belongs::SUITES;
use configuration::{cisco, fortigate, iked_conf, ipsec_conf, pfsense, powershell, routeros, swanctl};
use index::Index;
pub(crate) use index::{Asked, Work};
pub use known::Policies;
pub use log::{Cause, Entry};
pub use network::{apart, means};
pub use room::ROOM;
use room::Room;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// The most bytes of one file that are read.
pub const MAX_TEXT: usize = 8 << 20;
/// The most files.
pub const MAX_POLICIES: usize = 64;
const MAX_CONNECTIONS: usize = 1024;
const MAX_CHILDREN: usize = 64;
const MAX_NOTES: usize = 32;
/// So many more, if they are about the whole file.
const FOR_ALL: usize = 8;
const MAX_ENTRIES: usize = 4096;
/// The most values of a list.
const MAX_VALUES: usize = 64;
/// The most characters of a value.
const MAX_VALUE: usize = 256;
/// The most bytes of a line.
const MAX_LINE: usize = 16 << 10;
/// Stands for what is left out of a text or a list. As a pattern it may mean any address, so nothing is concluded from it.
const MORE: &str = "\u{2026}";

/// A value and the line it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lined<T> {
    /// The value.
    pub value: T,
    /// Line, from 1.
    pub line: u32,
}

/// A value that connections share, if they have it from one place.
pub type Shared<T> = Option<Lined<Arc<T>>>;
/// A list of such.
pub type Listed<T> = Shared<Vec<T>>;

fn shared<T>(value: T, line: u32) -> Shared<T> {
    let value = Arc::new(value);
    Some(Lined { value, line })
}

fn listed<T>(value: Vec<T>, line: u32) -> Listed<T> {
    shared(value, line)
}

/// As many of these as a list may have; `more` stands for the others.
fn bounded<T>(all: impl IntoIterator<Item = T>, more: impl FnOnce() -> T) -> Vec<T> {
    let mut all = all.into_iter();
    let mut list: Vec<T> = all.by_ref().take(MAX_VALUES).collect();
    list.extend(all.next().map(|_| more()));
    list
}

/// The same for values as they are shown.
fn values<'a>(all: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    bounded(all.into_iter().map(shown), || MORE.to_owned())
}

/// Adds to a list, which begins in this line.
fn add<T: Clone>(list: &mut Listed<T>, line: u32, value: T, more: impl FnOnce() -> T) {
    let list = list.get_or_insert_with(|| Lined {
        value: Arc::default(),
        line,
    });
    let all = Arc::make_mut(&mut list.value);
    match all.len() {
        0..MAX_VALUES => all.push(value),
        MAX_VALUES => all.push(more()),
        _ => {}
    }
}

/// How one side proves itself, as far as products' words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the words say it
pub enum Auth {
    Psk,
    Certificate,
    Eap,
    Xauth,
}

impl Auth {
    /// For sentences.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Psk => "a pre-shared key",
            Self::Certificate => "a certificate",
            Self::Eap => "EAP",
            Self::Xauth => "XAUTH",
        }
    }
}

/// How the data tunnel packs packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mode {
    Tunnel,
    Transport,
}

impl Mode {
    /// For sentences.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Tunnel => "tunnel mode",
            Self::Transport => "transport mode",
        }
    }
}

/// What a configuration says of one data tunnel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Child {
    /// ESP or AH proposals; `None` where the product's defaults hold.
    pub proposals: Listed<Proposal>,
    /// Tunnel or transport.
    pub mode: Option<Lined<Mode>>,
    /// Own networks.
    pub local: Listed<String>,
    /// The peer's networks.
    pub remote: Listed<String>,
    /// As responder it takes any group for perfect forward secrecy, or none, as the peer likes.
    pub any_group: bool,
}

/// What a configuration says of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub line: u32,
    /// The only version it speaks; `None`: both, or not said.
    pub version: Option<Lined<Version>>,
    /// Aggressive Mode (IKEv1).
    pub aggressive: Option<Lined<bool>>,
    /// It answers Main and Aggressive Mode alike.
    pub either_mode: bool,
    /// IKE proposals; `None` where the product's defaults hold.
    pub ike: Listed<Proposal>,
    /// Own addresses.
    pub local: Listed<String>,
    /// The peer's addresses.
    pub remote: Listed<String>,
    /// How it proves itself.
    pub local_auth: Option<Lined<Auth>>,
    /// How the peer has to.
    pub remote_auth: Option<Lined<Auth>>,
    /// Own identity.
    pub local_id: Shared<String>,
    /// The identity it wants of the peer.
    pub remote_id: Shared<String>,
    /// It begins, at once or as its traffic comes; `false`: it only answers; `None`: not said.
    pub begins: Option<bool>,
    /// It is refused all the same, once its peer is known: its group is allowed these protocols alone.
    pub barred: Listed<String>,
    /// Data tunnels.
    pub children: Arc<Vec<Child>>,
    /// It has more of them than are kept.
    pub more_children: bool,
}

/// Something about a file that the user should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Line, from 1; 0 for the whole file.
    pub line: u32,
    /// What.
    pub text: String,
}

/// One file of a peer.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The file's name, as it is shown.
    pub name: String,
    /// What it is: `swanctl.conf`, `charon's log`; empty if not known.
    pub kind: &'static str,
    /// The address the user says it belongs to.
    pub owner: Option<IpAddr>,
    /// Connections.
    pub connections: Vec<Connection>,
    /// Decisive lines of a log.
    pub entries: Vec<Entry>,
    /// Addresses of the machine itself that a log names.
    pub addresses: Vec<IpAddr>,
    /// The roles a log shows the machine in: initiator, responder.
    pub roles: [bool; 2],
    /// It has a layout that was never seen on a machine.
    pub unverified: bool,
    /// What was not understood, or left out.
    pub notes: Vec<Note>,
    /// How many more notes there were.
    pub more_notes: usize,
    /// How many more connections there were.
    pub more_connections: usize,
    /// Names of the files it includes.
    included: Vec<String>,
    /// Which line stands in which file, where it includes others.
    places: Vec<include::Place>,
    /// How much may be kept of it.
    room: Room,
    index: Index,
}

impl Policy {
    /// Puts pseudonyms for everything that names somebody. All fields are listed, here and below, so that a new one cannot be
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
            roles: _,
            unverified: _,
            more_notes: _,
            more_connections: _,
            places: _,
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
        for entry in entries {
            entry.redact(d);
        }
        for Note { text, line: _ } in notes {
            d.text(text);
        }
        self.index = Index::of(self);
    }

    /// How much is kept of it, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.room.taken()
    }

    /// It is a log; what it shows of connections is not all of them.
    #[must_use]
    pub fn is_log(&self) -> bool {
        self.kind.ends_with("log")
    }

    /// The file and its line where this line of the whole text stands.
    #[must_use]
    pub fn place(&self, line: u32) -> (&str, u32) {
        let next = self.places.partition_point(|p| p.from <= line);
        let Some(place) = next.checked_sub(1).and_then(|i| self.places.get(i)) else {
            return (&self.name, line);
        };
        let included = place.file.checked_sub(1).and_then(|i| self.included.get(i));
        (included.unwrap_or(&self.name), place.line + (line - place.from))
    }

    pub(crate) fn note(&mut self, line: u32, text: impl Into<String>) {
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

    fn address(&mut self, address: IpAddr) {
        let special = address.is_loopback() || address.is_unspecified();
        if !special && self.addresses.len() < MAX_VALUES && !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
    }

    /// A new connection; `None` if there is no room for it.
    fn connection(&mut self, name: &str, line: u32) -> Option<&mut Connection> {
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
    fn latest(&mut self) -> Option<&mut Connection> {
        self.connections.last_mut().filter(|_| self.more_connections == 0)
    }

    /// There is room for no further connection, so that none has to be made.
    fn is_full(&self) -> bool {
        self.more_connections > 0
    }

    /// All is read: says what was left out, and makes it quick to find.
    fn finish(&mut self) {
        self.room.take(&self.connections);
        self.room.close();
        if self.more_connections > 0 {
            let text = format!(
                "only the first {} connections are kept: {} more are left out",
                self.connections.len(),
                self.more_connections
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
        self.index = Index::of(self);
    }
}

/// Text of a file as it may be shown: short, without control and formatting characters.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut all = text.chars();
    let mut out = text::shown(all.by_ref().take(MAX_VALUE));
    if all.next().is_some() {
        out.push_str(MORE);
    }
    out
}

/// Where a quote is closed. A backslash takes what stands behind it along.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// What stands in quotes after the first one, and what follows them.
fn quoted(text: &str) -> (&str, &str) {
    let end = closing(text).unwrap_or(text.len());
    (
        text.get(..end).unwrap_or_default(),
        text.get(end + 1..).unwrap_or_default(),
    )
}

/// A text up to so many bytes.
fn head(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// Numbered lines, from 1, each as far as it is read.
fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines().map(|line| head(line, MAX_LINE)))
}

/// A list in one value, at commas or blanks.
fn list(value: &str) -> Vec<String> {
    values(value.split([',', ' ', '\t']).filter(|v| !v.is_empty()))
}

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

/// What has its pseudonyms, by where the original is, which is kept so long: nothing else takes its place in memory.
type Done<T> = HashMap<usize, (Arc<T>, Arc<T>)>;

/// What connections share, with its pseudonyms.
#[derive(Default)]
struct Redacted {
    names: Done<String>,
    lists: Done<Vec<String>>,
    children: Done<Vec<Child>>,
}

/// Puts pseudonyms once for all who share something.
fn once<T: Clone>(shared: &mut Arc<T>, done: &mut Done<T>, redact: impl FnOnce(&mut T)) {
    let known = done.entry(Arc::as_ptr(shared).addr()).or_insert_with(|| {
        let mut own = T::clone(shared);
        redact(&mut own);
        (Arc::clone(shared), Arc::new(own))
    });
    *shared = Arc::clone(&known.1);
}

impl Connection {
    fn redact(&mut self, d: &mut dyn Redact, shared: &mut Redacted) {
        let Self {
            name,
            local,
            remote,
            local_id,
            remote_id,
            children,
            line: _,
            version: _,
            aggressive: _,
            ike: _,
            local_auth: _,
            remote_auth: _,
            either_mode: _,
            begins: _,
            barred: _,
            more_children: _,
        } = self;
        d.name(name);
        for id in [local_id, remote_id].into_iter().flatten() {
            once(&mut id.value, &mut shared.names, |name| d.name(name));
        }
        let mut patterns = |list: &mut Listed<String>| {
            if let Some(list) = list {
                once(&mut list.value, &mut shared.lists, |list| {
                    list.iter_mut().for_each(|p| d.pattern(p));
                });
            }
        };
        patterns(local);
        patterns(remote);
        once(children, &mut shared.children, |children| {
            for child in children {
                let Child {
                    local,
                    remote,
                    proposals: _,
                    mode: _,
                    any_group: _,
                } = child;
                patterns(local);
                patterns(remote);
            }
        });
    }

    /// Adds a data tunnel.
    fn child(&mut self, child: Child) {
        if self.children.len() < MAX_CHILDREN {
            Arc::make_mut(&mut self.children).push(child);
        } else {
            self.more_children = true;
        }
    }

    /// The data tunnel that is being read.
    fn last_child(&mut self) -> Option<&mut Child> {
        let child = Arc::make_mut(&mut self.children).last_mut();
        child.filter(|_| !self.more_children)
    }

    /// It takes Aggressive Mode, or Main Mode (IKEv1).
    #[must_use]
    pub fn takes(&self, aggressive: bool) -> bool {
        self.either_mode || self.aggressive.as_ref().is_some_and(|a| a.value) == aggressive
    }

    /// It speaks this version.
    #[must_use]
    pub fn speaks(&self, version: Version) -> bool {
        self.version.as_ref().is_none_or(|v| v.value == version)
    }

    /// Its IKE proposals as on the wire; empty where they are not all known.
    #[must_use]
    pub fn suites(&self, version: Version, auth: Option<u16>) -> Vec<Suite> {
        suites(self.ike.as_ref(), version, auth)
    }
}

impl Lined<Arc<Vec<Proposal>>> {
    /// The proposal that became this suite.
    fn of(&self, suite: &Suite) -> Option<&Proposal> {
        self.value.get(usize::from(suite.proposal).checked_sub(1)?)
    }

    /// The line of the proposal that became this suite.
    #[must_use]
    pub fn line_of(&self, suite: &Suite) -> u32 {
        let own = self.of(suite).map_or(0, |p| p.line);
        if own > 0 { own } else { self.line }
    }

    /// Which of these attributes of that suite the file leaves to the product's defaults.
    #[must_use]
    pub fn assumed(
        &self,
        suite: &Suite,
        attributes: &[crate::negotiation::offer::Attribute],
    ) -> Vec<crate::negotiation::offer::Attribute> {
        use crate::negotiation::offer::Attribute as A;
        let assumed = self.of(suite).map_or(&[][..], |p| &p.assumed);
        let said = |a: &A| match a {
            A::KeyLength => A::Encryption,
            A::Hash => A::Integrity,
            other => *other,
        };
        let mut list = attributes.to_vec();
        list.retain(|a| assumed.contains(&said(a)));
        list
    }
}

impl Child {
    /// Its ESP or AH proposals as on the wire; empty where they are not all known.
    #[must_use]
    pub fn suites(&self, version: Version) -> Vec<Suite> {
        suites(self.proposals.as_ref(), version, None)
    }
}

fn suites(proposals: Option<&Lined<Arc<Vec<Proposal>>>>, version: Version, auth: Option<u16>) -> Vec<Suite> {
    match proposals {
        Some(p) if p.value.iter().all(|p| p.whole) => (1..=u8::MAX)
            .zip(p.value.iter())
            .map(|(number, p)| Suite {
                proposal: number,
                ..p.suite(version, auth)
            })
            .collect(),
        _ => Vec::new(),
    }
}
