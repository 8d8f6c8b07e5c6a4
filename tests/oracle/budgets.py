"""Budgets by the words of docs/budgets.md: events gone through one by one, fractions, and a walk over the wall clock.

Nothing of kakeibo's arithmetic, ledger or windows is used: only its nouns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.calendars import period_of, rolled, wall

from kakeibo.model import BurnRule, Method, Slip, Slo
from kakeibo.windows import Window

Row = tuple[int, str, int, int, int, int]
"""minute, SLO, good, bad, void, unknown: as posted"""

PERIOD_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


@dataclass
class Expected:
    """What a window counts: of events, or of slices."""

    good: int = 0
    bad: int = 0
    spent: Fraction = Fraction(0)
    void: int = 0
    unknown: int = 0

    @property
    def sli(self) -> Fraction | None:
        return (self.good + self.bad - self.spent) / (self.good + self.bad) if self.good + self.bad else None

    def left(self, target: Fraction) -> Fraction | None:
        budget = (self.good + self.bad) * (1 - target)
        return (budget - self.spent) / budget if budget else None

    def burn(self, target: Fraction) -> Fraction | None:
        return None if self.sli is None else (1 - self.sli) / (1 - target)


def window_start(window: Window, at: int) -> int:
    if window.minutes:
        return at - window.minutes
    if window.months:
        return rolled(at, window.months, window.timezone)
    assert window.calendar is not None
    return period_of(at, window.calendar, window.timezone)[0]


def period_minutes(window: Window) -> int:
    """The length that thresholds are computed with."""
    if window.minutes:
        return window.minutes
    if window.calendar:
        return PERIOD_DAYS[window.calendar] * 1440
    days, months = 0, window.months
    for length, in_days in ((12, 365), (3, 91), (1, 30)):
        while months >= length:
            days, months = days + in_days, months - length
    return days * 1440


def counted(rows: Iterable[Row], slo: str, slips: Sequence[Slip]) -> list[Row]:
    """The rows of an SLO as they count: what an adjustment in force covers is void."""
    found = []
    for minute, name, good, bad, void, unknown in rows:
        if name != slo:
            continue
        out = any(
            slip.revoked is None
            and slip.from_minute <= minute < slip.to_minute
            and (name in slip.scope or name.split("/")[0] in slip.scope)
            for slip in slips
        )
        found.append((minute, name, 0, 0, void + good + bad, 0) if out else (minute, name, good, bad, void, unknown))
    return found


def count(rows: Sequence[Row], method: Method, start: int, end: int) -> Expected:
    """What the window [start, end) counts."""
    if not method.slice_minutes:
        inside = [row for row in rows if start <= row[0] < end]
        good, bad = sum(row[2] for row in inside), sum(row[3] for row in inside)
        void, unknown = sum(row[4] for row in inside), sum(row[5] for row in inside)
        return Expected(good, bad, Fraction(bad), void, unknown)
    found = Expected()
    for first in sorted({row[0] // method.slice_minutes * method.slice_minutes for row in rows}):
        over = first + method.slice_minutes
        inside = [row for row in rows if first <= row[0] < over]
        good, bad = sum(row[2] for row in inside), sum(row[3] for row in inside)
        if not start < over <= end or not good + bad:
            continue
        share = Fraction(bad, good + bad)
        if method.slice_target is None:
            lost, failed = share, share > 0
        else:
            failed = (1 - share) < method.slice_target
            lost = Fraction(int(failed))
        found.good, found.bad, found.spent = found.good + (not failed), found.bad + failed, found.spent + lost
    return found


def state(expected: Expected, target: Fraction, first_minute: int | None, start: int) -> str:
    left = expected.left(target)
    if left is None:
        return "no_data"
    if first_minute is None or first_minute > start:
        return "filling"
    if left <= 0:
        return "exhausted"
    return "at_risk" if left < Fraction(1, 4) else "healthy"


def reason(rows: Sequence[Row], slo: Slo, rule: BurnRule, minimum_bad: int, at: int) -> str:
    """Why a rule fires or does not, by the table in docs/budgets.md."""
    long, short = (count(rows, slo.method, at - length, at) for length in (rule.minutes, rule.minutes // 12))
    limit = rule.share * period_minutes(slo.window) / rule.minutes
    burn_long, burn_short = long.burn(slo.target), short.burn(slo.target)
    if burn_long is None:
        return "silent"
    if burn_long <= limit:
        return "slow"
    if burn_short is None:
        return "silent_now"
    if burn_short <= limit:
        return "over"
    return "few" if long.bad < minimum_bad else "burning"


def days(rows: Sequence[Row], start: int, end: int, zone: str) -> dict[str, tuple[int, int, int]]:
    """Good, bad and void events by local day; days without any are left out."""
    found: dict[str, tuple[int, int, int]] = {}
    for minute, _, good, bad, void, _ in rows:
        if start <= minute < end and good + bad + void:
            day = wall(minute, zone).date().isoformat()
            before = found.get(day, (0, 0, 0))
            found[day] = (before[0] + good, before[1] + bad, before[2] + void)
    return found
