//! The configurations of peers, through real tshark: with that of the refusing side the verdict names the exact attribute.

use ikewhy_tests::corpus::{self, Case};
use ikewhy_tests::tshark::{rows, tshark};
use ikewhy_tests::{for_each, quietly, root, text};
use std::fs;
use std::path::Path;

const FIELDS: [&str; 4] = [
    "ikewhy.verdict",
    "ikewhy.verdict.basis",
    "ikewhy.verdict.attribute",
    "ikewhy.verdict.summary",
];

/// What is said of a capture with these files.
fn told(capture: &Path, files: &str) -> Vec<Vec<String>> {
    let mut command = tshark();
    command.arg("-o").arg(format!("ikewhy.peer_files:{files}"));
    command.args(["-n", "-2", "-r"]).arg(capture);
    rows(&mut command, "ikewhy.verdict", &FIELDS)
}

/// Cases of one cause that are made by daemons on both sides, not by a replayed offer.
fn cases(verdict: &str) -> Vec<Case> {
    let all = corpus::read(&root().join("captures")).cases;
    let fits = |case: &Case| {
        let truth = &case.scenario.truth;
        let server = root().join("captures").join(&case.name).join("server");
        let files = ["swanctl/swanctl.conf", "ipsec.conf", "iked.conf"];
        let mut texts = files
            .iter()
            .filter_map(|file| fs::read_to_string(server.join(file)).ok());
        // What is left to a daemon's defaults, no file tells.
        let named = |text: String| {
            let names = |line: &str| {
                let keys = ["proposals =", "ike=", "ikesa"];
                keys.iter().any(|key| line.starts_with(key)) && !line.contains("default")
            };
            text.lines().any(|line| names(line.trim()))
        };
        truth.verdict == verdict && texts.any(named)
    };
    all.into_iter().filter(fits).collect()
}

#[test]
fn the_refusing_side_s_configuration_names_the_attribute() {
    let cases = cases("ike-proposal-mismatch");
    assert!(cases.len() > 20, "{} cases", cases.len());
    let marks = for_each(&cases, |case| {
        let folder = root().join("captures").join(&case.name);
        let capture = folder.join("server.pcap");
        let told = told(&capture, &folder.join("server").to_string_lossy());
        let exact = told.iter().any(|row| {
            let named = &case.scenario.truth.differs;
            let attributes: Vec<_> = row[2].split(',').collect();
            let all = named.iter().all(|one| attributes.contains(&one.as_str()));
            row[0] == "ike-proposal-mismatch"
                && row[1] == "imported"
                && all
                && row[3].contains(".conf, line ")
        });
        (!exact).then(|| format!("{}: {:?}: {told:?}", case.name, case.scenario.truth.differs))
    });
    let misses: Vec<_> = marks.into_iter().flatten().collect();
    assert!(
        misses.len() * 50 <= cases.len(),
        "of {}:\n{}",
        cases.len(),
        misses.join("\n")
    );
}

#[test]
fn a_configuration_without_a_connection_for_the_version_says_so() {
    let folder = root().join("captures/ikev1-against-ikev2-only-strongswan");
    let told = told(
        &folder.join("server.pcap"),
        &folder.join("server").to_string_lossy(),
    );
    assert_eq!(
        (told[0][0].as_str(), told[0][1].as_str()),
        ("version-mismatch", "imported"),
        "{told:?}"
    );
}

#[test]
fn what_the_wire_shows_wins_over_the_file() {
    // The configuration of another time: it would have allowed the offer that was refused.
    let capture = root().join("captures/ikev1-ike-dh-differs-strongswan");
    let old = root().join("build/old-swanctl.conf");
    let file = fs::read_to_string(capture.join("server/swanctl/swanctl.conf")).expect("a configuration");
    fs::write(&old, file.replace("modp2048", "modp3072")).expect("an old configuration");
    let spoken = told(&capture.join("server.pcap"), &old.to_string_lossy());
    assert_eq!(spoken[0][0], "ike-proposal-mismatch", "{spoken:?}");
    assert_ne!(spoken[0][1], "imported", "{spoken:?}");
    // An established tunnel stays established.
    let up = root().join("captures/ikev1-psk-up-strongswan");
    let spoken = told(&up.join("server.pcap"), &capture.join("server").to_string_lossy());
    assert_eq!(spoken[0][0], "established", "{spoken:?}");
}

#[test]
fn files_that_cannot_be_read_are_named_and_harm_nothing() {
    let capture = root().join("captures/ikev1-ike-dh-differs-strongswan");
    let files = format!(
        "/nonexistent/a.conf;/dev/null;{}",
        root().join("Cargo.toml").display()
    );
    let mut command = tshark();
    command.arg("-o").arg(format!("ikewhy.peer_files:{files}"));
    command
        .args(["-q", "-z", "ikewhy,report", "-r"])
        .arg(capture.join("server.pcap"));
    let report = quietly(&mut command);
    for said in [
        "/nonexistent/a.conf: No such file",
        "null: neither a file nor a folder",
        "Cargo.toml: not a configuration",
    ] {
        assert!(report.contains(said), "{said}:\n{report}");
    }
    let bare = quietly(
        tshark()
            .args(["-q", "-z", "ikewhy,report", "-r"])
            .arg(capture.join("server.pcap")),
    );
    assert!(report.starts_with(bare.trim_end()), "{}", text(report.as_bytes()));
}

#[test]
fn no_secret_is_shown() {
    let folder = root().join("captures/ikev1-ike-dh-differs-strongswan");
    for what in ["ikewhy,report", "ikewhy,json"] {
        let mut command = tshark();
        command
            .arg("-o")
            .arg(format!("ikewhy.peer_files:{}", folder.join("server").display()));
        command
            .args(["-q", "-z", what, "-r"])
            .arg(folder.join("server.pcap"));
        assert!(!quietly(&mut command).contains("invented"), "{what}");
    }
}
