"""What a type checker sees of the package, as a user calls it. It is checked, and never run."""

from pathlib import Path
from typing import Literal, Optional

from typing_extensions import assert_type

import ikewhy


def summaries(capture: Path) -> "list[str]":
    analysis = ikewhy.analyze(capture, peer_files=["swanctl.conf", Path("charon.log")], keys="keys", redact=True)
    assert_type(analysis, ikewhy.Analysis)
    assert_type(analysis.damage, Optional[str])
    for negotiation in analysis:
        assert_type(negotiation, ikewhy.Negotiation)
        assert_type(negotiation["verdict"]["confidence"], float)
        assert_type(negotiation["protocol"], Literal["IKEv1", "IKEv2", "L2TP", "ESP"])
        for step in negotiation["verdict"]["steps"]:
            assert_type(step["line"], Optional[int])
            negotiation["verdict"]["nothing"]  # type: ignore[typeddict-item]
    with open(capture, "rb") as opened:
        ikewhy.analyze(opened)
    with open(capture, "r") as text:
        ikewhy.analyze(text)  # type: ignore[arg-type]
    ikewhy.analyze(5)  # type: ignore[arg-type]
    rows = ikewhy.rows(capture, "a name")
    assert_type(rows.__next__(), ikewhy.Row)
    return [negotiation["verdict"]["summary"] for negotiation in analysis.failed]
