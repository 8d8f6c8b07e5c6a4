"""Counts over windows. A window is [from, to) in minutes since 1970: the counts until `to` less those until `from`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from itertools import pairwise

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, func, select

from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.model import Count
from kakeibo.store import Store
from kakeibo.store.tables import hour_totals, minute_counts, slos, snapshots, sources

Window = tuple[int, int]
Numbers = tuple[int, int, int, int]
"""good, bad, void, unknown"""

_NOTHING: Numbers = (0, 0, 0, 0)
_FEW = 500
"""So many SLOs are named to the database; of more, all are read and the others dropped here."""


def sums(
    store: Store, windows: Collection[Window], names: Collection[str] | None = None
) -> dict[Window, dict[str, Count]]:
    """The counts of SLOs over each of `windows`, as of one moment; SLOs without an event in it are left out.

    Cheapest when windows share their ends: each distinct end is looked up once. `names`: of these SLOs alone, where
    that is cheaper; otherwise of all.
    """
    with store.reading() as connection:
        return sums_of(connection, windows, names)


def sums_of(
    connection: Connection, windows: Collection[Window], names: Collection[str] | None = None
) -> dict[Window, dict[str, Count]]:
    """The same within a transaction."""
    known = {row.id: row.name for row in connection.execute(select(slos))}
    few = None
    if names is not None and len(names) <= _FEW:
        few = [number for number, name in known.items() if name in names]
    before_hour = cache(
        lambda hour: _before_hour(connection, hour, few)
    )  # short windows have most of their hours in common
    ends = {end for window in windows for end in window}
    until = {minute: _edged(connection, before_hour, minute, few) for minute in ends}
    return {
        (start, end): {known[slo]: count for slo, count in _between(until[start], until[end])} for start, end in windows
    }


def series(
    store: Store, names: Collection[str], from_minute: int, to_minute: int, step_minutes: int
) -> dict[str, list[tuple[int, Count]]]:
    """The counts of some SLOs in steps from `from_minute` on: (first minute, counts). The last step may be shorter.

    Steps in which an SLO had no event are left out, and so is an SLO without any.
    """
    ends = [*range(from_minute, to_minute, step_minutes), to_minute]
    points: dict[str, list[tuple[int, Count]]] = {}
    with store.reading() as connection:
        wanted = {row.id: row.name for row in connection.execute(select(slos)) if row.name in set(names)}
        if step_minutes >= MINUTES_PER_HOUR:
            steps = steps_from_totals(connection, ends)
        else:
            steps = _steps_from_minutes(connection, ends, step_minutes, list(wanted))
        for minute, slo, count in steps:
            if slo in wanted:
                points.setdefault(wanted[slo], []).append((minute, count))
    return points


def steps_from_totals(connection: Connection, ends: Sequence[int]) -> Iterator[tuple[int, int, Count]]:
    """(first minute, slo_id, counts) of every step between neighbouring ends; steps without an event are left out."""
    before = _until(connection, ends[0])
    for start, end in pairwise(ends):
        after = _until(connection, end)
        for slo, count in _between(before, after):
            yield start, slo, count
        before = after


def _steps_from_minutes(
    connection: Connection, ends: Sequence[int], step_minutes: int, wanted: list[int]
) -> Iterator[tuple[int, int, Count]]:
    start = ends[0]
    step = ((minute_counts.c.minute - start) // step_minutes).label("step")
    counts = (
        select(step, minute_counts.c.slo_id, *_summed())
        .where(minute_counts.c.minute >= start, minute_counts.c.minute < ends[-1])
        .group_by(step, minute_counts.c.slo_id)
        .order_by(step)
    )
    if len(wanted) <= _FEW:
        counts = counts.where(minute_counts.c.slo_id.in_(wanted))
    for number, slo, *numbers in connection.execute(counts):
        if any(numbers):
            yield start + number * step_minutes, slo, Count(*numbers)


def _between(before: dict[int, Numbers], after: dict[int, Numbers]) -> Iterator[tuple[int, Count]]:
    for slo, (good, bad, void, unknown) in after.items():
        start = before.get(slo, _NOTHING)
        if start != (good, bad, void, unknown):
            yield slo, Count(good - start[0], bad - start[1], void - start[2], unknown - start[3])


def _until(connection: Connection, minute: int) -> dict[int, Numbers]:
    """All events before `minute`, by slo_id."""
    return _edged(connection, lambda hour: _before_hour(connection, hour, None), minute, None)


def _edged(
    connection: Connection,
    before_hour: Callable[[int], dict[int, Numbers]],
    minute: int,
    few: Collection[int] | None,
) -> dict[int, Numbers]:
    """The total at the nearest full hour, plus or less the minutes between. `few`: the ids of those that are asked for;
    None: all."""
    hour = (minute + MINUTES_PER_HOUR // 2) // MINUTES_PER_HOUR
    totals = dict(before_hour(hour))
    full = hour * MINUTES_PER_HOUR
    sign = 1 if minute > full else -1
    for slo, edge in _in_minutes(connection, min(full, minute), max(full, minute), few):
        _add(totals, slo, edge, sign)
    return totals


def _before_hour(connection: Connection, hour: int, few: Collection[int] | None) -> dict[int, Numbers]:
    """The totals of the last snapshot before `hour` of every source, by slo_id."""
    columns = hour_totals.c
    of_source = snapshots.c.source_id == sources.c.id
    last = select(func.max(snapshots.c.hour)).where(of_source, snapshots.c.hour < hour).scalar_subquery()
    rows = select(columns.slo_id, columns.good, columns.bad, columns.void, columns.unknown)
    if few is not None:
        rows = rows.where(columns.slo_id.in_(few))
    totals: dict[int, Numbers] = {}
    # One look-up per source, not a join: SQLite would read the whole table instead of the ends.
    for source_id, snapshot in connection.execute(select(sources.c.id, last)).all():
        one = rows.where(columns.source_id == source_id, columns.hour == snapshot)
        for slo, good, bad, void, unknown in connection.execute(one).all():  # one by one takes twice as long
            _add(totals, slo, (good, bad, void, unknown), 1)
    return totals


def _add(totals: dict[int, Numbers], slo: int, numbers: Numbers, sign: int) -> None:
    old = totals.get(slo, _NOTHING)
    totals[slo] = (
        old[0] + sign * numbers[0],
        old[1] + sign * numbers[1],
        old[2] + sign * numbers[2],
        old[3] + sign * numbers[3],
    )


def _in_minutes(
    connection: Connection, start: int, end: int, few: Collection[int] | None
) -> Iterator[tuple[int, Numbers]]:
    if start == end:
        return
    columns = minute_counts.c
    counts = select(columns.slo_id, *_summed())
    if few is None:
        counts = counts.where(columns.minute >= start, columns.minute < end)
    else:  # each row by its key: the rows of all SLOs in these minutes would be a hundred times as many
        counts = counts.where(columns.minute.in_(range(start, end)), columns.slo_id.in_(few))
    for slo, good, bad, void, unknown in connection.execute(counts.group_by(columns.slo_id)).all():
        yield slo, (good, bad, void, unknown)


def _summed() -> list[ColumnElement[int]]:
    # PostgreSQL sums 64-bit numbers into decimals; a count is an integer.
    columns = minute_counts.c
    return [cast(func.sum(c), BigInteger) for c in (columns.good, columns.bad, columns.void, columns.unknown)]
