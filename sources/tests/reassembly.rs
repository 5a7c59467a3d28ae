//! IP fragments, in all the ways they come.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use ikewhy::session::DerivedKind;
use ikewhy_sources::{Capture, Lost};
use std::io::Cursor;

/// A fragment: of which datagram, where, whether more follow, its bytes, and when it comes (in seconds).
type Fragment<'a> = (u16, usize, bool, &'a [u8], u32);

fn ipv4(&(id, offset, more, data, _): &Fragment<'_>) -> Vec<u8> {
    let place = (offset as u16 / 8) | if more { 0x2000 } else { 0 };
    let mut packet = vec![0x45, 0];
    packet.extend((data.len() as u16 + 20).to_be_bytes());
    packet.extend(id.to_be_bytes());
    packet.extend(place.to_be_bytes());
    packet.extend([64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1]);
    packet.extend(data);
    packet
}

fn ipv6(&(id, offset, more, data, _): &Fragment<'_>) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((data.len() as u16 + 8).to_be_bytes());
    packet.extend([44, 64]);
    packet.extend([0x20; 32]);
    packet.extend([17, 0]);
    packet.extend((offset as u16 | u16::from(more)).to_be_bytes());
    packet.extend(u32::from(id).to_be_bytes());
    packet.extend(data);
    packet
}

/// Raw IP.
fn file(packets: &[(Vec<u8>, u32)]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 0x4_0000, 101] {
        file.extend(word.to_le_bytes());
    }
    for (packet, seconds) in packets {
        let length = packet.len() as u32;
        for word in [1_700_000_000 + seconds, 0, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

/// Which frames complete a datagram, and which.
fn completed(packets: &[(Vec<u8>, u32)]) -> (Vec<(u32, Vec<u8>)>, Lost) {
    let mut capture = Capture::from_reader(Cursor::new(file(packets))).unwrap();
    let mut completed = Vec::new();
    while let Some(packet) = capture.next_packet() {
        if let Some(derived) = packet.derived {
            assert_eq!(derived.kind, DerivedKind::ReassembledIp);
            completed.push((packet.frame, derived.data.to_vec()));
        }
    }
    assert_eq!(capture.damage(), None);
    (completed, capture.lost())
}

/// The same of fragments; both versions agree.
fn whole(fragments: &[Fragment<'_>]) -> Vec<(u32, Vec<u8>)> {
    let made = |make: fn(&Fragment<'_>) -> Vec<u8>| {
        let packets: Vec<_> = fragments
            .iter()
            .map(|fragment| (make(fragment), fragment.4))
            .collect();
        completed(&packets).0
    };
    let four = made(ipv4);
    assert_eq!(four, made(ipv6));
    four
}

const ONE: &[u8] = b"aaaaaaaaAAAAAAAA";
const TWO: &[u8] = b"bbbbbbbbBBBBBBBB";
const END: &[u8] = b"end";

fn all() -> Vec<u8> {
    [ONE, TWO, END].concat()
}

#[test]
fn fragments_come_in_any_order() {
    let parts: [Fragment<'_>; 3] = [
        (7, 0, true, ONE, 0),
        (7, 16, true, TWO, 0),
        (7, 32, false, END, 0),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(whole(&order.map(|at| parts[at])), [(3, all())], "{order:?}");
    }
    assert_eq!(whole(&parts[..2]), []);
    assert_eq!(whole(&[parts[0], parts[2]]), []);
}

#[test]
fn datagrams_do_not_mix() {
    let parts: [Fragment<'_>; 6] = [
        (7, 0, true, ONE, 0),
        (8, 0, true, TWO, 0),
        (8, 16, false, ONE, 0),
        (7, 16, true, TWO, 0),
        (7, 32, false, END, 0),
        (7, 32, false, END, 0),
    ];
    // What comes after its datagram was complete begins another.
    assert_eq!(whole(&parts), [(3, [TWO, ONE].concat()), (5, all())]);
}

/// As Wireshark 4.0 makes them.
#[test]
fn overlaps_are_settled_as_in_wireshark() {
    // A copy with other bytes: the first counts.
    let copy: [Fragment<'_>; 4] = [
        (7, 0, true, ONE, 0),
        (7, 0, true, TWO, 0),
        (7, 16, true, TWO, 0),
        (7, 32, false, END, 0),
    ];
    assert_eq!(whole(&copy), [(4, all())]);
    // What begins earlier counts, though it came later.
    let earlier: [Fragment<'_>; 3] = [(7, 8, true, TWO, 0), (7, 24, false, END, 0), (7, 0, true, ONE, 0)];
    assert_eq!(whole(&earlier), [(3, [ONE, &TWO[8..], END].concat())]);
    // The first last fragment says how long it is; what goes beyond is cut off, and what begins there left out.
    let long: [Fragment<'_>; 4] = [
        (7, 24, true, END, 0),
        (7, 8, true, TWO, 0),
        (7, 16, false, END, 0),
        (7, 0, true, ONE, 0),
    ];
    assert_eq!(whole(&long), [(4, [ONE, &TWO[8..11]].concat())]);
}

/// Of cut fragments nothing is made, and none is made of less.
#[test]
fn cut_fragments_do_not_count() {
    let mut cut = ipv4(&(7, 0, true, ONE, 0));
    cut.truncate(30);
    let last = ipv4(&(7, 16, false, END, 0));
    assert_eq!(completed(&[(cut, 0), (last, 0)]).0, []);
}

/// Inside a tunnel, the inner addresses count.
#[test]
fn fragments_inside_a_tunnel_are_put_together() {
    let tunnelled = |fragment: Fragment<'_>| {
        let inner = ipv4(&fragment);
        let mut outer = vec![0x45, 0];
        outer.extend((inner.len() as u16 + 20).to_be_bytes());
        outer.extend([0, 0, 0, 0, 64, 4, 0, 0, 203, 0, 113, 1, 203, 0, 113, 2]);
        outer.extend(inner);
        (outer, 0)
    };
    let packets = [tunnelled((7, 0, true, ONE, 0)), tunnelled((7, 16, false, END, 0))];
    let (completed, _) = completed(&packets);
    assert_eq!(completed, [(2, [ONE, END].concat())]);
}

#[test]
fn what_a_bound_gives_up_is_counted() {
    let lost = |fragments: &[Fragment<'_>]| {
        let packets: Vec<_> = fragments
            .iter()
            .map(|fragment| (ipv4(fragment), fragment.4))
            .collect();
        completed(&packets)
    };
    // Too late: after two minutes, nobody waits.
    let late: [Fragment<'_>; 2] = [(7, 0, true, ONE, 0), (7, 16, false, END, 121)];
    let (made, given_up) = lost(&late);
    assert_eq!((made.len(), given_up.late), (0, 1));
    let late: [Fragment<'_>; 2] = [(7, 0, true, ONE, 0), (7, 16, false, END, 119)];
    assert_eq!(lost(&late).0.len(), 1);
    // Too many: the oldest give way, and the latest is still completed.
    let mut many: Vec<Fragment<'_>> = (0..5000).map(|id| (id, 0, true, ONE, 0)).collect();
    many.push((4999, 16, false, END, 0));
    many.push((0, 16, false, END, 0));
    let (made, given_up) = lost(&many);
    assert_eq!(made.len(), 1);
    assert_eq!(given_up.crowded, 904);
    // Too long: the same fragment for ever.
    let same = vec![(7, 0, true, ONE, 0); 5000];
    assert_eq!(lost(&same).1.too_long, 2);
}
