#!/usr/bin/env python3
"""The first words of products that cannot run here, and a few responders that no product would be.

    offers.py OFFER SERVER SECONDS       send the offer as its product would, repeat on its timetable, print answers
    offers.py --answer invalid-ke        answer every IKE_SA_INIT with INVALID_KE_PAYLOAD, asking for another group
                                         than the one that was sent, without end

Offers and timetables are the documented or observed defaults of the products. An IKEv2 client here obeys
INVALID_KE_PAYLOAD once or twice, as they all do; beyond the first answer nothing is imitated.
"""

import hashlib
import os
import socket
import struct
import sys
import time

# Registry numbers: IKEv1 (RFC 2409, appendix A) and IKEv2 transforms (types 1 encryption, 2 PRF, 3 integrity, 4 group).
V1_CIPHER = {"des": (1, None), "3des": (5, None), "aes128": (7, 128), "aes192": (7, 192), "aes256": (7, 256)}
V1_HASH = {"md5": 1, "sha1": 2, "sha256": 4, "sha384": 5, "sha512": 6}
GROUP = {"modp768": 1, "modp1024": 2, "modp1536": 5, "modp2048": 14, "modp3072": 15, "modp4096": 16,
         "ecp256": 19, "ecp384": 20, "x25519": 31}
KE_LENGTH = {1: 96, 2: 128, 5: 192, 14: 256, 15: 384, 16: 512, 19: 64, 20: 96, 31: 32}
V2_CIPHER = {"3des": (3, None), "aes128": (12, 128), "aes192": (12, 192), "aes256": (12, 256),
             "aesctr128": (13, 128), "aesctr256": (13, 256),
             "aes128gcm16": (20, 128), "aes256gcm16": (20, 256), "chacha20": (28, None)}
V2_PRF = {"md5": 1, "sha1": 2, "xcbc": 4, "sha256": 5, "sha384": 6, "sha512": 7}
V2_INTEGRITY = {"md5": 1, "sha1": 2, "xcbc": 5, "sha256": 12, "sha384": 13, "sha512": 14}

NATT_RFC = "4a131c81070358455c5728f20e95452f"
NATT_02N = "90cb80913ebb696e086381b5ec427b1f"
NATT_02 = "cd60464335df21f87cfdb2fc68b6a448"
NATT_00 = "4485152d18b6bbcd0be8a8469579ddcc"
NATT_03 = "7d9419a65310ca6f2c179d9215529d56"
NATT_APPLE = "4df37928e9fc4fd1b3262170d515c662"
DPD = "afcad71368a1f1c96b8696fc77570100"
FRAGMENTATION = "4048b7d56ebce88525e7de7f00d6c2d3"
UNITY = "12f5f28c457168a9702d9fe274cc0100"
WINDOWS = ["01528bbbc00696121849ab9a1c5b2a5100000001", "1e2b516905991c7d7c96fcbfb587e46100000009", NATT_RFC, NATT_02N,
           FRAGMENTATION, "fb1de3cdf341b7ea16b7e5be0855f120", "26244d38eddb61b3172a36e3d0cfb819",
           "e3a5966a76379fe707228231e5ce8652"]
APPLE = [NATT_RFC, NATT_APPLE, NATT_03, NATT_02, NATT_02N, FRAGMENTATION + "80000000", DPD]
ANDROID = [NATT_RFC, NATT_02, NATT_02N, NATT_00, FRAGMENTATION + "80000000", DPD]


def each(ciphers, hashes, groups):
    return [f"{c}-{h}-{g}" for g in groups for c in ciphers for h in hashes]


DOUBLING = [1, 2, 4, 8, 16]
OFFERS = {
    "windows-10-l2tp": {"version": 1, "life": 28800, "vendors": WINDOWS, "again": DOUBLING, "transforms": [
        "aes256-sha1-ecp384", "aes128-sha1-ecp256", "aes256-sha1-modp2048", "3des-sha1-modp2048", "3des-sha1-modp1024"]},
    "windows-xp-l2tp": {"version": 1, "life": 28800, "again": DOUBLING, "transforms": [
        "3des-sha1-modp2048", "3des-sha1-modp1024", "3des-md5-modp1024", "des-sha1-modp768", "des-md5-modp768"],
        "vendors": ["1e2b516905991c7d7c96fcbfb587e46100000004", FRAGMENTATION, NATT_02N, "26244d38eddb61b3172a36e3d0cfb819"]},
    "macos-l2tp": {"version": 1, "life": 3600, "vendors": APPLE, "again": [3, 3, 3, 3], "transforms":
                   each(["aes256"], ["sha256", "sha1", "md5", "sha512"], ["modp2048"])
                   + each(["aes256"], ["sha256", "sha1", "md5"], ["modp1536", "modp1024"])
                   + ["aes128-sha1-modp1024", "aes128-md5-modp1024", "3des-sha1-modp1024", "3des-md5-modp1024"]},
    "android-11-l2tp": {"version": 1, "life": 28800, "vendors": ANDROID, "again": [10, 10], "transforms":
                        each(["aes256"], ["sha384", "sha256", "sha512", "sha1", "md5"], ["modp1024"])
                        + each(["aes128"], ["sha512", "sha384", "sha256", "sha1", "md5"], ["modp1024"])
                        + each(["3des", "des"], ["sha256", "sha1", "md5"], ["modp1024"])},
    "routeros-6-l2tp": {"version": 1, "life": 86400, "vendors": [NATT_RFC, NATT_02N, NATT_00, UNITY[:28] + "0100", DPD],
                        "again": [10, 10], "transforms": each(["aes128", "3des"], ["sha1"], ["modp2048", "modp1024"])},
    "fortigate-ikev1": {"version": 1, "life": 86400, "again": [6, 12], "vendors": [
        NATT_RFC, NATT_03, NATT_02, NATT_02N, DPD, "8299031757a36082c6a621de00050000"],
        "transforms": each(["aes128", "aes256"], ["sha256", "sha1"], ["modp2048", "modp1536"])},
    "cisco-ios-ikev1": {"version": 1, "life": 86400, "again": [10, 10], "vendors": [
        NATT_RFC, NATT_03, NATT_02N], "transforms": ["3des-sha1-modp1024", "des-sha1-modp768"]},
    "windows-10-ikev2": {"version": 2, "again": DOUBLING, "vendors": WINDOWS[:2] + WINDOWS[5:], "proposals": [
        f"{c}-{h}-modp1024" for c in ("3des", "aes128", "aes192", "aes256") for h in ("sha1", "sha256", "sha384")]},
    "windows-11-ikev2-dh2048": {"version": 2, "again": DOUBLING, "vendors": WINDOWS[:2] + WINDOWS[5:], "proposals": [
        f"aes256-{h}-modp2048" for h in ("sha1", "sha256", "sha384")]},
    "ios-16-ikev2": {"version": 2, "again": DOUBLING, "vendors": [], "proposals": [
        "aes256-sha256-modp2048", "aes256-sha256-ecp256", "aes256-sha256-modp1536", "aes128-sha1-modp1024",
        "3des-sha1-modp1024"]},
    "macos-13-ikev2": {"version": 2, "again": DOUBLING, "vendors": [], "proposals": ["aes256-sha256-modp2048"]},
    "android-12-ikev2": {"version": 2, "again": [0.5, 1, 2, 4], "vendors": [], "proposals": [
        "aesctr256-aes256-aesctr128-aes192-aes128-sha512-sha384-sha256-xcbc-modp4096-x25519-modp3072-modp2048",
        "chacha20-aes256gcm16-aes128gcm16-prfsha512-prfsha384-prfsha256-prfxcbc-prfsha1-modp4096-x25519-modp3072-modp2048"]},
    "cisco-asa-ikev2": {"version": 2, "again": [10, 10], "vendors": [b"CISCO-DELETE-REASON".hex(), b"CISCO(COPYRIGHT)&Copyright".hex()],
                        "proposals": ["aes256-aes192-aes128-sha1-modp1536-modp1024"]},
    "routeros-6-ikev2": {"version": 2, "again": [5, 5, 5], "vendors": [], "proposals": ["aes128-3des-sha1-modp2048-modp1024"]},
    "fortigate-ikev2": {"version": 2, "again": [6, 12], "vendors": [], "proposals": [
        "aes128-aes256-sha256-sha1-modp2048-modp1536"]},
}


def attribute(kind, value):
    if value < 0x10000:
        return struct.pack("!HH", 0x8000 | kind, value)
    return struct.pack("!HHI", kind, 4, value)


def chain(payloads):
    """(type, body) pairs with their generic headers; the first type goes into the message header."""
    out = b""
    for n, (_, body) in enumerate(payloads):
        following = payloads[n + 1][0] if n + 1 < len(payloads) else 0
        out += struct.pack("!BBH", following, 0, 4 + len(body)) + body
    return out


def message(spis, version, exchange, flags, payloads):
    body = chain(payloads)
    return spis + struct.pack("!BBBBII", payloads[0][0], version, exchange, flags, 0, 28 + len(body)) + body


def v1_message(spi, offer):
    transforms = b""
    names = offer["transforms"]
    for n, name in enumerate(names, 1):
        cipher, digest, group = name.split("-")
        number, bits = V1_CIPHER[cipher]
        body = attribute(1, number) + (attribute(14, bits) if bits else b"") + attribute(2, V1_HASH[digest])
        body += attribute(4, GROUP[group]) + attribute(3, 1) + attribute(11, 1)
        body += struct.pack("!HHI", 12, 4, offer["life"])
        transforms += struct.pack("!BBHBBH", 0 if n == len(names) else 3, 0, 8 + len(body), n, 1, 0) + body
    proposal = struct.pack("!BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, len(names)) + transforms
    payloads = [(1, struct.pack("!II", 1, 1) + proposal)]
    payloads += [(13, bytes.fromhex(v)) for v in offer["vendors"]]
    return message(spi + bytes(8), 0x10, 2, 0, payloads)


def v2_transforms(name):
    chosen = []
    words = name.split("-")
    combined = any("gcm" in w or "chacha" in w for w in words)
    prfs = [w[3:] for w in words if w.startswith("prf")]
    for word in words:
        if word in V2_CIPHER:
            number, bits = V2_CIPHER[word]
            chosen.append((1, number, attribute(14, bits) if bits else b""))
    if not combined:
        chosen += [(3, V2_INTEGRITY[w], b"") for w in words if w in V2_INTEGRITY]
    chosen += [(2, V2_PRF[w], b"") for w in (prfs or [w for w in words if w in V2_PRF])]
    chosen += [(4, GROUP[w], b"") for w in words if w in GROUP]
    return chosen


def v2_message(spi, offer, group, nonce, ends, cookie=None):
    body = b""
    for n, name in enumerate(offer["proposals"], 1):
        chosen = v2_transforms(name)
        packed = b""
        for m, (kind, number, extra) in enumerate(chosen, 1):
            packed += struct.pack("!BBHBBH", 0 if m == len(chosen) else 3, 0, 8 + len(extra), kind, 0, number) + extra
        body += struct.pack("!BBHBBBB", 0 if n == len(offer["proposals"]) else 2, 0, 8 + len(packed), n, 1, 0, len(chosen)) + packed
    payloads = [(41, struct.pack("!BBH", 0, 0, 16390) + cookie)] if cookie else []
    payloads += [(33, body), (34, struct.pack("!HH", group, 0) + b"\x5a" + os.urandom(KE_LENGTH[group] - 1)), (40, nonce)]
    for kind, (address, port) in ((16388, ends[0]), (16389, ends[1])):
        digest = hashlib.sha1(spi + bytes(8) + socket.inet_aton(address) + struct.pack("!H", port)).digest()
        payloads.append((41, struct.pack("!BBH", 0, 0, kind) + digest))
    payloads.append((41, struct.pack("!BBH", 0, 0, 16430)))
    payloads += [(43, bytes.fromhex(v)) for v in offer["vendors"]]
    return message(spi + bytes(8), 0x20, 34, 8, payloads)


def first_group(offer):
    return next(GROUP[w] for w in offer["proposals"][0].split("-") if w in GROUP)


def send(name, server, seconds):
    offer = OFFERS[name]
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", 500))
    sock.connect((server, 500))
    ends = (sock.getsockname(), (server, 500))
    spi, nonce = os.urandom(8), os.urandom(48)
    if offer["version"] == 1:
        data = v1_message(spi, offer)
    else:
        data = v2_message(spi, offer, first_group(offer), nonce, ends)
    end = time.monotonic() + seconds
    gaps, answered = list(offer["again"]), False
    sock.send(data)
    print(f"sent {len(data)} bytes: {name}")
    due = time.monotonic() + gaps.pop(0)
    while time.monotonic() < end:
        sock.settimeout(max(0.01, min(end, due if not answered else end) - time.monotonic()))
        try:
            reply = sock.recv(65535)
        except TimeoutError:
            if not answered and time.monotonic() >= due:
                sock.send(data)
                print("repeated")
                due = time.monotonic() + gaps.pop(0) if gaps else end
            continue
        except ConnectionRefusedError:
            print("port unreachable")
            continue
        print(f"answered with {len(reply)} bytes: {reply[:64].hex()}")
        answered = True
        kind, value = v2_error(reply)
        if kind == 17:
            data = v2_message(spi, offer, struct.unpack("!H", value[:2])[0], nonce, ends)
        elif kind == 16390:
            data = v2_message(spi, offer, first_group(offer), nonce, ends, value)
        else:
            continue
        sock.send(data)
        answered, due = False, time.monotonic() + offer["again"][0]


def v2_error(reply):
    """The notification that is the first payload of an IKE_SA_INIT response, if it is one."""
    if len(reply) < 36 or reply[17] != 0x20 or reply[16] != 41:
        return None, b""
    length = struct.unpack("!H", reply[30:32])[0]
    return struct.unpack("!H", reply[34:36])[0], reply[36:28 + length]


def answer_invalid_ke():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", 500))
    while True:
        data, peer = sock.recvfrom(65535)
        if len(data) < 28 or data[17] != 0x20 or data[18] != 34:
            continue
        at, kind = 28, data[16]
        while kind and kind != 34:
            kind, length = data[at], struct.unpack("!H", data[at + 2:at + 4])[0]
            at += length
        group = struct.unpack("!H", data[at + 4:at + 6])[0]
        wanted = GROUP["modp3072"] if group != GROUP["modp3072"] else GROUP["modp2048"]
        notify = struct.pack("!BBHH", 0, 0, 17, wanted)
        sock.sendto(message(data[:8] + bytes(8), 0x20, 34, 0x20, [(41, notify)]), peer)
        print(f"group {group} refused, {wanted} wanted", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--answer":
        answer_invalid_ke()
    else:
        send(sys.argv[1], sys.argv[2], float(sys.argv[3]))
