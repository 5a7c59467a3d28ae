"""A scenario: what scenario.toml may say, its defaults, and the addresses that follow from it.

The schema is explained for readers in captures/README.md; this module is its one implementation.
"""

import tomllib
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import moments

LAB = Path(__file__).resolve().parent
CAPTURES = LAB.parent
BUILD = CAPTURES.parent / "build" / "lab"

STACKS = ("strongswan", "libreswan", "openiked", "vpnc", "replay", "ike-scan", "none")
SUITES = (None, "trixie", "sid")
PEERS = ("client", "client2", "server")

# What a peer's table may hold, with the value where it says nothing.
PEER_DEFAULTS = {
    "stack": "strongswan",
    "suite": None,            # of Debian, whose version of the stack it is; None: the lab's own (bookworm)
    "version": 2,             # of IKE
    "ike": "aes256-sha256-modp2048",
    "esp": "aes256-sha256",
    "mode": "tunnel",         # or transport
    "aggressive": False,      # IKEv1 aggressive mode
    "auth": "psk",            # psk, pubkey, eap-mschapv2, eap-md5, eap-tls, xauth; what this peer proves itself with
    "remote_auth": None,      # what the other one must prove itself with; None: follows from auth
    "psk": "invented-secret-for-the-lab",
    "psk_for": [],            # identities the key is filed under; empty: any
    "id": None,               # None: IKEv1 the address, IKEv2 client.example / server.example
    "remote_id": None,        # None: the client expects the server's, the server takes any
    "secrets": {},            # swanctl: more sections of secrets; libreswan: {lines = [...]} of ipsec.secrets
    "user": "alice",
    "password": "invented-password",
    "local_ts": None,         # None: the private network behind the peer (tunnel), its address (transport)
    "remote_ts": None,
    "pool": None,             # addresses the server hands out
    "request_address": False,
    "connection": {},         # keys for the stack's own connection section, as that stack names them
    "child": {},              # the same for swanctl's child section
    "daemon": {},             # the same for the daemon's own section (charon, config setup, iked.conf lines)
    "cert": {},               # ca, name, san, days, bits, chain; see certs.py
    "trust": ["lab"],         # certification authorities this peer trusts
    "extra_connections": {},  # swanctl: more connections beside the main one
    "radius": None,           # table: eap-radius and a FreeRADIUS beside the daemon; see radius.py
    "l2tp": None,             # table: xl2tpd and pppd beside the daemon; see l2tp.py
    "replay": {},             # what a replayed client says; see replay.py
    "command": [],            # ike-scan: its arguments
    "level": None,            # how much the daemon logs: default, verbose, full; None: as the corpus has it
    "prepare": [],            # shell commands in the peer before its daemon starts
    "peer": None,             # the other peer's address, where it is not the obvious one
    "start": True,            # False: the daemon is not started
}

NETWORK_DEFAULTS = {
    "ipv6": False,
    "nat": "none",            # none, client, server, both
    "nat_ports": None,        # source ports the NAT gives to the client's IKE, e.g. "464" or "20000-30000"
    "filter": [],             # iptables arguments for the router, e.g. "-A FORWARD -p udp --dport 4500 -j DROP"
    "filter_at": [],          # iptables arguments at a peer: [{on = "server", rule = "..."}]
    "netem": None,            # tc netem arguments on both of the router's links, e.g. "loss 20% delay 10ms"
    "mtu": None,              # of the link between router and server
    "second_client": False,
}

RUN_DEFAULTS = {
    "seconds": 6,             # the capture ends this long after the first message was asked for
    "traffic": 3,             # pings through the tunnel once it is up
    "initiate": True,
    "timeout": 30,            # how long the client's control command waits
    "from": "client",         # who initiates
    "chatter": 0,             # seconds between pings from each peer to its gateway: other traffic, beside which silence shows
    "wait": 0,                # seconds between the daemons being ready and the start of the capture
}

CAPTURE_DEFAULTS = {"interface": "eth0", "at": None, "snaplen": 0, "filter": None}


class ScenarioError(Exception):
    """scenario.toml says something the lab does not understand."""


def known(table, defaults, where):
    for key in table:
        if key not in defaults:
            raise ScenarioError(f"{where}: unknown key {key!r}")
    return {**defaults, **table}


@dataclass
class Scenario:
    name: str
    title: str
    truth: dict
    expect: dict
    peers: dict = field(default_factory=dict)
    network: dict = field(default_factory=dict)
    run: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    capture: dict = field(default_factory=dict)
    derive: dict | None = None
    right: dict | None = None

    @property
    def folder(self):
        return CAPTURES / self.name

    @property
    def held_out(self):
        return held_out(self.name)

    @property
    def vantages(self):
        return [v for v in ("client", "server") if v in self.expect]


def held_out(name):
    """The fixed rule that splits the corpus: held-out cases are looked at by the score only."""
    return zlib.crc32(name.encode()) % 3 == 0


def load(name, right=False):
    """The scenario of this name; `right`: with the settings that peers should have in place of those that make it fail."""
    path = CAPTURES / name / "scenario.toml"
    try:
        data = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{name}: {error}") from error
    allowed = {"title", "truth", "right", "expect", "network", "run", "event", "capture", "derive", *PEERS}
    for key in data:
        if key not in allowed:
            raise ScenarioError(f"{name}: unknown section {key!r}")
    network = known(data.get("network", {}), NETWORK_DEFAULTS, f"{name}: network")
    peers = {}
    if "derive" not in data:
        for role in PEERS:
            if role == "client2" and not network["second_client"]:
                continue
            peers[role] = known(data.get(role, {}), PEER_DEFAULTS, f"{name}: {role}")
            meant = known(data.get("right", {}).get(role, {}), PEER_DEFAULTS, f"{name}: right")
            if right:
                peers[role] |= {key: meant[key] for key in data.get("right", {}).get(role, {})}
            if peers[role]["stack"] not in STACKS:
                raise ScenarioError(f"{name}: unknown stack {peers[role]['stack']!r}")
            if peers[role]["suite"] not in SUITES:
                raise ScenarioError(f"{name}: unknown suite {peers[role]['suite']!r}")
        for role, peer in peers.items():
            resolve(role, peer, peers, network)
    events = data.get("event", [])
    for event in events:
        if ("at" in event) == ("after" in event):
            raise ScenarioError(f"{name}: an event has either `at` or `after`: {event}")
        if "after" in event and event["after"].split(" ")[0] not in moments.names():
            raise ScenarioError(f"{name}: no message is called {event['after']!r}")
    # a moment on the wire has to be met before the message arrives
    if any("after" in event for event in events) and not network["netem"]:
        network["netem"] = f"delay {moments.DELAY * 1000:.0f}ms"
    capture = {v: known(data.get("capture", {}).get(v, {}), CAPTURE_DEFAULTS, f"{name}: capture")
               for v in ("client", "server")}
    return Scenario(
        name=name,
        title=data["title"],
        truth=data["truth"],
        expect=data["expect"],
        peers=peers,
        network=network,
        run=known(data.get("run", {}), RUN_DEFAULTS, f"{name}: run"),
        events=sorted(events, key=lambda e: e.get("at", 0)),
        capture=capture,
        derive=data.get("derive"),
        right=data.get("right"),
    )


def names():
    return sorted(p.parent.name for p in CAPTURES.glob("*/scenario.toml"))


def addresses(network):
    """Where everybody lives: documentation addresses outside, private ones behind a NAT."""
    if network["ipv6"]:
        return {
            "client": "2001:db8:1::10", "client_gateway": "2001:db8:1::1", "prefix": 64,
            "server": "2001:db8:2::20", "server_gateway": "2001:db8:2::1",
            "client2": "2001:db8:3::11", "client2_gateway": "2001:db8:3::1",
            "server_public": "2001:db8:2::20", "client_public": "2001:db8:1::10",
            "client_net": "fd00:1::/64", "server_net": "fd00:2::/64",
            "client_inner": "fd00:1::1", "server_inner": "fd00:2::1",
            "client2_net": "fd00:3::/64", "client2_inner": "fd00:3::1",
        }
    natted = network["nat"] in ("client", "both")
    server_natted = network["nat"] in ("server", "both")
    return {
        "client": "10.1.1.10" if natted else "192.0.2.10",
        "client_gateway": "10.1.1.1" if natted else "192.0.2.1",
        "client2": "10.1.2.11" if natted else "203.0.113.11",
        "client2_gateway": "10.1.2.1" if natted else "203.0.113.1",
        "prefix": 24,
        "server": "10.2.2.20" if server_natted else "198.51.100.20",
        "server_gateway": "10.2.2.1" if server_natted else "198.51.100.1",
        "server_public": "198.51.100.20",
        # without a network of its own, the NAT's public address is the one the server's gateway has
        "client_public": ("203.0.113.1" if server_natted else "198.51.100.1") if natted else "192.0.2.10",
        "client_net": "172.16.1.0/24", "server_net": "172.16.2.0/24",
        "client_inner": "172.16.1.1", "server_inner": "172.16.2.1",
        "client2_net": "172.16.3.0/24", "client2_inner": "172.16.3.1",
    }


def resolve(role, peer, peers, network):
    """Fill in what follows from the other side and from the network."""
    where = addresses(network)
    is_server = role == "server"
    other = "client" if is_server else "server"
    peer["role"] = role
    peer["address"] = where[role]
    peer["remote_address"] = peer["peer"] or ("%any" if is_server else where["server_public"])
    peer["remote_public"] = where["client_public"] if is_server else where["server_public"]
    names_v2 = {"client": "client.example", "client2": "client2.example", "server": "server.example"}
    for side, target in (("id", role), ("remote_id", other)):
        if peer[side] is None:
            if side == "remote_id" and is_server:
                peer[side] = "%any"
            elif peer["version"] == 1 and peer["auth"] in ("psk", "xauth"):
                peer[side] = where[target] if side == "id" else where[f"{target}_public"]
                if side == "remote_id" and network["nat"] in ("server", "both"):
                    peer[side] = where["server"]
            else:
                peer[side] = names_v2[target]
    if peer["remote_auth"] is None:
        peer["remote_auth"] = {
            "psk": "psk", "pubkey": "pubkey", "xauth": "psk",
        }.get(peer["auth"], "pubkey")
    tunnel = peer["mode"] == "tunnel"
    peer["inner"] = where[f"{role}_inner"]
    peer["remote_inner"] = where[f"{other}_inner"]
    if peer["local_ts"] is None:
        peer["local_ts"] = where[f"{role}_net"] if tunnel else "dynamic"
        if peer["request_address"]:
            peer["local_ts"] = "dynamic"
    if peer["remote_ts"] is None:
        peer["remote_ts"] = where[f"{other}_net"] if tunnel else "dynamic"
        if is_server and peer["pool"]:
            peer["remote_ts"] = "dynamic"
