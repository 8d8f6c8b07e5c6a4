"""Replay of SLOs that are put together from others: their windows summed apart, then put together for each minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kakeibo.alerts.columns import Numbers
from kakeibo.alerts.replay import AnySeries, Past
from kakeibo.budgets.composites import composed, lost_share
from kakeibo.model import Composite, Count


@dataclass(frozen=True)
class ComposedSeries:
    """The series of an SLO's parts, in the order of its measure (no sum). Sums cost a fraction a minute: each once."""

    measure: Composite
    parts: tuple[AnySeries, ...]
    _known: dict[tuple[int, int], Past] = field(default_factory=dict, compare=False)

    def past(self, start: int, end: int) -> Past:
        """Sums over any window of [start, end)."""
        if (start, end) not in self._known:
            pasts = [part.past(start, end) for part in self.parts]
            self._known[start, end] = _Composed(self.measure, pasts, start)
        return self._known[start, end]


class _Composed:
    """Spent is an exact fraction of events, hence an object; nothing is valid where a part has nothing valid."""

    scale: Final = 1

    def __init__(self, measure: Composite, pasts: list[Past], start: int) -> None:
        self.measure, self.pasts, self.start = measure, pasts, start
        self._sums = cache(self._put_together)

    def sums(self, from_minute: int, to_minute: int, length: int) -> tuple[Numbers, Numbers, Numbers]:
        """(valid, bad, spent) in the `length` minutes before each minute of [from, to)."""
        return self._sums(from_minute, to_minute, length)

    def _put_together(self, from_minute: int, to_minute: int, length: int) -> tuple[Numbers, Numbers, Numbers]:
        every = [past.sums(from_minute, to_minute, length) for past in self.pasts]
        measured = np.logical_and.reduce([valid > 0 for valid, _, _ in every])
        valid, bad = (np.where(measured, sum(columns[n] for columns in every), 0) for n in (0, 1))
        return valid, bad, self._spent(every, valid)

    def _spent(self, every: list[tuple[Numbers, Numbers, Numbers]], valid: NDArray[Any]) -> Numbers:
        spent = np.zeros(len(valid), dtype=object)
        touched = np.logical_or.reduce([lost > 0 for _, _, lost in every]) & (valid > 0)
        for minute in np.flatnonzero(touched).tolist():
            shares = [Fraction(lost[minute]) / int(of[minute]) for of, _, lost in every]
            spent[minute] = lost_share(self.measure, shares) * int(valid[minute])
        return spent

    def count(self, minute: int, length: int) -> Count:
        """What is counted in the `length` minutes before `minute`."""
        return composed(self.measure, [past.count(minute, length) for past in self.pasts])
