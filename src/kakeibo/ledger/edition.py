"""A mark of the whole store: as long as it is the same, whatever was read from the store still holds."""

from __future__ import annotations

from sqlalchemy import func, select

from kakeibo.store import Store
from kakeibo.store.tables import (
    acknowledgements,
    complaints,
    definitions,
    device_changes,
    device_orders,
    flips,
    incident_entries,
    postmortem_comments,
    postmortem_steps,
    postmortem_texts,
    received_alerts,
    releases,
    revocations,
    rulings,
    slips,
    stages,
    touches,
    votes,
)

_GROWING = (
    *(touches, slips, definitions, flips, acknowledgements, stages, complaints, votes, rulings, releases),
    *(device_changes, device_orders, incident_entries),
    *(postmortem_texts, postmortem_comments, postmortem_steps),
)
"""Tables whose rows are added and never altered."""


def edition(store: Store) -> tuple[int, ...]:
    """Numbers of which at least one is another once counts, slips, definitions or alerts were written; the first, that
    of the counts, grows with every posting."""
    marks = [select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery() for table in _GROWING]
    taken_back = select(func.count()).select_from(revocations).scalar_subquery()
    told = select(func.coalesce(func.sum(received_alerts.c.changes), 0)).scalar_subquery()
    with store.reading() as connection:
        return tuple(int(number) for number in connection.execute(select(*marks, taken_back, told)).one())
