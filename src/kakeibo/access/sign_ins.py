"""People on their way to the provider and back: each way is gone once, by the browser that began it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert

from kakeibo.access import secrets
from kakeibo.store import Store, tables

LASTING: Final = 10 * 60
"""Seconds to come back in."""


@dataclass(frozen=True, slots=True)
class Begun:
    """`state` and `nonce` come back with the person, `verifier` proves that we asked; `next`: the page they wanted."""

    state: str
    nonce: str
    verifier: str
    next: str


def begin(store: Store, next_: str, now: int) -> tuple[str, Begun]:
    """Set out; returns the secret for the browser's cookie, and what belongs to it."""
    secret, table = secrets.new(), tables.sign_ins
    begun = Begun(secrets.new(), secrets.new(), secrets.new(), next_)
    row = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier, "next": next_}
    with store.writing() as connection:
        connection.execute(delete(table).where(table.c.ends <= now))
        connection.execute(insert(table).values(key=secrets.kept(secret), ends=now + LASTING, **row))
    return secret, begun


def finish(store: Store, secret: str, state: str, now: int) -> Begun | None:
    """What belongs to a browser that comes back, once; None when it did not set out, or not with this `state`."""
    table = tables.sign_ins
    gone = delete(table).where(table.c.key == secrets.kept(secret), table.c.ends > now)
    with store.writing() as connection:
        row = connection.execute(
            gone.returning(table.c.state, table.c.nonce, table.c.verifier, table.c.next)
        ).one_or_none()
    begun = Begun(*row) if row else None
    return begun if begun and hmac.compare_digest(begun.state.encode(), state.encode()) else None
