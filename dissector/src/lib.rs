//! ikewhy: why an IPsec negotiation failed, and what to change, on which side.
//!
//! UDP payloads (or whole frames) in, negotiations and findings out. Safe Rust, no I/O, no clock, no globals.
#![forbid(unsafe_code)]

pub mod keys;
#[cfg(test)]
mod made;
pub mod negotiation;
pub mod packet;
pub mod policy;
mod redact;
pub mod report;
pub mod session;
pub mod wire;

// The rules' `format!` is that of `wording`.
#[macro_use]
mod wording;
pub mod diagnosis;
pub mod rules;
pub mod verdict;
