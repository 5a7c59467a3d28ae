//! `ikewhy report`: the report on one capture.

use std::io::Write as _;
use std::slice;

use crate::Status;
use crate::answer::Reader;
use crate::arguments::{Input, Readers, Report};
use crate::form::Form;
use crate::output::Output;
use crate::pool::{self, Worker};
use crate::reading;
use crate::trouble::{Trouble, say, shown};
use crate::tshark::Tshark;

pub(crate) fn run(wanted: &Report, output: &mut Output) -> Result<Status, Trouble> {
    let reader = reader(wanted.form(), wanted.stream, &wanted.input, &wanted.readers)?;
    let mut status = reading::check_keys(&wanted.input)?;
    let name = if wanted.input.redact {
        "the capture".to_owned()
    } else {
        shown(&wanted.capture)
    };
    pool::in_order(slice::from_ref(&wanted.capture), 1, reader, |_, answer| {
        let ending = answer.each(|piece| Ok(output.write_all(piece)?))?;
        output.flush()?;
        if ending.trouble.is_some() {
            status = Status::Trouble;
        }
        if let Some(said) = ending.trouble.or(ending.remark) {
            say(&format!("{name}: {said}"));
        }
        Ok(())
    })?;
    Ok(status)
}

/// Makes those who read captures: workers, or tshark if it is to be asked.
pub(crate) fn reader(
    form: Form,
    stream: Option<u32>,
    input: &Input,
    readers: &Readers,
) -> Result<impl Fn() -> Box<dyn Reader> + Sync, Trouble> {
    let limit = readers.timeout();
    let tshark = (readers.tshark.as_ref())
        .map(|command| Tshark::new(command, form, stream, input, readers))
        .transpose()?;
    let input = input.clone();
    Ok(move || -> Box<dyn Reader> {
        match &tshark {
            Some(tshark) => Box::new(tshark.clone()),
            None => Box::new(Worker::new(form, stream, &input, limit)),
        }
    })
}
