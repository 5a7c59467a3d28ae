//! Packets made by hand, as bytes: [`Message`]s of IKE, and the [`Path`] on which they travel.

use std::net::Ipv4Addr;

/// Payloads, each naming the next (RFC 7296 3.2); as long as two bytes can say.
#[must_use]
pub fn payloads(payloads: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let next = payloads.iter().skip(1).map(|(kind, _)| *kind).chain([0]);
    let mut bytes = Vec::new();
    for ((_, body), next) in payloads.iter().zip(next) {
        bytes.extend(item(next, body));
    }
    bytes
}

/// A payload, proposal or transform: its generic header and its body.
#[must_use]
pub fn item(next: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 4).unwrap_or(u16::MAX);
    let body = &body[..usize::from(length) - 4];
    [&[next, 0], &length.to_be_bytes()[..], body].concat()
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

/// An IKE message: a header (RFC 7296 3.1) and what follows it.
#[derive(Clone, Debug)]
pub struct Message {
    spis: [u64; 2],
    /// 0x10 or 0x20.
    pub version: u8,
    exchange: u8,
    flags: u8,
    id: u32,
    first: u8,
    /// Its payloads.
    pub body: Vec<u8>,
}

impl Message {
    fn new(version: u8, number: u64, flags: u8) -> Self {
        Self {
            spis: [0x0101_0000_0000_0001 + number, 0],
            version,
            exchange: 0,
            flags,
            id: 0,
            first: 0,
            body: Vec::new(),
        }
    }

    /// A message of IKEv1. Each number has an initiator cookie of its own.
    #[must_use]
    pub fn v1(number: u64) -> Self {
        Self::new(0x10, number, 0)
    }

    /// A request of IKEv2's initiator. Each number has an initiator SPI of its own.
    #[must_use]
    pub fn v2(number: u64) -> Self {
        Self::new(0x20, number, 8)
    }

    /// The responder's SPI is known.
    #[must_use]
    pub fn answered(mut self) -> Self {
        self.spis[1] = 7;
        self
    }

    /// A message of the responder in the same negotiation, as an answer.
    #[must_use]
    pub fn answer(&self) -> Self {
        let flags = if self.version == 0x20 { 0x20 } else { 0 };
        Self {
            flags,
            ..self.clone().answered()
        }
    }

    /// With this message ID.
    #[must_use]
    pub fn id(self, id: u32) -> Self {
        Self { id, ..self }
    }

    /// With these bytes for payloads, of which the first has this type.
    #[must_use]
    pub fn body(self, exchange: u8, first: u8, body: &[u8]) -> Self {
        let body = body.to_vec();
        Self {
            exchange,
            first,
            body,
            ..self
        }
    }

    /// With these payloads.
    #[must_use]
    pub fn payloads(self, exchange: u8, list: &[(u8, Vec<u8>)]) -> Self {
        let first = list.first().map_or(0, |(kind, _)| *kind);
        self.body(exchange, first, &payloads(list))
    }

    /// Encrypted: the type of the first payload stands outside.
    #[must_use]
    pub fn sealed(mut self, exchange: u8, first: u8, content: &[u8]) -> Self {
        if self.version == 0x20 {
            return self.body(exchange, 46, &item(first, content));
        }
        self.flags |= 1;
        self.body(exchange, first, content)
    }

    /// As bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let [initiator, responder] = self.spis.map(u64::to_be_bytes);
        let length = (28 + self.body.len()) as u32;
        let header = [self.first, self.version, self.exchange, self.flags];
        [
            &initiator[..],
            &responder,
            &header,
            &self.id.to_be_bytes(),
            &length.to_be_bytes(),
            &self.body,
        ]
        .concat()
    }
}

/// From whom to whom something travels.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    from: u32,
    to: u32,
    ports: [u16; 2],
    wide: bool,
}

impl Path {
    /// From 10.0.0.0 to 172.16.0.0, both on port 500.
    pub const PLAIN: Self = Self {
        from: 0x0A00_0000,
        to: 0xAC10_0000,
        ports: [500, 500],
        wide: false,
    };

    /// From the host so many behind this one.
    #[must_use]
    pub fn from(self, by: u32) -> Self {
        let from = self.from + by;
        Self { from, ..self }
    }

    /// To the host so many behind this one.
    #[must_use]
    pub fn to(self, by: u32) -> Self {
        let to = self.to + by;
        Self { to, ..self }
    }

    /// With these ports.
    #[must_use]
    pub fn ports(self, from: u16, to: u16) -> Self {
        let ports = [from, to];
        Self { ports, ..self }
    }

    /// Over IPv6, between networks that have nothing in common.
    #[must_use]
    pub fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// The other way.
    #[must_use]
    pub fn back(self) -> Self {
        let [from, to] = self.ports;
        Self {
            from: self.to,
            to: self.from,
            ports: [to, from],
            ..self
        }
    }

    /// A message in a frame.
    #[must_use]
    pub fn udp(self, message: &Message) -> Vec<u8> {
        self.bytes(&message.bytes())
    }

    /// UDP in a frame.
    #[must_use]
    pub fn bytes(self, payload: &[u8]) -> Vec<u8> {
        self.ip(17, 0, 0, &self.datagram(payload))
    }

    /// The first IP fragment of a message, of which half is missing.
    #[must_use]
    pub fn first_fragment(self, id: u16, message: &Message) -> Vec<u8> {
        let datagram = self.datagram(&message.bytes());
        self.ip(17, id, 0x2000, &datagram[..datagram.len() / 16 * 8])
    }

    /// ESP in a frame.
    #[must_use]
    pub fn esp(self, spi: u32, sequence: u32, length: usize) -> Vec<u8> {
        let (spi, sequence) = (0x1000 + spi, sequence);
        let packet = [
            &spi.to_be_bytes()[..],
            &sequence.to_be_bytes(),
            &vec![0x55; length],
        ];
        self.ip(50, 0, 0, &packet.concat())
    }

    /// An ICMP error in a frame, about an IP packet.
    #[must_use]
    pub fn icmp(self, kind: u8, code: u8, about: &[u8]) -> Vec<u8> {
        self.ip(1, 0, 0, &[&[kind, code, 0, 0, 0, 0, 0, 0], about].concat())
    }

    fn datagram(self, payload: &[u8]) -> Vec<u8> {
        let [from, to] = self.ports.map(u16::to_be_bytes);
        let length = (payload.len() + 8) as u16;
        [&from[..], &to, &length.to_be_bytes(), &[0, 0], payload].concat()
    }

    fn ip(self, protocol: u8, id: u16, fragment: u16, content: &[u8]) -> Vec<u8> {
        let (from, to) = (self.from.to_be_bytes(), self.to.to_be_bytes());
        if self.wide {
            // A host of each network: the number stands in the middle of the address, mixed, so that few bits are shared.
            let address = |number: u32| {
                let mixed = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                [&[0x26][..], &mixed.to_be_bytes()[..7], &mixed.to_le_bytes()].concat()
            };
            let length = (content.len() as u16).to_be_bytes();
            let header = [&[0x60, 0, 0, 0][..], &length, &[protocol, 64]].concat();
            let addresses = [address(self.from), address(self.to)].concat();
            return [ETHERNET, &[0x86, 0xDD], &header, &addresses, content].concat();
        }
        let length = (content.len() as u16).saturating_add(20).to_be_bytes();
        let (id, fragment) = (id.to_be_bytes(), fragment.to_be_bytes());
        let header = [&[0x45, 0][..], &length, &id, &fragment, &[64, protocol, 0, 0]].concat();
        [ETHERNET, &[8, 0], &header, &from, &to, content].concat()
    }
}

/// Destination and source.
const ETHERNET: &[u8] = &[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];

/// An IPv4 packet without a link layer, with this hop limit.
#[must_use]
pub fn ip_packet(
    source: Ipv4Addr,
    destination: Ipv4Addr,
    limit: u8,
    protocol: u8,
    payload: &[u8],
) -> Vec<u8> {
    let length = (20 + payload.len()) as u16;
    let (source, destination) = (source.octets(), destination.octets());
    let start = [0x45, 0];
    let middle = [0, 1, 0, 0, limit, protocol, 0, 0];
    [
        &start[..],
        &length.to_be_bytes(),
        &middle,
        &source,
        &destination,
        payload,
    ]
    .concat()
}

/// A UDP datagram, without IP.
#[must_use]
pub fn udp_datagram(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    [
        &source.to_be_bytes()[..],
        &destination.to_be_bytes(),
        &length.to_be_bytes(),
        &[0, 0],
        payload,
    ]
    .concat()
}

/// An SA payload of IKEv1: AES-256, SHA1, group 14 and an authentication method.
#[must_use]
pub fn main_mode_offer(method: u16) -> Vec<u8> {
    let attributes: Vec<u8> = [(1u16, 7u16), (14, 256), (2, 2), (3, method), (4, 14)]
        .iter()
        .flat_map(|(kind, value)| [(0x8000 | kind).to_be_bytes(), value.to_be_bytes()].concat())
        .collect();
    let transform = [&[0, 0, 0, 28, 1, 1, 0, 0][..], &attributes].concat();
    [&[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 36, 1, 1, 0, 1][..], &transform].concat()
}

/// An L2TP control message with a type and nothing else.
#[must_use]
pub fn control(kind: u8, sequence: u8) -> Vec<u8> {
    [
        0xC8, 2, 0, 20, 0, 1, 0, 0, 0, sequence, 0, 0, 0x80, 8, 0, 0, 0, 0, 0, kind,
    ]
    .to_vec()
}
