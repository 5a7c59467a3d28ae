//! What hosts write with redaction does not depend on private values either: a capture and its peers' files once more with others, on a
//! disk, give the same bytes in tshark and in the command.

use ikewhy_testkit::random::Random;
use ikewhy_tests::cases::{Case, some};
use ikewhy_tests::command::ikewhy;
use ikewhy_tests::originals::Originals;
use ikewhy_tests::swapped::{Swap, Told, outline};
use ikewhy_tests::tshark::tshark;
use ikewhy_tests::{pcap, text};
use std::fs;
use std::path::{Path, PathBuf};

/// Captures; each takes some seconds.
const SAMPLE: usize = 5;

/// A capture and files on a disk: the path of the one, the list of the others.
fn laid(folder: &str, told: &Told) -> (PathBuf, String) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("redacted")
        .join(folder);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    // Both sides may have a swanctl.conf.
    let files = told.files.iter().enumerate().map(|(number, (name, text))| {
        let side = folder.join(number.to_string());
        fs::create_dir_all(&side).expect("a folder");
        let path = side.join(Path::new(name).file_name().expect("a name"));
        fs::write(&path, text).expect("written");
        path.display().to_string()
    });
    let files: Vec<String> = files.collect();
    let capture = folder.join("capture.pcap");
    let frames = told.packets.iter().map(|whole| &whole.frame);
    let link_type = told.packets.first().map_or(1, |whole| whole.frame.link_type);
    pcap::write_frames(&capture, link_type, frames);
    (capture, files.join(";"))
}

/// All that hosts write with redaction, errors as well.
fn outputs((capture, files): &(PathBuf, String)) -> Vec<String> {
    let mut native = tshark();
    native.args(["-n", "-q", "-o", &format!("ikewhy.peer_files:{files}")]);
    for wanted in ["json", "report,text", "report,markdown", "report,html"] {
        native.args(["-z", &format!("ikewhy,{wanted},redact")]);
    }
    native.arg("-r").arg(capture);
    let command = |words: &[&str]| {
        let mut command = ikewhy();
        command.args(words);
        command.args(["--redact", "--peer-files", files]).arg(capture);
        command
    };
    [
        native,
        command(&["report"]),
        command(&["batch", "--json"]),
        command(&["live", "--json"]),
    ]
    .iter_mut()
    .map(|command| {
        let output = command
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        format!("{}{}", text(&output.stdout), text(&output.stderr))
    })
    .collect()
}

/// The case as it is, and with other values if those are all that differs. Keys are left out: nobody encrypts the others.
fn pair(case: &Case) -> Option<[Told; 2]> {
    let mut originals = Originals::of(case);
    originals.with_edges();
    let told = Told::of(case);
    let mut random = Random::of(&case.name, 0);
    let other = told.swapped(&Swap::of(&originals, &mut random), &mut random);
    (outline(&mut told.session()) == outline(&mut other.session())).then_some([told, other])
}

#[test]
fn hosts_write_the_same() {
    let mut compared = 0;
    for mut case in some(SAMPLE) {
        case.tables.clear();
        let Some(told) = pair(&case) else { continue };
        let name = case.name.replace('/', "-");
        let [own, other] = ["own", "other"].map(|side| format!("{name}-{side}"));
        let (own, other) = (laid(&own, &told[0]), laid(&other, &told[1]));
        for (own, other) in outputs(&own).iter().zip(outputs(&other)) {
            assert!(own.len() > 100, "{}: {own}", case.name);
            assert_eq!(*own, other, "{}", case.name);
        }
        compared += 1;
    }
    assert!(compared + 2 > SAMPLE, "{compared} of {SAMPLE} compared");
}
