"""Latency asked later: shares under thresholds, and percentiles, from the histogram of a number column. All exact.

A threshold of two significant digits is the end of an interval, so its share is exact. A percentile is the number of
rank ceil(p x n): it lies in one interval, which is all that is known of it. An event without the number is under no
threshold, as a condition would have it; percentiles are of the numbers there are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Final

from kakeibo import intervals
from kakeibo.budgets.candidates import Day, below
from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.model import Count, Window

PERCENTILES: Final = tuple(Fraction(text) / 100 for text in ("50", "90", "95", "99", "99.9"))
_STEPS: Final = (1, 2, 3, 5)
_MOST: Final = 9

Hours = Mapping[int, Mapping[int | None, int]]
"""hour since 1970 -> interval (None: the number is missing) -> valid events"""


@dataclass(frozen=True, slots=True)
class Percentile:
    """The number of rank ceil(p x n) is more than `above` and at most `at_most`; None where there is no such end."""

    p: Fraction
    above: Fraction | None
    at_most: Fraction | None


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a threshold would have meant: `count` of good, those at or under it, and bad; days as for a target.

    `origin`: book (a condition of the SLO compares with it), asked, or usual. `days_missed`: None when none is judged.
    """

    value: Fraction
    origin: str
    count: Count
    days_below: int
    days_missed: int | None

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.count.good, self.count.valid) if self.count.valid else None


@dataclass(frozen=True, slots=True)
class Latency:
    """A column's distribution: valid `events`, `missing` of them without a number; `histogram`: (interval, events),
    ascending."""

    column: str
    events: int
    missing: int
    histogram: tuple[tuple[int, int], ...]
    thresholds: tuple[Threshold, ...]
    percentiles: tuple[Percentile, ...]


def latency(
    column: str,
    hours: Hours,
    wanted: Sequence[tuple[Fraction, str]],
    days: Sequence[Day],
    window: Window,
    target: Fraction,
) -> Latency:
    """What the histogram `hours` says. `wanted`: thresholds with their origin; without one that was asked for, round
    numbers around the distribution are added."""
    whole = _whole(hours)
    percentiles = tuple(_percentile(whole, p) for p in PERCENTILES) if _known(whole) else ()
    chosen = dict(wanted)
    if "asked" not in chosen.values():
        chosen = dict.fromkeys(usual(percentiles), "usual") | chosen
    return Latency(
        column=column,
        events=sum(whole.values()),
        missing=whole.get(None, 0),
        histogram=_known(whole),
        thresholds=tuple(_tried(value, chosen[value], hours, days, window, target) for value in sorted(chosen)),
        percentiles=percentiles,
    )


def usual(percentiles: Sequence[Percentile]) -> tuple[Fraction, ...]:
    """Round numbers (1, 2, 3, 5 by ten) from the median to the last percentile."""
    if not percentiles:
        return ()
    low, high = percentiles[0].above or Fraction(0), percentiles[-1].at_most
    decades = (Fraction(10) ** exponent for exponent in range(-6, 10))
    steps = [step * decade for decade in decades for step in _STEPS]
    return tuple([step for step in steps if step > low and (high is None or step <= high)][:_MOST])


def _whole(hours: Hours) -> dict[int | None, int]:
    whole: dict[int | None, int] = {}
    for values in hours.values():
        for number, events in values.items():
            whole[number] = whole.get(number, 0) + events
    return whole


def _known(whole: Mapping[int | None, int]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((number, events) for number, events in whole.items() if number is not None and events))


def _percentile(whole: Mapping[int | None, int], p: Fraction) -> Percentile:
    known = _known(whole)
    rank = -(-p * sum(events for _, events in known) // 1)
    reached = accumulate(events for _, events in known)
    number = next(number for (number, _), n in zip(known, reached, strict=True) if n >= rank)
    return Percentile(p, intervals.lower(number), intervals.upper(number))


def _tried(
    value: Fraction, origin: str, hours: Hours, days: Sequence[Day], window: Window, target: Fraction
) -> Threshold:
    number = intervals.containing(value)
    sums = _Sums((hour, _judged(values, number)) for hour, values in sorted(hours.items()))
    judged = [day for day in days if day.window is not None]
    missed = sum(below(sums.within(*window.bounds(day.end)), target) for day in judged)
    return Threshold(
        value=value,
        origin=origin,
        count=sums.within(0, None),
        days_below=sum(below(sums.within(day.start, day.end), target) for day in days),
        days_missed=missed if judged else None,
    )


def _judged(values: Mapping[int | None, int], last: int) -> Count:
    good = sum(events for number, events in values.items() if number is not None and number <= last)
    return Count(good, sum(values.values()) - good)


class _Sums:
    """Counts by hour, summed over stretches of minutes: an hour belongs to the stretch that its beginning is in."""

    def __init__(self, counts: Iterable[tuple[int, Count]]) -> None:
        pairs = list(counts)
        self._hours = [hour for hour, _ in pairs]
        self._until = list(accumulate((count for _, count in pairs), initial=Count()))

    def within(self, start: int, end: int | None) -> Count:
        first = self._at(start)
        return self._until[-1 if end is None else self._at(end)] - self._until[first]

    def _at(self, minute: int) -> int:
        return bisect_right(self._hours, (minute - 1) // MINUTES_PER_HOUR)
