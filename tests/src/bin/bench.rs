//! What the plugin costs: user time of tshark with it against tshark without, in turns on the same capture.
//!
//! `make bench` prints one line for each capture and mode: medians, and the median of the paired ratios.

use ikewhy_tests::{pcap, root, tshark};
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

fn user_time(command: &mut Command) -> f64 {
    let before = children();
    let status = command.stdout(Stdio::null()).status().expect("runs");
    assert!(status.success(), "{command:?}: {status}");
    children() - before
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// UDP and TCP, and a ping now and then; every eighth frame is made by `ike`, if it is given.
fn capture(name: &str, ike: Option<fn(u32) -> Vec<u8>>) -> PathBuf {
    let path = root().join("build").join(name);
    let frame = |number: u32| {
        if let Some(ike) = ike.filter(|_| number % 8 == 7) {
            return ike(number);
        }
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
    };
    pcap::write(&path, (0..FRAMES).map(frame));
    path
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

fn run(path: &Path, options: &[&str], bare: bool) -> f64 {
    let mut command = tshark::tshark();
    if bare {
        command.env("IKEWHY_HOME", "bare");
    }
    user_time(command.arg("-n").args(options).arg("-r").arg(path))
}

fn main() {
    let rounds = std::env::var("ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok());
    let rounds: usize = rounds.unwrap_or(7).max(1);
    println!(
        "{:<22} {:>8} {:>10} {:>10} {:>8}",
        "capture", "mode", "without", "with", "ratio"
    );
    let captures = [
        ("no IKE", capture("bench-none.pcap", None)),
        ("12 % IKE", capture("bench-ike.pcap", Some(request))),
    ];
    for (name, path) in captures {
        for (mode, options) in [("-r", &[][..]), ("-2 -r", &["-2"])] {
            let pairs: Vec<(f64, f64)> = (0..rounds)
                .map(|_| (run(&path, options, true), run(&path, options, false)))
                .collect();
            let without = median(pairs.iter().map(|pair| pair.0).collect());
            let with = median(pairs.iter().map(|pair| pair.1).collect());
            let ratio = median(pairs.iter().map(|pair| pair.1 / pair.0).collect());
            println!("{name:<22} {mode:>8} {without:>8.2} s {with:>8.2} s {ratio:>8.3}");
        }
    }
    println!(
        "{FRAMES} frames, {rounds} rounds; user time of tshark; the bar for a capture without IKE is 1.05"
    );
}
