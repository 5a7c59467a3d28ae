//! The native plugin: user time of tshark with it against tshark without, in turns on the same capture.

use crate::Row;
use ikewhy_bench::pcap::{self, Frame};
use ikewhy_bench::{Player, corpus, median, root};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const FRAMES: u32 = 200_000;

/// User time of all children that have ended, in seconds (proc(5): the 14th field from the end of the name, at 100 Hz).
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields
        .nth(13)
        .and_then(|field| field.parse().ok())
        .expect("cutime");
    ticks / 100.0
}

fn user_time(path: &Path, options: &[&str], bare: bool) -> f64 {
    let mut command = Command::new(root().join("tests/user.sh"));
    if bare {
        command.env("IKEWHY_HOME", "bare");
    }
    command.args(["tshark", "-n"]).args(options).arg("-r").arg(path);
    let before = children();
    let status = command
        .current_dir(root())
        .stdout(Stdio::null())
        .status()
        .expect("runs");
    assert!(status.success(), "{command:?}: {status}");
    children() - before
}

/// What other hosts do meanwhile: UDP, TCP, and a ping now and then.
fn other(number: u32) -> Vec<u8> {
    let port = 20_000 + (number % 500) as u16;
    // TCP acknowledgements without data: Wireshark itself walks through all that nobody acknowledged.
    let tcp = (1..=40).contains(&(number % 100));
    let mut frame = pcap::udp((port, 9_000), &[0x55; 180][..if tcp { 12 } else { 180 }]);
    if number.is_multiple_of(100) {
        frame[23] = 1; // ICMP
        frame[34..42].copy_from_slice(&[8, 0, 0, 0, 0, 1, (number >> 8) as u8, number as u8]); // echo request
    } else if tcp {
        frame[23] = 6;
        frame[46] = 0x50; // header length
        frame[47] = 0x10; // ACK
    }
    frame
}

/// A Main Mode 1 or IKE_SA_INIT request: a header with an SPI of its own, and a Vendor ID.
fn request(number: u32) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend((u64::from(number) << 20 | 1).to_be_bytes());
    message.extend([0; 8]);
    message.extend([43, 0x20, 34, 0x08, 0, 0, 0, 0, 0, 0, 0, 48]); // IKE_SA_INIT, initiator, 48 octets
    message.extend([0, 0, 0, 20]);
    message.extend([0xAB; 16]);
    pcap::udp((500, 500), &message)
}

/// A capture of which every eighth frame is made by `ike`, if it is given.
fn capture(name: &str, mut ike: Option<&mut dyn FnMut(u32) -> Vec<u8>>) -> PathBuf {
    let path = root().join("build").join(name);
    let frames = (0..FRAMES).map(|number| match &mut ike {
        Some(ike) if number % 8 == 7 => ike(number),
        _ => other(number),
    });
    let frames: Vec<_> = frames.collect();
    pcap::write(&path, frames.into_iter());
    path
}

/// A line for each capture and mode.
pub(crate) fn ratios() -> Vec<Row> {
    let rounds = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok());
    let rounds: usize = rounds.unwrap_or(7).max(1);
    // IKE alone of the corpus: messages as they come, between hosts of their own.
    let captures: Vec<Vec<Frame>> = corpus(&[])
        .into_iter()
        .map(|frames| {
            let is_ike = |frame: &Frame| {
                let ports = frame.data.get(34..38).map_or([0; 2], |p| {
                    [u16::from_be_bytes([p[0], p[1]]), u16::from_be_bytes([p[2], p[3]])]
                });
                frame.data.get(23) == Some(&17) && (ports.contains(&500) || ports.contains(&4500))
            };
            frames.into_iter().filter(is_ike).collect()
        })
        .filter(|frames: &Vec<Frame>| !frames.is_empty())
        .collect();
    let mut player = Player::new(&captures);
    let mut queue = Vec::new();
    let mut real = |_| loop {
        if let Some(frame) = queue.pop() {
            return frame;
        }
        queue = player.play().into_iter().rev().map(|frame| frame.data).collect();
    };
    let mut bare_requests = request;
    let files = [
        ("no IKE", capture("bench-none.pcap", None), Some(1.03)),
        (
            "12 % IKE of the corpus",
            capture("bench-ike.pcap", Some(&mut real)),
            Some(1.10),
        ),
        (
            "12 % bare requests, each a negotiation of its own",
            capture("bench-worst.pcap", Some(&mut bare_requests)),
            None,
        ),
    ];
    let mut rows = Vec::new();
    for (name, path, bar) in files {
        for (mode, options) in [("one pass", &[][..]), ("two passes", &["-2"])] {
            let pairs: Vec<(f64, f64)> = (0..rounds)
                .map(|_| (user_time(&path, options, true), user_time(&path, options, false)))
                .collect();
            let without = median(pairs.iter().map(|pair| pair.0).collect());
            let ratio = median(pairs.iter().map(|pair| pair.1 / pair.0).collect());
            let what = format!("{name}, {mode} ({without:.2} s without)");
            rows.push(match bar {
                Some(bar) => Row::most(what, ratio, bar, ""),
                None => Row::plain(what, ratio, ""),
            });
        }
    }
    rows
}
