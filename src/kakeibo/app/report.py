"""Book and ledger -> report. Few statements, however many SLOs: they share the ends of their windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from itertools import pairwise

from kakeibo import ledger
from kakeibo.app import policies, promises
from kakeibo.app.counts import Deliveries, History, Stretch, Sums, adjusted, counter, probes_of, source_health
from kakeibo.app.promises import Then
from kakeibo.budgets.composites import not_additive, steps
from kakeibo.budgets.forecast import SPANS
from kakeibo.budgets.report import BURN_WINDOWS, Evidence, Report, Row, row
from kakeibo.clock import MINUTES_PER_DAY, local
from kakeibo.model import Book, Count, Journey, Slo, Source, Window
from kakeibo.store import Store
from kakeibo.windows import midnight

_WITHOUT_SLOS = Window("28d", 28 * MINUTES_PER_DAY)
"""Over which a source is judged that no SLO is counted from."""


def report_of(book: Book, store: Store, at: int, summed: Sums | None = None) -> Report:
    """Every budget of `book` as of the start of minute `at`: windows end there, the minute itself is not in them.

    `summed`: somebody who holds the sums of the store, for those who ask again and again.
    """
    then = promises.as_of(book, store, at)
    agreed = policies.standings(book, store, at)
    book, reader = then.book, _Reader(then, store, at, summed)
    return Report(
        at=at,
        organisation=book.organisation.name,
        timezone=book.organisation.timezone,
        rows=tuple(reader.row(journey, slo) for journey in book.journeys.values() for slo in journey.slos),
        sources=tuple(
            source_health(source, reader.deliveries.health(source.name, _longest(book, source, at)))
            for source in book.sources.values()
        ),
        unknown_codes=tuple(code for code in ledger.unknown_codes(store) if code[0] in book.sources),
        policies=agreed,
    )


class _Reader:
    """What the ledger says as of minute `at`, read once for all SLOs."""

    def __init__(self, then: Then, store: Store, at: int, summed: Sums | None) -> None:
        book = then.book
        self.book, self.histories, self.store, self.at = book, then.histories, store, at
        slos = [slo for journey in book.journeys.values() for slo in journey.slos]
        bounds = {slo.window: slo.window.bounds(at) for slo in slos}
        self.bounds = bounds
        self.burns = {name: (at - minutes, at) for name, minutes in BURN_WINDOWS.items()}
        self.spans = {name: (at - minutes, at) for name, minutes in SPANS.items()}
        self.days = {stretch: days_of(*stretch, book.organisation.timezone) for stretch in set(bounds.values())}
        stretches = {*bounds.values(), *self.burns.values(), *self.spans.values()}.union(*self.days.values())
        stretches |= {(bounds[slo.window][0], end) for slo in slos if not_additive(slo)
                      for _, end in self.days[bounds[slo.window]]}  # fmt: skip
        self.count = counter(
            book, store, slos, stretches, lambda slo: min(bounds[slo.window][0], at - max(SPANS.values())), summed
        )
        self.deliveries = Deliveries.of(book, store)
        self.history = History(book, ledger.definitions(store))
        self.adjustments = ledger.slips(store, "adjustment")
        self.moved = cache(self._moved)

    def _moved(self, stretch: Stretch) -> Mapping[int, Mapping[str, Count]]:
        return ledger.moved(self.store, *stretch) if self.adjustments else {}

    def row(self, journey: Journey, slo: Slo) -> Row:
        at, stretch, count = self.at, self.bounds[slo.window], self.count
        redefined, counted_since = self.history.since(slo, at)
        counted = max(stretch[0], min(counted_since or 0, at))
        daily = [(day, count(slo, day)) for day in self.days[stretch]]
        days = [(day, found) for day, found in daily if found.valid or found.void]
        evidence = Evidence(
            at=at,
            source=self.deliveries.source(slo, stretch),
            measured_minutes=self.deliveries.measured_minutes(slo, (counted, at)),
            count=count(slo, stretch),
            burns={name: count(slo, burn) for name, burn in self.burns.items()},
            days=tuple((start, found) for (start, _), found in days),
            redefined=redefined,
            counted_since=counted_since,
            adjusted=adjusted(self.book, self.adjustments, self.moved(stretch), slo, stretch),
            recent={name: count(slo, span) for name, span in self.spans.items()},
            owner=self.book.owner_of(slo, journey),
            parts=tuple(self.row(journey, part) for part in slo.parts),
            probes=probes_of(self.store, slo, stretch),
            promises=self.histories.get(slo.name, ()),
            steps=self._steps(slo, stretch, [day for day, _ in days]) if not_additive(slo) else (),
        )
        return row(journey, slo, self.book.team_of(journey), evidence)

    def _steps(self, slo: Slo, window: Stretch, days: Sequence[Stretch]) -> tuple[tuple[int, Count], ...]:
        """What each day added to what was counted from the window's start on; the last one, all that is missing yet."""
        ends = [start for start, _ in days[1:]] + [window[1]]
        totals = [self.count(slo, (window[0], end)) for end in ends]
        return tuple(zip((start for start, _ in days), steps(totals), strict=True))


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
