"""Slices judged by how many events they have, held and carried along: from the first one on that may have changed.

What is judged anew is equal to `counted_slices`, which reads a whole window: tests/alerts/test_recent_counted.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from kakeibo.alerts.counted import delivered_in, own_of, source_of
from kakeibo.budgets.methods import Deliveries, Integers, Slices, judged_by_count
from kakeibo.ledger.definitions import read_definitions
from kakeibo.ledger.slices import read_slices
from kakeibo.ledger.slips import read_slips
from kakeibo.ledger.touches import Touched
from kakeibo.model import Slo


@dataclass(frozen=True, slots=True)
class _Held:
    """What an SLO's slices were judged from, and the slices from `start` on."""

    slo: Slo
    own: Deliveries
    start: int
    slices: Slices


class RecentCounted:
    """The slices of some SLOs whose method counts, as of the last `move`."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def move(
        self, connection: Connection, slos: Sequence[Slo], from_minute: int, at: int, touched: Touched
    ) -> Iterator[tuple[str, Slices]]:
        """The slices of every one of `slos` that lie in [from, at). `touched`: what changed since the last
        call, read in the same transaction."""
        self._held = {slo.name: self._held[slo.name] for slo in slos if slo.name in self._held}
        held, adjustments = read_definitions(connection), read_slips(connection, "adjustment")
        for source, length in dict.fromkeys((source_of(slo), slo.method.slice_minutes) for slo in slos):
            alike = [slo for slo in slos if (source_of(slo), slo.method.slice_minutes) == (source, length)]
            earliest = from_minute - max(slo.method.within_minutes for slo in alike)
            stretch = earliest // length * length, -(-at // length) * length
            whole = delivered_in(connection, source, stretch, length)
            own = {slo.name: own_of(whole, slo, held.get(slo.name), adjustments) for slo in alike}
            since = {slo.name: self._since(slo, own[slo.name], stretch[0], touched) for slo in alike}
            for first in dict.fromkeys(since.values()):
                together = [slo for slo in alike if since[slo.name] == first]
                yield from self._judged(connection, together, own, (first, stretch[1]), stretch[0])

    def _since(self, slo: Slo, own: Deliveries, start: int, touched: Touched) -> int:
        """The first slice that may be another one than before; `start` where all may be."""
        held, length = self._held.get(slo.name), slo.method.slice_minutes
        if held is None or held.slo != slo or held.own.gaps != own.gaps or start < held.start:
            return start
        if max(held.own.stretch[0], start) != own.stretch[0]:
            return start  # counted since another minute
        ends = held.own.stretch[1], own.stretch[1]
        differs = _first_difference(held.own.starts, own.starts, start)
        changed = [minute for minute in (touched.first, differs, *ends) if minute is not None]
        return max(min(changed) // length * length, start)

    def _judged(
        self,
        connection: Connection,
        slos: Sequence[Slo],
        own: dict[str, Deliveries],
        stretch: tuple[int, int],
        start: int,
    ) -> Iterator[tuple[str, Slices]]:
        """The slices from `stretch` on judged anew, behind those that are held."""
        length, (first, end) = slos[0].method.slice_minutes, stretch
        back = max(first - max(slo.method.within_minutes for slo in slos), start)
        columns = read_slices(connection, [slo.name for slo in slos], back, max(end, back), length)
        for slo in slos:
            its, (starts, good, _) = own[slo.name], columns[slo.name]
            late = replace(its, stretch=(max(its.stretch[0], back), its.stretch[1]))
            slices = judged_by_count(slo.method, starts, good, late)
            if first > start:
                slices = _joined(self._held[slo.name].slices, slices, start, first)
            self._held[slo.name] = _Held(slo, its, start, slices)
            yield slo.name, slices


def _joined(held: Slices, late: Slices, start: int, first: int) -> Slices:
    """The slices of `held` from `start` until `first`, then those of `late`."""
    kept = slice(*np.searchsorted(held.starts, (start, first)))
    new = slice(int(np.searchsorted(late.starts, first)), None)

    def both(old: Integers, fresh: Integers) -> Integers:
        return np.concatenate([old[kept], fresh[new]])

    return Slices(held.method, both(held.starts, late.starts), both(held.good, late.good), both(held.bad, late.bad))


def _first_difference(before: Integers, now: Integers, start: int) -> int | None:
    """The first of these minutes, from `start` on, that is in one of them alone."""
    before, now = (some[np.searchsorted(some, start) :] for some in (before, now))
    both = min(len(before), len(now))
    unlike = np.flatnonzero(before[:both] != now[:both])
    place = int(unlike[0]) if len(unlike) else both
    found = [int(some[place]) for some in (before, now) if place < len(some)]
    return min(found, default=None)
