//! Code points and the names IANA (or the field) gives them.

use std::borrow::Cow;

mod table;

/// A registry of numbers. IKEv1 and IKEv2 never share one: equal numbers mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Registry {
    /// Exchange types of both versions (the numbers do not overlap).
    Exchange,
    /// IKEv1 payload types.
    V1Payload,
    /// IKEv2 payload types.
    V2Payload,
    /// IKEv1 notify message types.
    V1Notify,
    /// IKEv2 notify message types.
    V2Notify,
    /// IKEv1 phase 1 encryption algorithms.
    V1Encryption,
    /// IKEv1 phase 1 hash algorithms.
    V1Hash,
    /// IKEv1 authentication methods.
    V1AuthMethod,
    /// IKEv1 groups.
    V1Group,
    /// IKEv1 phase 1 attribute types.
    V1Phase1Attribute,
    /// IKEv1 phase 2 (IPsec DOI) attribute types.
    V1Phase2Attribute,
    /// IKEv1 ESP transforms.
    V1Esp,
    /// IKEv1 AH transforms.
    V1Ah,
    /// IKEv1 phase 2 authentication algorithms.
    V1Phase2Auth,
    /// IKEv1 encapsulation modes.
    V1Encapsulation,
    /// IKEv1 ID types.
    V1IdType,
    /// IKEv2 transform types.
    V2TransformType,
    /// IKEv2 encryption algorithms.
    V2Encryption,
    /// IKEv2 pseudorandom functions.
    V2Prf,
    /// IKEv2 integrity algorithms.
    V2Integrity,
    /// IKEv2 key exchange methods (groups).
    V2Group,
    /// IKEv2 sequence numbers (ESN).
    V2Esn,
    /// IKEv2 ID types.
    V2IdType,
    /// IKEv2 authentication methods.
    V2AuthMethod,
    /// Security protocol identifiers of both versions (1 to 3 agree).
    Protocol,
    /// EAP types.
    EapType,
    /// L2TP control messages.
    L2tpMessage,
    /// IKEv1 life types, the same in both phases.
    V1LifeType,
    /// IKEv1 certificate encodings.
    V1CertEncoding,
    /// IKEv1 mode configuration, XAUTH and Unity attributes.
    V1ConfigAttribute,
    /// IKEv2 transform attributes.
    V2TransformAttribute,
    /// IKEv2 certificate encodings.
    V2CertEncoding,
    /// IKEv2 hash algorithms of SIGNATURE_HASH_ALGORITHMS.
    V2SignatureHash,
    /// IKEv2 traffic selector types.
    V2TrafficSelector,
    /// IKEv2 configuration attributes.
    V2ConfigAttribute,
    /// Types of configuration payloads of both versions.
    ConfigType,
    /// IPComp transforms of both versions.
    Ipcomp,
    /// EAP codes.
    EapCode,
    /// L2TP result codes of StopCCN.
    L2tpStopResult,
    /// L2TP result codes of CDN.
    L2tpCallResult,
    /// Windows error codes of IPsec (138xx) and of remote access (6xx to 8xx).
    WindowsError,
}

/// How an algorithm stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weakness {
    /// MUST NOT be used, or deprecated because it is broken or was never specified.
    Broken,
    /// SHOULD NOT be used any more, or on its way out (MUST-).
    Legacy,
}

/// The registered name of `number`, or `None` if the registry has none. Sources stand at each table.
#[must_use]
pub fn name(registry: Registry, number: u32) -> Option<&'static str> {
    let number = u16::try_from(number).ok()?;
    let table = table(registry);
    let index = table.binary_search_by_key(&number, |entry| entry.0).ok()?;
    table.get(index).map(|entry| entry.1)
}

/// The name as it stands in a sentence: `AES-CBC`, `SHA2-256`, `MODP-2048 (group 14)`, `PSK`, `unknown (4711)`.
#[must_use]
pub fn short_name(registry: Registry, number: u32) -> Cow<'static, str> {
    use Registry as R;
    let Some(name) = name(registry, number) else {
        return format!("unknown ({number})").into();
    };
    match (registry, number) {
        (R::V1Group | R::V2Group, 1..) => format!("{name} (group {number})").into(),
        (R::V1AuthMethod, 1) | (R::V2AuthMethod, 2) => "PSK".into(),
        (R::V1AuthMethod, 65001 | 65002) => "PSK with XAUTH".into(),
        (R::V1AuthMethod, 65005 | 65006) => "RSA signatures with XAUTH".into(),
        (R::V1AuthMethod, 64221 | 64222) => "hybrid RSA".into(),
        (R::V1Encryption, 5) => "3DES".into(),
        (R::V1Encryption, 1) => "DES".into(),
        (R::V2Encryption, 28) => "ChaCha20-Poly1305".into(),
        (R::V2Encryption | R::V2Prf | R::V2Integrity | R::V1Esp | R::V1Ah, _) => without_prefix(name).into(),
        _ => name.into(),
    }
}

/// The names of algorithms carry their registry as a prefix: `ENCR_AES_CBC`, `PRF_HMAC_SHA1`, `AUTH_AES_XCBC_96`.
fn without_prefix(name: &str) -> String {
    const PREFIXES: [&str; 5] = ["ENCR_", "PRF_", "AUTH_", "ESP_", "AH_"];
    let bare = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
    bare.unwrap_or(name).replace('_', "-")
}

/// Whether an algorithm should not be used any more: RFC 8247 (IKEv2), RFC 8221 (ESP and AH), RFC 9395 (deprecations).
/// IKEv1's own numbers are judged as the same algorithms are in IKEv2.
#[must_use]
pub fn weak(registry: Registry, number: u32) -> Option<Weakness> {
    use Registry as R;
    use Weakness::{Broken, Legacy};
    match (registry, number) {
        (R::V1Encryption, 1..=4 | 6) => Some(Broken),
        (R::V1Encryption, 5) => Some(Legacy),
        (R::V1Hash, 1 | 3) => Some(Broken),
        (R::V1Hash, 2) => Some(Legacy),
        (R::V1Esp, 1 | 2 | 4..=10) => Some(Broken),
        (R::V1Esp, 3) => Some(Legacy),
        (R::V1Ah, 2 | 4) => Some(Broken),
        (R::V1Phase2Auth, 1 | 3 | 4) => Some(Broken),
        (R::V2Encryption, 1 | 2 | 4..=9) => Some(Broken),
        (R::V2Encryption, 3) => Some(Legacy),
        (R::V2Prf, 1 | 3) => Some(Broken),
        (R::V2Prf, 2) => Some(Legacy),
        (R::V2Integrity, 1 | 3 | 4 | 6 | 7) => Some(Broken),
        (R::V2Integrity, 2) => Some(Legacy),
        (R::V2SignatureHash, 1) => Some(Broken),
        (R::V2AuthMethod, 3) => Some(Legacy),
        (R::V1Group | R::V2Group, 1 | 22) => Some(Broken),
        (R::V1Group | R::V2Group, 2 | 5 | 23 | 24) => Some(Legacy),
        // The binary field groups of RFC 2409, long obsolete; the numbers are free in IKEv2.
        (R::V1Group, 3 | 4) => Some(Legacy),
        _ => None,
    }
}

/// Octets of a public value of this group in a key exchange payload. `None` for unknown groups, and for the key
/// encapsulation methods, where each side sends another length: see [`encapsulation_octets`].
///
/// RFC 2409 6 and RFC 3526 (MODP), RFC 5903 (ECP, both coordinates), RFC 5114, RFC 6932 and RFC 6954 (brainpool),
/// RFC 8031 (Curve25519, Curve448).
#[must_use]
pub fn key_exchange_octets(group: u16) -> Option<u16> {
    Some(match group {
        1 => 96,
        2 | 22 => 128,
        5 => 192,
        14 | 23 | 24 => 256,
        15 => 384,
        16 => 512,
        17 => 768,
        18 => 1024,
        19 | 28 => 64,
        20 | 29 => 96,
        21 => 132,
        25 => 48,
        26 | 27 | 32 => 56,
        30 => 128,
        31 => 32,
        _ => return None,
    })
}

/// Octets of the initiator's encapsulation key and of the responder's ciphertext of a key encapsulation method
/// (FIPS 203 8; draft-ietf-ipsecme-ikev2-mlkem).
#[must_use]
pub fn encapsulation_octets(group: u16) -> Option<(u16, u16)> {
    Some(match group {
        35 => (800, 768),
        36 => (1184, 1088),
        37 => (1568, 1568),
        _ => return None,
    })
}

fn table(registry: Registry) -> table::Table {
    use Registry as R;
    match registry {
        R::Exchange => table::EXCHANGE,
        R::V1Payload => table::V1_PAYLOAD,
        R::V2Payload => table::V2_PAYLOAD,
        R::V1Notify => table::V1_NOTIFY,
        R::V2Notify => table::V2_NOTIFY,
        R::V1Encryption => table::V1_ENCRYPTION,
        R::V1Hash => table::V1_HASH,
        R::V1AuthMethod => table::V1_AUTH_METHOD,
        R::V1Group => table::V1_GROUP,
        R::V1Phase1Attribute => table::V1_PHASE_1_ATTRIBUTE,
        R::V1Phase2Attribute => table::V1_PHASE_2_ATTRIBUTE,
        R::V1Esp => table::V1_ESP,
        R::V1Ah => table::V1_AH,
        R::V1Phase2Auth => table::V1_PHASE_2_AUTH,
        R::V1Encapsulation => table::V1_ENCAPSULATION,
        R::V1IdType => table::V1_ID_TYPE,
        R::V2TransformType => table::V2_TRANSFORM_TYPE,
        R::V2Encryption => table::V2_ENCRYPTION,
        R::V2Prf => table::V2_PRF,
        R::V2Integrity => table::V2_INTEGRITY,
        R::V2Group => table::V2_GROUP,
        R::V2Esn => table::V2_ESN,
        R::V2IdType => table::V2_ID_TYPE,
        R::V2AuthMethod => table::V2_AUTH_METHOD,
        R::Protocol => table::PROTOCOL,
        R::EapType => table::EAP_TYPE,
        R::L2tpMessage => table::L2TP_MESSAGE,
        R::V1LifeType => table::V1_LIFE_TYPE,
        R::V1CertEncoding => table::V1_CERT_ENCODING,
        R::V1ConfigAttribute => table::V1_CONFIG_ATTRIBUTE,
        R::V2TransformAttribute => table::V2_TRANSFORM_ATTRIBUTE,
        R::V2CertEncoding => table::V2_CERT_ENCODING,
        R::V2SignatureHash => table::V2_SIGNATURE_HASH,
        R::V2TrafficSelector => table::V2_TRAFFIC_SELECTOR,
        R::V2ConfigAttribute => table::V2_CONFIG_ATTRIBUTE,
        R::ConfigType => table::CONFIG_TYPE,
        R::Ipcomp => table::IPCOMP,
        R::EapCode => table::EAP_CODE,
        R::L2tpStopResult => table::L2TP_STOP_RESULT,
        R::L2tpCallResult => table::L2TP_CALL_RESULT,
        R::WindowsError => table::WINDOWS_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Registry as R;
    use super::*;

    /// Our registries, as the collection of code points calls them that may lie beside the workspace.
    const COLLECTED: [(&str, R); 48] = [
        ("v1.exchange", R::Exchange),
        ("v2.exchange", R::Exchange),
        ("v1.payload", R::V1Payload),
        ("v2.payload", R::V2Payload),
        ("v1.notify.error", R::V1Notify),
        ("v1.notify.status", R::V1Notify),
        ("v1.notify.private", R::V1Notify),
        ("v2.notify.error", R::V2Notify),
        ("v2.notify.status", R::V2Notify),
        ("v2.notify.private", R::V2Notify),
        ("v1.p1.encr", R::V1Encryption),
        ("v1.p1.hash", R::V1Hash),
        ("v1.p1.auth", R::V1AuthMethod),
        ("v1.p1.group", R::V1Group),
        ("v1.p1.attr", R::V1Phase1Attribute),
        ("v1.p2.attr", R::V1Phase2Attribute),
        ("v1.p2.esp-transform", R::V1Esp),
        ("v1.p2.ah-transform", R::V1Ah),
        ("v1.p2.auth-alg", R::V1Phase2Auth),
        ("v1.p2.encap", R::V1Encapsulation),
        ("v1.p1.life-type", R::V1LifeType),
        ("v1.p2.life-type", R::V1LifeType),
        ("v1.id-type", R::V1IdType),
        ("v1.cert-encoding", R::V1CertEncoding),
        ("v1.cfg-attr.xauth", R::V1ConfigAttribute),
        ("v1.cfg-attr.unity", R::V1ConfigAttribute),
        ("v2.transform-type", R::V2TransformType),
        ("v2.transform-attr", R::V2TransformAttribute),
        ("v2.encr", R::V2Encryption),
        ("v2.prf", R::V2Prf),
        ("v2.integ", R::V2Integrity),
        ("v2.ke", R::V2Group),
        ("v2.sn", R::V2Esn),
        ("v2.id-type", R::V2IdType),
        ("v2.auth-method", R::V2AuthMethod),
        ("v2.cert-encoding", R::V2CertEncoding),
        ("v2.sig-hash", R::V2SignatureHash),
        ("v2.ts-type", R::V2TrafficSelector),
        ("v2.cfg-attr", R::V2ConfigAttribute),
        ("v2.cfg-type", R::ConfigType),
        ("ipcomp-transform", R::Ipcomp),
        ("eap-code", R::EapCode),
        ("eap-type", R::EapType),
        ("l2tp.message", R::L2tpMessage),
        ("l2tp.stopccn-result", R::L2tpStopResult),
        ("l2tp.cdn-result", R::L2tpCallResult),
        ("ms.win32-ipsec", R::WindowsError),
        ("ms.ras-error", R::WindowsError),
    ];

    #[test]
    fn tables_are_sorted() {
        for (collection, registry) in COLLECTED.into_iter().chain([("", R::Protocol)]) {
            let sorted = table(registry).windows(2).all(|pair| pair[0].0 < pair[1].0);
            assert!(sorted, "{collection}");
        }
    }

    #[test]
    fn names_agree_with_the_collection() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/knowledge/registries.tsv");
        let Ok(collection) = std::fs::read_to_string(&path) else {
            println!("skipped: {} is not here", path.display());
            return;
        };
        let mut compared = 0;
        for line in collection.lines().skip(1) {
            let fields: Vec<&str> = line.split('\t').collect();
            let &[registry, number, collected, _, note] = &fields[..] else {
                panic!("{line}");
            };
            let Some(&(_, registry)) = COLLECTED.iter().find(|(name, _)| *name == registry) else {
                continue;
            };
            match name(registry, number.parse().unwrap()) {
                Some(ours) => {
                    assert!(
                        collected.contains(ours) || ours.contains(collected) || is_renamed(ours),
                        "{line}: {ours}"
                    );
                    compared += 1;
                }
                None => assert!(note.contains("verify"), "{line} is missing"),
            }
        }
        assert!(compared > 700, "{compared} compared");
    }

    /// Names that say the same in words that users know better.
    fn is_renamed(name: &str) -> bool {
        ["Main Mode", "Mode-Config/XAUTH", "EAP-MSCHAPv2", "No ESN"].contains(&name)
    }

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
    fn every_weak_algorithm_has_a_name() {
        for (_, registry) in COLLECTED {
            let weak = (0..100).filter(|&number| weak(registry, number).is_some());
            for number in weak {
                assert!(name(registry, number).is_some(), "{registry:?} {number}");
            }
        }
        assert_eq!(weak(R::V2Encryption, 2), Some(Weakness::Broken));
        assert_eq!(weak(R::V2Encryption, 3), Some(Weakness::Legacy));
        assert_eq!(weak(R::V2Encryption, 12), None);
    }

    #[test]
    fn key_exchange_lengths_follow_the_groups() {
        // A MODP value has the bits of its group's name.
        for group in [1, 2, 5, 14, 15, 16, 17, 18] {
            let name = name(R::V2Group, group).unwrap();
            let bits: u16 = name.trim_start_matches("MODP-").parse().unwrap();
            assert_eq!(key_exchange_octets(group as u16), Some(bits / 8));
        }
        assert_eq!(key_exchange_octets(21), Some(132));
        assert_eq!(key_exchange_octets(31), Some(32));
        assert_eq!(key_exchange_octets(36), None);
        assert_eq!(encapsulation_octets(36), Some((1184, 1088)));
    }
}
