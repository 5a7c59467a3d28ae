//! Frames -> datagrams: every encapsulation gives the same datagram.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::{IpFragOffset, Ipv4Header, Ipv6FragmentHeader, PacketBuilder};
use ikewhy::wire::frame::{
    Content, Datagram, FragmentHead, Frame, IcmpError, Made, Piece, ip_headers, reassembled_udp,
};
use proptest::prelude::*;

use crate::support::{hex, ike_sa_init};

const ETHERNET: i32 = 1;
const RAW: i32 = 101;
const CLIENT: [u8; 4] = [192, 0, 2, 10];
const SERVER: [u8; 4] = [198, 51, 100, 1];

fn look(link_type: i32, data: &[u8]) -> Option<Datagram<'_>> {
    Frame {
        link_type,
        data,
        ip_hint: None,
        known_ike: false,
    }
    .datagram()
}

/// UDP in IPv4.
fn udp(ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ipv4(CLIENT, SERVER, 64).udp(ports.0, ports.1);
    let mut packet = Vec::new();
    builder.write(&mut packet, payload).unwrap();
    packet
}

/// UDP in IPv6.
fn udp6(ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let mut address = [0; 16];
    address[..2].copy_from_slice(&[0x20, 0x01]);
    let builder = PacketBuilder::ipv6(address, address, 64).udp(ports.0, ports.1);
    let mut packet = Vec::new();
    builder.write(&mut packet, payload).unwrap();
    packet
}

/// IPv4 with any protocol.
fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let header = Ipv4Header::new(length, 64, protocol.into(), CLIENT, SERVER).unwrap();
    let mut packet = Vec::new();
    header.write(&mut packet).unwrap();
    [packet, payload.to_vec()].concat()
}

fn ethernet(ether_type: &str, payload: &[u8]) -> Vec<u8> {
    [&[2; 12], &hex(ether_type)[..], payload].concat()
}

/// Link type and frame for each way to carry an IPv4 packet.
fn encapsulations(ip: &[u8]) -> Vec<(&'static str, i32, Vec<u8>)> {
    let with = |header: &str| [hex(header), ip.to_vec()].concat();
    let in_ethernet = |header: &str| [&[2; 12], &with(header)[..]].concat();
    let pppoe = |protocol: &str| {
        let length = u16::try_from(ip.len() + protocol.len() / 2).unwrap();
        [&hex("1100 0001")[..], &length.to_be_bytes(), &hex(protocol), ip].concat()
    };
    let plain = ethernet("0800", ip);
    let behind = |header: &str, inner: &[u8]| [&hex(header)[..], inner].concat();
    let gre = |header: &str, inner: &[u8]| ipv4(47, &behind(header, inner));
    vec![
        ("Ethernet", 1, plain.clone()),
        ("Ethernet with padding", 1, [&plain[..], &[0; 30]].concat()),
        ("VLAN", 1, in_ethernet("8100 0005 0800")),
        ("QinQ", 1, in_ethernet("88a8 0005 8100 0006 0800")),
        ("QinQ, old", 1, in_ethernet("9100 0005 8100 0006 0800")),
        ("PPPoE", 1, ethernet("8864", &pppoe("0021"))),
        ("PPPoE, short protocol", 1, ethernet("8864", &pppoe("21"))),
        ("PPPoE without Ethernet", 51, pppoe("0021")),
        ("MPLS", 1, in_ethernet("8847 000010ff 000021ff")),
        (
            "MPLS pseudowire",
            1,
            [
                in_ethernet("")[..12].to_vec(),
                behind("8847 000021ff 00000000", &plain),
            ]
            .concat(),
        ),
        ("cooked", 113, with("0004 0001 0006 020202020202 0000 0800")),
        (
            "cooked 2",
            276,
            with("0800 0000 00000002 0001 04 06 020202020202 0000"),
        ),
        ("raw", 101, ip.to_vec()),
        ("raw, old", 12, ip.to_vec()),
        ("raw, OpenBSD", 14, ip.to_vec()),
        ("raw IPv4", 228, ip.to_vec()),
        ("null", 0, with("02000000")),
        ("loop", 108, with("00000002")),
        ("PPP", 9, with("0021")),
        ("PPP in HDLC", 50, with("ff03 0021")),
        ("Cisco HDLC", 104, with("0f00 0800")),
        ("GRE", 101, gre("0000 0800", ip)),
        (
            "GRE with all options",
            101,
            gre("b000 0800 00000000 00000001 00000002", ip),
        ),
        ("GRE with Ethernet", 101, gre("0000 6558", &plain)),
        (
            "PPTP",
            101,
            gre("3081 880b 00000001 00000002 00000003 ff030021", ip),
        ),
        ("ERSPAN I", 101, gre("0000 88be", &plain)),
        (
            "ERSPAN II",
            101,
            gre("1000 88be 00000001 1000000000000000", &plain),
        ),
        (
            "ERSPAN III",
            101,
            gre("1000 22eb 00000001 200000000000000000000000", &plain),
        ),
        (
            "ERSPAN III with subheader",
            101,
            gre(
                "1000 22eb 00000001 200000000000000000000001 0000000000000000",
                &plain,
            ),
        ),
        ("IP in IP", 101, ipv4(4, ip)),
        (
            "VXLAN",
            101,
            udp((40000, 4789), &behind("08000000 00000500", &plain)),
        ),
        (
            "GENEVE",
            101,
            udp((40000, 6081), &behind("0100 6558 00000500 00000000", &plain)),
        ),
        (
            "GTP-U",
            101,
            udp(
                (2152, 2152),
                &behind("32 ff 0000 00000001 0001 00 85 01 0000 00", ip),
            ),
        ),
        ("IP in IP in VLAN", 1, ethernet("8100 0005 0800", &ipv4(4, ip))),
    ]
}

/// A content without its place, which differs between encapsulations; the place must be right.
fn content<'a>(frame: &'a [u8], datagram: &Datagram<'a>) -> Content<'a> {
    let mut content = datagram.content;
    match &mut content {
        Content::Ike { message, offset, .. } | Content::L2tp { message, offset, .. } => {
            let start = *offset as usize;
            assert_eq!(&frame[start..start + message.len()], *message);
            *offset = 0;
        }
        Content::Esp { spi, offset, .. } => {
            let start = *offset as usize;
            assert_eq!(frame[start..start + 4], spi.to_be_bytes());
            *offset = 0;
        }
        Content::Ah { offset, .. } | Content::IcmpError { offset, .. } => *offset = 0,
        Content::Fragment { udp, .. } => {
            if let Some(head) = udp {
                head.offset = 0;
            }
        }
        Content::Keepalive { .. } => {}
    }
    content
}

fn check_encapsulations(ip: &[u8]) {
    let expected =
        look(RAW, ip).map(|datagram| (datagram.source, datagram.destination, content(ip, &datagram)));
    assert!(expected.is_some());
    for (name, link_type, frame) in encapsulations(ip) {
        let found = look(link_type, &frame);
        let found = found.map(|datagram| (datagram.source, datagram.destination, content(&frame, &datagram)));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn every_encapsulation_gives_the_same_datagram() {
    let message = ike_sa_init();
    check_encapsulations(&udp((500, 500), &message));
    check_encapsulations(&udp((4500, 4500), &[&[0; 4], &message[..]].concat()));
    check_encapsulations(&udp((4500, 61000), &[1; 80]));
    check_encapsulations(&udp((4500, 4500), &[0xFF]));
    check_encapsulations(&udp(
        (1701, 1701),
        &hex("c802 0014 0000 0000 0000 0000 8008 0000 0000 0001"),
    ));
    check_encapsulations(&ipv4(50, &[1; 80]));
    check_encapsulations(&ipv4(
        51,
        &hex("0404 0000 00001234 00000007 000000000000000000000000"),
    ));
}

#[test]
fn ike_is_found_on_its_ports() {
    let message = ike_sa_init();
    for ports in [(500, 500), (500, 31000), (464, 500), (4500, 500)] {
        let frame = udp(ports, &message);
        let datagram = look(RAW, &frame).unwrap();
        assert_eq!(
            datagram.content,
            Content::Ike {
                ports,
                message: &message,
                offset: 28,
                marker: false
            }
        );
        assert_eq!(datagram.source, IpAddr::from(CLIENT));
        assert_eq!((datagram.ttl, datagram.cooked_direction), (64, None));
    }
    let marked = [&[0; 4], &message[..]].concat();
    for ports in [(4500, 4500), (31000, 4500), (500, 500)] {
        let frame = udp(ports, &marked);
        let expected = Content::Ike {
            ports,
            message: &message,
            offset: 32,
            marker: true,
        };
        assert_eq!(look(RAW, &frame).unwrap().content, expected);
    }
    // The marker is forgotten, but ESP would not look like this.
    let frame = udp((4500, 4500), &message);
    let expected = Content::Ike {
        ports: (4500, 4500),
        message: &message,
        offset: 28,
        marker: false,
    };
    assert_eq!(look(RAW, &frame).unwrap().content, expected);
}

#[test]
fn an_spi_of_zeros_is_no_marker() {
    let mut message = ike_sa_init();
    message[..4].fill(0);
    let frame = udp((500, 500), &message);
    let expected = Content::Ike {
        ports: (500, 500),
        message: &message,
        offset: 28,
        marker: false,
    };
    assert_eq!(look(RAW, &frame).unwrap().content, expected);
}

#[test]
fn the_host_may_know_of_ike_on_other_ports() {
    let message = ike_sa_init();
    let data = &udp((7000, 7001), &message)[..];
    assert_eq!(look(RAW, data), None);
    let frame = Frame {
        link_type: RAW,
        data,
        ip_hint: None,
        known_ike: true,
    };
    let expected = Content::Ike {
        ports: (7000, 7001),
        message: &message,
        offset: 28,
        marker: false,
    };
    assert_eq!(frame.datagram().unwrap().content, expected);
}

#[test]
fn a_hint_helps_where_a_layer_is_unknown() {
    let ip = udp((500, 500), &ike_sa_init());
    let look_at = |link_type, data: &[u8], hint| {
        Frame {
            link_type,
            data,
            ip_hint: Some(hint),
            known_ike: false,
        }
        .datagram()
        .is_some()
    };
    assert!(look_at(105, &[&[0; 32], &ip[..]].concat(), 32));
    assert!(look_at(
        ETHERNET,
        &ethernet("9999", &[&[0; 6], &ip[..]].concat()),
        20
    ));
    assert!(!look_at(105, &ip, 4000));
    // A hint does not make an error's quotation a datagram.
    let redirect = ipv4(1, &[&hex("0501 0000 c0000201"), &ip[..]].concat());
    assert!(!look_at(RAW, &redirect, 28));
}

#[test]
fn a_host_is_asked_for_what_is_of_use() {
    let needs = |link_type, data: &[u8]| {
        let frame = Frame {
            link_type,
            data,
            ip_hint: None,
            known_ike: false,
        };
        frame.needs()
    };
    let in_udp = |ports, payload: &[u8]| needs(RAW, &udp(ports, payload));
    // First payload, version, exchange, flags.
    let message = |kind: [u8; 4], payloads: &str| {
        let mut message = ike_sa_init()[..28].to_vec();
        message[16..20].copy_from_slice(&kind);
        in_udp((500, 500), &[message, hex(payloads)].concat())
    };
    assert_eq!(
        message([34, 0x20, 34, 8], "2800 0008 00000000 2e00 0005 00").made,
        Made::PlaintextV2
    );
    assert_eq!(message([46, 0x20, 35, 8], "").made, Made::PlaintextV2);
    assert_eq!(message([53, 0x20, 35, 8], "").made, Made::Whole);
    assert_eq!(message([5, 0x10, 2, 1], "0000 0004").made, Made::PlaintextV1);
    assert_eq!(message([132, 0x10, 2, 1], "0000 0004").made, Made::Whole);
    assert_eq!(message([13, 0x10, 2, 0], "8400 0004 0000 0004").made, Made::Whole);
    for clear in ["0d00 0004 0000 0004", "2e00 0000", "2e00 ffff", "2e"] {
        assert_eq!(message([13, 0x10, 2, 0], clear).made, Made::Nothing, "{clear}");
        assert_eq!(message([43, 0x20, 34, 8], clear).message, Some(28), "{clear}");
    }
    let esp = in_udp((4500, 4500), &[1; 40]);
    assert_eq!(
        (esp.made, esp.message, esp.ip_hint),
        (Made::FromEsp, Some(28), false)
    );
    let unknown = needs(105, &[0; 80]);
    assert_eq!(
        (unknown.made, unknown.message, unknown.ip_hint),
        (Made::Anything, None, true)
    );
    let mut part = udp((500, 500), &ike_sa_init());
    part[6] = 0x20; // more fragments
    assert_eq!(needs(RAW, &part).made, Made::Anything);
    assert_eq!(needs(RAW, &ipv4(1, &[8; 8])).made, Made::Nothing);
}

#[test]
fn places_of_ip_headers_are_found() {
    let outer = ipv4(4, &udp((500, 500), &[1; 40]));
    let frame = [&[7; 30][..], &outer].concat();
    let places = |length| ip_headers(&frame, length).collect::<Vec<_>>();
    assert_eq!(places(frame.len()), [30, 50]);
    // Neither is as long as it says.
    assert_eq!(places(frame.len() - 1), [0; 0]);
    let ipv6 = [&[7; 9][..], &udp6((500, 500), &[1; 40])].concat();
    assert_eq!(ip_headers(&ipv6, ipv6.len()).collect::<Vec<_>>(), [9]);
}

#[test]
fn ipv6_extension_headers_are_passed() {
    let message = ike_sa_init();
    let packet = udp6((500, 500), &message);
    let (header, rest) = packet.split_at(40);
    let mut extended = [
        header,
        &hex("2b 00 0000 00000000  3c 00 0000 00000000  11 01 0000 00000000 0000000000000000"),
        rest,
    ]
    .concat();
    let length = u16::try_from(extended.len() - 40).unwrap();
    extended[4..6].copy_from_slice(&length.to_be_bytes());
    extended[6] = 0;
    for (link_type, frame) in [
        (RAW, extended.clone()),
        (229, extended.clone()),
        (ETHERNET, ethernet("86dd", &extended)),
    ] {
        let datagram = look(link_type, &frame).unwrap();
        assert!(datagram.source.is_ipv6());
        let Content::Ike { message: found, .. } = datagram.content else {
            panic!("{datagram:?}")
        };
        assert_eq!(found, message);
    }
    // IPv6 in IPv4.
    assert!(look(RAW, &ipv4(41, &extended)).is_some());
}

#[test]
fn lengths_end_the_payload_and_the_capture_cuts_it() {
    let message = ike_sa_init();
    let ip = udp((500, 500), &message);
    let padded = ethernet("0800", &[&ip[..], &[0; 50]].concat());
    let Content::Ike { message: found, .. } = look(ETHERNET, &padded).unwrap().content else {
        panic!()
    };
    assert_eq!(found.len(), message.len());
    let frame = ethernet("0800", &ip);
    let Content::Ike { message: found, .. } = look(ETHERNET, &frame[..96]).unwrap().content else {
        panic!()
    };
    assert_eq!(found, &message[..96 - 42]);
    // ESP keeps the length it had on the wire.
    let esp = ipv4(50, &[1; 1000]);
    let Content::Esp { length, .. } = look(RAW, &esp[..60]).unwrap().content else {
        panic!()
    };
    assert_eq!(length, 1000);
}

#[test]
fn fragments_are_told_by_their_place() {
    let datagram = udp((500, 500), &ike_sa_init());
    let mut first = datagram[..20 + 64].to_vec();
    first[2..8].copy_from_slice(&hex("0054 1234 2000"));
    let found = look(RAW, &first).unwrap().content;
    let message = &ike_sa_init()[..56];
    let udp_length = 8 + ike_sa_init().len() as u16;
    let head = FragmentHead {
        ports: (500, 500),
        udp_length,
        message,
        offset: 28,
        marker: false,
    };
    let fragment = |protocol, fragment_offset, more, udp| Content::Fragment {
        id: 0x1234,
        protocol,
        fragment_offset,
        more,
        udp,
    };
    assert_eq!(found, fragment(17, 0, true, Some(head)));

    let mut last = [&datagram[..20], &datagram[84..]].concat();
    last[4..8].copy_from_slice(&hex("1234 0008"));
    assert_eq!(look(RAW, &last).unwrap().content, fragment(17, 64, false, None));
    last[9] = 50;
    assert_eq!(look(RAW, &last).unwrap().content, fragment(50, 64, false, None));
    last[9] = 6;
    assert_eq!(look(RAW, &last), None);
    // First fragments of other services.
    first[20..24].copy_from_slice(&hex("0035 0035"));
    assert_eq!(look(RAW, &first), None);
}

/// What a host needs that has to put datagrams together itself: all fragments of UDP and ESP, whatever their ports.
#[test]
fn a_piece_is_given_whole_or_not_at_all() {
    let datagram = udp((4789, 4789), &ike_sa_init());
    let mut last = [&datagram[..20], &datagram[84..]].concat();
    last[2..8].copy_from_slice(&hex("0054 1234 2008"));
    last.truncate(84);
    let tagged = [
        &hex("020000000001 020000000002 8100 2005 8100 0006 0800"),
        &last[..],
    ]
    .concat();
    fn piece(link_type: i32, data: &[u8]) -> Option<Piece<'_>> {
        let frame = Frame {
            link_type,
            data,
            ip_hint: None,
            known_ike: false,
        };
        frame.piece()
    }
    let found = piece(1, &tagged).unwrap();
    assert_eq!((found.id, found.protocol, found.vlan), (0x1234, 17, 5));
    assert_eq!((found.offset, found.more, found.data), (64, true, &last[20..]));
    assert_eq!(piece(RAW, &last).unwrap().vlan, 0);
    assert_eq!(piece(RAW, &last[..83]), None);
    assert_eq!(piece(RAW, &datagram), None);
    last[9] = 6;
    assert_eq!(piece(RAW, &last), None);
}

#[test]
fn fragments_of_ipv6_have_a_header_of_their_own() {
    let packet = udp6((500, 500), &ike_sa_init());
    let fragment = |offset: u16, more| {
        let header = Ipv6FragmentHeader::new(
            17.into(),
            IpFragOffset::try_new(offset).unwrap(),
            more,
            0x12345678,
        );
        let mut packet = [&packet[..40], &header.to_bytes()[..], &packet[40..104]].concat();
        packet[4..7].copy_from_slice(&hex("0048 2c"));
        packet
    };
    let first = fragment(0, true);
    let Content::Fragment {
        id: 0x12345678,
        protocol: 17,
        fragment_offset: 0,
        more: true,
        udp: Some(head),
    } = look(RAW, &first).unwrap().content
    else {
        panic!()
    };
    assert_eq!((head.ports, head.offset), ((500, 500), 56));
    let Content::Fragment {
        fragment_offset: 64,
        more: false,
        udp: None,
        ..
    } = look(RAW, &fragment(8, false)).unwrap().content
    else {
        panic!()
    };
    // All in one "fragment".
    let whole = fragment(0, false);
    assert!(matches!(look(RAW, &whole).unwrap().content, Content::Ike { .. }));
}

#[test]
fn icmp_errors_quote_what_failed() {
    let message = ike_sa_init();
    let quote = udp((500, 4501), &message);
    let marked = udp((4500, 4500), &[&[0; 4], &message[..]].concat());
    let error = |header: &str, quote: &[u8]| ipv4(1, &[&hex(header), quote].concat());
    let meaning = |packet: &[u8]| match look(RAW, packet)?.content {
        Content::IcmpError { error, .. } => Some(error),
        _ => None,
    };
    let meanings = [
        ("0300 0000 00000000", Some(IcmpError::NetworkUnreachable)),
        ("0301 0000 00000000", Some(IcmpError::HostUnreachable)),
        ("0302 0000 00000000", Some(IcmpError::ProtocolUnreachable)),
        ("0303 0000 00000000", Some(IcmpError::PortUnreachable)),
        ("0304 0000 000005c8", Some(IcmpError::TooBig(1480))),
        ("030d 0000 00000000", Some(IcmpError::Prohibited)),
        ("0305 0000 00000000", Some(IcmpError::Other(3, 5))),
        (
            "0b00 0000 00000000",
            Some(IcmpError::TimeExceeded { reassembly: false }),
        ),
        (
            "0b01 0000 00000000",
            Some(IcmpError::TimeExceeded { reassembly: true }),
        ),
        ("0800 0000 00000000", None),
    ];
    for (header, expected) in meanings {
        assert_eq!(meaning(&error(header, &quote[..56])), expected, "{header}");
    }
    let packet = error("0303 0000 00000000", &quote[..48]);
    assert_eq!(
        look(RAW, &packet).unwrap().content,
        Content::IcmpError {
            error: IcmpError::PortUnreachable,
            quoted_source: IpAddr::from(CLIENT),
            quoted_destination: IpAddr::V4(Ipv4Addr::from(SERVER)),
            quoted_protocol: 17,
            quoted_ports: Some((500, 4501)),
            quoted: &message[..20],
            offset: 20,
        }
    );
    let packet = error("0303 0000 00000000", &marked);
    let Content::IcmpError { quoted, .. } = look(RAW, &packet).unwrap().content else {
        panic!()
    };
    assert_eq!(quoted, message);
    // Eight bytes of quotation are enough; other services are of no interest.
    assert!(look(RAW, &error("0303 0000 00000000", &quote[..28])).is_some());
    assert!(look(RAW, &error("0303 0000 00000000", &ipv4(50, &[1; 8]))).is_some());
    assert!(look(RAW, &error("0303 0000 00000000", &udp((53, 53), &[1; 8]))).is_none());
}

#[test]
fn icmpv6_errors_quote_what_failed() {
    let meanings = [
        ("0100 0000 00000000", IcmpError::NetworkUnreachable),
        ("0101 0000 00000000", IcmpError::Prohibited),
        ("0103 0000 00000000", IcmpError::HostUnreachable),
        ("0104 0000 00000000", IcmpError::PortUnreachable),
        ("0200 0000 00000500", IcmpError::TooBig(1280)),
        ("0301 0000 00000000", IcmpError::TimeExceeded { reassembly: true }),
        ("0401 0000 00000000", IcmpError::ProtocolUnreachable),
    ];
    let quote = udp6((500, 500), &ike_sa_init());
    for (header, expected) in meanings {
        let mut packet = [&quote[..40], &hex(header)[..], &quote[..]].concat();
        let length = u16::try_from(packet.len() - 40).unwrap();
        packet[4..6].copy_from_slice(&length.to_be_bytes());
        packet[6] = 58;
        let Content::IcmpError {
            error,
            quoted_ports: Some((500, 500)),
            ..
        } = look(RAW, &packet).unwrap().content
        else {
            panic!("{header}");
        };
        assert_eq!(error, expected);
    }
}

#[test]
fn cooked_captures_tell_the_direction() {
    let ip = udp((500, 500), &ike_sa_init());
    for (_, link_type, frame) in encapsulations(&ip) {
        let cooked = matches!(link_type, 113 | 276);
        assert_eq!(
            look(link_type, &frame).unwrap().cooked_direction,
            cooked.then_some(4)
        );
    }
}

#[test]
fn a_reassembled_datagram_is_read_from_its_udp_header() {
    let message = ike_sa_init();
    let packet = udp((500, 500), &message);
    let (source, destination) = (IpAddr::from(CLIENT), IpAddr::from(SERVER));
    let datagram = reassembled_udp(source, destination, &packet[20..]).unwrap();
    assert_eq!(
        datagram.content,
        Content::Ike {
            ports: (500, 500),
            message: &message,
            offset: 8,
            marker: false
        }
    );
    assert_eq!((datagram.source, datagram.destination), (source, destination));
}

#[test]
fn the_rest_is_of_no_interest() {
    assert_eq!(look(RAW, &[]), None);
    assert_eq!(look(RAW, &ipv4(6, &[0; 20])), None);
    assert_eq!(look(RAW, &udp((500, 500), &[])), None);
    assert_eq!(look(RAW, &udp((53, 40000), &[0; 40])), None);
    assert_eq!(look(ETHERNET, &ethernet("0806", &[0; 28])), None);
    // Tunnels within tunnels come to an end.
    let mut nested = udp((500, 500), &ike_sa_init());
    for _ in 0..40 {
        nested = ipv4(4, &nested);
    }
    assert_eq!(look(RAW, &nested), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_frame(
        link_type in prop_oneof![Just(0), Just(1), Just(9), Just(101), Just(113), Just(276), any::<i32>()],
        data in prop::collection::vec(any::<u8>(), 0..120),
        ip_hint in prop::option::of(0u32..200),
        known_ike in any::<bool>(),
    ) {
        if let Some(datagram) = (Frame { link_type, data: &data, ip_hint, known_ike }).datagram() {
            content(&data, &datagram);
        }
    }

    #[test]
    fn damaged_frames_are_frames(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let frames = encapsulations(&udp((4500, 4500), &[&[0; 4], &ike_sa_init()[..]].concat()));
        let (_, link_type, mut data) = frames[which.index(frames.len())].clone();
        for (at, value) in changes {
            // The headers are at the front.
            let at = at.index(data.len().min(90));
            data[at] = value;
        }
        data.truncate(cut.index(data.len() + 1));
        if let Some(datagram) = look(link_type, &data) {
            content(&data, &datagram);
        }
    }

    #[test]
    fn any_payload_is_the_same_in_every_encapsulation(payload in prop::collection::vec(any::<u8>(), 1..60)) {
        check_encapsulations(&udp((500, 40000), &payload));
    }
}
