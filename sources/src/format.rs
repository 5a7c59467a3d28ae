//! Files that are no captures that can be read here: what they are, by what they begin with, and how to make one of them.

/// A format: what it is called, and what makes a capture of it that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) advice: Advice,
}

/// How to come to a capture that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    /// Wireshark reads it, and so converts it.
    Editcap,
    /// A line for the shell.
    Run(&'static str),
    /// Anything else.
    Do(&'static str),
}

/// How many bytes of a file are looked at.
pub(crate) const BEGINNING: usize = 512;

use Advice::{Do, Editcap, Run};

/// Where a file has which bytes: offset, bytes, name, advice. Wireshark's names (wiretap).
#[rustfmt::skip]
const KNOWN: &[(usize, &[u8], &str, Advice)] = &[
    (0, b"snoop\0\0\0", "a Sun snoop capture (also of Check Point's fw monitor)", Editcap),
    (0, b"GMBU", "a Microsoft Network Monitor 2 capture", Editcap),
    (0, b"RTSS", "a Microsoft Network Monitor 1 capture", Editcap),
    (72, &[2, 0, 1, 0xC0], "a Windows event trace (ETL, of netsh trace or pktmon)", Run("etl2pcapng in.etl out.pcapng")),
    (72, &[2, 0, 2, 0xC0], "a Windows event trace (ETL, of netsh trace or pktmon)", Run("etl2pcapng in.etl out.pcapng")),
    (0, b"TRSNIFF data    \x1A", "a Sniffer (DOS) capture", Editcap),
    (0, b"XCP\0", "a Sniffer (Windows) or NetXRay capture", Editcap),
    (0, b"VL\0\0", "a NetXRay 1 capture", Editcap),
    (0, &[0x01, 0x10, 0x4C, 0x00], "a Novell LANalyzer capture", Editcap),
    (0, &[0x01, 0x10, 0x4E, 0x00], "a Novell LANalyzer capture", Editcap),
    (0, &[0x07, 0x10, 0x4C, 0x00], "a Novell LANalyzer capture", Editcap),
    (0, b"ObserverPktBuffe", "a Viavi (Network Instruments) Observer capture", Editcap),
    (0, b"\x7Fver", "a Savvius (WildPackets) OmniPeek capture", Editcap),
    (0, b"iptrace 1.0", "an AIX iptrace capture", Editcap),
    (0, b"iptrace 2.0", "an AIX iptrace capture", Editcap),
    (0, &[5, b'V', b'N', b'F'], "a Visual Networks capture", Editcap),
    (0, &[0x42, 0xD2, 0x00, 0x34, 0x12, 0x66, 0x22, 0x88], "a RADCOM WAN/LAN analyzer capture", Editcap),
    (0, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 7, 0xD0, 0], "an HP-UX nettl trace", Editcap),
    (0, &[0x54, 0x52, 0, 0x64, 0, 0, 0, 0, 0, 0, 0, 0x80], "an HP-UX nettl trace", Editcap),
    (0, &[0, 0, 2, 0, 0x12, 5, 0, 0x10], "a Tektronix K12xx capture", Editcap),
    (0, b"+---------+---------------+----------+", "a K12 text file", Editcap),
    (0, b"btsnoop\0", "a Bluetooth btsnoop log", Editcap),
    (0, b"LOGG", "a Vector BLF log", Editcap),
    (0, b"cpse", "a Colasoft Capsa capture", Editcap),
    (0, b"PK\x03\x04", "a ZIP archive", Run("unzip in.zip")),
    (0, b"\xFD7zXZ\0", "compressed by xz", Run("xz -dc in.xz > out.pcap")),
    (0, b"BZh", "compressed by bzip2", Run("bzip2 -dc in.bz2 > out.pcap")),
    (0, &[0x04, 0x22, 0x4D, 0x18], "compressed by lz4", Run("lz4 -dc in.lz4 > out.pcap")),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7z archive", Run("7z x in.7z")),
    (0, b"Rar!\x1A\x07", "a RAR archive", Run("unrar x in.rar")),
    (0, &[0x1F, 0x8B], "compressed twice", Run("gzip -dc in.gz > out.gz")),
    (0, &[0x28, 0xB5, 0x2F, 0xFD], "compressed twice", Run("zstd -dc in.zst > out.zst")),
    (0, &[0x1F, 0x9D], "compressed by compress", Run("gzip -dc in.Z > out.pcap")),
    (257, b"ustar", "a tar archive", Run("tar xf in.tar")),
    (0, b"%PDF", "a PDF document", Do("ask for the capture itself")),
    (0, b"\x7FELF", "a program", Do("ask for the capture itself")),
    (0, b"version https://git-lfs", "a pointer of Git LFS", Run("git lfs pull")),
];

const TEXT_OF_TCPDUMP: Format = Format {
    name: "text of tcpdump, not its capture",
    advice: Run("tcpdump -w out.pcap udp port 500 or udp port 4500 or esp"),
};

/// What a file that begins so is, if that can be told.
pub(crate) fn recognise(beginning: &[u8]) -> Option<Format> {
    let known = KNOWN.iter().find(|(at, bytes, ..)| {
        let there = beginning.get(*at..).unwrap_or_default();
        there.starts_with(bytes)
    });
    if let Some(&(_, _, name, advice)) = known {
        return Some(Format { name, advice });
    }
    text(beginning).or_else(|| {
        is_erf(beginning).then_some(Format {
            name: "an Endace ERF capture",
            advice: Editcap,
        })
    })
}

/// The same of text.
fn text(beginning: &[u8]) -> Option<Format> {
    let line = beginning.trim_ascii_start().split(|byte| *byte == b'\n').next()?;
    let line = line.to_ascii_lowercase();
    let begins = |with: &str| line.starts_with(with.as_bytes());
    let contains = |part: &[u8]| line.windows(part.len()).any(|window| window == part);
    let (name, advice) = if begins("<!doctype html") || begins("<html") {
        (
            "a web page, not the capture it may show",
            Do("download the capture itself"),
        )
    } else if begins("<?xml") || begins("<pdml") || begins("<psml") {
        (
            "XML, perhaps PDML of tshark",
            Do("ask for the capture that it was made of"),
        )
    } else if begins("{") || begins("[") {
        (
            "JSON, perhaps of tshark",
            Do("ask for the capture that it was made of"),
        )
    } else if begins("interfaces=[") {
        (
            "text of FortiGate's diagnose sniffer",
            Run("fgt2eth.pl -in in.txt -out out.pcap"),
        )
    } else if begins("0000")
        && line
            .get(4..6)
            .is_some_and(|two| two == b"  " || two.starts_with(b" "))
    {
        ("a hex dump", Run("text2pcap in.txt out.pcapng"))
    } else if begins("tcpdump: ") || is_clock(&line) && (contains(b" ip ") || contains(b" ip6 ")) {
        return Some(TEXT_OF_TCPDUMP);
    } else {
        return None;
    };
    Some(Format { name, advice })
}

/// A line that begins with a time of day, perhaps after a date.
fn is_clock(line: &[u8]) -> bool {
    let is = |word: &[u8]| {
        let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
        word.get(2) == Some(&b':') && word.get(5) == Some(&b':') && digits >= 6
    };
    line.split(|byte| *byte == b' ').take(2).any(is)
}

/// ERF has no magic number: records that begin with a time, a known type, and a length that leads to another.
fn is_erf(beginning: &[u8]) -> bool {
    const TYPES: std::ops::RangeInclusive<u8> = 1..=48;
    let record = |at: usize| {
        let header = beginning.get(at..)?.first_chunk::<16>()?;
        let &[_, _, _, _, t0, t1, t2, t3, kind, _, l0, l1, ..] = header;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let seconds = u32::from_le_bytes([t0, t1, t2, t3]);
        (TYPES.contains(&(kind & 0x7F)) && length >= 16).then_some((seconds, at + length))
    };
    let second = record(0).and_then(|(time, next)| Some((time, record(next)?.0)));
    second.is_some_and(|(first, second)| first != 0 && second.abs_diff(first) < 86_400)
}
