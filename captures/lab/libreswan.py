"""Libreswan: pluto from the unpacked package, ipsec.conf of its own, keys in an empty NSS database."""

import re

from peer import Peer


# pluto's plutodebug: what it thinks aloud, in lines that begin with `|`.
LEVELS = {None: {}, "default": {}, "verbose": {"plutodebug": "base"}, "full": {"plutodebug": "all"}}


class Libreswan(Peer):
    def opening(self):
        return [f"mount --bind {self.tree or self.build / 'libreswan'}/usr/libexec/ipsec /usr/libexec/ipsec",
                "mkdir -p /run/nss", "certutil -N -d sql:/run/nss --empty-password"]

    def write(self):
        s = self.settings
        setup = {"logtime": "yes", "uniqueids": "yes", **LEVELS[s["level"]]}
        if s["version"] == 1:
            setup["ikev1-policy"] = "accept"
        setup.update(s["daemon"])
        server = self.role == "server"
        conn = {
            "left": s["address"],
            "right": s["remote_address"],
            "ikev2": "no" if s["version"] == 1 else "insist",
            "ike": proposal(s["ike"]),
            "esp": proposal(s["esp"]),
            "type": s["mode"],
            "authby": "secret",
            "auto": "add",
            "keyingtries": "1",
            "leftupdown": "%disabled",
        }
        if s["id"] != s["address"]:
            conn["leftid"] = s["id"] if s["id"][0].isdigit() else f"@{s['id']}"
        if s["remote_id"] not in ("%any", s["remote_address"]):
            conn["rightid"] = s["remote_id"] if s["remote_id"][0].isdigit() else f"@{s['remote_id']}"
        elif server:
            conn["rightid"] = "%any" if s["version"] == 1 else "@client.example"
        if s["version"] == 1:
            conn["aggressive"] = "yes" if s["aggressive"] else "no"
            conn["pfs"] = "yes" if "modp" in s["esp"] else "no"
        if s["mode"] == "tunnel":
            conn["leftsubnet"], conn["rightsubnet"] = s["local_ts"], s["remote_ts"]
        elif s["local_ts"] != "dynamic" or s["remote_ts"] != "dynamic":
            conn["leftprotoport"] = port(s["local_ts"])
            conn["rightprotoport"] = port(s["remote_ts"])
        conn.update(s["connection"])
        if conn.get("right") == "%any" and not server:
            conn["right"] = s["remote_public"]
        lines = ["config setup"] + [f"\t{k}={v}" for k, v in setup.items()] + ["", "conn lab"]
        lines += [f"\t{k}={v}" for k, v in conn.items() if v != ""]
        self.file("ipsec.conf", "\n".join(lines) + "\n")
        who = " ".join(f"@{i}" if not i[0].isdigit() and i[0] != "%" else i for i in s["psk_for"])
        secret = f'{who} : PSK "{s["psk"]}"\n' if s["psk"] else ""
        secret = secret.lstrip() + "".join(f"{line}\n" for line in s["secrets"].get("lines", []))
        self.file("ipsec.secrets", secret, 0o600)

    def start(self):
        self.spawn(f"{self.inside('/usr/libexec/ipsec/pluto')} --nofork --config /run/lab/ipsec.conf --secretsfile /run/lab/ipsec.secrets "
                   "--nssdir /run/nss --rundir /run/pluto --stderrlog", self.log)

    def ready(self):
        self.wait_for(lambda: self.sees("/run/pluto/pluto.ctl"))
        self.whack("--listen")
        self.run(f"{self.inside('/usr/libexec/ipsec/addconn')} --ctlsocket /run/pluto/pluto.ctl --config /run/lab/ipsec.conf lab "
                 f">>{self.work}/{self.role}.console 2>&1", check=False)
        self.wait_for(lambda: (self.log_has("adding UDP interface") or self.log_has("adding interface"))
                      and self.log_has("added"), 10)

    def whack(self, words, timeout=60):
        return self.run(f"{self.inside('/usr/libexec/ipsec/whack')} --ctlsocket /run/pluto/pluto.ctl {words} "
                        f">>{self.work}/{self.role}.console 2>&1", check=False, timeout=timeout + 10).returncode

    def initiate(self, timeout):
        self.whack("--name lab --initiate --asynchronous")
        up = lambda: self.log_has("IPsec SA established") or self.log_has("established Child SA") \
            or self.log_has("initiator established Child SA")
        return self.wait_for(up, timeout)

    def terminate(self, what=None):
        return self.whack("--name lab --terminate")


def proposal(text):
    """strongSwan's spelling of a proposal in Libreswan's: aes256-sha256-modp2048 is aes256-sha2_256;modp2048."""
    out = []
    for one in text.replace(" ", "").split(","):
        words = one.split("-")
        group = [w for w in words if re.match(r"modp|ecp|curve|x25519|dh", w)]
        rest = [w for w in words if w not in group]
        names = {"sha256": "sha2_256", "sha512": "sha2_512", "sha384": "sha2_384", "aes256gcm16": "aes_gcm256",
                 "aes128gcm16": "aes_gcm128", "curve25519": "dh31", "x25519": "dh31",
                 "ecp256": "dh19", "ecp384": "dh20", "ecp521": "dh21"}
        rest = [names.get(w, w) for w in rest]
        group = [names.get(w, w) for w in group]
        out.append("-".join(rest) + (";" + "+".join(group) if group else ""))
    return ",".join(out)


def port(selector):
    """dynamic[udp/1701] is 17/1701."""
    match = re.search(r"\[(\w+)/?(\w*)\]", selector)
    if not match:
        return "%any"
    number = {"udp": "17", "tcp": "6", "icmp": "1"}.get(match[1], match[1])
    return f"{number}/{'1701' if match[2] == 'l2f' else match[2] or '%any'}"
