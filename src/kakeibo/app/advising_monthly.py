"""On the first of each month: what the advisor finds goes to those whom the book names, by the outbox, once.

1. look whether a month has begun since the one that is noted; if not, that was all
2. look at everything, outside any transaction
3. letters and the month, in one transaction; if another worker was quicker, neither
"""

from __future__ import annotations

from typing import Final

import msgspec

from kakeibo import clock
from kakeibo.app.channel_checks import receiver
from kakeibo.i18n import speaking
from kakeibo.letters import advice_messages
from kakeibo.model import Book
from kakeibo.practice.advice import Review
from kakeibo.store import Store, outbox, rounds
from kakeibo.store.outbox import Letter

ADVISED: Final = "advised"


def advise_monthly(book: Book, store: Store, minute: int, seconds: int) -> int:
    """Tell of the month that has begun, if one has; how many letters were written. In the month in which a book first
    names somebody nothing is told: they have just looked. Raises StoreBusy, and BookError for a book that is wrong."""
    if not book.advice.notify:
        return 0
    with store.reading() as connection:
        before = rounds.reached(connection, ADVISED)
    if before is not None and _month(before, book) >= _month(minute, book):
        return 0
    letters: list[Letter] = []
    if before is not None:
        from kakeibo.app.advising import advise  # readers of many formats, needed once a month

        found = advise(book.path, store, minute, strict=False)
        letters = _letters(found, book, minute, seconds) if found.with_findings else []
    with store.writing() as connection:
        if rounds.reached(connection, ADVISED) == before:
            outbox.put(connection, letters, seconds)
            rounds.reach(connection, ADVISED, minute)
    return len(letters)


def _letters(found: Review, book: Book, minute: int, seconds: int) -> list[Letter]:
    year, month = _month(minute, book)
    with speaking(book.organisation.language):
        message = advice_messages.monthly(found, book, f"advice:{year}-{month:02}")
    written = []
    for to in dict.fromkeys(book.advice.notify):
        channel, target = receiver(to)
        key = f"{message.id}:{to}"
        text = msgspec.json.encode(message).decode()
        written.append(Letter(key, message.group, channel, target, text, seconds))
    return written


def _month(minute: int, book: Book) -> tuple[int, int]:
    """Year and month of the organisation's calendar."""
    local = clock.local(minute, book.organisation.timezone)
    return local.year, local.month
