//! A redacted report says the same without an original value: no address, identity, name, SPI or key of the capture, its peers'
//! files or its keys, in any notation. What the originals are is read from the corpus here, not asked of the engine.

use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::Session;
use ikewhy_tests::cases::{self, Case};
use ikewhy_tests::{engine, pcap};
use serde_json::Value;
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
pub(crate) struct Originals {
    pub(crate) addresses: BTreeSet<IpAddr>,
    /// Identities, names of users and hosts, secrets, keys, names of files.
    pub(crate) names: BTreeSet<String>,
    pub(crate) spis: BTreeSet<[u8; 8]>,
    pub(crate) ports: BTreeSet<u16>,
    /// SPIs of initiator and responder that stand together.
    pub(crate) pairs: BTreeSet<([u8; 8], [u8; 8])>,
    /// Serial numbers of certificates.
    pub(crate) serials: BTreeSet<Vec<u8>>,
}

/// Names in the corpus that are words of the subject as well.
const WORDS: [&str; 2] = ["NULL", "lns"];

/// Blocks and addresses that name nobody.
fn names_nobody(a: IpAddr) -> bool {
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
    pub(crate) fn of(case: &Case) -> Self {
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
    pub(crate) fn certificates(&mut self, data: &[u8]) {
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
    pub(crate) fn with_edges(&mut self) {
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
    fn found(&self, output: &str) -> Vec<String> {
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

/// What a finding says beside its words and its date, which moves.
pub(crate) fn without_words(finding: &Value) -> Value {
    let mut finding = finding.clone();
    let fields = finding.as_object_mut().expect("a finding");
    for words in ["summary", "explanation", "next_evidence", "fixes", "time"] {
        fields.remove(words);
    }
    for step in finding["steps"].as_array_mut().expect("steps") {
        let step = step.as_object_mut().expect("a step");
        for words in ["address", "file", "from", "to", "text"] {
            step.remove(words);
        }
    }
    finding
}

/// The fixes, or other text, in words of which those with an original or a pseudonym are left out.
fn common_words(text: &Value, originals: &Originals) -> Vec<String> {
    let mut text = text.to_string();
    for name in originals.names.iter().filter(|name| name.contains(' ')) {
        text = text.replace(name, "name0");
    }
    let named = |word: &&str| {
        let word = word.rsplit('=').next().unwrap_or_default();
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let word = word.strip_suffix("'s").unwrap_or(word);
        let address = word.parse::<IpAddr>().is_ok_and(|a| !names_nobody(a));
        let pseudonym = ["name", "file"].iter().any(|kind| {
            word.strip_prefix(kind)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        });
        let file = word.ends_with(".conf") || word.ends_with(".log");
        let clock = word.split(':').count() == 3 && word.chars().all(|c| c.is_ascii_digit() || c == ':');
        address || pseudonym || file || clock || originals.names.contains(word)
    };
    text.split_whitespace()
        .filter(|word| !named(word))
        .map(str::to_owned)
        .collect()
}

/// What is wrong with the redacted outputs of a capture: by itself, with the peers' files, with keys, and with both.
pub(crate) fn complaints(case: &Case) -> Vec<String> {
    let originals = Originals::of(case);
    let files = case.files();
    let mut ways = vec![
        ("alone", &[][..], &[][..]),
        ("with the peers' files", &[], &files),
    ];
    if !case.tables.is_empty() {
        ways.extend([
            ("with keys", &case.tables[..], &[][..]),
            ("with keys and files", &case.tables, &files),
        ]);
    }
    let all = ways.into_iter().flat_map(|(how, tables, files)| {
        let mut session = engine::session(&case.path, tables, files);
        let complaints = outputs(&originals, &mut session).into_iter();
        complaints.map(move |complaint| format!("redacted {how}: {complaint}"))
    });
    all.collect()
}

/// What is wrong with the redacted outputs of a session.
fn outputs(originals: &Originals, session: &mut Session) -> Vec<String> {
    let mut write = |wanted: &Wanted| session.write(wanted);
    let mut complaints = Vec::new();
    let wish = |form, redact| Wanted {
        form,
        redact,
        ..Wanted::default()
    };
    for form in [Form::Text, Form::Markdown, Form::Html, Form::Json] {
        let redacted = write(&wish(form, true));
        let found = originals.found(&redacted);
        complaints.extend(
            found
                .into_iter()
                .map(|original| format!("{form:?} shows {original}")),
        );
    }
    let document = |text: String| -> Value { serde_json::from_str(&text).expect("JSON") };
    let (real, redacted) = (
        document(write(&wish(Form::Json, false))),
        document(write(&wish(Form::Json, true))),
    );
    let list = |document: &Value| document["negotiations"].as_array().expect("negotiations").clone();
    assert_eq!(list(&real).len(), list(&redacted).len());
    for (real, redacted) in list(&real).iter().zip(list(&redacted)) {
        if without_words(&real["verdict"]) != without_words(&redacted["verdict"]) {
            complaints.push(format!("{} became {}", real["verdict"], redacted["verdict"]));
        }
        let fixes = |of: &Value| common_words(&of["verdict"]["fixes"], originals);
        if fixes(real) != fixes(&redacted) {
            complaints.push(format!(
                "the fix {} became {}",
                real["verdict"]["fixes"], redacted["verdict"]["fixes"]
            ));
        }
        let notes = |of: &Value| -> Vec<Value> {
            of["notes"]
                .as_array()
                .expect("notes")
                .iter()
                .map(without_words)
                .collect()
        };
        if notes(real) != notes(&redacted) {
            complaints.push("the notes changed".to_owned());
        }
    }
    complaints
}

/// The originals are known here, and are found where they stand.
pub(crate) fn originals_are_found() {
    let all = cases::all();
    let case = all.iter().find(|case| case.name == "l2tp-up-strongswan/client");
    let case = case.expect("the case");
    let originals = Originals::of(case);
    for name in ["alice", "invented-password", "invented-secret-for-the-lab"] {
        assert!(
            originals.names.contains(name),
            "{name} is not known: {:?}",
            originals.names
        );
    }
    assert!(originals.addresses.contains(&"198.51.100.20".parse().unwrap()));
    assert!(!originals.spis.is_empty());
    let report = engine::session(&case.path, &[], &[]).report();
    assert!(!originals.found(&report).is_empty());
}
