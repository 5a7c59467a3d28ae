//! What runs without the GIL, and may panic: the panic becomes an exception, and prints nothing.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use pyo3::prelude::*;

pyo3::import_exception!(ikewhy.errors, EngineError);

/// From now on a panic of this module prints nothing: it is told as an exception.
pub(crate) fn be_silent() {
    set_hook(Box::new(|_| {}));
}

/// Runs it without the GIL.
///
/// # Errors
///
/// `EngineError` if it panicked: whatever it worked on is not to be used any more.
pub(crate) fn without_gil<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(panic.as_ref())))
        .map_err(broken)
}

/// The exception for work that was broken off.
pub(crate) fn broken(why: impl AsRef<str>) -> PyErr {
    EngineError::new_err(format!("the engine failed: {}", why.as_ref()))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

/// A panic, as a fault in the engine would be one.
#[cfg(feature = "faults")]
#[pyfunction]
pub(crate) fn fail(py: Python<'_>) -> PyResult<()> {
    #[expect(clippy::panic, reason = "that is what it is for")]
    without_gil(py, || panic!("a fault"))
}
