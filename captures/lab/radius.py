"""FreeRADIUS beside a strongSwan server that asks it (remote_auth = "eap-radius"): on the server's loopback, so that no
capture of the network sees it.

[server.radius] holds: start (False: nobody listens on the port), method (what it begins EAP with: md5, mschapv2, tls),
user, password. An event freezes, thaws or kills it with what = "radius"; a filter or netem on the server's `lo` makes
it silent or slow.
"""


import moments

SECRET = "invented-radius-secret"
CONFIGURATION = """
prefix = /usr
sysconfdir = /etc
localstatedir = /run
run_dir = /run
libdir = /usr/lib/freeradius
max_request_time = 30
log {{
  destination = stdout
  auth = yes
}}
security {{
  allow_vulnerable_openssl = yes
}}
client lab {{
  ipaddr = 127.0.0.1
  secret = {secret}
}}
modules {{
  files {{
    usersfile = /run/lab/radius/users
  }}
  mschap {{
  }}
  eap {{
    default_eap_type = {method}
    md5 {{
    }}
    mschapv2 {{
    }}
{tls}  }}
}}
server lab {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = 1812
  }}
  authorize {{
    eap
    files
  }}
  authenticate {{
    Auth-Type MS-CHAP {{
      mschap
    }}
    eap
  }}
}}
"""
TLS = """    tls-config lab {
      private_key_file = /run/lab/swanctl/private/server.pem
      certificate_file = /run/lab/swanctl/x509/server.pem
      ca_file = /run/lab/swanctl/x509ca/lab-ca.pem
    }
    tls {
      tls = lab
    }
"""


def plugin():
    """strongSwan's side: charon.plugins.eap-radius."""
    return {"servers": {"lab": {"address": "127.0.0.1", "secret": SECRET}}}


class Radius(moments.Daemons):
    def __init__(self, peer):
        self.peer = peer
        self.s = {"start": True, "method": "mschapv2", "user": "alice", "password": "invented-password",
                  **peer.settings["radius"]}
        self.tree = peer.build / "trixie-freeradius"
        self.processes = []

    def write(self):
        tls = TLS if self.s["method"] == "tls" else ""
        self.peer.file("radius/radiusd.conf", CONFIGURATION.format(secret=SECRET, method=self.s["method"], tls=tls))
        self.peer.file("radius/users", f'{self.s["user"]} Cleartext-Password := "{self.s["password"]}"\n')
        # the server's default lookups; without attributes of its own the dictionary is Debian's
        self.peer.file("radius/dictionary", "$INCLUDE /usr/share/freeradius/dictionary\n")

    def start(self):
        if not self.s["start"]:
            return
        peer = self.peer
        peer.run(" && ".join(peer.grow(self.tree)))
        before = len(peer.processes)
        peer.spawn(f"chroot {self.tree} /usr/sbin/freeradius -f -l stdout -d /run/lab/radius -n radiusd",
                   peer.work / f"{peer.role}.radius")
        self.processes = peer.processes[before:]
        del peer.processes[before:]
        peer.wait_for(lambda: b"Ready to process" in (peer.work / f"{peer.role}.radius").read_bytes(), 20)

    def collect(self):
        """Its messages join the peer's."""
        self.peer.run(f"cat {self.peer.work}/{self.peer.role}.radius >>{self.peer.log} 2>/dev/null", check=False)
