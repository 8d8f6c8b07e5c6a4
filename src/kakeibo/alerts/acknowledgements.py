"""Acknowledgements: somebody takes a matter. Rows are added, never altered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from kakeibo.store import audit, tables
from kakeibo.store.outbox import batched


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`author` takes the matter `group`, in second `at`; `origin` is where they said so: "cli", "web", "chat",
    "phone" or "sms"."""

    group: str
    author: str
    origin: str
    note: str
    at: int
    id: int | None = None


def acknowledge(connection: Connection, new: Acknowledgement) -> Acknowledgement:
    """Write it down. Returns it with its number."""
    table = tables.acknowledgements
    row = {"alert_group": new.group, "author": new.author, "origin": new.origin, "note": new.note, "at": new.at}
    number = int(connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())
    audit.note(connection, new.author, "alert.taken", new.group, new.note)
    return Acknowledgement(new.group, new.author, new.origin, new.note, new.at, number)


def acknowledgements(connection: Connection, groups: Iterable[str]) -> dict[str, Acknowledgement]:
    """The first acknowledgement of each of the groups that has one."""
    table = tables.acknowledgements.c
    columns = (table.alert_group, table.author, table.origin, table.note, table.at, table.id)
    found: dict[str, Acknowledgement] = {}
    for part in batched(groups):
        rows = select(*columns).where(table.alert_group.in_(part)).order_by(table.id)
        for row in connection.execute(rows):
            found.setdefault(row.alert_group, Acknowledgement(*row))
    return found
