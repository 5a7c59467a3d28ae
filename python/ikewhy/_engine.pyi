"""The engine. Import ``ikewhy`` instead."""

import os
from collections.abc import Iterator
from typing import Optional, Protocol, Union

__version__: str

class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

class Report(Iterator[str]):
    """The report on a capture: its negotiations, each an object as JSON."""

    @property
    def damage(self) -> Optional[str]: ...
    @property
    def unused_keys(self) -> list[str]: ...
    def __iter__(self) -> Report: ...
    def __next__(self) -> str: ...
    def fields(self) -> str:
        """What the document says of the whole capture, an object as JSON: complete after the last negotiation."""

def read(
    capture: Union[str, os.PathLike[str], bytes, bytearray, Readable],
    *,
    peer_files: Optional[str] = None,
    keys: Union[str, os.PathLike[str], None] = None,
    redact: bool = False,
) -> Report:
    """Reads a capture to its end, or to where it is damaged."""
