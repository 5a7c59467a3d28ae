"""xl2tpd and pppd beside an IKE daemon: LAC at a client, LNS at the server.

[peer.l2tp] holds: start (false: configured, not running), user, password, auth ("chap", "pap", "eap"),
lns (what the LAC calls; the server's public address), options (more pppd options), lac / lns_section (more lines).
"""

import time


class L2tp:
    def __init__(self, peer):
        self.peer = peer
        self.s = {"start": True, "user": "alice", "password": "invented-password", "auth": "chap",
                  "options": [], "lines": [], "global": [], **peer.settings["l2tp"]}
        self.server = peer.role == "server"

    def write(self):
        s, peer = self.s, self.peer
        options = ["noccp", "nodefaultroute", "mtu 1280", "mru 1280", "lcp-echo-interval 0",
                   "debug", "logfile /run/ppp.log", *s["options"]]
        if self.server:
            options += [f"require-{s['auth']}", "name lns", "ms-dns 10.99.0.1", "noipv6"]
            sections = ["[lns default]", "ip range = 10.99.0.10-10.99.0.50", "local ip = 10.99.0.1",
                        "require authentication = yes", "name = lns", "ppp debug = yes",
                        "pppoptfile = /etc/ppp/options.l2tp", "length bit = yes", *s["lines"]]
        else:
            options += ["noauth", f"name {s['user']}", "noipv6"]
            sections = ["[lac lab]", f"lns = {s.get('lns', peer.settings['remote_public'])}", "ppp debug = yes",
                        "pppoptfile = /etc/ppp/options.l2tp", "length bit = yes", "redial = no", *s["lines"]]
        top = ["[global]", "port = 1701", "access control = no", *s["global"]]
        peer.file("xl2tpd.conf", "\n".join(top + [""] + sections) + "\n")
        peer.file("ppp/options.l2tp", "\n".join(options) + "\n")
        secret = f'"{s["user"]}" * "{s["password"]}" *\n'
        for kind in ("chap", "pap"):
            peer.file(f"ppp/{kind}-secrets", secret, 0o600)

    def start(self):
        peer = self.peer
        peer.run("mount -t tmpfs tmpfs /etc/ppp && cp -r /run/lab/ppp/. /etc/ppp/ && mkdir -p /run/xl2tpd")
        if self.s["start"]:
            self.daemon()

    def daemon(self):
        # xl2tpd's messages go to the peer's log, after the IKE daemon's
        self.peer.spawn("xl2tpd -D -c /run/lab/xl2tpd.conf -s /dev/null -p /run/xl2tpd.pid -C /run/xl2tpd/l2tp-control",
                        self.peer.work / f"{self.peer.role}.l2tp")
        self.peer.wait_for(lambda: self.peer.sees("/run/xl2tpd/l2tp-control"), 10)

    def connect(self, seconds=15):
        self.peer.run("echo 'c lab' >/run/xl2tpd/l2tp-control", check=False)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.peer.run("ip -4 addr show dev ppp0 2>/dev/null | grep -q 'inet 10.99'", check=False).returncode == 0:
                time.sleep(0.3)
                return True
            time.sleep(0.3)
        return False

    def disconnect(self):
        self.peer.run("echo 'd lab' >/run/xl2tpd/l2tp-control", check=False)

    def ping(self, count, size=56):
        self.peer.run(f"ping -n -q -c {count} -i 0.3 -s {size} -W 1 -M dont 10.99.0.1", check=False)

    def collect(self):
        """pppd's log joins the peer's log."""
        self.peer.run(f"cat /run/ppp.log >>{self.peer.work}/{self.peer.role}.l2tp 2>/dev/null", check=False)
