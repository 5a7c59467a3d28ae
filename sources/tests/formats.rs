//! Every format, whole, cut at every byte, with every byte changed, and read a byte at a time.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use ikewhy_sources::{Capture, Damage, Unreadable};
use std::io::{self, Cursor, Read, Write};

/// What a capture gives: of each packet its number, time, interface, link type, length on the wire and bytes.
type Packets = Vec<(u32, i64, u32, i32, u32, Vec<u8>)>;

fn packets(capture: &mut Capture) -> Packets {
    let mut packets = Vec::new();
    while let Some(packet) = capture.next_packet() {
        let data = packet.data.to_vec();
        packets.push((
            packet.frame,
            packet.time,
            packet.interface,
            packet.link_type,
            packet.original_length,
            data,
        ));
    }
    packets
}

fn read(file: &[u8]) -> Result<(Packets, Option<Damage>), Unreadable> {
    let mut capture = Capture::from_reader(Cursor::new(file.to_vec()))?;
    let packets = packets(&mut capture);
    assert!(capture.next_packet().is_none());
    Ok((packets, capture.damage().cloned()))
}

fn whole(file: &[u8]) -> Packets {
    let (packets, damage) = read(file).unwrap_or_else(|error| panic!("it {error}"));
    assert_eq!(damage, None);
    packets
}

fn unreadable(file: &[u8]) -> String {
    match read(file) {
        Ok(read) => panic!("{read:?}"),
        Err(error) => error.to_string(),
    }
}

/// Gives one byte at a time, and is interrupted in between.
struct Slowly(Cursor<Vec<u8>>, bool);

impl Read for Slowly {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let one = room.len().min(1);
        self.0.read(&mut room[..one])
    }
}

// ---- Writers --------------------------------------------------------------------------------------------------------

#[derive(Clone, Copy)]
struct Order {
    big: bool,
}

const BIG: Order = Order { big: true };
const LITTLE: Order = Order { big: false };

impl Order {
    fn word(self, word: u32) -> [u8; 4] {
        if self.big {
            word.to_be_bytes()
        } else {
            word.to_le_bytes()
        }
    }

    fn words(self, words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| self.word(*word)).collect()
    }

    fn short(self, short: u16) -> [u8; 2] {
        if self.big {
            short.to_be_bytes()
        } else {
            short.to_le_bytes()
        }
    }

    /// A pcap file's header: version 2.4, Ethernet.
    fn pcap(self, magic: u32) -> Vec<u8> {
        let mut file = self.words(&[magic]);
        file.extend([self.short(2), self.short(4)].concat());
        file.extend(self.words(&[0, 0, 0x4_0000, 1]));
        file
    }

    /// A block of a pcapng file.
    fn block(self, kind: u32, content: &[u8]) -> Vec<u8> {
        let padded = content.len().next_multiple_of(4);
        let length = padded as u32 + 12;
        let mut block = self.words(&[kind, length]);
        block.extend(content);
        block.resize(8 + padded, 0);
        block.extend(self.word(length));
        block
    }

    fn section(self) -> Vec<u8> {
        let mut content = self.word(0x1A2B_3C4D).to_vec();
        content.extend([self.short(1), self.short(0)].concat());
        content.extend([0xFF; 8]);
        self.block(0x0A0D_0D0A, &content)
    }

    /// An interface with options, each a code and a value.
    fn interface(self, link_type: u16, snap_length: u32, options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut content = [self.short(link_type), [0; 2]].concat();
        content.extend(self.word(snap_length));
        for (code, value) in options {
            content.extend(self.short(*code));
            content.extend(self.short(value.len() as u16));
            content.extend(*value);
            content.resize(content.len().next_multiple_of(4), 0);
        }
        self.block(1, &content)
    }

    fn enhanced(self, interface: u32, time: u64, data: &[u8], original_length: u32) -> Vec<u8> {
        let (high, low) = ((time >> 32) as u32, time as u32);
        let mut content = self.words(&[interface, high, low, data.len() as u32, original_length]);
        content.extend(data);
        content.resize(content.len().next_multiple_of(4), 0);
        // A comment and the end of options.
        content.extend([self.short(1), self.short(3)].concat());
        content.extend(b"why\0\0\0\0\0");
        self.block(6, &content)
    }
}

/// Two packets of this length of a record's header.
fn pcap(order: Order, magic: u32, header: usize, fraction: u32) -> Vec<u8> {
    let mut file = order.pcap(magic);
    for (number, data) in [(1, b"first".as_slice()), (2, b"second one")] {
        let length = data.len() as u32;
        let head = order.words(&[1_700_000_000 + number, fraction, length, length + number]);
        file.extend(&head);
        file.resize(file.len() + header - head.len(), 0);
        file.extend(data);
    }
    file
}

fn two_packets(nanoseconds: i64) -> Packets {
    let time = |seconds: i64| seconds * 1_000_000_000 + nanoseconds;
    vec![
        (1, time(1_700_000_001), 0, 1, 6, b"first".to_vec()),
        (2, time(1_700_000_002), 0, 1, 12, b"second one".to_vec()),
    ]
}

/// Both byte orders, interfaces of all kinds, every kind of packet, and what is no packet.
fn pcapng() -> Vec<u8> {
    let mut file = Vec::new();
    for order in [LITTLE, BIG] {
        let offset = if order.big {
            3600_i64.to_be_bytes()
        } else {
            3600_i64.to_le_bytes()
        };
        file.extend(order.section());
        file.extend(order.interface(1, 4, &[(2, b"eth0"), (9, &[9]), (0, b"")]));
        file.extend(order.interface(101, 0, &[(14, &offset), (9, &[0x8A])]));
        file.extend(order.block(4, b"names of addresses, which nobody wants"));
        file.extend(order.enhanced(0, 1_700_000_001_000_000_007, b"ab", 60));
        file.extend(order.enhanced(1, 1_700_000_000 << 10 | 512, b"E...!", 5));
        // Obsolete: interface and drops, time, lengths.
        let mut obsolete = [order.short(0), order.short(3)].concat();
        let time = 1_700_000_002_000_000_000_u64;
        obsolete.extend(order.words(&[(time >> 32) as u32, time as u32, 3, 3]));
        obsolete.extend(b"old");
        file.extend(order.block(2, &obsolete));
        file.extend(order.block(9, b"a journal's entry"));
        // Simple: no time, and cut by the snap length of the first interface.
        let simple = [order.word(9).as_slice(), b"simp"].concat();
        file.extend(order.block(3, &simple));
        file.extend(order.block(5, &[0; 12]));
    }
    file
}

fn packets_of_pcapng() -> Packets {
    let section = |before: u32| {
        vec![
            (before + 1, 1_700_000_001_000_000_007, 0, 1, 60, b"ab".to_vec()),
            (
                before + 2,
                1_700_003_600_500_000_000,
                1,
                101,
                5,
                b"E...!".to_vec(),
            ),
            (before + 3, 1_700_000_002_000_000_000, 0, 1, 3, b"old".to_vec()),
            (before + 5, 0, 0, 1, 9, b"simp".to_vec()),
        ]
    };
    [section(0), section(5)].concat()
}

fn gzip(file: &[u8]) -> Vec<u8> {
    let mut members = Vec::new();
    for part in file.chunks(file.len() / 2 + 1) {
        let header = flate2::GzBuilder::new()
            .filename("a name")
            .comment("and more")
            .extra(vec![1; 9]);
        let mut packer = header.write(Vec::new(), flate2::Compression::best());
        packer.write_all(part).unwrap();
        members.extend(packer.finish().unwrap());
    }
    members
}

fn zstd(file: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    for part in file.chunks(file.len() / 2 + 1) {
        frames.extend([0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, b'a', b'b', b'c']);
        frames.extend(ruzstd::encoding::compress_to_vec(
            part,
            ruzstd::encoding::CompressionLevel::Fastest,
        ));
    }
    frames
}

fn samples() -> Vec<(&'static str, Vec<u8>, Packets)> {
    let (micro, nano, modified) = (0xA1B2_C3D4, 0xA1B2_3C4D, 0xA1B2_CD34);
    let mut samples = Vec::new();
    for order in [LITTLE, BIG] {
        samples.extend([
            ("microseconds", pcap(order, micro, 16, 7), two_packets(7000)),
            ("nanoseconds", pcap(order, nano, 16, 7), two_packets(7)),
            ("modified", pcap(order, modified, 24, 7), two_packets(7000)),
            ("modified, SUSE", pcap(order, modified, 28, 7), two_packets(7000)),
        ]);
    }
    samples.push(("pcapng", pcapng(), packets_of_pcapng()));
    samples.push(("gzip", gzip(&pcapng()), packets_of_pcapng()));
    samples.push(("zstd", zstd(&pcapng()), packets_of_pcapng()));
    samples.push(("gzip", gzip(&pcap(LITTLE, micro, 16, 7)), two_packets(7000)));
    samples
}

#[test]
fn every_format_is_read() {
    for (name, file, expected) in samples() {
        assert_eq!(whole(&file), expected, "{name}");
    }
}

/// Ixia's header is longer; before version 2.3 the lengths were the other way round.
#[test]
fn odd_headers_are_read() {
    let mut ixia = pcap(LITTLE, 0x1C00_01AC, 16, 7);
    ixia.splice(24..24, [0; 4]);
    assert_eq!(whole(&ixia), two_packets(7000));

    let mut old = LITTLE.pcap(0xA1B2_C3D4);
    old[6] = 2;
    old.extend(LITTLE.words(&[1_700_000_001, 7, 6, 5]));
    old.extend(b"first");
    assert_eq!(whole(&old), two_packets(7000)[..1]);
    // The upper half of the link type tells of the frame check sequence.
    old[23] = 0x44;
    assert_eq!(whole(&old), two_packets(7000)[..1]);
}

#[test]
fn a_cut_file_gives_what_precedes_the_cut() {
    for (name, file, expected) in samples() {
        let mut most = 0;
        for end in 1..file.len() {
            let Ok((packets, damage)) = read(&file[..end]) else {
                assert!(end < 4, "{name}, {end}");
                continue;
            };
            if name == "modified, SUSE" && end < 60 {
                continue; // the two modified formats cannot be told apart by less than a packet
            }
            assert!(expected.starts_with(&packets), "{name}, {end}");
            assert!(packets.len() >= most, "{name}, {end}");
            most = packets.len();
            // A cut between records is none, but for compression.
            if let Some(damage) = damage {
                // Records that are no packets are counted, too.
                assert!(
                    damage.packet >= packets.last().map_or(0, |last| last.0),
                    "{name}, {end}"
                );
            } else {
                assert!(
                    !["gzip", "zstd"].contains(&name) || packets.len() >= expected.len() / 3,
                    "{name}, {end}"
                );
            }
        }
        assert!(most + 1 >= expected.len(), "{name}");
    }
}

#[test]
fn a_byte_at_a_time_gives_the_same() {
    for (name, file, expected) in samples() {
        let mut capture = Capture::from_reader(Slowly(Cursor::new(file), false)).unwrap();
        assert_eq!(packets(&mut capture), expected, "{name}");
        assert_eq!(capture.damage(), None);
    }
}

#[test]
fn changed_bytes_are_survived_and_read_alike_in_pieces() {
    for (name, file, _) in samples() {
        for at in 0..file.len() {
            for change in [1, 0xC0] {
                let mut changed = file.clone();
                changed[at] ^= change;
                let at_once = read(&changed).ok();
                let slowly = Capture::from_reader(Slowly(Cursor::new(changed), false)).ok();
                let slowly = slowly.map(|mut capture| (packets(&mut capture), capture.damage().cloned()));
                assert_eq!(at_once, slowly, "{name}, {at}, {change:#x}");
            }
        }
    }
}

#[test]
fn a_damage_says_where_it_is() {
    let file = pcap(LITTLE, 0xA1B2_C3D4, 16, 7);
    let said = |file: &[u8]| read(file).unwrap().1.unwrap().to_string();
    assert_eq!(
        said(&file[..file.len() - 1]),
        "is damaged or cut short at byte 45, after packet 1: the file ends inside a record"
    );
    assert_eq!(
        said(&file[..20]),
        "is damaged or cut short at byte 0, before its first packet: the file ends inside a record"
    );
    let mut long = file.clone();
    long[45 + 11] = 0x7F;
    assert_eq!(
        said(&long),
        "is damaged or cut short at byte 45, after packet 1: a packet is said to have 2130706442 bytes, and no more than 262144 \
         are possible"
    );
    let packed = gzip(&file);
    assert_eq!(
        said(&packed[..packed.len() - 16]),
        "is damaged or cut short at byte 45 of what it unpacks to, after packet 1: the compressed file ends too early"
    );
    let mut wrong = packed;
    let last = wrong.len() - 5;
    wrong[last] ^= 1;
    assert_eq!(
        said(&wrong),
        "is damaged or cut short at byte 71 of what it unpacks to, after packet 2: the checksum of its compressed data is wrong"
    );
}

/// A block may say that it has 4 GiB, and one that has 20 MiB is walked over.
#[test]
fn long_blocks_take_no_memory() {
    let mut file = LITTLE.section();
    file.extend(LITTLE.interface(1, 0, &[]));
    file.extend(LITTLE.block(4, &vec![0; 20 << 20]));
    file.extend(LITTLE.enhanced(0, 1, b"here", 4));
    let packets = whole(&file);
    assert_eq!(packets.len(), 1);
    // Wireshark takes packets of USB that are longer than any network's; none of them carries IP, so their beginning is enough.
    let mut file = LITTLE.section();
    file.extend(LITTLE.interface(189, 0, &[]));
    file.extend(LITTLE.enhanced(0, 1, &vec![7; 3 << 20], 3 << 20));
    file.extend(LITTLE.enhanced(0, 1, b"here", 4));
    let packets = whole(&file);
    let lengths: Vec<_> = packets.iter().map(|packet| packet.5.len()).collect();
    assert_eq!(lengths, [262_144, 4]);
}

#[test]
fn other_files_are_named_with_what_to_do() {
    let cases: [(&[u8], &str); 8] = [
        (
            b"snoop\0\0\0\0\0\0\x02\0\0\0\x04",
            "is a Sun snoop capture (also of Check Point's fw monitor), which is not read here; convert it: editcap -F pcapng in \
             out.pcapng",
        ),
        (
            b"GMBU\0\x02",
            "is a Microsoft Network Monitor 2 capture, which is not read here; convert it: editcap -F pcapng in out.pcapng",
        ),
        (
            b"PK\x03\x04 and so on",
            "is a ZIP archive, which is not read here; try: unzip in.zip",
        ),
        (
            b"  <!DOCTYPE html>\n",
            "is a web page, not the capture it may show, which is not read here; download the capture itself",
        ),
        (
            b"12:00:00.123456 IP 192.0.2.1.500 > 192.0.2.2.500: isakmp: phase 1 I ident\n",
            "is text of tcpdump, not its capture, which is not read here; try: tcpdump -w out.pcap udp port 500 or udp port 4500 or \
             esp",
        ),
        (
            b"0000  00 11 22 33",
            "is a hex dump, which is not read here; try: text2pcap in.txt out.pcapng",
        ),
        (b"anything else", "is no capture in a known format (pcap, pcapng)"),
        (b"", "is empty"),
    ];
    for (file, expected) in cases {
        assert_eq!(unreadable(file), expected);
    }
    assert!(unreadable(&gzip(b"snoop\0\0\0 in gzip")).starts_with("is a Sun snoop capture"));
    let mut trace = vec![0; 80];
    trace[72..76].copy_from_slice(&[2, 0, 2, 0xC0]);
    assert!(unreadable(&trace).contains("etl2pcapng in.etl out.pcapng"));
}

/// What is written while it is read comes out, each packet as soon as it is whole.
#[test]
fn a_file_that_grows_is_followed() {
    for (name, file, expected) in samples() {
        if name == "zstd" {
            continue; // it keeps back what may still be referred to
        }
        let path = std::env::temp_dir().join(format!(
            "ikewhy-{}-{}",
            std::process::id(),
            name.replace([' ', ','], "-")
        ));
        let mut growing = std::fs::File::create(&path).unwrap();
        let mut pieces = file.chunks(5).map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter();
        growing.write_all(&pieces.next().unwrap()).unwrap();
        let grow = move || match pieces.next() {
            Some(piece) => growing.write_all(&piece).is_ok(),
            None => false,
        };
        let mut capture = Capture::follow(&path, grow).unwrap();
        assert_eq!(packets(&mut capture), expected, "{name}");
        std::fs::remove_file(&path).unwrap();
    }
}

/// A pipe is asked for no more than it has: `tcpdump -U -w -` sends a packet, and then waits.
#[test]
fn packets_come_out_of_a_pipe_as_they_come_in() {
    let file = pcap(LITTLE, 0xA1B2_C3D4, 16, 7);
    for (end, count) in [(24, 0), (45, 1), (71, 2)] {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(&file[..end]).unwrap();
        let mut capture = Capture::from_reader(reader).unwrap();
        for _ in 0..count {
            assert!(capture.next_packet().is_some());
        }
        drop(writer);
        assert!(capture.next_packet().is_none());
    }
}
