"""What the store remembers, as far as checks ask for it."""

from __future__ import annotations

from typing import Final

from kakeibo import clock
from kakeibo.alerts import record, stages
from kakeibo.alerts.acknowledgements import acknowledgements
from kakeibo.alerts.received import received
from kakeibo.ledger import votes
from kakeibo.practice.kinds import History
from kakeibo.store import Store

LOOKING_BACK: Final = 90 * clock.MINUTES_PER_DAY


def history(store: Store, at: int) -> History:
    """The three months before minute `at`."""
    since = at - LOOKING_BACK
    flips = [flip for flip in record.flips(store, since=since) if flip.at < at]
    with store.reading() as connection:
        taken = acknowledgements(connection, {flip.group for flip in flips if flip.group})
        moved = stages.latest(connection)
    return History(
        since=since,
        at=at,
        flips=flips,
        taken=list(taken.values()),
        received=[one for one in received(store, since=60 * since, limit=None) if (one.began or 0) < 60 * at],
        rulings={one.journey: one.ruling for one in votes.decisions(store)},
        stages={slo: move.stage for slo, move in moved.items()},
    )
