"""Book and ledger -> report. Few statements, however many SLOs: they share the ends of their windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from itertools import pairwise

from kakeibo import ledger
from kakeibo.budgets.report import BURN_WINDOWS, Evidence, Report, SourceHealth, row
from kakeibo.clock import MINUTES_PER_DAY, local, minute_of
from kakeibo.ledger import Definition
from kakeibo.model import Book, Count, Source
from kakeibo.store import Store

Window = tuple[int, int]
Sums = Mapping[Window, Mapping[str, Count]]

_WITHOUT_SLOS = 28 * MINUTES_PER_DAY
"""Minutes over which a source is judged that no SLO is counted from."""


def report_of(book: Book, store: Store, at: int) -> Report:
    """Every budget of `book` as of the start of minute `at`: windows end there, the minute itself is not in them."""
    lengths = {slo.window.minutes for journey in book.journeys.values() for slo in journey.slos}
    days = {length: _days(at - length, at, book.organisation.timezone) for length in lengths}
    ends = {(at - length, at) for length in (*lengths, *BURN_WINDOWS.values())}
    sums = ledger.sums(store, ends.union(*days.values()))

    @cache
    def health(source: str, length: int) -> ledger.Health:
        return ledger.health(store, source, at - length, at)

    held = ledger.definitions(store)
    rows = []
    for journey in book.journeys.values():
        for slo in journey.slos:
            length = slo.window.minutes
            delivered = health(journey.source, length)
            source = book.sources[journey.source]
            definition = Definition(ledger.text_of(slo, source, book.lists), source.name)
            redefined, counted_since = _since(held, definition, slo.name, at)
            counted = at - max(at - length, min(counted_since or 0, at))
            evidence = Evidence(
                at=at,
                source=_source_health(source, delivered),
                measured_minutes=health(journey.source, counted).measured_minutes,
                count=_count(sums, (at - length, at), slo.name),
                burns={name: _count(sums, (at - minutes, at), slo.name) for name, minutes in BURN_WINDOWS.items()},
                days=tuple((day[0], sums[day][slo.name]) for day in days[length] if slo.name in sums[day]),
                redefined=redefined,
                counted_since=counted_since,
            )
            rows.append(row(journey, slo, book.team_of(journey), evidence))
    return Report(
        at=at,
        organisation=book.organisation.name,
        timezone=book.organisation.timezone,
        rows=tuple(rows),
        sources=tuple(_source_health(s, health(s.name, _longest(book, s))) for s in book.sources.values()),
        unknown_codes=tuple(code for code in ledger.unknown_codes(store) if code[0] in book.sources),
    )


def _since(held: Mapping[str, Definition], written: Definition, slo: str, at: int) -> tuple[int | None, int | None]:
    """Since when an SLO is counted as `written` in the book, and since when all its events are; None: from the first.

    What the book says but no ingest has counted by begins at `at`, or later.
    """
    counted_by = held.get(slo)
    if counted_by is None:
        was_read = any(other.source == written.source for other in held.values())
        return None, at if was_read else None
    if counted_by.text == ledger.NOT_COUNTED:
        return None, at
    same = (counted_by.text, counted_by.source) == (written.text, written.source)
    return counted_by.redefined if same else at, counted_by.counted_since


def _count(sums: Sums, window: Window, slo: str) -> Count:
    return sums[window].get(slo, Count())


def _source_health(source: Source, delivered: ledger.Health) -> SourceHealth:
    return SourceHealth(
        source=source.name,
        lines=delivered.lines,
        rejected=delivered.rejected,
        max_rejected=source.max_rejected,
        first_minute=delivered.first_minute,
        last_minute=delivered.last_minute,
    )


def _longest(book: Book, source: Source) -> int:
    return max((slo.window.minutes for slo in book.slos_of(source.name)), default=_WITHOUT_SLOS)


def _days(start: int, end: int, zone_name: str) -> Sequence[Window]:
    """[start, end) cut at local midnights, so that a day in a picture is a day in the calendar."""
    midnight = local(start, zone_name).replace(hour=0, minute=0, fold=0)
    cuts = [start]
    while cuts[-1] < end:
        midnight += timedelta(days=1)  # the same wall-clock time, whether the day has 23, 24 or 25 hours
        cuts.append(min(minute_of(midnight), end))
    return list(pairwise(cuts))
