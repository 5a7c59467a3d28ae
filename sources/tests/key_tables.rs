//! Tables of keys from files and folders: what is used, what is not and why, and that no message holds a key.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use ikewhy::keys::Keys;
use ikewhy_sources::read_key_tables;
use std::fs;
use std::path::{Path, PathBuf};

const KEY: &str = "c0ffee00c0ffee00c0ffee00c0ffee00";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn row(spi: u64) -> String {
    format!("{spi:016x},{KEY}\n")
}

/// How many rows are used; which files are named, and the messages.
fn read(path: &Path) -> (usize, Vec<String>) {
    let mut keys = Keys::default();
    let unused = read_key_tables(&mut keys, path);
    let message =
        |(path, unused): &(PathBuf, _)| format!("{} {unused}", path.file_name().unwrap().to_str().unwrap());
    let messages: Vec<_> = unused.iter().map(message).collect();
    let shown = format!("{messages:?} {unused:?} {keys:?}");
    assert!(!shown.contains(KEY), "{shown}");
    (keys.rows(), messages)
}

#[test]
fn a_folder_gives_its_tables_and_nothing_else() {
    let profile = folder("profile");
    fs::write(profile.join("ikev1_decryption_table"), row(1) + &row(2)).unwrap();
    let esp =
        format!("\"IPv4\",\"*\",\"*\",\"0x01020304\",\"AES-CBC [RFC3602]\",\"0x{KEY}\",\"NULL\",\"\"\n");
    fs::write(profile.join("esp_sa"), esp).unwrap();
    fs::write(profile.join("preferences"), "gui.column: no table\n").unwrap();
    assert_eq!(read(&profile), (3, vec![]));
    // Any of them by itself, whatever it is called.
    fs::rename(profile.join("ikev1_decryption_table"), profile.join("keys.txt")).unwrap();
    assert_eq!(read(&profile.join("keys.txt")), (2, vec![]));
    assert_eq!(read(&profile), (1, vec![]));
}

#[test]
fn what_is_not_used_is_named() {
    let empty = folder("no-tables");
    let (rows, messages) = read(&empty);
    assert_eq!(rows, 0);
    assert!(
        messages[0].starts_with("no-tables cannot be read: this folder has no ikev1_decryption_table"),
        "{messages:?}"
    );
    let table = empty.join("ikev1_decryption_table");
    fs::write(&table, row(1) + "0000000000000002," + &KEY[1..] + "\n" + &row(3)).unwrap();
    let (rows, messages) = read(&empty);
    assert_eq!((rows, messages.len()), (2, 1));
    assert!(
        messages[0].starts_with("ikev1_decryption_table line 2 is not understood"),
        "{messages:?}"
    );
    assert!(read(&empty.join("missing")).1[0].starts_with("missing cannot be read"));
}

/// Only a Unix has such files.
#[cfg(unix)]
#[test]
fn a_pipe_does_not_block() {
    let folder = folder("tables-with-a-pipe");
    let pipe = folder.join("esp_sa");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert_eq!(
        read(&folder),
        (
            0,
            vec!["esp_sa cannot be read: it is not a regular file".to_owned()]
        )
    );
}

#[test]
fn a_huge_table_is_cut() {
    let table = folder("hostile-tables").join("huge");
    fs::write(&table, row(1) + &"# no key\n".repeat(1_200_000) + &row(2)).unwrap();
    let (rows, messages) = read(&table);
    assert_eq!(rows, 1);
    assert_eq!(
        messages,
        ["huge is longer than 8388608 bytes: the rest is not read"]
    );
}
