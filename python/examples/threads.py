"""Many captures on one machine, with nothing but threads and pyarrow: threads.py FOLDER OUT.parquet"""

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pyarrow.parquet

import ikewhy

folder, out = sys.argv[1:]
captures = sorted(Path(folder).rglob("*.pcap*"))


def read(some: "list[Path]") -> pyarrow.Table:
    return ikewhy.to_arrow(row for capture in some for row in ikewhy.rows(capture))


left = iter(captures)
parts = iter(lambda: list(islice(left, 500)), [])
with ThreadPoolExecutor() as pool, pyarrow.parquet.ParquetWriter(out, ikewhy.arrow_schema(), compression="zstd") as writer:
    for table in pool.map(read, parts):
        writer.write_table(table)
