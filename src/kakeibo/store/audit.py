"""The audit log: who changed what, by which door. Rows are added within the transaction of the change itself, so that
neither is there without the other; the database refuses to alter or remove them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, insert, select

from kakeibo import clock
from kakeibo.store.connection import Store
from kakeibo.store.tables import audit_log

Door = Literal["cli", "web", "api", "chat", "telephone"]
DOORS: tuple[Door, ...] = get_args(Door)
_LONGEST = 1_000

_door: ContextVar[Door] = ContextVar("door", default="cli")
_visitor: ContextVar[str] = ContextVar("visitor", default="")


@dataclass(frozen=True, slots=True)
class Entry:
    """In second `at`, `who` did `action` on `subject`. `visitor`: who was signed in, where somebody was; `who` is what
    they called themselves."""

    at: int
    door: Door
    visitor: str
    who: str
    action: str
    subject: str
    detail: str
    id: int | None = None


@contextmanager
def through(door: Door, visitor: str = "") -> Iterator[None]:
    """What is changed within came by this door, by this signed-in visitor."""
    doors, visitors = _door.set(door), _visitor.set(visitor)
    try:
        yield
    finally:
        _door.reset(doors)
        _visitor.reset(visitors)


def door() -> Door:
    """The door by which whatever is changed here and now came."""
    return _door.get()


def note(connection: Connection, who: str, action: str, subject: str, detail: str = "") -> None:
    """Add a row, within the writing transaction of what it tells of."""
    row = {
        "at": clock.second_of(clock.now()),
        "door": _door.get(),
        "visitor": _visitor.get(),
        **{name: _storable(text) for name, text in (("who", who), ("subject", subject), ("detail", detail))},
        "action": action,
    }
    connection.execute(insert(audit_log).values(row))


def _storable(text: str) -> str:
    """The start of a text, in characters that every database takes."""
    return text[:_LONGEST].replace("\0", " ").encode("utf-8", "replace").decode()


def entries(store: Store, limit: int, before: int | None = None) -> list[Entry]:
    """The newest `limit` rows, the newest first; those with a number below `before` where it is given."""
    table = audit_log.c
    columns = (table.at, table.door, table.visitor, table.who, table.action, table.subject, table.detail, table.id)
    rows = select(*columns).order_by(table.id.desc()).limit(limit)
    with store.reading() as connection:
        return [Entry(*row) for row in connection.execute(rows if before is None else rows.where(table.id < before))]
