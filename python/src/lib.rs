//! The engine as a module of Python, `ikewhy._engine`. What users import is made of it in `python/ikewhy/`.
//!
//! ```text
//! path, bytes, file object   source    what Python hands over, as a reader that can be interrupted
//!   -> read                  report    reads it to its end, without the GIL
//!   -> Report                          one negotiation after another, as JSON
//!                            guard     no panic crosses: it becomes an exception
//! ```
//!
//! No code here is unsafe but what PyO3's macros write.
#![forbid(unsafe_code)]

use pyo3::prelude::*;

mod guard;
mod report;
mod source;

/// Reads captures. Import `ikewhy` instead.
#[pymodule]
mod _engine {
    use super::*;

    #[cfg(feature = "faults")]
    #[pymodule_export]
    use super::guard::fail;
    #[pymodule_export]
    use super::report::{Report, read};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::guard::be_silent();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
