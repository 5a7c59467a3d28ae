//! What the measurements share: the packets of the corpus, played as often as wanted by hosts of their own, and a clock.

use ikewhy::session::{Options, Session};
use std::path::{Path, PathBuf};
use std::process::Command;

pub use ikewhy_testkit::pcap;

use pcap::Frame;

/// The project's folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where the captures of the corpus are, sorted by name; with `names` only these (`CASE/SIDE`).
///
/// # Panics
/// If the corpus is not there.
#[must_use]
pub fn corpus_paths(names: &[&str]) -> Vec<PathBuf> {
    let folder = root().join("captures");
    if !names.is_empty() {
        let path = |name| folder.join(name).with_extension("pcap");
        return names.iter().map(path).collect();
    }
    let mut paths = Vec::new();
    for case in std::fs::read_dir(folder).expect("captures/").flatten() {
        paths.extend(["client.pcap", "server.pcap"].map(|side| case.path().join(side)));
    }
    paths.sort();
    paths.retain(|path| path.is_file());
    paths
}

/// These captures, as far as they are in Ethernet.
#[must_use]
pub fn corpus(names: &[&str]) -> Vec<Vec<Frame>> {
    let paths = corpus_paths(names);
    let captures = paths.iter().map(|path| pcap::read(path));
    captures
        .filter(|frames| frames.iter().all(|frame| frame.link_type == 1))
        .collect()
}

/// Gives a frame to a session.
pub fn push(session: &mut Session, number: u32, frame: &Frame) -> bool {
    session.push(&frame.packet(number))
}

/// Plays captures one after another, each time between hosts of its own and with SPIs of its own, so that each brings
/// negotiations of its own. NAT detection hashes are left as they are: they are computed all the same.
#[derive(Debug)]
pub struct Player {
    captures: Vec<Vec<Frame>>,
    next: usize,
    clock: i64,
}

/// Where an Ethernet frame with IPv4 holds the addresses; an ICMP error quotes such a header behind its own eight bytes.
const ADDRESSES: usize = 26;
const QUOTED: usize = 34 + 8 - 14;

impl Player {
    /// Plays these captures.
    #[must_use]
    pub fn new(captures: Vec<Vec<Frame>>) -> Self {
        Self {
            captures,
            next: 0,
            clock: 1_700_000_000_000_000_000,
        }
    }

    /// The next capture.
    pub fn play(&mut self) -> Vec<Frame> {
        let frames = &self.captures[self.next % self.captures.len()];
        self.next += 1;
        let mut played = frames.clone();
        let begin = frames.first().map_or(0, |frame| frame.time);
        for frame in &mut played {
            frame.time = self.clock + (frame.time - begin);
            disguise(&mut frame.data, self.next as u32);
        }
        self.clock = played.iter().map(|frame| frame.time).max().unwrap_or(self.clock) + 1_000_000_000;
        played
    }
}

/// Moves a frame to the hosts and SPIs of one play.
fn disguise(data: &mut [u8], play: u32) {
    if data.get(12..15) != Some(&[8, 0, 0x45]) {
        return;
    }
    let icmp = data[23] == 1;
    let at = if icmp { QUOTED + 14 } else { 14 };
    for ip in [14, at] {
        for address in [ADDRESSES - 14, ADDRESSES - 10] {
            if let Some(part) = data.get_mut(ip + address..ip + address + 3) {
                part[0] ^= (play >> 16) as u8;
                part[1] ^= (play >> 8) as u8;
                part[2] ^= play as u8;
            }
        }
        if !icmp {
            break;
        }
    }
    let udp = at + 20;
    let Some(ports) = data
        .get(udp..udp + 4)
        .map(|p| [u16::from_be_bytes([p[0], p[1]]), u16::from_be_bytes([p[2], p[3]])])
    else {
        return;
    };
    let marker = data.get(udp + 8..udp + 12) == Some(&[0; 4][..]);
    let message = if ports.contains(&4500) && marker {
        udp + 12
    } else {
        udp + 8
    };
    let ike = ports.contains(&500) || ports.contains(&4500) && marker;
    let fragment = data[20] & 0x1F != 0 || data[21] != 0;
    if ike && !fragment && data[23 + at - 14] == 17 {
        for spi in [message, message + 8] {
            // A responder SPI that is not there yet stays away.
            if let Some(spi) = data.get_mut(spi..spi + 8).filter(|spi| spi != &[0; 8]) {
                for (byte, salt) in spi.iter_mut().zip(play.to_be_bytes()) {
                    *byte ^= salt;
                }
            }
        }
    }
}

/// An IKE_SA_INIT request as strongSwan sends it, from one address of many: a half-open negotiation of a flood.
#[must_use]
pub fn half_open(number: u32) -> Frame {
    // One proposal: AES-CBC-256, PRF-HMAC-SHA2-256, HMAC-SHA2-256-128, MODP-2048.
    const OFFER: [u8; 48] = [
        34, 0, 0, 48, 0, 0, 0, 44, 1, 1, 0, 4, 3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 1, 0, 3, 0, 0, 8, 2, 0, 0,
        5, 3, 0, 0, 8, 3, 0, 0, 12, 0, 0, 0, 8, 4, 0, 0, 14,
    ];
    let mut body = OFFER.to_vec();
    body.extend([40, 0, 1, 8, 0, 14, 0, 0]);
    body.extend([0xA5; 256]);
    body.extend([41, 0, 0, 36]);
    body.extend([0x5A; 32]);
    for (next, kind) in [(41, 16388_u16), (0, 16389)] {
        body.extend([next, 0, 0, 28, 0, 0]);
        body.extend(kind.to_be_bytes());
        body.extend([0xC3; 20]);
    }
    let mut message = Vec::new();
    message.extend((u64::from(number) << 24 | 0x11).to_be_bytes());
    message.extend([0; 8]);
    message.extend([33, 0x20, 34, 0x08, 0, 0, 0, 0]);
    message.extend((28 + body.len() as u32).to_be_bytes());
    message.extend(body);
    let mut data = pcap::udp((500, 500), &message);
    data[26..30].copy_from_slice(&(0x0A00_0000 | number & 0x00FF_FFFF).to_be_bytes());
    Frame {
        time: 1_700_000_000_000_000_000 + i64::from(number) * 20_000,
        link_type: 1,
        original_length: data.len() as u32,
        data,
        reassembled: None,
    }
}

/// Processor time of this thread in seconds: other processes take time, but none of this.
///
#[must_use]
pub fn clock() -> f64 {
    // /proc counts in steps of the scheduler's clock, some milliseconds.
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// Instructions that valgrind's callgrind counts while a command runs that begins with [`CALLGRIND`].
///
/// # Panics
/// If valgrind does not say.
#[must_use]
pub fn instructions(command: &mut Command) -> u64 {
    let said = command.output().expect("valgrind runs").stderr;
    let said = String::from_utf8_lossy(&said);
    let collected = said.lines().find_map(|line| line.split("Collected : ").nth(1));
    let collected = collected.and_then(|count| count.trim().parse().ok());
    collected.unwrap_or_else(|| panic!("{command:?}: {said}"))
}

/// How such a command begins.
pub const CALLGRIND: [&str; 3] = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];

/// The median.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// All negotiations are told apart, however many: those beyond the bound would cost nothing.
pub const UNBOUNDED: Options = Options {
    max_negotiations: u32::MAX,
};

/// The sizes between which growth is measured, in packets: to ten million, or to `PACKETS`.
#[must_use]
pub fn sizes() -> Vec<u32> {
    let asked = std::env::var("PACKETS").ok().and_then(|n| n.parse().ok());
    let most: u32 = asked.unwrap_or(10_000_000);
    std::iter::successors(Some(10_000_u32), |size| size.checked_mul(10))
        .take_while(|size| *size <= most)
        .collect()
}

/// Slope of a line through the logarithms.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let logs = || points.iter().map(|(x, y)| (x.ln(), y.ln()));
    let (mx, my) = logs().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / count, b + y / count));
    let (mut over, mut under) = (0.0, 0.0);
    for (x, y) in logs() {
        over += (x - mx) * (y - my);
        under += (x - mx) * (x - mx);
    }
    over / under
}
