//! Every input that ever broke a promise, and some of every capture: nothing of it may do so again.

use ikewhy_fuzz::{TARGETS, abi, capture, dialect, sources};
use std::fs;
use std::path::Path;

/// The files of a folder by name; none if it is not there.
fn inputs(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut inputs: Vec<_> = entries
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            Some((name, fs::read(entry.path()).ok()?))
        })
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn what_was_found_once_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    for (target, check) in TARGETS {
        for (name, input) in inputs(&folder.join(target)) {
            println!("{target}/{name}"); // shown if it fails
            check(&input);
        }
    }
    for (name, _) in inputs(&folder) {
        assert!(
            TARGETS.iter().any(|(target, _)| *target == name),
            "{name} is no target"
        );
    }
}

/// A little of what `make fuzz` does, without libFuzzer: captures as networks and attackers change them.
#[test]
fn changed_captures_are_survived() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures");
    let mut folders: Vec<_> = fs::read_dir(folder).expect("captures").flatten().collect();
    folders.sort_by_key(fs::DirEntry::file_name);
    let captures = folders.iter().map(|folder| folder.path().join("client.pcap"));
    for (number, capture) in captures
        .filter_map(|path| fs::read(path).ok())
        .enumerate()
        .step_by(3)
    {
        let mut changed = capture;
        for round in 0..6 {
            let seed = number as u32 * 100 + round;
            let flip = |part: &mut [u8], length: usize, _: usize| {
                let at = (seed as usize * 7919) % length.max(1);
                if let Some(byte) = part.get_mut(at) {
                    *byte = byte.wrapping_add(seed as u8);
                }
                length
            };
            println!("capture {number}, seed {seed}"); // shown if it fails
            changed = capture::mutate(&changed, seed, flip).unwrap_or(changed);
            capture::check(&changed);
        }
    }
}

/// How often each target is tried blindly, the same on every machine: what is found here is found everywhere.
fn blindly(target: &str) -> u32 {
    match target {
        "capture" | "certificate" | "policy" | "redaction" | "store" => 200,
        _ => 5000,
    }
}

/// Numbers that look random, the same in each run.
struct Dice(u64);

impl Dice {
    /// From 0 to below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % sides.max(1)
    }
}

/// Bytes changed as libFuzzer changes them: set, flipped, left out, doubled, cut, mixed with others.
fn changed(mut bytes: Vec<u8>, other: &[u8], dice: &mut Dice) -> Vec<u8> {
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(bytes.len());
        let end = (at + 1 + dice.roll(16)).min(bytes.len());
        match dice.roll(7) {
            0 if at < bytes.len() => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][dice.roll(5)],
            1 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            2 if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(dice.roll(7) as u8),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            5 if dice.roll(4) == 0 => bytes.truncate(at),
            _ => {
                let from = dice.roll(other.len());
                let part = &other[from..(from + 1 + dice.roll(24)).min(other.len())];
                bytes.splice(at..end, part.iter().copied());
            }
        }
    }
    bytes
}

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            folder if folder.is_dir() => files(&folder, found),
            file => found.push(file),
        }
    }
}

/// The same for each target, in every run of the tests: bytes of captures and configurations, changed blindly.
#[test]
fn bytes_changed_blindly_are_survived() {
    let mut paths = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures"),
        &mut paths,
    );
    paths.sort();
    let (captures, texts): (Vec<_>, Vec<_>) = paths
        .into_iter()
        .partition(|path| path.extension().is_some_and(|ending| ending == "pcap"));
    let read = |path: &std::path::PathBuf| fs::read(path).ok().filter(|bytes| bytes.len() < 24_000);
    // The tables of a capture, then the capture.
    let with_keys = |path: &std::path::PathBuf| {
        let folder = fs::read_dir(path.parent()?.join("keys")).ok()?;
        let tables = folder.flatten().filter_map(|entry| fs::read(entry.path()).ok());
        Some([tables.collect::<Vec<_>>().concat(), vec![0], read(path)?].concat())
    };
    let keyed: Vec<_> = captures.iter().step_by(9).filter_map(with_keys).collect();
    let captures: Vec<_> = captures.iter().step_by(9).filter_map(read).collect();
    let texts: Vec<_> = texts.iter().step_by(5).filter_map(read).collect();
    let frames: Vec<Vec<u8>> = captures
        .iter()
        .filter_map(|bytes| capture::read(bytes))
        .flat_map(|capture| capture.records)
        .map(|record| record.data)
        .collect();
    // What is behind Ethernet, IPv4 and UDP, or a message after its marker.
    let after = |head: &[u8], skip: usize| -> Vec<Vec<u8>> {
        let rest = frames.iter().filter_map(|frame| frame.get(skip..));
        rest.map(|rest| [head, rest].concat()).collect()
    };
    for (name, check) in TARGETS {
        let seeds = match *name {
            "abi" => frames
                .chunks(6)
                .map(|frames| abi::script(&frames.iter().map(Vec::as_slice).collect::<Vec<_>>()))
                .collect(),
            "capture" => captures.clone(),
            "frame" => after(&[0, 1, 255, 0], 0),
            "keys" => keyed.clone(),
            "message" => [after(&[0], 42), after(&[0], 46)].concat(),
            "policy" => texts.clone(),
            "dialect" => texts.iter().flat_map(|text| dialect::seeds(text)).collect(),
            "redaction" => captures
                .iter()
                .zip(texts.iter().cycle())
                .map(|(capture, text)| [text, &[0][..], capture].concat())
                .collect(),
            "store" => (0..64_u8)
                .map(|n| (0..90).map(|at: u8| at.wrapping_mul(n).wrapping_add(n)).collect())
                .collect(),
            "sources" => captures.iter().flat_map(|file| sources::forms(file)).collect(),
            _ => after(&[], 42),
        };
        assert!(seeds.len() > 10, "{name}");
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        for _ in 0..blindly(name) {
            let (one, other) = (dice.roll(seeds.len()), dice.roll(seeds.len()));
            let input = changed(seeds[one].clone(), &seeds[other], &mut dice);
            let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("blindly-{name}"));
            let survived = std::panic::catch_unwind(|| check(&input));
            if survived.is_err() {
                fs::write(&kept, &input).expect("written");
                panic!(
                    "{name}: {}, to be put into fuzz/regressions/{name}",
                    kept.display()
                );
            }
        }
    }
}
