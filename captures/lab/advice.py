#!/usr/bin/env python3
"""Does the advice work? Makes the change that a report says first, runs the case again, and looks whether the tunnel comes up.

    advice.py [--jobs N] [NAME...]    all failed cases, or these; the table is captures/advice.tsv

The steps are the engine's (`cargo run -p ikewhy-tests --bin advice`), given the configurations and logs of both sides. A step can be
made where it names a file, a line and what stands there afterwards, and where the client is no recording. What it says is done to the
daemon's own configuration, inside the lab, before the daemon starts; nothing else differs from the case.

A key, a certificate or a password stands in no step. There scenario.toml says what is right (`[right]`): if the first way is on that
side and about that, it is made with the scenario's value.
"""

import concurrent.futures
import json
import subprocess
import sys
from pathlib import Path

TABLE = "advice.tsv"
COLUMNS = ["case", "verdict", "side", "file", "line", "from", "to", "result"]


def edit(work):
    """Inside the lab: makes the change, if there is one to make."""
    wanted = Path(work) / "edit.json"
    if not wanted.exists():
        return
    for step in json.loads(wanted.read_text()):
        path = Path(work) / step["role"] / step["path"]
        lines = path.read_text().splitlines(keepends=True)
        old = lines[step["line"] - 1]
        if step["part"] or not step["lines"]:
            new = old.replace(step["from"], step["to"], 1)
        else:
            indent = old[:len(old) - len(old.lstrip())]
            new = f"{indent}{step['lines'][0]}\n"
        print(f"edit {path.name} line {step['line']}: {old.strip()} -> {new.strip()}", flush=True)
        lines[step["line"] - 1] = new
        path.write_text("".join(lines))


def told(root):
    """What the engine advises, by case."""
    command = ["cargo", "run", "-q", "--locked", "-p", "ikewhy-tests", "--bin", "advice"]
    output = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def first_way(row, case):
    """The steps up to the first one that is another way ("Or on ...") or for later ("Then on ..."), as changes to make; None where one of
    them is none."""
    steps = row["steps"] or []
    ends = [at for at, step in enumerate(steps) if step["text"].startswith(("Or ", "Then "))]
    changes = [applicable(step, case) for step in steps[:min(ends, default=len(steps))]]
    recorded = case.peers["client"]["stack"] in ("replay", "ike-scan")
    return changes if changes and all(changes) and case.derive is None and not recorded else None


def applicable(step, case):
    """One step as a change to make; None where it names no line."""
    if not (step.get("file") and step.get("line") and step.get("to") and (step.get("lines") or step.get("from"))):
        return None
    role = "client" if step["side"] == "initiator" else "server"
    if case.run["from"] == "server":
        role = "server" if step["side"] == "initiator" else "client"
    name = step["file"].split("/")[-1]
    path = f"swanctl/{name}" if name == "swanctl.conf" else name
    # A line of iked.conf holds more than one setting.
    return {"role": role, "path": path, "line": step["line"], "from": step.get("from"), "to": step["to"],
            "lines": step["lines"], "part": name == "iked.conf"}


# What a step about such a setting says.
WORDS = {
    "key": ("pre-shared key", "the key"),
    "certificate": ("certificate",),
    "login": ("password", "logging in", "user name"),
    "ppk": ("post-quantum key",),
    "pool": ("address pool",),
    "method": ("XAUTH", "EAP method"),
    "l2tp": ("L2TP service",),
}


def is_right(row, case):
    """The first way is on a side that scenario.toml says to be wrong, and about what is wrong there."""
    steps = row["steps"] or []
    ways = [[]]
    for step in steps:
        if step["text"].startswith("Or "):
            ways.append([])
        ways[-1].append(step)
    # Of two keys that differ either may be the wrong one: another way counts as well.
    first = ways if case.right["setting"] in ("key", "ppk") else ways[:1]
    sides = {"initiator": "client", "responder": "server"}
    if case.run["from"] == "server":
        sides = {"initiator": "server", "responder": "client"}
    words = WORDS[case.right["setting"]]
    return any(sides.get(step["side"]) in case.right and any(word in step["text"] for word in words)
               for way in first for step in way)


def came_up(work, root, l2tp):
    """Both daemons have what they negotiated, PPP inside it (`l2tp`) has its addresses, and nothing failed afterwards."""
    states = (work / "states").read_text() if (work / "states").exists() else ""
    esp = [line for line in states.splitlines() if "proto esp" in line or "proto ah" in line]
    command = ["cargo", "run", "-q", "--locked", "-p", "ikewhy-tests", "--bin", "advice", "verdicts", str(work / "client.pcap")]
    verdicts = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    up = bool(esp) and "established" in verdicts and set(verdicts) <= {"established"}
    # pppd's words, once it has its address; the last ones of one side may be cut off.
    logs = [work / f"{role}.l2tp" for role in ("client", "server")] if l2tp else []
    if up and l2tp and not any("local  IP address" in log.read_text(errors="replace") for log in logs if log.exists()):
        return False, ["PPP has no address"]
    return up, verdicts


def main():
    import run
    import scenario as scenarios

    options = run.asked("Makes the changes that reports advise, and looks whether the tunnel comes up.")
    root = scenarios.CAPTURES.parent
    rows = [row for row in told(root) if not options.names or row["case"] in options.names]

    def one(row):
        case = scenarios.load(row["case"])
        step = (row["steps"] or [{}])[0]
        cells = [row["case"], row["verdict"], *(str(step.get(key) or "-") for key in ("side", "file", "line", "from", "to"))]
        changes = first_way(row, case)
        if changes is None and not case.right:
            return [*cells, "nothing to make"]
        if changes is None:
            if not is_right(row, case):
                return [*cells, "another side or setting"]
            case = scenarios.load(row["case"], right=True)
        work = run.RUNS / "advice" / case.name

        def prepare(work):
            if changes is None:
                (work / "right").touch()
            else:
                (work / "edit.json").write_text(json.dumps(changes))

        try:
            run.run(case, work, prepare)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            return [*cells, f"the lab failed: {str(error).splitlines()[0]}"]
        up, verdicts = came_up(work, root, case.peers["client"]["l2tp"] is not None)
        return [*cells, "up" if up else f"not up: {' '.join(verdicts)}"]

    results = {}
    path = scenarios.CAPTURES / TABLE
    if options.names and path.exists():
        # The others stand, where nothing can be made of them.
        known = [line.split("\t") for line in path.read_text().splitlines()[1:]]
        results = {cells[0]: cells for cells in known}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for cells in pool.map(one, rows):
            results[cells[0]] = cells
            if cells[-1] != "nothing to make":
                print("\t".join(cells), flush=True)
    lines = ["\t".join(COLUMNS)] + ["\t".join(results[name]) for name in sorted(results)]
    path.write_text("\n".join(lines) + "\n")
    made = [cells for cells in results.values() if cells[-1] != "nothing to make"]
    print(f"{sum(cells[-1] == 'up' for cells in made)} of {len(made)} came up")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
