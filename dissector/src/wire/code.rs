//! Code points and the names IANA (or the field) gives them. The tables are generated from `data/` (`make data`).

use std::borrow::Cow;

mod table;

pub use table::{Registry, encapsulation_bytes, key_exchange_bits, key_exchange_bytes, number, weak};

/// How an algorithm stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weakness {
    /// MUST NOT be used, or deprecated because it is broken or was never specified.
    Broken,
    /// SHOULD NOT be used any more, or on its way out (MUST-).
    Legacy,
}

/// The registered name of `number`, or `None` if the registry has none. Sources stand in `data/codes.tsv`.
#[must_use]
pub fn name(registry: Registry, number: u32) -> Option<&'static str> {
    Some(names(registry, number)?.0)
}

/// The number of a registered name, however its words are joined: `NO_PROPOSAL_CHOSEN`, `NO-PROPOSAL-CHOSEN`.
#[must_use]
pub fn number_of(registry: Registry, name: &str) -> Option<u16> {
    let plain = |c: u8| if c == b'-' { b'_' } else { c.to_ascii_uppercase() };
    let same = |known: &str| known.bytes().map(plain).eq(name.bytes().map(plain));
    table::table(registry)
        .iter()
        .find(|entry| same(entry.1))
        .map(|entry| entry.0)
}

/// The name as it stands in a sentence: `AES-CBC`, `SHA2-256`, `MODP-2048 (group 14)`, `PSK`, `unknown (4711)`.
#[must_use]
pub fn short_name(registry: Registry, number: u32) -> Cow<'static, str> {
    match names(registry, number) {
        Some((_, short)) => short.into(),
        None => format!("unknown ({number})").into(),
    }
}

/// The registered name, and the one for sentences.
fn names(registry: Registry, number: u32) -> Option<(&'static str, &'static str)> {
    let number = u16::try_from(number).ok()?;
    let table = table::table(registry);
    let index = table.binary_search_by_key(&number, |entry| entry.0).ok()?;
    table.get(index).map(|entry| (entry.1, entry.2))
}

#[cfg(test)]
mod tests {
    use super::Registry as R;
    use super::*;

    #[test]
    fn numbers_mean_different_things_in_different_versions() {
        assert_eq!(name(R::V1Notify, 14), Some("NO-PROPOSAL-CHOSEN"));
        assert_eq!(name(R::V2Notify, 14), Some("NO_PROPOSAL_CHOSEN"));
        assert_eq!(name(R::V1Notify, 4), Some("INVALID-COOKIE"));
        assert_eq!(name(R::V2Notify, 4), Some("INVALID_IKE_SPI"));
        assert_eq!(name(R::V1Esp, 23), Some("ESP_NULL_AUTH_AES-GMAC"));
        assert_eq!(name(R::V2Encryption, 23), Some("ENCR_CAMELLIA_CBC"));
        assert_eq!(name(R::V2Encryption, 65_536 + 12), None);
    }

    #[test]
    fn short_names_read_well() {
        let short_names = [
            (R::V2Encryption, 12, "AES-CBC"),
            (R::V2Encryption, 3, "3DES"),
            (R::V2Encryption, 20, "AES-GCM-16"),
            (R::V2Encryption, 28, "ChaCha20-Poly1305"),
            (R::V2Prf, 5, "HMAC-SHA2-256"),
            (R::V2Prf, 4, "AES128-XCBC"),
            (R::V2Integrity, 12, "HMAC-SHA2-256-128"),
            (R::V2Group, 14, "MODP-2048 (group 14)"),
            (R::V2Group, 0, "NONE"),
            (R::V1Encryption, 7, "AES-CBC"),
            (R::V1Encryption, 5, "3DES"),
            (R::V1Hash, 2, "SHA1"),
            (R::V1Hash, 4, "SHA2-256"),
            (R::V1AuthMethod, 1, "PSK"),
            (R::V2AuthMethod, 2, "PSK"),
            (R::V1Esp, 12, "AES-CBC"),
            (R::V1Phase2Auth, 2, "HMAC-SHA1"),
            (R::V2Esn, 0, "No ESN"),
            (R::V1Group, 4711, "unknown (4711)"),
        ];
        for (registry, number, expected) in short_names {
            assert_eq!(short_name(registry, number), expected);
        }
    }

    #[test]
    fn weak_algorithms_are_told_from_others() {
        assert_eq!(weak(R::V2Encryption, 2), Some(Weakness::Broken));
        assert_eq!(weak(R::V2Encryption, 3), Some(Weakness::Legacy));
        assert_eq!(weak(R::V2Encryption, 12), None);
    }

    #[test]
    fn key_exchange_lengths_are_known() {
        assert_eq!(key_exchange_bytes(21), Some(132));
        assert_eq!(key_exchange_bytes(31), Some(32));
        assert_eq!(key_exchange_bytes(36), None);
        assert_eq!(encapsulation_bytes(36), Some((1184, 1088)));
    }
}
