//! What belongs to a negotiation and is no message of it: ESP and AH, and ICMP errors.

use std::net::IpAddr;

use thin_vec::ThinVec;

use super::place::{Repeat, Role};
use super::traffic;
use crate::wire::Span;
use crate::wire::frame::IcmpError;

/// An ICMP error about a message of this negotiation, or about its ESP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// Frame.
    pub frame: u32,
    /// Time, nanoseconds.
    pub time: i64,
    /// What it says.
    pub error: IcmpError,
    /// Who says so.
    pub sender: IpAddr,
    /// Who is told, that is: who sent the quoted packet.
    pub about: Role,
    /// IP protocol of the quoted packet.
    pub protocol: u8,
    /// Its destination port, if UDP.
    pub port: Option<u16>,
    /// Bytes of the ICMP message.
    pub span: Span,
}

/// How data crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carriage {
    /// ESP, an IP protocol of its own.
    Esp,
    /// ESP in UDP.
    Encapsulated,
    /// AH.
    Ah,
}

/// ESP (or AH) in one direction with one SPI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EspFlow {
    /// SPI.
    pub spi: u32,
    /// Who sends.
    pub from: Role,
    /// What its packets are.
    pub carriage: Carriage,
    /// Last packet.
    pub last: Repeat,
    /// Number of packets.
    pub packets: u32,
    /// Bit n is set when a packet's length modulo 16 was n.
    pub residues: u16,
    /// Length of the longest packet in bytes.
    pub longest: u16,
    /// Length of the shortest packet in bytes.
    pub shortest: u16,
    /// Sequence number of the first packet.
    pub first_sequence: u32,
    /// The highest sequence number seen.
    pub highest_sequence: u32,
    /// The first packets, from one to [`traffic::MAX_SAMPLES`] of them.
    pub samples: ThinVec<traffic::Sample>,
    pub(in crate::negotiation) last_sequence: u32,
}

/// Every tunnel has two.
const _: () = assert!(size_of::<EspFlow>() <= 48);

impl EspFlow {
    /// It is AH, not ESP.
    #[must_use]
    pub fn is_ah(&self) -> bool {
        self.carriage == Carriage::Ah
    }

    /// It comes in UDP.
    #[must_use]
    pub fn is_encapsulated(&self) -> bool {
        self.carriage == Carriage::Encapsulated
    }

    /// First packet.
    #[must_use]
    pub fn first(&self) -> Repeat {
        (self.samples.first()).map_or(self.last, |sample| sample.at())
    }
}

/// The data that crosses once there are keys for it.
#[derive(Clone, Debug, Default)]
pub(in crate::negotiation) struct Data {
    pub(in crate::negotiation) esp: ThinVec<EspFlow>,
    initiator: traffic::Reach,
    responder: traffic::Reach,
}

impl Data {
    pub(in crate::negotiation) fn reach(&self, role: Role) -> &traffic::Reach {
        match role {
            Role::Initiator => &self.initiator,
            Role::Responder => &self.responder,
        }
    }

    pub(in crate::negotiation) fn reach_mut(&mut self, role: Role) -> &mut traffic::Reach {
        match role {
            Role::Initiator => &mut self.initiator,
            Role::Responder => &mut self.responder,
        }
    }
}
