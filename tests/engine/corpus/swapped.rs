//! The redacted outputs of a capture do not depend on private values: the capture, what its keys make of it, and its peers' files once
//! more with other addresses, identities, names, SPIs and names of files give the same bytes.
//!
//! `IKEWHY_PAIRS=30` makes so many pairs of each capture instead of one.

use ikewhy::report::wanted::Wanted;
use ikewhy::session::Session;
use ikewhy_testkit::random::Random;
use ikewhy_tests::cases::{self, Case};
use ikewhy_tests::originals::Originals;
use ikewhy_tests::swapped::{FORMS, Swap, Told, outline};

/// What came of the pairs of a capture.
#[derive(Default)]
pub(crate) struct Compared {
    /// Redacted outputs that differ where only private values do.
    pub(crate) complaints: Vec<String>,
    pairs: usize,
    /// Those in which more than private values differ: a value stood in two packets, half in each.
    impure: usize,
}

fn compare(case: &Case) -> Compared {
    let pairs = std::env::var("IKEWHY_PAIRS").ok();
    let pairs = pairs.and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut originals = Originals::of(case);
    originals.with_edges();
    let told = Told::of(case);
    for whole in &told.packets {
        let made = whole.derived.iter().map(|(_, data)| data);
        made.chain([&whole.frame.data])
            .for_each(|data| originals.certificates(data));
    }
    let outputs = |session: &mut Session| {
        FORMS.map(|form| {
            session.write(&Wanted {
                form,
                redact: true,
                ..Wanted::default()
            })
        })
    };
    let mut session = told.session();
    let (says, own) = (outline(&mut session), outputs(&mut session));
    let mut compared = Compared::default();
    for pair in 0..pairs {
        let mut random = Random::of(&case.name, pair);
        let swap = Swap::of(&originals, &mut random);
        let mut session = told.swapped(&swap, &mut random).session();
        compared.pairs += 1;
        if outline(&mut session) != says {
            compared.impure += 1;
            continue;
        }
        let other = outputs(&mut session);
        let all = FORMS.iter().zip(own.iter().zip(&other));
        compared.complaints.extend(all.filter_map(|(form, (own, other))| {
            let lines = differing(own, other)?;
            Some(format!("pair {pair}: redacted {form:?} differs:\n{lines}"))
        }));
    }
    compared.complaints.truncate(4);
    compared
}

/// What is wrong with the pairs of a capture.
pub(crate) fn complaints(case: &Case) -> Vec<String> {
    // Hundreds of scanned hosts take a minute, and show no more than a few.
    if case.name.starts_with("scan-sweep") {
        return Vec::new();
    }
    compare(case).complaints
}

/// Of nearly all captures something is compared.
pub(crate) fn most_pairs_are_compared() {
    let (mut pairs, mut impure) = (0, 0);
    for case in cases::some(60) {
        let compared = compare(&case);
        pairs += compared.pairs;
        impure += compared.impure;
    }
    assert!(impure * 10 < pairs, "{impure} of {pairs} pairs differ in more");
}

/// The first lines that differ.
pub(crate) fn differing(one: &str, other: &str) -> Option<String> {
    let (mut ours, mut theirs) = (one.lines(), other.lines());
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return (one != other).then(|| "only blank lines".to_owned()),
            (a, b) if a != b => {
                return Some(format!(
                    "  {}\n  {}",
                    a.unwrap_or_default(),
                    b.unwrap_or_default()
                ));
            }
            _ => {}
        }
    }
}
