"""Certificates for the peers that need them: invented authorities, made anew with every run.

[peer.cert]: ca ("lab" or "other"), name (subject and alternative name; the peer's id), days (negative: expired),
bits (RSA key), self (true: self-signed). A peer trusts the authorities in its `trust`.
"""

import subprocess
import time
from pathlib import Path


def pki(*words):
    return subprocess.run(["pki", *map(str, words)], check=True, capture_output=True).stdout


def needs(peer):
    return any("pubkey" in peer[k] or "tls" in peer[k] for k in ("auth", "remote_auth"))


def make(scenario, work, now):
    peers = {role: p for role, p in scenario.peers.items() if needs(p) and p["stack"] == "strongswan"}
    if not peers:
        return
    store = Path(work) / "ca"
    store.mkdir()
    stamp = lambda t: time.strftime("%d.%m.%y %H:%M:%S", time.gmtime(t))
    authorities = {p["cert"].get("ca", "lab") for p in peers.values()} | {ca for p in peers.values() for ca in p["trust"]}
    for ca in authorities:
        (store / f"{ca}.key").write_bytes(pki("--gen", "--type", "rsa", "--size", 2048, "--outform", "pem"))
        (store / f"{ca}.pem").write_bytes(pki(
            "--self", "--ca", "--in", store / f"{ca}.key", "--dn", f"CN={ca} authority", "--outform", "pem",
            "--dateform", "%d.%m.%y %H:%M:%S", "--not-before", stamp(now - 86400 * 900), "--not-after", stamp(now + 86400 * 3650)))
    for role, peer in peers.items():
        base = Path(work) / role / "swanctl"
        for folder in ("x509", "x509ca", "private"):
            (base / folder).mkdir(parents=True, exist_ok=True)
        for ca in peer["trust"]:
            (base / "x509ca" / f"{ca}-ca.pem").write_bytes((store / f"{ca}.pem").read_bytes())
        if "pubkey" not in peer["auth"] and "tls" not in peer["auth"]:
            continue
        cert = {"ca": "lab", "name": peer["id"], "days": 365, "bits": 2048, **peer["cert"]}
        key = base / "private" / f"{role}.pem"
        key.write_bytes(pki("--gen", "--type", "rsa", "--size", cert["bits"], "--outform", "pem"))
        key.chmod(0o600)
        ends = now + 86400 * cert["days"]
        public = pki("--pub", "--in", key)
        (store / "pub").write_bytes(public)
        (base / "x509" / f"{role}.pem").write_bytes(pki(
            "--issue", "--in", store / "pub", "--cacert", store / f"{cert['ca']}.pem",
            "--cakey", store / f"{cert['ca']}.key", "--dn", f"CN={cert['name']}", "--san", cert["name"],
            "--dateform", "%d.%m.%y %H:%M:%S", "--not-before", stamp(ends - 86400 * 400), "--not-after", stamp(ends),
            "--outform", "pem"))
