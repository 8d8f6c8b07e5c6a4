"""Windows against an oracle that walks minute by minute over the wall clock and shares no code with them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.calendars import PERIODS, minutes, period_of, rolled, zones

from kakeibo.clock import minute_of
from kakeibo.windows import NOMINAL_DAYS, Period, Window, first_minute, midnight


def check_rolling(at: int, months: int, zone: str) -> None:
    window = Window(f"{months}M", months=months, timezone=zone)
    assert window.bounds(at) == (rolled(at, months, zone), at)
    assert window.period_end(at) is None


def check_calendar(at: int, period: Period, zone: str) -> None:
    window = Window(period, calendar=period, timezone=zone)
    start, end = period_of(at, period, zone)
    assert window.bounds(at) == (start, at)
    assert window.period_end(at) == end
    assert start < at <= end


@settings(max_examples=300, deadline=None)
@given(at=minutes, months=st.integers(1, 13), zone=zones)
def test_rolling_months_are_those_of_the_wall_clock(at: int, months: int, zone: str) -> None:
    check_rolling(at, months, zone)


@settings(max_examples=300, deadline=None)
@given(at=minutes, period=st.sampled_from(PERIODS), zone=zones)
def test_calendar_windows_are_those_of_the_wall_clock(at: int, period: Period, zone: str) -> None:
    check_calendar(at, period, zone)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(at=minutes, months=st.integers(1, 13), period=st.sampled_from(PERIODS), zone=zones)
def test_windows_at_length(at: int, months: int, period: Period, zone: str) -> None:
    check_rolling(at, months, zone)
    check_calendar(at, period, zone)


@given(at=st.integers(-(10**8), 10**8), length=st.integers(1, 576_000))
def test_fixed_minutes_know_no_clock(at: int, length: int) -> None:
    assert Window("x", length).bounds(at) == (at - length, at)


def at(text: str) -> int:
    """A time with its offset -> its minute."""
    return minute_of(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("window", "moment", "start"),
    [
        (Window("1M", months=1, timezone="Asia/Tokyo"), "2026-03-31T09:30+09:00", "2026-02-28T09:30+09:00"),
        (Window("1M", months=1, timezone="Asia/Tokyo"), "2024-03-31T09:30+09:00", "2024-02-29T09:30+09:00"),
        (Window("1Y", months=12, timezone="Asia/Tokyo"), "2025-02-28T00:00+09:00", "2024-02-28T00:00+09:00"),
        (Window("1Y", months=12, timezone="Asia/Tokyo"), "2024-02-29T12:00+09:00", "2023-02-28T12:00+09:00"),
        (Window("1Q", months=3, timezone="America/New_York"), "2026-05-15T08:00-04:00", "2026-02-15T08:00-05:00"),
        # 02:30 did not exist on 8 March 2026: the next minute there is
        (Window("1M", months=1, timezone="America/New_York"), "2026-04-08T02:30-04:00", "2026-03-08T03:00-04:00"),
        # 01:30 came twice on 1 November 2026: the first
        (Window("1M", months=1, timezone="America/New_York"), "2026-12-01T01:30-05:00", "2026-11-01T01:30-04:00"),
        # half an hour of summer time on Lord Howe began on 4 October 2026 at 02:00
        (Window("1M", months=1, timezone="Australia/Lord_Howe"), "2026-11-04T02:15+11:00", "2026-10-04T02:30+11:00"),
    ],
)
def test_rolling_by_hand(window: Window, moment: str, start: str) -> None:
    assert window.bounds(at(moment)) == (at(start), at(moment))


@pytest.mark.parametrize(
    ("period", "zone", "moment", "start", "end"),
    [
        ("month", "Asia/Tokyo", "2026-11-21T17:23+09:00", "2026-11-01T00:00+09:00", "2026-12-01T00:00+09:00"),
        ("month", "Asia/Tokyo", "2026-11-01T00:00+09:00", "2026-10-01T00:00+09:00", "2026-11-01T00:00+09:00"),
        ("month", "Asia/Tokyo", "2026-11-01T00:01+09:00", "2026-11-01T00:00+09:00", "2026-12-01T00:00+09:00"),
        ("week", "Europe/London", "2026-03-29T12:00+01:00", "2026-03-23T00:00+00:00", "2026-03-30T00:00+01:00"),
        ("quarter", "America/New_York", "2026-03-31T12:00-04:00", "2026-01-01T00:00-05:00", "2026-04-01T00:00-04:00"),
        ("year", "UTC", "2024-12-31T12:00+00:00", "2024-01-01T00:00+00:00", "2025-01-01T00:00+00:00"),
        # Cairo: no midnight on 26 April 2024, the day begins at 01:00
        ("day", "Africa/Cairo", "2024-04-26T12:00+03:00", "2024-04-26T01:00+03:00", "2024-04-27T00:00+03:00"),
        # São Paulo: neither on 4 November 2018; and 17 February 2018 had 25 hours
        ("day", "America/Sao_Paulo", "2018-11-04T12:00-02:00", "2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00"),
        ("day", "America/Sao_Paulo", "2018-02-17T23:30-03:00", "2018-02-17T00:00-02:00", "2018-02-18T00:00-03:00"),
        # St. John's, 2011: a minute after midnight the clock went back to 23:01; the day had begun and stays begun
        ("day", "America/St_Johns", "2011-11-06T23:30-03:30", "2011-11-06T00:00-02:30", "2011-11-07T00:00-03:30"),
        ("day", "America/St_Johns", "2011-11-05T23:30-03:30", "2011-11-06T00:00-02:30", "2011-11-07T00:00-03:30"),
        # Havana: 00:30 comes twice on 3 November 2024
        ("day", "America/Havana", "2024-11-03T00:30-05:00", "2024-11-03T00:00-04:00", "2024-11-04T00:00-05:00"),
        # Samoa went from 29 to 31 December 2011
        ("day", "Pacific/Apia", "2011-12-31T00:00+14:00", "2011-12-29T00:00-10:00", "2011-12-31T00:00+14:00"),
        ("week", "Pacific/Apia", "2011-12-31T12:00+14:00", "2011-12-26T00:00-10:00", "2012-01-02T00:00+14:00"),
    ],
)
def test_calendar_by_hand(period: Period, zone: str, moment: str, start: str, end: str) -> None:
    window = Window(period, calendar=period, timezone=zone)
    assert window.bounds(at(moment)) == (at(start), at(moment))
    assert window.period_end(at(moment)) == at(end)


def test_a_day_that_does_not_exist_is_empty() -> None:
    assert midnight(date(2011, 12, 30), "Pacific/Apia") == midnight(date(2011, 12, 31), "Pacific/Apia")


def test_a_midnight_within_a_minute_begins_with_the_next() -> None:
    # Monrovia was 44 minutes and 30 seconds behind: its midnight fell between two minutes.
    assert first_minute(datetime(1971, 6, 1), "Africa/Monrovia") == at("1971-06-01T00:45+00:00")


@pytest.mark.parametrize(
    ("window", "days"),
    [
        (Window("28d", 40_320), 28),
        (Window("1M", months=1), 30),
        (Window("1Q", months=3), 91),
        (Window("13M", months=13), 395),
        *((Window(period, calendar=period), NOMINAL_DAYS[period]) for period in PERIODS),
    ],
)
def test_one_length_for_thresholds(window: Window, days: int) -> None:
    assert window.nominal_minutes == days * 1440


@pytest.mark.parametrize("wrong", [{}, {"minutes": 1, "months": 1}, {"minutes": -1}, {"months": 1, "calendar": "day"}])
def test_a_window_is_one_thing(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a window is"):
        Window("x", **wrong)  # type: ignore[arg-type]
