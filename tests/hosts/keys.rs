//! With keys, Wireshark's plaintext tells more; what it decrypts wrongly, or puts together wrongly, does no harm.

use ikewhy_tests::cases::{self, Case};
use ikewhy_tests::tshark::{home_with_keys as home, rows, tshark};
use ikewhy_tests::{for_each, quietly, root};
use std::fs;
use std::path::{Path, PathBuf};

/// A home with the keys of a case, for one test.
fn keyed(case: &str, test: &str) -> PathBuf {
    let table = root()
        .join("captures")
        .join(case)
        .join("keys/ikev1_decryption_table");
    home(&format!("{test}-{case}"), &[table])
}

/// Verdict and findings of the one negotiation that the capture at the server shows.
fn judged(case: &str, home: &Path) -> (String, String) {
    let capture = root().join("captures").join(case).join("server.pcap");
    let run = |options: &[&str]| {
        let mut command = tshark();
        command
            .env("IKEWHY_HOME", home)
            .args(options)
            .arg("-r")
            .arg(&capture);
        command
    };
    let [row] = &rows(&mut run(&["-2", "-n"]), "ikewhy.verdict", &["ikewhy.verdict"])[..] else {
        panic!("{case}: not one verdict")
    };
    (
        row[0].clone(),
        quietly(&mut run(&["-n", "-q", "-z", "ikewhy,report"])),
    )
}

/// Whether tshark shows something of this in some frame.
fn shows(case: &str, home: &Path, filter: &str) -> bool {
    let capture = root().join("captures").join(case).join("server.pcap");
    let mut command = tshark();
    command
        .env("IKEWHY_HOME", home)
        .args(["-2", "-n", "-r"])
        .arg(capture);
    !rows(&mut command, filter, &["frame.number"]).is_empty()
}

const WHOLE: &str = "ikev1-fragments-selectors-differ-strongswan";

#[test]
fn ike_fragments_in_order_are_read_whole() {
    let home = keyed(WHOLE, "right");
    assert!(
        shows(WHOLE, &home, "isakmp.frag.last == 1"),
        "no fragments: this test proves nothing"
    );
    let (verdict, report) = judged(WHOLE, &home);
    assert_eq!(verdict, "selector-mismatch", "{report}");
    // Main Mode 5 and 6 came in fragments of 192 bytes; these are their lengths whole.
    for part in [
        "172.16.77.0/24",
        "Main Mode 5 of 6",
        "1132 bytes, encrypted",
        "1084 bytes, encrypted",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert!(
        !report.contains("decryption-key-wrong") && !report.contains("repeated"),
        "{report}"
    );
}

/// Libreswan with `fragmentation=force` cuts what is longer than 576 bytes, in clear as well.
#[test]
fn fragments_of_libreswan_are_read_whole() {
    let case = "ikev1-fragments-selectors-differ-libreswan";
    let home = home(&format!("none-{case}"), &[]);
    assert!(
        shows(case, &home, "isakmp.frag.last == 1 && isakmp.frag.seq == 3"),
        "no fragments: this test proves nothing"
    );
    let (verdict, report) = judged(case, &home);
    assert_eq!(verdict, "child-refused", "{report}");
    let whole = report.lines().filter(|line| line.contains(", 1164 bytes"));
    assert_eq!(whole.count(), 2, "{report}");
    assert!(!report.contains("fragments-lost"), "{report}");
}

#[test]
fn a_wrong_key_for_fragments_changes_no_verdict_and_is_noted() {
    let home = keyed(WHOLE, "wrong");
    let table = home.join(".config/wireshark/ikev1_decryption_table");
    let right = fs::read_to_string(&table).expect("a table");
    let (spi, key) = right.trim().split_once(',').expect("a row");
    let wrong: String = key.chars().rev().collect();
    assert_ne!(wrong, key);
    fs::write(&table, format!("{spi},{wrong}\n")).expect("a table");
    let (verdict, report) = judged(WHOLE, &home);
    assert_eq!(verdict, "child-refused", "{report}");
    assert!(report.contains("decryption-key-wrong"), "{report}");
}

/// Wireshark loses the thread of the IVs, or of the fragments: nothing false is said, not of the key either.
#[test]
fn what_is_decrypted_wrongly_does_no_harm() {
    for (case, verdicts) in [
        // Wireshark puts these together and does not look into them.
        (
            "ikev1-fragments-reordered-strongswan",
            &["child-refused", "selector-mismatch"][..],
        ),
        // Message five stays open, so the first block of six comes out wrong, and Quick Mode right again.
        ("ikev1-fragments-incomplete-strongswan", &["selector-mismatch"]),
        // After the repetition of message five all comes out wrong.
        (
            "ikev1-retransmissions-selectors-differ-strongswan",
            &["child-refused"],
        ),
    ] {
        let home = keyed(case, "harmless");
        let (verdict, report) = judged(case, &home);
        assert!(verdicts.contains(&verdict.as_str()), "{case}: {report}");
        assert!(!report.contains("decryption-key-wrong"), "{case}: {report}");
    }
    let case = "ikev1-retransmissions-selectors-differ-strongswan";
    let malformed = shows(
        case,
        &keyed(case, "harmless"),
        "_ws.malformed && ikewhy.retransmission_of",
    );
    assert!(
        malformed,
        "nothing is decrypted wrongly: this test proves nothing"
    );
}

/// A key in a table: hexadecimal digits longer than an SPI.
fn key(word: &str) -> Option<&str> {
    let digits = word.trim_matches('"').trim_start_matches("0x");
    (digits.len() >= 20 && digits.chars().all(|c| c.is_ascii_hexdigit())).then_some(digits)
}

/// The same table with each key replaced.
fn with_keys(table: &str, mut other: impl FnMut(&str) -> String) -> String {
    let mut word =
        |word: &str| key(word).map_or_else(|| word.to_owned(), |old| word.replace(old, &other(old)));
    let mut line = |line: &str| line.split(',').map(&mut word).collect::<Vec<_>>().join(",");
    table.lines().map(&mut line).collect::<Vec<_>>().join("\n")
}

/// With keys that are nobody's: each digit is turned over.
fn turned(table: &str) -> String {
    let digit = |c: char| c.to_digit(16).and_then(|d| char::from_digit(15 - d, 16));
    with_keys(table, |old| old.chars().filter_map(digit).collect())
}

/// With keys of another negotiation: the keys of all rows of `donor` in another order, as long as they have to be.
fn shuffled(table: &str, donor: &str) -> String {
    let keys: Vec<&str> = donor.split([',', '\n']).filter_map(key).collect();
    let mut next = keys.iter().rev().cycle();
    with_keys(table, |old| match next.next() {
        Some(new) => new.chars().cycle().take(old.len()).collect(),
        None => turned(old),
    })
}

/// What the plugin says of each negotiation of a capture.
fn verdicts(case: &Case, home: Option<&Path>) -> Vec<Vec<String>> {
    let mut command = tshark();
    if let Some(home) = home {
        command.env("IKEWHY_HOME", home);
    }
    command.args(["-n", "-2", "-r"]).arg(&case.path);
    let fields = [
        "stream",
        "verdict",
        "verdict.confidence",
        "verdict.alternative",
        "verdict.attribute",
    ];
    let fields = fields.map(|field| format!("ikewhy.{field}"));
    rows(
        &mut command,
        "ikewhy.verdict",
        &fields.each_ref().map(String::as_str),
    )
}

/// Verdicts with wrong keys are those without keys: on some captures, with `IKEWHY_WHOLE` (`make wrong-keys`) on all that have keys.
fn change_no_verdict(name: &str, step: usize, wrong: impl Fn(&str, &str) -> String + Sync) {
    let mut keyed = cases::all();
    keyed.retain(|case| !case.tables.is_empty());
    // Each with the next one of another case, whose keys are real and somebody else's.
    let whole = std::env::var_os("IKEWHY_WHOLE").is_some();
    let step = if whole { 1 } else { step };
    let pairs: Vec<_> = keyed
        .iter()
        .zip(keyed.iter().cycle().skip(2))
        .step_by(step)
        .collect();
    assert!(pairs.len() > 10);
    let complaints = for_each(&pairs, |(case, neighbour)| {
        let folder = root().join("build/wrong-keys").join(name).join(&case.name);
        fs::create_dir_all(&folder).expect("a folder");
        let table = |table: &PathBuf| {
            let file = table.file_name().unwrap_or_default();
            let right = fs::read_to_string(table).expect("a table");
            let other = neighbour
                .tables
                .iter()
                .find(|other| other.file_name() == Some(file));
            let other = other.map(|other| fs::read_to_string(other).expect("a table"));
            let path = folder.join(file);
            let made = wrong(&right, &other.unwrap_or_default());
            assert_ne!(right, made, "{}", table.display());
            fs::write(&path, made).expect("a table");
            path
        };
        let tables: Vec<_> = case.tables.iter().map(table).collect();
        let home = home(&format!("{}-{name}", case.name.replace('/', "-")), &tables);
        (verdicts(case, Some(&home)) != verdicts(case, None)).then(|| case.name.clone())
    });
    let complaints: Vec<_> = complaints.into_iter().flatten().collect();
    assert!(
        complaints.is_empty(),
        "other verdicts with wrong keys: {complaints:?}"
    );
}

#[test]
fn a_wrong_key_changes_no_verdict() {
    change_no_verdict("wrong", 20, |table, _| turned(table));
}

#[test]
fn the_keys_of_other_negotiations_change_no_verdict() {
    change_no_verdict("shuffled", 28, shuffled);
}
