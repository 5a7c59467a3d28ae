//! Key tables -> plaintext of IKE and ESP: what a host with keys hands over, made without one.
//!
//! ```text
//! let mut keys = Keys::default();
//! for problem in keys.add(table) { eprintln!("{name}, {problem}") }
//! let mut decryptor = Decryptor::new(keys);
//! let made = decryptor.decrypt(&packet);                  // each packet once, in their order
//! let derived: Vec<_> = made.iter().map(Plaintext::derived).collect();
//! session.push(&Packet { derived: &derived, ..packet });  // validated as any host's plaintext
//! ```
//!
//! Tables are those of Wireshark ([`table`]); names and bytes of the plaintext are those of its data sources. Three things differ: a
//! message that is sent again moves no chain of IVs ([`v1`]); of several keys for one SA that one is taken that fits; and where a
//! checksum shows that a key is wrong, what it would make is not handed over. Keys are wiped when they are dropped, and no text shows
//! them.

mod cipher;
mod decryptor;
mod esp;
pub(crate) mod hash;
mod secret;
mod store;
mod table;
mod v1;
mod v2;

pub use decryptor::{Decryptor, Plaintext};
pub use hash::Hash;
pub use store::{Keys, MAX_PROBLEMS, MAX_ROWS, Problem};

#[cfg(test)]
mod tests {
    use super::store::MAX_FOR_ONE;
    use super::*;
    use crate::packet::{Derived, DerivedKind, Packet};
    use crate::tests::made::raw;

    /// Bytes of hexadecimal digits; spaces count nothing.
    pub(super) fn hex(digits: &str) -> Vec<u8> {
        let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
        let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(pair).collect()
    }

    /// RFC 7634 appendix A, between 198.51.100.5 and 192.0.2.5.
    fn esp() -> (Vec<u8>, Vec<u8>) {
        let esp = hex("0102030400000005 1011121314151617
             24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f7
             2aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e0
             76aaa8266b7fb0f7b11b369907e1ad43");
        let length = u8::try_from(esp.len() + 20).unwrap();
        let ip = [
            &hex("450000")[..],
            &[length],
            &hex("00000000 4032 0000 c6336405 c0000205"),
        ]
        .concat();
        let plain = hex(
            "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f10111213
             1415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363701020204",
        );
        ([ip, esp].concat(), plain)
    }

    const KEY: &str = "0x808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3";

    fn made(rows: &str, packet: &Packet<'_>) -> Vec<Vec<u8>> {
        let mut keys = Keys::default();
        assert_eq!(keys.add(rows.as_bytes()), []);
        let made = Decryptor::new(keys).decrypt(packet);
        made.iter().map(|plain| plain.data.to_vec()).collect()
    }

    fn row(source: &str, destination: &str, spi: &str) -> String {
        let cipher = "ChaCha20 with Poly1305 [RFC7634]";
        format!("\"IPv4\",\"{source}\",\"{destination}\",\"{spi}\",\"{cipher}\",\"{KEY}\",\"NULL\",\"\"\n")
    }

    #[test]
    fn esp_is_found_by_addresses_and_spi() {
        let (packet, plain) = esp();
        let opens = |row: &str| match &made(row, &raw(&packet))[..] {
            [] => false,
            [one] => *one == plain,
            _ => panic!("two plaintexts"),
        };
        for (source, destination, spi) in [
            ("*", "*", "*"),
            ("198.51.100.5", "192.0.2.5", "0x01020304"),
            ("198.51.*.5", "192.0.2.0/24", "0x010203**"),
            ("198.51.100.5/32", "0.0.0.0/0", "16909060"),
            ("*", "*", "0x1020304"),
        ] {
            assert!(
                opens(&row(source, destination, spi)),
                "{source} {destination} {spi}"
            );
        }
        for (source, destination, spi) in [
            ("192.0.2.5", "198.51.100.5", "*"),
            ("198.51.*.6", "*", "*"),
            ("*", "192.0.3.0/24", "*"),
            ("*", "*", "0x01020305"),
            ("*", "*", "0x0102**05"),
        ] {
            assert!(
                !opens(&row(source, destination, spi)),
                "{source} {destination} {spi}"
            );
        }
        let v6 = row("*", "*", "*").replace("IPv4", "IPv6");
        assert!(!opens(&v6));
        // Of several the one that fits, whichever comes first.
        let wrong = row("*", "*", "*").replace("808182", "808183");
        assert!(!opens(&wrong));
        assert!(opens(&(wrong.clone() + &row("*", "*", "*"))));
        assert!(opens(&(row("*", "*", "*") + &wrong)));
    }

    #[test]
    fn esp_that_was_cut_or_changed_is_not_decrypted() {
        let (packet, _) = esp();
        let rows = row("*", "*", "*");
        for length in 0..packet.len() {
            assert_eq!(made(&rows, &raw(&packet[..length])), Vec::<Vec<u8>>::new());
        }
        for at in 20..packet.len() {
            let mut changed = packet.clone();
            changed[at] ^= 4;
            assert_eq!(made(&rows, &raw(&changed)), Vec::<Vec<u8>>::new(), "{at}");
        }
    }

    #[test]
    fn esp_of_ip_fragments_is_decrypted_whole() {
        let (packet, plain) = esp();
        let mut last = packet[..28].to_vec();
        (last[3], last[6], last[7]) = (28, 0, 1);
        let derived = [Derived {
            kind: DerivedKind::ReassembledIp,
            data: &packet[20..],
        }];
        assert_eq!(
            made(
                &row("*", "*", "*"),
                &Packet {
                    derived: &derived,
                    ..raw(&last)
                }
            ),
            [plain]
        );
        assert_eq!(made(&row("*", "*", "*"), &raw(&last)), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn rows_are_read_as_wireshark_and_strongswan_write_them() {
        let table = "\u{feff}# This file is automatically generated, DO NOT MODIFY.\r\n\
            1122334455667788,00112233445566778899aabbccddeeff\r\n\
            #8877665544332211,00112233445566778899aabbccddeeff\r\n\
            \r\n\
            1122334455667788,8877665544332211,000102030405060708090a0b0c0d0e0f10111213,\
            000102030405060708090a0b0c0d0e0f10111213,\"AES-GCM-128 with 8 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"\r\n\
            \"IPv6\",\"2001:db8::*\",\"2001:db8:0:1::/64\",\"0xc0ffee00\",\"TripleDes-CBC [RFC2451]\",\
            \"0x000102030405060708090a0b0c0d0e0f1011121314151617\",\"HMAC-SHA-1-96 [RFC2404]\",\"k\\x65y\\\"\\\\\"";
        let mut keys = Keys::default();
        assert_eq!(keys.add(table.as_bytes()), []);
        assert_eq!((keys.v1.len(), keys.v2.len(), keys.rows()), (1, 1, 3));
        let esp = &keys.esp[&0xc0ff_ee00][0];
        assert_eq!(esp.integrity_key.bytes(), b"key\"\\");
        let takes = |source: &str, destination: &str| {
            esp.takes(source.parse().unwrap(), destination.parse().unwrap(), 0xc0ff_ee00)
        };
        assert!(takes("2001:db8::7", "2001:db8:0:1:2::"));
        assert!(!takes("2001:db8::1:7", "2001:db8:0:1:2::") && !takes("2001:db8::7", "2001:db8::1"));
    }

    #[test]
    fn rows_that_are_not_understood_are_named_and_never_shown() {
        let secret = "53ec12e753ec12e753ec12e753ec12e7";
        let lines = [
            format!("1122334455667788,{secret}00"),
            format!("112233445566778,{secret}"),
            format!("11223344556677,{secret}"),
            secret.to_owned(),
            format!("\"{secret}"),
            format!("\"1122334455667788\"{secret},{secret}"),
            format!("1122334455667788,xx{secret}"),
            format!("1,2,{secret},{secret},\"{secret}\",,,\"NONE\""),
            format!("1122334455667788,1122334455667788,{secret},{secret},\"AES-CBC-256\",,,\"NONE\""),
            format!("1122334455667788,1122334455667788,{secret},{secret},\"AES-CBC-128\",,,\"HMAC_SHA1_96\""),
            format!("\"IPv4\",\"{secret}\",\"*\",\"*\",\"AES-CBC\",\"0x{secret}\",\"NULL\",\"\""),
            format!("\"IPv4\",\"*\",\"*\",\"{secret}\",\"AES-CBC\",\"0x{secret}\",\"NULL\",\"\""),
            format!("\"IPv4\",\"*\",\"*\",\"*\",\"CAST5-CBC [RFC2144]\",\"0x{secret}\",\"NULL\",\"\""),
            format!("\"IPv4\",\"*\",\"*\",\"*\",\"AES-CBC\",\"0x{secret}\",\"MAC-RIPEMD-160-96\",\"\""),
            format!("\"IPv4\",\"*\",\"*\",\"*\",\"AES-CBC\",\"0x{secret}\",\"NULL\",\"\",\"\""),
            "9".repeat(5000),
        ];
        let mut keys = Keys::default();
        let problems = keys.add(lines.join("\n").as_bytes());
        assert!(keys.is_empty());
        let named: Vec<_> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(named, (1..=lines.len()).collect::<Vec<_>>());
        keys.add(format!("1122334455667788,{secret}\n").as_bytes());
        assert!(!keys.is_empty());
        let said = format!("{problems:?} {keys:?} {}", problems[0]);
        assert!(!said.contains("53ec") && !said.contains("83, 236"), "{said}");
    }

    #[test]
    fn tables_have_bounds() {
        let line = |n: usize| format!("{n:016x},00112233445566778899aabbccddeeff\n");
        let mut keys = Keys::default();
        let problems = keys.add((0..MAX_ROWS + 100).map(line).collect::<String>().as_bytes());
        assert_eq!((keys.rows(), problems.len()), (MAX_ROWS, MAX_PROBLEMS));
        let mut keys = Keys::default();
        let same: String = (0..100).map(|n| format!("0000000000000001,{n:032x}\n")).collect();
        keys.add(same.as_bytes());
        assert_eq!(keys.v1[&[0, 0, 0, 0, 0, 0, 0, 1]].len(), MAX_FOR_ONE);
    }
}
