"""Counts of many SLOs in short steps: 1,000 SLOs have 8,000,000 slices of 5 minutes a month.

`slices` has them all, for few SLOs. `spent_slices` has those in which something failed, which are few, and only counts
the others. For whole hours the totals answer both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import accumulate, chain, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import CTE, BigInteger, Connection, cast, func, literal, select

from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.ledger.windows import steps_from_totals
from kakeibo.store import Store
from kakeibo.store.tables import minute_counts, slos

Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""starts, good, bad: one entry per slice with a valid event, in order"""

Rows = NDArray[np.int64]
"""(first minute, slo_id, good, bad)"""

_NAMED: Final = 500
"""So many SLOs are named to the database; of more, all are read and the others dropped here."""


def slices(store: Store, names: Collection[str], from_minute: int, to_minute: int, minutes: int) -> dict[str, Columns]:
    """The valid events of some SLOs in slices of `minutes` from `from_minute` on, which must divide the stretch.

    An SLO without a valid event in it has empty columns.
    """
    with store.reading() as connection:
        return read_slices(connection, names, from_minute, to_minute, minutes)


def read_slices(
    connection: Connection, names: Collection[str], from_minute: int, to_minute: int, minutes: int
) -> dict[str, Columns]:
    """The same within a transaction."""
    if (to_minute - from_minute) % minutes:
        raise ValueError("the stretch is not made of whole slices")
    ids = _ids(connection, names)
    at_once = max(MINUTES_PER_DAY // minutes, 1) * minutes
    parts = pairwise([*range(from_minute, to_minute, at_once), to_minute])
    rows = _stacked(_rows(connection, ids.values(), start, end, minutes) for start, end in parts)
    return _by_name(rows, ids, names)


def spent_slices(
    store: Store, names: Collection[str], cuts: Collection[int], minutes: int
) -> dict[str, tuple[Columns, dict[int, int]]]:
    """The slices between the first and the last of `cuts` that had a bad event; and how many others ended by each cut.

    Others are those with valid events, all of them good. A slice lies between two cuts when it ends between them; the
    slices are aligned to multiples of their length.
    """
    bad, others = [], []
    edges = sorted(cuts)
    with store.reading() as connection:
        ids = _ids(connection, names)
        for start, end in pairwise(cut // minutes * minutes for cut in edges):
            spent, clean = _cell(connection, ids.values(), start, end, minutes)
            bad.append(spent)
            others.append(dict(clean))
    columns = _by_name(_stacked(bad), ids, names)
    return {name: (columns[name], _ended(edges, [cell.get(ids.get(name, -1), 0) for cell in others])) for name in names}


def _ids(connection: Connection, names: Collection[str]) -> dict[str, int]:
    known = {row.name: row.id for row in connection.execute(select(slos))}
    return {name: known[name] for name in names if name in known}


def _ended(edges: list[int], cells: list[int]) -> dict[int, int]:
    return dict(zip(edges, accumulate(cells, initial=0), strict=True))


def _stacked(blocks: Iterable[Rows]) -> Rows:
    return np.concatenate([np.empty((0, 4), dtype=np.int64), *blocks])


def _by_name(rows: Rows, ids: dict[str, int], names: Collection[str]) -> dict[str, Columns]:
    rows = rows[np.argsort(rows[:, 1], kind="stable")]
    found, firsts = np.unique(rows[:, 1], return_index=True)
    parts = dict(zip(found.tolist(), np.split(rows, firsts[1:]), strict=False))
    nothing = np.empty((0, 4), dtype=np.int64)
    own = {name: parts.get(ids.get(name, -1), nothing) for name in names}
    return {name: (part[:, 0].copy(), part[:, 2].copy(), part[:, 3].copy()) for name, part in own.items()}


def _rows(connection: Connection, wanted: Collection[int], start: int, end: int, minutes: int) -> Rows:
    """Rows of (first minute, slo_id, good, bad), those without a valid event left out."""
    if start == end:
        return np.empty((0, 4), dtype=np.int64)
    if _in_hours(start, minutes):
        return _from_totals(connection, wanted, start, end, minutes)
    step = _steps(wanted, start, end, minutes)
    return _array(connection.execute(select(step).order_by(step.c.step)), start, minutes)


def _cell(
    connection: Connection, wanted: Collection[int], start: int, end: int, minutes: int
) -> tuple[Rows, Iterable[tuple[int, int]]]:
    """The rows with a bad event; and of the others (slo_id, number)."""
    if start == end or _in_hours(start, minutes):
        rows = _rows(connection, wanted, start, end, minutes)
        clean = np.unique(rows[rows[:, 3] == 0, 1], return_counts=True)
        return rows[rows[:, 3] > 0], zip(*(column.tolist() for column in clean), strict=True)
    step = _steps(wanted, start, end, minutes)
    number = func.count()
    others = select(literal(-1), step.c.slo_id, number, literal(0)).where(step.c.bad == 0).group_by(step.c.slo_id)
    found = connection.execute(select(step).where(step.c.bad > 0).union_all(others)).fetchall()
    spent = _array((row for row in found if row[0] >= 0), start, minutes)
    return spent[np.argsort(spent[:, 0], kind="stable")], ((row[1], row[2]) for row in found if row[0] < 0)


def _in_hours(start: int, minutes: int) -> bool:
    return not (minutes % MINUTES_PER_HOUR or start % MINUTES_PER_HOUR)


def _from_totals(connection: Connection, wanted: Collection[int], start: int, end: int, minutes: int) -> Rows:
    steps = steps_from_totals(connection, range(start, end + 1, minutes))
    known = set(wanted)
    rows = ((minute, slo, count.good, count.bad) for minute, slo, count in steps if slo in known and count.valid)
    return np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, 4)


def _steps(wanted: Collection[int], start: int, end: int, minutes: int) -> CTE:
    """(step, slo_id, good, bad) of the steps with a valid event."""
    columns = minute_counts.c
    step = ((columns.minute - start) // minutes).label("step")
    good, bad = (cast(func.sum(column), BigInteger) for column in (columns.good, columns.bad))
    counts = select(step, columns.slo_id, good.label("good"), bad.label("bad"))
    counts = counts.where(columns.minute >= start, columns.minute < end)
    # All SLOs of a book are usually most of those in the store: naming them would cost more than it saves.
    if len(wanted) <= _NAMED:
        counts = counts.where(columns.slo_id.in_(wanted))
    return counts.group_by(step, columns.slo_id).having(good + bad > 0).cte()


def _array(found: Iterable[Any], start: int, minutes: int) -> Rows:
    rows = np.fromiter(chain.from_iterable(found), dtype=np.int64).reshape(-1, 4)
    rows[:, 0] = start + rows[:, 0] * minutes
    return rows
