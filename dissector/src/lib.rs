//! ikewhy: why an IPsec negotiation failed, and what to change, on which side.
//!
//! UDP payloads (or whole frames) in, negotiations and findings out. Safe Rust, no I/O, no clock, no globals.
//!
//! Each module stands on those before it, in this order: `packet`, `wire`, `keys`, `negotiation`, `policy`, `diagnosis`, `rules`,
//! `verdict`, `redact`, `report`, `session`. Imports point downwards only.
#![forbid(unsafe_code)]

pub mod diagnosis;
pub mod keys;
pub mod negotiation;
pub mod packet;
pub mod policy;
mod redact;
pub mod report;
pub mod rules;
pub mod session;
#[cfg(test)]
mod tests;
pub mod verdict;
pub mod wire;
