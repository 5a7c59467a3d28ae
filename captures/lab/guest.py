"""Runs inside the User-mode Linux: builds the network, starts the daemons and the captures, plays the scenario."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import advice
import live
import moments
import network
import scenario as scenarios
from l2tp import L2tp
from libreswan import Libreswan
from openiked import OpenIked
from peer import Peer
from radius import Radius
from replay import IkeScan, Replay
from strongswan import StrongSwan
from vpnc import Vpnc

STACKS = {"strongswan": StrongSwan, "libreswan": Libreswan, "openiked": OpenIked, "vpnc": Vpnc, "ike-scan": IkeScan,
          "replay": Replay, "none": Peer}

# Nothing that the machine itself chatters: ARP, neighbour discovery, multicast listener reports.
QUIET = "not arp and not (ip6 and (ip6[6] == 0 or (ip6[6] == 58 and ip6[40] >= 130 and ip6[40] <= 143)))"


class Guest:
    def __init__(self, work):
        self.work = Path(work)
        self.scenario = scenarios.load(self.work.name, right=(self.work / "right").exists())
        level = self.work / "level"
        if level.exists():
            for peer in self.scenario.peers.values():
                peer["level"] = level.read_text()
        self.captures = []
        self.listening = {}
        self.peers, self.l2tp, self.radius = {}, {}, {}
        self.watching = True
        self.awaited = []
        self.begin = time.monotonic()

    def play(self):
        case = self.scenario
        started = time.monotonic()
        network.build(case.network, case.peers)
        network.warm_up()
        note = lambda what: print(f"{time.monotonic() - started:.1f} {what}", flush=True)
        note("network")
        for role, settings in case.peers.items():
            peer = self.peers[role] = STACKS[settings["stack"]](settings, self.work, scenarios.BUILD)
            peer.write()
            if settings["l2tp"] is not None:
                self.l2tp[role] = L2tp(peer)
                self.l2tp[role].write()
            if settings["radius"] is not None:
                self.radius[role] = Radius(peer)
                self.radius[role].write()
        advice.edit(self.work)
        opening = [threading.Thread(target=peer.open) for peer in self.peers.values()]
        for thread in opening:
            thread.start()
        for thread in opening:
            thread.join()
        note("peers")
        for radius in self.radius.values():
            radius.start()
        self.await_messages()
        # A stack that initiates by itself shall be seen from its first packet: capture first, then start the daemons.
        if case.run["wait"] == 0:
            self.start_captures()
        for role in ("server", "client2", "client"):
            if role in self.peers and self.peers[role].settings["start"]:
                if self.peers[role].starts_alone and role != "server":
                    self.peers["server"].ready()
                self.peers[role].start()
        note("daemons started")
        for peer in self.peers.values():
            if peer.settings["start"]:
                peer.ready()
                note(f"{peer.role} ready")
        for role, tunnel in self.l2tp.items():
            tunnel.start()
        threading.Thread(target=self.watch_states, daemon=True).start()
        self.begin = time.monotonic()
        print(f"ready after {self.begin - started:.1f} s", flush=True)
        events = threading.Thread(target=self.play_events, daemon=True)
        events.start()
        if case.run["chatter"]:
            threading.Thread(target=self.chatter, args=(case.run["chatter"],), daemon=True).start()
        if case.run["wait"]:
            threading.Timer(case.run["wait"], self.start_captures).start()
        if case.run["initiate"]:
            threading.Thread(target=self.initiate, args=(case.run["from"],), daemon=True).start()
        while time.monotonic() - self.begin < case.run["seconds"]:
            time.sleep(0.1)
        self.finish()

    def start_daemon(self, role):
        peer = self.peers[role]
        peer.start()
        peer.ready()

    def initiate(self, role):
        run = self.scenario.run
        up = self.peers[role].initiate(run["timeout"])
        print(f"{time.monotonic() - self.begin:.1f} {role}: {'up' if up else 'not up'}", flush=True)
        if role in self.l2tp and up:
            up = self.l2tp[role].connect(run["timeout"])
            print(f"{time.monotonic() - self.begin:.1f} {role}: l2tp {'up' if up else 'not up'}", flush=True)
            if up and run["traffic"]:
                self.l2tp[role].ping(run["traffic"])
        elif up and run["traffic"]:
            self.peers[role].ping(run["traffic"])

    def chatter(self, pause):
        where = scenarios.addresses(self.scenario.network)
        while True:
            time.sleep(pause)
            for role in self.peers:
                network.in_namespace(role, f"ping -n -q -c 1 -W 1 {where[f'{role}_gateway']} >/dev/null", check=False)

    def start_captures(self):
        for vantage in ("client", "server"):
            how = self.scenario.capture[vantage]
            place = how["at"] or vantage
            snap = f"-s {how['snaplen']}" if how["snaplen"] else ""
            what = QUIET + (f" and ({how['filter']})" if how["filter"] else "")
            command = ["ip", "netns", "exec", place, "tcpdump", "-Z", "root", "-i", how["interface"], "-U", "-n", *snap.split(),
                       "--immediate-mode", "-w", str(self.work / f"{vantage}.pcap"), what]
            self.captures.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
            listening = live.begin(self.work, vantage, place)
            if listening:
                self.listening[vantage] = listening
        time.sleep(0.7)

    def stop_captures(self):
        time.sleep(0.2)
        for process in self.captures:
            process.terminate()
            process.wait()
        self.captures.clear()
        for vantage, process in self.listening.items():
            (self.work / f"{vantage}.ended").write_text(f"{time.time():.6f}")
            process.terminate()
            process.wait()
        self.listening.clear()

    def play_events(self):
        for event in self.scenario.events:
            if "at" in event:
                time.sleep(max(0, event["at"] - (time.monotonic() - self.begin)))
                # an event may take its time; the next one shall not wait for it
                threading.Thread(target=self.act, args=(event,), daemon=True).start()

    def await_messages(self):
        """The events that wait for a message, and what makes them quick."""
        waiting = self.awaited = [event for event in self.scenario.events if "after" in event]
        if not waiting:
            return
        where = scenarios.addresses(self.scenario.network)
        addresses = {where[key] for key in where if key.removesuffix("_public") in self.peers}
        for n, event in enumerate(waiting):
            if event["do"] == "filter":
                event["gate"] = moments.Gate(f"lab{n}", event.get("on", "client"), event["what"], addresses)

        def act(event):
            self.awaited = [other for other in self.awaited if other is not event]
            if event.get("later"):
                threading.Timer(event["later"], self.act, [event]).start()
            elif event["do"] in ("freeze", "kill", "filter"):
                self.act(event)
            else:
                threading.Thread(target=self.act, args=(event,), daemon=True).start()

        threading.Thread(target=moments.watch, args=("router", waiting, act), daemon=True).start()

    def act(self, event):
        print(f"{time.monotonic() - self.begin:.2f} event {event}", flush=True)
        role, action, what = event.get("on", "client"), event["do"], event.get("what", "")
        if action == "initiate":
            self.initiate(role)
        elif action == "ping":
            if what == "l2tp":
                self.l2tp[role].ping(event.get("count", 3), event.get("size", 56))
            else:
                self.peers[role].ping(event.get("count", 3), event.get("size", 56), whole=event.get("df", False))
        elif action in ("terminate", "rekey"):
            getattr(self.peers[role], action)(*([what] if what else []))
        elif action in ("kill", "freeze", "thaw"):
            getattr(self.radius[role] if what == "radius" else self.peers[role], action)()
        elif action == "start":
            self.start_daemon(role)
        elif action == "restart":
            self.peers[role].kill()
            time.sleep(event.get("pause", 0.5))
            self.peers[role].forget()
            self.start_daemon(role)
        elif action == "stop":
            self.peers[role].stop()
        elif action == "control":
            self.peers[role].control(what)
        elif action == "l2tp-start":
            self.l2tp[role].daemon()
        elif action == "l2tp-connect":
            self.l2tp[role].connect()
        elif action == "l2tp-disconnect":
            self.l2tp[role].disconnect()
        elif action == "filter":
            if "gate" in event:
                event["gate"].shut()
            else:
                network.in_namespace(role, f"{network.iptables(self.scenario.network)} {what}", check=False)
        elif action == "run":
            if role == "router":
                network.in_namespace("router", what, check=False)
            else:
                self.peers[role].run(what, check=False)
        else:
            raise ValueError(f"unknown action {action!r}")

    def watch_states(self):
        """The kernel's security associations, as they come: the ESP keys."""
        seen = set()
        with open(self.work / "states", "w") as output:
            while self.watching:
                # starting a process holds up everything here, which may miss a moment
                for role in [] if self.awaited else self.peers:
                    text = subprocess.run(["ip", "netns", "exec", role, "ip", "xfrm", "state"],
                                          capture_output=True, text=True).stdout
                    for state in text.split("\nsrc "):
                        ends, *rest = state.removeprefix("src ").strip().splitlines() or [""]
                        rest = [line.strip() for line in rest]
                        lines = [ends] + [l for l in rest if l.startswith(("proto", "auth", "enc", "aead"))]
                        key = "|".join(lines)
                        if ends and key not in seen:
                            seen.add(key)
                            output.write(key + "\n")
                            output.flush()
                time.sleep(0.5)

    def finish(self):
        self.stop_captures()
        self.watching = False
        for tunnel in self.l2tp.values():
            tunnel.collect()
        for radius in self.radius.values():
            radius.collect()
        for role, peer in self.peers.items():
            peer.run(f"ip xfrm policy >{self.work}/{role}.policy; cat /proc/net/xfrm_stat >{self.work}/{role}.xfrm_stat 2>/dev/null",
                     check=False)


if __name__ == "__main__":
    Guest(sys.argv[1]).play()
