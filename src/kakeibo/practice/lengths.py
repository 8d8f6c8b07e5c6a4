"""Lengths of time as other tools write them."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"": 1000, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PART: Final = re.compile(r"([0-9]{1,9})(ms|s|m|h|d|)", re.ASCII)


def seconds_of(text: str) -> int | None:
    """Whole seconds of 60, 60s, 1m or 1m30s, rounded up; None for what is no length of time."""
    written = text.strip().lower().replace(" ", "")
    parts = _PART.findall(written)
    if not written or "".join(number + unit for number, unit in parts) != written:
        return None
    thousandths = sum(int(number) * _UNITS[unit] for number, unit in parts)
    return -(-thousandths // 1000)
