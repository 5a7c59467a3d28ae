//! The command line: what is asked, of which captures, and what goes with them.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::ValueParser;
use clap::{ArgGroup, Args, CommandFactory as _, Parser, Subcommand};

use crate::Status;
use crate::form::Form;
use crate::output::Output;
use crate::trouble::{Trouble, shown};

/// So many captures are read at once at most.
pub(crate) const MOST_JOBS: u32 = 64;

/// Why IPsec negotiations failed, and what to change.
#[derive(Debug, Parser)]
#[command(name = "ikewhy", bin_name = "ikewhy", version, infer_long_args = false)]
#[command(override_usage = "ikewhy [report] FILE [OPTIONS]\n       ikewhy COMMAND ...")]
#[command(after_help = "Exit status: 0 nothing failed, 1 something did (batch), 2 trouble.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What is asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The report on one capture; `ikewhy FILE` is short for it
    Report(Report),
    /// One row for each negotiation of many captures
    Batch(Batch),
    /// What a diagnosis means and how it is fixed; what an error number, a notification or a line of a log comes to
    Explain(Explain),
    /// What was lost or changed between the two ends of a path
    Compare(Compare),
    /// A line for each negotiation as it is decided, while the capture runs
    Live(Live),
    /// Tries a pre-shared key on negotiations in Aggressive Mode
    PskCheck(PskCheck),
    #[command(skip)]
    Private(Private),
}

/// What nobody asks who uses the program: it stands in no help.
#[derive(Debug, Parser)]
#[command(name = "ikewhy")]
pub(crate) enum Private {
    /// Writes the manual pages and the completions for shells.
    Pages(Pages),
    /// Reads captures for another process.
    Worker(Worker),
}

/// What goes with a capture.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Input {
    /// Folder with Wireshark's tables of keys (ikev1_decryption_table, ikev2_decryption_table, esp_sa)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keys: Option<PathBuf>,
    /// The peers' configurations and logs, separated by `;`, each perhaps after `ADDRESS=`
    #[arg(long, value_name = "FILES")]
    pub(crate) peer_files: Option<String>,
    /// Pseudonyms for addresses, identities, names and SPIs
    #[arg(long)]
    pub(crate) redact: bool,
}

/// Who reads the captures.
#[derive(Args, Clone, Debug)]
pub(crate) struct Readers {
    /// Ask tshark and the plugin instead; COMMAND runs tshark where it is not in PATH, or IKEWHY_TSHARK in the environment
    #[arg(long, value_name = "COMMAND", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) tshark: Option<String>,
    /// A preference for tshark
    #[arg(short = 'o', value_name = "NAME:VALUE", requires = "tshark")]
    pub(crate) option: Vec<String>,
    /// Give a capture up after so long
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = whole(1, 86_400))]
    timeout: u32,
}

impl Readers {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }
}

/// `ikewhy report`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("form"))]
pub(crate) struct Report {
    /// The capture
    #[arg(value_name = "FILE")]
    pub(crate) capture: PathBuf,
    /// As Markdown
    #[arg(long, group = "form")]
    markdown: bool,
    /// As one HTML page
    #[arg(long, group = "form")]
    html: bool,
    /// As JSON
    #[arg(long, group = "form")]
    json: bool,
    /// One negotiation only
    #[arg(long, value_name = "N", value_parser = whole(0, u32::MAX - 1))]
    pub(crate) stream: Option<u32>,
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) readers: Readers,
}

impl Report {
    pub(crate) fn form(&self) -> Form {
        match (self.markdown, self.html, self.json) {
            (true, _, _) => Form::Markdown,
            (_, true, _) => Form::Html,
            (_, _, true) => Form::Json,
            _ => Form::Text,
        }
    }
}

/// `ikewhy batch`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("form"))]
pub(crate) struct Batch {
    /// Captures, or folders of them
    #[arg(value_name = "FILE|FOLDER", required = true)]
    pub(crate) captures: Vec<PathBuf>,
    /// Count only these as failures: stages, diagnoses, the least confidence, separated by commas (auth,no-response,0.8); or never
    #[arg(long, value_name = "WHAT", default_value = "", hide_default_value = true)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) fail_on: String,
    /// Show only negotiations that count as failures
    #[arg(long)]
    pub(crate) failed: bool,
    /// One JSON document
    #[arg(long, group = "form")]
    pub(crate) json: bool,
    /// One JSON object a line and capture
    #[arg(long, group = "form")]
    pub(crate) jsonl: bool,
    /// Comma-separated values
    #[arg(long, group = "form")]
    pub(crate) csv: bool,
    /// Read so many at a time, not one for each core
    #[arg(short, long, value_name = "N", value_parser = whole(1, MOST_JOBS))]
    pub(crate) jobs: Option<u32>,
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) readers: Readers,
}

/// `ikewhy explain`.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// A diagnosis; or a number that Windows shows, a notification, a line of a log. Without, all diagnoses are listed
    #[arg(value_name = "WHAT", trailing_var_arg = true)]
    pub(crate) of: Vec<OsString>,
}

/// `ikewhy compare`.
#[derive(Args, Debug)]
pub(crate) struct Compare {
    /// The captures at both ends, or one that was merged of them
    #[arg(value_name = "FILE", required = true, num_args = 1..=2)]
    pub(crate) captures: Vec<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `ikewhy live`.
#[derive(Args, Debug)]
pub(crate) struct Live {
    /// A capture that comes through a pipe; without, or `-`, from standard input
    #[arg(value_name = "FILE")]
    pub(crate) capture: Option<PathBuf>,
    /// Listen at this interface, with dumpcap or tcpdump
    #[arg(short, long, value_name = "NAME", conflicts_with = "capture")]
    pub(crate) interface: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) input: Input,
}

/// `ikewhy psk-check`.
#[derive(Args, Debug)]
pub(crate) struct PskCheck {
    /// The capture
    #[arg(value_name = "FILE")]
    pub(crate) capture: PathBuf,
    /// Read the key, one line, from this file; `-` is standard input. Without, it is asked for on the terminal
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

/// `ikewhy pages`.
#[derive(Args, Debug)]
pub(crate) struct Pages {
    /// Where to: into man1/ and completions/
    pub(crate) folder: PathBuf,
}

/// `ikewhy worker`.
#[derive(Args, Debug)]
pub(crate) struct Worker {
    #[arg(long, value_enum)]
    pub(crate) form: Form,
    #[arg(long)]
    pub(crate) stream: Option<u32>,
    #[command(flatten)]
    pub(crate) input: Input,
}

/// A number of these, written in digits alone.
fn whole(least: u32, most: u32) -> ValueParser {
    ValueParser::from(move |word: &str| {
        let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let number = word.parse().ok().filter(|_| digits);
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("it is no number from {least} to {most}"))
    })
}

/// All that can be asked.
pub(crate) fn all() -> clap::Command {
    Arguments::command()
}

/// Reads the command line. Called as `ikewhy-batch` it is `ikewhy batch`, and what begins with no command is a report.
pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let mut words: Vec<OsString> = words.into_iter().collect();
    if words.is_empty() {
        words.push("ikewhy".into());
    }
    let is_private = |word: &OsString| Private::command().find_subcommand(word).is_some();
    if words.get(1).is_some_and(is_private) {
        return Private::try_parse_from(words).map(Command::Private);
    }
    let called = words.first().map(Path::new).and_then(Path::file_stem);
    if called == Some(OsStr::new("ikewhy-batch")) {
        words.insert(1, "batch".into());
    } else if words.get(1).is_some_and(|word| !is_command(word)) {
        words.insert(1, "report".into());
    }
    Arguments::try_parse_from(words).map(|arguments| arguments.command)
}

fn is_command(word: &OsStr) -> bool {
    let others = ["help", "--help", "-h", "--version", "-V"];
    others.iter().any(|other| word == *other) || all().find_subcommand(word).is_some()
}

/// Says what clap has to say: help where it was asked for, or what is wrong.
pub(crate) fn say(usage: &clap::Error, output: &mut Output) -> Result<Status, Trouble> {
    let text = usage.render();
    if usage.use_stderr() {
        // It quotes what was asked.
        for line in text.to_string().lines() {
            let _ = writeln!(io::stderr(), "{}", shown(line));
        }
        return Ok(Status::Trouble);
    }
    // Not each console of Windows understands them.
    if output.is_terminal() && cfg!(unix) {
        write!(output, "{}", text.ansi())?;
    } else {
        write!(output, "{text}")?;
    }
    Ok(Status::NoneFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Command, clap::Error> {
        read(words.iter().map(OsString::from))
    }

    #[test]
    fn clap_finds_no_fault() {
        all().debug_assert();
    }

    #[test]
    fn a_file_alone_is_a_report() {
        for words in [
            &["ikewhy", "a.pcap"][..],
            &["ikewhy", "--html", "a.pcap"],
            &["ikewhy", "report", "--html", "a.pcap"],
        ] {
            let Ok(Command::Report(report)) = parsed(words) else {
                panic!("{words:?}");
            };
            assert_eq!(report.capture, Path::new("a.pcap"));
            assert_eq!(report.form() == Form::Html, words.contains(&"--html"));
        }
        assert!(matches!(parsed(&["ikewhy", "explain"]), Ok(Command::Explain(_))));
        assert!(matches!(
            parsed(&["/usr/bin/ikewhy-batch", "explain"]),
            Ok(Command::Batch(batch)) if batch.captures == [Path::new("explain")]
        ));
        for words in [
            &["ikewhy"][..],
            &["ikewhy", "--help"],
            &["ikewhy", "a", "b"],
            &["ikewhy", "batch"],
        ] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn numbers_are_digits() {
        for (word, expected) in [
            ("0", Some(0)),
            ("4294967294", Some(u32::MAX - 1)),
            ("4294967295", None),
            ("+0", None),
            ("-1", None),
            ("1_0", None),
            ("", None),
            ("\u{661}", None),
            ("1.5", None),
        ] {
            let stream = match parsed(&["ikewhy", "a.pcap", &format!("--stream={word}")]) {
                Ok(Command::Report(report)) => report.stream,
                _ => None,
            };
            assert_eq!(stream, expected, "{word}");
        }
    }
}
