//! The atlas (`testkit/src/atlas/`): nothing is said of any of its cells that the packets do not show.
//!
//!     cargo run -q -p ikewhy-tests --bin atlas                       # what is said of each cell
//!     cargo run -q -p ikewhy-tests --bin atlas -- CELL out.pcap      # a cell as a capture

use ikewhy_tests::atlas::expected::{Expectations, Mark};
use ikewhy_tests::atlas::{Judged, Then, cells, judged};
use ikewhy_tests::score::{Score, atlas};
use std::collections::BTreeSet;
use std::sync::LazyLock;

static EXPECTATIONS: LazyLock<Expectations> = LazyLock::new(Expectations::committed);
static JUDGED: LazyLock<Vec<Judged>> = LazyLock::new(|| judged(&EXPECTATIONS));

#[test]
fn the_expectations_are_sound() {
    let complaints = EXPECTATIONS.complaints(&cells(&EXPECTATIONS));
    assert!(
        complaints.is_empty(),
        "data/atlas.toml:\n{}",
        complaints.join("\n")
    );
}

#[test]
fn every_cell_has_a_name_of_its_own_and_a_negotiation() {
    let names: BTreeSet<_> = JUDGED.iter().map(|judged| judged.cell.to_string()).collect();
    assert_eq!(names.len(), JUDGED.len());
    for judged in JUDGED.iter() {
        assert!(!judged.verdict.is_empty(), "{}: no negotiation", judged.cell);
    }
}

/// What comes after the cut is part of the same negotiation, or none of anybody: it is read as it was meant.
#[test]
fn what_comes_then_is_understood() {
    let mut checked = 0;
    for cell in cells(&EXPECTATIONS) {
        let (frames, judged) = cell.frames();
        let streams = ikewhy_tests::engine::streams(&frames);
        let of = streams[judged as usize - 1];
        let then = &streams[cell.cut().end..];
        let nobodys = cell.then == Then::Silence;
        let same = then
            .iter()
            .all(|stream| if nobodys { stream.is_none() } else { *stream == of });
        assert!(same && of.is_some(), "{cell}: {streams:?}");
        checked += then.len();
    }
    assert!(checked > 1000);
}

#[test]
fn nothing_is_said_that_must_not_be() {
    let forbidden = JUDGED.iter().filter(|judged| judged.mark == Mark::Forbidden);
    let complaints: Vec<_> = forbidden
        .map(|judged| format!("{}: {}", judged.cell, judged.verdict))
        .collect();
    assert!(
        complaints.is_empty(),
        "must not be said:\n{}",
        complaints.join("\n")
    );
}

#[test]
fn what_is_promised_is_kept() {
    let missed = atlas::bars(&JUDGED).into_iter().filter(|bar| !bar.held);
    let missed: Vec<_> = missed
        .map(|bar| format!("{}, but {}", bar.what, bar.found))
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn no_less_is_allowed_than_before() {
    let Some(before) = Score::committed().and_then(|score| score.atlas) else {
        return;
    };
    let allowed = JUDGED
        .iter()
        .filter(|judged| judged.mark == Mark::Allowed)
        .count();
    let (of, then, _) = before.totals();
    assert!(
        allowed * of >= then * JUDGED.len(),
        "{allowed} of {}, were {then} of {of}",
        JUDGED.len()
    );
}
