"""Why an IPsec negotiation failed, and what to change, on which side.

    >>> import ikewhy
    >>> for negotiation in ikewhy.analyze("ike.pcap"):
    ...     print(negotiation["verdict"]["summary"])
    ...     print(negotiation["verdict"]["fixes"])

:func:`analyze` gives the negotiations of a capture as plain dicts, typed as in :mod:`ikewhy.records`; :func:`rows` gives those of many
captures as rows of a table, which :func:`to_pandas` and :func:`to_arrow` make. For many machines there is :mod:`ikewhy.spark`.
"""

from ._engine import __version__
from .analysis import Analysis, analyze, rows
from .errors import CaptureError, CaptureNotFound, CaptureWarning, EngineError
from .records import Document, Finding, LeftOut, Negotiation, Side, Step
from .tables import COLUMNS, Row, arrow_schema, to_arrow, to_pandas

__all__ = [
    "COLUMNS",
    "Analysis",
    "CaptureError",
    "CaptureNotFound",
    "CaptureWarning",
    "Document",
    "EngineError",
    "Finding",
    "LeftOut",
    "Negotiation",
    "Row",
    "Side",
    "Step",
    "__version__",
    "analyze",
    "arrow_schema",
    "rows",
    "to_arrow",
    "to_pandas",
]
