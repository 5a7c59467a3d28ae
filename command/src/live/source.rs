//! Where packets come from as they are captured: a pipe, or an interface at which dumpcap or tcpdump listens.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use ikewhy::session::{self, Derived, DerivedKind};
use ikewhy_sources::{Capture, Packet, Unreadable};

use crate::arguments::Live;
use crate::reading::why;
use crate::system::find_program;
use crate::system::programs::Program;
use crate::trouble::{Trouble, reason, shown};

/// All that a negotiation can consist of.
const FILTER: &str =
    "udp port 500 or udp port 4500 or udp port 1701 or esp or ah or icmp or icmp6 or (ip[6:2] & 0x1fff != 0)";
/// Packets that wait to be looked at.
const WAITING: usize = 1024;
/// What the programs say though nothing is wrong.
const USUAL: [&str; 4] = ["Capturing on", "listening on", "File: ", "Packets "];
/// Of complaints only the beginning is read.
const COMPLAINTS: u64 = 1 << 12;

/// What comes from a source.
pub(super) enum Event {
    Packet(Owned),
    /// Nothing more comes; perhaps something is wrong.
    End(Option<String>),
}

/// A packet that is kept.
pub(super) struct Owned {
    frame: u32,
    time: i64,
    interface: u32,
    link_type: i32,
    original_length: u32,
    data: Vec<u8>,
    whole: Option<Vec<u8>>,
}

impl Owned {
    fn of(packet: &Packet<'_>) -> Self {
        Self {
            frame: packet.frame,
            time: packet.time,
            interface: packet.interface,
            link_type: packet.link_type,
            original_length: packet.original_length,
            data: packet.data.to_owned(),
            whole: packet.derived.map(|whole| whole.data.to_owned()),
        }
    }

    /// As it was read.
    pub(super) fn with<T>(&self, take: impl FnOnce(&session::Packet<'_>) -> T) -> T {
        let derived = self.whole.as_deref().map(|data| Derived {
            kind: DerivedKind::ReassembledIp,
            data,
        });
        let packet = Packet {
            frame: self.frame,
            time: self.time,
            interface: self.interface,
            link_type: self.link_type,
            original_length: self.original_length,
            data: &self.data,
            derived,
        };
        take(&packet.for_engine())
    }
}

/// A source of packets.
pub(super) struct Source {
    events: Receiver<Event>,
    program: Option<(Program, File, &'static str)>,
}

impl Source {
    pub(super) fn open(wanted: &Live) -> Result<Self, Trouble> {
        let (to, events) = sync_channel(WAITING);
        let mut program = None;
        match (&wanted.interface, &wanted.capture) {
            (Some(interface), _) => {
                let (mut running, complaints, name) = listen(interface)?;
                let packets = running.stdout().ok_or_else(|| Trouble::new("it has no pipe"))?;
                program = Some((running, complaints, name));
                read(to, name.to_owned(), move || Ok(Box::new(packets)));
            }
            (None, Some(path)) if path != Path::new("-") => {
                let path = path.clone();
                let name = if wanted.input.redact {
                    "the capture".to_owned()
                } else {
                    shown(&path)
                };
                read(to, name, move || Ok(Box::new(File::open(path)?)));
            }
            _ if io::stdin().is_terminal() => {
                return Err(Trouble::new(
                    "nothing to read: name a capture or a pipe, or an interface with -i",
                ));
            }
            _ => read(to, "standard input".to_owned(), || Ok(Box::new(io::stdin()))),
        }
        Ok(Self { events, program })
    }

    pub(super) fn next(&self, wait: Duration) -> Result<Event, RecvTimeoutError> {
        self.events.recv_timeout(wait)
    }

    /// What the program that listens complains of, once it has ended by itself.
    pub(super) fn complaint(&mut self) -> Option<String> {
        let (mut program, mut complaints, name) = self.program.take()?;
        let status = program.wait().ok()?;
        let mut said = Vec::new();
        complaints.seek(SeekFrom::Start(0)).ok()?;
        complaints.take(COMPLAINTS).read_to_end(&mut said).ok()?;
        let said = String::from_utf8_lossy(&said);
        let is_complaint =
            |line: &&str| !line.trim().is_empty() && !USUAL.iter().any(|usual| line.contains(usual));
        let line = said.lines().find(is_complaint).unwrap_or("it ended");
        (!status.success()).then(|| format!("{name}: {}", shown(line)))
    }

    /// Ends the program that listens.
    pub(super) fn close(&mut self) {
        self.program = None;
    }
}

/// Reads in a thread, so that silence is noticed meanwhile.
fn read(
    to: SyncSender<Event>,
    name: String,
    open: impl FnOnce() -> io::Result<Box<dyn Read + Send>> + Send + 'static,
) {
    thread::spawn(move || {
        let read = || -> Result<Option<String>, Unreadable> {
            let mut capture = Capture::from_reader(open()?)?;
            while let Some(packet) = capture.next_packet() {
                if to.send(Event::Packet(Owned::of(&packet))).is_err() {
                    return Ok(None);
                }
            }
            Ok(capture.damage().map(ToString::to_string))
        };
        let wrong = read().unwrap_or_else(|error| Some(why(&error)));
        let _ = to.send(Event::End(wrong.map(|wrong| format!("{name}: {wrong}"))));
    });
}

/// Has dumpcap or tcpdump listen at an interface. It may need rights that only they have.
fn listen(interface: &str) -> Result<(Program, File, &'static str), Trouble> {
    let programs = [
        ("dumpcap", &["-q", "-s", "0", "-w", "-", "-f", FILTER][..]),
        (
            "tcpdump",
            &["-n", "-U", "--immediate-mode", "-s", "0", "-w", "-", FILTER],
        ),
    ];
    let (name, program, arguments) = (programs.into_iter())
        .find_map(|(name, arguments)| Some((name, find_program(name)?, arguments)))
        .ok_or_else(|| Trouble::new("neither dumpcap nor tcpdump is in PATH"))?;
    let cannot = |error: io::Error| Trouble::Said(format!("{name} cannot be run: {}", reason(&error)));
    let complaints = tempfile::tempfile().map_err(cannot)?;
    let mut command = Command::new(program);
    command.args(["-i", interface]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(complaints.try_clone().map_err(cannot)?);
    let program = Program::start(&mut command).map_err(cannot)?;
    Ok((program, complaints, name))
}
