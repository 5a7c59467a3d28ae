//! Which negotiation a packet belongs to, and what it adds to it.
//!
//! IKE is joined by initiator SPI and peers, never by ports: they move from 500 to 4500 and NAT rewrites them. ESP and
//! ICMP errors follow by addresses, ports and SPI. Every table is bounded.
//!
//! * [`tracker`]: all negotiations of a capture, and what each frame is to them;
//! * `tables`: what leads to a negotiation: SPIs, addresses;
//! * `message`: an IKE message on its way into its negotiation, or a new one; `fragment`: one that comes as IP fragments;
//! * `begin`: a negotiation with its first packet;
//! * `event`: is it new, a copy, a fragment, what does it answer; `extract`: what a new one says;
//! * `beside`: ESP, keepalives, L2TP and ICMP errors;
//! * `follow`: where the peers have moved;
//! * [`decrypted`]: which of the host's decrypted bytes are believed, and what they say.

mod begin;
mod beside;
pub mod decrypted;
mod event;
mod extract;
mod follow;
mod fragment;
mod message;
mod tables;
pub mod tracker;

pub use tracker::{Damage, FrameKind, FrameRecord, Tracker};
