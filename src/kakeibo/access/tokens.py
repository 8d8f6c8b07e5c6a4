"""Tokens for programs: each with a role in one team or all, and an end. Kept as hashes; shown once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert, select, update

from kakeibo.access import secrets
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.permissions import EVERY_TEAM, Role, Visitor
from kakeibo.store import Store, audit, tables

PREFIX: Final = "kakeibo_"
"""So that scanners of leaked secrets, and people, see what it is."""
LONGEST_DAYS: Final = 400
_DAY: Final = 24 * 3600
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """`team` "*": all teams. Seconds since 1970; `revoked` 0: not."""

    name: str
    team: str
    role: Role
    author: str
    created: int
    ends: int
    revoked: int

    def holds(self, now: int) -> bool:
        return not self.revoked and now < self.ends


_COLUMNS: Final = tuple(tables.tokens.c[name] for name in Token.__slots__)


def create(
    store: Store, name: str, role: Role, author: str, now: int, *, team: str = EVERY_TEAM, days: int = 90
) -> str:
    """A new token; returns its secret, which nobody can show again. Raises UsageError for a name that is taken."""
    if not _NAME.fullmatch(name):
        raise UsageError(t("{name} is no name for a token", name=repr(name[:80])), t("write it like this: ci-gate"))
    if not 1 <= days <= LONGEST_DAYS:
        raise UsageError(t("a token holds for 1 to {most} days", most=LONGEST_DAYS))
    secret, table = PREFIX + secrets.new(), tables.tokens
    row = {"name": name, "team": team, "role": role, "author": author, "created": now, "ends": now + days * _DAY}
    with store.writing() as connection:
        if connection.scalar(select(table.c.name).where(table.c.name == name)) is not None:
            raise UsageError(t("there was a token {name} already", name=name), t("names are not given twice"))
        connection.execute(insert(table).values(key=secrets.kept(secret), revoked=0, **row))
        audit.note(connection, author, "token.created", name, f"{role} {team} {days}d")
    return secret


def revoke(store: Store, name: str, author: str, now: int) -> None:
    """End a token. Raises UsageError when there is none, or it is revoked already."""
    table = tables.tokens
    with store.writing() as connection:
        done = connection.execute(
            update(table).where(table.c.name == name, table.c.revoked == 0).values(revoked=now).returning(table.c.name)
        )
        if done.one_or_none() is None:
            raise UsageError(t("there is no token {name} in force", name=name), t("kakeibo token list shows them"))
        audit.note(connection, author, "token.revoked", name)


def tokens(store: Store) -> list[Token]:
    """All of them, those that ended too, by name."""
    with store.reading() as connection:
        return [Token(*row) for row in connection.execute(select(*_COLUMNS).order_by(tables.tokens.c.name))]


def visitor(store: Store, secret: str, now: int) -> Visitor | None:
    """Who shows this token; None when it is none, or holds no more."""
    if not secret.startswith(PREFIX):
        return None
    with store.reading() as connection:
        row = connection.execute(select(*_COLUMNS).where(tables.tokens.c.key == secrets.kept(secret))).one_or_none()
    if row is None or not (token := Token(*row)).holds(now):
        return None
    return Visitor(f"token:{token.name}", {token.team: token.role})
