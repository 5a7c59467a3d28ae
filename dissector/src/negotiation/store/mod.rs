//! How what is known is kept small: the only tricks with memory are here, behind plain accessors.
//!
//! * [`bounds`]: what goes when a list is full, and that it can be said;
//! * [`chunked`]: lists that grow without being moved;
//! * `index`: tables that lead to items of a list;
//! * `links`: how negotiations of the same peers lead to each other.

pub mod bounds;
pub mod chunked;
pub(super) mod index;
pub(super) mod links;
