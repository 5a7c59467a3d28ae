"""Keys for Wireshark out of the daemons' logs and the kernel's states: its own UAT files.

strongSwan at `ike = 4` prints its key material as hex dumps; which SA a thread works on is told by the SPIs that
the same thread printed last. `ip xfrm state` has the keys of ESP.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

IKE_ENCRYPTION = {
    "AES_CBC_128": "AES-CBC-128 [RFC3602]", "AES_CBC_192": "AES-CBC-192 [RFC3602]", "AES_CBC_256": "AES-CBC-256 [RFC3602]",
    "3DES_CBC": "3DES [RFC2451]", "AES_GCM_16_128": "AES-GCM-128 with 16 octet ICV [RFC5282]",
    "AES_GCM_16_256": "AES-GCM-256 with 16 octet ICV [RFC5282]", "AES_CTR_128": "AES-CTR-128 [RFC5930]",
}
IKE_INTEGRITY = {
    "HMAC_SHA1_96": "HMAC_SHA1_96 [RFC2404]", "HMAC_SHA2_256_128": "HMAC_SHA2_256_128 [RFC4868]",
    "HMAC_SHA2_384_192": "HMAC_SHA2_384_192 [RFC4868]", "HMAC_SHA2_512_256": "HMAC_SHA2_512_256 [RFC4868]",
    "HMAC_MD5_96": "HMAC_MD5_96 [RFC2403]",
}
ESP_ENCRYPTION = {"cbc(aes)": "AES-CBC [RFC3602]", "rfc4106(gcm(aes))": "AES-GCM [RFC4106]",
                  "cbc(des3_ede)": "TripleDES-CBC [RFC2451]", "ecb(cipher_null)": "NULL",
                  "cbc(des)": "DES-CBC [RFC2405]"}
ESP_INTEGRITY = {("hmac(sha256)", "128"): "HMAC-SHA-256-128 [RFC4868]", ("hmac(sha256)", "96"): "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
                 ("hmac(sha1)", "96"): "HMAC-SHA-1-96 [RFC2404]", ("hmac(md5)", "96"): "HMAC-MD5-96 [RFC2403]",
                 ("hmac(sha384)", "192"): "HMAC-SHA-384-192 [RFC4868]", ("hmac(sha512)", "256"): "HMAC-SHA-512-256 [RFC4868]"}

LINE = re.compile(r"(\d\d)\[(\w+)\d?\] (.*)")
SPIS = re.compile(r"with SPIs ([0-9a-f]{16})_i ([0-9a-f]{16})_r")


def dumps(log):
    """[thread, text, hex] for every line of the log, hex being the dump that follows it."""
    entries, current = [], {}
    for line in log.splitlines():
        match = LINE.search(line)
        if not match:
            continue
        thread, text = match[1], match[3]
        body = re.match(r"\s*\d+: ((?:[0-9A-F]{2} ){1,16})", text)
        if body and thread in current:
            current[thread][2] += body[1].replace(" ", "").lower()
            continue
        current[thread] = [thread, text, ""]
        entries.append(current[thread])
    return entries


def ike_keys(log):
    """The two tables' rows of one strongSwan: IKEv1 by initiator SPI, IKEv2 by both SPIs."""
    spis, v1, v2, proposal, pending = {}, {}, {}, {}, []
    for thread, text, data in dumps(log):
        seen = SPIS.search(text)
        if seen:
            pair = spis[thread] = seen.groups()
            # an SA that was rekeyed got its keys before its SPIs were ever in a header
            if pending and pair[1] != "0" * 16 and pair not in v2 and pair[0] not in proposal:
                v2[pair] = pending.pop(0)
        spi = spis.get(thread, ("", ""))
        if text.startswith("selected proposal: IKE:"):
            proposal[spi[0] if spi[0] not in proposal else thread] = text.split("IKE:")[1].split("/")
        name = text.split(" => ")[0].strip()
        if name == "natd_chunk" and data[16:32].strip("0"):
            spis[thread] = (data[:16], data[16:32])
        elif name == "encryption key Ka" and spi[0]:
            v1[spi[0]] = data
        elif name in ("Sk_ai secret", "Sk_ar secret", "Sk_ei secret", "Sk_er secret"):
            which = name[3:5]
            row = v2.get(spi)
            if row is None and spi[1].strip("0"):
                row = v2[spi] = {"proposal": proposal.get(spi[0], [])}
            elif row is None or which in row:
                if not pending or which in pending[-1]:
                    pending.append({"proposal": proposal.get(thread, proposal.get(spi[0], []))})
                row = pending[-1]
            row[which] = data
    return v1, v2


def v2_row(spis, row):
    words = row.get("proposal", [])
    encryption = next((IKE_ENCRYPTION[w] for w in words if w in IKE_ENCRYPTION), None)
    integrity = next((IKE_INTEGRITY[w] for w in words if w in IKE_INTEGRITY), "NONE [RFC4306]")
    if not encryption or "ei" not in row or "er" not in row:
        return None
    return f'{spis[0]},{spis[1]},{row["ei"]},{row["er"]},"{encryption}",{row.get("ai", "")},{row.get("ar", "")},"{integrity}"'


def esp_rows(states):
    rows = []
    for line in states.splitlines():
        parts = line.split("|")
        ends = re.match(r"(\S+) dst (\S+)", parts[0])
        proto = next((re.search(r"proto esp spi (0x[0-9a-f]+)", p) for p in parts if p.startswith("proto")), None)
        if not ends or not proto:
            continue
        family = "IPv6" if ":" in ends[1] else "IPv4"
        encryption = integrity = None
        key = akey = ""
        for part in parts:
            words = part.split()
            if words[0] == "aead":
                encryption, key, integrity = ESP_ENCRYPTION.get(words[1]), words[2], "NULL"
            elif words[0] == "enc":
                encryption, key = ESP_ENCRYPTION.get(words[1]), words[2] if len(words) > 2 else ""
            elif words[0] in ("auth-trunc", "auth"):
                integrity, akey = ESP_INTEGRITY.get((words[1], words[3] if len(words) > 3 else "96")), words[2]
        if encryption and integrity:
            # NAT changes the addresses between the vantages; the SPI alone is enough here
            row = f'"{family}","*","*","{proto[1]}","{encryption}","{key}","{integrity}","{akey}"'
            if row not in rows:
                rows.append(row)
    return rows


def write(work, target, spis_on_wire):
    """Write target/keys/*; spis_on_wire limits them to what the captures hold."""
    target = Path(target) / "keys"
    v1, v2, esp = {}, {}, []
    for log in sorted(Path(work).glob("*.keys")):
        one, two = ike_keys(log.read_text(errors="replace"))
        for spi, key in one.items():
            if spi in spis_on_wire:
                # where the two sides derive different keys, the client's open its own messages
                v1.setdefault(spi, key)
        for spis, row in two.items():
            text = v2_row(spis, row)
            if text and spis[0] in spis_on_wire:
                v2.setdefault(spis, text)
    states = Path(work) / "states"
    if states.exists():
        esp = esp_rows(states.read_text())
    files = {
        "ikev1_decryption_table": [f"{spi},{key}" for spi, key in v1.items()],
        "ikev2_decryption_table": list(v2.values()),
        "esp_sa": esp,
    }
    for name, rows in files.items():
        path = target / name
        if rows:
            target.mkdir(exist_ok=True)
            path.write_text("\n".join(rows) + "\n")
        elif path.exists():
            path.unlink()


def tshark(capture, keys, *arguments):
    """tshark on a capture with the keys of a folder (None: without any), in a profile of its own."""
    with tempfile.TemporaryDirectory() as home:
        profile = Path(home) / "wireshark"
        profile.mkdir()
        if keys and Path(keys).is_dir():
            for path in Path(keys).iterdir():
                (profile / path.name).write_text(path.read_text())
        environment = {**os.environ, "XDG_CONFIG_HOME": home, "HOME": home}
        decrypt = ["-o", "esp.enable_encryption_decode:TRUE"] if keys else []
        return subprocess.run(["tshark", *decrypt, "-r", str(capture), *arguments], env=environment,
                              capture_output=True, text=True).stdout
