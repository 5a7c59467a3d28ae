//! Captures as frames, and frames made by hand.

use ikewhy::packet::{Derived, DerivedKind, Packet};
use ikewhy_sources::Capture;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A captured frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Nanoseconds since 1970.
    pub time: i64,
    /// LINKTYPE_ value.
    pub link_type: i32,
    /// Captured bytes.
    pub data: Vec<u8>,
    /// Length on the wire.
    pub original_length: u32,
    /// What is in the IP datagram that it completes.
    pub reassembled: Option<Vec<u8>>,
}

impl Frame {
    /// The datagram that it completes, as a host hands it over.
    #[must_use]
    pub fn derived(&self) -> Option<Derived<'_>> {
        self.reassembled.as_ref().map(|data| Derived {
            kind: DerivedKind::ReassembledIp,
            data,
        })
    }

    /// As the engine takes it from a host that knows nothing more.
    #[must_use]
    pub fn packet(&self, number: u32) -> Packet<'_> {
        Packet {
            frame: number,
            time: self.time,
            interface: 0,
            link_type: self.link_type,
            data: &self.data,
            original_length: self.original_length,
            ip_hint: None,
            known_ike: None,
            derived: &[],
        }
    }
}

/// Reads a capture, which has to be whole.
#[must_use]
pub fn read(path: &Path) -> Vec<Frame> {
    let mut capture = Capture::open(path).unwrap_or_else(|error| panic!("{} {error}", path.display()));
    let mut frames = Vec::new();
    while let Some(packet) = capture.next_packet() {
        frames.push(Frame {
            time: packet.time,
            link_type: packet.link_type,
            data: packet.data.to_vec(),
            original_length: packet.original_length,
            reassembled: packet.derived.map(|derived| derived.data.to_vec()),
        });
    }
    if let Some(damage) = capture.damage() {
        panic!("{} {damage}", path.display());
    }
    frames
}

/// Writes Ethernet frames, a millisecond apart, each as it comes.
pub fn write(path: &Path, frames: impl Iterator<Item = Vec<u8>>) {
    write_at(path, (0..).zip(frames));
}

/// Writes Ethernet frames, each at its time in milliseconds, as it comes.
pub fn write_at(path: &Path, frames: impl Iterator<Item = (u64, Vec<u8>)>) {
    let records = frames.map(|(time, frame)| {
        let length = frame.len() as u32;
        (time as i64 * 1_000_000, length, frame)
    });
    write_records(path, 1, records);
}

/// Writes frames of one link type as they were captured.
pub fn write_frames<'a>(path: &Path, link_type: i32, frames: impl Iterator<Item = &'a Frame>) {
    let records = frames.map(|frame| (frame.time, frame.original_length, &frame.data));
    write_records(path, link_type, records);
}

/// Writes a file with nanoseconds: of each frame its time, its length on the wire, and its bytes.
fn write_records<B: AsRef<[u8]>>(path: &Path, link_type: i32, records: impl Iterator<Item = (i64, u32, B)>) {
    const SECOND: i64 = 1_000_000_000;
    let written = || -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        for word in [
            0xA1B2_3C4D,
            0x0004_0002,
            0,
            0,
            0x0004_0000,
            link_type.cast_unsigned(),
        ] {
            file.write_all(&word.to_le_bytes())?;
        }
        for (time, original_length, data) in records {
            let (seconds, fraction) = (time.div_euclid(SECOND), time.rem_euclid(SECOND));
            let data = data.as_ref();
            for word in [
                seconds as u32,
                fraction as u32,
                data.len() as u32,
                original_length,
            ] {
                file.write_all(&word.to_le_bytes())?;
            }
            file.write_all(data)?;
        }
        file.flush()
    };
    written().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// An Ethernet frame with IPv4 and UDP.
#[must_use]
pub fn udp(ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 8) as u16;
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
    frame.extend((length + 20).to_be_bytes());
    frame.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1]);
    for word in [ports.0, ports.1, length, 0] {
        frame.extend(word.to_be_bytes());
    }
    frame.extend(payload);
    frame
}
