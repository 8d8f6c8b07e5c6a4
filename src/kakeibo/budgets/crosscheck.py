"""The cross-check: weeks by promise kept or missed and complaints usual or raised.

A missed promise should hurt somebody, and what hurts should be a missed promise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kakeibo.budgets.candidates import below
from kakeibo.model import Count

_DAYS = 7


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO week, by its Monday. `met`: no more failed than the target allows. `raised`: a day of it was a rise."""

    monday: date
    count: Count
    enquiries: int
    met: bool
    raised: bool


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """The whole weeks, in order; `partial` others lack enquiries or events on some day and are left out."""

    weeks: tuple[Week, ...]
    partial: int

    def number(self, *, met: bool, raised: bool) -> int:
        return sum(week.met == met and week.raised == raised for week in self.weeks)


def cross_check(
    target: Fraction, enquiries: Mapping[date, int], rises: Collection[date], counts: Mapping[date, Count]
) -> CrossCheck:
    """Compare week by week; a day belongs to it when it has enquiries (also 0) and a valid event."""
    days: dict[date, list[date]] = {}
    for day in sorted(enquiries):
        if day in counts and counts[day].valid:
            days.setdefault(date.fromordinal(day.toordinal() - day.weekday()), []).append(day)
    weeks = []
    for monday, in_week in days.items():
        if len(in_week) == _DAYS:
            total = sum((counts[day] for day in in_week[1:]), counts[in_week[0]])
            written = sum(enquiries[day] for day in in_week)
            raised = any(day in rises for day in in_week)
            weeks.append(Week(monday, total, written, not below(total, target), raised))
    return CrossCheck(tuple(weeks), len(days) - len(weeks))
