//! `ikewhy compare`: two captures of one path, at its two ends, or one that was merged of two. What was sent, what arrived, what was
//! lost or changed between them.
//!
//! ```text
//! merged  one capture becomes two again
//! end     a capture becomes packets that can be found again at the other end
//! path    who sent them, how the clocks differ, which of them arrived
//! flow    the same for each way and carrier: UDP 500, UDP 4500, ESP, fragments
//! told    all that in words, and as JSON
//! ```

mod end;
mod flow;
mod merged;
mod path;
mod told;

use std::io::Write as _;

use crate::Status;
use crate::arguments::Compare;
use crate::output::Output;
use crate::trouble::{Trouble, say, shown};
use end::End;
use path::Path;

pub(crate) fn run(wanted: &Compare, output: &mut Output) -> Result<Status, Trouble> {
    let (one, other) = match &wanted.captures[..] {
        [merged] => merged::split(merged),
        [one, other] => end::read(one).and_then(|one| Ok((one, end::read(other)?))),
        _ => return Err(Trouble::new("compare takes one capture or two")),
    }
    .map_err(Trouble::Said)?;
    let damaged = say_damage(&[&one, &other]);
    let mut path = Path::new(one, other);
    let told = if wanted.json {
        told::json(&mut path)?
    } else {
        told::text(&mut path)
    };
    output.write_all(told.as_bytes())?;
    output.flush()?;
    Ok(if damaged {
        Status::Trouble
    } else if path.has_failed() {
        Status::Failed
    } else {
        Status::NoneFailed
    })
}

fn say_damage(ends: &[&End]) -> bool {
    let mut damaged = false;
    for end in ends {
        if let Some(damage) = &end.damage {
            say(&format!("{}: {damage}", shown(&end.name)));
            damaged = true;
        }
    }
    damaged
}
