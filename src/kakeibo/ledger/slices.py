"""Counts of many SLOs in many short steps, as columns: 1,000 SLOs in slices of 5 minutes are 8,000,000 a month.

For a few SLOs and few steps `series` is handier; for whole hours the totals answer both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, cast, func, select

from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.ledger.windows import steps_from_totals
from kakeibo.store import Store
from kakeibo.store.tables import minute_counts, slos

Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""starts, good, bad: one entry per slice with a valid event, in order"""

_NAMED: Final = 500
"""So many SLOs are named to the database; of more, all are read and the others dropped here."""
_ONCE: Final = MINUTES_PER_DAY
"""So many minutes are read at once: memory stays small, and so do the database's sorts."""


def slices(store: Store, names: Collection[str], from_minute: int, to_minute: int, minutes: int) -> dict[str, Columns]:
    """The valid events of some SLOs in slices of `minutes` from `from_minute` on, which must divide the stretch.

    An SLO without a valid event in it has empty columns.
    """
    if (to_minute - from_minute) % minutes:
        raise ValueError("the stretch is not made of whole slices")
    with store.reading() as connection:
        wanted = {row.id: row.name for row in connection.execute(select(slos)) if row.name in set(names)}
        blocks = list(_blocks(connection, list(wanted), from_minute, to_minute, minutes))
    rows = np.concatenate([np.empty((0, 4), dtype=np.int64), *blocks])
    rows = rows[np.argsort(rows[:, 1], kind="stable")]
    ids, firsts = np.unique(rows[:, 1], return_index=True)
    found = dict(zip(ids.tolist(), np.split(rows, firsts[1:]), strict=False))
    nothing = np.empty((0, 4), dtype=np.int64)
    ids_by_name = {name: id_ for id_, name in wanted.items()}
    return {name: _columns(found.get(ids_by_name.get(name, -1), nothing)) for name in names}


def _columns(rows: NDArray[np.int64]) -> Columns:
    return rows[:, 0].copy(), rows[:, 2].copy(), rows[:, 3].copy()


def _blocks(
    connection: Connection, wanted: list[int], start: int, end: int, minutes: int
) -> Iterator[NDArray[np.int64]]:
    """Rows of (first minute, slo_id, good, bad), those without a valid event left out."""
    if not minutes % MINUTES_PER_HOUR and not start % MINUTES_PER_HOUR:
        steps = steps_from_totals(connection, range(start, end + 1, minutes))
        known = set(wanted)
        rows = ((minute, slo, count.good, count.bad) for minute, slo, count in steps if slo in known and count.valid)
        yield np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, 4)
        return
    at_once = max(_ONCE // minutes, 1) * minutes
    for first, last in pairwise([*range(start, end, at_once), end]):
        yield _block(connection, wanted, first, last, minutes)


def _block(connection: Connection, wanted: list[int], start: int, end: int, minutes: int) -> NDArray[np.int64]:
    columns = minute_counts.c
    step = ((columns.minute - start) // minutes).label("step")
    good, bad = (cast(func.sum(column), BigInteger) for column in (columns.good, columns.bad))
    counts = select(step, columns.slo_id, good, bad).where(columns.minute >= start, columns.minute < end)
    if len(wanted) <= _NAMED:
        counts = counts.where(columns.slo_id.in_(wanted))
    found = connection.execute(counts.group_by(step, columns.slo_id).order_by(step)).fetchall()
    rows = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=4 * len(found)).reshape(-1, 4)
    rows = rows[(rows[:, 2] + rows[:, 3] > 0) & np.isin(rows[:, 1], wanted)]
    rows[:, 0] = start + rows[:, 0] * minutes
    return rows
