//! The corpus: every case of `captures/` with its truth, and whether the corpus itself is sound.
//!
//! A case is a folder with `scenario.toml`, `{client,server}.pcap` as far as that side saw anything, and `keys/`,
//! Wireshark's decryption tables. What does not add up here is a fault of a label, not of the engine.

use crate::cases::{Expect, folders};
use crate::pcap;
use ikewhy::rules::{Class, RULES};
use ikewhy::wire::frame::{Content, Frame};
use ikewhy::wire::message::{Header, Message, Spi};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Every verdict that may be given, with its stage; those without a rule yet included.
const VERDICTS: [(&str, &str); 41] = [
    ("established", "up"),
    ("in-progress", "up"),
    ("start-not-captured", "up"),
    ("scan", "contact"),
    ("no-response", "contact"),
    ("peer-unreachable", "contact"),
    ("return-path-blocked", "contact"),
    ("port-4500-blocked", "contact"),
    ("fragments-lost", "contact"),
    ("stalled", "contact"),
    ("version-mismatch", "ike-sa"),
    ("mode-mismatch", "ike-sa"),
    ("ike-proposal-mismatch", "ike-sa"),
    ("no-matching-connection", "ike-sa"),
    ("key-exchange-mismatch", "ike-sa"),
    ("psk-mismatch", "auth"),
    ("psk-missing", "auth"),
    ("identity-rejected", "auth"),
    ("auth-method-mismatch", "auth"),
    ("certificate-rejected", "auth"),
    ("eap-failed", "auth"),
    ("xauth-failed", "auth"),
    ("authentication-failed", "auth"),
    ("child-proposal-mismatch", "child-sa"),
    ("pfs-mismatch", "child-sa"),
    ("selector-mismatch", "child-sa"),
    ("encapsulation-mismatch", "child-sa"),
    ("child-refused", "child-sa"),
    ("address-assignment-failed", "child-sa"),
    ("responder-failure", "child-sa"),
    ("rekey-failed", "rekey"),
    ("peer-dead", "rekey"),
    ("deleted-early", "rekey"),
    ("esp-blocked", "esp"),
    ("esp-integrity-interop", "esp"),
    ("path-mtu", "esp"),
    ("nat-client-conflict", "esp"),
    ("nat-server-policy", "esp"),
    ("l2tp-cleartext", "l2tp"),
    ("l2tp-no-reply", "l2tp"),
    ("ppp-failed", "l2tp"),
];

/// Verdicts that say nothing failed, as far as can be seen.
const NO_FAILURE: [&str; 4] = ["established", "in-progress", "start-not-captured", "scan"];

/// What may be said to differ.
const ATTRIBUTES: [&str; 20] = [
    "protocol",
    "encryption",
    "key-length",
    "integrity",
    "hash",
    "prf",
    "dh-group",
    "auth-method",
    "lifetime",
    "mode",
    "encapsulation",
    "selectors",
    "identity",
    "esn",
    "certificate",
    "certificate-authority",
    "certificate-validity",
    "version",
    "pfs",
    "additional-key-exchange",
];

const TABLES: [&str; 3] = ["ikev1_decryption_table", "ikev2_decryption_table", "esp_sa"];

/// The corpus stays below this many bytes.
pub const MAX_SIZE: u64 = 30_000_000;
/// It has at least so many cases,
pub const MIN_CASES: usize = 120;
/// and so many of them healthy or open.
pub const MIN_HEALTHY: usize = 40;

/// What `scenario.toml` says, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
pub struct Scenario {
    /// One line.
    pub title: String,
    /// What really happened.
    pub truth: Truth,
    /// What is expected of each capture, by side.
    pub expect: BTreeMap<String, Expect>,
    client: Option<Peer>,
    server: Option<Peer>,
    derive: Option<Derive>,
}

/// What really happened.
#[derive(Clone, Debug, Deserialize)]
pub struct Truth {
    /// In words.
    pub cause: String,
    /// As a verdict.
    pub verdict: String,
    /// Nothing is wrong, or nothing that the captures hold.
    pub healthy: bool,
    /// The packets alone tell the cause.
    pub wire_decidable: bool,
    /// Not between two real daemons.
    #[serde(default)]
    pub synthetic: bool,
    /// The side that refuses, where it is not the server: its files say why.
    pub refused_by: Option<String>,
    /// What differs between the peers.
    #[serde(default)]
    pub differs: Vec<String>,
    /// Why a verdict other than expected would be no wonder.
    pub note: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Peer {
    #[serde(default = "usual")]
    stack: String,
}

fn usual() -> String {
    "strongswan".to_owned()
}

#[derive(Clone, Debug, Deserialize)]
struct Derive {
    from: String,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its folder's name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it says.
    pub scenario: Scenario,
}

impl Case {
    /// Rules must not be tuned on it.
    #[must_use]
    pub fn held_out(&self) -> bool {
        held_out(&self.name)
    }

    /// One line why a miss may be no wonder, or at least what there was to find.
    #[must_use]
    pub fn why(&self) -> &str {
        let truth = &self.scenario.truth;
        truth.note.as_ref().unwrap_or(&truth.cause)
    }

    /// Its captures: side and what is expected of it. None before somebody makes them.
    pub fn captures(&self) -> impl Iterator<Item = (&str, &Expect)> {
        let expect = self.scenario.expect.iter();
        let named = expect.map(|(side, expect)| (side.as_str(), expect));
        named.filter(|(side, _)| self.capture(side).is_file())
    }

    /// The capture of a side.
    #[must_use]
    pub fn capture(&self, side: &str) -> PathBuf {
        self.folder.join(side).with_extension("pcap")
    }

    /// Decryption tables, if there are any.
    #[must_use]
    pub fn keys(&self) -> Vec<PathBuf> {
        folders(&self.folder.join("keys"))
    }
}

/// The corpus as it was read.
#[derive(Debug, Default)]
pub struct Corpus {
    /// By name.
    pub cases: Vec<Case>,
    /// What could not be read.
    pub unreadable: Vec<String>,
    /// Bytes in the case folders.
    pub size: u64,
}

/// The fixed rule that splits the corpus: CRC-32 of the name, modulo 3, is 0.
#[must_use]
pub fn held_out(name: &str) -> bool {
    crc(name).is_multiple_of(3)
}

/// Of a sample, the same one each time: one name in so many; with `IKEWHY_WHOLE` every one.
#[must_use]
pub fn is_sampled(name: &str, one_in: u32) -> bool {
    std::env::var_os("IKEWHY_WHOLE").is_some() || (crc(name) >> 8).is_multiple_of(one_in)
}

/// CRC-32 (IEEE 802.3).
fn crc(name: &str) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !name
        .bytes()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(byte), step))
}

/// Reads a folder of cases.
#[must_use]
pub fn read(captures: &Path) -> Corpus {
    let mut corpus = Corpus::default();
    for folder in folders(captures) {
        let Ok(text) = fs::read_to_string(folder.join("scenario.toml")) else {
            continue;
        };
        let name = folder.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        corpus.size += size(&folder);
        match toml::from_str(&text) {
            Ok(scenario) => corpus.cases.push(Case {
                name,
                folder,
                scenario,
            }),
            Err(error) => corpus
                .unreadable
                .push(format!("{name}: scenario.toml: {}", error.message())),
        }
    }
    corpus
}

fn size(path: &Path) -> u64 {
    if path.is_dir() {
        return folders(path).iter().map(|below| size(below)).sum();
    }
    fs::symlink_metadata(path).map_or(0, |file| file.len())
}

/// Every verdict with its stage: those known here, and what rules have added since.
pub fn verdicts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let rules = RULES.iter().filter(|rule| rule.class != Class::Note);
    let added = rules.filter(|rule| VERDICTS.iter().all(|(id, _)| *id != rule.id.name()));
    let added = added.map(|rule| (rule.id.name(), rule.stage.name()));
    VERDICTS.into_iter().chain(added)
}

/// The stage of a verdict; empty for an id nobody knows.
#[must_use]
pub fn stage(verdict: &str) -> &'static str {
    let known = verdicts().find(|(id, _)| *id == verdict);
    known.map_or("", |(_, stage)| stage)
}

/// The ids of `a|b`.
pub fn ids(expected: &str) -> impl Iterator<Item = &str> {
    expected.split('|')
}

/// Nothing has failed in any reading of `a|b`.
#[must_use]
pub fn no_failure(expected: &str) -> bool {
    ids(expected).all(|id| NO_FAILURE.contains(&id))
}

impl Corpus {
    /// What does not add up.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = self.unreadable.clone();
        for rule in RULES {
            let known = stage(rule.id.name());
            if rule.class == Class::Failure && known != rule.stage.name() {
                complaints.push(format!(
                    "rule {}: stage {}, not {known:?}",
                    rule.id.name(),
                    rule.stage.name()
                ));
            }
        }
        for case in &self.cases {
            if case.captures().next().is_none() {
                complaints.push(format!("{}: has no capture", case.name));
                continue;
            }
            let problems = self.problems(case).into_iter();
            complaints.extend(problems.map(|problem| format!("{}: {problem}", case.name)));
        }
        complaints
    }

    fn problems(&self, case: &Case) -> Vec<String> {
        let Case { folder, scenario, .. } = case;
        let truth = &scenario.truth;
        let mut problems = Vec::new();
        if stage(&truth.verdict).is_empty() {
            problems.push(format!("unknown verdict {}", truth.verdict));
        }
        if truth.healthy && !no_failure(&truth.verdict) {
            problems.push(format!("healthy, and {}", truth.verdict));
        }
        for unknown in truth
            .differs
            .iter()
            .filter(|name| !ATTRIBUTES.contains(&name.as_str()))
        {
            problems.push(format!("unknown attribute {unknown}"));
        }
        for (side, expect) in &scenario.expect {
            let shown = expect.attributes.iter().chain(&expect.attributes_with_keys);
            for more in shown.filter(|name| !truth.differs.contains(name)) {
                problems.push(format!("{side} shows {more}, which does not differ"));
            }
        }
        if scenario.expect.is_empty() {
            problems.push("expects nothing".into());
        }
        if let Some(Derive { from }) = &scenario.derive
            && !self.cases.iter().any(|other| other.name == *from)
        {
            problems.push(format!("is derived from {from}, which does not exist"));
        }
        for path in case.keys() {
            let table = path.file_name().unwrap_or_default();
            if !TABLES.iter().any(|known| table == *known) {
                problems.push(format!("keys/{}: not a table of Wireshark's", table.display()));
            }
        }
        for side in ["client", "server"] {
            if case.capture(side).is_file() != scenario.expect.contains_key(side) {
                problems.push(format!("{side}: a capture without expectation, or the reverse"));
            }
        }
        for (side, expect) in &scenario.expect {
            let mut complain = |what: String| problems.push(format!("{side}: {what}"));
            let named = expect
                .verdicts
                .iter()
                .chain(&expect.never)
                .chain(&expect.with_keys);
            for unknown in named.flat_map(|one| ids(one)).filter(|id| stage(id).is_empty()) {
                complain(format!("unknown verdict {unknown}"));
            }
            for expected in expect.verdicts.iter().chain(&expect.with_keys) {
                if truth.healthy && !no_failure(expected) {
                    complain(format!("healthy, and expects {expected}"));
                }
                for never in expect
                    .never
                    .iter()
                    .filter(|never| ids(expected).any(|id| id == *never))
                {
                    complain(format!("both expects {never} and never does"));
                }
            }
            if !expect.with_keys.is_empty() {
                if expect.with_keys.len() != expect.verdicts.len() {
                    complain("not as many verdicts with keys as without".into());
                }
                if case.keys().is_empty() {
                    complain("expects something with keys, but has no keys".into());
                }
            }
            let capture = folder.join(side).with_extension("pcap");
            if capture.is_file()
                && let Err(problem) = Seen::in_capture(&capture).explains(expect.verdicts.len())
            {
                complain(problem);
            }
        }
        problems
    }

    /// The stacks that take part in a case.
    fn stacks(&self, case: &Case) -> BTreeSet<String> {
        let scenario = &case.scenario;
        if let Some(from) = &scenario.derive
            && let Some(origin) = self.cases.iter().find(|other| other.name == from.from)
            && origin.scenario.derive.is_none()
        {
            return self.stacks(origin);
        }
        let peers = [&scenario.client, &scenario.server].into_iter().flatten();
        peers.map(|peer| peer.stack.clone()).collect()
    }

    /// Which verdicts have cases.
    #[must_use]
    pub fn coverage(&self) -> Vec<Coverage> {
        let covered = |(verdict, stage): (&'static str, &'static str)| {
            let mut coverage = Coverage {
                verdict,
                stage,
                rule: RULES.iter().any(|rule| rule.id.name() == verdict),
                ..Coverage::default()
            };
            for case in &self.cases {
                let truth = &case.scenario.truth;
                let expects: Vec<_> = case.scenario.expect.values().collect();
                let has = |list: fn(&Expect) -> &Vec<String>, fits: &dyn Fn(&str) -> bool| {
                    expects
                        .iter()
                        .any(|expect| list(expect).iter().any(|one| fits(one)))
                };
                let is = |one: &str| one == verdict;
                let names = |one: &str| ids(one).any(is);
                coverage.cause += usize::from(truth.verdict == verdict);
                coverage.alone += usize::from(has(|e| &e.verdicts, &is));
                coverage.among += usize::from(has(|e| &e.verdicts, &|one| names(one) && !is(one)));
                coverage.with_keys += usize::from(has(|e| &e.with_keys, &names));
                coverage.never += usize::from(has(|e| &e.never, &is));
                if truth.verdict == verdict {
                    coverage.stacks.extend(self.stacks(case));
                }
            }
            coverage
        };
        verdicts().map(covered).collect()
    }
}

/// How many cases a verdict has.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The verdict.
    pub verdict: &'static str,
    /// Its stage.
    pub stage: &'static str,
    /// The engine has a rule for it.
    pub rule: bool,
    /// Cases of which it is the true cause.
    pub cause: usize,
    /// Cases that expect this and nothing else.
    pub alone: usize,
    /// Cases where it is one of several honest answers.
    pub among: usize,
    /// Cases that expect it once there are keys.
    pub with_keys: usize,
    /// Near misses: cases that must never get it.
    pub never: usize,
    /// Stacks in the cases of which it is the cause.
    pub stacks: BTreeSet<String>,
}

/// A snap length of 64 cuts into the fixed header: only its length (RFC 7296 3.1) and message ID, which nothing here needs.
fn whole_header(message: &[u8]) -> Vec<u8> {
    const FLAGS: usize = 20;
    const HEADER: usize = 28;
    let mut header = message.to_vec();
    if header.len() >= FLAGS {
        header.resize(header.len().max(HEADER), 0);
    }
    header
}

/// What can be counted in a capture without understanding it.
#[derive(Debug, Default)]
struct Seen {
    /// Initiator SPIs of negotiations.
    spis: BTreeSet<Spi>,
    /// The same by pair of peers: scanners use one SPI for many.
    pairs: BTreeSet<(Spi, [IpAddr; 2])>,
    /// Initiator SPIs that come up in the middle of IKEv2 talk: rekeyed IKE SAs, or a story that began elsewhere.
    rekeyed: BTreeSet<Spi>,
    /// Pairs of peers that speak L2TP in clear.
    l2tp: BTreeSet<[IpAddr; 2]>,
    /// Pairs of peers with ESP.
    esp: BTreeSet<[IpAddr; 2]>,
}

impl Seen {
    fn in_capture(path: &Path) -> Self {
        const IKE_SA_INIT: u8 = 34;
        let mut seen = Self::default();
        for frame in pcap::read(path) {
            let frame = Frame {
                link_type: frame.link_type,
                data: &frame.data,
                ip_hint: None,
                known_ike: false,
            };
            let Some(datagram) = frame.datagram() else {
                continue;
            };
            let mut pair = [datagram.source, datagram.destination];
            pair.sort();
            let message = match datagram.content {
                Content::Ike { message, .. } => message,
                Content::Fragment { udp: Some(head), .. } => head.message,
                Content::L2tp { .. } => {
                    seen.l2tp.insert(pair);
                    continue;
                }
                Content::Esp { .. } => {
                    seen.esp.insert(pair);
                    continue;
                }
                _ => continue,
            };
            let Some(Header {
                initiator_spi: spi,
                responder_spi,
                exchange,
                major,
                ..
            }) = Message::parse(&whole_header(message)).map(|message| message.header)
            else {
                continue;
            };
            // ESP and others on the ports of IKE, and headers whose SPIs stand in the wrong order, begin nothing.
            let assigned = matches!((major, exchange), (1, 1..=6 | 32 | 33) | (2, 34..=44));
            if !assigned || seen.spis.contains(&responder_spi) {
                continue;
            }
            let known = seen.spis.contains(&spi);
            if !known
                && major == 2
                && exchange != IKE_SA_INIT
                && seen.pairs.iter().any(|(_, other)| *other == pair)
            {
                seen.rekeyed.insert(spi);
                continue;
            }
            seen.spis.insert(spi);
            seen.pairs.insert((spi, pair));
        }
        seen
    }

    /// Do so many expectations fit?
    fn explains(&self, expected: usize) -> Result<(), String> {
        let clear = self.l2tp.len();
        let alone = usize::from(self.spis.is_empty() && !self.esp.is_empty());
        let more = clear + alone + self.rekeyed.len();
        let fits = |count: usize| (count..=count + more).contains(&expected);
        if fits(self.spis.len()) || fits(self.pairs.len()) {
            return Ok(());
        }
        let (spis, pairs) = (self.spis.len(), self.pairs.len());
        Err(format!(
            "{expected} verdicts expected, but {spis} initiator SPIs ({pairs} with their peers, {clear} pairs with clear L2TP)"
        ))
    }
}

/// A public capture beside the project.
#[derive(Clone, Debug)]
pub struct Public {
    /// File name.
    pub name: String,
    /// The capture.
    pub path: PathBuf,
    /// What happens in it: `SUCCESS`, `FAILURE`, `SCAN`, ...
    pub kind: String,
    /// Decryption table.
    pub keys: Option<PathBuf>,
}

/// The public captures that an INDEX.tsv lists; none where there is no such folder.
#[must_use]
pub fn public(folder: &Path) -> Vec<Public> {
    let index = fs::read_to_string(folder.join("INDEX.tsv")).unwrap_or_default();
    let mut lines = index.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let Some(head) = lines.next() else {
        return Vec::new();
    };
    let column = |title: &str| head.iter().position(|one| *one == title);
    let (file, what, keys) = (column("file"), column("what_happens"), column("decryption_keys"));
    let cell = |line: &[&str], column: Option<usize>| {
        let cell = column.and_then(|column| line.get(column).copied());
        cell.unwrap_or_default().to_owned()
    };
    let listed = lines.map(|line| {
        let (name, what, keys) = (cell(&line, file), cell(&line, what), cell(&line, keys));
        let kind = what.trim_start_matches('[');
        let end = kind.find(|c: char| !c.is_ascii_uppercase() && c != '-');
        Public {
            path: folder.join(&name),
            kind: kind[..end.unwrap_or(kind.len())].to_owned(),
            keys: Some(folder.join(&keys)).filter(|path| !keys.is_empty() && path.is_file()),
            name,
        }
    });
    listed.filter(|public| public.path.is_file()).collect()
}
