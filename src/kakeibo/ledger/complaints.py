"""Complaints: what users reported to support, and what they were answered. Rows are added, never altered.

A user is known by a keyed digest alone: who does not have the key cannot tell who it was, nor try names out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import insert, select

from kakeibo.ledger.deliveries import storable
from kakeibo.store import Store, audit, tables


@dataclass(frozen=True, slots=True)
class Complaint:
    """`at`: the minute it is about; `entered`: that of asking. `journey` "": none was found for the words.

    `user_hash` "": nobody was named. `origin`: shell, web or api. `id` is None until it is kept.
    """

    journey: str
    at: int
    text: str
    user_hash: str
    verdict: str
    origin: str
    entered: int
    id: int | None = None


_FIELDS = tuple(field.name for field in fields(Complaint))


def complain(store: Store, complaint: Complaint) -> Complaint:
    """Keep a complaint. Returns it with its number."""
    values = {name: getattr(complaint, name) for name in _FIELDS if name != "id"}
    values["text"] = storable(complaint.text)
    with store.writing() as connection:
        new = insert(tables.complaints).values(values).returning(tables.complaints.c.id)
        number = int(connection.execute(new).scalar_one())
        # Not the words: the audit log keeps for ever what it is given, and these are a user's.
        audit.note(connection, "", "support.asked", f"complaint {number}", complaint.verdict)
    return Complaint(**values, id=number)


def complaint_of(store: Store, number: int) -> Complaint | None:
    """The complaint of that number, if there is one."""
    table = tables.complaints.c
    with store.reading() as connection:
        row = connection.execute(select(*(table[name] for name in _FIELDS)).where(table.id == number)).one_or_none()
    return Complaint(*row) if row else None


def complaints(
    store: Store, journey: str | None = None, *, since: int = 0, newest: int | None = None, before: int | None = None
) -> list[Complaint]:
    """Complaints about a journey (None: all) of minute `since` or later, in the order in which they were entered.

    `newest`: only so many, those entered last, the newest first; with a number below `before` where that is given.
    """
    table = tables.complaints.c
    rows = select(*(table[name] for name in _FIELDS)).where(table.at >= since).order_by(table.id)
    if journey is not None:
        rows = rows.where(table.journey == journey)
    if newest is not None:
        rows = rows.order_by(None).order_by(table.id.desc()).limit(newest)
    if before is not None:
        rows = rows.where(table.id < before)
    with store.reading() as connection:
        return [Complaint(*row) for row in connection.execute(rows)]
