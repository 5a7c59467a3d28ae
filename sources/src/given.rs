//! Files of a host that has no file system: told apart by what is in them, and read as those on disk are.

use std::collections::HashSet;
use std::fmt;
use std::io::{Read, Seek, SeekFrom};
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};
use ikewhy::keys::Keys;
use ikewhy::policy::include::Host;
use ikewhy::policy::{self, Kind, MAX_POLICIES, MAX_TEXT};
use ikewhy::session::Session;
use zeroize::Zeroizing;

use crate::capture::{Capture, Unreadable};
use crate::key_tables::{TABLES, Unused, read_open_table};
use crate::peer_files::{BEGINNING, Left, MAX_MATCHES, MAX_PATTERN, SECRET, ending, text_of};

/// What a host holds of a file. Each clone is read from a place of its own.
pub trait Content: Read + Seek + Clone + Send + 'static {}

impl<C: Read + Seek + Clone + Send + 'static> Content for C {}

/// A file that is given: its name, perhaps with folders, and its content; of a peer's file, whose it is if the user said so.
#[derive(Clone)]
pub struct Given<C> {
    name: PathBuf,
    owner: Option<IpAddr>,
    content: C,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is a capture.
    Capture,
    /// It is a peer's configuration or log.
    PeerFile(Kind),
    /// It is a table of keys.
    KeyTable,
    /// Its name says that it holds secrets: it is not opened.
    Secrets,
}

impl<C: Content> Given<C> {
    /// A file of this name; before it may stand `ADDRESS=`, as where peers' files are named.
    pub fn new(name: &str, content: C) -> Self {
        let owned = name
            .split_once('=')
            .and_then(|(address, name)| Some((Some(address.parse().ok()?), name)));
        let (owner, name) = owned.unwrap_or((None, name));
        Self {
            name: PathBuf::from(name),
            owner,
            content,
        }
    }

    /// What the file is for. A capture that is damaged is one.
    ///
    /// # Errors
    ///
    /// Why it is nothing that is read here.
    pub fn role(&self) -> Result<Role, Unreadable> {
        if ending(&self.name).is_some_and(policy::is_secret) {
            return Ok(Role::Secrets);
        }
        if self
            .name
            .file_name()
            .is_some_and(|name| TABLES.iter().any(|table| name == *table))
        {
            return Ok(Role::KeyTable);
        }
        match self.capture() {
            Ok(_) => Ok(Role::Capture),
            Err(why @ (Unreadable::Io(_) | Unreadable::Empty)) => Err(why),
            Err(why) => self.text_role().ok_or(why),
        }
    }

    /// The same of what is no capture.
    fn text_role(&self) -> Option<Role> {
        let mut keys = Keys::default();
        let _problems = self.read_key_table(&mut keys);
        if !keys.is_empty() {
            return Some(Role::KeyTable);
        }
        // What kind of log it is, its beginning tells.
        let beginning = self
            .text(BEGINNING as u64, &mut Left::default(), MAX_TEXT)
            .ok()?
            .0;
        let kind = if policy::is_log(&beginning) {
            policy::read("", &beginning, None).kind
        } else {
            let whole = self.text(u64::MAX, &mut Left::default(), MAX_TEXT).ok()?.0;
            policy::read("", &whole, None).kind
        };
        (kind != Kind::Unknown).then_some(Role::PeerFile(kind))
    }

    /// Opens it as a capture.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn capture(&self) -> Result<Capture, Unreadable> {
        Capture::from_reader(self.content.clone())
    }

    /// Reads it as a table of keys, of Wireshark or of strongSwan's save-keys. Returns what of it is not used.
    #[must_use]
    pub fn read_key_table(&self, keys: &mut Keys) -> Vec<Unused> {
        match self.open() {
            Ok((mut content, length)) => {
                read_open_table(keys, &mut content, usize::try_from(length).unwrap_or(usize::MAX))
            }
            Err(error) => vec![Unused::Table(error)],
        }
    }

    /// Reads files as the peers' configurations and logs into a session, before its packets. What one of them includes is looked
    /// for among the others, by their folders. What cannot be read is a note of the session.
    pub fn read_peer_files(files: &[Self], session: &mut Session) {
        let mut left = Left::default();
        let mut included = HashSet::new();
        let mut names = HashSet::new();
        for (number, file) in files.iter().enumerate().take(MAX_POLICIES) {
            // It was read in its place already.
            if included.contains(&number) {
                continue;
            }
            let name = file.shown(&mut names);
            match file.text(u64::MAX, &mut left, MAX_TEXT) {
                Ok((text, before)) => {
                    let mut among = Among {
                        files,
                        own: number,
                        before,
                        left: &mut left,
                        read: &mut included,
                    };
                    session.import_with(&name, &text, file.owner, &mut among);
                }
                Err(why) => _ = session.import_failed(&name, &why),
            }
        }
        if files.len() > MAX_POLICIES {
            let text = format!("only the first {MAX_POLICIES} of {} files were read", files.len());
            session.import_failed("The peers' files", &text);
        }
    }

    /// The file's name without folders; with them where another file has the same, and a number where those are the same, too.
    fn shown(&self, taken: &mut HashSet<String>) -> String {
        let own = self
            .name
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let whole = self.name.to_string_lossy().into_owned();
        let numbered = (2..).map(|number| format!("{whole} ({number})"));
        let mut names = [own, whole.clone()].into_iter().chain(numbered);
        names.find(|name| taken.insert(name.clone())).unwrap_or_default()
    }

    /// Its text of at most so many bytes, and how many lines stand before it.
    fn text(&self, length: u64, left: &mut Left, most: usize) -> Result<(Zeroizing<String>, u32), String> {
        if ending(&self.name).is_some_and(policy::is_secret) {
            return Err(SECRET.to_owned());
        }
        let (mut content, whole) = self.open().map_err(|error| format!("cannot be read: {error}"))?;
        text_of(&mut content, length.min(whole), left, most)
    }

    /// Its content from the beginning, and how long it is.
    fn open(&self) -> std::io::Result<(C, u64)> {
        let mut content = self.content.clone();
        let length = content.seek(SeekFrom::End(0))?;
        content.rewind()?;
        Ok((content, length))
    }
}

/// Without its content, which may be a secret.
impl<C> fmt::Debug for Given<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The files among which those are looked for that one of them includes. Their numbers are one more than their places; 0 is the one
/// that includes.
struct Among<'a, C> {
    files: &'a [Given<C>],
    own: usize,
    /// How many lines of the file stand before what was read of it.
    before: u32,
    left: &'a mut Left,
    /// Places of those that were read.
    read: &'a mut HashSet<usize>,
}

impl<C> Among<'_, C> {
    fn place(&self, number: usize) -> usize {
        number.checked_sub(1).unwrap_or(self.own)
    }
}

impl<C: Content> Host for Among<'_, C> {
    fn find(&mut self, by: usize, pattern: &str) -> Vec<Result<(usize, String), String>> {
        /// As a shell does, `*` stands for no `/`, and names with a dot in front are meant only where it is written.
        const LIKE_SHELL: MatchOptions = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        let folder = self.files.get(self.place(by)).and_then(|file| file.name.parent());
        let whole = plain(&folder.unwrap_or(Path::new("")).join(pattern));
        let wanted = whole.filter(|whole| whole.as_os_str().len() <= MAX_PATTERN);
        let wanted = wanted.and_then(|whole| Pattern::new(&whole.to_string_lossy()).ok());
        let fits = |file: &Given<C>| {
            let name = plain(&file.name);
            name.zip(wanted.as_ref())
                .is_some_and(|(name, wanted)| wanted.matches_path_with(&name, LIKE_SHELL))
        };
        let found = (self.files.iter().enumerate()).filter(|(place, file)| *place != self.own && fits(file));
        let found: Vec<_> = found
            .take(MAX_MATCHES)
            .map(|(place, file)| Ok((place + 1, file.name.to_string_lossy().into_owned())))
            .collect();
        if found.is_empty() {
            return vec![Err("give that file too if it matters".to_owned())];
        }
        found
    }

    fn lines_before(&self) -> u32 {
        self.before
    }

    fn text(&mut self, file: usize, most: usize) -> Result<Zeroizing<String>, String> {
        let place = self.place(file);
        let (text, _) = self
            .files
            .get(place)
            .ok_or("not known")?
            .text(u64::MAX, self.left, most)?;
        self.read.insert(place);
        Ok(text)
    }
}

/// A path below the folder of all files, without `.` and `..`; none if it leads out of it.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::CurDir => {}
            Component::ParentDir if out.pop() => {}
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    use ikewhy::session::Options;

    type InMemory = Given<Cursor<Vec<u8>>>;

    fn given(name: &str, content: impl Into<Vec<u8>>) -> InMemory {
        Given::new(name, Cursor::new(content.into()))
    }

    fn corpus(path: &str) -> InMemory {
        let path = format!("{}/../captures/{path}", env!("CARGO_MANIFEST_DIR"));
        given(&path, std::fs::read(&path).unwrap())
    }

    #[test]
    fn a_file_is_told_by_what_is_in_it() {
        let case = "ikev2-psk-up-strongswan";
        for (file, expected) in [
            ("client.pcap", Role::Capture),
            ("keys/ikev2_decryption_table", Role::KeyTable),
            ("server.log", Role::PeerFile(Kind::Log("strongSwan's log"))),
            (
                "server/swanctl/swanctl.conf",
                Role::PeerFile(Kind::Named("swanctl.conf")),
            ),
        ] {
            let mut file = corpus(&format!("{case}/{file}"));
            assert_eq!(file.role().unwrap(), expected, "{file:?}");
            // Whatever it is called.
            file.name = PathBuf::from("file");
            assert_eq!(file.role().unwrap(), expected, "{file:?}");
        }
        assert_eq!(given("ipsec.secrets", "x").role().unwrap(), Role::Secrets);
        assert_eq!(given("esp_sa", "").role().unwrap(), Role::KeyTable);
        let why = |content: &[u8]| given("file.conf", content).role().unwrap_err().to_string();
        assert_eq!(why(b""), "is empty");
        assert!(why(b"PK\x03\x04....").contains("ZIP"));
        assert!(why(b"what I did on my holidays\n").contains("no capture"));
        assert!(why(&[7; 100_000]).contains("no capture"));
    }

    #[test]
    fn the_user_may_say_whose_a_file_is() {
        let mut session = Session::new(Options::default());
        let text = "connections { a { } }\n";
        let names = ["192.0.2.1=s/a.conf", "2001:db8::1=b.conf", "x=c.conf", "d.conf"];
        Given::read_peer_files(&names.map(|name| given(name, text)), &mut session);
        let policies = session.policies().all().iter();
        let read: Vec<_> = policies
            .map(|p| (p.name.as_str(), p.owner.map(|owner| owner.to_string())))
            .collect();
        let said = |owner: &str| Some(owner.to_owned());
        assert_eq!(
            read,
            [
                ("a.conf", said("192.0.2.1")),
                ("b.conf", said("2001:db8::1")),
                ("x=c.conf", None),
                ("d.conf", None)
            ]
        );
    }

    #[test]
    fn what_a_file_includes_is_found_among_the_others() {
        let one = "connections { a { remote_addrs = 192.0.2.1 } }\n";
        let read = |files: &[(&str, &str)]| -> Vec<(String, usize)> {
            let files: Vec<_> = files.iter().map(|(name, text)| given(name, *text)).collect();
            let mut session = Session::new(Options::default());
            Given::read_peer_files(&files, &mut session);
            let policies = session.policies().all().iter();
            policies
                .map(|policy| (policy.name.clone(), policy.connections.len()))
                .collect()
        };
        let with = "include conf.d/*.conf\n";
        assert_eq!(
            read(&[
                ("s/swanctl.conf", with),
                ("s/conf.d/a.conf", one),
                ("c/conf.d/b.conf", one)
            ]),
            [("swanctl.conf".to_owned(), 1), ("b.conf".to_owned(), 1)]
        );
        // A name that leads out of all folders is nobody's, and one that names itself ends.
        for pattern in ["../../a.conf", "/a.conf", "s/../../a.conf", "*.conf"] {
            let text = format!("include {pattern}\n{one}");
            assert_eq!(
                read(&[("a.conf", &text)]),
                [("a.conf".to_owned(), 1)],
                "{pattern}"
            );
        }
        assert_eq!(
            read(&[("a.conf", one), ("a.conf", one), ("a.secrets", one)]),
            [
                ("a.conf".to_owned(), 1),
                ("a.conf (2)".to_owned(), 1),
                ("a.secrets".to_owned(), 0)
            ]
        );
    }
}
