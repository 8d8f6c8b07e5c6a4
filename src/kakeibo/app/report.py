"""Book and ledger -> report. Few statements, however many SLOs: they share the ends of their windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from itertools import pairwise

from kakeibo import ledger
from kakeibo.app import promises
from kakeibo.budgets.forecast import SPANS
from kakeibo.budgets.left_out import left_out
from kakeibo.budgets.methods import Slices
from kakeibo.budgets.report import BURN_WINDOWS, Evidence, Report, SourceHealth, row
from kakeibo.clock import MINUTES_PER_DAY, local
from kakeibo.ledger import Definition
from kakeibo.model import Book, Count, Slo, Source, Window
from kakeibo.store import Store
from kakeibo.windows import midnight

Stretch = tuple[int, int]
Counter = Callable[[Slo, Stretch], Count]

_WITHOUT_SLOS = Window("28d", 28 * MINUTES_PER_DAY)
"""Over which a source is judged that no SLO is counted from."""


def report_of(book: Book, store: Store, at: int) -> Report:
    """Every budget of `book` as of the start of minute `at`: windows end there, the minute itself is not in them."""
    then = promises.as_of(book, store, at)
    book = then.book
    slos = [slo for journey in book.journeys.values() for slo in journey.slos]
    bounds = {slo.window: slo.window.bounds(at) for slo in slos}
    burns = {name: (at - minutes, at) for name, minutes in BURN_WINDOWS.items()}
    days = {stretch: days_of(*stretch, book.organisation.timezone) for stretch in set(bounds.values())}
    spans = {name: (at - minutes, at) for name, minutes in SPANS.items()}
    stretches = {*bounds.values(), *burns.values(), *spans.values()}.union(*days.values())
    count = counter(store, slos, stretches, lambda slo: min(bounds[slo.window][0], at - max(SPANS.values())))

    @cache
    def health(source: str, stretch: Stretch) -> ledger.Health:
        return ledger.health(store, source, *stretch)

    adjustments = ledger.slips(store, "adjustment")

    @cache
    def moved(stretch: Stretch) -> Mapping[int, Mapping[str, Count]]:
        return ledger.moved(store, *stretch) if adjustments else {}

    held = ledger.definitions(store)
    rows = []
    for journey in book.journeys.values():
        for slo in journey.slos:
            stretch = bounds[slo.window]
            delivered = health(journey.source, stretch)
            source = book.sources[journey.source]
            definition = Definition(ledger.text_of(slo.measure, source, book.lists), source.name)
            redefined, counted_since = _since(held, definition, slo.name, at)
            counted = max(stretch[0], min(counted_since or 0, at))
            daily = [(start, count(slo, (start, end))) for start, end in days[stretch]]
            evidence = Evidence(
                at=at,
                source=source_health(source, delivered),
                measured_minutes=health(journey.source, (counted, at)).measured_minutes,
                count=count(slo, stretch),
                burns={name: count(slo, burn) for name, burn in burns.items()},
                days=tuple(day for day in daily if day[1].valid or day[1].void),
                redefined=redefined,
                counted_since=counted_since,
                adjusted=left_out(adjustments, moved(stretch), slo.name, *stretch),
                recent={name: count(slo, span) for name, span in spans.items()},
                promises=then.histories.get(slo.name, ()),
            )
            rows.append(row(journey, slo, book.team_of(journey), evidence))
    return Report(
        at=at,
        organisation=book.organisation.name,
        timezone=book.organisation.timezone,
        rows=tuple(rows),
        sources=tuple(source_health(s, health(s.name, _longest(book, s, at))) for s in book.sources.values()),
        unknown_codes=tuple(code for code in ledger.unknown_codes(store) if code[0] in book.sources),
    )


def counter(store: Store, slos: Sequence[Slo], stretches: set[Stretch], since: Callable[[Slo], int]) -> Counter:
    """What an SLO counts over any of `stretches`: events or slices. Slices cost more, and are read where needed: of an
    SLO only from `since` on, so that it is not asked for anything earlier."""
    sums = ledger.sums(store, stretches)
    sliced: dict[str, Slices] = {}
    for minutes in sorted({slo.method.slice_minutes for slo in slos} - {0}):
        methods = {slo.name: slo.method for slo in slos if slo.method.slice_minutes == minutes}
        start = min(since(slo) for slo in slos if slo.name in methods)
        cuts = {cut for stretch in stretches for cut in stretch if cut >= start}
        found = ledger.spent_slices(store, methods, cuts, minutes)
        sliced |= {name: Slices(methods[name], *columns, others) for name, (columns, others) in found.items()}

    def count(slo: Slo, stretch: Stretch) -> Count:
        return sliced[slo.name].count(*stretch) if slo.name in sliced else sums[stretch].get(slo.name, Count())

    return count


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


def source_health(source: Source, delivered: ledger.Health) -> SourceHealth:
    """What a source delivered, beside what the book demands of it."""
    return SourceHealth(
        source=source.name,
        lines=delivered.lines,
        rejected=delivered.rejected,
        max_rejected=source.max_rejected,
        first_minute=delivered.first_minute,
        last_minute=delivered.last_minute,
    )


def _longest(book: Book, source: Source, at: int) -> Stretch:
    """The longest of the windows that are counted from a source."""
    windows = [slo.window for slo in book.slos_of(source.name)] or [_WITHOUT_SLOS]
    return min(window.bounds(at) for window in windows)


def days_of(start: int, end: int, zone_name: str) -> Sequence[Stretch]:
    """[start, end) cut at local midnights, so that a day in a picture is a day in the calendar."""
    day, cuts = local(start, zone_name).date(), [start]
    while cuts[-1] < end:
        day += timedelta(days=1)
        if (next_cut := min(midnight(day, zone_name), end)) > cuts[-1]:  # a day can be missing from a calendar
            cuts.append(next_cut)
    return list(pairwise(cuts))
