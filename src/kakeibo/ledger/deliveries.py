"""What the sources delivered: lines by minute, lines that could not be read, codes that nobody had named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Connection, cast, delete, func, insert, select

from kakeibo.model import Rejection
from kakeibo.store import Store, bulk, tables

SAMPLES_KEPT: Final = 100
"""Rejected lines kept per source: the newest."""

CODES_KEPT: Final = 1_000
"""Unknown codes kept apart per column; a column that holds request ids by mistake must not fill the store."""

OTHER_CODES: Final = "…"
"""The value under which the further unknown codes of a column are counted together."""

_TEXT_KEPT: Final = 1_000
_KEY_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Health:
    """What a source delivered in a window. `lines` includes `rejected`.

    `measured_minutes` of the window had a line that could be read; `first_minute` and `last_minute` are the first and
    last such minute ever (None: never).
    """

    lines: int
    rejected: int
    measured_minutes: int
    first_minute: int | None
    last_minute: int | None


def health(store: Store, source: str, from_minute: int, to_minute: int) -> Health:
    """What `source` delivered in [from, to)."""
    with store.reading() as connection:
        return read_health(connection, source, from_minute, to_minute)


def read_health(connection: Connection, source: str, from_minute: int, to_minute: int) -> Health:
    """The same within a transaction."""
    table = tables.source_minutes
    readable = table.c.lines > table.c.rejected
    measured = func.count().filter(readable)
    window = select(_sum(table.c.lines), _sum(table.c.rejected), measured).where(
        table.c.minute >= from_minute, table.c.minute < to_minute
    )
    ever = select(table.c.minute).where(readable).limit(1)
    source_id = _id_of(connection, source)
    lines, rejected, minutes = connection.execute(window.where(table.c.source_id == source_id)).one()
    ends = [
        connection.scalar(ever.where(table.c.source_id == source_id).order_by(table.c.source_id, order))
        for order in (table.c.minute.asc(), table.c.minute.desc())
    ]
    return Health(lines, rejected, minutes, *ends)


def delivered(store: Store, source: str, from_minute: int, to_minute: int, minutes: int) -> NDArray[np.int64]:
    """The first minutes of the slices (multiples of `minutes`) within [from, to) in which `source` delivered a line
    that could be read, in order."""
    with store.reading() as connection:
        return read_delivered(connection, source, from_minute, to_minute, minutes)


def read_delivered(
    connection: Connection, source: str, from_minute: int, to_minute: int, minutes: int
) -> NDArray[np.int64]:
    """The same within a transaction."""
    table = tables.source_minutes
    start = (table.c.minute - table.c.minute % minutes).label("start")
    rows = select(start).where(
        table.c.minute >= from_minute, table.c.minute < to_minute, table.c.lines > table.c.rejected
    )
    found = connection.scalars(rows.where(table.c.source_id == _id_of(connection, source)).distinct())
    return np.sort(np.fromiter(found, dtype=np.int64))


def gaps(store: Store, source: str, from_minute: int, to_minute: int) -> list[tuple[int, int]]:
    """The stretches [start, end) of [from, to) in which `source` delivered nothing that could be read."""
    table = tables.source_minutes
    with store.reading() as connection:
        there = connection.scalars(
            select(table.c.minute)
            .where(table.c.source_id == _id_of(connection, source), table.c.lines > table.c.rejected)
            .where(table.c.minute >= from_minute, table.c.minute < to_minute)
            .order_by(table.c.minute)
        ).all()
    edges = [from_minute - 1, *there, to_minute]
    return [(before + 1, after) for before, after in pairwise(edges) if after > before + 1]


def last_delivered(store: Store, before: int) -> dict[str, int]:
    """The last minute before minute `before` in which each source delivered a line that could be read; sources without
    any are left out."""
    table, sources = tables.source_minutes.c, tables.sources.c
    last = select(table.minute).where(
        table.source_id == sources.id, table.minute < before, table.lines > table.rejected
    )
    newest = last.order_by(table.source_id.desc(), table.minute.desc()).limit(1).scalar_subquery()
    with store.reading() as connection:
        rows = connection.execute(select(sources.name, newest)).all()
    return {name: minute for name, minute in rows if minute is not None}


def samples(store: Store, source: str) -> list[Rejection]:
    """The newest lines of `source` that could not be read, oldest first."""
    table = tables.rejections
    with store.reading() as connection:
        rows = connection.execute(
            select(table.c.path, table.c.offset, table.c.reason, table.c.text)
            .where(table.c.source_id == _id_of(connection, source))
            .order_by(table.c.id)
        )
        return [Rejection(*row) for row in rows]


def reasons(store: Store, source: str) -> dict[str, int]:
    """Why lines of `source` could not be read: reason -> lines, the commonest first."""
    table = tables.rejection_reasons
    with store.reading() as connection:
        rows = connection.execute(
            select(table.c.reason, table.c.lines)
            .where(table.c.source_id == _id_of(connection, source))
            .order_by(table.c.lines.desc(), table.c.reason)
        )
        return {row.reason: row.lines for row in rows}


def unknown_codes(store: Store) -> list[tuple[str, str, str, int]]:
    """(source, column, value, events) of codes in none of the named lists, the commonest first within a column.

    What exceeds CODES_KEPT values of a column is counted under the value OTHER_CODES.
    """
    table, sources = tables.unknown_codes, tables.sources
    with store.reading() as connection:
        rows = connection.execute(
            select(sources.c.name, table.c.column, table.c.value, table.c.events)
            .join(sources, sources.c.id == table.c.source_id)
            .order_by(sources.c.name, table.c.column, table.c.events.desc(), table.c.value)
        )
        return [(source, column, value, events) for source, column, value, events in rows]


def enter_lines(connection: Connection, source_id: int, lines: Sequence[tuple[int, int, int]]) -> None:
    bulk.add(connection, tables.source_minutes, sorted((source_id, *row) for row in lines))


def enter_rejections(
    connection: Connection, source_id: int, rejections: Sequence[Rejection], reasons: Mapping[str, int]
) -> None:
    bulk.add(
        connection,
        tables.rejection_reasons,
        ((source_id, storable(reason, _KEY_KEPT), lines) for reason, lines in reasons.items()),
    )
    if not rejections:
        return
    table = tables.rejections
    new = [
        {
            "source_id": source_id,
            "path": storable(rejection.path, _TEXT_KEPT),
            "offset": rejection.offset,
            "reason": storable(rejection.reason, _TEXT_KEPT),
            "text": storable(rejection.text, _TEXT_KEPT),
        }
        for rejection in rejections[-SAMPLES_KEPT:]
    ]
    connection.execute(insert(table), new)
    of_source = table.c.source_id == source_id
    too_old = select(table.c.id).where(of_source).order_by(table.c.id.desc()).offset(SAMPLES_KEPT).limit(1)
    connection.execute(delete(table).where(of_source, table.c.id <= too_old.scalar_subquery()))


def enter_unknown_codes(connection: Connection, source_id: int, codes: Mapping[tuple[str, str], int]) -> None:
    if not codes:
        return
    table = tables.unknown_codes
    kept: dict[str, set[str]] = {}
    for column, value in connection.execute(
        select(table.c.column, table.c.value).where(table.c.source_id == source_id)
    ):
        kept.setdefault(column, set()).add(value)
    rows = []
    for (column, code), events in codes.items():
        values = kept.setdefault(column, set())
        value = storable(code, _KEY_KEPT)
        if value not in values and len(values - {OTHER_CODES}) >= CODES_KEPT:
            value = OTHER_CODES
        values.add(value)
        rows.append((source_id, column, value, events))
    bulk.add(connection, table, rows)


def _id_of(connection: Connection, source: str) -> int | None:
    return connection.scalar(select(tables.sources.c.id).where(tables.sources.c.name == source))


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def storable(text: str, length: int | None = None) -> str:
    """The start of `text`, from anywhere, in characters that every database takes (PostgreSQL refuses NUL)."""
    return text[:length].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
