"""OpenIKED (IKEv2 only): iked in the foreground with -vv; it is ready once config_getstatic is in its log."""

import re

from peer import Peer

NAMES = {"aes256": "aes-256", "aes128": "aes-128", "aes192": "aes-192", "3des": "3des", "sha256": "hmac-sha2-256",
         "sha1": "hmac-sha1", "sha384": "hmac-sha2-384", "sha512": "hmac-sha2-512"}


LEVELS = {None: "-dvv", "default": "-d", "verbose": "-dv", "full": "-dvv"}


class OpenIked(Peer):
    mounts = (("iked", "/etc/iked"),)

    @property
    def starts_alone(self):
        return self.role != "server"

    def write(self):
        s = self.settings
        for folder in ("ca", "certs", "crls", "private", "pubkeys/fqdn", "pubkeys/ipv4", "pubkeys/ipv6", "pubkeys/ufqdn"):
            (self.etc / "iked" / folder).mkdir(parents=True, exist_ok=True)
        who = "active" if self.role != "server" else "passive"
        ike, esp = words(s["ike"]), words(s["esp"])
        peer = s["remote_address"].replace("%any", "any")
        local = ("from " + s["local_ts"] if s["mode"] == "tunnel" else "from " + s["address"])
        remote = ("to " + s["remote_ts"] if s["mode"] == "tunnel" else "to " + s["remote_public"])
        lines = [
            f'ikev2 "lab" {who} {"transport" if s["mode"] == "transport" else "tunnel"} esp \\',
            f"\t{local} {remote} \\",
            f"\tlocal {s['address']} peer {peer} \\",
            f"\tikesa {rule(ike, True)} \\",
            f"\tchildsa {rule(esp, False)} \\",
            f"\tsrcid {s['id']} " + (f"dstid {s['remote_id']} " if s["remote_id"] != "%any" else "") + "\\",
            *[f"\t{line} \\" for line in s["connection"].get("lines", [])],
            f'\tpsk "{s["psk"]}"',
        ]
        head = list(s["daemon"].get("lines", []))
        self.file("iked.conf", "\n".join(head + lines) + "\n", 0o600)

    def opening(self):
        key = "/etc/iked/private/local.key"
        return ["mkdir -p /run/iked", f"openssl genrsa -out {key} 2048 2>/dev/null", f"chmod 600 {key}",
                f"openssl rsa -in {key} -pubout -out /etc/iked/local.pub 2>/dev/null"]

    def start(self):
        iked = self.inside("/usr/sbin/iked") if self.tree else f"{self.build}/openiked/usr/sbin/iked"
        self.spawn(f"{iked} {LEVELS[self.settings['level']]} -f /run/lab/iked.conf", self.log)

    def ready(self):
        self.wait_for(lambda: self.log_has("config_getstatic"), 30)

    def initiate(self, timeout):
        # iked set to active initiates on its own
        return self.wait_for(lambda: self.log_has("established peer") or self.log_has("ESTABLISHED"), timeout)


def words(proposal):
    out = {"enc": [], "auth": [], "group": [], "prf": []}
    for word in re.split(r"[-,\s]+", proposal):
        if word.startswith("prf"):
            out["prf"].append(NAMES.get(word[3:], word))
        elif word in NAMES and word.startswith("sha"):
            out["auth"].append(NAMES[word])
        elif re.match(r"modp|ecp|curve|sntrup", word):
            out["group"].append(word)
        elif word:
            out["enc"].append(NAMES.get(word, word))
    return out


def rule(parts, ike):
    out = [f"enc {name}" for name in parts["enc"]]
    if ike:
        out += [f"prf {name}" for name in (parts["prf"] or parts["auth"])]
    out += [f"auth {name}" for name in parts["auth"]] + [f"group {name}" for name in parts["group"]]
    return " ".join(out)
