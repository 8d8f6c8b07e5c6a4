"""Good and bad events before some minutes, for all SLOs at once, carried along from one minute to the next.

A window is the difference of two ends, and an end that moves by a minute reads the rows of one minute. So following
nine ends (the four usual rules and a budget have no more) costs nine short reads a minute, however long the windows
are, and holds no minute in memory: 16 bytes for each SLO and end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, cast, func, select

from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.ledger.touches import Touched
from kakeibo.store.tables import hour_totals, minute_counts, slos, snapshots, sources

Sums = NDArray[np.int64]
"""One row for each slo_id, (good, bad); row 0 is nobody's and stays empty."""


class Ends:
    """What was counted before each of the minutes that `move` was last called with."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self._before: dict[int, Sums] = {}

    def move(self, connection: Connection, minutes: Collection[int], touched: Touched) -> None:
        """Hold the sums before each of `minutes`, and no others. `touched`: what changed since the last call."""
        first = touched.first
        known = {end: sums for end, sums in self._before.items() if first is None or end <= first}
        size = self._meet(connection)
        known = {end: _grown(sums, size) for end, sums in known.items()}
        for minute in sorted(minutes):
            known[minute] = _reach(connection, minute, known, size)
        self._before = {minute: known[minute] for minute in minutes}

    def between(self, from_minute: int, to_minute: int) -> Sums:
        """The events in [from, to), both of which must be held."""
        return self._before[to_minute] - self._before[from_minute]

    def of(self, slo_id: int, from_minute: int, to_minute: int) -> tuple[int, int]:
        """Good and bad events of one SLO in [from, to)."""
        good, bad = (self._before[to_minute][slo_id] - self._before[from_minute][slo_id]).tolist()
        return good, bad

    def _meet(self, connection: Connection) -> int:
        """Learn the ids of SLOs that are new; returns the number of rows that sums have."""
        newest = max(self.ids.values(), default=0)
        for row in connection.execute(select(slos).where(slos.c.id > newest)):
            self.ids[row.name] = row.id
        return max(self.ids.values(), default=0) + 1


def _grown(sums: Sums, size: int) -> Sums:
    return sums if len(sums) == size else np.concatenate([sums, np.zeros((size - len(sums), 2), dtype=np.int64)])


def _reach(connection: Connection, minute: int, known: dict[int, Sums], size: int) -> Sums:
    """The sums before `minute`, from the nearest end that is known or the nearest full hour: what is less to read."""
    nearest = min(known, key=lambda end: abs(end - minute), default=None)
    hour = (minute + MINUTES_PER_HOUR // 2) // MINUTES_PER_HOUR
    full = hour * MINUTES_PER_HOUR
    if nearest is not None and abs(nearest - minute) <= abs(full - minute) + 1:  # totals cost about what a minute does
        return _stepped(connection, known[nearest], nearest, minute)
    return _stepped(connection, _before_hour(connection, hour, size), full, minute)


def _stepped(connection: Connection, sums: Sums, end: int, minute: int) -> Sums:
    """The sums before `minute`, given those before `end`. Sums that are held are never altered."""
    if end == minute:
        return sums
    low, high = min(end, minute), max(end, minute)
    columns = minute_counts.c
    if high - low == 1:
        rows = select(columns.slo_id, columns.good, columns.bad).where(columns.minute == low)
    else:
        summed = (cast(func.sum(column), BigInteger) for column in (columns.good, columns.bad))
        within = (columns.minute >= low, columns.minute < high)
        rows = select(columns.slo_id, *summed).where(*within).group_by(columns.slo_id)
    ids, counts = _columns(connection.execute(rows))
    moved = sums.copy()
    moved[ids] += counts if minute > end else -counts
    return moved


def _before_hour(connection: Connection, hour: int, size: int) -> Sums:
    """The totals of the last snapshot before `hour`, of every source."""
    columns, of_source = hour_totals.c, snapshots.c.source_id == sources.c.id
    last = select(func.max(snapshots.c.hour)).where(of_source, snapshots.c.hour < hour).scalar_subquery()
    rows = select(columns.slo_id, columns.good, columns.bad)
    sums = np.zeros((size, 2), dtype=np.int64)
    for source_id, snapshot in connection.execute(select(sources.c.id, last)).all():
        found = connection.execute(rows.where(columns.source_id == source_id, columns.hour == snapshot))
        ids, counts = _columns(found)
        sums[ids] += counts  # an SLO comes once in each source
    return sums


def _columns(found: Iterable[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows = np.fromiter(chain.from_iterable(found), dtype=np.int64).reshape(-1, 3)
    return rows[:, 0], rows[:, 1:]
