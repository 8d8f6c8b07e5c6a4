"""What was counted held against the menu: ages shorter than the usual distance of events, rates never reached."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from kakeibo import ledger
from kakeibo.app.alert_checks import USUAL_MINUTES, usual_traffic
from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.definitions.marks import Marks
from kakeibo.errors import Problem
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.model import Book, Method, Slo
from kakeibo.store import Store


def problems_of(book: Book, marks: Marks, store: Store) -> Iterator[Problem]:
    """A warning for each objective that cannot be met although nothing is broken."""
    traffic = usual_traffic(book, store)
    for journey in book.journeys.values():
        for slo in journey.slos:
            if slo.method.kind != "counted_slices" or slo.name not in traffic:
                continue
            found = _too_rare(slo, traffic[slo.name]) or _never_seen(slo, journey.source, store)
            if found:
                keys = ("journeys", journey.key, "slos", slo.name.split("/", 1)[1], "good")
                yield Problem(*marks.locate(keys, key=True), *found, "warning")


def _too_rare(slo: Slo, per_hour: Fraction) -> tuple[str, str] | None:
    """Events usually stand further apart than they may."""
    method = slo.method
    distance = Fraction(MINUTES_PER_HOUR * (method.at_least or 1)) / per_hour
    if method.within_minutes == method.slice_minutes or distance <= method.within_minutes:
        return None
    message = t(
        "{slo}: an event comes every {distance} minutes on average, but one is asked for every {age}",
        slo=slo.name,
        distance=figures.decimal(distance, 0, digits=1),
        age=figures.span(method.within_minutes),
    )
    return message, t("write a longer time, or judge the age that each event has: freshness: age <= 600")


def _never_seen(slo: Slo, source: str, store: Store) -> tuple[str, str] | None:
    """More is asked for than there ever was in the usual time."""
    most = _most(slo.name, slo.method, source, store)
    wanted = slo.method.at_least or 0
    if most >= wanted:
        return None
    message = t(
        "{slo}: {n} events in {span} are asked for, but there were never more than {most}",
        slo=slo.name,
        n=figures.whole(wanted),
        span=figures.span(slo.method.within_minutes),
        most=figures.whole(most),
    )
    return message, t("write at most {most}", most=figures.whole(most))


def _most(name: str, method: Method, source: str, store: Store) -> int:
    """The most good events in a slice and what it looks back on, of the usual time."""
    length = method.slice_minutes
    end = -(-((ledger.health(store, source, 0, 0).last_minute or 0) + 1) // length) * length
    start = (end - USUAL_MINUTES) // length * length
    starts, good, _ = ledger.slices(store, [name], start, end, length)[name]
    if not len(starts):
        return 0
    totals = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(good)])
    first = np.searchsorted(starts, starts + length - method.within_minutes)
    return int((totals[1:] - totals[first]).max())
