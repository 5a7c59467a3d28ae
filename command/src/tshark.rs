//! `--tshark`: tshark with the plugin reads the captures.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::answer::{Ending, Reader, Take};
use crate::arguments::{Input, Readers};
use crate::form::Form;
use crate::pool::Patience;
use crate::reading::check;
use crate::system;
use crate::system::answers::Answers;
use crate::system::programs::Program;
use crate::trouble::{Trouble, reason, shown};

/// Tables of keys of Wireshark's, as files of a folder.
const TABLES: [&str; 3] = ["ikev1_decryption_table", "ikev2_decryption_table", "esp_sa"];
/// Of its complaints only the beginning is read.
const COMPLAINTS: u64 = 1 << 16;
/// A piece of an answer.
const PIECE: usize = 1 << 16;

/// How tshark is asked.
#[derive(Clone)]
pub(crate) struct Tshark {
    words: Vec<OsString>,
    options: Vec<OsString>,
    wanted: String,
    redact: bool,
    limit: Duration,
}

impl Tshark {
    /// Proves that it can be run, and has the plugin.
    pub(crate) fn new(
        command: &str,
        form: Form,
        stream: Option<u32>,
        input: &Input,
        readers: &Readers,
    ) -> Result<Self, Trouble> {
        let mut wanted = match form {
            Form::Json => "ikewhy,json".to_owned(),
            other => format!("ikewhy,report,{}", other.name()),
        };
        if let Some(stream) = stream {
            wanted += &format!(",stream={stream}");
        }
        if input.redact {
            wanted += ",redact";
        }
        let tshark = Self {
            words: words(command)?,
            options: options(input, readers)?,
            wanted,
            redact: input.redact,
            limit: readers.timeout(),
        };
        tshark.prove()?;
        Ok(tshark)
    }

    fn prove(&self) -> Result<(), Trouble> {
        let mut told = false;
        let asked = ["-z", "ikewhy,explain"].map(OsString::from);
        let (status, complaints) = self
            .run(&asked, &mut |piece| {
                told |= !piece.is_empty();
                true
            })
            .map_err(Trouble::Said)?;
        if status.success() && told {
            return Ok(());
        }
        let root = if system::is_root() {
            " (started by root, Wireshark loads only plugins of the system: `make install` as root)"
        } else {
            ""
        };
        let why = first_line(&complaints).map_or_else(String::new, |line| format!(": {}", shown(line)));
        Err(Trouble::Said(format!(
            "tshark does not have the ikewhy plugin{root}{why}"
        )))
    }

    /// Runs it; gives how it ended and what it complained of.
    fn run(&self, arguments: &[OsString], take: Take<'_>) -> Result<(ExitStatus, String), String> {
        let (mut complaints, copy) =
            complaints().map_err(|error| format!("temporary files cannot be written: {}", reason(&error)))?;
        let [program, words @ ..] = &self.words[..] else {
            return Err("no tshark".to_owned());
        };
        let mut command = Command::new(program);
        command.args(words).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(copy);
        let mut running = Program::start(&mut command)
            .map_err(|error| format!("{} cannot be run: {}", shown(program), reason(&error)))?;
        let mut patience = Patience::new(self.limit);
        if let Some(mut answers) = running.stdout().map(Answers::new) {
            let mut piece = vec![0; PIECE];
            loop {
                let read = match patience.read(&mut answers, &mut piece) {
                    Ok(0) => break,
                    Ok(read) => piece.get(..read).unwrap_or_default().to_owned(),
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(patience.exceeded()),
                    Err(error) => return Err(reason(&error)),
                };
                if !take(read) {
                    return Err("stopped".to_owned());
                }
            }
        }
        let status = running.wait().map_err(|error| reason(&error))?;
        let mut said = Vec::new();
        let _ = complaints.seek(SeekFrom::Start(0));
        let _ = complaints.take(COMPLAINTS).read_to_end(&mut said);
        Ok((status, String::from_utf8_lossy(&said).into_owned()))
    }

    /// The first of its complaints; not one that quotes a row of a table, which holds a key; redacted none, for they name files.
    fn in_words(&self, complaints: &str) -> Option<String> {
        let line = first_line(complaints)?;
        if line.contains("\"uat:") {
            return Some("tshark refuses a row of the decryption tables".to_owned());
        }
        (!self.redact).then(|| shown(line))
    }
}

impl Reader for Tshark {
    fn answer(&mut self, capture: &Path, take: Take<'_>) -> Ending {
        if let Err(trouble) = check(capture) {
            return Ending::trouble(trouble);
        }
        let mut arguments = ["-n", "-q"].map(OsString::from).to_vec();
        arguments.extend_from_slice(&self.options);
        arguments.extend([OsStr::new("-r"), capture.as_os_str(), OsStr::new("-z")].map(OsString::from));
        arguments.push(self.wanted.clone().into());
        let mut told = false;
        let ran = self.run(&arguments, &mut |piece| {
            told |= !piece.is_empty();
            take(piece)
        });
        let (status, complaints) = match ran {
            Ok(ran) => ran,
            Err(trouble) => return Ending::trouble(trouble),
        };
        let said = self.in_words(&complaints);
        if status.success() && told {
            return Ending {
                trouble: None,
                remark: said,
            };
        }
        Ending::trouble(said.unwrap_or_else(|| match (told, status.code()) {
            (true, _) => "only its beginning could be read".to_owned(),
            (false, Some(code)) => format!("tshark ended with status {code} and no answer"),
            (false, None) => "tshark was killed".to_owned(),
        }))
    }
}

fn complaints() -> io::Result<(File, Stdio)> {
    let file = tempfile::tempfile()?;
    let copy = file.try_clone()?;
    Ok((file, copy.into()))
}

/// The words of the command that runs it.
fn words(given: &str) -> Result<Vec<OsString>, Trouble> {
    let other = env::var("IKEWHY_TSHARK").unwrap_or_default();
    let command = [given, &other]
        .into_iter()
        .find(|command| !command.trim().is_empty());
    let Some(command) = command else {
        let found = system::find_program("tshark").unwrap_or_else(|| "tshark".into());
        return Ok(vec![found.into()]);
    };
    system::words(command).ok_or_else(|| Trouble::new("--tshark: a quotation mark is not closed"))
}

/// Its options for what goes with a capture.
fn options(input: &Input, readers: &Readers) -> Result<Vec<OsString>, Trouble> {
    let mut preferences = readers.option.clone();
    preferences.extend(
        input
            .peer_files
            .iter()
            .map(|files| format!("ikewhy.peer_files:{files}")),
    );
    if let Some(folder) = &input.keys {
        preferences.extend(rows(folder, input.redact)?);
    }
    let options = preferences.into_iter().flat_map(|one| ["-o".to_owned(), one]);
    Ok(options.map(OsString::from).collect())
}

/// The tables of a folder, a preference for each row.
fn rows(folder: &Path, redact: bool) -> Result<Vec<String>, Trouble> {
    let mut rows = Vec::new();
    for table in TABLES {
        let text = match fs::read(folder.join(table)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(Trouble::Said(format!(
                    "{table} of --keys cannot be read: {}",
                    reason(&error)
                )));
            }
        };
        if table == "esp_sa" {
            rows.push("esp.enable_encryption_decode:TRUE".to_owned());
        }
        let lines = text
            .lines()
            .filter(|row| !row.trim().is_empty() && !row.starts_with('#'));
        rows.extend(lines.map(|row| format!("uat:{table}:{row}")));
    }
    if rows.is_empty() {
        let name = if redact {
            "the folder of --keys".to_owned()
        } else {
            shown(folder)
        };
        let tables = TABLES.join(", ");
        return Err(Trouble::Said(format!(
            "{name} holds none of Wireshark's tables {tables}"
        )));
    }
    Ok(rows)
}

/// What it complains of, without its remark that root runs it.
fn first_line(complaints: &str) -> Option<&str> {
    let mut lines = complaints.lines().filter(|line| !line.trim().is_empty());
    let line = lines.find(|line| !line.starts_with("Running as user"))?;
    Some(line.strip_prefix("tshark: ").unwrap_or(line))
}
