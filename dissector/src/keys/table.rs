//! Rows of Wireshark's tables, as it writes them itself and as strongSwan's save-keys plugin does.
//!
//! ```text
//! ikev1_decryption_table  initiator's cookie, key
//! ikev2_decryption_table  SPIi, SPIr, SK_ei, SK_er, "cipher", SK_ai, SK_ar, "integrity"
//! esp_sa                  "IPv4", "source", "destination", "SPI", "cipher", "0x...", "integrity", "0x..."
//! ```
//!
//! A row says by itself which table it belongs to, so that a file may have any name, and hold several tables. A row with `#` in front
//! is a comment, or is switched off.

use std::net::{Ipv4Addr, Ipv6Addr};

use zeroize::Zeroizing;

use super::cipher::{Cipher, Integrity, Named};
use super::esp::{Filter, Sa as EspSa, SpiFilter};
use super::hash::Hash;
use super::secret::Secret;
use super::v2;
use crate::wire::message::Spi;

/// The most columns of a row.
const COLUMNS: usize = 8;
/// The longest row: eight columns of the longest keys, twice over.
const MAX_ROW: usize = 4096;
/// The longest key.
const MAX_KEY: usize = 256;

/// A row that was understood.
pub(super) enum Row {
    V1(Spi, Secret),
    V2((Spi, Spi), v2::Keys),
    Esp(EspSa),
}

/// A row, `None` if there is nothing in this line; or why it is not understood.
pub(super) fn row(line: &[u8]) -> Result<Option<Row>, &'static str> {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(None);
    }
    if line.len() > MAX_ROW {
        return Err("it is too long");
    }
    let columns = columns(line)?;
    match &columns[..] {
        [cookie, key] => v1(cookie, key),
        [
            family,
            source,
            destination,
            spi,
            cipher,
            key,
            integrity,
            integrity_key,
        ] if is_family(family) => {
            let sa = EspSa {
                family_v6: family.eq_ignore_ascii_case(b"IPv6"),
                source: filter(family, source)?,
                destination: filter(family, destination)?,
                spi: spi_filter(spi).ok_or("the SPI is no number")?,
                cipher: cipher_named(cipher)?,
                key: esp_key(key)?,
                integrity: integrity_named(integrity)?,
                integrity_key: esp_key(integrity_key)?,
            };
            esp(sa)
        }
        [spi_i, spi_r, ei, er, cipher, ai, ar, integrity] => {
            let Named { cipher, bits, tag } = cipher_named(cipher)?;
            let keys = v2::Keys {
                cipher,
                tag: tag.unwrap_or(if cipher.checks_itself() { 16 } else { 0 }),
                integrity: integrity_named(integrity)?,
                encryption: [secret(ei)?, secret(er)?],
                authentication: [secret(ai)?, secret(ar)?],
            };
            let length = keys.integrity.hash.map_or(0, Hash::length);
            let fit = keys.encryption.iter().all(|key| cipher.takes(key.bytes(), bits))
                && keys.authentication.iter().all(|key| key.bytes().len() == length);
            if !fit {
                return Err(KEY_LENGTH);
            }
            let spis = (spi_of(spi_i)?, spi_of(spi_r)?);
            Ok(Some(Row::V2(spis, keys)))
        }
        _ => Err("it has not as many columns as a table of keys"),
    }
}

const KEY_LENGTH: &str = "a key's length does not fit its algorithm";
const NOT_HEX: &str = "a key or an SPI is not in hexadecimal digits";

type Column = Zeroizing<Vec<u8>>;

/// The columns of a line; quotes are taken off, and what is escaped in them is written out.
fn columns(line: &[u8]) -> Result<Vec<Column>, &'static str> {
    let mut columns = Vec::with_capacity(COLUMNS);
    let mut rest = line;
    loop {
        if columns.len() == COLUMNS {
            return Err("it has too many columns");
        }
        let (column, behind) = match rest.trim_ascii_start() {
            [b'"', quoted @ ..] => quoted_column(quoted).ok_or("a quote is not closed")?,
            plain => {
                let end = plain.iter().position(|&c| c == b',').unwrap_or(plain.len());
                let (column, behind) = plain.split_at(end);
                (Zeroizing::new(column.trim_ascii_end().to_vec()), behind)
            }
        };
        columns.push(column);
        match behind.trim_ascii_start() {
            [] => return Ok(columns),
            [b',', next @ ..] => rest = next,
            _ => return Err("a comma is missing behind a quote"),
        }
    }
}

/// What stands before the closing quote, and what behind it.
fn quoted_column(quoted: &[u8]) -> Option<(Column, &[u8])> {
    // Room for all of it: what grows leaves copies behind.
    let mut column = Zeroizing::new(Vec::with_capacity(quoted.len()));
    let mut rest = quoted;
    loop {
        match rest {
            [b'"', behind @ ..] => return Some((column, behind)),
            [b'\\', b'x', high, low, behind @ ..] if digit(*high).is_some() && digit(*low).is_some() => {
                column.push(digit(*high)? << 4 | digit(*low)?);
                rest = behind;
            }
            [b'\\', escaped, behind @ ..] => {
                column.push(*escaped);
                rest = behind;
            }
            [byte, behind @ ..] => {
                column.push(*byte);
                rest = behind;
            }
            [] => return None,
        }
    }
}

fn digit(character: u8) -> Option<u8> {
    char::from(character)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Hexadecimal digits, with `0x` in front or not.
fn hex(digits: &[u8]) -> Option<Secret> {
    let digits = digits
        .strip_prefix(b"0x")
        .or_else(|| digits.strip_prefix(b"0X"))
        .unwrap_or(digits);
    let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
    let (pairs, odd) = digits.as_chunks();
    for &[high, low] in pairs {
        bytes.push(digit(high)? << 4 | digit(low)?);
    }
    (odd.is_empty() && bytes.len() <= MAX_KEY).then_some(Secret(bytes))
}

fn secret(column: &[u8]) -> Result<Secret, &'static str> {
    hex(column).ok_or(NOT_HEX)
}

fn spi_of(column: &[u8]) -> Result<Spi, &'static str> {
    secret(column)?
        .bytes()
        .try_into()
        .map_err(|_| "an SPI has not 8 bytes")
}

fn v1(cookie: &[u8], key: &[u8]) -> Result<Option<Row>, &'static str> {
    let key = secret(key)?;
    // Which cipher it is for, the capture says.
    match key.bytes().len() {
        8 | 16 | 24 | 32 => Ok(Some(Row::V1(spi_of(cookie)?, key))),
        _ => Err(KEY_LENGTH),
    }
}

fn esp(sa: EspSa) -> Result<Option<Row>, &'static str> {
    let fits = sa.cipher.cipher.takes(sa.key.bytes(), sa.cipher.bits);
    // An integrity key that is not given is not used.
    if fits {
        Ok(Some(Row::Esp(sa)))
    } else {
        Err(KEY_LENGTH)
    }
}

/// Of ESP, a key without `0x` stands for itself; an odd digit comes first, and stands alone.
fn esp_key(column: &[u8]) -> Result<Secret, &'static str> {
    let [b'0', b'x' | b'X', digits @ ..] = column else {
        let plain = column.len() <= MAX_KEY;
        return if plain {
            Ok(Secret(Zeroizing::new(column.to_vec())))
        } else {
            Err(KEY_LENGTH)
        };
    };
    if digits.len() % 2 == 0 {
        return secret(digits);
    }
    let mut even = Zeroizing::new(Vec::with_capacity(digits.len() + 1));
    even.push(b'0');
    even.extend_from_slice(digits);
    secret(&even)
}

fn is_family(column: &[u8]) -> bool {
    column.eq_ignore_ascii_case(b"IPv4") || column.eq_ignore_ascii_case(b"IPv6")
}

/// Addresses: `*`, one with `*` for some of its parts, or the first ones of it (`/16`).
fn filter(family: &[u8], column: &[u8]) -> Result<Filter, &'static str> {
    let text = str::from_utf8(column).map_err(|_| NO_ADDRESS)?;
    filter_of(family.eq_ignore_ascii_case(b"IPv6"), text.trim()).ok_or(NO_ADDRESS)
}

const NO_ADDRESS: &str = "an address is none";

fn filter_of(v6: bool, text: &str) -> Option<Filter> {
    if text == "*" {
        return Some(Filter::ANY);
    }
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let (separator, bits) = if v6 { (':', 128) } else { ('.', 32) };
    // A part that may be anything counts as zero, and is not compared.
    let parts = || address.split(separator);
    let zeros: Vec<&str> = parts().map(|part| if part == "*" { "0" } else { part }).collect();
    let zeros = zeros.join(if v6 { ":" } else { "." });
    let value = if v6 {
        zeros.parse::<Ipv6Addr>().ok()?.to_bits()
    } else {
        zeros.parse::<Ipv4Addr>().ok()?.to_bits().into()
    };
    let width = if v6 { 16 } else { 8 };
    let mut mask = u128::MAX >> (128 - bits);
    let count = parts().count();
    let gap = parts().position(str::is_empty);
    for (at, _) in parts().enumerate().filter(|(_, part)| *part == "*") {
        // Parts behind a gap (`::`) are counted from the end.
        let from_end = if gap.is_some_and(|gap| at > gap) || !v6 {
            count - 1 - at
        } else {
            7_usize.checked_sub(at)?
        };
        let shift = u32::try_from(from_end * width).ok()?;
        mask &= !(u128::from(u16::MAX >> (16 - width)) << shift);
    }
    if let Some(length) = length {
        let free = bits - length.min(bits);
        mask &= u128::MAX.checked_shl(free).unwrap_or(0);
    }
    Some(Filter {
        value: value & mask,
        mask,
    })
}

/// `*`, a number, or `0x` and eight digits, of which some are `*`.
fn spi_filter(column: &[u8]) -> Option<SpiFilter> {
    let text = str::from_utf8(column).ok()?.trim();
    if text == "*" {
        return Some(SpiFilter { value: 0, mask: 0 });
    }
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let Some(digits) = digits else {
        let radix = if text.len() > 1 && text.starts_with('0') {
            8
        } else {
            10
        };
        let value = u32::from_str_radix(text, radix).ok()?;
        return Some(SpiFilter {
            value,
            mask: u32::MAX,
        });
    };
    if !digits.contains('*') {
        let value = u32::from_str_radix(digits, 16).ok()?;
        return Some(SpiFilter {
            value,
            mask: u32::MAX,
        });
    }
    if digits.len() != 8 {
        return None;
    }
    let (mut value, mut mask) = (0, 0);
    for digit in digits.chars() {
        (value, mask) = match digit {
            '*' => (value << 4, mask << 4),
            digit => (value << 4 | digit.to_digit(16)?, mask << 4 | 0xF),
        };
    }
    Some(SpiFilter { value, mask })
}

/// A name without the RFC behind it, in small letters: strongSwan and Wireshark differ in capitals.
fn name(column: &[u8]) -> String {
    let text = String::from_utf8_lossy(column);
    let text = text.split_once(" [").map_or(&*text, |(name, _)| name);
    text.trim().to_ascii_lowercase()
}

fn cipher_named(column: &[u8]) -> Result<Named, &'static str> {
    let name = name(column);
    cipher_of(&name).ok_or("a cipher is unknown here")
}

fn cipher_of(name: &str) -> Option<Named> {
    let simple = |cipher| {
        Some(Named {
            cipher,
            bits: None,
            tag: None,
        })
    };
    match name {
        "null" => return simple(Cipher::Null),
        "3des" | "tripledes-cbc" => return simple(Cipher::TripleDesCbc),
        "des-cbc" => return simple(Cipher::DesCbc),
        "chacha20-poly1305" | "chacha20 with poly1305" | "chacha20poly1305" => {
            return simple(Cipher::ChaCha20Poly1305);
        }
        _ => {}
    }
    let (what, tag) = match name.split_once(" with ") {
        Some((what, tag)) => (what, Some(tag.strip_suffix(" octet icv")?)),
        None => (name, None),
    };
    let mut words = what.splitn(3, '-');
    let (aes, mode, bits) = (words.next()?, words.next()?, words.next());
    let cipher = match (aes, mode) {
        ("aes", "cbc") => Cipher::AesCbc,
        ("aes", "ctr") => Cipher::AesCtr,
        ("aes", "gcm") => Cipher::AesGcm,
        ("aes", "ccm") => Cipher::AesCcm,
        _ => return None,
    };
    let bits = match bits {
        Some(bits) => Some(bits.parse().ok().filter(|bits| matches!(bits, 128 | 192 | 256))?),
        None => None,
    };
    let tag = match tag {
        Some(tag) => Some(tag.parse().ok().filter(|tag| matches!(tag, 8 | 12 | 16))?),
        None => None,
    };
    (tag.is_none() || cipher.checks_itself()).then_some(Named { cipher, bits, tag })
}

fn integrity_named(column: &[u8]) -> Result<Integrity, &'static str> {
    // IKE's names have `_` where ESP's have `-`.
    let name = name(column).replace('_', "-");
    integrity_of(&name).ok_or("an integrity algorithm is unknown here")
}

fn integrity_of(name: &str) -> Option<Integrity> {
    let (hash, length) = match name {
        "none" | "null" => return Some(Integrity::NONE),
        "hmac-md5-96" => (Hash::Md5, 12),
        "hmac-md5-128" => (Hash::Md5, 16),
        "hmac-sha1-96" | "hmac-sha-1-96" => (Hash::Sha1, 12),
        "hmac-sha1-160" => (Hash::Sha1, 20),
        "hmac-sha2-256-96" | "hmac-sha-256-96" => (Hash::Sha256, 12),
        "hmac-sha2-256-128" | "hmac-sha-256-128" => (Hash::Sha256, 16),
        "hmac-sha2-384-192" | "hmac-sha-384-192" => (Hash::Sha384, 24),
        "hmac-sha2-512-256" | "hmac-sha-512-256" => (Hash::Sha512, 32),
        _ => {
            let bits = name.strip_prefix("any ")?.split(['-', ' ']).next()?;
            let length = match bits {
                "64" => 8,
                "96" => 12,
                "128" => 16,
                "160" => 20,
                "192" => 24,
                "256" => 32,
                _ => return None,
            };
            return Some(Integrity { hash: None, length });
        }
    };
    Some(Integrity {
        hash: Some(hash),
        length,
    })
}
