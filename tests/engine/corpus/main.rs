//! Every capture of the corpus, in this process: a test for each, under its name.
//!
//!     cargo test -p ikewhy-tests --test corpus [ikev2-psk-differs]
//!
//! * `verdicts`: what is said is what the scenario expects;
//! * `first_screen`: what is seen of it at once is short, and the answer;
//! * `laws`: it does not depend on how the packets came in, and is never wrong of a part of the capture;
//! * `redaction`: a redacted report says the same, without an original value;
//! * `mapped`: its steps are the same under pseudonyms;
//! * `swapped`: it does not depend on private values.

mod first_screen;
mod laws;
mod mapped;
mod redaction;
mod swapped;
mod verdicts;

use ikewhy_tests::cases::{self, Case};
use libtest_mimic::{Arguments, Failed, Trial};

fn check(case: &Case) -> Result<(), Failed> {
    let complaints = [
        verdicts::complaints(case),
        first_screen::complaints(case),
        laws::complaints(case),
        redaction::complaints(case),
        mapped::complaints(case),
        swapped::complaints(case),
    ]
    .concat();
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join("\n").into())
    }
}

fn main() {
    let arguments = Arguments::from_args();
    let cases = cases::all().into_iter();
    let mut trials: Vec<_> = cases
        .map(|case| Trial::test(case.name.clone(), move || check(&case)))
        .collect();
    trials.push(Trial::test("redaction::originals_are_found", || {
        redaction::originals_are_found();
        Ok(())
    }));
    trials.push(Trial::test("mapped::other_texts_are_found", || {
        mapped::other_texts_are_found();
        Ok(())
    }));
    trials.push(Trial::test("swapped::most_pairs_are_compared", || {
        swapped::most_pairs_are_compared();
        Ok(())
    }));
    libtest_mimic::run(&arguments, trials).exit();
}
