"""Notes of what happened outside: enquiries, churn, incidents, as people uploaded them. Added, never altered.

A note is known by the digest of its content: the same content is kept once, and an address that names it shows the same
for ever.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import insert, select

from kakeibo.store import Store, audit, tables


@dataclass(frozen=True, slots=True)
class Note:
    """`kind`: enquiries, churn or incidents. `name`: of the file it came from. `content`: JSON."""

    key: str
    kind: str
    name: str
    content: str


def keep(store: Store, kind: str, name: str, content: str, entered: int) -> str:
    """Keep a note. Returns its key."""
    key = hashlib.sha256(f"{kind}\n{content}".encode()).hexdigest()[:16]
    table = tables.outside_notes
    with store.writing() as connection:
        if connection.scalar(select(table.c.id).where(table.c.key == key)) is None:
            row = {"key": key, "kind": kind, "name": name, "content": content, "entered": entered}
            connection.execute(insert(table).values(row))
            audit.note(connection, "", "lab.file", name, kind)
    return key


def note(store: Store, kind: str, key: str) -> Note | None:
    """The note of that key, if there is one of this kind."""
    table = tables.outside_notes.c
    with store.reading() as connection:
        row = connection.execute(
            select(table.key, table.kind, table.name, table.content).where(table.key == key, table.kind == kind)
        ).one_or_none()
    return Note(*row) if row else None
