//! IKEv2: each message, and each fragment (RFC 7383), is decrypted by itself.

use zeroize::Zeroizing;

use super::cipher::{Cipher, Integrity, Sealed};
use super::secret::{Secret, Trust};
use crate::wire::message::{Body, Message, Payload, flags};

/// The keys of one IKE SA; of each pair, the initiator's first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) cipher: Cipher,
    /// Bytes of the cipher's own checksum.
    pub(super) tag: usize,
    pub(super) integrity: Integrity,
    pub(super) encryption: [Secret; 2],
    pub(super) authentication: [Secret; 2],
}

/// Generic payload header (RFC 7296 3.2), and what a fragment's number and the number of fragments add to it.
const GENERIC_HEADER: usize = 4;
const FRAGMENT_HEADER: usize = 8;

/// The encrypted part of a message.
pub(super) struct Encrypted {
    /// Where the IV begins.
    start: usize,
    /// Where the checksum ends.
    end: usize,
    /// The first payload inside, of a message that is whole.
    first_inner: Option<u8>,
}

impl Encrypted {
    pub(super) fn of(message: &Message<'_>) -> Option<Self> {
        let find = |p: &Payload<'_>| {
            let (header, first_inner) = match p.body {
                Body::Encrypted { first_inner, .. } => (GENERIC_HEADER, Some(first_inner)),
                Body::EncryptedFragment { .. } => (FRAGMENT_HEADER, None),
                _ => return None,
            };
            let offset = p.span.offset as usize;
            Some(Self {
                start: offset + header,
                end: offset + p.span.len as usize,
                first_inner,
            })
        };
        message.payloads.iter().find_map(find)
    }
}

impl Keys {
    /// The plaintext with its padding, and how far it is to be trusted; `None` if the lengths do not fit, so that these keys are
    /// those of something else.
    pub(super) fn open(
        &self,
        bytes: &[u8],
        message: &Message<'_>,
        part: &Encrypted,
    ) -> Option<(Trust, Zeroizing<Vec<u8>>)> {
        let from_initiator = message.header.flags & flags::V2_INITIATOR != 0;
        let side = usize::from(!from_initiator);
        let (encryption, authentication) = (self.encryption.get(side)?, self.authentication.get(side)?);
        let checksum = if self.cipher.checks_itself() {
            self.tag
        } else {
            self.integrity.length
        };
        let covered = bytes.get(..part.end.checked_sub(checksum)?)?;
        let checksum = bytes.get(covered.len()..part.end)?;
        let (iv, ciphertext) = covered.get(part.start..)?.split_at_checked(self.cipher.iv())?;
        if ciphertext.is_empty() || ciphertext.len() % self.cipher.block() != 0 {
            return None;
        }
        let checks_itself = self.cipher.checks_itself();
        let sealed = Sealed {
            iv,
            ciphertext,
            tag: if checks_itself { checksum } else { &[] },
        };
        let header = bytes.get(..part.start)?;
        let opened = self.cipher.open(encryption.bytes(), header, &sealed);
        let vouched = match self.integrity.hash {
            _ if checks_itself => Some(opened.is_some()),
            Some(hash) => Some(hash.vouches(authentication.bytes(), [covered, &[]], checksum)),
            None => None,
        };
        Some(match (vouched, opened) {
            (Some(true), Some(text)) => (Trust::Verified, text),
            (None, Some(text)) => (plausible(part.first_inner, &text), text),
            // Nothing, and no padding: it is noted that there was a key, and not believed.
            _ => (Trust::Refuted, Zeroizing::new(vec![0])),
        })
    }
}

/// Of plaintext that nothing vouches for: whether it looks like payloads.
fn plausible(first_inner: Option<u8>, text: &[u8]) -> Trust {
    let Some(first) = first_inner else {
        return Trust::Unknown;
    };
    let (_, defects) = Message::parse_payloads(first, 2, text);
    if defects.is_empty() {
        Trust::Plausible
    } else {
        Trust::Unknown
    }
}
