//! A captured frame -> the one datagram in it that this project cares for.
//!
//! Link layers and tunnels are walked outermost first; what is not IKE, ESP, AH, L2TP, an ICMP error about one of
//! them, or an IP fragment that could belong to one is [`None`], quickly.

use crate::packet::Packet;
use std::net::{IpAddr, Ipv4Addr};

use nom::Offset;
use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16, be_u32, be_u64, be_u128};

use super::Span;
use super::area::Area;
use super::message::Content as Inside;

/// What was captured.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Link type, a LINKTYPE_ value (tcpdump.org/linktypes.html).
    pub link_type: i32,
    /// Captured bytes.
    pub data: &'a [u8],
    /// Where the host's own dissection found the innermost IP header in `data`, if it can tell: used when the link
    /// layer or tunnel is unknown here. Not the header that an ICMP error quotes.
    pub ip_hint: Option<u32>,
    /// The host knows that this frame holds ISAKMP, whatever the ports say.
    pub known_ike: bool,
}

/// One datagram of interest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Datagram<'a> {
    /// Sender.
    pub source: IpAddr,
    /// Receiver.
    pub destination: IpAddr,
    /// Time to live / hop limit: tells a copy made by forwarding from a repetition.
    pub ttl: u8,
    /// Linux cooked captures: packet type (0 to us, 4 sent by us), which tells the two copies of `any` apart.
    pub cooked_direction: Option<u16>,
    /// A message in TCP goes on in another segment: what stands here is its beginning.
    pub partial: bool,
    /// What it carries.
    pub content: Content<'a>,
}

/// What a [`Datagram`] carries. Offsets count from the start of the frame (or of the reassembled datagram).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Content<'a> {
    /// An IKE message in UDP, or in TCP (RFC 9329).
    Ike {
        /// Source and destination port.
        ports: (u16, u16),
        /// The IKE message (after the non-ESP marker), as far as captured.
        message: &'a [u8],
        /// Where `message` begins.
        offset: u32,
        /// A non-ESP marker (four zero bytes) stands before it.
        marker: bool,
    },
    /// ESP, in UDP or TCP or as IP protocol 50.
    Esp {
        /// UDP ports, if encapsulated.
        ports: Option<(u16, u16)>,
        /// SPI.
        spi: u32,
        /// Sequence number.
        sequence: u32,
        /// Length of the ESP packet in bytes by its carrier's length field.
        length: u32,
        /// Where the ESP header begins.
        offset: u32,
    },
    /// AH, IP protocol 51.
    Ah {
        /// SPI.
        spi: u32,
        /// Sequence number.
        sequence: u32,
        /// Where the AH header begins.
        offset: u32,
    },
    /// NAT keepalive: one byte 0xFF on port 4500 (RFC 3948 2.3), or on 500 with the drafts that stay there.
    Keepalive {
        /// Source and destination port.
        ports: (u16, u16),
    },
    /// UDP with port 1701 on either side, in clear.
    L2tp {
        /// Source and destination port.
        ports: (u16, u16),
        /// L2TP message.
        message: &'a [u8],
        /// Where `message` begins.
        offset: u32,
    },
    /// An IP fragment of UDP or ESP. The first one shows the ports, and often the IKE header.
    Fragment {
        /// IP identification.
        id: u32,
        /// IP protocol (17 or 50).
        protocol: u8,
        /// Offset of this fragment in bytes; 0 in the first.
        fragment_offset: u32,
        /// More fragments follow.
        more: bool,
        /// First fragments of UDP: ports, and the UDP payload as far as it is here.
        udp: Option<FragmentHead<'a>>,
    },
    /// An ICMP or ICMPv6 error that quotes a datagram of interest.
    IcmpError {
        /// What it says.
        error: IcmpError,
        /// Sender of the quoted datagram (who is told that it failed).
        quoted_source: IpAddr,
        /// Receiver of the quoted datagram (who was not reached).
        quoted_destination: IpAddr,
        /// IP protocol of the quoted datagram: 17, 50 or 51.
        quoted_protocol: u8,
        /// Ports of the quoted datagram, if UDP.
        quoted_ports: Option<(u16, u16)>,
        /// The quoted UDP payload after a non-ESP marker: perhaps an IKE header. Of ESP and AH, their header.
        /// May be empty.
        quoted: &'a [u8],
        /// Where the ICMP message begins.
        offset: u32,
    },
}

/// The readable head of a first fragment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FragmentHead<'a> {
    /// Source and destination port.
    pub ports: (u16, u16),
    /// Length of the whole UDP datagram, from its header.
    pub udp_length: u16,
    /// UDP payload after a non-ESP marker, as far as this fragment has it.
    pub message: &'a [u8],
    /// Where `message` begins.
    pub offset: u32,
    /// A non-ESP marker stands before it.
    pub marker: bool,
}

/// What a fragment of UDP or ESP adds to its IP datagram: for a host that has to put datagrams together itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Sender.
    pub source: IpAddr,
    /// Receiver.
    pub destination: IpAddr,
    /// The outermost VLAN; 0 without one.
    pub vlan: u16,
    /// IP identification.
    pub id: u32,
    /// IP protocol (17 or 50).
    pub protocol: u8,
    /// Where in the datagram it stands, in bytes.
    pub offset: u32,
    /// More fragments follow.
    pub more: bool,
    /// Its bytes, all of them; never empty.
    pub data: &'a [u8],
}

/// ICMP errors by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IcmpError {
    /// Port unreachable: nothing listens there.
    PortUnreachable,
    /// Host unreachable.
    HostUnreachable,
    /// Network unreachable, no route.
    NetworkUnreachable,
    /// Protocol unreachable.
    ProtocolUnreachable,
    /// Administratively prohibited: a filter said no.
    Prohibited,
    /// Fragmentation needed / packet too big, with the next hop's MTU.
    TooBig(u32),
    /// Time exceeded: a routing loop, or fragments that were not reassembled in time.
    TimeExceeded {
        /// True when reassembly timed out.
        reassembly: bool,
    },
    /// Another error: type and code.
    Other(u8, u8),
}

impl Default for Datagram<'_> {
    /// Says nothing, between nobody: what [`Frame::find`] begins with.
    fn default() -> Self {
        Self {
            source: Ipv4Addr::UNSPECIFIED.into(),
            destination: Ipv4Addr::UNSPECIFIED.into(),
            ttl: 0,
            cooked_direction: None,
            partial: false,
            content: Content::Keepalive { ports: (0, 0) },
        }
    }
}

impl<'a> Frame<'a> {
    /// That of a packet.
    #[inline]
    #[must_use]
    pub fn of(packet: &Packet<'a>) -> Self {
        Self {
            link_type: packet.link_type,
            data: packet.data,
            ip_hint: packet.ip_hint,
            known_ike: packet.known_ike == Some(true),
        }
    }

    /// Finds the datagram.
    #[must_use]
    pub fn datagram(&self) -> Option<Datagram<'a>> {
        let mut found = Datagram::default();
        self.find(&mut found).then_some(found)
    }

    /// The same where the caller has room for it: a copy of what was just written, field by field, would take longer than all
    /// the rest. False if there is none; then `found` may hold parts of what was passed.
    #[must_use]
    pub fn find(&self, found: &mut Datagram<'a>) -> bool {
        let is_of_others = self.ip_hint.is_none() && !self.known_ike && self.is_of_others();
        // Debug builds walk all the same, and hold the quick look to what they find.
        if is_of_others && !cfg!(debug_assertions) {
            return false;
        }
        let mut walk = Walk::new(self.data, self.known_ike, found);
        let is_there = walk.link(self.link_type).is_some();
        debug_assert!(!(is_of_others && is_there), "{:?}", self.data);
        match self.ip_hint {
            Some(hint) if walk.lost_at.is_some_and(|lost_at| hint >= lost_at) => {
                let behind = usize::try_from(hint).ok().and_then(|hint| self.data.get(hint..));
                behind.is_some_and(|behind| {
                    walk.rest = Area::whole(behind);
                    walk.from(Layer::Ip).is_some()
                })
            }
            _ => is_there,
        }
    }

    /// The piece of an IP datagram in the innermost IP header, if all of it was captured.
    #[must_use]
    pub fn piece(&self) -> Option<Piece<'a>> {
        if self.is_of_others() {
            return None;
        }
        let mut found = Datagram::default();
        let mut walk = Walk::new(self.data, self.known_ike, &mut found);
        let _ = walk.link(self.link_type);
        let (Fragment { id, offset, more }, protocol, area) = walk.piece?;
        let vlan = walk.vlan;
        let whole = !area.is_cut() && !area.bytes.is_empty();
        (whole && matches!(protocol, number::IP_UDP | number::IP_ESP)).then_some(Piece {
            source: found.source,
            destination: found.destination,
            vlan,
            id,
            protocol,
            offset,
            more,
            data: area.bytes,
        })
    }

    /// A quick look at what most frames are: UDP or TCP behind Ethernet and a plain IP header, not in fragments, on ports that
    /// are neither of interest nor a tunnel's. A walk through such a frame comes to nothing, unless the host knows more of it.
    #[inline]
    fn is_of_others(&self) -> bool {
        const ETHERNET: i32 = 1;
        const TCP: u8 = number::IP_TCP;
        const UDP: u8 = number::IP_UDP;
        let (protocol, ports) = match self.data.get(12..) {
            _ if self.link_type != ETHERNET => return false,
            // Type, version and header length, services, length, identification, fragment, time to live, protocol; then
            // checksum and addresses.
            Some(&[8, 0, 0x45, _, _, _, _, _, f0, f1, _, protocol, ref rest @ ..])
                if (f0 & 0x3F) | f1 == 0 =>
            {
                (protocol, rest.get(10..14))
            }
            // Type, version, class and flow, length, next header; then hop limit and addresses.
            Some(&[0x86, 0xDD, 0x60..=0x6F, _, _, _, _, _, protocol, ref rest @ ..]) => {
                (protocol, rest.get(33..37))
            }
            _ => return false,
        };
        let Some(&[s0, s1, d0, d1]) = ports else {
            return false;
        };
        let (source, destination) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
        match protocol {
            TCP => source != number::PORT_NAT_T && destination != number::PORT_NAT_T,
            UDP => {
                !(number::is_ours(source) || number::is_ours(destination) || number::is_tunnel(destination))
            }
            _ => false,
        }
    }

    /// What the frame cannot do without of the host's own dissection.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let mut found = Datagram::default();
        let mut walk = Walk::new(self.data, self.known_ike, &mut found);
        let is_there = walk.link(self.link_type).is_some();
        let lost = walk.lost_at.is_some();
        let (message, made) = match is_there.then_some(found.content) {
            Some(Content::Ike { offset, message, .. }) => (Some(offset), Made::from_message(message)),
            Some(Content::Esp { offset, .. } | Content::Ah { offset, .. }) => (Some(offset), Made::FromEsp),
            Some(Content::Fragment { .. }) => (None, Made::Anything),
            None if lost => (None, Made::Anything),
            _ => (None, Made::Nothing),
        };
        Needs {
            ip_hint: lost,
            message,
            made,
        }
    }
}

/// What of a host's own dissection a frame cannot do without: for hosts to which every question is dear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// There is a layer that is unknown here, so that [`Frame::ip_hint`] may help.
    pub ip_hint: bool,
    /// Where the IKE message, ESP or AH begins.
    pub message: Option<u32>,
    /// What the host may have made of the frame.
    pub made: Made,
}

/// What a host may have made of a frame, and earlier ones, that is of use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Nothing.
    Nothing,
    /// Plaintext of an IKEv1 message.
    PlaintextV1,
    /// Plaintext of an IKEv2 message.
    PlaintextV2,
    /// An IKE message of the fragment here and others, and plaintext of it.
    Whole,
    /// Plaintext of ESP.
    FromEsp,
    /// Any of these, or an IP datagram of its fragments.
    Anything,
}

impl Made {
    fn from_message(message: &[u8]) -> Self {
        match Inside::of(message) {
            Inside::Clear => Self::Nothing,
            Inside::EncryptedV1 => Self::PlaintextV1,
            Inside::EncryptedV2 => Self::PlaintextV2,
            Inside::Fragment => Self::Whole,
        }
    }
}

/// The most places that [`ip_headers`] names.
const MAX_PLACES: usize = 64;

/// Where in a frame of so many bytes an IP header may begin: for a host that knows its addresses, but not its place.
pub fn ip_headers(data: &[u8], original_length: usize) -> impl Iterator<Item = u32> {
    let fits = move |offset: &usize| {
        let Some(head) = data.get(*offset..offset.saturating_add(6)) else {
            return false;
        };
        let number = |at: usize| match head.get(at..) {
            Some(&[high, low, ..]) => usize::from(u16::from_be_bytes([high, low])),
            _ => 0,
        };
        let length = match head.first() {
            Some(0x45..=0x4F) => number(2),
            Some(0x60..=0x6F) => number(4).saturating_add(40),
            _ => return false,
        };
        length <= original_length.saturating_sub(*offset)
    };
    let places = (0..data.len()).filter(fits).take(MAX_PLACES);
    places.filter_map(|offset| u32::try_from(offset).ok())
}

/// The same for an IP payload that the host has reassembled from fragments: `data` begins with the UDP header.
#[must_use]
pub fn reassembled_udp(source: IpAddr, destination: IpAddr, data: &[u8]) -> Option<Datagram<'_>> {
    let mut found = Datagram {
        source,
        destination,
        ..Datagram::default()
    };
    let mut walk = Walk::new(data, false, &mut found);
    let layer = walk.udp()?;
    walk.from(layer)?;
    Some(found)
}

/// Tunnels in tunnels, tags on tags: nobody nests more than this.
const MAX_LAYERS: u8 = 24;

/// Assigned numbers of the layers walked (IANA "IEEE 802 Numbers", "Protocol Numbers", "PPP Numbers", "Service Names").
mod number {
    pub(super) const ETHER_IPV4: u16 = 0x0800;
    pub(super) const ETHER_IPV6: u16 = 0x86DD;
    pub(super) const ETHER_VLAN: u16 = 0x8100;
    pub(super) const ETHER_QINQ: u16 = 0x88A8;
    pub(super) const ETHER_QINQ_OLD: u16 = 0x9100;
    pub(super) const ETHER_MPLS: u16 = 0x8847;
    pub(super) const ETHER_MPLS_MULTICAST: u16 = 0x8848;
    pub(super) const ETHER_PPPOE_SESSION: u16 = 0x8864;
    pub(super) const ETHER_PPP: u16 = 0x880B;
    pub(super) const ETHER_BRIDGED: u16 = 0x6558;
    pub(super) const ETHER_ERSPAN: u16 = 0x88BE;
    pub(super) const ETHER_ERSPAN_3: u16 = 0x22EB;

    pub(super) const PPP_IPV4: u16 = 0x0021;
    pub(super) const PPP_IPV6: u16 = 0x0057;
    pub(super) const PPP_MPLS: u16 = 0x0281;

    pub(super) const IP_ICMP: u8 = 1;
    pub(super) const IP_IPV4: u8 = 4;
    pub(super) const IP_TCP: u8 = 6;
    pub(super) const IP_UDP: u8 = 17;
    pub(super) const IP_IPV6: u8 = 41;
    pub(super) const IP_GRE: u8 = 47;
    pub(super) const IP_ESP: u8 = 50;
    pub(super) const IP_AH: u8 = 51;
    pub(super) const IP_ICMPV6: u8 = 58;

    pub(super) const PORT_IKE: u16 = 500;
    pub(super) const PORT_NAT_T: u16 = 4500;
    pub(super) const PORT_L2TP: u16 = 1701;
    pub(super) const PORT_GTP_U: u16 = 2152;
    pub(super) const PORT_VXLAN: u16 = 4789;
    pub(super) const PORT_VXLAN_LINUX: u16 = 8472;
    pub(super) const PORT_GENEVE: u16 = 6081;

    /// On this UDP port, of either side, is something of interest.
    pub(super) fn is_ours(port: u16) -> bool {
        matches!(port, PORT_IKE | PORT_NAT_T | PORT_L2TP)
    }

    /// To this UDP port packets go in a tunnel.
    pub(super) fn is_tunnel(port: u16) -> bool {
        matches!(port, PORT_GTP_U | PORT_VXLAN | PORT_VXLAN_LINUX | PORT_GENEVE)
    }
}

/// What an IP header says of its payload. The addresses and the payload itself go to the [`Walk`].
#[derive(Clone, Copy)]
struct Ip {
    protocol: u8,
    fragment: Option<Fragment>,
}

/// What an IP header says of fragmentation, if the datagram is in fragments.
#[derive(Clone, Copy)]
struct Fragment {
    id: u32,
    offset: u32,
    more: bool,
}

impl Fragment {
    /// From the identification and the 16 bits that hold an offset in units of 8 bytes and a flag.
    fn new(id: u32, offset: u32, more: bool) -> Option<Self> {
        (offset != 0 || more).then_some(Self { id, offset, more })
    }
}

/// Ports of a UDP header, the length it declares, and the payload.
struct Udp<'a> {
    ports: (u16, u16),
    length: u16,
    payload: Area<'a>,
}

impl Udp<'_> {
    fn uses(&self, port: u16) -> bool {
        self.ports.0 == port || self.ports.1 == port
    }
}

/// One walk through the layers of a frame.
struct Walk<'a, 'f> {
    data: &'a [u8],
    /// What of it was not read yet.
    rest: Area<'a>,
    known_ike: bool,
    layers: u8,
    /// Where the walk came to a layer that is unknown here: something of interest may lie behind it.
    lost_at: Option<u32>,
    /// The outermost VLAN.
    vlan: u16,
    /// The fragment where the walk ended, its protocol and its bytes.
    piece: Option<(Fragment, u8, Area<'a>)>,
    /// What is known of the datagram so far.
    found: &'f mut Datagram<'a>,
}

/// What the rest of a frame begins with.
#[derive(Clone, Copy)]
enum Layer {
    Ethernet,
    /// What this EtherType says.
    EtherType(u16),
    Mpls,
    Pppoe,
    Ppp,
    Gre,
    Ip,
    /// The walk is over: the datagram of interest is known.
    End,
}

impl<'a, 'f> Walk<'a, 'f> {
    fn new(data: &'a [u8], known_ike: bool, found: &'f mut Datagram<'a>) -> Self {
        Self {
            data,
            rest: Area::whole(data),
            known_ike,
            layers: 0,
            lost_at: None,
            vlan: 0,
            piece: None,
            found,
        }
    }

    fn offset(&self, part: &'a [u8]) -> u32 {
        Span::new(self.data.offset(part), 0).offset
    }

    fn lost(&mut self) -> Option<Layer> {
        self.lost_at = Some(self.offset(self.rest.bytes));
        None
    }

    /// Counts a layer; `None` when there are too many.
    fn enter(&mut self) -> Option<()> {
        self.layers += 1;
        (self.layers <= MAX_LAYERS).then_some(())
    }

    /// Walks from a layer to the datagram of interest; `None` if there is none.
    fn from(&mut self, mut layer: Layer) -> Option<()> {
        loop {
            layer = match layer {
                Layer::Ethernet => self.ethernet()?,
                Layer::EtherType(number) => self.ether_type(number)?,
                Layer::Mpls => self.mpls()?,
                Layer::Pppoe => self.pppoe()?,
                Layer::Ppp => self.ppp()?,
                Layer::Gre => self.gre()?,
                Layer::Ip => self.ip()?,
                Layer::End => return Some(()),
            }
        }
    }

    /// Link types as listed at tcpdump.org/linktypes.html.
    fn link(&mut self, link_type: i32) -> Option<()> {
        let layer = match link_type {
            // NULL and LOOP: an address family in one byte order or the other; the IP version says the same.
            0 | 108 => {
                self.rest.read(be_u32)?;
                Layer::Ip
            }
            1 => Layer::Ethernet,
            9 | 50 => Layer::Ppp,
            // RAW under its old and new numbers, IPV4, IPV6.
            12 | 14 | 101 | 228 | 229 => Layer::Ip,
            51 => Layer::Pppoe,
            // Cisco HDLC: address, control, EtherType.
            104 => {
                let (_, protocol) = self.rest.read((be_u16, be_u16))?;
                Layer::EtherType(protocol)
            }
            // Linux cooked: packet type, device type, address length, address, EtherType.
            113 => {
                let (packet_type, _, protocol) = self.rest.read((be_u16, take(12usize), be_u16))?;
                self.found.cooked_direction = Some(packet_type);
                Layer::EtherType(protocol)
            }
            // Linux cooked 2: EtherType, reserved, interface, device type, packet type, address length, address.
            276 => {
                let fields = (be_u16, take(8usize), be_u8, take(9usize));
                let (protocol, _, packet_type, _) = self.rest.read(fields)?;
                self.found.cooked_direction = Some(packet_type.into());
                Layer::EtherType(protocol)
            }
            _ => self.lost()?,
        };
        self.from(layer)
    }

    fn ethernet(&mut self) -> Option<Layer> {
        let &[.., high, low] = self.rest.array::<14>()?;
        Some(Layer::EtherType(u16::from_be_bytes([high, low])))
    }

    fn ether_type(&mut self, ether_type: u16) -> Option<Layer> {
        self.enter()?;
        Some(match ether_type {
            number::ETHER_IPV4 | number::ETHER_IPV6 => Layer::Ip,
            number::ETHER_VLAN | number::ETHER_QINQ | number::ETHER_QINQ_OLD => {
                let (tag, inner) = self.rest.read((be_u16, be_u16))?;
                if self.vlan == 0 {
                    self.vlan = tag & 0x0FFF;
                }
                Layer::EtherType(inner)
            }
            number::ETHER_MPLS | number::ETHER_MPLS_MULTICAST => Layer::Mpls,
            number::ETHER_PPPOE_SESSION => Layer::Pppoe,
            number::ETHER_PPP => Layer::Ppp,
            number::ETHER_BRIDGED => Layer::Ethernet,
            _ => return self.lost(),
        })
    }

    /// RFC 3032: labels up to the bottom of the stack, then IP, or Ethernet behind a control word (RFC 4385).
    fn mpls(&mut self) -> Option<Layer> {
        while self.rest.read(be_u32)? & 0x100 == 0 {}
        match self.rest.bytes.first()? >> 4 {
            4 | 6 => Some(Layer::Ip),
            0 => {
                self.rest.read(be_u32)?;
                Some(Layer::Ethernet)
            }
            _ => self.lost(),
        }
    }

    /// RFC 2516 4: version, code, session, length.
    fn pppoe(&mut self) -> Option<Layer> {
        let (_, _, length) = self.rest.read((be_u16, be_u16, be_u16))?;
        self.rest = self.rest.of_length(length.into());
        Some(Layer::Ppp)
    }

    /// RFC 1662 3.1 and RFC 1661 6.5: address and control may be left out, and the protocol may have one byte.
    fn ppp(&mut self) -> Option<Layer> {
        if self.rest.bytes.starts_with(&[0xFF, 0x03]) {
            self.rest.read(be_u16)?;
        }
        let compressed = self.rest.bytes.first()? & 1 != 0;
        let protocol = if compressed {
            self.rest.read(be_u8)?.into()
        } else {
            self.rest.read(be_u16)?
        };
        match protocol {
            number::PPP_IPV4 | number::PPP_IPV6 => Some(Layer::Ip),
            number::PPP_MPLS => Some(Layer::Mpls),
            _ => None,
        }
    }

    /// RFC 2784 and RFC 2890; version 1 is RFC 2637 (PPTP), which has an acknowledgment as well.
    fn gre(&mut self) -> Option<Layer> {
        const CHECKSUM: u16 = 0x8000;
        const KEY: u16 = 0x2000;
        const SEQUENCE: u16 = 0x1000;
        const ACKNOWLEDGMENT: u16 = 0x0080;
        let (flags, protocol) = self.rest.read((be_u16, be_u16))?;
        for option in [CHECKSUM, KEY, SEQUENCE, ACKNOWLEDGMENT] {
            if flags & option != 0 {
                self.rest.read(be_u32)?;
            }
        }
        Some(match protocol {
            // ERSPAN type I has no header of its own, and no sequence number (draft-foschiano-erspan-03 4).
            number::ETHER_ERSPAN if flags & SEQUENCE == 0 => Layer::Ethernet,
            number::ETHER_ERSPAN => {
                self.rest.read(be_u64)?;
                Layer::Ethernet
            }
            number::ETHER_ERSPAN_3 => {
                let (_, subheader_flags) = self.rest.read((take(10usize), be_u16))?;
                if subheader_flags & 1 != 0 {
                    self.rest.read(be_u64)?;
                }
                Layer::Ethernet
            }
            other => Layer::EtherType(other),
        })
    }

    fn ip(&mut self) -> Option<Layer> {
        if is_tcp(self.rest.bytes) {
            return self.tcp();
        }
        self.enter()?;
        let ip = self.ip_header()?;
        if let Some(fragment) = ip.fragment {
            return self.fragment(ip.protocol, fragment);
        }
        match ip.protocol {
            number::IP_UDP => self.udp(),
            number::IP_ESP => {
                self.found.content = self.esp(None, self.rest)?;
                Some(Layer::End)
            }
            number::IP_AH => self.ah(),
            number::IP_ICMP => self.icmp(icmp_error),
            number::IP_ICMPV6 => self.icmp(icmpv6_error),
            number::IP_IPV4 | number::IP_IPV6 => Some(Layer::Ip),
            number::IP_GRE => Some(Layer::Gre),
            _ => None,
        }
    }

    fn ip_header(&mut self) -> Option<Ip> {
        match self.rest.bytes.first()? >> 4 {
            4 => self.ipv4_header(),
            6 => self.ipv6_header(),
            _ => None,
        }
    }

    /// RFC 791 3.1.
    fn ipv4_header(&mut self) -> Option<Ip> {
        let mut area = self.rest;
        #[rustfmt::skip]
        let &[version, _, l0, l1, i0, i1, f0, f1, ttl, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = area.array()?;
        let (length, id) = (u16::from_be_bytes([l0, l1]), u16::from_be_bytes([i0, i1]));
        let fragment = u16::from_be_bytes([f0, f1]);
        let header_length = usize::from(version & 0x0F) * 4;
        area.split(header_length.checked_sub(20)?);
        // Zero: a large segment that the network card will divide; the frame tells the length.
        let declared = match usize::from(length) {
            0 => area.declared(),
            length => length.checked_sub(header_length)?,
        };
        self.rest = area.of_length(declared);
        self.found.source = IpAddr::from([s0, s1, s2, s3]);
        self.found.destination = IpAddr::from([d0, d1, d2, d3]);
        self.found.ttl = ttl;
        let fragment = Fragment::new(
            id.into(),
            u32::from(fragment & 0x1FFF) * 8,
            fragment & 0x2000 != 0,
        );
        self.note_piece(fragment, protocol);
        Some(Ip { protocol, fragment })
    }

    /// RFC 8200 3 and 4: the extension headers up to the first that is none, or to the first later fragment.
    fn ipv6_header(&mut self) -> Option<Ip> {
        const HOP_BY_HOP: u8 = 0;
        const ROUTING: u8 = 43;
        const FRAGMENT: u8 = 44;
        const DESTINATION: u8 = 60;
        const MOBILITY: u8 = 135;
        let fields = (be_u32, be_u16, be_u8, be_u8, be_u128, be_u128);
        let (_, length, mut protocol, ttl, source, destination) = self.rest.read(fields)?;
        if length != 0 {
            self.rest = self.rest.of_length(length.into());
        }
        let mut fragment = None;
        loop {
            match protocol {
                HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY => {
                    let (next, length) = self.rest.read((be_u8, be_u8))?;
                    self.rest.split(usize::from(length) * 8 + 6);
                    protocol = next;
                }
                FRAGMENT => {
                    let (next, _, place, id) = self.rest.read((be_u8, be_u8, be_u16, be_u32))?;
                    fragment = Fragment::new(id, u32::from(place & 0xFFF8), place & 1 != 0);
                    protocol = next;
                    self.note_piece(fragment, protocol);
                    if fragment.is_some_and(|fragment| fragment.offset != 0) {
                        break;
                    }
                }
                _ => break,
            }
        }
        self.found.source = IpAddr::V6(source.into());
        self.found.destination = IpAddr::V6(destination.into());
        self.found.ttl = ttl;
        Some(Ip { protocol, fragment })
    }

    /// Notes what stands behind the header that tells of fragmentation: of a first fragment, more headers may.
    #[inline(always)]
    fn note_piece(&mut self, fragment: Option<Fragment>, protocol: u8) {
        if let Some(fragment) = fragment {
            self.piece = Some((fragment, protocol, self.rest));
        }
    }

    /// RFC 9329 3 and 4: in TCP on port 4500 a stream begins with a prefix, and each message has its length before it. Of a segment
    /// the first message that begins in it is read, if its length fits: of what goes on from an earlier segment nothing can be said.
    fn tcp(&mut self) -> Option<Layer> {
        const PREFIX: &[u8] = b"IKETCP";
        const LENGTH: usize = 2;
        tcp_uses(self.rest.bytes, number::PORT_NAT_T).then_some(())?;
        self.enter()?;
        self.ip_header()?.fragment.is_none().then_some(())?;
        // RFC 9293 3.1: the offset of the data in units of four bytes.
        let &[s0, s1, d0, d1, _, _, _, _, _, _, _, _, offset, ..] = self.rest.array::<20>()?;
        let ports = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
        self.rest.split((usize::from(offset >> 4) * 4).checked_sub(20)?);
        if self.rest.bytes.starts_with(PREFIX) {
            self.rest.split(PREFIX.len());
        }
        let &[high, low] = self.rest.array()?;
        let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(LENGTH)?;
        let segment = self.rest.declared();
        let whole = self.rest.of_length(length);
        let mut behind = whole;
        if behind.array() == Some(&[0; 4]) {
            is_ike(behind).then_some(())?;
            self.found.partial = length > segment;
            let message = behind.bytes;
            self.found.content = Content::Ike {
                ports,
                message,
                offset: self.offset(message),
                marker: true,
            };
            return Some(Layer::End);
        }
        // Nothing in ESP says that it is; that it fills its segment does.
        (length == segment).then_some(())?;
        self.found.content = self.esp(Some(ports), whole)?;
        Some(Layer::End)
    }

    fn udp(&mut self) -> Option<Layer> {
        let udp = udp_header(self.rest)?;
        self.rest = udp.payload;
        if udp.uses(number::PORT_IKE) || udp.uses(number::PORT_NAT_T) {
            return self.ike_or_esp(&udp);
        }
        if udp.uses(number::PORT_L2TP) {
            let message = udp.payload.bytes;
            self.found.content = Content::L2tp {
                ports: udp.ports,
                message,
                offset: self.offset(message),
            };
            return Some(Layer::End);
        }
        match udp.ports.1 {
            number::PORT_VXLAN | number::PORT_VXLAN_LINUX => self.vxlan(),
            number::PORT_GENEVE => self.geneve(),
            number::PORT_GTP_U => self.gtp_u(),
            // The host found IKE; it may stand in a tunnel, which comes first.
            _ if self.known_ike => self.ike_or_esp(&udp),
            _ => self.lost(),
        }
    }

    /// RFC 3948 2.2: on port 4500 four zero bytes announce IKE, and anything else is ESP. What has neither the marker
    /// nor its place, but the looks of an IKE message, is one: senders get this wrong, and that is worth a finding.
    #[inline(always)]
    fn ike_or_esp(&mut self, udp: &Udp<'a>) -> Option<Layer> {
        let ports = udp.ports;
        if udp.payload.bytes.is_empty() {
            return None;
        }
        if udp.payload.declared() == 1 && udp.payload.bytes == [0xFF] {
            self.found.content = Content::Keepalive { ports };
            return Some(Layer::End);
        }
        let (payload, marker) = self.without_marker(udp);
        let is_esp = !marker && udp.uses(number::PORT_NAT_T) && !self.known_ike && !is_ike(payload);
        if is_esp {
            self.found.content = self.esp(Some(ports), payload)?;
            return Some(Layer::End);
        }
        let message = payload.bytes;
        self.found.content = Content::Ike {
            ports,
            message,
            offset: self.offset(message),
            marker,
        };
        Some(Layer::End)
    }

    /// The payload after a non-ESP marker, and whether there was one. Outside port 4500 the marker does not belong, and
    /// four zero bytes may as well begin an SPI.
    fn without_marker(&self, udp: &Udp<'a>) -> (Area<'a>, bool) {
        let mut behind = udp.payload;
        let zeros = behind.array() == Some(&[0; 4]);
        let marker = zeros && (udp.uses(number::PORT_NAT_T) || !is_ike(udp.payload));
        (if marker { behind } else { udp.payload }, marker)
    }

    /// RFC 4303 2: SPI and sequence number, then nothing that can be read.
    fn esp(&self, ports: Option<(u16, u16)>, area: Area<'a>) -> Option<Content<'a>> {
        let &[s0, s1, s2, s3, n0, n1, n2, n3] = { area }.array()?;
        let (spi, sequence) = (
            u32::from_be_bytes([s0, s1, s2, s3]),
            u32::from_be_bytes([n0, n1, n2, n3]),
        );
        let Span { offset, len } = Span::new(self.data.offset(area.bytes), area.declared());
        Some(Content::Esp {
            ports,
            spi,
            sequence,
            length: len,
            offset,
        })
    }

    /// RFC 4302 2: next header, length, reserved, SPI, sequence number.
    fn ah(&mut self) -> Option<Layer> {
        let offset = self.offset(self.rest.bytes);
        let (_, spi, sequence) = self.rest.read((be_u32, be_u32, be_u32))?;
        self.found.content = Content::Ah {
            spi,
            sequence,
            offset,
        };
        Some(Layer::End)
    }

    fn fragment(&mut self, protocol: u8, fragment: Fragment) -> Option<Layer> {
        let udp = match (protocol, fragment.offset) {
            (number::IP_UDP, 0) => Some(self.fragment_head()?),
            (number::IP_UDP | number::IP_ESP, _) => None,
            _ => return None,
        };
        let Fragment {
            id,
            offset: fragment_offset,
            more,
        } = fragment;
        self.found.content = Content::Fragment {
            id,
            protocol,
            fragment_offset,
            more,
            udp,
        };
        Some(Layer::End)
    }

    /// The UDP header of a first fragment, if its ports are those of IKE.
    fn fragment_head(&self) -> Option<FragmentHead<'a>> {
        let udp = udp_header(self.rest)?;
        if !(udp.uses(number::PORT_IKE) || udp.uses(number::PORT_NAT_T)) {
            return None;
        }
        let (payload, marker) = self.without_marker(&udp);
        let message = payload.bytes;
        let offset = self.offset(message);
        Some(FragmentHead {
            ports: udp.ports,
            udp_length: udp.length,
            message,
            offset,
            marker,
        })
    }

    /// RFC 7348 5: flags and network identifier, then Ethernet.
    fn vxlan(&mut self) -> Option<Layer> {
        self.rest.read(be_u64)?;
        Some(Layer::Ethernet)
    }

    /// RFC 8926 3.4: version and length of the options in units of 4 bytes, flags, EtherType, network identifier.
    fn geneve(&mut self) -> Option<Layer> {
        let (first, _, ether_type, _) = self.rest.read((be_u8, be_u8, be_u16, be_u32))?;
        self.rest.split(usize::from(first & 0x3F) * 4);
        Some(Layer::EtherType(ether_type))
    }

    /// 3GPP TS 29.281 5.1: the header of a user packet (255) and its extension headers.
    fn gtp_u(&mut self) -> Option<Layer> {
        const OPTIONAL_FIELDS: u8 = 0x07;
        let (flags, kind, _, _) = self.rest.read((be_u8, be_u8, be_u16, be_u32))?;
        if kind != 255 {
            return None;
        }
        if flags & OPTIONAL_FIELDS != 0 {
            let (_, mut extension) = self.rest.read((take(3usize), be_u8))?;
            while extension != 0 {
                let length = usize::from(self.rest.read(be_u8)?) * 4;
                self.rest.split(length.checked_sub(2)?);
                extension = self.rest.read(be_u8)?;
            }
        }
        Some(Layer::Ip)
    }

    /// An ICMP message of either version; `meaning` tells what it says if it is an error. It quotes the datagram
    /// concerned, of which at least 8 bytes behind the IP header are there (RFC 792, RFC 4443 2.4).
    fn icmp(&mut self, meaning: fn(u8, u8, u32) -> Option<IcmpError>) -> Option<Layer> {
        let offset = self.offset(self.rest.bytes);
        let (kind, code, _, argument) = self.rest.read((be_u8, be_u8, be_u16, be_u32))?;
        let error = meaning(kind, code, argument)?;
        let mut about = Datagram::default();
        let mut quote = Walk::new(self.data, false, &mut about);
        quote.rest = self.rest;
        let ip = quote.ip_header()?;
        let (quoted_ports, quoted) = match (ip.protocol, ip.fragment) {
            (number::IP_UDP, None | Some(Fragment { offset: 0, .. })) => {
                let (ports, payload) = quote.quoted_udp()?;
                (Some(ports), payload)
            }
            (number::IP_ESP | number::IP_AH, _) => (None, quote.rest.bytes),
            _ => return None,
        };
        self.found.content = Content::IcmpError {
            error,
            quoted_source: about.source,
            quoted_destination: about.destination,
            quoted_protocol: ip.protocol,
            quoted_ports,
            quoted,
            offset,
        };
        Some(Layer::End)
    }

    fn quoted_udp(&self) -> Option<((u16, u16), &'a [u8])> {
        let udp = udp_header(self.rest)?;
        if !(number::is_ours(udp.ports.0) || number::is_ours(udp.ports.1)) {
            return None;
        }
        let payload = if udp.uses(number::PORT_L2TP) {
            udp.payload
        } else {
            self.without_marker(&udp).0
        };
        Some((udp.ports, payload.bytes))
    }
}

/// Whether an IP header names TCP right away: most frames do, and need no closer look.
fn is_tcp(bytes: &[u8]) -> bool {
    let protocol = match bytes.first() {
        Some(0x40..=0x4F) => bytes.get(9),
        _ => bytes.get(6),
    };
    protocol == Some(&number::IP_TCP)
}

/// Whether TCP behind an IP header uses a port, without a closer look at either.
fn tcp_uses(bytes: &[u8], port: u16) -> bool {
    let header = match bytes.first() {
        Some(first @ 0x40..=0x4F) => usize::from(first & 0x0F) * 4,
        _ => 40,
    };
    let ports = bytes.get(header..).and_then(<[u8]>::first_chunk::<4>);
    ports.is_some_and(|&[s0, s1, d0, d1]| {
        [u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])].contains(&port)
    })
}

/// RFC 768. A length of zero stands for one that does not fit (RFC 2675 4), or that the network card will write.
#[inline(always)]
fn udp_header(mut area: Area<'_>) -> Option<Udp<'_>> {
    let &[s0, s1, d0, d1, l0, l1, ..] = area.array::<8>()?;
    let (source, destination) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    let length = u16::from_be_bytes([l0, l1]);
    let payload = match usize::from(length).checked_sub(8) {
        Some(declared) => area.of_length(declared),
        None => area,
    };
    Some(Udp {
        ports: (source, destination),
        length,
        payload,
    })
}

/// Whether `area` begins with an IKE header of version 1 or 2 that declares just the length of `area`. ESP would have to
/// hit 40 bits by chance.
fn is_ike(mut area: Area<'_>) -> bool {
    let declared = area.declared();
    let Some(&[header @ .., l0, l1, l2, l3]) = area.array::<28>() else {
        return false;
    };
    let [.., version, _, _, _, _, _, _] = header;
    let length = u32::from_be_bytes([l0, l1, l2, l3]);
    matches!(version >> 4, 1 | 2) && usize::try_from(length) == Ok(declared)
}

/// RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1; next hop MTU: RFC 1191 4.
fn icmp_error(kind: u8, code: u8, argument: u32) -> Option<IcmpError> {
    Some(match (kind, code) {
        (3, 0 | 6 | 11) => IcmpError::NetworkUnreachable,
        (3, 1 | 7 | 8 | 12) => IcmpError::HostUnreachable,
        (3, 2) => IcmpError::ProtocolUnreachable,
        (3, 3) => IcmpError::PortUnreachable,
        (3, 4) => IcmpError::TooBig(argument & 0xFFFF),
        (3, 9 | 10 | 13) => IcmpError::Prohibited,
        (11, _) => IcmpError::TimeExceeded {
            reassembly: code == 1,
        },
        (3 | 4 | 12, _) => IcmpError::Other(kind, code),
        _ => return None,
    })
}

/// RFC 4443 3.
fn icmpv6_error(kind: u8, code: u8, argument: u32) -> Option<IcmpError> {
    Some(match (kind, code) {
        (1, 0) => IcmpError::NetworkUnreachable,
        (1, 1 | 5 | 6) => IcmpError::Prohibited,
        (1, 3) => IcmpError::HostUnreachable,
        (1, 4) => IcmpError::PortUnreachable,
        (2, _) => IcmpError::TooBig(argument),
        (3, _) => IcmpError::TimeExceeded {
            reassembly: code == 1,
        },
        // An unrecognised next header is this version's "protocol unreachable".
        (4, 1) => IcmpError::ProtocolUnreachable,
        (1 | 4, _) => IcmpError::Other(kind, code),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ikewhy_testkit::packets::{Message, ip_packet};

    /// A segment of TCP between these ports, behind IP.
    fn segment(ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
        let head = [
            &ports.0.to_be_bytes()[..],
            &ports.1.to_be_bytes(),
            &[0; 8],
            &[0x60, 0x18, 0, 0, 0, 0, 0, 0],
            &[1, 1, 1, 1],
        ];
        let (a, b) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(198, 51, 100, 2));
        ip_packet(a, b, 64, number::IP_TCP, &[&head.concat(), payload].concat())
    }

    fn found(data: &[u8]) -> Option<Datagram<'_>> {
        let frame = Frame {
            link_type: 101,
            data,
            ip_hint: None,
            known_ike: false,
        };
        frame.datagram()
    }

    /// With its length before it.
    fn framed(message: &[u8]) -> Vec<u8> {
        let length = u16::try_from(message.len() + 2).unwrap();
        [&length.to_be_bytes(), message].concat()
    }

    #[test]
    fn ike_and_esp_in_tcp_are_found() {
        let ike = Message::v2(1).payloads(34, &[(40, vec![5; 32])]).bytes();
        let marked = framed(&[&[0; 4][..], &ike].concat());
        let first = segment((51_022, 4500), &[b"IKETCP", &marked[..]].concat());
        let datagram = found(&first).unwrap();
        let Content::Ike { message, ports, .. } = datagram.content else {
            panic!("{datagram:?}");
        };
        assert_eq!(
            (message, ports, datagram.partial),
            (&ike[..], (51_022, 4500), false)
        );
        // The rest comes in another segment.
        let begun = segment((4500, 51_022), &marked[..40]);
        let datagram = found(&begun).unwrap();
        assert!(
            matches!(datagram.content, Content::Ike { message, .. } if message == &ike[..34])
                && datagram.partial
        );
        let esp = segment(
            (4500, 51_022),
            &framed(&[&[0xC7, 1, 2, 3, 0, 0, 0, 9][..], &[7; 64]].concat()),
        );
        let content = found(&esp).unwrap().content;
        assert!(
            matches!(
                content,
                Content::Esp {
                    spi: 0xC701_0203,
                    sequence: 9,
                    length: 72,
                    ..
                }
            ),
            "{content:?}"
        );
    }

    #[test]
    fn other_tcp_is_none_of_ours() {
        let esp = framed(&[7; 64]);
        assert_eq!(found(&segment((443, 51_022), &esp)), None);
        for payload in [
            &b""[..],
            b"GET / HTTP/1.1",
            &esp[..20],
            &[0, 1],
            &[0, 0, 0],
            b"IKETCP",
        ] {
            assert_eq!(found(&segment((51_022, 4500), payload)), None, "{payload:?}");
        }
    }
}
