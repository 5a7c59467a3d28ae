//! Pairs of inputs that differ in private values only: their redacted outputs are the same bytes, and hold none of the values.
//!
//! Every text that a dialect's tests read goes through [`check`] ([`sample`](super::sample)), so that a new dialect is held to it without
//! anyone remembering. What is private in a text is found out, not listed: a word is, if the text means the same with another one in its
//! place. Then all such words are replaced at once, by values of every shape, and so are all addresses; the packets beside the text have
//! such values in each of their fields.
//!
//! `IKEWHY_PAIRS=30` makes so many pairs of each text instead of two.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use ikewhy_testkit::packets::{control, ip_packet, item, main_mode_offer, payloads, udp_datagram};
use ikewhy_testkit::random::Random;

use crate::packet::Packet;
use crate::policy::said::Said;
use crate::policy::{self, Lined, Policy};
use crate::redact::name::{ANYBODY, MARKS};
use crate::report::wanted::{Form, Wanted};
use crate::session::{Options, Session};

const FORMS: [Form; 4] = [Form::Text, Form::Markdown, Form::Html, Form::Json];
/// No text has more words that are tried.
const MAX_WORDS: usize = 120;

/// Reads a text with other private values, and holds what is shown of it to what is shown of the text itself.
pub(crate) fn check(name: &str, text: &str) {
    let pairs: u64 = std::env::var("IKEWHY_PAIRS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2);
    if text.len() > 8192 {
        return;
    }
    for pair in 0..pairs {
        let mut random = Random::of(text, pair);
        let shape = random.below(5);
        let (one, other) = (
            Values::of(&mut Random::of(name, pair), shape),
            Values::of(&mut random, shape),
        );
        let mut used = Vec::new();
        let swapped = with_other_words(text, &mut random, &mut used);
        let own = moved(text, &one);
        let swapped = moved(&swapped, &other);
        // Networks that are written as two addresses may come to mean something else.
        if meaning(&own, &one.ends()) != meaning(&swapped, &other.ends()) {
            continue;
        }
        let (own, theirs) = (
            outputs(name, &own, &one),
            outputs(&random.name(), &swapped, &other),
        );
        for (form, (own, theirs)) in FORMS.into_iter().zip(own.iter().zip(&theirs)) {
            if own != theirs {
                let lines = own.lines().zip(theirs.lines()).find(|(a, b)| a != b);
                panic!(
                    "{name}, pair {pair}: redacted {form:?} differs: {lines:?}\n--- of\n{text}\n--- and\n{swapped}"
                );
            }
            for value in used.iter().chain(&other.shown) {
                assert!(
                    !theirs.contains(value.as_str()),
                    "{name}, pair {pair}: {form:?} shows {value}"
                );
            }
        }
    }
}

/// What packets have in their fields.
struct Values {
    client: Ipv4Addr,
    server: Ipv4Addr,
    router: Ipv4Addr,
    port: u16,
    spis: [[u8; 8]; 3],
    time: i64,
    /// Type of an identity, and its data.
    identity: (u8, Vec<u8>),
    authority: Vec<u8>,
    certificate: Vec<u8>,
    text: Vec<u8>,
    /// What must not be seen.
    shown: Vec<String>,
}

impl Values {
    /// `shape`: which type the identity has. All values have the same lengths whatever they are, as packets show those.
    fn of(random: &mut Random, shape: u64) -> Self {
        let host = |[a, b, _]: [u8; 3], c, d| Ipv4Addr::new(a, b, c, d);
        let (name, authority, text) = (random.sized(24), random.sized(30), random.sized(40));
        let [mail, host_name] = [(); 2].map(|()| random.sized(20));
        let client = host(random.private_network(), 2, 10);
        let server = host(random.public_network(), 100, 20);
        let router = host(random.public_network(), 7, 1);
        let port = 20_000 + random.below(29_000) as u16;
        let identity = match shape {
            0 => (2, name.clone().into_bytes()),
            1 => (3, name.clone().into_bytes()),
            2 => (11, name.clone().into_bytes()),
            3 => (9, distinguished(&name)),
            _ => (1, client.octets().to_vec()),
        };
        let spis = [random.bytes(), random.bytes(), random.bytes()];
        let mut shown: Vec<String> = [client, server, router].map(|a| a.to_string()).into();
        let certificate = certificate(
            [&authority, &name],
            &random.bytes(),
            &[
                (1, mail.as_bytes()),
                (2, host_name.as_bytes()),
                (4, &distinguished(&name)),
                (7, &client.octets()),
            ],
        );
        shown.extend([name, authority.clone(), text.clone(), mail, host_name]);
        shown.extend(spis.map(|spi| format!("{:016x}", u64::from_be_bytes(spi))));
        Self {
            client,
            server,
            router,
            port,
            spis,
            time: 1_000_000_000_000_000_000 + random.below(700_000_000) as i64 * 1_000_000_000,
            identity,
            authority: distinguished(&authority),
            certificate,
            text: text.into_bytes(),
            shown,
        }
    }

    fn ends(&self) -> [String; 2] {
        [self.client, self.server].map(|a| a.to_string())
    }

    /// A capture: Aggressive Mode that is refused, with an identity, a certificate and a request for one; IKEv2 that is not answered, and an error of
    /// a router; L2TP in clear that ends with words.
    fn packets(&self) -> Vec<(i64, Vec<u8>)> {
        let Self {
            client,
            server,
            router,
            port,
            ..
        } = *self;
        let [first, second, answer] = self.spis;
        let message = |spi: [u8; 8], responder: [u8; 8], next, version, exchange, flags, body: &[u8]| {
            let length = u32::try_from(28 + body.len()).unwrap();
            let header = [next, version, exchange, flags, 0, 0, 0, 0];
            [&spi[..], &responder, &header, &length.to_be_bytes(), body].concat()
        };
        let (kind, data) = &self.identity;
        let aggressive = payloads(&[
            (1, main_mode_offer(1)),
            (4, vec![1; 256]),
            (10, vec![2; 20]),
            (5, [&[*kind, 17, 1, 244][..], data].concat()),
            (6, [&[4][..], &self.certificate].concat()),
            (7, [&[4][..], &self.authority].concat()),
        ]);
        let refusal = payloads(&[(11, vec![0, 0, 0, 1, 1, 0, 0, 14])]);
        let init = payloads(&[(33, item(0, &[1, 1, 0, 0])), (40, vec![5; 32])]);
        let forth = |message: &[u8]| ip_packet(client, server, 64, 17, &udp_datagram(port, 500, message));
        let back = |message: &[u8]| ip_packet(server, client, 63, 17, &udp_datagram(500, port, message));
        let asked = forth(&message(second, [0; 8], 33, 0x20, 34, 8, &init));
        let error = [&[3, 13, 0, 0, 0, 0, 0, 0][..], &asked[..48]].concat();
        let l2tp = |message: &[u8]| ip_packet(client, server, 64, 17, &udp_datagram(1701, 1701, message));
        // StopCCN (RFC 2661 4.4.2): result 2, error 6, and words for it.
        let ends = {
            let reason = [&[0x80, 0][..], &[0, 0, 0, 1, 0, 2, 0, 6], &self.text].concat();
            let mut reason = reason;
            reason[1] = u8::try_from(reason.len()).unwrap();
            let mut all = [control(4, 1), reason].concat();
            all[3] = u8::try_from(all.len()).unwrap();
            all
        };
        let all = [
            forth(&message(first, [0; 8], 1, 0x10, 4, 0, &aggressive)),
            back(&message(first, answer, 11, 0x10, 5, 0, &refusal)),
            asked.clone(),
            ip_packet(router, client, 60, 1, &error),
            asked,
            l2tp(&control(1, 0)),
            l2tp(&ends),
        ];
        (0..)
            .zip(all)
            .map(|(n, packet)| (self.time + n * 1_000_000_000, packet))
            .collect()
    }
}

/// An element in DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match content.len() {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content.to_vec()].concat()
}

/// A certificate (RFC 5280 4.1) of issuer and subject, with a serial number and alternative names, each behind its number. It is
/// valid.
fn certificate([issuer, subject]: [&str; 2], serial: &[u8; 16], names: &[(u8, &[u8])]) -> Vec<u8> {
    let algorithm = der(0x30, &der(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]));
    let validity = [der(0x18, b"20000101000000Z"), der(0x18, b"99991231235959Z")].concat();
    let names: Vec<u8> = names
        .iter()
        .flat_map(|(kind, name)| der(if *kind == 4 { 0xA0 } else { 0x80 } | kind, name))
        .collect();
    let extension = [der(6, &[0x55, 0x1D, 17]), der(4, &der(0x30, &names))].concat();
    let body = [
        der(0xA0, &der(2, &[2])),
        der(2, &[&[0x4D][..], serial].concat()),
        algorithm.clone(),
        distinguished(issuer),
        der(0x30, &validity),
        distinguished(subject),
        der(0x30, &[algorithm.clone(), der(3, &[0; 33])].concat()),
        der(0xA3, &der(0x30, &der(0x30, &extension))),
    ];
    der(
        0x30,
        &[der(0x30, &body.concat()), algorithm, der(3, &[0; 65])].concat(),
    )
}

/// `CN=name` in DER.
fn distinguished(name: &str) -> Vec<u8> {
    let attribute = [der(6, &[0x55, 4, 3]), der(12, name.as_bytes())].concat();
    der(0x30, &der(0x31, &der(0x30, &attribute)))
}

/// All redacted reports of such a capture and this text.
fn outputs(name: &str, text: &str, values: &Values) -> [String; 4] {
    let mut session = Session::new(Options::default());
    session.import(name, text, None);
    for (number, (time, data)) in (1..).zip(values.packets()) {
        session.push(&Packet {
            frame: number,
            time,
            ..crate::tests::made::raw(&data)
        });
    }
    FORMS.map(|form| {
        session.write(&Wanted {
            form,
            redact: true,
            ..Wanted::default()
        })
    })
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || "._-@%/+".contains(c)
}

/// The places of a word in a text.
fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let behind = text[at + word.len()..].chars().next();
        !before.is_some_and(in_word) && !behind.is_some_and(in_word)
    })
}

fn replaced(text: &str, word: &str, value: &str) -> String {
    let mut out = String::new();
    let mut from = 0;
    for at in places(text, word) {
        if at >= from {
            out.push_str(&text[from..at]);
            out.push_str(value);
            from = at + word.len();
        }
    }
    out + &text[from..]
}

/// The text with other words wherever it means the same with them; and which.
fn with_other_words(text: &str, random: &mut Random, used: &mut Vec<String>) -> String {
    let words: BTreeSet<&str> = text
        .split(|c| !in_word(c))
        .filter(|word| word.len() > 1 && word.parse::<IpAddr>().is_err() && !word.contains("SECRET"))
        .filter(|word| !word.split('/').any(|part| part.parse::<IpAddr>().is_ok()))
        .collect();
    let ends = ["192.0.2.10", "198.51.100.20"].map(str::to_owned);
    let mut meant = meaning(text, &ends);
    let mut out = text.to_owned();
    for word in words.into_iter().take(MAX_WORDS) {
        for value in [random.shaped(), random.name()] {
            let tried = replaced(&out, word, &value);
            let means = meaning(&tried, &ends);
            if means == meant && tried != out {
                (out, meant) = (tried, means);
                used.push(value);
                break;
            }
        }
    }
    out
}

/// The text with other addresses: two that are those of the packets, the others in networks of their own.
fn moved(text: &str, values: &Values) -> String {
    let mut out = String::new();
    let mut networks = BTreeMap::from([
        ([192, 0], begin(values.client)),
        ([198, 51], begin(values.server)),
    ]);
    let mut taken: BTreeSet<[u8; 2]> = networks.values().copied().collect();
    let mut random = Random::of("networks", values.time.unsigned_abs());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(rest.len());
        let word = rest[..length].trim_end_matches('.');
        let starts = !out.ends_with(|c: char| c.is_alphanumeric() || c == '.' || c == '-');
        match word.parse::<Ipv4Addr>() {
            Ok(a) if starts && ![0, 127, 255].contains(&a.octets()[0]) => {
                let [x, y, z, host] = a.octets();
                let private = policy::is_private(a.into());
                let to = *networks.entry([x, y]).or_insert_with(|| {
                    loop {
                        let [x, y, _] = match private {
                            true => random.private_network(),
                            false => random.public_network(),
                        };
                        if taken.insert([x, y]) {
                            break [x, y];
                        }
                    }
                });
                let _ = write!(out, "{}", Ipv4Addr::new(to[0], to[1], z, host));
                rest = &rest[word.len()..];
            }
            _ => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

fn begin(a: Ipv4Addr) -> [u8; 2] {
    let [x, y, ..] = a.octets();
    [x, y]
}

/// Strings by when each came first.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    /// What survives of a value.
    fn left(&mut self, value: &str) -> String {
        let bare = value.trim_matches('"');
        let (mark, rest) = MARKS
            .iter()
            .find_map(|mark| Some((*mark, bare.strip_prefix(mark)?)))
            .unwrap_or(("", bare));
        let first: String = rest
            .split(['/', '[', ' ', '-'])
            .next()
            .unwrap_or_default()
            .to_owned();
        let form = match first.parse::<IpAddr>() {
            Ok(a) => format!(
                "address {}{}{}",
                a.is_ipv4(),
                policy::is_private(a),
                &rest[first.len()..]
            ),
            Err(_) => format!(
                "{}{}{}",
                rest.starts_with('%'),
                rest.contains('*'),
                rest.contains('=')
            ),
        };
        let packed = rest
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
            .to_lowercase();
        let known = self.0.iter().position(|seen| *seen == packed).unwrap_or_else(|| {
            self.0.push(packed);
            self.0.len() - 1
        });
        // What names nobody is itself.
        let word = ANYBODY.iter().find(|word| **word == value).unwrap_or(&"?");
        format!("{mark}{form}{known}{word}")
    }

    fn list(&mut self, list: Option<&Lined<std::sync::Arc<Vec<String>>>>) -> Vec<String> {
        let values = list.into_iter().flat_map(|list| list.value.iter());
        values.map(|value| self.left(value)).collect()
    }

    fn id(&mut self, id: Option<&Lined<std::sync::Arc<String>>>) -> Option<(u32, String)> {
        id.map(|id| (id.line, self.left(&id.value)))
    }
}

/// What a text means beside packets between two ends, without its private values.
fn meaning(text: &str, ends: &[String; 2]) -> String {
    let p: Policy = policy::read("x", text, None);
    let mut seen = Seen::default();
    for end in ends {
        seen.left(end);
    }
    let mut out = format!("{:?} {:?} {}", p.kind, p.roles, p.addresses.len());
    for a in &p.addresses {
        let _ = write!(out, " {}", seen.left(&a.to_string()));
    }
    for c in &p.connections {
        let ids = (
            seen.left(&c.name),
            seen.id(c.local_id.as_ref()),
            seen.id(c.remote_id.as_ref()),
        );
        let ends = (
            seen.list(c.local.as_ref()),
            seen.list(c.remote.as_ref()),
            seen.list(c.barred.as_ref()),
        );
        let _ = write!(
            out,
            "\n{ids:?} {ends:?} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            c.line,
            c.version,
            c.aggressive,
            (c.either_mode, c.unread),
            c.ike,
            c.local_auth,
            c.remote_auth,
            c.begins
        );
        for child in c.children.iter() {
            let ends = (seen.list(child.local.as_ref()), seen.list(child.remote.as_ref()));
            let _ = write!(out, "\n  {ends:?} {:?} {:?}", child.proposals, child.mode);
        }
    }
    for e in &p.entries {
        let peer = e.peer.map(|peer| seen.left(&peer.to_string()));
        let spi = e.spi.map(|spi| seen.left(&spi.to_string()));
        let selectors: Vec<String> = e.selectors.iter().map(|s| seen.left(s)).collect();
        let _ = write!(
            out,
            "\n{} {:?} {peer:?} {spi:?} {:?} {:?} {:?} {:?} {selectors:?} {:?} {} {} {:?}",
            e.line,
            e.time,
            e.message,
            e.cause,
            e.received,
            e.allowed,
            e.differs,
            e.by_peer,
            e.call,
            e.refused_groups
        );
        for said in &e.detail {
            let _ = write!(out, " {}", told(said, &mut seen));
        }
    }
    for note in &p.notes {
        let _ = write!(out, "\n{} {}", note.line, told(&note.text, &mut seen));
    }
    out
}

fn told(said: &Said, seen: &mut Seen) -> String {
    let (words, values) = said.parts();
    let values: Vec<String> = values.map(|value| seen.left(&value)).collect();
    format!("{words} {values:?}")
}

#[test]
fn the_certificate_is_one() {
    let values = Values::of(&mut Random::of("certificate", 0), 0);
    let read = crate::wire::x509::Certificate::read(&values.certificate).unwrap();
    assert_eq!(read.alternative_names.len(), 4);
    assert_ne!(read.subject, read.issuer);
}

#[test]
fn packets_alone() {
    check("x", "nothing that is known\n");
    check("y", "nothing else that is known, either\n");
}
