//! Messages -> exchanges -> negotiations, and what each peer offered, chose, refused and showed of itself.
//!
//! * [`store`]: how all of it is kept small;
//! * [`facts`]: what is known of a negotiation, and what the whole capture teaches;
//! * [`intake`]: which negotiation a packet belongs to, and what it adds to it;
//! * [`standing`]: where a negotiation is, who has to speak, and how long nobody did.
//!
//! Facts only: every one knows its frame. What they mean is for the rules.

pub mod facts;
pub mod intake;
pub mod standing;
pub mod store;

pub use facts::*;
