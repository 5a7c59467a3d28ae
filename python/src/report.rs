//! A capture is read, and the report on it handed on: one negotiation after another, as JSON.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Mutex;

use ikewhy::keys::Keys;
use ikewhy::report::parts::{Part, Parts};
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::report::writing::Writing;
use ikewhy::session::Session;
use ikewhy_sources::{Beside, Unreadable, Unused, read_key_tables};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::guard::{broken, without_gil};
use crate::source::{Raised, Source};

pyo3::import_exception!(ikewhy.errors, CaptureError);
pyo3::import_exception!(ikewhy.errors, CaptureNotFound);

/// Reads a capture to its end, or to where it is damaged.
///
/// Of what names no files of the caller's, exceptions are sentences without a subject.
#[pyfunction]
#[pyo3(signature = (capture, *, peer_files = None, keys = None, redact = false))]
pub(crate) fn read(
    py: Python<'_>,
    capture: Source,
    peer_files: Option<String>,
    keys: Option<PathBuf>,
    redact: bool,
) -> PyResult<Report> {
    let unused_keys = unused(&keys, redact)?;
    let beside = Beside { peer_files, keys };
    let folder = capture.folder();
    let raised = Raised::default();
    let told = without_gil(py, || {
        let mut capture = capture.open(&raised)?;
        let mut session = beside.read(&mut capture, folder.as_deref());
        let writing = session.begin(&Wanted {
            form: Form::Json,
            redact,
            ..Wanted::default()
        });
        let damage = capture.damage().map(ToString::to_string);
        Ok((damage, Told::new(session, writing)))
    })?;
    if let Some(error) = raised.take() {
        return Err(error);
    }
    let (damage, told) = told.map_err(|why| unreadable(&why))?;
    Ok(Report {
        damage,
        unused_keys,
        told: Mutex::new(told),
    })
}

fn unreadable(why: &Unreadable) -> PyErr {
    match why {
        Unreadable::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            CaptureNotFound::new_err(why.to_string())
        }
        _ => CaptureError::new_err(why.to_string()),
    }
}

/// What of the tables of keys is not used: no key is said.
fn unused(keys: &Option<PathBuf>, redact: bool) -> PyResult<Vec<String>> {
    let Some(path) = keys else {
        return Ok(Vec::new());
    };
    let mut said = Vec::new();
    for (table, unused) in read_key_tables(&mut Keys::default(), path) {
        let name = if redact {
            "what keys names".to_owned()
        } else {
            table.display().to_string()
        };
        let sentence = format!("{name}: {unused}");
        if matches!(unused, Unused::Table(_)) {
            return Err(PyOSError::new_err(sentence));
        }
        said.push(sentence);
    }
    Ok(said)
}

/// The report on a capture: an iterator over its negotiations, each an object as JSON.
#[pyclass(frozen, module = "ikewhy._engine")]
pub(crate) struct Report {
    /// What is wrong with the rest of the capture: where, and what; a sentence without its subject.
    #[pyo3(get)]
    damage: Option<String>,
    /// What of the tables of keys is not used.
    #[pyo3(get)]
    unused_keys: Vec<String>,
    told: Mutex<Told>,
}

#[pymethods]
impl Report {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.with(py, Told::next)
    }

    /// What the document says of the whole capture, an object as JSON: complete after the last negotiation.
    fn fields(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |told| format!("{{{}}}", told.fields.join(",")))
    }
}

impl Report {
    fn with<T: Send>(&self, py: Python<'_>, ask: impl FnOnce(&mut Told) -> T + Send) -> PyResult<T> {
        without_gil(py, || self.told.lock().map(|mut told| ask(&mut told)).ok())?
            .ok_or_else(|| broken("it failed before"))
    }
}

/// A report in the making.
struct Told {
    session: Session,
    writing: Writing,
    parts: Parts,
    records: VecDeque<String>,
    fields: Vec<String>,
}

impl Told {
    fn new(session: Session, writing: Writing) -> Self {
        Self {
            session,
            writing,
            parts: Parts::default(),
            records: VecDeque::new(),
            fields: Vec::new(),
        }
    }

    /// The next negotiation.
    fn next(&mut self) -> Option<String> {
        while self.records.is_empty() {
            let piece = self.session.next_piece(&mut self.writing)?;
            let (records, fields) = (&mut self.records, &mut self.fields);
            let Ok(()) = self.parts.push(piece.as_bytes(), |part| {
                match part {
                    Part::Record(record) => records.push_back(record.to_owned()),
                    Part::Field(field) => fields.push(field.to_owned()),
                    Part::List => {}
                }
                Ok::<_, Infallible>(())
            });
        }
        self.records.pop_front()
    }
}
