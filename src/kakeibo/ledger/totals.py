"""Totals since the beginning, by hour: they make a sum over any window two look-ups and two short edges.

Each source has its own. The snapshot of an hour exists when the source had any event in that hour. It has, for every
SLO with an event from the source up to the END of that hour, the total of these events until then; no row means zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, bindparam, func, insert, select

from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.store import bulk
from kakeibo.store.tables import hour_totals, snapshots

CountRow = tuple[int, int, int, int, int, int]
"""minute, slo_id, good, bad, void, unknown"""

Changes = dict[int, list[int]]
"""slo_id -> what to add to good, bad, void and unknown"""


def carry(connection: Connection, source_id: int, rows: Iterable[CountRow]) -> None:
    """Add a source's counts to the totals of their own hour and every later one. Call within a writing transaction."""
    changes = _by_hour(rows)
    if not changes:
        return
    # 1. which snapshots lie at or after the first change
    later = select(snapshots.c.hour).where(snapshots.c.source_id == source_id, snapshots.c.hour >= min(changes))
    existing = set(connection.scalars(later))
    # 2. open the missing ones as copies of their predecessor, as it was before this posting
    _open(connection, source_id, sorted(set(changes) - existing))
    # 3. add to each of them everything that changed up to it
    bulk.add(connection, hour_totals, _additions(source_id, changes, sorted(existing | set(changes))))


def _by_hour(rows: Iterable[CountRow]) -> dict[int, Changes]:
    changes: dict[int, Changes] = {}
    for minute, slo, good, bad, void, unknown in rows:
        hour = changes.setdefault(minute // MINUTES_PER_HOUR, {})
        sums = hour.get(slo)
        if sums is None:
            hour[slo] = [good, bad, void, unknown]
        else:
            sums[0] += good
            sums[1] += bad
            sums[2] += void
            sums[3] += unknown
    return changes


def _open(connection: Connection, source_id: int, hours: list[int]) -> None:
    if not hours:
        return
    hour = bindparam("new_hour", type_=hour_totals.c.hour.type)
    before = select(func.max(snapshots.c.hour)).where(snapshots.c.source_id == source_id, snapshots.c.hour < hour)
    columns = hour_totals.c
    predecessor = select(
        columns.source_id, hour, columns.slo_id, columns.good, columns.bad, columns.void, columns.unknown
    ).where(columns.source_id == source_id, columns.hour == before.scalar_subquery())
    copy = insert(hour_totals).from_select(list(columns), predecessor)
    connection.execute(copy, [{"new_hour": new} for new in hours])
    bulk.put(connection, snapshots, [(source_id, new) for new in hours])


def _additions(source_id: int, changes: dict[int, Changes], hours: list[int]) -> Iterator[tuple[int, ...]]:
    so_far: Changes = {}
    for hour in hours:
        for slo, change in changes.get(hour, {}).items():
            so_far[slo] = [a + b for a, b in zip(so_far.get(slo, (0, 0, 0, 0)), change, strict=True)]
        for slo in sorted(so_far):
            good, bad, void, unknown = so_far[slo]
            yield source_id, hour, slo, good, bad, void, unknown
