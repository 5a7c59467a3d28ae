//! The ciphers and checksums of IKE and ESP, with the lengths that their RFCs give them.
//!
//! A key is as the tables hold it: of counter modes, the salt stands behind the key (RFC 3686 4, 4106 8.1, 4309 7.1, 7634 2).

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::{AeadInOut, KeyInit as AeadKey};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::consts::{U8, U11, U12, U16};
use cbc::cipher::{BlockModeDecrypt, KeyIvInit, StreamCipher};
use ccm::Ccm;
use chacha20poly1305::ChaCha20Poly1305;
use ctr::Ctr32BE;
use des::{Des, TdesEde3};
use zeroize::Zeroizing;

use super::hash::Hash;

/// How something is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Null,
    /// RFC 2405.
    DesCbc,
    /// RFC 2451.
    TripleDesCbc,
    /// RFC 3602.
    AesCbc,
    /// RFC 3686, 5930.
    AesCtr,
    /// RFC 4106, 5282.
    AesGcm,
    /// RFC 4309, 5282.
    AesCcm,
    /// RFC 7634.
    ChaCha20Poly1305,
}

/// The parts of an encrypted message.
#[derive(Clone, Copy)]
pub(super) struct Sealed<'a> {
    pub(super) iv: &'a [u8],
    pub(super) ciphertext: &'a [u8],
    /// Checksum of the cipher itself; empty if it makes none.
    pub(super) tag: &'a [u8],
}

/// A cipher by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) cipher: Cipher,
    /// Bits of its key, if the name says so.
    pub(super) bits: Option<usize>,
    /// Bytes of its own checksum, if the name says so.
    pub(super) tag: Option<usize>,
}

impl Cipher {
    /// Bytes of the IV that a message carries.
    pub(super) fn iv(self) -> usize {
        match self {
            Self::Null => 0,
            Self::AesCbc => 16,
            _ => 8,
        }
    }

    /// Bytes of a block; counter modes have none.
    pub(super) fn block(self) -> usize {
        match self {
            Self::DesCbc | Self::TripleDesCbc => 8,
            Self::AesCbc => 16,
            _ => 1,
        }
    }

    /// Bytes of salt behind the key.
    fn salt(self) -> usize {
        match self {
            Self::AesCtr | Self::AesGcm | Self::ChaCha20Poly1305 => 4,
            Self::AesCcm => 3,
            _ => 0,
        }
    }

    /// It makes a checksum of its own.
    pub(super) fn checks_itself(self) -> bool {
        matches!(self, Self::AesGcm | Self::AesCcm | Self::ChaCha20Poly1305)
    }

    /// The key, with its salt, has a length that this cipher knows; so many bits without the salt, if that is said.
    pub(super) fn takes(self, key: &[u8], bits: Option<usize>) -> bool {
        let Some(length) = key.len().checked_sub(self.salt()) else {
            return false;
        };
        let known = match self {
            Self::Null => true,
            Self::DesCbc => length == 8,
            Self::TripleDesCbc => length == 24,
            Self::ChaCha20Poly1305 => length == 32,
            _ => matches!(length, 16 | 24 | 32),
        };
        known && bits.is_none_or(|bits| length * 8 == bits)
    }

    /// The plaintext, padding included. `None` if lengths do not fit, or the cipher's own checksum of message and `header` is
    /// wrong.
    pub(super) fn open(self, key: &[u8], header: &[u8], sealed: &Sealed<'_>) -> Option<Zeroizing<Vec<u8>>> {
        let (key, salt) = key.split_at_checked(key.len().checked_sub(self.salt())?)?;
        let nonce = Zeroizing::new([salt, sealed.iv].concat());
        let mut text = Zeroizing::new(sealed.ciphertext.to_vec());
        let (tag, iv) = (sealed.tag, sealed.iv);
        match (self, key.len(), tag.len()) {
            (Self::Null, ..) => Some(()),
            (Self::DesCbc, ..) => chained::<cbc::Decryptor<Des>>(key, iv, &mut text),
            (Self::TripleDesCbc, ..) => chained::<cbc::Decryptor<TdesEde3>>(key, iv, &mut text),
            (Self::AesCbc, 16, _) => chained::<cbc::Decryptor<Aes128>>(key, iv, &mut text),
            (Self::AesCbc, 24, _) => chained::<cbc::Decryptor<Aes192>>(key, iv, &mut text),
            (Self::AesCbc, 32, _) => chained::<cbc::Decryptor<Aes256>>(key, iv, &mut text),
            (Self::AesCtr, 16, _) => counted::<Ctr32BE<Aes128>>(key, &nonce, &mut text),
            (Self::AesCtr, 24, _) => counted::<Ctr32BE<Aes192>>(key, &nonce, &mut text),
            (Self::AesCtr, 32, _) => counted::<Ctr32BE<Aes256>>(key, &nonce, &mut text),
            (Self::AesGcm, 16, 8) => checked::<AesGcm<Aes128, U12, U8>>(key, &nonce, header, tag, &mut text),
            (Self::AesGcm, 16, 12) => {
                checked::<AesGcm<Aes128, U12, U12>>(key, &nonce, header, tag, &mut text)
            }
            (Self::AesGcm, 16, 16) => {
                checked::<AesGcm<Aes128, U12, U16>>(key, &nonce, header, tag, &mut text)
            }
            (Self::AesGcm, 24, 8) => checked::<AesGcm<Aes192, U12, U8>>(key, &nonce, header, tag, &mut text),
            (Self::AesGcm, 24, 12) => {
                checked::<AesGcm<Aes192, U12, U12>>(key, &nonce, header, tag, &mut text)
            }
            (Self::AesGcm, 24, 16) => {
                checked::<AesGcm<Aes192, U12, U16>>(key, &nonce, header, tag, &mut text)
            }
            (Self::AesGcm, 32, 8) => checked::<AesGcm<Aes256, U12, U8>>(key, &nonce, header, tag, &mut text),
            (Self::AesGcm, 32, 12) => {
                checked::<AesGcm<Aes256, U12, U12>>(key, &nonce, header, tag, &mut text)
            }
            (Self::AesGcm, 32, 16) => {
                checked::<AesGcm<Aes256, U12, U16>>(key, &nonce, header, tag, &mut text)
            }
            (Self::AesCcm, 16, 8) => checked::<Ccm<Aes128, U8, U11>>(key, &nonce, header, tag, &mut text),
            (Self::AesCcm, 16, 12) => checked::<Ccm<Aes128, U12, U11>>(key, &nonce, header, tag, &mut text),
            (Self::AesCcm, 16, 16) => checked::<Ccm<Aes128, U16, U11>>(key, &nonce, header, tag, &mut text),
            (Self::AesCcm, 24, 8) => checked::<Ccm<Aes192, U8, U11>>(key, &nonce, header, tag, &mut text),
            (Self::AesCcm, 24, 12) => checked::<Ccm<Aes192, U12, U11>>(key, &nonce, header, tag, &mut text),
            (Self::AesCcm, 24, 16) => checked::<Ccm<Aes192, U16, U11>>(key, &nonce, header, tag, &mut text),
            (Self::AesCcm, 32, 8) => checked::<Ccm<Aes256, U8, U11>>(key, &nonce, header, tag, &mut text),
            (Self::AesCcm, 32, 12) => checked::<Ccm<Aes256, U12, U11>>(key, &nonce, header, tag, &mut text),
            (Self::AesCcm, 32, 16) => checked::<Ccm<Aes256, U16, U11>>(key, &nonce, header, tag, &mut text),
            (Self::ChaCha20Poly1305, 32, 16) => {
                checked::<ChaCha20Poly1305>(key, &nonce, header, tag, &mut text)
            }
            _ => None,
        }?;
        Some(text)
    }
}

fn chained<M: BlockModeDecrypt + KeyIvInit>(key: &[u8], iv: &[u8], text: &mut [u8]) -> Option<()> {
    let mode = M::new_from_slices(key, iv).ok()?;
    mode.decrypt_padded::<NoPadding>(text).ok().map(|_| ())
}

/// Counter blocks begin with salt and IV, and count from 1 (RFC 3686 4).
fn counted<M: StreamCipher + KeyIvInit>(key: &[u8], nonce: &[u8], text: &mut [u8]) -> Option<()> {
    let first = Zeroizing::new([nonce, &[0, 0, 0, 1]].concat());
    let mut mode = M::new_from_slices(key, &first).ok()?;
    mode.try_apply_keystream(text).ok()
}

fn checked<M: AeadInOut + AeadKey>(
    key: &[u8],
    nonce: &[u8],
    header: &[u8],
    tag: &[u8],
    text: &mut [u8],
) -> Option<()> {
    let cipher = M::new_from_slice(key).ok()?;
    let (nonce, tag) = (nonce.try_into().ok()?, tag.try_into().ok()?);
    cipher
        .decrypt_inout_detached(&nonce, header, text.into(), &tag)
        .ok()
}

/// The checksum behind a message, if its cipher makes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Integrity {
    /// `None`: it is there, and nobody can check it.
    pub(super) hash: Option<Hash>,
    /// Bytes of the checksum.
    pub(super) length: usize,
}

impl Integrity {
    pub(super) const NONE: Self = Self {
        hash: None,
        length: 0,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::hex;

    /// Key (with salt), IV, header, plaintext, ciphertext with the cipher's own checksum behind it.
    fn holds(cipher: Cipher, vector: [&str; 5]) {
        let [key, iv, header, plain, sealed] = vector.map(hex);
        let (ciphertext, tag) = sealed.split_at(plain.len());
        assert!(cipher.takes(&key, None), "{cipher:?}");
        let sealed = Sealed {
            iv: &iv,
            ciphertext,
            tag,
        };
        let open = |header: &[u8], tag: &[u8]| {
            let text = cipher.open(&key, header, &Sealed { tag, ..sealed });
            text.map(|text| text.to_vec())
        };
        assert_eq!(open(&header, tag), Some(plain), "{cipher:?}, {}", key.len());
        if cipher.checks_itself() {
            assert_eq!(open(&[&header[..], &[0]].concat(), tag), None, "another header");
            let mut wrong = tag.to_vec();
            wrong[0] ^= 1;
            assert_eq!(open(&header, &wrong), None, "another checksum");
            assert_eq!(open(&header, &tag[1..]), None, "a part of the checksum");
        }
    }

    /// "Single block msg"
    const BLOCK: &str = "53696e676c6520626c6f636b206d7367";

    #[test]
    fn aes_cbc() {
        // RFC 3602 4, case 1; SP 800-38A F.2.3, F.2.5.
        let iv = "3dafba429d9eb430b422da802c9fac41";
        let key = "06a9214036b8a15b512e03d534120006";
        holds(
            Cipher::AesCbc,
            [key, iv, "", BLOCK, "e353779c1079aeb82708942dbe77181a"],
        );
        let (iv, plain) = (
            "000102030405060708090a0b0c0d0e0f",
            "6bc1bee22e409f96e93d7e117393172a",
        );
        let key = "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b";
        holds(
            Cipher::AesCbc,
            [key, iv, "", plain, "4f021db243bc633d7178183a9fa071e8"],
        );
        let key = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
        holds(
            Cipher::AesCbc,
            [key, iv, "", plain, "f58c4c04d6e5f1ba779eabfb5f7bfbd6"],
        );
    }

    /// Nothing in RFC 2405 and 2451; these are OpenSSL's.
    #[test]
    fn des_cbc() {
        let iv = "f69f2445df4f9b17";
        let key = "0123456789abcdef23456789abcdef01456789abcdef0123";
        holds(
            Cipher::TripleDesCbc,
            [key, iv, "", BLOCK, "8780a1a784b9cece226d3b8f0682115d"],
        );
        holds(
            Cipher::DesCbc,
            [&key[..16], iv, "", BLOCK, "1a9d033ed23ac0e5b01ec339989b4701"],
        );
    }

    /// RFC 3686 6, vectors 1, 4 and 7.
    #[test]
    fn aes_ctr() {
        for (key, iv, sealed) in [
            (
                "ae6852f8121067cc4bf7a5765577f39e 00000030",
                "0000000000000000",
                "e4095d4fb7a7b3792d6175a3261311b8",
            ),
            (
                "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb78515 00000048",
                "36733c147d6d93cb",
                "4b55384fe259c9c84e7935a003cbe928",
            ),
            (
                "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c104 00000060",
                "db5672c97aa8f0b2",
                "145ad01dbf824ec7560863dc71e3e0c0",
            ),
        ] {
            holds(Cipher::AesCtr, [key, iv, "", BLOCK, sealed]);
        }
    }

    /// "The Galois/Counter Mode of Operation" (what RFC 4106 refers to), test cases 4, 10 and 16. Shorter checksums are the first
    /// bytes of longer ones.
    #[test]
    fn aes_gcm() {
        let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
        let header = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
        let plain = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                     1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
        for (bytes, sealed) in [
            (
                16,
                "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
                 21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
            ),
            (
                24,
                "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c\
                 7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda27102519498e80f1478f37ba55bd6d27618c",
            ),
            (
                32,
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
            ),
        ] {
            let salted = [&key[..bytes * 2], "cafebabe"].concat();
            for left_out in [0, 4, 8] {
                let sealed = &sealed[..sealed.len() - 2 * left_out];
                holds(
                    Cipher::AesGcm,
                    [&salted, "facedbaddecaf888", header, plain, sealed],
                );
            }
        }
    }

    /// RFC 4309 has no vectors, and those of RFC 3610 and SP 800-38C have other nonces; these are OpenSSL's.
    #[test]
    fn aes_ccm() {
        let key = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";
        let plain = "202122232425262728292a2b2c2d2e2f3031323334353637";
        for (bytes, sealed, tags) in [
            (
                16,
                "d6d28b1b24b85b4ffbe0998809dab62e35428a3cca41bdc8",
                [
                    "cb2dfa00e4c23f17",
                    "f21c40a0c5b43513e5080778",
                    "d199b5e3921ac5d9b56fb8426acab799",
                ],
            ),
            (
                24,
                "224fc6e63df4e666fe85eba9acf83af71391c7dfcaa17e62",
                [
                    "82bf81ba4e1c5480",
                    "81d8dc1bf7f7c86a5b061570",
                    "89c8ac4f59feb3637a404ddc17897831",
                ],
            ),
            (
                32,
                "05be4fa985289932bcf824709a4950dd790fa62950bfbf50",
                [
                    "820bbbea3aec4954",
                    "df8232193304dfe2da187c50",
                    "8288c33ec8562e7ff826dc8699587e83",
                ],
            ),
        ] {
            let salted = [&key[..bytes * 2], "101112"].concat();
            for tag in tags {
                let sealed = [sealed, tag].concat();
                holds(
                    Cipher::AesCcm,
                    [&salted, "131415161718191a", "0001020304050607", plain, &sealed],
                );
            }
        }
    }

    /// RFC 8439 (before, 7539) 2.8.2.
    #[test]
    fn chacha20_poly1305() {
        let key = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f 07000000";
        let plain = "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a20496620\
                     4920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c\
                     2073756e73637265656e20776f756c642062652069742e";
        let sealed = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69\
                      da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad67594\
                      5585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691";
        let header = "50515253c0c1c2c3c4c5c6c7";
        holds(
            Cipher::ChaCha20Poly1305,
            [key, "4041424344454647", header, plain, sealed],
        );
    }

    /// RFC 2202 2 and 3, RFC 4231 4.3: "Jefe".
    #[test]
    fn hmac() {
        let text = b"what do ya want for nothing?";
        for (hash, mac) in [
            (Hash::Md5, "750c783e6ab0b503eaa86e310a5db738"),
            (Hash::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                Hash::Sha256,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                Hash::Sha384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e",
            ),
            (
                Hash::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554",
            ),
        ] {
            let mac = hex(mac);
            let vouches = |key: &[u8], mac: &[u8]| hash.vouches(key, [&text[..9], &text[9..]], mac);
            assert!(vouches(b"Jefe", &mac) && vouches(b"Jefe", &mac[..12]), "{hash:?}");
            assert!(
                !vouches(b"jefe", &mac) && !vouches(b"Jefe", &mac[1..]),
                "{hash:?}"
            );
        }
    }
}
