//! Bytes -> messages, on bytes made by hand and on bytes made by chance.
// Clippy's exception for tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod frame;
mod message;
mod support;
