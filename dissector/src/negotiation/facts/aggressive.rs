//! Aggressive Mode's proof of the pre-shared key, which stands on the wire in clear, and a key that somebody wants to try.
//!
//! ```text
//! SKEYID = prf(pre-shared-key, Ni_b | Nr_b)
//! HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)
//! HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)
//! ```
//!
//! (RFC 2409 5, 5.4.) The prf is the HMAC of the negotiated hash. The responder always proves itself in clear, in the second message; the
//! initiator's proof is mostly encrypted. A candidate is compared and forgotten: nothing of it is kept, and nothing is said of it.

use super::offer::{Attribute, Suite};
use super::place::Role;
use crate::keys::Hash;
use crate::wire::code::number::v1_auth_method;
use crate::wire::message::{Body, Message, Spi, v1};
use zeroize::Zeroizing;

/// The most bytes kept of one payload.
const MAX_BODY: usize = 4096;
/// Generic payload header (RFC 2408 3.2).
const GENERIC_HEADER: usize = 4;

/// What one side sent that its proof is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Side {
    sa: Vec<u8>,
    public: Vec<u8>,
    nonce: Vec<u8>,
    identity: Vec<u8>,
    proof: Vec<u8>,
}

/// Both sides of an exchange in Aggressive Mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::negotiation) struct Material {
    initiator: Side,
    responder: Side,
}

/// What came of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This side proved itself with the candidate.
    Match(Role),
    /// This side has another key.
    Mismatch(Role),
    /// It cannot be told, and why: completes "cannot be checked: ...".
    Unknown(&'static str),
}

/// HMAC with an IKEv1 hash algorithm (RFC 2409 4).
fn prf(hash: u16, key: &[u8], parts: &[&[u8]]) -> Option<Zeroizing<Vec<u8>>> {
    Hash::from_v1(hash)?.hmac(key, parts)
}

impl Material {
    /// Keeps what the proofs are made from, of a message of Aggressive Mode.
    pub(in crate::negotiation) fn take(&mut self, message: &Message<'_>, bytes: &[u8], from: Role) {
        let side = match from {
            Role::Initiator => &mut self.initiator,
            Role::Responder => &mut self.responder,
        };
        for p in &message.payloads {
            let (start, end) = (p.span.offset as usize, (p.span.offset + p.span.len) as usize);
            let body = bytes.get(start + GENERIC_HEADER..end).unwrap_or_default();
            let into = match (&p.body, p.kind) {
                (Body::SecurityAssociation { .. }, _) => &mut side.sa,
                (Body::KeyExchange { .. }, _) => &mut side.public,
                (Body::Nonce(_), _) => &mut side.nonce,
                (Body::Identification { .. }, _) => &mut side.identity,
                (Body::Hash(_), v1::HASH) => &mut side.proof,
                _ => continue,
            };
            if into.is_empty() && body.len() <= MAX_BODY {
                *into = body.to_vec();
            }
        }
    }

    /// Tries a candidate for the pre-shared key, with the algorithms that were chosen and both SPIs.
    pub(super) fn try_key(
        &self,
        candidate: &[u8],
        chosen: Option<&Suite>,
        (initiator_spi, responder_spi): (Spi, Spi),
    ) -> Answer {
        let Self {
            initiator: i,
            responder: r,
        } = self;
        if r.public.is_empty() && r.proof.is_empty() {
            return Answer::Unknown(
                "the second message, in which the responder proves its key, is not in the capture",
            );
        }
        // XAUTH with a pre-shared key makes SKEYID in the same way (draft-beaulieu-ike-xauth-02 5).
        let method = chosen.and_then(|s| s.first(Attribute::AuthMethod));
        if !matches!(
            method,
            Some(
                v1_auth_method::PRE_SHARED_KEY
                    | v1_auth_method::XAUTH_INIT_PRE_SHARED
                    | v1_auth_method::XAUTH_RESP_PRE_SHARED
            )
        ) {
            return Answer::Unknown("the two sides do not authenticate with a pre-shared key");
        }
        let Some(hash) = chosen.and_then(|s| s.first(Attribute::Hash)) else {
            return Answer::Unknown("no hash algorithm was chosen");
        };
        let needed = [&i.sa, &i.public, &i.nonce, &r.public, &r.nonce];
        if needed.iter().any(|part| part.is_empty()) || responder_spi == [0; 8] {
            return Answer::Unknown("one of the two first messages is cut or missing");
        }
        let Some(key) = prf(hash, candidate, &[&i.nonce, &r.nonce]) else {
            return Answer::Unknown("the hash algorithm is not supported here");
        };
        let (ci, cr) = (&initiator_spi[..], &responder_spi[..]);
        let proofs: [(Role, &Side, [&[u8]; 6]); 2] = [
            (
                Role::Responder,
                r,
                [&r.public, &i.public, cr, ci, &i.sa, &r.identity],
            ),
            (
                Role::Initiator,
                i,
                [&i.public, &r.public, ci, cr, &i.sa, &i.identity],
            ),
        ];
        for (role, side, parts) in proofs {
            // An authentication hash as long as the hash is; shorter ones are cut.
            let Some(expected) = prf(hash, &key, &parts) else {
                continue;
            };
            if side.proof.is_empty() || side.identity.is_empty() || side.proof.len() != expected.len() {
                continue;
            }
            let same = expected
                .iter()
                .zip(&side.proof)
                .fold(0, |all, (a, b)| all | (a ^ b))
                == 0;
            return if same {
                Answer::Match(role)
            } else {
                Answer::Mismatch(role)
            };
        }
        Answer::Unknown("no proof of a key stands in clear")
    }
}
