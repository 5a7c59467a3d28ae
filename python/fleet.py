"""How long 30,000 captures take in each way that docs/fleet.md shows: fleet.py COMMAND [COUNT]

They are copies of the captures in captures/, below build/fleet/. Each way runs in processes of its own, three times; the medians count.
All ways have to give the same verdicts. Prints the table of docs/fleet.md: seconds by the clock, and of the processors, which hardly
depend on what else the machine does.
"""

import collections
import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Counter, Dict, List

import pyarrow.dataset

ROOT = Path(__file__).resolve().parents[1]
FLEET = ROOT / "build/fleet"
CAPTURES = FLEET / "captures"
OUT = FLEET / "out"
RUNS = 3
IN_A_FOLDER = 1000

command = sys.argv[1]
count = int(sys.argv[2]) if len(sys.argv) > 2 else 30_000


def make() -> None:
    """The captures, so many in a folder as are usual."""
    corpus = sorted((ROOT / "captures").rglob("*.pcap"))
    if len(list(CAPTURES.rglob("*.pcap"))) == count:
        return
    shutil.rmtree(CAPTURES, ignore_errors=True)
    for number in range(count):
        folder = CAPTURES / f"{number // IN_A_FOLDER:03}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(corpus[number % len(corpus)], folder / f"{number:06}.pcap")


def used() -> float:
    """Seconds of processors that went into processes which this one started, and into those that these left behind."""
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def of_lines(path: Path) -> "Counter[str]":
    """How often each verdict is given."""
    with open(path, encoding="utf-8") as lines:
        return collections.Counter(one["verdict"]["id"] for line in lines for one in json.loads(line)["negotiations"])


def of_table(path: Path) -> "Counter[str]":
    table = pyarrow.dataset.dataset(path, format="parquet").to_table(columns=["verdict_id"])
    return collections.Counter(table["verdict_id"].to_pylist())


def python(name: str, *arguments: str) -> List[str]:
    return [sys.executable, str(ROOT / "python/examples" / name), *arguments]


class Way:
    """A way to read many captures."""

    def __init__(self, title: str, words: List[str], verdicts: "Callable[[Path], Counter[str]]") -> None:
        self.title, self.words, self.verdicts = title, words, verdicts
        self.seconds: List[float] = []
        self.processor: List[float] = []

    def run(self) -> "Counter[str]":
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir()
        started, before = time.monotonic(), used()
        environment: Dict[str, str] = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
        said = subprocess.run(self.words, cwd=OUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if said.returncode not in (0, 1):  # 1 of the command: something failed
            sys.exit(f"{self.title}: {said.stderr[-4000:]}")
        self.seconds.append(time.monotonic() - started)
        self.processor.append(used() - before)
        return self.verdicts(OUT / "out")


captures, out = str(CAPTURES), str(OUT / "out")
WAYS = [
    Way("`ikewhy batch --jsonl`", ["sh", "-c", f"exec '{command}' batch --jsonl '{captures}' >'{out}'"], of_lines),
    Way("Dask, 2 processes, Parquet", python("with_dask.py", captures, out), of_table),
    Way("threads and pyarrow, Parquet", python("threads.py", captures, out), of_table),
    Way("Spark, `local-cluster[2,1,1024]`, Parquet", python("with_spark.py", "local-cluster[2,1,1024]", captures, out), of_table),
]

# What Spark's processes leave behind when they end becomes ours, and is counted.
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)

make()
expected = None
for number in range(RUNS):
    for way in WAYS:
        load = os.getloadavg()[0]
        verdicts = way.run()
        print(f"run {number + 1}, load {load:.1f}: {way.title}: {way.seconds[-1]:.1f} s, processors {way.processor[-1]:.1f} s, {verdicts.total()} rows", file=sys.stderr)
        expected = expected or verdicts
        if verdicts != expected:
            sys.exit(f"{way.title} gives other verdicts: {verdicts - expected}, {expected - verdicts}")

print(f"| {count:,} captures, {sum(expected.values()):,} negotiations | seconds | of processors |\n|---|---:|---:|")
for way in WAYS:
    print(f"| {way.title} | {statistics.median(way.seconds):.1f} | {statistics.median(way.processor):.1f} |")
