"""Negotiations as rows of a table, the same for pandas, Arrow and Spark. Columns follow from the types in :mod:`ikewhy.records`.

A record in a record becomes columns: ``verdict_id``, ``initiator_address``. Lists stay lists, of records in ``notes`` and
``verdict_steps``. Times are times.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Literal,
    NamedTuple,
    Optional,
    Tuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from .records import Negotiation, Time

if TYPE_CHECKING:
    import pandas
    import pyarrow

#: A row: a value for each column.
Row = Dict[str, Any]


class Kind(NamedTuple):
    """What the values of a column are, if they are not None."""

    #: ``string``, ``integer``, ``number``, ``boolean``, ``time``, ``list`` or ``record``.
    name: str
    #: Of the items of a list.
    item: "Optional[Kind]" = None
    #: Of the fields of a record.
    fields: "Tuple[Tuple[str, Kind], ...]" = ()


_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _kind(hint: Any) -> Kind:
    """What a type hint allows besides None."""
    if hint == Time:
        return Kind("time")
    if hint in _PLAIN:
        return Kind(_PLAIN[hint])
    if get_origin(hint) is Union:
        (other,) = (one for one in get_args(hint) if one is not type(None))
        return _kind(other)
    if get_origin(hint) is Literal:
        return _kind(type(get_args(hint)[0]))
    if get_origin(hint) is list:
        return Kind("list", item=_kind(get_args(hint)[0]))
    hints = get_type_hints(hint, include_extras=True)
    return Kind("record", fields=tuple((name, _kind(field)) for name, field in hints.items()))


def _columns(kind: Kind, path: Tuple[str, ...] = ()) -> Iterator[Tuple[str, Tuple[str, ...], Kind]]:
    """The columns of a record: their names, where their values are in it, and what they are."""
    for name, field in kind.fields:
        below = (*path, name)
        if field.name == "record":
            yield from _columns(field, below)
        else:
            yield "_".join(below), below, field


_FIELDS = tuple(_columns(_kind(Negotiation)))

#: The columns that say something of a negotiation.
COLUMNS_OF_NEGOTIATIONS: Dict[str, Kind] = {name: kind for name, _, kind in _FIELDS}
#: The columns of :func:`ikewhy.rows`: before them, which capture it is, and what is wrong with it.
COLUMNS: Dict[str, Kind] = {"file": Kind("string"), "error": Kind("string"), **COLUMNS_OF_NEGOTIATIONS}


def row(negotiation: Negotiation, file: Optional[str] = None) -> Row:
    """The row of a negotiation."""
    made: Row = {"file": file, "error": None}
    for name, path, kind in _FIELDS:
        value: Any = negotiation
        for part in path:
            value = value.get(part)
        made[name] = _value(value, kind)
    return made


def trouble(file: Optional[str], error: str) -> Row:
    """The row that says what is wrong with a capture."""
    return {**dict.fromkeys(COLUMNS), "file": file, "error": error}


def _value(value: Any, kind: Kind) -> Any:
    """A value of a document as a value of a table: times are the only ones that differ."""
    if value is None:
        return None
    if kind.name == "time":
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    if kind.item is not None and kind.item.name == "record":
        return [_value(item, kind.item) for item in value]
    if kind.name == "record":
        return {name: _value(value.get(name), field) for name, field in kind.fields}
    return value


def to_pandas(rows: Iterable[Row], columns: Dict[str, Kind] = COLUMNS) -> "pandas.DataFrame":
    """A table of pandas, which has to be installed. Whole numbers stay whole where some are missing."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_pandas needs pandas, which is not installed here: pip install pandas") from error
    dtypes = {
        "string": "string",
        "integer": "Int64",
        "number": "Float64",
        "boolean": "boolean",
        "time": "datetime64[us, UTC]",
        "list": "object",
    }
    kept = list(rows)
    return pandas.DataFrame(
        {
            name: pandas.Series([one[name] for one in kept], dtype=dtypes[kind.name])
            for name, kind in columns.items()
        }
    )


def to_arrow(rows: Iterable[Row], columns: Dict[str, Kind] = COLUMNS) -> "pyarrow.Table":
    """A table of Arrow; pyarrow has to be installed."""
    return _pyarrow().Table.from_pylist(list(rows), schema=arrow_schema(columns))


def arrow_schema(columns: Dict[str, Kind] = COLUMNS) -> "pyarrow.Schema":
    """What the table of Arrow is; pyarrow has to be installed."""
    arrow = _pyarrow()
    plain = {
        "string": arrow.string(),
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "boolean": arrow.bool_(),
        "time": arrow.timestamp("us", tz="UTC"),
    }

    def of(kind: Kind) -> Any:
        if kind.item is not None:
            return arrow.list_(of(kind.item))
        if kind.name == "record":
            return arrow.struct([(name, of(field)) for name, field in kind.fields])
        return plain[kind.name]

    return arrow.schema([(name, of(kind)) for name, kind in columns.items()])


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise ImportError("a table of Arrow needs pyarrow, which is not installed here: pip install pyarrow") from error
    return pyarrow
