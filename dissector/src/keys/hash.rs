//! The hash functions of IKE: what keys are made and checked with, and what tells of NAT.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::wire::code::number::v1_hash;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// MD5.
    Md5,
    /// SHA-1, always in IKEv2.
    Sha1,
    /// SHA2-256.
    Sha256,
    /// SHA2-384.
    Sha384,
    /// SHA2-512.
    Sha512,
}

impl Hash {
    /// From the IKEv1 phase 1 hash attribute (IANA ipsec-registry).
    #[must_use]
    pub fn from_v1(id: u16) -> Option<Self> {
        Some(match id {
            v1_hash::MD5 => Self::Md5,
            v1_hash::SHA1 => Self::Sha1,
            v1_hash::SHA2_256 => Self::Sha256,
            v1_hash::SHA2_384 => Self::Sha384,
            v1_hash::SHA2_512 => Self::Sha512,
            _ => return None,
        })
    }

    /// Bytes of the hash, and of the key that RFC 2403, 2404 and 4868 make of it.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Whether this is the hash of `data`.
    pub(crate) fn is(self, data: &[u8], hash: &[u8]) -> bool {
        match self {
            Self::Md5 => *Md5::digest(data) == *hash,
            Self::Sha1 => *Sha1::digest(data) == *hash,
            Self::Sha256 => *Sha256::digest(data) == *hash,
            Self::Sha384 => *Sha384::digest(data) == *hash,
            Self::Sha512 => *Sha512::digest(data) == *hash,
        }
    }

    /// The hash of these parts.
    pub(super) fn of(self, parts: [&[u8]; 2]) -> Vec<u8> {
        fn digest<D: Digest>(parts: [&[u8]; 2]) -> Vec<u8> {
            let mut digest = D::new();
            parts.iter().for_each(|part| digest.update(part));
            digest.finalize().to_vec()
        }
        match self {
            Self::Md5 => digest::<Md5>(parts),
            Self::Sha1 => digest::<Sha1>(parts),
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
            Self::Sha512 => digest::<Sha512>(parts),
        }
    }

    /// The HMAC of these parts (RFC 2409 4).
    pub(crate) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Option<Zeroizing<Vec<u8>>> {
        fn of<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Option<Zeroizing<Vec<u8>>> {
            let mac = fed::<M>(key, parts)?;
            Some(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
        }
        match self {
            Self::Md5 => of::<Hmac<Md5>>(key, parts),
            Self::Sha1 => of::<Hmac<Sha1>>(key, parts),
            Self::Sha256 => of::<Hmac<Sha256>>(key, parts),
            Self::Sha384 => of::<Hmac<Sha384>>(key, parts),
            Self::Sha512 => of::<Hmac<Sha512>>(key, parts),
        }
    }

    /// Whether `checksum` begins the HMAC of these parts.
    pub(super) fn vouches(self, key: &[u8], parts: [&[u8]; 2], checksum: &[u8]) -> bool {
        fn holds<M: Mac + KeyInit>(key: &[u8], parts: [&[u8]; 2], checksum: &[u8]) -> bool {
            fed::<M>(key, &parts).is_some_and(|mac| mac.verify_truncated_left(checksum).is_ok())
        }
        match self {
            Self::Md5 => holds::<Hmac<Md5>>(key, parts, checksum),
            Self::Sha1 => holds::<Hmac<Sha1>>(key, parts, checksum),
            Self::Sha256 => holds::<Hmac<Sha256>>(key, parts, checksum),
            Self::Sha384 => holds::<Hmac<Sha384>>(key, parts, checksum),
            Self::Sha512 => holds::<Hmac<Sha512>>(key, parts, checksum),
        }
    }
}

/// A keyed function that was given these parts.
fn fed<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Option<M> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}
