"""What the book's alerts cannot do, or do too easily: the rules held against targets, windows and the usual traffic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from kakeibo import ledger
from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.definitions.marks import Marks
from kakeibo.errors import Problem
from kakeibo.letters.cautions import cautions
from kakeibo.model import Book, Count
from kakeibo.store import Store

USUAL_MINUTES: Final = 28 * MINUTES_PER_DAY
"""Traffic is usual when it is the average of so many minutes before the last one counted."""


def warnings_of(book: Book, marks: Marks, store: Store | None) -> Iterator[Problem]:
    """A warning for each caution, at the alerts of its SLO. Without a store nothing is known of the traffic."""
    traffic = usual_traffic(book, store) if store else {}
    for journey in book.journeys.values():
        for slo in journey.slos:
            place = marks.locate(("journeys", journey.key, "slos", slo.name.split("/", 1)[1], "alerts"), key=True)
            for message, mend in cautions(slo, traffic.get(slo.name)):
                yield Problem(*place, message, mend, "warning")


def usual_traffic(book: Book, store: Store) -> Mapping[str, Fraction]:
    """Valid events an hour by SLO, over the minutes in which its source delivered; those without any are left out."""
    found = {}
    for source in book.sources:
        last = ledger.health(store, source, 0, 0).last_minute
        if last is None:
            continue
        start, end = last + 1 - USUAL_MINUTES, last + 1
        hours = Fraction(ledger.health(store, source, start, end).measured_minutes, MINUTES_PER_HOUR)
        counts = ledger.sums(store, [(start, end)])[start, end]
        for slo in book.slos_of(source):
            if valid := counts.get(slo.name, Count()).valid:
                found[slo.name] = valid / hours
    return found
