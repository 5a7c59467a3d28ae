//! `ikewhy live`: a line for each negotiation as it is decided, from a capture that still runs.
//!
//! What is told as decided is never taken back. What rests on silence is provisional as long as the capture runs; at its end all
//! that was not decided is told as it stands.

mod source;
mod watch;

use std::io::Write as _;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use crate::Status;
use crate::arguments::Live;
use crate::output::Output;
use crate::reading;
use crate::row::Row;
use crate::system::signals;
use crate::trouble::{Trouble, say};
use source::{Event, Source};
use watch::{Told, Watch};

/// How often silence is looked at, and how soon a signal is heard.
const TICK: Duration = Duration::from_millis(250);

pub(crate) fn run(wanted: &Live, output: &mut Output) -> Result<Status, Trouble> {
    let mut status = reading::check_keys(&wanted.input)?;
    let mut watch = Watch::new(&wanted.input);
    let mut source = Source::open(wanted)?;
    signals::stop_first();
    let mut ticked = Instant::now();
    let mut trouble = None;
    while !signals::stopped() {
        match source.next(TICK) {
            Ok(Event::Packet(packet)) => {
                let told = watch.push(&packet);
                show(told, wanted, output)?;
            }
            Ok(Event::End(wrong)) => {
                trouble = source.complaint().or(wrong);
                break;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            show(watch.tick(), wanted, output)?;
        }
    }
    source.close();
    let mut stream = 0;
    while let Some(told) = watch.end(stream) {
        show(told, wanted, output)?;
        stream += 1;
    }
    if watch.has_failed() {
        status = status.max(Status::Failed);
    }
    if let Some(trouble) = trouble {
        output.flush()?;
        say(&trouble);
        status = Status::Trouble;
    }
    Ok(status)
}

/// A line each, at once.
fn show(told: impl IntoIterator<Item = Told>, wanted: &Live, output: &mut Output) -> Result<(), Trouble> {
    let mut any = false;
    for told in told {
        any = true;
        let line = if wanted.json { json(&told) } else { text(&told) };
        output.write_all(line.as_bytes())?;
    }
    if any {
        output.flush()?;
    }
    Ok(())
}

fn json(told: &Told) -> String {
    let record: String = told.record.lines().map(str::trim_start).collect();
    let record = record.strip_prefix('{').unwrap_or(&record);
    format!("{{\"provisional\": {}, {record}\n", told.provisional)
}

fn text(told: &Told) -> String {
    let Some(row) = Row::of(&told.record) else {
        return String::new();
    };
    // Of a time such as 2026-01-01T12:00:18.123Z.
    let time = row.verdict.time.as_deref().and_then(|time| time.get(11..19));
    let time = time.unwrap_or("        ").to_owned();
    let mark = if told.provisional { "provisional: " } else { "" };
    let [_, stream, peers, verdict, _, _, sentence] = row.cells("");
    format!("{time}  {stream:>4}  {peers}  {mark}{verdict}  {sentence}\n")
}
