//! What the page asks: of a file, what it is; of a capture, its negotiations in rows, and reports.

use std::convert::Infallible;

use ikewhy::keys::{Decryptor, Keys};
use ikewhy::policy::Kind;
use ikewhy::report::parts::{Part, Parts};
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::{Options, Session};
use ikewhy_sources::{Content, Given, Role, Unreadable, feed, feed_decrypted};
use serde::{Deserialize, Serialize};

/// What a file is.
#[derive(Debug, Serialize)]
pub struct Recognised {
    /// `capture`, `peer`, `keys`, or `nothing` that is read here.
    pub role: &'static str,
    /// In words: what it is, or why it is not read, a sentence without a subject.
    pub what: String,
}

impl Recognised {
    /// Looks into a file.
    pub fn of<C: Content>(file: &Given<C>) -> Self {
        let (role, what) = match file.role() {
            Ok(Role::Capture) => ("capture", "a capture".to_owned()),
            Ok(Role::KeyTable) => ("keys", table(file)),
            Ok(Role::PeerFile(kind)) => ("peer", described(kind)),
            Ok(Role::Secrets) => (
                "nothing",
                "is not read, because its ending says that it holds secrets".to_owned(),
            ),
            Err(why @ Unreadable::Unknown) => {
                ("nothing", format!("{why}, and nothing else that is read here"))
            }
            Err(why) => ("nothing", why.to_string()),
        };
        Self { role, what }
    }
}

/// A table of keys, and what of it is not used; no key is shown.
fn table<C: Content>(file: &Given<C>) -> String {
    const SHOWN: usize = 3;
    let mut keys = Keys::default();
    let unused = file.read_key_table(&mut keys);
    let mut what = match keys.rows() {
        1 => "a table of keys (1 row)".to_owned(),
        rows => format!("a table of keys ({rows} rows)"),
    };
    for sentence in unused.iter().take(SHOWN) {
        what += &format!("; {sentence}");
    }
    if unused.len() > SHOWN {
        what += "; and so on";
    }
    what
}

fn described(kind: Kind) -> String {
    match kind {
        Kind::Unknown => "unknown".to_owned(),
        Kind::Unread(name) => format!("{name}, which is not read; reports say what would tell more"),
        Kind::Includes => "a configuration that includes others".to_owned(),
        Kind::Named(name) => format!("a configuration ({name})"),
        Kind::Configuration(name) | Kind::Output(name) | Kind::Log(name) => name.to_owned(),
    }
}

/// A capture, with all that goes with it.
#[derive(Debug)]
pub struct Asked<C> {
    peer_files: Vec<Given<C>>,
    keys: Keys,
    session: Session,
}

impl<C: Content> Default for Asked<C> {
    fn default() -> Self {
        Self {
            peer_files: Vec::new(),
            keys: Keys::default(),
            session: Session::new(Options::default()),
        }
    }
}

impl<C: Content> Asked<C> {
    /// Takes a peer's configuration or log, before the capture.
    pub fn peer_file(&mut self, file: Given<C>) {
        self.peer_files.push(file);
    }

    /// Takes a table of keys, before the capture. What of it is not used was told when it was recognised.
    pub fn key_table(&mut self, file: &Given<C>) {
        let _unused = file.read_key_table(&mut self.keys);
    }

    /// Reads a capture. Returns what is wrong with the rest of it.
    ///
    /// # Errors
    ///
    /// Why it cannot be read at all. Both are sentences without a subject.
    pub fn read(&mut self, capture: &Given<C>) -> Result<Option<String>, String> {
        let mut capture = capture.capture().map_err(|why| why.to_string())?;
        self.session = Session::new(Options::default());
        Given::read_peer_files(&self.peer_files, &mut self.session);
        let keys = std::mem::take(&mut self.keys);
        if keys.is_empty() {
            feed(&mut capture, &mut self.session);
        } else {
            feed_decrypted(&mut capture, &mut Decryptor::new(keys), &mut self.session);
        }
        Ok(capture.damage().map(ToString::to_string))
    }

    /// A row for each negotiation, as a line of JSON.
    pub fn rows(&mut self, redact: bool, mut say: impl FnMut(&str)) {
        let mut parts = Parts::default();
        self.report(Form::Json, None, redact, |piece| {
            let Ok(()) = parts.push(piece.as_bytes(), |part| {
                if let Part::Record(record) = part
                    && let Ok(row) = serde_json::from_str::<Row>(record)
                    && let Ok(line) = serde_json::to_string(&row)
                {
                    say(&line);
                    say("\n");
                }
                Ok::<_, Infallible>(())
            });
        });
    }

    /// A report on all negotiations, or on one.
    pub fn report(&mut self, form: Form, stream: Option<u32>, redact: bool, mut say: impl FnMut(&str)) {
        let mut writing = self.session.begin(&Wanted {
            form,
            stream,
            redact,
            window: false,
        });
        while let Some(piece) = self.session.next_piece(&mut writing) {
            say(&piece);
        }
    }
}

/// What the list shows of a negotiation; the fields have the names of the document for scripts.
#[derive(Debug, Deserialize, Serialize)]
struct Row {
    stream: u32,
    start: String,
    initiator: Side,
    responder: Side,
    state: String,
    verdict: Verdict,
}

#[derive(Debug, Deserialize, Serialize)]
struct Side {
    address: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Verdict {
    title: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn given(path: &str) -> Given<Cursor<Vec<u8>>> {
        let path = format!("{}/../captures/{path}", env!("CARGO_MANIFEST_DIR"));
        let content = Cursor::new(std::fs::read(&path).unwrap());
        Given::new(&path, content)
    }

    #[test]
    fn a_capture_has_rows_and_reports() {
        let case = "ikev2-psk-differs-strongswan";
        let mut asked = Asked::default();
        asked.peer_file(given(&format!("{case}/server/swanctl/swanctl.conf")));
        asked.key_table(&given(&format!("{case}/keys/ikev2_decryption_table")));
        assert_eq!(asked.read(&given(&format!("{case}/client.pcap"))), Ok(None));
        let mut rows = String::new();
        asked.rows(false, |text| rows.push_str(text));
        let row: Row = serde_json::from_str(&rows).unwrap();
        assert_eq!((row.stream, &*row.state), (0, "failed"));
        for (redact, shown) in [(false, true), (true, false)] {
            let mut report = String::new();
            asked.report(Form::Html, Some(0), redact, |text| report.push_str(text));
            assert!(report.ends_with("</html>\n"));
            assert_eq!(report.contains(&row.initiator.address), shown);
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let mut asked = Asked::default();
        assert!(
            asked
                .read(&given("README.md"))
                .unwrap_err()
                .contains("no capture")
        );
        assert_eq!(Recognised::of(&given("README.md")).role, "nothing");
        let secret = "53ec12e753ec12e753ec12e753ec12e7";
        let rows =
            format!("\"IPv4\",\"*\",\"*\",\"*\",\"CAST5-CBC [RFC2144]\",\"0x{secret}\",\"NULL\",\"\"\n")
                .repeat(5);
        let what = Recognised::of(&Given::new("esp_sa", Cursor::new(rows.into_bytes()))).what;
        assert!(
            what.contains("line 1 is not understood") && what.ends_with("; and so on"),
            "{what}"
        );
        assert!(!what.contains(secret), "{what}");
    }
}
