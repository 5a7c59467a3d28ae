//! The private values of a case, as its capture, its keys and its peers' files have them. They are read here, not asked of the engine.

use crate::cases::{self, Case};
use crate::pcap;
use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

/// Every file of a case's peers, and the keys.
fn texts(folder: &Path, found: &mut Vec<String>) {
    for path in cases::folders(folder) {
        if path.is_dir() {
            texts(&path, found);
        } else if path
            .extension()
            .is_none_or(|ending| ending != "pcap" && ending != "toml")
        {
            found.push(String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned());
        }
    }
}

/// What must not show.
#[derive(Default)]
pub struct Originals {
    /// Of hosts and networks.
    pub addresses: BTreeSet<IpAddr>,
    /// Identities, names of users and hosts, secrets, keys, names of files.
    pub names: BTreeSet<String>,
    /// Of IKE.
    pub spis: BTreeSet<[u8; 8]>,
    /// Of UDP.
    pub ports: BTreeSet<u16>,
    /// SPIs of initiator and responder that stand together.
    pub pairs: BTreeSet<([u8; 8], [u8; 8])>,
    /// Serial numbers of certificates.
    pub serials: BTreeSet<Vec<u8>>,
}

/// Names in the corpus that are words of the subject as well.
const WORDS: [&str; 2] = ["NULL", "lns"];

/// Blocks and addresses that name nobody.
#[must_use]
pub fn names_nobody(a: IpAddr) -> bool {
    let blocks = [
        "10.0.0.0",
        "172.16.0.0",
        "192.168.0.0",
        "100.64.0.0",
        "169.254.0.0",
    ];
    let mask = matches!(a, IpAddr::V4(a) if a.octets()[0] == 255 || a.octets()[0] == 0);
    mask || a.is_loopback()
        || a.is_unspecified()
        || a.is_multicast()
        || blocks.iter().any(|b| b.parse() == Ok(a))
}

impl Originals {
    /// What stands in a case and beside it.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let mut all = Self::default();
        let folder = case.path.parent().expect("a case has a folder");
        let mut files = Vec::new();
        texts(folder, &mut files);
        for text in &files {
            all.take(text);
        }
        for frame in pcap::read(&case.path) {
            all.frame(frame.link_type, &frame.data);
        }
        for file in case.files() {
            // A configuration of the usual name tells nobody anything.
            if file.extension().is_some_and(|e| e == "log") {
                all.names
                    .insert(file.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        all
    }

    fn take(&mut self, text: &str) {
        let words = text.split(|c: char| !(c.is_alphanumeric() || ".:-_@".contains(c)));
        for word in words {
            let word = word.trim_matches(['.', ':', '-', '@']);
            for part in [Some(word), word.rsplit_once(':').map(|(host, _)| host)]
                .into_iter()
                .flatten()
            {
                if let Ok(a) = part.parse::<IpAddr>()
                    && !names_nobody(a)
                {
                    self.addresses.insert(a);
                }
            }
            let hexadecimal = word.strip_prefix("0x").unwrap_or(word);
            if hexadecimal.len() >= 16 && hexadecimal.chars().all(|c| c.is_ascii_hexdigit()) {
                self.names.insert(hexadecimal.to_lowercase());
            }
            if word.ends_with(".example") || word.contains('@') {
                self.names.insert(word.to_owned());
            }
        }
        for line in text.lines() {
            let line = line.trim();
            for key in ["id =", "leftid=", "rightid=", "secret =", "user", "name "] {
                if let Some(value) = line.strip_prefix(key) {
                    self.name(value);
                }
            }
            // Quoted secrets and users of ipsec.secrets, chap-secrets, iked.conf.
            if line.contains("PSK") || line.starts_with('"') || line.contains("psk") {
                for quoted in line.split('"').skip(1).step_by(2) {
                    self.name(quoted);
                }
            }
            // Parts of distinguished names.
            for part in line.split(['"', ',', '\'']) {
                if let Some((kind, value)) = part.trim().split_once('=')
                    && ["CN", "O", "OU"].contains(&kind)
                {
                    self.name(value);
                }
            }
        }
    }

    fn name(&mut self, value: &str) {
        let value = value.trim().trim_matches(['"', '\'', '@', '=', ' ']);
        if value.parse::<IpAddr>().is_err()
            && !value.starts_with('%')
            && value.len() > 2
            && !WORDS.contains(&value)
        {
            self.names.insert(value.to_owned());
        }
    }

    /// Addresses and, behind UDP port 500 or 4500, SPIs, found without the engine: wherever a frame holds an IPv4 or IPv6 header.
    fn frame(&mut self, link_type: i32, data: &[u8]) {
        // Mostly it is known where; elsewhere what looks like a header may be none.
        let all = [0, 4, 14, 16, 18, 20, 22, 24, 26];
        let usual = match link_type {
            1 => Some(14),
            113 => Some(16),
            276 => Some(20),
            _ => None,
        };
        let usual = usual.filter(|&at: &usize| matches!(data.get(at), Some(0x45 | 0x60)));
        let places = usual.as_ref().map_or(&all[..], std::slice::from_ref);
        for &at in places {
            let Some(ip) = data.get(at..) else { continue };
            let (udp, addresses) = match ip.first() {
                Some(0x45) if ip.len() >= 28 => (
                    (ip[9] == 17).then(|| &ip[20..]),
                    [&ip[12..16], &ip[16..20]].map(|a| IpAddr::from(<[u8; 4]>::try_from(a).unwrap())),
                ),
                Some(0x60) if ip.len() >= 48 => (
                    (ip[6] == 17).then(|| &ip[40..]),
                    [&ip[8..24], &ip[24..40]].map(|a| IpAddr::from(<[u8; 16]>::try_from(a).unwrap())),
                ),
                _ => continue,
            };
            let length = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
            if ip[0] == 0x45 && length > data.len() - at + 1500 {
                continue;
            }
            self.addresses
                .extend(addresses.into_iter().filter(|a| !names_nobody(*a)));
            let Some(udp) = udp else { continue };
            let port = |at| u16::from_be_bytes([udp[at], udp[at + 1]]);
            self.ports.extend([port(0), port(2)]);
            let ike = match (port(0), port(2)) {
                (500, _) | (_, 500) => udp.get(8..),
                (4500, _) | (_, 4500) if udp.get(8..12) == Some(&[0; 4]) => udp.get(12..),
                _ => None,
            };
            if let Some((initiator, responder)) =
                ike.and_then(|ike| Some((ike.first_chunk()?, ike.get(8..)?.first_chunk()?)))
            {
                self.pairs.insert((*initiator, *responder));
            }
            for spi in ike
                .into_iter()
                .flat_map(|ike| [ike.get(..8), ike.get(8..16)])
                .flatten()
            {
                let spi: [u8; 8] = spi.try_into().unwrap();
                if spi != [0; 8] {
                    self.spis.insert(spi);
                }
            }
        }
    }

    /// Serial numbers of certificates in what a host decrypted: they stand behind the version (RFC 5280 4.1).
    pub fn certificates(&mut self, data: &[u8]) {
        const VERSION: [u8; 6] = [0xA0, 3, 2, 1, 2, 2];
        for (at, _) in data
            .windows(VERSION.len())
            .enumerate()
            .filter(|(_, w)| *w == VERSION)
        {
            if let Some((&length, behind)) = data[at + VERSION.len()..].split_first()
                && let Some(serial) = behind.get(..length.into()).filter(|serial| serial.len() > 4)
            {
                self.serials.insert(serial.to_vec());
            }
        }
    }

    /// With the first and the last address of the networks of IPv4 hosts.
    pub fn with_edges(&mut self) {
        let networks = self.addresses.iter().filter_map(|a| match a {
            IpAddr::V4(a) => Some(a.octets()),
            IpAddr::V6(_) => None,
        });
        let edges: Vec<IpAddr> = networks
            .flat_map(|[a, b, c, _]| {
                [[a, b, c, 0], [a, b, c, 255], [a, b, 0, 0], [a, b, 255, 255]].map(IpAddr::from)
            })
            .collect();
        self.addresses.extend(edges);
    }

    /// Where an original stands in an output.
    #[must_use]
    pub fn found(&self, output: &str) -> Vec<String> {
        let lower = output.to_lowercase();
        let mut found = Vec::new();
        let mut look = |what: String, notation: &str| {
            if holds(&lower, &notation.to_lowercase()) {
                found.push(format!("{what} as {notation}"));
            }
        };
        for a in &self.addresses {
            let bytes = match a {
                IpAddr::V4(a) => a.octets().to_vec(),
                IpAddr::V6(a) => a.octets().to_vec(),
            };
            look(a.to_string(), &a.to_string());
            for notation in binary(&bytes) {
                look(a.to_string(), &notation);
            }
            match a {
                IpAddr::V4(v4) => {
                    let [a1, b, c, d] = v4.octets();
                    look(a.to_string(), &format!("{d}.{c}.{b}.{a1}"));
                    look(a.to_string(), &format!("{a1}%2e{b}%2e{c}%2e{d}"));
                    look(a.to_string(), &format!("{a1}-{b}-{c}-{d}"));
                    look(a.to_string(), &v4.to_bits().to_string());
                }
                IpAddr::V6(v6) => {
                    let groups: Vec<String> = v6.segments().iter().map(|s| format!("{s:04x}")).collect();
                    look(a.to_string(), &groups.join(":"));
                }
            }
        }
        for name in &self.names {
            look(name.clone(), name);
            look(name.clone(), &name.replace('@', "%40"));
            look(name.clone(), &name.replace('@', "&#64;"));
            for notation in binary(name.as_bytes()) {
                look(name.clone(), &notation);
            }
        }
        for spi in &self.spis {
            for notation in binary(spi) {
                look("SPI".to_owned(), &notation);
            }
            look("SPI".to_owned(), &u64::from_be_bytes(*spi).to_string());
        }
        found
    }
}

/// Bytes in hexadecimal digits, plain, with colons and reversed, and in base64.
fn binary(bytes: &[u8]) -> Vec<String> {
    let hex = |bytes: &mut dyn Iterator<Item = &u8>, between: &str| {
        bytes
            .map(|o| format!("{o:02x}"))
            .collect::<Vec<_>>()
            .join(between)
    };
    vec![
        hex(&mut bytes.iter(), ""),
        hex(&mut bytes.iter().rev(), ""),
        hex(&mut bytes.iter(), ":"),
        base64(bytes),
    ]
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |w, i| w << 8 | u32::from(*chunk.get(i).unwrap_or(&0)));
        for i in 0..=chunk.len() {
            out.push(char::from(DIGITS[(word >> (18 - 6 * i) & 63) as usize]));
        }
    }
    out
}

/// `text` holds `part`, and it is not just a part of a longer number or word.
fn holds(text: &str, part: &str) -> bool {
    text.match_indices(part).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut behind = text[at + part.len()..].chars();
        let (next, after) = (behind.next(), behind.next());
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric());
        let goes_on = next == Some('.') && after.is_some_and(|c| c.is_ascii_digit());
        !word(before) && !word(next) && !goes_on
    })
}
