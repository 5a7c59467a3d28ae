"""Moments on the wire: an event of a scenario may wait for a message instead of a second (`after = "auth 1"`).

The router counts the messages that pass it, of both sides together: the first of main mode is "main 1", IKE_AUTH's answer
"auth 2". A repetition or another fragment of a message counts nothing. The path is delayed a little while such an event
waits (scenario.py), so what happens "after" a message happens before the other side has it: a daemon that is
stopped after "main 4" has not read it, a filter that begins after it lets it pass and nothing later.
"""

import ctypes
import os
import socket
import struct
import subprocess
import threading
from signal import SIGCONT, SIGKILL, SIGSTOP

PORTS = (500, 4500)
NAMES = {(1, 2): "main", (1, 4): "aggressive", (1, 5): "informational", (1, 6): "transaction", (1, 32): "quick",
         (2, 34): "init", (2, 35): "auth", (2, 36): "child", (2, 37): "informational", (2, 43): "intermediate",
         (2, 44): "followup"}
DELAY = 0.06            # of each direction, in seconds
OUTGOING = 4            # PACKET_OUTGOING of packet(7): what the router sends on was counted when it came
CLONE_NEWNET = 0x40000000


def names():
    return {*NAMES.values(), "esp"}


def enter(namespace):
    """This thread goes into a network namespace; the others stay where they are."""
    with open(f"/run/netns/{namespace}") as file:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def message(frame):
    """What a frame carries: its name and what tells it from the others of this name; None for anything else."""
    kind, ip = struct.unpack_from("!H", frame, 12)[0], frame[14:]
    if kind == 0x0800 and len(ip) >= 20:
        protocol, rest = ip[9], ip[(ip[0] & 15) * 4:]
        if struct.unpack_from("!H", ip, 6)[0] & 0x1FFF:
            return None     # a later fragment of IP
    elif kind == 0x86DD and len(ip) >= 40:
        protocol, rest = ip[6], ip[40:]
    else:
        return None
    if protocol == 50 and len(rest) >= 8:
        return "esp", rest[:8]
    if protocol != 17 or len(rest) < 8 or not set(struct.unpack_from("!HH", rest)) & set(PORTS):
        return None
    body = rest[8:]
    if 4500 in struct.unpack_from("!HH", rest):
        if len(body) >= 8 and body[:4] != bytes(4):
            return "esp", body[:8]
        body = body[4:]
    if len(body) < 28:
        return None
    version, exchange, flags = body[17] >> 4, body[18], body[19]
    name = NAMES.get((version, exchange))
    if name is None:
        return None
    # IKEv2 numbers its messages, save IKE_SA_INIT which is asked again with a cookie; IKEv1 tells them by their bytes
    if version == 2 and exchange != 34:
        return name, body[:8] + bytes([flags & 0x28]) + body[20:24]
    return name, body


def watch(namespace, waiting, act):
    """Call act(event) as soon as the message that each waiting event names has passed."""
    enter(namespace)
    # before the daemons, which keep the guest's one processor busy
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    seen, counts = set(), {}
    waiting = list(waiting)
    while waiting:
        frame, (_, _, direction, *_) = listener.recvfrom(65535)
        found = message(frame) if direction != OUTGOING else None
        if found is None or found in seen:
            continue
        seen.add(found)
        name = found[0]
        counts[name] = counts.get(name, 0) + 1
        due = [event for event in waiting if event["after"] == f"{name} {counts[name]}"]
        for event in due:
            waiting.remove(event)
            act(event)


def send(processes, signal):
    """A signal to processes and all that they started, without starting another one (which is slow in here)."""
    for pid in [pid for process in processes for pid in family(process.pid)]:
        try:
            os.kill(pid, signal)
        except ProcessLookupError:
            pass


class Daemons:
    """Processes that can be made to stop where they are, and to die."""
    processes = ()

    def freeze(self):
        """They stop where they are; what comes for them waits."""
        send(self.processes, SIGSTOP)

    def thaw(self):
        send(self.processes, SIGCONT)

    def kill(self):
        """They die without a word."""
        send(self.processes, SIGKILL)
        self.processes = []



def family(pid):
    out = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                for child in children.read().split():
                    out += family(int(child))
    except OSError:
        pass
    return out


class Gate:
    """A packet filter's rule that is there from the start and begins to match when its gate is shut (xt_recent)."""

    def __init__(self, name, namespace, rule, addresses):
        self.addresses = [address for address in addresses if ":" not in address]
        table = "-t nat " if rule.startswith("-t nat ") else ""
        head, _, target = rule.removeprefix(table).rpartition(" -j ")
        command = f"iptables-legacy {table}{head} -m recent --name {name} --rcheck -j {target}"
        subprocess.run(["ip", "netns", "exec", namespace, "sh", "-c", command], check=True)
        # the list belongs to a namespace, and so to whoever opens it there
        opening = threading.Thread(target=self.open, args=(namespace, name))
        opening.start()
        opening.join()

    def open(self, namespace, name):
        enter(namespace)
        path = f"/proc/thread-self/net/xt_recent/{name}"
        # it takes one address of each opening
        self.lists = {address: os.open(path, os.O_WRONLY) for address in self.addresses}

    def shut(self):
        for address, descriptor in self.lists.items():
            os.write(descriptor, f"+{address}\n".encode())
