"""Overrides and swaps in the store: entered, listed, taken back. Rows are added, never altered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Revocation
from kakeibo.oncall.rotas import Change
from kakeibo.store import Store, audit, tables

_FIELDS = ("kind", "rota", "person", "other", "start", "end", "author", "reason", "entered")


def enter(store: Store, change: Change) -> Change:
    """Enter a change. Returns it with its number."""
    values = {field: getattr(change, field) for field in _FIELDS}
    with store.writing() as connection:
        new = insert(tables.duty_changes).values(values).returning(tables.duty_changes.c.id)
        entered = _one(connection, int(connection.execute(new).scalar_one()))
        audit.note(connection, change.author, f"oncall.{change.kind}", change.rota, change.reason)
        return entered


def revoke(store: Store, number: int, revocation: Revocation) -> Change:
    """Take a change back. Raises UsageError when there is none of that number, or it has been taken back already."""
    with store.writing() as connection:
        held = [change for change in changes(connection) if change.id == number]
        if not held:
            raise UsageError(t("there is no change {id}", id=number), t("kakeibo oncall list shows them"))
        if back := held[0].revoked:
            raise UsageError(
                t("{id} was revoked already, by {author}", id=number, author=back.author),
                t("what is revoked stays so; enter it anew if it should hold again"),
            )
        row = {"author": revocation.author, "reason": revocation.reason, "at": revocation.at}
        connection.execute(insert(tables.duty_revocations).values(change_id=number, **row))
        audit.note(connection, revocation.author, "oncall.revoked", f"change {number}", revocation.reason)
        return _one(connection, number)


def changes(connection: Connection) -> list[Change]:
    """All of them, the revoked ones too, in the order in which they were entered."""
    table, back = tables.duty_changes, tables.duty_revocations
    taken_back = (back.c.author.label("by"), back.c.reason.label("because"), back.c.at)
    rows = select(table, *taken_back).outerjoin(back, back.c.change_id == table.c.id).order_by(table.c.id)
    return [_change(row) for row in connection.execute(rows)]


def _one(connection: Connection, number: int) -> Change:
    return next(change for change in changes(connection) if change.id == number)


def _change(row: Row[Any]) -> Change:
    fields: dict[str, Any] = {field: getattr(row, field) for field in _FIELDS}
    return Change(**fields, id=row.id, revoked=None if row.at is None else Revocation(row.by, row.because, row.at))
