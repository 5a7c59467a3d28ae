//! ikewhy in a browser: what the page asks of the engine. The page itself is made of `web/page/` by `assemble`.
//!
//! ```text
//! page/start.js    files, the list of negotiations, reports: all that is shown
//!   -> worker.js    one capture, in a thread of its own, which may be ended or die
//!   -> border      the functions that it calls
//!   -> asked       what a file is, a capture with all that goes with it, its rows, its reports
//!   -> content     a file of the browser's, as a reader
//!   -> host        the functions that the worker gives
//! ```
//!
//! Nothing is dereferenced here: what the browser reads and writes in this module's memory, it does itself.
#![deny(unsafe_code)]

pub mod asked;
#[cfg(target_arch = "wasm32")]
mod border;
#[cfg(target_arch = "wasm32")]
mod content;
#[cfg(target_arch = "wasm32")]
mod host;
