//! Configurations and logs of the peers: the lab's files are understood, keep no secret, and survive any damage.
// Clippy's exception for tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use ikewhy::policy::{self, Policy};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Configurations and logs of all cases: name and text.
fn files() -> &'static [(PathBuf, String)] {
    static FILES: OnceLock<Vec<(PathBuf, String)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut left = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures")];
        let mut files = Vec::new();
        while let Some(path) = left.pop() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                left.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            } else if ["swanctl.conf", "ipsec.conf", "iked.conf", "strongswan.conf"].contains(&name.as_str())
                || name.ends_with(".log")
            {
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                files.push((path, text));
            }
        }
        files.sort();
        files
    })
}

fn read(path: &Path, text: &str) -> Policy {
    policy::read(&path.file_name().unwrap().to_string_lossy(), text, None)
}

/// What is kept of a file stays small beside it.
fn is_bounded(policy: &Policy) -> bool {
    policy.connections.len() <= 1024
        && policy.entries.len() <= 65_536
        && policy.notes.len() <= 32 + 8
        && policy.entries.iter().all(|e| e.text.chars().count() <= 256 * 10)
}

#[test]
fn the_lab_s_configurations_are_understood_without_a_note() {
    let mut seen = 0;
    for (path, text) in files()
        .iter()
        .filter(|(p, _)| p.extension().is_some_and(|e| e == "conf"))
    {
        let policy = read(path, text);
        assert!(policy.notes.is_empty(), "{}: {:?}", path.display(), policy.notes);
        let known = path.file_name().is_some_and(|n| n == policy.kind.name());
        assert!(known, "{}: taken for {:?}", path.display(), policy.kind);
        seen += policy.connections.len();
        for c in &policy.connections {
            let unknown = c.ike.iter().flat_map(|l| l.value.iter()).find(|p| !p.whole);
            // Of lists with post-quantum key exchanges (strongSwan's `ke1_mlkem768`, OpenIKED's) nothing is concluded.
            let left = ["proposals = default", "-ke1_", "sntrup761x25519"]
                .iter()
                .any(|words| text.contains(words));
            assert!(unknown.is_none() || left, "{}: {unknown:?}", path.display());
        }
    }
    assert!(seen > 300, "{seen} connections");
}

#[test]
fn a_file_of_comments_is_called_that() {
    let note = |text| read(Path::new("iked.conf"), text).notes[0].text.to_string();
    assert_eq!(
        note("# $OpenBSD$\n\n  # ikev2 passive esp \\\n"),
        "nothing but comments"
    );
    assert_ne!(note("# a mail\nHello\n"), "nothing but comments");
}

#[test]
fn no_secret_is_kept() {
    let mut held = 0;
    for (path, text) in files() {
        let kept = format!("{:?}", read(path, text));
        for secret in [
            "invented-secret-for-the-lab",
            "another-invented-secret",
            "invented-password",
        ] {
            held += usize::from(text.contains(secret));
            assert!(!kept.contains(secret), "{}: {secret} is kept", path.display());
        }
    }
    assert!(
        held > 200,
        "only {held} files hold secrets: this test proves nothing"
    );
}

#[test]
fn a_line_is_quoted_where_it_stands() {
    let text = "connections {\n  a {\n    version = 1 # old\n    remote_addrs = 192.0.2.0/24\n    proposals = aes256-sha256-modp2048\n    remote { auth = psk\n id = \"x\" }\n  }\n}\n";
    let policy = policy::read("swanctl.conf", text, None);
    let c = &policy.connections[0];
    assert_eq!(
        (
            c.line,
            c.version.as_ref().unwrap().line,
            c.ike.as_ref().unwrap().line
        ),
        (2, 3, 5)
    );
    assert_eq!(c.remote_id.as_ref().unwrap().value.as_str(), "x");
    let remote = &c.remote.as_ref().unwrap().value[0];
    assert_eq!(policy::means(remote, [192, 0, 2, 77].into()), Some(true));
    assert_eq!(policy::means(remote, [192, 0, 3, 77].into()), Some(false));
}

#[test]
fn hidden_characters_of_a_log_are_escaped() {
    let text = "Jan  1 12:00:06 13[IKE] no shared key found for '\u{1b}[31m\u{202e}x' - 'y'\n";
    let policy = policy::read("x.log", text, None);
    let said = &policy.entries[0].text;
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_do_no_harm(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..5, "\\PC{0,6}"), 0..12),
    ) {
        let (path, text) = which.get(files());
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (line, at, what, new) in edits {
            if lines.is_empty() {
                break;
            }
            let i = line.index(lines.len());
            match what {
                0 => { lines.remove(i); }
                1 => lines[i].push_str(&new),
                2 => {
                    let cut = at.index(lines[i].chars().count() + 1);
                    lines[i] = lines[i].chars().take(cut).collect();
                }
                3 => lines[i].insert_str(0, "} { \" psk = "),
                _ => {
                    let other = lines[at.index(lines.len())].clone();
                    lines.insert(i, other);
                }
            }
        }
        prop_assert!(is_bounded(&read(path, &lines.join("\n"))));
    }

    #[test]
    fn any_text_is_read(head in prop::sample::select(vec!["connections {\n", "conn x\n", "ikev2 ", "13[CFG] ", "spi=0x1: ", "packet from ", ""]), rest in "(\\PC|\n|[{}=\"#\\\\,;-]){0,400}") {
        let text = format!("{head}{rest}");
        prop_assert!(is_bounded(&policy::read("x", &text, None)));
    }
}

#[test]
fn sections_that_name_each_other_end() {
    let mut text = String::new();
    for section in 0..40 {
        text.push_str(&format!("conn s{section}\n"));
        for other in 0..40 {
            text.push_str(&format!("\talso=s{other}\n"));
        }
    }
    assert!(is_bounded(&policy::read("ipsec.conf", &text, None)));
}

#[test]
fn huge_files_are_cut_and_that_is_said() {
    let text = "conn x\n\tike=aes256-sha256;modp2048\n".repeat(400_000);
    let policy = policy::read("ipsec.conf", &text, None);
    assert!(is_bounded(&policy));
    assert!(policy.notes.iter().any(|n| n.text.to_string().contains("8 MiB")));
}

#[test]
fn what_a_bound_leaves_out_is_noted() {
    let many = |count: usize, part: &str| part.repeat(count);
    for (name, text, note) in [
        (
            "connections",
            format!("connections {{\n{}}}\n", many(1030, "a { version = 2 }\n")),
            "only the first 1024 connections are kept: 6 more are left out",
        ),
        (
            "tunnels",
            format!(
                "connections {{ a {{ children {{\n{}}} }} }}\n",
                many(70, "x { mode = tunnel }\n")
            ),
            "only the first 64 data tunnels of this connection are kept",
        ),
        (
            "proposals",
            format!("conn a\n\tike={}\n", many(70, "aes128-sha1-modp2048,")),
            "only the first 64 values of this list are kept",
        ),
        (
            "networks",
            format!("conn a\n\tleftsubnet={}\n", many(70, "10.0.0.0/8,")),
            "only the first 64 values of this list are kept",
        ),
        (
            "a long line",
            format!("conn a\n\tleft={}\n", many(20_000, "x")),
            "only the first 16 KiB of a line are read",
        ),
        (
            "deep sections",
            format!("connections {{ {}", many(20, "a {")),
            "what is deeper is not read",
        ),
        (
            "deep elements",
            format!("<pfsense><ipsec>{}", many(40, "<a>")),
            "what is deeper is not read",
        ),
        (
            "a table",
            format!("config vpn ipsec phase1\n{}", many(8200, "edit a\n")),
            "only its first 8192 entries are read",
        ),
        (
            "commands",
            format!("/ip ipsec peer\n{}", many(8200, "add name=a\n")),
            "only the first 8192 commands",
        ),
        (
            "an access list",
            format!(
                "crypto map m 1 match address a\n{}",
                many(70, "access-list a permit ip any any\n")
            ),
            "only the first 64 lines of an access list are read",
        ),
        (
            "objects",
            many(5000, "TunnelType : Ikev2\nServerAddress : x\n\nName : y\n"),
            "there are too many objects",
        ),
        (
            "a log",
            many(70_000, "13[IKE] no peer config found\n"),
            "decisive lines of this log are kept",
        ),
    ] {
        let policy = policy::read("x", &text, None);
        assert!(
            policy.notes.iter().any(|n| n.text.to_string().contains(note)),
            "{name}: {:?} {:?}",
            policy.kind,
            policy.notes
        );
        assert!(is_bounded(&policy), "{name}");
    }
    // A value that is cut says so itself; of a list that is cut nothing is concluded.
    let text = format!(
        "conn a\n\tleftid={}\n\tright={}\n\tike={}\n",
        many(300, "i"),
        many(70, "10.0.0.1,"),
        many(70, "aes,")
    );
    let policy = policy::read("x", &text, None);
    let c = &policy.connections[0];
    assert!(c.local_id.as_ref().unwrap().value.ends_with('\u{2026}'));
    let last = c.remote.as_ref().unwrap().value.last().unwrap();
    assert_eq!(policy::means(last, [192, 0, 2, 1].into()), None);
    assert!(c.suites(ikewhy::negotiation::Version::V2, None).is_empty());
    let noted = policy::read("x", &format!("conn a\n{}", many(100, "nonsense\n")), None);
    assert_eq!((noted.notes.len(), noted.more_notes), (32, 68));
}
