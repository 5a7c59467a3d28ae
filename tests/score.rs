//! The score keeps what the project promises, gets no worse, and is told as it is; and the corpus it rests on is sound.

use ikewhy_tests::corpus::{self, Corpus, MAX_SIZE, MIN_CASES, MIN_HEALTHY};
use ikewhy_tests::score::{Judged, Score, ask, home, measure};
use ikewhy_tests::{root, table};
use std::sync::LazyLock;

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| corpus::read(&root().join("captures")));

/// The public captures are not everywhere: what `make score` last found on them stands.
static SCORE: LazyLock<Score> = LazyLock::new(|| {
    let mut score = measure(&CORPUS, Judged::Tshark, None);
    score.public = Score::committed().and_then(|committed| committed.public);
    score
});

fn none(complaints: &[String], what: &str) {
    assert!(complaints.is_empty(), "{what}:\n{}", complaints.join("\n"));
}

#[test]
fn the_corpus_is_sound() {
    none(&CORPUS.complaints(), "labels");
}

#[test]
fn the_corpus_is_large_enough_and_small_enough() {
    let healthy = CORPUS.cases.iter().filter(|case| case.scenario.truth.healthy);
    let (cases, healthy, size) = (CORPUS.cases.len(), healthy.count(), CORPUS.size);
    assert!(cases >= MIN_CASES, "{cases} cases of {MIN_CASES}");
    assert!(healthy >= MIN_HEALTHY, "{healthy} healthy cases of {MIN_HEALTHY}");
    assert!(size < MAX_SIZE, "{size} octets");
}

#[test]
fn the_score_reaches_what_is_promised() {
    let missed = SCORE.bars().into_iter().filter(|bar| !bar.held);
    let missed: Vec<_> = missed
        .map(|bar| format!("{}, but {}", bar.what, bar.found))
        .collect();
    none(&missed, "see docs/score.md");
}

#[test]
fn the_score_gets_no_worse() {
    if let Some(committed) = Score::committed() {
        none(&SCORE.worse_than(&committed), "worse than docs/score.json says");
    }
}

/// What no lab here can make: a Windows client (nat-server-policy) and a responder that answers with an error of its own
/// (ike-refused). Their rules are held against packets made by hand.
const NOT_IN_THE_LAB: [&str; 2] = ["nat-server-policy", "ike-refused"];

#[test]
fn every_diagnosis_fires_on_a_capture_and_has_a_near_miss() {
    let given = |id: &str| SCORE.columns.iter().any(|column| column.given.contains(id));
    let mut complaints = Vec::new();
    for covered in CORPUS.coverage() {
        let id = covered.verdict;
        if !covered.rule {
            complaints.push(format!("{id}: no rule"));
        }
        if !given(id) && !NOT_IN_THE_LAB.contains(&id) {
            complaints.push(format!("{id}: fires on no capture that expects it"));
        }
        if covered.never == 0 && id != "established" {
            complaints.push(format!("{id}: no near miss"));
        }
    }
    none(&complaints, "diagnoses");
}

#[test]
fn the_score_is_told_as_it_is() {
    let path = Score::path().with_extension("md");
    let told = std::fs::read_to_string(&path).unwrap_or_default();
    let true_lines = table::document(&SCORE);
    let differing = true_lines
        .lines()
        .zip(told.lines())
        .find(|(now, then)| now != then);
    assert!(
        told == true_lines,
        "make score, and commit docs/score.*: {differing:?}"
    );
}

#[test]
fn the_corpus_is_split_by_the_crc_of_the_name() {
    // CRC-32 of "123456789" is CBF43926, 3421780262 = 3 * 1140593420 + 2.
    assert!(!corpus::held_out("123456789"));
    let held_out = [
        "ikev2-ipv6-up-strongswan",
        "l2tp-up-strongswan",
        "ikev1-filtered-500-strongswan",
    ];
    assert!(held_out.into_iter().all(corpus::held_out));
    assert!(!corpus::held_out("ikev1-psk-up-strongswan"));
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

/// Verdicts with wrong keys are those without keys: on some captures, with `IKEWHY_WHOLE` (`make wrong-keys`) on all that have keys.
fn change_no_verdict(name: &str, step: usize, wrong: impl Fn(&str, &str) -> String + Sync) {
    let keyed: Vec<_> = CORPUS
        .cases
        .iter()
        .filter(|case| !case.keys().is_empty())
        .collect();
    // Each with its neighbour, whose keys are real and somebody else's.
    let pairs = keyed.iter().zip(keyed.iter().cycle().skip(1));
    let step = if std::env::var_os("IKEWHY_WHOLE").is_some() {
        1
    } else {
        step
    };
    let pairs: Vec<_> = pairs.step_by(step).collect();
    assert!(pairs.len() > 10);
    let complaints = ikewhy_tests::for_each(&pairs, |(case, neighbour)| {
        let folder = root().join("build/wrong-keys").join(name).join(&case.name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let tables: Vec<_> = case
            .keys()
            .iter()
            .map(|table| {
                let file = table.file_name().unwrap_or_default();
                let right = std::fs::read_to_string(table).expect("a table");
                let other = neighbour.folder.join("keys").join(file);
                let path = folder.join(file);
                let made = wrong(&right, &std::fs::read_to_string(other).unwrap_or_default());
                assert_ne!(right, made, "{}", table.display());
                std::fs::write(&path, made).expect("a table");
                path
            })
            .collect();
        let home = home(&format!("{}-{name}", case.name), &tables);
        let differs = |(side, _): &(&str, _)| {
            let capture = case.capture(side);
            ask(&capture, Some(&home)).0 != ask(&capture, None).0
        };
        let differing = case.captures().filter(differs);
        differing
            .map(|(side, _)| format!("{}/{side}", case.name))
            .collect::<Vec<_>>()
    });
    none(&complaints.concat(), "other verdicts with wrong keys");
}

#[test]
fn a_wrong_key_changes_no_verdict() {
    change_no_verdict("wrong", 9, |table, _| turned(table));
}

#[test]
fn the_keys_of_other_negotiations_change_no_verdict() {
    change_no_verdict("shuffled", 14, shuffled);
}
