//! One end of a path: its capture, and the packets of it that can be found again at the other end.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;
use std::path::Path;

use ikewhy::negotiation::Role;
use ikewhy::session::{self, DerivedKind, Options, Session};
use ikewhy::wire::frame::{Content, Datagram, Frame, reassembled_udp};
use ikewhy_sources::Capture;

use crate::reading;
use crate::trouble::shown;

/// The most packets of a capture that are looked for at the other end.
const MOST: usize = 1_000_000;
/// Bytes of an IKE header that say which message it is: SPIs, exchange, flags, message ID.
const HEADER: usize = 24;

/// A capture at one end.
pub(super) struct End {
    pub(super) name: String,
    pub(super) session: Session,
    pub(super) packets: Vec<Packet>,
    /// Packets beyond [`MOST`].
    pub(super) more: u64,
    pub(super) damage: Option<String>,
    /// When the newest packet was captured, whatever it is.
    pub(super) last: i64,
}

/// A packet that belongs to a negotiation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub(super) frame: u32,
    pub(super) time: i64,
    pub(super) stream: u32,
    /// Who sent it, as a role in its negotiation.
    pub(super) from: Role,
    pub(super) source: Address,
    pub(super) destination: Address,
    pub(super) ttl: u8,
    pub(super) carrier: Carrier,
    /// Bytes of the frame.
    pub(super) length: u32,
    /// The same at both ends.
    pub(super) content: u64,
    /// Of an IKE message also where somebody changed it on the way.
    pub(super) message: Option<u64>,
}

/// An address with its UDP port, where there is one.
pub(super) type Address = (IpAddr, Option<u16>);

/// What carries a packet: what filters let through or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Carrier {
    Udp(u16),
    Esp,
    Ah,
    FirstFragment,
    FurtherFragment,
}

impl Carrier {
    pub(super) fn name(self) -> String {
        match self {
            Self::Udp(port) => format!("UDP {port}"),
            Self::Esp => "ESP (IP protocol 50)".to_owned(),
            Self::Ah => "AH (IP protocol 51)".to_owned(),
            Self::FirstFragment => "first IP fragments".to_owned(),
            Self::FurtherFragment => "further IP fragments".to_owned(),
        }
    }
}

impl End {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            session: Session::new(Options::default()),
            packets: Vec::new(),
            more: 0,
            damage: None,
            last: i64::MIN,
        }
    }

    pub(super) fn push(&mut self, packet: &session::Packet<'_>) {
        self.last = self.last.max(packet.time);
        if !self.session.push(packet) {
            return;
        }
        let Some(record) = self.session.tracker().frame(packet.frame) else {
            return;
        };
        let (stream, from) = (record.stream, record.from);
        let Some(datagram) = Frame::of(packet).datagram() else {
            return;
        };
        // What Linux shows again, in clear, of the tunnel that ends here.
        let is_ike = self.session.case(stream).is_some_and(|case| case.n.is_ike());
        if is_ike && matches!(datagram.content, Content::L2tp { .. }) {
            return;
        }
        let whole = packet
            .derived
            .iter()
            .find(|derived| derived.kind == DerivedKind::ReassembledIp)
            .and_then(|derived| reassembled_udp(datagram.source, datagram.destination, derived.data));
        let joined = packet.derived.iter().map(|derived| derived.data.len());
        let joined = u32::try_from(joined.max().unwrap_or(0)).unwrap_or(u32::MAX);
        for (datagram, length) in [(Some(datagram), packet.original_length), (whole, joined)] {
            let Some(known) = datagram.as_ref().and_then(known) else {
                continue;
            };
            if self.packets.len() == MOST {
                self.more += 1;
                continue;
            }
            self.packets.push(Packet {
                frame: packet.frame,
                time: packet.time,
                stream,
                from,
                length,
                ..known
            });
        }
    }
}

/// What of a datagram tells it from others; none of what never crosses a path as it is.
fn known(datagram: &Datagram<'_>) -> Option<Packet> {
    let mut hasher = DefaultHasher::new();
    let mut message = None;
    let udp = |ports: (u16, u16)| {
        let service = if ports.1 == 500 || ports.1 == 4500 {
            ports.1
        } else {
            ports.0
        };
        let known = matches!(service, 500 | 4500);
        (Carrier::Udp(if known { service } else { ports.1 }), Some(ports))
    };
    let (carrier, ports) = match datagram.content {
        Content::Ike {
            ports, message: ike, ..
        } => {
            let header = ike.get(..HEADER)?;
            ike.hash(&mut hasher);
            let mut of_header = DefaultHasher::new();
            header.hash(&mut of_header);
            message = Some(of_header.finish());
            udp(ports)
        }
        Content::Esp {
            ports, spi, sequence, ..
        } => {
            ("esp", spi, sequence).hash(&mut hasher);
            ports.map_or((Carrier::Esp, None), udp)
        }
        Content::Ah { spi, sequence, .. } => {
            ("ah", spi, sequence).hash(&mut hasher);
            (Carrier::Ah, None)
        }
        Content::L2tp { ports, message, .. } => {
            message.hash(&mut hasher);
            (Carrier::Udp(1701), Some(ports))
        }
        Content::Fragment {
            id,
            protocol,
            fragment_offset,
            ..
        } => {
            ("fragment", id, protocol, fragment_offset).hash(&mut hasher);
            match fragment_offset {
                0 => (Carrier::FirstFragment, None),
                _ => (Carrier::FurtherFragment, None),
            }
        }
        // A keepalive ends at the NAT if that likes, and an ICMP error comes from anywhere.
        Content::Keepalive { .. } | Content::IcmpError { .. } => return None,
    };
    Some(Packet {
        frame: 0,
        time: 0,
        stream: 0,
        from: Role::Initiator,
        source: (datagram.source, ports.map(|(source, _)| source)),
        destination: (datagram.destination, ports.map(|(_, destination)| destination)),
        ttl: datagram.ttl,
        carrier,
        length: 0,
        content: hasher.finish(),
        message,
    })
}

pub(super) fn open(path: &Path) -> Result<Capture, String> {
    reading::open(path).map_err(|trouble| format!("{}: {trouble}", shown(path)))
}

/// Reads the capture of one end.
pub(super) fn read(path: &Path) -> Result<End, String> {
    let mut capture = open(path)?;
    let mut end = End::new(shown(path));
    while let Some(packet) = capture.next_packet() {
        end.push(&packet.for_engine());
    }
    end.damage = capture.damage().map(ToString::to_string);
    Ok(end)
}
