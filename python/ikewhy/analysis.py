"""A capture is analysed: its negotiations, and what was wrong with the rest."""

import json
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, List, Optional, Union, cast, overload

from . import _engine, tables
from .errors import CaptureError, CaptureWarning
from .records import Document, LeftOut, Negotiation

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from ._engine import Readable

    Place = Union[str, os.PathLike[str]]
    Capture = Union[Place, bytes, bytearray, memoryview, Readable]
    #: ``"swanctl.conf;198.51.100.20=/tmp/other.log"``, or a list of such entries.
    PeerFiles = Union[Place, Iterable[Place]]


class Analysis(Sequence[Negotiation]):
    """What a capture says: a sequence of its negotiations, in the order of their first packets."""

    def __init__(self, document: Document, damage: Optional[str]) -> None:
        self._document = document
        self._damage = damage

    @overload
    def __getitem__(self, index: int) -> Negotiation: ...
    @overload
    def __getitem__(self, index: slice) -> List[Negotiation]: ...
    def __getitem__(self, index: Union[int, slice]) -> Union[Negotiation, List[Negotiation]]:
        return self._document["negotiations"][index]

    def __len__(self) -> int:
        return len(self._document["negotiations"])

    @property
    def document(self) -> Document:
        """All of it as one document, as ``ikewhy report --json`` prints it."""
        return self._document

    @property
    def damage(self) -> Optional[str]:
        """What is wrong with the rest of the capture: where, and what. None if it was read to its end."""
        return self._damage

    @property
    def failed(self) -> List[Negotiation]:
        """The negotiations that failed."""
        return [negotiation for negotiation in self if negotiation.get("state") == "failed"]

    def to_pandas(self) -> "pandas.DataFrame":
        """A row for each negotiation, with the columns :data:`ikewhy.COLUMNS` without ``file`` and ``error``."""
        return tables.to_pandas(map(tables.row, self), tables.COLUMNS_OF_NEGOTIATIONS)

    def to_arrow(self) -> "pyarrow.Table":
        """The same as a table of Arrow."""
        return tables.to_arrow(map(tables.row, self), tables.COLUMNS_OF_NEGOTIATIONS)

    def __repr__(self) -> str:
        """How much it is, and nothing of what it says."""
        damaged = ", damaged" if self._damage else ""
        plural = "" if len(self) == 1 else "s"
        return f"<ikewhy.Analysis: {len(self)} negotiation{plural}, {len(self.failed)} failed{damaged}>"


def analyze(
    capture: "Capture",
    *,
    peer_files: "Optional[PeerFiles]" = None,
    keys: "Optional[Place]" = None,
    redact: bool = False,
) -> Analysis:
    """Says why the IPsec negotiations of a capture failed, and what to change on which side.

    :param capture: where it is; or its bytes; or a file object that was opened with mode ``"rb"``, which is read to its end. pcap and
        pcapng are read, also compressed by gzip or zstd.
    :param peer_files: configurations and logs of the peers: one, or a list of them. Where it has to be said whose a file is:
        ``"198.51.100.20=/tmp/swanctl.conf"``. Relative names are looked for beside the capture first.
    :param keys: a folder with tables of keys as Wireshark or strongSwan's save-keys plugin write them, or one table.
    :param redact: pseudonyms for addresses, identities, names and SPIs.

    Other threads go on meanwhile: the GIL is released.

    :raises CaptureError: it is no capture. :class:`CaptureNotFound` if it does not exist, which is a ``FileNotFoundError`` as well.
    :raises OSError: a table of keys cannot be read.

    A capture that is damaged is no error: the analysis has what precedes the damage, :attr:`Analysis.damage` says where that is, and a
    :class:`CaptureWarning` is given.
    """
    subject = _subject(capture, redact)
    try:
        report = _read(capture, peer_files, keys, redact)
        negotiations = [cast(Negotiation, json.loads(record)) for record in report]
        fields = json.loads(report.fields())
    except CaptureError as error:
        raise type(error)(f"{subject}: {error}") from None
    for said in report.unused_keys:
        warnings.warn(said, CaptureWarning, stacklevel=2)
    if report.damage is not None:
        warnings.warn(f"{subject}: {report.damage}", CaptureWarning, stacklevel=2)
    return Analysis(cast(Document, {**fields, "negotiations": negotiations}), report.damage)


def rows(
    capture: "Capture",
    name: Optional[str] = None,
    *,
    peer_files: "Optional[PeerFiles]" = None,
    keys: "Optional[Place]" = None,
    redact: bool = False,
) -> Iterator[tables.Row]:
    """The negotiations of a capture as rows of a table, for many captures: a capture that cannot be read is a row as well.

    Its columns are :data:`ikewhy.COLUMNS`; :func:`ikewhy.to_pandas` and :func:`ikewhy.to_arrow` make tables of rows. What is wrong with
    a capture stands in ``error`` of a row of its own, in which all else but ``file`` is None; what precedes a damage has its rows
    before. A capture without negotiations has no row. Rows come one after another: of a capture with a million negotiations no more
    are in memory.

    :param name: what stands in ``file``: without, the path of the capture, as far as it has one and nothing is redacted.

    Other parameters are those of :func:`analyze`.

    :raises OSError: a table of keys cannot be read.
    """
    if name is None and isinstance(capture, (str, os.PathLike)) and not redact:
        name = os.fsdecode(capture)
    try:
        report = _read(capture, peer_files, keys, redact)
        for record in report:
            yield tables.row(json.loads(record), file=name)
        said = [report.damage, *report.unused_keys, *_not_kept(json.loads(report.fields()))]
    except CaptureError as error:
        said = [str(error)]
    for sentence in said:
        if sentence is not None:
            yield tables.trouble(name, sentence)


def _not_kept(fields: Any) -> Iterator[str]:
    """What bounds left out of a whole capture."""
    if "messages_not_followed" in fields:
        yield f"{fields['messages_not_followed']} messages of further negotiations are not followed: there are too many"
    kinds: List[LeftOut] = fields.get("left_out", [])
    if kinds:
        kept = ", ".join(f"{kind['count']} {kind['what']}" for kind in kinds)
        yield f"not everything was kept of it, there is too much: {kept}"


def _read(
    capture: "Capture", peer_files: "Optional[PeerFiles]", keys: "Optional[Place]", redact: bool
) -> "_engine.Report":
    """Reads a capture. An error does not name it."""
    if isinstance(capture, memoryview):
        capture = bytes(capture)
    if not (isinstance(capture, (str, bytes, bytearray, os.PathLike)) or hasattr(capture, "read")):
        raise TypeError(f"a capture is a path, bytes or a file object, not {type(capture).__name__}")
    return _engine.read(capture, peer_files=_entries(peer_files), keys=keys, redact=redact)


def _subject(capture: "Capture", redact: bool) -> str:
    """How a capture is called in a message."""
    if redact or not isinstance(capture, (str, os.PathLike)):
        return "the capture"
    name = os.fsdecode(capture)
    return name if name.isprintable() else ascii(name)


def _entries(peer_files: "Optional[PeerFiles]") -> Optional[str]:
    """The list of peers' files, as the engine takes it."""
    if peer_files is None or isinstance(peer_files, str):
        return peer_files
    if isinstance(peer_files, os.PathLike):
        peer_files = [peer_files]
    entries = [os.fspath(entry) for entry in peer_files]
    for entry in entries:
        if ";" in entry:
            raise ValueError(f"a name in peer_files has a semicolon, which separates names: {entry!r}")
    return ";".join(entries)
