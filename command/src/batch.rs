//! `ikewhy batch`: one row for each negotiation of many captures, and how many failed.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::thread;

use ikewhy::report::parts::{Part, Parts};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::Status;
use crate::answer::Ending;
use crate::arguments::{Batch, MOST_JOBS};
use crate::captures;
use crate::document::{Layout, Object};
use crate::fail_on::FailOn;
use crate::form::Form;
use crate::output::Output;
use crate::pool::{self, Answer};
use crate::reading;
use crate::report;
use crate::row::{COLUMNS, Row, csv};
use crate::table::Table;
use crate::trouble::{Trouble, say, shown};

pub(crate) fn run(wanted: &Batch, output: &mut Output) -> Result<Status, Trouble> {
    let fail_on = FailOn::parse(&wanted.fail_on)?;
    let reader = report::reader(Form::Json, None, &wanted.input, &wanted.readers)?;
    let keys = reading::check_keys(&wanted.input)?;
    let captures = captures::find(&wanted.captures, wanted.input.redact)?;
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let jobs = wanted
        .jobs
        .map_or(cores, |jobs| jobs as usize)
        .min(MOST_JOBS as usize);

    let form = Shape::of(wanted);
    let mut shown = Shown {
        form,
        table: Table::new(),
        fail_on,
        only_failed: wanted.failed,
        redact: wanted.input.redact,
        counts: Counts::default(),
        bar: bar(captures.len(), form, output),
    };
    shown.begin(output)?;
    let taken = pool::in_order(&captures, jobs, reader, |capture, answer| {
        shown.take(capture, answer, output)
    });
    shown.bar.finish_and_clear();
    taken?;
    let status = shown.counts.status().max(keys);
    shown.end(output)?;
    Ok(status)
}

/// What is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Table,
    Json,
    JsonLines,
    Csv,
}

impl Shape {
    fn of(wanted: &Batch) -> Self {
        match (wanted.json, wanted.jsonl, wanted.csv) {
            (true, _, _) => Self::Json,
            (_, true, _) => Self::JsonLines,
            (_, _, true) => Self::Csv,
            _ => Self::Table,
        }
    }

    fn layout(self) -> Option<Layout> {
        match self {
            Self::Json => Some(Layout::Lines),
            Self::JsonLines => Some(Layout::OneLine),
            Self::Table | Self::Csv => None,
        }
    }
}

/// A bar on a terminal where nothing else is printed meanwhile; nothing elsewhere.
fn bar(captures: usize, form: Shape, output: &Output) -> ProgressBar {
    let is_alone = form == Shape::Table || !output.is_terminal();
    let target = if captures > 1 && is_alone && io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("[{bar:30}] {pos} of {len} captures");
    ProgressBar::with_draw_target(Some(captures as u64), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[derive(Default)]
struct Counts {
    captures: u64,
    negotiations: u64,
    failed: u64,
    /// Captures of which nothing could be read, and those of which not all could.
    unread: u64,
    damaged: u64,
    verdicts: BTreeMap<String, u64>,
}

impl Counts {
    fn status(&self) -> Status {
        match (self.unread + self.damaged, self.failed) {
            (1.., _) => Status::Trouble,
            (0, 1..) => Status::Failed,
            (0, 0) => Status::NoneFailed,
        }
    }

    fn sentence(&self) -> String {
        let mut sentence = format!(
            "{}, {}, {} failed",
            plural(self.captures, "capture"),
            plural(self.negotiations, "negotiation"),
            self.failed
        );
        for (count, what) in [
            (self.unread, "could not be read"),
            (self.damaged, "read only in part"),
        ] {
            if count > 0 {
                sentence += &format!(", {count} {what}");
            }
        }
        sentence + "."
    }
}

fn plural(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// All that is shown of the captures, as they come.
struct Shown {
    form: Shape,
    table: Table,
    fail_on: FailOn,
    only_failed: bool,
    redact: bool,
    counts: Counts,
    bar: ProgressBar,
}

impl Shown {
    fn begin(&self, output: &mut Output) -> io::Result<()> {
        match self.form {
            Shape::Json => write!(output, "{{\n  \"schema_version\": 2,\n  \"captures\": ["),
            Shape::Csv => output.write_all(csv(&COLUMNS).as_bytes()),
            Shape::Table | Shape::JsonLines => Ok(()),
        }
    }

    fn take(&mut self, capture: &Path, answer: Answer, output: &mut Output) -> Result<(), Trouble> {
        self.counts.captures += 1;
        let file = if self.redact {
            format!("capture{}", self.counts.captures)
        } else {
            shown(capture)
        };
        if self.form == Shape::Json {
            let separator = if self.counts.captures > 1 { "," } else { "" };
            writeln!(output, "{separator}")?;
        }
        let layout = self.form.layout();
        let mut object = match layout {
            Some(layout) => Some(Object::begin(layout, &file, output)?),
            None => None,
        };
        let mut parts = Parts::default();
        let mut is_read = false;
        let ending = answer.each(|piece| {
            parts.push(piece, |part| {
                is_read |= part == Part::List;
                if let Part::Record(record) = part
                    && !self.count(record, &file, output)?
                {
                    return Ok(());
                }
                match &mut object {
                    Some(object) => object.add(part, output).map_err(Trouble::from),
                    None => Ok(()),
                }
            })
        })?;
        if let Some(object) = object {
            object.end(ending.trouble.as_deref(), output)?;
        }
        self.say(&file, is_read, &ending);
        self.bar.inc(1);
        Ok(())
    }

    /// Counts a negotiation, and shows its row where rows are shown. False if it is not to be shown.
    fn count(&mut self, record: &str, file: &str, output: &mut Output) -> Result<bool, Trouble> {
        let Some(row) = Row::of(record) else {
            return Ok(true);
        };
        let is_failed = self.fail_on.counts(&row);
        self.counts.negotiations += 1;
        self.counts.failed += u64::from(is_failed);
        match self.counts.verdicts.get_mut(&row.verdict.id) {
            Some(count) => *count += 1,
            None => _ = self.counts.verdicts.insert(row.verdict.id.clone(), 1),
        }
        if self.only_failed && !is_failed {
            return Ok(false);
        }
        match self.form {
            Shape::Csv => output.write_all(csv(&row.cells(file)).as_bytes())?,
            Shape::Table => self.table.add(&row.cells(file))?,
            Shape::Json | Shape::JsonLines => {}
        }
        Ok(true)
    }

    /// Says what was wrong with a capture, and counts it.
    fn say(&mut self, file: &str, is_read: bool, ending: &Ending) {
        if ending.trouble.is_some() {
            if is_read {
                self.counts.damaged += 1;
            } else {
                self.counts.unread += 1;
            }
        }
        if let Some(said) = ending.trouble.as_ref().or(ending.remark.as_ref()) {
            self.bar.suspend(|| say(&format!("{file}: {said}")));
        }
    }

    fn end(self, output: &mut Output) -> Result<(), Trouble> {
        match self.form {
            Shape::Json => writeln!(output, "\n  ]\n}}")?,
            Shape::Csv | Shape::JsonLines => {}
            Shape::Table => {
                self.table.print(output.width(), output)?;
                let mut verdicts: Vec<_> = self.counts.verdicts.iter().collect();
                verdicts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
                if verdicts.len() > 1 {
                    writeln!(output)?;
                }
                for (verdict, count) in verdicts.iter().filter(|_| verdicts.len() > 1) {
                    writeln!(output, "{count:>7}  {verdict}")?;
                }
                writeln!(output, "\n{}", self.counts.sentence())?;
            }
        }
        Ok(())
    }
}
