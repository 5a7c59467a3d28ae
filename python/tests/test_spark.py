"""With Spark, in separate workers: a row for each negotiation, a row for what is wrong with a capture, all of it as Parquet.

Left out without Spark, pandas or Java.
"""

import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

from corpus import FAILED, SOME

import ikewhy

try:
    import pandas  # noqa: F401
    import pyarrow.parquet
    from pyspark.sql import SparkSession

    from ikewhy import spark
except ImportError:
    SparkSession = None


@unittest.skipUnless(SparkSession and shutil.which("java"), "no Spark, or no Java")
class Spark(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        os.environ["PYSPARK_PYTHON"] = sys.executable
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        os.environ["SPARK_WORKER_DIR"] = tempfile.mkdtemp()
        builder = SparkSession.builder.master("local-cluster[2,1,1024]").config("spark.sql.files.openCostInBytes", "65536")
        builder = builder.config("spark.sql.parquet.compression.codec", "zstd").config("spark.ui.enabled", "false")
        builder = builder.config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        cls.session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.session.stop()

    def table(self, folder: Path, **options: object) -> "list[dict[str, object]]":
        """The rows, written and read again."""
        out = folder / "out"
        spark.analyze(self.session, str(folder / "captures"), **options).write.mode("overwrite").parquet(str(out))
        rows = pyarrow.parquet.read_table(out).to_pylist()
        return sorted(rows, key=lambda row: (row["file"], row["stream"] is None, row["stream"]))

    def test_all_captures(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            captures = Path(name) / "captures"
            captures.mkdir()
            expected = []
            for number, capture in enumerate(SOME):
                here = captures / f"{number:05}.pcap"
                shutil.copyfile(capture, here)
                expected += ikewhy.rows(here, f"file:{here}")
            self.assertEqual(self.table(Path(name)), expected)

    def test_what_is_wrong_is_a_row(self) -> None:
        whole = FAILED.read_bytes()
        with tempfile.TemporaryDirectory() as name:
            below = Path(name) / "captures/a folder/below"
            below.mkdir(parents=True)
            for capture, content in [("cut", whole[:-5]), ("short", b"abc"), ("large", whole * 2), ("text", b"Once upon a time"), ("whole", whole)]:
                (below / f"{capture}.pcap").write_bytes(content)
            (below / "notes.txt").write_text("no capture, and not meant")
            rows = self.table(Path(name), names="*.pcap", most_bytes=len(whole))
        told = [(Path(row["file"]).stem, row["stream"], row["error"] and row["error"][:20]) for row in rows]
        self.assertEqual(
            told,
            [
                ("cut", 0, None),
                ("cut", None, "is damaged or cut sh"),
                ("large", None, "is too large: it has"),
                ("short", None, "is too short for a c"),
                ("text", None, "is no capture in a k"),
                ("whole", 0, None),
            ],
        )
        large = next(row["error"] for row in rows if "large" in row["file"])
        self.assertEqual(large, f"is too large: it has {2 * len(whole)} bytes, and at most {len(whole)} are read here")

    def test_pseudonyms(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            captures = Path(name) / "captures"
            captures.mkdir()
            shutil.copyfile(FAILED, captures / "one.pcap")
            (row,) = self.table(Path(name), redact=True)
        (expected,) = ikewhy.rows(FAILED, redact=True)
        self.assertEqual({**row, "file": None}, expected)


if __name__ == "__main__":
    unittest.main()
