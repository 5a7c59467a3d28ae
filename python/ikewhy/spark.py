"""Captures that already lie where Spark works: a row for each negotiation. Spark, pandas and pyarrow are the user's.

ikewhy has to be installed on the driver and on all workers. When a cluster is worth it stands in docs/fleet.md.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, List, Optional, Union

from . import tables
from .analysis import rows

if TYPE_CHECKING:
    import pandas
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from .analysis import PeerFiles, Place

#: Larger captures are not read: Spark holds each whole, in memory of its own and of the worker.
MOST_BYTES = 64 << 20
#: So many rows go back to Spark at a time: of a capture with a million negotiations no more are in memory.
_ROWS = 1000


def analyze(
    spark: "SparkSession",
    paths: Union[str, List[str]],
    *,
    names: Optional[str] = None,
    most_bytes: int = MOST_BYTES,
    peer_files: "Optional[PeerFiles]" = None,
    keys: "Optional[Place]" = None,
    redact: bool = False,
) -> "DataFrame":
    """The negotiations of all captures below these paths, with the columns :data:`ikewhy.COLUMNS`.

    What is wrong with a capture stands in ``error`` of a row of its own: it is none, it is damaged (what precedes the damage has its
    rows), it is larger than ``most_bytes``. A file of no bytes has no row: Spark passes over it.

    :param paths: files, folders and patterns of them, as Spark names them: ``"hdfs:///captures/2026-*"``. Folders are searched to any
        depth.
    :param names: only files with such a name are read: ``"*.pcap"``. Without, all are taken for captures.
    :param most_bytes: the size of the largest capture that is read.
    :param peer_files: as for :func:`ikewhy.analyze`; each worker has to see these files by the same name.
    :param keys: the same.
    :param redact: pseudonyms in all columns but ``file``, in each capture its own.

    Over many small files set ``spark.sql.files.openCostInBytes`` of the session to a file's size or so, for example 65536: it says how
    many files a task gets, and is 4 MiB without.
    """
    from pyspark.sql import functions

    reader = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    if names is not None:
        reader = reader.option("pathGlobFilter", names)
    files = reader.load(paths)

    def read(batches: "Iterator[pandas.DataFrame]") -> "Iterator[pandas.DataFrame]":
        def told() -> Iterator[tables.Row]:
            for batch in batches:
                for path, content in zip(batch["path"], batch["content"]):
                    yield from rows(content, path, peer_files=peer_files, keys=keys, redact=redact)

        for chunk in _chunks(told()):
            yield tables.to_pandas(chunk)

    # The length is a filter for Spark: what is too large is not read at all.
    small = files.where(functions.col("length") <= most_bytes).select("path", "content")
    large = files.where(functions.col("length") > most_bytes).select(
        functions.col("path").alias("file"),
        functions.format_string(
            f"is too large: it has %d bytes, and at most {most_bytes} are read here", functions.col("length")
        ).alias("error"),
    )
    return small.mapInPandas(read, schema()).unionByName(large, allowMissingColumns=True)


def schema() -> "StructType":
    """What the table is."""
    from pyspark.sql import types

    plain = {
        "string": types.StringType(),
        "integer": types.LongType(),
        "number": types.DoubleType(),
        "boolean": types.BooleanType(),
        "time": types.TimestampType(),
    }

    def of(kind: tables.Kind) -> Any:
        if kind.item is not None:
            return types.ArrayType(of(kind.item))
        if kind.name == "record":
            return types.StructType([types.StructField(name, of(field)) for name, field in kind.fields])
        return plain[kind.name]

    return types.StructType([types.StructField(name, of(kind)) for name, kind in tables.COLUMNS.items()])


def _chunks(all_rows: Iterable[tables.Row]) -> Iterator[List[tables.Row]]:
    """Rows, so many at a time."""
    left = iter(all_rows)
    while chunk := list(islice(left, _ROWS)):
        yield chunk
