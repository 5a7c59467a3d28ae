"""Captures made from other captures: cut, thinned, sliced, put into another encapsulation, merged.

[derive]
from = "case"                # whose captures; keys are copied along, logs and configurations stay with that case
steps = [ {do = "..."} ]     # in order:
    keep, drop   where = display filter            packets that (do not) match, as tshark sees them
    slice        bytes = 64                       what a capture with that snaplen holds
    any          direction from the capture's side each packet as two interfaces of a router would show it
    link         to = sll, sll2, raw               another link layer in place of Ethernet
    vlan, pppoe, gre, vxlan                        the packets inside that encapsulation
    repeat       where = ..., after = 0.02         a matching packet seen once more (seconds later)
    delay        where = ..., by = 0.5             a matching packet comes later than it did
    merge        cases = [...], apart = 0.7        the captures of other cases begin that much later each
    forget       where = ..., after = 0.02         who gets a matching packet (ESP, IKEv2) knows nothing of it, and says so in clear
    move         where = ..., old = ..., new = ...  another IPv4 address in place of one of a matching packet's
    pace         factor = 60                       time runs that many times slower than it did
    misplace     where = ..., port = 500           ESP in UDP between these ports
    swap         where = ...                       the two SPIs of an IKE message in each other's place
    refuse       where = ..., code = 2, after = 0.001   the receiver answers with ICMP: unreachable, with this code
    tcp          where = ...                       IKE and ESP in TCP on port 4500 (RFC 9329), with the stream's beginning
"""

import shutil
import struct

import keys
import pcapfile
import scenario as scenarios
from pcapfile import ETHERNET, RAW, SLL, SLL2, Packet

IP, IP6 = 0x0800, 0x86DD


class Capture:
    def __init__(self, path, scratch):
        self.link, self.packets = pcapfile.read(path)
        self.scratch = scratch
        self.snaplen = 262144

    def matching(self, where):
        """Indices of the packets a display filter matches."""
        pcapfile.write(self.scratch, self.link, self.packets, self.snaplen)
        frames = keys.tshark(self.scratch, None, "-d", "udp.port==464,isakmp", "-Y", where, "-T", "fields", "-e", "frame.number")
        return {int(n) - 1 for n in frames.split()}

    def do_keep(self, where):
        chosen = self.matching(where)
        self.packets = [p for i, p in enumerate(self.packets) if i in chosen]

    def do_drop(self, where):
        chosen = self.matching(where)
        self.packets = [p for i, p in enumerate(self.packets) if i not in chosen]

    def do_slice(self, bytes):
        self.snaplen = bytes
        self.packets = [Packet(p.time, p.data[:bytes], p.length) for p in self.packets]

    def do_repeat(self, where, after):
        chosen = self.matching(where)
        again = [Packet(p.time + int(after * 1e6), p.data, p.length) for i, p in enumerate(self.packets) if i in chosen]
        self.packets = sorted(self.packets + again, key=lambda p: p.time)

    def do_delay(self, where, by):
        chosen = self.matching(where)
        for i in chosen:
            self.packets[i].time += int(by * 1e6)
        self.packets.sort(key=lambda p: p.time)

    def do_forget(self, where, after):
        chosen = self.matching(where)
        answers = [Packet(p.time + int(after * 1e6), data, len(data)) for i, p in enumerate(self.packets)
                   if i in chosen for data in [unknown(p.data)]]
        self.packets = sorted(self.packets + answers, key=lambda p: p.time)

    def do_move(self, where, old, new):
        old, new = (bytes(int(part) for part in address.split(".")) for address in (old, new))
        for i in self.matching(where):
            ip = self.packets[i].data[14:34]
            ends = ip[12:16].replace(old, new) + ip[16:20].replace(old, new)
            self.packets[i].data = self.packets[i].data[:14] + summed(ip[:12] + ends) + self.packets[i].data[34:]

    def do_misplace(self, where, port):
        for i in self.matching(where):
            p = self.packets[i]
            datagram = struct.pack("!HHHH", port, port, 8 + len(p.data) - 34, 0) + p.data[34:]
            self.packets[i] = packet(p.time, p.data, 17, datagram)

    def do_swap(self, where):
        for i in self.matching(where):
            p = self.packets[i]
            at = 42 + (4 if 4500 in struct.unpack_from("!HH", p.data, 34) else 0)
            data = p.data[:at] + p.data[at + 8:at + 16] + p.data[at:at + 8] + p.data[at + 16:]
            # No checksum (RFC 768).
            self.packets[i] = Packet(p.time, data[:40] + bytes(2) + data[42:], p.length)

    def do_refuse(self, where, code, after):
        chosen = self.matching(where)
        answers = []
        for i, p in enumerate(self.packets):
            if i in chosen:
                # RFC 792: the IP header and the beginning of what it carries.
                body = struct.pack("!BBHI", 3, code, 0, 0) + p.data[14:42]
                answers.append(packet(p.time + int(after * 1e6), back(p.data), 1, body))
        self.packets = sorted(self.packets + answers, key=lambda p: p.time)

    def do_tcp(self, where):
        chosen = self.matching(where)
        packets, sent, client = [], {}, None

        def segment(time, like, flags, payload):
            own, other = like[26:30], like[30:34]
            ports = (51022, 4500) if own == client else (4500, 51022)
            head = struct.pack("!HHIIBBHHH", *ports, sent.get(own, 0), sent.get(other, 0), 0x50, flags, 64240, 0, 0)
            packets.append(packet(time, like, 6, head + payload))
            # SYN counts as one (RFC 9293 3.4).
            sent[own] = sent.get(own, 0) + len(payload) + (flags >> 1 & 1)

        for i, p in enumerate(self.packets):
            if i not in chosen:
                packets.append(p)
                continue
            if client is None:
                client = p.data[26:30]
                segment(p.time - 3000, p.data, 0x02, b"")
                segment(p.time - 2000, back(p.data), 0x12, b"")
                segment(p.time - 1000, p.data, 0x10, b"")
                prefix = b"IKETCP"
            if p.data[23] == 50:
                message = p.data[34:]
            else:
                message = p.data[42:]
                message = message if message[:4] == bytes(4) else bytes(4) + message
            segment(p.time, p.data, 0x18, prefix + struct.pack("!H", 2 + len(message)) + message)
            prefix = b""
        self.packets = packets

    def do_pace(self, factor):
        start = self.packets[0].time
        for p in self.packets:
            p.time = start + int((p.time - start) * factor)

    def do_merge(self, cases, apart, vantage):
        for n, name in enumerate(cases, 1):
            link, others = pcapfile.read(scenarios.CAPTURES / name / f"{vantage}.pcap")
            if link != self.link:
                raise scenarios.ScenarioError(f"{name}: another link layer")
            shift = self.packets[0].time + int(n * apart * 1e6) - others[0].time
            self.packets += [Packet(p.time + shift, p.data, p.length) for p in others]
        self.packets.sort(key=lambda p: p.time)

    def inner(self, p):
        return struct.unpack_from("!H", p.data, 12)[0], p.data[14:]

    def do_link(self, to):
        """Linux's cooked headers and raw IP, in place of Ethernet."""
        first = self.packets[0].data[6:12]
        for p in self.packets:
            kind, body = self.inner(p)
            source = p.data[6:12]
            direction = 4 if source == first else 0
            head = {"raw": b"",
                    "sll": struct.pack("!HHH6s2xH", direction, 1, 6, source, kind),
                    "sll2": struct.pack("!HHIHBB6s2x", kind, 0, 2, 1, direction, 6, source)}[to]
            p.length += len(head) - 14
            p.data = head + body
        self.link = {"raw": RAW, "sll": SLL, "sll2": SLL2}[to]

    def do_any(self, apart=0.00004):
        """As a router's capture on `any`: in through one interface (2), out through the other (3)."""
        out = []
        first = self.packets[0].data[6:12]
        for p in self.packets:
            kind, body = self.inner(p)
            source = p.data[6:12]
            forward = source == first
            for copy, (interface, direction) in enumerate([(2 if forward else 3, 0), (3 if forward else 2, 4)]):
                if copy and kind == IP:
                    # the second copy is past the router: one hop less to live
                    ttl = body[8] - 1
                    header = bytearray(body)
                    header[8], header[10:12] = ttl, b"\0\0"
                    length = (header[0] & 15) * 4
                    total = sum(struct.unpack(f"!{length // 2}H", header[:length]))
                    total = (total & 0xFFFF) + (total >> 16)
                    header[10:12] = struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF)
                    body = bytes(header)
                head = struct.pack("!HHIHBB6s2x", kind, 0, interface, 1, direction, 6, source)
                out.append(Packet(p.time + int(copy * apart * 1e6), head + body, p.length + 6))
        self.link, self.packets = SLL2, out

    def wrap(self, builder):
        for p in self.packets:
            kind, body = self.inner(p)
            data = builder(p.data, kind, body)
            p.length += len(data) - len(p.data)
            p.data = data

    def do_vlan(self, id=42):
        self.wrap(lambda data, kind, body: data[:12] + struct.pack("!HHH", 0x8100, id, kind) + body)

    def do_pppoe(self, session=7):
        def build(data, kind, body):
            ppp = struct.pack("!H", 0x21 if kind == IP else 0x57) + body
            return data[:12] + struct.pack("!HBBHH", 0x8864, 0x11, 0, session, len(ppp)) + ppp
        self.wrap(build)

    def do_gre(self):
        self.wrap(lambda data, kind, body: data[:12] + outer(47, struct.pack("!HH", 0, kind) + body))

    def do_vxlan(self, id=99):
        def build(data, kind, body):
            payload = struct.pack("!II", 0x08000000, id << 8) + data
            return data[:12] + outer(17, struct.pack("!HHHH", 49152, 4789, 8 + len(payload), 0) + payload)
        self.wrap(build)


def packet(time, like, protocol, payload):
    """A packet on the way of an Ethernet frame with IPv4, with another payload."""
    old = like[14:34]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, old[8], protocol, 0, old[12:16], old[16:20])
    data = like[:14] + summed(head) + payload
    return Packet(time, data, len(data))


def back(data):
    """An Ethernet frame with IPv4 on its way back, as far as addresses say it. Whoever is here sends with 64, the other comes with 63."""
    limit = bytes([64 + 63 - data[22]])
    return data[6:12] + data[:6] + data[12:22] + limit + data[23:26] + data[30:34] + data[26:30] + data[34:]


def unknown(data):
    """What a host without state answers an Ethernet frame with ESP (INVALID_SPI, RFC 7296 1.5) or a request of IKEv2
    (INVALID_IKE_SPI, 2.21.4)."""
    ethernet, ip, rest = data[:14], data[14:34], data[34:]
    if ip[9] == 50:
        ports, marker = (500, 500), b""
        spis, exchange, flags, message = bytes(16), 37, 0x08, 0
        notify = struct.pack("!BBHBBH", 0, 0, 12, 3, 0, 11) + rest[:4]
    else:
        source, destination = struct.unpack_from("!HH", rest)
        ports, marker = (destination, source), bytes(4) if 4500 in (source, destination) else b""
        ike = rest[8 + len(marker):]
        spis, exchange, flags, message = ike[:16], ike[18], 0x20, struct.unpack_from("!I", ike, 20)[0]
        notify = struct.pack("!BBHBBH", 0, 0, 8, 0, 0, 4)
    header = spis + struct.pack("!BBBBII", 41, 0x20, exchange, flags, message, 28 + len(notify))
    body = marker + header + notify
    udp = struct.pack("!HHHH", *ports, 8 + len(body), 0) + body
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0x4000, 63, 17, 0, ip[16:20], ip[12:16])
    return ethernet[6:12] + ethernet[:6] + ethernet[12:] + summed(head) + udp


def summed(head):
    """An IPv4 header with its checksum (RFC 791 3.1)."""
    total = sum(struct.unpack("!10H", head[:10] + bytes(2) + head[12:]))
    total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:]


def outer(protocol, payload):
    """An IPv4 header of the encapsulation's own end points, with its Ethernet type."""
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0,
                         bytes([203, 0, 113, 70]), bytes([203, 0, 113, 80]))
    return struct.pack("!H", IP) + summed(header) + payload


def sources(case):
    """The cases whose captures a derived case is made from."""
    if not case.derive:
        return []
    return [case.derive["from"]] + [n for s in case.derive["steps"] if s["do"] == "merge" for n in s["cases"]]


def make(case):
    shutil.rmtree(case.folder / "keys", ignore_errors=True)
    for vantage in ("client", "server"):
        path = case.folder / f"{vantage}.pcap"
        path.unlink(missing_ok=True)
        if vantage not in case.expect:
            continue
        scenarios.BUILD.mkdir(parents=True, exist_ok=True)
        scratch = scenarios.BUILD / f"{case.name}.{vantage}.scratch.pcap"
        capture = Capture(scenarios.CAPTURES / case.derive["from"] / f"{case.derive.get('vantage', vantage)}.pcap", scratch)
        for step in case.derive["steps"]:
            words = {k: v for k, v in step.items() if k not in ("do", "at")}
            if step.get("at", vantage) != vantage:
                continue
            if step["do"] == "merge":
                words["vantage"] = vantage
            getattr(capture, f"do_{step['do']}")(**words)
        pcapfile.write(path, capture.link, capture.packets, capture.snaplen)
        scratch.unlink(missing_ok=True)
    tables = {}
    for name in sources(case):
        for table in sorted((scenarios.CAPTURES / name / "keys").glob("*")):
            tables.setdefault(table.name, []).append(table.read_text())
    for name, texts in tables.items():
        (case.folder / "keys").mkdir(exist_ok=True)
        (case.folder / "keys" / name).write_text("".join(texts))
