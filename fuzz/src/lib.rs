//! Hostile input: one module for each target, and what must hold whatever bytes it is given.
//!
//! `make fuzz` lets libFuzzer look for input on which something does not hold (`fuzz_targets/`); every such input that was
//! ever found stands in `regressions/TARGET/`, and `cargo test` asks the same of it again.

pub mod abi;
pub mod capture;
pub mod certificate;
pub mod cost;
pub mod dialect;
pub mod frame;
pub mod keys;
pub mod l2tp;
pub mod message;
pub mod policy;
pub mod redaction;
pub mod sound;
pub mod sources;
pub mod store;

/// A target: its name and its question.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("abi", abi::check),
    ("capture", capture::check),
    ("certificate", certificate::check),
    ("dialect", dialect::check),
    ("frame", frame::check),
    ("keys", keys::check),
    ("l2tp", l2tp::check),
    ("message", message::check),
    ("policy", policy::check),
    ("redaction", redaction::check),
    ("sources", sources::check),
    ("store", store::check),
];
