"""A capture is analysed as the command analyses it, whatever it comes as; and what is wrong with it is said, and ends nothing else."""

import contextlib
import gc
import io
import json
import os
import pickle
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterator, List

from corpus import COMMAND, FAILED, ROOT, SOME, large

import ikewhy
from ikewhy import _engine

DIFFERS = ROOT / "captures/ikev1-ike-keylength-differs-strongswan"
ENCRYPTED = ROOT / "captures/ikev2-child-selectors-differ-strongswan/client.pcap"
CONFIGURATION = DIFFERS / "server/swanctl/swanctl.conf"


@contextlib.contextmanager
def files(**contents: bytes) -> Iterator[Path]:
    """A folder with these captures."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in contents.items():
            (Path(folder) / f"{name}.pcap").write_bytes(content)
        yield Path(folder)


def commands(*arguments: Any) -> List[Dict[str, Any]]:
    """What `ikewhy batch --jsonl` says of captures."""
    ran = subprocess.run([str(COMMAND), "batch", "--jsonl", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def quietly(capture: Any, **options: Any) -> ikewhy.Analysis:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ikewhy.CaptureWarning)
        return ikewhy.analyze(capture, **options)


@unittest.skipUnless(COMMAND, "IKEWHY_COMMAND names no command")
class TheCommand(unittest.TestCase):
    maxDiff = 2000

    def same(self, captures: List[Path], *arguments: str, **options: Any) -> List[ikewhy.Analysis]:
        said = commands(*arguments, *captures)
        self.assertEqual(len(said), len(captures))
        analyses = []
        for capture, expected in zip(captures, said):
            analysis = quietly(capture, **options)
            del expected["file"]
            self.assertEqual(expected.pop("error", None), analysis.damage, capture)
            self.assertEqual(expected, analysis.document, capture)
            analyses.append(analysis)
        return analyses

    def test_all_captures(self) -> None:
        self.assertGreater(len(SOME), 100)
        self.assertGreater(sum(map(len, self.same(SOME))), len(SOME))

    def test_files_keys_and_pseudonyms(self) -> None:
        capture = [DIFFERS / "client.pcap"]
        (plain,) = self.same(capture)
        (with_file,) = self.same(capture, f"--peer-files={CONFIGURATION}", peer_files=str(CONFIGURATION))
        self.assertNotEqual(plain.document, with_file.document)
        keys = ENCRYPTED.parent / "keys"
        (with_keys,) = self.same([ENCRYPTED], f"--keys={keys}", keys=keys)
        self.assertNotEqual(quietly(ENCRYPTED).document, with_keys.document)
        (redacted,) = self.same(capture, "--redact", redact=True)
        self.assertNotEqual(plain[0]["initiator"], redacted[0]["initiator"])

    def test_damaged_captures(self) -> None:
        whole = FAILED.read_bytes()
        cut = {f"cut{length:05}": whole[:length] for length in range(4, len(whole), 97)}
        changed = {f"no{at:05}": whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :] for at in range(24, len(whole), 101)}
        with files(**cut, **changed) as folder:
            captures = sorted(folder.iterdir())
            analyses = self.same(captures)
            self.assertGreater(sum(analysis.damage is not None for analysis in analyses), len(analyses) // 2)


class Captures(unittest.TestCase):
    def test_whatever_it_comes_as(self) -> None:
        whole = FAILED.read_bytes()
        expected = ikewhy.analyze(FAILED)
        self.assertEqual(expected[0]["verdict"]["id"], "psk-mismatch")
        with open(FAILED, "rb") as opened:
            for capture in [str(FAILED), whole, bytearray(whole), memoryview(whole), io.BytesIO(whole), opened]:
                self.assertEqual(ikewhy.analyze(capture).document, expected.document, type(capture))

    def test_it_is_a_sequence(self) -> None:
        analysis = ikewhy.analyze(FAILED)
        self.assertEqual((len(analysis), list(analysis), analysis[-1:]), (1, [analysis[0]], [analysis[0]]))
        self.assertEqual(analysis.failed, list(analysis))
        self.assertEqual(json.loads(json.dumps(analysis.document)), analysis.document)
        self.assertEqual(pickle.loads(pickle.dumps(analysis)).document, analysis.document)

    def test_files_of_peers(self) -> None:
        capture = DIFFERS / "client.pcap"
        name = str(CONFIGURATION)
        expected = ikewhy.analyze(capture, peer_files=name)
        self.assertIn("swanctl.conf", expected[0]["verdict"]["summary"])
        for given in [CONFIGURATION, [CONFIGURATION], (name,), iter([name]), "server/swanctl/swanctl.conf"]:
            self.assertEqual(ikewhy.analyze(capture, peer_files=given).document, expected.document, given)
        with self.assertRaisesRegex(ValueError, "semicolon"):
            ikewhy.analyze(capture, peer_files=["a;b"])

    def test_many_at_once(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            there = list(pool.map(lambda capture: quietly(capture).document, SOME[:40] * 2))
        self.assertEqual(there, [quietly(capture).document for capture in SOME[:40] * 2])

    def test_other_threads_go_on(self) -> None:
        capture, ended, count = large(64 << 20), threading.Event(), 0

        def work() -> None:
            ikewhy.analyze(capture)
            ended.set()

        thread = threading.Thread(target=work)
        thread.start()
        while not ended.wait(0.001):
            count += 1
        thread.join()
        self.assertGreater(count, 5)


class Errors(unittest.TestCase):
    def said(self, capture: Any, kind: type = ikewhy.CaptureError, **options: Any) -> str:
        with self.assertRaises(kind) as raised:
            ikewhy.analyze(capture, **options)
        return str(raised.exception)

    def test_what_is_no_capture(self) -> None:
        with files(text=b"Once upon a time", empty=b"", short=b"abc") as folder:
            text = folder / "text.pcap"
            self.assertEqual(self.said(text), f"{text}: is no capture in a known format (pcap, pcapng)")
            for name in ["empty", "short"]:
                self.assertEqual(self.said(folder / f"{name}.pcap"), f"{folder}/{name}.pcap: is too short for a capture")
                content = (folder / f"{name}.pcap").read_bytes()
                self.assertEqual(self.said(content), "the capture: is too short for a capture")
            self.assertEqual(self.said(folder), f"{folder}: is not a regular file")
            self.assertEqual(self.said(text, redact=True), "the capture: is no capture in a known format (pcap, pcapng)")
            self.assertEqual(self.said(folder / "a\nb"), f"'{folder}/a\\nb': there is no such file")
        self.assertEqual(self.said("nowhere.pcap", FileNotFoundError), "nowhere.pcap: there is no such file")
        self.assertTrue(issubclass(ikewhy.CaptureNotFound, ikewhy.CaptureError))

    def test_what_no_capture_can_be(self) -> None:
        for capture in [None, 5, [], object(), io.StringIO("text")]:
            self.said(capture, TypeError)
        with open(FAILED, encoding="latin-1") as text:
            self.assertIn("open a file with mode 'rb'", self.said(text, TypeError))

    def test_what_a_file_object_raises(self) -> None:
        class Broken(io.RawIOBase):
            given = 0

            def read(self, size: int = -1) -> bytes:
                self.given += 1
                if self.given > 1:
                    raise ConnectionResetError("the line is gone")
                return FAILED.read_bytes()[:500]

        self.assertEqual(self.said(Broken(), ConnectionResetError), "the line is gone")

    def test_a_damaged_capture(self) -> None:
        with files(cut=FAILED.read_bytes()[:-5]) as folder:
            capture = folder / "cut.pcap"
            with self.assertWarnsRegex(ikewhy.CaptureWarning, "cut.pcap: is damaged or cut short at byte 2186, after packet 9") as warned:
                analysis = ikewhy.analyze(capture)
            self.assertEqual(Path(warned.filename).name, "test_analysis.py")
            self.assertEqual(analysis.damage, "is damaged or cut short at byte 2186, after packet 9: the file ends inside a record")
            self.assertEqual(len(analysis), 1)

    def test_keys(self) -> None:
        self.assertIn("nowhere: cannot be read", self.said(FAILED, OSError, keys="/nowhere"))
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "ikev1_decryption_table"
            table.write_text("0123456789abcdef,c0ffee-c0ffee\n")
            with self.assertWarns(ikewhy.CaptureWarning) as warned:
                analysis = ikewhy.analyze(FAILED, keys=folder)
        self.assertNotIn("c0ffee", str(warned.warning) + repr(analysis) + json.dumps(analysis.document))

    def test_nothing_is_shown_by_repr(self) -> None:
        analysis = ikewhy.analyze(FAILED)
        self.assertEqual(repr(analysis), "<ikewhy.Analysis: 1 negotiation, 1 failed>")
        self.assertRegex(repr(_engine.read(FAILED)), r"^<ikewhy._engine.Report object at 0x[0-9a-f]+>$")

    def test_a_signal_is_heard(self) -> None:
        class Rung(Exception):
            pass

        def ring(*_: Any) -> None:
            raise Rung

        before = signal.signal(signal.SIGALRM, ring)
        try:
            with files(large=large(160 << 20)) as folder:
                started = time.monotonic()
                signal.setitimer(signal.ITIMER_REAL, 0.01)
                self.said(folder / "large.pcap", Rung)
                rung = time.monotonic() - started
                signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            signal.signal(signal.SIGALRM, before)
        self.assertLess(rung, 20)

    def test_nothing_stays(self) -> None:
        """An object that was read from is let go."""
        import weakref

        opened = io.BytesIO(FAILED.read_bytes())
        gone = weakref.ref(opened)
        ikewhy.analyze(opened)
        del opened
        gc.collect()
        self.assertIsNone(gone())

    @unittest.skipUnless(hasattr(_engine, "fail"), "the module was built without faults")
    def test_a_panic_is_an_exception(self) -> None:
        printed = tempfile.TemporaryFile()
        kept = os.dup(2)
        os.dup2(printed.fileno(), 2)
        try:
            with self.assertRaisesRegex(ikewhy.EngineError, "the engine failed: a fault"):
                _engine.fail()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        printed.seek(0)
        self.assertEqual(printed.read(), b"")


class Rows(unittest.TestCase):
    def test_a_row_for_each_negotiation(self) -> None:
        analysis = ikewhy.analyze(FAILED)
        (row,) = ikewhy.rows(FAILED)
        self.assertEqual(list(row), list(ikewhy.COLUMNS))
        self.assertEqual((row["file"], row["error"]), (str(FAILED), None))
        self.assertEqual(row["verdict_id"], analysis[0]["verdict"]["id"])
        self.assertEqual(row["start"].isoformat().replace("+00:00", "Z"), analysis[0]["start"])
        self.assertEqual(row["notes"][0]["time"].tzinfo, row["start"].tzinfo)

    def test_what_is_wrong_is_a_row(self) -> None:
        whole = FAILED.read_bytes()
        for capture, count, error in [
            (b"Once upon a time", 0, "is no capture"),
            (whole[:-5], 1, "is damaged or cut short at byte"),
            ("nowhere.pcap", 0, "there is no such file"),
        ]:
            *rows, last = ikewhy.rows(capture, "it")
            self.assertEqual((len(rows), [row["error"] for row in rows]), (count, [None] * count))
            self.assertIn(error, last["error"])
            self.assertEqual({name for name, value in last.items() if value is not None}, {"file", "error"})

    def test_names(self) -> None:
        self.assertEqual([row["file"] for row in ikewhy.rows(FAILED, redact=True)], [None])
        self.assertEqual([row["file"] for row in ikewhy.rows(FAILED, "it", redact=True)], ["it"])
        self.assertEqual([row["file"] for row in ikewhy.rows(FAILED.read_bytes())], [None])


class Tables(unittest.TestCase):
    def test_names_of_columns_are_apart(self) -> None:
        from ikewhy import tables

        names = [name for name, _, _ in tables._FIELDS]
        self.assertEqual(len(set(names)), len(names))
        self.assertFalse({"file", "error"} & set(names))

    def test_pandas(self) -> None:
        try:
            import pandas
        except ImportError:
            with self.assertRaisesRegex(ImportError, "pip install pandas"):
                ikewhy.to_pandas([])
            return
        frames = [quietly(capture).to_pandas() for capture in SOME[:30]]
        frames.append(ikewhy.to_pandas(ikewhy.rows(b"nothing of the kind")))
        frames.append(ikewhy.to_pandas([]))
        table = pandas.concat(frames, ignore_index=True)
        self.assertEqual(str(table["continues"].dtype), "Int64")
        self.assertEqual(str(table["start"].dt.tz), "UTC")
        failed = table[table["state"] == "failed"]
        self.assertEqual(len(failed), sum(len(quietly(capture).failed) for capture in SOME[:30]))

    def test_arrow(self) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            with self.assertRaisesRegex(ImportError, "pip install pyarrow"):
                ikewhy.to_arrow([])
            return
        rows = [row for capture in [*SOME[:30], b"nothing of the kind"] for row in ikewhy.rows(capture)]
        table = ikewhy.to_arrow(rows)
        self.assertEqual(table.schema, ikewhy.arrow_schema())
        with tempfile.TemporaryDirectory() as folder:
            pyarrow.parquet.write_table(table, f"{folder}/table.parquet")
            self.assertEqual(pyarrow.parquet.read_table(f"{folder}/table.parquet").to_pylist(), rows)
        self.assertEqual(ikewhy.analyze(FAILED).to_arrow().num_rows, 1)


if __name__ == "__main__":
    unittest.main()
