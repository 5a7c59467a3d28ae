//! Seeds for fuzzing, from the captures and the files beside them: `seeds FOLDER` makes a folder in it for each target.

use ikewhy::wire::frame::{Content, Frame};
use ikewhy::wire::message::{Body, Message};
use ikewhy_fuzz::capture::{self, Capture, Record};
use ikewhy_fuzz::{TARGETS, abi, dialect, sources};
use ikewhy_testkit::random::Random;
use ikewhy_tests::cases::{self, Case, folders};
use ikewhy_tests::for_each;
use ikewhy_tests::tshark::sources;
use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Larger ones slow the search down and teach nothing new.
const MAX_SEED: usize = 24_000;
/// Captures of which the decrypted bytes are taken as well.
const MAX_DECRYPTED: usize = 40;

/// A folder of seeds, of which one of each shape is kept.
struct Seeds {
    folder: PathBuf,
    shapes: BTreeSet<u64>,
}

impl Seeds {
    fn new(folder: &Path, target: &str) -> Self {
        let folder = folder.join(target);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        Self {
            folder,
            shapes: BTreeSet::new(),
        }
    }

    /// Keeps a seed, if it is the first of its shape.
    fn add(&mut self, bytes: &[u8], shape: impl Hash) {
        let mut hasher = DefaultHasher::new();
        shape.hash(&mut hasher);
        let shape = hasher.finish();
        if bytes.len() <= MAX_SEED && self.shapes.insert(shape) {
            fs::write(self.folder.join(format!("{shape:016x}")), bytes).expect("written");
        }
    }
}

/// A capture with what Wireshark decrypts of it.
fn decrypted(case: &Case, mut capture: Capture) -> Capture {
    let mut records = Vec::new();
    for (frame, made) in capture.records.into_iter().zip(sources(case)) {
        records.push(frame);
        records.extend(made.iter().map(|source| Record::made(&source.data, source.kind)));
    }
    capture.records = records;
    capture
}

/// All files below a folder.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() {
        return folders(path).iter().flat_map(|path| files(path)).collect();
    }
    vec![path.to_owned()]
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("seeds FOLDER"));
    let mut seeds: Vec<_> = (TARGETS.iter())
        .map(|(name, _)| (*name, Seeds::new(&folder, name)))
        .collect();
    let mut add = |target: &str, bytes: &[u8], shape: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        shape(&mut hasher);
        let (_, seeds) = seeds
            .iter_mut()
            .find(|(name, _)| *name == target)
            .expect("a target");
        seeds.add(bytes, hasher.finish());
    };

    let cases = cases::all();
    let mut with_keys: Vec<_> = cases.iter().filter(|case| !case.tables.is_empty()).collect();
    let step = (with_keys.len() / MAX_DECRYPTED).max(1);
    with_keys = with_keys.into_iter().step_by(step).collect();
    for case in &with_keys {
        let rows = case.rows().into_iter();
        let table: String = rows.map(|(_, row)| format!("{row}\n")).collect();
        let bytes = [table.as_bytes(), &[0], &fs::read(&case.path).expect("a capture")].concat();
        add("keys", &bytes, &|h| bytes.hash(h));
    }
    for case in &cases {
        for file in case.files() {
            let (text, capture) = (fs::read(&file), fs::read(&case.path));
            let bytes = [text.expect("a text"), vec![0], capture.expect("a capture")].concat();
            add("redaction", &bytes, &|h| {
                (&case.expect.verdicts, file.file_name()).hash(h)
            });
        }
        // Drawn, for want of anything that is written so.
        let mut random = Random::of(&case.name, 0);
        let operations: Vec<u8> = (0..100).map(|_| random.number() as u8).collect();
        add("store", &operations, &|h| {
            (operations[0] % 16, operations[1] % 20).hash(h)
        });
    }
    let open = for_each(&with_keys, |case| {
        let bytes = fs::read(&case.path).expect("a capture");
        decrypted(case, capture::read(&bytes).expect("a capture"))
    });
    let plain = cases
        .iter()
        .filter_map(|case| capture::read(&fs::read(&case.path).ok()?));
    for capture in plain.chain(open) {
        let bytes = capture::write(&capture);
        add("capture", &bytes, &|h| bytes.hash(h));
        for file in sources::forms(&bytes) {
            add("sources", &file, &|h| (file.get(..4), bytes.len() / 512).hash(h));
        }
        let data: Vec<&[u8]> = capture.records.iter().map(|record| &record.data[..]).collect();
        let calls = abi::script(&data[..data.len().min(12)]);
        add("abi", &calls, &|h| calls.hash(h));
        for record in &capture.records {
            let link = u16::try_from(capture.link_type).unwrap_or(1);
            let [high, low] = link.to_be_bytes();
            let frame = [&[high, low, 255, 0], &record.data[..]].concat();
            add("frame", &frame, &|h| (link, record.data.len() / 8).hash(h));
            let look = Frame {
                link_type: capture.link_type,
                data: &record.data,
                ip_hint: None,
                known_ike: false,
            };
            match look.datagram().map(|datagram| datagram.content) {
                Some(Content::Ike { message: bytes, .. }) => {
                    let Some(message) = Message::parse(bytes) else {
                        continue;
                    };
                    let kinds: Vec<u8> = message.payloads.iter().map(|payload| payload.kind).collect();
                    let header = message.header;
                    add("message", &[&[0], bytes].concat(), &|h| {
                        (header.major, header.exchange, header.flags, &kinds).hash(h);
                    });
                }
                Some(Content::L2tp { message, .. }) => add("l2tp", message, &|h| message.hash(h)),
                _ => {}
            }
            for (major, first) in [(1, 5), (1, 8), (2, 35), (2, 36)] {
                let (payloads, defects) = Message::parse_payloads(first, major, &record.data);
                if payloads.len() > 1 && defects.is_empty() {
                    let bytes = [&[1, first, major - 1], &record.data[..]].concat();
                    add("message", &bytes, &|h| (major, first, payloads.len()).hash(h));
                    for payload in &payloads {
                        if let Body::Certificate { data, .. } = payload.body {
                            add("certificate", data, &|h| data.hash(h));
                        }
                    }
                }
            }
        }
    }
    for path in files(&ikewhy_tests::root().join("captures")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let binary = [".pcap", ".toml", ".py", ".md"]
            .iter()
            .any(|end| name.ends_with(end));
        if let (false, Ok(bytes)) = (binary, fs::read(&path)) {
            add("policy", &bytes, &|h| bytes.hash(h));
            for seed in dialect::seeds(&bytes) {
                add("dialect", &seed, &|h| seed.hash(h));
            }
        }
    }
}
