"""Many captures with Dask's processes, on one machine or many: with_dask.py FOLDER OUT-FOLDER

For many machines make a Client of dask.distributed first; they all have to see the folders, and to have ikewhy.
"""

import hashlib
import sys
from pathlib import Path

import dask.bag
import pyarrow.parquet

import ikewhy

folder, out = map(Path, sys.argv[1:])


def write(captures: "list[str]") -> "list[int]":
    table = ikewhy.to_arrow(row for capture in captures for row in ikewhy.rows(capture))
    name = hashlib.sha256(captures[0].encode()).hexdigest()[:16]
    pyarrow.parquet.write_table(table, out / f"{name}.parquet", compression="zstd")
    return [table.num_rows]


if __name__ == "__main__":
    captures = sorted(str(capture) for capture in folder.rglob("*.pcap*"))
    out.mkdir(parents=True, exist_ok=True)
    rows = dask.bag.from_sequence(captures, partition_size=500).map_partitions(lambda part: write(list(part))).sum()
    print(rows.compute(scheduler="processes"), "rows")
