"""vpnc, a client for Cisco's EzVPN: aggressive mode with a group's secret, XAUTH, mode-config, and ESP in user space."""

from peer import Peer

# in place of vpnc-script: the address and one route, no name servers
SCRIPT = """#!/bin/sh
[ "$reason" = connect ] || exit 0
ip link set dev "$TUNDEV" up mtu 1380
ip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
ip route add {net} dev "$TUNDEV"
"""


class Vpnc(Peer):
    def write(self):
        s = self.settings
        lines = {"IPSec gateway": s["remote_address"], "IPSec ID": s["id"], "IPSec secret": s["psk"],
                 "Xauth username": s["user"], "Xauth password": s["password"], "IKE DH Group": "dh2",
                 "Local Port": "500", "Script": "/run/lab/script", **s["connection"]}
        self.file("vpnc.conf", "".join(f"{key} {value}\n" for key, value in lines.items()), 0o600)
        self.file("script", SCRIPT.format(net=s["remote_ts"]), 0o755)

    def initiate(self, timeout):
        self.run("modprobe tun", check=False)
        self.spawn(self.inside("/usr/sbin/vpnc --no-detach --non-inter --debug 1 /run/lab/vpnc.conf"), self.log)
        return self.wait_for(lambda: self.run("ip -4 addr show dev tun0 2>/dev/null | grep -q inet", check=False).returncode == 0,
                             timeout)

    def ping(self, count=3, size=56, interval=0.3, target=None, whole=False):
        self.run(f"ping -n -q -I tun0 -c {count} -i {interval} -s {size} -W 1 {target or self.settings['remote_inner']}",
                 check=False)

    def terminate(self, what=None):
        """vpnc says goodbye when it is asked to end."""
        self.stop()
