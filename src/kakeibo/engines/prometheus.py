"""Counts the SLOs of a Prometheus source over a stretch of minutes: asks, takes the differences, adds them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from kakeibo.engines.counters import Rises, from_points, rises, spacing, spans_of, whole
from kakeibo.engines.prometheus_api import Labels, Series, Server, TooMuch
from kakeibo.errors import PredicateError, SourceError
from kakeibo.model import Queries
from kakeibo.sources.prometheus import DEFAULT_HISTORY, Prometheus
from kakeibo.sources.promql import Counters, Expression, Query, query

LOOK_BACK: Final = 10
"""Minutes before a stretch in which nearly every counter that goes on has a sample."""
BRIDGE: Final = 1440
"""Minutes for which a counter may be out of sight and still go on where it stood; later it is taken for a new one."""

_DAY: Final = 1440

Carried = Mapping[str, tuple[Fraction, Fraction]]
"""SLO's name -> the parts of a good and of a bad event left over."""


@dataclass(slots=True)
class Tally:
    """What a stretch of minutes came to. `counts`: (minute, SLO's name, good, bad). `lines`: minute -> samples, at
    least 1 where the counters tell of a minute without one."""

    counts: list[tuple[int, str, int, int]] = field(default_factory=list)
    lines: Counter[int] = field(default_factory=Counter)
    carried: dict[str, tuple[Fraction, Fraction]] = field(default_factory=dict)
    resets: int = 0
    born: int = 0
    unseen: int = 0
    excess: dict[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What the server has of one SLO in a stretch of minutes, for somebody to look at.

    `series` of the valid query, `of_part` of the good or bad one; `spacing`: milliseconds between samples, usually.
    `rows`: (minute, good, bad), also where both are 0, of each minute that is measured.
    """

    series: int
    of_part: int
    spacing: int | None
    resets: int
    excess: Fraction
    rows: list[tuple[int, int, int]]


class Engine:
    """The queries of one source, read; keeps its connection between stretches."""

    def __init__(self, options: Prometheus, measures: Mapping[str, Queries]) -> None:
        """Raises SourceError for a query that cannot be asked (`check` says where it is written)."""
        self.options = options
        self.server = Server(options)
        self.measures = measures
        self.queries: dict[str, tuple[Query, Query]] = {}
        for slo, measure in measures.items():
            try:
                self.queries[slo] = (query(measure.valid), query(measure.good or measure.bad or ""))
            except PredicateError as error:
                raise SourceError(f"{slo}: {error.message}", error.mend) from None

    def close(self) -> None:
        self.server.close()

    # -- one stretch ------------------------------------------------------------------------------------------------

    def count(self, start: int, end: int, carried: Carried) -> Tally:
        """Everything in the minutes [start, end). Raises TooMuch when the stretch is too long for the server."""
        tally, stretch = Tally(), _Stretch(self.server, start, end, self.options.step)
        watched: dict[str, Rises] = {}
        for slo, (valid, part) in self.queries.items():
            measure = self.measures[slo]
            all_of_it, some = stretch.rises(valid, part)
            counted = whole(
                all_of_it.minutes, some.minutes, good=measure.good is not None, carried=carried.get(slo, (_NONE, _NONE))
            )
            tally.counts += [(minute, slo, good, bad) for minute, good, bad in counted.rows]
            tally.carried[slo] = counted.carried
            if counted.excess:
                tally.excess[slo] = counted.excess
            watched.setdefault(measure.valid, all_of_it)
        for found in watched.values():
            tally.lines.update(found.samples)
            tally.resets += found.resets
            tally.born += found.born
            tally.unseen += int(found.unseen)
        # A minute between two samples: the counters tell what happened until the later one.
        between = set().union(*(found.measured for found in watched.values()))
        tally.lines.update(dict.fromkeys(between - tally.lines.keys(), 1))
        return tally

    def look(self, slo: str, start: int, end: int) -> Look:
        """What the server has of one SLO in the minutes [start, end)."""
        stretch = _Stretch(self.server, start, end, self.options.step)
        valid, part = self.queries[slo]
        all_of_it, some = stretch.rises(valid, part)
        good = self.measures[slo].good is not None
        counted = whole(all_of_it.minutes, some.minutes, good=good, carried=(_NONE, _NONE))
        rows = {minute: (good_ones, bad_ones) for minute, good_ones, bad_ones in counted.rows}
        return Look(
            series=len(stretch.series_of(valid)),
            of_part=len(stretch.series_of(part)),
            spacing=spacing(stretch.series_of(valid)),
            resets=all_of_it.resets,
            excess=counted.excess,
            rows=[(minute, *rows.get(minute, (0, 0))) for minute in sorted(all_of_it.measured) if minute >= start],
        )

    # -- how far back -----------------------------------------------------------------------------------------------

    def first_minute(self, now: int) -> int | None:
        """The first day of which the server still has something to count, as its first minute; None: it has nothing.

        Looks back as far as `history:` or, where that is left out, the server's retention goes.
        """
        horizon = now - (self.options.history or self.server.retention() or DEFAULT_HISTORY)
        days = [self._first_day(text, horizon, now) for text in self._daily()]
        found = [day for day in days if day is not None]
        return max(min(found), horizon) if found else None

    def has(self, minute: int) -> bool:
        """Does the server still have something to count in the hour from this minute on?"""
        return any(self.server.latest(text.replace("[1d]", "[1h]"), minute + 60) for text in self._daily())

    def _daily(self) -> list[str]:
        """One query for each query of valid events that has a result when there was anything within a day."""
        texts: dict[str, None] = {}
        for valid, _ in self.queries.values():
            if isinstance(valid, Expression):
                texts[valid.text.replace("$window", "1d")] = None
            else:
                texts |= dict.fromkeys(f"count(last_over_time({selector}[1d]))" for selector in valid.selectors)
        return list(texts)

    def _first_day(self, text: str, horizon: int, now: int) -> int | None:
        start = horizon - horizon % _DAY
        try:
            found = self.server.points(text, start, now - now % _DAY + _DAY, _DAY)
        except TooMuch:
            return horizon
        return min((at // 60_000 - _DAY + 1 for series in found for at, _ in series.samples[:1]), default=None)


_NONE: Final = Fraction(0)


class _Stretch:
    """What the server has of the minutes [start, end); each query is asked once, however many SLOs share it."""

    def __init__(self, server: Server, start: int, end: int, step: int) -> None:
        self.server, self.start, self.end, self.step = server, start, end, step
        self._found: dict[str, list[Series]] = {}
        self._stood: dict[str, dict[Labels, float]] = {}

    def rises(self, valid: Query, part: Query) -> tuple[Rises, Rises]:
        """What both queries of an SLO tell, judged by the same knowledge of which targets were watched."""
        if isinstance(valid, Expression) or isinstance(part, Expression):
            return self._points(valid), self._points(part)
        found = {text: self._samples(text) for text in (*valid.selectors, *part.selectors)}
        stood = {text: self._earlier(text) for text in found}
        spans = spans_of(
            (series for every in found.values() for series in every),
            {k: v for one in stood.values() for k, v in one.items()},
        )

        def told(asked: Counters) -> Rises:
            every = [series for text in asked.selectors for series in found[text]]
            earlier = {labels: value for text in asked.selectors for labels, value in stood[text].items()}
            return rises(every, self.start, earlier, spans)

        return told(valid), told(part)

    def series_of(self, asked: Query) -> list[Series]:
        """The series that answered a query."""
        texts = [asked.over(self.step)] if isinstance(asked, Expression) else asked.selectors
        return [series for text in texts for series in self._found[text] if series.samples]

    def _points(self, asked: Query) -> Rises:
        assert isinstance(asked, Expression)
        text = asked.over(self.step)
        if text not in self._found:
            self._found[text] = self.server.points(text, self.start, self.end, self.step)
        return from_points(self._found[text], self.step)

    def _samples(self, selector: str) -> list[Series]:
        if selector not in self._found:
            self._found[selector] = self.server.samples(selector, self.start - LOOK_BACK, self.end)
        return self._found[selector]

    def _earlier(self, selector: str) -> dict[Labels, float]:
        """Where those series stood that begin within the stretch but were there within the last day."""
        if selector not in self._stood:
            begin = self.start * 60_000
            late = any(series.samples and series.samples[0][0] >= begin for series in self._samples(selector))
            day_before = f"last_over_time({selector}[{BRIDGE}m])"
            self._stood[selector] = self.server.latest(day_before, self.start - LOOK_BACK) if late else {}
        return self._stood[selector]
