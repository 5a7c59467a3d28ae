//! What Python hands over as a capture: a path, bytes, or a file object.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ikewhy_sources::{Capture, SHORTEST, Unreadable, check_whole};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

/// After so many bytes of a file, somebody may have pressed Ctrl-C.
const UNINTERRUPTED: usize = 16 << 20;
/// So much is asked of a file object at a time.
const CHUNK: usize = 1 << 18;

/// A capture, as a caller has it.
#[derive(FromPyObject)]
pub(crate) enum Source {
    /// Its bytes. They cannot change, and are not copied.
    #[pyo3(transparent)]
    Bytes(PyBackedBytes),
    /// Where it is.
    #[pyo3(transparent)]
    Path(PathBuf),
    /// Something that can be read.
    #[pyo3(transparent)]
    File(Py<PyAny>),
}

/// An exception that ended the reading: what Python raised counts, not what the reader made of it.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    /// Ends the reading.
    fn end(&self, error: PyErr) -> io::Error {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        io::Error::other("an exception was raised")
    }

    /// What was raised, if anything was.
    pub(crate) fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Source {
    /// The folder that the capture is in.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        match self {
            Self::Path(path) => path.parent().map(Path::to_owned),
            Self::Bytes(_) | Self::File(_) => None,
        }
    }

    /// Opens the capture. Whoever calls this does not hold the GIL.
    ///
    /// # Errors
    ///
    /// Why it is no capture; or something was `raised`.
    pub(crate) fn open(self, raised: &Raised) -> Result<Capture, Unreadable> {
        match self {
            Self::Bytes(bytes) if (bytes.len() as u64) < SHORTEST => Err(Unreadable::Short),
            Self::Bytes(bytes) => Capture::from_reader(Cursor::new(bytes)),
            Self::Path(path) => {
                check_whole(&path)?;
                Capture::from_reader(Interruptible {
                    file: File::open(path)?,
                    read: 0,
                    raised: raised.clone(),
                })
            }
            Self::File(object) => Capture::from_reader(FileObject {
                object,
                chunk: Cursor::new(Vec::new()),
                raised: raised.clone(),
            }),
        }
    }
}

/// A file; while it is read, signals are heard.
struct Interruptible {
    file: File,
    /// Bytes since signals were looked for.
    read: usize,
    raised: Raised,
}

impl Read for Interruptible {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.read >= UNINTERRUPTED {
            self.read = 0;
            Python::attach(|py| py.check_signals()).map_err(|error| self.raised.end(error))?;
        }
        let read = self.file.read(room)?;
        self.read += read;
        Ok(read)
    }
}

/// An object with a method `read(size)` that gives bytes, and none at its end.
struct FileObject {
    object: Py<PyAny>,
    chunk: Cursor<Vec<u8>>,
    raised: Raised,
}

impl FileObject {
    fn next_chunk(&self) -> PyResult<Vec<u8>> {
        Python::attach(|py| {
            let chunk = self.object.bind(py).call_method1("read", (CHUNK,))?;
            match chunk.extract::<PyBackedBytes>() {
                Ok(bytes) => Ok(bytes.to_vec()),
                Err(_) => Err(PyTypeError::new_err(format!(
                    "read() of the file object gave {}, not bytes; open a file with mode 'rb'",
                    chunk.get_type().name()?
                ))),
            }
        })
    }
}

impl Read for FileObject {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(room)?;
            if read > 0 || room.is_empty() {
                return Ok(read);
            }
            let chunk = self.next_chunk().map_err(|error| self.raised.end(error))?;
            if chunk.is_empty() {
                return Ok(0);
            }
            self.chunk = Cursor::new(chunk);
        }
    }
}
