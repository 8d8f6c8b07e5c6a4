"""Windows: the stretch of time an SLO is judged over, exact to the minute in any time zone.

Minutes count from 1970, UTC. Everything here is a pure function of its arguments: the same minute, the same window.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from kakeibo.clock import MINUTES_PER_DAY, local, minute_of, zone

Period = Literal["day", "week", "month", "quarter", "year"]
"""A stretch of the calendar. Weeks begin on Monday, quarters in January, April, July and October."""

NOMINAL_DAYS: Final[dict[Period, int]] = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
"""How long a calendar period counts as, where one fixed length is needed: a threshold must not change in February."""

_MONTHS: Final[dict[Period, int]] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Window:
    """Rolling (the last `minutes`, or the last `months` of the calendar) or aligned to a `calendar` period so far.

    Exactly one of the three is set. `text` is how the book writes it: 28d, 1M, month. `timezone` is whose calendar it
    is; fixed minutes need none. 1d is 1,440 minutes, also when a day has 23 hours.
    """

    text: str
    minutes: int = 0
    months: int = 0
    calendar: Period | None = None
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if (self.minutes > 0) + (self.months > 0) + (self.calendar is not None) != 1:
            raise ValueError(f"a window is minutes, months or a calendar period: {self}")

    def bounds(self, at: int) -> tuple[int, int]:
        """[from, to) as of the start of minute `at`; `to` is `at` itself. Never empty.

        Rolling months go back on the calendar and keep the wall-clock time: from 31 March 09:30 back to the last of
        February, 09:30. A calendar window begins with the period that the minute before `at` lies in, so that
        at midnight of the 1st it is the whole month that has just ended.
        """
        if self.minutes:
            return at - self.minutes, at
        if self.months:
            wall = local(at, self.timezone).replace(tzinfo=None)
            return first_minute(
                datetime.combine(_add_months(wall.date(), -self.months), wall.time()), self.timezone
            ), at
        return self._period(at)[0], at

    def period_end(self, at: int) -> int | None:
        """Where the calendar period ends that `bounds(at)` is a part of; None for rolling windows."""
        return self._period(at)[1] if self.calendar else None

    @property
    def nominal_minutes(self) -> int:
        """Its length as one number; exact for fixed minutes, else by NOMINAL_DAYS (12 months are a year)."""
        if self.minutes:
            return self.minutes
        if self.calendar:
            return NOMINAL_DAYS[self.calendar] * MINUTES_PER_DAY
        years, rest = divmod(self.months, 12)
        quarters, months = divmod(rest, 3)
        days = 365 * years + 91 * quarters + 30 * months
        return days * MINUTES_PER_DAY

    def _period(self, at: int) -> tuple[int, int]:
        assert self.calendar is not None
        start = _first_day(self.calendar, local(at - 1, self.timezone).date())
        end = _next_period(self.calendar, start)
        # Where a midnight comes twice the new day begins with the first: the date may go back for some minutes.
        if midnight(end, self.timezone) < at:
            start, end = end, _next_period(self.calendar, end)
        return midnight(start, self.timezone), midnight(end, self.timezone)


def midnight(day: date, zone_name: str) -> int:
    """The first minute of a local day."""
    return first_minute(datetime.combine(day, time()), zone_name)


def first_minute(wall: datetime, zone_name: str) -> int:
    """The minute of a wall-clock time (without zone): the first if it comes twice, the next there is if skipped."""
    there = zone(zone_name)
    early, late = sorted(minute_of(wall.replace(tzinfo=there, fold=fold)) for fold in (0, 1))

    def reached(minute: int) -> bool:
        return local(minute, zone_name).replace(tzinfo=None) >= wall

    if reached(early):
        return early
    # The clock is put forward between the two, and within them it only goes forward.
    return early + bisect_left(range(early, late + 1), True, key=reached)


def _first_day(period: Period, day: date) -> date:
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "day":
        return day
    months = _MONTHS[period]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _next_period(period: Period, first: date) -> date:
    if period in _MONTHS:
        return _add_months(first, _MONTHS[period])
    return first + timedelta(days=NOMINAL_DAYS[period])


def _add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day where the month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
