//! Captures to measure with: what other hosts do, and IKE among it.

use ikewhy_bench::pcap::{self, Frame};
use ikewhy_bench::{Player, corpus, root};
use std::path::PathBuf;

/// What other hosts do: UDP, TCP, and a ping now and then.
pub(crate) fn other(number: u32) -> Vec<u8> {
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
pub(crate) fn request(number: u32) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend((u64::from(number) << 20 | 1).to_be_bytes());
    message.extend([0; 8]);
    message.extend([43, 0x20, 34, 0x08, 0, 0, 0, 0, 0, 0, 0, 48]); // IKE_SA_INIT, initiator, 48 bytes
    message.extend([0, 0, 0, 20]);
    message.extend([0xAB; 16]);
    pcap::udp((500, 500), &message)
}

/// IKE of the corpus: messages as they come, between hosts of their own.
pub(crate) fn ike_of_the_corpus() -> impl FnMut(u32) -> Vec<u8> {
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
    let mut player = Player::new(captures);
    let mut queue = Vec::new();
    move |_| loop {
        if let Some(frame) = queue.pop() {
            return frame;
        }
        queue = player.play().into_iter().rev().map(|frame| frame.data).collect();
    }
}

/// What `often` makes, but for every `every`th frame, which is made by `now_and_then`.
pub(crate) fn among(
    mut often: impl FnMut(u32) -> Vec<u8>,
    every: u32,
    mut now_and_then: impl FnMut(u32) -> Vec<u8>,
) -> impl FnMut(u32) -> Vec<u8> {
    move |number| {
        if number % every == every - 1 {
            now_and_then(number)
        } else {
            often(number)
        }
    }
}

/// Other traffic of which 12 % are made by `ike`.
pub(crate) fn mixed(ike: impl FnMut(u32) -> Vec<u8>) -> impl FnMut(u32) -> Vec<u8> {
    among(other, 8, ike)
}

/// Writes a capture below `build/`, frame by frame: it may be longer than memory.
pub(crate) fn write(name: &str, frames: u32, make: impl FnMut(u32) -> Vec<u8>) -> PathBuf {
    let path = root().join("build").join(name);
    pcap::write(&path, (0..frames).map(make));
    path
}
