"""The forecast agrees with living through the days to come, minute by minute."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kakeibo.budgets.forecast import ENOUGH, Forecast, Pace, calendar, paces, rolling
from kakeibo.model import Count

DAY = 1440
AT = 100 * DAY
TARGET = Fraction(99, 100)


def lived_through(length: int, target: Fraction, days: list[tuple[int, Count]], pace: Pace) -> int | None:
    """The first of the coming days' minutes by whose end nothing is left, events spread evenly over each day."""
    valid_rate, bad_rate = Fraction(pace.count.valid, pace.minutes), Fraction(pace.count.bad, pace.minutes)
    for minute in range(AT, AT + length):
        start = minute + 1 - length
        valid, bad = valid_rate * (minute + 1 - AT), bad_rate * (minute + 1 - AT)
        for first, count in days:
            share = Fraction(min(max(first + DAY - start, 0), DAY), DAY)
            valid, bad = valid + share * count.valid, bad + share * count.bad
        if (1 - target) * valid - bad <= 0:
            return minute
    return None


counts = st.builds(Count, st.integers(0, 3_000), st.integers(0, 40))


@settings(max_examples=60, deadline=None)
@given(
    past=st.lists(st.one_of(st.none(), counts), min_size=3, max_size=3),
    recent=counts.filter(lambda count: count.bad >= ENOUGH),
    minutes=st.sampled_from([300, DAY, 3 * DAY]),
)
def test_a_rolling_budget_ends_when_it_ends(past: list[Count | None], recent: Count, minutes: int) -> None:
    length = 3 * DAY
    days = [(AT - (3 - place) * DAY, count) for place, count in enumerate(past) if count is not None]
    total = sum((count for _, count in days), Count())
    forecast = rolling(AT, length, TARGET, days, [Pace(minutes, recent)])
    if not total.valid:
        assert forecast.outlook == "no_data"
    elif total.bad >= (1 - TARGET) * total.valid:
        assert forecast.outlook == "exhausted"
    else:
        end = lived_through(length, TARGET, days, Pace(minutes, recent))
        assert forecast.outlook == ("lasts" if end is None else "ends")
        if end is not None:  # used up exactly at the turn of a minute: either of the two
            assert forecast.earliest == forecast.likely == forecast.latest
            assert forecast.likely in (end, end + 1)


def test_a_steady_spending_at_twice_the_speed_uses_up_what_is_left() -> None:
    days = [(AT - n * DAY, Count(1000)) for n in range(28, 0, -1)]
    [day] = [Pace(DAY, Count(980, 20))]
    forecast = rolling(AT, 28 * DAY, TARGET, days, [day])
    assert forecast == Forecast("ends", AT + 14 * DAY, AT + 14 * DAY, AT + 14 * DAY)


def test_an_incident_that_leaves_the_window_gives_its_budget_back() -> None:
    """100 of 280 spent on the oldest day: at a speed of just under what is allowed it lasts."""
    days = [(AT - 28 * DAY, Count(900, 100)), *[(AT - n * DAY, Count(1000)) for n in range(27, 0, -1)]]
    assert rolling(AT, 28 * DAY, TARGET, days, [Pace(2 * DAY, Count(1_982, 18))]).outlook == "lasts"


def test_the_range_is_of_the_three_paces() -> None:
    recent = paces(AT, AT - 100 * DAY, {"1d": Count(900, 100), "3d": Count(2_950, 50), "7d": Count(6_930, 70)})
    forecast = calendar(AT, AT + 10 * DAY, TARGET, Count(20_000, 0), recent)
    assert forecast.outlook == "ends"
    assert forecast.earliest == AT + 3 * DAY  # 300 allowed at the end, 100 a day
    assert (forecast.likely, forecast.latest) == (None, None)


def test_of_three_dates_the_middle_one_is_likely() -> None:
    recent = [Pace(DAY, Count(0, bad)) for bad in (100, 50, 300)]
    forecast = calendar(AT, AT + 10 * DAY, Fraction(1, 10**9), Count(0, 0), recent)
    assert forecast.outlook == "no_data"
    forecast = calendar(AT, AT + 10 * DAY, Fraction(9, 10), Count(1000), recent)
    ends = [AT + (100 + bad) * DAY // bad for bad in (300, 100, 50)]
    assert (forecast.earliest, forecast.likely, forecast.latest) == tuple(ends)


def test_what_is_spent_already_needs_no_forecast() -> None:
    assert calendar(AT, AT + DAY, TARGET, Count(100, 50), [Pace(DAY, Count(100, 50))]).outlook == "exhausted"


def test_a_budget_overspent_so_far_can_be_kept_by_the_rest_of_the_month() -> None:
    """On the second day 15 of 1,000 failed, 10 were allowed so far; but the month will allow 310."""
    forecast = calendar(AT, AT + 30 * DAY, TARGET, Count(985, 15), [Pace(DAY, Count(985, 15))])
    assert forecast.outlook == "ends"
    assert forecast.likely == AT + Fraction(310 - 15, 15) * DAY // 1


@pytest.mark.parametrize("bad", [0, ENOUGH - 1])
def test_few_failures_make_no_forecast(bad: int) -> None:
    recent = [Pace(DAY, Count(50, 0)), Pace(7 * DAY, Count(5_000, bad))]
    expected = Forecast("few_failures", failures=bad, minutes=7 * DAY)
    assert calendar(AT, AT + DAY, TARGET, Count(10_000), recent) == expected
    assert rolling(AT, 28 * DAY, TARGET, [(AT - DAY, Count(10_000))], recent) == expected


def test_a_pace_is_over_what_was_measured() -> None:
    counted = {"1d": Count(1), "3d": Count(2), "7d": Count(2)}
    assert [pace.minutes for pace in paces(AT, AT - 2 * DAY, counted)] == [DAY, 2 * DAY, 2 * DAY]
    assert paces(AT, None, counted) == ()
    assert paces(AT, AT, counted) == ()


def test_without_events_nothing_is_said() -> None:
    assert rolling(AT, DAY, TARGET, [], []).outlook == "no_data"
    assert rolling(AT, 28 * DAY, TARGET, [(AT - 20 * DAY, Count(9))], [Pace(DAY, Count())]).outlook == "no_data"
