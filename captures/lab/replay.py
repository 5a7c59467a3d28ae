"""Clients that only say the first words: ike-scan, and replayed offers of products that cannot run here."""

import time
from pathlib import Path

from peer import Peer

OFFERS = Path(__file__).resolve().parent / "offers.py"


class IkeScan(Peer):
    """ike-scan with the arguments of the scenario's `command`; {server} is the server's address."""

    def initiate(self, timeout):
        words = " ".join(self.settings["command"]).replace("{server}", self.settings["remote_address"])
        self.file("command", f"ike-scan {words}\n")
        with open(self.log, "wb") as output:
            self.run(f"ike-scan {words}", check=False, timeout=timeout + 60, stdout=output, stderr=output)
        return False


class Replay(Peer):
    """The offer of another product, sent as that product would send it (see offers.py); never answers an answer."""

    def start(self):
        if "answer" in self.settings["replay"]:
            self.file("command", f"offers.py --answer {self.settings['replay']['answer']}\n")
            self.spawn(f"python3 {OFFERS} --answer {self.settings['replay']['answer']}", self.log)

    def ready(self):
        if "answer" in self.settings["replay"]:
            time.sleep(1.5)

    def initiate(self, timeout):
        s = self.settings["replay"]
        command = f"python3 {OFFERS} {s['offer']} {self.settings['remote_address']} {s.get('seconds', 8)}"
        self.file("command", f"offers.py {s['offer']} {self.settings['remote_address']}\n")
        with open(self.log, "wb") as output:
            self.run(command, check=False, timeout=timeout + 60, stdout=output, stderr=output)
        return False
