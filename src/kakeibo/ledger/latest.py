"""When something was counted last."""

from __future__ import annotations

from sqlalchemy import select

from kakeibo.store import Store
from kakeibo.store.tables import minute_counts, slos


def last_minute(store: Store, slo: str, from_minute: int, to_minute: int) -> int | None:
    """The last minute of [from, to) in which `slo` had an event; None when it had none.

    Read from the end on, so that it costs little while events come regularly.
    """
    columns = minute_counts.c
    with store.reading() as connection:
        slo_id = connection.scalar(select(slos.c.id).where(slos.c.name == slo))
        found = select(columns.minute).where(columns.slo_id == slo_id)
        found = found.where(columns.minute >= from_minute, columns.minute < to_minute)
        return connection.scalar(found.order_by(columns.minute.desc()).limit(1))
