"""Adjustments: good and bad events that are left out, as reversals. What was moved is written down, event by event.

A count says what holds now: events left out stand under void. `moved_counts` says which of them an adjustment put
there, so that the balance before it can always be computed, and put back. An event is moved once: by the adjustment
that was there first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, cast, func, select, tuple_

from kakeibo.ledger.totals import CountRow, carry
from kakeibo.model import Count, Slip
from kakeibo.store import Store, bulk, tables

MovedRow = tuple[int, int, int, int, int, int]
"""slip_id, minute, slo_id, good, bad, unknown"""

_AT_ONCE: Final = 20_000
"""Rows held in memory, however long an adjustment is."""


def take_out(connection: Connection, rows: Sequence[CountRow], slips: Sequence[Slip]) -> Sequence[CountRow]:
    """New counts as they are to be posted: what any of `slips` covers stands under void, and is noted as moved.

    `slips` are the adjustments in force, the first entered first. Call within the transaction that posts the counts.
    """
    if not slips:
        return rows
    holders = _Holders(connection, slips)
    posted: list[CountRow] = []
    moved: list[MovedRow] = []
    for minute, slo, good, bad, void, unknown in rows:
        holder = holders.of(minute, slo)
        if holder is None:
            posted.append((minute, slo, good, bad, void, unknown))
            continue
        posted.append((minute, slo, 0, 0, void + good + bad, 0))
        if good or bad:
            moved.append((holder, minute, slo, good, bad, unknown))
    bulk.add(connection, tables.moved_counts, moved)
    return posted


def move(connection: Connection, slip_id: int, slip: Slip) -> None:
    """Leave out what `slip` covers of the events counted so far and not left out yet."""
    counts = tables.minute_counts.c
    covered = [slo for slo, name in _names(connection).items() if slip.covers(name)]
    within = (
        counts.slo_id.in_(covered),
        counts.minute < slip.to_minute,
        (counts.good != 0) | (counts.bad != 0),
    )
    columns = (counts.minute, counts.slo_id, counts.good, counts.bad, counts.unknown)
    chosen = select(*columns).where(*within).order_by(counts.minute, counts.slo_id).limit(_AT_ONCE)
    sources = _sources(connection)
    start = slip.from_minute
    # What has been moved is not found again: it is neither good nor bad any more.
    while found := connection.execute(chosen.where(counts.minute >= start)).all():
        bulk.add(connection, tables.moved_counts, [(slip_id, *row) for row in found])
        _change(
            connection, sources, [(m, slo, -good, -bad, good + bad, -unknown) for m, slo, good, bad, unknown in found]
        )
        start = found[-1][0]


def put_back(connection: Connection, slip_id: int, others: Sequence[Slip]) -> None:
    """Undo what an adjustment moved. What one of `others` (in force, first entered first) covers too stays left out,
    now on its account. The note of what was moved stays as well."""
    holders = _Holders(connection, others)
    sources = _sources(connection)
    for batch in _moved_by(connection, slip_id):
        kept: list[MovedRow] = []
        back: list[CountRow] = []
        for minute, slo, good, bad, unknown in batch:
            holder = holders.of(minute, slo)
            if holder is None:
                back.append((minute, slo, good, bad, -good - bad, unknown))
            else:
                kept.append((holder, minute, slo, good, bad, unknown))
        bulk.add(connection, tables.moved_counts, kept)
        _change(connection, sources, back)


def moved(store: Store, from_minute: int | None = None, to_minute: int | None = None) -> dict[int, dict[str, Count]]:
    """What every adjustment moved (of a revoked one: until then) in [from, to), or ever: slip's id -> SLO -> events."""
    table = tables.moved_counts.c
    summed = (cast(func.sum(column), BigInteger) for column in (table.good, table.bad, table.unknown))
    rows = select(table.slip_id, tables.slos.c.name, *summed).join(tables.slos, tables.slos.c.id == table.slo_id)
    with store.reading() as connection:
        # Named one by one, so that each is one contiguous stretch of the table.
        ids = list(connection.scalars(select(tables.slips.c.id).where(tables.slips.c.page == "adjustment")))
        rows = rows.where(table.slip_id.in_(ids))
        if from_minute is not None and to_minute is not None:
            rows = rows.where(table.minute >= from_minute, table.minute < to_minute)
        found: dict[int, dict[str, Count]] = {}
        for slip_id, slo, good, bad, unknown in connection.execute(rows.group_by(table.slip_id, tables.slos.c.name)):
            found.setdefault(slip_id, {})[slo] = Count(good, bad, 0, unknown)
    return found


class _Holders:
    """Which adjustment holds an event: the first of those that cover it."""

    def __init__(self, connection: Connection, slips: Sequence[Slip]) -> None:
        names = _names(connection) if slips else {}
        self._slips = {slo: [slip for slip in slips if slip.covers(name)] for slo, name in names.items()}

    def of(self, minute: int, slo: int) -> int | None:
        for slip in self._slips.get(slo, ()):
            if slip.from_minute <= minute < slip.to_minute:
                return slip.id
        return None


def _moved_by(connection: Connection, slip_id: int) -> Iterator[Sequence[Any]]:
    table = tables.moved_counts.c
    rows = select(table.minute, table.slo_id, table.good, table.bad, table.unknown).where(table.slip_id == slip_id)
    batch = connection.execute(rows.order_by(table.minute, table.slo_id).limit(_AT_ONCE)).all()
    while batch:
        yield batch
        after = tuple_(table.minute, table.slo_id) > (batch[-1][0], batch[-1][1])
        batch = connection.execute(rows.where(after).order_by(table.minute, table.slo_id).limit(_AT_ONCE)).all()


def _change(connection: Connection, sources: Mapping[int, int], rows: Iterable[CountRow]) -> None:
    """Add to counts that are there already, by minute and carried forward by hour."""
    by_source: dict[int, list[CountRow]] = {}
    for row in rows:
        by_source.setdefault(sources[row[1]], []).append(row)
    for source_id, changes in by_source.items():
        bulk.add(connection, tables.minute_counts, changes)
        carry(connection, source_id, changes)


def _names(connection: Connection) -> dict[int, str]:
    return {row.id: row.name for row in connection.execute(select(tables.slos))}


def _sources(connection: Connection) -> dict[int, int]:
    """A source that each SLO with events was counted from: the last snapshot of a source has all its SLOs.

    Of an SLO that moved from one source to another it is any of them: the totals of all sources are always summed.
    """
    snapshots, totals = tables.snapshots.c, tables.hour_totals.c
    last = select(snapshots.source_id, func.max(snapshots.hour)).group_by(snapshots.source_id)
    found: dict[int, int] = {}
    for source_id, hour in connection.execute(last).all():
        rows = select(totals.slo_id).where(totals.source_id == source_id, totals.hour == hour)
        found |= dict.fromkeys(connection.scalars(rows), source_id)
    return found
