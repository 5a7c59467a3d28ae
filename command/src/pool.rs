//! Many captures at once, each read by one of some workers; their answers come in the order of the captures.
//!
//! An answer that waits for its turn holds some pieces; then its worker waits, too. So nothing grows with the captures.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::answer::{Ending, Reader, Take};
use crate::arguments::Input;
use crate::form::Form;
use crate::system::answers::Answers;
use crate::system::programs::{self, Program};
use crate::system::{how, own_program};
use crate::trouble::{Trouble, reason};
use crate::worker::{self, HEAD, Kind};

/// So many answers are begun before the first of them is taken, and so many pieces of each wait.
const BEGUN: usize = 64;
const WAITING: usize = 4;

/// What comes of a capture: pieces, then an ending.
enum Said {
    Piece(Vec<u8>),
    End(Ending),
}

/// What is said of one capture, as it comes.
pub(crate) struct Answer {
    from: Receiver<Said>,
}

impl Answer {
    /// Hands on all pieces; gives the ending.
    pub(crate) fn each(self, mut take: impl FnMut(&[u8]) -> Result<(), Trouble>) -> Result<Ending, Trouble> {
        loop {
            match self.from.recv() {
                Ok(Said::Piece(piece)) => take(&piece)?,
                Ok(Said::End(ending)) => return Ok(ending),
                Err(_) => return Ok(Ending::trouble("was given up by a fault of ikewhy itself")),
            }
        }
    }
}

struct Job<'a> {
    capture: &'a Path,
    to: SyncSender<Said>,
}

/// Has all captures read, so many at once by readers that are made for it, and hands on the answers in their order.
pub(crate) fn in_order<'a>(
    captures: &'a [PathBuf],
    jobs: usize,
    reader: impl Fn() -> Box<dyn Reader> + Sync,
    mut each: impl FnMut(&'a Path, Answer) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let (ask, asked) = channel::<Job<'a>>();
    let asked = Mutex::new(asked);
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, captures.len().max(1)) {
            scope.spawn(|| work(&asked, &mut *reader()));
        }
        let mut begun = VecDeque::new();
        let mut left = captures.iter();
        let mut take_all = || {
            loop {
                while begun.len() < BEGUN
                    && let Some(capture) = left.next()
                {
                    let (to, from) = sync_channel(WAITING);
                    begun.push_back((capture, Answer { from }));
                    let _ = ask.send(Job { capture, to });
                }
                let Some((capture, answer)) = begun.pop_front() else {
                    return Ok(());
                };
                each(capture, answer)?;
            }
        };
        let done = take_all();
        if done.is_err() {
            programs::end(); // nobody waits for what they are at
        }
        drop((begun, ask));
        done
    })
}

/// Reads captures until none is left.
fn work(asked: &Mutex<Receiver<Job<'_>>>, reader: &mut dyn Reader) {
    let next = || asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(Job { capture, to }) = next() {
        let ending = reader.answer(capture, &mut |piece| to.send(Said::Piece(piece)).is_ok());
        let _ = to.send(Said::End(ending));
    }
}

/// How long a program may keep others waiting in all: what it waits for itself does not count.
pub(crate) struct Patience {
    left: Duration,
    limit: Duration,
}

impl Patience {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { left: limit, limit }
    }

    /// Reads once what is there; nothing at the end, an error of kind `TimedOut` if nothing came in time.
    pub(crate) fn read(&mut self, from: &mut Answers, room: &mut [u8]) -> io::Result<usize> {
        let start = Instant::now();
        let read = from.read_within(self.left, room);
        self.left = self.left.saturating_sub(start.elapsed());
        read
    }

    /// The same until the room is full.
    fn read_exact(&mut self, from: &mut Answers, mut room: &mut [u8]) -> io::Result<()> {
        while !room.is_empty() {
            let read = self.read(from, room)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            room = room.get_mut(read..).unwrap_or_default();
        }
        Ok(())
    }

    /// What is said of a program that took too long.
    pub(crate) fn exceeded(&self) -> String {
        format!(
            "was given up: it took longer than {} s (--timeout)",
            self.limit.as_secs()
        )
    }
}

/// A worker, or the next one where one was lost.
pub(crate) struct Worker {
    arguments: Vec<OsString>,
    limit: Duration,
    running: Option<Running>,
}

struct Running {
    program: Program,
    requests: ChildStdin,
    answers: Answers,
}

impl Worker {
    pub(crate) fn new(form: Form, stream: Option<u32>, input: &Input, limit: Duration) -> Self {
        let mut arguments: Vec<OsString> = vec!["worker".into(), format!("--form={}", form.name()).into()];
        arguments.extend(stream.map(|stream| format!("--stream={stream}").into()));
        if let Some(keys) = &input.keys {
            arguments.extend(["--keys".into(), keys.into()]);
        }
        arguments.extend(
            input
                .peer_files
                .iter()
                .map(|files| format!("--peer-files={files}").into()),
        );
        arguments.extend(input.redact.then(|| "--redact".into()));
        Self {
            arguments,
            limit,
            running: None,
        }
    }

    fn start(&self) -> io::Result<Running> {
        let mut command = Command::new(own_program()?);
        command.args(&self.arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut program = Program::start(&mut command)?;
        match (program.stdin(), program.stdout()) {
            (Some(requests), Some(answers)) => Ok(Running {
                program,
                requests,
                answers: Answers::new(answers),
            }),
            _ => Err(io::Error::other("it has no pipes")),
        }
    }
}

impl Worker {
    /// A worker that was asked: the one that waits, if it still lives, else another; or what keeps it from being asked.
    fn asked(&mut self, capture: &Path) -> Result<Running, String> {
        if let Some(mut waiting) = self.running.take()
            && worker::ask(capture, &mut waiting.requests).is_ok()
        {
            return Ok(waiting);
        }
        let none = |error: io::Error| format!("cannot be read: no worker: {}", reason(&error));
        let mut running = self.start().map_err(none)?;
        match worker::ask(capture, &mut running.requests) {
            Ok(()) => Ok(running),
            // It died before it could hear.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(given_up(&mut running.program)),
            Err(error) => Err(none(error)),
        }
    }
}

impl Reader for Worker {
    fn answer(&mut self, capture: &Path, take: Take<'_>) -> Ending {
        let mut running = match self.asked(capture) {
            Ok(running) => running,
            Err(why) => return Ending::trouble(why),
        };
        let mut patience = Patience::new(self.limit);
        match receive(&mut running, &mut patience, take) {
            Ok(ending) => {
                self.running = Some(running);
                ending
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ending::trouble(patience.exceeded()),
            Err(_) => Ending::trouble(given_up(&mut running.program)),
        }
    }
}

/// Takes the answer of a worker that was asked. After an error it is of no use.
fn receive(running: &mut Running, patience: &mut Patience, take: Take<'_>) -> io::Result<Ending> {
    loop {
        let mut head = [0; HEAD];
        patience.read_exact(&mut running.answers, &mut head)?;
        let (kind, length) = Kind::of(head).ok_or(io::ErrorKind::InvalidData)?;
        let mut text = vec![0; length];
        patience.read_exact(&mut running.answers, &mut text)?;
        match kind {
            Kind::Piece => {
                if !take(text) {
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
            }
            Kind::End => {
                let trouble = String::from_utf8_lossy(&text).into_owned();
                return Ok(Ending {
                    trouble: Some(trouble).filter(|trouble| !trouble.is_empty()),
                    remark: None,
                });
            }
        }
    }
}

/// What is said of a capture whose worker ended.
fn given_up(program: &mut Program) -> String {
    program.wait().map_or_else(
        |error| format!("was given up: {}", reason(&error)),
        |status| format!("was given up: its worker ended {}", how(status)),
    )
}
