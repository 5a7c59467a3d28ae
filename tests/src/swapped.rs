//! A case once more with other private values: addresses, identities, names, SPIs, serial numbers, names of files, and the time.

use crate::cases::Case;
use crate::originals::Originals;
use crate::pcap::{self, Frame};
use ikewhy::keys::{Decryptor, Keys};
use ikewhy::packet::DerivedKind;
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::{Derived, Options, Packet, Session};
use ikewhy_sources::read_key_tables;
use ikewhy_testkit::random::Random;
use md5::Md5;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// All forms of a report.
pub const FORMS: [Form; 4] = [Form::Text, Form::Markdown, Form::Html, Form::Json];

/// How lines of all logs begin: the lab's clock was set.
const WRITTEN: &str = "Jan  1 12:";

/// A packet, and what was made of it.
pub struct Whole {
    /// As it was captured.
    pub frame: Frame,
    /// Decrypted and reassembled.
    pub derived: Vec<(DerivedKind, Vec<u8>)>,
}

/// Everything that a session is told.
pub struct Told {
    /// In order.
    pub packets: Vec<Whole>,
    /// Names and texts.
    pub files: Vec<(String, String)>,
}

impl Told {
    /// What stands in a case, without the peers' files that are not read, and with what its keys decrypt.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let mut keys = Keys::default();
        for table in &case.tables {
            let unused = read_key_tables(&mut keys, table);
            assert!(unused.is_empty(), "{unused:?}");
        }
        let mut decryptor = Decryptor::new(keys);
        let frames = pcap::read(&case.path);
        let packets = (1..).zip(frames).map(|(number, frame)| {
            let reassembled = frame.derived();
            let packet = Packet {
                derived: reassembled.as_slice(),
                ..frame.packet(number)
            };
            let made = decryptor.decrypt(&packet);
            let all = reassembled
                .into_iter()
                .chain(made.iter().map(|made| made.derived()));
            let derived = all.map(|d| (d.kind, d.data.to_vec())).collect();
            Whole { frame, derived }
        });
        let packets = packets.collect();
        let files = case.files().into_iter().map(|path| {
            let name = path.to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a text"))
        });
        let files = files.collect();
        Self { packets, files }
    }

    /// A session that was told all of it.
    #[must_use]
    pub fn session(&self) -> Session {
        let mut session = Session::new(Options::default());
        for (name, text) in &self.files {
            session.import(name, text, None);
        }
        for (number, whole) in (1..).zip(&self.packets) {
            let derived: Vec<_> = whole
                .derived
                .iter()
                .map(|(kind, data)| Derived { kind: *kind, data })
                .collect();
            session.push(&Packet {
                derived: &derived,
                ..whole.frame.packet(number)
            });
        }
        session
    }

    /// The same with other values, at another time.
    #[must_use]
    pub fn swapped(&self, swap: &Swap, random: &mut Random) -> Self {
        // All logs were written in one hour. The dates of certificates stay, so that what was said of them stays true.
        let (day, hour) = match swap.moves {
            true => (1 + random.below(28), random.below(24)),
            false => (1, 12),
        };
        let (hours, clock) = (24 * day + hour, format!("Jan {day:2} {hour:02}:"));
        let later = (hours as i64 - 24 - 12) * 3_600_000_000_000;
        let packets = self.packets.iter().map(|whole| Whole {
            frame: Frame {
                time: whole.frame.time + later,
                data: swap.bytes(&whole.frame.data),
                ..whole.frame.clone()
            },
            derived: whole
                .derived
                .iter()
                .map(|(kind, data)| (*kind, swap.bytes(data)))
                .collect(),
        });
        let files = self.files.iter().map(|(_, text)| {
            let name = format!("{}.txt", random.name());
            (name, swap.text(&text.replace(WRITTEN, &clock)))
        });
        Self {
            packets: packets.collect(),
            files: files.collect(),
        }
    }
}

/// What stands in place of what.
type Table = BTreeMap<Vec<u8>, Vec<u8>>;

/// One value for another, wherever it stands.
pub struct Swap {
    /// By length, the longest first.
    bytes: Vec<(usize, Table)>,
    addresses: BTreeMap<IpAddr, IpAddr>,
    /// The longest first.
    words: Vec<(String, String)>,
    /// The time may be another one.
    moves: bool,
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(a) => a.octets().to_vec(),
        IpAddr::V6(a) => a.octets().to_vec(),
    }
}

fn is_private(a: Ipv4Addr) -> bool {
    a.is_private() || a.is_link_local() || a.octets()[0] == 100 && a.octets()[1] & 0xC0 == 64
}

impl Swap {
    /// Other values, drawn.
    #[must_use]
    pub fn of(originals: &Originals, random: &mut Random) -> Self {
        let addresses = Self::addresses(originals, random);
        let mut bytes = Table::new();
        for (from, to) in &addresses {
            let from = octets(*from);
            // In a packet this may as well be the end of one value and the header of the next payload.
            if from.len() > 4 || !from.ends_with(&[0; 3]) {
                bytes.insert(from, octets(*to));
            }
        }
        let mut words: BTreeMap<String, String> = BTreeMap::new();
        let mut spis = BTreeMap::from([([0; 8], [0; 8])]);
        for from in &originals.spis {
            let to = random.bytes::<8>();
            spis.insert(*from, to);
            bytes.insert(from.to_vec(), to.to_vec());
            let hexadecimal = |spi: &[u8; 8]| format!("{:016x}", u64::from_be_bytes(*spi));
            words.insert(hexadecimal(from), hexadecimal(&to));
        }
        for name in originals.names.iter().filter(|name| is_name(name)) {
            let to = random.like(name);
            bytes.insert(name.as_bytes().to_vec(), to.as_bytes().to_vec());
            words.insert(name.clone(), to);
        }
        for from in &originals.serials {
            let mut to = from.clone();
            // The first byte says that the number is positive and has no zeros before it.
            to.iter_mut().skip(1).for_each(|byte| [*byte] = random.bytes());
            bytes.insert(from.clone(), to);
        }
        // A NAT is detected by digests of SPIs, address and port (RFC 7296 2.23, RFC 3947 3.2).
        for (from, to) in Self::detections(originals, &spis, &addresses) {
            bytes.insert(from, to);
        }
        let mut by_length: BTreeMap<usize, Table> = BTreeMap::new();
        for (from, to) in bytes {
            by_length.entry(from.len()).or_default().insert(from, to);
        }
        let mut words: Vec<_> = words.into_iter().collect();
        words.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        Self {
            bytes: by_length.into_iter().rev().collect(),
            addresses,
            words,
            moves: originals.serials.is_empty(),
        }
    }

    /// Other addresses of the same family, as private or public, in networks of the same sizes.
    fn addresses(originals: &Originals, random: &mut Random) -> BTreeMap<IpAddr, IpAddr> {
        // Of an address all that stands before an octet decides what becomes of it; the first and the last one stay, so that networks
        // stay such.
        let mut octet: BTreeMap<Vec<u8>, u8> = BTreeMap::new();
        let mut begun = Table::new();
        let mut taken = BTreeSet::new();
        let mut addresses = BTreeMap::new();
        for from in &originals.addresses {
            let bytes = octets(*from);
            let known = if from.is_ipv4() { 2 } else { 6 };
            let begin = begun.entry(bytes[..known].to_vec()).or_insert_with(|| {
                loop {
                    let begin = match from {
                        IpAddr::V4(a) if is_private(*a) => random.private_network()[..2].to_vec(),
                        IpAddr::V4(_) => random.public_network()[..2].to_vec(),
                        IpAddr::V6(a) if a.is_unicast_link_local() => bytes[..6].to_vec(),
                        IpAddr::V6(a) => {
                            let mut other = random.bytes::<6>();
                            other[0] = if a.is_unique_local() { 0xFD } else { 0x2A };
                            other.to_vec()
                        }
                    };
                    if taken.insert(begin.clone()) {
                        break begin;
                    }
                }
            });
            let mut to = begin.clone();
            for at in known..bytes.len() {
                let last = at + 1 == bytes.len();
                to.push(if [0, 255].contains(&bytes[at]) || last {
                    bytes[at]
                } else {
                    let others: BTreeSet<u8> = octet
                        .range(bytes[..at].to_vec()..)
                        .take_while(|(before, _)| before.starts_with(&bytes[..at]))
                        .filter(|(before, _)| before.len() == at + 1)
                        .map(|(_, to)| *to)
                        .collect();
                    *octet.entry(bytes[..=at].to_vec()).or_insert_with(|| {
                        loop {
                            let [to] = random.bytes::<1>();
                            if ![0, 255].contains(&to) && !others.contains(&to) {
                                break to;
                            }
                        }
                    })
                });
            }
            let to = match from {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(&to[..]).expect("4"))),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(&to[..]).expect("16"))),
            };
            addresses.insert(*from, to);
        }
        addresses
    }

    fn detections(
        originals: &Originals,
        spis: &BTreeMap<[u8; 8], [u8; 8]>,
        addresses: &BTreeMap<IpAddr, IpAddr>,
    ) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut all = Vec::new();
        // A capture of a flood has no NAT in it.
        if addresses.len() > 64 {
            return all;
        }
        let pairs = originals.pairs.iter().flat_map(|(i, r)| [(i, *r), (i, [0; 8])]);
        let pairs: BTreeSet<_> = pairs.collect();
        for (i, r) in pairs {
            for (address, to) in addresses {
                for port in &originals.ports {
                    let hashed = |i: &[u8; 8], r: &[u8; 8], a: IpAddr| {
                        let text = [&i[..], r, &octets(a), &port.to_be_bytes()].concat();
                        [
                            Sha1::digest(&text).to_vec(),
                            Md5::digest(&text).to_vec(),
                            Sha256::digest(&text).to_vec(),
                            Sha384::digest(&text).to_vec(),
                            Sha512::digest(&text).to_vec(),
                        ]
                    };
                    let (i_to, r_to) = (&spis[i], &spis[&r]);
                    all.extend(hashed(i, &r, *address).into_iter().zip(hashed(i_to, r_to, *to)));
                }
            }
        }
        all
    }

    fn bytes(&self, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len());
        let mut at = 0;
        while at < data.len() {
            let found = self.bytes.iter().find_map(|(length, table)| {
                let to = table.get(data.get(at..at + length)?)?;
                Some(to)
            });
            match found {
                Some(to) => {
                    out.extend_from_slice(to);
                    at += to.len();
                }
                None => {
                    out.push(data[at]);
                    at += 1;
                }
            }
        }
        out
    }

    fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let length = rest
                .find(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'))
                .unwrap_or(rest.len());
            let word = rest[..length].trim_end_matches(['.', ':']);
            let bare = word.rsplit_once(':').map_or(word, |(bare, _)| bare);
            let known = self.words.iter().find(|(from, _)| rest.starts_with(from));
            let host = [word, bare].into_iter().find_map(|text| {
                let text = text.split("..").next()?;
                let to = self.addresses.get(&text.parse().ok()?)?;
                Some((text, to))
            });
            if let Some((from, to)) = known {
                out.push_str(to);
                rest = &rest[from.len()..];
            } else if let Some((from, to)) = host {
                out.push_str(&to.to_string());
                rest = &rest[from.len()..];
            } else {
                // The rest of a number or of a word begins no address.
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric())
                    .map_or(rest.len(), |end| end.max(c.len_utf8()));
                let step = if self
                    .words
                    .iter()
                    .any(|(from, _)| rest[c.len_utf8()..end].contains(&from[..1]))
                {
                    c.len_utf8()
                } else {
                    end
                };
                out.push_str(&rest[..step]);
                rest = &rest[step..];
            }
        }
        out
    }
}

/// It is a name and no word that a daemon or a format may have as well.
fn is_name(name: &str) -> bool {
    name.ends_with(".example") || name.contains('@') || name == "lab authority" || name == "other authority"
}

/// What is said without redaction, but for all words: other private values change nothing of it.
pub fn outline(session: &mut Session) -> Vec<Value> {
    let document = session.write(&Wanted {
        form: Form::Json,
        ..Wanted::default()
    });
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let all = document["negotiations"].as_array().expect("negotiations").iter();
    // Lengths of messages, of which a value may be a part by chance.
    let text = session.write(&Wanted::default());
    let words: Vec<&str> = text.split_whitespace().collect();
    let lengths = words.windows(2).filter(|two| two[1].starts_with("bytes"));
    let lengths: Vec<&str> = lengths.map(|two| two[0]).collect();
    let said = all.map(|n| {
        let side = |side: &str| (n[side]["nat"].clone(), n[side]["messages"].clone());
        let notes = n["notes"].as_array().expect("notes").iter();
        json!([
            n["first_frame"],
            n["last_frame"],
            side("initiator"),
            side("responder"),
            without_words(&n["verdict"]),
            notes.map(without_words).collect::<Vec<_>>(),
        ])
    });
    said.chain([json!(lengths)]).collect()
}

/// What a finding says beside its words and its date, which moves.
#[must_use]
pub fn without_words(finding: &Value) -> Value {
    let mut finding = finding.clone();
    let fields = finding.as_object_mut().expect("a finding");
    for words in ["summary", "explanation", "next_evidence", "fixes", "time"] {
        fields.remove(words);
    }
    for step in finding["steps"].as_array_mut().expect("steps") {
        let step = step.as_object_mut().expect("a step");
        for words in ["address", "file", "from", "to", "lines", "text"] {
            step.remove(words);
        }
    }
    finding
}
