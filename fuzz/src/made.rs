//! Packets made by hand.

use crate::capture::Record;

/// Payloads, each naming the next (RFC 7296 3.2); as long as two octets can say.
#[must_use]
pub fn payloads(payloads: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let next = payloads.iter().skip(1).map(|(kind, _)| *kind).chain([0]);
    let mut octets = Vec::new();
    for ((_, body), next) in payloads.iter().zip(next) {
        octets.extend(item(next, body));
    }
    octets
}

/// A payload, proposal or transform: its generic header and its body.
#[must_use]
pub fn item(next: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 4).unwrap_or(u16::MAX);
    let body = &body[..usize::from(length) - 4];
    [&[next, 0], &length.to_be_bytes()[..], body].concat()
}

/// An IKE message in an Ethernet frame. The SPIs are the same for all messages of a version.
#[must_use]
pub fn ike(request: bool, first: u8, version: u8, exchange: u8, flags: u8, id: u8, body: &[u8]) -> Record {
    let spi = [version; 8];
    let answer = if request && id == 0 { [0; 8] } else { [7; 8] };
    let length = (28 + body.len()) as u32;
    let header = [first, version, exchange, flags, 0, 0, 0, id];
    let message = [&spi[..], &answer, &header, &length.to_be_bytes(), body].concat();
    Record::udp(request, &message)
}

/// An SA payload's body of so many proposals of so many transforms each, all different.
#[must_use]
pub fn proposals(version: u8, proposals: usize, transforms: usize) -> Vec<u8> {
    let mut all = Vec::new();
    for proposal in 1..=proposals {
        let mut body = vec![proposal as u8, 1, 0, transforms.min(255) as u8];
        for transform in 1..=transforms {
            let id = (transform * 7 % 60_000) as u16;
            let next = if transform == transforms { 0 } else { 3 };
            let attribute = [&[0x80, 1][..], &id.to_be_bytes()].concat();
            let [high, low] = id.to_be_bytes();
            body.extend(match version {
                1 => item(next, &[&[transform as u8, 1, 0, 0][..], &attribute].concat()),
                _ => item(next, &[(transform % 250 + 1) as u8, 0, high, low]),
            });
        }
        all.extend(item(if proposal == proposals { 0 } else { 2 }, &body));
    }
    // RFC 2408 3.4: domain of interpretation and situation.
    let prefix: &[u8] = if version == 1 {
        &[0, 0, 0, 1, 0, 0, 0, 1]
    } else {
        &[]
    };
    [prefix, &all].concat()
}
