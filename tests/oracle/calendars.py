"""Windows, walked minute by minute over the wall clock: an oracle that shares no code with kakeibo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from kakeibo.clock import minute_of
from kakeibo.windows import NOMINAL_DAYS, Period

ZONES = (
    "UTC",
    "Asia/Tokyo",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Africa/Cairo",  # puts the clock forward at midnight
    "America/Sao_Paulo",  # did so until 2019
    "America/St_Johns",  # put it back at 00:01 until 2011: a midnight twice
    "America/Havana",  # puts it back at 01:00: the first hour of the day twice
    "Pacific/Apia",  # had no 30 December 2011
    "Africa/Monrovia",  # 44 minutes and 30 seconds behind until 1972
    "Asia/Kathmandu",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PERIODS: tuple[Period, ...] = ("day", "week", "month", "quarter", "year")

zones = st.sampled_from(ZONES)
anywhere = st.integers(minute_of(datetime(1971, 1, 1, tzinfo=UTC)), minute_of(datetime(2037, 12, 1, tzinfo=UTC)))


def odd_minutes() -> list[int]:
    """Minutes within which some zone's clock was put forward or back, and the ends of months beside leap days."""
    moments = [datetime(year, month, 1, tzinfo=UTC) for year in (2004, 2023, 2024) for month in (2, 3, 4)]
    changes = ["2011-11-06T02:31", "2011-12-30T10:00", "2018-11-04T03:00", "2018-02-18T02:00", "2024-04-25T22:00"]
    changes += ["2024-10-31T21:00", "2024-03-10T07:00", "2024-11-03T06:00", "2024-11-03T05:00", "2024-03-31T01:00"]
    changes += ["2024-10-27T01:00", "2024-04-06T15:00", "2024-10-05T15:30", "1972-01-07T00:44", "2024-03-10T05:00"]
    moments += [datetime.fromisoformat(change).replace(tzinfo=UTC) for change in changes]
    return [minute_of(moment) for moment in moments]


near_oddities = st.builds(int.__add__, st.sampled_from(odd_minutes()), st.integers(-1500, 1500))
a_month_later = st.builds(
    int.__add__, near_oddities, st.sampled_from([28, 29, 30, 31, 91, 365, 366]).map((1440).__mul__)
)
minutes = st.one_of(anywhere, near_oddities, a_month_later)


def wall(minute: int, zone: str) -> datetime:
    there = (EPOCH + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
    return there.replace(tzinfo=None)


def walked_to(target: datetime, zone: str) -> int:
    """The first minute whose clock shows `target` or, once it was put forward over it, more.

    Walks from 30 hours before; "more" counts only right after a smaller time, so that days that come later do not.
    """
    about = int((target - datetime(1970, 1, 1)).total_seconds() // 60)
    minute = about - 30 * 60
    while wall(minute, zone) < target:
        minute += 1
    return minute


def months_back(day: date, months: int) -> date:
    for _ in range(months):
        day = day.replace(day=1) - timedelta(days=1)
    return day


def rolled(at: int, months: int, zone: str) -> int:
    then = wall(at, zone)
    month = months_back(then.date(), months)  # the last day of the month, as `months_back` leaves it
    return walked_to(datetime.combine(month.replace(day=min(month.day, then.day)), then.time()), zone)


def period_start(period: Period, day: date) -> date:
    """Step back until the calendar says a period begins here."""
    begins: dict[Period, Callable[[date], bool]] = {
        "day": lambda d: d == day,
        "week": lambda d: d.isoweekday() == 1,
        "month": lambda d: d.day == 1,
        "quarter": lambda d: (d.month, d.day) in ((1, 1), (4, 1), (7, 1), (10, 1)),
        "year": lambda d: d.strftime("%j") == "001",
    }
    while not begins[period](day):
        day -= timedelta(days=1)
    return day


def period_of(at: int, period: Period, zone: str) -> tuple[int, int]:
    """The stretch between two beginnings that the minute before `at` lies in, tried from the next one backwards."""
    day = wall(at - 1, zone).date() + timedelta(days=NOMINAL_DAYS[period] + 2)
    following = None
    while True:
        first = period_start(period, day)
        start = walked_to(datetime.combine(first, datetime.min.time()), zone)
        if start < at:
            assert following is not None
            return start, following
        day, following = first - timedelta(days=1), start
