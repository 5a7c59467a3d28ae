//! A capture: packets one after another, each lent until the next.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ikewhy::keys::{Decryptor, Plaintext};
use ikewhy::session::{self, Derived, DerivedKind, Session};
use ikewhy::wire::frame::Frame;

use crate::follow::Follow;
use crate::format::{self, Advice, Format};
use crate::packed;
use crate::pcap::{self, Pcap};
use crate::pcapng::{self, Pcapng};
use crate::reassembly::{Lost, Reassembly};
use crate::record::{Counted, Record};
use crate::supply::{Damage, Stop, Supply};
use crate::system::reason;

/// A packet, as the file has it.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Its number in the capture, from 1, as Wireshark counts: records that are no packets have numbers, too.
    pub frame: u32,
    /// Capture time, nanoseconds since 1970; 0 where the file does not say.
    pub time: i64,
    /// Capture interface, by its number in the file (of pcapng: in its section).
    pub interface: u32,
    /// Link type, a LINKTYPE_ value.
    pub link_type: i32,
    /// Length of the frame on the wire.
    pub original_length: u32,
    /// Captured bytes.
    pub data: &'a [u8],
    /// The IP datagram that this frame completes, if it holds the last missing fragment.
    pub derived: Option<Derived<'a>>,
}

impl Packet<'_> {
    /// The packet as the engine takes it.
    ///
    /// What only a dissection of all protocols can tell stays open: `ip_hint` (an IP header behind a link layer or tunnel that
    /// the engine does not know) and `known_ike` (ISAKMP on a port that is not its own, another protocol on a port that is).
    #[must_use]
    pub fn for_engine(&self) -> session::Packet<'_> {
        session::Packet {
            frame: self.frame,
            time: self.time,
            interface: self.interface,
            link_type: self.link_type,
            data: self.data,
            original_length: self.original_length,
            ip_hint: None,
            known_ike: None,
            derived: self.derived.as_slice(),
        }
    }
}

/// Why a file cannot be read at all. Its text is a sentence without a subject.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unreadable {
    /// The system does not give it.
    Io(io::Error),
    /// It is a folder or a device, which has no end, or a pipe, which [`Capture::from_reader`] reads.
    NotRegular {
        /// It is a pipe.
        is_pipe: bool,
    },
    /// There is less in it than says what it is.
    Short,
    /// There is nothing in it.
    Empty,
    /// It is something else: what, and how to make a capture of it.
    Other {
        /// What it is.
        name: &'static str,
        /// What to do: with a line for the shell, in which the file is called `in`.
        advice: String,
    },
    /// It is nothing that is known here.
    Unknown,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::NotFound => write!(f, "there is no such file"),
            Self::Io(error) => write!(f, "cannot be read: {}", reason(error)),
            Self::NotRegular { .. } => write!(f, "is not a regular file"),
            Self::Short => write!(f, "is too short for a capture"),
            Self::Empty => write!(f, "is empty"),
            Self::Other { name, advice } => write!(f, "is {name}, which is not read here; {advice}"),
            Self::Unknown => write!(f, "is no capture in a known format (pcap, pcapng)"),
        }
    }
}

impl std::error::Error for Unreadable {}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Format> for Unreadable {
    fn from(format: Format) -> Self {
        Self::Other {
            name: format.name,
            advice: match format.advice {
                Advice::Editcap => "convert it: editcap -F pcapng in out.pcapng".to_owned(),
                Advice::Run(line) => format!("try: {line}"),
                Advice::Do(what) => what.to_owned(),
            },
        }
    }
}

/// Who reads the records.
#[derive(Debug)]
enum Reader {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// A capture that is being read.
pub struct Capture {
    supply: Supply,
    reader: Option<Reader>,
    frame: u32,
    unpacked: bool,
    damage: Option<Damage>,
    reassembly: Reassembly,
}

impl Capture {
    /// Opens a file, which is recognised by its content.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if it is no capture. One that is damaged is opened, and has a [`Capture::damage`] in the end.
    pub fn open(path: &Path) -> Result<Self, Unreadable> {
        Self::from_reader(File::open(path)?)
    }

    /// Opens a file that grows: at its end `pause` is asked, after a while of its own choosing, whether to wait for more.
    ///
    /// # Errors
    ///
    /// As for [`Capture::open`].
    pub fn follow(path: &Path, pause: impl FnMut() -> bool + Send + 'static) -> Result<Self, Unreadable> {
        Self::from_reader(Follow::new(File::open(path)?, pause))
    }

    /// Reads from anything: a pipe, a socket, bytes in memory. No more is asked of it than there must be, so that packets come
    /// out of a pipe as they come in.
    ///
    /// # Errors
    ///
    /// As for [`Capture::open`].
    pub fn from_reader(mut reader: impl Read + Send + 'static) -> Result<Self, Unreadable> {
        let beginning = beginning(&mut reader)?;
        let source: Box<dyn Read + Send> = Box::new(io::Cursor::new(beginning.clone()).chain(reader));
        let (source, unpacked) = match packed::unpack(&beginning, source) {
            Ok(unpacked) => (unpacked, true),
            Err(source) => (source, false),
        };
        let mut capture = Self {
            supply: Supply::new(source),
            reader: None,
            frame: 0,
            unpacked,
            damage: None,
            reassembly: Reassembly::default(),
        };
        if beginning.is_empty() {
            return Err(Unreadable::Empty);
        }
        match capture.recognise() {
            Ok(reader) => capture.reader = Some(reader),
            Err(Some(stop)) => capture.stop(stop),
            Err(None) => return Err(capture.unreadable()),
        }
        Ok(capture)
    }

    /// The reader for what begins so; or what is wrong with it, or none if it is something else.
    fn recognise(&mut self) -> Result<Reader, Option<Stop>> {
        let magic = self.supply.peek(4).map_err(Some)?;
        if pcapng::recognise(magic) {
            return Ok(Reader::Pcapng(Pcapng::default()));
        }
        if pcap::recognise(magic).is_some() {
            return Pcap::begin(&mut self.supply).map(Reader::Pcap).map_err(Some);
        }
        Err(None)
    }

    /// What a file is that is no capture.
    fn unreadable(&mut self) -> Unreadable {
        let beginning = self.supply.peek_some(format::BEGINNING);
        format::recognise(beginning).map_or(Unreadable::Unknown, Unreadable::from)
    }

    /// The next packet; `None` at the end, or where a [`Capture::damage`] is.
    pub fn next_packet(&mut self) -> Option<Packet<'_>> {
        let record = self.next_record()?;
        let data = self.supply.at(&record.place);
        let frame = Frame {
            link_type: record.link_type,
            data,
            ip_hint: None,
            known_ike: false,
        };
        let piece = frame.piece();
        let is_whole = piece.is_some_and(|piece| self.reassembly.take(&piece, record.time));
        Some(Packet {
            frame: self.frame,
            time: record.time,
            interface: record.interface,
            link_type: record.link_type,
            original_length: record.original_length,
            data,
            derived: is_whole.then(|| Derived {
                kind: DerivedKind::ReassembledIp,
                data: self.reassembly.whole(),
            }),
        })
    }

    fn next_record(&mut self) -> Option<Record> {
        loop {
            let next = match self.reader.as_mut()? {
                Reader::Pcap(pcap) => pcap.next(&mut self.supply),
                Reader::Pcapng(pcapng) => pcapng.next(&mut self.supply),
            };
            let counted = match next {
                Ok(counted) => counted,
                Err(stop) => {
                    self.stop(stop);
                    return None;
                }
            };
            let Some(frame) = self.frame.checked_add(1) else {
                self.stop(Stop::Damage("it has more packets than can be counted".to_owned()));
                return None;
            };
            self.frame = frame;
            if let Counted::Packet(record) = counted {
                return Some(record);
            }
        }
    }

    /// Nothing more is read.
    fn stop(&mut self, stop: Stop) {
        self.reader = None;
        if let Stop::Damage(what) = stop {
            self.damage = Some(Damage {
                offset: self.supply.record(),
                packet: self.frame,
                what,
                unpacked: self.unpacked,
            });
        }
    }

    /// What is wrong with the file, once that was come to: all packets before were given.
    #[must_use]
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// Datagrams whose fragments were given up so far, because of a bound.
    #[must_use]
    pub fn lost(&self) -> Lost {
        self.reassembly.lost
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Capture");
        shown.field("frame", &self.frame).field("damage", &self.damage);
        shown.finish_non_exhaustive()
    }
}

/// The first four bytes of a file; fewer if it has fewer.
fn beginning(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut beginning = Vec::new();
    reader.take(4).read_to_end(&mut beginning)?;
    Ok(beginning)
}

/// Hands all packets of a capture to a session.
pub fn feed(capture: &mut Capture, session: &mut Session) {
    // By reference: a copy of what was just written, field by field, would make the processor wait.
    while let Some(packet) = &capture.next_packet() {
        session.push(&packet.for_engine());
    }
}

/// The same with keys: what they make of a packet goes with it, as from a host that decrypts.
pub fn feed_decrypted(capture: &mut Capture, decryptor: &mut Decryptor, session: &mut Session) {
    while let Some(packet) = capture.next_packet() {
        let packet = packet.for_engine();
        let made = decryptor.decrypt(&packet);
        let mut derived = packet.derived.to_vec();
        derived.extend(made.iter().map(Plaintext::derived));
        session.push(&session::Packet {
            derived: &derived,
            ..packet
        });
    }
}
