"""Touches: what changed since, as long as it is kept; who was away for longer begins anew."""

from __future__ import annotations

from sqlalchemy import func, select

from kakeibo.ledger import touches
from kakeibo.ledger.touches import EVER, KEPT, touch, touched_since
from kakeibo.store import Store, tables


def test_what_is_not_kept_any_more_may_have_touched_everything(store: Store) -> None:
    with store.writing() as connection:
        touch(connection, 5, 6)
        early = touched_since(connection, None).until
        for minute in range(KEPT + touches._AT_A_TIME):
            touch(connection, minute, minute + 1)
    with store.reading() as connection:
        rows = connection.scalar(select(func.count()).select_from(tables.touches)) or 0
        latest = touched_since(connection, None).until
        assert rows <= KEPT + touches._AT_A_TIME
        assert touched_since(connection, early).first == EVER
        assert touched_since(connection, latest - 3).stretches == tuple((n - 1, n) for n in range(latest - 3, latest))
        assert touched_since(connection, latest).stretches == ()
