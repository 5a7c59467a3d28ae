//! The peers' configurations and logs -> the same offers, identities and selectors as on the wire, each with its line.
//!
//! * `bounds`, `text`, `paths`, `wrapped`, `value`: what reading is made of; [`algorithm`]: names of algorithms in all spellings; `combination`: the strongest of them; [`network`];
//! * `connection`, `entry`, `stamp`: what a configuration says, what a log says, and when; `file`: one file with all of it;
//! * `configuration`, `log`: one file for each dialect, which says all that is known of it; `dialect`: what that is; `registry`: all of them;
//! * `secret`: words after which nothing of a log's line is shown;
//! * `read`: has the registry tell what a text is, and reads it; [`include`]: files that a configuration includes;
//! * `belongs`: whose a file is;
//! * `index`, `meant`: which connections and lines of a file may be meant, without a look at all of them; `work`: the bound to that;
//! * `known`: what is kept of answers about them;
//! * `said`: the project's own words about a file, with values of it in them;
//! * `room`: how much is kept of all files together.
//!
//! Text in, no I/O. Secrets are dropped where a line is cut into words; nothing of them is kept, and copies of text are wiped.
//! What is not understood is a [`Note`], never an error. Everything is bounded, and what a bound leaves out is a note, too.

pub mod algorithm;
mod belongs;
mod bounds;
mod combination;
mod configuration;
mod connection;
mod dialect;
mod entry;
mod file;
pub mod include;
mod index;
mod kind;
pub(crate) mod known;
mod log;
mod meant;
pub(crate) mod nearest;
mod network;
mod paths;
mod read;
mod registry;
mod room;
pub(crate) mod said;
mod secret;
mod stamp;
mod text;
mod texts;
mod unread;
mod value;
mod work;
mod wrapped;

pub use algorithm::{Proposal, Purpose};
pub(crate) use algorithm::{is_aead, prf_of};
pub use belongs::Belongs;
pub(crate) use belongs::expects;
pub use bounds::{MAX_LOG, MAX_POLICIES, MAX_TEXT};
pub use combination::{Combination, Strength};
pub use connection::{Auth, Child, Connection, Mode};
pub use entry::{Cause, Entry};
pub use file::{Note, Policy};
pub use kind::Kind;
pub use known::Policies;
pub(crate) use meant::{Asked, NEAR, is_hidden, same_offer};
pub(crate) use network::is_private;
pub use network::{apart, is_network, means};
pub use read::{read, read_as, read_with, unreadable};
pub use registry::{is_log, is_secret, is_taken, kinds};
pub use room::ROOM;
pub use said::Said;
pub use stamp::{Meeting, Stamp};
pub(crate) use text::MORE;
pub use text::shown;
pub use value::{Lined, Listed, Shared};
pub(crate) use work::{SUITES, Work};
