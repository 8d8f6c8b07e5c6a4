"""The household page: what an SLO was allowed in a calendar month, what spent it, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kakeibo.budgets import arithmetic, charges
from kakeibo.budgets.breakdown import Part
from kakeibo.budgets.charges import Amount, Window
from kakeibo.budgets.forecast import Forecast
from kakeibo.budgets.left_out import LeftOut
from kakeibo.budgets.report import SourceHealth
from kakeibo.model import Count, Journey, Slip, Slo, Team


@dataclass(frozen=True, slots=True)
class Spending:
    """What was allowed and spent in [from_minute, to_minute). `categories` add up to `spent`, to the event."""

    from_minute: int
    to_minute: int
    count: Count
    allowed: Fraction
    categories: Mapping[str, Amount]
    charges: tuple[tuple[Slip, Amount], ...]  # with the bad events charged to each, the dearest first

    @property
    def spent(self) -> Amount:
        return self.count.spent

    @property
    def left(self) -> Fraction:
        """Allowed less spent; negative when overspent."""
        return self.allowed - self.spent


def spending(slo: Slo, window: Window, count: Count, slips: Sequence[Slip], bad: Mapping[Window, Amount]) -> Spending:
    """The spending of one SLO in `window`. `bad`: its bad events in each piece of `charges.cut(slips, *window)`."""
    charged = charges.attributed(slips, slo.name, bad)
    dearest = sorted((slip for slip in slips if slip.id in charged), key=lambda slip: (-charged[slip.id or 0], slip.id))
    return Spending(
        *window,
        count=count,
        allowed=arithmetic.allowed(count, slo.target),
        categories=charges.by_category(slips, charged, count.spent),
        charges=tuple((slip, charged[slip.id or 0]) for slip in dearest),
    )


@dataclass(frozen=True, slots=True)
class Account:
    """One SLO in one month. `days` as in the report's Row; `forecast` is None once the month is over."""

    slo: Slo
    journey: Journey
    team: Team | None
    source: SourceHealth
    measured_minutes: int
    present: Spending
    before: Spending  # the month before
    before_measured: bool  # whether measuring had begun when that began: otherwise the two do not compare
    adjusted: tuple[LeftOut, ...]
    days: tuple[tuple[int, Count], ...]
    forecast: Forecast | None
    owner: Team | None = None  # who can improve it; `team` operates it
    contributors: tuple[Part, ...] = ()  # what its failures have in common, where that was asked for

    @property
    def costliest(self) -> tuple[tuple[int, Amount], ...]:
        """(first minute, bad events) of the three days that cost most."""
        dear = sorted(
            ((day, count.spent) for day, count in self.days if count.spent), key=lambda day: (-day[1], day[0])
        )
        return tuple(dear[:3])


@dataclass(frozen=True, slots=True)
class Statement:
    """All accounts of a month ("2026-10") in the organisation's zone. `at`: it speaks of [from_minute, at)."""

    month: str
    from_minute: int
    to_minute: int
    at: int
    organisation: str
    timezone: str
    accounts: tuple[Account, ...]

    @property
    def so_far(self) -> bool:
        """Whether the month is still running."""
        return self.at < self.to_minute
