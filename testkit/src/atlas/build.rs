//! Frames of the atlas, each made after one that was captured.

use crate::pcap::Frame;
use ikewhy::wire::frame::{Content, Frame as Captured};

/// Of an Ethernet header.
const ETHERNET: usize = 14;
const UDP: u8 = 17;
const ICMP: u8 = 1;
const ICMP_V6: u8 = 58;

/// A router on the way (RFC 5737, RFC 3849).
const ROUTER: [u8; 4] = [203, 0, 113, 1];
const ROUTER_V6: [u8; 16] = [0x20, 0x01, 0x0D, 0xB8, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

fn is_v6(data: &[u8]) -> bool {
    data[12..ETHERNET] == [0x86, 0xDD]
}

/// Length of the IP header.
fn ip_length(data: &[u8]) -> usize {
    if is_v6(data) {
        40
    } else {
        usize::from(data[ETHERNET] & 15) * 4
    }
}

/// Where the source address stands, and how long addresses are.
fn addresses(data: &[u8]) -> (usize, usize) {
    if is_v6(data) {
        (ETHERNET + 8, 16)
    } else {
        (ETHERNET + 12, 4)
    }
}

fn swap(data: &mut [u8], at: usize, length: usize) {
    let (one, other) = data[at..at + 2 * length].split_at_mut(length);
    one.swap_with_slice(other);
}

fn sum(bytes: &[u8]) -> u32 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    bytes.chunks(2).map(word).sum()
}

/// The Internet checksum (RFC 1071).
fn checksum(sum: u32) -> [u8; 2] {
    let folded = (sum & 0xFFFF) + (sum >> 16);
    let folded = (folded & 0xFFFF) + (folded >> 16);
    (!(folded as u16)).to_be_bytes()
}

/// Lengths and checksums of a frame whose payload was changed.
fn finish(data: &mut [u8]) {
    let ip = ip_length(data);
    let (at, length) = addresses(data);
    let payload = data.len() - ETHERNET - ip;
    if is_v6(data) {
        data[ETHERNET + 4..ETHERNET + 6].copy_from_slice(&(payload as u16).to_be_bytes());
    } else {
        data[ETHERNET + 2..ETHERNET + 4].copy_from_slice(&((payload + ip) as u16).to_be_bytes());
        data[ETHERNET + 10..ETHERNET + 12].fill(0);
        let check = checksum(sum(&data[ETHERNET..ETHERNET + ip]));
        data[ETHERNET + 10..ETHERNET + 12].copy_from_slice(&check);
    }
    let protocol = data[ETHERNET + if is_v6(data) { 6 } else { 9 }];
    let start = ETHERNET + ip;
    let field = start + if protocol == UDP { 6 } else { 2 };
    if protocol == UDP {
        data[start + 4..start + 6].copy_from_slice(&(payload as u16).to_be_bytes());
    }
    data[field..field + 2].fill(0);
    let pseudo = if protocol == ICMP {
        0
    } else {
        sum(&data[at..at + 2 * length]) + u32::from(protocol) + payload as u32
    };
    let check = checksum(pseudo + sum(&data[start..]));
    data[field..field + 2].copy_from_slice(&check);
}

fn set_hop_limit(data: &mut [u8], limit: u8) {
    data[ETHERNET + if is_v6(data) { 7 } else { 8 }] = limit;
}

/// The hop limit of a frame.
pub(super) fn hop_limit(frame: &Frame) -> u8 {
    frame.data[ETHERNET + if is_v6(&frame.data) { 7 } else { 8 }]
}

/// A router passes it on.
pub(super) fn pass_router(frame: &mut Frame) {
    let limit = hop_limit(frame) - 1;
    let data = &mut frame.data;
    set_hop_limit(data, limit);
    if !is_v6(data) {
        let ip = ip_length(data);
        data[ETHERNET + 10..ETHERNET + 12].fill(0);
        let check = checksum(sum(&data[ETHERNET..ETHERNET + ip]));
        data[ETHERNET + 10..ETHERNET + 12].copy_from_slice(&check);
    }
}

fn frame(data: Vec<u8>, time: i64) -> Frame {
    Frame {
        time,
        link_type: 1,
        original_length: data.len() as u32,
        data,
        reassembled: None,
    }
}

/// The same frame again.
pub(super) fn again(like: &Frame, time: i64) -> Frame {
    Frame { time, ..like.clone() }
}

/// An IKE message on the way of this frame, with a non-ESP marker where that has one.
pub(super) fn carrying(like: &Frame, message: &[u8], time: i64) -> Frame {
    let captured = Captured {
        link_type: like.link_type,
        data: &like.data,
        ip_hint: None,
        known_ike: false,
    };
    let content = captured.datagram().map(|datagram| datagram.content);
    let Some(Content::Ike { offset, .. }) = content else {
        panic!("not an IKE message: {content:?}");
    };
    let mut data = [&like.data[..offset as usize], message].concat();
    finish(&mut data);
    frame(data, time)
}

/// A frame on the way back.
pub(super) fn back(like: &Frame, limit: u8) -> Frame {
    let mut data = like.data.clone();
    swap(&mut data, 0, 6);
    let (at, length) = addresses(&data);
    swap(&mut data, at, length);
    let udp = ETHERNET + ip_length(&data);
    swap(&mut data, udp, 2);
    set_hop_limit(&mut data, limit);
    frame(data, like.time)
}

/// An ICMP error about this frame, from its receiver or from a router; its code is that of IPv4 and of IPv6.
pub(super) fn icmp(about: &Frame, from_router: bool, code: [u8; 2], limit: u8, time: i64) -> Frame {
    let v6 = is_v6(&about.data);
    let quoted = &about.data[ETHERNET..];
    // RFC 1812 4.3.2.3: as much as fits into 576 bytes.
    let quoted = &quoted[..quoted.len().min(548)];
    let head = back(about, limit).data;
    let mut data = head[..ETHERNET + ip_length(&head)].to_vec();
    let (at, length) = addresses(&data);
    if from_router {
        let router: &[u8] = if v6 { &ROUTER_V6 } else { &ROUTER };
        data[at..at + length].copy_from_slice(router);
    }
    data[ETHERNET + if v6 { 6 } else { 9 }] = if v6 { ICMP_V6 } else { ICMP };
    // Destination unreachable (RFC 792, RFC 4443 3.1).
    let (kind, code) = if v6 { (1, code[1]) } else { (3, code[0]) };
    data.extend([kind, code, 0, 0, 0, 0, 0, 0]);
    data.extend(quoted);
    finish(&mut data);
    frame(data, time)
}

/// A frame that is nobody's: an ARP request.
pub(super) fn nobodys(time: i64) -> Frame {
    let mut data = vec![0xFF; 6];
    data.extend([
        2, 0, 0, 0, 0, 9, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 9, 192, 0, 2, 9,
    ]);
    data.extend([0, 0, 0, 0, 0, 0, 192, 0, 2, 1]);
    frame(data, time)
}
