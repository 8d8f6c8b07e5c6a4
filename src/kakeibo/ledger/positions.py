"""How far a source has been read. Every posting raises its version, so that of two who read the same, one wins."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from kakeibo.errors import Overtaken
from kakeibo.i18n import t
from kakeibo.ledger.touches import EVER, touch
from kakeibo.model import Stream
from kakeibo.store import Store, tables

_AT_ONCE = 500
"""Keys named in one statement."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on reading a source: what was known at `version`."""

    version: int
    streams: tuple[Stream, ...]


def cursor(store: Store, source: str) -> Cursor:
    """Where to go on reading `source`; a source seen for the first time is entered."""
    table = tables.sources
    known = select(table.c.id, table.c.version).where(table.c.name == source)
    with store.reading() as connection:
        row = connection.execute(known).one_or_none()
        if row is not None:
            return Cursor(row.version, streams_of(connection, row.id))
    with store.writing() as connection:
        enter(connection, source)
        row = connection.execute(known).one()
        return Cursor(row.version, streams_of(connection, row.id))


def enter(connection: Connection, source: str) -> int:
    """The id of `source`, entered when it is seen for the first time. Call within a writing transaction."""
    table = tables.sources
    source_id: int | None = connection.scalar(select(table.c.id).where(table.c.name == source))
    if source_id is None:
        new = insert(table).values(name=source, version=0).returning(table.c.id)
        source_id = int(connection.execute(new).scalar_one())
    return source_id


def slo_ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The ids of all SLOs, those of `names` entered when they are new. Call within a writing transaction."""
    known = select(tables.slos.c.name, tables.slos.c.id)
    ids = {row.name: row.id for row in connection.execute(known)}
    if new := [name for name in dict.fromkeys(names) if name not in ids]:
        connection.execute(insert(tables.slos), [{"name": name} for name in new])
        ids = {row.name: row.id for row in connection.execute(known)}
    return ids


def claim(connection: Connection, source: str, version: int) -> int:
    """Raise the version of `source` and return its id. Raises Overtaken when it is no longer `version`.

    Call first in a writing transaction: all that follows then belongs to whoever read that version.
    """
    table = tables.sources
    raised = update(table).where(table.c.name == source, table.c.version == version)
    source_id: int | None = connection.execute(
        raised.values(version=version + 1).returning(table.c.id)
    ).scalar_one_or_none()
    if source_id is None:
        raise Overtaken(
            t("source {source} was counted by another process meanwhile", source=source),
            t("nothing was written; run the command again, it goes on where the other stopped"),
        )
    return source_id


def forget(
    store: Store,
    source: str,
    slo_names: Collection[str],
    version: int,
    also: Callable[[Connection], None] | None = None,
) -> Cursor:
    """Drop all that came from `source`, for counting it again from the start: positions, deliveries, samples,
    unfinished events, and the counts and definitions of `slo_names` (the SLOs counted from it). What an SLO that is not
    named had counted stays. Adjustments stay, too, and take out the new counts as they did the old ones. `also`: what
    else of our own is forgotten with it. Raises Overtaken like `post`."""
    with store.writing() as connection:
        source_id = claim(connection, source, version)
        slos = [row.id for row in connection.execute(select(tables.slos)) if row.name in set(slo_names)]
        for table in (
            tables.minute_counts,
            tables.hour_totals,
            tables.moved_counts,
            tables.definitions,
            tables.parts,
        ):
            delete_keys(connection, table, "slo_id", slos)
        touch(connection, EVER, -EVER)
        for table in (
            tables.source_minutes,
            tables.streams,
            tables.rejections,
            tables.rejection_reasons,
            tables.unknown_codes,
            tables.pending,
        ):
            connection.execute(delete(table).where(table.c.source_id == source_id))
        if also:
            also(connection)
    return Cursor(version + 1, ())


def pending(store: Store, source: str) -> dict[str, tuple[int, str]]:
    """Logical events of `source` not finished yet: key -> (minute in which it is due, state)."""
    table = tables.pending
    rows = select(table.c.key, table.c.due, table.c.state).join(
        tables.sources, tables.sources.c.id == table.c.source_id
    )
    with store.reading() as connection:
        found = connection.execute(rows.where(tables.sources.c.name == source))
        return {key: (due, state) for key, due, state in found}


def delete_keys(connection: Connection, table: Table, column: str, keys: Sequence[Any], *conditions: Any) -> None:
    """Delete the rows whose `column` is one of `keys`, and that meet `conditions`."""
    for start in range(0, len(keys), _AT_ONCE):
        chosen = table.c[column].in_(keys[start : start + _AT_ONCE])
        connection.execute(delete(table).where(chosen, *conditions))


def streams_of(connection: Connection, source_id: int) -> tuple[Stream, ...]:
    table = tables.streams
    rows = connection.execute(select(table).where(table.c.source_id == source_id).order_by(table.c.id))
    return tuple(_stream(row) for row in rows.mappings())


def write_streams(connection: Connection, source_id: int, streams: Sequence[Stream]) -> tuple[Stream, ...]:
    """Enter the streams that have no id yet, update the others. Returns all of them, in order, with their ids."""
    table = tables.streams
    new = [_columns(stream) | {"source_id": source_id} for stream in streams if stream.id is None]
    old = [_columns(stream) | {"stream": stream.id} for stream in streams if stream.id is not None]
    ids: Iterator[int] = iter(())
    if new:
        entered = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        ids = iter(connection.scalars(entered, new).all())
    if old:
        connection.execute(update(table).where(table.c.id == bindparam("stream"), table.c.source_id == source_id), old)
    return tuple(stream if stream.id is not None else replace(stream, id=next(ids)) for stream in streams)


# Devices and inodes are unsigned 64-bit numbers, the databases' are signed: the upper half is stored as negative.
_UNSIGNED = 1 << 64


def _columns(stream: Stream) -> dict[str, Any]:
    return {
        "path": os.fsencode(stream.path),
        "device": _signed(stream.device),
        "inode": _signed(stream.inode),
        "size": stream.size,
        "mtime_ns": stream.mtime_ns,
        "head": stream.head,
        "head_length": stream.head_length,
        "tail": stream.tail,
        "tail_length": stream.tail_length,
        "position": stream.position,
    }


def _stream(row: Any) -> Stream:
    columns = {name: row[name] for name in Stream.__dataclass_fields__}
    return Stream(
        **columns
        | {
            "path": os.fsdecode(row["path"]),
            "device": row["device"] % _UNSIGNED,
            "inode": row["inode"] % _UNSIGNED,
        }
    )


def _signed(number: int) -> int:
    return number - _UNSIGNED if number >= _UNSIGNED // 2 else number
