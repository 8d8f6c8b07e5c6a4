"""A trial: everything the lab found about one SLO, in facts; letters put it into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kakeibo.alerts.backtest import Case, Verdict
from kakeibo.budgets.candidates import Candidate, Day
from kakeibo.budgets.crosscheck import CrossCheck
from kakeibo.budgets.latency import Latency
from kakeibo.budgets.quiet import Quiet
from kakeibo.model import BurnRule, Count, Journey, Slo


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate, and the alerts it would have raised: how many, and for how many minutes any of them lasted.

    Rules of one severity that fire together are one alert. `cannot_fire`: rules that no failure makes fire.
    """

    candidate: Candidate
    pages: int
    tickets: int
    minutes: int
    cannot_fire: tuple[BurnRule, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """The SLO's rules, each and together, and old alerts if there are any, against the same incidents.

    `old_outside`: so many old alerts fired outside the record, and are not judged.
    """

    cases: tuple[Case, ...]
    rules: tuple[tuple[BurnRule, Verdict], ...]
    together: Verdict
    old: Verdict | None
    old_by_name: Mapping[str, Verdict]
    old_outside: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried on [from, to). `history` and `window` are the counts of all of it and of the last window."""

    organisation: str
    timezone: str
    journey: Journey
    slo: Slo
    from_minute: int
    to_minute: int
    days: tuple[Day, ...]
    history: Count
    window: Count
    tried: tuple[Tried, ...]
    enquiries: Mapping[date, int] | None
    quiet: Quiet | None
    crosscheck: CrossCheck | None
    backtest: Backtest | None
    latencies: tuple[Latency, ...] = ()

    @property
    def judged_days(self) -> int:
        """Days at whose end measuring had gone on for a whole window."""
        return sum(day.window is not None for day in self.days)
