//! IKEv1: CBC, whose IVs are chained from message to message (RFC 2409 appendix B).
//!
//! ```text
//! phase 1              first IV = hash(g^xi | g^xr), then the last block of the message before
//! each message ID      first IV = hash(last block of phase 1 | message ID), then the last block of the message before
//! ```
//!
//! The chain holds ciphertext only, and is the same whatever the key. A message that is sent again takes the IV it had, and moves
//! nothing.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};

use zeroize::Zeroizing;

use super::cipher::{Cipher, Sealed};
use super::hash::Hash;
use super::secret::{Secret, Trust};
use crate::wire::code::number::{protocol, v1_encryption, v1_phase1_attribute};
use crate::wire::message::{Attribute, Body, Message, Spi};

/// The longest public value (group 18 has 1024 bytes).
const MAX_PUBLIC: usize = 2048;
/// The most exchanges whose chains are kept; the oldest gives way, but never phase 1.
const MAX_CHAINS: usize = 32;
/// Messages of an exchange that are known again: Main Mode has two, Quick Mode three, mode configuration some more.
const MAX_SEEN: usize = 8;
/// Block that a message is decrypted with; `None` if what went before was not captured whole.
type Iv = Option<Vec<u8>>;

/// What one IKE SA has shown.
#[derive(Debug, Default)]
pub(super) struct Sa {
    /// g^xi and g^xr.
    public: Vec<Vec<u8>>,
    cipher: Option<Cipher>,
    hash: Option<Hash>,
    /// The cipher is the responder's choice.
    chosen: bool,
    /// By message ID; phase 1 is the first.
    chains: VecDeque<Chain>,
}

/// The IVs of one exchange.
#[derive(Debug)]
struct Chain {
    id: u32,
    /// Of the next message.
    next: Iv,
    /// Fingerprints of the latest messages, and their IVs.
    seen: VecDeque<(u64, Iv)>,
}

impl Sa {
    /// Takes from a message in clear what later IVs are made of.
    pub(super) fn learn(&mut self, message: &Message<'_>) {
        // Once something was encrypted, the SA has its keys.
        if !self.chains.is_empty() {
            return;
        }
        let answers = message.header.responder_spi != Spi::default();
        for payload in &message.payloads {
            match &payload.body {
                Body::SecurityAssociation { proposals, .. } if answers || !self.chosen => {
                    let transforms = proposals.iter().filter(|p| p.protocol == protocol::IKE);
                    // An offer of several is not decided; Wireshark, too, takes the last.
                    for attribute in transforms
                        .flat_map(|p| &p.transforms)
                        .flat_map(|t| t.attributes())
                    {
                        self.take(&attribute);
                    }
                    self.chosen = answers;
                }
                // What is sent again is the same; the initiator sends first.
                Body::KeyExchange { data, .. } => {
                    let new = !self.public.iter().any(|known| known == data);
                    if new && self.public.len() < 2 && data.len() <= MAX_PUBLIC {
                        self.public.push(data.to_vec());
                    }
                }
                _ => {}
            }
        }
    }

    fn take(&mut self, attribute: &Attribute<'_>) {
        let number = attribute.number().and_then(|number| u16::try_from(number).ok());
        match attribute.kind {
            v1_phase1_attribute::ENCRYPTION => {
                self.cipher = match number {
                    Some(v1_encryption::DES_CBC) => Some(Cipher::DesCbc),
                    Some(v1_encryption::TRIPLE_DES_CBC) => Some(Cipher::TripleDesCbc),
                    Some(v1_encryption::AES_CBC) => Some(Cipher::AesCbc),
                    _ => None,
                };
            }
            v1_phase1_attribute::HASH => {
                self.hash = number.and_then(Hash::from_v1);
            }
            _ => {}
        }
    }

    /// Decrypts what follows the header of a message: with the last of the keys that makes payloads of it, or with the last.
    /// `whole`: all of it was captured.
    pub(super) fn open(
        &mut self,
        keys: &[Secret],
        message: &Message<'_>,
        body: &[u8],
        whole: bool,
    ) -> Option<(Trust, Zeroizing<Vec<u8>>)> {
        let (cipher, hash) = (self.cipher?, self.hash?);
        let iv = self.iv(cipher, hash, message.header.message_id, body, whole)?;
        if !whole || body.is_empty() {
            return None;
        }
        let sealed = Sealed {
            iv: &iv,
            ciphertext: body,
            tag: &[],
        };
        let mut first = None;
        for key in keys.iter().rev().filter(|key| cipher.takes(key.bytes(), None)) {
            let Some(text) = cipher.open(key.bytes(), &[], &sealed) else {
                continue;
            };
            let (_, defects) = Message::parse_payloads(message.header.next_payload, 1, &text);
            if defects.is_empty() {
                return Some((Trust::Plausible, text));
            }
            first.get_or_insert((Trust::Unknown, text));
        }
        first
    }

    /// The IV of a message; the chain moves on if it is new.
    fn iv(&mut self, cipher: Cipher, hash: Hash, id: u32, body: &[u8], whole: bool) -> Iv {
        let block = cipher.block();
        if self.chains.is_empty() {
            let [i, r] = &self.public[..] else { return None };
            self.chains
                .push_back(Chain::new(0, first_iv(hash, [i, r], block)));
        }
        let at = match self.chains.iter().position(|chain| chain.id == id) {
            Some(at) => at,
            None => {
                let phase_1 = self.chains.front()?.next.as_deref();
                let first = phase_1.and_then(|last| first_iv(hash, [last, &id.to_be_bytes()], block));
                if self.chains.len() >= MAX_CHAINS {
                    self.chains.remove(1);
                }
                self.chains.push_back(Chain::new(id, first));
                self.chains.len() - 1
            }
        };
        let last = body.len().checked_sub(block).and_then(|at| body.get(at..));
        self.chains
            .get_mut(at)?
            .advance(body, last.filter(|_| whole).map(<[u8]>::to_vec))
    }
}

fn first_iv(hash: Hash, parts: [&[u8]; 2], block: usize) -> Iv {
    hash.of(parts).get(..block).map(<[u8]>::to_vec)
}

impl Chain {
    fn new(id: u32, next: Iv) -> Self {
        Self {
            id,
            next,
            seen: VecDeque::new(),
        }
    }

    /// The IV of a message of which `last` is the last block.
    fn advance(&mut self, body: &[u8], last: Iv) -> Iv {
        let mut fingerprint = DefaultHasher::new();
        fingerprint.write(body);
        let fingerprint = fingerprint.finish();
        if let Some((_, iv)) = self.seen.iter().find(|(seen, _)| *seen == fingerprint) {
            return iv.clone();
        }
        if self.seen.len() >= MAX_SEEN {
            self.seen.pop_front();
        }
        let iv = std::mem::replace(&mut self.next, last);
        self.seen.push_back((fingerprint, iv.clone()));
        iv
    }
}
