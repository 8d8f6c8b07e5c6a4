"""Where it went: the values of columns that hold more of the bad events than of the good ones. All exact.

Had a value failed no more often than all others, it would have that share of the bad events that it has of the good
ones. What it has beyond that is its excess:

    excess = bad - all bad x good / all good

A value stands out when it has at least FEWEST bad events, LIFT times as large a share of the bad events as of the good
ones, and an excess of at least a TENTH of all bad events. The largest excess comes first. Nothing is divided by the
good events of a value, so that one without any ranks like the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from kakeibo.model import Count, Journey, Slo

ENOUGH: Final = 10
"""With fewer bad events in all, nothing is said to stand out."""
FEWEST: Final = 5
LIFT: Final = 2
TENTH: Final = Fraction(1, 10)

Value = tuple[str, str]
Verdict = Literal["found", "nothing", "few", "no_success"]
"""nothing: no value stands out. few: too few bad events to tell. no_success: without a good one, nothing compares."""


@dataclass(frozen=True, slots=True)
class Part:
    """The events of one value of a column, beside `whole`, those of the column. kind: value, missing, or rest."""

    column: str
    kind: str
    value: str
    count: Count
    whole: Count

    @property
    def share_of_bad(self) -> Fraction:
        return Fraction(self.count.bad, self.whole.bad) if self.whole.bad else Fraction(0)

    @property
    def share_of_good(self) -> Fraction | None:
        """None when there is no good event at all."""
        return Fraction(self.count.good, self.whole.good) if self.whole.good else None

    @property
    def lift(self) -> Fraction | None:
        """How many times as large its share of the bad events is; None when it has no good event."""
        return self.share_of_bad / self.share_of_good if self.share_of_good else None

    @property
    def excess(self) -> Fraction:
        """Bad events beyond its share of the good ones; 0 when there is no good event to compare with."""
        return Fraction(0) if self.share_of_good is None else self.count.bad - self.whole.bad * self.share_of_good

    @property
    def stands_out(self) -> bool:
        enough = self.count.bad >= FEWEST and self.whole.bad >= ENOUGH and self.kind != "rest"
        often = self.share_of_good is not None and self.share_of_bad >= LIFT * self.share_of_good
        return enough and often and self.excess >= TENTH * self.whole.bad


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The events of an SLO in [from, to), whole hours, by the values of columns.

    `counted`: what the account has for the time. `adjusted`: bad events that adjustments took out of it since; they are
    in the parts as they were counted. `allowed`: the budget of the window that ends with the period;
    None where it counts slices of time, not events. `parts`: every
    column's values, the largest excess first.
    """

    organisation: str
    timezone: str
    journey: Journey
    slo: Slo
    from_minute: int
    to_minute: int
    counted: Count
    adjusted: int
    allowed: Fraction | None
    parts: Mapping[str, tuple[Part, ...]]

    @property
    def contributors(self) -> tuple[Part, ...]:
        """The parts that stand out, of all columns, the largest excess first."""
        return ranked(self.parts)

    @property
    def verdict(self) -> Verdict:
        if self.contributors:
            return "found"
        wholes = [parts[0].whole for parts in self.parts.values() if parts]
        if max((whole.bad for whole in wholes), default=0) < ENOUGH:
            return "few"
        return "nothing" if any(whole.good for whole in wholes) else "no_success"

    def missing(self, column: str) -> int:
        """Bad events that the account has and the column's parts have not: counted before it was broken down."""
        return max(self.counted.bad + self.adjusted - self.parts[column][0].whole.bad, 0)

    def budget_share(self, part: Part) -> Fraction | None:
        """Its bad events as a share of the budget; None without a budget."""
        return part.count.bad / self.allowed if self.allowed else None


def ranked(columns: Mapping[str, tuple[Part, ...]]) -> tuple[Part, ...]:
    """The parts that stand out, of all columns, the largest excess first."""
    return tuple(sorted((part for parts in columns.values() for part in parts if part.stands_out), key=_first))


def parts_of(column: str, values: Mapping[Value, Count]) -> tuple[Part, ...]:
    """The parts of one column in order: the largest excess first, then the most bad events, then by name."""
    whole = sum(values.values(), Count())
    return tuple(sorted((Part(column, *value, count, whole) for value, count in values.items()), key=_first))


def _first(part: Part) -> tuple[Fraction, int, str, str, str]:
    return -part.excess, -part.count.bad, part.column, part.kind, part.value
