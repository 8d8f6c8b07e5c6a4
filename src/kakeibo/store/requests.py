"""Requests from outside, each taken once: whoever sends them may send them again. Times are seconds since 1970."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, insert, select

from kakeibo.store.tables import requests

KEPT: Final = 24 * 3600
"""Seconds for which a request is remembered; no sender repeats one for longer than some hours."""


def is_new(connection: Connection, key: str, now: int) -> bool:
    """Whether a request with this `key` comes for the first time; from now on it has come. Within the caller's writing
    transaction, so that what it asks for is done exactly when it is remembered."""
    connection.execute(delete(requests).where(requests.c.at < now - KEPT))
    if connection.scalar(select(requests.c.key).where(requests.c.key == key)) is not None:
        return False
    connection.execute(insert(requests).values(key=key, at=now))
    return True
