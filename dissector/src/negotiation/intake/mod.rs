//! Which negotiation a packet belongs to, and what it adds to it.
//!
//! IKE is joined by initiator SPI and peers, never by ports: they move from 500 to 4500 and NAT rewrites them. ESP and
//! ICMP errors follow by addresses, ports and SPI. Every table is bounded.
//!
//! * [`tracker`]: all negotiations of a capture, and what each frame is to them;
//! * `tables`: the rows that lead to a negotiation, by SPIs and addresses; `lookup`: which are found by them;
//! * `arrival`: an IKE message on its way; `message`: into its negotiation, or a new one; `fragment`: one in IP fragments;
//! * `begin`: a negotiation with its first packet;
//! * `event`: is it new, a copy, a fragment, what does it answer; `extract`: what a new one says; `proof`: of who its
//!   sender is;
//! * `beside`: ESP, keepalives, L2TP and ICMP errors;
//! * `follow`: where the peers have moved;
//! * [`decrypted`]: which of the host's decrypted bytes are believed, and what they say.

mod arrival;
mod begin;
mod beside;
pub mod decrypted;
mod event;
mod extract;
mod follow;
mod fragment;
mod lookup;
mod message;
mod proof;
mod tables;
pub mod tracker;

pub use tracker::{Damage, FrameKind, FrameRecord, Tracker};
