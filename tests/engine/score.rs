//! The score keeps what the project promises, gets no worse, and is told as it is; and the corpus it rests on is sound.

use ikewhy_tests::corpus::{self, Corpus, MAX_SIZE, MIN_CASES, MIN_HEALTHY};
use ikewhy_tests::root;
use ikewhy_tests::score::{Score, measure, table};
use ikewhy_tests::{advice, cases};
use std::sync::LazyLock;

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| corpus::read(&root().join("captures")));

/// The public captures are not everywhere: what `make score` last found on them stands. So it does for the atlas, which has a test of
/// its own.
static SCORE: LazyLock<Score> = LazyLock::new(|| {
    let mut score = measure(&CORPUS, None);
    if let Some(committed) = Score::committed() {
        (score.public, score.atlas) = (committed.public, committed.atlas);
    }
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
    assert!(size < MAX_SIZE, "{size} bytes");
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

/// `make advice` tried the steps that the engine gives today.
#[test]
fn the_steps_are_those_that_were_tried() {
    let tried = advice::table();
    let mut complaints = Vec::new();
    let mut cases = 0;
    for (case, negotiation) in advice::advised(&CORPUS) {
        cases += 1;
        let now = advice::row(case, &negotiation);
        match tried.iter().find(|row| row.case == now.case) {
            Some(row) if (&row.verdict, &row.step) == (&now.verdict, &now.step) => {}
            Some(row) => complaints.push(format!(
                "{}: tried {:?}, advised {:?}",
                now.case, row.step, now.step
            )),
            None => complaints.push(format!("{}: not tried", now.case)),
        }
    }
    none(&complaints, "make advice SCENARIO=\"...\"");
    assert_eq!(tried.len(), cases);
    let made = || tried.iter().filter(|row| row.result != advice::NOTHING);
    let up = made().filter(|row| row.result == "up").count();
    assert!(10 * up >= 8 * made().count(), "{up} of {}", made().count());
}

/// With and without files and keys, no step contradicts another one, changes nothing, or names a setting of another cause.
#[test]
fn no_step_is_idle_or_against_another() {
    let mut faults = Vec::new();
    let mut steps = 0;
    for case in cases::all() {
        let (tables, files) = (case.tables.as_slice(), case.files());
        for (tables, files) in [(&[][..], &[][..]), (tables, &[]), (&[], &files), (tables, &files)] {
            for n in advice::negotiations(&case.path, tables, files) {
                steps += n["verdict"]["steps"].as_array().map_or(0, Vec::len);
                let found = advice::faults(&n).into_iter();
                faults.extend(found.map(|fault| format!("{}: {fault}", case.name)));
            }
        }
    }
    faults.dedup();
    none(&faults, "advice");
    assert!(steps > 1000, "{steps} steps");
}
