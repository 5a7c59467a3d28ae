//! Every input that ever broke a promise, and some of every capture: nothing of it may do so again.

use ikewhy_fuzz::{TARGETS, capture};
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
                if let Some(octet) = part.get_mut(at) {
                    *octet = octet.wrapping_add(seed as u8);
                }
                length
            };
            println!("capture {number}, seed {seed}"); // shown if it fails
            changed = capture::mutate(&changed, seed, flip).unwrap_or(changed);
            capture::check(&changed);
        }
    }
}
