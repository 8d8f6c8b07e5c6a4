"""The slices of some SLOs since a minute, held in memory and carried along: what ended meanwhile is read, and what was
touched is read again."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from sqlalchemy import Connection

from kakeibo.ledger.slices import Columns, read_slices
from kakeibo.ledger.touches import Touched

Stretch = tuple[int, int]


class RecentSlices:
    """Slices of `minutes` minutes. `columns`: SLO -> those that ended by the last `move` and have a valid event."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        self.columns: dict[str, Columns] = {}
        self._held: Stretch = (0, 0)

    def move(
        self, connection: Connection, names: Iterable[str], from_minute: int, at: int, touched: Touched
    ) -> frozenset[str]:
        """Hold the slices that begin at `from_minute` or later and have ended by `at`. `touched`: what changed since
        the last call. Returns the SLOs whose slices are not what they were."""
        wanted = frozenset(names)
        start, end = (-(-from_minute // self.minutes) * self.minutes, at // self.minutes * self.minutes)
        held_from, held_to = self._held
        if wanted != self.columns.keys() or start < held_from or end < held_to or start >= held_to:
            self.columns = read_slices(connection, wanted, start, max(start, end), self.minutes)
            self._held = (start, max(start, end))
            return wanted
        stale = [self._whole(stretch, (start, held_to)) for stretch in touched.stretches]
        before = self.columns
        for stretch in _united([*(some for some in stale if some[0] < some[1]), (held_to, end)]):
            read = read_slices(connection, wanted, *stretch, self.minutes)
            self.columns = {name: _replaced(held, read[name], *stretch) for name, held in self.columns.items()}
        if start > held_from:
            self.columns = {name: _replaced(held, _NOTHING, held_from, start) for name, held in self.columns.items()}
        self._held = (start, end)
        return frozenset(name for name, columns in self.columns.items() if not _same(columns, before[name]))

    def _whole(self, stretch: Stretch, held: Stretch) -> Stretch:
        """The whole slices of `held` that a stretch touches."""
        first = max(stretch[0] // self.minutes * self.minutes, held[0])
        return first, min(-(-stretch[1] // self.minutes) * self.minutes, held[1])


_NOTHING: Columns = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


def _united(stretches: list[Stretch]) -> list[Stretch]:
    """The same minutes in stretches that neither overlap nor meet."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def _replaced(held: Columns, read: Columns, from_minute: int, to_minute: int) -> Columns:
    """`held` with what begins in [from, to) replaced by `read`."""
    first, last = np.searchsorted(held[0], (from_minute, to_minute))
    if first == last and not len(read[0]):
        return held
    starts, good, bad = (np.concatenate([old[:first], new, old[last:]]) for old, new in zip(held, read, strict=True))
    return starts, good, bad


def _same(one: Columns, other: Columns) -> bool:
    return one is other or all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
