"""The report: one row per SLO, every number with what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from types import MappingProxyType
from typing import Final

from kakeibo.budgets import arithmetic
from kakeibo.budgets.breakdown import Part
from kakeibo.budgets.forecast import NO_FORECAST, Forecast, calendar, paces, rolling
from kakeibo.budgets.left_out import LeftOut
from kakeibo.budgets.promises import Other, others
from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.model import Count, Journey, Promise, Slo, State, Team, Unit
from kakeibo.policies import Standing

BURN_WINDOWS: Final[Mapping[str, int]] = MappingProxyType(
    {"1h": MINUTES_PER_HOUR, "6h": 6 * MINUTES_PER_HOUR, "3d": 3 * MINUTES_PER_DAY}
)
"""The windows over which a row says how fast the budget burns, in minutes."""


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
class Probes:
    """What probes contributed to an SLO until minute `at`: `count` of its events; the last came in `last_minute` (None:
    none in the whole window), and one should come every `every` minutes."""

    count: Count
    last_minute: int | None
    every: int
    at: int

    @property
    def missing(self) -> bool:
        """Whether the last `every` minutes had none."""
        return self.last_minute is None or self.last_minute < self.at - self.every


def _nothing_ahead() -> Forecast:
    return NO_FORECAST


@dataclass(frozen=True)
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
    days: tuple[tuple[int, Count], ...]  # (first minute, counts) per local day; those without a count are left out
    redefined: int | None = None  # since when the present definition counts, when later than from_minute
    counted_since: int | None = None  # since when every event is counted, when later than from_minute
    adjusted: tuple[LeftOut, ...] = ()  # adjustments that touch the window; the events they moved are part of void
    look_ahead: Callable[[], Forecast] = field(default=_nothing_ahead, compare=False, repr=False)
    owner: Team | None = None  # who can improve it; `team` operates it
    parts: tuple[Row, ...] = ()  # what it is split into: their events add up to its own
    probes: Probes | None = None
    steps: tuple[tuple[int, Count], ...] = ()  # what each of `days` added, where that is not its own count
    contributors: tuple[Part, ...] = ()  # what its failures have in common, where that was asked for
    promised: tuple[Other, ...] = ()  # what else was promised in the window, or is after it

    @cached_property
    def forecast(self) -> Forecast:
        """When its budget ends. Looked for when it is asked for: of a thousand rows, that is half of the work."""
        return self.look_ahead()

    @property
    def unit(self) -> Unit:
        """What the counts count."""
        return self.slo.unit

    @property
    def coverage(self) -> Fraction:
        """Share of the window's minutes in which the source delivered anything."""
        return Fraction(self.measured_minutes, self.to_minute - self.from_minute)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the ledger says about one SLO at minute `at`: what a row is computed from.

    `count` is over the SLO's window, `burns` over each of BURN_WINDOWS, `recent` over each of forecast.SPANS; `days`,
    `steps`, `adjusted`, `measured_minutes`, `owner`, `parts` and `probes` are as in Row.
    `redefined`: since when the present definition counts, if another one did before; `counted_since`: since when every
    event is counted, if earlier ones of the source were not. Both in minutes of the wall clock: lines are read after
    the minute in which they were written, so that what is older was judged, or not counted, as it was then.
    """

    at: int
    source: SourceHealth
    measured_minutes: int
    count: Count  # of events, or of slices: see `unit`
    burns: Mapping[str, Count]
    days: tuple[tuple[int, Count], ...]
    redefined: int | None = None
    counted_since: int | None = None
    adjusted: tuple[LeftOut, ...] = ()
    recent: Mapping[str, Count] = field(default_factory=dict)
    owner: Team | None = None
    parts: tuple[Row, ...] = ()
    probes: Probes | None = None
    steps: tuple[tuple[int, Count], ...] = ()
    promises: tuple[Promise, ...] = ()  # if they ever changed


def row(journey: Journey, slo: Slo, team: Team | None, evidence: Evidence) -> Row:
    """The report's row of one SLO over the window that ends at `evidence.at`."""
    count, target = evidence.count, slo.target
    left = arithmetic.left_ratio(count, target)
    start, _ = slo.window.bounds(evidence.at)
    redefined, counted_since = _after(start, evidence.redefined), _after(start, evidence.counted_since)
    first = evidence.source.first_minute
    measured_throughout = first is not None and first <= start and counted_since is None
    return Row(
        slo=slo,
        journey=journey,
        team=team,
        source=evidence.source,
        from_minute=start,
        to_minute=evidence.at,
        count=count,
        measured_minutes=evidence.measured_minutes,
        sli=arithmetic.sli(count),
        allowed=arithmetic.allowed(count, target),
        left_ratio=left,
        burn={name: arithmetic.burn(burnt, target) for name, burnt in evidence.burns.items()},
        state=arithmetic.standing(left, measured_throughout=measured_throughout),
        days=evidence.days,
        redefined=redefined,
        counted_since=counted_since,
        adjusted=evidence.adjusted,
        look_ahead=partial(_forecast, slo, evidence),
        owner=evidence.owner,
        parts=evidence.parts,
        probes=evidence.probes,
        steps=evidence.steps,
        promised=others(evidence.promises, start, evidence.at, count),
    )


def _forecast(slo: Slo, evidence: Evidence) -> Forecast:
    at, window = evidence.at, slo.window
    recent = paces(at, evidence.source.first_minute, evidence.recent)
    end = window.period_end(at)
    if end is not None:
        return calendar(at, end, slo.target, evidence.count, recent)
    return rolling(at, at - window.bounds(at)[0], slo.target, evidence.steps or evidence.days, recent)


def _after(start: int, since: int | None) -> int | None:
    """`since` when it matters to a window that begins at `start`."""
    return since if since is not None and since > start else None


@dataclass(frozen=True, slots=True)
class Report:
    """Budgets as of the start of minute `at`. `unknown_codes`: (source, column, value, events) in none of the lists;
    `policies`: what teams have agreed on, and what is due by it."""

    at: int
    organisation: str
    timezone: str
    rows: tuple[Row, ...]
    sources: tuple[SourceHealth, ...]
    unknown_codes: tuple[tuple[str, str, str, int], ...]
    policies: tuple[Standing, ...] = ()
