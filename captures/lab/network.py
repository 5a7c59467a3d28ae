"""The network between the peers, made inside the User-mode Linux out of network namespaces.

    client  eth0 --- client0  router  server0 --- eth0  server
    client2 eth0 --- client20

The router routes, translates, filters, delays and loses; the peers know nothing of it.
"""

import subprocess

from scenario import addresses


def in_namespace(namespace, command, check=True):
    return subprocess.run(["ip", "netns", "exec", namespace, "sh", "-c", command], check=check)


def iptables(network):
    return "ip6tables-legacy" if network["ipv6"] else "iptables-legacy"


def build(network, peers):
    """Every process costs a tenth of a second in here, so commands are collected: one shell for each namespace."""
    where = addresses(network)
    v6 = network["ipv6"]
    ip, nodad = ("ip -6", " nodad") if v6 else ("ip -4", "")
    off = "ethtool -K {} tx off rx off tso off gso off gro off >/dev/null 2>&1"
    subprocess.run(["ip", "-batch", "-"], check=True, text=True, input="\n".join(
        [f"netns add {name}" for name in ("router", *peers)]
        + [f"link add eth0 netns {role} type veth peer name {role}0 netns router" for role in peers]) + "\n")
    router = ["ip link set lo up",
              "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0 "
              "net.ipv4.icmp_ratelimit=0 net.ipv4.conf.all.send_redirects=0"]
    for role in peers:
        router += [f"{ip} addr add {where[f'{role}_gateway']}/{where['prefix']} dev {role}0{nodad}",
                   f"ip link set {role}0 up", off.format(f"{role}0")]
        in_namespace(role, "; ".join([
            "ip link set lo up", f"{ip} addr add {where[role]}/{where['prefix']} dev eth0{nodad}",
            "ip link set eth0 up", f"{ip} route add default via {where[f'{role}_gateway']}",
            f"{ip} addr add {where[f'{role}_inner']}/{128 if v6 else 32} dev lo{nodad}",
            "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0",
            off.format("eth0")]))
    if network["mtu"]:
        router.append(f"ip link set server0 mtu {network['mtu']}")
    router += translate(network, where)
    router += [f"{iptables(network)} {rule}" for rule in network["filter"]]
    if network["netem"]:
        router += [f"tc qdisc add dev {role}0 root netem {network['netem']}" for role in peers]
    in_namespace("router", "set -e; " + "; ".join(router))
    for entry in network["filter_at"]:
        in_namespace(entry["on"], f"{iptables(network)} {entry['rule']}")


def translate(network, where):
    nat, commands = network["nat"], []
    chain = "iptables-legacy -t nat -A"
    if nat in ("client", "both"):
        outside = f"SNAT --to-source {where['client_public']}" if nat == "both" else "MASQUERADE"
        if nat == "both":
            commands.append(f"ip addr add {where['client_public']}/32 dev lo")
        if network["nat_ports"]:
            commands.append(f"{chain} POSTROUTING -o server0 -p udp --sport 500 -j MASQUERADE "
                            f"--to-ports {network['nat_ports']}")
        commands.append(f"{chain} POSTROUTING -s 10.1.0.0/16 -o server0 -j {outside}")
    if nat in ("server", "both"):
        public = where["server_public"]
        commands.append(f"ip addr add {public}/32 dev lo")
        commands += [f"{chain} PREROUTING -d {public} -p udp --dport {port} -j DNAT --to-destination {where['server']}"
                     for port in (500, 4500, 1701)]
    return commands


def warm_up():
    """Have the kernel load its ciphers now: doing so in the middle of an exchange delays messages by a second."""
    states = []
    for n, (name, size, bits) in enumerate([("sha256", 32, 128), ("sha1", 20, 96)], 1):
        states.append(f"xfrm state add src 127.0.0.1 dst 127.0.0.2 proto esp spi {n} mode tunnel "
                      f"auth-trunc hmac({name}) 0x{'11' * size} {bits} enc cbc(aes) 0x{'22' * 32}")
    subprocess.run(["ip", "-n", "router", "-batch", "-"], text=True, check=False,
                   input="\n".join([*states, "xfrm state flush"]) + "\n")
