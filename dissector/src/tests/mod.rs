//! What the tests of all floors share; nobody else may use it.
//!
//! * [`made`]: a session that is fed with messages made by hand;
//! * [`sample`]: texts of dialects, and what must hold of each;
//! * [`pairs`]: a text, and the same with other private values: redacted, both look alike.

pub(crate) mod made;
pub(crate) mod pairs;
pub(crate) mod sample;
