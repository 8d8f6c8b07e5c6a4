"""Calls: one person makes another's telephone ring. A call is a page that begins with a person instead of a team."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from kakeibo.duties import Duty
from kakeibo.oncall import escalation, pages
from kakeibo.oncall.escalation import CALL, Page
from kakeibo.store import audit, tables

_SUBJECT = "call:"


@dataclass(frozen=True, slots=True)
class Call:
    """`author` calls `person` (a key of the book), in second `at`; `origin` is where they asked for it: "chat", "cli".
    `subject` is that of the page."""

    subject: str
    person: str
    author: str
    origin: str
    text: str
    at: int


def new_call(person: str, author: str, origin: str, text: str, at: int) -> Call:
    """A call that nobody has entered yet."""
    return Call(f"{_SUBJECT}{secrets.token_hex(6)}", person, author, origin, text, at)


def begin(connection: Connection, call: Call) -> Page:
    """Enter a call. Returns its page, which rings with the next round."""
    row = {name: getattr(call, name) for name in Call.__slots__}
    connection.execute(insert(tables.calls).values(row))
    audit.note(connection, call.author, "call", call.person, call.text)
    return pages.begin(connection, escalation.direct(call.person), CALL, call.subject, call.at)


def begin_for(connection: Connection, policy: Duty, call: Call) -> Page:
    """The same for whoever is on duty, in the words of `call`: something of our own is the matter, and no alert."""
    row = {name: getattr(call, name) for name in Call.__slots__}
    connection.execute(insert(tables.calls).values(row))
    return pages.begin(connection, policy, "page", call.subject, call.at)


def call_of(connection: Connection, subject: str) -> Call | None:
    """The call that a page is about; None when it is about something else."""
    table = tables.calls.c
    columns = (table.subject, table.person, table.author, table.origin, table.text, table.at)
    row = connection.execute(select(*columns).where(table.subject == subject)).one_or_none()
    return Call(*row) if row else None


def is_call(subject: str) -> bool:
    """Whether the subject of a page is a call."""
    return subject.startswith(_SUBJECT)
