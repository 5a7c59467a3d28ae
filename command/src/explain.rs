//! `ikewhy explain`: what a diagnosis means and how it is fixed.

use std::io::Write as _;

use ikewhy::report::explain;

use crate::Status;
use crate::arguments::Explain;
use crate::output::Output;
use crate::trouble::{Trouble, shown};

pub(crate) fn run(wanted: &Explain, output: &mut Output) -> Result<Status, Trouble> {
    let text = match &wanted.diagnosis {
        None => explain::all(),
        Some(id) => id.to_str().and_then(explain::one).ok_or_else(|| {
            let id = shown(id);
            Trouble::Said(format!(
                "there is no diagnosis {id}; `ikewhy explain` lists all of them"
            ))
        })?,
    };
    output.write_all(text.as_bytes())?;
    Ok(Status::NoneFailed)
}
