//! With keys, Wireshark's plaintext tells more; what it decrypts wrongly, or puts together wrongly, does no harm.

use ikewhy_tests::score::home;
use ikewhy_tests::tshark::{rows, tshark};
use ikewhy_tests::{quietly, root};
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
    // Main Mode 5 and 6 came in fragments of 192 octets; these are their lengths whole.
    for part in [
        "172.16.77.0/24",
        "Main Mode 5 of 6",
        "1132 octets, encrypted",
        "1084 octets, encrypted",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert!(
        !report.contains("decryption-key-wrong") && !report.contains("repeated"),
        "{report}"
    );
}

/// Libreswan with `fragmentation=force` cuts what is longer than 576 octets, in clear as well.
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
    let whole = report.lines().filter(|line| line.contains(", 1164 octets"));
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
