"""Slips: what people entered about a stretch of time, and took back. Rows are added, never altered.

An adjustment also moves events (adjustments.py); a charge moves nothing: it says what spent the budget.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.ledger import adjustments
from kakeibo.ledger.touches import touch
from kakeibo.model import Page, Revocation, Slip
from kakeibo.store import Store, audit, tables

_FIELDS = ("page", "kind", "what", "from_minute", "to_minute", "author", "reason", "entered", "name")


def enter(store: Store, slip: Slip) -> Slip:
    """Enter a slip, with all that follows from it, in one transaction. Returns it with its number."""
    values = {field: getattr(slip, field) for field in _FIELDS} | {"scope": "\n".join(slip.scope)}
    with store.writing() as connection:
        new = insert(tables.slips).values(values).returning(tables.slips.c.id)
        slip_id = int(connection.execute(new).scalar_one())
        if slip.page == "adjustment":
            adjustments.move(connection, slip_id, slip)
            touch(connection, slip.from_minute, slip.to_minute)
        audit.note(connection, slip.author, f"{slip.page}.entered", f"{slip.page} {slip_id}", slip.reason)
        return _one(connection, slip_id)


def revoke(store: Store, page: Page, slip_id: int, revocation: Revocation) -> Slip:
    """Take a slip back, with all that followed from it, in one transaction.

    Raises UsageError when `page` has no such slip, or when it has been taken back already.
    """
    with store.writing() as connection:
        held = _one(connection, slip_id) if _exists(connection, page, slip_id) else None
        if held is None:
            raise UsageError(*_unknown(page, slip_id))
        if held.revoked:
            raise UsageError(
                t("{id} was revoked already, by {author}", id=slip_id, author=held.revoked.author),
                t("what is revoked stays so; enter it anew if it should hold again"),
            )
        row = {"author": revocation.author, "reason": revocation.reason, "at": revocation.at}
        connection.execute(insert(tables.revocations).values(slip_id=slip_id, **row))
        if page == "adjustment":
            adjustments.put_back(connection, slip_id, in_force(connection, held.from_minute, held.to_minute))
            touch(connection, held.from_minute, held.to_minute)
        audit.note(connection, revocation.author, f"{page}.revoked", f"{page} {slip_id}", revocation.reason)
        return _one(connection, slip_id)


def slips(store: Store, page: Page) -> list[Slip]:
    """All slips of a page, the revoked ones too, in the order in which they were entered."""
    with store.reading() as connection:
        return read_slips(connection, page)


def read_slips(connection: Connection, page: Page) -> list[Slip]:
    """The same within a transaction."""
    return _read(connection, tables.slips.c.page == page)


def in_force(connection: Connection, from_minute: int, to_minute: int) -> list[Slip]:
    """The adjustments that touch [from, to) and are not revoked, the first entered first."""
    table = tables.slips.c
    touching = (table.page == "adjustment", table.from_minute < to_minute, table.to_minute > from_minute)
    return [slip for slip in _read(connection, *touching) if slip.revoked is None]


def silences_in_force(connection: Connection, at: int) -> list[Slip]:
    """The silences that hold in minute `at`."""
    table = tables.slips.c
    holding = (table.page == "silence", table.from_minute <= at, table.to_minute > at)
    return [slip for slip in _read(connection, *holding) if slip.revoked is None]


def _exists(connection: Connection, page: Page, slip_id: int) -> bool:
    table = tables.slips.c
    return connection.scalar(select(table.id).where(table.id == slip_id, table.page == page)) is not None


def _unknown(page: Page, slip_id: int) -> tuple[str, str]:
    if page == "adjustment":
        return t("there is no adjustment {id}", id=slip_id), t("kakeibo adjust list shows them")
    if page == "silence":
        return t("there is no silence {id}", id=slip_id), t("kakeibo silence list shows them")
    return t("there is no charge {id}", id=slip_id), t("kakeibo charge list shows them")


def _one(connection: Connection, slip_id: int) -> Slip:
    [slip] = _read(connection, tables.slips.c.id == slip_id)
    return slip


def _read(connection: Connection, *conditions: ColumnElement[bool]) -> list[Slip]:
    slips, revocations = tables.slips, tables.revocations
    back = (revocations.c.author.label("by"), revocations.c.reason.label("because"), revocations.c.at)
    rows = select(slips, *back).outerjoin(revocations, revocations.c.slip_id == slips.c.id)
    return [_slip(row) for row in connection.execute(rows.where(*conditions).order_by(slips.c.id))]


def _slip(row: Row[Any]) -> Slip:
    return Slip(
        **{field: getattr(row, field) for field in _FIELDS},
        scope=tuple(row.scope.split("\n")),
        id=row.id,
        revoked=None if row.at is None else Revocation(row.by, row.because, row.at),
    )
