"""When a budget ends, if failures go on as they did in the last day, three days and seven days: a range, not a date.

Events go on at the same pace, good and bad; of a rolling window, the oldest leave meanwhile, those of a day evenly.
A pace known from few failures is chance: below ENOUGH of them there is no forecast, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Literal

from kakeibo.clock import MINUTES_PER_DAY
from kakeibo.model import Count

SPANS: Final[Mapping[str, int]] = MappingProxyType(
    {"1d": MINUTES_PER_DAY, "3d": 3 * MINUTES_PER_DAY, "7d": 7 * MINUTES_PER_DAY}
)
"""The pasts whose pace is continued, in minutes."""

ENOUGH: Final = 10
"""Failures within the longest past that a forecast needs; of ten, the pace is known to about a third (1 / sqrt(10))."""

Amount = int | Fraction
"""What something takes from a budget: events, or shares of slices of time."""

Point = tuple[int, int, Amount]
"""moment, valid, spent"""

Outlook = Literal["ends", "lasts", "exhausted", "few_failures", "no_data"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """ends: the budget is used up in minute `likely`, between `earliest` and `latest`; None: not within the window.
    lasts: at no pace within the window. exhausted: used up already. few_failures: too few for a forecast: `failures` in
    the last `minutes`. no_data: no event to go by."""

    outlook: Outlook
    earliest: int | None = None
    likely: int | None = None
    latest: int | None = None
    failures: int = 0
    minutes: int = 0


NO_FORECAST: Final = Forecast("no_data")


@dataclass(frozen=True, slots=True)
class Pace:
    """Events of the last `minutes`."""

    minutes: int
    count: Count


def paces(at: int, first_minute: int | None, counts: Mapping[str, Count]) -> tuple[Pace, ...]:
    """The paces of SPANS, each over no more than what was measured."""
    if first_minute is None or first_minute >= at:
        return ()
    return tuple(Pace(min(SPANS[name], at - first_minute), count) for name, count in counts.items())


def rolling(
    at: int, length: int, target: Fraction, days: Sequence[tuple[int, Count]], recent: Sequence[Pace]
) -> Forecast:
    """For the window of the last `length` minutes. `days`: (first minute, counts) in it, as in the report."""
    valid = sum(count.valid for _, count in days)
    spent: Amount = sum(count.spent for _, count in days)
    if (known := _without_forecast(valid, spent, (1 - target) * valid, recent)) is not None:
        return known
    points = _leaving(at, length, days, valid, spent)
    return _range(_crossing(at, target, points, pace) for pace in recent)


def calendar(at: int, end: int, target: Fraction, spent: Count, recent: Sequence[Pace]) -> Forecast:
    """For a window that ends at `end`, of which `spent` is counted until `at`. Its budget grows with its valid events:
    what is used up is the budget that it will have at its end."""

    def budget(pace: Pace) -> Fraction:
        return (1 - target) * (spent.valid + Fraction(pace.count.valid * (end - at), pace.minutes))

    def ends(pace: Pace) -> int | None:
        if not pace.count.spent:
            return None
        moment = at + (budget(pace) - spent.spent) * pace.minutes // pace.count.spent
        return max(int(moment), at) if moment < end else None

    most = max((budget(pace) for pace in recent), default=Fraction(0))
    known = _without_forecast(spent.valid, spent.spent, most, recent)
    return known if known is not None else _range(ends(pace) for pace in recent)


def _without_forecast(valid: int, spent: Amount, budget: Fraction, recent: Sequence[Pace]) -> Forecast | None:
    """What can be said without looking ahead; None when a forecast is due."""
    if not valid or not any(pace.count.valid for pace in recent):
        return NO_FORECAST
    if spent >= budget:
        return Forecast("exhausted")
    longest = max(recent, key=lambda pace: (pace.minutes, pace.count.valid))
    if longest.count.bad < ENOUGH:
        return Forecast("few_failures", failures=longest.count.bad, minutes=longest.minutes)
    return None


def _range(ends: Iterable[int | None]) -> Forecast:
    """The earliest, the middle and the latest end; one that does not come is later than all."""
    found = list(ends)
    dated = sorted(end for end in found if end is not None)
    if not dated:
        return Forecast("lasts")
    ordered = [*dated, *[None] * (len(found) - len(dated))]
    return Forecast("ends", ordered[0], ordered[(len(ordered) - 1) // 2], ordered[-1])


def _leaving(at: int, length: int, days: Sequence[tuple[int, Count]], valid: int, spent: Amount) -> list[Point]:
    """What is left then, of what was counted until `at`, `valid` and `spent` in all; straight lines in between."""
    points: list[Point] = [(at, valid, spent)]
    for (start, count), (following, _) in pairwise([*days, (at, Count())]):
        points.append((max(start + length, at), valid, spent))
        valid, spent = valid - count.valid, spent - count.spent
        points.append((min(start + MINUTES_PER_DAY, following) + length, valid, spent))
    return points


def _crossing(at: int, target: Fraction, points: Sequence[Point], pace: Pace) -> int | None:
    """The minute in which nothing is left of the budget, if it comes. All is multiplied by the denominators."""
    wrong, whole = target.denominator - target.numerator, target.denominator
    gain = wrong * pace.count.valid - whole * pace.count.spent
    before: tuple[int, Amount] = at, 0
    for moment, valid, spent in points:
        left = (wrong * valid - whole * spent) * pace.minutes + gain * (moment - at)
        if left <= 0:
            since, had = before
            return int(since + (moment - since) * had // (had - left))
        before = moment, left
    return None
