"""The report: one row per SLO, every number with what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kakeibo.model import Count, Journey, Slo, State, Team


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What of a source could be read in the window. `lines` includes `rejected`."""

    source: str
    lines: int
    rejected: int
    max_rejected: Fraction
    first_minute: int | None
    last_minute: int | None

    @property
    def trustworthy(self) -> bool:
        """False when more than the source's set share of its lines could not be read."""
        return self.rejected <= self.max_rejected * self.lines


@dataclass(frozen=True, slots=True)
class Row:
    """One SLO over its window [from_minute, to_minute). None where nothing was measured: never zero, never 100 %."""

    slo: Slo
    journey: Journey
    team: Team | None
    source: SourceHealth
    from_minute: int
    to_minute: int
    count: Count
    measured_minutes: int
    sli: Fraction | None  # good / valid
    allowed: Fraction  # (1 - target) x valid
    left_ratio: Fraction | None  # 1 - bad / allowed
    burn: dict[str, Fraction | None]  # "1h", "6h", "3d": bad share / (1 - target); None without valid events
    state: State
    days: tuple[
        tuple[int, Count], ...
    ]  # (first minute, counts) per day of the window, for pictures; unmeasured days left out

    @property
    def coverage(self) -> Fraction:
        """Share of the window's minutes in which the source delivered anything."""
        return Fraction(self.measured_minutes, self.to_minute - self.from_minute)


@dataclass(frozen=True, slots=True)
class Report:
    """Budgets as of the start of minute `at`. `unknown_codes` are (source, column, value, events) in none of the named lists."""

    at: int
    organisation: str
    timezone: str
    rows: tuple[Row, ...]
    sources: tuple[SourceHealth, ...]
    unknown_codes: tuple[tuple[str, str, str, int], ...]
