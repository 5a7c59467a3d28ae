//! What the length of an encrypted message tells without keys.
//!
//! IKEv2 (RFC 7296 3.14): header 28, SK header 4, IV, ciphertext (contents, padding, pad length), checksum.
//! IKEv1 (RFC 2409 appendix B): header 28, payloads padded to the cipher's block.

use super::negotiation::Negotiation;
use super::offer::{Attribute, Suite};
use super::place::Version;
use crate::keys::Hash;
use crate::wire::code::number::{
    v1_encryption as v1, v2_encryption as encr, v2_integrity as integ, v2_prf as prf,
};

/// Sizes of the chosen suite that decide a message's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Initialisation vector sent with each IKEv2 message.
    pub iv: u32,
    /// Cipher block the contents are padded to; 1 for AEAD and counter modes.
    pub block: u32,
    /// Checksum at the end of an IKEv2 message.
    pub checksum: u32,
    /// Output of the PRF (IKEv2) or hash (IKEv1).
    pub prf: u32,
}

/// An IKE_AUTH message of this size holds a certificate: identities, a signature and offers need less.
pub const HOLDS_CERTIFICATE: u32 = 900;
/// One below this size holds neither a certificate nor an RSA signature.
pub const HOLDS_NO_SIGNATURE: u32 = 450;
/// An IKE_AUTH response up to this size holds no certificate and its signature (one of RSA with 2048 bits alone has 256 bytes).
pub const MOST_WITHOUT_CERTIFICATE: u32 = 400;

/// IKE header and IKEv2 SK payload header.
const HEADER: u32 = 28;
const SK_HEADER: u32 = 4;

/// Sizes of the suite the responder chose; `None` if it is unknown or holds algorithms whose sizes are not.
#[must_use]
pub fn sizes(n: &Negotiation) -> Option<Sizes> {
    let suite = n.selected()?;
    match n.version {
        Version::V1 => v1_sizes(suite),
        Version::V2 => v2_sizes(suite),
    }
}

fn v1_sizes(suite: &Suite) -> Option<Sizes> {
    // AES and Camellia have blocks of 16, the older ones of 8.
    let block = match suite.first(Attribute::Encryption)? {
        v1::AES_CBC | v1::CAMELLIA_CBC => 16,
        v1::DES_CBC..=v1::CAST_CBC => 8,
        _ => return None,
    };
    let prf = u32::try_from(Hash::from_v1(suite.first(Attribute::Hash)?)?.length()).ok()?;
    Some(Sizes {
        iv: 0,
        block,
        checksum: 0,
        prf,
    })
}

fn v2_sizes(suite: &Suite) -> Option<Sizes> {
    // RFC 5282: AEAD IV of 8, checksum by the name's number.
    let (iv, block, aead) = match suite.first(Attribute::Encryption)? {
        encr::TRIPLE_DES => (8, 8, None),
        encr::AES_CBC | encr::CAMELLIA_CBC => (16, 16, None),
        encr::AES_CTR | encr::CAMELLIA_CTR => (8, 1, None),
        encr::AES_CCM_8 | encr::AES_GCM_8 => (8, 1, Some(8)),
        encr::AES_CCM_12 | encr::AES_GCM_12 => (8, 1, Some(12)),
        encr::AES_CCM_16 | encr::AES_GCM_16 | encr::CHACHA20_POLY1305 => (8, 1, Some(16)),
        _ => return None,
    };
    let checksum = match (aead, suite.first(Attribute::Integrity)) {
        (Some(n), _) => n,
        (None, Some(integ::HMAC_MD5_96 | integ::HMAC_SHA1_96 | integ::AES_XCBC_96 | integ::AES_CMAC_96)) => {
            12
        }
        (None, Some(integ::HMAC_SHA2_256_128)) => 16,
        (None, Some(integ::HMAC_SHA2_384_192)) => 24,
        (None, Some(integ::HMAC_SHA2_512_256)) => 32,
        _ => return None,
    };
    let prf = match suite.first(Attribute::Prf)? {
        prf::HMAC_MD5 | prf::AES128_XCBC | prf::AES128_CMAC => 16,
        prf::HMAC_SHA1 => 20,
        prf::HMAC_SHA2_256 => 32,
        prf::HMAC_SHA2_384 => 48,
        prf::HMAC_SHA2_512 => 64,
        _ => return None,
    };
    Some(Sizes {
        iv,
        block,
        checksum,
        prf,
    })
}

impl Sizes {
    /// The most bytes of payloads an IKEv2 message of this length can hold (one byte of pad length is always there).
    #[must_use]
    pub fn v2_most(&self, length: u32) -> u32 {
        length.saturating_sub(HEADER + SK_HEADER + self.iv + self.checksum + 1)
    }

    /// The message is as short as one with a single notification without data: nothing else fits (RFC 7296 3.10, 8
    /// bytes; a few more for data of an INVALID_KE_PAYLOAD and for padding to four bytes).
    #[must_use]
    pub fn v2_is_bare_notify(&self, length: u32) -> bool {
        let most = self.v2_most(length);
        most < 8 + self.block.max(8)
    }

    /// The shortest contents of an IKE_AUTH response that accepts a child SA: IDr of an IPv4 address, AUTH of a
    /// shared key, SA with one proposal, two IPv4 selectors (RFC 7296 1.2; 3.5, 3.8, 3.3, 3.13).
    #[must_use]
    pub fn v2_least_success(&self) -> u32 {
        let idr = 8 + 4;
        let auth = 8 + self.prf;
        let sa = 4 + 8 + 4 + 12 + 8;
        let selectors = 2 * (8 + 16);
        idr + auth + sa + selectors
    }

    /// Length of an encrypted IKEv1 Informational with HASH and a payload of `payload` bytes: shortest padding, and
    /// padding that is always added (strongSwan).
    #[must_use]
    pub fn v1_informational(&self, payload: u32) -> (u32, u32) {
        let contents = 4 + self.prf + payload;
        let up = |n: u32| n.div_ceil(self.block) * self.block;
        (HEADER + up(contents), HEADER + up(contents + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AES_SHA256_V1: Sizes = Sizes {
        iv: 0,
        block: 16,
        checksum: 0,
        prf: 32,
    };
    const AES_SHA1_V1: Sizes = Sizes {
        iv: 0,
        block: 16,
        checksum: 0,
        prf: 20,
    };

    // Lengths that strongSwan 5.9.8 sent in the lab: 92 for PAYLOAD-MALFORMED without SPI, 108 with one.
    #[test]
    fn informational_lengths_are_those_of_the_lab() {
        assert_eq!(AES_SHA256_V1.v1_informational(12).1, 92);
        assert_eq!(AES_SHA256_V1.v1_informational(28).1, 108);
        assert_eq!(AES_SHA1_V1.v1_informational(12), (76, 76));
        assert_eq!(AES_SHA1_V1.v1_informational(28), (92, 92));
    }

    // AES-CBC with SHA2-256-128: a refusal is 80 bytes; AES-GCM-16: 65.
    #[test]
    fn a_bare_notify_is_told_from_a_success() {
        let cbc = Sizes {
            iv: 16,
            block: 16,
            checksum: 16,
            prf: 32,
        };
        assert!(cbc.v2_is_bare_notify(80));
        assert!(!cbc.v2_is_bare_notify(128));
        assert!(cbc.v2_most(128) < cbc.v2_least_success());
        assert!(cbc.v2_most(224) >= cbc.v2_least_success());
        let gcm = Sizes {
            iv: 8,
            block: 1,
            checksum: 16,
            prf: 32,
        };
        assert!(gcm.v2_is_bare_notify(65) && gcm.v2_is_bare_notify(68));
        assert!(!gcm.v2_is_bare_notify(105));
    }
}
