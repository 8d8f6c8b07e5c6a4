"""Registrations of devices in the store: one that was answered holds after a crash."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from kakeibo.sources.lwm2m import Registration
from kakeibo.store import Store, bulk, tables


def load(store: Store, source: str) -> dict[str, Registration]:
    """Place -> registration."""
    table = tables.registrations
    with store.reading() as connection:
        rows = connection.execute(select(table).where(table.c.source == source)).all()
    return {
        row.place: Registration(row.place, row.device, row.lifetime, row.renewed, row.binding, row.address)
        for row in rows
    }


def put(connection: Connection, source: str, one: Registration) -> None:
    """Enter a registration, in place of what the device had before."""
    table = tables.registrations
    connection.execute(
        delete(table).where(table.c.source == source, table.c.device == one.device, table.c.place != one.place)
    )
    row = (source, one.place, one.device, one.binding, one.address, one.lifetime, one.renewed)
    bulk.put(connection, table, [row])


def remove(connection: Connection, source: str, place: str) -> None:
    table = tables.registrations
    connection.execute(delete(table).where(table.c.source == source, table.c.place == place))
