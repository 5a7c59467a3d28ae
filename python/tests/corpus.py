"""What the tests share: captures, and the command that has to say the same.

``IKEWHY_COMMAND`` is the command ikewhy; without, what needs it is left out. ``IKEWHY_WHOLE=1`` takes all captures, not every tenth.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = sorted((ROOT / "captures").rglob("*.pcap")) + sorted((ROOT / "captures").rglob("*.pcapng"))
SOME = CAPTURES if os.environ.get("IKEWHY_WHOLE") else CAPTURES[::10]
COMMAND = os.environ.get("IKEWHY_COMMAND")

#: One negotiation that failed.
FAILED = ROOT / "captures/ikev1-psk-differs-strongswan/client.pcap"


def large(size: int) -> bytes:
    """A capture of so many bytes at least: its packets come again and again."""
    once = FAILED.read_bytes()
    return once[:24] + once[24:] * (size // (len(once) - 24) + 1)
