"""Classic pcap files, read and written: as much as the lab needs to trim and derive captures."""

import struct
from dataclasses import dataclass

ETHERNET, RAW, SLL, SLL2 = 1, 101, 113, 276


@dataclass
class Packet:
    time: int          # microseconds
    data: bytes
    length: int        # on the wire


def read(path):
    data = path.read_bytes()
    magic = struct.unpack_from("<I", data)[0]
    scale = {0xA1B2C3D4: 1, 0xA1B23C4D: 1000}[magic]
    link = struct.unpack_from("<I", data, 20)[0]
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, fraction, kept, length = struct.unpack_from("<IIII", data, at)
        at += 16
        packets.append(Packet(seconds * 1_000_000 + fraction // scale, data[at:at + kept], length))
        at += kept
    return link, packets


def write(path, link, packets, snaplen=262144):
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link)]
    for p in packets:
        out.append(struct.pack("<IIII", p.time // 1_000_000, p.time % 1_000_000, len(p.data), p.length))
        out.append(p.data)
    path.write_bytes(b"".join(out))
