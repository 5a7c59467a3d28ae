#!/usr/bin/env python3
"""Does `ikewhy live` say a verdict as soon as its packet comes? Runs cases again with the command beside the daemons, on their interfaces.

    live.py [--jobs N] [NAME...]    these cases, or some of every kind; `make live` builds the command before

A verdict that is told as decided has to come within a second of the packet that decides it, nothing that was decided may be taken back,
and what is told last has to be what the same command says of the finished capture. (An IKE SA that is up may still fail.)
"""

import concurrent.futures
import datetime
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ROOT / "build" / "command" / "ikewhy"
MARK = "live"
LATEST = 1.0
# A case of each way to end, by each stack.
CASES = ["ikev1-psk-up-strongswan", "ikev1-psk-differs-strongswan", "ikev1-psk-differs-libreswan", "ikev1-ike-dh-differs-strongswan",
         "ikev1-identity-rejected-libreswan", "ikev1-child-selectors-differ-strongswan", "ikev1-xauth-password-wrong-strongswan",
         "ikev2-psk-up-strongswan", "ikev2-psk-differs-strongswan", "ikev2-psk-differs-openiked", "ikev2-cert-expired-strongswan",
         "ikev2-child-selectors-differ-libreswan", "ikev2-frozen-strongswan", "ikev2-eap-password-wrong-strongswan",
         "l2tp-psk-differs-strongswan", "l2tp-daemon-down-strongswan"]


def begin(work, role, where):
    """Inside the lab: starts the command on a peer's interface, if it is wanted; gives the process."""
    if not (work / MARK).exists():
        return None
    process = subprocess.Popen(["ip", "netns", "exec", where, str(COMMAND), "live", "--json", "-i", "eth0"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def keep():
        with (work / f"{role}.live").open("w") as file:
            for line in process.stdout:
                file.write(f"{time.time():.6f}\t{line}")
                file.flush()

    threading.Thread(target=keep, daemon=True).start()
    return process


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def complaints(work, role):
    """What is wrong with what was told of one side, how many verdicts were told as decided, and the slowest."""
    ended = float((work / f"{role}.ended").read_text())
    lines = [line.split("\t", 1) for line in (work / f"{role}.live").read_text().splitlines()]
    told = [(float(came), json.loads(record)) for came, record in lines]
    wrong, slowest, decided, last = [], 0.0, {}, {}
    for came, record in told:
        stream, verdict = record["initiator_spi"], record["verdict"]
        last[stream] = verdict["id"]
        before = decided.get(stream)
        if before and before not in (verdict["id"], "established"):
            wrong.append(f"{before} was taken back for {verdict['id']}")
        if record["provisional"] or came >= ended:
            continue
        decided[stream] = verdict["id"]
        late = came - moment(verdict["time"])
        slowest = max(slowest, late)
        if late > LATEST:
            wrong.append(f"{verdict['id']} came {late:.1f} s late")
    finished = subprocess.run([COMMAND, "--json", work / f"{role}.pcap"], stdout=subprocess.PIPE, text=True).stdout
    said = {n["initiator_spi"]: n["verdict"]["id"] for n in json.loads(finished)["negotiations"]}
    if said != last:
        wrong.append(f"told {last}, the finished capture says {said}")
    return wrong, len(decided), slowest


def main():
    import run
    import scenario as scenarios

    options = run.asked("Runs cases with `ikewhy live` beside the daemons.")

    def one(name):
        case = scenarios.load(name)
        work = run.RUNS / "live" / case.name
        run.run(case, work, lambda work: (work / MARK).touch())
        return name, [(role, *complaints(work, role)) for role in case.vantages]

    failed = False
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, sides in pool.map(one, options.names or CASES):
            for role, wrong, decided, slowest in sides:
                failed |= bool(wrong)
                print(f"{name}/{role}: {decided} decided, the slowest after {slowest:.2f} s{''.join(f'; {w}' for w in wrong)}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
