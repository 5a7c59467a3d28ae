//! Peers' files as they lie on a disk: beside the capture, missing, edited, too long, in other encodings.

// A test may panic: that is how it fails.
#![allow(clippy::expect_used, clippy::indexing_slicing)]

use ikewhy::policy::Policy;
use ikewhy::session::{Options, Session};
use ikewhy_sources::read_peer_files_beside;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn read(list: &str, capture: Option<&Path>) -> Vec<Policy> {
    let mut session = Session::new(Options::default());
    read_peer_files_beside(&mut session, list, capture);
    session.policies().all().to_vec()
}

const LOG: &str = "Jan  1 12:00:06 13[IKE] no IKE config found for 198.51.100.20...192.0.2.10, sending NO_PROPOSAL_CHOSEN\n";

#[test]
fn a_relative_name_is_looked_for_beside_the_capture() {
    let folder = folder("beside");
    fs::create_dir_all(folder.join("logs")).expect("a folder");
    fs::write(folder.join("logs/a.log"), LOG).expect("a file");
    let all = read("logs/a.log; 198.51.100.20=logs/a.log; logs", Some(&folder));
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|p| p.entries.len() == 1), "{all:?}");
    // Without it, where the program runs: this package's folder.
    let here = read("Cargo.toml", None);
    assert!(!here[0].unreadable);
    // A file that was edited is read anew.
    fs::write(folder.join("logs/a.log"), LOG.repeat(2)).expect("a file");
    assert_eq!(read("logs/a.log", Some(&folder))[0].entries.len(), 2);
}

#[test]
fn a_missing_file_is_said_at_the_top_of_a_report() {
    let mut session = Session::new(Options::default());
    read_peer_files_beside(&mut session, "gone.conf", None);
    let report = session.report();
    assert!(
        report
            .lines()
            .take(2)
            .any(|line| line == "gone.conf: no such file."),
        "{report}"
    );
}

#[test]
fn other_encodings_do_no_harm() {
    let folder = folder("encodings");
    // A log with a name in Windows-1252, and one in UTF-16 as PowerShell writes it.
    let mut windows = b"Jan  1 12:00:05 13[CFG] loaded 'Caf\xE9 \x96 \x80'\n".to_vec();
    windows.extend(LOG.as_bytes());
    fs::write(folder.join("a.log"), &windows).expect("a file");
    let wide: Vec<u8> = ("\u{FEFF}".to_owned() + &LOG.replace('\n', "\r\n"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(folder.join("b.log"), wide).expect("a file");
    let all = read("a.log;b.log", Some(&folder));
    let lines: Vec<Vec<u32>> = all
        .iter()
        .map(|p| p.entries.iter().map(|e| e.line).collect())
        .collect();
    assert_eq!(lines, [vec![2], vec![1]]);
}

#[test]
fn of_a_log_that_is_too_long_the_end_is_read_and_lines_keep_their_numbers() {
    let folder = folder("long");
    let long = format!("Jan  1 11:00:00 13[IKE] {}\n", "x".repeat(16_000));
    let count = (66 << 20) / long.len();
    let text = LOG.to_owned() + &long.repeat(count) + LOG;
    fs::write(folder.join("a.log"), &text).expect("a file");
    let all = read("a.log", Some(&folder));
    let lines: Vec<u32> = all[0].entries.iter().map(|e| e.line).collect();
    assert_eq!(lines, [u32::try_from(count + 2).expect("a number")]);
    assert!(
        all[0]
            .notes
            .iter()
            .any(|n| n.text.to_string() == "only the last 64 MiB of this log were read")
    );
}
