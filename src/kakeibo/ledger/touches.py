"""Which minutes were touched, posting by posting: whoever holds sums in memory learns from it which are no longer true.

Written in the transaction that changes the counts, so that nobody sees one without the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from kakeibo.store.tables import touches

EVER: Final = -(2**60)
"""Earlier than any minute."""
KEPT: Final = 10_000
"""Touches that are kept: some hours of postings. Who was away for longer begins anew."""
_AT_A_TIME: Final = 1_000


@dataclass(frozen=True, slots=True)
class Touched:
    """What changed up to mark `until`: counts within each of `stretches`, [from, to) in minutes."""

    until: int
    stretches: tuple[tuple[int, int], ...]

    @property
    def first(self) -> int | None:
        """The first minute whose counts may have changed; None when none did."""
        return min((start for start, _ in self.stretches), default=None)


def touch(connection: Connection, from_minute: int, to_minute: int) -> None:
    """Note that counts in [from, to) changed. Call within the transaction that changes them."""
    new = insert(touches).values(from_minute=from_minute, to_minute=to_minute).returning(touches.c.id)
    number = int(connection.execute(new).scalar_one())
    if number % _AT_A_TIME == 0:
        connection.execute(delete(touches).where(touches.c.id <= number - KEPT))


def touched_since(connection: Connection, mark: int | None) -> Touched:
    """What changed after `mark`, the `until` of an earlier answer; None: there was none, so nothing is held."""
    latest = int(connection.scalar(select(func.coalesce(func.max(touches.c.id), 0))) or 0)
    if mark is None:
        return Touched(latest, ())
    oldest = int(connection.scalar(select(func.coalesce(func.min(touches.c.id), 0))) or 0)
    if latest < mark or mark < oldest - 1:  # a copy of the store was put back; or what came since is not kept
        return Touched(latest, ((EVER, -EVER),))
    rows = select(touches.c.from_minute, touches.c.to_minute).where(touches.c.id > mark)
    return Touched(latest, tuple((start, end) for start, end in connection.execute(rows)))
