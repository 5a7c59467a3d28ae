//! What is no IKE message and follows from a negotiation: ESP and AH, keepalives, L2TP, ICMP errors.

use std::net::IpAddr;

use thin_vec::thin_vec;

use super::tables::{Row, pair};
use super::tracker::{ESP, FrameKind, FrameRecord, Tracker};
use crate::negotiation::facts::place::{MAX_FACTS, Repeat, Version};
use crate::negotiation::facts::{Carriage, EspFlow, Icmp, Negotiation, Progress, traffic};
use crate::negotiation::store::bounds::{Kept, keep, keep_first_and_last};
use crate::negotiation::store::index::Ip;
use crate::packet::Packet;
use crate::wire::Span;
use crate::wire::frame::{Content, Datagram, IcmpError};
use crate::wire::l2tp;

/// The most pairs of hosts remembered whose ESP belongs to no negotiation of the capture.
const MAX_UNCLAIMED: usize = 65_536;

impl Tracker {
    /// The latest negotiation between two addresses that passes a test.
    pub(super) fn latest(&self, a: IpAddr, b: IpAddr, test: impl Fn(&Negotiation) -> bool) -> Option<u32> {
        self.between(a, b).find(|n| test(n)).map(|n| n.stream)
    }

    #[allow(clippy::too_many_arguments)] // one datagram's facts, each used once
    pub(super) fn esp(
        &mut self,
        packet: &Packet<'_>,
        d: &Datagram<'_>,
        ports: Option<(u16, u16)>,
        spi: u32,
        sequence: u32,
        length: u32,
        ah: bool,
    ) -> Option<()> {
        let stream = if let Some(known) = self.with_esp(d.source, d.destination, spi) {
            known
        } else {
            // Only a negotiation that came as far as authentication can have made keys for ESP.
            let ready =
                |n: &Negotiation| n.is_ike() && (!n.started || n.progress() >= Progress::Authenticating);
            let same_ports = |n: &Negotiation| {
                ports.is_none_or(|(s, t)| {
                    let p = (n.initiator.last_port, n.responder.last_port);
                    p == (s, t) || p == (t, s)
                })
            };
            let found = self
                .latest(d.source, d.destination, |n| ready(n) && same_ports(n))
                .or_else(|| self.latest(d.source, d.destination, ready));
            let found = found.or_else(|| self.latest(d.source, d.destination, Negotiation::is_esp_alone));
            let Some(found) = found else {
                let hosts = pair(d.source, d.destination);
                if self.unclaimed.len() < MAX_UNCLAIMED {
                    self.unclaimed.insert(hosts);
                } else if !self.unclaimed.contains(&hosts) {
                    self.omitted.add(Kept::Unclaimed);
                }
                return None;
            };
            self.enter_esp(found, d.source, spi);
            found
        };
        let n = self.negotiations.get_mut(stream as usize)?;
        let from = n.sender(d.source);
        let now = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        n.last = now;
        self.frames
            .push(FrameRecord::beside(packet.frame, stream, FrameKind::Esp, from));
        let flow = n.esp().iter().position(|f| f.spi == spi && f.from == from);
        // The same packet, captured twice: senders count every packet (RFC 4303 3.3.3).
        if flow
            .and_then(|at| n.esp().get(at))
            .is_some_and(|f| f.last_sequence == sequence)
        {
            return Some(());
        }
        let residue = 1u16 << (length % 16);
        // No IP packet is longer, jumbograms apart.
        let bytes = u16::try_from(length).unwrap_or(u16::MAX);
        let sample = traffic::Sample {
            frame: packet.frame,
            time: packet.time,
            length,
        };
        n.follow_data((d.source, d.destination), ports, from, now);
        let data = n.data.get_or_insert_default();
        data.reach_mut(from).sent(sample);
        data.reach_mut(from.other()).heard(packet.time);
        if let Some(f) = flow.and_then(|at| data.esp.get_mut(at)) {
            f.last = now;
            f.last_sequence = sequence;
            f.packets = f.packets.saturating_add(1);
            f.residues |= residue;
            f.longest = f.longest.max(bytes);
            f.shortest = f.shortest.min(bytes);
            f.highest_sequence = f.highest_sequence.max(sequence);
            if f.samples.len() < traffic::MAX_SAMPLES {
                keep(&mut f.samples, sample);
            }
        } else {
            let new = EspFlow {
                spi,
                from,
                carriage: match ports {
                    _ if ah => Carriage::Ah,
                    Some(_) => Carriage::Encapsulated,
                    None => Carriage::Esp,
                },
                last: now,
                packets: 1,
                residues: residue,
                longest: bytes,
                shortest: bytes,
                first_sequence: sequence,
                highest_sequence: sequence,
                samples: thin_vec![sample],
                last_sequence: sequence,
            };
            if data.esp.is_empty() {
                // Most tunnels have one each way.
                data.esp.reserve_exact(2);
            }
            // Keys are renewed again and again: the first and the latest ones tell most.
            let alike = |a: &EspFlow, b: &EspFlow| a.from == b.from;
            if keep_first_and_last(&mut data.esp, MAX_FACTS, new, |_| 0, alike) {
                n.omit(Kept::Esp);
            }
            n.news = packet.frame;
        }
        n.read_decrypted_esp(packet, from);
        Some(())
    }

    /// The negotiation that ESP with this SPI, from one address to another, belongs to.
    pub(super) fn with_esp(&self, source: IpAddr, destination: IpAddr, spi: u32) -> Option<u32> {
        let is = |stream: u32| {
            let n = self.negotiations.get(stream as usize);
            n.is_some_and(|n| n.may_carry(source, destination, spi))
        };
        self.by_esp.find(&(Ip(source), spi), is)
    }

    fn enter_esp(&mut self, stream: u32, source: IpAddr, spi: u32) {
        if self.by_esp.len() < self.max_negotiations as usize {
            self.by_esp.insert(&(Ip(source), spi), stream);
        }
    }

    /// A piece of an ESP packet: too little of it to count it as a packet of a flow, but its sender is heard.
    pub(super) fn esp_fragment(&mut self, packet: &Packet<'_>, d: &Datagram<'_>, esp: bool) -> Option<()> {
        let stream = self.latest(d.source, d.destination, |n| esp && !n.esp().is_empty())?;
        let n = self.negotiations.get_mut(stream as usize)?;
        let from = n.sender(d.source);
        n.last = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        let data = n.data.get_or_insert_default();
        data.reach_mut(from).sent_in_fragments();
        data.reach_mut(from.other()).heard(packet.time);
        self.record(FrameRecord::beside(packet.frame, stream, FrameKind::Esp, from))
    }

    pub(super) fn keepalive(
        &mut self,
        packet: &Packet<'_>,
        d: &Datagram<'_>,
        ports: (u16, u16),
    ) -> Option<()> {
        let stream = self
            .latest(d.source, d.destination, |n| {
                n.is_ike() && (ports.0 == n.initiator.last_port || ports.1 == n.initiator.last_port)
            })
            .or_else(|| self.latest(d.source, d.destination, Negotiation::is_ike))?;
        let n = self.negotiations.get_mut(stream as usize)?;
        n.last = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        let from = n.sender(d.source);
        let kind = FrameKind::Keepalive;
        self.record(FrameRecord::beside(packet.frame, stream, kind, from))
    }

    /// L2TP outside ESP: part of the negotiation that made keys for its hosts, or else a stream of its own from the first
    /// control message on.
    pub(super) fn l2tp(
        &mut self,
        packet: &Packet<'_>,
        d: &Datagram<'_>,
        ports: (u16, u16),
        bytes: &[u8],
        offset: u32,
    ) -> Option<()> {
        let message = l2tp::Message::parse(bytes)?;
        let now = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        let known = self
            .latest(d.source, d.destination, carries)
            .or_else(|| self.latest(d.source, d.destination, Negotiation::is_l2tp_alone));
        let stream = match known {
            Some(stream) => stream,
            // ESP of a tunnel that was negotiated before the capture began: this may have come out of it.
            None if self.unclaimed.contains(&pair(d.source, d.destination)) => return None,
            None if matches!(message.body, l2tp::Body::Data { .. }) => return None,
            None => self.create(Negotiation::begin_l2tp(d, ports, message.is_request(), now))?,
        };
        let n = self.negotiations.get_mut(stream as usize)?;
        n.last = now;
        let from = n.sender(d.source);
        if !n.is_ike() {
            n.peer_mut(from).ttl.get_or_insert(d.ttl);
        }
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let data = n.data.as_mut();
        let decrypted = data.is_some_and(|data| data.reach_mut(from).opened(packet.time, length));
        let span = Span { offset, len: length };
        if traffic::add_l2tp(n.l2tp_kept(), &message, from, ports, decrypted, now, span) {
            n.news = packet.frame;
        }
        let exchange = traffic::L2tpKind::of(&message).number();
        self.record(FrameRecord {
            frame: packet.frame,
            stream,
            event: 0,
            kind: FrameKind::L2tp,
            from,
            exchange,
            position: 0,
        })
    }

    pub(super) fn icmp(&mut self, packet: &Packet<'_>, d: &Datagram<'_>) -> Option<()> {
        let Content::IcmpError {
            error,
            quoted_source,
            quoted_destination,
            quoted_protocol,
            quoted_ports,
            quoted,
            offset,
        } = d.content
        else {
            return None;
        };
        let by_spi = quoted
            .first_chunk::<8>()
            .and_then(|spi| self.latest_in(Row::Spi(*spi, pair(quoted_source, quoted_destination))));
        let by_esp = || {
            let spi = u32::from_be_bytes(*quoted.first_chunk::<4>()?);
            self.with_esp(quoted_source, quoted_destination, spi)
        };
        let l2tp = quoted_ports.is_some_and(|p| p.0 == 1701 || p.1 == 1701);
        let stream = by_spi.or_else(by_esp).or_else(|| {
            self.latest(quoted_source, quoted_destination, |n| {
                !l2tp || carries(n) || n.is_l2tp_alone()
            })
        });
        // ESP that was negotiated elsewhere, or by hand, and is not let through.
        let stopped = quoted_protocol == ESP
            && matches!(error, IcmpError::Prohibited | IcmpError::ProtocolUnreachable)
            && self.unclaimed.contains(&pair(quoted_source, quoted_destination));
        let stream = match stream {
            Some(stream) => stream,
            None if stopped => {
                let now = Repeat {
                    frame: packet.frame,
                    time: packet.time,
                };
                self.create(Negotiation::begin_esp(quoted_source, quoted_destination, now))?
            }
            None => return None,
        };
        let n = self.negotiations.get_mut(stream as usize)?;
        n.last = Repeat {
            frame: packet.frame,
            time: packet.time,
        };
        n.news = packet.frame;
        let about = n.sender(quoted_source);
        let len = u32::try_from(packet.data.len())
            .unwrap_or(0)
            .saturating_sub(offset);
        if let IcmpError::TooBig(mtu) = error
            && (quoted_protocol == ESP || quoted_ports.is_some_and(|p| p.0 == 4500 || p.1 == 4500))
        {
            let data = n.data.get_or_insert_default();
            data.reach_mut(about)
                .limited(mtu, quoted_destination, quoted_protocol != ESP, packet.time);
        }
        let new = Icmp {
            frame: packet.frame,
            time: packet.time,
            error,
            sender: d.source,
            about,
            protocol: quoted_protocol,
            port: quoted_ports.map(|p| p.1),
            span: Span { offset, len },
        };
        let of = |x: &Icmp| (x.about, x.error, x.protocol, x.port);
        if keep_first_and_last(&mut n.icmp, MAX_FACTS, new, |_| 0, |a, b| of(a) == of(b)) {
            n.omit(Kept::Icmp);
        }
        let (kind, from) = (FrameKind::Icmp, about.other());
        self.record(FrameRecord::beside(packet.frame, stream, kind, from))
    }
}

/// L2TP follows from a negotiation that made keys for it; after a failed one it is a matter of its own.
fn carries(n: &Negotiation) -> bool {
    let least = match n.version {
        Version::V1 => Progress::ChildUp,
        Version::V2 => Progress::IkeUp,
    };
    n.is_ike() && (!n.started || n.progress() >= least)
}
