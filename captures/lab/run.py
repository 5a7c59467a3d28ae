#!/usr/bin/env python3
"""Makes the captures: plays scenarios with real daemons inside a User-mode Linux, or derives one capture from another.

    run.py NAME...       make these cases anew
    run.py --all         make all of them (--jobs N at once, default 2)
    run.py --list        names, one a line
    run.py --table       the table of cases for README.md
    run.py --write-table put that table into README.md
    run.py --check       hold the cases against their labels as far as that can be done without the plugin

What is where:
    setup.sh       installs what is needed            init.sh, guest.py   run inside the User-mode Linux
    xstate.c       lets it run on newer processors
    scenario.py    scenario.toml, defaults, addresses network.py          namespaces, NAT, filters, loss
    moments.py     events that wait for a message     radius.py           a RADIUS server
    peer.py        what all stacks share              strongswan.py libreswan.py openiked.py vpnc.py l2tp.py
    replay.py      ike-scan, replayed offers          offers.py           the offers of products that can't run here
    certs.py       certificates                       keys.py             Wireshark's decryption tables from logs
    pcapfile.py    pcap files                         derive.py           captures made from other captures
    check.py       labels held against captures       advice.py           makes the changes that a report advises
    levels.py      the same with logs that say more or less
"""

import argparse
import concurrent.futures
import itertools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import certs
import check
import derive
import keys
import pcapfile
import scenario as scenarios

RUNS = scenarios.BUILD / "run"
CLOCK = 1767268800          # every run begins at this time: 2026-01-01 12:00:00 UTC
PUBLISHED = {"strongswan": ["strongswan.conf", "swanctl"], "libreswan": ["ipsec.conf", "ipsec.secrets"],
             "openiked": ["iked.conf"], "vpnc": ["vpnc.conf"], "ike-scan": ["command"], "replay": ["command"], "none": []}
PUBLISHED_L2TP = ["xl2tpd.conf", "ppp"]
PUBLISHED_RADIUS = ["radius"]


def play(case):
    """One case from its scenario to its captures."""
    if case.derive:
        return derive.make(case)
    work = run(case, RUNS / case.name)
    if case.truth["verdict"] == "established" and ": up" not in (work / "guest.log").read_text():
        raise RuntimeError(f"{case.name}: it did not come up (a lossy path may do that: try again); nothing was replaced")
    publish(case, work)


def run(case, work, prepare=lambda work: None):
    """Plays a case in a work folder of its name, which is made anew: packets, logs and keys of this run are in it afterwards."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for role in case.peers:
        (work / role).mkdir()
    certs.make(case, work, CLOCK)
    prepare(work)
    command = ["linux.uml", "mem=512M", "rootfstype=hostfs", "rootflags=/", "rw", f"init={scenarios.LAB}/init.sh",
               "con0=fd:0,fd:1", "con=null", "ssl=null", "quiet", "random.trust_cpu=on",
               f"umid={case.name[:40]}-{os.getpid()}", f"LAB_CASE={work}", f"LAB_TIME={CLOCK}"]
    limit = case.run["seconds"] + 120
    environment = {**os.environ, "LD_PRELOAD": str(scenarios.BUILD / "xstate.so")}
    with open(work / "console", "wb") as console:
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=console, stderr=console, timeout=limit, check=False)
    status = work / "status"
    if not status.exists() or status.read_text().strip() != "0":
        problem = (work / "guest.log").read_text()[-2000:] if (work / "guest.log").exists() else "no guest.log"
        raise RuntimeError(f"{case.name}: the run failed\n{problem}")
    return work


def publish(case, work, target=None):
    """From the work folder into the case's folder, or another one: what is kept, and nothing else."""
    target = target or case.folder
    for stale in ("client", "client2", "server", "keys"):
        shutil.rmtree(target / stale, ignore_errors=True)
    for vantage in ("client", "server"):
        link, packets = pcapfile.read(work / f"{vantage}.pcap")
        path = target / f"{vantage}.pcap"
        if packets and vantage in case.expect:
            pcapfile.write(path, link, packets, case.capture[vantage]["snaplen"] or 262144)
        elif path.exists():
            path.unlink()
        if bool(packets) != (vantage in case.expect):
            print(f"{case.name}: {vantage} has {len(packets)} packets, and expect.{vantage} "
                  f"{'is missing' if packets else 'exists'}", file=sys.stderr)
    for role, settings in case.peers.items():
        kept = PUBLISHED[settings["stack"]] + (PUBLISHED_L2TP if settings["l2tp"] is not None else [])
        kept += PUBLISHED_RADIUS if settings["radius"] is not None else []
        for name in kept:
            source = work / role / name
            if source.is_dir():
                shutil.copytree(source, target / role / name, dirs_exist_ok=True)
            elif source.exists():
                (target / role).mkdir(exist_ok=True)
                shutil.copy(source, target / role / name)
        text = ""
        for part in ("log", "l2tp"):
            path = work / f"{role}.{part}"
            if path.exists():
                text += path.read_text(errors="replace")
        (target / f"{role}.log").unlink(missing_ok=True)
        if text:
            (target / f"{role}.log").write_text(text.replace(str(work), "/run/lab").replace(
                str(scenarios.BUILD / settings["stack"]), ""))
    captures = [target / f"{vantage}.pcap" for vantage in case.vantages]
    keys.write(work, target, {spi for path in captures if path.exists() for spi in check.negotiations(path)})


def asked(description):
    """What the lab's other programs are asked: names of cases and how many at once. The lab is set up then."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    subprocess.run([scenarios.LAB / "setup.sh"], check=True)
    return options


def one(name):
    started = time.monotonic()
    try:
        case = scenarios.load(name)
        play(case)
    except (scenarios.ScenarioError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        return f"FAILED {name}: {error}"
    counts = []
    for vantage in ("client", "server"):
        path = case.folder / f"{vantage}.pcap"
        if path.exists():
            counts.append(f"{vantage} {len(pcapfile.read(path)[1])} packets, {len(check.negotiations(path))} negotiations")
    return f"{name}: {'; '.join(counts)} ({time.monotonic() - started:.0f} s)"


def make(names, jobs):
    # derived cases come after the ones they are derived from, and are made anew whenever those are
    first = [n for n in names if scenarios.load(n).derive is None]
    later = [n for n in scenarios.names() if n in names or set(derive.sources(scenarios.load(n))) & set(first)]
    later = [n for n in later if n not in first]
    failed = False
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for batch in (first, later):
            for line in pool.map(one, batch):
                print(line, flush=True)
                failed |= line.startswith("FAILED")
    return failed


def expectation(entries):
    """One cell: the verdicts in order, a run of the same one as its count."""
    words = []
    for entry, run in itertools.groupby(entries):
        count = len(list(run))
        words.append(entry.replace("|", " or ") + (f" ({count} times)" if count > 1 else ""))
    return ", ".join(words)


def table():
    rows = ["| case | part | truth | client | server |", "|---|---|---|---|---|"]
    for name in scenarios.names():
        case = scenarios.load(name)
        cells = [expectation(case.expect[v]["verdicts"]) if v in case.expect else "" for v in ("client", "server")]
        rows.append(f"| {name} | {'held-out' if case.held_out else 'tuning'} | {case.title}: "
                    f"`{case.truth['verdict']}` | {cells[0]} | {cells[1]} |")
    return "\n".join(rows)


def write_table():
    readme = scenarios.CAPTURES / "README.md"
    head, _, rest = readme.read_text().partition("<!-- table -->\n")
    _, _, tail = rest.partition("<!-- end of table -->")
    readme.write_text(f"{head}<!-- table -->\n{table()}\n<!-- end of table -->{tail}")


def main():
    parser = argparse.ArgumentParser(description="Make captures with real daemons.")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--write-table", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    known = set(scenarios.names())
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no such case: {', '.join(unknown)} (--list names them)")
    if options.list:
        print("\n".join(scenarios.names()))
    elif options.table:
        print(table())
    elif options.write_table:
        write_table()
    elif options.check:
        sys.exit(check.check(options.names or scenarios.names()))
    else:
        names = scenarios.names() if options.all else options.names
        if not names:
            parser.error("name a case, or say --all")
        subprocess.run([scenarios.LAB / "setup.sh"], check=True)
        sys.exit(make(names, options.jobs))


if __name__ == "__main__":
    main()
