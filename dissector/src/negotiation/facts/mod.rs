//! What is known of a negotiation, each fact with its frame.
//!
//! * `negotiation`: all of it for one, in one place; `event`, `peer`, `data`: its messages, its sides, ESP and ICMP;
//! * `steps`: which steps it saw; `progress`: how far it came;
//! * [`place`]: versions, roles, places: what every fact is made with;
//! * [`offer`]: proposals of both versions in one form, and their comparison;
//! * [`nat`]: who is behind NAT, from the NAT detection hashes;
//! * [`shape`]: what the length of an encrypted message tells; [`auth_answer`]: what an IKE_AUTH response says;
//! * [`proof`]: who each side says it is, and how it proves it; [`aggressive`]: Aggressive Mode's proof of the key;
//! * [`selector`]: the traffic a tunnel is asked for;
//! * [`traffic`]: how ESP fares, and L2TP outside it;
//! * [`moved`]: ends that IKE has left;
//! * [`stranger`]: what comes on the ports of IKE and is none of it;
//! * `lineage`: which goes on with which: retries, and IKE SAs that renew others;
//! * [`knowledge`]: what the whole capture teaches about an address;
//! * `redact`: what of all this names somebody.

pub mod aggressive;
pub mod auth_answer;
mod data;
mod event;
pub mod knowledge;
pub(super) mod lineage;
pub mod moved;
pub mod nat;
mod negotiation;
pub mod offer;
mod peer;
pub mod place;
mod progress;
pub mod proof;
pub(crate) mod redact;
pub mod selector;
pub mod shape;
mod steps;
pub mod stranger;
pub mod traffic;

pub use crate::wire::message::v2 as payload;
pub use data::{Carriage, EspFlow, Icmp};
pub(super) use event::{Capture, More};
pub use event::{Event, Fragments, MAX_REPEATS, Notice};
pub use negotiation::{AddressRequest, ChildOffer, Inside, MAX_EVENTS, Negotiation, Redirect, Rest};
pub use peer::{Peer, Sent, Vantage};
pub use place::{MAX_FACTS, Place, Repeat, Role, Version, exchange, notify};
pub use steps::Progress;
pub(super) use steps::Steps;
