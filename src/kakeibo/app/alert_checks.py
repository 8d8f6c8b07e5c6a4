"""What the book's alerts cannot do, or do too easily: the rules held against targets, windows and the usual traffic."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import Final

from kakeibo import ledger
from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.definitions.marks import Marks
from kakeibo.errors import Problem
from kakeibo.i18n import t
from kakeibo.letters import phrases
from kakeibo.letters.cautions import Caution, cautions
from kakeibo.model import Book, Composite, Count
from kakeibo.store import Store

USUAL_MINUTES: Final = 28 * MINUTES_PER_DAY
"""Usual is the average of at most so many minutes before the last one counted."""
_SHOWN: Final = 5


def problems_of(book: Book, marks: Marks, store: Store | None) -> Iterator[Problem]:
    """A warning for each caution against alerts that the book has written; one note about all that keep the usual ones.

    Without a store nothing is known of the traffic.
    """
    traffic = usual_traffic(book, store) if store else {}
    unsuited: dict[str, Caution] = {}
    for journey in book.journeys.values():
        for slo in (one for whole in journey.slos for one in (whole, *whole.parts)):
            found = cautions(slo, traffic.get(slo.name))
            if slo.alerts is None and found:
                unsuited[slo.name] = found[0]
                continue
            _, sli, *part = slo.name.split("/")
            within = ("split", "parts", *part) if part else ()
            place = marks.locate((*book.place_of(journey), "slos", sli, *within, "alerts"), key=True)
            for message, mend in found:
                yield Problem(*place, message, mend, "warning")
    if unsuited:
        name, (message, mend) = next(iter(unsuited.items()))
        summary = t(
            "not all of the usual alerts suit {names}. {name}: {message}",
            names=_some(unsuited),
            name=name,
            message=message,
        )
        yield Problem(*marks.locate(("journeys",), key=True), summary, mend, "note")


def _some(names: Collection[str]) -> str:
    """At most a few names, and how many more there are."""
    shown = phrases.listed(list(names)[:_SHOWN])
    return shown if len(names) <= _SHOWN else t("{names} and {n} more", names=shown, n=len(names) - _SHOWN)


def usual_traffic(book: Book, store: Store) -> Mapping[str, Fraction]:
    """Valid events an hour by SLO, from the first to the last minute its source delivered; none without events.

    Of what is put together from others: those of all of them.
    """
    found: dict[str, Fraction] = {}
    for source in book.sources:
        delivered = ledger.health(store, source, 0, 0)
        if delivered.first_minute is None or delivered.last_minute is None:
            continue
        # Quiet minutes count: a source of few events is silent in most of them.
        end = delivered.last_minute + 1
        start = max(end - USUAL_MINUTES, delivered.first_minute)
        counts = ledger.sums(store, [(start, end)])[start, end]
        for slo in book.slos_of(source):
            if valid := counts.get(slo.name, Count()).valid:
                found[slo.name] = Fraction(valid * MINUTES_PER_HOUR, end - start)
    for name, slo in book.slos().items():
        if isinstance(slo.measure, Composite):
            together = sum((found.get(one.name, Fraction(0)) for one in book.counted_for(slo)), Fraction(0))
            found |= {name: together} if together else {}
    return found
