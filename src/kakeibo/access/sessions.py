"""Sessions: who signed in on which browser. The cookie is a random secret; all else stays here and can be ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import delete, insert, select

from kakeibo.access import secrets
from kakeibo.store import Store, audit, tables

Kind = Literal["oidc", "local"]
LASTING: Final[dict[Kind, int]] = {"oidc": 12 * 3600, "local": 3600}
"""Seconds until one has to sign in again: a working day; an hour with a local account."""


@dataclass(frozen=True, slots=True)
class Session:
    """`subject`: what the provider knows a person by, for good; `name` is for reading."""

    kind: Kind
    name: str
    subject: str
    groups: tuple[str, ...]
    ends: int


def begin(store: Store, kind: Kind, name: str, now: int, *, subject: str = "", groups: Iterable[str] = ()) -> str:
    """A new session; returns its secret, for the cookie. Those that are over are forgotten."""
    secret, table = secrets.new(), tables.sessions
    row = {"kind": kind, "name": name, "subject": subject, "groups": "\n".join(groups)}
    with store.writing() as connection:
        connection.execute(delete(table).where(table.c.ends <= now))
        times = {"began": now, "ends": now + LASTING[kind]}
        connection.execute(insert(table).values(key=secrets.kept(secret), **row, **times))
        audit.note(connection, name, f"sign-in.{kind}", subject or name)
    return secret


def find(store: Store, secret: str, now: int) -> Session | None:
    """The session of a cookie; None when there is none, or it is over."""
    table = tables.sessions.c
    rows = select(table.kind, table.name, table.subject, table.groups, table.ends)
    with store.reading() as connection:
        row = connection.execute(rows.where(table.key == secrets.kept(secret), table.ends > now)).one_or_none()
    if row is None:
        return None
    return Session(row.kind, row.name, row.subject, tuple(filter(None, row.groups.split("\n"))), row.ends)


def end(store: Store, secret: str, name: str) -> None:
    """Sign out."""
    with store.writing() as connection:
        connection.execute(delete(tables.sessions).where(tables.sessions.c.key == secrets.kept(secret)))
        audit.note(connection, name, "sign-out", name)
