"""Incidents as the store has them. A store or a transaction will do: `incident(store, 12)`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, select

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.incidents.nouns import Entry, Incident, Measurement, State, Task, Typed
from kakeibo.store import Store, tables
from kakeibo.store.outbox import batched

Where = Store | Connection


def incident(where: Where, number: int, *, entries: int | None = None) -> Incident:
    """An incident with its timeline, and with those of the incidents that were merged into it; `entries`: only so many,
    the newest. Raises UsageError when there is none of that number."""
    with _reading(where) as connection:
        found = _found(connection, select(tables.incidents).where(tables.incidents.c.id == number))
        if not found:
            raise UsageError(t("there is no incident {id}", id=number), t("kakeibo incident list shows them"))
        return replace(found[0], timeline=tuple(timeline(connection, number, limit=entries)))


def incidents(
    where: Where, *, states: Collection[State] | None = None, since: int = 0, numbers: Collection[int] | None = None
) -> list[Incident]:
    """Incidents without their timelines, the newest first: all but the merged, those in `states`, those opened in
    second `since` or later, those of `numbers`."""
    table = tables.incidents.c
    rows = select(tables.incidents).where(table.opened >= since).order_by(table.id.desc())
    rows = rows.where(table.state.in_(states) if states is not None else table.state != "merged")
    if numbers is not None:
        rows = rows.where(table.id.in_(numbers))
    with _reading(where) as connection:
        return _found(connection, rows)


def of_cause(where: Where, key: str) -> int | None:
    """The number of the incident that was opened for a cause or took it in: causes go along when it is merged."""
    table = tables.incident_causes.c
    with _reading(where) as connection:
        number = connection.scalar(select(table.incident_id).where(table.key == key))
        return None if number is None else int(number)


def survivor(connection: Connection, number: int) -> int:
    """The incident in which one goes on: itself, unless it was merged."""
    table = tables.incidents.c
    while into := connection.scalar(select(table.merged_into).where(table.id == number)):
        number = int(into)
    return number


def timeline(
    where: Where, number: int, *, limit: int | None = None, before: tuple[int, int] | None = None
) -> list[Entry]:
    """Entries of an incident and of those merged into it, the oldest first; `limit`: only so many, the newest, of those
    that stand before `before` (second and number of an entry)."""
    table = tables.incident_entries.c
    with _reading(where) as connection:
        family = [number, *_merged_into(connection, number)]
        rows = select(tables.incident_entries).where(table.incident_id.in_(family))
        if before is not None:
            rows = rows.where((table.at < before[0]) | ((table.at == before[0]) & (table.id < before[1])))
        found = list(connection.execute(rows.order_by(table.at.desc(), table.id.desc()).limit(limit)))
        marked = _marked(connection, family)
    return [_entry(row, row.id in marked) for row in reversed(found)]


def place_of(where: Where, number: int, entry: int) -> tuple[int, int]:
    """Where an entry stands in a timeline: its second and number. Raises UsageError when it has no such entry."""
    table = tables.incident_entries.c
    with _reading(where) as connection:
        row = connection.execute(select(table.at, table.incident_id).where(table.id == entry)).one_or_none()
        if row is None or survivor(connection, row.incident_id) != survivor(connection, number):
            raise UsageError(
                t("incident {id} has no entry {entry}", id=number, entry=entry), t("kakeibo incident show lists them")
            )
        return int(row.at), entry


def milestones(where: Where, number: int) -> list[Entry]:
    """The entries of a timeline that are marked as milestones, the oldest first."""
    table = tables.incident_entries.c
    with _reading(where) as connection:
        marked = sorted(_marked(connection, [number, *_merged_into(connection, number)]))
        rows = [
            row
            for some in batched(map(str, marked))
            for row in connection.execute(select(tables.incident_entries).where(table.id.in_(map(int, some))))
        ]
    return sorted((_entry(row, True) for row in rows), key=lambda one: (one.at, one.id))


def length(where: Where, number: int) -> int:
    """How many entries a timeline has."""
    table = tables.incident_entries.c
    with _reading(where) as connection:
        family = [number, *_merged_into(connection, number)]
        return int(connection.scalar(select(func.count()).where(table.incident_id.in_(family))) or 0)


def encoded(value: Measurement | Typed) -> str:
    """As the store keeps it: JSON, fractions as exact texts."""
    return msgspec.json.encode(value, enc_hook=str).decode()


def measurement_of(text: str) -> Measurement | None:
    """What `encoded` wrote; None of nothing."""
    return msgspec.json.decode(text, type=Measurement, dec_hook=lambda kind, text: kind(text)) if text else None


@contextmanager
def _reading(where: Where) -> Iterator[Connection]:
    if isinstance(where, Connection):
        yield where
    else:
        with where.reading() as connection:
            yield connection


def _found(connection: Connection, rows: Select[Any]) -> list[Incident]:
    found = list(connection.execute(rows))
    numbers = [row.id for row in found]
    roles = _by_incident(connection, select(tables.incident_roles), numbers)
    tasks = _by_incident(connection, select(tables.incident_tasks).order_by(tables.incident_tasks.c.id), numbers)
    causes = _by_incident(connection, select(tables.incident_causes).order_by(tables.incident_causes.c.key), numbers)
    return [
        Incident(
            id=row.id,
            title=row.title,
            state=row.state,
            origin=row.origin,
            opened_by=row.author,
            private=bool(row.private),
            services=_lines(row.services),
            slos=_lines(row.slos),
            opened_at=row.opened,
            acknowledged_at=row.acknowledged or None,
            mitigated_at=row.mitigated or None,
            resolved_at=row.resolved or None,
            merged_into=row.merged_into or None,
            version=row.version,
            measured=measurement_of(row.measured),
            typed=msgspec.json.decode(row.typed, type=Typed) if row.typed else Typed(),
            roles={one.role: one.person for one in roles.get(row.id, ())},
            tasks=tuple(_task(one) for one in tasks.get(row.id, ())),
            causes=tuple(one.key for one in causes.get(row.id, ())),
        )
        for row in found
    ]


def _by_incident(connection: Connection, rows: Select[Any], numbers: Iterable[int]) -> Mapping[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    column = rows.selected_columns["incident_id"]
    for some in batched(map(str, numbers)):
        for row in connection.execute(rows.where(column.in_(map(int, some)))):
            found.setdefault(row.incident_id, []).append(row)
    return found


def _merged_into(connection: Connection, number: int) -> list[int]:
    table, found, left = tables.incidents.c, list[int](), [number]
    while left:
        left = list(connection.scalars(select(table.id).where(table.merged_into.in_(left))))
        found += left
    return found


def _marked(connection: Connection, family: Collection[int]) -> set[int]:
    """The entries whose last mark holds."""
    table = tables.incident_marks.c
    last = select(func.max(table.id)).where(table.incident_id.in_(family)).group_by(table.entry_id)
    return set(connection.scalars(select(table.entry_id).where(table.id.in_(last), table.marked == 1)))


def _entry(row: Row[Any], milestone: bool) -> Entry:
    return Entry(
        id=row.id,
        incident=row.incident_id,
        at=row.at,
        entered=row.entered,
        kind=row.kind,
        author=row.author,
        door=row.door,
        text=row.text,
        detail=msgspec.json.decode(row.detail) if row.detail else {},
        milestone=milestone,
    )


def _task(row: Row[Any]) -> Task:
    return Task(row.id, row.text, row.owner, row.author, row.added, row.due or None, row.done or None)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines())
