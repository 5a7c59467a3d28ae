//! What ikewhy reads from disk and from pipes: captures, packet by packet, with IP datagrams put together again; peers'
//! configurations and logs; tables of keys.
//!
//! [`Capture::open`] recognises a file by its content (pcap and pcapng in all their forms, also compressed by gzip or zstd),
//! [`Capture::next_packet`] lends one packet after another, [`feed`] hands them all to a [`Session`](ikewhy::session::Session):
//!
//! ```no_run
//! use ikewhy::session::{Options, Session};
//! use ikewhy_sources::{Capture, feed};
//!
//! let mut session = Session::new(Options::default());
//! let mut capture = Capture::open("ike.pcap".as_ref())?;
//! feed(&mut capture, &mut session);
//! if let Some(damage) = capture.damage() {
//!     eprintln!("ike.pcap {damage}");
//! }
//! println!("{}", session.json());
//! # Ok::<(), ikewhy_sources::Unreadable>(())
//! ```
//!
//! [`read_peer_files`] comes before the packets. With [`read_key_tables`] packets go through a
//! [`Decryptor`](ikewhy::keys::Decryptor) on their way ([`feed_decrypted`]). [`Beside`] does all of it with a capture that is whole.
//! A host without a file system gives its files as [`Given`], and asks which of them is what.
//!
//! Whatever a file says, memory stays within some megabytes (of zstd, its window: 128 MiB at most), nothing panics, and what
//! precedes a damage is read.
#![forbid(unsafe_code)]

mod capture;
mod follow;
mod format;
mod given;
mod key_tables;
mod packed;
mod pcap;
mod pcapng;
mod peer_files;
mod reassembly;
mod record;
mod supply;
mod system;
mod whole;

pub use capture::{Capture, Packet, Unreadable, feed, feed_decrypted};
pub use follow::Follow;
pub use given::{Content, Given, Role};
pub use key_tables::{Unused, read_key_tables};
pub use peer_files::{read_peer_files, read_peer_files_beside};
pub use reassembly::Lost;
pub use supply::Damage;
pub use system::reason;
pub use whole::{Beside, SHORTEST, check_whole};
