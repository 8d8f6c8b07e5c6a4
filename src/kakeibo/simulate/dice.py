"""Chance that falls the same way everywhere: whole numbers from PCG64's raw bits, nothing else.

NumPy promises a stable stream for its bit generators, not for its distributions (and those use the platform's exp and
log). So scenarios describe every shape by tables of integers, and these dice only pick places in them.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Dice:
    """Independent draws for one purpose: `Dice(seed, "learning-video", "requests", "2026-09-01")`."""

    def __init__(self, *purpose: object) -> None:
        digest = hashlib.sha256("\n".join(map(str, purpose)).encode()).digest()
        self._bits = np.random.PCG64(int.from_bytes(digest[:16], "big"))

    def below(self, limit: int, size: int) -> Ints:
        """`size` whole numbers in [0, limit); limit < 2**31."""
        raw = self._bits.random_raw(size) >> np.uint64(33)
        return ((raw * np.uint64(limit)) >> np.uint64(31)).astype(np.int64)

    def one(self, limit: int) -> int:
        """One whole number in [0, limit)."""
        return int(self.below(limit, 1)[0])

    def hexes(self, digits: int, size: int) -> list[str]:
        """`size` random names of `digits` hexadecimal digits (a multiple of 8)."""
        words = -(-size * digits // 16)
        text = self._bits.random_raw(words).astype("<u8").tobytes().hex()
        return [text[start : start + digits] for start in range(0, size * digits, digits)]


def through(knots: tuple[tuple[int, int], ...], places: int) -> Ints:
    """The line through `knots` (place, height) at every place in [0, places); 0 outside them, integers throughout."""
    line = np.zeros(places, dtype=np.int64)
    for (x0, y0), (x1, y1) in pairwise(knots):
        x = np.arange(max(x0, 0), min(x1, places), dtype=np.int64)
        line[x] = y0 + (y1 - y0) * (x - x0) // (x1 - x0)
    return line
