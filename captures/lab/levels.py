#!/usr/bin/env python3
"""Do logs of any level lead to the same verdict? Runs refused cases again with daemons that say more or less, and scores the result.

    levels.py [--jobs N] [NAME...]    one case of each daemon, version and verdict, or these

The corpus has logs as daemons write them by default (OpenIKED's with -vv). Here each daemon logs at the levels of its LEVELS; what comes
of it lies in build/lab/levels/LEVEL as the corpus lies in captures/, and `score` is asked about it: with files, nothing may get worse.
"""

import concurrent.futures
import subprocess
import sys
from pathlib import Path

LEVELS = ("default", "verbose", "full")
CORPUS = {"strongswan": "default", "libreswan": "default", "openiked": "full"}  # what captures/ has


def refusing(case):
    """The peer that refuses: its log names the cause."""
    return case.truth.get("refused_by", "server")


def chosen(scenarios, names):
    """Failed cases that are played, with real daemons: one of each daemon, version of IKE and verdict."""
    found = {}
    for name in names or scenarios.names():
        case = scenarios.load(name)
        if case.derive is not None or case.truth["healthy"]:
            continue
        peer = case.peers[refusing(case)]
        if peer["stack"] in CORPUS:
            key = name if names else (peer["stack"], peer["suite"], peer["version"], case.truth["verdict"])
            found.setdefault(key, name)
    return sorted(found.values())


def main():
    import run
    import scenario as scenarios

    options = run.asked("Runs refused cases with logs of other levels, and scores them.")
    root = scenarios.CAPTURES.parent

    def one(task):
        level, name = task
        case = scenarios.load(name)
        if CORPUS[case.peers[refusing(case)]["stack"]] == level:
            return None
        target = scenarios.BUILD / "levels" / level / name
        target.mkdir(parents=True, exist_ok=True)
        (target / "scenario.toml").write_bytes((case.folder / "scenario.toml").read_bytes())
        try:
            work = run.run(case, run.RUNS / "levels" / level / name, lambda work: (work / "level").write_text(level))
            run.publish(case, work, target)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            return f"FAILED {level} {name}: {str(error).splitlines()[0]}"
        return f"{level} {name}"

    tasks = [(level, name) for name in chosen(scenarios, options.names) for level in LEVELS]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for line in filter(None, pool.map(one, tasks)):
            print(line, flush=True)
    for level in LEVELS:
        print(f"# {level}", flush=True)
        command = ["cargo", "run", "-q", "--locked", "-p", "ikewhy-tests", "--bin", "score", "--", "--files",
                   "--captures", scenarios.BUILD / "levels" / level]
        subprocess.run(command, cwd=root, check=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
