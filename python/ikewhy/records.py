"""What ikewhy says of a capture, for type checkers: plain dicts, as ``docs/ikewhy-2.schema.json`` describes them.

A test holds the types and that schema together. The ids of diagnoses (``Finding["id"]``) are explained in ``docs/reference.md``.
"""

from typing import Annotated, List, Literal, Optional, TypedDict

# Not `X | None` and `NotRequired`: these types are looked at while the program runs, also by Python 3.9.

#: A moment: RFC 3339, in UTC.
Time = Annotated[str, "date-time"]


class LeftOut(TypedDict):
    """What was not kept because there was too much of it."""

    #: A kind of fact: ``messages``, ``errors``, ``certificates``, ...
    what: str
    count: int


class Side(TypedDict):
    """One of the two peers."""

    address: str
    #: UDP port of its first message.
    port: int
    #: Guessed from Vendor IDs; None if unknown.
    product: Optional[str]
    vendor_ids: List[str]
    #: True behind NAT, False if not, None if unknown.
    nat: Optional[bool]
    #: IKE messages from it, copies included.
    messages: int


# With a functional syntax, because one of its fields is a keyword of Python.
Step = TypedDict(
    "Step",
    {
        "side": Literal["initiator", "responder", "path"],
        "address": Optional[str],
        "product": Optional[str],
        "file": Optional[str],
        "line": Optional[int],
        "setting": Optional[str],
        "from": Optional[str],
        "to": Optional[str],
        "lines": List[str],
        "security": Optional[Literal["stronger", "same", "weaker"]],
        "text": str,
    },
)
Step.__doc__ = """One change, on one side, complete in itself. What is not known is None.

``file``, ``line`` and ``from`` are those of a configuration that was given; ``lines`` is what to type or to choose, whole; ``to`` is
the whole new value, never a secret; ``security`` is against what is there now.
"""


class Finding(TypedDict):
    """One thing worth telling about a negotiation."""

    #: Which diagnosis: ``psk-mismatch``, ``no-response``, ... New ones may be added.
    id: str
    title: str
    #: The frame that completes the evidence.
    frame: int
    time: Optional[Time]
    #: Where the negotiation stands or failed.
    stage: Literal["contact", "ike-sa", "auth", "child-sa", "rekey", "esp", "l2tp", "up"]
    #: Who has to change something.
    blame: Literal["initiator", "responder", "either", "path", "nobody"]
    #: Calibrated: of those at 0.9, nine in ten are right.
    confidence: float
    #: What it rests on.
    basis: Literal["observed", "decrypted", "inferred", "imported", "learned", "stack-default"]
    #: What differs: ``encryption``, ``dh-group``, ``identity``, ...
    attributes: List[str]
    #: Other diagnoses the evidence allows, likeliest first.
    alternatives: List[str]
    #: One sentence.
    summary: str
    #: The reasoning.
    explanation: str
    #: What to change, on which side; the best way first.
    fixes: List[str]
    #: The same as data.
    steps: List[Step]
    #: What would confirm it; empty if nothing has to.
    next_evidence: str
    #: Frames that prove it, the deciding one first.
    evidence: List[int]


class _Negotiation(TypedDict):
    stream: int
    story: int
    continues: Optional[int]
    protocol: Literal["IKEv1", "IKEv2", "L2TP", "ESP"]
    version: Optional[Literal[1, 2]]
    initiator_spi: Optional[str]
    responder_spi: Optional[str]
    first_frame: int
    last_frame: int
    start: Time
    duration: float
    initiator: Side
    responder: Side
    offers: List[str]
    selected: Optional[str]
    verdict: Finding
    notes: List[Finding]


class Negotiation(_Negotiation, total=False):
    """Everything two peers say for one IKE SA; or L2TP in clear.

    ``stream`` is its index in the capture, from 0. Attempts of one story (retries, renewals) share ``story``, the stream in which it
    began; ``continues`` is the stream whose IKE SA this one renews. ``duration`` is in seconds. ``verdict`` says what became of it and
    why, ``notes`` what else is worth knowing.
    """

    state: Literal["failed", "up", "open", "probe"]
    #: What was not kept of it; absent if nothing.
    left_out: List[LeftOut]


class _Document(TypedDict):
    schema_version: Literal[2]
    generator: Literal["ikewhy"]
    generator_version: str
    negotiations: List[Negotiation]


class Document(_Document, total=False):
    """All that is said of a capture, as ``ikewhy report --json`` prints it."""

    #: Here always absent: nothing is left out.
    negotiations_left_out: int
    #: Messages of negotiations beyond the bound of a million; absent if none.
    messages_not_followed: int
    #: What was not kept of the whole capture; absent if nothing.
    left_out: List[LeftOut]
