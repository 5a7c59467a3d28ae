"""strongSwan: charon with vici, configured by swanctl.conf; the log at its default level, the keys apart."""

import subprocess

import radius
from peer import Peer

PLUGINS = (
    "random nonce aes des rc2 sha1 sha2 md5 hmac kdf gmp curve25519 openssl gcm ctr ccm chapoly cmac xcbc "
    "fips-prf drbg mgf1 pubkey pem pkcs1 pkcs8 x509 constraints revocation vici kernel-netlink "
    "socket-default updown attr eap-identity eap-md5 eap-mschapv2 eap-tls eap-gtc xauth-generic"
)


def section(name, content, depth=0):
    """strongSwan's configuration syntax out of nested dictionaries."""
    pad = "  " * depth
    lines = [f"{pad}{name} {{"]
    for key, value in content.items():
        if isinstance(value, dict):
            lines.append(section(key, value, depth + 1))
        elif isinstance(value, bool):
            lines.append(f"{pad}  {key} = {'yes' if value else 'no'}")
        else:
            lines.append(f"{pad}  {key} = {value}")
    lines.append(f"{pad}}}")
    return "\n".join(lines)


def merge(base, over):
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        elif value == "":
            base.pop(key, None)
        else:
            base[key] = value
    return base


# What charon's log says: strongswan.conf, filelog. At 3 and 4 it dumps what was sent, and keys.
LEVELS = {None: 1, "default": 1, "verbose": 2, "full": 4}


class StrongSwan(Peer):
    mounts = (("swanctl", "/etc/swanctl"),)

    def write(self):
        s = self.settings
        (self.etc / "swanctl").mkdir(exist_ok=True)
        daemon = {
            "load": PLUGINS,
            "filelog": {
                "log": {"path": self.log, "time_format": "%b %e %T", "flush_line": True, "default": LEVELS[s["level"]]},
                "keys": {"path": self.work / f"{self.role}.keys", "flush_line": True, "default": 1, "ike": 4,
                         "mgr": 2, "chd": 1},
            },
            "port": 500,
            "install_routes": False,
        }
        if s["aggressive"] and s["auth"] == "psk":
            daemon["i_dont_care_about_security_and_use_aggressive_mode_psk"] = True
        if s["radius"] is not None:
            daemon["load"] += " eap-radius"
            daemon["plugins"] = {"eap-radius": radius.plugin()}
        merge(daemon, s["daemon"])
        text = section("charon", daemon) + "\nswanctl {\n  load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey\n}\n"
        (self.work / f"{self.role}.strongswan.conf").write_text(text)
        # the published copy says nothing of where the lab keeps its logs
        for key, value in daemon["filelog"].items():
            value["path"] = f"/var/log/{'charon' if key == 'log' else 'charon.keys'}.log"
        self.file("strongswan.conf", section("charon", daemon) + "\n")
        self.file("swanctl/swanctl.conf", self.configuration(), 0o600)

    def configuration(self):
        s = self.settings
        local, remote = {"auth": s["auth"], "id": s["id"]}, {"auth": s["remote_auth"], "id": s["remote_id"]}
        second = {}
        client = self.role != "server"
        if s["auth"] == "pubkey":
            local["certs"] = f"{self.role}.pem"
        if s["remote_auth"] == "pubkey":
            remote["cacerts"] = ", ".join(f"{ca}-ca.pem" for ca in s["trust"])
        if s["auth"] == "xauth":
            local["auth"] = remote["auth"] = "psk"
            second = ({"local-xauth": {"auth": "xauth", "xauth_id": s["user"]}} if client
                      else {"remote-xauth": {"auth": "xauth"}})
        if s["auth"].startswith("eap"):
            if s["auth"] != "eap-tls":
                local["eap_id"] = s["user"]
            else:
                local["certs"] = f"{self.role}.pem"
        if s["remote_auth"].startswith("eap"):
            if s["remote_auth"] != "eap-tls":
                remote["eap_id"] = "%any"
            else:
                remote["cacerts"] = ", ".join(f"{ca}-ca.pem" for ca in s["trust"])
        child = {"mode": s["mode"], "esp_proposals": s["esp"], "local_ts": s["local_ts"], "remote_ts": s["remote_ts"]}
        merge(child, s["child"])
        connection = {
            "version": s["version"], "local_addrs": s["address"], "remote_addrs": s["remote_address"],
            "proposals": s["ike"],
        }
        if s["aggressive"]:
            connection["aggressive"] = True
        if s["request_address"]:
            connection["vips"] = "::" if ":" in s["address"] else "0.0.0.0"
        if s["pool"] and not client:
            connection["pools"] = "lab"
        connection |= {"local": local, "remote": remote, **second, "children": {"lab": child}}
        merge(connection, s["connection"])
        connections = {"lab": connection, **s["extra_connections"]}
        secrets = {}
        if s["psk"]:
            key = {f"id-{n}": identity for n, identity in enumerate(s["psk_for"])}
            secrets["ike-lab"] = {**key, "secret": f'"{s["psk"]}"'}
        if s["user"] and (s["auth"] in ("xauth",) or "eap" in s["auth"] + s["remote_auth"]):
            kind = "xauth" if s["auth"] == "xauth" else "eap"
            secrets[f"{kind}-lab"] = {"id": s["user"], "secret": f'"{s["password"]}"'}
        merge(secrets, s["secrets"])
        parts = [section("connections", connections), section("secrets", secrets)]
        if s["pool"] and not client:
            parts.append(section("pools", {"lab": {"addrs": s["pool"]}}))
        return "\n".join(parts) + "\n"

    def start(self):
        self.spawn(self.inside("/usr/lib/ipsec/charon"), self.work / f"{self.role}.console",
                   {"STRONGSWAN_CONF": self.work / f"{self.role}.strongswan.conf"})

    def ready(self):
        self.wait_for(lambda: self.sees("/run/charon.vici"))
        self.control("--load-all --noprompt")

    def control(self, words, timeout=60):
        with open(self.work / f"{self.role}.swanctl", "ab") as output:
            configuration = self.work / f"{self.role}.strongswan.conf"
            return self.run(f"STRONGSWAN_CONF={configuration} {self.inside('swanctl')} {words}", check=False, timeout=timeout, stdout=output,
                            stderr=subprocess.STDOUT).returncode == 0

    def initiate(self, timeout, child="lab"):
        return self.control(f"--initiate --child {child} --timeout {timeout}", timeout + 20)

    def terminate(self, what="--ike lab"):
        return self.control(f"--terminate {what} --timeout 10")

    def rekey(self, what="--child lab"):
        return self.control(f"--rekey {what}")
