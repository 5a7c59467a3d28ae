//! `ikewhy explain`: what a diagnosis means and how it is fixed, and what a number, a notification or a line of a log comes to.

use std::io::Write as _;

use ikewhy::report::{explain, held};

use crate::Status;
use crate::arguments::Explain;
use crate::output::Output;
use crate::trouble::{Trouble, shown};

pub(crate) fn run(wanted: &Explain, output: &mut Output) -> Result<Status, Trouble> {
    let words: Option<Vec<&str>> = wanted.of.iter().map(|word| word.to_str()).collect();
    let asked = words.map(|words| words.join(" "));
    let text = match (wanted.of.as_slice(), &asked) {
        ([], _) => Some(explain::all()),
        (_, Some(asked)) => explain::one(asked).or_else(|| held::explained(asked)),
        (_, None) => None,
    };
    let text = text.ok_or_else(|| {
        let asked: Vec<String> = wanted.of.iter().map(shown).collect();
        Trouble::Said(format!(
            "nothing is known of {}; `ikewhy explain` lists all diagnoses",
            asked.join(" ")
        ))
    })?;
    output.write_all(text.as_bytes())?;
    Ok(Status::NoneFailed)
}
