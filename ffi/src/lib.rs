//! The C ABI of ikewhy: `include/ikewhy.h` is made from these files, and states the conventions once.
//!
//! * [`status`]: what a call may answer;
//! * [`abi`]: what crosses: text, structs that begin with their size, the panic guard;
//! * [`registry`]: fields and rules, from which a host registers its own;
//! * [`session`]: packets in, answers out;
//! * `page`: a report in a file of its own;
//! * [`lua`]: the same for Lua, as a module.
//!
//! All unsafe code of the project stands in this crate.
#![deny(unsafe_op_in_unsafe_fn)]
// What every exported function asks of its caller is written once, in the header's conventions (cbindgen.toml).
#![allow(clippy::missing_safety_doc)]
#![deny(clippy::undocumented_unsafe_blocks)]

pub mod abi;
pub mod lua;
mod page;
#[cfg(test)]
mod panic_tests;
pub mod registry;
pub mod session;
pub mod status;
