"""Policies carried out: what begins to hold by them, or ends, is recorded like any other alert, and told like one."""

from __future__ import annotations

from typing import Final

from kakeibo.alerts import record
from kakeibo.app import policies
from kakeibo.model import Book
from kakeibo.store import Store, rounds

CARRIED_OUT: Final = "policies"
EVERY: Final = 5
"""Minutes from one look to the next: weeks and whole windows are summed for it, and budgets change slowly."""


def carry_out(book: Book, store: Store, minute: int, seconds: int) -> int:
    """Record what policies say otherwise in `minute` than they stood; returns how many changes. Of several workers one
    records them, and a minute that was looked at is not looked at again by the worker after it."""
    with store.reading() as connection:
        before = rounds.reached(connection, CARRIED_OUT)
        held = record.standings(connection)
    if before is not None and before <= minute < before + EVERY:
        return 0
    changes = policies.changes(book, store, minute, held)
    with store.writing() as connection:
        if rounds.reached(connection, CARRIED_OUT) != before:
            return 0
        record.record(connection, changes, seconds)
        rounds.reach(connection, CARRIED_OUT, minute)
    return len(changes)
