"""What the store remembers, as far as checks ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kakeibo import clock
from kakeibo.alerts import record, stages
from kakeibo.alerts.acknowledgements import Acknowledgement, acknowledgements
from kakeibo.alerts.received import received
from kakeibo.incidents import records
from kakeibo.incidents.nouns import ALERT
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
        taken=[*taken.values(), *_with_incident(store, since)],
        received=[one for one in received(store, since=60 * since, limit=None) if (one.began or 0) < 60 * at],
        rulings={one.journey: one.ruling for one in votes.decisions(store)},
        stages={slo: move.stage for slo, move in moved.items()},
    )


def _with_incident(store: Store, since: int) -> Iterator[Acknowledgement]:
    """Whoever takes an incident takes the alerts that it is about."""
    for one in records.incidents(store, since=60 * since):
        for cause in one.causes:
            if one.acknowledged_at is not None and cause.startswith(ALERT):
                yield Acknowledgement(cause.removeprefix(ALERT), "", "incident", "", one.acknowledged_at)
