"""Access that is given for a while: rows in the store. Each function works within the caller's transaction; times are
seconds since 1970.

    opening -> open -> closing -> closed
            -> failed

A grant is written down before anything is opened, so that whatever was opened is closed, even by another worker after
a crash: of what is `opening` since long, nobody knows whether it is open, and closing it does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, insert, select, update

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.incidents import changes
from kakeibo.incidents.changes import Act
from kakeibo.ledger.deliveries import storable
from kakeibo.store import audit, tables

GrantState = Literal["opening", "open", "closing", "closed", "failed"]
_FIELDS: Final = ("incident_id", "hook", "person", "author", "reason", "state", "answer", "began", "ends", "ended",
                  "tries")  # fmt: skip
_TOLD: Final = 1_000


@dataclass(frozen=True, slots=True)
class Grant:
    """`hook` (a key of the book's `access`) is open for `person` from `began` until `ends`; `ended` 0: not closed yet.
    `answer`: what the command said last; `tries`: how often closing was tried."""

    id: int
    incident_id: int
    hook: str
    person: str
    author: str
    reason: str
    state: GrantState
    answer: str
    began: int
    ends: int
    ended: int
    tries: int


def begin(connection: Connection, number: int, hook: str, person: str, reason: str, ends: int, act: Act) -> Grant:
    """Write down that access is about to be opened."""
    table = tables.incident_grants
    values: dict[str, object] = {
        "incident_id": number, "hook": hook, "person": person, "author": act.who, "reason": reason,
        "state": "opening", "answer": "", "began": act.at, "ends": ends, "ended": 0, "tries": 0,
    }  # fmt: skip
    grant = int(connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one())
    audit.note(connection, act.who, "access.opened", f"{hook} for {person}", f"incident {number}: {reason}")
    changes.note(connection, number, "grant", act, hook, {"grant": grant, "person": person, "ends": ends})
    return one(connection, grant)


def opened(connection: Connection, grant: int, answer: str) -> Grant:
    return _change(connection, grant, state="open", answer=answer[:_TOLD])


def failed(connection: Connection, grant: int, answer: str) -> Grant:
    """The command refused to open it; it is closed nevertheless, for it may have done half of it."""
    return _change(connection, grant, state="closing", answer=answer[:_TOLD])


def closing(connection: Connection, grant: int, answer: str = "") -> Grant:
    """It is to be closed; a try that failed raises the number of tries and is made again."""
    held = one(connection, grant)
    return _change(connection, grant, state="closing", answer=storable(answer, _TOLD), tries=held.tries + bool(answer))


def closed(connection: Connection, grant: int, answer: str, act: Act) -> Grant:
    """It is closed. One that is closed already is left as it is."""
    held = one(connection, grant)
    if held.state == "closed":
        return held
    audit.note(connection, act.who, "access.closed", f"{held.hook} for {held.person}", f"incident {held.incident_id}")
    detail = {"grant": grant, "person": held.person}
    changes.note(connection, held.incident_id, "grant_over", act, held.hook, detail)
    return _change(connection, grant, state="closed", answer=storable(answer, _TOLD), ended=act.at)


def due(connection: Connection, now: int, patience: int) -> list[Grant]:
    """Those to be closed now: their time is over, somebody closed them, or whoever was opening them has died
    (`patience` seconds ago)."""
    table = tables.incident_grants.c
    over = (table.state == "closing") | ((table.state == "open") & (table.ends <= now))
    stuck = (table.state == "opening") & (table.began <= now - patience)
    rows = select(tables.incident_grants).where(over | stuck).order_by(table.id)
    return [_grant(row) for row in connection.execute(rows)]


def grants(connection: Connection, number: int) -> list[Grant]:
    """All grants of an incident, the oldest first."""
    table = tables.incident_grants.c
    rows = select(tables.incident_grants).where(table.incident_id == number).order_by(table.id)
    return [_grant(row) for row in connection.execute(rows)]


def one(connection: Connection, grant: int) -> Grant:
    """Raises UsageError when there is none of that number."""
    row = connection.execute(select(tables.incident_grants).where(tables.incident_grants.c.id == grant)).one_or_none()
    if row is None:
        raise UsageError(t("there is no access of number {id}", id=grant), t("kakeibo incident show lists them"))
    return _grant(row)


def _change(connection: Connection, grant: int, **values: object) -> Grant:
    table = tables.incident_grants
    connection.execute(update(table).where(table.c.id == grant).values(**values))
    return one(connection, grant)


def _grant(row: Row[Any]) -> Grant:
    fields: dict[str, Any] = {name: getattr(row, name) for name in _FIELDS}
    return Grant(id=row.id, **fields)
