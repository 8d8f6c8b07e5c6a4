"""How far the steps of the worker have come, by minute."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from kakeibo.store.tables import rounds


def reached(connection: Connection, name: str) -> int | None:
    """The last minute for which the step `name` was done; None: never."""
    return connection.scalar(select(rounds.c.at).where(rounds.c.name == name))


def all_reached(connection: Connection) -> dict[str, int]:
    """Of every step that was ever done, the last minute."""
    return {row.name: row.at for row in connection.execute(select(rounds.c.name, rounds.c.at))}


def reach(connection: Connection, name: str, at: int) -> None:
    """Note that the step `name` was done for minute `at`."""
    connection.execute(delete(rounds).where(rounds.c.name == name))
    connection.execute(insert(rounds).values(name=name, at=at))
