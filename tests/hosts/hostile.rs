//! The plugin on hostile captures, in both editions: tshark ends as it does without the plugin, says nothing more on stderr,
//! and what it prints is well-formed.
//!
//! `make test` asks this of a part of the corpus, put into one file and damaged; `make hostile` of all of it, also of each
//! capture alone, with AddressSanitizer and under valgrind.

use ikewhy::session::Options;
use ikewhy_fuzz::capture::ike;
use ikewhy_fuzz::capture::{self, Record};
use ikewhy_fuzz::sound;
use ikewhy_tests::cases::{Case, all, some};
use ikewhy_tests::packets::{item, payloads, proposals};
use ikewhy_tests::tshark::{lua, tshark};
use ikewhy_tests::{for_each, pcap, quietly, root, text};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file of these tests.
fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    fs::create_dir_all(&folder).expect("a folder");
    folder.join(name)
}

/// `make hostile`.
fn whole() -> bool {
    std::env::var_os("IKEWHY_WHOLE").is_some()
}

/// The captures of the corpus in one file, or some of them.
fn everything() -> PathBuf {
    static FILE: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let merge = || {
        let path = file("everything.pcapng");
        let mut mergecap = Command::new("mergecap");
        mergecap.args(["-a", "-w"]).arg(&path);
        let cases = if whole() { all() } else { some(40) };
        mergecap.args(cases.iter().map(|case| &case.path));
        let _ = quietly(&mut mergecap);
        path
    };
    FILE.get_or_init(merge).clone()
}

/// `editcap` with these options.
fn edited(from: &Path, options: &[&str]) -> PathBuf {
    let flat = from.to_string_lossy().replace(['/', '.'], "-");
    let path = file(&format!(
        "{}{}.pcapng",
        flat.trim_start_matches('-'),
        options.concat()
    ));
    let mut editcap = Command::new("editcap");
    let output = editcap
        .args(options)
        .arg(from)
        .arg(&path)
        .output()
        .expect("editcap");
    assert!(output.status.success(), "{}", text(&output.stderr));
    path
}

/// Flipped bytes, few and many; cut packets.
const DAMAGE: [&[&str]; 4] = [
    &["--seed", "1", "-E", "0.02"],
    &["--seed", "2", "-E", "0.3"],
    &["-s", "60"],
    &["-s", "120"],
];

/// What is asked of both editions, and what the answer must be.
const QUESTIONS: [(&[&str], Form); 4] = [
    (&["-2", "-T", "json"], Form::Json),
    (&["-T", "pdml"], Form::Pdml),
    (&["-q", "-z", "ikewhy,report"], Form::Report),
    (&["-q", "-z", "ikewhy,json"], Form::Json),
];

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Json,
    Pdml,
    Report,
}

impl Form {
    fn check(self, printed: &[u8]) {
        let printed = std::str::from_utf8(printed).expect("UTF-8");
        match self {
            Self::Json => {
                let _: serde::de::IgnoredAny = serde_json::from_str(printed).expect("JSON");
            }
            Self::Pdml => {
                roxmltree::Document::parse(printed).expect("XML");
            }
            Self::Report => sound::lines(printed),
        }
    }
}

/// tshark without the plugin.
fn bare() -> Command {
    let mut command = Command::new(root().join("tests/user.sh"));
    command
        .env("IKEWHY_HOME", "bare")
        .arg("tshark")
        .current_dir(root());
    command
}

fn run(mut command: Command, options: &[&str], path: &Path) -> Output {
    let output = command.arg("-n").args(options).arg("-r").arg(path).output();
    output.expect("tests/user.sh runs")
}

/// Lines on stderr, without time and process ID.
fn complaints(output: &Output) -> BTreeSet<String> {
    let all = text(&output.stderr);
    let words = |line: &str| {
        line.split_once(" -- ")
            .map_or(line, |(_, words)| words)
            .to_owned()
    };
    all.lines().map(words).collect()
}

/// Both editions survive a capture. The Lua edition has no `-z`.
fn survives(path: &Path, options: &[String]) {
    for (question, form) in QUESTIONS {
        let mut asked: Vec<&str> = options.iter().map(String::as_str).collect();
        asked.extend(question);
        let tap = question.contains(&"-z");
        let lua: Option<fn() -> Command> = (!tap && (whole() || form == Form::Json)).then_some(lua);
        for edition in [tshark as fn() -> Command].into_iter().chain(lua) {
            let with = run(edition(), &asked, path);
            let said = complaints(&with);
            if !with.status.success() || !said.is_empty() {
                // What Wireshark itself has to say of the file, it may say.
                let without = run(bare(), &["-2", "-V"], path);
                let same = with.status == without.status && said.is_subset(&complaints(&without));
                assert!(same, "{} {asked:?}: {} {said:?}", path.display(), with.status);
            }
            form.check(&with.stdout);
        }
    }
}

#[test]
fn a_damaged_corpus_is_survived() {
    let some = if whole() { &DAMAGE[..] } else { &DAMAGE[1..3] };
    for_each(some, |damage| survives(&edited(&everything(), damage), &[]));
}

#[test]
fn a_file_that_ends_anywhere_is_survived() {
    let whole = fs::read(everything()).expect("a file");
    let ends = [whole.len() - 5];
    for_each(&ends, |&end| {
        let path = file(&format!("ends-at-{end}.pcapng"));
        fs::write(&path, &whole[..end]).expect("written");
        survives(&path, &[]);
    });
}

/// The digits of the keys in another order.
fn wrong(key: &str) -> String {
    let digit = |c: char| match c.to_digit(16) {
        Some(value) => char::from_digit(15 - value, 16).unwrap_or(c),
        None => c,
    };
    // The table's name and the SPIs stay.
    let mut fields: Vec<String> = key.split(',').map(str::to_owned).collect();
    for field in fields.iter_mut().skip(1) {
        if field.len() > 16 && field.chars().all(|c| c.is_ascii_hexdigit()) {
            *field = field.chars().map(digit).collect();
        }
    }
    fields.join(",")
}

#[test]
fn wrong_keys_are_survived() {
    let mut cases: Vec<Case> = all();
    cases.retain(|case| !case.tables.is_empty());
    let step = if whole() { 1 } else { cases.len() / 4 };
    cases = cases.into_iter().step_by(step.max(1)).collect();
    // All in one: a start of tshark takes longer than a capture.
    let merged = file("wrong-keys.pcapng");
    let mut mergecap = Command::new("mergecap");
    mergecap.args(["-a", "-w"]).arg(&merged);
    let _ = quietly(mergecap.args(cases.iter().map(|case| &case.path)));
    let right: Vec<_> = cases.iter().flat_map(Case::keys).collect();
    let keys: Vec<_> = right.iter().map(|key| wrong(key)).collect();
    assert_ne!(right, keys);
    survives(&merged, &keys);
}

#[test]
fn random_packets_are_survived() {
    let kinds: &[&str] = if whole() {
        &[
            "arp", "dns", "eth", "icmp", "ip", "ipv6", "llc", "syslog", "tcp", "udp",
        ]
    } else {
        &["udp"]
    };
    for_each(kinds, |kind| {
        let path = file(&format!("random-{kind}.pcap"));
        let mut randpkt = Command::new("randpkt");
        let made = randpkt
            .args(["-b", "1000", "-c", "300", "-t", kind])
            .arg(&path)
            .output();
        assert!(made.expect("randpkt").status.success());
        // And the same as if it came for IKE.
        let mut frames = pcap::read(&path);
        for (number, frame) in frames.iter_mut().enumerate() {
            let port = [500u16, 4500, 1701][number % 3].to_be_bytes();
            if let Some(place) = frame.data.get_mut(36..38) {
                place.copy_from_slice(&port);
            }
        }
        let aimed = file(&format!("random-{kind}-aimed.pcap"));
        pcap::write(&aimed, frames.into_iter().map(|frame| frame.data));
        survives(&aimed, &[]);
        if whole() {
            survives(&path, &[]);
        }
    });
}

/// Identities, distinguished names and reasons that try to format, to end or to hide what shows them.
fn ugly() -> Vec<Record> {
    let texts: [&[u8]; 5] = [
        b"a\0b\x01\x1b[31m\r\n\t\x7f",
        "x\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}\u{85}\u{2028}".as_bytes(),
        b"\xff\xfe\xc0\x80\xed\xa0\x80\xf5",
        b"%s%n%s%n%08x%p%1000000d",
        b"<script>alert('1')</script>&amp;\"<!--]]>",
    ];
    let mut records = Vec::new();
    for (number, text) in (1..).zip(texts) {
        for kind in [2, 3, 9, 11] {
            let v1 = payloads(&[
                (1, proposals(1, 1, 1)),
                (5, [&[kind, 17, 0, 0], text].concat()),
                (13, text.to_vec()),
            ]);
            let refused = payloads(&[(11, vec![0, 0, 0, 1, 1, 0, 0, 18])]);
            for mut record in [
                ike(true, 1, 0x10, 4, 0, 0, &v1),
                ike(false, 1, 0x10, 4, 0, 0, &v1),
                ike(false, 11, 0x10, 5, 0, 9, &refused),
            ] {
                record.data[42..44].copy_from_slice(&[number, kind]);
                records.push(record);
            }
        }
    }
    records
}

#[test]
fn extremes_are_survived() {
    let long = item(0, &proposals(2, 16, 500));
    let refused = payloads(&[(41, vec![0, 0, 0, 14])]);
    let mut records = vec![
        ike(true, 33, 0x20, 34, 8, 0, &long),
        ike(false, 41, 0x20, 34, 0x20, 0, &refused),
    ];
    // As many payloads as a datagram can hold, and more than it can.
    for count in [16_300, 100_000] {
        let chain: Vec<u8> = (0..count).flat_map(|_| item(43, &[])).collect();
        let mut record = ike(true, 43, 0x20, 34, 8, 0, &chain);
        record.data[43] = (count % 251) as u8;
        if count > 16_300 {
            record.data[16..18].fill(0);
            record.data[38..40].fill(0);
            // The longest frame that Wireshark reads.
            record.data.truncate(262_144);
        }
        records.push(record);
    }
    records.extend(ugly());
    let path = file("extremes.pcap");
    pcap::write(&path, records.into_iter().map(|record| record.data));
    survives(&path, &[]);
    let shown = text(&run(tshark(), &["-2", "-V", "-Y", "ikewhy"], &path).stdout);
    let ours = shown
        .lines()
        .filter(|line| line.contains("ikewhy") || line.contains("IKE diagnosis"));
    ours.for_each(sound::line);
    assert!(shown.contains("a list is too long to be read whole"));
}

/// One capture in so many goes through both editions, with one damage, each in turn.
const SAMPLE: usize = 4;

/// Through the library, which is asked everything in all orders: for tshark, the starts alone would take hours. A sample goes through
/// both editions, with the keys.
#[test]
#[ignore = "minutes: make hostile"]
fn each_damaged_capture_is_survived_alone() {
    let cases: Vec<_> = all().into_iter().enumerate().collect();
    for_each(&cases, |(number, case)| {
        for (turn, damage) in DAMAGE.iter().enumerate() {
            let path = edited(&case.path, &[*damage, &["-F", "pcap"]].concat());
            let bytes = fs::read(&path).expect("a capture");
            let damaged = capture::read(&bytes).expect("a capture");
            println!("{}", path.display()); // shown if it fails
            for records in damaged.records.chunks(capture::MAX_RECORDS) {
                capture::session(Options::default(), records, damaged.link_type, None, None);
            }
            if number % (SAMPLE * DAMAGE.len()) == turn * SAMPLE {
                survives(&path, &case.keys());
            }
        }
    });
}

/// tshark whose plugin was built with AddressSanitizer, engine and host.
fn watched() -> Command {
    let mut command = Command::new(root().join("tests/user.sh"));
    let plugins = root().join("build/asan");
    command.current_dir(root()).arg("env");
    command.arg(format!("WIRESHARK_PLUGIN_DIR={}", plugins.display()));
    let runtime = quietly(Command::new("cc").arg("-print-file-name=libasan.so"));
    command.arg(format!("LD_PRELOAD={}", runtime.trim()));
    // Wireshark leaves much to the end of its process.
    command.arg("ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:exitcode=77");
    command.arg("tshark");
    command
}

#[test]
#[ignore = "minutes: make hostile"]
fn address_sanitizer_finds_nothing() {
    let _ = quietly(Command::new(root().join("tests/asan.sh")).current_dir(root()));
    // That it is loaded shows in the answers to `-z ikewhy,...`: `tshark -G` would wait for ever for a child of its own.
    let mut paths: Vec<_> = DAMAGE
        .iter()
        .map(|damage| edited(&everything(), damage))
        .collect();
    paths.push(everything());
    for_each(&paths, |path| {
        for (question, form) in QUESTIONS {
            let output = run(watched(), question, path);
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{}",
                text(&output.stderr)
            );
            form.check(&output.stdout);
        }
    });
}

#[test]
#[ignore = "minutes: make hostile"]
fn valgrind_finds_nothing() {
    for_each(&some(4), |case| {
        let damaged = edited(&case.path, DAMAGE[0]);
        let log = file(&format!("{}.valgrind", case.name.replace('/', "-")));
        let mut command = Command::new(root().join("tests/user.sh"));
        command
            .current_dir(root())
            .args(["env", "G_SLICE=always-malloc", "valgrind", "--quiet"]);
        // What other libraries do at their start is theirs: only errors with our code on the stack count.
        command.args(["--num-callers=40", "tshark"]);
        let output = run(command, &["-2", "-V"], &damaged);
        fs::write(&log, &output.stderr).expect("written");
        let ours = text(&output.stderr)
            .lines()
            .filter(|line| line.contains("ikewhy"))
            .count();
        assert!(output.status.success() && ours == 0, "{}", log.display());
    });
}
