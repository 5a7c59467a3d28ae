//! The engine with a reader of its own says what the plugin says: `Session::json` of what `ikewhy-sources` reads is what
//! `tshark -z ikewhy,json` prints, byte for byte.
//!
//! A sample of the corpus, chosen by the captures' names, and the corpus merged into two captures; with `IKEWHY_WHOLE=1` all of
//! it, and with `IKEWHY_CAPTURES=folder` all captures of that folder as well.

use ikewhy::session::{Options, Session};
use ikewhy_sources::{Capture, Unreadable, feed};
use ikewhy_tests::cases::{Case, all, folders, merged};
use ikewhy_tests::corpus::is_sampled;
use ikewhy_tests::tshark::tshark;
use ikewhy_tests::{engine, for_each, pcap, quietly};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What only Wireshark can know: that it takes a frame on IKE's ports for another protocol.
const ONLY_WIRESHARK: &str = "other-protocol-claims-frame";

fn cases(one_in: u32) -> Vec<Case> {
    let mut cases = all();
    cases.retain(|case| is_sampled(&case.name, one_in));
    assert!(cases.len() > 10);
    cases
}

/// The document, and what is wrong with the file.
fn read(path: &Path) -> Result<(String, Option<String>), Unreadable> {
    let mut capture = Capture::open(path)?;
    let mut session = Session::new(Options::default());
    feed(&mut capture, &mut session);
    let damage = capture.damage().map(ToString::to_string);
    Ok((session.json(), damage))
}

fn whole(path: &Path) -> String {
    let (json, damage) = read(path).unwrap_or_else(|error| panic!("{} {error}", path.display()));
    assert_eq!(damage, None, "{}", path.display());
    json
}

/// What a document says, without what only Wireshark can know.
fn known_to_all(json: &str) -> Value {
    let mut document: Value = serde_json::from_str(json).expect("JSON");
    for negotiation in document["negotiations"].as_array_mut().expect("a list") {
        let notes = negotiation["notes"].as_array_mut().expect("a list");
        notes.retain(|note| note["id"] != ONLY_WIRESHARK);
    }
    document
}

/// What differs; and whether the plugin says more, because only Wireshark can know it.
fn compare(name: &str, read: &str, plugin: &str) -> (Option<String>, bool) {
    if read == plugin {
        return (None, false);
    }
    let (one, other) = (known_to_all(read), known_to_all(plugin));
    let more = plugin.contains(ONLY_WIRESHARK);
    if more && one == other {
        return (None, true);
    }
    let lines = |value| serde_json::to_string_pretty(value).expect("text");
    let (one, other) = (lines(&one), lines(&other));
    let differ = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    (Some(format!("{name}: {differ:?}")), more)
}

fn assert_same(paths: &[(String, PathBuf)]) {
    let found = for_each(paths, |(name, path)| {
        let mut command = tshark();
        command.args(["-n", "-q", "-z", "ikewhy,json", "-r"]).arg(path);
        let output = command.output().expect("tshark runs");
        let plugin = String::from_utf8(output.stdout).expect("UTF-8");
        match read(path) {
            Ok((json, damage)) => {
                let (differ, more) = compare(name, &json, &plugin);
                // Both say of a damaged file that it is.
                let also = damage.is_some() != output.stderr.is_empty();
                let damage = (!also).then(|| format!("{name}: {damage:?}, {:?}", output.stderr));
                (differ.or(damage), more)
            }
            Err(error) => (Some(format!("{name} {error}")), false),
        }
    });
    let differ: Vec<_> = found.iter().filter_map(|(differ, _)| differ.as_deref()).collect();
    for ((name, _), _) in paths.iter().zip(&found).filter(|(_, (_, more))| *more) {
        println!("{name}: Wireshark knows more");
    }
    assert!(
        differ.is_empty(),
        "{} captures:\n{}",
        differ.len(),
        differ.join("\n")
    );
}

#[test]
fn the_reader_and_the_plugin_say_the_same() {
    let mut cases = cases(16);
    cases.extend(merged());
    let mut paths: Vec<_> = cases.into_iter().map(|case| (case.name, case.path)).collect();
    if let Some(folder) = std::env::var_os("IKEWHY_CAPTURES") {
        let captures = folders(Path::new(&folder));
        let captures = captures
            .into_iter()
            .filter(|path| path.to_string_lossy().contains(".pcap"));
        paths.extend(captures.map(|path| (path.display().to_string(), path)));
    }
    assert_same(&paths);
}

/// Peers' files are opened by the same code, and what they add is the same.
#[test]
fn with_the_peers_files_as_well() {
    let mut cases = cases(16);
    cases.retain(|case| !case.files().is_empty());
    assert!(cases.len() > 10);
    let found = for_each(&cases, |case| {
        let files = case.files();
        let mut command = tshark();
        command.args(["-n", "-q", "-z", "ikewhy,json", "-o"]);
        command.arg(format!("ikewhy.peer_files:{}", engine::list(&files)));
        let plugin = quietly(command.arg("-r").arg(&case.path));
        let read = engine::session(&case.path, &[], &files).json();
        compare(&case.name, &read, &plugin).0
    });
    let differ: Vec<_> = found.into_iter().flatten().collect();
    assert!(
        differ.is_empty(),
        "{} captures:\n{}",
        differ.len(),
        differ.join("\n")
    );
}

/// A datagram in fragments as an attacker sends them: in any order, again, overlapping with other bytes, too long.
fn fragments(id: u16, message: &[u8], dice: &mut impl FnMut(usize) -> usize) -> Vec<Vec<u8>> {
    let whole = pcap::udp((500, 500), message);
    let (head, datagram) = whole.split_at(34);
    let mut fragments = Vec::new();
    let mut from = 0;
    while from < datagram.len() {
        let to = (from + 8 * (1 + dice(12))).min(datagram.len());
        fragments.push((from, to < datagram.len(), datagram[from..to].to_vec()));
        from = to;
    }
    for _ in 0..dice(3) {
        let (from, more, mut data) = fragments[dice(fragments.len())].clone();
        data.truncate(8 * (1 + dice(4)));
        data.extend(vec![0xEE; 8 * dice(3)]);
        let earlier = 8 * dice(2).min(from / 8);
        fragments.push((from - earlier, more || dice(4) > 0, data));
    }
    for last in (1..fragments.len()).rev() {
        fragments.swap(last, dice(last + 1));
    }
    let frames = fragments.into_iter().map(|(from, more, data)| {
        let place = (from / 8) as u16 | if more { 0x2000 } else { 0 };
        let mut frame = [head, &data].concat();
        frame[16..18].copy_from_slice(&(data.len() as u16 + 20).to_be_bytes());
        frame[18..20].copy_from_slice(&id.to_be_bytes());
        frame[20..22].copy_from_slice(&place.to_be_bytes());
        // Each datagram between peers of its own.
        frame[28..30].copy_from_slice(&id.to_be_bytes());
        frame
    });
    frames.collect()
}

#[test]
fn fragments_are_put_together_as_in_wireshark() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fragments.pcap");
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut dice = |sides: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as usize % sides
    };
    let failed = all()
        .into_iter()
        .find(|case| case.name == "l2tp-psk-differs-strongswan/client");
    let frames = pcap::read(&failed.expect("a capture").path);
    let mut made = Vec::new();
    for id in 0..400 {
        made.extend(fragments(id, &frames[id as usize % 4].data[42..], &mut dice));
    }
    pcap::write(&path, made.into_iter());
    assert_same(&[("fragments".to_owned(), path)]);
}

/// A capture is the same in all formats; Wireshark's own tools write them.
#[test]
fn all_formats_are_read_alike() {
    const FORMATS: [&str; 5] = ["pcapng", "nsecpcap", "pcap", "modpcap", "suse6_3pcap"];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reader");
    std::fs::create_dir_all(&folder).expect("a folder");
    for case in cases(24) {
        let expected = whole(&case.path);
        for format in FORMATS {
            let path = folder.join(format!("{}.{format}", case.name.replace('/', "-")));
            let said = quietly(
                Command::new("editcap")
                    .args(["-F", format])
                    .args([&case.path, &path]),
            );
            assert_eq!(said, "");
            assert_eq!(whole(&path), expected, "{}", path.display());
            let packed = path.with_extension(format!("{format}.gz"));
            let gzip = format!("gzip -c '{}' > '{}'", path.display(), packed.display());
            assert_eq!(quietly(Command::new("sh").args(["-c", &gzip])), "");
            assert_eq!(whole(&packed), expected, "{}", packed.display());
        }
    }
}
