"""Leases: of several workers, one does a thing. Times are seconds since 1970."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import insert, select, update

from kakeibo.store.connection import Store
from kakeibo.store.tables import leases

Gone = Callable[[str], bool]
"""Whether a holder is known to be no more, so that nobody need wait for the end of its lease."""


def _unknown(holder: str) -> bool:
    del holder
    return False


def take(store: Store, name: str, holder: str, now: int, seconds: int, gone: Gone = _unknown) -> bool:
    """Whether `holder` has the lease `name`, from now on for `seconds`: it had it, or nobody has.

    A clock that jumps back does not keep a lease for ever: one that would last longer than `seconds` from now is void.
    """
    with store.writing() as connection:
        held = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
        if held is None:
            connection.execute(insert(leases).values(name=name, holder=holder, held_until=now + seconds))
            return True
        if held.holder != holder and now < held.held_until <= now + seconds and not gone(held.holder):
            return False
        renewed = update(leases).where(leases.c.name == name)
        connection.execute(renewed.values(holder=holder, held_until=now + seconds))
        return True


def let_go(store: Store, name: str, holder: str) -> None:
    """Give a lease back, so that another need not wait for its end."""
    with store.writing() as connection:
        mine = (leases.c.name == name, leases.c.holder == holder)
        connection.execute(update(leases).where(*mine).values(held_until=0))


def ends(store: Store) -> dict[str, int]:
    """Until when each lease was last held, in seconds since 1970."""
    with store.reading() as connection:
        return {row.name: int(row.held_until) for row in connection.execute(select(leases))}
