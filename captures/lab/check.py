"""Holds the cases against their labels, as far as that can be done without the plugin."""


import concurrent.futures

import keys
import pcapfile
import scenario as scenarios

VERDICTS = set("""
established in-progress start-not-captured scan
no-response peer-unreachable return-path-blocked port-4500-blocked fragments-lost stalled
version-mismatch mode-mismatch ike-proposal-mismatch no-matching-connection key-exchange-mismatch
psk-mismatch psk-missing identity-rejected auth-method-mismatch certificate-rejected eap-failed xauth-failed
authentication-failed child-proposal-mismatch pfs-mismatch selector-mismatch encapsulation-mismatch child-refused ike-refused
address-assignment-failed responder-failure rekey-failed peer-dead deleted-early state-lost
esp-blocked esp-integrity-interop path-mtu nat-client-conflict nat-server-policy
l2tp-cleartext l2tp-no-reply ppp-failed
""".split())
OPEN = {"established", "in-progress", "start-not-captured", "scan"}
PORTS = ("-d", "udp.port==464,isakmp")


def negotiations(path):
    """Initiator SPIs in order of first packet, and clear-text L2TP as one more where there is any without IKE before it."""
    seen = []
    for line in keys.tshark(path, None, *PORTS, "-Y", "(isakmp || l2tp) && !icmp", "-T", "fields",
                            "-e", "isakmp.ispi", "-e", "l2tp.type").splitlines():
        spis, _, l2tp = line.partition("\t")
        for spi in spis.split(",") if spis else (["l2tp"] if l2tp else []):
            if spi and spi not in seen:
                seen.append(spi)
    return seen


def problems(case):
    named = [case.truth["verdict"]]
    for vantage, expected in case.expect.items():
        lists = expected["verdicts"] + expected.get("never", []) + expected.get("with_keys", [])
        named += [one for entry in lists for one in entry.split("|")]
    for one in named:
        if one not in VERDICTS:
            yield f"unknown verdict {one}"
    if case.truth["healthy"]:
        for vantage, expected in case.expect.items():
            for entry in expected["verdicts"]:
                if set(entry.split("|")) - OPEN:
                    yield f"healthy, but {vantage} expects {entry}"
    for vantage in ("client", "server"):
        path = case.folder / f"{vantage}.pcap"
        if path.exists() != (vantage in case.expect):
            yield f"{vantage}.pcap {'is there' if path.exists() else 'is missing'}, its expectation is not alike"
            continue
        if not path.exists():
            continue
        kept = max((len(p.data) for p in pcapfile.read(path)[1]), default=0)
        if kept <= 64:
            continue    # tshark names no SPI in a header that is cut
        found, expected = len(negotiations(path)), len(case.expect[vantage]["verdicts"])
        if found != expected:
            yield f"{vantage}: {found} negotiations, {expected} expected"
        if kept > 128 and (case.folder / "keys" / "ikev2_decryption_table").exists():
            encrypted = "isakmp.exchangetype == 35 && isakmp.nextpayload == 46 && !icmp"
            lines = keys.tshark(path, case.folder / "keys", *PORTS, "-Y", encrypted, "-T", "fields", "-e", "isakmp.enc.decrypted")
            if lines.splitlines() and not lines.split():
                yield f"{vantage}: the IKEv2 keys decrypt nothing"


def check(names):
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, found in zip(names, pool.map(lambda name: list(problems(scenarios.load(name))), names)):
            bad += len(found)
            for problem in found:
                print(f"{name}: {problem}")
    print(f"{len(names)} cases, {bad} problems")
    return 1 if bad else 0
