"""The quiet-period rule: on days on which enquiries did not rise, customers were content; what was met then is enough.

A day is a rise when its enquiries are above median + RISE x MAD of all days of its type (Monday to Friday, weekend) in
the file; MAD is the median absolute deviation from that median, at least 1. Both withstand the few bad days that are
looked for. Compared exactly.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Final, Literal

from kakeibo.budgets import arithmetic
from kakeibo.budgets.candidates import just_met
from kakeibo.budgets.provisional import ALLOWED_AT_LEAST, TARGETS
from kakeibo.model import Count

RISE: Final = 4
"""So many deviations above the median are a rise. Of days that only scatter, fewer than 1 in 100 are."""

ENOUGH_DAYS: Final = 14
"""With fewer quiet days nothing is proposed: two weeks have every day of the week twice."""

_DRAWS: Final = 1000
_SEED: Final = 20_241
_WEEKEND: Final = 5  # weekday() of Saturday

Refusal = Literal["no_overlap", "few_days", "no_target"]
"""no_overlap: no day has both enquiries and counts. few_days: fewer than ENOUGH_DAYS quiet days have both.
no_target: even the lowest usual target was not met, or allows too few failures to be judged."""


@dataclass(frozen=True, slots=True)
class Typical:
    """What is usual on a type of day; more than `limit` enquiries are a rise."""

    median: Fraction
    deviation: Fraction

    @property
    def limit(self) -> Fraction:
        return self.median + RISE * self.deviation

    @classmethod
    def of(cls, counts: Sequence[int]) -> Typical:
        """Of at least one count."""
        middle = median([Fraction(n) for n in counts])
        return cls(middle, max(median([abs(n - middle) for n in counts]), Fraction(1)))


@dataclass(frozen=True, slots=True)
class Proposal:
    """The strictest usual target met on the quiet days, what exactly was just met, and how far chance may move it.

    `low` and `high`: the middle 95 % of the shares found when as many of the quiet days are drawn again at random.
    """

    target: Fraction
    just_met: Fraction | None
    share: Fraction
    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Churn:
    """On which days more customers left than usual, and what is usual."""

    rises: tuple[date, ...]
    weekdays: Typical | None
    weekends: Typical | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """What the rule found. `periods` are runs of quiet days that were counted, first and last day included.

    `rises`, `weekdays` and `weekends` are of enquiries; `churn` is None when it is not noted.
    """

    weekdays: Typical | None
    weekends: Typical | None
    rises: tuple[date, ...]
    periods: tuple[tuple[date, date], ...]
    days: int
    proposal: Proposal | None
    refusal: Refusal | None
    churn: Churn | None = None


def rises(enquiries: Mapping[date, int]) -> tuple[tuple[date, ...], Typical | None, Typical | None]:
    """The days with a rise, and what is usual on weekdays and at weekends."""
    usual = []
    for weekend in (False, True):
        counts = [n for day, n in enquiries.items() if _weekend(day) == weekend]
        usual.append(Typical.of(counts) if counts else None)

    def rose(day: date) -> bool:
        typical = usual[_weekend(day)]
        return typical is not None and enquiries[day] > typical.limit

    return tuple(sorted(day for day in enquiries if rose(day))), usual[0], usual[1]


def quiet(
    enquiries: Mapping[date, int],
    counts: Mapping[date, Count],
    *,
    window_days: Fraction,
    churn: Mapping[date, int] | None = None,
) -> Quiet:
    """Apply the rule to enquiries per day and counts per day; days without a valid event are not measured.

    `window_days`: how many days the SLO's window has; a proposed target must allow ALLOWED_AT_LEAST failures in it.
    `churn`: how many customers left; a day is then quiet if both are noted and neither rose.
    """
    risen, weekdays, weekends = rises(enquiries)
    left = Churn(*rises(churn)) if churn is not None else None
    both = sorted(day for day in enquiries if (churn is None or day in churn) and day in counts and counts[day].valid)
    loud = {*risen, *(left.rises if left else ())}
    content = [day for day in both if day not in loud]
    proposal: Proposal | None = None
    refusal: Refusal | None = None
    if not both:
        refusal = "no_overlap"
    elif len(content) < ENOUGH_DAYS:
        refusal = "few_days"
    else:
        proposal = _proposal([counts[day] for day in content], window_days)
        refusal = None if proposal else "no_target"
    return Quiet(weekdays, weekends, risen, tuple(_runs(content)), len(content), proposal, refusal, left)


def _proposal(days: Sequence[Count], window_days: Fraction) -> Proposal | None:
    total = sum(days[1:], days[0])
    share = arithmetic.sli(total)
    assert share is not None
    per_window = Fraction(total.valid, len(days)) * window_days
    met = [target for target in TARGETS if share >= target and (1 - target) * per_window >= ALLOWED_AT_LEAST]
    if not met:
        return None
    low, high = _interval(days)
    return Proposal(met[-1], just_met(total), share, low, high)


def _interval(days: Sequence[Count]) -> tuple[Fraction, Fraction]:
    """Bootstrap over days, with a fixed seed: events of one day are not independent, days nearly are."""
    dice = random.Random(_SEED)
    numbers = [(day.valid, day.spent) for day in days]
    shares = []
    for _ in range(_DRAWS):
        drawn = dice.choices(numbers, k=len(numbers))
        spent = sum((Fraction(spent) for _, spent in drawn), Fraction(0))
        shares.append(1 - spent / sum(valid for valid, _ in drawn))
    shares.sort()
    return shares[_DRAWS * 25 // 1000], shares[_DRAWS * 975 // 1000 - 1]


def _runs(days: Sequence[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = runs[-1][0], day
        else:
            runs.append((day, day))
    return runs


def _weekend(day: date) -> bool:
    return day.weekday() >= _WEEKEND
