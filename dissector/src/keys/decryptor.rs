//! Packets in, plaintext out: finds the keys of what a packet carries.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use zeroize::Zeroizing;

use super::secret::Trust;
use super::store::Keys;
use super::{v1, v2};
use crate::packet::{Derived, DerivedKind, Packet};
use crate::wire::assembly::Assemblies;
use crate::wire::frame::{Content, Datagram, Frame, reassembled_udp};
use crate::wire::message::{Message, Spi, V1Fragment};

/// IP protocol of ESP.
const ESP: u8 = 50;
/// The fixed header of IKE.
const HEADER: usize = 28;
/// IKEv1 messages of which fragments are still to come.
const MAX_MESSAGES: usize = 32;
/// The most rows that are tried on a packet of ESP.
const MAX_TRIED: usize = 16;

/// Bytes made of a packet, as a host that decrypts makes them. They are wiped when they are dropped, for IKE carries passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct Plaintext {
    /// What they are.
    pub kind: DerivedKind,
    /// The bytes, with their padding.
    pub data: Zeroizing<Vec<u8>>,
}

impl Plaintext {
    /// As a host hands it over.
    #[must_use]
    pub fn derived(&self) -> Derived<'_> {
        Derived {
            kind: self.kind,
            data: &self.data,
        }
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} bytes)", self.kind, self.data.len())
    }
}

/// What an IKEv1 fragment is a part of: SPI, sender, exchange, message ID, and the number that its parts share.
type Train = (Spi, IpAddr, u8, u32, u16);

/// Decrypts the packets of a capture.
#[derive(Debug)]
pub struct Decryptor {
    keys: Keys,
    /// IKEv1 SAs of which there are keys.
    sas: BTreeMap<Spi, v1::Sa>,
    assemblies: Assemblies<Train, MAX_MESSAGES>,
}

impl Decryptor {
    /// With these keys.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Self {
            keys,
            sas: BTreeMap::new(),
            assemblies: Assemblies::default(),
        }
    }

    /// What the keys make of a packet; nothing of most. Packets are given once, in their order, with the IP datagrams that the host
    /// put together; of IKEv1 each message's IV depends on the one before.
    pub fn decrypt(&mut self, packet: &Packet<'_>) -> Vec<Plaintext> {
        if self.keys.is_empty() {
            return Vec::new();
        }
        let Some(datagram) = Frame::of(packet).datagram() else {
            return Vec::new();
        };
        let Content::Fragment { protocol, .. } = datagram.content else {
            return self.datagram(&datagram, packet.data);
        };
        let Some(whole) = packet.reassembled() else {
            return Vec::new();
        };
        if let (ESP, Some((spi, _))) = (protocol, whole.split_first_chunk()) {
            return self.esp(&datagram, u32::from_be_bytes(*spi), whole);
        }
        reassembled_udp(datagram.source, datagram.destination, whole)
            .map_or_else(Vec::new, |datagram| self.datagram(&datagram, whole))
    }

    /// `data`: what offsets count in.
    fn datagram(&mut self, datagram: &Datagram<'_>, data: &[u8]) -> Vec<Plaintext> {
        match datagram.content {
            Content::Ike { message: bytes, .. } => match Message::parse(bytes) {
                Some(message) if message.header.major == 1 => self.v1(datagram.source, bytes, &message),
                Some(message) if message.header.major == 2 => self.v2(bytes, &message),
                _ => Vec::new(),
            },
            Content::Esp {
                spi, length, offset, ..
            } => {
                let esp = data
                    .get(offset as usize..)
                    .and_then(|esp| esp.get(..length as usize));
                esp.map_or_else(Vec::new, |esp| self.esp(datagram, spi, esp))
            }
            _ => Vec::new(),
        }
    }

    fn v1(&mut self, source: IpAddr, bytes: &[u8], message: &Message<'_>) -> Vec<Plaintext> {
        let h = &message.header;
        if !self.keys.v1.contains_key(&h.initiator_spi) {
            return Vec::new();
        }
        let Some(V1Fragment {
            id,
            number,
            total,
            data,
        }) = message.v1_fragment()
        else {
            return made(DerivedKind::DecryptedV1, self.v1_whole(bytes, message));
        };
        let train = (h.initiator_spi, source, h.exchange, h.message_id, id);
        let Some(whole) = self.assemblies.take(train, number, total, data) else {
            return Vec::new();
        };
        let Some(inside) = Message::parse(&whole).filter(|inside| inside.is_whole_of(message, &whole)) else {
            return Vec::new();
        };
        let mut sources = made(DerivedKind::DecryptedV1, self.v1_whole(&whole, &inside));
        if !sources.is_empty() {
            let data = Zeroizing::new(whole);
            sources.insert(
                0,
                Plaintext {
                    kind: DerivedKind::ReassembledV1,
                    data,
                },
            );
        }
        sources
    }

    fn v1_whole(&mut self, bytes: &[u8], message: &Message<'_>) -> Option<(Trust, Zeroizing<Vec<u8>>)> {
        let keys = self.keys.v1.get(&message.header.initiator_spi)?;
        let sa = self.sas.entry(message.header.initiator_spi).or_default();
        if !message.header.is_v1_encrypted() {
            sa.learn(message);
            return None;
        }
        let body = bytes.get(HEADER..)?;
        let length = (message.header.length as usize).checked_sub(HEADER)?;
        let whole = body.get(..length);
        sa.open(keys, message, whole.unwrap_or(body), whole.is_some())
    }

    fn v2(&self, bytes: &[u8], message: &Message<'_>) -> Vec<Plaintext> {
        let h = &message.header;
        let Some(rows) = self.keys.v2.get(&(h.initiator_spi, h.responder_spi)) else {
            return Vec::new();
        };
        let part = bytes
            .get(..h.length as usize)
            .and_then(|bytes| Some((bytes, v2::Encrypted::of(message)?)));
        let Some((bytes, part)) = part else {
            return Vec::new();
        };
        let tried = rows
            .iter()
            .rev()
            .filter_map(|keys| keys.open(bytes, message, &part));
        made(DerivedKind::Decrypted, best(tried))
    }

    fn esp(&self, datagram: &Datagram<'_>, spi: u32, esp: &[u8]) -> Vec<Plaintext> {
        let exact = self.keys.esp.get(&spi).into_iter().flatten();
        let rows = exact
            .chain(&self.keys.wild)
            .filter(|sa| sa.takes(datagram.source, datagram.destination, spi));
        made(
            DerivedKind::Decrypted,
            best(rows.take(MAX_TRIED).filter_map(|sa| sa.open(esp))),
        )
    }
}

/// The first of those that are trusted most.
fn best(tried: impl Iterator<Item = (Trust, Zeroizing<Vec<u8>>)>) -> Option<(Trust, Zeroizing<Vec<u8>>)> {
    let mut best: Option<(Trust, Zeroizing<Vec<u8>>)> = None;
    for (trust, text) in tried {
        if best.as_ref().is_none_or(|(before, _)| trust > *before) {
            best = Some((trust, text));
        }
        if trust == Trust::Verified {
            break;
        }
    }
    best
}

fn made(kind: DerivedKind, text: Option<(Trust, Zeroizing<Vec<u8>>)>) -> Vec<Plaintext> {
    text.into_iter()
        .map(|(_, data)| Plaintext { kind, data })
        .collect()
}
